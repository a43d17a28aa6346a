"""Read tables of actual data as agencies send them, and report every guess."""

from __future__ import annotations

from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import ActualDataError, make_problem
from waterdeal.imports.dates import says_day_first
from waterdeal.imports.files import read_sheets
from waterdeal.imports.grid import IGNORED, IGNORED_ROW, LEFT_OUT, NO_DATA, Notes, Spot
from waterdeal.imports.numbers import is_number, learn_marks
from waterdeal.imports.places import Places
from waterdeal.imports.reading import DAY, Actual, Reading, to_frame
from waterdeal.imports.running import fault_remarks
from waterdeal.imports.spelled_times import spell_times
from waterdeal.imports.tidy import read_tidy
from waterdeal.imports.wide import half_digit, read_wide
from waterdeal.imports.words import holds, is_left_out, plain, word_list
from waterdeal.units import rate_to_volume
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from waterdeal.imports.grid import Guess, Sheet


#: why a name is passed over
_STRANGE_NAMES = frozenset(
    {"imports.no_name", "imports.no_own_name", "imports.unknown_place", "imports.sheet_unknown", "imports.several_places"}
)
_MOST_NAMES = 8
#: by how much a volume may differ from its rates, of it, both being rounded
_ROUNDED = 0.01
#: how many times any other figure of its series a code of nines is at least
_FAR = 5.0


def read_actual(
    path: Path | str,
    names: Mapping[str, Sequence[str]],
    year: int | None = None,
    strict: bool = False,
    reservoirs: Collection[str] | None = None,
    series: str | None = None,
) -> Actual:
    """Read a file of actual data: CSV or xlsx, long or wide, times across or down.

    Parameters
    ----------
    path : pathlib.Path or str
        The file.
    names : mapping of str to sequence of str
        Spellings of each known id in all languages; the ids themselves count.
    year : int, optional
        Year of tables that do not state one.
    strict : bool
        Refuse every guess of meaning instead of reporting it.
    reservoirs : collection of str, optional
        Ids that hold water, whose volumes are storages; told from the names where not given.
    series : str, optional
        That the table is a series of inflow, whose unit is never assumed: ``end`` where dates that stand for dekads or months are those
        of their ends, ``start`` where of their beginnings, empty where nobody says.

    Returns
    -------
    Actual
        Readings in inside units, and every guess.

    Raises
    ------
    FileProblem
        If the file cannot be read or is too large.
    ActualDataError
        With every problem: nothing found, no year, a value twice, mixed steps; in strict mode, every guess.
    """
    path = Path(path)
    notes = Notes(path.name, strict, series is not None, series or "")
    places = Places(names, reservoirs)
    sheets = [_read_sheet(sheet, places, year, notes) for sheet in read_sheets(path, notes, places.spellings())]
    if all(found is None for found in sheets):
        notes.fault(Spot(None, ""), "imports.no_table")
    readings = _check_repeats(_drop_codes(list(chain.from_iterable(filter(None, sheets))), notes), notes)
    if not readings and not notes.problems:
        _fault_nothing(notes)
    if notes.problems:
        raise ActualDataError(path.name, notes.problems)
    return Actual(to_frame(readings), tuple(notes.guesses))


def _fault_nothing(notes: Notes) -> None:
    """Report that no figure of a known place was read, with what was not recognised."""
    strange = [guess for guess in notes.guesses if getattr(guess.why, "key", "") in _STRANGE_NAMES]
    if strange:
        names = "; ".join(dict.fromkeys(guess.found for guess in strange[:_MOST_NAMES]))
        notes.fault(Spot(None, strange[0].where), "imports.nothing_known", count=len(strange), names=names, why=strange[0].why)
    elif notes.missing is not None:
        notes.mention(*notes.missing, IGNORED, "imports.all_missing")


def nothing_read(path: Path, guesses: Sequence[Guess], otherwise: str) -> ActualDataError:
    """Say why a file that was understood gave no reading: by the first cell that was passed over, or by another key where none was."""
    passed = [guess for guess in guesses if guess.taken_as in {IGNORED, IGNORED_ROW, NO_DATA, LEFT_OUT}]
    if not passed:
        return ActualDataError(path.name, [make_problem(path.name, None, "", otherwise)])
    first = min(passed, key=lambda guess: guess.taken_as in {NO_DATA, LEFT_OUT})
    told = {"count": len(passed), "found": first.found, "why": first.why}
    return ActualDataError(path.name, [make_problem(path.name, None, first.where, "imports.nothing_left", **told)])


def _read_sheet(sheet: Sheet, places: Places, year: int | None, notes: Notes) -> list[Reading] | None:
    """Read one sheet; None where it holds no table of data, which is reported."""
    if plain(sheet.name) in word_list("sheets", "ignored"):
        notes.mention(sheet.whole(), sheet.name, NO_DATA, "imports.sheet_explains")
        return None
    cells = [cell for row in sheet.rows for cell in row]
    if sheet.name and is_left_out(sheet.name, notes, "words") and not holds(sheet.name, "time", "actual"):
        notes.guess(sheet.whole(), sheet.name, NO_DATA, "imports.sheet_plan")
        return None
    sheet, marks = spell_times(sheet, notes), learn_marks(cells)
    notes.day_first = says_day_first(cells)
    readings = read_tidy(sheet, places, year, marks, notes)
    if readings is None:
        readings = read_wide(sheet, places, year, marks, notes)
    if readings:
        _tell_corrections(sheet, places, notes)
        fault_remarks(sheet, readings, notes)
    if readings is None and sheet.name:
        report = notes.guess if any(map(is_number, cells)) else notes.mention
        report(sheet.whole(), sheet.name, NO_DATA, "imports.sheet_untimed")
    return readings


def _tell_corrections(sheet: Sheet, places: Places, notes: Notes) -> None:
    """Report a figure that a text corrects in words: the table says another, and which one holds only a person knows."""
    for row, cells in enumerate(sheet.rows):
        texts = [] if any(map(is_number, cells)) else [(column, cell) for column, cell in enumerate(cells) if isinstance(cell, str)]
        for column, cell in texts:
            if holds(cell, "names", "corrected") and any(map(str.isdigit, cell)):
                report = notes.guess if places.within(cell) else notes.mention
                report(sheet.spot(row, column), cell, IGNORED, "imports.corrected_in_words")


def _drop_codes(readings: list[Reading], notes: Notes) -> list[Reading]:
    """Leave out figures of nines alone that are far above all others of their series; in a series of inflow they are a problem."""
    found: list[Reading] = []
    most: dict[tuple[str, str], float] = {}
    for one in readings:
        if one.column not in notes.nines:
            most[one.place, one.quantity] = max(one.value, most.get((one.place, one.quantity), 0.0))
    for one in readings:
        above = one.column in notes.nines and one.value > _FAR * most.get((one.place, one.quantity), float("inf"))
        if above and notes.series:
            notes.fault(Spot(one.row, one.column), "imports.series_code", value=one.value)
        elif above:
            notes.guess(Spot(one.row, one.column), f"{one.value:g}", IGNORED, "imports.code_above", place=one.place)
        else:
            found.append(one)
    return found


def _check_repeats(readings: Iterable[Reading], notes: Notes) -> list[Reading]:
    """Report values that stand twice, and steps of different length that overlap; return the readings."""
    first: dict[tuple[object, ...], Reading] = {}
    twice: dict[tuple[str, ...], list[tuple[Reading, Reading]]] = {}
    groups: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        series = reading.place, reading.quantity, reading.source
        earlier = first.setdefault((*series, reading.start), reading)
        if earlier is not reading:
            twice.setdefault(series, []).append((earlier, reading))
        if reading.quantity != "storage":
            groups.setdefault(series[:2], []).append(reading)
    for pairs in twice.values():
        _report_repeat(pairs, notes)
    for group in groups.values():
        _report_overlap(group, notes)
    same = _same_water(list(first.values()), notes)
    return [reading for reading in first.values() if reading.column not in same]


def _same_water(readings: list[Reading], notes: Notes) -> set[str]:
    """Return the cells that say as volumes what rates of the place say, or the other way about; report those that contradict them."""
    by_series: dict[tuple[str, str], dict[str, list[Reading]]] = {}
    for one in readings:
        if one.quantity in {"flow", "volume"}:
            by_series.setdefault((one.place, one.source), {"flow": [], "volume": []})[one.quantity].append(one)
    same: set[str] = set()
    for flows, volumes in (found.values() for found in by_series.values()):
        fine, coarse = (flows, volumes) if len(flows) >= len(volumes) else (volumes, flows)
        per_day = {day: one for one in (fine if coarse else ()) for day in _days_of(one)}
        for late in coarse:
            days = _days_of(late)
            known = [per_day[day] for day in days if day in per_day]
            spot = Spot(late.row, late.column)
            if known and len(known) == len(days) and _agree(known, late):
                same.add(late.column)
                notes.mention(spot, f"{late.value:g}", LEFT_OUT, "imports.same_water", column=known[0].column)
            elif known:
                notes.fault(spot, "imports.rate_and_volume", place=late.place, start=late.start, column=known[0].column)
                break
    return same


def _days_of(reading: Reading) -> list[date]:
    """Return the days of a reading."""
    return [reading.start + DAY * number for number in range((reading.end - reading.start).days)]


def _agree(days: list[Reading], late: Reading) -> bool:
    """Tell whether the readings of some days come to a reading of all of them, as far as the digits written tell."""
    amount, known = _amount(late, late.value) * len(days), sum(_amount(one, one.value) for one in days)
    slack = sum(_amount(one, half_digit([one.value])) for one in days) + _amount(late, half_digit([late.value])) * len(days)
    return abs(known - amount) <= max(_ROUNDED * amount, slack)


def _amount(reading: Reading, value: float) -> float:
    """Return the hm3 of one day of a value of a reading."""
    return rate_to_volume(value, 1.0) if reading.quantity == "flow" else value / (reading.end - reading.start).days


def _report_repeat(pairs: list[tuple[Reading, Reading]], notes: Notes) -> None:
    """Report the first value of a series that stands twice, and how many more do."""
    earlier, late = pairs[0]
    by = say("imports.by", source=late.source) if late.source else ""
    more = say("imports.more", count=len(pairs) - 1) if len(pairs) > 1 else ""
    notes.fault(Spot(late.row, late.column), "imports.twice", **_told(earlier, late), by=by, more=more)


def _report_overlap(group: list[Reading], notes: Notes) -> None:
    """Report the first two steps of different length that overlap, whoever measured them."""
    for early, late in pairwise(sorted(group, key=lambda one: (one.start, one.end))):
        repeat = late.start == early.start and late.source == early.source
        if late.start < early.end and (late.start, late.end) != (early.start, early.end) and not repeat:
            notes.fault(Spot(late.row, late.column), "imports.overlap", **_told(early, late))
            return


def _told(early: Reading, late: Reading) -> dict[str, object]:
    """What is told of two readings that cannot both be."""
    return {"quantity": say(f"measured.{late.quantity}"), "place": late.place, "start": late.start, "column": early.column}
