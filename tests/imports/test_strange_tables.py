"""Whatever stands in the cells, the reader ends in readings or in an error of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.imports.workbooks import NAMES, write_book, write_csv
from tests.thorough import examples
from waterdeal.errors import WaterdealError
from waterdeal.imports.actual import read_actual

WORDS = [
    None, "", "-", "Апрель", "Май 2022", "I", "II", "III", "1 дек.", "Всего", "средн.", "Итого", "в том числе:", "Узбекистан", "Казахстан", "Каль",
    "Канал Дустлик", "Токтогульское вдхр.", "Приток", "попуск, м³/с", "объём, млн м³", "Казгидромет", "разница", "Пост", "Дата", "Значение", "Ед. изм.",
    "2022-04-D1", "2022-04-01", "31.04.2022", "01.04", "2022 г.", "2021/22", "план", "факт", "1 144,2", "1,144", "н/д", "закрыт", "=1+1", 0, 1, 2, 3, -1, 12.5,
]  # fmt: skip
CELLS = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7), min_size=1, max_size=8)


def check(path: Path, *, strict: bool) -> None:
    """Read a file: readings in order, or one of the toolkit's own errors."""
    try:
        actual = read_actual(path, NAMES, 2022, strict)
    except WaterdealError:
        return
    readings = actual.readings
    assert (readings["start"] < readings["end"]).all()
    assert (readings["value"] >= 0).all()
    assert set(readings["place"]) <= set(NAMES)
    assert not readings.duplicated(["place", "quantity", "source", "start"]).any()


@examples(20, thorough=300)
@given(rows=CELLS, strict=st.booleans())
def test_any_workbook(rows: list[list[Any]], *, strict: bool) -> None:
    """Words of tables in any order, merged anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        check(write_book(Path(folder) / "a.xlsx", {"Факт": rows}, ["B1:C1", "A2:A3"]), strict=strict)


@examples(20, thorough=300)
@given(rows=CELLS, strict=st.booleans(), separator=st.sampled_from(";\t,"))
def test_any_csv(rows: list[list[Any]], *, strict: bool, separator: str) -> None:
    """The same as text."""
    text = "\n".join(separator.join("" if cell is None else f'"{cell}"' for cell in row) for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        check(write_csv(Path(folder) / "a.csv", text), strict=strict)


@examples(20, thorough=300)
@given(raw=st.binary(min_size=1, max_size=200))
def test_any_bytes(raw: bytes) -> None:
    """Bytes of no meaning."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(raw)
        check(path, strict=False)
