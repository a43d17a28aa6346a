"""Names decide nothing: other ids in another order, the same plan; what nothing tells apart gets equal parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, together, user
from tests.properties.agreements import agreements
from tests.properties.rivers import rivers
from tests.solve.test_sharing import RULES, with_rule
from tests.thorough import examples
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.scenario.schema import USUAL_LEVELS

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.types import Floats

CUMEC_DAY = 0.0864
#: dims whose labels are names
NAMED = {
    "node", "link", "lagged_link", "reservoir", "lake", "demand", "plant", "flow_requirement", "channel", "entitlement", "clause", "party",
}  # fmt: skip
#: texts that are no names, though a name may read the same
WORDS = ("step", "term_quantity")


def renamed(inputs: xr.Dataset, seed: int) -> tuple[xr.Dataset, dict[str, str]]:
    """Return inputs with everything called otherwise and in another order, and the names."""
    random = np.random.default_rng(seed)
    known = sorted({str(name) for dim in inputs.sizes if dim in NAMED for name in inputs[dim].values.tolist()} - {""})
    fresh = {name: f"z{number}" for name, number in zip(known, random.permutation(len(known)).tolist(), strict=True)}
    turned = inputs.isel({str(dim): random.permutation(size) for dim, size in inputs.sizes.items() if dim in NAMED})
    changed = {
        name: (variable.dims, np.array([fresh.get(str(label), str(label)) for label in variable.values.ravel()]).reshape(variable.shape))
        for name, variable in turned.variables.items()
        if variable.dtype.kind in "UO" and name not in WORDS
    }
    return turned.assign_coords({name: value for name, value in changed.items() if name in turned.coords}).assign(
        {name: value for name, value in changed.items() if name not in turned.coords}
    ), fresh


def plan_of(inputs: xr.Dataset, names: dict[str, str] | None = None) -> dict[str, float] | None:
    """Values of all columns by name, as other inputs would call them; None where there is no plan."""
    program = compile_model(build_model(inputs))
    try:
        solution = solve_levels(program, USUAL_LEVELS, SolveOptions())
    except Infeasible:
        return None
    assert solution.is_unique
    found = {}
    for family in program.columns:
        for label, value in zip(family.indices(), solution.values[family.start : family.start + family.size].tolist(), strict=True):
            parts = label if isinstance(label, tuple) else (label,)
            found["|".join([family.name, *((names or {}).get(str(part), str(part)) for part in parts)])] = value
    return found


def check_names(inputs: xr.Dataset, seed: int) -> None:
    """Assert that a plan is the same by other names."""
    other, names = renamed(inputs, seed)
    one, two = plan_of(inputs, names), plan_of(other)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one == pytest.approx(two, abs=1e-6)


@examples(4, thorough=80)
@given(
    river=rivers(),
    rule=st.sampled_from(RULES),
    give=st.sampled_from([0.0, 0.01]),
    factor=st.sampled_from([0.1, 0.4, 1.0]),
    seed=st.integers(0, 99),
)
def test_names_and_order_change_nothing(river: Draft, rule: str, give: float, factor: float, seed: int) -> None:
    """On random rivers."""
    inputs = with_rule(river.inputs(), rule, give)
    check_names(inputs.assign(runoff=inputs["runoff"] * factor), seed)


@examples(3, thorough=60)
@given(river=agreements(), rule=st.sampled_from(RULES), seed=st.integers(0, 99))
def test_nor_with_clauses(river: Draft, rule: str, seed: int) -> None:
    """With two to five clauses."""
    check_names(with_rule(river.inputs(), rule), seed)


def twins(names: tuple[str, str]) -> Draft:
    """Two equal reservoirs beside one another, which feed one user."""
    one, two = names
    nodes = f"spring catchment; fork junction; {one} reservoir; {two} reservoir; meet junction; sea outlet"
    ways = f"head spring fork; {one}_in fork {one}; {two}_in fork {two}; {one}_out {one} meet; {two}_out {two} meet; mouth meet sea"
    bodies = {name: {"full_hm3": 600} for name in names}
    return draft(nodes, ways, runoff={"spring": 500}, reservoirs=bodies, **user("fields", "meet", 4000.0))


@pytest.mark.parametrize("names", [("north", "south"), ("south", "north"), ("zz", "aa")])
def test_equal_reservoirs_hold_equal_water(names: tuple[str, str]) -> None:
    """What they hold, take and give is the same, whatever they are called, and the plan is the only one."""
    plan = twins(names).plan(levels=USUAL_LEVELS)
    storage = plan["storage"].sel(reservoir=list(names)).values
    assert storage[0] == pytest.approx(storage[1], abs=1e-6)
    assert plan.attrs["is_unique"] == 1
    same = twins(("north", "south")).plan(levels=USUAL_LEVELS)["storage"].sel(reservoir=["north", "south"]).values
    assert storage == pytest.approx(same, abs=1e-6)


def test_three_users_alike_and_one_other() -> None:
    """Of three claims of 20 and one of 30 at a place, each gets the same part of its own on every day."""
    users: dict[str, Any] = together(*(user(name, "fork", 20 / CUMEC_DAY) for name in ("c", "a", "b")), user("d", "fork", 30 / CUMEC_DAY))
    river = draft(
        "spring catchment; fork junction; sea outlet", "head spring fork; mouth fork sea", runoff={"spring": 50 / CUMEC_DAY}, **users
    )
    plan = river.plan(levels=USUAL_LEVELS)
    given_to: Floats = plan["delivery"].sel(demand=["a", "b", "c", "d"]).values
    assert np.ptp(given_to[:3], axis=0) == pytest.approx(0, abs=1e-6)
    assert given_to.sum(axis=1) / given_to.sum() == pytest.approx(np.array([2, 2, 2, 3]) / 9, abs=1e-9)
