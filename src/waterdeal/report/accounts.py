"""Accounts of the parties and the interval of a compensation, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.report.quantity import Teller
from waterdeal.report.text import make_grid
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.accounts.compensation import Compensation

#: columns of an account, with their unit and decimals
COLUMNS = (
    ("requirement", "volume", 1), ("delivery", "volume", 1), ("shortage", "volume", 1), ("consumption", "volume", 1),
    ("flow_missing", "volume", 1), ("energy", "energy", 1), ("winter_energy", "energy", 1), ("unserved", "energy", 1),
    ("cropped", "area", 1), ("power_worth", "money", 2), ("crop_margin", "money", 2), ("delivery_worth", "money", 2),
    ("storage_worth", "money", 2), ("pumping_cost", "money", 2), ("benefit", "money", 2),
)  # fmt: skip


def accounts_text(accounts: pd.DataFrame, results: xr.Dataset, language: str) -> str:
    """Tell the accounts of a plan, a column a party."""
    words = Words(language)
    tell = Teller(words, names_of(results))
    parties = [str(party) for party in accounts.index]
    rows = []
    for name, unit, digits in COLUMNS:
        values = accounts[name].to_numpy(dtype=float)
        if abs(values).max(initial=0.0) < 0.5 * 10**-digits and name != "benefit":
            continue
        label = f"{words.text(f'account.{name}')}, {words.text(f'account.unit_{unit}')}"
        rows.append((label, *(words.number(float(value), digits) for value in values)))
    grid = make_grid(["", *(tell.name(party) for party in parties)], rows)
    return f"{words.text('account.title')}\n{grid}\n\n{words.text('account.note')}"


def compensation_text(found: Compensation, results: xr.Dataset, language: str, energy_price: float | None = None) -> str:
    """Tell benefits apart and together, and the interval of the compensation."""
    words = Words(language)
    tell = Teller(words, names_of(results))
    apart, together = found.apart["benefit"], found.together["benefit"]
    paid = found.transfers(found.equal_split)
    rows = [
        (tell.name(str(party)), *_three(words, float(apart[party]), float(together[party])), words.number(float(paid[party]), 2))
        for party in apart.index
    ]
    rows.append((words.text("row.total"), *_three(words, float(apart.sum()), float(together.sum())), words.number(float(paid.sum()), 2)))
    headings = ["", *(words.text(f"account.{key}") for key in ("apart", "together", "change", "transfer"))]
    upstream = ", ".join(tell.name(party) for party in found.upstream)
    blocks = [
        f"{words.text('account.compensation_title', upstream=upstream)}\n{make_grid(headings, rows)}",
        _interval(words, found),
        *([_in_energy(words, found, energy_price)] if energy_price is not None and found.has_room else []),
        words.text("account.compensation_note"),
    ]
    return "\n\n".join(blocks)


def _three(words: Words, before: float, after: float) -> Sequence[str]:
    """Apart, together, change."""
    return [words.number(value, 2) for value in (before, after, after - before)]


def _interval(words: Words, found: Compensation) -> str:
    """Least, even and most compensation, or that there is none."""
    values = {"least": found.loss, "even": found.equal_split, "most": found.gain}
    told = {key: words.number(value, 2) for key, value in values.items()}
    return words.text("account.interval" if found.has_room else "account.no_room", **told)


def _in_energy(words: Words, found: Compensation, price: float) -> str:
    """The interval as energy delivered."""
    least, even, most = (words.number(value, 0) for value in found.in_energy(price))
    return words.text("account.in_energy", least=least, even=even, most=most, price=words.number(price, 3))
