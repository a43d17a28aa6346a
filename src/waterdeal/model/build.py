"""Build the Pyomo model from inputs: components in order, the balance once, one goal a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyomo.core as pyo

from waterdeal.agreement.forms import told_name
from waterdeal.lp.symbolic import Rows, put_values
from waterdeal.model.components import (
    benefit,
    canal,
    catchment,
    channel,
    clause,
    crops,
    demand,
    entitlement,
    environment,
    fixed_loss,
    give,
    groundwater,
    hydropower,
    lake,
    lake_target,
    lookahead,
    planned,
    power_market,
    pulse,
    pump,
    ramp,
    reach,
    record,
    reservoir,
    return_flow,
    reuse,
    salinity,
    salt_load,
    smoothness,
    terminal,
)
from waterdeal.model.levels import add_goals
from waterdeal.model.network import Terms, add_network
from waterdeal.unlabelled import Unlabelled
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.model.levels import Level


def add_water_balance(model: Any, terms: Sequence[Terms]) -> None:
    """Add ``water_balance[node, time]`` from the terms of every component; water that reaches an outlet has left."""

    def water_balance(m: Any, n: Any, t: Any) -> Any:
        into = [rule(m, n, t) for part in terms for rule in part.inflow]
        return sum(into) == sum([rule(m, n, t) for part in terms for rule in part.outflow])

    def goes_on(m: Any, n: Any, t: Any) -> Any:
        onward = [rule(m, n, t) for part in terms for rule in part.outflow if rule is not demand.deliveries]
        return sum(onward) >= return_flow.turned(m, n, t)

    model.water_balance = Rows(model.BALANCED, model.TIME, rule=water_balance)
    model.goes_on = Rows(model.return_flow.TURNED, model.TIME, rule=goes_on)


#: the model, in order
COMPONENTS = (
    catchment, reach, canal, fixed_loss, reservoir, lake, demand, crops, return_flow, hydropower, pump, power_market, benefit, environment,
    pulse, lake_target, channel, entitlement, terminal, groundwater, reuse, salinity, salt_load, smoothness, ramp, record, give, planned,
    lookahead, clause,
)  # fmt: skip


def build_model(inputs: xr.Dataset, components: Sequence[Any] = (), levels: Sequence[Level] = ()) -> Any:
    """Build the allocation model.

    Examples
    --------
    >>> from waterdeal.examples import two_party_inputs
    >>> model = build_model(two_party_inputs())
    >>> sorted(model.reservoir.BODY)
    ['upper_dam']
    """
    model, read = AllocationModel(name="waterdeal"), Unlabelled(inputs)
    add_network(model, read)
    terms = [component.add(model, read) for component in COMPONENTS]
    for component in components:  # replay and audit, which know nothing of water that one from outside moves, would find it missing
        moved = component.add(model, read) or Terms()
        if moved.inflow or moved.outflow:
            raise ValueError(say("solving.brings_water", name=told_name(component)))
    add_water_balance(model, terms)
    brought = [getattr(component, "GOALS", {}) for component in (*COMPONENTS, *components)]
    add_goals(model, brought, levels, read.attrs)
    return model


def _expanded(name: str) -> Callable[..., Any]:
    """Return a method of Pyomo's that sees all elements."""

    def method(model: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(AllocationModel, materialise(model)), name)(*args, **kwargs)

    return method


class AllocationModel(pyo.ConcreteModel):  # type: ignore[misc]
    """A ConcreteModel that makes all its elements when it is printed, written or given to a solver."""

    def component_objects(self, *args: Any, **kwargs: Any) -> Any:
        """List components, which asks for no element; holds the model meanwhile: parts know their blocks, so their names, only weakly."""
        self.__dict__["_listing"] = True
        try:
            found = list(super().component_objects(*args, **kwargs))
        finally:
            self.__dict__["_listing"] = False
        yield from found

    def block_data_objects(self, *args: Any, **kwargs: Any) -> Any:
        """List blocks: what writers and solvers begin with."""
        if not self.__dict__.get("_listing", False):
            materialise(self)
        return super().block_data_objects(*args, **kwargs)

    pprint, display, write = map(_expanded, ("pprint", "display", "write"))


def refresh_data(model: Any, inputs: xr.Dataset) -> None:
    """Put the data of other inputs into a model, whatever has been added to it; sets, rows and additions stay."""
    if any(getattr(rows, "is_expanded", False) for rows in model.component_objects(pyo.Constraint)):
        raise ValueError(say("solving.expanded"))
    made = [(columns, columns.as_ruled()) for columns in model.component_objects(pyo.Var) if hasattr(columns, "as_ruled")]
    for fresh in build_model(inputs).component_objects(pyo.Param):
        if hasattr(fresh, "values_flat"):
            old = model.find_component(fresh.name)
            if old is None or old.values_flat.shape != fresh.values_flat.shape:
                raise ValueError(say("solving.another_size", name=fresh.name))
            put_values(old, fresh.values_flat)
    for columns, elements in made:
        columns.rule_anew(elements)


def materialise(model: Any) -> Any:
    """Expand every variable, row and goal into stock Pyomo elements, in place.

    Parameters
    ----------
    model : pyomo.environ.ConcreteModel
        A model of `build_model`, with or without additions.

    Returns
    -------
    pyomo.environ.ConcreteModel
        The same model, which prints, writes LP files and solves with any Pyomo solver; a model of `build_model` does it by itself.
    """
    import pyomo.environ  # noqa: F401 - what writes files and calls solvers, which nothing else here needs

    for kind in (pyo.Set, pyo.Var, pyo.Constraint, pyo.Objective):
        for part in model.component_objects(kind):
            if hasattr(part, "expand"):
                part.expand()
    return model
