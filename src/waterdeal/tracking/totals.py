"""Check the totals of a table against what they sum; they are never read as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from waterdeal.tracking.grid import cell_text
from waterdeal.tracking.quantities import Unit, find_units
from waterdeal.tracking.slots import Role, Slot
from waterdeal.tracking.words import country_codes, holds, split_words
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waterdeal.tracking.layout import Block
    from waterdeal.tracking.match import Kind
    from waterdeal.tracking.notes import Notes, Spot
    from waterdeal.tracking.rows import Series

TOLERANCE = 0.01
_WHY = "the table's own total does not close"


@dataclass
class Table:
    """The numbers of one table as they stand.

    Parameters
    ----------
    block : Block
        Where they stand.
    slots : list of Slot
        Columns of values and totals.
    series : list of Series
        Rows of values and totals.
    values : dict
        Number of each cell that has one.
    kinds : dict
        What each cell of a known place measures.
    """

    block: Block
    slots: list[Slot]
    series: list[Series]
    values: dict[tuple[int, int], float] = field(default_factory=dict)
    kinds: dict[tuple[int, int], Kind] = field(default_factory=dict)

    def number(self, row: int, column: int) -> float | None:
        """Return the number of a cell."""
        return self.values.get((row, column))


def check_totals(table: Table, notes: Notes) -> None:
    """Check total columns, total rows and parts of canals.

    Parameters
    ----------
    table : Table
        The numbers.
    notes : Notes
        Gathers totals that miss their sum or mean by more than 1 %.
    """
    for number, slot in enumerate(table.slots):
        if slot.role is Role.TOTAL:
            for series in table.series:
                if series.role is Role.VALUE and series.place is not None:
                    _check_column(table, series, number, notes)
    for number, series in enumerate(table.series):
        if series.role is Role.TOTAL and not holds(series.labels.text, "totals", "mean"):
            _check_row(table, number, notes)
    _check_parts(table, notes)


def _check_column(table: Table, series: Series, number: int, notes: Notes) -> None:
    """Check one row's cell in a total column."""
    slot = table.slots[number]
    total = table.number(series.row, slot.column)
    if total is None:
        return
    expected: list[float] = []
    slack = _half_digit([total])
    for parts in _summed_slots(table.slots, number):
        numbers = [table.number(series.row, part.column) for part in parts]
        known = [value for value in numbers if value is not None]
        kinds = {table.kinds.get((series.row, part.column)) for part in parts}
        kind = kinds.pop() if len(kinds) == 1 else None
        if not parts or kind is None or len(known) < len(numbers):
            return
        expected += _expected(slot, parts, known, kind)
        if kind.quantity == "flow":  # a mean of rounded rates
            slack = max(slack, _half_digit([total]) + _half_digit(known))
    _report(expected, total, slack, table.block.sheet.spot(series.row, slot.column), notes)


def _summed_slots(slots: list[Slot], number: int) -> Iterator[list[Slot]]:
    """Yield the columns that a total may sum: its own period, its month, those since the last total, or all."""
    total = slots[number]
    values = [slot for slot in slots if slot.role is Role.VALUE and slot.about[1] == total.about[1]]
    if total.start and total.end:
        yield [slot for slot in values if slot.start and slot.end and total.start <= slot.start and slot.end <= total.end]
        return
    whole = any(holds(text, "totals", "whole") for text in total.texts[:1])
    if total.when.month and not whole:
        yield [slot for slot in values if slot.when.month == total.when.month and total.when.year in {None, slot.when.year}]
        return
    if not whole:
        last = max((other.column for other in slots[:number] if other.role is Role.TOTAL), default=-1)
        recent = [slot for slot in values if last < slot.column < total.column]
        if recent:
            yield recent
    yield values


def _expected(slot: Slot, parts: list[Slot], numbers: list[float], kind: Kind) -> list[float]:
    """Return what a total should be, in the unit it stands in; several where the header leaves it open."""
    days = [(part.stretched or part.end or part.start).toordinal() - part.start.toordinal() for part in parts if part.start]
    mean = sum(value * length for value, length in zip(numbers, days, strict=True)) / sum(days)
    if kind.quantity == "storage":
        return [mean, sum(numbers) / len(numbers)] if holds(slot.label, "totals", "mean") else []
    if kind.quantity != "flow":
        return [mean if holds(slot.label, "totals", "mean") else sum(numbers) * _ratio(slot, kind)]
    volume = sum(rate_to_volume(value * kind.factor, length) for value, length in zip(numbers, days, strict=True))
    units = [unit for unit in find_units(slot.label) if unit.dimension == "volume"]
    if units:
        return [volume / units[0].factor]
    return [mean, volume] if holds(slot.label, "totals", "sum") else [mean]


def _ratio(slot: Slot, kind: Kind) -> float:
    """Return the parts' unit in units of the total, where the total's header states another."""
    units: list[Unit] = [unit for unit in find_units(slot.label) if unit.inside == kind.unit]
    return kind.factor / units[0].factor if units else 1.0


def _check_row(table: Table, number: int, notes: Notes) -> None:
    """Check a total row against the rows above it, column by column, until one does not close."""
    total = table.series[number]
    above = [one for one in table.series[:number] if one.section == total.section]
    since = max((place for place, one in enumerate(above) if one.role is Role.TOTAL), default=-1)
    rows = [one for one in above if one.role is Role.VALUE and one.part_of is None]
    recent = [one for one in above[since + 1 :] if one.role is Role.VALUE and one.part_of is None]
    countries = {country_codes()[word] for word in split_words(total.labels.text) if word in country_codes()}
    parts = [one for one in above if one.role is Role.VALUE and countries & _countries(one)]
    for slot in table.slots:
        value = table.number(total.row, slot.column)
        if slot.role is not Role.VALUE or value is None:
            continue
        expected: list[float] = []
        for group in (recent, rows, parts):
            if group and not _add_up(table, group, slot, expected):
                return
        if _report(expected, value, _half_digit([value]), table.block.sheet.spot(total.row, slot.column), notes):
            return


def _countries(series: Series) -> set[str]:
    """Return the countries that a row names."""
    return {country_codes()[word] for word in split_words(series.labels.text) if word in country_codes()}


def _add_up(table: Table, group: list[Series], slot: Slot, expected: list[float]) -> bool:
    """Add the sum of a group of rows to what is expected; not where a number is missing or units differ."""
    numbers = [table.number(one.row, slot.column) for one in group]
    known = [value for value in numbers if value is not None]
    kinds = {table.kinds.get((one.row, slot.column)) for one in group if one.place is not None}
    units = {(kind.quantity, kind.factor) for kind in kinds if kind}
    if len(known) < len(numbers) or len(units) > 1 or (len(group) < 2 and any(unit[0] == "storage" for unit in units)):
        return False
    expected.append(sum(known))
    return True


def _check_parts(table: Table, notes: Notes) -> None:
    """Check that the parts of a canal ("в том числе") are not more than the canal."""
    parts: dict[int, list[Series]] = {}
    for one in table.series:
        if one.part_of is not None and one.role is Role.VALUE:
            parts.setdefault(one.part_of, []).append(one)
    for row, group in parts.items():
        for slot in table.slots:
            whole = table.number(row, slot.column)
            numbers = [table.number(one.row, slot.column) or 0.0 for one in group]
            if slot.role is Role.VALUE and whole is not None and sum(numbers) > whole * (1 + TOLERANCE) + _half_digit([whole, *numbers]):
                spot = table.block.sheet.spot(row, slot.column)
                notes.guess(spot, f"{whole:g}; its parts add up to {sum(numbers):g}", "both as they stand", _WHY)
                break


def _report(expected: Iterable[float], total: float, slack: float, spot: Spot, notes: Notes) -> bool:
    """Report a total that is none of the numbers expected of it."""
    expected = list(expected)
    if not expected or any(abs(total - value) <= max(TOLERANCE * abs(value), slack) for value in expected):
        return False
    notes.guess(spot, f"{total:g}; its parts give {expected[0]:g}", "left out", _WHY)
    return True


def _half_digit(numbers: list[float]) -> float:
    """Return half of the last digit written, which rounding may add."""
    decimals = max(len(cell_text(number).partition(".")[2]) for number in numbers)
    return 0.5000001 * 10.0**-decimals
