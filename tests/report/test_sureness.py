"""How sure the headline figures are: parts by status of what they rest on, in four languages; nothing of what no figure is known of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.thorough import diagonal
from waterdeal.reports.about import told_unique
from waterdeal.reports.edition import Edition
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.text import summary_text
from waterdeal.variables import WHOLE
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr


def with_statuses(plan: xr.Dataset, **statuses: str) -> xr.Dataset:
    """Return a plan whose requirements have these statuses by demand, and whose water is read."""
    figures = [("requirements", name, "rate_m3s", status) for name, status in statuses.items()]
    figures += [("hydrology", name, "runoff_m3s", "read") for name in plan["node"].values.tolist()]
    told = [{"figure": f"{table}.{name}.{field}", "status": status} for table, name, field, status in figures]
    return plan.assign_attrs(provenance=json.dumps(told))


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_parts_are_those_of_the_volumes(two_party_plan: xr.Dataset, language: str) -> None:
    """A town read and fields computed: each has its part of what is required; plants of which nothing is known are assumed."""
    plan, words = with_statuses(two_party_plan, town="read", fields="computed"), Words(language)
    asked = plan["requirement"].sum("time").to_series()
    required, water, energy = sure_lines(Edition(plan, words))
    for name, status in (("town", "read"), ("fields", "computed")):
        assert f"{words.text(f'status.{status}')} {words.number(100 * asked[name] / asked.sum(), 1)} %" in required
    assert words.number(float(asked.sum()), 1) in required
    assert words.text("status.assumed") not in required + water
    assert f"{words.text('status.read')} {words.number(100.0, 1)} %" in water
    assert f"{words.text('status.assumed')} {words.number(100.0, 1)} %" in energy
    assert words.number(float(plan["energy"].sum()), 1) in energy


def test_a_plan_that_knows_no_figures_says_nothing(two_party_plan: xr.Dataset) -> None:
    """An older plan is not told to be assumed."""
    assert sure_lines(Edition(two_party_plan.assign_attrs(provenance="[]"), Words("en"))) == []


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_three_lines_stand_under_the_parties(dry_plan: xr.Dataset, language: str) -> None:
    """In the summary of a run, after the table of parties and before the worst user."""
    text, lines = " ".join(summary_text(dry_plan, language).split()), sure_lines(Edition(dry_plan, Words(language)))
    places = [text.index(" ".join(line.split())) for line in lines]
    assert len(places) == 3
    assert text.index(Words(language).text("row.all_parties").split()[0]) < places[0] < places[1] < places[2]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_that_one_plan_is_best_is_told_with_what_it_stands_on(two_party_plan: xr.Dataset, language: str) -> None:
    """Proven by duals, on lines, dry marks and whole numbers where there are any, all that hold; never a bare yes, and without proof no no."""
    words = Words(language)
    stands_on = {
        "about.on_lines": {"evaporation": "curve"},
        "about.on_dry": {},
        "asking.whole_numbers_held": {WHOLE: 1},
    }
    for chosen in ((), ("about.on_lines",), ("about.on_dry", "asking.whole_numbers_held"), tuple(stands_on)):
        plan = two_party_plan.copy()
        for key in chosen:
            plan.attrs |= stands_on[key]
        if "about.on_dry" in chosen:
            plan["storage_dries"] = plan["storage"] * 0 + 1
        told = told_unique(Edition(plan, words))
        assert told == "; ".join(words.text(key) for key in ("about.proven", *chosen))
        assert told_unique(Edition(plan.assign_attrs(is_unique=0), words)) == words.text("about.not_proven")
