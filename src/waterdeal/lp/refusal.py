"""Why there is no plan, as the error that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.ask.conflict import conflicting_names, describe_conflict
from waterdeal.errors import Infeasible
from waterdeal.lp.highs import no_answer
from waterdeal.lp.options import Outcome

if TYPE_CHECKING:
    from waterdeal.errors import SolveError
    from waterdeal.lp.highs import Solver
    from waterdeal.lp.program import Program


def refusal(outcome: Outcome, solver: Solver, program: Program, level: str) -> SolveError:
    """Return the error that belongs to an outcome without a plan."""
    if outcome != Outcome.INFEASIBLE:
        return no_answer(outcome, level, solver.options)
    has_clauses = any(found.name == "clause.conceded" and found.size for found in program.columns)
    names = () if has_clauses else conflicting_names(solver, program)  # clauses are explained by `solve.explain`, not by rows
    listed = f" These cannot all hold:\n{describe_conflict(names)}" if names else ""
    return Infeasible(f"no plan can satisfy the scenario.{listed}", names)
