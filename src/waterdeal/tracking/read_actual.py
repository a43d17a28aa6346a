"""Read tables of actual data as agencies send them, and report every guess."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.tracking.notes import Notes, Spot
from waterdeal.tracking.numbers import is_number, learn_marks
from waterdeal.tracking.places import Places
from waterdeal.tracking.read_csv import read_csv
from waterdeal.tracking.read_xlsx import read_xlsx
from waterdeal.tracking.reading import Actual, Reading, to_frame
from waterdeal.tracking.tidy import read_tidy
from waterdeal.tracking.wide import read_wide
from waterdeal.tracking.words import holds, plain, word_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from waterdeal.tracking.grid import Sheet

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
        notes.fault(Spot(None, ""), "no table with dates, months or dekads was found", "Give the columns or rows a header with dates.")
    readings = _check_repeats(readings, notes)
    notes.raise_problems()
    return Actual(to_frame(readings), tuple(notes.guesses))


def _read_sheets(path: Path, notes: Notes) -> Iterable[Sheet]:
    """Read a file by what it holds, whatever its name ends with."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        message = f"{path} is not there. Check the name of the file."
        raise FileProblem(message) from error
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror or error})."
        raise FileProblem(message) from error
    if len(raw) > MOST_BYTES:
        message = f"{path} is larger than {MOST_BYTES // 1_000_000} MB. Split it by year."
        raise FileProblem(message)
    if not raw.strip():
        message = f"{path} is empty. Ask for it again or save it anew."
        raise FileProblem(message)
    if raw.startswith(_OLE) or path.suffix.lower() == ".xls":
        message = f"{path} is an old .xls workbook or is protected by a password. Open it in a spreadsheet and save as xlsx."
        raise FileProblem(message)
    if raw.startswith(b"PK") or path.suffix.lower() in {".xlsx", ".xlsm"}:
        return read_xlsx(raw, notes)
    return [read_csv(raw, notes)]


def _read_sheet(sheet: Sheet, places: Places, year: int | None, notes: Notes) -> list[Reading] | None:
    """Read one sheet; None where it holds no table of data, which is reported."""
    if plain(sheet.name) in word_list("sheets", "ignored"):
        notes.mention(sheet.whole(), sheet.name, "no data", "by its name the sheet explains the others")
        return None
    cells = [cell for row in sheet.rows for cell in row]
    if sheet.name and holds(sheet.name, "left_out", "words") and not holds(sheet.name, "time", "actual"):
        notes.guess(sheet.whole(), sheet.name, "no data", "by its name the sheet holds a plan, not what was measured")
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
    more = f", and {len(pairs) - 1} more of this series stand twice" if len(pairs) > 1 else ""
    found = f"{late.quantity} of {late.place}{by} from {late.start} stands here and in {earlier.column}{more}"
    notes.fault(Spot(late.row, late.column), found, "Keep one of the two cells.")


def _report_overlap(group: list[Reading], notes: Notes) -> None:
    """Report the first two steps of different length that overlap, whoever measured them."""
    for early, late in pairwise(sorted(group, key=lambda one: (one.start, one.end))):
        repeat = late.start == early.start and late.source == early.source
        if late.start < early.end and (late.start, late.end) != (early.start, early.end) and not repeat:
            found = f"{late.quantity} of {late.place} from {late.start} overlaps the longer or shorter step in {early.column}"
            notes.fault(Spot(late.row, late.column), found, "Give one place either days, dekads or months in a file.")
            return
