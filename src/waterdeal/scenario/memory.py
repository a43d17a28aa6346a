"""Parts of the inputs that were made before: made anew only where the basin, the steps or what they read of the scenario has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.scenario.schema import Scenario
from waterdeal.unlabelled import as_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.rows import Row
    from waterdeal.basin.schema import Basin


class _Watched:
    """A scenario that notes which of its tables are read; whatever else is asked of it counts as reading all."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.read: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        for table in [name] if name in Scenario.model_fields else Scenario.model_fields:
            self.read[table] = getattr(self._scenario, table)
        return getattr(self._scenario, name)


class WatchedData:
    """Variables, as (dims, array) or as labels, that note which of them a clause reads."""

    def __init__(self, variables: Mapping[str, Any], attrs: Mapping[str, Any]) -> None:
        self.attrs, self.dims = attrs, {name for name, held in variables.items() if not isinstance(held, tuple)}
        self._variables, self.read = variables, set[str]()

    def __getitem__(self, name: str) -> xr.Variable:
        self.read.add(name)
        held = self._variables[name]
        return xr.Variable(*held) if isinstance(held, tuple) else xr.Variable(name, held)

    def __contains__(self, name: str) -> bool:
        return name in self._variables


class Memory:
    """What was made for one case, for those that are set from it."""

    def __init__(self) -> None:
        self._kept: dict[Callable[..., Any], tuple[tuple[Any, ...], Mapping[str, Any], Any]] = {}
        self._raised: tuple[Basin, Basin] | None = None
        self._river: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
        #: requirements by date, as the scenario's file has them
        self.requirements: pd.DataFrame | None = None
        self.rows: dict[str, tuple[Clause, list[Row], set[str]]] = {}
        self._labels: tuple[dict[str, Any], tuple[dict[str, xr.Variable], dict[str, Any]]] | None = None

    def basin(self, basin: Basin, raised: Basin) -> Basin:
        """Return a basin with raised dams, the one seen before where it is the same: what was made of that is then known."""
        before = self._raised
        same = before is not None and before[0] is basin
        if before is None or not same or not all(before[1].table(name).equals(raised.table(name)) for name in ("reservoirs", "curves")):
            self._raised = before = (basin, raised)
        return before[1]

    def coordinates(self, labels: Mapping[str, Any]) -> tuple[dict[str, xr.Variable], dict[str, Any]]:
        """Return labels as variables with their indexes, those made before where they are the same."""
        held, bare = self._labels, {name: _bare(label) for name, label in labels.items()}
        if held is None or held[0].keys() != bare.keys() or not all(np.array_equal(held[0][name], label) for name, label in bare.items()):
            self._labels = held = (bare, as_labels(bare))
        return held[1]

    def clauses(self, asked: Sequence[Clause], variables: Mapping[str, Any], attrs: Mapping[str, Any]) -> list[tuple[Clause, WatchedData]]:
        """Return the clauses whose `rows` are not known, each with what it is to read: new ones, and those that read what has changed."""
        before, self._river = self._river, (variables, attrs)
        if before is None or before[1] != attrs:
            self.rows = {}
        else:
            read = {name for _, _, names in self.rows.values() for name in names}
            moved = {name for name in read if not np.array_equal(_bare(before[0][name]), _bare(variables[name]))}
            self.rows = {key: held for key, held in self.rows.items() if not held[2] & moved}
        return [(clause, WatchedData(variables, attrs)) for clause in asked if self.rows.get(clause.id, (None,))[0] != clause]

    def part(self, make: Callable[..., Any], basin: Basin, scenario: Scenario, *more: Any) -> Any:
        """Make a part of a basin, a scenario and what else can be compared, or copy it where nothing that it read has changed."""
        if make in self._kept:
            given, read, made = self._kept[make]
            if given[0] is basin and given[1:] == more and all(getattr(scenario, table) == value for table, value in read.items()):
                return _copied(made)
        watched = _Watched(scenario)
        made = make(basin, watched, *more)
        self._kept[make] = ((basin, *more), watched.read, made)
        return _copied(made)


def _bare(held: Any) -> Any:
    """Return the array of a variable."""
    return held[1] if isinstance(held, tuple) else held


def _copied(made: Any) -> Any:
    """Copy the arrays of a part: a user may write into the inputs."""
    if isinstance(made, dict):
        return {name: _copied(value) for name, value in made.items()}
    if isinstance(made, tuple):
        return tuple(map(_copied, made))
    return made.copy() if isinstance(made, np.ndarray | list) else made
