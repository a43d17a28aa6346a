"""The words by which tables are understood; they stand in ``words.toml`` and are read once."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from waterdeal.units import LOOKALIKES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.imports.grid import Notes

_APOSTROPHES = dict.fromkeys(map(ord, "'`‘’ʻʼʹ′\"“”„«»‹›"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


@cache
def read_words() -> dict[str, Any]:
    """Read the word lists."""
    return tomllib.loads(resources.files("waterdeal.imports").joinpath("words.toml").read_text(encoding="utf-8"))


#: a sign of a power between a unit and its figure
_POWER = re.compile(r"(?<=[^\W\d_])(?:\^|\*\*)\{?(-?\d)\}?")


#: letters and figures without a gap, among which Latin letters are typed for the Cyrillic ones that they look like: "м3/c", "Hapын"
_RUN, _CYRILLIC = re.compile(r"[^\W_]*[a-z][^\W_]*(?:/[^\W_]+)*|[^\W_]+(?:/[^\W_]*[a-z][^\W_]*)+"), re.compile("[а-я]")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Write a text without the differences that do not matter.

    Examples
    --------
    >>> plain("«Объём»,  млн м³")
    'объем, млн м3'
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    text = _POWER.sub(r"\1", text)
    if not text.isascii():
        text = _RUN.sub(lambda run: run[0].translate(LOOKALIKES) if _CYRILLIC.search(run[0]) else run[0], text)
    return " ".join(text.translate(_APOSTROPHES).translate(_DASHES).split())


def split_words(text: str) -> list[str]:
    """Return the words and numbers of a text, plainly written."""
    return re.findall(r"[^\W_]+", plain(text))


@cache
def word_list(section: str, key: str) -> tuple[str, ...]:
    """Return one list of words, plainly written, the longest first."""
    return tuple(sorted({plain(word) for word in read_words()[section][key]}, key=lambda word: (-len(word), word)))


def phrases_pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Make a pattern that finds any of the phrases as whole words; a star stands for any ending."""
    if not phrases:
        return re.compile(r"(?!)")
    parts = [re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", r"\s*") for phrase in phrases]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


@cache
def pattern(section: str, key: str) -> re.Pattern[str]:
    """Return the pattern that finds any word of one list in a plainly written text."""
    return phrases_pattern(word_list(section, key))


def holds(text: str, section: str, key: str) -> bool:
    """Tell whether a text holds a word of a list."""
    return pattern(section, key).search(plain(text)) is not None


def is_left_out(text: str, notes: Notes, *keys: str) -> bool:
    """Tell whether a text says plan, per cent, difference, morning and the like; a forecast is what a series of inflow is made of."""
    text = pattern("left_out", "forecast").sub(" ", plain(text)) if notes.series else text
    return any(holds(text, "left_out", key) for key in keys or ("words", "moments"))


def is_one_of(text: str, section: str, key: str) -> bool:
    """Tell whether a text is a word of a list, punctuation at its ends apart."""
    return plain(text).strip(" .:;,") in {word.strip(" .:;,") for word in word_list(section, key)}


def find_agency(text: str) -> str:
    """Return the canonical name of the agency a text names, else an empty text.

    Examples
    --------
    >>> find_agency("(Казгидромет)")
    'kazhydromet'
    """
    return next((name for name in read_words()["agencies"] if holds(text, "agencies", name)), "")


@cache
def country_codes() -> dict[str, str]:
    """Return the code of each word for a country."""
    return {plain(word): code for code, words in read_words()["countries"].items() for word in words}


def countries(text: str) -> frozenset[str]:
    """Return the codes of the countries that a text names, each by one word."""
    return frozenset(country_codes()[word] for word in split_words(text) if word in country_codes())


def is_country(text: str) -> bool:
    """Tell whether a text names a country and nothing else."""
    return "".join(split_words(text)) in country_codes()
