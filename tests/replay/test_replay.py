"""Plans replayed: the same where the model's lines are exact, off by evaporation where they are not, found out where spoiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given

from tests.drafts import draft, solve, together, user
from tests.properties.rivers import rivers
from tests.replay.lines import agrees, with_straight_curves
from waterdeal.examples import two_party_inputs
from waterdeal.replay.simulate import replay
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

WATER = 1e-6


@pytest.fixture(scope="module")
def syrdarya_inputs() -> xr.Dataset:
    """Give the inputs of the median growing season with plants at their factors: where heads are followed one solve has planes of energy."""
    return load(bundled_folder("scenarios") / "syrdarya-growing-median.toml", ["physics.head=constant"]).inputs


@pytest.fixture(scope="module")
def syrdarya_plan(syrdarya_inputs: xr.Dataset) -> xr.Dataset:
    """Give its plan as the optimiser has it, evaporation by lines."""
    return solve(syrdarya_inputs)


def changed(plan: xr.Dataset, name: str, place: str, step: int, by: float) -> xr.Dataset:
    """Copy a plan with one figure changed by hand."""
    spoiled = plan.copy(deep=True)
    dim = spoiled[name].dims[0]
    spoiled[name][{dim: spoiled[dim].values.tolist().index(place), "time": step}] += by
    return spoiled


def test_two_parties(two_party_plan: xr.Dataset) -> None:
    """The two-party plan has delays, losses, returns and evaporation on a straight curve: its replay is the same in everything."""
    played = replay(two_party_inputs(), two_party_plan)
    assert agrees(played, WATER)
    assert played.difference("level") < WATER
    assert set(played.differences["name"]) >= {
        "flow",
        "storage",
        "evaporation",
        "energy",
        "transit_final",
        "return_final",
        "replay_missing",
    }


def test_syrdarya_with_straight_curves(syrdarya_inputs: xr.Dataset) -> None:
    """Where the curves are the model's lines, the bundled season and its replay are the same."""
    straight = with_straight_curves(syrdarya_inputs)
    played = replay(straight, solve(straight))
    assert agrees(played, WATER), played.differences.to_string()


def test_syrdarya_with_true_curves(syrdarya_inputs: xr.Dataset, syrdarya_plan: xr.Dataset) -> None:
    """Where the curves bend, flows are the same and storage differs by just what evaporation differs by, which is not nothing."""
    played = replay(syrdarya_inputs, syrdarya_plan)
    missed = played.dataset["evaporation"].values - syrdarya_plan["evaporation"].values
    moved = played.dataset["storage"].values - syrdarya_plan["storage"].values
    assert moved == pytest.approx(-np.cumsum(missed, axis=1), abs=WATER)
    assert played.difference("flow") < WATER
    assert played.difference("replay_missing") < WATER
    assert 0.1 < np.abs(missed).sum() < 0.1 * float(syrdarya_plan["evaporation"].sum())
    assert not agrees(played, WATER)


@given(river=rivers())
def test_random_rivers(river: Draft) -> None:
    """Every random river has straight curves, so that its plan and the replay are the same."""
    inputs = river.inputs()
    played = replay(inputs, solve(inputs))
    assert agrees(played, WATER), played.differences.to_string()


@given(river=rivers())
def test_replay_keeps_water(river: Draft) -> None:
    """Whatever the plan, what came in has left, is stored or on its way: here with decisions spoiled and curves that bend."""
    inputs = river.inputs()
    bent = inputs.assign(curve_area=inputs["curve_area"] ** 1.3)
    plan = solve(inputs)
    for name in ("flow", "delivery"):
        plan[name] = plan[name] * 1.07 + 0.3
    found = replay(bent, plan).dataset
    outlets = (inputs["node_kind"] == "outlet").values
    brought = sum(float(inputs[name].sum()) for name in ("runoff", "storage_initial", "transit_initial", "return_past"))
    reached = [
        float(found["arrival"].sel(link=(inputs["link_to"] == node).values).sum())
        + float(found["inflow_returned"].sel(node=node).sum())
        + float(inputs["runoff"].sel(node=node).sum())
        for node in inputs["node"].values[outlets]
    ]
    away = float(plan["delivery"].sum()) - float((found["return_flow"] - inputs["return_past"]).sum())
    kept = float(found["storage"].isel(time=-1).sum()) + float(found["transit_final"].sum())
    lost = float(found["evaporation"].sum()) + float(found["loss"].sum())
    unreal = float(found["replay_surplus"].sum()) - float(found["replay_missing"].sum())
    assert brought == pytest.approx(sum(reached) + away + kept + lost + unreal, abs=1e-6 + 1e-9 * brought)


def test_more_water_into_a_canal(two_party_plan: xr.Dataset) -> None:
    """A canal flow raised by hand empties the dam and has nowhere to go at the fields, at the canal's efficiency of 0.9."""
    played = replay(two_party_inputs(), changed(two_party_plan, "flow", "fields_head", 6, 5.0))
    assert not agrees(played, WATER)
    surplus = played.dataset["replay_surplus"].sel(node="fields").values
    assert surplus[6] == pytest.approx(4.5)
    assert surplus.sum() == pytest.approx(4.5)
    moved = played.dataset["storage"].values - two_party_plan["storage"].values
    assert moved[0, 5] == pytest.approx(0, abs=WATER)
    assert moved[0, 6] == pytest.approx(-5, abs=0.05)


def test_less_water_into_a_canal(two_party_plan: xr.Dataset) -> None:
    """A canal flow cut by hand leaves the fields short of what is delivered: the water is missing, not found."""
    played = replay(two_party_inputs(), changed(two_party_plan, "flow", "fields_head", 9, -5.0))
    row = played.differences.set_index("name").loc["replay_missing"]
    assert (row["place"], row["step"], row["planned"]) == ("fields", str(two_party_plan["step"].values[9]), 0.0)
    assert row["replayed"] == pytest.approx(4.5)


def test_delivery_that_is_not_there(two_party_plan: xr.Dataset) -> None:
    """A delivery raised by hand is missing at its node, and what comes back of it is told as changed."""
    played = replay(two_party_inputs(), changed(two_party_plan, "delivery", "fields", 9, 2.0))
    assert float(played.dataset["replay_missing"].sel(node="fields")[9]) == pytest.approx(2.0)
    assert played.difference("return_flow") > 0.1


def test_flow_that_is_no_decision(syrdarya_inputs: xr.Dataset, syrdarya_plan: xr.Dataset) -> None:
    """A river below a junction carries what reaches it, whatever the plan says."""
    kinds = dict(zip(syrdarya_inputs["node"].values.tolist(), syrdarya_inputs["node_kind"].values.tolist(), strict=True))
    links = zip(*(syrdarya_inputs[name].values.tolist() for name in ("link", "link_from", "link_kind")), strict=True)
    river = next(link for link, start, kind in links if kind == "river" and kinds[start] == "junction")
    played = replay(syrdarya_inputs, changed(syrdarya_plan, "flow", river, 3, 10.0))
    row = played.differences.set_index("name").loc["flow"]
    assert (row["place"], row["difference"]) == (river, pytest.approx(10))
    assert float(played.dataset["flow"].sel(link=river)[3]) == pytest.approx(float(syrdarya_plan["flow"].sel(link=river)[3]))


def test_storage_beyond_its_bounds(two_party_plan: xr.Dataset) -> None:
    """A release raised until the dam falls below dead storage is told as such, and not cut."""
    inputs = two_party_inputs()
    low = replay(inputs, changed(two_party_plan, "flow", "dam_delta", 0, 5000.0)).dataset
    first = low.isel(reservoir=0, time=0)
    assert float(first["replay_beyond"]) == pytest.approx(float(first["storage"]) - 100)
    assert float(first["storage"]) < -4000
    high = replay(inputs, changed(two_party_plan, "flow", "dam_delta", 0, -5000.0)).dataset.isel(reservoir=0, time=0)
    assert float(high["replay_beyond"]) == pytest.approx(float(high["storage"]) - 900)


def split_river(drain: float = 0.0) -> xr.Dataset:
    """Make inputs of a river that splits in two at a junction, above which a user takes water."""
    river = draft(
        "spring catchment; fork junction; sea outlet; pond outlet",
        "head spring fork; left fork sea; right fork pond",
        volumes={"spring": [100, 80, 60 + drain]},
        **together(user("fields", "fork", 100)),
    )
    return river.inputs()


def test_junction_keeps_the_split_of_the_plan() -> None:
    """What is left at a junction goes to its rivers as the plan splits it; water the plan forgot is shared alike."""
    inputs = split_river()
    plan = solve(inputs)
    left = (inputs["runoff"].sum("node") - plan["delivery"].sum("demand")).values
    for link, share in (("left", 0.25), ("right", 0.75)):
        plan["flow"][{"link": inputs["link"].values.tolist().index(link)}] = share * left
    played = replay(split_river(drain=8), plan).dataset
    more = left + np.array([0, 0, 8])
    assert played["flow"].sel(link="left").values == pytest.approx(0.25 * more)
    assert played["flow"].sel(link="right").values == pytest.approx(0.75 * more)
    plan["flow"].loc[{"link": ["left", "right"]}] = 0.0
    alike = replay(inputs, plan).dataset
    assert alike["flow"].sel(link="left").values == pytest.approx(0.5 * left)
    assert alike["arrival"].sel(link="right").values == pytest.approx(0.5 * left)


def test_plans_of_something_else_are_refused(two_party_plan: xr.Dataset) -> None:
    """Other steps, other places or a gap in a decision are refused in words."""
    inputs = two_party_inputs()
    with pytest.raises(ValueError, match="of other steps"):
        replay(inputs, two_party_plan.isel(time=slice(1, None)))
    with pytest.raises(ValueError, match="`link` differs"):
        replay(inputs, two_party_plan.isel(link=[1, 0, 2]))
    with pytest.raises(ValueError, match="gap in `delivery`"):
        replay(inputs, changed(two_party_plan, "delivery", "town", 0, np.nan))


def test_nothing_is_changed_in_place(two_party_plan: xr.Dataset) -> None:
    """Inputs and plan stay as they are."""
    inputs, plan = two_party_inputs(), two_party_plan.copy(deep=True)
    replay(inputs, plan)
    assert plan.identical(two_party_plan)
    assert inputs.identical(two_party_inputs())


def test_quantities_say_their_unit(two_party_plan: xr.Dataset) -> None:
    """Every replayed quantity has a unit, by which the table of differences tells it."""
    played = replay(two_party_inputs(), two_party_plan)
    units = played.differences.set_index("name")["unit"]
    assert (units["storage"], units["discharge"], units["energy"], units["replay_missing"]) == ("hm3", "m3 s-1", "GWh", "hm3")
