"""Energy, power and discharge agree with one another; impossible figures are refused."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.physics.power import (
    MJ_PER_KWH,
    discharge_of_power,
    energy_of_day,
    energy_of_water,
    energy_per_m3,
    largest_mccormick_gap,
    power_of_discharge,
)


def test_energy_is_power_times_time() -> None:
    """A day of 100 m3/s gives the energy of its 8.64 hm3, and 24 hours of its power."""
    energy = float(energy_of_water(8.64, 140, 0.9))
    assert energy == pytest.approx(float(power_of_discharge(100, 140, 0.9)) * 24 / 1000)
    assert energy == pytest.approx(8.64 * float(energy_per_m3(140, 0.9)))
    assert float(energy_of_day(8.64e6, 140, 0.9)) / MJ_PER_KWH == pytest.approx(energy * 1e6)


def test_discharge_of_power_is_the_inverse() -> None:
    """The discharge of a power gives that power."""
    heads = np.array([60.0, 140.0, 180.0])
    assert power_of_discharge(discharge_of_power(1200, heads, 0.9), heads, 0.9) == pytest.approx(1200)


def test_gap_is_reached_in_the_middle() -> None:
    """On a grid, the planes above the product of x and y lie nowhere farther than the gap, and reach it in the middle of the box."""
    x, y = np.meshgrid(np.linspace(2, 6, 41), np.linspace(1, 4, 41))
    upper = np.minimum(6 * y + 1 * x - 6 * 1, 2 * y + 4 * x - 2 * 4)
    assert float((upper - x * y).max()) == pytest.approx(float(largest_mccormick_gap(4, 3)))
    assert float(largest_mccormick_gap(2, 3)) == pytest.approx(float(largest_mccormick_gap(4, 3)) / 2)


def test_impossible_figures_are_refused() -> None:
    """A negative head, an efficiency in per cent or a head of zero is refused by name."""
    with pytest.raises(ValueError, match="head must be a number of 0 or more, found -3"):
        energy_of_water(1, [10, -3], 0.9)
    with pytest.raises(ValueError, match="efficiency must lie between 0 and 1, found 90"):
        power_of_discharge(1, 10, 90)
    with pytest.raises(ValueError, match="head must be a number above 0, found 0"):
        discharge_of_power(1, 0, 0.9)
    with pytest.raises(ValueError, match="volume must be a number of 0 or more, found nan"):
        energy_of_water(np.nan, 10, 0.9)
    with pytest.raises(ValueError, match="flow must be"):
        energy_of_day(-1, 10, 0.9)
    with pytest.raises(ValueError, match="width y must be"):
        largest_mccormick_gap(1, -1)
