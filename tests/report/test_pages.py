"""Pages in a real browser: nothing is refused or leaves, tables are sorted and filtered by keyboard, the annex prints on two; ends of pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import waterdeal as wd
from tests.browser import Seen, browser
from tests.report.conftest import documents
from tests.thorough import diagonal
from waterdeal.reports.as_html import render
from waterdeal.reports.blocks import Heading, Pages
from waterdeal.reports.document import Document
from waterdeal.reports.table import Column, Table
from waterdeal.words import LANGUAGES, SPOKEN, Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from tests.report.conftest import Runs

#: a party with its users, one without, and their total
ROWS = (("Юг", 3234.5), ("б", 1234.5), ("в", None), ("а", 2000.0), ("Север", 500.0), ("Все", 3734.5))
TABLE = Table("t", "t", "Подача", "", (Column("Где"), Column("Всего", digits=1)), ROWS, levels=(1, 2, 2, 2, 1, 0))


def opened(seen: Seen, file: Path, content: bytes) -> Any:
    """Open a page of a file."""
    file.write_bytes(content)
    seen.page.goto(file.as_uri())
    return seen.page


def firsts(page: Any) -> str:
    """First cells of the rows that are seen, in order."""
    return " ".join(page.locator("tbody tr:visible td:first-child").all_inner_texts())


def test_tables_are_sorted_and_filtered_by_keyboard(tmp_path: Path) -> None:
    """Up, down and back under parties, the total stays last and a blank behind; what is filtered is printed all the same."""
    with browser() as seen:
        page = opened(seen, tmp_path / "страница.html", render(Pages("annex", "ru", "Х", (TABLE,))))
        for key in ("Tab", "Tab", "Tab"):  # the filter, the first heading, the second
            page.keyboard.press(key)
        for order, mark in (("Север Юг б а в Все", "ascending"), ("Юг а б в Север Все", "descending"), ("Юг б в а Север Все", "none")):
            page.keyboard.press("Enter")
            assert (firsts(page), page.locator("thead th").nth(1).get_attribute("aria-sort")) == (order, mark)
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Space")
        assert firsts(page) == "Север Юг а б в Все"
        page.keyboard.press("Shift+Tab")
        field = page.get_by_label(Words("ru").text("page.filter"))
        for text, left in (("Б", "Юг б"), ("юг", "Юг а б в"), ("2 000", "Юг а"), ("<", ""), ("", "Север Юг а б в Все")):
            field.fill(text)
            assert firsts(page) == left, text
        field.fill("юг")
        page.emulate_media(media="print")
        assert firsts(page) == "Север Юг а б в Все"
        assert not field.is_visible()
        assert (seen.left, seen.errors) == ([], [])


@pytest.mark.thorough
def test_every_kind_in_every_language_is_a_page_at_peace(asked: Runs, tmp_path: Path) -> None:
    """No error, no request, a button for each column, a labelled filter for each table."""
    with browser() as seen:
        for language in SPOKEN:
            for kind, document in documents(asked, language):
                page = opened(seen, tmp_path / f"{kind}.{language}.html", document.render("html"))
                tables = [block for block in document.blocks if isinstance(block, Table) and block.rows]
                assert page.locator("thead tr:last-child button").count() == sum(len(table.columns) for table in tables)
                assert page.get_by_label(Words(language).text("page.filter")).count() == len(tables)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), kind
        assert (seen.left, seen.errors) == ([], [])


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_annex_prints_on_two_pages(deal_plan: xr.Dataset, tmp_path: Path, language: str) -> None:
    """Of the bundled deal, on A4, with the controls of the page left out."""
    with browser() as seen:
        page = opened(seen, tmp_path / "annex.html", wd.report(deal_plan, "annex", language).render("html"))
        printed = page.pdf(prefer_css_page_size=True)
    told = subprocess.run(["pdfinfo", "-"], input=printed, capture_output=True, check=True).stdout.decode()
    assert re.search(r"Pages:\s*2\n", told)
    assert re.search(r"Page size:.*A4", told)


@pytest.mark.thorough
def test_only_our_own_script_runs(tmp_path: Path) -> None:
    """The policy of the page refuses any other, and whatever would be fetched."""
    content = render(Pages("annex", "en", "x", (TABLE,)))
    forged = content.replace(b"</body>", b"<script>document.title = 'run'</script><img src='https://example.org/x.png' onerror='document.title=1'></body>")
    with browser() as seen:
        page = opened(seen, tmp_path / "forged.html", forged)
        assert page.title() == "x"
        assert page.locator("th button").count() == len(TABLE.columns)
        assert seen.errors


@pytest.mark.parametrize("ending", diagonal(["pdf", "docx", "html"], "pdf"))
def test_no_page_ends_with_a_title_and_no_row_is_cut(ending: str, tmp_path: Path) -> None:
    """Tables of all lengths under headings, one after another; headings stand again where a table goes on."""
    if not shutil.which("pdftotext") or (ending == "docx" and not shutil.which("soffice")):
        pytest.skip("pages are read with pdftotext of poppler-utils, files of Word laid out with LibreOffice")
    blocks: list[Any] = []
    for number in range(70):
        rows = tuple((f"первая {'слово ' * (9 * (row % 4))}последняя", 1.0) for row in range(number % 9 + 1))
        table = replace(TABLE, title=f"Название {number}", rows=rows, levels=())
        blocks += [Heading(f"Раздел {number}"), table] if number % 3 else [table]
    document = Document("season", "ru", "Х", tuple(blocks))
    file = document.save(tmp_path / f"файл.{ending}")
    if ending == "docx":
        subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", tmp_path, file], check=True, capture_output=True)
    elif ending == "html":
        with browser() as seen:
            file.with_suffix(".pdf").write_bytes(opened(seen, file, file.read_bytes()).pdf(prefer_css_page_size=True))
    told = subprocess.run(["pdftotext", "-layout", file.with_suffix(".pdf"), "-"], capture_output=True, check=True).stdout.decode()
    pages = [page.split() for page in told.split("\f") if page.strip()]
    assert len(pages) > 5
    for page in pages:
        assert page[-2] not in {"Название", "Раздел"}
        assert page[-1] != "Всего"
        assert page.count("первая") == page.count("последняя")
        if page[0] not in {"Название", "Раздел"}:
            assert page[:2] == ["Где", "Всего"]
