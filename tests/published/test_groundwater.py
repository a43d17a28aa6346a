"""The published cases about groundwater and salt, through scenarios and their plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.drafts import draft, user
from tests.published.cases import published
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.publish import publish
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

#: hm3 that 1 m3/s carries in a day
CUMEC_DAY = 0.0864


def published_plan(river: Draft) -> xr.Dataset:
    """Solve a river pass by pass, replay it, and audit what is published."""
    passes = Passes(USUAL_LEVELS, SolveOptions())
    plan = publish(settle(river.inputs(), passes), passes)
    audit(plan).raise_if_bad()
    return plan


def test_linear_aquifer_in_a_plan() -> None:
    """GW-01: an aquifer of 1000 hm3 with recharge 50, pumping 20 and alpha 0.1 has the storages and baseflows of the case in three steps."""
    case = published("GW-01")
    given = case.inputs
    needed = given["pumping"] / CUMEC_DAY
    river = draft(
        "spring catchment; farm junction; plain junction; sea outlet",
        "head spring farm; drain farm plain; mouth plain sea",
        aquifers=[
            {
                "aquifer": "sands", "party": "A", "node": "plain", "initial_hm3": given["V0"], "alpha_per_day": given["alpha"],
                "recharge_m3s": given["recharge"] / CUMEC_DAY, "lift_m": 40, "pump_efficiency": 0.6,
            }
        ],
        wells=[{"well": "field_wells", "aquifer": "sands", "demand": "fields", "capacity_m3s": needed}],
        scenario={"groundwater": {"on": True, "debt_price": 0}},
        **user("fields", "farm", needed),
    )  # fmt: skip
    plan = published_plan(river)
    assert plan["pumped"].values == pytest.approx(np.full((1, 3), given["pumping"]))
    for step in range(given["steps"]):
        assert float(plan["aquifer_storage"][0, step]) == case.near("V", step)
        assert float(plan["baseflow"][0, step]) == case.near("baseflow", step)


def salty(**tables: object) -> Draft:
    """A dam above a stretch whose fields take 112 hm3 a day and return half of it; its water has a worth where it is."""
    return draft(
        "spring catchment; dam reservoir; fork junction; mouth junction; sea outlet",
        "head spring dam; out dam fork; reach fork mouth; last mouth sea",
        reservoirs={"dam": {"dead_hm3": 0}},
        scenario={
            "reservoir": {"dam": {"initial": 1000, "terminal": {"rule": "value", "worth": 3}}},
            "salinity": {"on": True},
        },
        **user("fields", "fork", 112 / CUMEC_DAY, return_fraction=0.5, return_node="mouth"),
        **tables,
    )


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_dilution_release(kind: str) -> None:
    """EN-07: at 1.2 g/l below fields that consume 56 of water of 0.8 g/l, the dam lets out 168, no less and no more."""
    case = published("EN-07")
    given = case.inputs
    plan = published_plan(
        salty(
            salinity=[{"node": "spring", "concentration_gl": given["c_in"]}],
            salinity_start=[{"place": "dam", "kind": "reservoir", "concentration_gl": given["c_in"]}],
            salinity_limits=[{"link": "last", "limit_gl": given["limit"], "kind": kind}],
        )
    )
    consumed = (plan["delivery"] - plan["return_flow"]).values[0]
    assert consumed == pytest.approx(np.full(3, given["net_consumption"]))
    assert [float(flow) for flow in plan["flow"].sel(link="out").values] == [case.near("Q_min")] * 3
    assert plan["salinity"].sel(salt_link="last").values == pytest.approx(given["limit"])
    assert plan["salt_above"].values == pytest.approx(0, abs=1e-9)
    assert (plan.attrs["salinity_converged"], plan.attrs["salinity_passes"]) == (1, 1)


def test_without_a_limit_the_drains_are_let_go() -> None:
    """Without the limit the dam lets out only what the fields take, and their drains of 1.6 g/l are all there is below."""
    plan = published_plan(
        salty(
            salinity=[{"node": "spring", "concentration_gl": 0.8}],
            salinity_start=[{"place": "dam", "kind": "reservoir", "concentration_gl": 0.8}],
        )
    )
    assert plan["flow"].sel(link="out").values == pytest.approx(112)
    assert plan["salinity"].sel(salt_link="last").values == pytest.approx(1.6)
    assert plan.attrs["salinity_passes"] == 0


def test_rivers_that_meet() -> None:
    """Two rivers that meet carry the salt of both: 30 of 0.4 g/l and 10 of 2 g/l make 40 of 0.8 g/l."""
    plan = published_plan(
        draft(
            "north catchment; south catchment; fork junction; sea outlet",
            "a north fork; b south fork; c fork sea",
            runoff={"north": 30, "south": 10},
            scenario={"salinity": {"on": True}},
            salinity=[{"node": "north", "concentration_gl": 0.4}, {"node": "south", "concentration_gl": 2}],
        )
    )
    assert plan["salinity"].sel(salt_link="c").values == pytest.approx(0.8)
    assert plan["salt_load"].sel(salt_link="c").values == pytest.approx(0.8 * 40 * CUMEC_DAY)
