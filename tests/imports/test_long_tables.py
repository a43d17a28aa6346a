"""Long tables: one row for each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.imports.workbooks import NAMES, short, write_csv
from waterdeal.imports.actual import read_actual

if TYPE_CHECKING:
    from pathlib import Path

DEKADS = [
    ("kal_flow", "flow", "", "04-01", "04-11", 1144.2),
    ("kal_flow", "flow", "", "04-11", "04-21", 0.0),
    ("kal_flow", "flow", "", "04-21", "05-01", 7.5),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("thousands", [" ", "\u00a0"])
def test_long_csv_in_russian(tmp_path: Path, encoding: str, thousands: str) -> None:
    """Semicolons, decimal commas, spaces between thousands, columns in any order."""
    text = f"Дата;Ведомство;Пост;Значение;Ед. изм.\n2022-04-D1;;г/п Каль;1{thousands}144,2;м3/с\n2022-04-D2;;г/п Каль;0;м3/с\n2022-04-D3;;г/п Каль;7,5;м3/с\n"
    actual = read_actual(write_csv(tmp_path / "факт.csv", text, encoding), NAMES, strict=True)
    assert short(actual.readings) == DEKADS
    assert [guess.taken_as for guess in actual.guesses] == (["cp1251"] if encoding == "cp1251" else [])
    assert list(actual.readings["column"]) == ["D2", "D3", "D4"]
    assert list(actual.readings["unit"]) == ["m3/s"] * 3


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_long_csv_in_english_with_sources_and_quantities(tmp_path: Path, separator: str) -> None:
    """Sources, quantities and units have their columns; narrow spaces stand between thousands."""
    rows = [
        ("place", "start", "value", "unit", "source", "quantity"),
        ("shardara_inflow", "2022-04-01", "1\u202f144.2", "m3/s", "Kazhydromet", "flow"),
        ("shardara_inflow", "2022-04-01", "1298.2", "m3/s", "Узгидромет", "flow"),
        ("toktogul", "2022-04-01", "7.851", "km3", "", "storage"),
        ("toktogul_hpp", "2022-04", "300", "млн кВт·ч", "our own", "energy"),
        ("dustlik_uz", "2022-04", "40", "mln m3", "", "volume"),
    ]
    text = "\n".join(separator.join(row) for row in rows)
    assert short(read_actual(write_csv(tmp_path / "actual.csv", text), NAMES, strict=True).readings) == [
        ("dustlik_uz", "volume", "", "04-01", "05-01", 40.0),
        ("shardara_inflow", "flow", "kazhydromet", "04-01", "04-02", 1144.2),
        ("shardara_inflow", "flow", "uzhydromet", "04-01", "04-02", 1298.2),
        ("toktogul", "storage", "", "04-01", "04-02", 7851.0),
        ("toktogul_hpp", "energy", "our own", "04-01", "05-01", 300.0),
    ]


def test_long_table_of_the_operators(tmp_path: Path) -> None:
    """Reservoir, station, measure and time of day, as in the operators' own record; mornings are left out."""
    text = """Reservoir,Station,Date,Measure,TimeOfDay,Value,Unit,Season
Токтогульское вдхр.,,2022-04-02,приток,сред.,173.0,м³/с,вегетация
Токтогульское вдхр.,,2022-04-02,попуск,сред.,129.0,м³/с,вегетация
Токтогульское вдхр.,,2022-04-02,объем,сред.,7851.0,млн м³,вегетация
г/п Каль,,2022-04-02,расход,сред.,342.0,м³/с,вегетация
г/п Каль,,2022-04-02,расход,утро,403.0,м³/с,вегетация
Шардаринское вдхр.,Казгидромет,2022-04-02,приток,сред.,1083.5,м³/с,вегетация
Шардаринское вдхр.,Узгидромет,2022-04-02,приток,сред.,1157.5,м³/с,вегетация
река Угам,,2022-04-02,расход,сред.,24.0,м³/с,вегетация
"""
    actual = read_actual(write_csv(tmp_path / "tidy.csv", text), NAMES)
    assert [(place, quantity, source, value) for place, quantity, source, *_, value in short(actual.readings)] == [
        ("kal_flow", "flow", "", 342.0),
        ("naryn_toktogul", "flow", "", 173.0),
        ("shardara_inflow", "flow", "kazhydromet", 1083.5),
        ("shardara_inflow", "flow", "uzhydromet", 1157.5),
        ("toktogul", "storage", "", 7851.0),
        ("toktogul_release", "flow", "", 129.0),
    ]
    assert [guess.found for guess in actual.guesses if guess.taken_as == "an ignored row"] == ["река Угам расход"]
    assert [guess.found for guess in actual.guesses if guess.taken_as == "no data, left out"] == ["г/п Каль расход утро", "Season"]


def test_long_table_with_start_and_end(tmp_path: Path) -> None:
    """An end is the day after, or the last day, whichever makes a step."""
    head = "place,start,end,value,unit\n"
    exclusive = write_csv(tmp_path / "a.csv", head + "kal_flow,2022-04-01,2022-04-11,5,m3/s\nkal_flow,2022-04-11,2022-04-21,6,m3/s\n")
    inclusive = write_csv(tmp_path / "b.csv", head + "kal_flow,2022-04-01,2022-04-10,5,m3/s\nkal_flow,2022-04-11,2022-04-20,6,m3/s\n")
    assert short(read_actual(exclusive, NAMES, strict=True).readings) == short(read_actual(inclusive, NAMES).readings)
    assert "the last day" in read_actual(inclusive, NAMES).guesses[0].taken_as


@pytest.mark.parametrize(
    ("value", "unit"), [("31", "GWh"), ("31000", "МВт·ч"), ("31000000", "kWh"), ("31", "млн кВт·ч"), ("41.6666666667", "МВт"), ("41666.6666667", "kW")]
)  # fmt: skip
def test_meters_in_any_unit(tmp_path: Path, value: str, unit: str) -> None:
    """31 GWh of October are a mean power of 41.7 MW: a GWh a day."""
    text = f"place,quantity,date,value,unit\ntoktogul_hpp,energy,2025-10,{value},{unit}\n"
    found = read_actual(write_csv(tmp_path / "meter.csv", text), NAMES, strict=True).readings
    assert short(found) == [("toktogul_hpp", "energy", "", "10-01", "11-01", pytest.approx(31))]
    assert found["unit"].tolist() == ["GWh"]


@pytest.mark.parametrize(("unit", "due"), [("MWh", 1.2), ("MW", 1.2), ("m3/s", 50.0)])
def test_hours_of_a_meter_add_up(tmp_path: Path, unit: str, due: float) -> None:
    """24 hours of 50 MWh are 1.2 GWh, as is a day at 50 MW; rates are averaged."""
    rows = "".join(f"toktogul_hpp,2025-10-01 {hour:02d}:00,50,{unit}\n" for hour in range(24))
    found = read_actual(write_csv(tmp_path / "hours.csv", f"place,date,value,unit\n{rows}"), NAMES)
    assert found.readings["value"].tolist() == pytest.approx([due])
    assert [guess.taken_as for guess in found.guesses] == [f"the {'sum' if unit == 'MWh' else 'mean'} of the day"]
