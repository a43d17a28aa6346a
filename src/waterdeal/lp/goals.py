"""The goals of a program in order: sums to be made least, and shares to be made even."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.easing import with_easing
from waterdeal.lp.pools import closed, make_opening, same_opening, with_opening
from waterdeal.lp.program import Matrix
from waterdeal.lp.sharing import Goal, Shares, moved_shares, with_shares
from waterdeal.lp.tie_break import make_tie_break

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.lp.program import Opening, Program
    from waterdeal.lp.tie_break import TieBreak
    from waterdeal.types import Flags

    Decided = tuple[list[bool], bytes]

#: what comes last, and makes the plan unique
TIE_BREAK = "tie_break"


@dataclass(frozen=True)
class Agenda:
    """A program and what is to be made least of it, in order."""

    own: Program  # the program as it is
    program: Program  # with the columns and rows of shares at the end
    levels: tuple[str, ...]
    shares: Mapping[str, Shares]  # by level
    goals: tuple[Goal, ...]  # those that decide something, the tie-break last
    tie_break: TieBreak
    opening: Opening | None = None  # how the pools of promises open; None where there are none, or no level of these uses them
    every: bool = False  # whether levels that decide nothing are goals too
    decided: Decided = ([], b"")  # which levels some free columns decide, and which pools can give something

    def like(self, program: Program, tie_break: TieBreak | None = None) -> Agenda:
        """Return the agenda of another program of the same shape, which differs from this one in bounds and costs only.

        Ties are broken by its own figures unless it is told how. Where other levels or pools are `decided`, its rows are others too.
        """
        if _decided_by(program, self.levels) != self.decided:
            ties = tie_break or self.tie_break.like(program, self.levels)
            return make_agenda(program, self.levels, every=self.every, tie_break=ties)
        shares = {level: moved_shares(known, program, program.shares[level]) for level, known in self.shares.items()}
        moved = any(shares[level] is not known for level, known in self.shares.items())
        wider, tie_break = self._wider(program, shares if moved else {}), tie_break or self.tie_break.like(program, self.levels)
        opening = None if self.opening is None else same_opening(self.opening, program, tie_break)
        again = replace(self, own=program, program=wider, shares=shares, tie_break=tie_break, opening=opening)
        if program.goals is not self.own.goals:
            anew = with_opening(_goals(wider, self.levels, shares, tie_break, _free(program)), opening)
            return replace(again, goals=with_easing(program, anew, tie_break))
        if not moved and tie_break is self.tie_break and opening is None:
            return again
        goals = [goal if goal.shares is None else largest_share(goal.level, shares[goal.level], len(goal.cost)) for goal in self.goals[:-1]]
        return replace(again, goals=with_easing(program, with_opening((*goals, _last(wider, tie_break)), opening), tie_break))

    def _wider(self, program: Program, moved: Mapping[str, Shares]) -> Program:
        """Add the columns and rows of shares to another program; of those that have moved with coefficients of their own."""
        if not self.shares and self.opening is None:
            return closed(program, program.pools)
        columns, rows, kept = len(program.column_lower), len(program.row_lower), self.program
        goals, matrix = kept.goals, kept.matrix
        if program.goals is not self.own.goals:
            more = np.zeros(len(kept.column_lower) - columns)
            goals = {name: (np.append(cost, more), constant) for name, (cost, constant) in program.goals.items()}
        if moved:
            value = matrix.value.copy()
            for shares in moved.values():
                value[matrix.start[shares.rows] + 1] = -shares.weights
            matrix = Matrix(matrix.start, matrix.column, value)
        due = replace(
            kept,
            matrix=matrix,
            goals=goals,
            column_lower=np.append(program.column_lower, kept.column_lower[columns:]),
            column_upper=np.append(program.column_upper, kept.column_upper[columns:]),
            row_lower=np.append(program.row_lower, kept.row_lower[rows:]),
            row_upper=np.append(program.row_upper, kept.row_upper[rows:]),
        )
        return closed(due, program.pools)

    def without_model(self) -> Agenda:
        """Return the same without the Pyomo components, for another process."""
        return replace(self, own=self.own.without_model(), program=self.program.without_model())


def make_agenda(program: Program, levels: Sequence[str], *, every: bool = False, tie_break: TieBreak | None = None) -> Agenda:
    """Put the goals of some levels in order, for a program with the columns and rows that their shares need.

    Levels that decide nothing are left out unless every one is asked for; ties are broken by the program's own figures unless it is told
    how.
    """
    wider, shares = program, dict[str, Shares]()
    for level in levels:
        sharing = program.shares.get(level)
        if sharing is not None and sharing.members.size:
            wider, shares[level] = with_shares(wider, level, sharing)
    tie_break = tie_break or make_tie_break(program, levels)
    wider, opening = make_opening(program, wider, levels, tie_break)
    goals = with_opening(_goals(wider, levels, shares, tie_break, _free(program), every=every), opening)
    goals = with_easing(program, goals, tie_break)
    decided = _decided_by(program, levels)
    return Agenda(program, closed(wider, program.pools), tuple(levels), shares, goals, tie_break, opening, every, decided)


def _decided_by(program: Program, levels: Sequence[str]) -> Decided:
    """Tell which levels some free columns decide, and which pools can give something."""
    free, pools = _free(program), program.pools
    open_pools = b"" if pools is None else (program.column_upper[pools.given] > 0).tobytes()
    return [bool(program.goals[level][0][: len(free)][free].any()) for level in levels], open_pools


def _free(program: Program) -> Flags:
    """Tell which columns can move."""
    return np.asarray(program.column_lower < program.column_upper)


def _goals(
    program: Program, levels: Sequence[str], shares: Mapping[str, Shares], tie_break: TieBreak, free: Flags, *, every: bool = False
) -> tuple[Goal, ...]:
    """List goals that some columns decide which are free; of a level with shares, what comes first is what the program says."""
    found = list[Goal]()
    for level in levels:
        cost = program.goals[level][0]
        parts = [Goal(level, cost)] if every or cost[: len(free)][free].any() else []
        if level in shares:
            parts.insert(0 if program.shares[level].first else len(parts), largest_share(level, shares[level], len(cost)))
        found += parts
    return (*found, _last(program, tie_break))


def _last(program: Program, tie_break: TieBreak) -> Goal:
    """Return the tie-break as a goal; columns of shares have a cost of their own."""
    return Goal(TIE_BREAK, np.append(tie_break.cost, np.ones(len(program.column_lower) - len(tie_break.cost))))


def largest_share(level: str, shares: Shares, count: int) -> Goal:
    """Return the goal of the largest share."""
    cost = np.zeros(count)
    cost[shares.column] = shares.cost
    return Goal(level, cost, shares)
