"""Releases held to what was ever recorded in their month, by hand: counted and told, never refused, and only where asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import draft
from tests.thorough import diagonal
from waterdeal.basin.make import make_basin
from waterdeal.errors import ScenarioError
from waterdeal.examples import monthly
from waterdeal.lp.options import SolveOptions
from waterdeal.reports.edition import Edition
from waterdeal.reports.records import record_lines
from waterdeal.results.audit import audit
from waterdeal.results.records import held_against_record
from waterdeal.run import solve_inputs
from waterdeal.solve.kept import KeptModel
from waterdeal.tracking.remainder import remaining_inputs
from waterdeal.variables import levels_of
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

LEVELS = ("safety", "spillway", "environment", "operation", "benefit")
#: hm3 of one m3/s over ten days
DEKAD = 0.864


def recorded(month: int, least: float, greatest: float, step: str = "10-day", n: int = 10) -> dict[str, Any]:
    """A row of what the dam was recorded to let out."""
    told = {"place": "dam", "quantity": "release", "unit": "m3/s", "n": n, "years": "2001-2010", "status": "assumed", "source": "example"}
    return {**told, "month": month, "step": step, "least": least, "q05": least, "median": least, "q95": greatest, "greatest": greatest}


#: greater in August than in September, and August as a month within its dekads
ROWS = (recorded(8, 150, 400), recorded(8, 180, 350, "month"), recorded(9, 30, 120), recorded(9, 30, 110, "month"))


def dam(*, held: bool = True, water: float = 1200.0, floor: float = 0.0, rows: tuple[dict[str, Any], ...] = ROWS) -> Draft:
    """A dam whose water of 1,200 m3/s dekads all goes in August and September; the even way is 200 in each of six dekads."""
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        scenario={
            "period": {"start": "2026-08-01", "end": "2026-10-01", "step": "dekad"},
            "reservoir": {"dam": {"initial": 1800, "terminal": {"rule": "at_least", "storage": 1800 - DEKAD * water}}},
            "objective": {"levels": list(LEVELS), "give": 0},
            "operation": {"ramp_share": 0, **({"within_record": True} if held else {})},
        },
        records=list(rows),
        flow_requirements=monthly("flow_requirement", "delta", "flow_m3s", [floor] * 12, link="out", kind="environmental"),
    )
    due = {"kind": "min_volume", "id": "all", "at": "out", "party": "A", "to": "A", "value": DEKAD * water, "source": "test", "status": "assumed"}
    return river.with_clauses(due)


def planned(river: Draft) -> tuple[xr.Dataset, list[float]]:
    """Plan a river, audit the plan, and return the rates of its release."""
    plan = solve_inputs(river.inputs(), LEVELS, SolveOptions())
    audit(plan).raise_if_bad()
    return plan, plan["discharge"].sel(link="out").values.tolist()


def test_a_release_keeps_to_its_months() -> None:
    """1,200 m3/s in six dekads, eight of August's 31 days in its last by a tenth more: 110 are the most of September, the rest is August's."""
    plan, rates = planned(dam())
    assert rates[3:] == pytest.approx([110] * 3, abs=1e-5)
    assert rates[:3] == pytest.approx([(1200 - 330) / 3.1] * 3, abs=1e-5)
    assert held_against_record(plan).outside == []
    assert plan["release_outside"].values.max() == pytest.approx(0, abs=1e-9)


def test_without_the_key_the_fewest_changes_decide() -> None:
    """One rate all the time, whatever was ever let out in September."""
    plan, rates = planned(dam(held=False))
    assert rates == pytest.approx([1200 / 6.1] * 6, abs=1e-5)
    assert {found.when for found in held_against_record(plan).outside} == {"2026-09", "2026-09-D1", "2026-09-D2", "2026-09-D3"}
    assert np.isnan(plan["record_release_least"].values).all()


def test_what_a_promise_asks_for_is_let_out_and_told() -> None:
    """A floor of 150 m3/s comes first: 40 more than in any September, each hm3 of it counts on the level, beside a fall from August to it."""
    plan, rates = planned(dam(floor=150))
    august = (1200 - 450) / 3.1
    assert rates == pytest.approx([august] * 3 + [150] * 3, abs=1e-5)
    assert plan["release_outside"].values[0] == pytest.approx([0] * 3 + [40 * DEKAD] * 3, abs=1e-6)
    assert levels_of(plan)["operation"] == pytest.approx(0.0864 * (august - 150) + 3 * 40 * DEKAD, abs=1e-5)
    forged = plan.assign(release_outside=0.5 * plan["release_outside"])
    assert not audit(forged).passed


@pytest.mark.thorough
def test_less_than_ever_is_outside_too() -> None:
    """480 m3/s dekads are 30 in September, the least, and 126 of the 180 of August: 54 too few."""
    plan, rates = planned(dam(water=480))
    august = (480 - 90) / 3.1
    assert rates == pytest.approx([august] * 3 + [30] * 3, abs=1e-5)
    assert plan["release_outside"].values[0] == pytest.approx([(180 - august) * DEKAD * days for days in (1, 1, 1.1)] + [0] * 3, abs=1e-5)


def test_rows_of_few_years_and_of_other_steps_hold_nothing() -> None:
    """Of four values, or of months alone where steps are dekads: no row of the model, and one rate all the time."""
    for rows in ((recorded(9, 30, 110, n=4), recorded(8, 1, 900)), (recorded(8, 180, 350, "month"), recorded(9, 30, 110, "month"))):
        plan, rates = planned(dam(rows=rows))
        assert rates == pytest.approx([1200 / 6.1] * 6, abs=1e-5)
    assert "outside" not in plan.attrs["levels"]


@pytest.mark.parametrize("count", diagonal([1, 3, 4], 4))
def test_the_rest_of_a_season_keeps_to_it(count: int) -> None:
    """From any step on the same releases, whatever months are left; what is left of the water is in the dam, so no clause is needed."""
    river = dam(floor=150).with_clauses()
    whole, rates = planned(river)
    rest = solve_inputs(remaining_inputs(river.inputs(), whole, count), LEVELS, SolveOptions())
    audit(rest).raise_if_bad()
    assert rest["discharge"].sel(link="out").values == pytest.approx(rates[count:], abs=1e-5)
    assert rest["release_outside"].values == pytest.approx(whole["release_outside"].values[:, count:], abs=1e-6)


@pytest.mark.thorough
def test_members_of_an_ensemble_are_held_to_it() -> None:
    """A kept model with other water lets out what a model made anew would."""
    river = dam().with_clauses()
    inputs = river.inputs()
    water = inputs["runoff"].values + 300 * DEKAD / len(inputs["node"])
    kept = KeptModel(inputs, LEVELS, SolveOptions(), ("runoff",))
    found = kept.session.program.values_of("flow", kept.solve({"runoff": water}).values)
    anew = solve_inputs(inputs.assign(runoff=inputs["runoff"].copy(data=water)), LEVELS, SolveOptions())
    assert found == pytest.approx(anew["flow"].values.ravel(), abs=1e-5)
    assert np.asarray(anew["discharge"].sel(link="out").values[3:]).max() <= 110 + 1e-6


def test_a_basin_without_releases_in_its_record_is_refused() -> None:
    """There is nothing to keep to."""
    with pytest.raises(ScenarioError, match="no record of releases"):
        dam(rows=()).inputs()
    assert make_basin("draft", dam().tables).table("records").shape[0] == len(ROWS)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_it_is_told_in_every_language(language: str) -> None:
    """How much is outside in all, beside what was compared; nothing where the key is off."""
    lines = record_lines(Edition(planned(dam(floor=150))[0], Words(language)))
    assert any("103" in line for line in lines)
    assert len(lines) == 1 + len(record_lines(Edition(planned(dam(floor=150, held=False))[0], Words(language))))
