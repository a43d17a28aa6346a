"""What is said of shares: the rule in every table of deliveries, what the other would give, and what a lossy canal costs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.solve.test_sharing import pool, with_rule
from tests.thorough import diagonal
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.edition import Edition
from waterdeal.reports.sharing import river_factors, sharing_lines
from waterdeal.reports.text import summary_text
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.other_rule import other_deliveries
from waterdeal.solve.single import Passes
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.reports.table import Table


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_every_table_of_deliveries_says_the_rule(dry_tables: dict[str, tuple[Table, ...]], dry_plan: xr.Dataset, language: str) -> None:
    """The parties, the deliveries and their rates."""
    rule = Words(language).text("sharing.equal_ratio")
    told = {table.name for table in dry_tables[language] if rule in table.notes}
    assert {"parties", "deliveries", "delivery_rates", "shared_canals", "shared_canal_rates"} <= told
    assert rule.split(":")[0] in summary_text(dry_plan, language)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_a_rule_that_nobody_chose_is_told_as_such(dry_plan: xr.Dataset, language: str) -> None:
    """With the steps that it weighs."""
    plan = dry_plan.assign_attrs(sharing="least_shortage", sharing_chosen=0, other_sharing="{}")
    rule, nobody, _, eased = sharing_lines(Edition(plan, Words(language)))
    assert "1 : 3 : 10" in rule
    assert nobody == Words(language).text("sharing.not_chosen")
    assert eased == Words(language).text("sharing.eased", points=Words(language).number(1.0, 1))


def lossy() -> tuple[xr.Dataset, xr.Dataset]:
    """Inputs and plan of two users who claim 40 each of 60 of water; half of what one canal takes is lost."""
    inputs = with_rule(pool({"a": 40.0, "b": 40.0}, 60.0, a={"loss_fraction": 0.5}).inputs(), "equal_ratio")
    return inputs, solve_inputs(inputs, USUAL_LEVELS, SolveOptions())


def test_what_a_lossy_canal_costs_is_told() -> None:
    """Two leave the river for each one delivered: 20 for the others."""
    _, plan = lossy()
    assert river_factors(plan) == pytest.approx([2.0, 1.0])
    told = sharing_lines(Edition(plan, Words("en")))[-1]
    assert told.startswith("a: for each unit delivered 2.00 leave the river")
    assert "20.0 million m³" in told


def test_what_the_other_rule_would_give() -> None:
    """A line a party, with the change and both shares; the same in all as a plan by that rule."""
    inputs, plan = lossy()
    plan.attrs["other_sharing"] = other_deliveries(inputs, plan, Passes(USUAL_LEVELS, SolveOptions()))
    other = json.loads(plan.attrs["other_sharing"])
    due = solve_inputs(with_rule(inputs, "least_shortage"), USUAL_LEVELS, SolveOptions())
    assert other["sharing"] == "least_shortage"
    assert list(other["delivery"].values()) == pytest.approx(due["delivery"].values.sum(axis=1).tolist(), abs=1e-6)
    lines = sharing_lines(Edition(plan, Words("en")))
    assert len([line for line in lines if "instead of 50.0 %" in line]) == 2


def test_nothing_missing_is_nothing_to_share() -> None:
    """Then the other rule is not asked."""
    inputs = pool({"a": 10.0, "b": 10.0}, 60.0).inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    assert np.allclose(plan["shortage"].values, 0)
    assert other_deliveries(inputs, plan, Passes(USUAL_LEVELS, SolveOptions())) == "{}"
