"""The sheet of a contract on a river solved by hand: see `river`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import waterdeal as wd
from tests.contract.river import APRIL, DEAL, case
from tests.drafts import solve
from tests.farms import farm
from tests.thorough import diagonal
from waterdeal.errors import AgreementError, Infeasible, ScenarioError
from waterdeal.reports import as_text
from waterdeal.reports.contract import contract, contract_document
from waterdeal.studies.contract.assumed import Assumed, read_assumed
from waterdeal.studies.contract.ladders import release_ladder
from waterdeal.studies.contract.legs import Contract, find_contract
from waterdeal.studies.contract.record import tonnes_of
from waterdeal.studies.contract.sheet import ContractSheet, SheetChoices, contract_sheet, weighed_with
from waterdeal.studies.contract.stops import after_stop, stopping
from waterdeal.studies.contract.temptation import tempted
from waterdeal.studies.contract.worth import Interval, Worth
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> ContractSheet:
    """The sheet where water is worth 0.05 USD a m3, between 0.01 and 0.06 by the scenario, and energy is paid for with nothing, as is told."""
    ranges = {"water": [0.01, 0.05, 0.06], "price": [0.9, 0.9, 0.9]}
    river = case(tmp_path_factory.mktemp("contract"), trade={"on": True, "power_level": ["A"], "ranges": ranges})
    assumed = read_assumed(["price=0.0:0.0:0.04"])
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
    assert found.prices is found.side_prices is None
    assert (found.least, found.most, found.lacking) == pytest.approx((3, 0, 3))
    assert found.needs == pytest.approx({"B": 3})
    told = str(contract(replace(sheet, worth=replace(sheet.worth, assumed=poor))).blocks)
    assert "at least 3.00 million USD" in told
    assert "this much more is needed, million USD: B 3.00" in told


def test_the_interval_of_three_parties() -> None:
    """B sends 100 of 300 GWh and loses 4, C 200 and gains 2, A gains 9: each for itself 0.04 to 0.03, so B needs more than A can give."""
    keeps, sends, of_a = pd.Series({"A": 9.0}), pd.Series({"B": -4.0, "C": 2.0}), pd.Series({"A": 1.0})
    found = Interval(keeps, sends, 300, of_a, pd.Series({"B": 1 / 3, "C": 2 / 3}))
    assert found.bounds == pytest.approx({"A": 0.03, "B": 0.04, "C": -0.01})
    assert found.prices is None
    assert found.side_prices == pytest.approx((2 / 300, 0.03))
    assert replace(found, keeps=keeps + 6).prices == pytest.approx((0.04, 0.05))
    poor = replace(found, keeps=keeps - 8)  # A can pay 1, of which B gets a third
    assert (poor.lacking, poor.needs) == (pytest.approx(1), pytest.approx({"B": 4 - 1 / 3}))
    none_sent = replace(found, gets=pd.Series({"B": 0.0, "C": 1.0}))
    assert none_sent.prices is None  # B loses, and no price reaches it


def test_the_sum_of_all_gains_is_what_the_plans_produced(sheet: ContractSheet) -> None:
    """At any price: with nothing assumed it is the change of the level of benefits, and of energy alone that of its plan."""
    bare = replace(sheet.worth, assumed=Assumed())
    alone, energy, whole = (-levels_of(plan)["benefit"] for plan in (bare.alone, bare.energy, bare.whole))
    assert bare.steps.sum().tolist() == pytest.approx([energy - alone, whole - energy])
    for price in (0.0, 0.02, 3.0):
        assert bare.at_price(price).sum() == pytest.approx(whole - alone)


def test_energy_may_be_paid_in_kind(sheet: ContractSheet) -> None:
    """2 kWh back for one, each worth 0.005 to 0.03: A pays 300 GWh x 2 x 0.02 = 12, B gets it; at either end 3 and 18, less 6 of coal."""
    assumed = read_assumed(["swap=2", "summer_price=0.005:0.02:0.03"])
    found = replace(sheet, worth=replace(sheet.worth, assumed=assumed))
    assert found.priced == (pytest.approx(0.04), "in_kind")
    before = found.worth.gains
    assert (found.worth.at_price(found.price) - before).to_dict() == pytest.approx({"A": -12, "B": 12})
    assert [float((gains - before)["B"]) for _, _, gains in found.ranges] == pytest.approx([3, 18])
    assert found.turning() == {"B": ["summer_price"]}


def test_summer_energy_that_no_load_takes_has_a_price(sheet: ContractSheet) -> None:
    """With 50 GWh left over in April, and 20 alone, A gains 30 of 0.02 more."""
    spare = {name: getattr(sheet.worth, name)["power_surplus"].copy() for name in ("alone", "energy", "whole")}
    for name, left in (("alone", 20.0), ("energy", 20.0), ("whole", 50.0)):
        spare[name].loc[{"power_market": "A"}] = [9.0, left, *[0.0] * 5, 9.0]  # March and October are no growing season
    plans = tuple(getattr(sheet.worth, name).assign(power_surplus=left) for name, left in spare.items())
    bare, priced = (
        Worth.of(sheet.contract, read_assumed(told), plans).gains["A"] for told in ([], ["summer_price=0.02"])
    )
    assert priced - bare == pytest.approx(30 * 0.02)


def test_crops_are_told_by_party() -> None:
    """Wheat drinks 800 mm and gives 3 t a ha: 80 hm3 more grow 10 kha and 30 thousand tonnes more."""
    few, more = (tonnes_of(solve(farm({"wheat": {}}, water=water).inputs(), ("irrigation", "benefit"))) for water in (80, 160))
    assert few.sum() == pytest.approx(30, rel=1e-3)
    assert (more - few).tolist() == pytest.approx([30], rel=1e-3)


def test_all_ranges_at_once(sheet: ContractSheet) -> None:
    """B's least is water at 0.01 and no pay, its most water at 0.06 and 0.04 a kWh: 300 w - 6 + 300 p."""
    assert sheet.together.loc["B"].tolist() == pytest.approx([3 - 6, 18 - 6 + 12])
    assert sheet.together.loc["A"].tolist() == pytest.approx([-12, 0])


def test_what_is_found_beside_a_run_makes_the_same_page(sheet: ContractSheet) -> None:
    """A record that went through JSON, its keys in any order, says in each language what the sheet says."""
    kept = json.loads(json.dumps(sheet.record(), sort_keys=True, allow_nan=False))
    for language in ("en", "uz"):
        made = wd.report(sheet, "contract", language)
        assert contract_document(kept, sheet.worth.whole, language).render("txt") == made.render("txt")
    assert kept["ladders"]["energy"][1]["changes"]
    assert kept["turning"] == {"B": ["water"]}


def test_what_is_published_stands_at_the_end(sheet: ContractSheet) -> None:
    """Balances by party and year with blanks for what is not told, what was agreed before with its days, and what the dam held on 1 April."""
    row = {"other": "", "until": "2026-01-01", "since": "2025-01-01"}
    published = [
        {**row, "subject": "A", "quantity": "demand", "value": 14.97}, {**row, "subject": "B", "quantity": "generation", "value": 64.87},
        {**row, "subject": "B", "other": "A", "quantity": "energy_agreed", "value": 322.0, "until": "2025-05-01"},
        {**row, "subject": "dam", "quantity": "storage", "since": "2025-04-01", "until": "", "value": 6.56},
        {**row, "subject": "dam", "quantity": "storage", "since": "2025-05-01", "until": "", "value": 7.77},
    ]  # fmt: skip
    for language in ("en", "ru", "kk", "uz"):
        told = as_text.told(contract_document({**sheet.record(), "published": published}, sheet.worth.whole, language), 80)
        assert max(map(len, told.splitlines())) <= 80
        figures = [told.replace(",", ".").count(figure) for figure in ("14.97", "64.87", "322.00", "6.56", "7.77")]
        assert figures == [1, 1, 1, 1, 0], language
    assert "30 April 2025" in contract_document({**sheet.record(), "published": published}, sheet.worth.whole, "en").render("txt").decode()
    assert sheet.record()["published"] == []


def test_part_of_the_energy_may_not_come(sheet: ContractSheet) -> None:
    """Of 300 GWh 240 come: A lights 160 more, and pays for 240."""
    found = replace(sheet.worth, assumed=read_assumed(["delivered=0.5:0.8:1", "water=0.05"]))
    assert found.assumed.ranged() == [("delivered", (0.5, 0.8, 1.0))]
    assert found.steps.loc["A", "energy"] == pytest.approx(0.8 * 200 * 0.04)
    assert found.sent == pytest.approx(240)


def test_ranges_that_do_not_go_together_are_refused(sheet: ContractSheet, tmp_path: Path) -> None:
    """What comes back in kind has a price, and does not come back twice; figures rise, and no more comes than is agreed."""
    with pytest.raises(ScenarioError, match="summer_price"):
        weighed_with(read_assumed(["swap=1"]), sheet.contract)
    clause = sheet.contract.clause
    back = replace(sheet.contract, clause=clause.model_copy(update={"returned": clause.sent}))
    with pytest.raises(ScenarioError, match="twice"):
        weighed_with(read_assumed(["swap=1", "summer_price=0.02"]), back)
    assert weighed_with(read_assumed([]), sheet.contract).told() == {"price": (0.9,) * 3, "water": (0.01, 0.05, 0.06)}
    assert set(weighed_with(read_assumed([]), back).told()) == {"water"}  # energy is paid by what comes back
    for ranges in ({"price": [26, 34, 56]}, {"price": [0.3, 0.2, 0.1]}, {"delivered": [0.5, 1, 1.2]}, {"swap": [1, 1, 1]}):
        with pytest.raises(ScenarioError, match="ranges"):
            case(tmp_path, trade={"on": True, "ranges": ranges})


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


def test_shortage_rises_again_where_one_season_has_what_another_lacks(tmp_path: Path) -> None:
    """B's fields take 100 in March too: 400 of 600 in summer leave 200 for March, all 600 leave none, and B lacks 100 then, as told."""
    deal = find_contract(case(tmp_path, march=100))
    alone = deal.without().solve().dataset
    ladder = release_ladder(deal, alone, (400, 600), lambda _: None)
    assert [point.shortage for point in ladder.points] == pytest.approx([300, 0, 100], abs=1e-6)
    assert ladder.points[1].rise is None
    rise = ladder.points[2].rise
    assert rise is not None
    assert rise.places == (("B", "2026-03", pytest.approx(100)),)
    assert rise.less == ("2026-03",)
    assert ladder.useless_from() == 400


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
    assert (keeps.month, keeps.anew, keeps.deposit) == (1, True, pytest.approx(8, abs=1e-4))
    assert (sends.month, sends.nearest, sends.anew) == (None, 0, True)
    assert (sends.saved, sends.lost) == (pytest.approx(1, abs=1e-4), pytest.approx(10, abs=1e-4))  # coal less what its fields get by it
    assert sheet.order.share == pytest.approx(8 / 9)


def test_whoever_makes_it_for_less_sends_the_energy(tmp_path: Path) -> None:
    """B's coal costs 20 USD a MWh and C's gas 43, at one price to A: B sends all, though fields lack water and their shares are eased."""
    deal = DEAL | {"to": ["B", "C"], "sent": {"amount": "300 GWh", "months": [3], "price": 0.03},
                   "release": {"at": "out", "by_month": {"4": 100 / APRIL}, "within": 0.0}}  # fmt: skip
    levels = ["safety", "power", "agreement", "irrigation", "evenness", "benefit"]
    plan = case(tmp_path, deal, gas=True, objective={"levels": levels, "evenness_give": 0.01}).solve().dataset
    assert plan["power_received"].sum("time").values.tolist() == pytest.approx([300, 0], abs=1e-6)


def test_the_rest_of_the_year_is_planned_anew_after_a_stop(tmp_path: Path) -> None:
    """Half of the energy comes after the water. A that keeps that in April lights all 500 in October by it: 200 more at 0.04.

    It loses 150 GWh then, but has 100 hm3 to spare: 50 at 0.04. By the plan of the whole year it would lose 100 of these at 0.04.
    """
    deal = find_contract(case(tmp_path, DEAL | {"sent": {"by_month": {"3": "150 GWh", "10": "150 GWh"}}}))
    cases = (deal.without(), deal.energy_only(300), deal.case)
    worth = Worth.of(deal, Assumed(), tuple(one.solve().dataset for one in cases))  # type: ignore[arg-type]
    stream = worth.stream(("A",), 0.0)
    assert (tempted(stream).month, tempted(stream).deposit) == (1, pytest.approx(8 - 4))
    plans = after_stop(worth, "A", "2026-04")
    assert plans is not None
    found = tempted(stream, stopping(worth, {("A", 1): plans}, "A", 0.0))
    assert (found.month, found.anew, found.saved, found.lost) == (1, True, *(pytest.approx(value, abs=1e-4) for value in (8, 2)))
    assert found.deposit == pytest.approx(8 - 2, abs=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize(("energy", "water"), [(100, 300), (250, 50), (300, 100), (300, 300), (450, 200), (300, 0)])
def test_what_holds_of_any_stop(tmp_path: Path, energy: float, water: float) -> None:
    """Who sends and stops before anything is done leaves the plan alone; after the last leg a stop changes nothing.

    A, whose market comes first, is never worse served by no longer giving water than by giving it, in any month.
    """
    legs = {"sent": {"amount": f"{energy} GWh", "months": [3]}, "release": DEAL["release"] | {"by_month": {"4": water / APRIL}}}
    deal = find_contract(case(tmp_path, DEAL | legs, objective={"levels": ["safety", "power", "agreement", "irrigation", "benefit"]}))
    alone, only, whole = (one.solve().dataset for one in (deal.without(), deal.energy_only(energy), deal.case))
    worth = Worth.of(deal, Assumed(), (alone, only, whole))
    for party, month, same in (("B", "2026-03", alone), ("B", "2026-10", whole), ("A", "2026-10", whole)):
        plans = after_stop(worth, party, month)
        assert plans is not None
        for name, value in levels_of(same).items():
            assert levels_of(plans[1]).get(name, 0.0) == pytest.approx(value, abs=0.05), (party, month, name)
    served = levels_of(whole)["power"]
    for month in ("2026-03", "2026-04", "2026-05"):
        plans = after_stop(worth, "A", month)
        assert plans is not None
        assert levels_of(plans[0])["power"] <= served + 1e-4


def test_each_party_of_a_side_is_tempted_for_itself(sheet: ContractSheet) -> None:
    """C sends 100 of 300 in October at a cost of 4, is paid 2 for it, and has got 1 by the water before: it keeps 2, though B never would.

    As one with B, which gives 1 in March, gets 4 for it and 10 by the water, both give 5 in parts of 2 and 1: 5/3 in October, less than 2.
    """
    with_c = tuple(pd.concat([table, pd.DataFrame({"own": [own]}, index=["C"])]).fillna(0.0)
                   for table, own in zip(sheet.worth.weighed, (0.0, -4.0, -3.0), strict=True))  # fmt: skip
    goes = pd.DataFrame([[200.0] + [0.0] * 7, [0.0] * 7 + [100.0]], index=["B", "C"])
    clause = sheet.contract.clause
    of_three = replace(sheet.contract, clause=clause.model_copy(update={"to": ("B", "C")}))
    worth = replace(sheet.worth, weighed=with_c, goes=goes, sent_by_step=goes.sum().to_numpy(), contract=of_three)
    priced = replace(worth, assumed=worth.assumed.at(price=0.02))
    found = replace(sheet, contract=of_three, worth=priced, by_months=None, stops={})
    of_b, of_c = found.tempted[1:]
    assert (of_b.party, of_b.month) == ("B", None)
    assert (of_c.party, of_c.month, of_c.saved, of_c.lost, of_c.deposit) == ("C", 7, *map(pytest.approx, (4, 2, 2)))
    assert tempted(found.worth.stream(("B", "C"), 0.02)).month is None
    stops = {stop["party"]: (stop["side"], stop["month"]) for stop in found.record()["tempted"]}
    assert stops == {"A": ("keeps", "2026-03"), "B": ("sends", None), "C": ("sends", "2026-10")}


def test_energy_that_comes_back_is_given_when_it_does(sheet: ContractSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of A's 8 by energy 12 come in March and 4 go back in October: with 8 of water in April it keeps 12 by stopping then, not 8."""
    kept = sheet.worth.weighed[1].copy()
    kept.loc["A", "own"] += 4
    worth = replace(sheet.worth, kept=kept)
    assert worth.back.to_dict() == pytest.approx({"A": -4, "B": 0})
    assert worth.steps.equals(sheet.worth.steps)
    back = np.array([[0.0] * 7 + [50.0]])
    monkeypatch.setattr(Contract, "sent", lambda _self, _plan, *, back=False, known=back: known if back else None)
    found = worth.stream(("A",), 0.0)
    assert found.gets == pytest.approx((12, *[0] * 7), abs=1e-6)
    assert found.gives == pytest.approx((0, 8, *[0] * 5, 4), abs=1e-6)
    assert (tempted(found).month, tempted(found).deposit) == (1, pytest.approx(12))


def test_whose_advantage_changes_sign_within_a_range(sheet: ContractSheet) -> None:
    """B's gain is 300 w - 6: below zero where water is worth 0.01. Paid 0.04 a kWh A loses 12, from nothing, which is no sign."""
    assert sheet.turning() == {"B": ["water"]}
    assert [end for name, end, _ in sheet.ranges if name == "price"] == [0.0, 0.04]


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "ru"))
def test_the_page(sheet: ContractSheet, language: str) -> None:
    """In each language all tables stand on 80 columns, and say the same numbers."""
    lines = as_text.told(contract(sheet, language), 80).splitlines()
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
    ("text", "told"), [("price", "price=0.034"), ("prise=1", "price"), ("water=3:2:1", "low"), ("delivered=1.2", "low"), ("price=34", "0.034")]
)
def test_what_is_assumed_wrongly_is_refused(text: str, told: str) -> None:
    """One clear error each."""
    with pytest.raises(ScenarioError, match=told):
        read_assumed([text])


def test_a_price_is_of_a_kwh_in_any_currency(tmp_path: Path) -> None:
    """34 is a price of a MWh, and refused; 900 som a kWh, at 12,000 for a dollar, are 0.075 USD."""
    clause = {name: part for name, part in DEAL.items() if name != "sent"}
    sent = {"amount": "300 GWh", "months": [3]}
    with pytest.raises(AgreementError, match=r"write 0\.034"):
        case(tmp_path, clause | {"sent": sent | {"price": 34}})
    river = case(tmp_path, clause | {"sent": sent | {"price": 900, "currency": "UZS"}, "rates": {"UZS": 12000}})
    assert river.inputs["power_link_price"].values[0, 0] == pytest.approx(0.075)


def test_what_is_no_contract_is_refused(tmp_path: Path) -> None:
    """No exchange in force, one of another name, more water than there is."""
    river = case(tmp_path)
    with pytest.raises(ScenarioError, match="deal"):
        find_contract(river, "dael")
    with pytest.raises(ScenarioError, match="no exchange"):
        find_contract(river.set("agreement.deal.in_force", False))
    with pytest.raises(Infeasible):
        contract_sheet(river.set("agreement.deal.release.by_month", {"4": 400.0}), SheetChoices(years=False, ladders=False))
