"""What can go wrong, by who must act.

WaterdealError
|-- InputError            the user's files: every problem at once (exit 4)
|   |-- BasinDataError
|   |-- ScenarioError
|   |-- AgreementError
|   `-- ActualDataError
|-- FileProblem           a file or folder cannot be read or written (exit 9)
|-- RecordUnproven        the record of a deal is not altered, but not all of it can be compared here
|   |-- OtherCode         other code made it (exit 11)
|   |-- NoLongerSolvable  this code finds no plan for its sources (exit 12)
|   `-- NeedsLayer        a party keeps figures at home that it was made with (exit 13)
`-- SolveError            the solver gave no plan
    |-- Infeasible        the demands contradict one another or physics (exit 3)
    |-- AuditError        a solution that does not balance (exit 5)
    |   `-- RecordError   the record of a deal is not what was agreed (exit 5)
    |-- TimeLimitReached  stopped before the best plan was proven (exit 6)
    |-- Unbounded         something can be had without limit (exit 7)
    `-- SolverTrouble     not a linear program, or lost in the numbers (exit 10)
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from waterdeal.words import Said, Words, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with an input, and how to mend it."""

    file: str  # file the problem stands in, as the user named it
    row: int | None  # line of the file, counted as a text editor does, or None
    field: str  # column or key
    found: str  # what stands there
    expected: str  # what should stand there, and the remedy

    def __str__(self) -> str:
        """One line: file, row, field, what was found, what to do."""
        return self.tell(Words("en"))

    def tell(self, words: Words) -> str:
        """The same line in a language."""
        row = [words.text("problem.row", row=self.row)] if self.row is not None else []
        place = [self.file, *row, *([f"`{self.field}`"] if self.field else [])]
        expected = words.tell(self.expected)
        return f"{', '.join(place)}: {words.tell(self.found)}. {expected[:1].upper()}{expected[1:]}"


def make_problem(file: str, row: int | None, field: str, key: str, /, **values: object) -> Problem:
    """Make a problem whose two sentences stand in the tables: what was found under its key, the remedy under ``key.remedy``."""
    return Problem(file, row, field, say(key, **values), say(f"{key}.remedy", **values))


def refuse(wrong: object, key: str, /, **values: object) -> None:
    """Raise ValueError where something is wrong, with a sentence of the tables."""
    if wrong:
        raise ValueError(say(key, **values))


def what_was_said(error: Exception) -> str:
    """Return the sentence of an error, with its key where it has one, and without the quotes that a missing key stands in."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Said) else str(first if isinstance(error, KeyError) else error)


#: sentences by the number of what the system refuses; others are told in its own words
_REFUSED = {
    errno.ENOENT: "no_file", errno.EACCES: "no_right", errno.EPERM: "no_right", errno.EISDIR: "is_folder", errno.ENOTDIR: "no_folder",
    errno.ENOSPC: "disk_full", errno.EROFS: "read_only", errno.ENAMETOOLONG: "long_name", errno.EEXIST: "is_there", errno.EBUSY: "busy",
}  # fmt: skip


def why_of(error: OSError) -> str:
    """Say why the system refused a file."""
    known = _REFUSED.get(error.errno or 0)
    return say(f"error.{known}") if known else error.strerror or str(error)


#: what libraries say of files, each with the key of the same
_UNREAD = {
    "file signature not found|unable to open file|not a valid NetCDF|did not find a match": "error.not_netcdf",
    "truncated file|unexpected end|EOF": "error.truncated",
    r"field larger than field limit \((?P<most>\d+)\)": "error.cell_long",
}


def why_unread(error: Exception) -> str:
    """Say why a library could not read a file; in its own words where there are no others."""
    told = error.args[0] if error.args else ""
    if isinstance(told, Said):
        return told
    if isinstance(error, KeyError):
        return say("error.lacks", name=told)
    at = (error.lineno, error.offset) if isinstance(error, ExpatError) else getattr(error, "position", None)
    if at:
        return say("error.xml_at", row=at[0], column=at[1] + 1)
    for form, key in _UNREAD.items():
        if found := re.search(form, str(error), re.IGNORECASE):
            return say(key, **found.groupdict())
    return why_of(error) if isinstance(error, OSError) else str(error)


class WaterdealError(Exception):
    """Root of every error the toolkit raises on purpose."""

    exit_code = 1

    def tell(self, words: Words) -> str:
        """The message in a language, as far as it was said by key."""
        return "".join(map(words.tell, self.args[:1]))


#: what is said of a key that is missing, perhaps since it stands there misspelt
_MISSING = {"general.missing", "scenario.reservoir_missing"}


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """Leave out keys that are missing only since they stand there misspelt, which is told."""
    near = {
        (problem.file, ".".join([*problem.field.split(".")[:-1], str(problem.expected.values["near"])]))
        for problem in problems
        if isinstance(problem.expected, Said) and problem.expected.key.endswith(".did_you_mean")
    }
    return [one for one in problems if (one.file, one.field) not in near or getattr(one.found, "key", "") not in _MISSING]


class InputError(WaterdealError):
    """All problems of one input, gathered and raised once.

    Parameters
    ----------
    place : str
        The folder or file that was read.
    problems : iterable of Problem
        Every problem found, in order.
    """

    exit_code = 4

    def __init__(self, place: str, problems: Iterable[Problem]) -> None:
        """Keep the problems as data and build the message from them."""
        self.place = place
        self.problems = tuple(_without_echoes(list(problems)))
        super().__init__(self.tell(Words("en")))

    def tell(self, words: Words) -> str:
        """Every problem in a language, a line each."""
        count = len(self.problems)
        head = words.text("problem.one" if count == 1 else "problem.many", place=words.tell(self.place), count=count)
        return "\n  ".join([head, *(problem.tell(words) for problem in self.problems)])


class BasinDataError(InputError):
    """The basin folder does not describe a river."""


class ScenarioError(InputError):
    """The scenario file asks for something that cannot be understood."""


class AgreementError(InputError):
    """The agreement file promises something that cannot be understood."""


class ActualDataError(InputError):
    """The table of actual data cannot be understood without guessing."""


class FileProblem(WaterdealError):
    """A file or folder cannot be read or written."""

    exit_code = 9


class RecordUnproven(WaterdealError):
    """The record of a deal is not altered as far as its own files tell, but not all of it can be compared here."""

    def __init__(self, message: str, record: dict[str, Any] | None = None) -> None:
        """Keep the verification beside the sentence."""
        self.record = record or {}
        super().__init__(message)


class OtherCode(RecordUnproven):
    """Other code made the record, so what only that code can make again was not compared."""

    exit_code = 11


class NoLongerSolvable(RecordUnproven):
    """The code here finds no plan for the sources of the record."""

    exit_code = 12


class NeedsLayer(RecordUnproven):
    """A party keeps the figures at home that the plan of the record was made with, so what needs them was not compared."""

    exit_code = 13


class SolveError(WaterdealError):
    """The solver gave no plan."""

    exit_code = 10


class Infeasible(SolveError):
    """The scenario cannot be satisfied, whatever is allocated.

    Parameters
    ----------
    message : str
        A sentence for people.
    conflict : iterable or callable
        Rows and bounds that contradict one another, or what finds them: it is called when somebody asks.
    explanation : Explanation, optional
        Clauses that cannot all hold, and the menu of ways out (see ``waterdeal.ask.explain``).
    """

    exit_code = 3

    def __init__(self, message: str, conflict: Iterable[Any] | Callable[[], Iterable[Any]] = (), explanation: Any = None) -> None:
        """Keep what contradicts and the explanation beside the sentence."""
        self._conflict = conflict
        self.explanation = explanation
        super().__init__(message)

    @property
    def conflict(self) -> tuple[Any, ...]:
        """Rows and bounds that contradict one another."""
        self._conflict = tuple(self._conflict() if callable(self._conflict) else self._conflict)
        return self._conflict

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows and bounds that contradict one another."""
        return tuple(map(str, self.conflict))

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to other processes without the solver that finds the conflict."""
        return Infeasible, (self.args[0], self.rows, self.explanation)

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses that cannot all hold."""
        return () if self.explanation is None else tuple(self.explanation.clauses)

    @property
    def menu(self) -> tuple[Any, ...]:
        """Concessions, each of which is enough by itself."""
        return () if self.explanation is None else tuple(self.explanation.menu)


class AuditError(SolveError):
    """The independent audit found that water was made or lost."""

    exit_code = 5

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        """Keep the lines of failed checks beside the sentence."""
        self.message, self.lines = message, tuple(lines)
        super().__init__("\n".join([message, *(f"  {line}" for line in lines)]))

    def tell(self, words: Words) -> str:
        """The sentence and every line in a language."""
        return "\n".join([words.tell(self.message), *(f"  {words.tell(line)}" for line in self.lines)])


class RecordError(AuditError):
    """The record of a deal is not what was agreed."""

    def __init__(self, message: str, findings: Sequence[Any] = (), record: dict[str, Any] | None = None) -> None:
        """Keep the findings as data and build the message from them."""
        self.message, self.findings, self.record = message, tuple(findings), record or {}
        super().__init__(self.tell(Words("en")))
        self.message = message

    def tell(self, words: Words) -> str:
        """Every finding in a language, a line each."""
        count = len(self.findings)
        head = words.text("records.one_finding" if count == 1 else "records.findings", message=words.tell(self.message), count=count)
        return "\n  ".join([head, *(finding.tell(words) for finding in self.findings)])


class TimeLimitReached(SolveError):
    """The solver stopped at its time or iteration limit."""

    exit_code = 6


class Unbounded(SolveError):
    """Something can be had without limit."""

    exit_code = 7


class SolverTrouble(SolveError):
    """The model is not a linear program, or the solver lost its way in the numbers."""

    exit_code = 10
