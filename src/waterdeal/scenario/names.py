"""Names of a scenario that the basin does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown_names(file: str, field: str, names: Iterable[str], known: Iterable[str]) -> list[Problem]:
    """Report names that the basin does not have.

    Parameters
    ----------
    file : str
        Name of the scenario's file.
    field : str
        Key they stand under.
    names : iterable of str
        Names used.
    known : iterable of str
        Names there are.

    Returns
    -------
    list of Problem
        One a name, with the nearest that is known.
    """
    have = list(known)
    return [Problem(file, None, f"{field}.{name}", "is not in the basin", did_you_mean(name, have)) for name in names if name not in have]
