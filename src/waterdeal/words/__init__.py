"""Words, numbers and dates in the language of the reader; texts stand in ``*.csv``, a table a topic, all languages side by side.

Forms of dates and numbers are CLDR's.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from waterdeal.words.scripts import WRITTEN_FROM, NoScriptError, write_in

if TYPE_CHECKING:
    from collections.abc import Mapping

#: language on the command line and column of the tables: its name in CLDR (plain ``uz`` means Latin letters)
LANGUAGES: Mapping[str, str] = {"en": "en_GB", "kk": "kk", "ru": "ru", "uz": "uz_Latn"}
#: every language that can be asked for: those of the tables, and what is written from them in other letters
SPOKEN = (*LANGUAGES, *WRITTEN_FROM)
#: what installs what writes Uzbek in other letters
REPORT = 'pip install "waterdeal[report]"'
#: end of a sentence whose last word, such as a unit, has a point of its own
_ENDS = re.compile(r"(?<=\w)\.\.(?=\s|$)")
ROMAN = ("I", "II", "III")
BLANK = "–"
#: first characters with which a spreadsheet takes text for a formula (CWE-1236)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@cache
def _tables() -> dict[str, dict[str, str]]:
    """Every text by dotted key and language; one key stands in one table."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("waterdeal.words").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".csv"):
            found |= {row.pop("key"): row for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(keepends=True))}
    return found


@cache
def read_texts(language: str) -> dict[str, str]:
    """Texts of a language by dotted key, e.g. ``column.delivery``; a language that has none is refused."""
    if language in WRITTEN_FROM:
        return {key: _written(language, key) for key in _tables()}
    if language not in LANGUAGES:
        raise ValueError(say("general.no_language", language=language, languages=", ".join(SPOKEN)))
    return {key: texts[language] for key, texts in _tables().items()}


def _written(language: str, key: str) -> str:
    """Text of a key in other letters than those of its table."""
    texts = _tables()[key]
    return write_in(language, texts[WRITTEN_FROM[language]], texts["ru"])


class Said(str):
    """A sentence that is kept as its key and values: English as text, any language by `Words.tell`."""

    __slots__ = ("key", "values")

    key: str
    values: dict[str, object]

    def __new__(cls, key: str, values: dict[str, object]) -> Said:
        """Write the English sentence."""
        said = super().__new__(cls, read_texts("en")[key].format(**values))
        said.key, said.values = key, values
        return said

    def __reduce__(self) -> tuple[type[Said], tuple[str, dict[str, object]]]:
        """Travel to other processes by key and values."""
        return Said, (self.key, self.values)


def is_told(value: Any) -> bool:
    """Tell whether a value, such as a problem, writes itself in a language."""
    return hasattr(type(value), "__dataclass_fields__") and hasattr(value, "tell")


def say(key: str, /, **values: object) -> Said:
    """Say a sentence of the tables, e.g. ``say("file.missing", path=path)``."""
    return Said(key, values)


#: control characters but tabs and ends of lines, and marks that turn the direction of what follows: no file of people needs them
STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def is_unseen(sign: str) -> bool:
    """Tell whether a sign steers what shows it instead of being shown: a control character, a mark of the direction of writing."""
    return unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"}


def clean(text: str) -> str:
    """Take out what could steer a terminal."""
    return text if text.isprintable() else "".join(" " if is_unseen(sign) else sign for sign in text)


def safe_text(text: str) -> str:
    """Clean a text, and put an apostrophe before one that a spreadsheet would run."""
    return f"'{clean(text)}" if text.startswith(DANGEROUS) else clean(text)


@cache
def _pattern(digits: int) -> str:
    """Return the pattern of a grouped number with fixed decimals."""
    return "#,##0" + ("." + "0" * digits if digits else "")


def _plain_spaces(text: str) -> str:
    """Write the narrow space of newer CLDR as the non-breaking one, which every font and spreadsheet has."""
    return text.replace("\u202f", "\xa0")


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str  # one of `SPOKEN`

    def __post_init__(self) -> None:
        """Refuse a language that has no texts, or letters that nothing here writes."""
        if self.language not in WRITTEN_FROM:
            read_texts(self.language)
            return
        try:
            write_in(self.language, "")
        except NoScriptError as missing:
            raise ValueError(say("general.no_script", language=self.language, install=REPORT)) from missing

    @property
    def tongue(self) -> str:
        """The language whatever its letters, as texts of others name it: ``uz`` of ``uz-Cyrl``."""
        return WRITTEN_FROM.get(self.language, self.language)

    @property
    def locale(self) -> str:
        """Name of the language in CLDR; numbers and dates are the same in all its letters."""
        return LANGUAGES[self.tongue]

    @property
    def own_name(self) -> str:
        """Name of the language in itself."""
        from babel import Locale

        name = str(Locale.parse(self.locale).get_language_name(self.locale))
        return self.written((name[:1].upper() + name[1:]).replace("‘", "ʻ"))

    def written(self, text: str) -> str:
        """Write a text of the language in its letters."""
        return write_in(self.language, text) if self.language in WRITTEN_FROM else text

    def of(self, texts: Mapping[str, str], other: str = "") -> str:
        """Return what a file says in this language, such as a title; something else where it does not."""
        return self.written(texts[self.tongue]) if texts.get(self.tongue) else other

    def text(self, key: str, **values: object) -> str:
        """Return a text, its ``{fields}`` filled."""
        text = _written(self.language, key) if self.language in WRITTEN_FROM else read_texts(self.language)[key]
        told = text.format(**values) if values else text
        return _ENDS.sub(".", told) if ".." in told else told

    def tell(self, said: Any) -> str:
        """Write what was said in this language, an error by its sentence; what was not said by key stays as it is."""
        if isinstance(said, Exception) and said.args and isinstance(said.args[0], Said):
            return self.tell(said.args[0])
        if not isinstance(said, Said):
            return str(said.tell(self)) if is_told(said) else str(said)
        own = {name: self.tell(value) for name, value in said.values.items() if isinstance(value, Said | Exception) or is_told(value)}
        return self.text(said.key, **{**said.values, **own})

    def has(self, key: str) -> bool:
        """Tell whether there is a text of this key."""
        return key in _tables()

    def text_or(self, key: str, other: str) -> str:
        """Return a text without fields, or something else where there is none."""
        return self.text(key) if self.has(key) else other

    def number(self, value: float | None, digits: int = 1) -> str:
        """Write a number with the decimal and thousands marks of the language."""
        if value is None or math.isnan(value):
            return BLANK
        from babel.numbers import format_decimal

        return _plain_spaces(format_decimal(round(value, digits) + 0.0, _pattern(digits), locale=self.locale))

    def date(self, day: date) -> str:
        """Write a date in full."""
        from babel.dates import format_date

        return self.written(_plain_spaces(format_date(day, "long", locale=self.locale)))

    def month(self, label: str) -> str:
        """Write a month with its year."""
        name = self.month_name(int(label[5:7]))
        return f"{name[:1].upper()}{name[1:]} {label[:4]}"

    def month_name(self, number: int) -> str:
        """Name of a month that stands in a sentence by itself, not after a day."""
        name = self.written(_month_name(self.locale, "wide", "stand-alone", number))
        return name if self.language == "en" else name[:1].lower() + name[1:]

    def short_month(self, number: int) -> str:
        """Write a month in short; cut short first and written in other letters after, June and July would be no words."""
        if self.language == "uz-Cyrl":
            return _month_name("uz_Cyrl", "abbreviated", "stand-alone", number)
        return self.written(_month_name(self.locale, "abbreviated", "stand-alone", number))

    def step(self, label: str) -> str:
        """Write a step."""
        if len(label) == 7:
            return self.month(label)
        if "-D" not in label:
            return self.date(date.fromisoformat(label))
        number = int(label[5:7])
        return self.text(
            "step.dekad",
            dekad=ROMAN[int(label[-1]) - 1],
            month=self.written(_month_name(self.locale, "wide", "format", number)),
            short=self.written(_month_name(self.locale, "abbreviated", "format", number)),
        )

    def step_in_month(self, label: str) -> str:
        """Write a step under the heading of its month: ``I``, the day, or a word for the whole month."""
        if len(label) == 7:
            return self.text("step.whole_month")
        return ROMAN[int(label[-1]) - 1] if "-D" in label else str(int(label[-2:]))

    def season(self, label: str) -> str:
        """Write a season, e.g. ``growing_2026`` as ``Вегетация 2026``."""
        kind, year = label.rsplit("_", 1)
        return self.text(f"season.{kind}", year=year, next_year=int(year) + 1)

    def place(self, names: Mapping[str, Mapping[str, str]], key: str) -> str:
        """Name a place; its id where it has no name."""
        texts = names.get(key, {})
        order = ("en",) if self.tongue == "en" else ("ru", "en")
        return self.of(texts) or next((texts[language] for language in order if texts.get(language)), key)


@cache
def _month_name(locale: str, width: str, context: str, number: int) -> str:
    """Name of a month by CLDR."""
    from babel.dates import get_month_names

    names: Any = get_month_names(width, context, locale=locale)
    return str(names[number]).rstrip(".")
