"""Text, CSV and workbooks: safe, the same each time, in the marks of the reader."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import docx
import openpyxl
import pytest

from tests.thorough import diagonal
from waterdeal.errors import FileProblem
from waterdeal.reports import as_text
from waterdeal.reports.as_csv import table_csv
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.blocks import EPOCH, Listing, Paragraph
from waterdeal.reports.document import Document, answer
from waterdeal.reports.excel import pages_bytes
from waterdeal.reports.files import report_files
from waterdeal.reports.laid_out import laid_out, measure
from waterdeal.reports.table import Column, Table, written
from waterdeal.reports.text import summary_text
from waterdeal.words import DANGEROUS, LANGUAGES, Words, clean, safe_text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from pathlib import Path

    import xarray as xr


ATTACKS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "https://example.org/?a=1&b=2", "{=1}")


def open_book(content: bytes) -> openpyxl.Workbook:
    """Read a workbook with its formulas."""
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="session")
def hostile_plan(dry_plan: xr.Dataset) -> xr.Dataset:
    """Give a plan whose titles and names try to be formulas."""
    plan = dry_plan.copy()
    names = json.loads(plan.attrs["names"])
    for place, attack in zip(plan["demand"].values, ATTACKS, strict=False):
        names[place] = dict.fromkeys(("en", "ru", "kk", "uz"), attack)
    names["KZ"] = dict.fromkeys(("en", "ru", "kk", "uz"), "=2+2")
    plan.attrs["names"] = json.dumps(names)
    plan.attrs["titles"] = json.dumps({"en": "=HYPERLINK(1)&A", "ru": "=1"})
    return plan


def test_text_never_becomes_a_formula_in_a_workbook(hostile_plan: xr.Dataset) -> None:
    """Names that look like formulas are text; the only formulas are our own checks; there are no links."""
    book = open_book(report_files(hostile_plan, "en", ("xlsx",))["allocation.en.xlsx"])
    found = set()
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert str(cell.value).startswith("=ROUND(ABS(")
                elif cell.value in ATTACKS:
                    assert cell.data_type == "s"
                    found.add(cell.value)
    assert found >= {"=1+1", "-2+3", "@SUM(A1)", "https://example.org/?a=1&b=2", "{=1}"}


def test_text_is_prefixed_in_csv_and_numbers_are_not(hostile_plan: xr.Dataset) -> None:
    """Text that a spreadsheet would run gets an apostrophe; a negative number stays a number."""
    files = report_files(hostile_plan, "ru", ("csv",))
    rows = list(csv.reader(io.StringIO(files["tables.ru/deliveries.csv"].decode("utf-8-sig"), newline=""), delimiter=";"))
    heads = {row[0] for row in rows}
    assert {safe_text(attack) for attack in ATTACKS if attack.startswith(DANGEROUS)} <= heads
    assert not any(head.startswith(DANGEROUS) for head in heads)
    balance = files["tables.ru/party_balance.csv"].decode("utf-8-sig")
    assert ";-" in balance
    assert "'-1" not in balance


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "en", "ru"))
def test_csv_has_the_marks_of_the_language(dry_tables: dict[str, tuple[Table, ...]], language: str) -> None:
    """Decimal comma and semicolon, but point and comma in English; a byte order mark; as many cells in every row."""
    for table in dry_tables[language]:
        content = table_csv(table, language)
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter="," if language == "en" else ";"))
        assert {len(row) for row in rows} == {len(table.columns)}
        assert len(rows) == len(table.rows) + 1
        mark = "." if language == "en" else ","
        for cells, row in zip(table.rows, rows[1:], strict=True):
            for cell, shown, column in zip(cells, row, table.columns, strict=True):
                if isinstance(cell, float):
                    assert float(shown.replace(mark, ".")) == cell
                    assert (mark in shown) == bool(column.digits)


def test_workbook_is_the_same_each_time(dry_plan: xr.Dataset) -> None:
    """The same plan gives the same bytes."""
    first, second = (report_files(dry_plan, "kk", ("xlsx",)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_workbook_holds_every_table_as_numbers(dry_plan: xr.Dataset, dry_tables: dict[str, tuple[Table, ...]], language: str) -> None:
    """One sheet a table, numbers as numbers with a pattern, headings frozen, A4 landscape."""
    book = open_book(report_files(dry_plan, language, ("xlsx",))[f"allocation.{language}.xlsx"])
    tables = dry_tables[language]
    assert book.sheetnames == [table.sheet for table in tables]
    for sheet, table in zip(book, tables, strict=True):
        grouped = any(column.group for column in table.columns)
        first = 6 if grouped else 5
        assert sheet.freeze_panes == f"B{first}"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        for number, cells in enumerate(table.rows):
            values = [sheet.cell(first + number, place + 1).value for place in range(len(cells))]
            assert values == [cell or None if isinstance(cell, str) else cell for cell in cells]
    sheet = book[Words(language).text("sheet.deliveries")]
    assert sheet.cell(6, 2).number_format == "#,##0.0"
    assert sheet.cell(6, 1).font.bold
    assert not sheet.cell(7, 2).font.bold


def test_rows_of_a_workbook_are_as_high_as_their_words() -> None:
    """By hand: three words too long to share a line, below a group and alone; a text that is broken at its last word."""
    head, text = "Боковые притоки Карадарьи", "Карадарья выше Андижанского водохранилища"
    grouped = Table("one", "one", "", "", (Column("", width=36), Column(head, "KG → UZ", 1, width=13)), ((text, 1.0),))
    alone = Table("two", "two", "", "", (Column("", width=36), Column(head, digits=1, width=13)), ((text, 1.0),))
    book = open_book(pages_bytes((grouped, alone), Words("ru"), "", None))
    heights = [[sheet.row_dimensions[row].height or 0 for row in range(4, 7)] for sheet in book]
    assert [high >= 3 * 12 for high in heights[0]] == [False, True, False]
    assert heights[1][0] >= 3 * 12
    assert heights[0][2] == heights[1][1] == 2 * 12.75


def test_wide_letters_take_more_of_a_page_than_narrow_ones() -> None:
    """A column that is made for the longest word breaks none in Kazakh or Russian."""
    assert measure("айырма") == pytest.approx(4 * 0.53 + 2 * 0.78)
    assert measure("шыжм") > 1.4 * measure("етіс")


def test_workbook_without_date_or_hash_is_written(two_party_plan: xr.Dataset) -> None:
    """A plan that does not say when it was made still has a fixed date."""
    book = open_book(report_files(two_party_plan, "uz", ("xlsx",))["allocation.uz.xlsx"])
    assert book.properties.created.year == 2000


def test_files_are_those_asked_for(dry_plan: xr.Dataset) -> None:
    """Names carry the language; a format that is not ours is left to others."""
    assert report_files(dry_plan, "ru", ("nc",)) == {}
    assert list(report_files(dry_plan, "ru", ["txt"])) == ["summary.ru.txt"]
    assert "tables.en/deliveries.csv" in report_files(dry_plan, "en", ("csv", "xlsx"))


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
@pytest.mark.parametrize("plan", diagonal(["dry_plan", "year_plan", "two_party_plan"], "dry_plan", "two_party_plan"))
def test_summary_fits_a_terminal(plan: str, language: str, request: pytest.FixtureRequest) -> None:
    """No line is longer than the terminal; every party and step is there."""
    results: xr.Dataset = request.getfixturevalue(plan)
    text = summary_text(results, language)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    words = Words(language)
    assert all(words.step(str(step)) in text for step in results["step"].values)
    assert words.text("row.all_parties").split()[0] in text


def test_summary_is_clean_of_control_characters(dry_plan: xr.Dataset) -> None:
    """A name cannot steer the terminal."""
    plan = dry_plan.copy()
    names = json.loads(plan.attrs["names"])
    names["KZ"]["en"] = "\x1b[31mRed\u202eland"
    plan.attrs["names"] = json.dumps(names)
    text = summary_text(plan, "en")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert clean("a\r\nb") == "a  b"


def grid(headings: Sequence[str], rows: Sequence[Sequence[str]], texts: Container[int] = (0,), width: int = WIDTH) -> list[str]:
    """Lines of a table on a terminal."""
    return as_text.told(answer("grid", "en", [written("grid", "", headings, rows, texts)]), width).splitlines()


def test_a_long_name_takes_several_lines() -> None:
    """The first column gives way, the numbers do not, and nothing is cut."""
    lines = grid(["Place", "Value"], [["x" * 300, "12.3"]])
    assert max(map(len, lines)) <= WIDTH
    assert lines[2].endswith("12.3")
    assert sum(line.count("x") for line in lines) == 300


def test_headings_are_folded_where_they_have_no_room_and_only_there() -> None:
    """At a width where they fit they stand in one line; above numbers they are folded before a name is broken."""
    heads, rows = ["Reservoir", *["Volume at the end of the season"] * 3], [["Kayrakkum (Bahri Tojik) reservoir", *["1,234.5"] * 3]]
    assert len(grid(heads, rows, width=140)) == 3
    folded = grid(heads, rows, width=80)
    assert max(map(len, folded)) <= 80
    assert folded[-1].startswith(rows[0][0])
    assert folded[-3].startswith("Reservoir")  # headings stand on the rule


@pytest.mark.parametrize("width", [40, 60, 80, WIDTH])
def test_columns_without_room_follow_below(width: int) -> None:
    """Every number stands in a line that begins with its name, and no line is longer than the terminal."""
    rows = [[f"User {row}", *(f"{1000 * row + place:.1f}" for place in range(1, 19))] for row in (1, 2)]
    lines = grid(["User", *(f"Step {place}" for place in range(1, 19))], rows, width=width)
    assert max(map(len, lines)) <= width
    for name, *numbers in rows:
        assert [number for line in lines if line.startswith(name) for number in line.split()[2:]] == numbers


def test_rows_keep_all_that_names_them() -> None:
    """Where a row is named by two columns of text, both lead the columns that follow below."""
    rows = [["shardara_schedule_2022, Shardara", agency, *[f"{place}.0" for place in range(9)]] for agency in ("Kazhydromet", "Uzhydromet")]
    lines = grid(["Clause, gauge", "Agency", *(f"Figure {place}" for place in range(9))], rows, (0, 1), 80)
    assert len([line for line in lines if line.startswith("shardara_schedule_2022")]) > 2
    assert all("hydromet" in line for line in lines if line.startswith("shardara_schedule_2022"))


def test_a_table_without_headings_has_no_rule() -> None:
    """Two columns of text beside each other, the second on as many lines as it takes."""
    lines = grid(["", ""], [["Scenario", "dry"], ["Disclaimer", "not an official document " * 6]], (0, 1), 80)
    assert lines[0] == "Scenario    dry"
    assert all(line.startswith(("Disclaimer  not", " " * 12)) for line in lines[1:])


def test_an_answer_keeps_the_notes_of_a_table_without_rows() -> None:
    """What is said of figures is said where there are none; where there is no figure stands a dash."""
    empty = replace(written("none", "Nothing", ["a", "b"], []), notes=("No plan: dam.",))
    assert as_text.told(answer("works", "en", [empty])) == "No plan: dam."
    assert as_text.told(answer("works", "en", [replace(empty, rows=(("dam", None),))])).endswith("dam  –\nNo plan: dam.")


def test_text_has_room_where_no_width_is_given() -> None:
    """A column of text is as wide as what it says, on pages and in workbooks; numbers beside it give way."""
    rows = (("1 September 2024 – 30 April 2025", 1.0), ("1 June 2021 – 31 August 2021", 2.0))
    table = Table("when", "When", "When", "", (Column("When"), Column("Amount", digits=2)), rows)
    shares = laid_out(table, "en")["widths"]
    assert shares[0] > 3 * shares[1]
    sheet = open_book(pages_bytes((table,), Words("en"), "When", EPOCH)).worksheets[-1]
    assert sheet.column_dimensions["A"].width >= 30


def test_lines_need_no_sentence() -> None:
    """Nothing stands where the sentence would."""
    document = answer("list", "en", [Listing("", ("Toktogul", "Andijan"))])
    book = open_book(document.render("xlsx"))
    assert [row[0].value for row in book.worksheets[0].iter_rows(min_row=5)] == ["  Toktogul", "  Andijan"]
    assert [part.text for part in docx.Document(io.BytesIO(document.render("docx"))).paragraphs] == ["Toktogul", "Andijan"]
    assert b"<p" not in document.render("html").partition(b"<body")[2]
    assert document.render("txt").decode() == "Toktogul\nAndijan\n"


def test_what_is_set_in_stays_set_in() -> None:
    """A line that is too long goes on further in than it began."""
    lines = as_text.told(answer("list", "en", [Listing("", ("Outside:", "  Toktogul: " + "release " * 20))]), 40).splitlines()
    assert lines[0] == "Outside:"
    assert lines[1].startswith("  Toktogul")
    assert all(line.startswith("    release") for line in lines[2:])


def test_decimal_comma_in_the_summary(dry_plan: xr.Dataset) -> None:
    """Russian figures have commas, English ones points, and they are the same figures."""
    russian, english = summary_text(dry_plan, "ru"), summary_text(dry_plan, "en")
    assert "818,1" in russian
    assert "818.1" in english
    assert "818.1" not in russian


#: a letter of old kana, which hardly a font has
RARE = "\U0001aff0"


def test_letters_that_no_font_draws_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    """A page would have nothing in their place; Word and the browser look for a font themselves."""
    document = Document("note", "en", "Note", (Paragraph(f"Қазақ Ўзбек 3 м³ → {RARE}"),))
    with pytest.raises(FileProblem, match=f"draws these letters in a PDF: {RARE}. Install a font"):
        document.save(tmp_path / "note.pdf")
    assert not list(tmp_path.iterdir())
    assert RARE in document.render("html").decode()
    assert replace(document, blocks=(Paragraph("Қазақ Ўзбек 3 м³ → ≥ −"),)).render("pdf")


def test_a_title_wider_than_its_table_is_printed_whole() -> None:
    """Over all columns, on as many lines as it takes, since what is beyond the columns is not printed; a short one stands in its cell."""
    columns = (Column("Party", width=20), Column("Release", digits=1, width=10, summed=False))
    for title, whole in (("What a further km3 of the summer release costs the party that keeps it", True), ("Release", False)):
        raw = pages_bytes([Table("release", "Release", title, "", columns, (("KG", 1.0),))], Words("en"), "Plan", None)
        sheet = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
        assert ("A1:B1" in [str(over) for over in sheet.merged_cells.ranges]) == whole
        assert ((sheet.row_dimensions[1].height or 0) > 40) == whole
