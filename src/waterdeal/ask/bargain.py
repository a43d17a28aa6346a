"""A model whose clauses are held and let go on the curves of nature: what it finds is a true plan, what it refuses no plan can do."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.clauses import ClauseProgram, largest_concessions
from waterdeal.ask.curves import BEARABLE_MISS, SMALLEST_MISS, Curves
from waterdeal.ask.marks import Marks
from waterdeal.ask.pieces import with_pieces
from waterdeal.ask.ranks import Ranks
from waterdeal.lp.conflict import refuted_by
from waterdeal.lp.extend import with_share
from waterdeal.lp.highs import Solver
from waterdeal.lp.options import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: most times lines are moved to a plan
MOST_MOVES = 12
#: evaporation off its lines, hm3 in all, that is none
ON_LINES = 1e-9
#: change of what evaporates off lines, as a share of it, from which moving them no longer changes it
STALLED = 1e-6
#: change of a concession, as a share of it, from which moving lines no longer changes it
SETTLED = 1e-4
#: price of a share from which it is as small as it can be
PRICE = 1e-7
#: ranges that the storages of a body are cut into, and most programs that are solved on the way to a choice of them: first few, then more
PIECES = ((3, 300), (12, 60))
#: iterations in all after which no more is searched for whole numbers: a minute for the Syr Darya, where most questions take a hundredth
SEARCHED = 300_000
#: proofs, and plans between hulls, that are kept for further questions
KEPT = 32
#: how far storages may move when lines do, as a multiple of the evaporation missed, and how much further where that is not enough
NEAR, WIDENED = 10.0, (1.0, 100.0, np.inf)


class OnCurves(ClauseProgram):
    """A model that follows the curves: plans are settled on them, and what lies between hulls is found."""

    def __init__(self, program: Program, inputs: xr.Dataset, options: SolveOptions) -> None:
        """Add what follows the curves, and a row for each clause that lets it concede a share of its promise."""
        self.marks = Marks(program, inputs)
        self.curves = Curves(self.marks.program, inputs, self.marks.bounds(is_open=True))
        ids = inputs["clause"].values
        first = program.columns_of("clause.conceded").start if ids.size else 0
        columns = first + np.arange(len(ids))
        self.share_rows = len(self.curves.program.row_lower) + np.arange(len(ids))
        wider = with_share(self.curves.program, columns, inputs["clause_scale"].values)
        self.share_column = len(wider.column_lower) - 1
        #: how an even mix is found where columns are integer
        self.ranks = Ranks(wider, columns if program.has_integers else columns[:0], inputs["clause_scale"].values)
        super().__init__(self.ranks.program, inputs, options)
        self.marks.hold(self.solver)
        #: whether the last question without an answer has none between the hulls either, and so no plan at all
        self.refused = False
        #: iterations that are left to search for whole numbers
        self.left_to_search = SEARCHED
        #: what was last nearest to lines, whose pieces are tried first; and what clauses were held to where a search ended with nothing
        self.nearly: Floats | None = None
        self._searched: list[dict[str, float]] = []

    @property
    def follows(self) -> bool:
        """Whether it follows curves, or bodies and links that may dry: a plan of its lines and marks is then one of many programs."""
        return bool(self.curves.lakes) or bool(self.marks.columns.size)

    def settled(self, start: Floats | None = None, *, again: bool = True) -> Floats | None:
        """Return a plan on the curves that keeps the clauses as they are held, near a plan that nearly does; None where none is found.

        Unless it need not be tried `again`, it is looked for near others too.
        """
        values = self._settled(start, again=again)
        for cut in (False, True) if again else ():
            if values is not None or self.refused:
                break
            between = self.piecewise() if cut else self.lowest(np.zeros(len(self.cost)))
            self.marks.mark(between if cut else None)
            if between is not None and not cut:
                between = self.marked(np.zeros(len(self.cost)), between)
            if between is not None:  # another plan to start from
                values = self._settled(between, again=True)
        return values

    def _settled(self, start: Floats | None, *, again: bool) -> Floats | None:
        """Try to settle once."""
        curves, still, self.refused = self.curves, np.zeros(len(self.cost)), False
        self.marks.hold(self.solver)
        values = None
        if start is not None:
            values = self._moved(start, partial(self.from_cold, still))
        elif curves.has_lines:
            curves.hold(self.solver, on_lines=True)
            values = self.from_cold(still)
        if values is None:
            values = self.find_lines(again=again)
        values = self.moved_home(values, partial(self.from_cold, still))
        curves.near(self.solver, self.marks.bounds(), np.zeros(len(still)))
        return None if values is None or curves.misses(values).max(initial=0.0) > BEARABLE_MISS else values

    def least(self, cost: Floats, *, again: bool = True) -> Floats | None:
        """Return the plan of least cost as things are held; each question has the whole time limit."""
        self.solver.restart_clock()
        return super().least(cost, again=again)

    def from_cold(self, cost: Floats) -> Floats | None:
        """Solve from nothing."""
        self.solver.start_cold()
        return self.least(cost, again=False)

    def moved_home(self, values: Floats | None, ask: Callable[[], Floats | None]) -> Floats | None:
        """Move lines to a plan, and ask for a plan near it, until it misses nothing of the curves or has been moved so many times."""
        for _ in range(MOST_MOVES):
            if values is None or self.curves.missed(values) <= SMALLEST_MISS:
                break
            values = self._moved(values, ask)
        return values

    def _moved(self, values: Floats, ask: Callable[[], Floats | None]) -> Floats | None:
        """Return a plan on the lines that touch one, as near to it as there is one."""
        radius = NEAR * (self.curves.missed(values) + SMALLEST_MISS)
        self.curves.touch(self.solver, values)
        for widened in WIDENED:
            self.curves.near(self.solver, self.marks.bounds(), values, radius * widened)
            found = ask()
            if found is not None:
                return found
        return None

    def find_lines(self, *, again: bool = True) -> Floats | None:
        """Move the lines to where there is a plan for the clauses as they are held and return it: what evaporates off them is none."""
        curves, cost = self.curves, np.zeros(len(self.cost))
        cost[curves.off] = 1.0
        curves.open(self.solver, np.inf)
        found, before = None, np.nan
        for _ in range(MOST_MOVES):
            self.solver.start_cold()
            values = self.least(cost, again=again)
            self.refused = values is None and not self.marks.columns.size
            if values is None:
                break
            self.nearly, off = values, float(values[curves.off].sum()) if curves.has_lines else np.inf
            if off <= ON_LINES:
                found = values
                break
            if abs(off - before) <= STALLED * off:
                break
            before = off
            curves.touch(self.solver, values)
        curves.open(self.solver, 0.0)
        return found

    def lowest(self, cost: Floats, *, again: bool = True) -> Floats | None:
        """Return the best of all that lies between the hulls: no plan has a lower cost; None where there is no plan at all."""
        self.curves.hold(self.solver, on_lines=False)
        self.marks.free(self.solver)
        self.solver.start_cold()
        values = self.least(cost, again=again)
        self.refused = values is None
        return values

    def marked(self, cost: Floats, lowest: Floats) -> Floats | None:
        """Return the best of all between the hulls in which what is marked dries and nothing else; None where there is none."""
        if not self.marks.columns.size:
            return lowest
        self.marks.hold(self.solver)
        return self.from_cold(cost)

    def piecewise(self) -> Floats | None:
        """Return what lies on pieces of the curves as things are held; None where nothing does, or, unless `refused`, nothing is found.

        Where something is on few pieces, it is looked for on more of them. Once so much has been searched, nothing more is found; nor is
        it searched again for clauses that ask no more than those of a search that told nothing.
        """
        self.refused = False
        if self.left_to_search <= 0:
            return None
        self.curves.hold(self.solver, on_lines=False)
        self.marks.free(self.solver)
        held, found = self.marks.whole(self.solver.held(self.program)), None
        for pieces, most_nodes in PIECES:
            outcome, values = self._on_pieces(held, pieces, most_nodes)
            self.refused = outcome == Outcome.INFEASIBLE
            if values is None:
                break
            found = values
            if self.left_to_search <= 0:
                break
        return None if self.refused else found

    def _on_pieces(self, held: Program, pieces: int, most_nodes: int) -> tuple[Outcome, Floats | None]:
        """Look for what lies on so many pieces: on those of what was nearest to lines, which takes no search, then on any."""
        if self.nearly is not None:
            outcome, values = self._least_on(with_pieces(held, self.curves, pieces, self.nearly), most_nodes)
            if outcome == Outcome.OPTIMAL:
                return outcome, values
        if any(all(self.held.get(name, np.inf) >= most for name, most in asked.items()) for asked in self._searched):
            return Outcome.TIME_LIMIT, None
        outcome, values = self._least_on(with_pieces(held, self.curves, pieces), most_nodes)
        if outcome not in {Outcome.OPTIMAL, Outcome.INFEASIBLE}:
            self._searched.append(dict(self.held))
        return outcome, values

    def _least_on(self, program: Program, most_nodes: int) -> tuple[Outcome, Floats | None]:
        """Solve a program of pieces within what is left to search."""
        solver = Solver(program, self.solver.options)
        solver.limit_search(most_nodes)
        outcome = solver.minimise(np.zeros(len(solver.columns)), again=False)
        self.left_to_search -= solver.highs.getInfo().simplex_iteration_count
        return outcome, solver.values()[: len(self.cost)] if outcome == Outcome.OPTIMAL else None

    def nearest(self, ask: Callable[[], Floats | None], read: Callable[[Floats], Floats], start: Floats) -> Floats | None:
        """Ask a question on lines that are moved to its plan until the figures read off it stay; the plan may still miss the curves."""
        self.curves.touch(self.solver, start)
        self.marks.hold(self.solver)
        values, before = None, np.zeros(0)
        for _ in range(MOST_MOVES if self.curves.lakes else 1):
            values = ask()
            if values is None:
                if self.find_lines() is None:
                    return None
                continue
            figures = read(values)
            if before.size and np.abs(figures - before).max() <= SETTLED * (1 + np.abs(figures).max()):
                break
            before = figures
            self.curves.touch(self.solver, values)
        return values


class Bargain(OnCurves):
    """Clauses on the curves; nothing is believed of a line that does not touch the plan it speaks of."""

    def __init__(self, program: Program, inputs: xr.Dataset, options: SolveOptions) -> None:
        """Nothing is known yet."""
        super().__init__(program, inputs, options)
        #: whether neither a plan nor a proof was found to some question; and whether some answer was too fine for hulls over all storages
        self.unsure, self.is_fine = False, False
        #: most that each clause needs to concede
        self.most = largest_concessions(self.marks.freed() if self.marks.columns.size else program, inputs)
        #: multipliers of rows that proved something impossible, and those that prove the last refusal; None where it was found twice
        self._proofs: deque[Floats] = deque(maxlen=KEPT)
        self.ray: Floats | None = None
        #: what lies between the hulls and keeps some clauses, near which a plan on the curves is looked for
        self._between: deque[tuple[frozenset[str], Floats]] = deque(maxlen=KEPT)

    def lowest(self, cost: Floats, *, again: bool = True) -> Floats | None:
        """Return the best of all that lies between the hulls: no plan has a lower cost; None where there is no plan at all.

        Unless it need not be tried `again`, that there is none is proven by duals, or found twice.
        """
        is_proven = again and self.is_refuted()
        values = None if is_proven else super().lowest(cost, again=False)
        if values is None and again and not is_proven and not self._refutes():
            values = super().lowest(cost)
        self.refused = values is None
        if values is not None:
            self._learn(values, float(cost @ values))
        return values

    def _learn(self, values: Floats, least: float) -> None:
        """Keep what lies between the hulls, and the duals of what must be conceded: they may prove that other clauses cannot hold."""
        kept = frozenset(name for name, most in self.held.items() if most <= self.allowed[name])
        self._between.append((kept, values))
        if least > ON_LINES and not self.program.has_integers:
            ray = self.solver.duals()[1]
            ray[self.share_rows] = 0.0  # what a clause concedes has a bound of its own
            self._proofs.append(ray)

    def is_refuted(self, most: Floats | float = np.inf) -> bool:
        """Whether a proof that is known says that nothing between the hulls keeps the clauses as they are held, and which it blames.

        It may take for granted the `most` that each clause concedes.
        """
        self.curves.hold(self.solver, on_lines=False)
        self.marks.free(self.solver)
        held, self.ray = self.solver.held(self.program), None
        conceded = slice(self.first, self.first + len(self.ids))
        held.column_upper[conceded] = np.minimum(held.column_upper[conceded], most)
        for ray in reversed(self._proofs):
            needed = refuted_by(ray, held)
            if needed is not None:
                self.ray, self.blamed = ray, [name for name in self.held if self.column(name) in needed]
                break
        return self.ray is not None

    def _near(self, clauses: Iterable[str]) -> Floats | None:
        """Return what lies between the hulls and keeps some clauses; None where nothing is known that does."""
        asked = set(clauses)
        return next((plan for kept, plan in reversed(self._between) if kept >= asked), None)

    def _refutes(self) -> bool:
        """Prove that nothing between the hulls keeps the clauses as they are held, by the duals of what they must concede beyond it.

        That program has a plan, so HiGHS finds its duals with presolve, in a fifth of the time of an infeasible one without.
        """
        limits = self.held
        if not limits or self.program.has_integers:
            return False
        self.beyond(limits)
        self.share([], limits)
        return self.is_refuted()

    def can_hold(self, clauses: Iterable[str], *, again: bool = True) -> bool:
        """Tell whether some plan keeps these clauses, whatever becomes of the others."""
        held = list(clauses)
        self.hold(self.limits(held))
        return self.settled(self._near(held), again=again) is not None

    def cannot_hold(self, clauses: Iterable[str], *, again: bool = True) -> bool:
        """Tell whether no plan keeps these clauses; where neither a plan nor a proof is found, that is kept in mind.

        Where not `again`, what the hulls do not refuse counts as possible, or, where they have been too wide for an answer before, what
        a plan is found for.
        """
        held, still = list(clauses), np.zeros(len(self.cost))
        if not again and (self.exceeds(held) or not self.is_fine):
            return self.refused
        self.hold(self.limits(held))
        if not again:
            return self.settled(again=False) is None
        start = self._near(held)
        if start is None and self.lowest(still) is None:
            return True
        if self.settled(start) is not None:
            return False
        self.is_fine = True
        self.unsure |= not self.refused
        return True

    def exceeds(self, clauses: list[str]) -> bool:
        """Whether some clause must go beyond what it may concede, even between hulls: sooner found than that there is no plan."""
        self.hold(self.limits(clauses))
        self.refused = self.is_refuted()
        if not self.refused:
            values = self.beyond(self.held)
            self.refused = values is None or float(values[self.share_column]) > ON_LINES
            is_told = self.refused and values is not None and not self.program.has_integers
            self.blamed = self.sharing(clauses) if is_told else []
            self.share([], {})
            if values is not None and not self.refused:
                self._between.append((frozenset(clauses), values))
        return self.refused

    def beyond(self, limits: Mapping[str, float], fixed: Mapping[str, float] | None = None) -> Floats | None:
        """Make the largest share that clauses concede beyond some limits as small as it can be between hulls; others are fixed."""
        self.share(list(limits), fixed or {}, list(limits.values()))
        cost = self.cost.copy()
        cost[self.share_column] = 1.0
        return self.lowest(cost, again=False)

    def limits(self, clauses: Iterable[str]) -> dict[str, float]:
        """What clauses may concede as agreed."""
        return {name: self.allowed[name] for name in clauses}

    def sharing(self, left: Iterable[str]) -> list[str]:
        """Return those of some clauses whose share had a price in the last solve."""
        _, dual = self.solver.duals()
        return [name for name in left if abs(dual[self.share_rows[self.ids.index(name)]]) > PRICE]

    def share(self, left: Sequence[str], limits: Mapping[str, float], free: Sequence[float] | float = 0.0) -> None:
        """Let some clauses concede the same share of their promises beyond what is free, and hold others to limits."""
        self.hold(limits)
        upper = np.full(len(self.ids), np.inf)
        upper[[self.ids.index(name) for name in left]] = free
        self.solver.row_bounds.put(self.share_rows, np.full(len(self.ids), -np.inf), upper)
