"""Every printed cell is within one unit of its last digit of the plan, in every table, and totals are sums of what is printed."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.drafts import solve
from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.accounts.compensation import Compensation
from waterdeal.accounts.party import WORTHS, party_accounts
from waterdeal.reports import accounts as accounts_module
from waterdeal.reports import as_text, controlled, edition, hindcast, tracking
from waterdeal.reports.batch import FIGURES, _printed
from waterdeal.reports.document import answer
from waterdeal.reports.quantity import Teller
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.sought import printed_releases
from waterdeal.reports.tables import make_tables
from waterdeal.reports.why import why_answer
from waterdeal.results.compare import as_printed, compare_plans
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.drafts import Draft
    from waterdeal.reports.table import Table

#: decimals that stand for the plan itself
EXACT = 5


@contextmanager
def exact_figures() -> Iterator[None]:
    """Print all figures with more decimals than rounding could move."""
    with pytest.MonkeyPatch.context() as patch:
        for module in [module for name, module in sys.modules.items() if name.startswith("waterdeal.reports")]:
            for name in ("VOLUME", "RATE", "PERCENT", "LEVEL"):
                if isinstance(getattr(module, name, None), int):
                    patch.setattr(module, name, EXACT)
            if hasattr(module, "round_controlled") and module is not controlled:
                patch.setattr(module, "round_controlled", lambda values, _printed, digits, _off=None: np.round(values, digits))
        kinds = {key: (EXACT if digits else digits, *more) for key, (digits, *more) in edition.KINDS.items()}
        patch.setattr(edition, "KINDS", kinds)
        yield


#: how a table tells that no rounding brings all its sums within one unit
_FURTHEST = re.compile(r"the furthest is ([0-9.]+) units")


def cells_off(plan: xr.Dataset) -> list[Any]:
    """Cells of all tables that are more than one unit of their last digit off, or than a note of theirs tells, and totals that are no sums."""
    usual = make_tables(plan, "en")
    with exact_figures():
        exact = make_tables(plan, "en")
    assert [(table.name, len(table.rows)) for table in usual] == [(table.name, len(table.rows)) for table in exact]
    found: list[Any] = [gap for table in usual for gap in table.gaps()]
    for table, fine in zip(usual, exact, strict=True):
        units = max([1.0, *(float(said[1]) for note in table.notes if (said := _FURTHEST.search(note)))])
        for row, (cells, due) in enumerate(zip(table.rows, fine.rows, strict=True)):
            for cell, value, column in zip(cells, due, table.columns, strict=True):
                assert isinstance(cell, float) == isinstance(value, float), (table.name, row, column.heading)
                if isinstance(cell, float) and isinstance(value, float) and column.digits is not None:
                    wide = abs(cell - value) >= units * 10.0**-column.digits + 2 * 10.0**-EXACT
                    found += [(table.name, row, column.heading, cell, value)] if wide else []
    return found


@pytest.mark.parametrize("name", ["dry_plan", pytest.param("year_plan", marks=pytest.mark.thorough)])
def test_every_cell_of_a_bundled_plan(name: str, request: pytest.FixtureRequest) -> None:
    """Two seasons, in million m3, m3/s, GWh, metres and per cent; so sheets in two units agree."""
    assert cells_off(request.getfixturevalue(name)) == []


@examples(2, thorough=60)
@given(river=rivers())
def test_every_cell_of_random_plans(river: Draft) -> None:
    """On random rivers."""
    assert cells_off(solve(river.inputs())) == []


MONEY = st.floats(-5e4, 5e4)


@given(st.lists(st.tuples(MONEY, MONEY), min_size=2, max_size=7), st.integers(1, 6))
def test_what_is_compared_adds_up(benefits: list[tuple[float, float]], upstream: int) -> None:
    """Apart, together and change of each party and of all; transfers come to nothing."""
    parties = [f"p{k}" for k in range(len(benefits))]
    apart, together = (pd.DataFrame({"benefit": list(side)}, index=parties) for side in zip(*benefits, strict=True))
    found = Compensation(tuple(parties[: min(upstream, len(parties) - 1)]), apart, together, {})
    printed = accounts_module._compared(found)
    due = np.column_stack([apart, together, together - apart])
    assert np.abs(printed[:, :3] - np.vstack([due, due.sum(axis=0)])).max() < 0.01 * (1 + 1e-6)
    assert printed[:-1].sum(axis=0) == pytest.approx(printed[-1], abs=1e-6)
    assert printed[:, 1] - printed[:, 0] == pytest.approx(printed[:, 2], abs=1e-6)
    if found.has_room:
        assert printed[-1, 3] == 0
        assert printed[:-1, 3] == pytest.approx(found.transfers(found.equal_split).to_numpy(), abs=0.0101)


@given(st.lists(st.tuples(*[MONEY] * len(WORTHS), st.floats(0, 900), st.floats(0, 900)), min_size=1, max_size=6))
def test_accounts_add_up(rows: list[tuple[float, ...]]) -> None:
    """Worths make the benefit, and what is delivered and short the requirement; each within one unit."""
    table = pd.DataFrame(rows, columns=[*WORTHS, "delivery", "shortage"])
    table["benefit"], table["requirement"] = table[list(WORTHS)].sum(axis=1), table["delivery"] + table["shortage"]
    table = table.assign(**dict.fromkeys(("consumption", "flow_missing", "energy", "winter_energy", "unserved", "cropped"), 0.0))
    printed = accounts_module._as_printed(table)
    assert printed[list(WORTHS)].sum(axis=1).to_numpy() == pytest.approx(printed["benefit"].to_numpy(), abs=1e-6)
    assert (printed["delivery"] + printed["shortage"]).to_numpy() == pytest.approx(printed["requirement"].to_numpy(), abs=1e-6)
    for name in printed:
        unit = 0.01 if name in {*WORTHS, "benefit"} else 0.1
        assert np.abs(printed[name] - table[name]).max() < unit * (1 + 1e-6), name


def test_accounts_of_a_plan_are_those_of_its_tables(dry_plan: xr.Dataset) -> None:
    """Printed accounts of the dry season are within one unit of the plan's."""
    table = party_accounts(dry_plan)
    printed = accounts_module._as_printed(table)
    assert np.abs(printed - table[printed.columns]).to_numpy().max() < 0.1


@given(st.lists(st.tuples(*[st.floats(0, 9e3)] * 3), min_size=1, max_size=9))
def test_differences_of_plans_are_those_of_what_is_printed(rows: list[tuple[float, ...]]) -> None:
    """Three plans side by side: each difference is of the figures beside it, and within one unit of the true one."""
    table = pd.DataFrame(rows, columns=["a", "b", "c"])
    table["b - a"], table["c - a"] = table["b"] - table["a"], table["c"] - table["a"]
    printed = as_printed(table, 1)
    for name in ("b", "c"):
        assert (printed[name] - printed["a"]).to_numpy() == pytest.approx(printed[f"{name} - a"].to_numpy(), abs=1e-6)
    assert np.abs(printed - table).to_numpy().max() <= 0.1 * (1 + 1e-6)


def test_plans_that_are_compared_keep_their_columns(dry_plan: xr.Dataset) -> None:
    """The table of a plan with itself: no difference is printed."""
    table = compare_plans({"one": dry_plan, "same": dry_plan})["party"]
    printed = as_printed(table, 1)
    assert list(printed.columns) == ["one", "same", "same - one"]
    assert (printed["same - one"] == 0).all()


def test_what_cannot_be_rounded_is_told(dry_plan: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sum stays further off, a line below the tables says by how much."""

    def furthest(values: Any, printed: Any, digits: int, off: list[float] | None = None) -> Any:
        if off is not None:
            off.append(1.7)
        return np.round(values, digits)

    told = {table.name: table.notes for table in make_tables(dry_plan, "en")}
    assert not any("Rounding:" in note for notes in told.values() for note in notes)
    monkeypatch.setattr("waterdeal.reports.edition.round_controlled", furthest)
    told = {table.name: table.notes for table in make_tables(dry_plan, "en")}
    assert any("the furthest is 1.7 units off" in note for note in told["deliveries"])


def test_a_sum_that_no_rounding_meets_is_found() -> None:
    """Three halves of which each two make one: of two there must be one up and one down, which three cannot be."""
    off: list[float] = []
    pairs = controlled.Sums(1 - np.eye(3), np.ones((1, 1)))
    controlled.round_controlled(np.full((3, 1), 0.5), [pairs], 0, off)
    assert off == [1.0]
    controlled.round_controlled(np.full((2, 1), 0.5), [controlled.Sums(np.ones((1, 2)), np.ones((1, 1)))], 0, off)
    assert off == [1.0]


def _numbers(text: str) -> list[float]:
    """Numbers of a line in English, with the minus of the language."""
    found = re.findall(r"[-\u2212]?\d[\d,]*(?:\.\d+)?", text)
    return [float(number.replace(",", "").replace("\u2212", "-")) for number in found]


VOLUMES = st.floats(0, 9e3)


@given(st.lists(st.tuples(VOLUMES, st.floats(0, 1), st.one_of(st.just(0.0), st.floats(0, 90))), min_size=1, max_size=6))
def test_what_a_batch_prints_as_short_is_short(rows: list[tuple[float, float, float]]) -> None:
    """What is required less what is delivered, as both are printed; unless fields get more than theirs, within one unit of the plan."""
    table = pd.DataFrame(dict.fromkeys(FIGURES, 0.0), index=range(len(rows)))
    required, share, more = (np.array(side) for side in zip(*rows, strict=True))
    table["requirement"], table["delivery"] = required, required * share + more
    table["shortage"] = required * (1 - share)
    printed = _printed(table)
    for name, (_, _, factor) in FIGURES.items():
        assert np.abs(printed[name] - factor * table[name]).max() <= 0.1 * (1 + 1e-6), name
    adds = more == 0
    assert (printed["delivery"] + printed["shortage"])[adds].to_numpy() == pytest.approx(printed["requirement"][adds].to_numpy(), abs=1e-6)


@given(st.lists(st.tuples(VOLUMES, VOLUMES), min_size=1, max_size=36), st.booleans())
def test_releases_of_a_goal_add_up(rows: list[tuple[float, float]], had: bool) -> None:
    """Steps make the volume told, and each change is that of the figures beside it; all within one unit."""
    before, after = (xr.Dataset({"release": (("reservoir", "time"), [side])}, {"reservoir": ["dam"]}) for side in zip(*rows, strict=True))
    columns = printed_releases(cast("Any", SimpleNamespace(before=before if had else None, after=after, reservoir="dam")))
    due = {"base": before, "changed": after, "difference": after - before}
    for name, cells in columns.items():
        true = due[name]["release"].values[0]
        assert np.abs(cells - true).max() <= 0.1 * (1 + 1e-6), name
        assert abs(cells.sum() - true.sum()) <= 0.1 * (1 + 1e-6), name
    if had:
        assert columns["changed"] - columns["base"] == pytest.approx(columns["difference"], abs=1e-6)


@given(st.floats(0, 2e4))
def test_what_the_other_rule_gives_is_told_beside_the_table(dry_plan: xr.Dataset, fresh: float) -> None:
    """The change is that from what the table of parties prints, and both are within one unit."""
    told = {"sharing": "least_shortage", "delivery": {"UZ": fresh}}
    shown = edition.Edition(dry_plan.assign_attrs(other_sharing=json.dumps(told)), Words("en"))
    given_now = next(row[2] for row in _parties(shown.results) if row[0] == "Uzbekistan")
    line = next(line for line in sharing_lines(shown) if line.strip().startswith("Uzbekistan"))
    value, change = _numbers(line.replace("+", ""))[:2]
    true = float(dry_plan["delivery"].values[shown.receivers == "UZ"].sum())
    assert value - change == pytest.approx(given_now, abs=1e-6)
    assert abs(value - fresh) < 0.1 * (1 + 1e-6)
    assert abs(change - (fresh - true)) < 0.1 * (1 + 1e-6)


def _parties(results: xr.Dataset) -> list[Any]:
    """Rows of the table of parties."""
    return next(list(table.rows) for table in make_tables(results, "en") if table.name == "parties")


@given(VOLUMES, st.floats(0, 1))
def test_what_is_missing_to_a_delivery_is_told_beside_it(required: float, share: float) -> None:
    """In what `why` says, what is required is what is delivered and what is missing."""
    told = {"demand": "fields", "steps": ("2026-04-D1",), "required": required, "delivered": share * required, "wished": 1.0, "tied": True}
    worth = SimpleNamespace(more=SimpleNamespace(level=None, proven=True))
    document = why_answer(SimpleNamespace(**told), worth, ("fields", "2026-04-D1"), xr.Dataset(attrs={"names": "{}"}), "en")
    first = as_text.told(document).splitlines()[0]
    asked, given_now, missing = _numbers(first.partition(": ")[2])
    assert asked == pytest.approx(given_now + missing, abs=1e-6)
    assert abs(missing - (1 - share) * required) <= 0.1 * (1 + 1e-6)


def _last(table: Table) -> str:
    """Last line of a table as it is told."""
    return as_text.told(answer("table", "en", [table])).splitlines()[-1]


BALANCE = ("release", "withdrawn", "evaporation", "seepage", "change", "unclosed")


@given(st.lists(st.floats(-900, 9e3), min_size=6, max_size=6))
def test_balances_of_a_hindcast_close_as_printed(parts: list[float]) -> None:
    """What came is the sum of what left, stayed and does not close, each within one unit."""
    assume(sum(parts) > 1)
    row = {"reservoir": "dam", "season": "2006 growing", "inflow": sum(parts), **dict(zip(BALANCE, parts, strict=True)), "share": 0.0}
    line = _last(hindcast._balances(pd.DataFrame([row]), Teller(Words("en"), {})))
    came, *told, _ = _numbers(line.partition("2006,")[2])
    assert came == sum(told)
    assert np.abs(np.array([came, *told]) - [sum(parts), *parts]).max() < 1 + 1e-6


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 900)), min_size=1, max_size=5))
def test_plan_actual_and_difference_agree(rows: list[tuple[float, float]]) -> None:
    """The difference to date is that of the two figures beside it, and within one unit of the true one."""
    steps = pd.DataFrame(rows, columns=["plan", "actual"]).assign(
        clause="floor", quantity="flow", place="out", source="agency", status="ok"
    )
    line = _last(tracking._to_date(steps, Teller(Words("en"), {})))
    plan, actual, *_, apart, count = _numbers(line)
    assert (count, apart) == (len(rows), pytest.approx(actual - plan, abs=1e-6))
    assert abs(apart - (steps["actual"].sum() - steps["plan"].sum())) <= 0.1 + 1e-6
