"""Energy between parties: hand-solved cases of two and three parties, their accounts, audits, and what is refused."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import Draft, draft, user
from tests.model.trade import line, load, mw, neighbours
from tests.thorough import diagonal, examples
from waterdeal.accounts.compensation import alone, without_agreement
from waterdeal.accounts.party import WORTHS, party_accounts
from waterdeal.agreement.inputs import clauses_of, unheld_parts
from waterdeal.errors import AgreementError, BasinDataError, Infeasible, ScenarioError
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.promises import read_promises
from waterdeal.results.result import Result
from waterdeal.run import load as load_case
from waterdeal.run import solve_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.tracking.follow import follow
from waterdeal.tracking.remainder import measured_past, remaining_inputs
from waterdeal.tracking.replan import with_debts
from waterdeal.variables import levels_of

ONE_LINE = line("b_a", "B", "A", limit_mw=mw(2), loss_fraction=0.1, price_usd_mwh=30)


def solved(river: Draft, *levels: str) -> Any:
    """Solve, replay and audit."""
    plan = solve_inputs(river.inputs(), levels or ("benefit",), SolveOptions())
    Result(plan).audit().raise_if_bad()
    return plan


def deal(**legs: Any) -> dict[str, Any]:
    """B sends energy to A, which returns it or pays."""
    return {"id": "deal", "kind": "exchange", "party": "A", "to": "B", "start": "2026-01-01", "end": "2026-01-05", **legs}


#: 3.6 GWh of January for money
AGREED = neighbours().with_clauses(deal(sent={"amount": "3.6 GWh", "months": [1]}, money={"amount": 1, "months": [1]}))


@cache
def agreed() -> Any:
    """Plan of it, made once."""
    return solved(AGREED)


def test_energy_crosses_a_free_line_where_it_is_worth_more() -> None:
    """A lacks 3 of 8: 1.8 of 2 sent arrive, and go to homes first; nothing is lost of B's 4, whose coal makes 6."""
    plan = solved(neighbours(trade={"free": True}, lines=ONE_LINE))
    assert plan["power_sent"].values[0] == pytest.approx([2] * 4)
    assert plan["power_received"].values[0] == pytest.approx([1.8] * 4)
    assert plan["power_sold"].sel(power_block=["A_1", "A_2"]).values[:, 0] == pytest.approx([6, 0.8])
    assert plan["power_generated"].values[:, 0] == pytest.approx([6, 1])
    assert plan["power_unserved"].sum("time").values == pytest.approx([4 * 1.2, 0, 0])
    worth = 4 * (6 * 0.06 + 0.8 * 0.03 + 4 * 0.1 + 0.1 - 6 * 0.02 - 0.01)
    assert -levels_of(plan)["benefit"] == pytest.approx(worth)


@pytest.mark.thorough  # by default: its golden text
def test_transit_fills_the_lines_it_passes_over() -> None:
    """C's gas is cheaper than B's coal: 3 enter its line, what is left of 2.5 of them, 2, fills B's line, and half a GWh less loss is B's."""
    plan = solved(neighbours(trade={"free": True}))
    sent = dict(zip(plan["power_link"].values.tolist(), plan["power_sent"].values[:, 0].tolist(), strict=True))
    assert sent["c_a"] + sent["c_b"] == pytest.approx(3)
    assert sent["b_a"] + 0.8 * sent["c_a"] == pytest.approx(2)
    arrived = plan["power_received"].sel(power_link=["b_a", "c_a"]).values[:, 0].sum()
    assert arrived == pytest.approx(1.8)
    table = party_accounts(plan)
    assert table["power_trade"].sum() == pytest.approx(0, abs=1e-12)
    assert table["benefit"].sum() == pytest.approx(-levels_of(plan)["benefit"])


def test_nothing_crosses_what_no_clause_promises() -> None:
    """Trade that is not free, and no clause: each for itself."""
    plan = solved(neighbours())
    assert not plan["power_sent"].values.any()
    assert plan["power_unserved"].sum("time").values == pytest.approx([12, 0, 0])


def test_a_leg_sends_what_it_says_and_no_more() -> None:
    """3.6 GWh are to arrive of the 12 that lack: exactly so much does, 4 are sent, and each account has its price."""
    plan = agreed()
    assert float(plan["power_received"].sum()) == pytest.approx(3.6)
    assert float(plan["power_sent"].sum()) == pytest.approx(4)
    table = party_accounts(plan)
    assert table["power_trade"].to_dict() == pytest.approx({"A": -3.6 * 0.03, "B": 3.6 * 0.03, "C": 0})
    assert table["fuel_cost"].to_dict() == pytest.approx({"A": 0, "B": -(16 + 4) * 0.02, "C": -4 * 0.01})
    assert table["benefit"].sum() == pytest.approx(-levels_of(plan)["benefit"])


def test_what_was_sent_before_counts() -> None:
    """1.6 of 3.6 had arrived before the horizon: 2 are left."""
    leg = {"amount": 3.6, "months": [1], "so_far": 1.6}
    inputs = neighbours(period={"start": "2026-01-03", "end": "2026-01-07", "step": "day"})
    plan = solved(inputs.with_clauses(deal(end="2026-01-07", sent=leg, money={"amount": 1, "months": [1]})))
    assert float(plan["power_received"].sum()) == pytest.approx(2)


@pytest.mark.thorough  # by default: its golden text
def test_only_parties_that_count_are_weighed_on_the_level_power() -> None:
    """Alone on the level A would pay 30 for what its works take at 30, and 60 for homes; with all, payments are none."""
    lines = line("b_a", "B", "A", limit_mw=mw(9), price_usd_mwh=40)
    ours = solved(neighbours(trade={"free": True, "power_level": ["A"]}, lines=lines), "power")
    assert float(ours["power_received"].sum()) == pytest.approx(4 * 1)  # homes at 60, not works at 30
    all_ours = solved(neighbours(trade={"free": True}, lines=lines), "power")
    assert float(all_ours["power_received"].sum()) == pytest.approx(4 * 3)  # works at 30 are worth more than coal at 20
    assert -levels_of(ours)["power"] == pytest.approx(4 * (6 * 0.06 - 1 * 0.04))


def winter_and_summer(sent: float) -> Any:
    """Plan of A's dam of 100 hm3, 10 of which make a GWh of the 8 that its homes take in January, and of B's fields, 60 hm3 in February."""
    months = {month: 8.0 * (month == 1) for month in range(1, 13)}
    river = draft(
        "spring catchment A; dam reservoir A; fields canal B; sea outlet B",
        "head spring dam; gate dam fields canal; out dam sea",
        plants=[{"plant": "works", "link": "gate", "party": "A", "energy_gwh_per_hm3": 0.1, "turbine_max_m3s": 1000},
                {"plant": "past", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.1, "turbine_max_m3s": 1000}],
        reservoirs={"dam": {"full_hm3": 200}},
        **user("wheat", "fields", [0, 60 / 28 / 0.0864, *[0] * 10], party="B"),
        power_loads=[{"party": "A", "block": "homes", "month": month, "load_gwh": gwh, "worth_usd_mwh": 100} for month, gwh in months.items()]
        + load("B", "all", 0, 100),
        power_units=monthly("power_unit", "coal", "capacity_mw", [100], party="B", cost_usd_mwh=20),
        power_links=line("b_a", "B", "A"),
        scenario={"period": {"start": "2026-01-01", "end": "2026-03-01", "step": "month"}, "objective": {"levels": ("power", "irrigation")},
                  "trade": {"on": True, "power_level": ["A"]}},
    )  # fmt: skip
    river = river.with_clauses(deal(end=None, sent={"amount": sent, "months": [1]}, fuel={"tonnes": 1, "goods": "oil", "months": [1]}))
    return solved(river, "power", "irrigation")


@pytest.mark.parametrize("case", diagonal([(0, 20, 40), (3, 50, 10), (5, 60, 0), (8, 60, 0)], (3, 50, 10)))
def test_a_winter_gwh_keeps_its_water_for_summer(case: tuple[float, float, float]) -> None:
    """Each GWh that comes in January keeps 10 hm3; above what fields take, 60, nothing is gained downstream."""
    sent, kept, short = case
    plan = winter_and_summer(sent)
    assert float(plan["storage"].values[0, 0]) == pytest.approx(kept)
    assert float(plan["shortage"].sum()) == pytest.approx(short, abs=1e-6)


@pytest.mark.thorough
def test_the_bundled_contract_moves_water_to_summer() -> None:
    """Without it Toktogul ends the winter near the 6.8 km3 that were forecast; with it a km3 more, and less is unserved and short."""
    case = load_case(bundled_folder("scenarios") / "syrdarya-contract-2025-26.toml")
    found = []
    for one in (case.set("agreements", []), case):
        plan = one.solve().dataset
        grows = plan["growing"].values == 1
        release, april = plan["release"].sel(reservoir="toktogul").values, plan["storage"].sel(reservoir="toktogul").values[5]
        found.append((april, release[grows].sum(), -plan["power_unserved"].values.sum(), -plan["shortage"].values.sum()))
        assert party_accounts(plan)["power_trade"].sum() == pytest.approx(0, abs=1e-9)
    assert 6500 < found[0][0] < 7100
    assert found[1][0] > found[0][0] + 1000
    assert all(more > less for more, less in zip(found[1], found[0], strict=True))


@pytest.mark.thorough
def test_the_exchange_of_2000_is_carried_by_rows() -> None:
    """200 GWh arrive in Tajikistan in spring and 350 in Uzbekistan in summer, no more; no leg is left out of the balance."""
    plan = load_case(bundled_folder("scenarios") / "syrdarya-exchange-2000-pattern.toml").solve().dataset
    came = dict(zip(plan["power_link"].values.tolist(), plan["power_received"].values.sum(axis=1), strict=True))
    assert (came.pop("uz_tj"), came.pop("tj_uz")) == pytest.approx((200, 350))
    assert sum(came.values()) == pytest.approx(0, abs=1e-9)
    assert [unheld_parts(clause, plan) for clause in clauses_of(plan)] == [[]]


factors = st.sampled_from([0.0, 0.3, 1.0, 1.7])


@given(loads=st.tuples(factors, factors, factors), units=st.tuples(factors, factors), water=st.sampled_from([0.0, 20.0, 60.0]))
@examples(2, 20)
def test_accounts_add_up_to_what_the_plan_produced(loads: tuple[float, ...], units: tuple[float, ...], water: float) -> None:
    """Whatever is taken and made: payments are none in all, accounts are the benefit, and what is made is taken, lost or left over."""
    trade = {"free": True, "load_factor": dict(zip("ABC", loads, strict=True)), "unit_factor": dict(zip(("coal", "gas"), units, strict=True))}
    plan = solved(neighbours(trade=trade, water=water), "power", "benefit")
    table = party_accounts(plan)
    assert table["power_trade"].sum() == pytest.approx(0, abs=1e-9)
    assert table["benefit"].sum() == pytest.approx(-levels_of(plan)["benefit"], abs=1e-9)
    assert table[list(WORTHS)].to_numpy().sum() == pytest.approx(table["benefit"].sum(), abs=1e-9)
    total = {name: float(plan[f"power_{name}"].sum()) for name in ("generated", "sold", "surplus", "sent", "received")}
    made = float(plan["energy"].sum()) + total["generated"]
    assert made == pytest.approx(total["sold"] + total["surplus"] + total["sent"] - total["received"], abs=1e-6)


def test_alone_no_line_leads_out() -> None:
    """Parties that act without an agreement trade among themselves at most."""
    free = neighbours(trade={"free": True}).inputs()
    assert (without_agreement(free)["power_link_open"].values == 1).all()
    assert alone(free, ["B", "C"])["power_link_open"].values[:, 0].tolist() == [0, 1, 0]
    held = neighbours().with_clauses(deal(sent={"amount": 1, "months": [1]}, money={"amount": 1, "months": [1]})).inputs()
    assert held["power_link_open"].values[:, 0].tolist() == [1, 0, 0]
    assert not without_agreement(held)["power_link_open"].values.any()


def test_load_and_units_have_factors() -> None:
    """A cold winter takes more, a plant that stands still makes nothing."""
    plain, cold = neighbours().inputs(), neighbours(trade={"load_factor": {"A": 1.5}, "unit_factor": {"coal": [0.0, *[1.0] * 11]}}).inputs()
    assert (cold["power_block_size"] / plain["power_block_size"]).values[:, 0] == pytest.approx([1.5, 1.5, 1, 1])
    assert cold["power_unit_max"].values[:, 0] == pytest.approx([0, 6])


def test_a_figure_that_was_changed_fails_the_audit() -> None:
    """What enters, what arrives, what is made and what is taken are worked out anew."""
    plan = agreed()
    for figure in ("power_sent", "power_generated", "power_received", "power_sold", "power_surplus"):
        spoilt = plan.copy(deep=True)
        spoilt[figure].values[0, 0] += 0.5
        assert not Result(spoilt).audit().passed, figure


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "eleven months": ({"power_units": [{"power_unit": "coal", "party": "B", "month": 1, "capacity_mw": 1, "cost_usd_mwh": 1}]}, "1 months"),
    "all is lost": ({"power_links": line("b_a", "B", "A", limit_mw=1, loss_fraction=1.0)}, "0.999"),
    "to itself": ({"power_links": line("b_b", "B", "B", limit_mw=1)}, "from a party to itself"),
    "over a line that is not there": ({"power_links": line("c_a", "C", "A", "B", limit_mw=1)}, "C - B"),
    "two parties": ({"power_links": [*line("b_a", "B", "A", limit_mw=1)[:11], *line("b_a", "C", "A", limit_mw=1)[11:]]}, "several parties"),
    "blocks that cross": ({"power_loads": [*load("A", "a", 1, 5)[:6], *load("A", "a", 1, 1)[6:], *load("A", "b", 1, 3)]}, "cross in worth"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_tables_that_make_no_sense(case: str) -> None:
    """Each is one clear error."""
    tables, words = FAULTS[case]
    river = neighbours()
    with pytest.raises(BasinDataError, match=words):
        Draft({**river.tables, **tables}, river.content).basin()


def test_a_line_to_a_party_without_a_load() -> None:
    """It is told with the party; so is a plant of one, and trade without any load."""
    river = neighbours()
    tables = {**river.tables, "power_loads": load("A", "homes", 6, 60)}
    with pytest.raises(ScenarioError, match="b_a belongs to B, which has no load"):
        Draft(tables, river.content, river.volumes).inputs()
    with pytest.raises(ScenarioError, match="no loads that could be traded for"):
        draft("spring catchment; sea outlet", "out spring sea", scenario={"trade": {"on": True}}).inputs()


LEGS: dict[str, tuple[dict[str, Any], str]] = {
    "no line": ({"to": "C", "returned": {"amount": 1, "months": [1]}}, "no line carries this energy"),
    "one of two has none": ({"to": ["B", "C"], "party": ["A", "C"], "sent": {"amount": 1, "months": [1]}}, "no line carries this energy: C"),
    "a party of another basin": ({"to": "X", "sent": {"amount": 1, "months": [1]}}, r"^1 problem in scenario\n.*\"X\" is not a party"),
    "made up too late": (
        {"sent": {"amount": 1, "months": [1], "made_up": {"by": "2026-05-01"}}},
        "2026-05-01, after the horizon ends on 2026-01-05",
    ),
    "out of sight": ({"sent": {"amount": 1, "months": [1], "so_far": 0.1}, "filling": None, "start": "2026-02-01", "end": "2026-01-01"}, "end"),
}


@pytest.mark.parametrize("case", LEGS)
def test_legs_that_nothing_carries(case: str) -> None:
    """Where the basin has lines, a leg without one is refused."""
    fields, words = LEGS[case]
    lines = [*line("b_a", "B", "A", limit_mw=9), *line("c_b", "C", "B", limit_mw=9)]
    with pytest.raises((AgreementError, ValueError), match=words):
        neighbours(lines=lines).with_clauses(deal(**{"money": {"amount": 1, "months": [1]}, **fields})).inputs()


def test_the_rest_of_a_season_owes_what_has_not_come() -> None:
    """After two days of four, what the plan sent in them is taken off; the rest arrives, and the clause is read over all four."""
    inputs, plan = AGREED.inputs(), agreed()
    came = plan["power_received"].values[0, :2].sum()
    rest = remaining_inputs(inputs, plan, 2)
    assert rest["row_bound"].values == pytest.approx([3.6 - came] * 2)
    left = solve_inputs(rest, ("benefit",), SolveOptions())
    Result(left).audit().raise_if_bad()
    assert float(left["power_received"].sum()) == pytest.approx(3.6 - came)
    assert read_promises(left)[0].parts[0].planned == pytest.approx(3.6)


def test_energy_that_a_meter_misses_is_owed_by_who_sends_it() -> None:
    """Of 0.9 in the first of two months 0.5 came: B owes A 0.4, and the rest planned anew sends it with the second."""
    lines = line("b_a", "B", "A", limit_mw=mw(9), loss_fraction=0.1)
    period = {"start": "2026-01-01", "end": "2026-03-01", "step": "month"}
    river = neighbours(lines=lines, period=period, hydrology={"year_class": "mean"})
    by_month = {"sent": {"by_month": {"1": 0.9, "2": 1.8}}, "money": {"amount": 1, "months": [1]}}
    inputs = Draft(river.tables, river.content, {}, (deal(end="2026-03-01", **by_month),)).inputs()
    plan = solve_inputs(inputs, ("benefit",), SolveOptions())
    reading = {"place": "b_a", "quantity": "energy", "value": 0.5, "source": "meter", "start": date(2026, 1, 1), "end": date(2026, 2, 1)}
    tracking = follow(plan, pd.DataFrame([reading]))
    assert tracking.owed[["party", "to", "quantity"]].to_numpy().tolist() == [["B", "A", "power_received"]]
    assert tracking.owed["owed"].tolist() == pytest.approx([0.4])
    past = measured_past(plan, tracking.laid, 1, {})
    assert past["power_sent"].values[0, 0] == pytest.approx(0.5 / 0.9)
    owing = with_debts(remaining_inputs(inputs, past, 1), plan, past, tracking.owed, 1)
    assert float(solve_inputs(owing, ("benefit",), SolveOptions())["power_received"].sum()) == pytest.approx(2.2)


TURN = {"start": "2026-01-30", "end": "2026-02-03", "step": "day"}
MEANWHILE = {"start": "2026-01-30", "end": "2026-02-03"}


def late(rate: float, *, amount: float = 3.0, limit: float = 1.0) -> Any:
    """Plan of a leg of January of which two days are left, a line for so much a day, and two days of February to make up for it."""
    leg = {"amount": amount, "months": [1], "made_up": {"by": "2026-02-03", "rate": rate}}
    river = neighbours(lines=line("b_a", "B", "A", limit_mw=mw(limit)), period=TURN)
    return solved(river.with_clauses(deal(**MEANWHILE, sent=leg, money={"amount": 1, "months": [2]})), "agreement", "power", "benefit")


@pytest.mark.parametrize("case", diagonal([(1.0, 1.0, 2, 1), (1.3, 1.0, 2, 1.3), (1.3, 2.0, 3, 0)], (1.3, 1.0, 2, 1.3)))
def test_what_is_missing_is_made_up_later(case: tuple[float, ...]) -> None:
    """Two of three come in time over a line for one a day, and the third at its rate in February; where all can come in time, it does."""
    rate, limit, *days = case
    plan = late(rate, limit=limit)
    came = plan["power_received"].values[0]
    assert [came[:2].sum(), came[2:].sum()] == pytest.approx(days, abs=1e-6)
    assert float(plan["clause_conceded"].sum()) == pytest.approx(0, abs=1e-9)


@pytest.mark.thorough
def test_more_than_can_be_made_up_is_a_conflict() -> None:
    """Two in January and two in February at 1.3 make 3.54, not 4; what is conceded is told of the leg."""
    with pytest.raises(Infeasible, match="deal"):
        late(1.3, amount=4.0)


def test_a_scale_says_which_share_is_due() -> None:
    """By class of year, and by a known index between its points: two are due of three in the year of the plan, one in the other."""
    leg, year = {"amount": 3.0, "months": [1]}, {"hydrology": {"year_class": "mean"}}
    river = neighbours(lines=ONE_LINE, **year)
    for scale, due in (({"by_class": {"mean": 2 / 3}}, 2), ({"index": 0.5, "points": [[0, 0], [1, 2 / 3]]}, 1), ({"by_class": {"dry": 0.5}}, 3)):
        clause = deal(sent={**leg, "scale": scale}, money={"amount": 1, "months": [1]})
        inputs = Draft(river.tables, river.content, {}, (clause,)).inputs()
        assert inputs["row_bound"].values[0] == pytest.approx(due)


def test_a_price_of_the_clause_stands_before_that_of_the_line() -> None:
    """Three som a kWh are 3 / 87.45 dollars: what A pays is that times what arrives."""
    leg = {"amount": 3.6, "months": [1], "price": 3.0, "currency": "KGS"}
    plan = solved(neighbours().with_clauses(deal(sent=leg, rates={"KGS": 87.45}, money={"amount": 1, "months": [1]})))
    assert party_accounts(plan).loc["A", "power_trade"] == pytest.approx(-3.6 * 3 / 87.45)


def test_prices_in_two_currencies_need_a_rate() -> None:
    """A leg in som and one in tenge are no sum."""
    legs = {"sent": {"amount": 1, "months": [1], "price": 3, "currency": "KGS"}, "money": {"amount": 1, "currency": "KZT", "months": [1]}}
    with pytest.raises(ValueError, match="prices in KGS, KZT have no rate"):
        neighbours().with_clauses(deal(**legs)).inputs()
    assert np.isfinite(neighbours().with_clauses(deal(**legs, rates={"KGS": 87.45, "KZT": 505})).inputs()["row_bound"].values).all()
