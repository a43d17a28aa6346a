"""Prices in the reader's language: both sides, the level, the range, the ladder."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from waterdeal.report.quantity import Teller
from waterdeal.report.text import make_grid
from waterdeal.report.words import Words
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr


def prices_text(prices: Sequence[Any], results: xr.Dataset, language: str) -> str:
    """Tell prices.

    Parameters
    ----------
    prices : sequence of Price
        Both sides of each.
    results : xarray.Dataset
        The plan, for names.
    language : str
        Language of the reader.

    Returns
    -------
    str
        Lines for a terminal.
    """
    words = Words(language)
    tell = Teller(words, names_of(results))
    keys = ("name", "more", "range", "less", "range")
    rows = [(found.name, *_side(found.more, found.unit, tell), *_side(found.less, found.unit, tell)) for found in prices]
    blocks = [words.text("price.title"), make_grid([words.text(f"price.{key}") for key in keys], rows), words.text("price.note")]
    for found in prices:
        if found.rungs:
            ladder = [
                (
                    words.number(rung.change, 2),
                    words.text("price.infeasible") if rung.infeasible else words.number(rung.gain, 2),
                    rung.level or "",
                )
                for rung in found.rungs
            ]
            headings = [words.text(f"price.{key}") for key in ("change", "gain", "level")]
            blocks.append(f"{words.text('price.ladder', name=found.name)}\n{make_grid(headings, ladder)}")
    return "\n\n".join(blocks)


def _side(side: Any, unit: str, tell: Teller) -> tuple[str, str]:
    """Tell one side: worth with its level, and the range."""
    words = tell.words
    if side.infeasible:
        return words.text("price.infeasible"), ""
    reach = "∞" if math.isinf(side.holds_for) else tell.amount(side.holds_for, unit if unit in {"hm3", "GWh", "1"} else "hm3")
    reach = f"≥ {reach}" if side.open_end and reach != "∞" else reach
    if side.level is None:
        return words.text("price.none"), reach
    return f"{words.number(side.worth, 3)} ({side.level})", reach


def price_record(price: Any) -> dict[str, Any]:
    """Return a price as plain data; what has no end is null.

    Parameters
    ----------
    price : Price
        The price.

    Returns
    -------
    dict
        For JSON.
    """
    found: dict[str, Any] = asdict(price)
    for side in ("more", "less"):
        found[side]["holds_for"] = None if math.isinf(found[side]["holds_for"]) else found[side]["holds_for"]
    found["amount"] = found["amount"] if math.isfinite(found["amount"]) else None
    return found
