"""Loads of salt that clauses promise, by hand, against the replay, and on drawn rivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given

from tests.drafts import PLAIN, Draft, draft, user
from tests.properties.ground import salty_rivers
from tests.thorough import examples
from waterdeal.agreement.inputs import clauses_of, sleeping, unheld_parts
from waterdeal.errors import Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.result import Result
from waterdeal.run import solve_inputs

if TYPE_CHECKING:
    import xarray as xr

DAY = 0.0864
LEVELS = ("safety", "agreement", "irrigation", "benefit")


def river(*clauses: dict[str, Any], links: str = "", on: bool = True, **tables: Any) -> Draft:
    """100 hm3 a day of 0.5 g/l; fields of A take up to 60, and give back half of it with all its salt and 1 g/l more."""
    nodes = "spring catchment A; fork junction A; mouth junction A; post junction A; sea outlet B"
    return draft(
        nodes, links or "head spring fork; reach fork mouth; last mouth post; low post sea",
        runoff={"spring": 100 / DAY}, salinity=[{"node": "spring", "concentration_gl": 0.5}],
        salt_returns=[{"demand": "fields", "added_gl": 1.0}], scenario={"salinity": {"on": on}},
        **user("fields", "fork", 60 / DAY, return_fraction=0.5, return_node="mouth"), **tables,
    ).with_clauses(*clauses)  # fmt: skip


def planned(one: Draft, levels: tuple[str, ...] = LEVELS) -> xr.Dataset:
    """Plan, with all passes, and hold the plan to its audit."""
    plan = solve_inputs(one.inputs(), levels, SolveOptions())
    Result(plan).audit().raise_if_bad()
    return plan


@pytest.mark.parametrize(
    ("clause", "delivered"),
    [
        # 50 come and 0.5 of each hm3 delivered is picked up, in three days 150 + D / 2 at any gauge below: 200 leave 100 of 180
        pytest.param({"at": "last", "tonnes": 200_000}, 100, marks=pytest.mark.thorough),
        ({"at": "low", "tonnes": 200_000}, 100),
        # of each hm3 delivered 0.5 of salt come back, and 0.5 that is picked up: 120 leave 120
        ({"supply_of": "A", "tonnes": 120_000}, 120),
        # 20 have come back before
        pytest.param({"demands": "fields", "tonnes": 120_000, "so_far": 20_000}, 100, marks=pytest.mark.thorough),
        # no more than comes anyway
        pytest.param({"at": "last", "tonnes": 250_000}, 180, marks=pytest.mark.thorough),
    ],
)  # fmt: skip
def test_a_load_is_held_exactly(clause: dict[str, Any], delivered: float) -> None:
    """By a link right below the fields or further down, and in return flow: what the replay carries is what is promised."""
    plan = planned(river({"id": "mine", "kind": "salt_load", **clause}))
    assert float(plan["delivery"].sum()) == pytest.approx(delivered, abs=1e-5)
    (reading,) = measure_clauses(plan).itertuples()
    assert reading.slack >= -1e-6
    assert (reading.unit, plan.attrs["salinity_converged"]) == ("kt", 1)


def test_a_reservoir_keeps_salt_too() -> None:
    """A dam of 300 hm3 of 1 g/l is let down by 100 hm3 for the fields below; what it lets out in all carries no more than 50 kt of that."""
    one = draft(
        "spring catchment; dam reservoir; fork junction; sea outlet", "head spring dam; out dam fork; low fork sea",
        reservoirs={"dam": {"full_hm3": 600}}, salinity=[{"node": "spring", "concentration_gl": 0}],
        salinity_start=[{"place": "dam", "kind": "reservoir", "concentration_gl": 1}],
        scenario={"salinity": {"on": True}, "reservoir": {"dam": {"initial": 300, "terminal": {"rule": "free"}}}}, **user("fields", "fork", 40 / DAY),
    )  # fmt: skip
    assert float(planned(one)["delivery"].sum()) == pytest.approx(120)
    held = planned(one.with_clauses({"id": "mine", "kind": "salt_load", "at": "out", "tonnes": 50_000}))
    assert float(held["salt_load"].sel(salt_link="out").sum()) == pytest.approx(50)
    assert float(held["delivery"].sum()) == pytest.approx(50)


def test_less_than_nature_brings_leaves_no_plan() -> None:
    """150 come whatever anybody does: of 140 the clause has to give way by 10 kt."""
    with pytest.raises(Infeasible) as error:
        planned(river({"id": "mine", "kind": "salt_load", "at": "low", "tonnes": 140_000}))
    assert error.value.explanation is not None
    (way,) = error.value.explanation.menu
    assert (way.clause, way.unit, way.amount) == ("mine", "kt", pytest.approx(10, rel=1e-6))


def test_it_is_not_in_the_balance_of_a_plan_without_salt() -> None:
    """No row, no reading, and said so; it does not sleep."""
    inputs = river({"id": "mine", "kind": "salt_load", "at": "low", "tonnes": 1}, on=False).inputs()
    (clause,) = clauses_of(inputs)
    assert inputs.sizes["clause"] == 0
    assert unheld_parts(clause, inputs) == ["salt"]
    assert not sleeping(clause, inputs)


@pytest.mark.thorough
@examples(4, thorough=20)
@given(river=salty_rivers())
def test_drawn_rivers_keep_their_loads(river: Draft) -> None:
    """With aquifers, wells, reuse, lakes and delays: nine tenths of what the last link carries is held in the replay, conceded or not."""
    free = solve_inputs(river.inputs(), PLAIN, SolveOptions())
    link = str(free["salt_link"].values[-1])
    load = float(free["salt_load"].sel(salt_link=link).sum())
    assume(load > 1)
    clause = {"id": "mine", "kind": "salt_load", "at": link, "tonnes": 900 * load, "concession": 1.0 * load}
    plan = planned(river.with_clauses(clause), PLAIN)
    carried = float(plan["salt_load"].sel(salt_link=link).sum())
    assert carried <= 0.9 * load + float(plan["clause_conceded"].sum()) + 1e-6
    assert np.isfinite(plan["row_slack"].values).all()
