"""A model kept with its solver gives the plans of models built anew."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tests.thorough import diagonal
from waterdeal.examples import two_party_inputs
from waterdeal.lp.blend import Orders
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.solve.kept import KeptModel

LEVELS = ("safety", "drinking", "entitlement", "environment", "irrigation", "evenness", "benefit")
NAMES = ("runoff", "storage_initial", "requirement", "entitlement_volume", "flow_max", "energy_value", "loss_fraction")


@pytest.fixture(scope="module")
def kept() -> KeptModel:
    """The two-party example."""
    return KeptModel(two_party_inputs(), LEVELS, SolveOptions(), NAMES)


@pytest.mark.parametrize("name", diagonal(NAMES, "runoff", "flow_max", "energy_value"))
def test_plan_is_that_of_a_model_built_anew(kept: KeptModel, name: str) -> None:
    """Water, storages, requirements, limits, prices, and even coefficients."""
    inputs = two_party_inputs()
    numbers = {name: inputs[name].values * np.random.default_rng(1).uniform(0.7, 0.95, inputs[name].shape)}
    found = kept.solve(numbers)
    program = compile_model(build_model(inputs.assign({name: inputs[name].copy(data=numbers[name])})))
    due = solve_levels(program, LEVELS, SolveOptions())
    assert found.values == pytest.approx(due.values, abs=1e-6)
    assert found.is_unique == due.is_unique


def test_says_what_was_compiled_anew(kept: KeptModel) -> None:
    """A loss is a coefficient, water is not."""
    inputs = two_party_inputs()
    kept.solve({"loss_fraction": 0.5 * inputs["loss_fraction"].values})
    assert "loss_fraction" in kept.recompiled
    kept.solve({"runoff": 0.9 * inputs["runoff"].values})
    assert not kept.recompiled


def test_a_limit_that_goes_is_compiled_anew(kept: KeptModel) -> None:
    """The plan is right all the same."""
    inputs = two_party_inputs()
    free = np.full(inputs["flow_max"].shape, np.inf)
    found = kept.solve({"flow_max": free})
    assert "flow_max" in kept.recompiled
    program = compile_model(build_model(inputs.assign(flow_max=inputs["flow_max"].copy(data=free))))
    assert found.values == pytest.approx(solve_levels(program, LEVELS, SolveOptions()).values, abs=1e-6)


def test_a_level_that_decides_nothing_leaves_nothing_behind(kept: KeptModel) -> None:
    """Without a price of energy and water the last level is passed over, whatever was solved before: the same bits."""
    inputs = two_party_inputs()
    free = {"energy_value": np.zeros(inputs["energy_value"].shape)}
    first = KeptModel(inputs, LEVELS, SolveOptions(), NAMES).solve(free).values
    kept.solve({"runoff": 0.7 * inputs["runoff"].values})
    assert kept.solve(free).values.tobytes() == first.tobytes()


def test_order_does_not_matter(kept: KeptModel) -> None:
    """The same numbers give the same bits after others, and in another process."""
    inputs = two_party_inputs()
    water = {"runoff": 0.8 * inputs["runoff"].values}
    first = kept.solve(water)
    kept.solve({"storage_initial": 0.9 * inputs["storage_initial"].values})
    again = kept.solve(water)
    sent = pickle.loads(pickle.dumps(kept))  # noqa: S301
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.values, sent.solve(water).values)
    dearer = {"energy_value": 1.1 * inputs["energy_value"].values}
    assert np.array_equal(kept.solve(dearer).values, sent.solve(dearer).values)


def test_no_model_is_sent(kept: KeptModel) -> None:
    """Arrays and names go to other processes."""
    assert b"pyomo" not in pickle.dumps(kept)


def test_what_is_learned_changes_no_plan(kept: KeptModel) -> None:
    """Numbers like those to come are told where to begin, and end where they ended; what has no plan teaches nothing."""
    water = two_party_inputs()["runoff"].values
    due = kept.solve({"runoff": 0.83 * water})
    kept.learn([{"runoff": factor * water} for factor in (0.6, 0.8, 1.0)])
    found = kept.solve({"runoff": 0.83 * water})
    assert found.values == pytest.approx(due.values, abs=1e-6)
    assert found.is_unique == due.is_unique


def test_a_level_solved_alone_ends_it_whatever_its_basis_reads_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds a hair apart are told for one another: no order of reduced costs is proven, and the same plan is found all the same."""
    inputs = two_party_inputs()
    river, numbers = KeptModel(inputs, LEVELS, SolveOptions(), NAMES), {"runoff": 0.9 * inputs["runoff"].values}
    river.solve({"runoff": inputs["runoff"].values})
    usual = river.solve(numbers).values
    asked = []
    monkeypatch.setattr(Orders, "proven", lambda orders: asked.append(len(orders.duals)) or 0)
    again = KeptModel(inputs, LEVELS, SolveOptions(time_limit=20), NAMES)
    again.solve({"runoff": inputs["runoff"].values})
    assert again.solve(numbers).values == pytest.approx(usual, abs=1e-6)
    assert asked
