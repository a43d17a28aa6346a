"""The cost that tells apart plans of the same worth: drawn from the names of the columns, so the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.lp.lookups import subsets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.lp.program import Family, Program
    from waterdeal.types import Floats

    Words = NDArray[np.uint64]


def deciding_goals(program: Program, levels: Sequence[str], tie_break: Floats | None = None) -> list[tuple[str, Floats]]:
    """Return the levels that decide something, with their costs, and the tie-break last; its cost is the same for programs of one shape."""
    free = program.column_lower < program.column_upper
    found = [(level, program.goals[level][0]) for level in levels if program.goals[level][0][free].any()]
    return [*found, ("tie_break", tie_break_cost(program) if tie_break is None else tie_break)]


def tie_break_cost(program: Program) -> NDArray[np.float64]:
    """Return a cost between 1 and 2 for every column that is bounded below, drawn from its name."""
    cost = np.concatenate([_family_cost(family) for family in program.columns]) if program.columns else np.zeros(0)
    sign = np.where(np.isfinite(program.column_lower), 1.0, np.where(np.isfinite(program.column_upper), -1.0, 0.0))
    return cost * sign


def _family_cost(family: Family) -> NDArray[np.float64]:
    """Costs of one family of columns."""
    words = np.array([_word(family.name)], dtype=np.uint64)
    if family.component.is_indexed():
        for factor in subsets_of(family.component.index_set()):
            labels = np.array([_word(label) for label in factor], dtype=np.uint64)
            words = _mix((words[:, None] ^ labels[None, :]).ravel())
    return 1 + (_mix(words) >> np.uint64(11)).astype(float) / 2.0**53


def _word(label: Any) -> int:
    """Return 64 bits of a label."""
    return int.from_bytes(hashlib.blake2b(str(label).encode(), digest_size=8).digest(), "little")


def _mix(words: Words) -> Words:
    """Mix the bits of each word (the finaliser of splitmix64)."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
