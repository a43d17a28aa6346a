"""The curve of crop coefficients, and evapotranspiration by stage and step."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.calendar import StepKind, make_steps
from waterdeal.science.seasons import (
    CropCurve,
    Season,
    crop_evapotranspiration,
    daily_coefficients,
    days_of,
    hold_monthly_rates,
    spread_monthly_totals,
    sum_to_steps,
)

#: FAO-56 tables 11 and 12, after design/model.md
COTTON = CropCurve(0.35, 1.17, 0.60, (30, 50, 60, 55))
WHEAT = CropCurve(0.4, 1.15, 0.25, (160, 75, 75, 25))
GROWING = make_steps(date(2026, 4, 1), date(2026, 10, 1), StepKind.DEKAD)
#: reference evapotranspiration by month, mm a day (assumed)
ET0 = np.array([0.5, 0.9, 2.0, 3.5, 5.0, 6.5, 7.0, 6.0, 4.2, 2.3, 1.0, 0.6])


def test_curve_by_day() -> None:
    """FAO-56 eq. 66 by hand: level, rising from the first day after the initial stage, level, falling to the last day."""
    kc = COTTON.daily()
    assert len(kc) == 195
    assert kc[[0, 29]].tolist() == [0.35, 0.35]
    assert kc[30] == pytest.approx(0.35 + 0.82 / 50)
    assert kc[54] == pytest.approx((0.35 + 1.17) / 2)
    assert kc[[79, 80, 139]] == pytest.approx([1.17, 1.17, 1.17])
    assert kc[140] == pytest.approx(1.17 - 0.57 / 55)
    assert kc[194] == pytest.approx(0.60)


def test_stage_without_days_is_left_out() -> None:
    """A crop without an initial stage starts to rise at once."""
    kc = CropCurve(0.4, 1.2, 0.3, (0, 4, 2, 0)).daily()
    assert kc == pytest.approx([0.6, 0.8, 1.0, 1.2, 1.2, 1.2])


@pytest.mark.parametrize(("kc", "lengths"), [((-0.1, 1, 1), (1, 1, 1, 1)), ((1, 1, 1), (0, 0, 0, 0)), ((1, 1, 1), (5, -1, 5, 5))])
def test_odd_curves_are_refused(kc: tuple[float, float, float], lengths: tuple[int, int, int, int]) -> None:
    """Negative coefficients, empty seasons and negative lengths are refused."""
    with pytest.raises(ValueError, match=r"crop coefficient|stage lengths"):
        CropCurve(*kc, lengths)


def test_evapotranspiration_is_summed_by_day() -> None:
    """The step's depth is the sum over its days, not the coefficient at its middle times the mean reference."""
    season = Season(COTTON, date(2026, 4, 15))
    found = crop_evapotranspiration(season, hold_monthly_rates(ET0, GROWING), GROWING)
    kc, total = COTTON.daily(), 0.0
    for day in range(1, 32):
        if day > 20:
            total += kc[(date(2026, 5, day) - date(2026, 4, 15)).days] * ET0[4]
    place = [step.label for step in GROWING].index("2026-05-D3")
    assert found[:, place].sum() == pytest.approx(total)
    first = found[:, 1]  # 11-20 April: planted in the middle of the step
    assert first == pytest.approx([6 * 0.35 * 3.5, 0, 0, 0])


def test_stages_split_a_step() -> None:
    """Stage days of each step follow the calendar, and depths stand where there are days."""
    season = Season(COTTON, date(2026, 4, 15))
    stages = daily_coefficients(season, GROWING)[1]
    days = np.array([sum_to_steps(stages == stage, GROWING) for stage in range(4)])
    place = [step.label for step in GROWING].index("2026-05-D2")
    assert days[:, place].tolist() == [4, 6, 0, 0]
    assert days.sum(axis=1).tolist() == [30, 50, 60, 29]
    found = crop_evapotranspiration(season, np.ones(183), GROWING)
    assert ((found > 0) == (days > 0)).all()


def test_winter_wheat_is_sown_before_the_horizon() -> None:
    """Of wheat sown on 5 October only what is left in April to September is counted, from the right day of its curve."""
    season = Season(WHEAT, date(2025, 10, 5))
    kc, stage = daily_coefficients(season, GROWING)
    age = (date(2026, 4, 1) - date(2025, 10, 5)).days
    left = WHEAT.days - age
    assert kc[:left] == pytest.approx(WHEAT.daily()[age:])
    assert (kc[left:] == 0).all()
    assert (stage[left:] == -1).all()
    assert season.harvest == date(2026, 4, 1) + timedelta(days=left)


def test_a_crop_sown_after_the_horizon_takes_nothing() -> None:
    """Next year's crop evaporates nothing now."""
    season = Season(WHEAT, date(2026, 10, 5))
    assert crop_evapotranspiration(season, np.ones(183), GROWING).sum() == 0


def test_zones_go_through_at_once() -> None:
    """Leading axes of the reference (zones, years) are kept."""
    season = Season(COTTON, date(2026, 4, 15))
    daily = hold_monthly_rates(np.stack([ET0, 2 * ET0]), GROWING)
    found = crop_evapotranspiration(season, daily, GROWING)
    assert found.shape == (2, 4, 18)
    assert found[1] == pytest.approx(2 * found[0])
    with pytest.raises(ValueError, match="183 days"):
        crop_evapotranspiration(season, daily[:, :-1], GROWING)


def test_months_are_spread_by_their_true_days() -> None:
    """A month's total comes back from its steps, in February of a leap year too."""
    steps = make_steps(date(2024, 2, 1), date(2024, 3, 1), StepKind.DEKAD)
    rain = np.zeros(12)
    rain[1] = 29.0
    assert sum_to_steps(spread_monthly_totals(rain, steps), steps) == pytest.approx([10, 10, 9])
    with pytest.raises(ValueError, match="twelve months"):
        hold_monthly_rates(rain[:6], steps)
    with pytest.raises(ValueError, match="29 days"):
        sum_to_steps(np.ones(28), steps)
    with pytest.raises(ValueError, match="no step"):
        days_of(())


@given(st.tuples(*[st.integers(1, 90)] * 4), st.dates(date(2025, 6, 1), date(2026, 9, 1)))
def test_steps_do_not_change_the_season(lengths: tuple[int, int, int, int], planted: date) -> None:
    """Days, dekads and months give the same depth for each stage."""
    season = Season(CropCurve(0.4, 1.2, 0.5, lengths), planted)
    totals = []
    for kind in StepKind:
        steps = make_steps(date(2026, 4, 1), date(2026, 10, 1), kind)
        totals.append(crop_evapotranspiration(season, hold_monthly_rates(ET0, steps), steps).sum(axis=1))
    assert totals[1] == pytest.approx(totals[0])
    assert totals[2] == pytest.approx(totals[0])
