"""Series, traces and measurements from the tables of others: aliases, stations, agencies that differ, workbooks of OpenDocument."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.imports import made
from tests.imports.workbooks import write_book
from waterdeal.basin.read import read_basin
from waterdeal.ensemble.traces import read_traces
from waterdeal.errors import FileProblem, InputError
from waterdeal.imports.actual import read_actual
from waterdeal.imports.files import read_sheets
from waterdeal.imports.grid import Notes
from waterdeal.imports.rates import rates_by_name
from waterdeal.scenario.series import check_series, parse_series, series_files

SMALL = Path(__file__).parents[2] / "docs/how-to/two-party/two_party"
NAMES = {"naryn": ["Нарын"], "chirchik": ["Чирчик"]}
STATION = """# Title:                 GRDC STATION DATA FILE
# Field delimiter:       ;
# missing values are indicated by -999.000
# GRDC-No.:              2000000
# Station:               UPPER
# Unit of measure:                  m³/s
# DATA
YYYY-MM-DD;hh:mm; Value
2026-04-01;--:--;     12.500
2026-04-02;--:--;   -999.000
2026-04-03;--:--;     14.000
"""


def test_a_station_goes_by_its_number(tmp_path: Path) -> None:
    """The number is an alias of a node; without one the file is refused with the number; a gap stays one."""
    basin = shutil.copytree(SMALL, tmp_path / "basin")
    (tmp_path / "station.txt").write_bytes(STATION.replace("\n", "\r\n").encode("latin-1"))
    with pytest.raises(InputError, match=r"not recognised: 2000000.*aliases\.csv"):
        parse_series(tmp_path / "station.txt", read_basin(basin))
    (basin / "aliases.csv").write_text("alias,id\n2000000,headwater\n", encoding="utf-8")
    found = parse_series(tmp_path / "station.txt", read_basin(basin))
    assert found["node"].values.tolist() == ["headwater"]
    assert found.sel(time="2026-04-01").item() == 12.5
    assert np.isnan(found.sel(time="2026-04-02").item())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("Нарын;2026-04;10;м3/с;Казгидромет\nНарын;2026-04;11;м3/с;Узгидромет\n", "two values"),
        ("Нарын;2026-04;10;м3/с;\nНарын;2026-04;28,92;млн м3;\n", "a rate and a volume of naryn"),
        ("Нарын;2026-04;10;м3/с;\nНарын;2026-04-11;10;м3/с;\n", "overlaps"),
        ("Нарын;2026-04;10;;\n", "the unit of naryn is not said"),
        ("Наарин;2026-04;10;м3/с;\nЧырчык;2026-04;10;м3/с;\n", "2 not recognised: Наарин; Чырчык"),
    ],
)
def test_what_is_open_is_refused(tmp_path: Path, rows: str, words: str) -> None:
    """Agencies or units that give a place two figures, steps that overlap, no unit, no name."""
    (tmp_path / "a.csv").write_text(f"Пост;Дата;Значение;Ед. изм.;Источник\n{rows}", encoding="cp1251")
    with pytest.raises((InputError, ValueError), match=words):
        rates_by_name(tmp_path / "a.csv", NAMES, "start")


def test_roman_months_days_down_and_dates_with_them(tmp_path: Path) -> None:
    """A yearbook: days down, Roman months across, the year above; and dates such as 01.IV.2026."""
    months = ["I", "II", "III", "IV", "V"]
    lengths = [31, 28, 31, 30, 31]
    rows = [["Нарын, расход воды, м3/с, 2026 г."], ["Число", *months]]
    rows += [[str(day), *(str(100 * (at + 1) + day) if day <= lengths[at] else "" for at in range(5))] for day in range(1, 32)]
    (tmp_path / "a.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    found = rates_by_name(tmp_path / "a.csv", NAMES, "start").sel(node="naryn")
    assert found.sel(time="2026-04-30").item() == 430
    assert found.sel(time="2026-02-28").item() == 228
    assert found.sizes["time"] == sum(lengths)
    (tmp_path / "b.csv").write_text("Пост;Дата;Расход, м3/с\nНарын;01.IV.2026;5\nНарын;02.IV.2026;6\n", encoding="utf-8")
    assert rates_by_name(tmp_path / "b.csv", NAMES, "start").values.tolist() == [[5.0, 6.0]]


@pytest.mark.parametrize("head", [["прогноз", "норма"], ["мин", "ср"]])
def test_a_forecast_is_what_a_series_is_made_of(head: list[str], tmp_path: Path) -> None:
    """In the name of the sheet, the heading, the header and beside a place; of measurements it is none."""
    rows = [["Прогноз притока, м3/с, 2026"], ["Пост", "Апрель", None], ["", *head], ["Нарын", 10, 11], ["Чирчик, прогноз", 20, 21]]
    path = write_book(tmp_path / "a.xlsx", {"Прогноз": rows})
    at = 0 if head[0] == "прогноз" else 1
    assert rates_by_name(path, NAMES, "start").sel(node=["naryn", "chirchik"]).values.tolist() == [[10 + at], [20 + at]]
    with pytest.raises(InputError, match="no table"):
        read_actual(path, NAMES)


def test_names_that_no_node_has_are_told_with_the_node_that_is_missing(tmp_path: Path) -> None:
    """What is missing may be what was not recognised."""
    basin = read_basin(SMALL)
    rows = [["Приток, м3/с, 2026"], ["Пост", "Апрель"], [basin.ids("nodes")[-1], 1], ["Верхний Бештентяк", 2]]
    found = parse_series(write_book(tmp_path / "a.xlsx", {"Лист1": rows}), basin, "start")
    told = [str(problem) for problem in check_series(found, "a.xlsx", basin)]
    assert told
    assert all("is missing; names that no node has: Верхний Бештентяк" in one for one in told)


def test_traces_in_a_workbook(tmp_path: Path) -> None:
    """An ensemble with its columns by name is the same from CSV with semicolons and from xlsx."""
    table = pd.DataFrame({"trace": ["a", "a", "b", "b"], "node": "n", "time": pd.to_datetime(["2026-04-01", "2026-05-01"] * 2),
                          "runoff_m3s": [1.5, 2.0, 3.0, 4.0]})  # fmt: skip
    table.to_excel(tmp_path / "t.xlsx", index=False)
    table.to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",")
    first, second = read_traces(tmp_path / "t.xlsx"), read_traces(tmp_path / "t.csv")
    assert first.values.tolist() == [[[1.5, 2.0]], [[3.0, 4.0]]]
    assert second.equals(first)


def test_a_workbook_becomes_netcdf_and_back(tmp_path: Path) -> None:
    """A series with its columns by name needs no basin."""
    pd.DataFrame({"node": "n", "time": pd.date_range("2026-01-01", periods=3, freq="MS"), "runoff_m3s": [1.0, 2.0, 3.0]}).to_excel(
        tmp_path / "a.xlsx", index=False
    )
    series = parse_series(tmp_path / "a.xlsx")
    (tmp_path / "a.nc").write_bytes(series_files(series, Path("a.nc"))[""])
    assert parse_series(tmp_path / "a.nc").values.tolist() == [[1.0, 2.0, 3.0]]


def ods(body: str, before: str = "") -> bytes:
    """Make a workbook of OpenDocument of the XML of its tables."""
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style"))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", f"{before}<office:document-content{spaces}>{body}</office:document-content>")
    return held.getvalue()


def test_hidden_merged_and_formulas_of_opendocument(tmp_path: Path) -> None:
    """A hidden sheet is told and left out, a merged cell stands in all it covers, comments and formulas without a value are not read."""
    hide = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    cells = (
        '<table:table-row><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="1"><office:annotation><text:p>нет</text:p></office:annotation><text:p>Апрель</text:p></table:table-cell>'
        '<table:covered-table-cell/></table:table-row><table:table-row table:visibility="collapse"><table:table-cell table:formula="=A1"/>'
        '<table:table-cell office:value-type="float" office:value="2"/></table:table-row>'
    )
    body = f'{hide}<table:table table:name="а" table:style-name="h">{cells}</table:table><table:table table:name="б">{cells}</table:table>'
    (tmp_path / "a.ods").write_bytes(ods(body))
    notes = Notes("a.ods")
    (sheet,) = read_sheets(tmp_path / "a.ods", notes)
    assert sheet.filled(0, 1) == "Апрель"
    assert sheet.is_unread(1, 0)
    assert sheet.raw(1, 1) == 2.0
    assert [guess.why for guess in notes.guesses] == [
        "the sheet is hidden",
        "the row is hidden in the workbook and was read like any other",
    ]


def test_hostile_workbooks_of_opendocument(tmp_path: Path) -> None:
    """Entities are not opened, and a repeat beyond measure is refused at once."""
    (tmp_path / "a.ods").write_bytes(ods("", '<!DOCTYPE x [<!ENTITY a "aaaa">]>'))
    with pytest.raises(FileProblem, match="XML entities"):
        list(read_sheets(tmp_path / "a.ods", Notes("a.ods")))
    cell = '<table:table-cell table:number-columns-repeated="{}" office:value-type="float" office:value="2"/>'
    for rows, columns in ((2_000_000_000, 1), (1, 2_000_000_000)):
        row = f'<table:table-row table:number-rows-repeated="{rows}">{cell.format(columns)}</table:table-row>'
        (tmp_path / "b.ods").write_bytes(ods(f'<table:table table:name="б">{row}</table:table>'))
        with pytest.raises(FileProblem, match="is larger than"):
            list(read_sheets(tmp_path / "b.ods", Notes("b.ods")))


def test_measurements_go_by_aliases(tmp_path: Path) -> None:
    """What people call a gauge is read where the basin says so: in `track`, and where a plan is laid beside a record."""
    from waterdeal.cli.track import _spellings
    from waterdeal.run import load
    from waterdeal.tracking.observed import spellings

    folder = Path(shutil.copytree(SMALL.parent, tmp_path / "own"))
    (folder / "two_party/aliases.csv").write_text("alias,id\nПост 17,dam_delta\n", encoding="utf-8")
    case = load(folder / "dry.toml")
    assert "Пост 17" in _spellings(case.inputs)["dam_delta"]
    assert "Пост 17" in spellings(case.basin)["dam_delta"]


def test_members_of_pi_xml_are_traces(tmp_path: Path) -> None:
    """An ensemble of Delft-FEWS is given whole, its places by the names and aliases of a basin."""
    basin = tmp_path / "basin"
    shutil.copytree(SMALL, basin)
    (basin / "aliases.csv").write_text("alias,id\nUPPER,headwater\n", encoding="utf-8")
    texts = [made.pi_xml(tmp_path / "m.xml", extra=f"<ensembleMemberIndex>{at}</ensembleMemberIndex>").read_text() for at in range(2)]
    body = texts[1][texts[1].index("<series>") :].replace('value="10.0"', 'value="99.0"')
    (tmp_path / "m.xml").write_text(texts[0].replace("</TimeSeries>", body), encoding="utf-8")
    traces = read_traces(tmp_path / "m.xml", read_basin(basin))
    assert traces["node"].values.tolist() == ["headwater"]
    assert traces.sel(node="headwater").values[:, 0].tolist() == [10.0, 99.0]


def test_members_of_a_grid_are_traces(tmp_path: Path) -> None:
    """A mapping says where the nodes of an ensemble are, as it does for a series."""
    flow = xr.open_dataset(made.glofas(tmp_path / "a.nc"))["dis24"]
    xr.concat([flow, flow * 2], "number").assign_coords(number=[0, 1]).to_dataset(name="dis24").to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    traces = read_traces(tmp_path / "b.nc", read_basin(SMALL), {"points": {"headwater": [41.15, 72.05]}})
    assert traces.sel(node="headwater").values[:, 0].tolist() == [10.0, 20.0]
    with pytest.raises(InputError):
        read_traces(tmp_path / "b.nc", read_basin(SMALL), {"point": {}})
