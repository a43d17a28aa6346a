"""Flow regimes: Tennant, flow exceeded by a named rule, monthly shares."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.science.flow_regimes import (
    PLOTTING_RULES,
    exceeded_flow,
    monthly_share_of_natural,
    tennant_by_month,
    tennant_flow,
)

TWENTY = np.arange(1.0, 21.0)


def test_tennant_by_month() -> None:
    """Good is 20 % from October to March and 40 % from April to September."""
    flows = tennant_by_month(100, "good")
    assert flows.tolist() == [20] * 3 + [40] * 6 + [20] * 3
    with pytest.raises(ValueError, match='"splendid" is not a class of Tennant; known are flushing'):
        tennant_by_month(100, "splendid")
    with pytest.raises(ValueError, match="known are survival, poor, good, outstanding"):
        tennant_flow(100, "fair")


@pytest.mark.parametrize(
    ("rule", "flow"),
    [("weibull", 1.05), ("hazen", 1.5), ("california", 2.0), ("cunnane", 1.41), ("gringorten", 1.446), ("blom", 1.3875), ("linear", 1.95)],
)
def test_q95_of_twenty_values(rule: str, flow: float) -> None:
    """Q95 of the numbers 1 to 20 by each rule, from its plotting positions."""
    assert exceeded_flow(TWENTY, 0.95, rule) == pytest.approx(flow)


def test_linear_rule_is_that_of_numpy() -> None:
    """The rule called linear is the quantile that numpy gives by default."""
    values = np.array([3.0, 9.0, 4.0, 7.5, 12.0])
    for share in (0.0, 0.2, 0.55, 1.0):
        assert exceeded_flow(values, share, "linear") == pytest.approx(np.quantile(values, 1 - share))


@pytest.mark.parametrize("rule", PLOTTING_RULES)
def test_median_of_a_symmetric_sample(rule: str) -> None:
    """Every symmetric rule puts the middle of an odd sample at one half; the California rule does not."""
    share = 3 / 5 if rule == "california" else 0.5
    assert exceeded_flow([1, 2, 3, 4, 5], share, rule) == pytest.approx(3)


def test_flow_exceeded_refuses_what_it_cannot_tell() -> None:
    """Too few values, an unknown rule or a negative flow are refused."""
    with pytest.raises(ValueError, match=r"10 values by the weibull rule tell flows exceeded 0.09091 to 0.9091 of the time, not 0.95"):
        exceeded_flow(TWENTY[:10], 0.95, "weibull")
    with pytest.raises(ValueError, match="is not a plotting rule; known are weibull"):
        exceeded_flow(TWENTY, 0.95, "excel")
    with pytest.raises(ValueError, match="flow must be a number of 0 or more"):
        exceeded_flow([1, -1, 3], 0.5, "hazen")
    with pytest.raises(ValueError, match="at least two values"):
        exceeded_flow([1], 0.5, "hazen")


def test_monthly_share_keeps_the_shape_of_the_year() -> None:
    """A share of the mean of each month over the years."""
    year = np.arange(1.0, 13.0)
    assert monthly_share_of_natural([year, 3 * year], 0.25) == pytest.approx(0.5 * year)
    by_month = np.linspace(0.1, 1, 12)
    assert monthly_share_of_natural(year, by_month) == pytest.approx(by_month * year)
    with pytest.raises(ValueError, match="twelve months are needed"):
        monthly_share_of_natural([1, 2, 3], 0.25)
    with pytest.raises(ValueError, match="share must lie between 0 and 1, found 25"):
        monthly_share_of_natural(year, 25)
