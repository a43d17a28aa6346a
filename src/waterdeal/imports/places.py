"""Find the place that a name in a table means."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from waterdeal.imports.words import countries, country_codes, holds, pattern, phrases_pattern, plain, read_words, split_words
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

CUTOFF = 0.85
#: the number of a row before its name: "1. Нарын", "2) Чирчик"
_NUMBERED = re.compile(r"^\d{1,3}[.)]\s*(?=[^\W\d_])")
_ADJECTIVE = re.compile(r"(ск|цк)(?:ое|ого|ому|ом|ая|ой|ую|ий|им|их|ие|ими)$")

_MENTION = re.compile(r"(?<!\w)(выше|ниже|до|из|к|от|above|below|to|from)(?!\w)")


def full_key(text: str) -> str:
    """Write a name without case, spaces, quotes and hyphens, its country as a code.

    Examples
    --------
    >>> full_key("Канал «Дустлик», Узбекистан") == full_key("канал Дустлик (УЗ)")
    True
    """
    codes = country_codes()
    return "".join(codes.get(word, word) for word in split_words(text))


@lru_cache(maxsize=8_192)
def loose_key(text: str) -> str:
    """Write a name as `full_key` does, without words such as "канал" and the endings of adjectives."""
    rest = pattern("names", "filler").sub(" ", _NUMBERED.sub("", plain(text), count=1).replace("_", " "))
    rest = pattern("quantities", "flow").sub(" ", rest)
    codes = country_codes()
    return "".join(codes.get(word, _ADJECTIVE.sub(r"\1", word)) for word in split_words(rest))


@cache
def _opposites() -> list[re.Pattern[str]]:
    """Return a pattern for each side of each pair of opposites."""
    return [phrases_pattern([plain(word) for word in words]) for words in read_words()["names"]["opposites"]]


@lru_cache(maxsize=8_192)
def _signature(text: str) -> tuple[object, ...]:
    """Say what two names must have in common, however near they are: country, numbers, directions, opposites."""
    words = split_words(text)
    stems = re.sub(r"(верхн|нижн|лев|прав|север|южн|больш)", r" \1", " ".join(words))
    return (
        countries(text),
        frozenset(word for word in words if word.isdecimal()),
        tuple(holds(text, "directions", way) for way in ("in", "out")),
        tuple(bool(side.search(stems)) for side in _opposites()),
    )


class Places:
    """The places that a table can be about, by every spelling of their names."""

    def __init__(self, names: Mapping[str, Sequence[str]], reservoirs: Collection[str] | None = None) -> None:
        self._spellings = {key: [key, *(name for name in spellings if name.strip())] for key, spellings in names.items()}
        told = (key for key, names in self._spellings.items() if _name_reservoir(names))
        self._reservoirs = frozenset(told if reservoirs is None else reservoirs)
        self._full: dict[str, set[str]] = defaultdict(set)
        self._loose: dict[str, set[str]] = defaultdict(set)
        self._texts: dict[str, list[str]] = defaultdict(list)
        for key, spellings in self._spellings.items():
            for spelling in spellings:
                self._full[full_key(spelling)].add(key)
                self._loose[loose_key(spelling)].add(key)
                self._texts[loose_key(spelling)].append(spelling)
        self._loose.pop("", None)

    def spellings(self) -> list[str]:
        """Return every spelling of every name."""
        return [name for names in self._spellings.values() for name in names]

    def exact(self, text: str) -> frozenset[str]:
        """Return the ids a name means: by its whole spelling, else without words such as "канал"."""
        found = self._full.get(full_key(text)) or self._loose.get(loose_key(text)) or set()
        if len(found) > 1 and holds(text, "names", "reservoir"):
            found = {key for key in found if self.is_reservoir(key)} or found
        return frozenset(found)

    def within(self, text: str) -> str:
        """Return the one spelling that stands in a text as whole words; nothing where those of two places do."""
        whole = f" {' '.join(split_words(text))} "
        spelt = ((key, name) for key, names in self._spellings.items() for name in names if len(name) > 3)
        found = {key: name for key, name in spelt if f" {' '.join(split_words(name))} " in whole}
        return next(iter(found.values())) if len(found) == 1 else ""

    def near(self, text: str) -> frozenset[str]:
        """Return the ids whose names are nearest to a text, if any is near enough."""
        key = loose_key(text)
        if len(key) < 4:
            return frozenset()
        signature = _signature(text)
        matches = difflib.get_close_matches(key, self._texts, n=5, cutoff=CUTOFF)
        near = (match for match in matches if any(_signature(spelling) == signature for spelling in self._texts[match]))
        return frozenset(self._loose.get(next(near, ""), ()))

    def suggest(self, text: str) -> str:
        """Return a remedy naming the nearest spelling, if any resembles the text."""
        near = difflib.get_close_matches(loose_key(text), self._texts, n=1)
        return say("imports.nearest_is", name=self._texts[near[0]][-1]) if near else say("imports.none_near")

    def is_reservoir(self, key: str) -> bool:
        """Tell whether a place holds water, by the list given, else by a name such as "… водохранилище"."""
        return key in self._reservoirs

    def speaks_of(self, key: str, measure: str) -> bool:
        """Tell whether a name of a place says inflow or release."""
        return any(holds(name.replace("_", " "), "directions", measure) for name in self._spellings[key])


def _name_reservoir(names: Sequence[str]) -> bool:
    """Tell whether names are those of a reservoir, not of an inflow, a release or a place above or below one."""
    texts = [plain(name).replace("_", " ") for name in names]
    other = any(_MENTION.search(text) or any(holds(text, "directions", way) for way in ("in", "out")) for text in texts)
    return not other and any(holds(text, "names", "reservoir") for text in texts)
