"""One clause of a plan, worked so that a calculator gives what it promises, what the plan gives, and what is in reserve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.calculator import Term, Worked
from waterdeal.reports.edition import RATE, VOLUME
from waterdeal.reports.promises import read_promises
from waterdeal.reports.quantity import UNITS, agency_name
from waterdeal.reports.sentence import sentence_in_force, who_owes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.promises import Part, Promise
    from waterdeal.reports.table import Table

#: most terms of a sum that is written out; difference below which two figures are the same, as a share of the larger
MOST, SAME = 60, 1e-6


@dataclass(frozen=True)
class Counted:
    """A term of a row: what is counted where, in which step, how often, and how much it is."""

    quantity: str
    place: str
    step: int
    factor: float
    value: float


def row_terms(results: xr.Dataset, row: int) -> list[Counted]:
    """Return the terms of a row of a clause with their values in a plan; none where some are no quantity of the plan."""
    read, found = results.variables, []
    for term in np.flatnonzero(read["term_row"].values == row).tolist():
        quantity, place, step = (read[f"term_{name}"].values[term] for name in ("quantity", "place", "step"))
        if str(quantity) not in read:
            return []
        array = read[str(quantity)]
        value = float(array.values[read[str(array.dims[0])].values.astype(str).tolist().index(str(place)), int(step)])
        found.append(Counted(str(quantity), str(place), int(step), float(read["term_factor"].values[term]), value))
    return sorted(found, key=lambda term: term.step)


def promise_terms(results: xr.Dataset, promise: Promise, part: Part) -> list[Counted]:
    """Return what adds up to what a plan gives of a part of a clause; none where the row that holds it is no such sum."""
    names = (results.variables[f"row_{name}"].values.astype(str) for name in ("clause", "part", "sense"))
    rows = [place for place, key in enumerate(zip(*names, strict=True)) if key == (promise.clause.id, part.part, part.sense)]
    if len(rows) != 1 or part.unit not in {"hm3", "GWh"}:
        return []
    terms, bound = row_terms(results, rows[0]), float(results.variables["row_bound"].values[rows[0]])
    total = sum(term.factor * term.value for term in terms)
    pairs = ((total, part.planned), (bound, part.promised))
    return terms if all(abs(one - other) <= SAME * max(1.0, abs(other)) for one, other in pairs) else []


def clause_sheet(edition: Edition) -> Iterator[tuple[str, Table]]:
    """Name a clause and make its table: one that binds and is measured, if there is one; nothing where none is a sum."""
    found = []
    for promise in read_promises(edition.results):
        part = min(promise.parts, key=lambda part: part.tightness)
        terms = promise_terms(edition.results, promise, part)
        if 0 < len(terms) <= MOST:
            found.append(((part.binding, bool(promise.clause.measured), len(terms)), promise, part, terms))
    if found:
        _, promise, part, terms = max(found, key=lambda one: one[0])
        yield promise.clause.id, _sheet(edition, promise, part, terms)


def _sheet(edition: Edition, promise: Promise, part: Part, terms: list[Counted]) -> Table:
    """Work what a part of a clause promises, what the plan gives, and what is left."""
    worked, text, tell = Worked(edition), edition.text, edition.tell
    clause, unit = promise.clause, UNITS[part.unit][0]
    gauges = [f"{agency_name(gauge.agency, edition.words)} ({edition.name(gauge.gauge)})" for gauge in clause.measured]
    source = "; ".join(filter(None, (text(f"status.{clause.status}"), clause.source)))
    told = {"column.clause": sentence_in_force(promise, tell, edition.results), "column.owed": who_owes(clause, tell),
            "column.source": source, "column.measured": ", ".join(gauges), "method.row": _row_told(edition, part, terms)}  # fmt: skip
    for key, value in told.items():
        worked.rows.append((str(len(worked.rows) + 1), text(key), value or "–", "row_clause" if key == "method.row" else ""))
    promised = worked.line(text("column.promised"), worked.number(part.promised), unit, "row_bound")
    planned = worked.line(text("method.planned"), _sum(worked, terms), unit, "row_value")
    slack = planned - promised if part.sense == "at_least" else promised - planned
    reserve = worked.line(text("method.reserve"), slack, unit, "row_slack" if not part.conceded else "")
    if part.conceded:
        worked.line(text("method.with_concession"), reserve + worked.number(part.conceded), unit, "row_slack")
    days = float(sum(edition.steps["days"].iloc[step] for step in {term.step for term in terms}))
    if part.unit == "hm3" and {term.quantity for term in terms} <= {"flow", "delivery"}:
        worked.line(text("method.mean_rate"), planned / worked.factor(days), "rate", digits=RATE)
    worked.printed(text("method.in_tables"), part.planned, unit, VOLUME)
    worked.rows.append((str(len(worked.rows) + 1), text("column.binding"), text("word.yes" if promise.binding else "word.no"), ""))
    return worked.table("worked_clause", text("method.of_clause", number=promise.number, clause=clause.id))


def _row_told(edition: Edition, part: Part, terms: list[Counted]) -> str:
    """Say what the row of the model adds up."""
    places = edition.tell.all_names(dict.fromkeys(term.place for term in terms))
    quantities = ", ".join(dict.fromkeys(term.quantity for term in terms))
    sense = edition.text(f"word.{part.sense}")
    amount = edition.tell.amount(part.promised, part.unit, 3)
    return edition.text("method.row_told", count=len(terms), quantity=quantities, places=places, sense=sense, amount=amount)


def _sum(worked: Worked, terms: list[Counted]) -> Term:
    """Write the sum of the terms, each by its factor where it has one; what is taken off is written so."""
    if all(abs(term.factor - 1) < SAME for term in terms):
        return worked.numbers(term.value for term in terms)
    total: Term | None = None
    for term in terms:
        size = worked.number(term.value)
        size = size if abs(abs(term.factor) - 1) < SAME else worked.short(abs(term.factor)) * size
        if total is None:
            total = size if term.factor > 0 else worked.number(0.0) - size
        else:
            total = total + size if term.factor > 0 else total - size
    return total if total is not None else worked.number(0.0)
