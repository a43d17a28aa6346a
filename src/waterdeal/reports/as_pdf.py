"""A document as PDF, set by typst; what it says is data to a fixed source, never a part of that."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.reports.blocks import Figure
from waterdeal.reports.laid_out import FILLS, HEAD_FILL, WHOLE, blocks_told
from waterdeal.words import Words, clean, say

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages

#: code below which the font of pages has every letter: Latin, Greek, Cyrillic
PLAIN_LETTERS = 0x530

_SOURCE = r"""
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, keywords: data.made_with, date: datetime(..data.moment))
#set page(paper: "a4", margin: (x: 10mm, y: 9mm))
#set text(size: data.points * 1pt, lang: data.language, font: "Libertinus Serif", hyphenate: false)
#set par(leading: 0.35em, spacing: 0.5em)
#let led(body) = block(sticky: true, spacing: 0.5em, body)
#let cells(block) = {
  let head = ()
  for group in block.groups { head.push(table.cell(colspan: group.span, fill: rgb(data.head_fill), align: center)[#strong(group.text)]) }
  for (place, text) in block.heads.enumerate() {
    let side = if block.numeric.at(place) { right } else { left }
    head.push(table.cell(fill: rgb(data.head_fill), align: side)[#strong(text)])
  }
  let body = ()
  for row in block.rows {
    let whole = row.cells.all(cell => cell.len() < data.whole)
    let fill = data.fills.at(str(row.level), default: none)
    for (place, cell) in row.cells.enumerate() {
      let told = if fill == none { [#cell] } else { strong(cell) }
      let side = if block.numeric.at(place) { right } else { left }
      body.push(table.cell(fill: if fill == none { none } else { rgb(fill) }, align: side, breakable: not whole, told))
    }
  }
  set text(size: block.points * 1pt)
  table(columns: block.widths.map(width => width * 100% ), inset: (x: 0.2em, y: 0.18em), stroke: 0.3pt + rgb("#8796a5"),
    table.header(..head), ..body)
}
#for block in data.blocks {
  if block.kind == "heading" {
    led(text(size: if block.level == 1 { 1.5em } else { 1.2em }, strong(block.text)))
  } else if block.kind == "paragraph" { par(block.text) } else if block.kind == "listing" {
    if block.lines.len() == 0 { par(block.text) } else {
      if block.text != "" { led(strong(block.text)) }
      list(..block.lines)
    }
  } else if block.kind == "figure" {
    led(image(bytes(block.image), format: "svg", width: 100%))
    par(block.caption)
  } else if block.kind == "break" { pagebreak() } else {
    led(strong(block.title))
    cells(block)
    for note in block.notes { par(note) }
  }
}
"""


def render(document: Pages) -> bytes:
    """Write a document as PDF."""
    import typst

    drawn = [f"matplotlib {version('matplotlib')}"] if any(isinstance(block, Figure) for block in document.blocks) else []
    moment = document.moment
    told = {
        "title": clean(document.title), "language": Words(document.language).tongue, "points": document.points,
        "fills": FILLS, "whole": WHOLE, "head_fill": HEAD_FILL, "made_with": drawn,
        "moment": {"year": moment.year, "month": moment.month, "day": moment.day}, "blocks": blocks_told(document),
    }  # fmt: skip
    content = json.dumps(told, ensure_ascii=False)
    if lacking := "".join(sorted(filter(_is_undrawn, set(content)))):
        raise FileProblem(say("report.no_font", letters=" ".join(lacking)))
    made: bytes = typst.compile(_SOURCE.encode(), sys_inputs={"data": content})
    return made


@cache
def _is_undrawn(sign: str) -> bool:
    """Whether no font that is there draws a letter: a page would have nothing in its place."""
    import typst

    if ord(sign) < PLAIN_LETTERS:
        return False
    dated = '#set document(date: datetime(year: 2000, month: 1, day: 1))\n#set text(font: "Libertinus Serif")\n#sys.inputs.sign'
    try:
        typst.compile(dated.encode(), sys_inputs={"sign": sign}, pdf_standards="a-2u")  # which refuses what is not drawn
    except typst.TypstError:
        return True
    return False
