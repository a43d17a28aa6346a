"""Find rows and columns of a program by the labels of their index, without making all their names."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.solve.program import Family, Program

#: most members of an index that a message looks through for the nearest one
_MOST = 100_000
#: what an error in the name of a target is said to be in
_FILE = "prices"


def position(family: Family, index: tuple[Any, ...]) -> int | None:
    """Find an index in a family.

    Parameters
    ----------
    family : Family
        Rows or columns.
    index : tuple
        Labels; empty for a scalar component.

    Returns
    -------
    int or None
        Place in the family; None where it is not there.
    """
    if not family.component.is_indexed():
        return None if index else 0
    key = index[0] if len(index) == 1 else index
    members = family.component.index_set()
    if key not in members:
        return None
    if family.index is not None:
        return family.index.index(key) if key in family.index else None
    return int(members.ord(key)) - 1


def known_labels(family: Family) -> list[list[str]]:
    """Labels that occur in each place of a family's index; none for a scalar component."""
    if not family.component.is_indexed():
        return []
    members = family.component.index_set()
    found: list[list[str]] = []
    for part in members.subsets():
        rows = [member if isinstance(member, tuple) else (member,) for member in islice(part, _MOST)]
        found += [list(dict.fromkeys(map(str, column))) for column in zip(*rows, strict=True)]
    return found


def unknown(name: str, word: str, what: str, known: Iterable[str]) -> ScenarioError:
    """Return the error for a word of a target's name that is not known."""
    return ScenarioError(_FILE, [Problem("target", None, name, f'{what} "{word}" is not there', did_you_mean(word, known))])


class Finder:
    """Finds the rows and columns of one target.

    Parameters
    ----------
    program : Program
        The compiled model.
    name : str
        Full name of the target, for messages.
    """

    def __init__(self, program: Program, name: str) -> None:
        """Index the families by name."""
        self.program, self.name = program, name
        self.rows = {family.name: family for family in program.rows if family.size}
        self.columns = {family.name: family for family in program.columns if family.size}

    def place(self, families: Iterable[Family | None], index: tuple[Any, ...], what: Sequence[str]) -> int:
        """Return the row or column of an index in the first family that has it.

        Parameters
        ----------
        families : iterable of Family or None
            Where to look; None is left out.
        index : tuple
            Labels.
        what : sequence of str
            What each label stands for, for the message.

        Returns
        -------
        int
            Row or column.

        Raises
        ------
        ScenarioError
            With the label that is not known, and the nearest one that is.
        """
        looked = [family for family in families if family is not None]
        for family in looked:
            found = position(family, index)
            if found is not None:
                return family.start + found
        known = [known_labels(family) for family in looked]
        for at, label in enumerate(index[: len(what)]):
            members = {word for columns in known if at < len(columns) for word in columns[at]}
            if str(label) not in members:
                raise unknown(self.name, str(label), what[at], members)
        raise unknown(self.name, ",".join(map(str, index)), " with ".join(what), ())

    def pair(self, place: str, what: tuple[str, str]) -> tuple[str, str]:
        """Split the place of a target in two labels."""
        first, comma, second = place.partition(",")
        if not comma:
            problem = Problem("target", None, self.name, f'{what[1]} of "{place}" is not there', f"Write {what[0]},{what[1]}.")
            raise ScenarioError(_FILE, [problem])
        return first.strip(), second.strip()

    def coefficient(self, row: int, column: int) -> float:
        """Return a coefficient; zero where the column is not in the row."""
        matrix = self.program.matrix
        inside = slice(matrix.start[row], matrix.start[row + 1])
        return float(matrix.value[inside][matrix.column[inside] == column].sum())
