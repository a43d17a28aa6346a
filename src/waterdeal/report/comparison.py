"""Plans side by side, in the reader's language."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from waterdeal.report.edition import VOLUME
from waterdeal.report.quantity import UNITS, Teller, speak
from waterdeal.report.text import make_grid, make_section
from waterdeal.results.compare import as_printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import xarray as xr

#: tables that are told, in order
TOLD = ("party", "clause", "reservoir", "demand")
#: a difference below this is not told, hm3
SMALL = 0.05
#: steps told of a table by step
MOST_STEPS = 8


def comparison_text(tables: Mapping[str, pd.DataFrame], results: xr.Dataset, language: str) -> str:
    """Tell what changes from one plan to another, by party, clause, reservoir, demand and step."""
    words, tell = speak(language, results)
    headings = ["", *(words.text(f"compare.{key}") for key in ("base", "changed", "difference"))]
    blocks = []
    for name, table in ((name, tables[name]) for name in TOLD if name in tables):
        changed = table[table.iloc[:, -1].abs() > (0 if name == "party" else SMALL)]
        blocks.append(make_section(words.text(f"compare.{name}"), headings, _rows(changed.index, as_printed(changed, VOLUME), tell)))
    blocks += [_by_step(name, tables[name], tell) for name in ("step", "clause_step") if name in tables]
    return "\n\n".join(filter(None, blocks))


def _rows(keys: Iterable[Any], table: pd.DataFrame, tell: Teller) -> list[list[str]]:
    """Names and numbers of a table."""
    return [[tell.name(str(key)), *map(tell.words.number, row)] for key, row in zip(keys, table.to_numpy().tolist(), strict=True)]


def _by_step(name: str, table: pd.DataFrame, tell: Teller) -> str:
    """Tell the steps that change most."""
    moved = table[(table.abs() > SMALL).any(axis=1)]
    if moved.empty:
        return ""
    largest = set(moved.abs().sum().nlargest(MOST_STEPS).index)
    shown = moved[[step for step in moved.columns if step in largest and moved[step].abs().max() > SMALL]]
    keys = moved.index.get_level_values("party" if name == "step" else "clause")
    return make_section(tell.words.text(f"compare.{name}"), ["", *map(tell.words.step, shown.columns)], _rows(keys, shown, tell))


def comparison_record(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables as plain data."""
    return {name: json.loads(table.reset_index().to_json(orient="records")) for name, table in tables.items()}


def prices_text(prices: Sequence[Any], results: xr.Dataset, language: str) -> str:
    """Tell prices."""
    words, tell = speak(language, results)
    headings = [words.text(f"price.{key}") for key in ("name", "more", "range", "less", "range")]
    rows = [(found.name, *_side(found.more, found.unit, tell), *_side(found.less, found.unit, tell)) for found in prices]
    blocks = [words.text("price.title"), make_grid(headings, rows), words.text("price.note")]
    if on_lines(results):
        blocks.append(words.text("price.on_lines"))
    keys = ("name", "change", "promised", "settled", "level", "agrees")
    anew = [(found.name, *_settled(end, found.unit, tell)) for found in prices for end in found.settled]
    blocks.append(make_section(words.text("price.anew"), [words.text(f"price.{key}") for key in keys], anew))
    headings = [words.text(f"price.{key}") for key in ("change", "gain", "level")]
    for found in prices:
        gains = [words.text("price.infeasible") if rung.infeasible else words.number(rung.gain, 2) for rung in found.rungs]
        ladder = [(words.number(rung.change, 2), gain, rung.level or "") for rung, gain in zip(found.rungs, gains, strict=True)]
        blocks.append(make_section(words.text("price.ladder", name=found.name), headings, ladder))
    return "\n\n".join(filter(None, blocks))


def on_lines(results: xr.Dataset) -> bool:
    """Whether prices of a plan are those of lines that touch curves."""
    return results.attrs.get("evaporation") == "curve"


def _side(side: Any, unit: str, tell: Teller) -> tuple[str, str]:
    """Tell one side: worth with its level, and the range."""
    words = tell.words
    if side.infeasible:
        return words.text("price.infeasible"), ""
    least, shown = "≥ " if side.open_end else "", unit if unit in UNITS else "hm3"
    reach = "∞" if math.isinf(side.holds_for) else least + tell.amount(side.holds_for, shown)
    return words.text("price.none") if side.level is None else f"{words.number(side.worth, 3)} ({side.level})", reach


def _settled(end: Any, unit: str, tell: Teller) -> tuple[str, ...]:
    """Tell the end of a range that was solved anew."""
    words = tell.words
    change, promised = tell.amount(end.change, unit if unit in UNITS else "hm3"), words.number(end.promised, 3)
    if not end.found:
        return change, promised, words.text("price.no_plan"), "", ""
    return change, promised, words.number(end.gain, 3), end.level or "", words.text("about.yes" if end.agrees else "price.differs")


def price_record(price: Any) -> dict[str, Any]:
    """Return a price as plain data; what has no end is null."""
    found: dict[str, Any] = asdict(price)
    for part, name in ((found["more"], "holds_for"), (found["less"], "holds_for"), (found, "amount")):
        part[name] = part[name] if math.isfinite(part[name]) else None
    return found
