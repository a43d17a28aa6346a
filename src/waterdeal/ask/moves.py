"""Moves at the table: whether clauses can hold with other concessions, at once on the lines of a plan, then on the curves of nature.

What is told at once is provisional where anything follows a curve. What is told after is proven, by a plan on the curves or by there being
none between hulls or on pieces of them. Where it is another answer than the one before, it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.ask.bargain import ON_LINES, Bargain
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.lp.highs import Basis
    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program


@dataclass(frozen=True)
class Verdict:
    """Whether all clauses can hold.

    Parameters
    ----------
    holds : bool or None
        Whether they can; None where neither a plan nor a proof that there is none was found.
    provisional : bool
        Whether it is told of lines only, so that the curves may tell otherwise.
    flipped : bool
        Whether the provisional answer to the same question was another.
    """

    holds: bool | None
    provisional: bool
    flipped: bool = False


class Moves:
    """Concessions tried on one compiled model, whose lines touch a plan; made by `Case.moves`."""

    def __init__(self, program: Program, inputs: xr.Dataset, options: SolveOptions) -> None:
        self.model = model = Bargain(program, inputs, options)
        self._basis: Basis | None = None  # where the last answer at once was found
        self._told: dict[tuple[tuple[str, float], ...], Verdict] = {}
        model.hold(model.allowed)
        if model.settled() is None:  # then the lines are those of a plan in which clauses concede what they must
            model.hold({})
            model.settled()

    def at_once(self, concessions: Mapping[str, float]) -> Verdict:
        """Tell whether clauses can hold that may concede some amounts in all, each in its unit: on the lines of a plan."""
        held = self._held(concessions)
        told = self._told.get(_key(held))
        if told is None:
            told = Verdict(self._fits(held), provisional=True) if self.model.curves.lakes else self._proven(held)
            self._told[_key(held)] = told
        return told

    def settled(self, concessions: Mapping[str, float]) -> Verdict:
        """Tell the same of the curves of nature, proven, and whether it is another answer than was told at once."""
        before, held = self.at_once(concessions), self._held(concessions)
        if not before.provisional:
            return before
        told = self._proven(held)
        self._told[_key(held)] = told
        return replace(told, flipped=told.holds is not None and told.holds != before.holds)

    def _proven(self, held: Mapping[str, float]) -> Verdict:
        """Tell whether clauses can hold, by a plan or by a proof that there is none; provisional where neither is found."""
        self.model.hold(held)
        found = self.model.settled() is not None
        holds = True if found else False if self.model.refused else None
        return Verdict(holds, provisional=holds is None)

    def _held(self, concessions: Mapping[str, float]) -> dict[str, float]:
        """What each clause may concede; those not named what is agreed."""
        unknown = [name for name in concessions if name not in self.model.allowed]
        if unknown:
            found, told = say("agreement.no_clause"), say("asking.moves")
            raise ScenarioError(told, [Problem(told, None, name, found, did_you_mean(name, self.model.ids)) for name in unknown])
        return self.model.allowed | dict(concessions)

    def _fits(self, held: Mapping[str, float]) -> bool:
        """Whether no clause must go beyond what it may concede, on the lines of the plan."""
        model, cost = self.model, self.model.cost.copy()
        cost[model.share_column] = 1.0
        model.share(model.ids, {}, [held[name] for name in model.ids])
        model.curves.hold(model.solver, on_lines=model.curves.has_lines)
        model.marks.hold(model.solver)
        if self._basis is None:
            model.solver.start_cold()
        else:
            model.solver.start_at(self._basis)
        values = model.least(cost, again=False)
        self._basis = None if values is None else model.solver.highs.getBasis()
        model.share([], {})
        return values is not None and float(values[model.share_column]) <= ON_LINES


def _key(held: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Tell one question from another."""
    return tuple(sorted(held.items()))
