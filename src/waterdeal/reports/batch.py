"""A batch in the reader's language: scenario by party and figure, what has no plan and why, and differences to a named base."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from waterdeal.reports.about import created
from waterdeal.reports.as_csv import table_csv
from waterdeal.reports.blocks import EPOCH, Heading, Listing, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.excel import pages_bytes
from waterdeal.reports.table import Column, Table
from waterdeal.results.disk import RUN_FILE
from waterdeal.studies.batch_figures import OF_PARTY, differences_of, matrix_of
from waterdeal.variables import names_of
from waterdeal.words import BLANK, Words, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.table import Cell
    from waterdeal.studies.batch import Batch

#: figures of a party: heading, unit, and what they are multiplied by to be printed
FIGURES = {
    "requirement": ("column.requirement", "volume", 1.0), "delivery": ("column.delivery", "volume", 1.0),
    "shortage": ("column.shortage", "volume", 1.0), "supply_ratio": ("column.supply_percent", "", 100.0),
    "worst_ratio": ("batch.worst", "", 100.0), "energy": ("batch.energy", "energy", 1.0),
}  # fmt: skip
#: figures shown on a terminal, each scenario by party
SHOWN = ("delivery", "shortage", "supply_ratio")
#: decimals of all figures
DIGITS = 1
#: hm3 by which what is delivered and what is short may miss what is required to make it up
MADE_UP = 1e-6


@dataclass(frozen=True)
class Told:
    """A batch and its figures, in a language."""

    batch: Batch
    figures: xr.Dataset
    words: Words

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Figures by (scenario, party), as they are printed."""
        return _printed(matrix_of(self.figures))

    @cached_property
    def apart(self) -> pd.DataFrame:
        """Differences of the figures as they are printed."""
        return differences_of(self.batch.compared, self.matrix)

    @property
    def has_many(self) -> bool:
        """Whether cells have to be told apart by their base scenarios."""
        return len(self.batch.spec["scenarios"]) > 1 or not self.batch.spec["axes"]

    def label(self, cell: str) -> list[str]:
        """Titles of the scenario of a cell, where there are several, and of its values."""
        spec, held = self.batch.spec, self.batch.cells[cell]
        told = [self._title(spec["scenarios"][held["scenario"]], held["scenario"])] if self.has_many else []
        for axis, name in zip(spec["axes"], held["values"], strict=True):
            value = next(value for value in axis["values"] if value["id"] == name)
            told.append(self._title(value["title"], name))
        return told

    def name(self, cell: str) -> str:
        """Name of a cell in one line."""
        return " · ".join(self.label(cell)) or cell

    @property
    def headings(self) -> list[str]:
        """Headings above them."""
        axes = [self._title(axis["title"], axis["id"]) for axis in self.batch.spec["axes"]]
        return [*([self.words.text("batch.scenario")] if self.has_many else []), *axes]

    @property
    def title(self) -> str:
        """Title of the batch."""
        return self._title(self.batch.spec["title"], self.words.text("batch.title"))

    def _title(self, titles: dict[str, str], default: str) -> str:
        """Title in the language, in English, or what it has instead."""
        return clean(self.words.of(titles, titles.get("en") or default))

    def party(self, key: str) -> str:
        """Name of a party."""
        return self.words.place(names_of(self.figures), key) if key else BLANK

    def why(self, cell: str) -> str:
        """Why a cell has no plan; nothing where it has one."""
        run, words = self.batch.runs.get(cell, {}), self.words
        if run.get("clauses"):
            return words.text("batch.clauses", clauses=", ".join(run["clauses"]))
        told = self.batch.without_plan.get(cell, "")
        if not told or not run or words.language == "en":
            return told
        file = self.batch.folder / cell / f"explanation.{words.language}.txt"
        if file.is_file():
            return clean(" ".join(file.read_text(encoding="utf-8").split()))
        return f"{words.text('solving.no_plan')} ({RUN_FILE})"  # it was told in other languages alone

    @property
    def counted(self) -> str:
        """How many scenarios there are, with a plan and without."""
        count, without = len(self.batch.cells), len(self.batch.without_plan)
        return self.words.text("batch.counted", count=count, planned=count - without, without=without)

    @property
    def notes(self) -> list[str]:
        """How many scenarios have a plan, why the others have none, and which are one problem."""
        text = self.words.text
        lines = [self.counted, *(text("batch.without", cell=cell, why=self.why(cell)) for cell in self.batch.without_plan)]
        return lines + [text("batch.same", cells=", ".join(group)) for group in self.batch.same]


def _printed(matrix: pd.DataFrame) -> pd.DataFrame:
    """Round figures for print: what is short is what is required less what is delivered, as both are printed, unless fields got more."""
    printed = (matrix * [FIGURES[name][2] for name in matrix.columns]).round(DIGITS)
    made_up = (matrix["requirement"] - matrix["delivery"] - matrix["shortage"]).abs() < MADE_UP
    return printed.assign(shortage=(printed["requirement"] - printed["delivery"]).round(DIGITS).where(made_up, printed["shortage"]) + 0.0)


def batch_tables(told: Told) -> tuple[Table, ...]:
    """Make the tables of a batch: the matrix, and the differences where a base is named."""
    text = told.words.text
    heads = tuple(Column(heading, width=24) for heading in [*told.headings, text("column.party")])
    figures = tuple(
        Column(text(key), digits=DIGITS, unit=text(f"unit.{unit}") if unit else "", summed=False) for key, unit, _ in FIGURES.values()
    )
    rows = [(*_head(told, key), *_cells(row), told.why(key[0])) for key, row in _rows(told.matrix)]
    columns = (*heads, *figures, Column(text("batch.why"), width=40))
    tables = [Table("matrix", text("batch.matrix"), told.title, "", columns, tuple(rows), notes=tuple(told.notes))]
    if len(told.apart):
        apart = told.apart.drop(columns="compared_with")
        apart = apart.round(DIGITS) + 0.0
        rows = [(*_head(told, key), *_cells(row), str(told.apart.loc[key, "compared_with"])) for key, row in _rows(apart)]
        columns = (*heads, *figures, Column(text("batch.compared_with"), width=40))
        tables.append(Table("differences", text("batch.differences"), text("batch.differences_title"), "", columns, tuple(rows)))
    return tuple(tables)


def _rows(table: pd.DataFrame) -> list[tuple[tuple[str, str], list[float]]]:
    """Keys and figures of a matrix."""
    return list(zip(table.index.tolist(), table[list(OF_PARTY)].to_numpy().tolist(), strict=True))


def _head(told: Told, key: tuple[str, str]) -> tuple[Cell, ...]:
    """Cells before the figures of a row."""
    return (*told.label(key[0]), told.party(key[1]))


def _cells(row: Sequence[float]) -> tuple[Cell, ...]:
    """Figures of a row; what is not there stays blank."""
    return tuple(None if value != value else value for value in row)  # noqa: PLR0124 - not a number


def _figures(row: Sequence[float]) -> dict[str, Cell]:
    """Figures of a row by name."""
    return dict(zip(OF_PARTY, _cells(row), strict=True))


def batch_report(batch: Batch, language: str) -> Document:
    """Make the report of a batch: its answer, then every figure of every party."""
    told = Told(batch, batch.dataset(), Words(language))
    text = told.words.text
    tables = [table for table in map(partial(_of_plans, told), batch_tables(told)) if table.rows]
    blocks = (*_answer(told), *tables, Paragraph(text("about.disclaimer_text"), note=True))
    return Document("batch", language, told.title, blocks, created(told.figures) or EPOCH)


def _of_plans(told: Told, table: Table) -> Table:
    """Return a table for a page: rows of scenarios that have a plan, why others have none is told above; the base by its titles."""
    last = len(told.headings)
    rows = [row for row in table.rows if row[last] != BLANK]
    if table.name == "matrix":
        title, short = told.words.text("batch.figures"), tuple(row[:-1] for row in rows)
        return replace(table, title=title, columns=table.columns[:-1], rows=short, notes=())
    return replace(table, rows=tuple((*row[:-1], told.name(str(row[-1]))) for row in rows))


def batch_answer(told: Told) -> Document:
    """Tell a batch: figures by scenario and party, differences, and what has no plan."""
    return Document("batch", told.words.language, told.title, tuple(_answer(told)))


def _answer(told: Told) -> Iterator[Any]:
    """Blocks that answer what a batch was made for."""
    text, without = told.words.text, told.batch.without_plan
    yield Heading(told.title, 1)
    yield Paragraph(told.counted)
    yield from (_grid(told, told.matrix, name) for name in SHOWN if len(told.figures["party"]))
    if len(told.apart):
        yield _grid(told, told.apart, "delivery", text("batch.differences_title"))
    if without:
        reasons: dict[str, list[str]] = {}
        for cell in without:
            reasons.setdefault(told.why(cell), []).append(told.name(cell))
        yield Listing(text("batch.why"), tuple(f"{'; '.join(cells)}: {why}" for why, cells in reasons.items()))
    if told.batch.same:
        yield Listing(text("batch.once"), tuple("; ".join(map(told.name, group)) for group in told.batch.same))


def _grid(told: Told, matrix: pd.DataFrame, name: str, title: str = "") -> Table:
    """Make the table of one figure by scenario and party."""
    key, unit, _ = FIGURES[name]
    text, parties = told.words.text, [party for party in dict.fromkeys(matrix.index.get_level_values("party")) if party]
    values = dict(zip(matrix.index.tolist(), matrix[name].tolist(), strict=True))
    rows = tuple((told.name(cell), *(_value(told, cell, values.get((cell, party))) for party in parties)) for cell in told.batch.cells)
    columns = (Column(text("batch.scenario"), width=40), *(Column(told.party(party), digits=DIGITS, width=14) for party in parties))
    heading = f"{title}: {text(key)}" if title else text(key)
    return Table(f"{name}_apart" if title else name, text(key), heading, text(f"unit.{unit}") if unit else "", columns, rows)


def _value(told: Told, cell: str, value: float | None) -> Cell:
    """A figure, or what stands where there is none: that a scenario has no plan, or that it has no such party."""
    if value is None:
        return told.words.text("batch.no_plan") if cell in told.batch.without_plan else BLANK
    return None if math.isnan(value) else round(value, DIGITS) + 0.0


def batch_files(batch: Batch, figures: xr.Dataset, languages: Sequence[str]) -> dict[str, bytes]:
    """Make the files of a batch beside its runs: workbook and tables in each language."""
    files: dict[str, bytes] = {}
    for language in languages:
        told = Told(batch, figures, Words(language))
        tables = batch_tables(told)
        files[f"matrix.{language}.xlsx"] = pages_bytes(tables, told.words, told.title, created(figures))
        files |= {f"{table.name}.{language}.csv": table_csv(table, language) for table in tables}
    return files


def batch_record(batch: Batch, figures: xr.Dataset) -> dict[str, Any]:
    """Return the matrix of a batch as plain data."""
    matrix = matrix_of(figures)
    rows = [{"scenario": cell, "party": party, **_figures(row)} for (cell, party), row in _rows(matrix) if party]
    apart = differences_of(batch.compared, matrix)
    told = [] if apart.empty else [
        {"scenario": cell, "party": party, "compared_with": str(apart.loc[(cell, party), "compared_with"]), **_figures(row)}
        for (cell, party), row in _rows(apart) if party
    ]  # fmt: skip
    return {"scenarios": list(batch.cells), "without_plan": batch.without_plan, "same": batch.same, "matrix": rows, "differences": told}
