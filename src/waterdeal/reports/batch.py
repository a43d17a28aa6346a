"""A batch in the reader's language: scenario by party and figure, what has no plan and why, and differences to a named base."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from waterdeal.reports.about import created
from waterdeal.reports.excel import pages_bytes
from waterdeal.reports.files import table_csv
from waterdeal.reports.table import Column, Table
from waterdeal.reports.text import WIDTH, make_section
from waterdeal.studies.batch_figures import OF_PARTY, differences_of, matrix_of
from waterdeal.variables import names_of
from waterdeal.words import BLANK, Words, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        run, language = self.batch.runs.get(cell, {}), self.words.language
        if run.get("clauses"):
            return self.words.text("batch.clauses", clauses=", ".join(run["clauses"]))
        file = self.batch.folder / cell / f"explanation.{language}.txt"
        told = self.batch.without_plan.get(cell, "")
        return clean(" ".join(file.read_text(encoding="utf-8").split())) if told and file.is_file() else told

    @property
    def notes(self) -> list[str]:
        """How many scenarios have a plan, why the others have none, and which are one problem."""
        text, without = self.words.text, self.batch.without_plan
        lines = [text("batch.counted", count=len(self.batch.cells), planned=len(self.batch.cells) - len(without), without=len(without))]
        lines += [text("batch.without", cell=cell, why=self.why(cell)) for cell in without]
        lines += [text("batch.same", cells=", ".join(group)) for group in self.batch.same]
        return lines


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


def batch_text(told: Told) -> str:
    """Tell a batch on a terminal: figures by scenario and party, differences, and what has no plan."""
    parts = [told.title, *(_grid(told, told.matrix, name) for name in SHOWN)]
    if len(told.apart):
        parts.append(_grid(told, told.apart, "delivery", told.words.text("batch.differences_title")))
    notes = [textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in told.notes]
    return "\n\n".join(filter(None, [*parts, "\n".join(notes)]))


def _grid(told: Told, matrix: pd.DataFrame, name: str, title: str = "") -> str:
    """One figure by scenario and party."""
    key, unit, _ = FIGURES[name]
    parties = [party for party in dict.fromkeys(matrix.index.get_level_values("party")) if party]
    values = dict(zip(matrix.index.tolist(), matrix[name].tolist(), strict=True))
    rows = []
    for cell in told.batch.cells:
        there = [told.words.number(values[cell, party]) if (cell, party) in values else _blank(told, cell) for party in parties]
        rows.append([" · ".join(told.label(cell)), *there])
    heading = f"{told.words.text(key)}, {told.words.text(f'unit.{unit}')}" if unit else told.words.text(key)
    headings = [told.words.text("batch.scenario"), *map(told.party, parties)]
    return make_section(f"{title}: {heading}" if title else heading, headings, rows if parties else [])


def _blank(told: Told, cell: str) -> str:
    """What stands where a cell has no figure: that it has no plan, or no such party."""
    return told.words.text("batch.no_plan") if cell in told.batch.without_plan else BLANK


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
