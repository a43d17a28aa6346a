"""Uzbek in its other alphabets, written from the texts in today's Latin; what machines read (keys, files, options) stays as it is.

The letters of ``uz-2026`` (Öö Ğğ Şş Çç) were approved by the Senate on 10 September 2026; the law is not in force before it is signed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: languages that are written from the texts of another, by their name on the command line
WRITTEN_FROM = {"uz-2026": "uz", "uz-Cyrl": "uz"}
#: fields, names of files and keys, options, tables of TOML, text in backquotes, Roman numerals
_KEPT = "|".join((
    r"\{[^}]*\}", r"`[^`]*`", r"(?<![\w}])--?[A-Za-z][\w-]*", r"\[[a-z_.]+\]", r"\b[A-Za-z]\w*[._][\w./=]*\w", r"\b[a-z]\w*=[\w.]+",
    r"(?<!\w)\.[a-z]{2,4}\b", r"\b[IVX]+\b",
))  # fmt: skip
_LATIN = re.compile(r"(?<![^\W_])[A-Za-z][\w.-]*\w|[A-Za-z]")


class NoScriptError(Exception):
    """What writes the letters of a language is not installed; whoever shows texts says so."""


def _letters(language: str) -> Callable[[str], str]:
    """Return what writes a text in the letters of a language."""
    try:
        import alifbo
    except ModuleNotFoundError as missing:
        raise NoScriptError(language) from missing
    if language == "uz-2026":
        return lambda text: alifbo.to_new_latin(text, ng_as_digraph=False).text
    return lambda text: alifbo.to_cyrillic(alifbo.to_new_latin(text, ng_as_digraph=False).text, foreign_words="transliterate").text


def _form_of(name: str) -> str:
    """Form of a name in a text; one long enough, and written as a name, may have an ending: Excel in Excelda."""
    return rf"(?<!\w){re.escape(name)}" + ("" if len(name) > 3 and name[0].isupper() else r"(?!\w)")


@cache
def write_in(language: str, text: str, russian: str = "") -> str:
    """Write a text of Uzbek in the letters of a language; Latin words that stand in the same text in Russian are names, and stay."""
    letters = _letters(language)
    names = sorted(set(_LATIN.findall(re.sub(r"\{[^}]*\}", " ", russian))), key=len, reverse=True)
    kept = re.compile("|".join([_KEPT, *map(_form_of, names)]))
    told, at = [], 0
    for found in kept.finditer(text):
        told += [letters(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*told, letters(text[at:])])
