"""What differs in a workbook from the scenario that was written to it, cell by cell, and as changes of the scenario's keys."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.figures import changed_figure
from waterdeal.basin.cells import did_you_mean
from waterdeal.documents import toml_value
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.imports.dates import period_of, read_when
from waterdeal.imports.grid import cell_text, column_letters
from waterdeal.imports.numbers import is_missing, learn_marks, read_number
from waterdeal.scenario.by_step import REQUIREMENT, RUNOFF
from waterdeal.scenario.pages import FACT, HEAD, NO, POINT, YES, amounts_of
from waterdeal.scenario.workbook import Edit, Edited, text_of
from waterdeal.units import find_spelled
from waterdeal.words import BLANK, LANGUAGES, Words, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from waterdeal.agreement.schema import Agreement
    from waterdeal.imports.grid import Cell, Sheet
    from waterdeal.imports.numbers import Marks
    from waterdeal.scenario.pages import Field, Page, Spot, Value
    from waterdeal.scenario.schema import Scenario
    from waterdeal.scenario.workbook import Workbook

#: a change of a key of the scenario, and the cells that make it
Change = tuple[str, Any, list["Spot"]]
#: names of what is missing that are told
_MOST_NAMES = 8
#: signs of a formula that are told
_MOST_SIGNS = 60
#: below it two figures are the same, in any unit: LibreOffice keeps 20 places in an .ods
_NOTHING = 1e-12
#: share by which a volume and a share of a limit may miss each other
_ROUNDING = 1e-6


@dataclass
class Read:
    """A page as it stands in the workbook."""

    page: Page
    sheet: Sheet
    values: dict[Spot, Value] = field(default_factory=dict)
    changed: dict[Spot, Edit] = field(default_factory=dict)

    def where(self, row: int, column: int) -> str:
        """Name a cell."""
        return f"{self.sheet.name}!{column_letters(column)}{row + 1}"


@dataclass
class Edits:
    """What was read of a workbook."""

    workbook: Workbook
    moved: bool = False  # whether the scenario or its basin has changed since the workbook was written
    problems: list[Problem] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    pages: list[Read] = field(default_factory=list)
    facts: list[tuple[str, str, Cell]] = field(default_factory=list)
    keys: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)  # new value by key, with the cells that make it

    @property
    def overrides(self) -> list[str]:
        """The changes as `key=value`."""
        return [f"{key}={toml_value(value)}" for key, (value, _) in self.keys.items()]

    def edited(self) -> Edited:
        """What a case keeps of it."""
        found = tuple(edit for page in self.pages for edit in page.changed.values())
        return Edited(self.workbook.name, self.workbook.raw, found, tuple(self.told), tuple(self.facts), self.workbook.identity)

    def fault(self, where: str, key: str, /, **values: object) -> None:
        """Note a problem of a cell or a sheet."""
        self.problems.append(make_problem(self.workbook.name, None, where, key, **values))

    def at_cells(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return problems of the scenario under the cells that made them."""
        return [self._at_cell(problem) for problem in problems]

    def _at_cell(self, problem: Problem) -> Problem:
        """Return a problem under its cell, where it has one."""
        for key, (_, cells) in self.keys.items():
            clause = key.split(".")[1] if key.startswith("agreement.") else ""
            if problem.field.startswith(key) or key.startswith(f"{problem.field}.") or (clause and f" {clause}" in f"{problem.field} "):
                return replace(problem, file=self.workbook.name, field=", ".join(cells))
        return problem


def read_edits(
    workbook: Workbook, pages: Sequence[Page], scenario: Scenario, agreements: Sequence[Agreement], *, moved: bool = False
) -> Edits:
    """Read what differs; ScenarioError with every problem."""
    edits, unread = Edits(workbook, moved), list(workbook.sheets)
    for page in pages:
        sheet = sheet_of(page.name, workbook.sheets)
        if sheet is None and page.name != FACT:
            edits.fault(Words(workbook.identity.language).text(f"workbook.sheet.{page.name}"), "workbook.no_sheet")
        if sheet is None:
            continue
        unread.remove(sheet)
        _read_page(Read(page, sheet), edits)
    known = {title for key in ("help", "result") for title in _titles(key, workbook.identity.language)}
    left = [sheet.name for sheet in unread if sheet.name not in known and not any(sheet.name.startswith(name) for name in known)]
    if left:
        edits.told.append(say("workbook.own_sheets", names=", ".join(left)))
    if not edits.problems:
        for read in edits.pages:
            for key, value, spots in _CHANGES[read.page.name](read, edits, scenario, agreements):
                edits.keys[key] = (value, [read.changed[spot].cell for spot in spots if spot in read.changed])
    if edits.problems:
        raise ScenarioError(workbook.name, edits.problems)
    return edits


def _titles(name: str, *own: str) -> set[str]:
    """Title of a sheet in every language of the tables, and in others."""
    return {Words(language).text(f"workbook.sheet.{name}") for language in (*LANGUAGES, *own)}


def sheet_of(name: str, sheets: Sequence[Sheet]) -> Sheet | None:
    """Find the sheet of a page: by its first cell, else by its title in any language."""
    marked = [sheet for sheet in sheets if cell_text(sheet.raw(0, 0)) == name]
    titled = [sheet for sheet in sheets if sheet.name in _titles(name)]
    return next(iter([*marked, *titled]), None)


def _read_page(read: Read, edits: Edits) -> None:
    """Read the cells of a page by the ids in its first row and column."""
    sheet = read.sheet
    page = read.page = read.page.with_rows([cell_text(sheet.raw(at, 0)) for at in range(HEAD, len(sheet.rows))])
    columns = _places(read, edits, [(0, at) for at in range(1, sheet.width)], [column.id for column in page.fields], "column")
    rows = _places(read, edits, [(at, 0) for at in range(HEAD, len(sheet.rows))], list(page.rows), "row")
    fields = {column.id: column for column in page.fields}
    for column, name in columns.items():
        _check_unit(read, edits, fields[name], column)
    marks = learn_marks(cell for row in sheet.rows for cell in row)
    for row, label in rows.items():
        for column, name in columns.items():
            _read_cell(read, edits, (row, column), (label, fields[name]), marks)
    if page.name != FACT:
        edits.pages.append(read)


def _places(read: Read, edits: Edits, spots: Sequence[tuple[int, int]], names: Sequence[str], kind: str) -> dict[int, str]:
    """Find rows or columns by their ids; report those that are missing, twice or unknown, and cells beside the table."""
    found: dict[int, str] = {}
    strange: list[tuple[str, str]] = []
    for spot in spots:
        number, text = max(spot), _label(read.sheet.raw(*spot), names)
        beside = read.sheet.cells(number)[1:] if kind == "row" else [read.sheet.raw(row, number) for row in range(1, len(read.sheet.rows))]
        if not text:
            if any(not is_missing(other) for other in beside):
                edits.told.append(say(f"workbook.{kind}_beside", where=read.where(*spot)))
        elif text not in names:
            strange.append((read.where(*spot), text))
        elif text in found.values():
            edits.fault(read.where(*spot), f"workbook.{kind}_twice", name=text)
        else:
            found[number] = text
    missing = [name for name in names if name not in found.values() and name not in read.page.spare]
    for where, text in strange:
        remedy = did_you_mean(text, missing or names)
        edits.problems.append(Problem(edits.workbook.name, None, where, say(f"workbook.{kind}_unknown", name=text), remedy))
    if len(missing) > len(strange):
        edits.fault(read.sheet.name, f"workbook.{kind}_missing", names=", ".join(missing[:_MOST_NAMES]), count=len(missing))
    return found


def _label(cell: Cell, names: Sequence[str]) -> str:
    """Return an id as it was written; a step may have become a date."""
    text = cell_text(cell)
    if text and text not in names:
        day = _day(cell)
        starts = [name for name in names if day is not None and _start(name) == day]
        return starts[0] if len(starts) == 1 else text
    return text


def _start(label: str) -> date | None:
    """First day of a step by its label; None for another id."""
    when = read_when(label)
    return None if when is None or None in (when.year, when.month) else period_of(when)[0]


def _day(cell: Cell) -> date | None:
    """Read a day: a date, or a text of one that leaves no doubt."""
    when = read_when(cell)
    if when is None or None in (when.year, when.month, when.day) or when.doubt:
        return None
    try:
        return date(when.year or 1, when.month or 1, when.day or 1)
    except ValueError:
        return None


def _check_unit(read: Read, edits: Edits, column: Field, at: int) -> None:
    """Report a unit in row 3 that is not the one that was written."""
    given, spoken = cell_text(read.sheet.raw(HEAD - 1, at)), (*LANGUAGES, edits.workbook.identity.language)
    known = {Words(language).text_or(f"workbook.unit.{column.unit}", column.unit) for language in spoken} if column.unit else {""}
    same = find_spelled(given) if given else None
    if column.kind == "text" or given in known or (same is not None and same.name == column.unit):
        return
    due = Words(edits.workbook.identity.language).text_or(f"workbook.unit.{column.unit}", BLANK) if column.unit else BLANK
    edits.fault(read.where(HEAD - 1, at), "workbook.other_unit", given=given or BLANK, due=due, name=column.id)


def _read_cell(read: Read, edits: Edits, spot: tuple[int, int], what: tuple[str, Field], marks: Marks) -> None:
    """Read one cell, and note where it differs from what was written."""
    (label, column), where, cell = what, read.where(*spot), read.sheet.raw(*spot)
    key = label, column.id
    was = read.page.cells.get(key)
    if column.kind == "text":
        return
    if read.sheet.is_unread(*spot):
        edits.fault(where, "workbook.formula")
        return
    if read.page.name == FACT:
        if not is_missing(cell):
            edits.facts.append((*key, cell))
        return
    try:
        now = _value(edits, where, cell, column, marks)
    except ValueError as error:
        edits.problems.append(Problem(edits.workbook.name, None, where, *error.args))
        return
    if now is None and was is not None and not read.page.is_locked(label, column):
        if column.blank == "refused":
            edits.fault(where, "workbook.blank", was=text_of(_shown(was)))
            return
        if column.blank == "own":
            edits.told.append(say("workbook.blank_kept", where=where, was=text_of(_shown(was))))
            now = was
    read.values[key] = now
    if _same(_shown(was), _shown(now)):
        read.values[key] = was
    elif read.page.is_locked(label, column) and edits.moved:
        edits.told.append(say("workbook.locked_moved", where=where, was=text_of(_shown(was)) or BLANK, now=text_of(_shown(now)) or BLANK))
        read.values[key] = was
    elif read.page.is_locked(label, column):
        edits.fault(where, "workbook.locked", was=text_of(_shown(was)) or BLANK, now=text_of(_shown(now)) or BLANK)
    else:
        read.changed[key] = Edit(where, label, column.id, *(_told(value, edits) for value in (was, now)))
        formula = read.sheet.formula(*spot)
        told = say("workbook.formula_value", where=where, formula=formula[:_MOST_SIGNS], value=text_of(_shown(now)))
        edits.told += [told] if formula else []


def _same(was: Cell, now: Cell) -> bool:
    """Tell whether a cell is as it was: to twelve digits, or to nothing."""
    if isinstance(was, float) and isinstance(now, float) and abs(was - now) <= _NOTHING:
        return True
    return text_of(was) == text_of(now)


def _expect(holds: object, key: str, **values: object) -> None:
    """Raise ValueError with the sentence and the remedy of a cell that cannot be read, where what is expected of it does not hold."""
    if not holds:
        raise ValueError(say(key, **values), say(f"{key}.remedy"))


def _value(edits: Edits, where: str, cell: Cell, column: Field, marks: Marks) -> Value:
    """Read a cell by the kind of its column."""
    text = cell_text(cell)
    if is_missing(cell) and not text.startswith("#"):
        return None
    if column.kind == "choice":
        return _choice(edits, text, column)
    if column.kind == "date":
        day = _day(cell)
        _expect(day is not None, "workbook.no_day", text=text)
        return day
    number = None if isinstance(cell, datetime) else read_number(cell, marks)
    _expect(number is not None, "workbook.no_number", text=text)
    if isinstance(cell, str):
        _expect(not marks.doubt(text), "workbook.either_number", text=text)
        edits.told.append(say("workbook.text_number", where=where, text=text, number=f"{number:.12g}"))
    return number


def _choice(edits: Edits, text: str, column: Field) -> str:
    """Read a word of a list, in any language, or its id."""
    own = Words(edits.workbook.identity.language)
    spoken = (own, *map(Words, LANGUAGES))
    words = {words.text(f"workbook.choice.{name}").casefold(): name for name in column.choices for words in spoken}
    known = ", ".join(own.text(f"workbook.choice.{name}") for name in column.choices)
    _expect(text in column.choices or text.casefold() in words, "workbook.no_choice", text=text, known=known)
    return words.get(text.casefold(), text)


def _shown(value: Value) -> Cell:
    """Return a value as a cell holds it."""
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value) if isinstance(value, int) else value


def _told(value: Value, edits: Edits) -> str:
    """Write a value for people."""
    text = text_of(_shown(value))
    return Words(edits.workbook.identity.language).text_or(f"workbook.choice.{text}", text) if text else BLANK


def _series_changes(prefix: str) -> Callable[..., Iterator[Change]]:
    """Make what turns cells of a series into rates of single steps."""

    def changes(read: Read, *_: object) -> Iterator[Change]:
        for spot in read.changed:
            yield f"{prefix}.{spot[1]}.{spot[0]}", read.values[spot], [spot]

    return changes


def _by_row(read: Read) -> Iterator[tuple[str, dict[str, Value], dict[str, Spot]]]:
    """Rows in which a cell differs: id, all values by column, and the cells that differ by column."""
    by_row: dict[str, dict[str, Spot]] = defaultdict(dict)
    for spot in read.changed:
        by_row[spot[0]][spot[1]] = spot
    for row, spots in by_row.items():
        yield row, {column.id: read.values.get((row, column.id)) for column in read.page.fields}, spots


def _reservoir_changes(read: Read, edits: Edits, *_: object) -> Iterator[Change]:
    """Storages at the start and when full, and what is asked of the end, whole."""
    for name, values, spots in _by_row(read):
        for key in [key for key in ("full", "initial") if key in spots]:
            yield f"reservoir.{name}.{key}", values[key], [spots[key]]
        end = [spots[key] for key in ("rule", "storage", "worth", "by") if key in spots]
        if end and values["rule"] is None:
            edits.fault(read.changed[end[0]].cell, "workbook.no_rule", name=name)
        elif end:
            asked = {key: values[key] for key in ("rule", "storage", "worth", "by") if values[key] is not None}
            yield f"reservoir.{name}.terminal", asked, end


def _curve_changes(read: Read, edits: Edits, *_: object) -> Iterator[Change]:
    """Curves of reservoirs, each whole: a row that is blank is no point."""
    rows, own = defaultdict[str, list[str]](list), Words(edits.workbook.identity.language)
    for row in read.page.rows:
        rows[str(read.page.cells[row, "name"])].append(row)
    for name, numbered in rows.items():
        spots = [spot for spot in read.changed if spot[0] in numbered]
        points = {row: [read.values.get((row, key)) for key in POINT] for row in numbered}
        for row, point in points.items():
            if None in point and any(value is not None for value in point):
                cells = ", ".join(edit.cell for spot, edit in read.changed.items() if spot[0] == row)
                lacking = ", ".join(own.text(f"workbook.column.{key}") for key, value in zip(POINT, point, strict=True) if value is None)
                edits.fault(cells, "workbook.half_point", row=row, lacking=lacking)
        whole = sorted(point for point in points.values() if None not in point)
        if spots and not whole:
            edits.fault(", ".join(read.changed[spot].cell for spot in spots), "workbook.no_points", name=name)
        elif spots:
            yield f"reservoir.{name}.curve", whole, spots


def _limit_changes(read: Read, edits: Edits, scenario: Scenario, *_: object) -> Iterator[Change]:
    """Limits and inflows in force, each list whole."""
    promised = scenario.entitlement
    inflows, limits = {entry.id: entry for entry in promised.inflows}, [entry.limit for entry in promised.limits]
    rows = [row for row in read.page.rows if row not in inflows]
    of_limits = [spot for spot in read.changed if spot[0] not in inflows]
    if of_limits:
        asked = []
        for row in sorted(rows, key=lambda row: limits.index(row) if row in limits else len(limits)):
            if read.values[row, "in_force"] == YES:
                share = _share(read, edits, row, promised.cut)
                asked.append({"limit": row} | ({} if share is None else {"share": share}))
            elif any((row, key) in read.changed for key in ("share", "volume")):
                cells = [read.changed[row, key].cell for key in ("share", "volume") if (row, key) in read.changed]
                edits.told.append(say("workbook.not_in_force", where=", ".join(cells)))
        yield "entitlement.limits", asked, of_limits
    of_inflows = [spot for spot in read.changed if spot[0] in inflows]
    if of_inflows:
        kept = [entry for entry in promised.inflows if read.values[entry.id, "in_force"] == YES]
        told = [{**entry.model_dump(exclude_unset=True), "volume": read.values[entry.id, "volume"]} for entry in kept]
        yield "entitlement.inflows", told, of_inflows


def _share(read: Read, edits: Edits, row: str, cut: float) -> float | None:
    """Return the share of a limit that is in force, before all are cut: as it is given, or as the volume has it; None for the whole."""
    share, volume, full = (read.values[row, key] for key in ("share", "volume", "published"))
    if (row, "volume") not in read.changed:
        return share if isinstance(share, float) else None
    meant = volume / full / (1.0 - cut) if isinstance(volume, float) and isinstance(full, float) and full else None
    if (row, "share") in read.changed and share != meant and not _close(share, meant):
        edits.fault(read.changed[row, "volume"].cell, "workbook.two_shares", share=text_of(_shown(share)), volume=text_of(_shown(volume)))
    return meant


def _close(one: Value, other: Value) -> bool:
    """Tell whether two numbers are the same but for rounding."""
    return isinstance(one, float) and isinstance(other, float) and abs(one - other) <= _ROUNDING * max(abs(one), abs(other))


def _clause_changes(read: Read, _edits: Edits, _scenario: Scenario, agreements: Sequence[Agreement]) -> Iterator[Change]:
    """Figures of clauses, and whether and how far they hold."""
    for clause in (clause for agreement in agreements for clause in agreement.clause):
        main, others = amounts_of(clause)
        rows = {(f"{clause.id} {figure.name}", "amount"): figure for figure in others} | ({(clause.id, "amount"): main} if main else {})
        moved = {figure.path: read.values[spot] for spot, figure in rows.items() if spot in read.changed}
        by_key: dict[str, tuple[Any, list[Spot]]] = {}
        for spot, figure in rows.items():
            if spot in read.changed:
                key, value = changed_figure(clause, figure, moved)
                by_key.setdefault(key, (value, []))[1].append(spot)
        for spot in read.changed:
            if spot[0] == clause.id and spot[1] != "amount":
                told = read.values[spot]
                by_key[spot[1]] = (told == YES if told in {YES, NO} else told, [spot])
        for key, (value, spots) in by_key.items():
            yield f"agreement.{clause.id}.{key}", value, spots


#: what makes changes of the scenario of the cells of each page
_CHANGES: Mapping[str, Callable[[Read, Edits, Scenario, Sequence[Agreement]], Iterator[Change]]] = {
    "runoff": _series_changes(RUNOFF),
    "requirement": _series_changes(REQUIREMENT),
    "reservoir": _reservoir_changes,
    "curve": _curve_changes,
    "limit": _limit_changes,
    "clause": _clause_changes,
}
