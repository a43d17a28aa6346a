"""What is missing to nature, as it is printed in four languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model.test_environment import aral, pulse, river, shape
from tests.thorough import diagonal
from waterdeal.ask.conflict import TOLD, gather_involved
from waterdeal.lp.program import Element
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.edition import Edition
from waterdeal.reports.environment import least_flows, missing_flows
from waterdeal.reports.quantity import Teller
from waterdeal.reports.text import summary_text
from waterdeal.reports.why import involved_lines
from waterdeal.words import LANGUAGES, Words, read_texts

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture(scope="module")
def plan() -> xr.Dataset:
    """A floor of 4 a day and a pulse of 30 in two days on 12 a day: 6 missing to the pulse."""
    return river({**shape(4), **pulse(30)}).plan()


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_table_tells_place_kind_season_and_what_is_missing(plan: xr.Dataset, language: str) -> None:
    """A row a place and season; steps are counted only where a flow is asked step by step."""
    words = Words(language)
    table = least_flows(Edition(plan, words))
    season = words.season("growing_2026")
    assert table.rows == (
        ("b", words.text("flow_kind.environmental"), season, 12.0, 0.0, 0.0, 0.0),
        ("b", words.text("flow_kind.pulse"), season, 30.0, 6.0, None, None),
    )


def test_water_year_has_a_row_a_season() -> None:
    """A floor that is short in one season says so in its row alone."""
    results = aral({"lake": "aral", "by": "2026-03-01", "volume": 1120}).plan()
    rows = missing_flows(Edition(results, Words("en"))).rows
    assert rows == (("aral", "lake target", "Non-growing season 2026–2027", 1120.0, 40.0),)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_summary_of_a_run_tells_what_is_missing(plan: xr.Dataset, language: str) -> None:
    """The place, the volume and the total; nothing of pulses where there are none."""
    text, words = summary_text(plan, language), Words(language)
    assert words.text("title.least_flows") in text
    assert f"{words.text('indicator.pulse_shortfall')}: {words.number(6.0)} {words.text('unit.volume')}." in text
    assert words.text("indicator.lake_target_shortfall") not in text
    assert max(map(len, text.splitlines())) <= WIDTH
    nothing = summary_text(river({}).plan(), language)
    assert words.text("title.least_flows") not in nothing
    assert words.text("indicator.pulse_shortfall") not in nothing


def test_hard_demands_are_told_in_a_conflict(plan: xr.Dataset) -> None:
    """Rows of nature in a conflict have words of their own, and stand under their place; that nothing may be missing is said where it is so."""
    names = (
        Element("environment.flow_minimum", ("mouth", "b", "2026-04-01")),
        Element("pulse.volume_met", ("spawning",)),
        Element("lake_target.volume_reached", ("x_2026", "aral", "2026-04-03")),
    )
    found = gather_involved(names)
    assert [(entry.place, entry.first) for entry in found] == [("b", "2026-04-01"), ("spawning", ""), ("aral", "2026-04-03")]
    firm = plan.assign(flow_shortfall_max=("flow_requirement", [0.0]), pulse_shortfall_max=("pulse", [0.0]))
    lines = involved_lines(found, firm, Teller(Words("en"), {}))
    assert lines[0].startswith("least flow that nothing may be missing to: b")
    assert lines[1] == "pulse that nothing may be missing to: spawning"
    assert "other rules" not in "".join(lines)
    soft = involved_lines(found[:2], plan, Teller(Words("en"), {}))
    assert soft[0].startswith("least flow asked for: b")
    assert soft[1] == "pulse asked for: spawning"
    for language in LANGUAGES:
        told, asked = (" ".join(involved_lines(found[:2], inputs, Teller(Words(language), {}))) for inputs in (firm, plan))
        assert told != asked


def test_a_lake_target_is_asked_for_or_held() -> None:
    """By its own lake."""
    target = {"lake": "aral", "by": "2026-03-01", "volume": 1120}
    found = gather_involved([Element("lake_target.volume_reached", ("x_2026", "aral", "2026-03"))])
    for hard, words in ((False, "target asked for of a lake: aral"), (True, "target of a lake that nothing may be missing to: aral")):
        inputs = aral({**target, "hard": hard}).inputs()
        assert involved_lines(found, inputs, Teller(Words("en"), {}))[0].startswith(words)


def test_every_family_told_has_words() -> None:
    """What the solver tells, the report knows."""
    assert {f"family.{family.replace('.', '_')}" for family in TOLD} <= set(read_texts("en"))
