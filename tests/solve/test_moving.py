"""Bounds and costs that follow numbers of the inputs are found by trying, and proven; what does not is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.moving import StructureChanges, find_moving, find_moving_within, parts
from waterdeal.model.build import build_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.lp.program import Program

NAMES = ("runoff", "storage_initial", "flow_max", "storage_min", "energy_value", "shortage_weight")


def compiled(numbers: Mapping[str, np.ndarray]) -> Program:
    """The two-party example with other numbers."""
    inputs = two_party_inputs()
    other = {name: inputs[name].copy(data=np.reshape(values, inputs[name].shape)) for name, values in numbers.items()}
    return compile_model(build_model(inputs.assign(other)))


@pytest.mark.thorough
def test_program_at_other_numbers() -> None:
    """It is that of a model built with these numbers: bounds, costs and constants."""
    inputs = two_party_inputs()
    moving, refused = find_moving(compiled, {name: inputs[name].values for name in NAMES})
    assert not refused
    drawn = np.random.default_rng(3)
    numbers = {name: inputs[name].values * drawn.uniform(0.2, 2.0, inputs[name].shape) for name in NAMES}
    due = compiled(numbers)
    found = moving.at(numbers)
    assert found.matrix is moving.program.matrix
    for told, true in zip(parts(found), parts(due), strict=True):
        assert told == pytest.approx(true, abs=1e-9, rel=1e-12)


def test_costs_that_stay_keep_their_goals() -> None:
    """So that a kept solver knows at a glance that only bounds have moved."""
    inputs = two_party_inputs()
    moving, _ = find_moving(compiled, {"runoff": inputs["runoff"].values, "energy_value": inputs["energy_value"].values})
    assert moving.at({"runoff": 2 * inputs["runoff"].values}).goals is moving.program.goals
    assert moving.at({"energy_value": 2 * inputs["energy_value"].values + 1}).goals is not moving.program.goals


def test_coefficients_are_told() -> None:
    """A number in a coefficient changes the structure."""
    inputs = two_party_inputs()
    moving, refused = find_moving(compiled, {name: inputs[name].values for name in ("runoff", "loss_fraction")})
    assert list(moving.followers) == ["runoff"]
    assert "coefficients" in refused["loss_fraction"]


def test_a_limit_that_comes_is_told() -> None:
    """Where there was none, no number moves."""
    inputs = two_party_inputs()
    moving, _ = find_moving(compiled, {"flow_max": inputs["flow_max"].values})
    with pytest.raises(StructureChanges, match="flow_max"):
        moving.at({"flow_max": np.where(np.isfinite(inputs["flow_max"].values), np.inf, 1.0)})


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda base, x: replace(base, row_upper=base.row_upper + x.sum()), "several"),
        (lambda base, x: replace(base, row_upper=base.row_upper + x[0] ** 2), "several"),
        (lambda base, x: replace(base, column_upper=np.full(len(base.column_upper), 1.0 if x[0] < 50 else np.inf)), "for some numbers"),
        (lambda base, x: replace(base, matrix=base.matrix._replace(value=base.matrix.value * (1 + x[0]))), "coefficients"),
        (lambda base, x: replace(base, goals={name: (cost + x.sum(), 0.0) for name, (cost, _) in base.goals.items()}), "several"),
    ],
)
def test_what_follows_otherwise_is_told(change: object, match: str) -> None:
    """Sums, powers, bounds that come and go, coefficients, and costs of several numbers."""
    base = compiled({})
    base = replace(base, row_upper=np.where(np.isfinite(base.row_upper), base.row_upper, 0.0))
    _, refused = find_moving(lambda numbers: change(base, numbers["x"]), {"x": np.array([40.0, 30.0, 20.0])})  # type: ignore[operator]
    assert match in refused["x"]


def test_numbers_that_bend_bounds_together_are_told() -> None:
    """Each by itself moves a bound by a factor; the product of both does not."""
    base = compiled({})
    finite = np.where(np.isfinite(base.row_upper), base.row_upper, 0.0)

    def product(numbers: Mapping[str, np.ndarray]) -> Program:
        return replace(base, row_upper=finite + numbers["x"][0] * numbers["y"][0])

    with pytest.raises(StructureChanges):
        find_moving(product, {"x": np.array([3.0]), "y": np.array([5.0])})


def test_parameters_within_ranges() -> None:
    """One that steps to its range and then rises, beside one that stays; the program is that of the model at any values."""
    base = compiled({})
    base = replace(base, row_upper=np.where(np.isfinite(base.row_upper), base.row_upper, 0.0))

    def stepped(numbers: Mapping[str, np.ndarray]) -> Program:
        x, y = (float(numbers[name][0]) if name in numbers else None for name in ("x", "y"))
        return replace(base, row_upper=base.row_upper + (0.0 if x is None else 7 + 2 * x) - (0.0 if y is None else y))

    moving = find_moving_within(base, stepped, {"x": (1.0, 3.0), "y": (-1.0, 1.0)})
    for values in ({}, {"x": 1.5}, {"y": 0.3}, {"x": 2.5, "y": -0.7}):
        due = stepped({name: np.array([value]) for name, value in values.items()})
        found = moving.at({name: np.array([value]) for name, value in values.items()})
        assert found.matrix is base.matrix
        assert found.row_upper == pytest.approx(due.row_upper, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda base, x, y: replace(base, row_upper=base.row_upper + x * y), "several"),
        (lambda base, x, y: replace(base, row_upper=base.row_upper + x**2 + y), "several"),
        (
            lambda base, x, y: replace(base, column_upper=np.full(len(base.column_upper), 1.0 if x + y < 2.5 else np.inf)),
            "for some numbers",
        ),
        (lambda base, x, y: replace(base, matrix=base.matrix._replace(value=base.matrix.value * (1 + x + y))), "coefficients"),
    ],
)
def test_parameters_that_bend_are_told(change: object, match: str) -> None:
    """Products, powers, bounds that come and go, coefficients."""
    base = compiled({})
    base = replace(base, row_upper=np.where(np.isfinite(base.row_upper), base.row_upper, 0.0))

    def at(numbers: Mapping[str, np.ndarray]) -> Program:
        x, y = (float(numbers[name][0]) if name in numbers else 1.0 for name in ("x", "y"))
        return change(base, x, y)  # type: ignore[operator]

    with pytest.raises(StructureChanges, match=match):
        find_moving_within(at({}), at, {"x": (1.0, 3.0), "y": (0.5, 1.5)})
