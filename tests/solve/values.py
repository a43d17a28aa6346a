"""The values of all levels of a program, solved by itself: what prices and targets are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.ask.respond import closed
from waterdeal.errors import Infeasible
from waterdeal.lp.goals import make_agenda
from waterdeal.lp.highs import Solver, no_answer
from waterdeal.lp.levels import solve_in_turn, solve_levels
from waterdeal.lp.options import Outcome
from waterdeal.lp.solution import LevelBounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program


def level_values(program: Program, levels: Sequence[str], options: SolveOptions) -> tuple[float, ...] | None:
    """Return the value of every level, each the least there is on the best plans of all before it."""
    if program.has_integers:
        try:
            return tuple(solve_levels(program, levels, options).levels.values())
        except Infeasible:
            return None
    same = closed(program)
    if same is None:
        return None
    agenda = make_agenda(same, levels, every=True)
    bounds, goals = LevelBounds(agenda.program), agenda.goals[:-1]
    done = sum(1 for _ in solve_in_turn(Solver(agenda.program, options), agenda.program, goals, bounds))
    if 0 < done < len(goals):
        raise no_answer(Outcome.TROUBLE, goals[done].level, options)
    return tuple(bounds.best[level] + same.goals[level][1] for level in levels) if done else None
