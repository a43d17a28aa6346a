"""The annex: two pages, the same numbers in all languages and formats, totals that add up, text that stays text."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest

import waterdeal as wd
from tests.thorough import THOROUGH, diagonal
from waterdeal.errors import FileProblem
from waterdeal.reports.blocks import Heading, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import Edition
from waterdeal.reports.protocol import regimes
from waterdeal.reports.renderers import RENDERERS
from waterdeal.reports.table import Column, Table
from waterdeal.reports.tables import make_tables
from waterdeal.reports.term_sheet import plan_terms_digest
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

#: text that formats could take for something else, and what of it is read by people
HOSTILE = ("=1+1", "<script>alert(1)</script>", "#panic() $x$ {{ 1 }}", "\x1b[31mred", "\u202edrawkcab", "x" * 10_000)


def _tables(document: Document) -> tuple[Table, ...]:
    """Tables of a document."""
    return tuple(block for block in document.blocks if isinstance(block, Table))


def _pages(pdf: bytes) -> int:
    """Count the pages of a PDF, whose objects are packed, by asking poppler."""
    told = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return int(re.search(r"Pages:\s*(\d+)", told)[1])


@pytest.mark.skipif(not shutil.which("pdfinfo"), reason="pages are counted with pdfinfo of poppler-utils, which is not installed")
@pytest.mark.thorough  # by default: what the pages hold, and the paper of a record
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_has_two_pages(deal_plan: xr.Dataset, language: str) -> None:
    """Two pages A4 for the ten reservoirs, forty users and sixteen clauses of the bundled deal, in each language."""
    assert _pages(wd.report(deal_plan, "annex", language).render("pdf")) == 2


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("soffice"), reason="pages of Word's files are counted with LibreOffice, which is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_of_word_has_two_pages(deal_plan: xr.Dataset, tmp_path: Path, language: str) -> None:
    """The same of Word's file, laid out by LibreOffice."""
    file = wd.report(deal_plan, "annex", language).save(tmp_path / "приложение.docx")
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", tmp_path, file], check=True, capture_output=True)
    assert _pages(file.with_suffix(".pdf").read_bytes()) == 2


def test_numbers_are_equal_in_all_languages_and_are_those_of_the_tables(deal_plan: xr.Dataset) -> None:
    """Every number is that of the other languages; limits and regime are those that the tables of a run print; totals add up."""
    by_language = {language: _tables(wd.report(deal_plan, "annex", language)) for language in (LANGUAGES if THOROUGH else ("en", "ru"))}
    numbers = {language: _numbers(tables) for language, tables in by_language.items()}
    assert all(found == numbers["en"] for found in numbers.values())
    assert not [gap for tables in by_language.values() for table in tables for gap in table.gaps()]
    whole = {table.name: table for table in make_tables(deal_plan, "ru")}
    limits, deliveries = by_language["ru"][0], whole["deliveries"]
    totals = sorted(deliveries.column_sums)[:7]  # six months and their season
    assert [row[1:8] for row in limits.rows] == [tuple(row[place] for place in totals) for row in deliveries.rows]
    for across in (5, 4, 3):
        shown = list(regimes(Edition(deal_plan, Words("ru")), whole["reservoirs"], across))
        cells = sorted(str(cell) for table in shown for row in table.rows for cell in row[1:])
        due = sorted(str(row[place]) for row, level in zip(whole["reservoirs"].rows, whole["reservoirs"].levels, strict=True) if level == 2 for place in (1, 2, 9, 10))  # fmt: skip
        assert cells == due


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_what_is_conceded_stands_beside_what_was_promised(deal_plan: xr.Dataset, language: str) -> None:
    """In the sentence by the measure of the clause, and in a column of its own; what was promised less it and the reserve is planned."""
    told = next(table for table in _tables(wd.report(deal_plan, "annex", language)) if table.name == "annex_clauses")
    conceded = deal_plan["clause_conceded"].to_series()
    assert (conceded > 0).any()
    for row, amount in zip(told.rows, conceded, strict=True):
        mark = Words(language).text("clause.conceded", sentence="", amount="")
        assert (mark in str(row[1])) == (amount > 0)
        assert (float(row[5] or 0) > 0) <= (amount > 0)


def _numbers(tables: tuple[Table, ...]) -> list[Any]:
    """Every number of tables in order."""
    return [[cell for row in table.rows for cell in row if isinstance(cell, float)] for table in tables]


@pytest.mark.thorough  # by default: the same of an agreement without a plan, in test_kinds
def test_each_format_prints_the_same_cells(deal_plan: xr.Dataset) -> None:
    """Word, the browser and the terminal show the same text of each cell; the workbook holds its number."""
    document = wd.report(deal_plan, "annex", "kk")
    words, tables = Words("kk"), _tables(document)
    page, told = (document.render(form).decode() for form in ("html", "txt"))
    of_word = docx.Document(io.BytesIO(document.render("docx"))).tables
    book = openpyxl.load_workbook(io.BytesIO(document.render("xlsx")))
    assert len(of_word) == len(tables) == len(book.sheetnames) - 1
    for table, written, sheet in zip(tables, of_word, book.worksheets[1:], strict=True):
        due = [words.number(cell, column.digits or 0) for row in table.rows for cell, column in zip(row, table.columns, strict=True) if isinstance(cell, float)]  # fmt: skip
        shown = [node.text or "" for node in written._tbl.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")]
        assert [text for text in shown if text in set(due)] == due
        assert all(f">{text}</td>" in page and text in told for text in due)
        held = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
        assert held == [cell for row in table.rows for cell in row if isinstance(cell, float)]


@pytest.mark.parametrize("ending", diagonal(RENDERERS, "docx", "pdf", "xlsx"))
def test_a_second_time_gives_the_same_bytes(two_party_plan: xr.Dataset, ending: str) -> None:
    """Also of a plan that has no clauses."""
    one, two = (wd.report(two_party_plan, "annex", "uz").render(ending) for _ in range(2))
    assert one == two


def test_the_digest_is_that_of_the_record(deal_plan: xr.Dataset) -> None:
    """The annex prints the digest of the terms that a term sheet of the same plan names."""
    from waterdeal.record.contents import TERM_SHEET, sheet_files
    from waterdeal.results.audit import audit

    sheet = tomllib.loads(sheet_files(deal_plan, {}, [], audit(deal_plan))[TERM_SHEET].decode())
    assert sheet["deal"]["terms_sha256"] == plan_terms_digest(deal_plan)
    assert sheet["deal"]["terms_sha256"] in wd.report(deal_plan, "annex", "en").render("txt").decode()


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    """Formulas, markup, escapes, turned writing and very long words stay text in every format."""
    table = Table("t", "t", HOSTILE[1], "", (Column(HOSTILE[2]), Column("n", digits=1)), tuple((text, 1.0) for text in HOSTILE), notes=HOSTILE)
    document = Document("annex", "en", HOSTILE[1], (Heading(HOSTILE[1], 1), *map(Paragraph, HOSTILE), table))
    made = {ending: document.render(ending) for ending in RENDERERS}
    page, told = made["html"].decode(), made["txt"].decode()
    assert page.count("<script") == 1  # our own
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in page
    assert not {"\x1b", "\u202e"} & set(page + told)
    written = docx.Document(io.BytesIO(made["docx"]))
    assert [row.cells[0].text for row in written.tables[0].rows][1:4] == list(HOSTILE[:3])
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(made["xlsx"])) for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" and "ABS" not in str(cell.value)]
    assert made["pdf"].startswith(b"%PDF")


def test_what_cannot_be_made_is_one_clear_error(two_party_plan: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown kind, an unknown format, a missing library."""
    with pytest.raises(FileProblem, match="no report weather"):
        wd.report(two_party_plan, "weather")
    document = wd.report(two_party_plan)
    with pytest.raises(FileProblem, match="not doc"):
        document.save(tmp_path / "annex.doc")
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(FileProblem, match=r"waterdeal\[report\]"):
        document.save(tmp_path / "annex.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pages are read with pdftotext of poppler-utils, which is not installed")
def test_a_title_is_on_the_page_of_its_table() -> None:
    """Wherever on a page a heading and a table begin; a table of Word repeats its headings, and its title stays with it."""
    column = (Column("Канал", width=40), Column("Подача", digits=1))
    table = Table("t", "t", "Заголовок", "", column, (("первая", 1.5), *(("дальше", 2.5),) * 9))
    for lines in range(70, 78):
        filled = Document("annex", "ru", "Х", (*[Paragraph("строка")] * lines, Heading("Раздел"), table))
        told = subprocess.run(["pdftotext", "-", "-"], input=filled.render("pdf"), capture_output=True, check=True).stdout.decode()
        assert sum("первая" in page for page in told.split("\f") if "Раздел" in page and "Заголовок" in page) == 1, lines
    made = docx.Document(io.BytesIO(filled.render("docx")))
    kept = {part.text: bool(part.paragraph_format.keep_with_next) for part in made.paragraphs}
    assert (kept["Раздел"], kept["Заголовок"], kept["строка"]) == (True, True, False)
    assert [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in made.tables[0].rows] == [True, *[False] * 10]
