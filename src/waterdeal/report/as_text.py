"""A document as plain text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from waterdeal.report.blocks import Break, Figure, Heading, Paragraph
from waterdeal.report.laid_out import laid_out
from waterdeal.report.text import WIDTH, make_section
from waterdeal.words import clean

if TYPE_CHECKING:
    from waterdeal.report.blocks import Pages


def render(document: Pages) -> bytes:
    """Write a document as text; of a figure its caption."""
    parts = []
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            parts.append(textwrap.fill(clean(block.text), WIDTH))
        elif isinstance(block, Figure):
            parts.append(textwrap.fill(f"[{clean(block.caption)}]", WIDTH))
        elif not isinstance(block, Break):
            told = laid_out(block, document.language)
            spans = [group["text"] for group in told["groups"] for _ in range(group["span"])] or [""] * len(told["heads"])
            heads = [" ".join(filter(None, pair)) for pair in zip(spans, told["heads"], strict=True)]
            parts.append(make_section(told["title"], heads, [row["cells"] for row in told["rows"]]))
            parts += [textwrap.fill(note, WIDTH) for note in told["notes"]]
    return ("\n\n".join(parts) + "\n").encode()
