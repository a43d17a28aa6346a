"""A change of the water for a part of the period, by river."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import waterdeal as wd
from waterdeal.scenario.horizon import horizon_steps
from waterdeal.scenario.parts import period_factors


def _times(*changes: dict[str, Any], **settings: Any) -> Any:
    """What the runoff of the two parties is multiplied by, by node and step."""
    case = wd.examples.two_party()
    after = case.set({"hydrology.change": list(changes), **settings}).inputs["runoff"]
    return (after / case.inputs["runoff"]).sel(node="headwater")


def test_a_change_holds_on_its_days() -> None:
    """Whole steps are multiplied, a step partly in it by its days, and nothing else is touched."""
    found = _times({"start": "2026-07-01", "end": "2026-08-06", "factor": 1.5})
    steps = wd.examples.two_party().inputs["step"].values.tolist()
    wanted = [1.5 if label.startswith("2026-07") else 1.25 if label == "2026-08-D1" else 1.0 for label in steps]
    assert np.allclose(found, wanted)


def test_changes_lie_on_top_of_one_another() -> None:
    """A change of the whole period is a factor; changes of other rivers leave this one alone."""
    assert np.allclose(_times({"factor": 0.8}), 0.8)
    assert np.allclose(_times({"factor": 0.8}, {"factor": 0.5}, **{"hydrology.factor": 2.0}), 0.8)
    scenario = wd.examples.two_party_scenario(hydrology={"year_class": "mean", "change": [{"factor": 0.8, "nodes": ["tributary"]}]})
    found = period_factors(scenario, ["headwater", "tributary"], horizon_steps(scenario.period))
    assert (found == [[1.0], [0.8]]).all()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"factor": 90}, "90 %"),
        ({"factor": 0.9, "nodes": ["no_such"]}, "no_such"),
        ({"factor": 0.9, "nodes": ["upper_dam"]}, "upper_dam"),  # no water enters there
        ({"factor": 0.9, "start": "2027-01-01"}, "outside the horizon"),
        ({"factor": 0.9, "start": "2026-07-01", "end": "2026-07-01"}, "no later than it starts"),
        ({"start": "2026-07-01"}, "factor"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: dict[str, Any], told: str) -> None:
    """In words."""
    with pytest.raises(wd.InputError, match=told):
        _times(change)
