"""The settlement of a contract: hand-solved months of a dam above fields, what is missing, several senders, and the rest planned anew."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agreement.kinds import river
from tests.agreement.test_made_up import release, volume
from tests.commands import call
from tests.contract.river import DEAL, case
from tests.drafts import Draft
from tests.model.trade import line, mw, neighbours
from tests.scenario.test_trade import deal, late
from tests.thorough import diagonal, examples
from waterdeal.accounts.party import party_accounts
from waterdeal.lp.options import SolveOptions
from waterdeal.reports import as_text
from waterdeal.reports.kinds import report
from waterdeal.reports.tables import make_tables
from waterdeal.reports.text import summary_text
from waterdeal.reports.tracking import tracking_answer
from waterdeal.run import solve_inputs
from waterdeal.run_folder import Run
from waterdeal.tracking.follow import Tracking, follow
from waterdeal.tracking.replan import replan
from waterdeal.tracking.settlement import Settlement, settle

if TYPE_CHECKING:
    import xarray as xr

#: hm3 of April at a rate of one m3/s
APRIL = 2.592
#: 300 GWh of March at 0.03 million dollars, coal at home for 100 t, and 300 hm3 of April
PRICED = {**DEAL, "sent": {**DEAL["sent"], "price": 0.03}, "fuel": {"tonnes": 100, "goods": "coal", "months": [3]}}


@cache
def agreed() -> Run:
    """Plan of the contract, made once."""
    with TemporaryDirectory() as folder:
        made = case(Path(folder), PRICED)
        return Run(made.inputs, made.solve().dataset)


def readings(*rows: tuple[str, str, int, float], source: str = "meter") -> pd.DataFrame:
    """Readings of whole months of 2026: place, quantity, month, value in GWh, m3/s or hm3."""
    return pd.DataFrame([
        {"place": place, "quantity": quantity, "value": float(value), "source": source, "start": date(2026, month, 1), "end": date(2026, month + 1, 1)}
        for place, quantity, month, value in rows
    ])  # fmt: skip


def settled(plan: xr.Dataset, *rows: tuple[str, str, int, float]) -> Settlement:
    """Follow a plan and settle it."""
    return settle(plan, follow(plan, readings(*rows)))


def test_an_invoice_by_hand() -> None:
    """250 of 300 GWh and 240 of 300 hm3 came, an hm3 for a GWh: 50 and 60 are missing, 7.5 million dollars are due, and A is 10 behind."""
    found = settled(agreed().results, ("b_a", "energy", 3, 250), ("out", "flow", 4, 240 / APRIL))
    rows = found.invoice.set_index("leg")
    assert rows.loc[["sent", "release"], "agreed"].tolist() == pytest.approx([300, 300])
    assert rows.loc[["sent", "release"], "difference"].tolist() == pytest.approx([-50, -60])
    assert rows.loc[["sent", "release"], "against"].tolist() == pytest.approx([-50, -60])
    assert rows.loc["sent", ["month", "party", "to", "unit", "status"]].tolist() == ["2026-03", "B", "A", "GWh", "under"]
    assert rows.loc["sent", ["price", "money"]].tolist() == pytest.approx([0.03, 7.5])
    accounts = found.account.set_index("leg")
    assert accounts.loc[["sent", "release"], "owed"].tolist() == pytest.approx([50, 60])
    assert accounts.loc["sent", ["due", "overdue"]].tolist() == ["2026-04-01", True]
    assert found.standing[["rate", "water", "energy", "net"]].to_numpy().tolist() == [pytest.approx([1, -60, -50, 10])]
    assert found.standing["behind"].tolist() == ["A"]
    assert found.record()["account"][0]["owed"] == pytest.approx(50)


def test_a_run_tells_who_sends_what_by_month() -> None:
    """300 GWh of March for 9 million dollars, 300 hm3 of April, and coal that is not in the balance; months add up."""
    table = next(table for table in make_tables(agreed().results, "en") if table.name == "contract")
    assert not table.gaps()
    assert [column.full_heading for column in table.columns[1:]] == [
        "energy sent: B → A, GWh", "paid by A, million USD", "release: A → B, million m³", "fuel: B → A (not in the balance), t",
    ]  # fmt: skip
    rows = {str(row[0]): row[1:] for row in table.rows}
    assert rows["March 2026"] == (300.0, 9.0, None, 100.0)
    assert rows["April 2026"] == (None, None, 300.0, None)
    assert rows["Total"] == (300.0, 9.0, 300.0, 100.0)
    assert list(rows) == ["March 2026", "April 2026", "Total"]
    assert "paid by A" in summary_text(agreed().results, "en")
    assert party_accounts(agreed().results)["power_trade"].to_dict() == pytest.approx({"A": -9, "B": 9})


def test_a_year_as_planned_leaves_nothing_owed() -> None:
    """Where all came as the plan has it, accounts are what the plan produced, and no side is behind."""
    plan = agreed().results
    energy, water = float(plan["power_received"].sum()), float(plan["flow"].sel(link="out").values[1])
    found = settled(plan, ("b_a", "energy", 3, energy), ("out", "flow", 4, water / APRIL))
    assert found.account["delivered_to_date"].dropna().tolist() == pytest.approx([energy, water])
    assert found.account["owed"].tolist() == [0, 0, 0]
    assert found.standing["behind"].tolist() == [""]
    assert "Nothing of the contract is owed." in report(found, "settlement").render("txt").decode()


def test_a_leg_outside_the_balance_is_said_to_be_so() -> None:
    """Coal is agreed for March and measured by nobody: no figure stands for it, in no language is it shown as come."""
    found = settled(agreed().results, ("b_a", "energy", 3, 300))
    coal = found.invoice[found.invoice["leg"] == "fuel"].iloc[0]
    assert (coal["agreed"], coal["status"], coal["carried"]) == (pytest.approx(100), "not_in_balance", False)
    assert np.isnan(coal["delivered"])
    told = report(found, "settlement").render("txt").decode()
    assert "fuel: B → A (not in the balance)" in " ".join(told.split())


def test_a_month_without_a_reading_is_told_and_never_filled() -> None:
    """April was measured and March was not: nothing is owed of March, and nothing credited."""
    found = settled(agreed().results, ("out", "flow", 4, 300 / APRIL))
    row = found.account.set_index("leg").loc["sent"]
    assert row[["delivered_to_date", "balance", "to_come"]].isna().all()
    assert (row["owed"], row["missing"]) == (0, "2026-03")
    assert found.invoice.set_index("leg").loc["sent", "status"] == "missing"
    assert "energy sent: B → A in March 2026" in report(found, "settlement").render("txt").decode()


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "ru"))
def test_the_page(language: str) -> None:
    """Every figure of the invoice stands on it as printed, in each language."""
    found = settled(agreed().results, ("b_a", "energy", 3, 250.04), ("out", "flow", 4, 240 / APRIL))
    page = report(found, "settlement", language)
    invoice = next(block for block in page.blocks if getattr(block, "name", "") == "settlement_invoice")
    sent = next(row for row in invoice.rows if row[2] == 300.0 and row[3] == 250.0)
    assert sent[4] == -50.0
    assert page.render("txt").decode().count("(") >= 1


MONTHS = (3, 4, 5)


@cache
def monthly() -> Run:
    """Plan in which B sends 100, 60 and 40 GWh in March, April and May."""
    by_month = {"by_month": {str(month): energy for month, energy in zip(MONTHS, (100.0, 60.0, 40.0), strict=True)}}
    with TemporaryDirectory() as folder:
        made = case(Path(folder), {**DEAL, "sent": by_month})
        return Run(made.inputs, made.solve().dataset)


@examples(8, 200)
@given(st.tuples(*[st.none() | st.floats(0, 200)] * 3).filter(lambda came: came[-1] is not None))
def test_accounts_add_up_to_what_was_measured(came: tuple[float | None, ...]) -> None:
    """Whatever came and whichever months were measured, the account is their sum, and what is owed no more than what is missing to them."""
    rows = [("b_a", "energy", month, value) for month, value in zip(MONTHS, came, strict=True) if value is not None]
    found = settled(monthly().results, *rows)
    account = found.account.set_index("leg").loc["sent"]
    due = sum(energy for energy, value in zip((100, 60, 40), came, strict=True) if value is not None)
    total = sum(row[3] for row in rows)
    assert account[["delivered_to_date", "agreed_to_date"]].tolist() == pytest.approx([total, due])
    assert account["owed"] == pytest.approx(max(due - total, 0), abs=2e-3)
    assert len(account["missing"].split()) == len(MONTHS) - len(rows)
    assert np.nansum(found.invoice.loc[found.invoice["leg"] == "sent", "delivered"]) == pytest.approx(total)


@pytest.mark.thorough
def test_several_senders_answer_together() -> None:
    """B and C are to send 3.6 by the plan; what one sends beyond its part is not owed by the other."""
    lines = [*line("b_a", "B", "A", limit_mw=mw(2)), *line("c_a", "C", "A", limit_mw=mw(2))]
    period = {"start": "2026-01-01", "end": "2026-02-01", "step": "month"}
    leg = {"sent": {"amount": 60.0, "months": [1]}, "money": {"amount": 1, "months": [1]}, "to": ["B", "C"], "end": None}
    three = neighbours(lines=lines, period=period, hydrology={"year_class": "mean"})
    plan = solve_inputs(Draft(three.tables, three.content, {}, (deal(**leg),)).inputs(), ("benefit",), SolveOptions())
    for own, other, owed in ((30.0, 30.0, 0.0), (20.0, 30.0, 10.0)):
        both = pd.concat([readings(("b_a", "energy", 1, own), source="one"), readings(("c_a", "energy", 1, other), source="two")])
        tracking = follow(plan, both)
        found = settle(plan, tracking)
        sent = found.account[found.account["leg"] == "sent"]
        assert sent["party"].tolist() == ["B", "C"]
        assert sent["agreed_to_date"].sum() == pytest.approx(60)
        assert sent["owed"].sum() == pytest.approx(owed, abs=1e-6)
        assert set(tracking.steps["source"]) == {"one+two"}


def test_what_is_made_up_is_owed_at_its_rate_by_its_day() -> None:
    """Two of three came in January: the third is owed 1.3 times by 3 February, and 0.65 of it on the next day are half of it."""
    plan = late(1.3)
    days = [("2026-01-30", 1.0), ("2026-01-31", 1.0), ("2026-02-01", 0.65)]

    def until(count: int) -> Any:
        rows = [{"place": "b_a", "quantity": "energy", "value": value, "source": "meter", "start": date.fromisoformat(day),
                 "end": (pd.Timestamp(day) + pd.Timedelta(days=1)).date()} for day, value in days[:count]]  # fmt: skip
        return settle(plan, follow(plan, pd.DataFrame(rows))).account.set_index("leg").loc["sent"]

    assert until(2)[["owed", "due", "overdue"]].tolist() == [pytest.approx(1.3, abs=1e-6), "2026-02-03", False]
    assert until(3)["owed"] == pytest.approx(0.65, abs=1e-6)
    assert until(3)["credited"] == pytest.approx(2.5)


@pytest.mark.parametrize("kind", diagonal(["release", "volume"], "release"))
def test_water_that_is_missing_is_owed_in_kind(kind: str) -> None:
    """60 of 100 hm3 passed on the first day: 60 are owed by the end of the second on top of 20; 50 of them leave 30, 80 in all nothing."""
    made_up = {"rate": 1.5, "ordinary": 20, "penalty": 0.1}
    sides = {"party": "UP", "to": "LOW"}
    clauses = [{**release(**made_up), **sides}] if kind == "release" else [{**volume(**made_up), **sides}, {**release(), **sides, "id": "deal"}]
    inputs = river().with_clauses(*clauses).inputs()
    plan = solve_inputs(inputs, ("agreement",), SolveOptions()).assign_attrs(solver_options="{}", title="made up")

    def followed(*came: float) -> Tracking:
        rows = [{"place": "out", "quantity": "flow", "value": value / 0.0864, "source": "", "start": date(2026, 4, day), "end": date(2026, 4, day + 1)}
                for day, value in enumerate(came, start=1)]  # fmt: skip
        return follow(plan, pd.DataFrame(rows))

    def owed(*came: float) -> Any:
        account = settle(plan, followed(*came)).account
        return account[(account["clause"] == "owed") & (account["unit"] == "hm3")].iloc[0]

    rest = replan(Run(inputs, plan), followed(60))
    assert rest is not None
    assert (rest.repaid, rest.missed) == (True, ())
    assert float(rest.results["flow"].sel(link="out").values[0]) >= 80 - 1e-6
    assert owed(60)[["owed", "due", "overdue"]].tolist() == [pytest.approx(60), "2026-04-03", False]
    late = owed(60, 50)
    assert late[["owed", "overdue", "balance"]].tolist() == [pytest.approx(30), True, pytest.approx(-20)]
    assert late["penalty"] == pytest.approx(20 * 0.1)
    assert owed(60, 80)[["owed", "penalty"]].tolist() == pytest.approx([0, 0])


@pytest.mark.parametrize("sent", diagonal([(70.0, 90.0, 40.0), (130.0, 30.0, 40.0), (170.0, 0.0, 30.0)], (170.0, 0.0, 30.0)))
def test_the_rest_sends_what_is_owed_and_counts_what_is_ahead(sent: tuple[float, ...]) -> None:
    """Of 100 GWh of March fewer or more came: the rest sends so much more or less with what is next due."""
    came, *due = sent
    rest = replan(monthly(), follow(monthly().results, readings(("b_a", "energy", 3, came))))
    assert rest is not None
    assert rest.repaid
    assert rest.results["power_received"].values[0, :2] == pytest.approx(due, abs=1e-6)


@pytest.mark.thorough
def test_what_nothing_makes_up_for_is_said_to_be_missed() -> None:
    """Energy of March has no later due and no rule: the rest keeps what is left, and nobody says that it is paid back."""
    came = readings(("b_a", "energy", 3, 250))
    rest = replan(agreed(), follow(agreed().results, came))
    assert rest is not None
    assert (rest.repaid, rest.missed) == (False, ("deal",))
    told = as_text.told(tracking_answer(follow(agreed().results, came), rest, agreed().results, "en", {"deal"}))
    assert "Missed for good" in told
    assert "paid back" not in told


@pytest.mark.thorough  # by default: what it tells and writes, above
def test_the_command(tmp_path: Path) -> None:
    """`track` prints, writes and returns the settlement; a meter in MW is read, and one of no known place is one error."""
    case(tmp_path, PRICED)
    run = agreed()
    _write_run(run, tmp_path / "run")
    meters = tmp_path / "meters.csv"
    meters.write_text(f"place,quantity,date,value,unit\nb_a,energy,2026-03,{250 / 31 / 0.024},MW\nout,flow,2026-04,100,m3/s\n", encoding="utf-8")
    told = call("track", tmp_path / "run", "--actual", meters, "-o", tmp_path / "out", "--json", "--lang", "ru")
    assert told.code == 0, told.err
    sent = next(row for row in told.json["settlement"]["account"] if row["leg"] == "sent")
    assert sent["owed"] == pytest.approx(50)
    assert {"invoice.csv", "account.csv", "settlement.ru.xlsx", "settlement.ru.html"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert report(tmp_path / "out", "settlement", "ru").render("html") == (tmp_path / "out/settlement.ru.html").read_bytes()
    made = call("report", tmp_path / "out", "--kind", "settlement", "--lang", "kk,en", "--to", "docx,txt", "-o", tmp_path / "paper")
    assert made.code == 0, made.err
    assert len(list((tmp_path / "paper").iterdir())) == 4
    assert "follows no contract" in call("report", tmp_path / "run", "--kind", "settlement", "-o", tmp_path / "none").err
    (tmp_path / "out" / "plan.nc").unlink()  # measurements that leave no plan for the rest are settled too
    assert b"300" in report(tmp_path / "out", "settlement").render("txt")
    meters.write_text("place,quantity,date,value,unit\nb_b,energy,2026-03,1,GWh\nnowhere,energy,2026-03,1,GWh\n", encoding="utf-8")
    refused = call("track", tmp_path / "run", "--actual", meters)
    assert refused.code == 4
    assert "1 problem" in refused.err
    assert "nowhere" in refused.err


def _write_run(run: Run, folder: Path) -> None:
    """Write what `track` takes up of a run."""
    from waterdeal.results.store import inputs_to_bytes, to_bytes

    (folder / "sources").mkdir(parents=True)
    (folder / "plan.nc").write_bytes(to_bytes(run.results))
    (folder / "inputs.nc").write_bytes(inputs_to_bytes(run.inputs))
