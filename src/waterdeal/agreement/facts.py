"""The facts of a clause's sentence: numbers with their dimension and names of places, to be worded in any language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from waterdeal.agreement.rates import Rates


@dataclass(frozen=True)
class Fact:
    """One fact."""

    dimension: str  # `volume`, `rate`, `energy`, `share`, `names`, `word`, `day` or `text`
    values: tuple[float | str | date, ...]  # numbers or names; empty where the clause does not say


Facts = dict[str, Fact]


def volume(value: float) -> Fact:
    """Return a volume in hm3."""
    return Fact("volume", (value,))


def volumes(*values: float) -> Fact:
    """Return a range of volumes in hm3, from the least to the largest."""
    return Fact("volume", tuple(sorted({min(values), max(values)})))


def energy(value: float | None) -> Fact:
    """Return an energy in GWh."""
    return Fact("energy", () if value is None else (value,))


def rate(value: float | None) -> Fact:
    """Return a rate in m3/s."""
    return Fact("rate", () if value is None else (value,))


def rates(given: Rates) -> Fact:
    """Return the range of rates in m3/s."""
    values = {*([] if given.value is None else [given.value]), *given.by_month.values(), *given.by_step.values()}
    return Fact("rate", tuple(sorted({min(values), max(values)})))


def share(value: float | None) -> Fact:
    """Return a share, to be told in percent."""
    return Fact("share", () if value is None else (value,))


def names(*values: str) -> Fact:
    """Return names of places or parties."""
    return Fact("names", values)


def each(value: str) -> Fact:
    """Return a word that stands in the locale files, e.g. ``step`` or ``at_least``."""
    return Fact("word", (value,))


def day(value: date | None) -> Fact:
    """Return a date."""
    return Fact("day", () if value is None else (value,))


def text(value: str) -> Fact:
    """Return plain text."""
    return Fact("text", (value,))
