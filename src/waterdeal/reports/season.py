"""The report of a season: what is planned for whom, on what water, by which figures and clauses, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.reports.about import about_table, citation_table, created, title
from waterdeal.reports.age import age_lines
from waterdeal.reports.allocation import make_periods, sums_of
from waterdeal.reports.balance import party_balance, reach_balance, regime_table
from waterdeal.reports.blocks import EPOCH, Heading, Listing, Paragraph
from waterdeal.reports.clauses import clause_lines
from waterdeal.reports.crops import crops
from waterdeal.reports.crossings import crossings, measured_crossings
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition, figure, sum_cells
from waterdeal.reports.energy import energy_by_plant
from waterdeal.reports.environment import aquifers, least_flows, salt
from waterdeal.reports.lookahead import lookahead_lines
from waterdeal.reports.plots.block import storages_block
from waterdeal.reports.priced import price_blocks
from waterdeal.reports.protocol import SENTENCE, clause_table, foot, head, limits, numbered, regimes, signatures
from waterdeal.reports.records import record_lines, record_table
from waterdeal.reports.risk import risk_blocks
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.side_by_side import compared_parties
from waterdeal.reports.studies import frontier_tables
from waterdeal.reports.summary import entitlements, indicator_table, party_summary
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.table import Column, Table
from waterdeal.reports.tolerance import tolerance_lines
from waterdeal.studies.frontier import Frontier, Gap
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from waterdeal.reports.material import Material
    from waterdeal.reports.table import Cell

#: reservoirs side by side, sizes of letters
ACROSS, POINTS = 4, 7.5
#: decimals of the corners of a frontier
DECIMALS = 2
#: columns of the table of what the plan was made from that are told, and the first rows of it, which are no dictionary
TOLD = 2


def season(material: Material, language: str) -> Document:
    """Make the report of a season."""
    edition = Edition(material.plan, Words(language))
    heading = f"{edition.text('report.season')}: {title(edition)}"
    blocks: list[Any] = [Heading(heading, 1), *head(edition)]
    for number, (key, part) in enumerate(PARTS.items(), start=1):
        name = edition.text(f"season_part.{key}")
        blocks += [Heading(f"{number}. {name}"), *_kept(part(material, edition), edition)]
    return Document("season", language, heading, tuple(blocks), created(material.plan) or EPOCH, POINTS)


def _kept(blocks: Iterable[Any], edition: Edition) -> list[Any]:
    """Leave out tables without rows; a part that says nothing says so."""
    found = [block for block in blocks if not isinstance(block, Table) or block.rows]
    return found or [Paragraph(edition.text("report.nothing"))]


def _said(lines: Iterable[str]) -> list[Paragraph]:
    """Paragraphs of lines that are told elsewhere too."""
    return [Paragraph(line.strip()) for line in lines if line.strip()]


def _summary(_: Material, edition: Edition) -> Iterator[Any]:
    """Say in five sentences what is planned, then the table of parties."""
    results, number, text = edition.results, edition.words.number, edition.text
    unit, table = edition.unit("volume"), party_summary(edition)
    whole = table.rows[-1]
    told = [text("season_said.delivered", delivered=_shown(whole[2], edition), required=_shown(whole[1], edition), unit=unit,
                 share=_shown(whole[4], edition), short=_shown(whole[3], edition))]  # fmt: skip
    told.append("; ".join(f"{row[0]}: {_shown(row[4], edition)} %" for row in table.rows[:-1] if row[4] is not None))
    begun = float(results["storage_initial"].sum())
    end = float(results["storage"].isel(time=-1).sum())
    told.append(text("season_said.stored", begun=number(begun, 0), end=number(end, 0), unit=unit))
    told.append(text("closing.energy", value=number(float(results["energy"].sum())), unit=edition.unit("energy")))
    told += clause_lines(edition)[:1] or [text("record.no_clauses")]
    yield Listing(text("season_said.title"), tuple(line for line in told if line))
    yield replace(table, notes=())
    yield from storages_block(edition)


def _shown(cell: Any, edition: Edition) -> str:
    """Write a cell of a table as text."""
    return edition.words.number(cell) if isinstance(cell, float) else "–"


def _data(_: Material, edition: Edition) -> Iterator[Any]:
    """Say how sure the figures are, and list their sources."""
    yield from _said([*age_lines(edition.results, edition.words), *sure_lines(edition)])
    yield citation_table(edition)


def _forecast(material: Material, edition: Edition) -> Iterator[Any]:
    """Say what runoff is planned for: by place and month."""
    yield inflow_table(edition)
    yield from _said(lookahead_lines(edition))
    found = material.findings.read("sensitivity")
    if found is None:
        yield material.missing("sensitivity", edition.words)
        return
    yield _sensitivity(found, edition)


def inflow_table(edition: Edition) -> Table:
    """Make the table of what nature brings, by place and month."""
    runoff = edition.read["runoff"].values
    there = np.flatnonzero(runoff.sum(axis=1) > 10.0**-VOLUME)
    periods, printed = make_periods(edition.steps, edition.words, by_step=False), edition.round_volumes(runoff[there], [])
    by_period = np.column_stack([printed[:, list(period.steps)].sum(axis=1) for period in periods])
    names = edition.read["node"].values.astype(str)[there].tolist()
    rows: list[tuple[Cell, ...]] = [(edition.name(name), *sum_cells(by_period, [place], VOLUME)) for place, name in enumerate(names)]
    rows.append((edition.text("row.total"), *sum_cells(by_period, range(len(names)), VOLUME)))
    columns = (Column(edition.text("column.place"), width=36), *(Column(period.heading, digits=VOLUME, width=11) for period in periods))
    levels = (*[2] * len(names), 0)
    return Table("inflow", edition.text("sheet.season_inflow"), edition.text("season_part.inflow"), edition.unit("volume"), columns,
                 tuple(rows), levels, {len(names): tuple(range(len(names)))}, sums_of(periods))  # fmt: skip


def _sensitivity(found: dict[str, Any], edition: Edition) -> Table:
    """Make the table of what deliveries and shortages respond to."""
    rows = [row for row in found["indices"] if str(row["figure"]).rpartition("_")[2] in {"delivery", "shortage"}]
    names = [name for name in (rows[0] if rows else ()) if name not in {"figure", "parameter"}]
    body: list[tuple[Cell, ...]] = [
        (f"{row['figure']}: {row['parameter']}", *(figure(row[name], 3) for name in names)) for row in rows
    ]  # fmt: skip
    numbers = (Column(edition.text(f"study.{name}"), digits=3, width=12) for name in names)
    columns = (Column(edition.text("study.parameter"), width=40), *numbers)
    told = edition.text(f"study.title_{str(found['method']).replace('-', '_')}")
    return Table("sensitivity", edition.text("study.sensitivity"), told, "", columns, tuple(body))


def _proposal(material: Material, edition: Edition) -> Iterator[Any]:
    """Tables 1 to 4, as the annex has the first three."""
    yield limits(edition, ("volume",))
    yield numbered(limits(edition, ("rate",)), 2)
    yield from regimes(edition, regime_table(edition), ACROSS)
    yield from clause_table(edition, SENTENCE)
    yield from crossings(edition)
    yield from measured_crossings(material, edition)
    yield entitlements(edition)


def _balance(_: Material, edition: Edition) -> Iterator[Any]:
    """Balances by party and by reach, each of which closes as printed."""
    yield party_balance(edition)
    yield reach_balance(edition)


def _deficits(_: Material, edition: Edition) -> Iterator[Any]:
    """What is short, by user and month, and what is missing to nature."""
    yield shortage_table(edition)
    yield least_flows(edition)


def shortage_table(edition: Edition) -> Table:
    """Make the table of what is short of the requirement, by party, user and month."""
    short = edition.read["shortage"].values
    periods, printed = make_periods(edition.steps, edition.words, by_step=False), edition.round_volumes(short, [edition.receivers])
    by_period = np.column_stack([printed[:, list(period.steps)].sum(axis=1) for period in periods])
    names = list(map(edition.name, edition.read["demand"].values.astype(str).tolist()))
    body = edition.by_party(edition.receivers, names, lambda members, _: sum_cells(by_period, members, VOLUME))
    heads = (Column(period.heading, digits=VOLUME, width=11) for period in periods)
    columns = (Column(edition.text("column.party_canal"), width=36), *heads)
    return Table("shortages", edition.text("sheet.shortages"), edition.text("season_part.shortages"), edition.unit("volume"), columns,
                 tuple(body.rows), tuple(body.levels), body.sums, sums_of(periods))  # fmt: skip


def _clauses(material: Material, edition: Edition) -> Iterator[Any]:
    """Say which clauses bind, and what one more of each is worth."""
    yield from _said(clause_lines(edition))
    yield from price_blocks(material, edition)


def _alternatives(material: Material, edition: Edition) -> Iterator[Any]:
    """Alternatives that were compared, and the frontier of two parties."""
    found = material.findings.read("compare")
    yield material.missing("compare", edition.words) if found is None else compared_parties(found["party"], edition)
    told = material.findings.read("frontier")
    if told is None:
        yield material.missing("frontier", edition.words)
        return
    yield from (_shorter(table) for table in frontier_tables(_frontier(told), edition.results, edition.words.language))


def _shorter(table: Table) -> Table:
    """Round the cells of a table that is made for machines too, for people to read."""
    columns = [column if column.digits is None else replace(column, digits=min(column.digits, DECIMALS)) for column in table.columns]
    rows = [tuple(figure(cell, DECIMALS) if isinstance(cell, float) else cell for cell in row) for row in table.rows]
    return replace(table, columns=tuple(columns), rows=tuple(rows))


def _frontier(told: dict[str, Any]) -> Frontier:
    """Return the frontier that was found."""
    had = [f"{party}_{quantity}" for party, quantity in zip(told["parties"], told["of"], strict=True)]
    corners = np.array([[row[name] for name in had] for row in told["corners"]], dtype=float)
    beyond, names = np.array(told["beyond"], dtype=float), ("parties", "of", "units", "plan", "held")
    listed: dict[str, Any] = {name: tuple(told[name]) for name in names}
    rest = {name: told[name] for name in ("others", "conditional", "solves")} | {"unkept": tuple(told.get("unkept", ()))}
    return Frontier(corners=corners, beyond=beyond, gap=Gap(**told["gap"]), figures=pd.DataFrame(told["figures"]), **listed, **rest)


def _fairness(_: Material, edition: Edition) -> Iterator[Any]:
    """Say by which rule is shared, what the other would give, and what was given for releases that can be run."""
    yield from _said([*sharing_lines(edition), *tolerance_lines(edition)])
    yield indicator_table(edition)


def _risk(material: Material, edition: Edition) -> Iterator[Any]:
    """Tell what an ensemble says."""
    yield from risk_blocks(material, edition, supply=False)


def _beside_water(_: Material, edition: Edition) -> Iterator[Any]:
    """Energy, crops, groundwater and salt."""
    yield from (energy_by_plant(edition), crops(edition), aquifers(edition), salt(edition))


def _records(_: Material, edition: Edition) -> Iterator[Any]:
    """Figures outside the record, and what an operator would ask about."""
    yield from _said(record_lines(edition))
    yield record_table(edition)


def _limits_of_model(_: Material, edition: Edition) -> Iterator[Any]:
    """Say what the model does not know, and what the plan was made from."""
    yield from (Paragraph(edition.text(f"season_method.{key}")) for key in ("known", "mean", "rule", "audit"))
    yield from _said([edition.text("about.rounding_value")])


def _run(_: Material, edition: Edition) -> Iterator[Any]:
    """Say what run this is, and who signs."""
    table = about_table(edition)
    rows = tuple(row[:TOLD] for row, level in zip(table.rows, table.levels, strict=True) if level == 2 and row[2] is None)
    yield Table("run", table.sheet, table.title, "", table.columns[:TOLD], rows)
    yield from (Paragraph(line, note=True) for line in foot(edition))
    yield signatures(edition)


PARTS: dict[str, Callable[[Material, Edition], Iterable[Any]]] = {
    "summary": _summary, "data": _data, "forecast": _forecast, "proposal": _proposal, "balance": _balance, "deficits": _deficits,
    "clauses": _clauses, "alternatives": _alternatives, "fairness": _fairness, "risk": _risk, "beside": _beside_water,
    "records": _records, "method": _limits_of_model, "run": _run,
}  # fmt: skip
