"""The one door for units.

Inside, volumes are million m3 (``hm3``) per step, energy GWh, areas km2, depths m. People write ``"6.8 km3"``,
``180 m3/s`` or ``3.25 Mm3``; this module turns that into the inside unit, and says so when it cannot.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS_PER_DAY = 86_400.0
#: hm3 carried by 1 m3/s in a day
HM3_PER_CUMEC_DAY = SECONDS_PER_DAY / 1e6
#: m3/s as files of rates may write it
RATE_UNITS = ("m3 s-1", "m3/s", "m^3 s^-1", "m**3 s**-1")

#: GWh of 1 hm3 falling 1 m at efficiency 1: 9.81 kN/m3 x 1e6 m3 x 1 m / 3600 s/h / 1e6 kWh/GWh
GWH_PER_HM3_M = 9.81 / 3600

#: GWh of 1 MW over a day
GWH_PER_MW_DAY = 0.024

#: unit inside for each dimension that a scenario can ask for
INSIDE: Mapping[str, str] = {"volume": "hm3", "flow": "m3/s", "energy": "GWh", "depth": "m", "area": "km2", "time": "day"}

_QUANTITY = re.compile(r"\s*([-+]?[0-9][0-9_\u00a0\u202f ]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([^\W\d_].*?)\s*")
_PEOPLE = {
    "mm3": "hm3", "mcm": "hm3", "million m3": "hm3", "млн м3": "hm3", "млн м³": "hm3", "bcm": "km3", "км3": "km3", "км³": "km3",
    "м3/с": "m3/s", "м³/с": "m3/s", "cumec": "m3/s", "m3 s-1": "m3/s", "гвтч": "GWh", "гвт·ч": "GWh",
}  # fmt: skip


#: what is written every day is converted without loading the unit registry
_EVERYDAY = {("hm3", "hm3"): 1.0, ("km3", "hm3"): 1e3, ("m3", "hm3"): 1e-6, ("m3/s", "m3/s"): 1.0, ("m3 s-1", "m3/s"): 1.0}


#: between a unit and its power, as UDUNITS writes it: m3, s-1
_POWER = re.compile(r"(?<=[A-Za-z])(?![A-Za-z])(?<![0-9\-][eE])(?<![0-9\-])(?=[0-9\-])")


@cache
def _registry() -> Any:
    """Build the unit registry, which also reads powers as UDUNITS writes them, once, on first use."""
    import pint

    return pint.UnitRegistry(preprocessors=[lambda text: _POWER.sub("**", text)])


def convert(value: float, unit: str, to: str) -> float:
    """Convert a number between two units of one dimension.

    Examples
    --------
    >>> round(convert(6.8, "km3", "hm3"), 6)
    6800.0
    """
    if unit == to:
        return value
    clean = _PEOPLE.get(unit.strip().lower(), unit.strip())
    if (clean, to) in _EVERYDAY:
        return value * _EVERYDAY[clean, to]
    import pint

    try:
        return float(_registry().Quantity(value, clean).to(to).magnitude)
    except (pint.PintError, AttributeError, TypeError, ValueError, AssertionError) as error:
        raise ValueError(say("general.unit_unknown", unit=unit, to=to)) from error


def read_quantity(text: str | float, dimension: str) -> float:
    """Read a number with or without a unit into the inside unit of its dimension."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    found = _QUANTITY.fullmatch(str(text))
    if found is None:
        raise ValueError(say("general.quantity", text=text))
    number = re.sub(r"[_\u00a0\u202f ]", "", found[1])
    return convert(float(number), found[2], INSIDE[dimension])


def rate_to_volume(rate: Any, days: Any) -> Any:
    """Turn m3/s into hm3 per step by the actual days of the step (numbers or arrays)."""
    return rate * (HM3_PER_CUMEC_DAY * days)


def volume_to_rate(volume: Any, days: Any) -> Any:
    """Turn hm3 per step into the mean rate in m3/s (numbers or arrays)."""
    return volume / (HM3_PER_CUMEC_DAY * days)
