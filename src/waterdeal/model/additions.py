"""What a user adds to the model: functions, components and levels from outside the package."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import pyomo.core as pyo

from waterdeal.agreement.forms import from_outside, told_name
from waterdeal.model.build import build_model
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.model.levels import Level
    from waterdeal.types import Floats

#: by how much a variable may miss a value that it is held at, hm3 or GWh
HELD = 1e-4


class Additions(NamedTuple):
    """What is added to each model that is built, in order."""

    functions: tuple[Callable[[Any], object], ...] = ()
    components: tuple[Any, ...] = ()
    levels: tuple[Level, ...] = ()

    def more(self, add: Callable[[Any], object] | None, components: Sequence[Any], levels: Sequence[Level | str]) -> Additions:
        """Return these and more; text is the name of an entry point."""
        parts = [from_outside("waterdeal.components", part) if isinstance(part, str) else part for part in components]
        goals = [from_outside("waterdeal.levels", level) if isinstance(level, str) else level for level in levels]
        functions = self.functions if add is None else (*self.functions, add)
        return Additions(functions, (*self.components, *parts), (*self.levels, *goals))

    @property
    def names(self) -> list[str]:
        """Names of all of them."""
        return [told_name(part) for part in (*self.functions, *self.components)] + [level.name for level in self.levels]

    def told(self) -> dict[str, list[str]]:
        """Tell what is added, for the provenance of a plan."""
        parts = {
            "model": [told_name(add) for add in self.functions],
            "components": [told_name(part) for part in self.components],
            "levels": [f"{level.name} ({told_name(level.rule)})" for level in self.levels],
        }
        return {name: value for name, value in parts.items() if value}

    def levels_in(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Return the levels of a scenario with those that are added, each before the one it names, or last."""
        found = list(given)
        for level in self.levels:
            found.insert(found.index(level.before) if level.before in found else len(found), level.name)
        return tuple(found)

    def build(self, inputs: xr.Dataset) -> Any:
        """Build the model of some inputs with all that is added."""
        model = build_model(inputs, self.components, self.levels)
        for add in self.functions:
            add(model)
        return model


def add_row(model: Any, name: str, relation: Any) -> None:
    """Add one row to a model, an inequality of its variables."""
    model.add_component(name, pyo.Constraint(expr=relation))


def hold(model: Any, name: str, columns: Any, least: Floats, most: Floats) -> None:
    """Hold the variables of a model, in order, between values; those of which neither is finite are free."""
    rows = pyo.ConstraintList()
    model.add_component(name, rows)
    for column, low, high in zip(columns.values(), least.ravel().tolist(), most.ravel().tolist(), strict=True):
        if isfinite(low) or isfinite(high):
            rows.add((max(low - HELD, 0.0), column, high + HELD if isfinite(high) else None))


def activate(model: Any, levels: Sequence[str], level: str | None = None) -> Any:
    """Make the goal of one level the active objective: the first one that has anything to decide unless one is named."""
    if level is not None and model.component(f"{level}_goal") is None:
        raise ValueError(say("solving.no_level", level=level, levels=", ".join(levels)))
    for name in levels if level is None else [level]:
        goal = model.component(f"{name}_goal")
        goal.expand()
        if pyo.is_potentially_variable(goal.expr):
            break
    goal.activate()
    model.doc = say("solving.active_level", level=name, levels=", ".join(levels))
    return model


def strange_names(model: Any, inputs: xr.Dataset) -> list[str]:
    """Name the variables, constraints and objectives of a model that the model of its inputs does not have."""
    kinds = (pyo.Var, pyo.Constraint, pyo.Objective)
    known = {part.name for part in build_model(inputs).component_objects(kinds)}
    return [part.name for part in model.component_objects(kinds) if part.name not in known]
