"""The same figures in twelve layouts, as rows of cells: two places, 36 dekads of two years."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.calendar import StepKind, make_steps
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.calendar import Step

    Rows = list[list[Any]]

NAMES = {"naryn": ["Naryn", "Нарын", "р. Нарын"], "chirchik": ["Chirchik", "Чирчик"]}
RUSSIAN = {"naryn": "Нарын", "chirchik": "Чирчик"}
MONTHS = ("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь")
ROMAN = ("I", "II", "III")
YEARS = (2025, 2026)
STEPS = make_steps(date(2025, 1, 1), date(2027, 1, 1), StepKind.DEKAD)


def rate(place: str, step: Step) -> float:
    """The figure of a place and dekad, with two decimals, m3/s."""
    return round(100.25 + 7.5 * STEPS.index(step) + (0.5 if place == "naryn" else 1000.75), 2)


def _of(year: int) -> list[Step]:
    return [step for step in STEPS if step.start.year == year]


def _day(step: Step) -> datetime:
    return datetime(step.start.year, step.start.month, step.start.day)


def _dekads_by_month(label: str) -> Rows:
    """A header of two rows: months over I, II, III."""
    upper = [cell for month in MONTHS for cell in (month, None, None)]
    return [[label, *upper], [None, *ROMAN * 12]]


def tidy_labels() -> Rows:
    """A row for each value, steps by label."""
    return [["place", "step", "value", "unit"], *([p, s.label, rate(p, s), "m3/s"] for p in NAMES for s in STEPS)]


def tidy_dates() -> Rows:
    """A row for each value, dekads by their first days, Russian headings, the unit in one."""
    return [["Пост", "Дата", "Значение, м³/с"], *([RUSSIAN[p], _day(s), rate(p, s)] for p in NAMES for s in STEPS)]


def tidy_volumes() -> Rows:
    """A row for each value, as volumes, columns in another order."""
    rows = [[f"{s.start:%d.%m.%Y}", "млн м3", round(rate_to_volume(rate(p, s), s.days), 9), RUSSIAN[p]] for p in NAMES for s in STEPS]
    return [["Дата", "Ед. изм.", "Объем", "Пост"], *rows]


def tidy_own_columns() -> Rows:
    """The columns of a series by their own names."""
    return [["node", "time", "runoff_m3s"], *([p, _day(s), rate(p, s)] for p in NAMES for s in STEPS)]


def wide_labels() -> Rows:
    """Places down, labels of steps across."""
    return [["Пост, м3/с", *(s.label for s in STEPS)], *([RUSSIAN[p], *(rate(p, s) for s in STEPS)] for p in NAMES)]


def wide_dates() -> Rows:
    """Places down, dates across."""
    return [["Пост, м3/с", *(_day(s) for s in STEPS)], *([RUSSIAN[p], *(rate(p, s) for s in STEPS)] for p in NAMES)]


def times_down() -> Rows:
    """Dates down, places across, the unit in a second row."""
    rows = [[_day(s), *(rate(p, s) for p in NAMES)] for s in STEPS]
    return [["Дата", *RUSSIAN.values()], [None, "м3/с", "м3/с"], *rows]


def two_row_header() -> Rows:
    """A table for each year: months over dekads, places down."""
    rows: Rows = []
    for year in YEARS:
        rows += [[f"Расходы воды, м3/с, {year} г."], *_dekads_by_month("Пост")]
        rows += [[RUSSIAN[p], *(rate(p, s) for s in _of(year))] for p in NAMES]
        rows.append([])
    return rows


def years_down() -> Rows:
    """A table for each place: years down, months over dekads across."""
    rows: Rows = []
    for place in NAMES:
        rows += [[f"{RUSSIAN[place]}, расход, м3/с"], *_dekads_by_month("Год")]
        rows += [[year, *(rate(place, s) for s in _of(year))] for year in YEARS]
        rows.append([])
    return rows


def places_and_years_down() -> Rows:
    """Places and years down, months over dekads across."""
    head, below = _dekads_by_month("Пост")
    rows = [[RUSSIAN[p], f"{year} г.", *(rate(p, s) for s in _of(year))] for p in NAMES for year in YEARS]
    return [["Расход воды, м3/с"], [head[0], "Год", *head[1:]], [None, None, *below[1:]], *rows]


def months_down() -> Rows:
    """A table for each place and year: months down, dekads across."""
    rows: Rows = []
    for place in NAMES:
        for year in YEARS:
            rows += [[f"{RUSSIAN[place]}, расход, м3/с, {year} год"], ["Месяц", "I декада", "II декада", "III декада"]]
            steps = _of(year)
            rows += [[month, *(rate(place, s) for s in steps[3 * at : 3 * at + 3])] for at, month in enumerate(MONTHS)]
            rows.append([])
    return rows


def words_across() -> Rows:
    """Places down, dekads in words across, a table for each year."""
    genitive = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
    rows: Rows = []
    for year in YEARS:
        heads = [f"{at + 1}-я декада {month}" for month in genitive for at in range(3)]
        rows += [[f"Приток, м3/с, {year} г."], ["Наименование", *heads]]
        rows += [[RUSSIAN[p], *(rate(p, s) for s in _of(year))] for p in NAMES]
        rows.append([])
    return rows


LAYOUTS: dict[str, Callable[[], Rows]] = {
    made.__name__: made
    for made in (tidy_labels, tidy_dates, tidy_volumes, tidy_own_columns, wide_labels, wide_dates, times_down, two_row_header, years_down,
                 places_and_years_down, months_down, words_across)
}  # fmt: skip
