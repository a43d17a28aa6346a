"""The one door for units."""

from __future__ import annotations

import pytest

from waterdeal.units import convert, rate_to_volume, read_quantity, volume_to_rate


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("6.8 km3", "volume", 6800),
        ("6.8km3", "volume", 6800),
        ("6 800 hm3", "volume", 6800),
        ("6\u00a0800 млн м3", "volume", 6800),
        ("0,5".replace(",", ".") + " км³", "volume", 500),
        ("3.25 Mm3", "volume", 3.25),
        ("1e6 m3", "volume", 1),
        ("2 bcm", "volume", 2000),
        ("180 m3/s", "flow", 180),
        ("180 м3/с", "flow", 180),
        ("180 m3 s-1", "flow", 180),
        ("2 TWh", "energy", 2000),
        ("5 mm", "depth", 0.005),
        ("100 ha", "area", 1),
        ("3 hm3 day-1", "flow", 3e6 / 86_400),
        ("1e-3 km3", "volume", 1),
        ("3600000 kWh", "energy", 3.6),
        ("2 week", "time", 14),
        ("3.25 Mm³", "volume", 3.25),
        ("3.25 Mm^3", "volume", 3.25),
        ("3.25 Mm**3", "volume", 3.25),
        ("3.25 million m³", "volume", 3.25),
        ("3.25 млн  м³", "volume", 3.25),
        ("2 млрд м3", "volume", 2000),
        ("2 км³", "volume", 2000),
        ("180 m³ s⁻¹", "flow", 180),
        ("180 m^3/s", "flow", 180),
        ("3 Mm³/day", "flow", 3e6 / 86_400),
        ("3 Mm3 day^-1", "flow", 3e6 / 86_400),
        ("500 TAF", "volume", 616.74091877376),
        ("500000 acre-feet", "volume", 616.74091877376),
        ("3000 cfs", "flow", 84.950539776),
        ("900 млн.м3", "volume", 900),
        ("900 тыс. м3", "volume", 0.9),
        ("86.4 тыс. м3/сут", "flow", 1),
        ("180 м3/сек", "flow", 180),
        ("180 м3/c", "flow", 180),
        ("500 л/с", "flow", 0.5),
        ("180 cumecs", "flow", 180),
        ("0.9 Km3", "volume", 900),
        ("100 млн кВт·ч", "energy", 100),
        (7, "volume", 7),
        (7.5, "volume", 7.5),
    ],
)
def test_read_quantity(text: str | float, dimension: str, value: float) -> None:
    """Numbers with people's units become inside ones; a bare number is one already."""
    assert read_quantity(text, dimension) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("6,8 km3", "volume"),
        ("km3", "volume"),
        ("", "volume"),
        ("6.8", "volume"),
        ("nan km3", "volume"),
        ("inf hm3", "volume"),
        ("6.8 km", "volume"),
        ("6.8 bananas", "volume"),
        ("6.8 m3/s", "volume"),
        ("1 hm3", "flow"),
        ("6..8 km3", "volume"),
        ("6.8 km3; 7 km3", "volume"),
        ("5 gpm", "depth"),
        ("2 Gm3", "volume"),
        ("2 Gm³/day", "flow"),
        ("5 Mm2", "area"),
        (True, "volume"),
    ],
)
def test_refused_texts(text: str, dimension: str) -> None:
    """What cannot be understood is refused, never guessed."""
    with pytest.raises(ValueError, match=r"is not a number|cannot be read"):
        read_quantity(text, dimension)


@pytest.mark.parametrize("days", [1, 8, 9, 10, 11, 28, 29, 30, 31])
def test_rates_and_volumes(days: int) -> None:
    """1 m3/s carries 0.0864 hm3 a day, and back."""
    assert rate_to_volume(100, days) == pytest.approx(8.64 * days, rel=1e-14)
    assert volume_to_rate(rate_to_volume(123.456, days), days) == pytest.approx(123.456, rel=1e-14)


def test_convert_same_unit_is_exact() -> None:
    """Nothing is rounded where nothing is converted."""
    assert convert(0.1, "hm3", "hm3") == 0.1
