"""A river run by rules: what a plan decided, given as measured, brings what the replay of the plan brings; closures by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal import examples
from waterdeal.replay.operated import Given, Operated, split
from waterdeal.replay.simulate import replay

if TYPE_CHECKING:
    import xarray as xr


def nothing(inputs: xr.Dataset, wanted: np.ndarray) -> Given:
    """Nothing measured."""
    sizes = inputs.sizes
    return Given(np.full((sizes["link"], sizes["time"]), np.nan), np.full((sizes["reservoir"], sizes["time"]), np.nan), wanted)


def test_what_a_plan_decided_brings_what_its_replay_brings() -> None:
    """Two routes: releases and deliveries of a plan as measured, against the replay of the plan."""
    case = examples.two_party()
    plan = case.solve().dataset
    again = replay(case.inputs, plan).dataset
    given = nothing(case.inputs, plan["delivery"].values)
    given.flow[:] = plan["flow"].values
    given.flow[case.inputs["link_from"].values != "upper_dam"] = np.nan
    done = Operated(case.inputs, given).run()
    assert done.delivery == pytest.approx(plan["delivery"].values, abs=1e-6)
    for name, found in {"flow": done.flow, "storage": done.storage, "return_flow": done.return_flow}.items():
        assert found == pytest.approx(again[name].values, abs=1e-6), name


def test_storages_given_find_the_release_of_the_plan() -> None:
    """The other way round: the storages of the replay as measured give back the releases."""
    case = examples.two_party()
    plan = case.solve().dataset
    given = nothing(case.inputs, plan["delivery"].values)
    given.storage[:] = replay(case.inputs, plan).dataset["storage"].values
    done = Operated(case.inputs, given).run()
    row = case.inputs["link"].values.tolist().index("dam_delta")
    assert done.flow[row] == pytest.approx(plan["flow"].values[row], abs=1e-3)


def test_a_closure_is_what_was_measured_less_what_the_river_brings() -> None:
    """A storage 10 hm3 above what the balance gives has a closure of 10, and the next step starts from what was measured."""
    case = examples.two_party()
    plan = case.solve().dataset
    given = nothing(case.inputs, plan["delivery"].values)
    given.flow[:] = np.where((case.inputs["link_from"].values == "upper_dam")[:, None], plan["flow"].values, np.nan)
    free = Operated(case.inputs, given).run().storage[0]
    given.storage[0, 0] = free[0] + 10.0
    done = Operated(case.inputs, given).run()
    assert done.body_closure[0, 0] == pytest.approx(10.0, abs=0.05)  # the lake is a little wider, and evaporates that much more
    assert done.storage[0, 0] == free[0] + 10.0
    assert np.isnan(done.body_closure[0, 1:]).all()
    assert done.storage[0, 1] > free[1] + 9.5


def test_users_share_what_there_is() -> None:
    """A release of nothing: the canal's users get nothing, the town above is served from the lake, and no water is made."""
    inputs = examples.two_party_inputs()
    given = nothing(inputs, inputs["requirement"].values.copy())
    given.flow[inputs["link_kind"].values == "canal"] = 0.0
    done = Operated(inputs, given).run()
    users = inputs["demand"].values.tolist()
    assert done.delivery[users.index("fields")] == pytest.approx(0.0)
    assert done.delivery[users.index("town")] == pytest.approx(inputs["requirement"].values[users.index("town")])
    assert done.missing.max() == pytest.approx(0.0, abs=1e-9)


def test_a_junction_splits_by_what_is_wanted_and_what_fits() -> None:
    """Of 100: 10 wanted on the first, the rest evenly; a link of 30 takes 30; where all are full the rest is still there."""
    free = np.array([np.inf, np.inf])
    assert split(100.0, np.array([10.0, 0.0]), free) == pytest.approx([55.0, 45.0])
    assert split(100.0, np.array([10.0, 0.0]), np.array([np.inf, 30.0])) == pytest.approx([70.0, 30.0])
    assert split(6.0, np.array([10.0, 5.0]), free) == pytest.approx([4.0, 2.0])
    assert split(100.0, np.array([0.0, 0.0]), np.array([20.0, 30.0])) == pytest.approx([45.0, 55.0])
