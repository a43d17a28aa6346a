"""What a goal takes: a release, or concessions; and how near one can come where it cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import waterdeal as wd
from tests.commands import call, two_party_deal
from tests.matrix.conftest import DEAL
from waterdeal.reports import as_text
from waterdeal.reports.sought import sought_answer, sought_record
from waterdeal.studies.sought import read_goal, release_of

if TYPE_CHECKING:
    from pathlib import Path


def test_the_least_release_that_reaches_a_goal() -> None:
    """With the goal held no plan releases less unless a level above evenness suffers; without it there was less at the place."""
    case = wd.examples.two_party()
    found = wd.studies.seek(case, "dam_delta >= 0.4 km3", "release:upper_dam")
    assert found.before is not None
    assert found.after is not None
    assert found.goal.measure(found.before) < 400 <= found.goal.measure(found.after) + 1e-6
    plain = case.with_model(found.goal.held).solve().dataset
    released = float(release_of(found.after, "upper_dam").sum())
    assert released <= float(release_of(plain, "upper_dam").sum()) + 1e-6
    assert float(found.after["shortage"].sum()) == pytest.approx(float(plain["shortage"].sum()))


def test_what_a_goal_costs_users_is_told() -> None:
    """No clause concedes anything, and yet the fields lose what the delta gets more: the answer says so."""
    case = wd.examples.two_party()
    found = wd.studies.seek(case, "dam_delta >= 0.4 km3", "concessions")
    assert found.before is not None
    assert found.after is not None
    lost = float((found.before["delivery"] - found.after["delivery"]).sel(demand="fields").sum())
    assert lost > 100
    assert f"fields {-lost:.1f}" in as_text.told(sought_answer(found, case.inputs, "en")).replace("\u2212", "-")
    assert sought_record(found, case.inputs)["delivery_change"]["fields"] == pytest.approx(-lost)


def test_a_goal_that_cannot_be_had_tells_the_nearest() -> None:
    """What can be had is had with the goal set there, and a little more cannot."""
    case = wd.examples.two_party()
    found = wd.studies.seek(case, "dam_delta >= 5 km3", "release:upper_dam")
    assert found.after is None
    assert found.nearest is not None
    assert "cannot all hold" in found.reason
    assert wd.studies.seek(case, f"dam_delta >= {found.nearest - 0.01:.4f} hm3", "concessions").after is not None
    assert wd.studies.seek(case, f"dam_delta >= {found.nearest + 0.01:.4f} hm3", "concessions").after is None


@pytest.mark.parametrize(
    ("goal", "by", "told"),
    [
        ("dam_delt >= 5 km3", "concessions", "dam_delta"),
        ("dam_delta = 5 km3", "concessions", "is no goal"),
        ("dam_delta >= 5 kg", "concessions", "is no goal"),
        ("dam_delta >= 5", "release:upper", "upper_dam"),
        ("dam_delta >= 5", "wishes", "release:RESERVOIR"),
    ],
)
def test_what_cannot_be_sought_is_refused(goal: str, by: str, told: str) -> None:
    """In words, with what could be meant."""
    with pytest.raises(wd.InputError, match=told):
        wd.studies.seek(wd.examples.two_party(), goal, by)


@pytest.mark.parametrize(
    ("text", "kind", "volume"),
    [("upper_dam>=0.5 km3", "reservoir", 500), ("fields <= 30 Mm³", "demand", 30), ("dam_delta >= 12.5", "link", 12.5)],
)
def test_a_goal_is_read(text: str, kind: str, volume: float) -> None:
    """By the name of a link, demand or reservoir, with a unit or in hm3."""
    goal = read_goal(text, wd.examples.two_party().inputs)
    assert (goal.kind, goal.volume) == (kind, volume)


def test_seek_on_the_command_line(tmp_path: Path) -> None:
    """A release by step; concessions of clauses that stand against a goal, each of which then allows it; the same as data."""
    file = two_party_deal(tmp_path / "deal", DEAL)
    told = call("seek", file, "--goal", "dam_delta >= 250", "--by", "release:upper_dam")
    assert told.code == 0
    assert "Apr I" in told.out
    dealt = ("--set", 'agreements=["deal.toml"]')
    found = call("seek", file, *dealt, "--goal", "dam_delta >= 0.5 km3", "--json").json
    assert not found["reached"]
    assert found["explanation"]["clauses"]
    way = found["explanation"]["menu"][0]
    allowed = ("--set", f"agreement.{way['clause']}.concession={way['amount'] * 1.01 + 0.1}")
    assert call("seek", file, *dealt, *allowed, "--goal", "dam_delta >= 0.5 km3", "--json").json["reached"]
