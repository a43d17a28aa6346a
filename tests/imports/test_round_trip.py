"""Random values written in each layout read back the same."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imports.workbooks import NAMES, write_book, write_csv
from tests.thorough import examples
from waterdeal.calendar import Step, StepKind, make_steps
from waterdeal.imports.actual import read_actual

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = {"kal_flow": "г/п Каль", "akjar_flow": "Гидропост «Акджар»", "bekabad_uz": "Канал Бекабад"}
MONTHS = ["Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь"]
DEKADS = make_steps(date(2022, 4, 1), date(2022, 10, 1), StepKind.DEKAD)
DAYS = make_steps(date(2022, 4, 1), date(2022, 5, 1), StepKind.DAY)
Values = dict[str, list[float | None]]


def tables(length: int) -> st.SearchStrategy[Values]:
    """Draw a value or a gap for each place and step."""
    cell = st.none() | st.integers(0, 30_000_000).map(lambda thousandths: thousandths / 1000)
    return st.fixed_dictionaries({place: st.lists(cell, min_size=length, max_size=length) for place in PLACES})


def expected(values: Values, steps: tuple[Step, ...]) -> set[tuple[Any, ...]]:
    """List what should be read."""
    return {
        (place, step.start, step.end, value)
        for place, row in values.items()
        for step, value in zip(steps, row, strict=True)
        if value is not None
    }


def number(value: float | None) -> str:
    """Write a number as a Russian office does; three decimals leave no doubt beside two."""
    return "н/д" if value is None else f"{value:,.4f}".replace(",", "\u00a0").replace(".", ",")


def long_csv(folder: Path, values: Values, steps: tuple[Step, ...]) -> Path:
    """One row a value, semicolons, cp1251."""
    rows = [
        f"{PLACES[place]};{step.label};{number(value)};м3/с"
        for place, row in values.items()
        for step, value in zip(steps, row, strict=True)
    ]
    return write_csv(
        folder / "a.csv", "\n".join(["Пост;Дата;Значение;Ед. изм.", *(row.replace("«", "").replace("»", "") for row in rows)]), "cp1251"
    )


def wide_csv(folder: Path, values: Values, steps: tuple[Step, ...]) -> Path:
    """One column a step."""
    rows = [";".join([PLACES[place], *map(number, row)]) for place, row in values.items()]
    return write_csv(folder / "a.csv", "\n".join([";".join(["Расход, м3/с", *(step.label for step in steps)]), *rows]), "utf-8-sig")


def two_rows(folder: Path, values: Values, steps: tuple[Step, ...]) -> Path:
    """Months merged over dekads, each month with its mean."""
    top: list[Any] = ["Пост"]
    below: list[Any] = [None]
    for month in MONTHS:
        top += [month.upper(), None, None, None]
        below += ["I", "II", "III", "средн."]
    body = []
    for place, row in values.items():
        line: list[Any] = [PLACES[place]]
        for start in range(0, len(row), 3):
            part, days = row[start : start + 3], [step.days for step in steps[start : start + 3]]
            known = [value for value in part if value is not None]
            mean = sum(value * length for value, length in zip(known, days, strict=False)) / sum(days) if len(known) == 3 else "-"
            line += [*part, mean]
        body.append(line)
    merged = [f"{_letter(1 + 4 * number)}2:{_letter(4 + 4 * number)}2" for number in range(6)]
    return write_book(folder / "a.xlsx", {"Факт": [["Расход воды, м³/с, 2022 г."], top, below, *body]}, merged)


def _letter(column: int) -> str:
    return chr(65 + column)


def dates_down(folder: Path, values: Values, steps: tuple[Step, ...]) -> Path:
    """Dates down the rows as texts, gauges across, a unit row."""
    head = [["Дата", *(PLACES[place] for place in values)], [None, *["м³/с"] * len(values)]]
    rows = [[f"{step.start:%d.%m.%Y}", *(row[number] for row in values.values())] for number, step in enumerate(steps)]
    return write_book(folder / "a.xlsx", {"Факт": [*head, *rows]})


CASES = [(long_csv, DEKADS), (wide_csv, DEKADS), (two_rows, DEKADS), (long_csv, DAYS), (wide_csv, DAYS), (dates_down, DAYS)]


@pytest.mark.parametrize(("write", "steps"), CASES, ids=lambda part: part.__name__ if callable(part) else part[0].kind)
@examples(2, thorough=50)
@given(data=st.data())
def test_values_read_back(write: Callable[..., Path], steps: tuple[Step, ...], data: st.DataObject) -> None:
    """Every value comes back at its place and period, strictly; gaps stay gaps."""
    values = data.draw(tables(len(steps)))
    if all(value is None for row in values.values() for value in row):
        values["kal_flow"][0] = 0.0
    with tempfile.TemporaryDirectory() as folder:
        actual = read_actual(write(Path(folder), values, steps), NAMES, strict=True)
    found = {(row.place, row.start.date(), row.end.date(), row.value) for row in actual.readings.itertuples()}
    assert found == expected(values, steps)
    assert set(actual.readings["unit"]) == {"m3/s"}
