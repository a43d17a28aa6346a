"""Dates, months and dekads as people write them, in Russian, English, Kazakh and Uzbek."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, next_month, next_start
from waterdeal.imports.words import plain, read_words, word_list
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.imports.grid import Cell, Notes, Spot

_LABEL = re.compile(r"(\d{4})-(\d{1,2})(?:-(?:d([123])|(\d{1,2})(?:[t ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?))?")
_DOTTED = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?: ?г\.?)?")
_DAY_MONTH = re.compile(r"(\d{2})\.(\d{2})\.?")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./](\d{4})")
_RANGE = re.compile(r"(?<!\d)(1|01|11|21)\s*-\s*(10|20|28|29|30|31)(?!\d)")
_ORDINAL = re.compile(r"([123])-?(?:я|ая|й|ый|ші|шi|інші|st|nd|rd|chi|inchi|нчи)|d([123])|д([123])")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "і": 1, "іі": 2, "ііі": 3}
_STRANGE = re.compile(r"[^\w\s.,:;()\-/]")
_SPANS = {1: 1, 11: 2, 21: 3}
_SPAN_ENDS = {1: {10}, 11: {20}, 21: {28, 29, 30, 31}}
_YEAR = re.compile(r"(?<![\d.,])((?:19|20)\d\d)(?![\d.,]\d|\d)")


@dataclass(frozen=True)
class When:
    """What a cell says about time; the rest comes from the cells around it."""

    year: int | None = None
    month: int | None = None
    dekad: int | None = None
    day: int | None = None
    doubt: str = ""  # why it could be read in another way; empty where it could not

    @property
    def only_year(self) -> bool:
        """Whether nothing but a year is said."""
        return self.month is None and self.dekad is None and self.day is None

    @property
    def kind(self) -> StepKind:
        """Day, dekad or month, whichever is the finest said."""
        if self.day is not None:
            return StepKind.DAY
        return StepKind.DEKAD if self.dekad is not None else StepKind.MONTH


@cache
def month_words() -> dict[str, int]:
    """Return the number of each word for a month."""
    from babel.dates import get_month_names

    words: dict[str, int] = {}
    for locale in ("ru", "en", "kk", "uz_Latn", "uz_Cyrl"):
        for width in ("wide", "abbreviated"):
            for context in ("stand-alone", "format"):
                for number, name in get_month_names(width, context, locale=locale).items():
                    words.setdefault(plain(name).rstrip("."), number)
    for number, names in read_words()["months"].items():
        words.update({plain(name): int(number) for name in names})
    return words


def read_when(cell: Cell) -> When | None:
    """Read a cell as a time.

    Examples
    --------
    >>> read_when("1-я декада апреля").dekad
    1
    """
    if isinstance(cell, datetime):
        return When(cell.year, cell.month, day=cell.day)
    return _read_text(cell) if isinstance(cell, str) and len(cell) <= 60 else None


@lru_cache(maxsize=65_536)
def _read_text(cell: str) -> When | None:
    """Read a text as a time: a label, a date in digits, or words."""
    text = plain(cell).strip(" .,:;")
    if label := _LABEL.fullmatch(text):
        year, month, dekad, day = (int(part) if part else None for part in label.groups())
        return _checked(When(year, month, dekad, day))
    if dotted := _DOTTED.fullmatch(text):
        year = int(dotted[4]) + (2000 if len(dotted[4]) == 2 else 0)
        doubt = "day and month could change places" if dotted[2] == "/" and int(dotted[1]) <= 12 and dotted[1] != dotted[3] else ""
        return _checked(When(year, int(dotted[3]), day=int(dotted[1]), doubt=doubt))
    if short := _DAY_MONTH.fullmatch(text):
        return _checked(When(month=int(short[2]), day=int(short[1])))
    if pair := _MONTH_YEAR.fullmatch(text):
        return _checked(When(int(pair[2]), int(pair[1])))
    return _read_phrase(text)


def _checked(when: When) -> When | None:
    """Refuse months and days that no calendar has."""
    return when if 1 <= (when.month or 1) <= 12 and 1 <= (when.day or 1) <= 31 else None


def _read_phrase(text: str) -> When | None:
    """Read a time written in words; one strange word or sign, and it is none."""
    if _STRANGE.search(text):
        return None
    spans = _RANGE.findall(text)
    dekads = [_SPANS[int(first)] for first, last in spans if int(last) in _SPAN_ENDS[int(first)]]
    if len(dekads) != len(spans):
        return None
    months: list[int] = []
    years: list[int] = []
    numbers: list[int] = []
    says_dekad = False
    for word in _words_of(_RANGE.sub(" ", text)):
        ordinal = _ORDINAL.fullmatch(word)
        if ordinal or word in _ROMAN:
            dekads.append(int(next(filter(None, ordinal.groups()))) if ordinal else _ROMAN[word])
        elif _YEAR.fullmatch(word):
            years.append(int(word))
        elif word in month_words() and not (word == "дек" and months):
            months.append(month_words()[word])
        elif word.isdecimal() and len(word) <= 2:
            numbers.append(int(word))
        elif word in _word_set("dekad"):
            says_dekad = True
        elif word not in _word_set("filler"):
            return None
    if max(map(len, (set(months), set(years), dekads, numbers))) > 1:
        return None
    when = When(next(iter(years), None), next(iter(months), None), next(iter(dekads), None))
    return _with_numbers(when, numbers, says_dekad=says_dekad)


def _words_of(text: str) -> list[str]:
    """Cut a phrase into words and numbers; "1-я" stays whole."""
    words = re.findall(r"[^\W_]+(?:-[^\W\d_]+)?", text)
    return [part for word in words for part in ([word] if _ORDINAL.fullmatch(word) else word.split("-"))]


def _with_numbers(when: When, numbers: list[int], *, says_dekad: bool) -> When | None:
    """Give the loose numbers of a phrase their meaning: a dekad or a day."""
    if len(numbers) > 1:
        return None
    if numbers and says_dekad and numbers[0] in {1, 2, 3}:
        when = replace(when, dekad=numbers[0])
    elif numbers and when.month and not when.dekad:
        when = replace(when, day=numbers[0])
    elif numbers:
        return None
    return None if when == When() else _checked(when)


@cache
def _word_set(key: str) -> frozenset[str]:
    """Return the single words of a list of ``[time]``."""
    return frozenset(word for phrase in word_list("time", key) for word in phrase.split())


def read_bare(cell: Cell) -> int | None:
    """Read a cell that is nothing but a whole number from 1 to 31."""
    if isinstance(cell, str) and cell.strip().isdecimal() and len(cell.strip()) <= 2:
        cell = float(cell)
    return int(cell) if isinstance(cell, float) and cell.is_integer() and 1 <= cell <= 31 else None


def find_years(text: str) -> list[int]:
    """Find the years named in a text; ``2021/22`` names two."""
    text = re.sub(r"((?:19|20)(\d\d))\s*[-/]\s*(\d\d)(?!\d)", lambda found: f"{found[1]} {found[1][:2]}{found[3]}", plain(text))
    return list(dict.fromkeys(int(year) for year in _YEAR.findall(text)))


def find_month(text: str) -> int | None:
    """Find the one month named in a text."""
    found = {month_words()[word] for word in re.findall(r"[^\W\d_]{3,}", plain(text)) if word in month_words()}
    return found.pop() if len(found) == 1 else None


def combine(parts: Iterable[When]) -> When:
    """Put together what the rows of a header say of one column, from the top down."""
    whole = When()
    for part in parts:
        if part.month == 12 and part.day in {1, 2, 3} and part.year is None and whole.month not in {None, 12}:
            part = When(dekad=part.day)  # noqa: PLW2901 - "1 дек." under April is a dekad
        if part.month == 12 and part.dekad and whole.month not in {None, 12}:
            part = When(dekad=part.dekad)  # noqa: PLW2901 - so is "I дек."
        said = {name: value for name, value in vars(part).items() if value not in {None, ""}}
        whole = replace(whole, **said)
    return whole


def period_of(when: When) -> tuple[date, date]:
    """Return the first day of a time and the day after its last."""
    if when.year is None or when.month is None:
        raise ValueError(say("imports.year_month_not_known"))
    if when.day is not None:
        day = date(when.year, when.month, when.day)
        return day, day + timedelta(days=1)
    if when.dekad is not None:
        start = date(when.year, when.month, DEKAD_FIRST_DAYS[when.dekad - 1])
        return start, next_start(start, StepKind.DEKAD)
    start = date(when.year, when.month, 1)
    return start, next_month(start)


def spaced_kind(days: Iterable[date]) -> StepKind:
    """Tell which steps a set of dates starts: the 1st, 11th and 21st are dekads, the 1st alone months.

    Examples
    --------
    >>> spaced_kind([date(2026, 4, 1), date(2026, 4, 11)])
    <StepKind.DEKAD: 'dekad'>
    """
    distinct = set(days)
    if len(distinct) < 2 or any(day.day not in DEKAD_FIRST_DAYS for day in distinct):
        return StepKind.DAY
    return StepKind.MONTH if all(day.day == 1 for day in distinct) else StepKind.DEKAD


NO_TIME = When()


@dataclass
class Calendar:
    """Gives times the year and month that they do not state themselves."""

    spot: Spot  # where guesses are reported
    years: tuple[int, ...] = ()  # none, one, or two that follow one another (October to December are of the first)
    month: int | None = None  # month of the heading, for tables that head columns with days or dekads only
    _last: When = NO_TIME

    def look_ahead(self, whens: Sequence[When], notes: Notes) -> None:
        """Where only a later column states its year, count back to the first."""
        stated = next((number for number, when in enumerate(whens) if when.year is not None), None)
        if self.years or not stated:
            return
        months = [when.month for when in whens[: stated + 1] if when.month]
        turns = sum(late < early for early, late in pairwise(months))
        year = (whens[stated].year or 0) - turns
        notes.guess(
            self.spot, say("imports.first_columns_before", year=whens[stated].year), str(year), say("imports.only_later_column_states")
        )
        self.years = (year,)

    def complete(self, when: When, notes: Notes) -> When:
        """Fill in the month and the year of a time; times come in the order of the table."""
        if when.month is None:
            when = replace(when, month=self._last.month or self.month)
        if when.month is None:
            return when
        if when.year is None:
            when = replace(when, year=self._year_for(when.month, notes))
        self._last = when
        return when

    def _year_for(self, month: int, notes: Notes) -> int | None:
        """Return the year of a month."""
        if len(self.years) == 2:
            return self.years[0] if month >= 10 else self.years[1]
        if self._last.year is None:
            return self.years[0] if self.years else None
        if self._last.month == 12 and month == 1:
            turned = self._last.year + 1
            notes.guess(self.spot, "December, then January", f"January {turned}", say("imports.year_turns_within_table"))
            return turned
        return self._last.year


def find_calendar(titles: Sequence[str], sheet: str, year: int | None, notes: Notes, spot: Spot) -> Calendar:
    """Find the year and month that a heading, the caller or a sheet's name gives to a table."""
    month = next(filter(None, (find_month(text) for text in (*titles, sheet))), None)
    for text in titles:
        found = find_years(text)
        if len(found) == 1:
            _report_heading(text, found[0], year, notes, spot)
            return Calendar(spot, (found[0],), month)
        if len(found) == 2 and found[1] == found[0] + 1:
            notes.guess(spot, text, f"{found[0]} from October, {found[1]} to September", say("imports.heading_names_two_years"))
            return Calendar(spot, (found[0], found[1]), month)
    if year is not None:
        return Calendar(spot, (year,), month)
    found = find_years(sheet)
    if len(found) == 1:
        notes.guess(spot, sheet, str(found[0]), say("imports.only_sheet_s_name"))
        return Calendar(spot, (found[0],), month)
    return Calendar(spot, (), month)


def _report_heading(text: str, found: int, told: int | None, notes: Notes, spot: Spot) -> None:
    """Mention a year taken from a heading; where the caller told another, it is a guess."""
    if told not in {None, found}:
        notes.guess(spot, text, str(found), say("imports.heading_tells_another_year", told=told))
    else:
        notes.mention(spot, text, str(found), say("imports.year_stands_heading"))
