"""Sort the texts beside or above a series into name, source, unit and measure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.tracking.numbers import is_missing
from waterdeal.tracking.quantities import drop_units, find_units, is_measure
from waterdeal.tracking.words import find_agency, holds, is_country, is_one_of, pattern, phrases_pattern, plain, read_words, split_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.tracking.places import Places

_BRACKETS = re.compile(r"\(([^()]*)\)")
_BY_DATA = re.compile(r"(?<!\w)(по данным|данные|data of|according to)(?!\w)")
_SPLIT = re.compile(r"[,;:()]|\s-\s")


@dataclass(frozen=True)
class Labels:
    """What the texts about a series say.

    Parameters
    ----------
    names : tuple of str
        Texts that name the place, from the outer to the inner.
    source : str
        Canonical agency, or a source as it is written.
    units, measures : tuple of str
        Texts that state a unit, and what is measured.
    """

    names: tuple[str, ...] = ()
    source: str = ""
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
    """Sort the texts about a series.

    Parameters
    ----------
    texts : iterable of (str, str)
        Each text, with its role where the header tells it (``place``, ``source``, ``unit``, ``quantity``; ``agencies``
        where others in its column are agencies) or nothing.
    places : Places
        Known places; a text that is the name of one is a name, whatever else it could be.

    Returns
    -------
    Labels
        The texts sorted, agencies and units taken out of the names.
    """
    labels = Labels()
    for text, role in texts:
        if not text or is_actual(text):
            labels = replace(labels, units=_units(text, labels))
            continue
        if role == "source":
            labels = replace(labels, source=source_name(text))
        elif role == "unit" or (find_units(text) and not split_words(drop_units(text))):
            labels = replace(labels, units=labels.units if is_missing(text) else (text, *labels.units))
        elif places.exact(text) and role != "quantity":
            labels = replace(labels, names=(*labels.names, text))
        elif role == "quantity" or is_measure(text):
            labels = replace(labels, measures=(text, *labels.measures), units=_units(text, labels))
        elif agency := agency_only(text):
            labels = replace(labels, source=agency)
        elif role == "agencies":
            labels = replace(labels, source=text)
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
        parts = [part.strip() for part in _SPLIT.split(name)]
        measures = [part for part in parts if part and is_measure(part)]
        if measures:
            measures += [part for part in parts if is_one_of(part, "quantities", "other_units")]
            labels = replace(labels, measures=(*measures, *labels.measures))
            name = ", ".join(part for part in parts if part and part not in measures)
    return replace(labels, names=(*labels.names, name)) if split_words(name) else labels


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
    if pattern("totals", "sum").match(clean):
        return True
    rest = pattern("totals", "mean").sub(" ", clean)
    return rest != clean and not split_words(pattern("names", "filler").sub(" ", rest))


def is_left_out_row(text: str) -> bool:
    """Tell whether a label says "difference", "plan", "%" and the like, and does not say "fact"."""
    return any(holds(text, "left_out", key) for key in ("words", "moments")) and not holds(text, "time", "actual")


def is_actual(text: str) -> bool:
    """Tell whether a text says "fact" and nothing else, units apart."""
    clean = drop_units(text)
    rest = pattern("time", "actual").sub(" ", clean)
    return rest != clean and not split_words(rest)


def is_part(text: str) -> bool:
    """Tell whether a label is a country alone, perhaps behind a dash."""
    return is_country(text.strip(" -–—•"))
