"""Sort the texts beside or above a series into name, source, unit and measure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from waterdeal.imports.dates import read_when
from waterdeal.imports.grid import IGNORED_ROW, LEFT_OUT
from waterdeal.imports.numbers import is_missing
from waterdeal.imports.quantities import (
    ASSUMED,
    Unit,
    choose_unit,
    drop_units,
    find_measure,
    find_units,
    is_measure,
    known_units,
    quantity_of,
    unknown_unit,
)
from waterdeal.imports.words import find_agency, holds, is_left_out, is_one_of, pattern, phrases_pattern, plain, read_words, split_words
from waterdeal.units import GWH_PER_MW_DAY, INSIDE
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from waterdeal.imports.grid import Notes, Spot
    from waterdeal.imports.places import Places

_BRACKETS = re.compile(r"\(([^()]*)\)")
_BY_DATA = re.compile(r"(?<!\w)(по данным|данные|data of|according to)(?!\w)")
_SPLIT = re.compile(r"[,;:()]|\s-\s")


@dataclass(frozen=True)
class Labels:
    """What the texts about a series say."""

    names: tuple[str, ...] = ()  # texts that name the place, from the outer to the inner
    source: str = ""  # canonical agency, or a source as it is written
    units: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it in one line, for people."""
        return " ".join([*self.names, *self.measures, *([f"({self.source})"] if self.source else [])])


def agency_only(text: str) -> str:
    """Return the agency where a text names it and says nothing else."""
    agency = find_agency(text)
    return agency if agency and not split_words(_without_agency(text)) else ""


def _without_agency(text: str) -> str:
    """Take the name of an agency out of a text."""
    rest = _BY_DATA.sub(" ", plain(text))
    phrases = sorted((plain(word) for words in read_words()["agencies"].values() for word in words), key=len, reverse=True)
    rest = phrases_pattern(phrases).sub(" ", rest)
    return _BRACKETS.sub(lambda found: found[0] if split_words(found[1]) else " ", rest).strip(" .,:;-")


def source_name(text: str) -> str:
    """Return the canonical name of an agency, or the text as it is.

    Examples
    --------
    >>> source_name("Узгидромет"), source_name("our own gauge")
    ('uzhydromet', 'our own gauge')
    """
    return agency_only(text) or text.strip()


def sort_labels(texts: Iterable[tuple[str, str]], places: Places) -> Labels:
    """Sort the texts about a series."""
    labels = Labels()
    for text, role in texts:
        if not text or is_actual(text):
            labels = replace(labels, units=_units(text, labels))
        elif role == "source":
            labels = replace(labels, source=source_name(text))
        elif role == "unit" or (find_units(text) and not split_words(drop_units(text))):
            labels = replace(labels, units=labels.units if is_missing(text) else (text, *labels.units))
        elif places.exact(text) and role != "quantity":
            labels = replace(labels, names=(*labels.names, text))
        elif role == "quantity" or is_measure(text):
            labels = replace(labels, measures=(text, *labels.measures), units=_units(text, labels))
        elif agency := agency_only(text) or (text if role == "agencies" else ""):
            labels = replace(labels, source=agency)
        else:
            labels = _sort_name(text, labels, places)
    return labels


def _units(text: str, labels: Labels) -> tuple[str, ...]:
    """Add a text to the units where it states one."""
    return (text, *labels.units) if find_units(text) else labels.units


def _sort_name(text: str, labels: Labels, places: Places) -> Labels:
    """Take unit, agency and measure out of a name such as "Приток к Шардаре (Казгидромет), м³/с"."""
    labels = replace(labels, units=_units(text, labels))
    name = drop_units(text) if find_units(text) else text.strip()
    if agency := find_agency(name):
        name, labels = _without_agency(name), replace(labels, source=agency)
    if not places.exact(name):
        parts = split_label(name)
        measures = [part for part in parts if is_measure(part)]
        if measures:
            measures += [part for part in parts if is_one_of(part, "quantities", "other_units")]
            labels = replace(labels, measures=(*measures, *labels.measures))
            name = ", ".join(part for part in parts if part not in measures)
    return replace(labels, names=(*labels.names, name)) if split_words(name) else labels


def split_label(text: str) -> list[str]:
    """Cut a text at commas, colons, brackets and dashes."""
    return [part.strip() for part in _SPLIT.split(text) if part.strip()]


def included_part(text: str) -> tuple[str, str] | None:
    """Cut a text at "в том числе"; None where the words are not there.

    Examples
    --------
    >>> included_part("в т.ч. Узбекистан")
    ('', 'Узбекистан')
    """
    found = pattern("headings", "included").search(plain(text))
    if found is None:
        return None
    before = plain(text)[: found.start()].strip(" .,:;-–")
    after = plain(text)[found.end() :].strip(" .,:;-–")
    size = len(text.rstrip(" .:"))
    tail = text.rstrip(" .:")[size - len(after) :] if after else ""
    return before, tail if plain(tail) == after else after


def is_total_row(text: str) -> bool:
    """Tell whether a row's label says that it sums or averages others."""
    clean = plain(text).lstrip(" -")
    if pattern("totals", "sum").match(clean) or is_one_of(clean, "totals", "month"):
        return True
    rest = pattern("totals", "mean").sub(" ", clean)
    words = split_words(pattern("names", "filler").sub(" ", rest))
    return rest != clean and (not words or read_when(" ".join(words)) is not None)


def is_left_out_row(text: str, notes: Notes) -> bool:
    """Tell whether a label says "difference", "plan", "%" and the like, and does not say "fact"."""
    return is_left_out(text, notes) and not holds(text, "time", "actual")


def is_actual(text: str) -> bool:
    """Tell whether a text says "fact" and nothing else, units apart."""
    clean = drop_units(text)
    rest = pattern("time", "actual").sub(" ", clean)
    return rest != clean and not split_words(rest)


@dataclass(frozen=True)
class Kind:
    """What a number measures."""

    quantity: str  # `flow`, `volume`, `storage` or `energy`
    unit: str  # inside unit
    factor: float  # inside units in one unit of the table
    at_end: bool = False  # whether a storage is that at the end of its period
    unsure: bool = False  # whether a storage stands for a period without a word on its moment
    mean: bool = False  # whether it is energy a day, of a mean power over the period


def find_place(labels: Labels, parent: str, around: Sequence[str], places: Places, notes: Notes, spot: Spot) -> str | None:
    """Find the place that labels name."""
    said = next(((text, way) for text in (*labels.measures, *around) if (way := find_measure(text))), ("", ""))
    way = said[1] if said[1] in {"in", "out"} else ""
    candidates = list(dict.fromkeys(_candidates(labels, parent, said[0] if way else "")))
    for find, is_guess in ((places.exact, False), (places.near, True)):
        for text in candidates:
            found = _fitting(find(text), text, way, places)
            if len(found) == 1:
                key = next(iter(found))
                if is_guess:
                    notes.guess(spot, labels.text, key, "imports.nearest")
                return key
            if found and not is_guess:
                notes.guess(spot, labels.text, IGNORED_ROW, "imports.several_places", places=", ".join(sorted(found)))
                return None
    notes.guess(spot, labels.text, IGNORED_ROW, "imports.unknown_place", suggest=places.suggest(next(iter(candidates), "")))
    return None


def _candidates(labels: Labels, parent: str, measure: str) -> Iterator[str]:
    """Yield what the place could be called, the likeliest first."""
    names = [" ".join(labels.names), *reversed(labels.names)] if labels.names else []
    if parent:
        names = [f"{parent}, {name}" for name in names] + names
    if measure:
        word = _direction_word(measure)
        yield from (text for name in names for text in (f"{word} {name}", f"{name} {word}"))
    yield from names
    for name in names:
        rest = pattern("quantities", "volume").sub(" ", pattern("quantities", "storage").sub(" ", plain(name)))
        rest = pattern("quantities", "energy").sub(" ", rest)
        if rest != plain(name) and split_words(rest):
            yield " ".join(rest.split())


def _direction_word(text: str) -> str:
    """Return the word of a text that says inflow or release."""
    found = (pattern("directions", way).search(plain(text)) for way in ("in", "out"))
    return next((match[0] for match in found if match), "")


def _fitting(keys: frozenset[str], text: str, way: str, places: Places) -> frozenset[str]:
    """Drop reservoirs where an inflow or a release is meant: which link it is, only a name tells."""
    if not way or holds(text, "directions", way):
        return keys
    return frozenset(key for key in keys if not places.is_reservoir(key) or places.speaks_of(key, way))


def find_kind(labels: Labels, around: Sequence[str], place: str, places: Places, notes: Notes, spot: Spot) -> Kind | None:
    """Find what a series measures and in which unit."""
    reservoir = places.is_reservoir(place)
    measure = _measure(labels, around, reservoir=reservoir)
    if measure == "other":
        notes.mention(spot, labels.text, LEFT_OUT, "imports.other_quantity")
        return None
    unit = choose_unit([*labels.units, *around], measure)
    if labels.units and not any(map(find_units, labels.units)):
        notes.guess(spot, " ".join(labels.units), IGNORED_ROW, "imports.other_unit")
        return None
    if _is_unit_wrong(unit, labels, around, notes, spot):
        return None
    quantity, unsaid = quantity_of(unit, measure, reservoir=reservoir)
    if unsaid:
        notes.guess(spot, labels.text, say("measured.storage"), "imports.storage_unsaid")
    if unit is None and notes.series:
        notes.fault(spot, "imports.unit_needed", place=place, text="; ".join(dict.fromkeys(filter(None, around))), known=known_units())
        return None
    if unit is None:
        unit = Unit(ASSUMED[quantity], {"storage": "volume"}.get(quantity, quantity))
        taken = say("imports.in_unit", quantity=say(f"measured.{quantity}"), unit=unit.name)
        notes.guess(spot, labels.text, taken, "imports.no_unit")
    texts = (*labels.measures, *labels.names, *around)
    moments = [text for text in texts if holds(text, "time", "at_start") or holds(text, "time", "at_end")]
    at_end = bool(moments) and holds(moments[0], "time", "at_end")
    if unit.dimension == "power":
        return Kind(quantity, INSIDE["energy"], unit.factor * GWH_PER_MW_DAY, mean=True)
    return Kind(quantity, unit.inside, unit.factor, at_end, unsure=quantity == "storage" and not moments)


def _is_unit_wrong(unit: Unit | None, labels: Labels, around: Sequence[str], notes: Notes, spot: Spot) -> bool:
    """Tell whether what names the unit names none that is known, or two, and report it."""
    texts = (*labels.units, *labels.names, *labels.measures, *around)
    strange = next(filter(None, map(unknown_unit, texts)), "") if unit is None else ""
    twofold = _two_units(labels, around) if unit is not None else ""
    if strange:
        notes.fault(spot, "imports.unit_unknown", text=strange, known=known_units())
    elif twofold:
        notes.fault(spot, "imports.two_units", text=twofold, units=", ".join(one.name for one in find_units(twofold)))
    return bool(strange or twofold)


def _two_units(labels: Labels, around: Sequence[str]) -> str:
    """Return the text that decides on the unit, where it names a rate and a volume, each by its word, and nothing nearer says which."""
    text = next(filter(find_units, (*labels.units, *around)), "")
    dimensions = {unit.dimension for unit in find_units(text)}
    said = any(find_measure(other) for other in (*labels.measures, *labels.names) if other != text)
    both = all(holds(text, "quantities", key) for key in ("flow", "volume"))
    return text if both and not said and {"flow", "volume"} <= dimensions else ""


def _measure(labels: Labels, around: Sequence[str], *, reservoir: bool) -> str:
    """Tell what is measured by the nearest text that says so; a place's own name says so only of a reservoir."""
    named = (found for found in map(find_measure, labels.names) if reservoir or found not in {"storage", "energy", "other"})
    return next(filter(None, chain(map(find_measure, labels.measures), named, map(find_measure, around))), "")
