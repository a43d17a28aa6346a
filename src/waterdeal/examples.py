"""Examples in one call: the bundled Syr Darya, and a tiny basin built in code."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from waterdeal.basin.make import make_basin
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.basin.schema import Basin
    from waterdeal.run import Case

__all__ = ["monthly", "syrdarya", "two_party", "two_party_basin", "two_party_content", "two_party_inputs", "two_party_scenario"]


def monthly(key: str, name: str, value: str, rates: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    """Write twelve rows of a table by month, January first."""
    values = list(rates) * 12 if len(rates) == 1 else list(rates)
    return [{key: name, "month": month, value: rate, **more} for month, rate in enumerate(values, start=1)]


@cache
def two_party_basin() -> Basin:
    """Make a basin of four nodes and two parties: a dam upstream, fields and a delta downstream.

    Examples
    --------
    >>> two_party_basin().ids("nodes")
    ['headwater', 'upper_dam', 'fields', 'delta']
    """
    return make_basin(
        "two_party",
        {
            "parties": [{"party": "UP"}, {"party": "LOW"}],
            "nodes": [
                {"node": "headwater", "kind": "catchment", "party": "UP"},
                {"node": "upper_dam", "kind": "reservoir", "party": "UP"},
                {"node": "fields", "kind": "canal", "party": "LOW"},
                {"node": "delta", "kind": "outlet", "party": "LOW"},
            ],
            "links": [  # a canal that loses a tenth, a river that takes four days
                {"link": "headwater_dam", "from_node": "headwater", "to_node": "upper_dam", "kind": "river"},
                {
                    "link": "fields_head", "from_node": "upper_dam", "to_node": "fields", "kind": "canal",
                    "efficiency": 0.9, "capacity_m3s": 90,
                },
                {
                    "link": "dam_delta", "from_node": "upper_dam", "to_node": "delta", "kind": "river",
                    "travel_time_days": 4, "loss_fraction": 0.05,
                },
            ],
            "reservoirs": [{"reservoir": "upper_dam", "dead_hm3": 100, "full_hm3": 900, "evaporation": "from_area"}],
            "curves": [
                {"reservoir": "upper_dam", "level_m": 600, "volume_hm3": 100, "area_km2": 10},
                {"reservoir": "upper_dam", "level_m": 640, "volume_hm3": 900, "area_km2": 30},
            ],
            "evaporation": monthly("reservoir", "upper_dam", "depth_mm", [20, 25, 45, 80, 120, 150, 170, 150, 100, 60, 30, 20]),
            "demands": [  # a town above, fields below with return flow to the delta
                {"demand": "town", "node": "upper_dam", "party": "UP", "kind": "municipal", "zone": "town", "limit_counted": "no"},
                {
                    "demand": "fields", "node": "fields", "party": "LOW", "kind": "irrigation", "zone": "fields", "area_kha": 60,
                    "return_fraction": 0.2, "return_node": "delta", "return_delay_days": 15, "limit_counted": "yes",
                },
            ],
            "requirements": [
                *monthly("demand", "town", "rate_m3s", [3]),
                *monthly("demand", "fields", "rate_m3s", [0, 0, 5, 30, 60, 80, 80, 60, 30, 10, 0, 0]),
            ],
            "plants": [{
                "plant": "dam_plant", "link": "dam_delta", "party": "UP",
                "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 120, "capacity_mw": 100,
            }],
            "flow_requirements": monthly("flow_requirement", "delta_floor", "flow_m3s", [8], link="dam_delta", kind="environmental"),
            "past_flows": monthly("link", "dam_delta", "flow_m3s", [40]),
            "limits": [{"limit": "low_growing", "party": "LOW", "season": "growing", "year": "2026", "volume_hm3": 700}],
            "hydrology": _hydrology(),
        },
    )  # fmt: skip


def _hydrology() -> list[dict[str, Any]]:
    """Runoff of the two-party basin in four classes of year."""
    runoff = [20, 20, 30, 60, 110, 140, 110, 70, 45, 30, 25, 20]
    classes = {"exceeded_90": 0.7, "exceeded_50": 1.0, "exceeded_10": 1.4, "mean": 1.02}
    rates = {name: [rate * factor for rate in runoff] for name, factor in classes.items()}
    return [row for name in rates for row in monthly("node", "headwater", "runoff_m3s", rates[name], year_class=name)]


def two_party_content(**changes: Any) -> dict[str, Any]:
    """Write the scenario file of a dry growing season for `two_party_basin`, with some tables replaced."""
    content: dict[str, Any] = {
        "scenario": {"id": "two-party-dry", "title": {"en": "Two parties, dry growing season"}},
        "basin": "two_party",
        "period": {"start": "2026-04-01", "end": "2026-10-01", "step": "dekad"},
        "hydrology": {"year_class": "exceeded_90"},
        "reservoir": {"upper_dam": {"initial": 400, "terminal": {"rule": "as_start"}}},
        "entitlement": {"limits": [{"limit": "low_growing"}]},
    }
    return {**content, **changes}


def two_party_scenario(**changes: Any) -> Scenario:
    """Make the scenario of `two_party_content`."""
    return Scenario.model_validate(two_party_content(**changes))


def two_party_inputs(**changes: Any) -> xr.Dataset:
    """Make the inputs of the two-party example, for `build_model`."""
    return make_inputs(two_party_basin(), two_party_scenario(**changes))


def two_party(**changes: Any) -> Case:
    """Make the two-party example: a basin of four nodes, a dry growing season.

    Examples
    --------
    >>> round(float(two_party().solve().shortage.sum()))
    199
    """
    from waterdeal.run import make_case

    return make_case(two_party_content(**changes), two_party_basin())


def syrdarya(name: str = "growing-dry") -> Case:
    """Load a bundled scenario of the Syr Darya."""
    from waterdeal.run import load

    return load(bundled_folder("scenarios") / f"syrdarya-{name}.toml")
