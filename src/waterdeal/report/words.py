"""Words, numbers and dates in the language of the reader; texts stand in ``locale/*.toml``, forms of dates and numbers in CLDR."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: language on the command line: its locale file and its name in CLDR (plain ``uz`` means Latin letters)
LANGUAGES: Mapping[str, tuple[str, str]] = {
    "en": ("en.toml", "en_GB"),
    "kk": ("kk.toml", "kk"),
    "ru": ("ru.toml", "ru"),
    "uz": ("uz-Latn.toml", "uz_Latn"),
}
ROMAN = ("I", "II", "III")
BLANK = "–"


@cache
def read_locale(language: str) -> dict[str, str]:
    """Read the texts of a language.

    Parameters
    ----------
    language : str
        One of ``LANGUAGES``.

    Returns
    -------
    dict of str to str
        Texts by dotted key, e.g. ``column.delivery``.

    Raises
    ------
    ValueError
        If there is no such language.
    """
    if language not in LANGUAGES:
        message = f'there is no language "{language}"; choose one of {", ".join(LANGUAGES)}'
        raise ValueError(message)
    file = resources.files("waterdeal.report").joinpath("locale", LANGUAGES[language][0])
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {f"{section}.{key}": str(text) for section, texts in sections.items() for key, text in texts.items()}


@cache
def _pattern(digits: int) -> str:
    """Return the pattern of a grouped number with fixed decimals."""
    return "#,##0" + ("." + "0" * digits if digits else "")


def _plain_spaces(text: str) -> str:
    """Write the narrow space of newer CLDR as the non-breaking one, which every font and spreadsheet has."""
    return text.replace("\u202f", "\xa0")


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Parameters
    ----------
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.
    """

    language: str

    def __post_init__(self) -> None:
        """Refuse a language that has no texts."""
        read_locale(self.language)

    @property
    def locale(self) -> str:
        """Name of the language in CLDR."""
        return LANGUAGES[self.language][1]

    def text(self, key: str, **values: object) -> str:
        """Return a text, its ``{fields}`` filled.

        Parameters
        ----------
        key : str
            Dotted key, e.g. ``column.delivery``.
        **values : object
            Fields of the text.

        Returns
        -------
        str
            The text.
        """
        text = read_locale(self.language)[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Tell whether there is a text of this key."""
        return key in read_locale(self.language)

    def number(self, value: float | None, digits: int = 1) -> str:
        """Write a number with the decimal and thousands marks of the language.

        Parameters
        ----------
        value : float or None
            The number; a dash where there is none.
        digits : int
            Decimals.

        Returns
        -------
        str
            E.g. ``12 345,6`` with a non-breaking space.
        """
        if value is None or math.isnan(value):
            return BLANK
        from babel.numbers import format_decimal

        return _plain_spaces(format_decimal(round(value, digits) + 0.0, _pattern(digits), locale=self.locale))

    def date(self, day: date) -> str:
        """Write a date in full.

        Parameters
        ----------
        day : datetime.date
            The day.

        Returns
        -------
        str
            E.g. ``1 апреля 2026 г.``.
        """
        from babel.dates import format_date

        return _plain_spaces(format_date(day, "long", locale=self.locale))

    def month(self, label: str) -> str:
        """Write a month with its year.

        Parameters
        ----------
        label : str
            ``2026-04``.

        Returns
        -------
        str
            E.g. ``Апрель 2026``.
        """
        name = _month_name(self.locale, "wide", "stand-alone", int(label[5:7]))
        return f"{name[:1].upper()}{name[1:]} {label[:4]}"

    def step(self, label: str) -> str:
        """Write a step.

        Parameters
        ----------
        label : str
            ``2026-04-D1``, ``2026-04`` or ``2026-04-01``.

        Returns
        -------
        str
            E.g. ``I декада апреля``, ``Апрель 2026`` or ``1 апреля 2026 г.``.
        """
        if len(label) == 7:
            return self.month(label)
        if "-D" not in label:
            return self.date(date.fromisoformat(label))
        number = int(label[5:7])
        return self.text(
            "step.dekad",
            dekad=ROMAN[int(label[-1]) - 1],
            month=_month_name(self.locale, "wide", "format", number),
            short=_month_name(self.locale, "abbreviated", "format", number),
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
        """Name a place; its id where it has no name.

        Parameters
        ----------
        names : mapping
            Names by id and language, as in ``results.attrs["names"]``.
        key : str
            Id of the place.

        Returns
        -------
        str
            The name in the language, else in Russian or English.
        """
        texts = names.get(key, {})
        order = (self.language, "en") if self.language == "en" else (self.language, "ru", "en")
        return next((texts[language] for language in order if texts.get(language)), key)


@cache
def _month_name(locale: str, width: str, context: str, number: int) -> str:
    """Name of a month by CLDR."""
    from babel.dates import get_month_names

    names: Any = get_month_names(width, context, locale=locale)
    return str(names[number]).rstrip(".")
