"""The annex to a protocol: limits, regime of the reservoirs, clauses, one figure and signatures on two pages A4."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from waterdeal.reports.about import created, title
from waterdeal.reports.balance import regime_table
from waterdeal.reports.blocks import EPOCH, Break, Figure, Heading, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import Edition
from waterdeal.reports.laid_out import ACROSS_PAGE, NARROW_SIGN, POINT, SIDES, laid_out, measure
from waterdeal.reports.plots.block import storages_block
from waterdeal.reports.protocol import clause_table, foot, head, limits, regimes, signatures
from waterdeal.reports.table import Table
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

#: reservoirs side by side in a table of their regime, the best of these
ACROSS = (5, 4, 3)
#: sizes of letters tried, points; the largest is taken with which both pages hold what is on them
SIZES: tuple[float, ...] = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
#: height of a page within its margins, mm, some left for other fonts; height of a line as a multiple of the size of letters
DOWN_PAGE, LINE = 0.97 * 279.0, 1.2
#: mm of a row beyond its lines
EDGE = 0.15


def annex(results: xr.Dataset, language: str) -> Document:
    """Make the annex of a plan."""
    edition = Edition(results, Words(language))
    heading = ": ".join([edition.text("annex.title"), title(edition)])
    first: tuple[Any, ...] = (Heading(heading, 1), *head(edition), limits(edition), *storages_block(edition))
    last: tuple[Any, ...] = (*clause_table(edition), *map(partial(Paragraph, note=True), foot(edition)), signatures(edition))
    regime = regime_table(edition)
    seconds: list[tuple[Any, ...]] = [(*regimes(edition, regime, across), *last) for across in ACROSS]
    fits = [min(_largest(first, language), _largest(second, language)) for second in seconds]
    points, second = max(fits), seconds[fits.index(max(fits))]
    if not points:
        points, second = SIZES[-1], (Paragraph(edition.text("annex.more_pages")), *second)
    return Document("annex", language, heading, (*first, Break(), *second), created(results) or EPOCH, points)


def _largest(page: Sequence[Any], language: str) -> float:
    """Largest size of letters with which a page holds what is on it; 0 where none does."""
    for points in SIZES:
        laid: list[Any] = [laid_out(block, language, points) if isinstance(block, Table) else block for block in page]
        if sum(_height(block, points) for block in laid) <= DOWN_PAGE:
            return points
    return 0.0


def _height(block: Any, points: float) -> float:
    """Height of a block in mm with letters of a size, points."""
    line = LINE * points * POINT
    if isinstance(block, Figure):
        return block.shape * ACROSS_PAGE + 2 * line
    if isinstance(block, Heading | Paragraph):
        return _lines(block.text, ACROSS_PAGE, points * (1.5 if isinstance(block, Heading) else 1.0)) * line * 1.3
    size = float(block["points"])
    rows = [block["heads"], *(row["cells"] for row in block["rows"])]
    wide = [ACROSS_PAGE * share - SIDES for share in block["widths"]]
    lines = [max(_lines(cell, width, size) for cell, width in zip(cells, wide, strict=True)) for cells in rows]
    return (sum(lines) + bool(block["groups"]) + 2) * LINE * size * POINT + EDGE * len(lines)


def _lines(text: str, width: float, points: float) -> int:
    """Lines that a text takes, words unbroken where they fit."""
    fits = width / (points * POINT)
    lines, left = 1, fits
    for word in clean(text).split(" "):
        long = measure(word)
        if long > left:
            lines, left = lines + max(1, math.ceil(long / fits)), fits
        left -= long + NARROW_SIGN
    return lines
