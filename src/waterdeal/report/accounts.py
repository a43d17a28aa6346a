"""Accounts of the parties and the interval of a compensation, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from waterdeal.report.quantity import speak
from waterdeal.report.text import make_section

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.accounts.compensation import Compensation

#: columns of an account, with their unit
COLUMNS = {
    **dict.fromkeys(("requirement", "delivery", "shortage", "consumption", "flow_missing"), "volume"),
    **dict.fromkeys(("energy", "winter_energy", "unserved"), "energy"),
    "cropped": "area",
    **dict.fromkeys(("power_worth", "crop_margin", "delivery_worth", "storage_worth", "pumping_cost", "benefit"), "money"),
}


def accounts_text(accounts: pd.DataFrame, results: xr.Dataset, language: str) -> str:
    """Tell the accounts of a plan, a column a party."""
    words, tell = speak(language, results)
    rows = []
    for name, unit in COLUMNS.items():
        values, digits = accounts[name].tolist(), 2 if unit == "money" else 1
        if max(map(abs, values), default=0.0) >= 0.5 * 10**-digits or name == "benefit":
            label = f"{words.text(f'account.{name}')}, {words.text(f'account.unit_{unit}')}"
            rows.append((label, *(words.number(value, digits) for value in values)))
    grid = make_section(words.text("account.title"), ["", *(tell.name(str(party)) for party in accounts.index)], rows)
    return f"{grid}\n\n{words.text('account.note')}"


def compensation_text(found: Compensation, results: xr.Dataset, language: str, energy_price: float | None = None) -> str:
    """Tell benefits apart and together, and the interval of the compensation."""
    words, tell = speak(language, results)
    table = pd.DataFrame({"apart": found.apart["benefit"], "together": found.together["benefit"]})
    table["change"] = table["together"] - table["apart"]
    table["transfer"] = found.transfers(found.equal_split)
    named = [*map(tell.name, table.index), words.text("row.total")]
    figures = [*table.to_numpy().tolist(), table.sum().tolist()]
    rows = [(name, *(words.number(value, 2) for value in values)) for name, values in zip(named, figures, strict=True)]
    headings = ["", *(words.text(f"account.{key}") for key in table.columns)]
    upstream = ", ".join(tell.name(party) for party in found.upstream)
    told = {key: words.number(value, 2) for key, value in (("least", found.loss), ("even", found.equal_split), ("most", found.gain))}
    verdict = words.text("account.interval" if found.has_room else "account.no_room", **told)
    blocks = [make_section(words.text("account.compensation_title", upstream=upstream), headings, rows), verdict]
    if energy_price is not None and found.has_room:
        least, even, most = (words.number(value, 0) for value in found.in_energy(energy_price))
        blocks.append(words.text("account.in_energy", least=least, even=even, most=most, price=words.number(energy_price, 3)))
    return "\n\n".join([*blocks, words.text("account.compensation_note")])
