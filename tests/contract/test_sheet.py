"""The sheet of a contract on a river solved by hand: see `river`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract.river import case
from tests.thorough import diagonal
from waterdeal.errors import Infeasible, ScenarioError
from waterdeal.reports.contract import contract
from waterdeal.studies.contract.assumed import read_assumed
from waterdeal.studies.contract.legs import find_contract
from waterdeal.studies.contract.sheet import ContractSheet, SheetChoices, contract_sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> ContractSheet:
    """The sheet where water is worth 0.05 USD a m3, between 0.01 and 0.06, and energy is paid for with nothing."""
    river = case(tmp_path_factory.mktemp("contract"))
    assumed = read_assumed(["water=0.01:0.05:0.06", "price=0.0:0.0:0.04"])
    return contract_sheet(river, SheetChoices(assumed=assumed, years=False))


def test_what_each_leg_is_worth(sheet: ContractSheet) -> None:
    """Energy lets A light 200 more at 0.04; then 100 come down by themselves. Water asked for costs A that light, and brings B 200 more."""
    steps = sheet.worth.steps
    assert steps.loc["A"].tolist() == pytest.approx([200 * 0.04, -200 * 0.04])
    assert steps.loc["B"].tolist() == pytest.approx([100 * 0.05 - 300 * 0.02, 200 * 0.05])


def test_the_interval_of_prices(sheet: ContractSheet) -> None:
    """A gains nothing and can pay nothing; B gains 9 and would even pay that: 0.03 a kWh."""
    found = sheet.worth.interval()
    assert (found.least, found.most, found.sent) == pytest.approx((-9, 0, 300))
    assert found.prices == pytest.approx((-0.03, 0))
    assert sheet.worth.at_price(0.02).sum() == pytest.approx(sheet.worth.gains.sum())  # what one pays another gets
    for price in found.prices or ():
        assert sheet.worth.at_price(price).min() >= -1e-6


def test_a_contract_that_nobody_would_sign(sheet: ContractSheet) -> None:
    """Where water is worth 0.01, B gets 3 for coal that costs 6, and A has nothing to give."""
    poor = read_assumed(["water=0.01"])
    found = replace(sheet.worth, assumed=poor).interval()
    assert not found.has_room
    assert found.prices is None
    assert (found.least, found.most, found.lacking) == pytest.approx((3, 0, 3))


def test_the_ladder_of_energy_has_rising_returns(sheet: ContractSheet) -> None:
    """The first 200 GWh light A's works, only what comes then is released: nothing a GWh, then all of it; more than 300 heats nobody."""
    ladder = sheet.ladders[0]
    assert [point.asked for point in ladder.points] == [0, 100, 300, 450]
    assert [point.release for point in ladder.points] == pytest.approx([0, 0, 100, 100], abs=1e-6)
    assert ladder.rates() == pytest.approx([0, 0.5, 0], abs=1e-6)
    assert ladder.useless_from() == 300
    made = [point.made.level for point in ladder.points[1:] if point.made is not None]
    assert made == ["power", "power", "benefit"]


def test_the_ladder_of_releases(sheet: ContractSheet) -> None:
    """Each hm3 of summer is a GWh less of light or heat: 1,000 GWh a km3; B's fields need no more than 300."""
    ladder = sheet.ladders[1]
    assert [point.release for point in ladder.points] == pytest.approx([0, 200, 400, 600], abs=1e-6)
    assert ladder.rates() == pytest.approx([1000] * 3)
    assert [point.shortage for point in ladder.points] == pytest.approx([300, 100, 0, 0], abs=1e-6)
    assert ladder.useless_from() == pytest.approx(400)


def test_the_months(sheet: ContractSheet) -> None:
    """Energy in March, kept water until April, light in October."""
    table = sheet.months()
    assert table["sent"].tolist() == pytest.approx([300] + [0] * 7, abs=1e-6)
    assert table["released"].tolist() == pytest.approx([0, 300, 0, 0, 0, 0, 0, 300], abs=1e-6)
    assert table["released_alone"].tolist() == pytest.approx([300] + [0] * 6 + [300], abs=1e-6)
    assert (table["kept"] - table["kept_alone"]).tolist() == pytest.approx([300] + [0] * 7, abs=1e-6)


def test_who_is_tempted(sheet: ContractSheet) -> None:
    """A has had its energy when the water is due in April, and saves 8 by keeping it; B gives first and gets after."""
    keeps, sends = sheet.tempted
    assert (keeps.month, keeps.deposit) == (1, pytest.approx(8))
    assert sends.month is None
    assert sheet.order.share == pytest.approx(8 / 9)


def test_whose_advantage_changes_sign_within_a_range(sheet: ContractSheet) -> None:
    """B's gain is 300 w - 6: below zero where water is worth 0.01. Paid 0.04 a kWh A loses 12, from nothing, which is no sign."""
    assert sheet.turning() == {"B": ["water"]}
    assert [end for name, end, _ in sheet.ranges if name == "price"] == [0.0, 0.04]


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "ru"))
def test_the_page(sheet: ContractSheet, language: str) -> None:
    """In each language all tables stand on 80 columns, and say the same numbers."""
    from waterdeal.reports import as_text

    lines = as_text.render(contract(sheet, language), 80).decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.count("300") for line in lines) >= 8
    assert not any(re.search(r"contract\.[a-z]", line) for line in lines)


def test_a_leg_that_no_row_carries_is_said(tmp_path: Path) -> None:
    """Without a line for it the energy is not in the balance: it stands in the months as agreed, and is weighed nowhere."""
    bare = case(tmp_path, trade={"on": False})
    found = contract_sheet(bare, SheetChoices(years=False, ladders=False))
    assert found.contract.not_carried == ("sent",)
    assert found.months()["sent"].sum() == 300
    assert found.worth.sent == 0


@pytest.mark.parametrize(
    ("text", "told"), [("price", "price=0.034"), ("prise=1", "price"), ("water=3:2:1", "low"), ("delivered=1.2", "low")]
)
def test_what_is_assumed_wrongly_is_refused(text: str, told: str) -> None:
    """One clear error each."""
    with pytest.raises(ScenarioError, match=told):
        read_assumed([text])


def test_what_is_no_contract_is_refused(tmp_path: Path) -> None:
    """No exchange in force, one of another name, more water than there is."""
    river = case(tmp_path)
    with pytest.raises(ScenarioError, match="deal"):
        find_contract(river, "dael")
    with pytest.raises(ScenarioError, match="no exchange"):
        find_contract(river.set("agreement.deal.in_force", False))
    with pytest.raises(Infeasible):
        contract_sheet(river.set("agreement.deal.release.by_month", {"4": 400.0}), SheetChoices(years=False, ladders=False))
