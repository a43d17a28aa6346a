"""Who takes the energy of a party: blocks, exports and firm energy in the inputs, on their levels, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.drafts import Draft, draft
from waterdeal.errors import ScenarioError

BLOCKS = [{"size": [31.0] * 12, "worth": [5.0] * 12}, {"size": [62.0] * 12, "worth": [2.0] * 12}]
EXPORT = {"limit": [15.5] * 12, "price": [3.0] * 12}
JANUARY = {"start": "2026-01-01", "end": "2026-01-05", "step": "day"}


def river(levels: Any = ("benefit",), water: float = 20.0, **market: Any) -> Draft:
    """A run-of-river plant of A and one of B over four days of January; A has a market."""
    plants = [
        {"plant": f"{name}_works", "link": link, "party": name.upper(), "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 1000}
        for name, link in (("a", "out"), ("b", "past"))
    ]
    return draft(
        "spring catchment A; post gauge B; sea outlet A",
        "out spring post; past post sea",
        plants=plants,
        volumes={"spring": [water] * 4},
        scenario={
            "period": JANUARY,
            "objective": {"levels": levels},
            "power": {"A": {"blocks": BLOCKS, **market}},
            "energy": {"value": [7.0] * 12},
        },
    )


def test_months_are_spread_over_their_days() -> None:
    """31 GWh of a January are one a day; worths stay; a month's end is weighed by days."""
    inputs = river(export=EXPORT, firm=[62.0] * 12).inputs()
    assert inputs["power_block"].values.tolist() == ["A_1", "A_2", "A_export"]
    assert inputs["power_block_kind"].values.tolist() == ["domestic", "domestic", "export"]
    assert inputs["power_block_size"].values[:, 0] == pytest.approx([1, 2, 0.5])
    assert inputs["power_block_worth"].values[:, 0] == pytest.approx([5, 2, 3])
    assert inputs["power_firm"].values[0] == pytest.approx([2] * 4)
    crossing = {"start": "2026-01-30", "stretches": [{"until": "2026-02-01", "step": "day"}, {"until": "2026-03-01", "step": "month"}]}
    sizes = [{"size": [31.0, 56.0, *[0.0] * 10], "worth": [5.0, 8.0, *[0.0] * 10]}]
    crossed = river().with_content(period=crossing, power={"A": {"blocks": sizes}})
    found = crossed.__class__(crossed.tables, {**crossed.content, "hydrology": {"year_class": "mean"}}).inputs()
    assert found["power_block_size"].values[0] == pytest.approx([1, 1, 56])
    assert found["power_block_worth"].values[0] == pytest.approx([5, 5, 8])


def test_energy_on_a_market_has_no_other_worth() -> None:
    """A's energy is worth what its blocks pay; B, without a market, keeps energy.value."""
    inputs = river().inputs()
    assert (inputs["energy_value"].values[0] == 0).all()
    assert (inputs["energy_value"].values[1] == 7).all()


def test_dear_blocks_are_filled_first() -> None:
    """Five GWh a day could be made: one at 5, half a one abroad at 3, two at 2; the rest nobody takes, and it is not made."""
    plan = river(export=EXPORT).plan(levels=("benefit",))
    assert plan["power_sold"].values[:, 0] == pytest.approx([1, 2, 0.5])
    assert plan["energy"].values[0] == pytest.approx([3.5] * 4)
    assert plan["power_surplus"].values[0] == pytest.approx([0] * 4, abs=1e-9)
    worth = 4 * (5 + 4 + 1.5) + 4 * 5 * 7
    assert -float(plan["level_value"][0]) == pytest.approx(worth)
    assert float(plan["power_unserved"].sum()) == pytest.approx(0, abs=1e-9)


def test_scarce_energy_goes_to_the_dearest() -> None:
    """Half a GWh a day: half of the first block, and the rest of the blocks at home is unserved."""
    plan = river(water=2.0, export=EXPORT).plan(levels=("benefit",))
    assert plan["power_sold"].values[:, 0] == pytest.approx([0.5, 0, 0])
    assert plan["power_unserved"].values[0] == pytest.approx([2.5] * 4)


def test_firm_energy_comes_before_a_better_price() -> None:
    """Firm energy of two at home holds energy back from a dear neighbour on its own level, and only there."""
    dear = {"limit": [31.0] * 12, "price": [9.0] * 12}
    market = {"export": dear, "firm": [62.0] * 12}
    free = river(water=8.0, **market).plan(levels=("power",))
    firm = river(water=8.0, **market).plan(levels=("firm_power", "power"))
    assert free["power_sold"].values[:, 0] == pytest.approx([1, 0, 1])
    assert firm["power_sold"].values[:, 0] == pytest.approx([1, 1, 0])
    assert float(firm["level_value"].sel(objective_level="firm_power")) == pytest.approx(0, abs=1e-9)
    short = river(water=4.0, **market).plan(levels=("firm_power", "power"))
    assert float(short["level_value"].sel(objective_level="firm_power")) == pytest.approx(4)


def test_power_counts_markets_only() -> None:
    """The level power leaves B's energy out, which has no market."""
    plan = river().plan(levels=("power", "benefit"))
    assert -float(plan["level_value"].sel(objective_level="power")) == pytest.approx(4 * (5 + 4))
    assert -float(plan["level_value"].sel(objective_level="benefit")) == pytest.approx(4 * (5 + 4) + 4 * 5 * 7)


def test_without_market_nothing_is_there() -> None:
    """Off means off."""
    inputs = river().with_content(power={}).inputs()
    assert inputs.sizes["power_block"] == inputs.sizes["power_market"] == 0
    assert (inputs["energy_value"].values == 7).all()


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "eleven months": ({"blocks": [{"size": [1.0] * 11, "worth": [1.0] * 12}]}, "have 12 values, January first"),
    "export of a season": ({"blocks": BLOCKS, "export": {"limit": [1.0] * 6, "price": [1.0] * 12}}, "have 12 values, January first"),
    "firm of a season": ({"blocks": BLOCKS, "firm": [1.0] * 6}, "have 12 values, January first"),
    "cheap before dear": ({"blocks": BLOCKS[::-1]}, "from dear to cheap in every month"),
    "cheap before dear in one month": (
        {"blocks": [BLOCKS[0], {"size": [1.0] * 12, "worth": [2.0] * 11 + [6.0]}]},
        "from dear to cheap in every month",
    ),
    "below nothing": ({"blocks": [{"size": [-1.0] * 12, "worth": [1.0] * 12}]}, "greater than or equal to 0"),
    "unknown key": ({"blocks": BLOCKS, "exports": EXPORT}, "exports"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_markets_that_make_no_sense(case: str) -> None:
    """Each is refused in a sentence."""
    market, words = FAULTS[case]
    with pytest.raises(ValidationError, match=words):
        river().with_content(power={"A": market}).scenario()


def test_market_of_nobody() -> None:
    """A party that is not of the basin is told, with those that are."""
    with pytest.raises(ScenarioError) as caught:
        river().with_content(power={"AA": {"blocks": BLOCKS}}).inputs()
    assert [problem.field for problem in caught.value.problems] == ["power.AA"]
    assert 'Did you mean "A"?' in str(caught.value)


def test_firm_energy_of_every_step_is_a_share_of_its_month() -> None:
    """A year of dekads has the firm energy of twelve months."""
    year = {"start": "2026-01-01", "end": "2027-01-01", "step": "dekad"}
    firm = [float(month) for month in range(1, 13)]
    market = {"A": {"blocks": BLOCKS, "firm": firm}}
    content = {**river().content, "period": year, "power": market, "hydrology": {"year_class": "mean"}}
    inputs = Draft(river().tables, content).inputs()
    by_month = [float(inputs["power_firm"].values[0, inputs["month"].values == month].sum()) for month in range(1, 13)]
    assert by_month == pytest.approx(firm)
    assert np.isclose(inputs["power_block_size"].values[0].sum(), 31 * 12)
