"""Priorities of users: each is a level of its own, just before the level on which those without one count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

#: level on which what is missing to a user counts, where it is a town and where not; and that of least supplies of those who are not
LEVEL_OF, LEAST = {True: "drinking", False: "irrigation"}, "least_supply"
#: between the name of a level and the priority of those that come first in it
RANK = "_priority_"


def rank_name(level: str, priority: float) -> str:
    """Name of the part of a level that counts the users of a priority."""
    return f"{level}{RANK}{priority:g}"


def base_level(level: str) -> str:
    """Return the level that a part of one belongs to; any other is its own."""
    return level.partition(RANK)[0]


def with_ranks(levels: Sequence[str], parts: Iterable[str]) -> tuple[str, ...]:
    """Return levels with those of their parts that are there, each before its level, the first priority first.

    Where least supplies stand right before shares, each priority has both before the next has any.
    """
    groups: list[list[str]] = []
    for level in levels:
        if level == LEVEL_OF[False] and groups and groups[-1] == [LEAST]:
            groups[-1].append(level)
        else:
            groups.append([level])
    own = [part for part in parts if RANK in part and part not in levels]
    found = []
    for group in groups:
        members = [*group, *(part for part in own if base_level(part) in group)]
        found += sorted(members, key=lambda name: (float(name.partition(RANK)[2] or "inf"), base_level(name) != LEAST))
    return tuple(found)


def level_parts(demands: pd.DataFrame) -> set[str]:
    """Return the parts of levels that the priorities of a basin's demands make."""
    rows = demands[["kind", "priority"]].dropna().itertuples(index=False, name=None)
    levels = {True: (LEVEL_OF[True],), False: (LEAST, LEVEL_OF[False])}
    return {rank_name(level, priority) for kind, priority in rows for level in levels[kind == "municipal"]}
