"""The clauses on a plan: a table of all, a table of those with several parts, and the lines of the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports.edition import VOLUME, figure
from waterdeal.reports.promises import part_name, read_promises
from waterdeal.reports.quantity import UNITS
from waterdeal.reports.sentence import clause_sentence, drafted
from waterdeal.reports.table import Body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.agreement.clause import Clause
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.promises import Part, Promise
    from waterdeal.reports.quantity import Teller
    from waterdeal.reports.table import Cell, Table

#: columns of figures; clauses do not add up
COLUMNS = [(name, "figure", 11) for name in ("promised", "planned", "reserve", "conceded")]
#: clauses named in a line of the summary
SHOWN = 8


def clause_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the tables of the clauses."""
    promises = read_promises(edition.results)
    return tuple(table for table in (_clause_table(edition, promises), _part_table(edition, promises)) if table.rows)


def clause_lines(edition: Edition) -> list[str]:
    """Write the lines of the summary."""
    promises = read_promises(edition.results)
    if not promises:
        return []
    text, tell = edition.text, edition.tell
    gave_way = [promise for promise in promises if _cell(promise.conceded, promise.unit)]
    listed = {
        "conceded": conceded_of(promises, tell),
        "broken": [_heading(promise) for promise in promises if any(part.broken for part in promise.parts) and promise not in gave_way],
        "binding": [_heading(promise) for promise in promises if promise.binding],
    }
    told = [text(f"explain.{key}", clauses=tell.first(clauses, SHOWN)) for key, clauses in listed.items() if clauses]
    kept = sum(all(part.kept for part in promise.parts) for promise in promises)
    return [text("explain.kept", kept=kept, count=len(promises)), *told]


def conceded_of(promises: Iterable[Promise], tell: Teller) -> list[str]:
    """Tell the clauses that give way, and by how much."""
    gave_way = [promise for promise in promises if _cell(promise.conceded, promise.unit)]
    return [f"{_heading(promise)} {tell.amount(promise.conceded, promise.unit)}" for promise in gave_way]


def _heading(promise: Promise) -> str:
    """Number and id of a clause."""
    return f"{promise.number}\xa0{promise.clause.id}"


def _clause_table(edition: Edition, promises: Iterable[Promise]) -> Table:
    """Make the table of all clauses."""
    columns = (("clause_number", "text", 5), ("clause", "text", 38), ("owed", "text", 20), ("side", "text", 10), *COLUMNS,
               ("unit", "text", 9), ("clause_part", "text", 14), ("binding", "text", 11), ("measured", "text", 18),
               ("status", "text", 14), ("source", "text", 28), ("clause_id", "text", 18))  # fmt: skip
    rows = [_clause_row(edition, promise) for promise in promises]
    return edition.table("clauses", "", columns, rows, notes=("clauses", "tolerance", "data_language"))


def _clause_row(edition: Edition, promise: Promise) -> tuple[Cell, ...]:
    """Cells of one clause: the figures are those of its tightest part."""
    clause, tell, text = promise.clause, edition.tell, edition.text
    part = min(promise.parts, key=lambda part: part.tightness)
    owed = " → ".join(tell.all_names(parties) for parties in (clause.party, clause.to) if parties)
    told = ". ".join(filter(None, (clause_sentence(clause, tell, edition.results, owed=False), drafted(clause, tell))))
    return (
        str(promise.number), told, owed, text(f"word.{part.sense}"), *part_figures(part),
        text(f"unit.{UNITS[part.unit][0]}"),
        part_name(part.part, tell, tuple(edition.steps["step"])), text("word.yes" if promise.binding else "word.no"),
        _measured(edition, clause), text(f"status.{clause.status}"), clause.source, clause.id,
    )  # fmt: skip


def _part_table(edition: Edition, promises: Iterable[Promise]) -> Table:
    """Make the table of the parts: a block a clause, headed by its sentence."""
    labels, tell, text, body = tuple(edition.steps["step"]), edition.tell, edition.text, Body()
    for promise in promises:
        if len(promise.parts) > 1:
            body.add((f"{promise.number}. {clause_sentence(promise.clause, tell, edition.results)}", *[None] * (len(COLUMNS) + 3)), 1)
            for part in promise.parts:
                name, unit = part_name(part.part, tell, labels), text(f"unit.{UNITS[part.unit][0]}")
                body.add((name, text(f"word.{part.sense}"), *part_figures(part), unit, text("word.yes" if part.binding else "word.no")))
    columns = (("clause", "text", 60), ("side", "text", 12), *COLUMNS, ("unit", "text", 10), ("binding", "text", 12))
    return edition.table("clause_steps", "", columns, body)


def part_figures(part: Part) -> tuple[float | None, ...]:
    """Promised, planned, reserve, conceded as printed; the reserve is the difference of what is printed."""
    promised, planned, conceded = (_cell(value, part.unit) for value in (part.promised, part.planned, part.conceded))
    if promised is None or planned is None:
        return promised, planned, None, conceded
    return promised, planned, figure(planned - promised if part.sense == "at_least" else promised - planned, VOLUME), conceded


def _cell(value: float, unit: str) -> float | None:
    """Figure as printed, shares in percentage points."""
    return figure(value * UNITS[unit][1], VOLUME)


def _measured(edition: Edition, clause: Clause) -> str:
    """Agencies that read the gauges, with their tolerances."""
    found = []
    for gauge in clause.measured:
        agency = edition.words.text_or(f"agency.{gauge.agency}", edition.name(gauge.agency or gauge.gauge))
        found.append(f"{agency} ±{edition.tell.share(gauge.tolerance)}")
    return "; ".join(dict.fromkeys(found))
