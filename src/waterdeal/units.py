"""The one door for units.

Inside, volumes are million m3 (``hm3``) per step, energy GWh, areas km2, depths m. People write ``"6.8 km3"``,
``180 m3/s`` or ``3.25 Mm3``; this module turns that into the inside unit, and says so when it cannot.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

#: no figure of a river in any unit is more
MOST = 1e12
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
INSIDE: Mapping[str, str] = {
    "volume": "hm3", "flow": "m3/s", "energy": "GWh", "power": "MW", "depth": "m", "area": "km2", "time": "day", "mass": "t", "land": "kha",
}  # fmt: skip

_QUANTITY = re.compile(r"\s*([-+]?[0-9][0-9_\u00a0\u202f ]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([^\W\d_].*?)\s*")
#: what may stand between the parts of a unit that is written as several words
GAP = r"[\s.·⋅∙•*×-]*"
#: Latin letters that look like Cyrillic ones and are typed for them
LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
#: to the registry Mm3 is the cube of a million metres; people mean a million m3, and what they mean by Gm3 is not known
_MILLIONS = re.compile(r"\bMm3\b")
_STRANGE_POWER = re.compile(r"\b(?:[GTPEZYRQ]m[23]|Mm2)\b")


@dataclass(frozen=True)
class Spelled:
    """A unit that people write in words of their own, as in ``units.csv``."""

    name: str  # E.g. `km3`
    dimension: str  # `flow`, `volume`, `energy` or `power`
    inside: float  # inside units in one of these
    spellings: tuple[str, ...]  # a space stands for any spaces, dots, dashes or nothing


@cache
def spelled_units() -> tuple[Spelled, ...]:
    """Read the units that people write in words of their own."""
    text = resources.files("waterdeal").joinpath("units.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(Spelled(row["unit"], row["dimension"], float(row["inside"]), tuple(row["spellings"].split(" | "))) for row in rows)


@cache
def _by_spelling() -> dict[str, Spelled]:
    """Return the unit of each spelling, written without gaps."""
    return {_gapless(spelling): unit for unit in spelled_units() for spelling in (unit.name, *unit.spellings)}


def _gapless(text: str) -> str:
    """Write a unit without gaps, case, raised figures and signs of powers."""
    return re.sub(GAP, "", unicodedata.normalize("NFKC", _plain(text)).casefold().replace("ё", "е"))


def find_spelled(text: str) -> Spelled | None:
    """Return the unit that a text spells, else None; Latin letters within a Cyrillic word are what they look like.

    Examples
    --------
    >>> find_spelled("млн. м³").name
    'hm3'
    """
    key, known = _gapless(text), _by_spelling()
    mixed = key.translate(LOOKALIKES) if re.search("[а-я]", key) else key
    return known.get(key) or known.get(mixed)


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
    spelled = find_spelled(unit)
    if spelled and INSIDE[spelled.dimension] == to:
        return value * spelled.inside
    clean = _MILLIONS.sub("hm3", _plain(unit))
    if _STRANGE_POWER.search(clean):
        raise ValueError(_unknown(unit, to))
    import pint

    try:
        return float(_registry().Quantity(value, clean).to(to).magnitude)
    except (pint.PintError, AttributeError, TypeError, ValueError, AssertionError) as error:
        raise ValueError(_unknown(unit, to)) from error


def _unknown(unit: str, to: str) -> str:
    """Say that a unit is not read, and which are."""
    known = ", ".join(one.name for one in spelled_units() if INSIDE[one.dimension] == to)
    return say("general.unit_of", unit=unit, to=to, known=known) if known else say("general.unit_unknown", unit=unit, to=to)


def _plain(unit: str) -> str:
    """Write powers as figures and single spaces: ``Mm³``, ``Mm^3`` and ``Mm**3`` alike."""
    figures = unit.translate(str.maketrans("⁻¹²³", "-123"))
    return " ".join(re.sub(r"(?<=[^\W\d_])(?:\^|\*\*)(?=-?[0-9])", "", figures).split())


def read_quantity(text: str | float, dimension: str) -> float:
    """Read a number with or without a unit into the inside unit of its dimension; ValueError where no river has so much."""
    number = float(text) if isinstance(text, int | float) and not isinstance(text, bool) else _read_text(str(text), dimension)
    if MOST < abs(number) < math.inf:
        raise ValueError(say("general.quantity_far", text=text, most=MOST, unit=INSIDE[dimension]))
    return number


def _read_text(text: str, dimension: str) -> float:
    """Read a number with or without a unit that is written."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        comma = re.fullmatch(r"\s*([-+]?\d[\d ]*),(\d+)(.*)", text)
        refuse_comma = comma and say("general.quantity_comma", text=text, point=f"{comma[1]}.{comma[2]}{comma[3]}")
        raise ValueError(refuse_comma or say("general.quantity", text=text))
    digits = re.sub(r"[_\u00a0\u202f ]", "", found[1])
    return convert(float(digits), found[2], INSIDE[dimension])


def rate_to_volume(rate: Any, days: Any) -> Any:
    """Turn m3/s into hm3 per step by the actual days of the step (numbers or arrays)."""
    return rate * (HM3_PER_CUMEC_DAY * days)


def volume_to_rate(volume: Any, days: Any) -> Any:
    """Turn hm3 per step into the mean rate in m3/s (numbers or arrays)."""
    return volume / (HM3_PER_CUMEC_DAY * days)
