"""A scenario against its basin: bounds, seasons, names, dates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from waterdeal.errors import ScenarioError
from waterdeal.examples import two_party_inputs

FREE = {"rule": "free"}
APRIL = {"start": "2026-04-01", "end": "2026-05-01", "step": "dekad"}
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no terminal choice": ({"reservoir": {"upper_dam": {"initial": 400}}}, "reservoir.upper_dam.terminal", "drains the reservoir"),
    "no reservoir": ({"reservoir": {}}, "reservoir.upper_dam", "is missing"),
    "unknown reservoir": ({"reservoir": {"uper_dam": {"initial": 1, "terminal": FREE}}}, "reservoir.uper_dam", 'Did you mean "upper_dam"?'),
    "initial too high": ({"reservoir": {"upper_dam": {"initial": "6.8 km3", "terminal": FREE}}}, "reservoir.upper_dam.initial", "6800 hm3 is outside 100 to 900"),
    "initial too low": ({"reservoir": {"upper_dam": {"initial": 99, "terminal": FREE}}}, "reservoir.upper_dam.initial", "outside"),
    "terminal above full": ({"reservoir": {"upper_dam": {"initial": 400, "terminal": {"rule": "at_least", "storage": 901}}}}, "reservoir.upper_dam.terminal.storage", "above full"),
    "terminal off the steps": ({"reservoir": {"upper_dam": {"initial": 400, "terminal": {"rule": "as_start", "by": "2026-04-15"}}}}, "reservoir.upper_dam.terminal.by", "Nearest"),
    "unknown year class": ({"hydrology": {"year_class": "exceeded_91"}}, "hydrology.year_class.exceeded_91", 'Did you mean "exceeded_90"?'),
    "unknown wet node": ({"hydrology": {"year_class": "mean", "factor_by_node": {"headwaters": 1}}}, "hydrology.factor_by_node.headwaters", 'Did you mean "headwater"?'),
    "unknown demand": ({"requirement": {"factor_by_demand": {"field": 1}}}, "requirement.factor_by_demand.field", 'Did you mean "fields"?'),
    "unknown limit": ({"entitlement": {"limits": [{"limit": "low_growin"}]}}, "entitlement.limits.low_growin", 'Did you mean "low_growing"?'),
    "limit twice": ({"entitlement": {"limits": [{"limit": "low_growing"}] * 2}}, "entitlement", "stands twice"),
    "cut of no limit": ({"entitlement": {"cut": 0.1}}, "entitlement.cut", "none is in force"),
    "limit of another season": ({"period": {"start": "2025-10-01", "end": "2026-04-01", "step": "month"}}, "entitlement.limits", "not in the horizon"),
    "limit of a whole season": ({"period": APRIL}, "entitlement.limits", "of which the horizon holds 30 days"),
    "unknown inflow link": ({"entitlement": {"inflows": [{"id": "x", "party": "LOW", "link": "nile", "volume": 1}]}}, "entitlement.inflows.link.nile", "is not in the basin"),
    "unknown inflow party": ({"entitlement": {"inflows": [{"id": "x", "party": "LO", "link": "dam_delta", "volume": 1}]}}, "entitlement.inflows.party.LO", 'Did you mean "LOW"?'),
    "inflow of another season": ({"entitlement": {"inflows": [{"id": "x", "party": "LOW", "link": "dam_delta", "volume": 1, "start": "2027-04-01"}]}}, "entitlement.inflows", "horizon"),
    "period off the steps": ({"period": {"start": "2026-04-02", "end": "2026-10-01", "step": "dekad"}}, "period", "not the first day of a dekad"),
    "period backwards": ({"period": {"start": "2026-10-01", "end": "2026-04-01", "step": "dekad"}}, "period", "not after its start"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str) -> None:
    """A fault is named by its key, with the remedy."""
    changes, field, words = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        two_party_inputs(**changes)
    assert any(problem.field == field and words in f"{problem.found} {problem.expected}" for problem in caught.value.problems)


def test_all_faults_in_one_error() -> None:
    """Faults of several tables come together."""
    cases = ("no terminal choice", "unknown year class", "unknown demand", "unknown limit")
    changes = {key: value for case in cases for key, value in FAULTS[case][0].items()}
    with pytest.raises(ScenarioError) as caught:
        two_party_inputs(**changes)
    assert {FAULTS[case][1] for case in cases} <= {problem.field for problem in caught.value.problems}


def test_units_say_the_same() -> None:
    """0.4 km3 is 400 hm3 is 400."""
    first, *others = (
        two_party_inputs(reservoir={"upper_dam": {"initial": volume, "terminal": {"rule": "as_start"}}})
        for volume in (400, "400 hm3", "0.4 km3", "4e8 m3", "400 млн м3")
    )
    for other in others:
        assert other["storage_initial"].values == pytest.approx(first["storage_initial"].values, rel=1e-12)


@pytest.mark.parametrize("by", ["2026-05-01", "2026-10-01", None])
def test_terminal_date(by: str | None) -> None:
    """A terminal choice falls due at the end of one step."""
    inputs = two_party_inputs(reservoir={"upper_dam": {"initial": 400, "terminal": {"rule": "at_least", "storage": 300, "by": by}}})
    due = np.flatnonzero(np.isfinite(inputs["storage_terminal"].values[0]))
    assert due.tolist() == [2 if by == "2026-05-01" else 17]
    assert inputs["storage_terminal"].values[0, due[0]] == 300
