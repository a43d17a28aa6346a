"""Refusals name the figure and the value."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.science.refuse import refuse_negative, refuse_not_positive, refuse_outside


def test_sound_figures_pass() -> None:
    """Numbers and arrays within their range say nothing."""
    refuse_negative(initial=0, recharge=[0.0, 3.5])
    refuse_not_positive(step_days=[1, 31])
    refuse_outside(0, 1, share=np.array([0.0, 1.0]))


@pytest.mark.parametrize("value", [-1e-9, np.nan, np.inf, [1.0, -2.0]])
def test_figures_that_cannot_be(value: float) -> None:
    """A negative, endless or missing value is refused by the name of its figure."""
    with pytest.raises(ValueError, match="mean flow must be a number of 0 or more, found"):
        refuse_negative(mean_flow=value)
    with pytest.raises(ValueError, match="mean flow must be a number above 0, found"):
        refuse_not_positive(mean_flow=value)


def test_the_first_bad_value_is_told() -> None:
    """The message shows what was found."""
    with pytest.raises(ValueError, match="step days must be a number above 0, found 0"):
        refuse_not_positive(step_days=[4, 0, -1])
    with pytest.raises(ValueError, match="share must lie between 0 and 1, found nan"):
        refuse_outside(0, 1, share=[0.5, np.nan])
