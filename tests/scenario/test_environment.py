"""What a scenario asks for nature: regimes by month, pulses, targets of lakes, dams that are raised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.drafts import CURVE, Draft, draft
from waterdeal.basin.origins import origins_of
from waterdeal.errors import ScenarioError
from waterdeal.examples import monthly, two_party_inputs
from waterdeal.scenario.environment import arriving_shares, natural_means, regime_rates, rivers_of
from waterdeal.scenario.parts_schema import Regime
from waterdeal.science.flow_regimes import exceeded_flow

MONTHS = list(range(10, 130, 10))
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
YEAR = {"start": "2026-01-01", "end": "2027-01-01", "step": "month"}


def two_springs(**more: Any) -> Draft:
    """Two springs that meet above a post; a canal leaves between, and the lower reach loses a tenth."""
    return draft(
        "north catchment; south catchment; fork junction; post gauge; fields canal; sea outlet",
        "a north fork; b south fork; gate fork fields canal; c fork post; d post sea",
        links={"a": {"loss_fraction": 0.2}, "c": {"loss_fraction": 0.1}},
        hydrology=[
            *monthly("node", "north", "runoff_m3s", MONTHS, year_class="mean"),
            *monthly("node", "south", "runoff_m3s", [50], year_class="mean"),
        ],
        demands=[{"demand": "f", "node": "fields", "party": "A", "kind": "irrigation", "zone": "f", "limit_counted": "no"}],
        requirements=monthly("demand", "f", "rate_m3s", [1]),
        scenario={"period": YEAR, **more},
    )


def regime(**more: Any) -> dict[str, Any]:
    """A regime on the lowest reach."""
    return {"regime": [{"id": "nature", "link": "d", **more}]}


def test_natural_mean_is_runoff_less_losses() -> None:
    """North loses 20 % and then 10 %, south 10 %; the canal takes nothing, as it is not natural."""
    river = two_springs()
    assert arriving_shares(rivers_of(river.basin()), "d") == pytest.approx({"post": 1, "fork": 0.9, "south": 0.9, "north": 0.72})
    assert natural_means(river.basin(), "d") == pytest.approx(0.72 * np.array(MONTHS) + 45)
    assert natural_means(river.basin(), "a") == pytest.approx(MONTHS)


def parted(loss: float, end: str = "low") -> Draft:
    """An arm that leaves the river and comes back, or goes elsewhere."""
    return draft(
        "spring catchment; top junction; low junction; sea outlet" + ("; lake outlet" if end == "lake" else ""),
        f"a spring top; b top low; arm top {end}; c low sea",
        links={"arm": {"loss_fraction": loss}},
        runoff={"spring": 100},
    )


def test_arms_that_bring_the_same_are_no_matter() -> None:
    """Two arms without loss: all water comes, each drop counted once."""
    assert natural_means(parted(0).basin(), "c") == pytest.approx([100] * 12)


@pytest.mark.parametrize(
    ("loss", "end", "link", "words"),
    [(0.1, "low", "c", "different shares"), (0, "lake", "c", "different shares"), (0, "low", "b", "parts at top")],
)
def test_a_river_that_parts_has_no_natural_mean(loss: float, end: str, link: str, words: str) -> None:
    """Nothing is guessed where it matters how the arms share the water."""
    with pytest.raises(ValueError, match=words):
        natural_means(parted(loss, end).basin(), link)


def test_natural_flow_of_a_scenario_follows_its_water() -> None:
    """The runoff of the scenario, carried down; blank on a canal, where nothing is natural."""
    on_canal = {"id": "canal", "link": "gate", "method": "shape", "flow_m3s": [1] * 12}
    asked = {"regime": [{**on_canal, "id": "nature", "link": "d"}, on_canal]}
    inputs = two_springs(environment=asked, hydrology={"year_class": "mean", "factor": 0.5}).inputs()
    runoff = inputs["runoff"]
    wanted = 0.72 * runoff.sel(node="north") + 0.9 * runoff.sel(node="south")
    assert inputs["flow_natural"].values[0] == pytest.approx(wanted.values)
    assert np.isnan(inputs["flow_natural"].values[1]).all()


def test_regimes_stand_beside_the_least_flows_of_the_basin() -> None:
    """They become entries of the same dimension, in m3/s of every day of the month."""
    inputs = two_springs(environment=regime(method="shape", flow_m3s=MONTHS, kind="sanitary")).inputs()
    assert inputs["flow_requirement"].values.tolist() == ["nature"]
    assert inputs["flow_requirement_kind"].values.tolist() == ["sanitary"]
    days = inputs["step_length"].values
    assert inputs["flow_minimum"].values[0] == pytest.approx(np.array(MONTHS) * days * 0.0864)


def test_share_of_the_natural_mean_keeps_the_shape_of_the_year() -> None:
    """One share for all months, or one a month; means of one's own instead of the basin's."""
    river = two_springs()
    natural = natural_means(river.basin(), "d")
    shares = tuple(month / 20 for month in range(1, 13))
    for share in (0.4, shares):
        found = regime_rates(river.basin(), Regime(id="n", link="d", method="share_of_mean", share=share))
        assert found == pytest.approx(natural * np.array(share))
    own = Regime(id="n", link="d", method="share_of_mean", share=0.5, mean_m3s=tuple(MONTHS))
    assert regime_rates(river.basin(), own) == pytest.approx(np.array(MONTHS) / 2)


@pytest.mark.parametrize(("quality", "share"), [("survival", 0.1), ("good", 0.3), ("outstanding", 0.6)])
def test_tennant_is_a_share_of_the_yearly_mean(quality: str, share: float) -> None:
    """The mean of the year weighs each month by its days."""
    river = two_springs()
    mean = float((natural_means(river.basin(), "d") * MONTH_DAYS).sum() / 365.25)
    found = regime_rates(river.basin(), Regime(id="n", link="d", method="tennant", tennant_class=quality))
    assert found == pytest.approx([share * mean] * 12)


def test_seasonal_tennant_differs_by_half_year() -> None:
    """Class good of the seasonal table: 20 % from October to March, 40 % from April to September."""
    means = (100.0,) * 12
    found = regime_rates(two_springs().basin(), Regime(id="n", link="d", method="tennant_seasonal", tennant_class="good", mean_m3s=means))
    assert found.tolist() == pytest.approx([20] * 3 + [40] * 6 + [20] * 3)


def test_q95_follows_its_rule_by_month_or_for_the_year() -> None:
    """One list gives one flow, twelve lists one a month; another rule, another flow."""
    basin = two_springs().basin()
    values = tuple(float(value) for value in range(1, 41))
    found = {
        rule: regime_rates(basin, Regime.model_validate({"id": "n", "link": "d", "method": "q95", "values_m3s": values, "rule": rule}))
        for rule in ("weibull", "california")
    }
    assert found["weibull"] == pytest.approx([exceeded_flow(values, 0.95, "weibull")] * 12)
    assert found["california"][0] != pytest.approx(found["weibull"][0])
    lists = [[value + month for value in values] for month in range(12)]
    monthly_found = regime_rates(
        basin, Regime.model_validate({"id": "n", "link": "d", "method": "q95", "values_m3s": lists, "rule": "hazen"})
    )
    assert np.diff(monthly_found) == pytest.approx([1] * 11)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"method": "tennant"}, "needs tennant_class"),
        ({"method": "tennant", "tennant_class": "flushing"}, "tennant_class is one of survival, poor, good, outstanding"),
        ({"method": "q95", "values_m3s": [1, 2]}, "needs rule and values_m3s"),
        ({"method": "q95", "values_m3s": [[1, 2]] * 3, "rule": "hazen"}, "expected one, or twelve"),
        ({"method": "q95", "values_m3s": [], "rule": "hazen"}, "empty list"),
        ({"method": "shape", "flow_m3s": [1, 2]}, "expected 12"),
        ({"method": "shape", "flow_m3s": [-1] * 12}, "below zero"),
        ({"method": "shape", "flow_m3s": [1] * 12, "share": 0.1}, "and nothing else"),
        ({"method": "share_of_mean", "share": [0.1] * 11}, "expected 12"),
    ],
)
def test_a_method_has_its_keys(fields: dict[str, Any], words: str) -> None:
    """A regime with too few keys, too many, or of another length is refused."""
    with pytest.raises(ValidationError, match=words):
        Regime.model_validate({"id": "n", "link": "d", **fields})


def test_pulse_counts_days() -> None:
    """A step that is half within the dates counts half."""
    pulse = {"id": "p", "link": "dam_delta", "volume": "100 hm3", "start": "2026-04-06", "end": "2026-04-26"}
    inputs = two_party_inputs(environment={"pulse": [pulse]})
    assert inputs["pulse_season"].values[0, :4].tolist() == [0.5, 1, 0.5, 0]


def lake(*targets: dict[str, Any], **terminal: Any) -> Draft:
    """A lake with a curve, over three days."""
    return draft(
        "spring catchment; sea lake; end outlet",
        "a spring sea; b sea end",
        runoff={"spring": 100},
        curves=[{"reservoir": "sea", **row} for row in CURVE],
        scenario={"environment": {"lake_target": list(targets)}, "reservoir": {"sea": {"initial": 1000, **terminal}}},
        reservoirs={"sea": {"full_hm3": 1500}},
    )


def test_level_of_a_target_is_read_on_the_curve() -> None:
    """Half way up the curve is half its volume; several targets of one lake are a path."""
    inputs = lake({"lake": "sea", "by": "2026-04-02", "level": 20}, {"lake": "sea", "by": "2026-04-04", "volume": "1.4 km3"}).inputs()
    assert inputs["lake_target"].values.tolist() == ["sea_2026_04_02", "sea_2026_04_04"]
    assert inputs["lake_target_volume"].values.tolist() == [1000, 1400]
    assert inputs["lake_target_due"].values.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_a_dam_may_be_raised() -> None:
    """A target above the dam is refused, and has its place once the dam is raised; not beyond the curve."""
    high = {"lake": "sea", "by": "2026-04-04", "volume": 1800}
    with pytest.raises(ScenarioError, match=r"above full storage 1500.*reservoir\.sea\.full"):
        lake(high).inputs()
    inputs = lake(high, full="1.9 km3").inputs()
    assert inputs["storage_max"].values.tolist() == [[1900] * 3]
    with pytest.raises(ScenarioError, match="top of the curve"):
        lake(full=2001).inputs()


PULSE = {"id": "p", "link": "dam_delta", "volume": 1, "start": "2026-05-01", "end": "2026-05-11"}
SHAPE = {"id": "r", "link": "dam_delta", "method": "shape", "flow_m3s": [1] * 12}
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown link of a regime": ({"regime": [{**SHAPE, "link": "dam_delt"}]}, "environment.regime.link.dam_delt", 'Did you mean "dam_delta"?'),
    "unknown link of a pulse": ({"pulse": [{**PULSE, "link": "nile"}]}, "environment.pulse.link.nile", "is not in the basin"),
    "pulse before the horizon": ({"pulse": [{**PULSE, "start": "2026-03-21"}]}, "environment.pulse.p", "outside the horizon 2026-04-01 to 2026-10-01"),
    "pulse after the horizon": ({"pulse": [{**PULSE, "end": "2027-05-11"}]}, "environment.pulse.p", "outside the horizon"),
    "name of the basin's own": ({"regime": [{**SHAPE, "id": "delta_floor"}]}, "environment.regime", '"delta_floor" stands twice'),
    "pulse twice": ({"pulse": [PULSE, PULSE]}, "environment.pulse", '"p" stands twice'),
    "no lake": ({"lake_target": [{"lake": "upper_dam", "by": "2026-10-01", "volume": 1}]}, "environment.lake_target.lake.upper_dam", "reservoir.upper_dam.terminal"),
    "unknown lake": ({"lake_target": [{"lake": "aral", "by": "2026-10-01", "volume": 1}]}, "environment.lake_target.lake.aral", "is not in the basin"),
    "canal has no natural mean": ({"regime": [{"id": "r", "link": "fields_head", "method": "tennant", "tennant_class": "good"}]}, "environment.regime.r", "not a river link"),
    "too few values": ({"regime": [{"id": "r", "link": "dam_delta", "method": "q95", "values_m3s": [1, 2, 3], "rule": "weibull"}]}, "environment.regime.r", "use more values or another rule"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    """A fault is named by its key, with the remedy."""
    asked, field, words = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        two_party_inputs(environment=asked)
    assert any(problem.field == field and words in f"{problem.found} {problem.expected}" for problem in caught.value.problems)


def test_all_faults_in_one_error() -> None:
    """Regimes, pulses and targets complain together."""
    cases = [FAULTS[name] for name in ("unknown link of a regime", "pulse after the horizon", "no lake")]
    with pytest.raises(ScenarioError) as caught:
        two_party_inputs(environment={key: value for asked, _, _ in cases for key, value in asked.items()})
    assert {field for _, field, _ in cases} <= {problem.field for problem in caught.value.problems}


@pytest.mark.parametrize(
    ("change", "words"), [({"by": "2026-05-04"}, "Nearest: 2026-04-04"), ({"level": 41}, "outside the curve of sea, which has 0 to 40 m")]
)
def test_target_off_the_steps_or_off_the_curve(change: dict[str, Any], words: str) -> None:
    """A target must fall on the end of a step, and within the curve."""
    with pytest.raises(ScenarioError, match=words):
        lake({"lake": "sea", "by": "2026-04-04", "level": 20, **change}).inputs()


@pytest.mark.parametrize(("fields", "words"), [({}, "either level"), ({"level": 1, "volume": 1}, "either level")])
def test_a_target_is_a_level_or_a_volume(fields: dict[str, Any], words: str) -> None:
    """One of the two, not both."""
    with pytest.raises(ValidationError, match=words):
        lake({"lake": "sea", "by": "2026-04-04", **fields}).scenario()


@pytest.mark.parametrize("change", [{"end": "2026-05-01"}, {"volume": 0}])
def test_a_pulse_has_days_and_water(change: dict[str, Any]) -> None:
    """Neither empty nor backwards."""
    with pytest.raises(ValidationError, match=r"pulse ends on|above zero"):
        two_party_inputs(environment={"pulse": [{**PULSE, **change}]})


def test_origin_of_what_is_asked_is_listed() -> None:
    """A source that begins with its status counts as such; without one the figure is assumed."""
    for said, status in (({"source": "read: a bulletin"}, "read"), ({}, "assumed")):
        inputs = two_springs(environment=regime(method="shape", flow_m3s=MONTHS, **said)).inputs()
        assert [row["status"] for row in origins_of(inputs) if row["figure"] == "scenario.nature.flow_m3s"] == [status]
