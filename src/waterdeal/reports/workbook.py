"""A scenario as one workbook to edit: a sheet a page, ids and units locked, lists to choose from; a copy of it holds a plan's results."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from waterdeal.errors import ActualDataError, make_problem
from waterdeal.imports.grid import column_letters
from waterdeal.provenance import inputs_digest
from waterdeal.reports.allocation import allocation_tables
from waterdeal.reports.balance import regime_table
from waterdeal.reports.edition import Edition
from waterdeal.reports.excel import BOLD, EPOCH, FONT, STYLES, add_tables, begun
from waterdeal.reports.overview import overview, with_charts
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.sheet_size import CHARACTER, EDGE, LINE, WIDTH, lines_of
from waterdeal.scenario.edits import sheet_of
from waterdeal.scenario.pages import FACT, HEAD, VOLUME, make_pages
from waterdeal.scenario.read import BOOKS
from waterdeal.scenario.workbook import HIDDEN, Identity, holds_workbook, open_workbook, place_of
from waterdeal.words import Words, safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.run import Case
    from waterdeal.scenario.pages import Field, Page, Spot

#: widths of columns, in characters: of numbers, the narrowest and the widest of texts; those of clauses stand on one page
_WIDTH, _NARROW, _BROAD, _OF_CLAUSES = 14, 10, 34, {"promise": 58, "agreement": 26, "party": 18}
#: widest column of ids, which wrap
_IDS = 32
#: how wide a column may grow for a word of its heading
_HEADED = 22
#: least scale at which a printed page can be read
_SCALE = 0.6
#: width of the sheet that explains, in characters
_HELP = 110
_LOCKED: dict[str, object] = {"bg_color": "#EEF2F6", "font_color": "#44546A"}
_OPEN: dict[str, object] = {"locked": False, "border": 1, "border_color": "#A6B1BD"}
#: what a protected sheet still lets people do
_ALLOWED = dict.fromkeys(("format_cells", "format_columns", "format_rows", "sort", "autofilter"), True)
_FIRST, _LAST = date(1900, 1, 1), date(2200, 12, 31)
_MOST = 1e9
#: longest text of what a cell asks for
_MESSAGE = 255


def edit_workbook(case: Case, language: str, folder: Path, results: xr.Dataset | None = None) -> bytes:
    """Write a scenario to a workbook that will stand in a folder; with results, their tables too."""
    writer, book = _Writer(case, Words(language)), case.file.workbook
    buffer = io.BytesIO()
    workbook = begun(buffer)
    workbook.set_properties({"created": EPOCH, "title": writer.words.of(case.file.scenario.scenario.title, case.file.scenario.scenario.id)})
    formats = cache(lambda **details: workbook.add_format({**FONT, **details}))
    facts = {} if book is None else {(row, column): cell for row, column, cell in book.facts}
    pages = make_pages(case.basin, case.file.scenario, case.inputs, case.agreements)
    for page in pages:
        shown = replace(page, cells=facts) if page.name == FACT else page
        writer.write_page(workbook.add_worksheet(writer.title(page.name)), shown, formats)
    writer.write_help(workbook.add_worksheet(writer.title("help")), [page.name for page in pages], formats)
    if results is not None:
        edition = Edition(results, writer.words)
        made = with_charts(edition, (overview(edition), *allocation_tables(edition), regime_table(edition)))
        tables = [table for table in made if table.rows]
        add_tables(workbook, [replace(table, sheet=f"{writer.title('result')} {table.sheet}"[:31]) for table in tables], edition)
    hidden = workbook.add_worksheet(HIDDEN)
    for row, cells in enumerate(_identity(case, language, folder).rows()):
        for column, text in enumerate(cells):
            hidden.write_string(row, column, text)
    hidden.very_hidden()
    workbook.close()
    return buffer.getvalue()


def _identity(case: Case, language: str, folder: Path) -> Identity:
    """Tell what a workbook is of; the copy of one is of the same scenario."""
    book, place = case.file.workbook, place_of(case.file.path, folder)
    if book is not None and book.identity is not None:
        return replace(book.identity, scenario=place, language=language)
    return Identity(place, case.file.scenario.scenario.id, case.file.overrides, language, inputs_digest(case.inputs))


@dataclass(frozen=True)
class _Writer:
    """Writes the pages of a case in one language."""

    case: Case
    words: Words

    @cached_property
    def edition(self) -> Edition:
        """Names and sentences."""
        return Edition(self.case.inputs, self.words)

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Clauses by id."""
        return {clause.id: clause for agreement in self.case.agreements for clause in agreement.clause}

    @cached_property
    def agreements(self) -> dict[str, str]:
        """Title of each agreement by its id."""
        found = {agreement.agreement.id: agreement.agreement for agreement in self.case.agreements}
        return {name: self.words.of(told.title, told.title.get("en", name)) for name, told in found.items()}

    def title(self, name: str) -> str:
        """Title of a sheet."""
        return self.words.text(f"workbook.sheet.{name}")

    def unit(self, unit: str) -> str:
        """Write a unit."""
        return self.words.text_or(f"workbook.unit.{unit}", unit) if unit else ""

    def text(self, spot: Spot, text: str) -> str:
        """Write a cell that only tells."""
        row, column = spot
        if column == "promise":
            clause, _, figure = row.partition(" ")
            return self.figure(figure) if figure else clause_sentence(self.clauses[clause], self.edition.tell)
        if column == "agreement":
            return self.agreements[text]
        if column == "amount_unit":
            return self.unit(text)
        if column == "season":
            return self.words.text_or(f"workbook.season.{text}", text)
        return ", ".join(self.edition.name(part) for part in text.split(", ")) if column in {"party", "name"} and text else text

    def figure(self, path: str) -> str:
        """Name a figure of a clause by what its path goes through: fields, months, steps, parties, numbers of points."""
        *before, last = path.split(".")
        if before[:1] == ["points"]:
            return self.words.text(f"workbook.figure.point_{last}", number=before[1])
        return ": ".join(self._part(part) for part in (*before, last))

    def _part(self, part: str) -> str:
        """Name a part of the path of a figure."""
        key = f"workbook.figure.{part}"
        if self.words.has(key):
            return self.words.text(key)
        if part.isdecimal():
            return self.edition.tell.months([int(part)])
        return self.words.step(part) if part[:4].isdecimal() else self.edition.name(part)

    def write_page(self, sheet: Any, page: Page, formats: Callable[..., Any]) -> None:
        """Write a page, its locks and what its cells take."""
        heading, fixed = formats(**STYLES["heading"]), formats(**_LOCKED, valign="vcenter", text_wrap=True)
        heads = [(page.name, self.words.text(f"workbook.row.{page.name}"), ""), *map(self._heads, page.fields)]
        for at, texts in enumerate(heads):
            for row, text in enumerate(texts):
                sheet.write_string(row, at, safe_text(text), heading)
        for at, column in enumerate(page.fields, start=1):
            if page.rows and not column.locked and column.kind != "text":
                self._ask(sheet, (HEAD, at, HEAD + len(page.rows) - 1, at), column)
        for number, label in enumerate(page.rows, start=HEAD):
            sheet.write_string(number, 0, label, fixed)
            for at, column in enumerate(page.fields, start=1):
                self._write_cell(sheet, (number, at), page, (label, column), formats)
        self._set_sizes(sheet, page, heads)
        sheet.protect("", _ALLOWED)

    def _heads(self, column: Field) -> tuple[str, str, str]:
        """Id, name and unit of a column."""
        name = self.edition.name(column.id) if column.place else self.words.text(f"workbook.column.{column.id}")
        name = self.words.text("workbook.stored", name=name) if column.place and column.unit == VOLUME else name
        return column.id, name, self.unit(column.unit)

    def _set_sizes(self, sheet: Any, page: Page, heads: Sequence[tuple[str, str, str]]) -> None:
        """Make columns as wide and rows as high as their texts need, on screen and on as few printed pages as can be read."""
        shown = [[self._shown(page, row, column) for column in page.fields] for row in page.rows]
        widths = [min(_IDS, max([12, *(len(row) + 2 for row in page.rows)]))]
        for at, column in enumerate(page.fields):
            most, longest = _OF_CLAUSES.get(column.id, _BROAD), max([0, *(len(texts[at]) for texts in shown)])
            widths.append(min(most, max(_NARROW, longest + 2)) if column.kind in {"text", "choice"} else _WIDTH)
        widths = [max(width, _longest_word(texts)) for width, texts in zip(widths, heads, strict=True)]
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        for row, parts in enumerate(zip(*heads, strict=True)):
            sheet.set_row(row, 3 + LINE * max(_lines_of_words(text, width / BOLD) for text, width in zip(parts, widths, strict=True)))
        for number, told in enumerate(shown, start=HEAD):
            row_texts = [page.rows[number - HEAD], *told]
            lines = max(1, *(lines_of(text, width) for text, width in zip(row_texts, widths, strict=True)))
            if lines > 1:
                sheet.set_row(number, 3 + LINE * lines)
        named = bool(page.fields) and page.fields[0].id == "name"
        sheet.freeze_panes(HEAD, 2 if named else 1)
        sheet.repeat_rows(0, HEAD - 1)
        sheet.repeat_columns(0, 1 if named else 0)
        across = sum(CHARACTER * width + EDGE for width in widths)
        _set_page(sheet, math.ceil(across * _SCALE / WIDTH))

    def _shown(self, page: Page, row: str, column: Field) -> str:
        """What a cell of text or of a list shows; nothing for another."""
        value = page.cells.get((row, column.id))
        if not isinstance(value, str):
            return ""
        return self.text((row, column.id), value) if column.kind == "text" else self.words.text_or(f"workbook.choice.{value}", value)

    def _write_cell(self, sheet: Any, at: tuple[int, int], page: Page, what: tuple[str, Field], formats: Callable[..., Any]) -> None:
        """Write one cell, locked or not."""
        label, column = what
        value, style = page.cells.get((label, column.id)), {**(_LOCKED if page.is_locked(label, column) else _OPEN), "valign": "vcenter"}
        if value is None:
            sheet.write_blank(*at, None, formats(**style))
        elif isinstance(value, date):
            sheet.write_datetime(*at, datetime(value.year, value.month, value.day), formats(**style, num_format="dd.mm.yyyy"))
        elif isinstance(value, str):
            sheet.write_string(*at, safe_text(self._shown(page, label, column)), formats(**style, text_wrap=True))
        else:
            sheet.write_number(*at, float(f"{value:.12g}"), formats(**style, num_format="0.00" if column.unit else "General"))

    def _ask(self, sheet: Any, cells: tuple[int, int, int, int], column: Field) -> None:
        """Say what cells take, so that Excel refuses anything else."""
        text = self.words.text
        if column.kind == "choice":
            rule: dict[str, Any] = {"validate": "list", "source": [text(f"workbook.choice.{name}") for name in column.choices]}
            message = ", ".join(rule["source"])
        elif column.kind == "date":
            rule, message = {"validate": "date", "criteria": "between", "minimum": _FIRST, "maximum": _LAST}, text("workbook.asks_day")
        else:
            low, high = (-_MOST if column.unit == "m" else 0), (1 if column.unit == "share" else _MOST)
            rule = {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high}
            message = text("workbook.asks_number", low=low, unit=self.unit(column.unit)) if high > 1 else text("workbook.asks_share")
        told = {"error_title": text("workbook.asks")[:32], "error_message": message[:_MESSAGE]}
        sheet.data_validation(*cells, {**rule, **told, "ignore_blank": column.blank != "refused"})

    def write_help(self, sheet: Any, pages: list[str], formats: Callable[..., Any]) -> None:
        """Write the sheet that explains."""
        scenario = self.case.file.scenario.scenario
        text, told = self.words.text, {"scenario": self.words.of(scenario.title, scenario.id), "file": self.case.file.path.name}
        lines = [text("workbook.help.what", **told), *(f"{self.title(name)}. {text(f'workbook.help.{name}')}" for name in pages)]
        lines += [text(f"workbook.help.{key}") for key in ("cells", "blank", "own", "run")]
        sheet.set_column(0, 0, _HELP)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, safe_text(line), formats(text_wrap=True, valign="top"))
            sheet.set_row(row, 3 + LINE * lines_of(line, _HELP))
        _set_page(sheet, 1)
        sheet.protect("", _ALLOWED)


def _set_page(sheet: Any, across: int) -> None:
    """Set paper, footer and how many pages a sheet goes on side by side."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8 &A&R&8 &P / &N")
    sheet.fit_to_pages(across, 0)


def _longest_word(texts: Sequence[str]) -> int:
    """Width in which no word of a heading is broken, as far as a column may grow for it."""
    return min(_HEADED, max((math.ceil(len(word) * BOLD) for text in texts for word in text.split()), default=0) + 1)


def _lines_of_words(text: str, width: float) -> int:
    """Lines that a heading takes, broken between words, and within one that is longer than a line."""
    lines, left = 0, 0.0
    for word in text.split():
        if len(word) > left:
            lines, left = lines + math.ceil(len(word) / width), width * math.ceil(len(word) / width)
        left -= len(word) + 1
    return max(1, lines)


def facts_alone(path: Path, folder: Path) -> Path:
    """Write what was measured, as the workbook of a scenario has it, to a file of its own in a folder; return any other file as it is."""
    if path.suffix.lower() not in BOOKS or not holds_workbook(path):
        return path
    book = open_workbook(path)
    sheet = sheet_of(FACT, book.sheets)
    if sheet is None:
        title = Words(book.identity.language).text("workbook.sheet.fact")
        raise ActualDataError(book.name, [make_problem(book.name, None, title, "workbook.no_sheet")])
    if sheet.unread:
        cells = ", ".join(f"{sheet.name}!{column_letters(column)}{row + 1}" for row, column in sorted(sheet.unread))
        raise ActualDataError(book.name, [make_problem(book.name, None, cells, "workbook.formula")])
    workbook = begun(folder / path.name)
    page, day = workbook.add_worksheet(sheet.name), workbook.add_format({"num_format": "yyyy-mm-dd"})
    for row, cells_of in enumerate(sheet.rows):
        for column, cell in enumerate(cells_of):
            if isinstance(cell, datetime):
                page.write_datetime(row, column, cell, day)
            elif isinstance(cell, float):
                page.write_number(row, column, cell)
            elif cell:
                page.write_string(row, column, cell)
    workbook.close()
    return folder / path.name
