"""The formats of documents by their endings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports import as_csv, as_docx, as_html, as_pdf, as_text, as_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.reports.blocks import Pages

RENDERERS: dict[str, Callable[[Pages], bytes]] = {
    "docx": as_docx.render, "pdf": as_pdf.render, "html": as_html.render, "xlsx": as_workbook.render, "txt": as_text.render,
    "csv": as_csv.render,
}  # fmt: skip
