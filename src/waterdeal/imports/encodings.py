"""Turn the bytes of a table into text: the encodings in which agencies save, told apart by how the words come out."""

from __future__ import annotations

import codecs
import re
from functools import cache
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.imports.words import read_words, split_words
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: one byte a letter, the likeliest first
_SINGLE = ("cp1251", "koi8-r", "cp866", "cp1252")
_MARKED = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
#: Russian letters from the most to the least frequent
_FREQUENT = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_WORD = re.compile(r"[^\W\d_]+")
#: signs beside letters that tables hold
_USUAL = frozenset("№«»–—−…°²³·×‰±§\u00a0’‘“”")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
#: how much of a file tells its encoding
_LOOKED_AT = 60_000


def decode(raw: bytes, file: str, names: Iterable[str] = ()) -> tuple[str, str]:
    """Turn bytes into text, by the names it may hold; return it with the encoding where that is a guess."""
    if marked := next((name for mark, name in _MARKED.items() if raw.startswith(mark)), ""):
        return _strictly(raw, marked, file), ""
    if wide := _without_mark(raw):
        return _strictly(raw, wide, file), wide
    try:
        return _readable(raw.decode("utf-8"), file), ""
    except UnicodeDecodeError:
        found = _by_words(raw, _known_words() | {word for name in names for word in split_words(name)})
    if not found:
        raise FileProblem(say("imports.encoding", file=file))
    return _readable(raw.decode(found), file), found


def _strictly(raw: bytes, encoding: str, file: str) -> str:
    """Decode what says its encoding itself."""
    try:
        return _readable(raw.decode(encoding), file)
    except UnicodeDecodeError as error:
        raise FileProblem(say("imports.encoding", file=file)) from error


def _readable(text: str, file: str) -> str:
    """Refuse a text with signs that no table has."""
    if _CONTROL.search(text):
        raise FileProblem(say("imports.binary", file=file))
    return text


def _without_mark(raw: bytes) -> str:
    """Tell UTF-16 without its mark: every other byte is that of one alphabet."""
    head = raw[:_LOOKED_AT]
    if len(raw) % 2 or len(head) < 8:
        return ""
    for name, high in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if b"\0" in high and sum(byte in {0, 4, 0x20} for byte in high) >= 0.97 * len(high):
            return name
    return ""


def _by_words(raw: bytes, known: frozenset[str]) -> str:
    """Choose the encoding in which the words come out best; empty where none gives any."""
    scores = {name: score for name in _SINGLE if (score := _score(raw[:_LOOKED_AT], name, known)) is not None}
    return max(scores, key=lambda name: scores[name], default="")


def _score(raw: bytes, encoding: str, words: frozenset[str]) -> float | None:
    """Say how well an encoding fits; None where it does not decode."""
    from waterdeal.imports.quantities import find_units

    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    odd = sum(ord(sign) > 127 and not sign.isalpha() and sign not in _USUAL for sign in text)
    cells = {cell for cell in re.split(r"[\t;,|\n\r]", text) if not cell.isascii()}
    known = sum(len(word) for cell in cells for word in split_words(cell) if word in words and not word.isascii())
    units = sum(4 for cell in cells for _ in find_units(cell))
    return sum(map(_word_score, _foreign_words(text))) + 3.0 * known + units - 3.0 * odd


def _foreign_words(text: str) -> Iterator[str]:
    """Yield the words with letters beyond ASCII."""
    return (word for word in _WORD.findall(text) if not word.isascii())


def _word_score(word: str) -> float:
    """Say how well a word looks: frequent letters, one alphabet, one way of capitals."""
    cyrillic = sum("а" <= sign <= "я" or sign == "ё" for sign in word.lower())
    if not cyrillic:  # Latin with accents: mostly plain letters
        plain = sum(sign.isascii() for sign in word)
        return float(len(word)) if 2 * plain > len(word) else -2.0 * (len(word) - plain)
    natural = word.islower() or word.isupper() or word.istitle()
    frequent = sum(1 - _FREQUENT.find(sign) / len(_FREQUENT) for sign in word.lower() if sign in _FREQUENT)
    strange = len(word) - cyrillic
    return frequent - 2.0 * strange - (0 if natural else float(len(word)))


@cache
def _known_words() -> frozenset[str]:
    """Words of tables, and months."""
    from waterdeal.imports.dates import month_words

    phrases = [word for section in read_words().values() for words in section.values() for one in words for word in split_words(str(one))]
    return frozenset(word for word in (*phrases, *month_words()) if len(word) > 2)
