"""Energy with a head: level at the mean storage less tailwater and loss, within what the plant can give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.replay.lines import agrees
from waterdeal.examples import two_party_inputs
from waterdeal.replay.simulate import replay

if TYPE_CHECKING:
    import xarray as xr

RELATION = {"tailwater": 560.0, "tailwater_slope": 0.4, "head_loss": 1.5, "power_efficiency": 0.88}


def headed(most: float = 1e6, **changes: float) -> xr.Dataset:
    """Make two-party inputs whose plant has a head."""
    inputs = two_party_inputs()
    inputs = inputs.drop_vars([name for name in inputs.variables if "headed" in inputs[name].dims])
    return inputs.assign_coords(headed=["dam_plant"]).assign(
        headed_reservoir=("headed", np.array(["upper_dam"])),
        energy_max=(("headed", "time"), np.full((1, inputs.sizes["time"]), most)),
        **{name: ("headed", np.array([value])) for name, value in (RELATION | changes).items()},
    )


def test_energy_follows_the_head(two_party_plan: xr.Dataset) -> None:
    """Energy by hand from storage, flow in the link and water through the turbines; the constant factor plays no part."""
    found = replay(headed(), two_party_plan)
    storage = two_party_plan["storage"].values[0]
    mean = (np.append(400, storage[:-1]) + storage) / 2
    level = 600 + 40 * (mean - 100) / 800
    daily = two_party_plan["flow"].sel(link="dam_delta").values / two_party_plan["step_length"].values
    head = level - 560 - 0.4 * daily - 1.5
    wanted = 9.81 / 3600 * 0.88 * two_party_plan["turbine_flow"].values[0] * head
    assert found.dataset["energy"].values[0] == pytest.approx(wanted, abs=1e-9)
    assert wanted.max() > 1
    assert found.difference("energy") > 1
    assert not agrees(found)


def test_energy_has_a_ceiling_and_a_floor(two_party_plan: xr.Dataset) -> None:
    """A plant gives no more than its capacity, and nothing where the tailwater stands above the head water."""
    assert float(replay(headed(most=2.5), two_party_plan).dataset["energy"].max()) == 2.5
    assert float(replay(headed(tailwater=700.0), two_party_plan).dataset["energy"].max()) == 0


def test_head_needs_levels(two_party_plan: xr.Dataset) -> None:
    """A head without levels is refused."""
    inputs = headed()
    inputs["curve_level"] = inputs["curve_level"] * np.nan
    with pytest.raises(ValueError, match="plant dam_plant has a head, but its reservoir has no levels"):
        replay(inputs, two_party_plan)


def test_water_that_is_not_there_drives_no_turbine(two_party_plan: xr.Dataset) -> None:
    """Turbine water beyond the flow in the link gives no energy, and is told as a difference."""
    spoiled = two_party_plan.copy(deep=True)
    spoiled["turbine_flow"][{"plant": 0, "time": 2}] = 1e4
    found = replay(two_party_inputs(), spoiled)
    assert float(found.dataset["turbine_flow"][0, 2]) == pytest.approx(float(two_party_plan["flow"].sel(link="dam_delta")[2]))
    row = found.differences.set_index("name").loc["turbine_flow"]
    assert (row["place"], row["planned"]) == ("dam_plant", 1e4)


def test_seepage_is_of_the_mean_storage(two_party_plan: xr.Dataset) -> None:
    """A body that seeps loses the share of its mean storage, and the balance holds."""
    inputs = two_party_inputs()
    share = np.full((1, inputs.sizes["time"]), 0.01)
    found = replay(inputs.assign(seepage_share=(("reservoir", "time"), share)), two_party_plan).dataset
    storage = found["storage"].values[0]
    before = np.append(400, storage[:-1])
    assert found["seepage"].values[0] == pytest.approx(0.01 * (before + storage) / 2)
    out = sum(found[name].values[0] for name in ("release", "spill", "evaporation", "seepage"))
    taken = two_party_plan["delivery"].sel(demand="town").values
    assert storage - before == pytest.approx(found["reservoir_inflow"].values[0] - out - taken)
