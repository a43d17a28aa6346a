"""A plan beside what was ever recorded, and what an operator would ask about it: a table, and lines for a terminal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.edition import RATE, VOLUME, figure
from waterdeal.results.records import is_held_to_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table
    from waterdeal.results.records import Finding, Held

#: places told in a terminal, and figures of each
MOST_PLACES = 6


def record_table(edition: Edition) -> Table:
    """Make the table of figures outside the record, place by place, the furthest first, and of what an operator would ask about."""
    held = edition.held
    rows = [_row(edition, found) for found in (*held.outside, *held.questions)]
    rows = rows or [(edition.text("word.none"), *[""] * 2, None, "", None, None, None)]
    columns = (("place", "text", 36), ("finding", "text", 44), ("when", "text", 30), ("value", "figure", 14), ("unit", "text", 12),
               ("least_recorded", "figure", 14), ("greatest_recorded", "figure", 14), ("beyond", "percent", 12))  # fmt: skip
    return edition.table("record", "", columns, rows, notes=(compared_line(edition, held), "record"))


def _row(edition: Edition, found: Finding) -> tuple[Cell, ...]:
    """Cells of one finding."""
    bounds = [None if bound is None else figure(bound, RATE) for bound in (found.least, found.greatest)]
    beyond = figure(100 * found.beyond, RATE) if found.least is not None else None
    head = (edition.name(found.place), edition.text(f"finding.{found.kind}"), told_time(edition, found.when))
    return *head, figure(found.value, RATE), edition.unit(found.unit), *bounds, beyond


def told_time(edition: Edition, when: str) -> str:
    """Tell a step, a month, a day, or the first and the last of several."""
    return " – ".join(_one_time(edition, part) for part in when.split("/"))


def _one_time(edition: Edition, label: str) -> str:
    """Tell a step, a month or a day."""
    return edition.words.date(date.fromisoformat(label)) if len(label) == 10 and "D" not in label else edition.words.step(label)


def compared_line(edition: Edition, held: Held) -> str:
    """Say how many figures have a record, how many of them are outside, and which places have none."""
    told = {"count": held.compared, "outside": len(held.outside), "places": len(held.places), "without": len(held.without)}
    names = edition.tell.all_names(held.without, most=3)
    return edition.text("note.compared", **told, names=names) if held.compared else edition.text("note.no_record")


def record_lines(edition: Edition) -> list[str]:
    """Say place by place what is furthest outside the record, and what an operator would ask about."""
    held = edition.held
    kinds = list(dict.fromkeys(found.kind for found in held.questions))
    asked = [_question_line(edition, [found for found in held.questions if found.kind == kind]) for kind in kinds]
    head = [*outside_lines(edition, held), *_within_lines(edition)]
    return [*head, edition.text("record.questions" if asked else "record.no_questions"), *asked]


def _within_lines(edition: Edition) -> Iterator[str]:
    """Say that the plan was made to keep to the record of releases, and by how much it does not."""
    read = edition.read
    if is_held_to_record(read):
        total = edition.words.number(float(read["release_outside"].values.sum()), VOLUME)
        yield edition.text("record.within", value=total, unit=edition.unit("volume"))


def outside_lines(edition: Edition, held: Held) -> list[str]:
    """Say place by place what is furthest outside the record, and how much was compared."""
    places = list(dict.fromkeys(found.place for found in held.outside))
    told = [_place_line(edition, [found for found in held.outside if found.place == place]) for place in places[:MOST_PLACES]]
    if len(places) > MOST_PLACES:
        told.append(edition.text("record.more", names=edition.tell.all_names(places[MOST_PLACES:], most=3)))
    head = [compared_line(edition, held)]
    if held.compared:
        head.append(edition.text("record.outside" if told else "record.none_outside"))
    return [*head, *told]


def _place_line(edition: Edition, found: Sequence[Finding]) -> str:
    """Tell the furthest figure of a place, and how many others there are."""
    worst, number = found[0], edition.words.number
    beyond = number(100 * worst.beyond, 0) if np.isfinite(worst.beyond) else "∞"
    told = {"finding": edition.text(f"finding.{worst.kind}"), "when": told_time(edition, worst.when), "unit": edition.unit(worst.unit)}
    told |= {"value": number(worst.value, 0), "least": number(worst.least, 0), "greatest": number(worst.greatest, 0), "beyond": beyond}
    return edition.text("record.place", place=edition.name(worst.place), **told, count=len(found))


def _question_line(edition: Edition, found: Sequence[Finding]) -> str:
    """Tell one kind of question, with the places it is asked of."""
    named = [f"{edition.name(one.place)} ({told_time(edition, one.when)})" for one in found]
    return f"  {edition.text(f'finding.{found[0].kind}')}: {edition.tell.first(named, 3)}."
