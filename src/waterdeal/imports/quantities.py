"""What a table measures and in which unit, told from the words in and around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from waterdeal.imports.numbers import is_number
from waterdeal.imports.words import holds, pattern, plain, read_words, split_words
from waterdeal.units import GAP, INSIDE, spelled_units

if TYPE_CHECKING:
    from waterdeal.imports.grid import Cell

#: unit that is taken where a table states none
ASSUMED = {"flow": "m3/s", "volume": "hm3", "storage": "hm3", "energy": "GWh"}


@dataclass(frozen=True)
class Unit:
    """A unit of one dimension."""

    name: str  # as in `units.csv`, e.g. `km3`
    dimension: str  # `flow`, `volume`, `energy` or `power`
    factor: float = 1.0  # inside units in one of these

    @property
    def inside(self) -> str:
        """The inside unit of the dimension."""
        return INSIDE[self.dimension]


@cache
def _spellings() -> tuple[re.Pattern[str], dict[str, Unit]]:
    """Return the pattern of every unit and the unit of each spelling without gaps."""
    units = {plain(spelling): Unit(unit.name, unit.dimension, unit.inside) for unit in spelled_units() for spelling in unit.spellings}
    parts = [GAP.join(map(re.escape, spelling.split())) for spelling in sorted(units, key=len, reverse=True)]
    gapless = {re.sub(GAP, "", spelling): unit for spelling, unit in units.items()}
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(parts)})(?![\w/^])"), gapless


def _slashed(text: str) -> str:
    """Write a text plainly, a stroke either way being "per"."""
    return plain(text).replace("\\", "/")


def find_units(text: str) -> list[Unit]:
    """Find the units named in a text, in order.

    Examples
    --------
    >>> [unit.name for unit in find_units("Приток, м³/с; объём, млн.м3")]
    ['m3/s', 'hm3']
    """
    found, units = _spellings()
    return list(dict.fromkeys(units[re.sub(GAP, "", match)] for match in found.findall(_slashed(text))))


@cache
def _unfinished() -> re.Pattern[str]:
    """Return the pattern of a unit that goes on, such as "км3/год"."""
    whole = _spellings()[0].pattern
    return re.compile(whole[: whole.rindex("(?!")] + r"\s*/\s*[^\W\d_]+")


def unknown_unit(text: str) -> str:
    """Return what looks like a unit of a text and is none that is known: a known one over another period.

    Examples
    --------
    >>> unknown_unit("Сток, км3/год"), unknown_unit("Расход, м3/с")
    ('км3/год', '')
    """
    found = _unfinished().search(_spellings()[0].sub(" ", _slashed(text)))
    return found[0] if found else ""


def known_units() -> str:
    """List the units of water that are known."""
    return ", ".join(unit.name for unit in spelled_units() if unit.dimension in {"flow", "volume"})


def drop_units(text: str) -> str:
    """Return a text without its units and the brackets left empty by that."""
    clean = re.sub(r"\(\s*\)|\[\s*\]", " ", _spellings()[0].sub(" ", _slashed(text)))
    return clean.strip(" .,:;-")


def is_amount(cell: Cell) -> bool:
    """Tell whether a cell holds a number, perhaps with its unit.

    Examples
    --------
    >>> is_amount("6,8 км³"), is_amount("приток, м³/с")
    (True, False)
    """
    return is_number(cell) or (isinstance(cell, str) and cell[:1].isdecimal() and bool(find_units(cell)) and is_number(drop_units(cell)))


def find_measure(text: str) -> str:
    """Tell what a text says is measured."""
    lists = (("quantities", "storage"), ("directions", "in"), ("directions", "out"))
    said = [key for section, key in lists if holds(text, section, key)]
    kinds = (kind for kind in ("energy", "volume", "flow", "other") if holds(text, "quantities", kind))
    return "" if len(said) > 1 else said[0] if said else next(kinds, "")


def is_measure(text: str) -> bool:
    """Tell whether a text says what is measured, and nothing else."""
    rest = drop_units(text)
    if not find_measure(rest):
        return False
    lists = [(section, key) for section in ("quantities", "directions") for key in read_words()[section]]
    lists += [("time", "at_start"), ("time", "at_end"), ("time", "actual"), ("names", "filler"), ("totals", "mean")]
    for section, key in lists:
        rest = pattern(section, key).sub(" ", rest)
    return not split_words(rest)


def choose_unit(texts: list[str], measure: str) -> Unit | None:
    """Choose the unit of a reading from the texts about it, the nearest first."""
    wanted = {"storage": "volume", "volume": "volume", "in": "flow", "out": "flow", "flow": "flow", "energy": "energy"}.get(measure)
    found = map(find_units, texts)
    fits = ([unit for unit in units if len(units) == 1 or unit.dimension == wanted] for units in found)
    return next((units[0] for units in fits if len(units) == 1), None)


def quantity_of(unit: Unit | None, measure: str, *, reservoir: bool) -> tuple[str, bool]:
    """Name the quantity of a reading, and tell whether it is a guess."""
    stored = measure == "storage" or (measure in {"", "volume"} and reservoir)
    if unit is None:
        return "storage" if stored else measure if measure in {"energy", "volume"} else "flow", False
    if unit.dimension != "volume":
        return {"power": "energy"}.get(unit.dimension, unit.dimension), False
    return "storage" if stored else "volume", stored and not measure
