"""The figures of a plan as a report: who gets what, where the water goes, how the reservoirs stand, what is left of each clause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.reports.about import created, period, title
from waterdeal.reports.blocks import EPOCH, Heading, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import Edition
from waterdeal.reports.plots.block import figure_block, storages_block
from waterdeal.reports.plots.deal import slack
from waterdeal.reports.plots.season import sankey
from waterdeal.reports.plots.supply import crops, deficits, deliveries, energy
from waterdeal.words import Words

if TYPE_CHECKING:
    import xarray as xr


def figures(results: xr.Dataset, language: str) -> Document:
    """Make the report of a plan's figures."""
    edition = Edition(results, Words(language))
    heading = ": ".join([edition.text("plot.figures"), title(edition)])
    each = ((deliveries, "demand"), (slack, "clause"), (sankey, "node"), (energy, "plant"), (crops, "field"), (deficits, "demand"))
    drawn = [figure_block(draw, results, lang=language) for draw, dim in each if results.sizes.get(dim, 0)]
    drawn[1:1] = storages_block(edition)
    last = Paragraph(edition.text("about.disclaimer_text"), note=True)
    blocks: tuple[Any, ...] = (Heading(heading, 1), Paragraph(period(edition)), *drawn, last)
    return Document("figures", language, heading, blocks, created(results) or EPOCH)
