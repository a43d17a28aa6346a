"""Priorities of users: each is a level of its own, just before the level on which those without one count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

#: between the name of a level and the priority of those that come first in it
RANK = "_priority_"


def rank_name(level: str, priority: float) -> str:
    """Name of the part of a level that counts the users of a priority."""
    return f"{level}{RANK}{priority:g}"


def base_level(level: str) -> str:
    """Return the level that a part of one belongs to; any other is its own."""
    return level.partition(RANK)[0]


def with_ranks(levels: Sequence[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Return levels with those of their parts that are there, each before its level, the first priority first."""
    ranks = sorted((part for part in parts if RANK in part and part not in levels), key=lambda part: float(part.partition(RANK)[2]))
    return tuple(name for level in levels for name in (*(part for part in ranks if base_level(part) == level), level))


#: level on which what is missing to a user counts, where it is a town and where not
LEVEL_OF = {True: "drinking", False: "irrigation"}


def level_parts(demands: pd.DataFrame) -> set[str]:
    """Return the parts of levels that the priorities of a basin's demands make."""
    rows = demands[["kind", "priority"]].dropna().itertuples(index=False, name=None)
    return {rank_name(LEVEL_OF[kind == "municipal"], priority) for kind, priority in rows}
