"""The bundled contract of 2025-26: its sheet, its ladders, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import waterdeal as wd
from waterdeal.reports.contract import contract
from waterdeal.scenario.locate import bundled_folder
from waterdeal.studies.contract.assumed import Assumed
from waterdeal.studies.contract.ladders import month_labels
from waterdeal.studies.contract.legs import find_contract
from waterdeal.studies.contract.stops import after_stop, stopping
from waterdeal.studies.contract.temptation import tempted
from waterdeal.studies.contract.worth import Worth

if TYPE_CHECKING:
    import xarray as xr

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def sheet() -> wd.studies.ContractSheet:
    """The whole sheet."""
    return wd.studies.contract_sheet(wd.load(bundled_folder("scenarios") / "syrdarya-contract-2025-26.toml"))


def test_energy_and_water_are_those_of_the_clauses(sheet: wd.studies.ContractSheet) -> None:
    """1,500 GWh arrive; Toktogul holds 7.5 km3 in spring and lets 5 out in summer at least."""
    table = sheet.months()
    assert table["sent"].sum() == pytest.approx(1500, abs=1e-3)
    assert table.loc["2026-03", "kept"] >= 7500 - 1e-3
    assert sheet.contract.summer_release(sheet.worth.whole) >= 5000 - 1e-3
    assert table["released"].sum() - table["released_alone"].sum() == pytest.approx(0, abs=20)  # the same water, moved to summer


def test_more_energy_lets_more_out_in_summer(sheet: wd.studies.ContractSheet) -> None:
    """The ladder of energy rises; that of releases costs energy in winter, the more the further."""
    energy, release = sheet.ladders
    assert all(rate > 0 for rate in energy.rates())
    assert release.rates() == sorted(release.rates())
    assert release.rates()[0] > 0


def test_accounts_add_up_at_any_price(sheet: wd.studies.ContractSheet) -> None:
    """What is paid is got: the sum of all gains is that before payment; at an end of the interval one party gains nothing, and none loses."""
    least, most = sheet.worth.interval().prices or (0.0, 0.0)
    assert 0 < least < most
    for price in (0.0, least, most):
        assert sheet.worth.at_price(price).sum() == pytest.approx(sheet.worth.gains.sum())
    for price, side in ((least, sheet.contract.downstream), (most, sheet.contract.upstream)):
        after = sheet.worth.at_price(price)[[*sheet.contract.upstream, *sheet.contract.downstream]]
        assert after.min() == pytest.approx(after[list(side)].min()) == pytest.approx(0, abs=1e-6)


def test_soft_figures_are_ranges(sheet: wd.studies.ContractSheet) -> None:
    """What is delivered of what is agreed, the swap factor and the summer price have a range, and Kazakhstan's advantage turns on two of them."""
    ranged = dict(sheet.worth.assumed.ranged())
    assert {"delivered", "swap", "summer_price", "price"} <= set(ranged)
    assert {"price", "summer_price"} <= set(sheet.turning()["KZ"])
    turned = {name: [float(gains["KZ"]) for known, _, gains in sheet.ranges if known == name] for name in ranged}
    assert {name for name, (low, high) in turned.items() if low < 0 < high or high < 0 < low} == set(sheet.turning()["KZ"])


def test_with_and_without_it_differ_as_a_hand_says(sheet: wd.studies.ContractSheet) -> None:
    """What is not let out in winter stands in Toktogul in spring; a m3 makes 0.78 to 1.0 kWh, less what the rest makes more of a higher head."""
    alone, whole = sheet.worth.alone, sheet.worth.whole
    winter = whole["growing"].values == 0
    less = float((sheet.contract.released(alone) - sheet.contract.released(whole))[winter].sum())
    spring = int(np.flatnonzero(winter)[-1])
    kept = [float(plan["storage"].sel(reservoir="toktogul").values[spring]) for plan in (alone, whole)]
    assert kept[1] - kept[0] == pytest.approx(less, rel=0.01)  # a wider lake loses a little more

    def made(plan: xr.Dataset, when: np.ndarray) -> float:
        return float(plan["energy"].values[plan["plant_party"].values == "KG"][:, when].sum())

    def unserved(plan: xr.Dataset, when: np.ndarray) -> float:
        return float(plan["power_unserved"].sel(power_market="KG").values[when].sum())

    lost = made(alone, winter) - made(whole, winter)
    assert 0.7 < lost / less < 1.0
    assert unserved(alone, winter) - unserved(whole, winter) == pytest.approx(1500 - lost, abs=1)
    assert unserved(alone, ~winter) - unserved(whole, ~winter) == pytest.approx(made(whole, ~winter) - made(alone, ~winter), abs=1)
    missing = [float(plan["shortage"].values[plan["demand_party"].values != "KG"].sum()) for plan in (alone, whole)]
    assert 0 < missing[0] - missing[1] < less


def test_the_pattern_of_2000_with_and_without_it() -> None:
    """By months: Kayrakkum is full on 1 June, as it is not alone; 200 GWh go in spring, 350 come back; the gauge is within 25 % of the treaty."""
    river = wd.load(bundled_folder("scenarios") / "syrdarya-exchange-2000-pattern.toml", ["physics.evaporation=line"])
    deal = find_contract(river).by_months()
    alone, whole = deal.without().solve().dataset, deal.case.solve().dataset
    may = month_labels(whole).tolist().index("2026-05")
    stored = [float(plan["storage"].sel(reservoir="kayrakkum").values[may]) for plan in (alone, whole)]
    assert stored[0] < 3417.9 < stored[1]
    assert deal.sent(whole).sum() == pytest.approx(200, abs=1e-3)
    assert deal.sent(whole, back=True).sum() == pytest.approx(350, abs=1e-3)
    assert deal.sent(alone).sum() == 0
    rates = deal.released(whole) / whole["step_length"].values / 0.0864
    agreed = {6: 500, 7: 650, 8: 600, 9: 300}
    for rate, month in zip(rates, whole["month"].values, strict=True):
        assert month not in agreed or abs(rate / agreed[int(month)] - 1) <= 0.25 + 1e-6


def test_the_pattern_of_1998_with_and_without_it() -> None:
    """By months: what comes in winter is made of less water, which runs in summer and makes what goes back, line losses and all.

    Of 2,000 GWh sent as many are not made of water, for the same load is served; a m3 makes 0.78 to 1.0 kWh, so that 2 to 2.6 km3 more stand
    in Toktogul in spring, less what its lower head takes; in summer they make the 2,000 / 0.97 GWh that go back, and some for load.
    """
    river = wd.load(bundled_folder("scenarios") / "syrdarya-exchange-1998-pattern.toml", ["physics.evaporation=line"])
    deal = find_contract(river).by_months()
    assert deal.not_carried == ()
    alone, whole = deal.without().solve().dataset, deal.case.solve().dataset
    winter = whole["growing"].values == 0
    kept, made, unserved = (np.array(one(whole)) - np.array(one(alone)) for one in (
        lambda plan: plan["storage"].sel(reservoir="toktogul").values,
        lambda plan: plan["energy"].values[plan["plant_party"].values == "KG"].sum(axis=0),
        lambda plan: plan["power_unserved"].sel(power_market="KG").values,
    ))  # fmt: skip
    spring, released = int(np.flatnonzero(winter)[-1]), deal.released(whole) - deal.released(alone)
    assert kept[spring] == pytest.approx(-released[winter].sum(), rel=0.01)
    assert kept[-1] == pytest.approx(0, abs=20)  # the same water, moved to summer
    assert 0.7 < made[winter].sum() / released[winter].sum() < 1.0
    assert unserved[winter].sum() == pytest.approx(-2000 - made[winter].sum(), abs=1)
    assert abs(unserved[winter].sum()) < 20
    assert unserved[~winter].sum() == pytest.approx(2000 / 0.97 - made[~winter].sum(), abs=1)
    assert deal.summer_release(alone) < 6000 < deal.summer_release(whole)
    missing = [float(plan["shortage"].values[plan["demand_party"].values != "KG"].sum()) for plan in (alone, whole)]
    assert 0 < missing[0] - missing[1] < released[~winter].sum()
    energy, kept_back = deal.energy_only(2000).solve().dataset, deal.sent_only(2000).solve().dataset
    assert deal.sent(kept_back, back=True).sum() == pytest.approx(0, abs=1e-6)
    worth = Worth.of(deal, Assumed(), (alone, energy, whole), kept_back)
    assert worth.back["KG"] < 0 < worth.steps.loc["KG", "energy"]
    found = tempted(worth.stream(("KG",), 0.0))  # it has had its energy, and 2,000 GWh are still to go back
    assert found.month is not None
    assert month_labels(whole)[found.month] >= "2026-03"
    assert found.deposit == pytest.approx(-worth.back["KG"], rel=0.2)


def test_other_years(sheet: wd.studies.ContractSheet) -> None:
    """Every kind of year has both plans; a cold winter leaves more unserved, a wet year less."""
    from waterdeal.studies.contract.ladders import unserved_energy

    assert [year.kind for year in sheet.years] == ["this", "dry", "median", "wet", "mild", "cold"]
    left = {year.kind: float(unserved_energy(year.whole)["KG"]) for year in sheet.years if year.whole is not None}
    assert left["wet"] < left["median"] < left["this"] < left["dry"]
    assert left["mild"] < left["this"] < left["cold"]


@pytest.mark.parametrize("language", ["en", "ru", "kk", "uz"])
def test_files(sheet: wd.studies.ContractSheet, language: str) -> None:
    """Each format in each language, and 80 columns on the terminal."""
    from waterdeal.reports import as_text

    document = contract(sheet, language)
    assert all(len(document.render(ending)) > 1000 for ending in ("docx", "pdf", "html", "xlsx"))
    assert max(map(len, as_text.told(document, 80).splitlines())) <= 80


def test_the_illustrative_work_is_in_no_plan_unless_asked_for(sheet: wd.studies.ContractSheet) -> None:
    """It lessens what is required below the Dostyk canal from April to September by 1,700 m3 a ha of 20 kha, and all of it is assumed."""
    case = sheet.contract.case
    (work,) = case.file.scenario.work.values()
    assert (work.built, work.status) == (False, "assumed")
    assert work.a_year == pytest.approx(60 * 0.05 / (1 - 1.05**-10) + 2)
    less = case.inputs["requirement"] - case.set("work.drip_maktaaral.built", True).inputs["requirement"]
    assert float(less.sum()) == pytest.approx(34, abs=0.2)
    assert float(less.sel(demand="dustlik_kz").values[case.inputs["growing"].values == 1].sum()) == pytest.approx(34, abs=0.2)


def test_the_month_planned_anew_is_the_most_tempting(sheet: wd.studies.ContractSheet) -> None:
    """Every month of the winter planned anew: none gains a party more by stopping than the deposit that is named."""
    worth, months = sheet.weighed, sheet.months().index.tolist()
    for found in sheet.tempted:
        assert found.anew
        plans = {(found.party, month): after_stop(worth, found.party, months[month]) for month in range(6)}
        known = {place: pair for place, pair in plans.items() if pair is not None}
        for saved, lost in stopping(worth, known, found.party, sheet.price).values():
            assert saved - lost <= found.deposit + 0.005
