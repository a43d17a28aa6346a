"""The annex to a protocol: limits, regime of the reservoirs, clauses, one figure and signatures on two pages A4."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from waterdeal.report.about import created, period, title
from waterdeal.report.age import age_lines
from waterdeal.report.allocation import make_periods, party_limits, printed_rates, printed_volumes, sums_of
from waterdeal.report.balance import regime_table
from waterdeal.report.blocks import EPOCH, Break, Figure, Heading, Paragraph
from waterdeal.report.clauses import part_figures
from waterdeal.report.document import Document
from waterdeal.report.edition import LEVEL, RATE, VOLUME, Edition, sum_cells
from waterdeal.report.laid_out import laid_out
from waterdeal.report.plots.river import storages, storages_shape
from waterdeal.report.promises import read_promises
from waterdeal.report.quantity import UNITS
from waterdeal.report.sentence import clause_sentence
from waterdeal.report.table import Column, Table
from waterdeal.report.term_sheet import plan_terms_digest
from waterdeal.report.whose import whose_lines
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from waterdeal.report.table import Body

#: reservoirs side by side in a table of their regime, the best of these
ACROSS = (5, 4, 3)
#: least width of a column of numbers, and what a letter of its heading takes, characters
LEAST, BROAD = 7, 1.15
#: sizes of letters tried, points; the largest is taken with which both pages hold what is on them
SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
#: width and height of a page within its margins, mm; of the height some is left for other fonts
ACROSS_PAGE, DOWN_PAGE = 190.0, 0.97 * 279.0
#: mm of a point; width of a letter, a digit and a narrow sign, and height of a line, as multiples of the size of letters
POINT, LETTER, DIGIT, NARROW, LINE = 0.3528, 0.53, 0.556, 0.28, 1.2
#: mm of a row beyond its lines, and of a cell beside its text
EDGE, SIDES = 0.15, 0.8


def annex(results: xr.Dataset, language: str) -> Document:
    """Make the annex of a plan."""
    edition = Edition(results, Words(language))
    heading = ": ".join([edition.text("annex.title"), title(edition)])
    first: tuple[Any, ...] = (Heading(heading, 1), *_head(edition), _limits(edition), *_figures(edition))
    last: tuple[Any, ...] = (*_clauses(edition), *map(partial(Paragraph, note=True), _foot(edition)), _signatures(edition))
    regime = regime_table(edition)
    seconds: list[tuple[Any, ...]] = [(*_regimes(edition, regime, across), *last) for across in ACROSS]
    fits = [min(_largest(first, language), _largest(second, language)) for second in seconds]
    points, second = max(fits), seconds[fits.index(max(fits))]
    if not points:
        points, second = SIZES[-1], (Paragraph(edition.text("annex.more_pages")), *second)
    return Document("annex", language, heading, (*first, Break(), *second), created(results) or EPOCH, points)


def _head(edition: Edition) -> Iterator[Paragraph]:
    """Parties, season, status and basis of the forecast."""
    text, attrs = edition.text, edition.results.attrs
    status = str(attrs.get("status", ""))
    told = {
        "record.parties": ", ".join(map(edition.name, edition.parties)), "record.period": period(edition),
        "record.scenario": f"{attrs.get('scenario', '')}, {edition.words.text_or(f'plan_status.{status}', status)}",
        "annex.basis": _basis(edition),
    }  # fmt: skip
    yield from (Paragraph(f"{text(key)}: {value}") for key, value in told.items())


def _basis(edition: Edition) -> str:
    """Tell what runoff the plan was made for."""
    series, name = (str(edition.results.attrs.get(key, "")) for key in ("series", "year_class"))
    if series:
        return edition.text("annex.basis_series", series=series)
    found = re.fullmatch(r"exceeded_(\d+)", name)
    return edition.text("annex.basis_exceeded", share=found[1]) if found else edition.text("annex.basis_class", name=name)


def _limits(edition: Edition) -> Table:
    """Make the table of deliveries by party, canal and month in both units, with the limits of the parties."""
    periods = make_periods(edition.steps, edition.words, by_step=False)
    volumes, rates = printed_volumes(edition, periods)[:, :-2], printed_rates(edition, periods)[:, :-2]
    items = [edition.name(demand) for demand in edition.results["demand"].values.astype(str)]

    def cells(members: Sequence[int], level: int) -> tuple[Any, ...]:
        owners = set(edition.receivers[list(members)].tolist())
        limit = party_limits(edition, owners)[0] if level == 1 else None
        return (*sum_cells(volumes, members, VOLUME), limit, *sum_cells(rates, members, RATE))

    body: Body = edition.by_party(edition.receivers, items, cells)
    volume, rate = edition.unit("volume"), edition.unit("rate")
    heads = [(period.heading, volume, VOLUME) for period in periods] + [(edition.text("column.limit"), volume, VOLUME)]
    heads += [(period.heading, rate, RATE) for period in periods]
    columns = [("party_canal", "text", 28), *(Column(*head, "", _width(head[0])) for head in heads)]
    return edition.table("annex_limits", "", columns, body, column_sums=sums_of(periods))


def _width(heading: str) -> int:
    """Width of a column that holds the longest word of its heading, or a number."""
    return max(LEAST, *(math.ceil(BROAD * len(word)) for word in heading.split()))


def _regimes(edition: Edition, whole: Table, across: int) -> Iterator[Table]:
    """Make the tables of the regime by step, some reservoirs side by side; the figures are those of the tables of a run."""
    count = len(edition.steps)
    blocks = [whole.rows[first : first + count + 1] for first in range(0, len(whole.rows), count + 1)]
    for first in range(0, len(blocks), across):
        shown = blocks[first : first + across]
        rows = [
            (shown[0][step][0], *(block[step][place] for block in shown for place in (1, 2, 9, 10))) for step in range(1, count + 1)
        ]
        kinds = (("short_inflow", RATE), ("short_release", RATE), ("short_storage", VOLUME), ("short_level", LEVEL))
        heads = [
            Column(edition.text(f"column.{key}"), str(block[0][0]), digits, "", 7 + 2 * (key == "short_storage"), summed=False)
            for block in shown
            for key, digits in kinds
        ]
        table = edition.table("annex_regime", "", [Column("", width=19), *heads], rows)
        yield table if not first else _numbered(table, first // across + 1)


def _numbered(table: Table, number: int) -> Table:
    """Give a further part of a table a sheet of its own."""
    from dataclasses import replace

    return replace(table, name=f"{table.name}_{number}", sheet=f"{table.sheet}.{number}", title=f"{table.title} ({number})")


def _clauses(edition: Edition) -> Iterator[Table]:
    """Make the table of the clauses; nothing without any."""
    text, rows = edition.text, []
    for promise in read_promises(edition.results):
        part = min(promise.parts, key=lambda part: part.tightness)
        sentence = clause_sentence(promise.clause, edition.tell, edition.results)
        binding = text("word.yes" if promise.binding else "word.no")
        rows.append((str(promise.number), sentence, *part_figures(part)[:3], text(f"unit.{UNITS[part.unit][0]}"), binding))
    columns = (("clause_number", "text", 4), ("clause", "text", 96), ("promised", "figure", 11), ("planned", "figure", 11),
               ("reserve", "figure", 11), ("unit", "text", 10), ("binding", "text", 10))  # fmt: skip
    if rows:
        yield edition.table("annex_clauses", "", columns, rows)


def _foot(edition: Edition) -> Iterator[str]:
    """Rounding, the digest of the terms, and how to verify it."""
    attrs, text = edition.results.attrs, edition.text
    yield from age_lines(edition.results, edition.words)
    yield from whose_lines(edition.results, edition.words)
    yield text("annex.rounding")
    yield text("annex.digest", digest=plan_terms_digest(edition.results))
    yield text("annex.verify", run=str(attrs.get("run_sha256", ""))[:12], version=attrs.get("waterdeal_version", ""))
    yield text("about.disclaimer_text")


def _signatures(edition: Edition) -> Table:
    """Make the block of signatures."""
    columns = (("party", "text", 30), ("signatory", "text", 50), ("signature", "text", 40), ("signed", "text", 20))
    return edition.table("annex_signatures", "", columns, [(edition.name(party), "", "", "") for party in edition.parties])


def _figures(edition: Edition) -> Iterator[Figure]:
    """Make the figure of the storages with their bands; none where there is no reservoir."""
    if not edition.results.sizes["reservoir"]:
        return
    shape = storages_shape(edition.results)
    yield Figure("storages", edition.text("annex.figure"), partial(storages, edition, shape), shape)


def _largest(page: Sequence[Any], language: str) -> float:
    """Largest size of letters with which a page holds what is on it; 0 where none does."""
    laid = [laid_out(block, language) if isinstance(block, Table) else block for block in page]
    return next((points for points in SIZES if sum(_height(block, points) for block in laid) <= DOWN_PAGE), 0.0)


def _height(block: Any, points: float) -> float:
    """Height of a block in mm with letters of a size, points."""
    line = LINE * points * POINT
    if isinstance(block, Figure):
        return block.shape * ACROSS_PAGE + 2 * line
    if isinstance(block, Heading | Paragraph):
        return _lines(block.text, ACROSS_PAGE, points * (1.5 if isinstance(block, Heading) else 1.0)) * line * 1.3
    rows = [block["heads"], *(row["cells"] for row in block["rows"])]
    wide = [ACROSS_PAGE * share - SIDES for share in block["widths"]]
    lines = [max(_lines(cell, width, points) for cell, width in zip(cells, wide, strict=True)) for cells in rows]
    return (sum(lines) + bool(block["groups"]) + 2) * line + EDGE * len(lines)


def _lines(text: str, width: float, points: float) -> int:
    """Lines that a text takes, words unbroken where they fit."""
    fits = width / (points * POINT)
    lines, left = 1, fits
    for word in clean(text).split(" "):
        long = sum(NARROW if sign in " \xa0.,;:-()" else DIGIT if sign.isdigit() else LETTER for sign in word)
        if long > left:
            lines, left = lines + max(1, math.ceil(long / fits)), fits
        left -= long + NARROW
    return lines
