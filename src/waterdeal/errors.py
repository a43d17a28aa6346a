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
|   `-- NoLongerSolvable  this code finds no plan for its sources (exit 12)
`-- SolveError            the solver gave no plan
    |-- Infeasible        the demands contradict one another or physics (exit 3)
    |-- AuditError        a solution that does not balance (exit 5)
    |   `-- RecordError   the record of a deal is not what was agreed (exit 5)
    |-- TimeLimitReached  stopped before the best plan was proven (exit 6)
    |-- Unbounded         something can be had without limit (exit 7)
    `-- SolverTrouble     not a linear program, or lost in the numbers (exit 10)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with an input, and how to mend it.

    Parameters
    ----------
    file : str
        File the problem stands in, as the user named it.
    row : int or None
        Line of the file, counted as a text editor does, or None.
    field : str
        Column or key.
    found : str
        What stands there.
    expected : str
        What should stand there, and the remedy.
    """

    file: str
    row: int | None
    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        """One line: file, row, field, what was found, what to do."""
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.field:
            place.append(f"`{self.field}`")
        return f"{', '.join(place)}: {self.found}. {self.expected}"


class WaterdealError(Exception):
    """Root of every error the toolkit raises on purpose."""

    exit_code = 1


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
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in {place}"
        super().__init__("\n  ".join([head, *map(str, self.problems)]))


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
    """The record of a deal is not altered as far as its own files tell, but not all of it can be compared here.

    Parameters
    ----------
    message : str
        A sentence for people.
    record : dict, optional
        The verification for machines.
    """

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


class SolveError(WaterdealError):
    """The solver gave no plan."""

    exit_code = 10


class Infeasible(SolveError):
    """The scenario cannot be satisfied, whatever is allocated.

    Parameters
    ----------
    message : str
        A sentence for people.
    rows : tuple of str
        Names of the rows and bounds that contradict one another.
    explanation : Explanation, optional
        Clauses that cannot all hold, and the menu of ways out (see ``waterdeal.solve.explain``).
    """

    exit_code = 3

    def __init__(self, message: str, rows: tuple[str, ...] = (), explanation: Any = None) -> None:
        """Keep the names of the conflicting rows and the explanation beside the sentence."""
        self.rows = rows
        self.explanation = explanation
        super().__init__(message)

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


class RecordError(AuditError):
    """The record of a deal is not what was agreed.

    Parameters
    ----------
    message : str
        A sentence for people; what was found is added to it, a line each.
    findings : sequence of Finding
        Everything found (see ``waterdeal.record.finding``).
    record : dict, optional
        The verification for machines.
    """

    def __init__(self, message: str, findings: Sequence[Any] = (), record: dict[str, Any] | None = None) -> None:
        """Keep the findings as data and build the message from them."""
        self.findings = tuple(findings)
        self.record = record or {}
        count = len(self.findings)
        head = f"{message}: {count} finding{'s' if count != 1 else ''}"
        super().__init__("\n  ".join([head, *(finding.sentence for finding in self.findings)]))


class TimeLimitReached(SolveError):
    """The solver stopped at its time or iteration limit."""

    exit_code = 6


class Unbounded(SolveError):
    """Something can be had without limit."""

    exit_code = 7


class SolverTrouble(SolveError):
    """The model is not a linear program, or the solver lost its way in the numbers."""

    exit_code = 10
