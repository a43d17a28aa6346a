"""Running totals are differenced where that is sure, else refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.imports.workbooks import NAMES, short, write_book, write_csv
from waterdeal.errors import ActualDataError
from waterdeal.imports.actual import read_actual

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "Объем стока нарастающим итогом с 1 апреля, млн м3, 2026 г."
MONTHS = [("kal_flow", "volume", "", f"0{month}-01", f"0{month + 1}-01", value) for month, value in ((4, 30), (5, 30), (6, 45))]


def table(*numbers: Any, head: str = HEAD, months: tuple[str, ...] = ("апрель", "май", "июнь")) -> list[list[Any]]:
    """A heading, months, and one row of totals."""
    return [[head], ["Пост", *months], ["Каль", *numbers]]


def test_differences_of_running_totals(tmp_path: Path) -> None:
    """What is told of a wide sheet and of a long one are the amounts of the months."""
    wide = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": table(30, 60, 105)}), NAMES)
    assert short(wide.readings) == MONTHS
    assert "running totals" in {str(guess.why) for guess in wide.guesses}
    text = f"{HEAD}\nПост;Месяц;Значение\nКаль;апрель 2026;30\nКаль;май 2026;60\nКаль;июнь 2026;105\n"
    assert short(read_actual(write_csv(tmp_path / "a.csv", text), NAMES).readings) == MONTHS


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (table(30, 60, 105, head="Сток нарастающим итогом, млн м3, 2026 г."), "since when"),
        (table(30, 60, 105, head=HEAD.replace("апреля", "марта")), "since when"),
        (table(30, 60, 105, head=HEAD.replace("млн м3", "м3/с").replace("Объем стока", "Расход")), "rate"),
        (table(30, 25, 105), "falls"),
        (table(30, 60, 105, months=("апрель", "май", "июль")), "follow one another"),
    ],
)
def test_running_totals_that_are_not_sure(tmp_path: Path, rows: list[list[Any]], words: str) -> None:
    """Nothing is taken as the amount of a period that is not."""
    with pytest.raises(ActualDataError, match=words):
        read_actual(write_book(tmp_path / "a.xlsx", {"Факт": rows}), NAMES)


def test_totals_as_of_the_last_days_of_dekads(tmp_path: Path) -> None:
    """Each is the total to its day, the first since the day that is said; days within dekads may be counted or not, and are refused."""
    months = ("на 20.04.2026", "на 30.04.2026", "на 10.05.2026")
    found = read_actual(write_book(tmp_path / "a.xlsx", {"Факт": table(30, 60, 105, months=months)}), NAMES)
    assert [row[3:] for row in short(found.readings)] == [("04-01", "04-21", 30), ("04-21", "05-01", 30), ("05-01", "05-11", 45)]
    with pytest.raises(ActualDataError, match="since when"):
        read_actual(write_book(tmp_path / "a.xlsx", {"Факт": table(30, 60, 105, months=(*months[:2], "на 09.05.2026"))}), NAMES)


@pytest.mark.parametrize(
    "head",
    ["Көлем өспелі қорытындымен 1 сәуірден, млн м3, 2026", "Hajm, oʻsib boruvchi, 1 apreldan, mln m3, 2026", "Объем с начала вегетации, млн м3, 2026"],
)
def test_since_when_in_other_words(tmp_path: Path, head: str) -> None:
    """By the ending of a month, or by the season that begins with the first period."""
    assert short(read_actual(write_book(tmp_path / "a.xlsx", {"Факт": table(30, 60, 105, head=head)}), NAMES).readings) == MONTHS


def test_a_remark_that_calls_figures_running_totals(tmp_path: Path) -> None:
    """Below the table it is refused, as nobody knows which are meant; where a heading says so too it is, and rates are none."""
    plain, remark = "Объем стока, млн м3, 2026 г.", ["Примечание: данные даны нарастающим итогом с 1 апреля"]
    with pytest.raises(ActualDataError, match="Примечание"):
        read_actual(write_book(tmp_path / "a.xlsx", {"Факт": [*table(30, 60, 105, head=plain), remark]}), NAMES)
    assert short(read_actual(write_book(tmp_path / "b.xlsx", {"Факт": [*table(30, 60, 105), remark]}), NAMES).readings) == MONTHS
    rates = [*table(30, 60, 105, head="Расход, м3/с, 2026 г."), remark]
    assert read_actual(write_book(tmp_path / "c.xlsx", {"Факт": rates}), NAMES).readings["value"].tolist() == [30, 60, 105]
