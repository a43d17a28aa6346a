"""The dataset of a plan is put together without xarray's merge, and is what the merge would have made."""

from __future__ import annotations

import xarray as xr

from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.extract import extract


def test_the_dataset_is_what_xarray_makes_of_its_parts() -> None:
    """Variables, labels, indexes and attributes, and xarray's own invariants."""
    inputs = two_party_inputs()
    program = compile_model(build_model(inputs))
    plan = extract(inputs, program, solve_levels(program, ("irrigation",), SolveOptions()))
    made = xr.Dataset(dict(plan.data_vars), coords=dict(plan.coords), attrs=plan.attrs)
    xr.testing.assert_identical(plan, made)
    assert {name: type(index) for name, index in plan.xindexes.items()} == {name: type(index) for name, index in made.xindexes.items()}
    xr.testing._assert_internal_invariants(plan, check_default_indexes=True)  # type: ignore[attr-defined]


def test_the_inputs_are_left_as_they_were() -> None:
    """Attributes of the vocabulary are put on the plan's variables, not on those of the inputs."""
    inputs = two_party_inputs()
    before = inputs.copy(deep=True)
    program = compile_model(build_model(inputs))
    extract(inputs, program, solve_levels(program, ("irrigation",), SolveOptions()))
    xr.testing.assert_identical(inputs, before)
