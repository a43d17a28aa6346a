"""Gather what had to be guessed and what is wrong while a file is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from waterdeal.errors import ActualDataError, Problem


@dataclass(frozen=True)
class Guess:
    """Something the reader took for granted, to be read by a person.

    Parameters
    ----------
    file : str
        Name of the file.
    where : str
        Cell or sheet, e.g. ``Факт!C14``.
    found : str
        What stands there.
    taken_as : str
        What it was taken as.
    why : str
        On what ground.
    """

    file: str
    where: str
    found: str
    taken_as: str
    why: str

    def __str__(self) -> str:
        """One line: file, cell, what was found, what it was taken as, why."""
        return f'{self.file}, {self.where}: "{self.found}" taken as {self.taken_as} ({self.why})'


@dataclass(frozen=True)
class Spot:
    """A cell: its row as people count, and its address.

    Parameters
    ----------
    row : int or None
        Row of the file or sheet, from 1.
    address : str
        E.g. ``Факт!C14``; the sheet's name alone where no cell is meant.
    """

    row: int | None
    address: str


@dataclass
class Notes:
    """The guesses and problems of one file.

    Parameters
    ----------
    file : str
        Name of the file.
    strict : bool
        Whether a guess of meaning is a problem.
    """

    file: str
    strict: bool = False
    guesses: list[Guess] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def mention(self, spot: Spot, found: str, taken_as: str, why: str) -> None:
        """Report what was understood without doubt, such as a total left out."""
        guess = Guess(self.file, spot.address, found, taken_as, why)
        if guess not in self.guesses:
            self.guesses.append(guess)

    def guess(self, spot: Spot, found: str, taken_as: str, why: str) -> None:
        """Report a guess of meaning: a problem in strict mode."""
        if self.strict:
            self.fault(spot, f'"{found}": {why}', f"Not guessed in strict mode; it would be taken as: {taken_as}.")
        else:
            self.mention(spot, found, taken_as, why)

    def fault(self, spot: Spot, found: str, expected: str) -> None:
        """Note a problem, strict or not."""
        problem = Problem(self.file, spot.row, spot.address, found, expected)
        if problem not in self.problems:
            self.problems.append(problem)

    def raise_problems(self) -> None:
        """Raise all problems at once, if there are any.

        Raises
        ------
        ActualDataError
            With every problem found.
        """
        if self.problems:
            raise ActualDataError(self.file, self.problems)
