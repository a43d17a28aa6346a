"""Find the place and the quantity of a series, and say what had to be guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.tracking.quantities import ASSUMED, Unit, choose_unit, find_measure, find_units, quantity_of
from waterdeal.tracking.words import holds, pattern, plain, split_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.tracking.labels import Labels
    from waterdeal.tracking.notes import Notes, Spot
    from waterdeal.tracking.places import Places


@dataclass(frozen=True)
class Kind:
    """What a number measures.

    Parameters
    ----------
    quantity : str
        ``flow``, ``volume``, ``storage`` or ``energy``.
    unit : str
        Inside unit.
    factor : float
        Inside units in one unit of the table.
    at_end : bool
        Whether a storage is that at the end of its period.
    unsure : bool
        Whether a storage stands for a period without a word on its moment.
    """

    quantity: str
    unit: str
    factor: float
    at_end: bool = False
    unsure: bool = False


def find_place(labels: Labels, parent: str, around: Sequence[str], places: Places, notes: Notes, spot: Spot) -> str | None:
    """Find the place that labels name.

    Parameters
    ----------
    labels : Labels
        The sorted labels.
    parent : str
        Name of the canal of which the row is a part ("в том числе"), or nothing.
    around : sequence of str
        Texts around, from the section outwards.
    places : Places
        Known places.
    notes : Notes
        Gathers near matches and names that are not known.
    spot : Spot
        The row.

    Returns
    -------
    str or None
        Id, or None where no known place is meant, which is reported.
    """
    said = next(((text, way) for text in (*labels.measures, *around) if (way := find_measure(text))), ("", ""))
    way = said[1] if said[1] in {"in", "out"} else ""
    candidates = list(dict.fromkeys(_candidates(labels, parent, said[0] if way else "")))
    for text in candidates:
        found = _fitting(places.exact(text), text, way, places)
        if len(found) == 1:
            return next(iter(found))
        if found:
            notes.guess(spot, labels.text, "an ignored row", f"the name fits several places: {', '.join(sorted(found))}")
            return None
    for text in candidates:
        found = _fitting(places.near(text), text, way, places)
        if len(found) == 1:
            key = next(iter(found))
            notes.guess(spot, labels.text, key, "the nearest known name")
            return key
    notes.guess(spot, labels.text, "an ignored row", f"no known place has this name; {places.suggest(candidates[0] if candidates else '')}")
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
    """Find what a series measures and in which unit.

    Parameters
    ----------
    labels : Labels
        Its labels.
    around : sequence of str
        Texts around: of the column, then outwards to the title and the sheet's name.
    place : str
        Its place.
    places : Places
        Known places.
    notes : Notes
        Gathers what was guessed.
    spot : Spot
        Where the series stands.

    Returns
    -------
    Kind or None
        Quantity, unit and factor; None where it is a level or the like, or the unit is not known, which is reported.
    """
    reservoir = places.is_reservoir(place)
    texts = [*labels.measures, *labels.names, *around]
    measure = _measure(labels, around, reservoir=reservoir)
    if measure == "other":
        notes.mention(spot, labels.text, "no data, left out", "neither flow, volume, storage nor energy")
        return None
    unit = choose_unit([*labels.units, *around], measure)
    if labels.units and not any(map(find_units, labels.units)):
        notes.guess(spot, " ".join(labels.units), "an ignored row", "the unit is not one of flow, volume or energy")
        return None
    quantity, why = quantity_of(unit, measure, reservoir=reservoir)
    if why:
        notes.guess(spot, labels.text, quantity, why)
    if unit is None:
        unit = Unit(ASSUMED[quantity], {"storage": "volume"}.get(quantity, quantity))
        notes.guess(spot, labels.text, f"{quantity} in {unit.name}", "no unit is stated")
    moment = [holds(text, "time", "at_end") for text in texts if any(holds(text, "time", key) for key in ("at_start", "at_end"))]
    at_end = bool(moment and moment[0])
    return Kind(quantity, unit.inside, unit.factor, at_end, unsure=quantity == "storage" and not moment)


def _measure(labels: Labels, around: Sequence[str], *, reservoir: bool) -> str:
    """Tell what is measured by the nearest text that says so; a place's own name says so only of a reservoir."""
    for text in labels.measures:
        if found := find_measure(text):
            return found
    for name in labels.names:
        found = find_measure(name)
        if found and (reservoir or found not in {"storage", "energy", "other"}):
            return found
    return next(filter(None, map(find_measure, around)), "")
