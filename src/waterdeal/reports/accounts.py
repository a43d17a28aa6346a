"""Accounts of the parties and the interval of a compensation, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.accounts.party import WORTHS
from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.document import answer
from waterdeal.reports.edition import VOLUME
from waterdeal.reports.quantity import speak
from waterdeal.reports.table import written
from waterdeal.results.tables import round_to_total

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from waterdeal.accounts.compensation import Compensation
    from waterdeal.reports.document import Document
    from waterdeal.reports.quantity import Teller
    from waterdeal.reports.table import Table
    from waterdeal.types import Floats
    from waterdeal.words import Words

#: decimals of money
MONEY = 2
#: columns of an account, with their unit
COLUMNS = {
    **dict.fromkeys(("requirement", "delivery", "shortage", "consumption", "flow_missing"), "volume"),
    **dict.fromkeys(("energy", "winter_energy", "unserved"), "energy"),
    "cropped": "area",
    **dict.fromkeys((*WORTHS, "benefit"), "money"),
}


def accounts_answer(accounts: pd.DataFrame, results: xr.Dataset, language: str) -> Document:
    """Tell the accounts of a plan, a column a party."""
    words, tell = speak(language, results)
    rows, accounts = [], _as_printed(accounts)
    for name, unit in COLUMNS.items():
        values, digits = accounts[name].tolist(), _digits(name)
        if name == "benefit" or not all(abs(value) < 0.5 * 10**-digits for value in values):
            label = f"{words.text(f'account.{name}')}, {words.text(f'account.unit_{unit}')}"
            rows.append((label, *(words.number(value, digits) for value in values)))
    table = written("accounts", words.text("account.title"), ["", *(tell.name(str(party)) for party in accounts.index)], rows)
    notes = [words.text("account.note"), *([words.text("account.note_trade")] if accounts["power_trade"].any() else [])]
    return answer("accounts", language, [table, " ".join(notes)])


def _digits(name: str) -> int:
    """Decimals of a column of an account."""
    return MONEY if COLUMNS[name] == "money" else VOLUME


def _as_printed(accounts: pd.DataFrame) -> pd.DataFrame:
    """Round accounts: worths add up to the benefit, and what is delivered and short to the requirement wherever that is their sum."""
    printed = accounts[list(COLUMNS)].copy()
    sums = {"benefit": list(WORTHS)}
    if np.allclose(accounts["delivery"] + accounts["shortage"], accounts["requirement"], rtol=0, atol=1e-6):
        sums["requirement"] = ["delivery", "shortage"]
    for name in COLUMNS:
        printed[name] = accounts[name].round(_digits(name)) + 0.0
    for total, parts in sums.items():
        whole = Sums(np.eye(len(accounts)), sets_of(len(parts)))
        printed[parts] = round_controlled(accounts[parts].to_numpy(dtype=float), [whole], _digits(total))
        printed[total] = printed[parts].sum(axis=1, skipna=False).round(_digits(total)) + 0.0
    return printed


def _compared(found: Compensation) -> Floats:
    """Benefits apart and together, their change and, where there is room, the transfer as printed: by party, and in all."""
    table = np.column_stack([-found.apart["benefit"].to_numpy(dtype=float), found.together["benefit"].to_numpy(dtype=float)])
    signed = round_controlled(table, [Sums(sets_of(len(table)), sets_of(2))], MONEY)
    columns = [-signed[:, 0], signed[:, 1], signed.sum(axis=1)]
    if found.has_room:  # no payment within an empty interval is told
        columns.append(round_to_total(np.asarray(found.transfers(found.equal_split).loc[found.apart.index], dtype=np.float64), MONEY, 0.0))
    printed = np.column_stack(columns)
    return np.asarray(np.round(np.vstack([printed, printed.sum(axis=0)]), MONEY) + 0.0)


def _uncounted(found: Compensation, words: Words, tell: Teller) -> str:
    """Name the water that differs between the plans and has no worth, party by party."""
    changes = [(name, party, change) for name in found.uncounted for party, change in found.uncounted[name].items() if change]
    return "; ".join(
        words.text(f"account.uncounted_{name}", party=tell.name(str(party)), change=f"{'+' * (change > 0)}{words.number(change, 0)}")
        for name, party, change in changes
    )


def compensation_answer(found: Compensation, results: xr.Dataset, language: str, energy_price: float | None = None) -> Document:
    """Tell benefits apart and together, and the interval of the compensation."""
    words, tell = speak(language, results)
    named, figures = [*map(tell.name, found.apart.index), words.text("row.total")], _compared(found).tolist()
    rows = [(name, *(words.number(value, MONEY) for value in values)) for name, values in zip(named, figures, strict=True)]
    headings = ["", *(words.text(f"account.{key}") for key in ("apart", "together", "change", "transfer")[: len(figures[0])])]
    upstream = ", ".join(tell.name(party) for party in found.upstream)
    told = {key: words.number(value, 2) for key, value in (("least", found.loss), ("even", found.equal_split), ("most", found.gain))}
    key = "interval" if found.has_room else "no_room" if found.uncounted.empty else "no_worth"
    verdict = words.text(f"account.{key}", **told, what=_uncounted(found, words, tell))
    title = words.text("account.compensation_title", upstream=upstream)
    blocks: list[Table | str] = [written("compensation", title, headings, rows), verdict]
    if energy_price is not None and found.has_room:
        least, even, most = (words.number(value, 0) for value in found.in_energy(energy_price))
        blocks.append(words.text("account.in_energy", least=least, even=even, most=most, price=words.number(energy_price, 3)))
    return answer("compensation", language, [*blocks, *([words.text("account.compensation_note")] if found.has_room else [])])
