"""Read tables of actual data as agencies send them, and report every guess."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.imports.files import read_csv, read_xlsx
from waterdeal.imports.grid import Notes, Spot
from waterdeal.imports.numbers import is_number, learn_marks
from waterdeal.imports.places import Places
from waterdeal.imports.reading import Actual, Reading, to_frame
from waterdeal.imports.tidy import read_tidy
from waterdeal.imports.wide import read_wide
from waterdeal.imports.words import holds, plain, word_list
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from waterdeal.imports.grid import Sheet

MOST_BYTES = 20_000_000
_OLE = b"\xd0\xcf\x11\xe0"


def read_actual(
    path: Path | str,
    names: Mapping[str, Sequence[str]],
    year: int | None = None,
    strict: bool = False,
    reservoirs: Collection[str] | None = None,
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
    notes = Notes(path.name, strict)
    places = Places(names, reservoirs)
    readings: list[Reading] = []
    tables = 0
    for sheet in _read_sheets(path, notes):
        found = _read_sheet(sheet, places, year, notes)
        tables += found is not None
        readings += found or []
    if not tables:
        notes.fault(Spot(None, ""), say("imports.no_table_dates_months"), say("imports.give_columns_rows_header"))
    readings = _check_repeats(readings, notes)
    notes.raise_problems()
    return Actual(to_frame(readings), tuple(notes.guesses))


def _read_sheets(path: Path, notes: Notes) -> Iterable[Sheet]:
    """Read a file by what it holds, whatever its name ends with."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise FileProblem(say("imports.not_check_name_file", path=path)) from error
    except OSError as error:
        raise FileProblem(say("imports.cannot_read", path=path, value=error.strerror or error)) from error
    if len(raw) > MOST_BYTES:
        raise FileProblem(say("imports.larger_than_mb_split", path=path, value=MOST_BYTES // 1000000))
    if not raw.strip():
        raise FileProblem(say("imports.empty_ask_again_save", path=path))
    if raw.startswith(_OLE) or path.suffix.lower() == ".xls":
        raise FileProblem(say("imports.old_xls_workbook_protected", path=path))
    if raw.startswith(b"PK") or path.suffix.lower() in {".xlsx", ".xlsm"}:
        return read_xlsx(raw, notes)
    return [read_csv(raw, notes)]


def _read_sheet(sheet: Sheet, places: Places, year: int | None, notes: Notes) -> list[Reading] | None:
    """Read one sheet; None where it holds no table of data, which is reported."""
    if plain(sheet.name) in word_list("sheets", "ignored"):
        notes.mention(sheet.whole(), sheet.name, "no data", say("imports.by_name_sheet_explains"))
        return None
    cells = [cell for row in sheet.rows for cell in row]
    if sheet.name and holds(sheet.name, "left_out", "words") and not holds(sheet.name, "time", "actual"):
        notes.guess(sheet.whole(), sheet.name, "no data", say("imports.by_name_sheet_holds"))
        return None
    marks = learn_marks(cells)
    readings = read_tidy(sheet, places, year, marks, notes)
    if readings is None:
        readings = read_wide(sheet, places, year, marks, notes)
    if readings is None and sheet.name:
        report = notes.guess if any(map(is_number, cells)) else notes.mention
        report(sheet.whole(), sheet.name, "no data", "no header with dates, months or dekads was found")
    return readings


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
    return list(first.values())


def _report_repeat(pairs: list[tuple[Reading, Reading]], notes: Notes) -> None:
    """Report the first value of a series that stands twice, and how many more do."""
    earlier, late = pairs[0]
    by = f" by {late.source}" if late.source else ""
    more = say("imports.more_series_stand_twice", value=len(pairs) - 1) if len(pairs) > 1 else ""
    found = say(
        "imports.from_stands_here", quantity=late.quantity, place=late.place, by=by, start=late.start, column=earlier.column, more=more
    )
    notes.fault(Spot(late.row, late.column), found, say("imports.keep_one_two_cells"))


def _report_overlap(group: list[Reading], notes: Notes) -> None:
    """Report the first two steps of different length that overlap, whoever measured them."""
    for early, late in pairwise(sorted(group, key=lambda one: (one.start, one.end))):
        repeat = late.start == early.start and late.source == early.source
        if late.start < early.end and (late.start, late.end) != (early.start, early.end) and not repeat:
            found = say(
                "imports.from_overlaps_longer_shorter", quantity=late.quantity, place=late.place, start=late.start, column=early.column
            )
            notes.fault(Spot(late.row, late.column), found, say("imports.give_one_place_either"))
            return
