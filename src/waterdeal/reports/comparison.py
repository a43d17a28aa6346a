"""Plans side by side, in the reader's language."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from waterdeal.reports.document import answer
from waterdeal.reports.edition import VOLUME
from waterdeal.reports.quantity import UNITS, Teller, speak
from waterdeal.reports.summary import UNITS as INDICATOR_UNITS
from waterdeal.reports.table import written
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.compare import as_printed
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.document import Document
    from waterdeal.reports.table import Table

#: tables that are told, in order; those of places and parties are hm3
TOLD = ("party", "clause", "reservoir", "demand")
#: a difference below this is not told
SMALL = 0.05
#: share of a gain by which a plan may come to another before that is told
TOLERANT = 0.01
#: steps told of a table by step
MOST_STEPS = 8
#: unit of what is followed of a clause, where it is no volume
_FOLLOWED = {"energy": "energy"}


def what_if_answer(tables: Mapping[str, pd.DataFrame], plans: Mapping[str, xr.Dataset], language: str) -> Document:
    """Tell what changes from one plan to another, by party, clause, reservoir, demand and step."""
    words = Words(language)
    headings = ["", *(words.text(f"compare.{key}") for key in ("base", "changed", "difference"))]
    told = [table for table in _told(tables, list(plans.values()), headings, words, whole=False) if table.rows]
    return answer("what-if", language, told or [words.text("compare.same", size=words.number(SMALL, 2))])


def plans_blocks(tables: Mapping[str, pd.DataFrame], plans: Mapping[str, xr.Dataset], language: str) -> list[Table]:
    """Tell plans side by side, every row: those of :func:`what_if_answer`, and single numbers of each plan."""
    words, (first, *others) = Words(language), plans
    apart = [words.text("compare.less", plan=other, first=first) for other in others]
    return _told(tables, list(plans.values()), ["", *plans, *apart], words, whole=True)


def plans_answer(tables: Mapping[str, pd.DataFrame], plans: Mapping[str, xr.Dataset], language: str) -> Document:
    """Tell plans side by side."""
    return answer("compare", language, plans_blocks(tables, plans, language))


def _told(tables: Mapping[str, pd.DataFrame], plans: list[xr.Dataset], headings: list[str], words: Words, *, whole: bool) -> list[Table]:
    """Tell tables of plans, whole or what changes; names are those of any of the plans."""
    tell = Teller(words, {key: names for plan in plans for key, names in names_of(plan).items()})
    blocks = []
    for name in (*TOLD, *(["plan"] if whole else [])):
        if name in tables:
            scaled, labels = _scaled(name, tables[name], plans, tell)
            kept = [whole or abs(last) > (0 if name == "party" else SMALL) for last in scaled.iloc[:, -1]]
            rows = _rows([label for label, keep in zip(labels, kept, strict=True) if keep], as_printed(scaled[kept], VOLUME), tell)
            blocks.append(written(name, words.text(f"compare.{name}"), headings, rows))
    return blocks + [_by_step(name, tables[name], tell) for name in ("step", "clause_step") if name in tables]


def _scaled(name: str, table: pd.DataFrame, plans: Iterable[xr.Dataset], tell: Teller) -> tuple[pd.DataFrame, list[str]]:
    """Return a table in the units it is told in, and the name of each row, with its unit where rows differ in it."""
    keys = list(map(str, table.index))
    if name == "clause":
        units: dict[str, str] = {}
        for plan in plans:
            units |= {str(row["clause"]): str(row["unit"]) for row in measure_clauses(plan).to_dict("records")}
        told = {key: (tell.name(key), *UNITS[units[key]]) for key in keys}
    elif name == "plan":
        told = {key: (tell.words.text(f"indicator.{key}"), *INDICATOR_UNITS.get(key, ("volume", 1.0))) for key in keys}
    else:
        return table, list(map(tell.name, keys))
    labels = [f"{label}, {tell.words.text(f'unit.{unit}')}" for label, unit, _ in told.values()]
    return table.mul([factor for _, _, factor in told.values()], axis=0), labels


def _rows(labels: Iterable[str], table: pd.DataFrame, tell: Teller) -> list[list[str]]:
    """Names and numbers of a table."""
    return [[label, *map(tell.words.number, row)] for label, row in zip(labels, table.to_numpy().tolist(), strict=True)]


def _by_step(name: str, table: pd.DataFrame, tell: Teller) -> Table:
    """Tell the steps that change most, and how many there are."""
    moved = table[(table.abs() > SMALL).any(axis=1)]
    steps = [step for step in moved.columns if moved[step].abs().max() > SMALL]
    largest = set(moved[steps].abs().sum().nlargest(MOST_STEPS).index)
    shown = moved[[step for step in steps if step in largest]]
    several = len(set(moved.index.get_level_values("plan"))) > 1
    labels = [(f"{key[0]}: " if several else "") + _label(name, key, tell) for key in moved.index]
    left = [tell.words.text("compare.steps_left", shown=shown.shape[1], count=len(steps))] if shown.shape[1] < len(steps) else []
    heads = list(map(tell.words.step, shown.columns))
    if len("".join(labels)) < len("".join(heads)):
        labels, heads, shown = heads, labels, shown.T
    return replace(written(name, tell.words.text(f"compare.{name}"), ["", *heads], _rows(labels, shown, tell)), notes=tuple(left))


def _label(name: str, key: Sequence[str], tell: Teller) -> str:
    """Name a row of a table by step: a party, or a clause with the unit and the places of what is followed of it."""
    if name == "step":
        return tell.name(key[1])
    places = " + ".join(map(tell.name, key[3].split("+")))
    return f"{tell.name(key[1])}, {tell.words.text('unit.' + _FOLLOWED.get(key[2], 'volume'))}: {places}"


def comparison_record(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables as plain data."""
    return {name: json.loads(table.reset_index().to_json(orient="records")) for name, table in tables.items()}


def prices_answer(prices: Sequence[Any], results: xr.Dataset, language: str, *, ends: bool = True) -> Document:
    """Tell prices, and the ends of ranges that were solved anew."""
    words, tell = speak(language, results)
    headings = [words.text(f"price.{key}") for key in ("name", "more", "range", "less", "range")]
    rows = [(found.name, *_side(found.more, found.unit, tell), *_side(found.less, found.unit, tell)) for found in prices]
    blocks: list[Table | str] = [written("prices", words.text("price.title"), headings, rows), words.text("price.note")]
    told = {part.proven for found in prices for part in (found.more, found.less, *found.rungs)}
    blocks += [words.text(key) for key, proven in (("price.proven", True), ("price.on_lines", False)) if proven in told]
    if any(abs(end.reached - end.gain) > TOLERANT * abs(end.gain) for found in prices for end in found.settled if end.agrees):
        blocks.append(words.text("price.tolerant"))
    keys = ("name", "change", "promised", "settled", "reached", "level", "agrees")
    anew = [(found.name, *_settled(end, found.unit, tell)) for found in prices for end in found.settled if ends]
    blocks.append(written("anew", words.text("price.anew"), [words.text(f"price.{key}") for key in keys], anew, (0, 5, 6)))
    headings = [words.text(f"price.{key}") for key in ("change", "gain", "level")]
    for found in prices:
        gains = [(words.text("price.infeasible") if rung.infeasible else words.number(rung.gain, 2)) + _mark(rung) for rung in found.rungs]
        ladder = [(words.number(rung.change, 2), gain, rung.level or "") for rung, gain in zip(found.rungs, gains, strict=True)]
        blocks.append(written("ladder", words.text("price.ladder", name=found.name), headings, ladder, (2,)))
    return answer("prices", language, blocks)


def _mark(told: Any) -> str:
    """Mark what is of lines alone."""
    return " *" if told.proven is False else ""


def _side(side: Any, unit: str, tell: Teller) -> tuple[str, str]:
    """Tell one side: worth with its level, and the range."""
    words = tell.words
    if side.infeasible:
        return words.text("price.infeasible") + _mark(side), ""
    least, shown = "≥ " if side.open_end else "", unit if unit in UNITS else "hm3"
    reach = "∞" if math.isinf(side.holds_for) else least + tell.amount(side.holds_for, shown)
    return words.text("price.none") if side.level is None else f"{words.number(side.worth, 3)} ({side.level})", reach + _mark(side)


def _settled(end: Any, unit: str, tell: Teller) -> tuple[str, ...]:
    """Tell the end of a range that was solved anew."""
    words = tell.words
    change = tell.amount(end.change, unit if unit in UNITS else "hm3")
    if not end.found:
        return change, words.number(end.promised, 3), words.text("price.no_plan"), "", "", ""
    gains = (words.number(gain, 3) for gain in (end.promised, end.gain, end.reached))
    return change, *gains, end.level or "", words.text("about.yes" if end.agrees else "price.differs")


def price_record(price: Any) -> dict[str, Any]:
    """Return a price as plain data; what has no end is null."""
    found: dict[str, Any] = asdict(price)
    for part, name in ((found["more"], "holds_for"), (found["less"], "holds_for"), (found, "amount")):
        part[name] = part[name] if math.isfinite(part[name]) else None
    return found
