"""Prices are honest: both sides, the level they belong to, and how far each holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest
import xarray as xr

from tests.solve.values import level_values
from waterdeal.ask.prices import Price, Pricer, Rung, Settled, Side
from waterdeal.ask.targets import find_target, moved
from waterdeal.errors import ScenarioError
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports import as_text
from waterdeal.reports.comparison import prices_answer
from waterdeal.scenario.schema import LEVELS
from waterdeal.solve.loosened import price
from waterdeal.words import Words

OPTIONS = SolveOptions()


def two_users(supply: float, sense: str) -> Any:
    """Maximise 5 x1 + 3 x2, as it is or as a minimum of its negative."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var([1, 2], domain=pyo.NonNegativeReals)
    model.cap_a = pyo.Constraint(expr=model.x[1] <= 6)
    model.cap_b = pyo.Constraint(expr=model.x[2] <= 4)
    model.supply = pyo.Constraint(expr=model.x[1] + model.x[2] <= supply)
    gain = 5 * model.x[1] + 3 * model.x[2]
    model.gain = pyo.Objective(expr=gain if sense == "max" else -gain, sense=pyo.maximize if sense == "max" else pyo.minimize)
    return compile_model(model)


@pytest.mark.parametrize("sense", ["max", "min"])
@pytest.mark.parametrize(
    ("row", "more", "less"),
    [("supply", 0, 3), ("cap_a", 2, 5), ("cap_b", 0, 3)],
)
def test_degenerate_case(sense: str, row: str, more: float, less: float) -> None:
    """Case dual-degenerate: supply [0, 3], cap A [2, 5], cap B [0, 3], in both senses."""
    program = two_users(10, sense)
    found = price(program, ("gain",), find_target(program, f"row:{row}", None), OPTIONS)
    assert found.more.worth == pytest.approx(more, abs=1e-6)
    assert found.less.worth == pytest.approx(less, abs=1e-6)


def test_sign_as_written() -> None:
    """Case dual-sign: +3 in max form, -3 in min form, while the worth is +3 in both."""
    for sense, written in (("max", 3), ("min", -3)):
        program = two_users(8, sense)
        found = price(program, ("gain",), find_target(program, "row:supply", None), OPTIONS, ladder=False)
        assert found.more.worth == pytest.approx(3, abs=1e-6)
        assert found.change_of_objective(sense) == pytest.approx(written, abs=1e-6)


def test_ranges_and_ladder() -> None:
    """Supply 8: 3 a unit for two units more (caps full) and two less (x2 dry); the ladder is re-solved."""
    program = two_users(8, "max")
    found = price(program, ("gain",), find_target(program, "row:supply", None), OPTIONS)
    assert found.more.holds_for == pytest.approx(2, abs=1e-3)
    assert found.less.holds_for == pytest.approx(2, abs=1e-3)
    gains = {round(rung.change, 6): rung.gain for rung in found.rungs}
    assert gains[1.0] == pytest.approx(3)
    assert gains[10.0] == pytest.approx(6)
    assert gains[-1.0] == pytest.approx(-3)
    assert gains[0.8] == pytest.approx(2.4)


def test_water_is_worth_something_in_a_dry_season() -> None:
    """One more hm3 at the dam lowers a level; one less raises it as much; and a level is named."""
    inputs = two_party_inputs()
    program = compile_model(build_model(inputs))
    pricer = Pricer(program, LEVELS, OPTIONS)
    found = pricer.price(find_target(program, "balance:upper_dam,2026-04-D1", inputs), ladder=False)
    assert found.more.level in LEVELS
    assert found.more.worth > 0
    assert found.less.worth >= found.more.worth - 1e-6
    same = pricer.price(find_target(program, "storage_initial:upper_dam", inputs), ladder=False)
    assert same.more.worth == pytest.approx(found.more.worth)


@pytest.mark.parametrize(
    "name",
    ["capacity:fields_head,2026-07-D1", "storage_max:upper_dam,2026-06-D1", "limit:low_growing", "requirement:fields,2026-07-D1"],
)
def test_price_is_the_slope_of_the_value(name: str) -> None:
    """Whatever is priced, the values at a small change lie on the line told."""
    inputs = two_party_inputs()
    program = compile_model(build_model(inputs))
    target = find_target(program, name, inputs)
    found = price(program, LEVELS, target, OPTIONS, ladder=False)
    base, near = level_values(program, LEVELS, OPTIONS), level_values(moved(program, target, 0.01), LEVELS, OPTIONS)
    assert base is not None
    assert near is not None
    level = LEVELS.index(found.more.level) if found.more.level else 0
    assert (base[level] - near[level]) / 0.01 == pytest.approx(found.more.worth, abs=1e-3)


@pytest.mark.parametrize(
    "name", ["nothing:x", "limit:low_grwing", "balance:upper_dm,2026-04-D1", "capacity:fields_head,2027-01-D1", "row:none"]
)
def test_unknown_targets_are_named(name: str) -> None:
    """What is not there is said, with the nearest that is."""
    inputs = two_party_inputs()
    with pytest.raises(ScenarioError, match="is not there"):
        find_target(compile_model(build_model(inputs)), name, inputs)


def test_what_is_not_proven_is_marked() -> None:
    """A price, a range without a plan and a change of the ladder that only lines give have a mark, and the mark is told; so is tolerance."""
    proven, lines = Side("irrigation", 3.0, 2.0, proven=True), Side("irrigation", 3.0, 2.0, proven=False)
    end = Settled(2.0, 6.0, "irrigation", 6.0, agrees=True, reached=9.0)
    none = Side(None, 0.0, 0.0, infeasible=True, proven=False)
    told = {
        key: as_text.told(prices_answer([Price("limit:low", "hm3", 5.0, *sides, rungs, "", ends)], xr.Dataset(), "en", ends=False))
        for key, sides, rungs, ends in (
            ("proven", (proven, proven), (), (end,)),
            ("lines", (proven, lines), (Rung(1.0, "irrigation", 3.0, proven=False),), ()),
            ("none", (none, proven), (), ()),
            ("exact", (replace(proven, proven=None),) * 2, (), ()),
        )
    }
    words = Words("en")
    assert {key: text.count(" *") for key, text in told.items()} == {"proven": 1, "lines": 3, "none": 2, "exact": 0}  # one where it is told
    for key, word, due in (("proven", "price.tolerant", True), ("lines", "price.on_lines", True), ("exact", "price.proven", False)):
        assert (words.text(word) in " ".join(told[key].split())) == due
