"""Level-area-volume tables: what is sound, what is refused, how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.physics.hypsometry import (
    area_at_volume,
    check_curve,
    curve_problems,
    implied_mean_area,
    level_at_volume,
    trapezoid_volume,
    volume_at_level,
)

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin

LEVEL = np.array([0.0, 2.0, 5.0, 10.0])
AREA = 10 + 4 * LEVEL
VOLUME = 10 * LEVEL + 2 * LEVEL**2


def test_exact_table_is_sound() -> None:
    """A table whose area is even in level gains exactly the trapezoids."""
    assert np.diff(VOLUME) == pytest.approx(trapezoid_volume(LEVEL, AREA))
    assert implied_mean_area(LEVEL, VOLUME) == pytest.approx((AREA[1:] + AREA[:-1]) / 2)
    check_curve(LEVEL, VOLUME, AREA)


def test_curves_of_the_syr_darya_are_sound(syrdarya: Basin) -> None:
    """Every bundled curve is the integral of its area."""
    for name, curve in syrdarya.table("curves").groupby("reservoir"):
        columns = [curve.sort_values("level_m")[column].to_numpy() for column in ("level_m", "volume_hm3", "area_km2")]
        assert curve_problems(*columns) == [], name


def test_area_outside_its_rows_is_refused_however_small_the_step() -> None:
    """A step of a thousandth of the table is refused where its mean area cannot be, though it is far within 2 % of the span."""
    level, area = np.array([0.0, 100.0, 100.01]), np.array([10.0, 50.0, 50.0])
    volume = np.array([0.0, 3000.0, 3001.0])
    assert len(curve_problems(level, volume, area)) == 1
    assert "mean area of 100 km2" in curve_problems(level, volume, area)[0]


def test_two_per_cent_of_the_span() -> None:
    """A step may miss its trapezoid by 2 % of the table and no more."""
    span = VOLUME[-1]
    for share, sound in ((0.019, True), (0.021, False)):
        moved = VOLUME + np.array([0, 0, 0, share * span])
        assert (curve_problems(LEVEL, moved, AREA, tolerance=0.02 * span / moved[-1]) == []) is sound


@pytest.mark.parametrize(
    ("level", "volume", "area", "word"),
    [
        ([0, 1, 1], [0, 10, 20], [10, 10, 10], "level does not rise"),
        ([0, 1, 2], [0, 10, 5], [10, 10, 10], "volume does not rise"),
        ([0, 1, 2], [0, 9, 20], [10, 9, 12], "area falls"),
        ([0], [0], [1], "at least two rows"),
        ([0, 1], [0, np.nan], [1, 2], "every row needs"),
        ([0, 1], [0, 1, 2], [1, 2], "one length"),
        ([0, 1], [-5, 5], [10, 10], "cannot be negative"),
    ],
)
def test_broken_tables_are_refused(level: list[float], volume: list[float], area: list[float], word: str) -> None:
    """What is not a rising table is told in words, and raised as such."""
    assert any(word in problem for problem in curve_problems(level, volume, area))
    with pytest.raises(ValueError, match=word):
        check_curve(level, volume, area)


def test_reading_both_ways() -> None:
    """Level and volume are each other's inverse, at and between the rows."""
    heights = np.linspace(0, 10, 23)
    assert level_at_volume(volume_at_level(heights, LEVEL, VOLUME), VOLUME, LEVEL) == pytest.approx(heights)
    assert area_at_volume(VOLUME, VOLUME, AREA) == pytest.approx(AREA)
    assert float(area_at_volume((VOLUME[1] + VOLUME[2]) / 2, VOLUME, AREA)) == pytest.approx((AREA[1] + AREA[2]) / 2)


def test_nothing_is_read_beyond_the_table() -> None:
    """A level or a storage outside the table is refused, not held at its end."""
    with pytest.raises(ValueError, match="volume 301 lies outside the table, which runs from 0 to 300"):
        area_at_volume([100, 301], VOLUME, AREA)
    with pytest.raises(ValueError, match="level -1 lies outside"):
        volume_at_level(-1, LEVEL, VOLUME)
    with pytest.raises(ValueError, match="must rise"):
        level_at_volume(1, VOLUME[::-1], LEVEL)
    with pytest.raises(ValueError, match="levels must rise"):
        implied_mean_area([0, 0], [0, 1])
