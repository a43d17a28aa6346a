"""Charts of the workbook: real ones, of cells that hold the plan's figures, within what is printed."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
from openpyxl.utils.cell import range_boundaries

from waterdeal.examples import two_party
from waterdeal.reports.excel import workbook_bytes
from waterdeal.reports.excel_charts import Cells, Grid, make_chart
from waterdeal.reports.table import Chart, Series
from waterdeal.reports.tables import make_tables
from waterdeal.reports.workbook import edit_workbook
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

#: charts of each sheet on the four-node basin, by the key of the sheet
CHARTS = {"overview": 3, "parties": 1, "deliveries": 2, "reservoirs": 1}


#: workbooks read back, by language
BOOKS: dict[str, Any] = {}


def book_of(plan: xr.Dataset, language: str) -> Any:
    """The workbook of the four-node basin, read back once."""
    return BOOKS.get(language) or BOOKS.setdefault(language, _read(plan, language))


def _read(plan: xr.Dataset, language: str) -> Any:
    """Write a workbook and read it."""
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(make_tables(plan, language), plan, language)))


def cells_of(book: Any, reference: str) -> list[Any]:
    """Values that a reference of a chart stands for."""
    sheet, _, span = reference.replace("'", "").rpartition("!")
    left, top, right, bottom = range_boundaries(span.replace("$", ""))
    return [cell for row in book[sheet].iter_rows(top, bottom, left, right, values_only=True) for cell in row]


def drawn_by(book: Any, chart: Any) -> dict[str, tuple[list[Any], list[Any]]]:
    """Names and values of each series of a chart."""
    return {one.tx.v or one.tx.strRef.f: (cells_of(book, one.cat.strRef.f if one.cat.strRef else one.cat.numRef.f), cells_of(book, one.val.numRef.f))
            for one in chart.series}  # fmt: skip


@pytest.mark.parametrize("language", [pytest.param(name, marks=() if name == "kk" else pytest.mark.thorough) for name in LANGUAGES])
def test_charts_draw_the_figures_of_the_plan(language: str, two_party_plan: xr.Dataset) -> None:
    """The first sheet is the overview; storages by step, deliveries by month, what is short: cells with the plan's figures."""
    book, words = book_of(two_party_plan, language), Words(language)
    assert book.sheetnames[0] == words.text("sheet.overview")
    for name, count in CHARTS.items():
        assert len(book[words.text(f"sheet.{name}")]._charts) == count, name
    (storage,) = drawn_by(book, book[words.text("sheet.reservoirs")]._charts[0]).values()
    assert np.array(storage[1], dtype=float) == pytest.approx(two_party_plan["storage"].values[0], abs=0.1)
    assert storage[0] == [words.step(label) for label in two_party_plan["step"].values.tolist()]
    parties, months, largest = (drawn_by(book, chart) for chart in book[words.text("sheet.overview")]._charts)
    assert next(iter(largest.values()))[1] == storage[1]
    given, short = parties.values()
    asked = two_party_plan["requirement"].sum("time").sel(demand=["fields", "town"]).values
    assert np.add(given[1], short[1]) == pytest.approx(asked, abs=0.1)
    delivered = two_party_plan["delivery"].groupby("time.month").sum().sel(demand="fields").values
    assert np.array(next(iter(months.values()))[1], dtype=float) == pytest.approx(delivered, abs=0.1)
    assert next(iter(months.values()))[0] == [words.month(f"2026-{month:02d}") for month in range(4, 10)]


def test_the_edited_workbook_has_the_same_charts(two_party_plan: xr.Dataset, tmp_path: Path) -> None:
    """On the sheets of its plan, of the cells that stand there."""
    made, words = book_of(two_party_plan, "kk"), Words("kk")
    edited = openpyxl.load_workbook(io.BytesIO(edit_workbook(two_party(), "kk", tmp_path, two_party_plan)))
    for name in ("overview", "deliveries", "reservoirs"):
        title = words.text(f"sheet.{name}")
        charts = edited[f"{words.text('workbook.sheet.result')} {title}"]._charts
        assert [drawn_by(edited, chart) for chart in charts] == [drawn_by(made, chart) for chart in made[title]._charts]


def test_charts_are_printed_below_their_table(two_party_plan: xr.Dataset) -> None:
    """Each lies within the print area of its sheet, clear of the table, on A4."""
    book, words = book_of(two_party_plan, "kk"), Words("kk")
    for name in CHARTS:
        sheet = book[words.text(f"sheet.{name}")]
        last = int(re.findall(r"\d+", sheet.print_area)[-1])
        filled = max(cell.row for row in sheet.iter_rows() for cell in row if isinstance(cell.value, float))
        for chart in sheet._charts:
            assert filled - 1 <= chart.anchor._from.row + 1 < chart.anchor.to.row <= last, name
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) in {("9", "landscape"), (9, "landscape")}


def test_a_chart_of_a_table_that_is_not_there_is_left_out() -> None:
    """Many charts go on pages of so many rows."""
    chart = Chart("x", "line", (Series("a", (0, 3), (1, 1), "elsewhere"),))
    assert make_chart(None, chart, {"here": Cells("Here", 4)}, "here", (100.0, 50.0)) is None
    grid = Grid(14, 900.0, 480.0)
    assert (grid.across, grid.lines) == (3, 5)
    assert grid.breaks(10) == [10, 10 + 4 * grid.rows]
    assert grid.size(0)[0] == 300
    assert Grid(13, 900.0, 480.0).size(12)[0] == 900
