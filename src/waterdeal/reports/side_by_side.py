"""The report of a comparison: plans side by side by party, clause, reservoir and step, with differences to the first and no ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import FileProblem
from waterdeal.reports.about import created, period, title
from waterdeal.reports.balance import regime_table
from waterdeal.reports.blocks import EPOCH, Heading, Listing, Paragraph
from waterdeal.reports.clauses import part_figures
from waterdeal.reports.document import Document
from waterdeal.reports.edition import PERCENT, VOLUME, Edition, figure
from waterdeal.reports.promises import read_promises
from waterdeal.reports.protocol import basis
from waterdeal.reports.quantity import UNITS
from waterdeal.reports.sentence import sentence_in_force
from waterdeal.reports.summary import party_summary
from waterdeal.reports.table import Body, Column, Table
from waterdeal.words import Words, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from waterdeal.reports.material import Material
    from waterdeal.reports.table import Cell

#: most plans that stand side by side on a page
MOST = 6
#: columns of the table of parties that are compared, by place, with their keys; those in per cent do not add up
OF_PARTY = {2: "delivery", 3: "shortage", 4: "supply_percent", 5: "worst_percent", 8: "energy"}
SHARES = ("supply_percent", "worst_percent")


def comparison(material: Material, language: str) -> Document:
    """Make the report of a comparison."""
    if not 2 <= len(material.plans) <= MOST:
        raise FileProblem(say("report.several", most=MOST))
    words = Words(language)
    editions = [Edition(plan, words) for plan in material.plans.values()]
    heading = words.text("report.comparison")
    letters = [chr(ord("A") + place) for place in range(len(editions))]
    legend = [f"{letter} – {_legend(name, edition)}" for letter, name, edition in zip(letters, material.plans, editions, strict=True)]
    blocks = (
        Listing(words.text("report.plans"), tuple(legend)), Paragraph(words.text("report.no_ranks"), note=True),
        *_parties(editions, letters), *_clauses(editions, letters), *_reservoirs(editions, letters), *_steps(editions, letters),
        Paragraph(words.text("about.disclaimer_text"), note=True),
    )  # fmt: skip
    moment = max(created(plan) or EPOCH for plan in material.plans.values())
    return Document("comparison", language, heading, (Heading(heading, 1), *blocks), moment)


def _legend(name: str, edition: Edition) -> str:
    """Say what a plan is: its title, period, status, forecast and hash."""
    attrs = edition.results.attrs
    status = edition.words.text_or(f"plan_status.{attrs.get('status', '')}", str(attrs.get("status", "")))
    run = edition.text("closing.run", run=str(attrs.get("run_sha256", ""))[:12], version=attrs.get("waterdeal_version", ""))
    return f"{name}: {title(edition)}; {period(edition)}; {status}; {basis(edition)}. {run}"


def _beside(values: Sequence[Cell], digits: int) -> tuple[Cell, ...]:
    """Figures side by side, and the differences of what is printed to the first."""
    first, *others = values
    apart = [round(one - first, digits) + 0.0 if isinstance(one, float) and isinstance(first, float) else None for one in others]
    return (*values, *apart)


def _columns(letters: Sequence[str], digits: int, *, summed: bool = True) -> list[Column]:
    """Columns of plans and of differences to the first."""
    names = [*letters, *(f"{letter} − {letters[0]}" for letter in letters[1:])]
    return [Column(name, "", digits, "", 12, summed) for name in names]


def _parties(editions: Sequence[Edition], letters: Sequence[str]) -> Iterator[Table]:
    """Make the tables by party, one a figure."""
    tables, text = [party_summary(edition) for edition in editions], editions[0].text
    labels = list(dict.fromkeys(str(row[0]) for table in tables for row in table.rows))
    labels = [*[label for label in labels if label != text("row.all_parties")], text("row.all_parties")]
    for place, key in OF_PARTY.items():
        figures = [{str(row[0]): row[place] for row in table.rows} for table in tables]
        if not any(isinstance(cell, float) and cell for held in figures for cell in held.values()):
            continue
        body = Body()
        for label in labels[:-1]:
            body.add((label, *_beside([held.get(label) for held in figures], PERCENT)))
        last = (labels[-1], *_beside([held.get(labels[-1]) for held in figures], PERCENT))
        if key in SHARES:
            body.add(last, 0)
        else:
            body.total(last)
        unit = "" if key in SHARES else editions[0].unit("energy" if key == "energy" else "volume")
        columns = (Column(text("column.party"), width=30), *_columns(letters, PERCENT, summed=key not in SHARES))
        name, sheet = f"compared_{key}", text(f"sheet.compared_{key}")
        yield Table(name, sheet, text(f"column.{key}"), unit, columns, tuple(body.rows), tuple(body.levels), body.sums)


def _clauses(editions: Sequence[Edition], letters: Sequence[str]) -> Iterator[Table]:
    """Make the table of clauses: what each plan promises, gives and has in reserve; a sentence is that of plans whose value it states."""
    found = [{promise.clause.id: promise for promise in read_promises(edition.results)} for edition in editions]
    text, body = editions[0].text, Body()
    for name in dict.fromkeys(name for held in found for name in held):
        told = [
            (letter, held[name], sentence_in_force(held[name], edition.tell, edition.results))
            for letter, held, edition in zip(letters, found, editions, strict=True)
            if name in held
        ]
        sentences = list(dict.fromkeys(sentence for *_, sentence in told))
        for sentence in sentences:
            by = ", ".join(letter for letter, _, own in told if own == sentence)
            body.add((f"{name}: {sentence}" + (f" ({by})" if len(sentences) > 1 or len(told) < len(letters) else ""), *[None] * 6), 1)
        first: float | None = None
        for letter, promise, _ in told:
            part = min(promise.parts, key=lambda part: part.tightness)
            figures = part_figures(part)
            state = text("report.conceded" if figures[3] else "word.kept" if all(one.kept for one in promise.parts) else "word.not_kept")
            apart = None if first is None or figures[2] is None else round(figures[2] - first, VOLUME) + 0.0
            body.add((letter, *figures[:3], apart, text(f"unit.{UNITS[part.unit][0]}"), state))
            first = figures[2] if letter == letters[0] else first
    if body.rows:
        keys = (("clause", 96), ("promised", 11), ("planned", 11), ("reserve", 11), ("apart", 11), ("unit", 12), ("state", 14))
        columns = tuple(Column(text(f"column.{key}"), "", VOLUME if 0 < place < 5 else None, "", width, summed=False)
                        for place, (key, width) in enumerate(keys))  # fmt: skip
        yield Table("compared_clauses", text("sheet.clauses"), text("compare.clause"), "", columns, tuple(body.rows), tuple(body.levels))


def _reservoirs(editions: Sequence[Edition], letters: Sequence[str]) -> Iterator[Table]:
    """Make the table of storages at the end, as the tables of each plan print them."""
    tables, text = [regime_table(edition) for edition in editions], editions[0].text
    held = [{str(row[0]): row[9] for place, row in enumerate(table.rows) if table.level(place) == 1} for table in tables]
    rows = [(name, *_beside([one.get(name) for one in held], VOLUME)) for name in dict.fromkeys(name for one in held for name in one)]
    if rows:
        columns = (Column(text("column.reservoir"), width=40), *_columns(letters, VOLUME, summed=False))
        yield Table("compared_storages", text("sheet.reservoirs"), text("compare.reservoir"), "", columns, tuple(rows))


def _steps(editions: Sequence[Edition], letters: Sequence[str]) -> Iterator[Any]:
    """Make a table a party: what it gets in each step; plans of other steps are left out, and named."""
    text, steps = editions[0].text, editions[0].steps["step"].tolist()
    same = [place for place, edition in enumerate(editions) if edition.steps["step"].tolist() == steps]
    if len(same) < len(editions):
        yield Paragraph(text("report.other_steps", plans=", ".join(letters[place] for place in range(len(editions)) if place not in same)))
    if len(same) < 2:
        return
    some, names = [editions[place] for place in same], [letters[place] for place in same]
    for party in dict.fromkeys(party for edition in some for party in edition.parties):
        members = [edition.receivers == party for edition in some]
        if not any(mine.any() for mine in members):
            continue
        given = [_sums(edition.printed_delivery[mine]) for edition, mine in zip(some, members, strict=True)]
        body = Body()
        for place, step in enumerate(steps):
            body.add((some[0].words.step(step), *_beside([one[place] for one in given], VOLUME)))
        body.total((text("row.total"), *_beside([round(sum(one), VOLUME) for one in given], VOLUME)))
        columns = (Column(text("short.step"), width=24), *_columns(names, VOLUME))
        heading = f"{text('title.steps')}: {some[0].name(party)}"
        yield Table(f"compared_{party}", party, heading, some[0].unit("volume"), columns, tuple(body.rows), tuple(body.levels), body.sums)


def _sums(values: Any) -> list[float]:
    """Sums over users as printed."""
    return [float(value) for value in np.round(values.sum(axis=0), VOLUME) + 0.0]


def compared_parties(record: Sequence[Mapping[str, Any]], edition: Edition) -> Table:
    """Make the table of deliveries that `waterdeal compare` found, by party: of the plan itself as its other tables print them."""
    first, *others = (key for key in record[0] if key != "party")
    others = [key for key in others if not key.endswith(f" - {first}")]
    found = {str(row["party"]): [figure(row[key], VOLUME) for key in others] for row in record}
    own = {party: round(float(edition.printed_delivery[edition.receivers == party].sum()), VOLUME) + 0.0 for party in edition.parties}
    cells = [(edition.name(party), *_beside([own.get(party), *found[party]], VOLUME)) for party in sorted(found, key=_place_in(edition))]
    columns = (Column(edition.text("column.party"), width=24), *_columns([first, *others], VOLUME, summed=False))
    return Table("alternatives", edition.text("sheet.alternatives"), edition.text("compare.party"), "", columns, tuple(cells))


def _place_in(edition: Edition) -> Callable[[str], int]:
    """Return the place of each party among those of a plan; the last for others."""
    places = {party: place for place, party in enumerate(edition.parties)}
    return lambda party: places.get(party, len(places))
