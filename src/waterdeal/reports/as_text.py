"""A document as plain text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from waterdeal.reports.blocks import Break, Figure, Heading, Listing, Paragraph
from waterdeal.reports.laid_out import laid_out
from waterdeal.reports.text import WIDTH
from waterdeal.words import clean

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages

#: least width of a column of text
NARROW = 14


def render(document: Pages, width: int = WIDTH) -> bytes:
    """Write a document as text so many columns wide; of a figure its caption."""
    parts = []
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            parts.append(textwrap.fill(clean(block.text), width))
        elif isinstance(block, Listing):
            parts.append(
                "\n".join([_wrap(block.text + ":" * bool(block.lines), "", width), *(_wrap(line, "  ", width) for line in block.lines)])
            )
        elif isinstance(block, Figure):
            parts.append(textwrap.fill(f"[{clean(block.caption)}]", width))
        elif not isinstance(block, Break):
            told = laid_out(block, document.language)
            spans = [group["text"] for group in told["groups"] for _ in range(group["span"])] or [""] * len(told["heads"])
            heads = [" ".join(filter(None, pair)) for pair in zip(spans, told["heads"], strict=True)]
            grid = _grid(heads, [row["cells"] for row in told["rows"]], told["numeric"], width)
            parts.append("\n".join([textwrap.fill(told["title"], width), *grid]))
            parts += [textwrap.fill(note, width) for note in told["notes"]]
    return ("\n\n".join(parts) + "\n").encode()


def _wrap(text: str, indent: str, width: int) -> str:
    """Break a line where the terminal ends."""
    return textwrap.fill(clean(text), width, initial_indent=indent, subsequent_indent=2 * indent, break_on_hyphens=False)


def _grid(heads: list[str], rows: list[list[str]], numeric: list[bool], across: int) -> list[str]:
    """Lay out a table: numbers to the right, text on as many lines as the width left for it takes."""
    body = [heads, *rows]
    longest = [max(len(row[place]) for row in body) for place in range(len(heads))]
    needed = [max(len(row[place]) for row in rows) if rows else 0 for place in range(len(heads))]
    words = [max(map(len, head.split(" "))) for head in heads]
    widths = [max(need, word) if number else long for need, word, number, long in zip(needed, words, numeric, longest, strict=True)]
    texts = [place for place, number in enumerate(numeric) if not number]
    least = [width if number else min(NARROW, width) for width, number in zip(widths, numeric, strict=True)]
    beyond = sum(least) + 2 * (len(heads) - 1) - across
    for _ in range(max(0, beyond)):  # headings of one long word are broken where the table would be too wide
        widest = max((place for place, number in enumerate(numeric) if number), key=lambda place: widths[place] - needed[place])
        widths[widest] = max(needed[widest], widths[widest] - 1, 1)
    left = across - 2 * (len(heads) - 1) - sum(width for width, number in zip(widths, numeric, strict=True) if number)
    for place in sorted(texts, key=lambda place: widths[place]):
        share = max(NARROW, left // max(1, len([other for other in texts if widths[other] >= widths[place]])))
        widths[place] = min(widths[place], share)
        left -= widths[place]
        texts = [other for other in texts if other != place]
    lines: list[str] = []
    for number, row in enumerate(body):
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            told = [cell[line] if line < len(cell) else "" for cell in cells]
            sides = zip(told, widths, numeric, strict=True)
            lines.append("  ".join(text.rjust(width) if right else text.ljust(width) for text, width, right in sides).rstrip())
        lines += ["─" * min(across, sum(widths) + 2 * (len(widths) - 1))] if number == 0 else []
    return lines
