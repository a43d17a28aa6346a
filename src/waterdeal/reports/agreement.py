"""The report of an agreement: its clauses, what cannot all hold, the ways out, and what each costs whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.inputs import clauses_of
from waterdeal.errors import FileProblem
from waterdeal.reports.about import created, title
from waterdeal.reports.blocks import EPOCH, Heading, Paragraph
from waterdeal.reports.clauses import clause_lines
from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.crossings import crossings, measured_crossings
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition, percent
from waterdeal.reports.explanation import explanation_blocks, explanation_from
from waterdeal.reports.findings import is_run_folder
from waterdeal.reports.material import take
from waterdeal.reports.priced import price_blocks
from waterdeal.reports.promises import clause_numbers
from waterdeal.reports.protocol import SENTENCE, clause_table, foot, head
from waterdeal.reports.quantity import UNITS, Teller
from waterdeal.reports.rooms import room_table
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.table import Body, Column, Table
from waterdeal.results.tables import party_order
from waterdeal.variables import names_of
from waterdeal.words import Words, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.reports.material import Material

#: what is told of each party under each way out: its heading, and whether it is a part of the requirement
FIGURES = ("delivery", "shortage", "energy", "flow_missing")


def agreement(material: Material, language: str) -> Document:
    """Make the report of an agreement."""
    words = Words(language)
    if material.plans:
        edition = Edition(material.plan, words)
        heading = f"{words.text('report.agreement')}: {title(edition)}"
        told = [*head(edition), *_of_plan(material, edition), *(Paragraph(line, note=True) for line in foot(edition))]
        return Document("agreement", language, heading, (Heading(heading, 1), *told), created(material.plan) or EPOCH)
    inputs = material.inputs
    if inputs is None or material.explanation is None:
        raise FileProblem(say("report.no_plan", folder=material.findings.folder))
    heading = f"{words.text('report.agreement')}: {inputs.attrs.get('scenario', '')}"
    blocks: list[Any] = [Paragraph(words.text("report.draft_without_plan")), drafted_clauses(inputs, words)]
    blocks += _of_conflict(material, inputs, words)
    blocks.append(Paragraph(words.text("about.disclaimer_text"), note=True))
    return Document("agreement", language, heading, (Heading(heading, 1), *blocks))


def _of_plan(material: Material, edition: Edition) -> Iterator[Any]:
    """Clauses of a plan, what each could ask for more, and what one more of each is worth."""
    text = edition.text
    tables = list(clause_table(edition, SENTENCE))
    yield from tables or (Paragraph(text("record.no_clauses")),)
    yield from map(Paragraph, clause_lines(edition))
    yield from crossings(edition)
    yield from measured_crossings(material, edition)
    yield Heading(text("report.rooms"))
    found = material.findings.read("explain")
    yield material.missing("explain", edition.words) if found is None else room_table(found["clauses"], edition)
    yield Heading(text("report.costs"))
    yield from price_blocks(material, edition)


def _of_conflict(material: Material, inputs: xr.Dataset, words: Words) -> Iterator[Any]:
    """What cannot all hold, the ways out, and what each gives each party."""
    yield Heading(words.text("report.conflict"))
    yield from explanation_blocks(explanation_from(material.explanation or {}), inputs, words.language)
    yield Heading(words.text("report.costs"))
    found = material.findings.read("explain")
    if found is None:
        yield material.missing("explain", words)
        return
    yield from way_tables(found, inputs, words)


def drafted_clauses(inputs: xr.Dataset, words: Words) -> Table:
    """Make the table of clauses that have no plan: number, sentence, whether they may give way, status."""
    tell, numbers = Teller(words, names_of(inputs)), clause_numbers(inputs)
    rows = [
        (str(numbers[clause.id]), clause_sentence(clause, tell, inputs), words.text("word.yes" if clause.negotiable else "word.no"),
         words.text(f"status.{clause.status}"), clause.id)
        for clause in clauses_of(inputs) if clause.id in numbers
    ]  # fmt: skip
    widths = {"column.clause_number": 4, "column.clause": SENTENCE, "record.negotiable": 12, "column.status": 16, "column.clause_id": 18}
    columns = tuple(Column(words.text(key), width=width) for key, width in widths.items())
    return Table("agreement_clauses", words.text("sheet.clauses"), words.text("report.drafted"), "", columns, tuple(rows))


def read_explanation(run: Path) -> Mapping[str, Any]:
    """Return why a run has no plan, with its clauses; FileProblem where it has none to tell of."""
    material = take(run)
    if material.explanation is None or not is_run_folder(run):
        raise FileProblem(say("report.no_plan", folder=run))
    return material.explanation


def ways_of(record: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the settings of each way out of a conflict: of each concession that is enough alone, and of the shared ones."""
    ways = [_settings([way]) for way in record["menu"]]
    shared = _settings(record["mix"] or [])
    return ways + ([shared] if shared and shared not in ways else [])


def _settings(concessions: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the settings that allow concessions."""
    return {key: float(value) for key, _, value in (way["set"].partition("=") for way in concessions)}


def way_tables(found: Mapping[str, Any], inputs: xr.Dataset, words: Words) -> Iterator[Any]:
    """Make the table of what each party has under each way out, beside what it has where all concede alike."""
    tell, record = Teller(words, names_of(inputs)), found["explanation"]
    alike = _settings(record["mix"] or [])
    shared = next((way["parties"] for way in found["ways"] if way["settings"] == alike), None)
    body = Body()
    order = [party for party in party_order(inputs) if any(party in (way["parties"] or {}) for way in found["ways"])]
    base = None if shared is None else _printed(shared, order)
    for way in found["ways"]:
        name = _way_name(way["settings"], inputs, tell)
        if way["parties"] is None:
            body.add((f"{name}: {words.text('batch.no_plan')}", *[None] * 8), 1)
            continue
        printed = _printed(way["parties"], order)
        totals = [*printed, printed.sum(axis=0)]
        others = [None] * len(totals) if base is None else [*base, base.sum(axis=0)]
        labels = [*map(tell.name, order), words.text("row.all_parties")]
        body.block((name, *[None] * 8), [_cells(*row) for row in zip(labels, totals, others, strict=True)])
    if not body.rows:
        yield Paragraph(words.text("report.no_way"))
        return
    columns = [Column(words.text("report.way"), width=32), Column(words.text("column.requirement"), digits=VOLUME, width=15)]
    columns += [Column(words.text(f"account.{name}"), digits=VOLUME, unit=_unit(name, words), width=15) for name in FIGURES]
    columns.insert(4, Column(words.text("column.supply_percent"), digits=VOLUME, width=14, summed=False))
    apart = words.text("report.less_shared")
    columns += [Column(words.text(f"account.{name}"), apart, VOLUME, _unit(name, words), 15) for name in ("delivery", "energy")]
    levels = [level if row[1] is not None or level == 1 else 2 for row, level in zip(body.rows, body.levels, strict=True)]
    title = words.text("report.ways")
    yield Table("ways", words.text("sheet.ways"), title, words.text("unit.volume"), tuple(columns), tuple(body.rows), tuple(levels))


def _unit(name: str, words: Words) -> str:
    """Unit of a figure where it is not that of the table."""
    return words.text("unit.energy") if name == "energy" else ""


def _printed(parties: Mapping[str, Mapping[str, float]], order: Sequence[str]) -> np.ndarray[Any, Any]:
    """Figures of parties as printed: totals of all are near what they are of."""
    values = np.array([[float(parties.get(party, {}).get(name) or 0.0) for name in FIGURES] for party in order])
    return round_controlled(values, [Sums(sets_of(len(order)), np.eye(len(FIGURES)))], VOLUME)


def _cells(label: str, printed: Any, other: Any) -> tuple[str | float | None, ...]:
    """Cells of a party: what it requires is what it gets and what is short, as printed."""
    delivery, shortage, energy, missing = (round(float(value), VOLUME) + 0.0 for value in printed)
    required = round(delivery + shortage, VOLUME)
    apart = (None, None) if other is None else tuple(round(float(printed[place] - other[place]), VOLUME) + 0.0 for place in (0, 2))
    return (label, required, delivery, shortage, percent(delivery, required), energy, missing, *apart)


def _way_name(settings: Mapping[str, float], inputs: xr.Dataset, tell: Teller) -> str:
    """Name a way out by its concession, or as the one that all share."""
    if len(settings) > 1:
        return tell.words.text("report.shared_way")
    ((key, value),) = settings.items()
    clause = key.split(".")[1]
    unit = dict(zip(*(inputs[name].values.astype(str).tolist() for name in ("clause", "clause_unit")), strict=True))[clause]
    shown = unit if unit in UNITS else "share"
    return f"{clause_numbers(inputs)[clause]}\xa0{clause}: {tell.amount(value, shown)}"


def ways_answer(found: Mapping[str, Any], inputs: xr.Dataset, language: str) -> Document:
    """Tell what each way out gives each party."""
    words = Words(language)
    return Document("ways", language, words.text("report.ways"), tuple(way_tables(found, inputs, words)))
