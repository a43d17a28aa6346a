"""Small rivers written in a few lines, and one call from a river to its plan."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr
from pydantic import TypeAdapter

from waterdeal.agreement.forms import AnyClause
from waterdeal.ask.conflict import described
from waterdeal.basin.make import make_basin
from waterdeal.errors import Infeasible
from waterdeal.examples import monthly
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.extract import extract
from waterdeal.scenario.horizon import horizon_steps
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import LEVELS, Scenario
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step

Tables = dict[str, list[dict[str, Any]]]

#: a curve whose area is 20 + 0.05 x volume
CURVE = ({"level_m": 0, "volume_hm3": 0, "area_km2": 20}, {"level_m": 40, "volume_hm3": 2000, "area_km2": 120})


@dataclass(frozen=True)
class Draft:
    """A river and what is asked of it, before any check.

    Parameters
    ----------
    tables : dict
        Rows for `make_basin`.
    content : dict
        Content of a scenario file.
    volumes : dict
        hm3 of each step by node, where the scenario brings its own water.
    clauses : tuple of dict
        Clauses of an agreement, as a file has them.
    """

    tables: Tables
    content: dict[str, Any]
    volumes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    clauses: tuple[dict[str, Any], ...] = ()

    def basin(self) -> Basin:
        """Make the basin; drafts of one river share it."""
        return _basin(pickle.dumps(self.tables))

    def scenario(self) -> Scenario:
        """Make the scenario."""
        return Scenario.model_validate(self.content)

    def steps(self) -> tuple[Step, ...]:
        """Steps of the horizon."""
        return horizon_steps(self.scenario().period)

    def inputs(self) -> xr.Dataset:
        """Make the inputs; a river asked again gets a copy of its own."""
        return _inputs(pickle.dumps(self)).copy(deep=True)

    def with_clauses(self, *clauses: dict[str, Any]) -> Draft:
        """Return a draft with other clauses."""
        return replace(self, clauses=clauses)

    def plan(self, **options: Any) -> xr.Dataset:
        """Solve; see `solve`."""
        return solve(self.inputs(), **options)

    def with_content(self, **tables: Any) -> Draft:
        """Return a draft with some tables of its scenario replaced."""
        return replace(self, content={**self.content, **tables})

    def series(self) -> xr.DataArray:
        """Rates whose steps carry the volumes; a last one says that the series ends with the horizon."""
        steps = self.steps()
        days = np.array([step.days for step in steps])
        rates = [volume_to_rate(np.array(row, dtype=float), days) for row in self.volumes.values()]
        rates = np.hstack([rates, np.zeros((len(rates), 1))])
        times = pd.DatetimeIndex([step.start for step in steps] + [steps[-1].end])
        return xr.DataArray(rates, dims=("node", "time"), coords={"node": list(self.volumes), "time": times})


@lru_cache(maxsize=64)
def _basin(pickled: bytes) -> Basin:
    """Make the basin of some tables."""
    return make_basin("draft", pickle.loads(pickled))  # noqa: S301 - pickled above


@lru_cache(maxsize=64)
def _inputs(pickled: bytes) -> xr.Dataset:
    """Make the inputs of a draft."""
    one: Draft = pickle.loads(pickled)  # noqa: S301 - pickled above
    series = one.series() if one.volumes else None
    return make_inputs(one.basin(), one.scenario(), series=series, clauses=read_clauses(one.clauses))


def read_clauses(clauses: Sequence[dict[str, Any]]) -> tuple[Any, ...]:
    """Check clauses as a file would."""
    return _clauses().validate_python(list(clauses))


@cache
def _clauses() -> TypeAdapter[tuple[AnyClause, ...]]:
    """Make what checks clauses once; it takes half a second."""
    return TypeAdapter(tuple[AnyClause, ...])


def draft(nodes: str, links: str, /, *, runoff: Mapping[str, float] | None = None, **tables: Any) -> Draft:
    """Write a river in two lines.

    Parameters
    ----------
    nodes : str
        ``"spring catchment; dam reservoir UP; sea outlet"``; the party is A unless told.
    links : str
        ``"head spring dam; gate dam fields canal"``; a river unless told.
    runoff : dict
        m3/s by catchment, all year round; 0 unless told.
    **tables
        More rows by table; ``links`` and ``reservoirs`` hold changes by id; ``scenario`` and ``volumes`` go to the draft.

    Returns
    -------
    Draft
        Three days from 1 April 2026 unless its scenario says otherwise; reservoirs start half full and end as they like.
    """
    scenario, volumes = tables.pop("scenario", {}), tables.pop("volumes", {})
    places = [dict(zip(("node", "kind", "party"), [*row.split(), "A"], strict=False)) for row in nodes.split(";")]
    rows = [dict(zip(("link", "from_node", "to_node", "kind"), [*row.split(), "river"], strict=False)) for row in links.split(";")]
    more_links, more_bodies = tables.pop("links", {}), tables.pop("reservoirs", {})
    bodies = [
        {"reservoir": place["node"], "dead_hm3": 0, "full_hm3": 2000, "evaporation": "none", **more_bodies.get(place["node"], {})}
        for place in places
        if place["kind"] in {"reservoir", "lake"}
    ]
    water = {place["node"]: 0.0 for place in places if place["kind"] == "catchment"} | dict(runoff or {})
    filled: Tables = {
        "parties": [{"party": party} for party in dict.fromkeys(place["party"] for place in places)],
        "nodes": places,
        "links": [{**row, **more_links.get(row["link"], {})} for row in rows],
        "reservoirs": bodies,
        "hydrology": [row for node, rate in water.items() for row in monthly("node", node, "runoff_m3s", [rate], year_class="mean")],
        **tables,
    }
    return Draft(filled, _content(bodies, series=bool(volumes), **scenario), volumes)


def _content(bodies: Sequence[Mapping[str, Any]], *, series: bool, **changes: Any) -> dict[str, Any]:
    """Content of a scenario file."""
    return {
        "scenario": {"id": "draft"},
        "basin": "draft",
        "period": {"start": "2026-04-01", "end": "2026-04-04", "step": "day"},
        "hydrology": {"series": "in-code"} if series else {"year_class": "mean"},
        "reservoir": {row["reservoir"]: {"initial": row["full_hm3"] / 2, "terminal": {"rule": "free"}} for row in bodies},
        **changes,
    }


def user(name: str, node: str, rate: float | Sequence[float], kind: str = "irrigation", **more: Any) -> Tables:
    """Write a demand of one rate a month, or of one for all, with its requirements."""
    rates = [rate] if isinstance(rate, int | float) else rate
    row = {"demand": name, "node": node, "party": "A", "kind": kind, "zone": name, "limit_counted": "yes", **more}
    return {"demands": [row], "requirements": monthly("demand", name, "rate_m3s", rates)}


def together(*tables: Tables) -> Tables:
    """Put the rows of several sets of tables together."""
    return {name: [row for part in tables for row in part.get(name, [])] for name in dict.fromkeys(n for part in tables for n in part)}


#: levels of a plan that is not operated: releases change as the other levels like
PLAIN = tuple(level for level in LEVELS if level not in {"operation", "given"})


def solve(
    inputs: xr.Dataset,
    levels: Sequence[str] = PLAIN,
    edit: Callable[[Any], None] | None = None,
    **options: Any,
) -> xr.Dataset:
    """Build, compile, solve and extract.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs.
    levels : sequence of str
        Goals in order.
    edit : callable, optional
        Called with the Pyomo model before it is compiled.
    **options
        Fields of `SolveOptions`.

    Returns
    -------
    xarray.Dataset
        The plan.
    """
    model = build_model(inputs)
    if edit is not None:
        edit(model)
    program = compile_model(model)
    try:
        return extract(inputs, program, solve_levels(program, levels, SolveOptions(**options)))
    except Infeasible as error:
        raise described(error) from None
