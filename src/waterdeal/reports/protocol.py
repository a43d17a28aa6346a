"""The parts of what is signed or stands behind it: who, when and on what forecast; limits, regime, borders and clauses; signatures."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.kinds.volume import MaxVolume
from waterdeal.reports.about import period
from waterdeal.reports.age import age_lines
from waterdeal.reports.allocation import make_periods, party_limits, printed_rates, printed_volumes, sums_of
from waterdeal.reports.blocks import Paragraph
from waterdeal.reports.clauses import part_figures
from waterdeal.reports.edition import LEVEL, RATE, VOLUME, figure, sum_cells
from waterdeal.reports.promises import read_promises
from waterdeal.reports.quantity import UNITS
from waterdeal.reports.sentence import sentence_in_force
from waterdeal.reports.table import Column
from waterdeal.reports.term_sheet import plan_terms_digest
from waterdeal.reports.whose import whose_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Body, Table

#: least width of a column of numbers, and what a letter of its heading takes, characters
LEAST, BROAD = 7, 1.15
#: width of the sentence of a clause where a page has more to hold, characters
SENTENCE = 60


def head(edition: Edition) -> Iterator[Paragraph]:
    """Parties, season, status and basis of the forecast."""
    text, attrs = edition.text, edition.results.attrs
    status = str(attrs.get("status", ""))
    told = {
        "record.parties": ", ".join(map(edition.name, edition.parties)), "record.period": period(edition),
        "record.scenario": f"{attrs.get('scenario', '')}, {edition.words.text_or(f'plan_status.{status}', status)}",
        "annex.basis": basis(edition),
    }  # fmt: skip
    yield from (Paragraph(f"{text(key)}: {value}") for key, value in told.items())


def basis(edition: Edition) -> str:
    """Tell what runoff the plan was made for."""
    series, name = (str(edition.results.attrs.get(key, "")) for key in ("series", "year_class"))
    if series:
        return edition.text("origin.own_series", series=series)
    found = re.fullmatch(r"exceeded_(\d+)", name)
    return edition.text("annex.basis_exceeded", share=found[1]) if found else edition.text("annex.basis_class", name=name)


def limits(edition: Edition, units: Sequence[str] = ("volume", "rate")) -> Table:
    """Make the table of deliveries by party, canal and month, in volumes with limits and what counts against them, and in rates."""
    periods = make_periods(edition.steps, edition.words, by_step=False)
    volumes, rates = printed_volumes(edition, periods)[:, :-2], printed_rates(edition, periods)[:, :-2]
    demands = edition.results["demand"].values.astype(str).tolist()
    agreed = agreed_limits(edition)

    def cells(members: Sequence[int], level: int) -> tuple[Any, ...]:
        told: tuple[float | None, ...] = (None, None)
        if level == 1:
            (owner,) = set(edition.receivers[list(members)].tolist())
            held = [limit for limit in (party_limits(edition, {owner})[:2], agreed.get(owner)) if limit and limit[0] is not None]
            told = min(held, default=told)
        elif level == 2:
            told = agreed.get(demands[members[0]], (None, None))
        cells = {"volume": (*sum_cells(volumes, members, VOLUME), *told), "rate": sum_cells(rates, members, RATE)}
        return tuple(cell for unit in units for cell in cells[unit])

    body: Body = edition.by_party(edition.receivers, list(map(edition.name, demands)), cells)
    limited = [edition.text(f"column.{name}") for name in ("limit", "counted")]
    months = [period.heading for period in periods]
    heads = {"volume": [(head, edition.unit("volume"), VOLUME) for head in (*months, *limited)],
             "rate": [(head, edition.unit("rate"), RATE) for head in months]}  # fmt: skip
    told = [Column(*head, "", _width(head[0]), summed=head[0] not in limited) for unit in units for head in heads[unit]]
    sums = sums_of(periods) if units[0] == "volume" else {}
    return edition.table("annex_limits", "", [("party_canal", "text", 28), *told], body, column_sums=sums)


def agreed_limits(edition: Edition) -> dict[str, tuple[float | None, ...]]:
    """Return the limits that clauses in force set over the plan, and what counts against them, by party and by user."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for promise in read_promises(edition.results):
        clause = promise.clause
        if isinstance(clause, MaxVolume) and (clause.limit_of or clause.supply_of or len(clause.demands) == 1):
            held = found.setdefault(clause.limit_of or clause.supply_of or clause.demands[0], {})
            for part in promise.parts:
                told = part.promised, part.planned
                held[part.part] = min(held.get(part.part, told), told)
    return {name: tuple(figure(sum(values), VOLUME) for values in zip(*parts.values(), strict=True)) for name, parts in found.items()}


def _width(heading: str) -> int:
    """Width of a column that holds the longest word of its heading, or a number."""
    return max(LEAST, *(math.ceil(BROAD * len(word)) for word in heading.split()))


def regimes(edition: Edition, whole: Table, across: int) -> Iterator[Table]:
    """Make the tables of the regime by step, some reservoirs side by side; the figures are those of the tables of a run."""
    count = len(edition.steps)
    blocks = [whole.rows[first : first + count + 1] for first in range(0, len(whole.rows), count + 1)]
    for first in range(0, len(blocks), across):
        shown = blocks[first : first + across]
        rows = [(shown[0][step][0], *(block[step][place] for block in shown for place in (1, 2, 9, 10))) for step in range(1, count + 1)]
        kinds = (("short_inflow", RATE), ("short_release", RATE), ("short_storage", VOLUME), ("short_level", LEVEL))
        heads = [
            Column(edition.text(f"column.{key}"), str(block[0][0]), digits, "", 7 + 2 * (key == "short_storage"), summed=False)
            for block in shown
            for key, digits in kinds
        ]
        table = edition.table("annex_regime", "", [Column("", width=19), *heads], rows)
        yield table if not first else numbered(table, first // across + 1)


def numbered(table: Table, number: int) -> Table:
    """Give a further part of a table a sheet of its own."""
    return replace(table, name=f"{table.name}_{number}", sheet=f"{table.sheet}.{number}", title=f"{table.title} ({number})")


def clause_table(edition: Edition, width: int = 96) -> Iterator[Table]:
    """Make the table of the clauses, their sentences so many characters wide; nothing without any."""
    text, rows, promises = edition.text, [], read_promises(edition.results)
    shown = 4 if any(promise.conceded > 0 for promise in promises) else 3
    for promise in promises:
        part = min(promise.parts, key=lambda part: part.tightness)
        sentence = sentence_in_force(promise, edition.tell, edition.results)
        binding = text("word.yes" if promise.binding else "word.no")
        rows.append((str(promise.number), sentence, *part_figures(part)[:shown], text(f"unit.{UNITS[part.unit][0]}"), binding))
    figures = [(name, "figure", 11) for name in ("promised", "planned", "reserve", "conceded")][:shown]
    columns = (("clause_number", "text", 4), ("clause", "text", width), *figures, ("unit", "text", 10), ("binding", "text", 10))
    if rows:
        yield edition.table("annex_clauses", "", columns, rows)


def foot(edition: Edition) -> Iterator[str]:
    """Rounding, the digest of the terms, and how to verify it."""
    attrs, text = edition.results.attrs, edition.text
    yield from age_lines(edition.results, edition.words)
    yield from whose_lines(edition.results, edition.words)
    yield text("annex.rounding")
    yield text("annex.digest", digest=plan_terms_digest(edition.results))
    yield text("annex.verify", run=str(attrs.get("run_sha256", ""))[:12], version=attrs.get("waterdeal_version", ""))
    yield text("about.disclaimer_text")


def signatures(edition: Edition) -> Table:
    """Make the block of signatures."""
    columns = (("party", "text", 30), ("signatory", "text", 50), ("signature", "text", 40), ("signed", "text", 20))
    return edition.table("annex_signatures", "", columns, [(edition.name(party), "", "", "") for party in edition.parties])
