"""A document as a file of Word."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import Break, Figure, Heading, Listing, Paragraph
from waterdeal.reports.laid_out import FILLS, HEAD_FILL, laid_out
from waterdeal.words import clean

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages

#: width of the text on A4, and its margins, mm
WIDTH, SIDE, TOP = 190, 10, 9
#: date of all parts of the file: the earliest a zip can have
ZIPPED = (1980, 1, 1, 0, 0, 0)


def render(document: Pages) -> bytes:
    """Write a document for Word."""
    import docx
    from docx.shared import Mm, Pt

    made = docx.Document()
    page, style = made.sections[0], made.styles["Normal"]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(SIDE)
    page.top_margin = page.bottom_margin = page.header_distance = page.footer_distance = Mm(TOP)
    style.font.name, style.font.size = "Arial", Pt(document.points)
    style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
    core = made.core_properties
    core.title, core.author, core.comments, core.language = clean(document.title)[:255], "waterdeal", "", document.language
    core.created = core.modified = document.moment
    for block in document.blocks:
        _add(made, block, document)
    buffer = io.BytesIO()
    made.save(buffer)
    return _dated(buffer.getvalue())


def _add(made: Any, block: Any, document: Pages) -> None:
    """Add a block."""
    from docx.shared import Mm, Pt

    if isinstance(block, Heading):
        run = _led(made.add_paragraph()).add_run(clean(block.text))
        run.bold, run.font.size = True, Pt(document.points * (1.5 if block.level == 1 else 1.2))
    elif isinstance(block, Paragraph):
        made.add_paragraph(clean(block.text))
    elif isinstance(block, Listing):
        if block.text:
            lead = made.add_paragraph()
            lead.add_run(clean(block.text)).bold = lead.paragraph_format.keep_with_next = bool(block.lines)
        for line in block.lines:
            made.add_paragraph(clean(line), style="List Bullet")
    elif isinstance(block, Figure):
        _led(made.add_paragraph()).add_run().add_picture(io.BytesIO(block.draw("png")), width=Mm(WIDTH))
        made.add_paragraph(clean(block.caption))
    elif isinstance(block, Break):
        made.paragraphs[-1].add_run().add_break(_page_break())
    else:
        _add_table(made, laid_out(block, document.language, document.points), document.points)


def _led(paragraph: Any) -> Any:
    """Keep a paragraph on the page of what follows it."""
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def _hold(row: Any, *, head: bool) -> None:
    """Keep a row on one page; headings stand on each page of their table."""
    from docx.oxml import OxmlElement

    for name in ("w:cantSplit", "w:tblHeader")[: 1 + head]:
        _element(row.cells[0]).getparent().get_or_add_trPr().append(OxmlElement(name))


def _page_break() -> Any:
    """Return the break of a page."""
    from docx.enum.text import WD_BREAK

    return WD_BREAK.PAGE


def _add_table(made: Any, told: dict[str, Any], points: float) -> None:
    """Add a table under its title."""
    from docx.shared import Mm

    _led(made.add_paragraph()).add_run(told["title"]).bold = True
    heads = int(bool(told["groups"])) + 1
    table = made.add_table(heads + len(told["rows"]), len(told["heads"]), style="Table Grid")
    table.autofit = False
    size = told["points"] if told["points"] < points else None  # none: that of the document
    _narrow(table)
    for column, width in zip(table.columns, told["widths"], strict=True):
        column.width = Mm(WIDTH * width)
    for number, row in enumerate(table.rows):
        _hold(row, head=number < heads)
    rows = [list(row.cells) for row in table.rows]
    for cell, text, right in zip(rows[heads - 1], told["heads"], told["numeric"], strict=True):
        _fill(cell, text, size, HEAD_FILL, bold=True, right=right)
    first = 0
    for group in told["groups"]:
        last = first + group["span"] - 1
        _fill(rows[0][first].merge(rows[0][last]), group["text"], size, HEAD_FILL, bold=True)
        first = last + 1
    for cells, row in zip(rows[heads:], told["rows"], strict=True):
        for cell, text, right in zip(cells, row["cells"], told["numeric"], strict=True):
            _fill(cell, text, size, FILLS.get(row["level"], ""), bold=row["level"] in FILLS, right=right)
    for cells in rows:
        for cell, width in zip(cells, told["widths"], strict=True):
            if not told["groups"] or cells is not rows[0]:
                cell.width = Mm(WIDTH * width)
    for note in told["notes"] or [""]:
        made.add_paragraph(note).paragraph_format.line_spacing = 1.0 if note else told["points"] / 24


def _narrow(table: Any) -> None:
    """Set the margins of all cells of a table to what a dense page takes."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    margins = "".join(f'<w:{side} w:w="20" w:type="dxa"/>' for side in ("left", "right"))
    cell = _element(table.cell(0, 0))
    cell.getparent().getparent().tblPr.append(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{margins}</w:tblCellMar>"))


def _element(cell: Any) -> Any:
    """Return the element of a cell: what its paragraphs stand in."""
    return cell.paragraphs[0].paragraph_format.element.getparent()


def _fill(cell: Any, text: str, size: float | None, fill: str, *, bold: bool = False, right: bool = False) -> None:
    """Write a cell."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if fill:
        _element(cell).get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{fill[1:]}"/>'))


def _dated(content: bytes) -> bytes:
    """Pack the parts of a file anew, sorted and of one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as fresh:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            fresh.writestr(zipfile.ZipInfo(name, ZIPPED), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
