"""Dates, months and dekads as people write them, in Russian, English, Kazakh and Uzbek."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from waterdeal.calendar import DEKAD_FIRST_DAYS, StepKind, next_start
from waterdeal.imports.quantities import drop_units, find_units
from waterdeal.imports.words import plain, read_words, word_list
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from waterdeal.imports.grid import Cell, Notes, Spot

_RANGE = re.compile(r"(?<!\d)(1|01|11|21)\s*-\s*(10|20|28|29|30|31)(?!\d)")
_ORDINAL = re.compile(r"([123])-?(?:я|ая|й|ый|ші|шi|інші|st|nd|rd|chi|inchi|нчи)|d([123])|д([123])")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "і": 1, "іі": 2, "ііі": 3}
#: Roman numerals as months, Latin or Cyrillic letters
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
ROMAN_MONTHS = {
    text: number
    for number, name in enumerate(_ROMANS, 1)
    for text in (name, name.translate(str.maketrans("ix", "іх")), name.replace("x", "х"), name.replace("i", "і"))
}
#: "сәуірдің", "aprelning"
_GENITIVE = re.compile(r"(?<=\w{3})(?:[дтн][іы]ң|ning|нинг)$")
_ROMAN_YEAR = re.compile(r"([ivxіх]+)[./ -]+((?:19|20)\d\d)(?: ?г\.?)?")
_DECEMBER_OR_DEKAD = {"дек", "dek"}
_DAY_ROMAN = re.compile(r"(\d{1,2})[./-]([ivxіх]+)(?:[./-](\d{4}|\d{2}))?(?: ?г\.?)?")
_STRANGE = re.compile(r"[^\w\s.,:;()\-/]")
#: dekad of each first day, and the last days it can have
_SPANS = {1: (1, {10}), 11: (2, {20}), 21: (3, {28, 29, 30, 31})}
_SLASHED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{2,4}(?!\d)")
#: the mark of a remark: "апрель*"
_AS_OF = re.compile(r"^(?:на|as of|at)\s+(?=\d{1,4}[./-])")
_FOOTNOTE = re.compile(r"\*+\)?")
#: two days of a range, one behind the other
_BOTH = re.compile(r"(?:19|20)\d\d[\s\w.]*(?:,|\s(?:и|and|және|va|ва)\s)\s*(?:19|20)\d\d")
_FROM, _TO = re.compile(r"(?:с|со|from)\s+"), re.compile(r"\s*(?:-|…|\.{2,}|(?<=\s)(?:по|до|to|till|until)(?=\s))\s*")
_BARE_DAY = re.compile(r"\d{1,2}")
#: the longest range of days that one figure stands for
_MOST_DAYS = 31
_YEAR = re.compile(r"(?<![\d.,])((?:19|20)\d\d)(?![\d.,]\d|\d)")


@dataclass(frozen=True)
class When:
    """What a cell says about time; the rest comes from the cells around it."""

    year: int | None = None
    month: int | None = None
    dekad: int | None = None
    day: int | None = None
    last: tuple[int, int] | None = None  # month and day of the last day of a range that is no step
    doubt: str = ""  # key of why it could be read in another way; empty where it could not

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
    for locale, width, context in product(("ru", "en", "kk", "uz_Latn", "uz_Cyrl"), ("wide", "abbreviated"), ("stand-alone", "format")):
        for number, name in get_month_names(width, context, locale=locale).items():
            words.setdefault(plain(name).rstrip("."), number)
    words.update({plain(name): int(number) for number, names in read_words()["months"].items() for name in names})
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


@cache
def weekdays() -> dict[str, int]:
    """Return the number of each word for a day of the week, from Monday."""
    from babel.dates import get_day_names

    words: dict[str, int] = {}
    for locale, width, context in product(("ru", "en", "kk", "uz_Latn", "uz_Cyrl"), ("wide", "abbreviated"), ("stand-alone", "format")):
        for number, name in get_day_names(width, context, locale=locale).items():
            words.setdefault(plain(name).rstrip("."), int(number))
    return words


def read_weekday(cell: Cell) -> int | None:
    """Read a cell that names a day of the week and nothing else."""
    return weekdays().get(plain(cell).strip(" .,()")) if isinstance(cell, str) and len(cell) <= 20 else None


@cache
def _forms() -> list[re.Pattern[str]]:
    """Forms of dates in digits."""
    return list(map(re.compile, read_words()["forms"]["dates"]))


@lru_cache(maxsize=65_536)
def _read_text(cell: str) -> When | None:
    """Read a text as a time: a label, a date in digits, or words."""
    text = _AS_OF.sub("", _FOOTNOTE.sub("", plain(cell)).strip(" .,:;"))
    if (rest := _without_weekday(text)) and (when := _read_text(rest)) is not None and when.day is not None:
        return when
    if (roman := _DAY_ROMAN.fullmatch(text)) and roman[2] in ROMAN_MONTHS:
        year = int(roman[3]) if roman[3] else None
        return _checked(When(year + 2000 if year is not None and year < 100 else year, ROMAN_MONTHS[roman[2]], day=int(roman[1])))
    if (roman := _ROMAN_YEAR.fullmatch(text)) and roman[1] in ROMAN_MONTHS:
        return When(int(roman[2]), ROMAN_MONTHS[roman[1]])
    for form in _forms():
        if found := form.fullmatch(text):
            said: dict[str, Any] = {name: int(part) for name, part in found.groupdict().items() if part and name not in {"mark", "slash"}}
            if said.get("year", 2000) < 100:
                said["year"] += 2000
            if found.groupdict().get("mark") == "/" and said["day"] <= 12 and found["day"] != found["month"]:
                said["doubt"] = "imports.swapped"
            return _checked(When(**said))
    if (when := _read_range(text) or _read_phrase(text)) is not None or not find_units(text):
        return when
    when = _read_phrase(drop_units(text))  # "апрель 2026, м3/с"
    return None if when is not None and when.only_year else when


def _without_weekday(text: str) -> str:
    """Take the day of the week off one end of a text; empty where none stands there."""
    words = [word for word in re.split(r"[\s,()]+", text) if word]
    known = [number for number in (0, len(words) - 1) if len(words) > 1 and words[number].strip(".") in weekdays()]
    return " ".join(word for number, word in enumerate(words) if number != known[0]) if known else ""


def _read_range(text: str) -> When | None:
    """Read the first and the last day of a range, such as "01.04-10.04" or "с 1 по 10 апреля": a step where it is one."""
    body = _FROM.sub("", text, count=1) if _FROM.match(text) else text
    cuts = [(body[: cut.start()].strip(" ."), body[cut.end() :]) for cut in _TO.finditer(body) if cut.start()]
    found = [(early, late) for first, last in cuts if (late := _day_in(last)) and (early := _day_in(first, late))]
    if len(found) != 1:
        return None
    early, late = found[0]
    return _span(early, late)


def _day_in(text: str, late: When | None = None) -> When | None:
    """Read a day of a month; one that is bare, or lacks its year, has those of the last day of its range."""
    if late is not None and _BARE_DAY.fullmatch(text):
        return _checked(replace(late, day=int(text)))
    when = _read_text(text) if text else None
    if when is None or when.day is None or when.month is None or when.last:
        return None
    if late is None or when.year is not None or late.year is None:
        return when
    return replace(when, year=late.year - (when.month > (late.month or 0)))


def _span(early: When, late: When) -> When | None:
    """Return the dekad or month that two days of a calendar bound, else the range itself; None where it is none, or a long one."""
    year, month, day = early.year or late.year, early.month or 0, late.day or 0
    within = month == late.month and early.year in {None, late.year}
    length = monthrange(year or 2025, month)[1]
    for first, last, when in ((1, 10, When(dekad=1)), (11, 20, When(dekad=2)), (21, length, When(dekad=3)), (1, length, When())):
        ends = {last, 31} | ({28, 29} if month == 2 and year is None else set()) if last > 20 else {last}
        if within and early.day == first and day in ends:
            return replace(when, year=year, month=month)
    try:
        start = date(year or 2025, month, early.day or 0)
        days = (date(start.year + ((late.month or 0) < month), late.month or 0, day) - start).days + 1
    except ValueError:
        return None
    # read month first, the two days would be months apart, so that slashes leave no doubt
    return replace(early, year=year, last=(late.month or 0, day), doubt="") if 1 <= days <= _MOST_DAYS else None


def _checked(when: When) -> When | None:
    """Refuse months and days that no calendar has."""
    return when if 1 <= (when.month or 1) <= 12 and 1 <= (when.day or 1) <= 31 else None


def _read_phrase(text: str) -> When | None:
    """Read a time written in words; one strange word or sign, and it is none."""
    if _STRANGE.search(text):
        return None
    spans = _RANGE.findall(text)
    dekads = [dekad for first, last in spans for dekad, ends in [_SPANS[int(first)]] if int(last) in ends]
    if len(dekads) != len(spans):
        return None
    months, years, numbers, says_dekad = list[int](), list[int](), list[int](), False
    short = 0  # "дек." is a dekad where a month stands beside it
    for word in (_GENITIVE.sub("", word) for word in _words_of(_RANGE.sub(" ", text))):
        ordinal = _ORDINAL.fullmatch(word)
        if ordinal or word in _ROMAN:
            dekads.append(int(next(filter(None, ordinal.groups()))) if ordinal else _ROMAN[word])
        elif _YEAR.fullmatch(word):
            years.append(int(word))
        elif word in _DECEMBER_OR_DEKAD:
            short += 1
        elif word in month_words():
            months.append(month_words()[word])
        elif word.isdecimal() and len(word) <= 2:
            numbers.append(int(word))
        elif word in _word_set("dekad"):
            says_dekad = True
        elif word not in _word_set("filler"):
            return None
    says_dekad = says_dekad or bool(short and months)
    months += [12] if short and not months else []
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


def read_year(cell: Cell) -> When | None:
    """Read a cell that is nothing but a year, as a text or a number."""
    text = f"{cell:g}" if isinstance(cell, float) else cell
    return When(year=int(text)) if isinstance(text, str) and _YEAR.fullmatch(text.strip()) else None


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
        dekad = part.day if part.day in {1, 2, 3} and part.year is None else part.dekad
        if part.month == 12 and dekad and whole.month not in {None, 12}:
            part = When(dekad=dekad)  # noqa: PLW2901 - "1 дек." and "I дек." under April are dekads
        said = {name: value for name, value in vars(part).items() if value not in {None, ""}}
        whole = replace(whole, **said)
    return whole


def period_of(when: When) -> tuple[date, date]:
    """Return the first day of a time and the day after its last."""
    if when.year is None or when.month is None:
        raise ValueError(say("imports.no_time"))
    first = 1 if when.dekad is None else DEKAD_FIRST_DAYS[when.dekad - 1]
    start = date(when.year, when.month, first if when.day is None else when.day)
    if when.last:
        return start, date(when.year + (when.last < (start.month, start.day)), *when.last) + timedelta(days=1)
    return start, next_start(start, when.kind)


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
    heading: str = ""  # the heading that names the years
    _last: When = NO_TIME

    def contradicts(self, whens: Iterable[When], notes: Notes) -> None:
        """Tell where the heading names a year and the times state others only."""
        stated = {when.year for when in whens if when.year is not None}
        if self.heading and stated and stated.isdisjoint(self.years):
            notes.guess(self.spot, self.heading, ", ".join(map(str, sorted(stated))), "imports.year_contradicts")

    def look_ahead(self, whens: Sequence[When], notes: Notes) -> None:
        """Where only a later column states its year, count back to the first."""
        stated = next((number for number, when in enumerate(whens) if when.year is not None), None)
        if self.years or not stated:
            return
        months = [when.month for when in whens[: stated + 1] if when.month]
        turns = sum(late < early for early, late in pairwise(months))
        year = (whens[stated].year or 0) - turns
        notes.guess(self.spot, say("imports.first_columns", year=whens[stated].year), str(year), "imports.year_later")
        self.years = (year,)

    def complete(self, when: When, notes: Notes) -> When:
        """Fill in the month and the year of a time; times come in the order of the table."""
        month = when.month or self._last.month or self.month
        if month is None:
            return when
        self._last = replace(when, month=month, year=when.year or self._year_for(month, notes))
        return self._last

    def is_lacking(self, when: When, notes: Notes, key: str) -> bool:
        """Tell whether a time has no month or no year after all, and report it."""
        if when.month is not None and when.year is not None:
            return False
        notes.fault(self.spot, key, lacking=say("imports.month") if when.month is None else say("imports.year"))
        return True

    def _year_for(self, month: int, notes: Notes) -> int | None:
        """Return the year of a month."""
        if len(self.years) == 2:
            return self.years[0] if month >= 10 else self.years[1]
        if self._last.year is None:
            return self.years[0] if self.years else None
        if self._last.month == 12 and month == 1:
            turned = self._last.year + 1
            notes.guess(self.spot, say("imports.december_january"), say("imports.january", year=turned), "imports.year_turns")
            return turned
        return self._last.year


def find_calendar(titles: Sequence[str], sheet: str, year: int | None, notes: Notes, spot: Spot) -> Calendar:
    """Find the year and month that a heading, the caller or a sheet's name gives to a table."""
    month = next(filter(None, (find_month(text) for text in (*titles, sheet))), None)
    for text in titles:
        found = tuple(find_years(text))
        if len(found) == 1:
            if year in {None, *found}:
                notes.mention(spot, text, str(found[0]), "imports.year_in_heading")
            else:
                notes.guess(spot, text, str(found[0]), "imports.year_differs", told=year)
            return Calendar(spot, found, month, text)
        if len(found) == 2 and found[1] == found[0] + 1 and not _BOTH.search(plain(text)):
            notes.guess(spot, text, say("imports.water_year", first=found[0], last=found[1]), "imports.two_years")
            return Calendar(spot, found, month, text)
    found = tuple(find_years(sheet)) if year is None else (year,)
    if year is None and len(found) == 1:
        notes.guess(spot, sheet, str(found[0]), "imports.year_by_sheet")
    return Calendar(spot, found if len(found) == 1 else (), month)


def says_day_first(cells: Iterable[Cell]) -> bool:
    """Tell whether a date with slashes begins with what can be no month."""
    found = (_SLASHED.match(cell) for cell in cells if isinstance(cell, str))
    return any(int(one[1]) > 12 >= int(one[2]) for one in found if one)


def guess_day(when: When, text: str, notes: Notes, spot: Spot) -> None:
    """Report a day that could be read in another way; in a series that is a problem, unless other days show how it is meant."""
    if when.doubt and notes.series and not notes.day_first:
        notes.fault(spot, "imports.two_dates", text=text, day=when.day, month=when.month)
    elif when.doubt:
        notes.guess(spot, text, say("imports.day_month", day=when.day, month=when.month), when.doubt)
