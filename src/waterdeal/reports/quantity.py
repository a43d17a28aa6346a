"""Quantities of clauses in words: volumes, rates, shares, energies, days, names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, TypeVar

from waterdeal.agreement.facts import Phrase
from waterdeal.scenario.ranks import RANK
from waterdeal.variables import names_of
from waterdeal.words import BLANK, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.facts import Fact

T = TypeVar("T")
#: volume in hm3 from which it is told in km3
LARGE = 1000.0
#: most decimals of a number that a clause gives
DECIMALS = 5
#: share of a number that the last bits of floats make up
NOISE = 1e-11
#: unit of a clause: its word, and the factor with which it is told
UNITS = {
    "hm3": ("volume", 1.0), "GWh": ("energy", 1.0), "m3/s": ("rate", 1.0), "kt": ("load", 1.0), "1": ("points", 100.0),
    "share": ("percent", 100.0),
}  # fmt: skip


@dataclass(frozen=True)
class Teller:
    """Tells quantities in a language."""

    words: Words  # the language
    names: Mapping[str, Mapping[str, str]]  # names of places and parties by id and language

    def name(self, key: str) -> str:
        """Name of a place or party."""
        return self.words.place(self.names, key)

    def part(self, part: str, otherwise: str = "") -> str:
        """Name of a part of a clause, a leg with its month among them; what else it is called where there is no word for it."""
        leg, _, month = part.rpartition("_")
        if month.isdigit() and len(month) == 2 and self.words.has(f"part.{leg}"):
            return f"{self.words.text(f'part.{leg}')} ({self.words.month_name(int(month))})"
        return self.words.text_or(f"part.{part}", otherwise or self.name(part))

    def all_names(self, keys: Iterable[str], most: int = 99) -> str:
        """Names one after another; those beyond `most` are counted."""
        return self.first(list(map(self.name, keys)), most)

    def first(self, texts: Sequence[str], most: int) -> str:
        """List the first texts and count the others."""
        more = f" {self.words.text('word.more', count=len(texts) - most)}" if len(texts) > most else ""
        return ", ".join(texts[:most]) + more

    def number(self, value: float) -> str:
        """Number with as many decimals as it has."""
        digits = next((digits for digits in range(DECIMALS) if abs(value - round(value, digits)) < 0.5 * 10.0**-DECIMALS), DECIMALS)
        return self.words.number(value, digits)

    def volume(self, *values: float) -> str:
        """Volume, or range of volumes: million m3, from 1000 of them on km3."""
        large = max(values) >= LARGE
        return self.range_of([value / LARGE if large else value for value in values], "km3" if large else "volume")

    def share(self, value: float) -> str:
        """Share in per cent."""
        return self.range_of([100 * value], "percent")

    def fact(self, fact: Fact | Phrase) -> str:
        """Tell the fact of a clause's sentence, or a phrase of it."""
        if isinstance(fact, Phrase):
            return self.words.text(fact.key, **{name: self.fact(value) for name, value in fact.fields.items()})
        return _TELLERS.get(fact.dimension, _TELLERS["text"])(self, *fact.values) if fact.values else ""

    def amount(self, value: float, unit: str, digits: int = 1) -> str:
        """Amount in the unit of a clause, e.g. ``332.0 million m³``; shares in percentage points."""
        word, factor = UNITS[unit]
        return f"{self.words.number(value * factor, digits)}\xa0{self.words.text(f'unit.{word}')}"

    def months(self, numbers: Sequence[int]) -> str:
        """Names of months; three or more in a row as a range."""
        listed = {number: self.words.month_name(number) for number in numbers}
        runs = in_runs(numbers, lambda one, other: other == one % 12 + 1)
        told = [[listed[run[0]], listed[run[-1]]] if len(run) > 2 else [", ".join(listed[number] for number in run)] for run in runs]
        return ", ".join(" – ".join(run) for run in told)

    def range_of(self, values: Sequence[float], unit: str) -> str:
        """Numbers joined by a dash, and their unit."""
        return f"{'–'.join(self.number(value) for value in values)}\xa0{self.words.text(f'unit.{unit}')}"


def speak(language: str, dataset: xr.Dataset) -> tuple[Words, Teller]:
    """Words of a language, and a teller in it that knows the names of inputs or results."""
    words = Words(language)
    return words, Teller(words, names_of(dataset))


#: how the values of a fact are told, by its dimension
_TELLERS: dict[str, Callable[..., str]] = {
    "volume": Teller.volume,
    "rate": lambda tell, *values: tell.range_of(values, "rate"),
    "energy": lambda tell, *values: tell.range_of(values, "energy"),
    "load": lambda tell, *values: tell.range_of(values, "load"),
    "share": Teller.share,
    "number": lambda tell, value: tell.number(value),
    "points": lambda tell, value: tell.number(100 * value),
    "shares": lambda tell, *pairs: ", ".join(f"{tell.name(name)} {tell.share(share)}" for name, share in pairs),
    "months": lambda tell, *numbers: tell.months(numbers),
    "names": lambda tell, *keys: tell.all_names(keys),
    "word": lambda tell, word: tell.words.text(f"word.{word}"),
    "day": lambda tell, day: tell.words.date(day),
    "text": lambda _tell, *values: ", ".join(map(str, values)),
}


def in_runs(items: Iterable[T], follows: Callable[[T, T], bool]) -> list[list[T]]:
    """Group items of which each follows the one before."""
    runs: list[list[T]] = []
    for item in items:
        if runs and follows(runs[-1][-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def level_name(level: str, words: Words) -> str:
    """Name of a level of the objective; a user's own has none but its id."""
    name, _, priority = level.partition(RANK)
    named = words.text_or(f"level.{name}", name)
    return words.text("level_part", level=named, priority=priority) if priority else named


def agency_name(agency: str, words: Words) -> str:
    """Name of an agency that measures, or of several that measure together."""
    return " + ".join(words.text_or(f"agency.{one}", one or BLANK) for one in agency.split("+"))


def round_up(value: float, digits: int = 1) -> float:
    """Round up at a decimal, so that what is printed suffices.

    Examples
    --------
    >>> round_up(332.01), round_up(332.1), round_up(100 * 0.29)
    (332.1, 332.1, 29.0)
    """
    return _rounded(value, digits, ROUND_CEILING)


def round_down(value: float, digits: int = 1) -> float:
    """Round down at a decimal."""
    return _rounded(value, digits, ROUND_FLOOR)


def _rounded(value: float, digits: int, way: str) -> float:
    """Round one way, unless the value is a figure of so many digits but for the last bits of floats."""
    figure = round(value, digits)
    if abs(figure - value) <= NOISE * max(1.0, abs(value)):
        return figure
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), way))
