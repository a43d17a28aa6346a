"""Words, numbers and dates in four languages."""

from __future__ import annotations

import re
import sys
from datetime import date
from importlib import resources
from pathlib import Path
from string import Formatter

import alifbo
import pandas as pd
import pytest

from tests.thorough import THOROUGH
from waterdeal.errors import why_of
from waterdeal.words import LANGUAGES, Words, read_texts, say
from waterdeal.words.scripts import WRITTEN_FROM, write_in

SOURCE = Path(str(resources.files("waterdeal")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_have_the_same_keys(language: str) -> None:
    """No word is missing and none is left over."""
    assert list(read_texts(language)) == list(read_texts("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_the_same_fields_and_are_not_empty(language: str) -> None:
    """A translation asks for no value that the English text does not get, months in other forms apart."""
    free = {"month", "short"}
    for key, text in read_texts(language).items():
        fields = {name for _, name, _, _ in Formatter().parse(text) if name}
        english = {name for _, name, _, _ in Formatter().parse(read_texts("en")[key]) if name}
        assert text.strip(), key
        assert fields - free == english - free, key


def test_every_key_stands_once() -> None:
    """Of two texts of a key nobody would see which is told."""
    tables = [pd.read_csv(file, dtype=str) for file in sorted((SOURCE / "words").glob("*.csv"))]
    keys = pd.concat([table["key"] for table in tables if "key" in table])
    assert set(read_texts("en")) <= set(keys)
    assert keys[keys.duplicated()].tolist() == []


def test_a_problem_ends_where_its_remedy_begins() -> None:
    """A full stop is put between the two: none stands there already."""
    for language in LANGUAGES:
        texts = read_texts(language)
        assert [key for key, text in texts.items() if f"{key}.remedy" in texts and text.endswith(".")] == []


def test_a_sentence_ends_with_one_point() -> None:
    """Also where its last word has one; paths and dots that stand for more stay."""
    assert Words("ru").text("explain.conceded", clauses="4 a 10,3 п. п.") == "Уступки: 4 a 10,3 п. п."
    assert Words("en").text("explain.conceded", clauses="../a/.. and b...") == "Conceded: ../a/.. and b...."


@pytest.mark.parametrize("language", ["ru", "kk", "uz"])
def test_translations_are_translated(language: str) -> None:
    """Few texts are the same as in English: units, signs and names only."""
    same = [key for key, text in read_texts(language).items() if text == read_texts("en")[key] and re.search("[a-z]{3}", text)]
    assert {read_texts(language)[key] for key in same} <= {
        "Limit",
        "model",
        "{place}, {step}",
        "{party} ({figures})",
        "{name}: {why}",
        "{title}. {status}: {source}.",
    }


#: keys whose texts are written in other letters by default; the rest is thorough
SAMPLED = slice(None, None, 1 if THOROUGH else 12)


@pytest.mark.parametrize("language", WRITTEN_FROM)
def test_uzbek_in_other_letters_can_be_written_back(language: str) -> None:
    """What is written from a text gives the text again, letter by letter; fields, keys, files and numbers stay as they are."""
    for key in list(read_texts("uz"))[SAMPLED]:
        text, told = re.sub("[а-яё]+", "", read_texts("uz")[key]), Words(language)
        written = write_in(language, text, read_texts("ru")[key])
        back = alifbo.from_cyrillic(written).text if language == "uz-Cyrl" else written
        assert _same_marks(alifbo.to_old_latin(back).text) == _same_marks(text), key
        assert re.findall(r"\{[^}]*\}|`[^`]*`|\d+", told.text(key)) == re.findall(r"\{[^}]*\}|`[^`]*`|\d+", read_texts("uz")[key])


def _same_marks(text: str) -> str:
    """Write every apostrophe of Uzbek as one sign."""
    return re.sub("[ʻʼ‘’]", "'", text)


def test_uzbek_in_other_letters_says_the_same() -> None:
    """Numbers are equal by construction; names, months and texts of files are in the letters asked for; a name of another language is not."""
    cyrillic, new = Words("uz-Cyrl"), Words("uz-2026")
    names = {"canal": {"uz": "Shoʻrchiq kanali", "ru": "Канал"}, "river": {"ru": "Река", "en": "River"}}
    assert [words.place(names, "canal") for words in (cyrillic, new)] == ["Шўрчиқ канали", "Şörçiq kanali"]
    assert [words.place(names, "river") for words in (cyrillic, new)] == ["Река", "Река"]
    assert cyrillic.step("2026-07-D2").startswith("июл, II")
    assert new.month("2026-09").startswith("Sentabr")
    assert cyrillic.number(12345.67) == new.number(12345.67) == Words("uz").number(12345.67)
    assert cyrillic.text("basin.no_link_enters.remedy").count("nodes.csv") == 1


def test_uzbek_in_other_letters_needs_what_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the language is refused, with what to install."""
    monkeypatch.setitem(sys.modules, "alifbo", None)
    write_in.cache_clear()
    with pytest.raises(ValueError, match=r"waterdeal\[report\]"):
        Words("uz-Cyrl")


def test_every_key_is_used() -> None:
    """No locale file carries words that nothing asks for."""
    source = "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    begun = tuple(set(re.findall(r'f"([a-z_]+\.[a-z_.]*)\{', source)))
    written = set(re.findall(r'"([\w.-]+)(?=")', source))
    unused = [key for key in read_texts("en") if key.removesuffix(".remedy") not in written and not key.startswith(begun)]
    assert not unused


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet_names_fit_a_workbook(language: str) -> None:
    """Excel allows 31 characters, no brackets, colon, star, question mark or slash, and no two alike."""
    names = [text for key, text in read_texts(language).items() if key.startswith("sheet.")]
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert len({name.lower() for name in names}) == len(names)


def test_numbers_follow_the_language() -> None:
    """Decimal comma and non-breaking space, but point and comma in English; a dash where there is no number; no minus zero."""
    assert Words("ru").number(12345.67, 1) == "12\xa0345,7"
    assert Words("kk").number(-0.5, 1) == "-0,5"
    assert Words("uz").number(1234.0, 0) == "1\xa0234"
    assert Words("en").number(12345.67, 2) == "12,345.67"
    assert Words("ru").number(None) == Words("ru").number(float("nan")) == "–"
    assert Words("ru").number(-0.01, 1) == "0,0"


@pytest.mark.parametrize(
    ("language", "dekad", "month", "day", "season"),
    [
        ("en", "Apr II", "April 2026", "1 April 2026", "Non-growing season 2025–2026"),
        ("ru", "II декада апреля", "Апрель 2026", "1\xa0апреля 2026\xa0г.", "Межвегетация 2025–2026"),
        ("kk", "сәуір, II онкүндік", "Сәуір 2026", "2026 ж. 1 сәуір", "Вегетациядан тыс кезең 2025–2026"),
        ("uz", "aprel, II dekada", "Aprel 2026", "1-aprel, 2026", "Novegetatsiya 2025–2026"),
    ],
)
def test_steps_months_dates_and_seasons(language: str, dekad: str, month: str, day: str, season: str) -> None:
    """Months stand in the form that the phrase asks for."""
    words = Words(language)
    assert (words.step("2026-04-D2"), words.step("2026-04"), words.step("2026-04-01")) == (dekad, month, words.date(date(2026, 4, 1)))
    assert words.date(date(2026, 4, 1)).replace("\xa0", " ") == day.replace("\xa0", " ")
    assert words.season("non_growing_2025") == season
    assert (words.step_in_month("2026-04-D3"), words.step_in_month("2026-04-09")) == ("III", "9")


def test_places_fall_back_to_russian_then_english_then_their_id() -> None:
    """A missing name is never blank."""
    names = {"dam": {"en": "Dam", "ru": "Плотина", "kk": "", "uz": "Toʻgʻon"}, "post": {"en": "Post"}}
    assert [Words(language).place(names, "dam") for language in ("en", "ru", "kk", "uz")] == ["Dam", "Плотина", "Плотина", "Toʻgʻon"]
    assert (Words("kk").place(names, "post"), Words("kk").place(names, "mill")) == ("Post", "mill")


def test_an_error_within_a_sentence_is_told_in_its_language() -> None:
    """By its key where it was said by one, and else as it stands."""
    said = say("basin.file_unread", error=ValueError(say("general.no_toml_form", kind="set")))
    assert (str(said), Words("ru").tell(said)) == ("cannot be read: set has no form in TOML", "не читается: для set нет записи в TOML")
    assert Words("ru").tell(say("basin.file_unread", error=OSError("disk full"))) == "не читается: disk full"


def test_an_unknown_language_is_refused() -> None:
    """The message lists the languages there are."""
    with pytest.raises(ValueError, match='no language "de"; choose one of en, kk, ru, uz'):
        Words("de")


def test_what_the_system_refuses_is_told_in_every_language(tmp_path: Path) -> None:
    """A file that is not there, a folder in place of one: no English in Russian; what has no sentence keeps the words of the system."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(OSError, match="director") as caught:
            path.read_bytes()
        assert not re.search("[A-Za-z]", Words("ru").tell(why_of(caught.value)))
    assert why_of(OSError(5, "Input/output error")) == "Input/output error"
    assert why_of(OSError("no number")) == "no number"
