"""Plans side by side, in words of four languages and in the units of each row."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.agreement.kinds import river
from tests.thorough import diagonal
from waterdeal.reports import as_text
from waterdeal.reports.comparison import plans_answer, what_if_answer
from waterdeal.results.compare import compare_plans
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

#: what the two plans are made of: ids, which stand in no language
IDS = {"capped", "free", "dam", "fields", "town", "gate", "works", "UP", "LOW", "least", "part", "made", "cap"}


@cache
def two_plans() -> dict[str, xr.Dataset]:
    """Of 100 hm3 required, 60 may pass, or all."""
    clauses = (
        {"id": "least", "kind": "min_volume", "demands": "fields", "value": 20},
        {"id": "part", "kind": "equal_ratio", "among": ["UP", "LOW"], "within": 0.8},
        {"id": "made", "kind": "energy_min", "plants": "works", "value": 1},
    )
    cap = {"id": "cap", "kind": "max_volume", "at": "gate", "value": 60}
    return {"capped": river().with_clauses(*clauses, cap).plan(), "free": river().with_clauses(*clauses).plan()}


def rows_of(text: str) -> list[list[str]]:
    """Cells of the rows of a text."""
    return [re.split(r"\s{2,}", line) for line in text.splitlines()]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_rows_are_told_in_their_unit_and_language(language: str) -> None:
    """Supplies of 60 and 100 % may differ by 80 points; 20 hm3 are promised: 40 and 80 of each are left, and no word is of another language."""
    plans, words = two_plans(), Words(language)
    tables = compare_plans(plans)
    texts = as_text.told(plans_answer(tables, plans, language)), as_text.told(what_if_answer(tables, plans, language))
    for text in texts:
        for label, figures in (("least, {volume}", (40, 80, 40)), ("part, {points}", (40, 80, 40)), ("fields", (60, 100, 40))):
            told = label.format(volume=words.text("unit.volume"), points=words.text("unit.points"))
            assert [told, *(words.number(figure, 1) for figure in figures)] in rows_of(text)
    assert f"made, {words.text('unit.energy')}" in {row[0] for row in rows_of(texts[0])}
    strange = {"uz": r"\b(?:the|of|and|by|at|step|party|plan|less|hm3)\b", "en": "[А-Яа-я]"}.get(language, "[A-Za-z]{2,}")
    assert {word for text in texts for word in re.findall(strange, text)} <= IDS


def test_steps_left_out_are_counted() -> None:
    """Of nine days that change, eight are shown and nine are counted; the last of them changes least."""
    period = {"start": "2026-04-01", "end": "2026-04-10", "step": "day"}
    wide = replace(river(period=period), volumes={"spring": [100] * 9})
    caps = [
        {"id": f"c{day}", "kind": "max_volume", "at": "gate", "value": 20 + day, "start": f"2026-04-{day:02}", "end": f"2026-04-{day + 1:02}"}
        for day in range(1, 10)
    ]
    plans = {"a": wide.with_clauses(*caps).plan(), "b": wide.plan()}
    text, words = as_text.told(plans_answer(compare_plans(plans), plans, "ru")), Words("ru")
    assert words.text("compare.steps_left", shown=8, count=9) in text
    assert [words.step("2026-04-01") in text, words.step("2026-04-09") in text] == [True, False]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_a_change_of_nothing_is_told(language: str) -> None:
    """Two plans alike get a sentence, not an empty answer."""
    plan = river().plan()
    plans = {"base": plan, "changed": plan}
    text = " ".join(as_text.told(what_if_answer(compare_plans(plans), plans, language)).split())
    assert text == Words(language).text("compare.same", size=Words(language).number(0.05, 2))
