"""The rest of a season still owes nature what did not pass yet, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.drafts import solve
from tests.model.test_environment import aral, pulse, river
from waterdeal.tracking.remainder import remaining_inputs


def rest_of(draft: Any, count: int) -> Any:
    """Plan, and cut after some steps that went as planned."""
    inputs = draft.inputs()
    return remaining_inputs(inputs, solve(inputs), count)


def test_what_has_passed_is_taken_off_a_pulse() -> None:
    """Of 10 in two days the first brings some; the rest asks for the rest and its plan keeps it."""
    whole = river(pulse(10, hard=True)).plan()
    rest = rest_of(river(pulse(10, hard=True)), 2)
    had = float(whole["flow"].sel(link="b").values[1])
    assert float(rest["pulse_volume"].squeeze()) == pytest.approx(10 - had)
    assert rest["pulse_season"].values.tolist() == [[1]]
    assert float(solve(rest)["flow"].sel(link="b").values[0]) >= 10 - had - 1e-6


def test_a_pulse_that_is_over_is_left_out() -> None:
    """Its days are past: nothing is asked any more, met or not."""
    early = {"pulse": [{"id": "early", "link": "b", "volume": 30, "start": "2026-04-01", "end": "2026-04-03"}]}
    assert rest_of(river(early), 2).sizes["pulse"] == 0


def test_a_date_that_is_past_is_no_target() -> None:
    """Of a path the later dates are left; the first lacked 40 and is not asked again."""
    path = ({"lake": "aral", "by": "2026-03-01", "volume": 1120}, {"lake": "aral", "by": "2026-07-01", "volume": 1130})
    plan = solve(rest_of(aral(*path), 3))
    assert plan["lake_target_shortfall"].values == pytest.approx([0, 0], abs=1e-6)
    assert float(plan["storage"].values[0, 2]) >= 1130 - 1e-6
    assert np.isfinite(plan["level"].values).all()
