"""Bounds that follow the water are found by trying, and proven; what is no such bound is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.examples import two_party_inputs
from waterdeal.model.build import build_model
from waterdeal.solve.compile import compile_model
from waterdeal.solve.moving import StructureChanges, find_moving_bounds

if TYPE_CHECKING:
    from waterdeal.solve.program import Program


def compiled(water: np.ndarray) -> Program:
    """The two-party example with other water."""
    inputs = two_party_inputs()
    return compile_model(build_model(inputs.assign(runoff=inputs["runoff"].copy(data=water.reshape(inputs["runoff"].shape)))))


def test_bounds_at_other_water() -> None:
    """They are those of a model built with that water."""
    size = two_party_inputs()["runoff"].size
    moving = find_moving_bounds(compiled, size)
    water = np.random.default_rng(3).uniform(0, 500, size)
    due = compiled(water)
    for found, bound in zip(moving.at(water), (due.row_lower, due.row_upper, due.column_lower, due.column_upper), strict=True):
        assert found == pytest.approx(bound, abs=1e-9, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda base, x: replace(base, row_upper=base.row_upper + x.sum()), "several"),
        (lambda base, x: replace(base, row_upper=base.row_upper + x[0] ** 2), "several"),
        (lambda base, x: replace(base, column_upper=np.full(len(base.column_upper), 1.0 if x[0] > 50 else np.inf)), "for some numbers"),
        (lambda base, x: replace(base, matrix=replace(base.matrix, value=base.matrix.value * (1 + x[0]))), "coefficients"),
        (lambda base, x: replace(base, goals={name: (cost + x[0], 0.0) for name, (cost, _) in base.goals.items()}), "goals"),
    ],
)
def test_what_follows_otherwise_is_told(change: object, match: str) -> None:
    """Sums, powers, bounds that come and go, coefficients and costs."""
    base = compiled(np.zeros(two_party_inputs()["runoff"].size))
    base = replace(base, row_upper=np.where(np.isfinite(base.row_upper), base.row_upper, 0.0))
    with pytest.raises(StructureChanges, match=match):
        find_moving_bounds(lambda x: change(base, x), 3)  # type: ignore[operator]
