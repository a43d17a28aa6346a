"""What must be released, or conceded, for a goal: the scenario solved as it is, and with the goal as a row of its model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Infeasible
from waterdeal.model.additions import add_row
from waterdeal.model.levels import Level
from waterdeal.studies.problem import refused
from waterdeal.units import read_quantity
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.ask.explain import Explanation
    from waterdeal.run import Case

_GOAL = re.compile(r"\s*(\w+)\s*(>=|<=)\s*(.+?)\s*")
#: the level on which the release is made least, below those that the goal may not cost more than it must
_NAME = "sought"
CONCESSIONS = "concessions"


@dataclass(frozen=True)
class Goal:
    """What is sought: a volume over the period at a link or a demand, or in a reservoir at its end, hm3."""

    place: str
    kind: str  # link, demand or reservoir
    quantity: str  # flow, delivery or storage
    sense: str  # at_least or at_most
    volume: float

    def measure(self, plan: xr.Dataset) -> float:
        """Return what a plan has of it."""
        volumes = plan[self.quantity].sel({self.kind: self.place}).values
        return float(volumes[-1] if self.kind == "reservoir" else volumes.sum())

    def amount(self, model: Any) -> Any:
        """Return it as an expression of a model."""
        if self.kind == "reservoir":
            blocks = [model.component(name) for name in ("reservoir", "lake")]
            return next(block for block in blocks if block is not None and self.place in block.BODY).storage[self.place, model.TIME.last()]
        volumes = model.flow if self.kind == "link" else model.demand.delivery
        return sum(volumes[self.place, t] for t in model.TIME)

    def held(self, model: Any) -> None:
        """Add the goal to a model."""
        amount = self.amount(model)
        add_row(model, "goal_sought", amount >= self.volume if self.sense == "at_least" else amount <= self.volume)

    def missed(self, model: Any) -> Any:
        """Return what is made least to come as near to the goal as can be."""
        return -self.amount(model) if self.sense == "at_least" else self.amount(model)


@dataclass(frozen=True)
class Sought:
    """What a goal takes."""

    goal: Goal
    before: xr.Dataset | None  # the plan without the goal; None where there is none
    after: xr.Dataset | None  # the plan with it; None where there is none
    reservoir: str = ""  # whose release is made least; empty where concessions are asked for
    explanation: Explanation | None = None  # why there is none with it: concessions that would do
    reason: str = ""  # the same as a sentence
    nearest: float | None = None  # what can be had of it where the goal cannot: with every clause, whatever it costs others, hm3


def read_goal(text: str, inputs: xr.Dataset) -> Goal:
    """Read a goal, e.g. ``shardara_inflow >= 12 km3``; a bare number is hm3."""
    found = _GOAL.fullmatch(text)
    if found is None:
        raise refused(field="goal", key="studying.goal_form", text=text)
    place, sign, amount = found.groups()
    quantities = {vocabulary()[name].dims[0]: name for name in having("measured") if vocabulary()[name].unit == "hm3"}
    kind = next((kind for kind in quantities if place in inputs[kind].values), None)
    if kind is None:
        known = [name for kind in quantities for name in inputs[kind].values.tolist()]
        raise refused(field="goal", key="studying.goal_unknown", hint=did_you_mean(place, known), name=place)
    try:
        volume = float(amount) if re.fullmatch(r"[0-9.]+", amount) else read_quantity(amount, "volume")
    except ValueError as error:
        raise refused(field="goal", key="studying.goal_form", text=text) from error
    return Goal(place, kind, quantities[kind], "at_least" if sign == ">=" else "at_most", volume)


def seek(case: Case, goal: str, by: str) -> Sought:
    """Find what a goal takes.

    Parameters
    ----------
    case : Case
        The scenario as it is.
    goal : str
        ``NAME >= VOLUME`` or ``NAME <= VOLUME``, of a link or demand over the period, or of a reservoir at its end.
    by : str
        ``release:RESERVOIR``: its release is made least, once all levels above evenness are as good as the goal allows. ``concessions``:
        what clauses would have to concede.

    Returns
    -------
    Sought
        The plans without and with the goal, or why there is none with it.

    Raises
    ------
    ScenarioError
        Where the goal or what it is sought by cannot be read.
    """
    sought = read_goal(goal, case.inputs)
    word, _, place = by.partition(":")
    known = case.inputs["reservoir"].values.tolist()
    if by != CONCESSIONS and (word != "release" or place not in known):
        raise refused(field="by", key="studying.sought_by", hint=did_you_mean(place, known), by=by)
    levels = [Level(_NAME, lambda model: _release(model, case.inputs, place))] if place else []
    before = _plan(case)
    try:
        return Sought(sought, before, case.with_model(sought.held, levels=levels).solve().dataset, place)
    except Infeasible as error:
        furthest = _plan(case.with_model(levels=[Level(_NAME, sought.missed, before=case.levels[0])])) if before is not None else None
        nearest = None if furthest is None else sought.measure(furthest)
        return Sought(sought, before, None, place, error.explanation, str(error), nearest)


def _plan(case: Case) -> xr.Dataset | None:
    """Solve a case; None where it has no plan."""
    try:
        return case.solve().dataset
    except Infeasible:
        return None


def release_of(plan: xr.Dataset, reservoir: str) -> xr.DataArray:
    """Return what a reservoir lets out by its river and canal links, hm3 by step."""
    return plan["release"].sel(reservoir=reservoir)


def _release(model: Any, inputs: xr.Dataset, reservoir: str) -> Any:
    """Sum what a reservoir lets out by its river and canal links."""
    links = inputs["link"].values[(inputs["link_from"].values == reservoir) & (inputs["link_kind"].values != "spillway")].tolist()
    return sum(model.flow[link, t] for link in links for t in model.TIME)
