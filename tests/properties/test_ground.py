"""Whatever the river: with aquifers, wells, reuse and salt on, water and salt are kept, the replay is the plan, and off is as if it were not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from tests.drafts import solve
from tests.properties.ground import salty_rivers
from tests.replay.lines import agrees
from tests.thorough import examples
from waterdeal.lp.compile import compile_model
from waterdeal.model.build import build_model
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.solve.salinity import moved_towards, replayed_lines

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

WATER = 1e-6


@examples(2, thorough=12)
@given(river=salty_rivers())
def test_plan_and_replay(river: Draft) -> None:
    """The plan passes its audit, its replay is the same in all water, and no salt is made or lost; so with the limits at their concentrations."""
    inputs = river.inputs()
    plan = solve(inputs)
    for _ in range(2):
        audit(plan).raise_if_bad()
        played = replay(inputs, plan)
        assert agrees(played, WATER), played.differences.to_string()
        _salt_is_kept(played.dataset)
        inputs = moved_towards(inputs, replayed_lines(inputs, plan))
        plan = solve(inputs)


def _salt_is_kept(found: xr.Dataset) -> None:
    """The account of salt closes, and no concentration is below zero."""
    account = dict(zip(found["salt_account"].values.tolist(), found["salt_total"].values.tolist(), strict=True))
    brought = sum(account[name] for name in ("start", "runoff", "recharge", "picked_up"))
    gone = sum(account[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
    assert gone == pytest.approx(brought, abs=1e-6 + 1e-9 * brought)
    for name in ("salinity", "salinity_node", "salinity_stored", "salinity_delivered", "salinity_ground", "salt_load"):
        assert np.nanmin(found[name].values, initial=0.0) >= -1e-9, name


@examples(2, thorough=12)
@given(river=salty_rivers())
def test_off_is_not_there(river: Draft) -> None:
    """A basin with all these tables and a scenario that says nothing of them has the model of a basin without them."""
    names = ("aquifers", "wells", "percolation", "reuse", "salinity", "salinity_start", "salinity_limits", "salt_returns")
    content = {key: value for key, value in river.content.items() if key not in {"groundwater", "reuse", "salinity"}}
    off = replace(river, content=content)
    bare = replace(off, tables={name: rows for name, rows in river.tables.items() if name not in names})
    programs = [compile_model(build_model(one.inputs())) for one in (off, bare)]
    assert programs[0].digest() == programs[1].digest()


@examples(2, thorough=12)
@given(river=salty_rivers())
def test_concentrations_of_a_replay_are_those_of_the_rows(river: Draft) -> None:
    """At the concentrations of a plan's own replay, the excess in the rows is the excess that the replay measures."""
    inputs = river.inputs()
    plan = solve(inputs)
    lines = replayed_lines(inputs, plan)
    measured = replay(inputs, plan).dataset["salt_excess"].values
    model = build_model(moved_towards(inputs, lines))
    for name in ("flow", "demand.delivery", "groundwater.storage", "groundwater.recharge", "groundwater.pumped", "reuse.reused"):
        if model.find_component(name) is not None:  # a part that the river has nothing of is not in the model
            _set(model.find_component(name), plan, name)
    for kind in ("reservoir", "lake"):
        if model.find_component(kind) is not None:
            _set(model.find_component(f"{kind}.storage"), plan, "storage")
    rows = model.salinity.diluted
    for limit, step in model.salinity.LIMITED:
        model.salinity.excess[limit, step] = 0.0
        place = plan["salt_limit"].values.tolist().index(limit), plan["step"].values.tolist().index(step)
        assert max(-rows[limit, step].slack(), 0.0) == pytest.approx(measured[place], abs=1e-6)


def _set(variable: object, plan: xr.Dataset, name: str) -> None:
    """Put a plan's figures into a Var by (item, step)."""
    results = {
        "demand.delivery": "delivery", "groundwater.storage": "aquifer_storage", "groundwater.recharge": "recharge",
        "groundwater.pumped": "pumped", "reuse.reused": "reused",
    }  # fmt: skip
    table = plan[results.get(name, name)]
    items, steps = table[table.dims[0]].values.tolist(), plan["step"].values.tolist()
    for item, step in variable.index_set():  # type: ignore[attr-defined]
        variable[item, step] = float(table.values[items.index(item), steps.index(step)])  # type: ignore[index]
