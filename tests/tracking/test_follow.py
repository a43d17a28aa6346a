"""Plan against actual: April to June 2022 beside the bundled plan, debts, and the rest of the season planned anew."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from itertools import takewhile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.imports.workbooks import write_book
from tests.thorough import diagonal
from waterdeal.cli import main
from waterdeal.cli.track import _spellings
from waterdeal.imports.actual import read_actual
from waterdeal.provenance import build_id
from waterdeal.reports import as_text
from waterdeal.reports.tracking import tracking_answer
from waterdeal.results.audit import audit
from waterdeal.run import load, solve_inputs
from waterdeal.run_folder import Run
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.tracking.follow import Tracking, beyond_bounds, follow, unread_storages
from waterdeal.tracking.remainder import remaining_inputs
from waterdeal.tracking.replan import replan

ACTUAL = Path(__file__).parents[2] / "docs" / "how-to" / "track" / "actual-2022-april-june.csv"


@cache
def run(*, operated: bool = False, eased: bool = True) -> Run:
    """Plan the growing season of 2022; with an operation level, or without; with shares that `evenness` may let fall, or without."""
    overrides = [] if operated else [f"objective.levels={json.dumps(USUAL_LEVELS)}"]
    overrides += [] if eased else ["objective.evenness_give=0"]
    case = load(bundled_folder("scenarios") / "syrdarya-growing-2022.toml", overrides)
    return Run(case.inputs, case.solve().dataset)


def tracked(**changes: float) -> Tracking:
    """Follow the plan with the bundled measurements, those of some places multiplied."""
    found = read_actual(ACTUAL, _spellings(run().inputs), reservoirs=run().inputs["reservoir"].values.tolist())
    assert not found.guesses
    readings = found.readings.copy()
    for place, factor in changes.items():
        readings.loc[readings["place"] == place, "value"] *= factor
    return follow(run().results, readings)


def test_both_agencies_are_shown_with_their_difference() -> None:
    """In May 2022 Kazhydromet has 301.2 m3/s, Uzhydromet 483.7: 806.7 and 1,295.5 hm3, 488.8 apart."""
    steps = tracked().steps
    may = steps[(steps["clause"] == "shardara_schedule_2022") & (steps["step"] == "2022-05")].set_index("source")
    assert may["actual"].to_dict() == pytest.approx({"kazhydromet": 301.2 * 0.0864 * 31, "uzhydromet": 483.7 * 0.0864 * 31})
    assert may["spread"].tolist() == pytest.approx([182.5 * 0.0864 * 31] * 2)
    assert set(may["status"]) == {"disagree"}
    assert may.loc["kazhydromet", "plan"] == pytest.approx(350 * 0.0864 * 31)
    assert may.loc["kazhydromet", "percent"] == pytest.approx(100 * 301.2 / 350)


def test_debt_is_owed_by_whom_to_whom_until_when() -> None:
    """By Kazhydromet's readings Uzbekistan owes what is missing to the plan to date; by Uzhydromet's nothing."""
    owed = tracked().owed
    assert set(owed["source"]) == {"kazhydromet"}
    row = owed[owed["clause"] == "shardara_schedule_2022"].iloc[0]
    assert (row["party"], row["to"], row["due"]) == ("UZ", "KZ", "2022-10-01")
    measured = 0.0864 * (419.6 * 30 + 301.2 * 31 + 235.6 * 30)
    assert row["owed"] == pytest.approx(0.0864 * (450 * 30 + 350 * 31 + 300 * 30) - measured)


def test_a_russian_workbook_is_told_in_russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What `track --lang ru` prints of its guesses holds no English sentence."""
    rows = [["Гидропост", "Апрель 2022", "Всего"], ["Попуск Токтогула", 300, 300], ["Чиназ", 5, 5], ["Приток к Шардаре", "закрыт", 1]]
    monkeypatch.setattr("waterdeal.run_folder.open_run", lambda _folder: run())
    (tmp_path / "inputs.nc").touch()
    with pytest.raises(SystemExit):
        main(["track", str(tmp_path), "--actual", str(write_book(tmp_path / "a.xlsx", {"Факт": rows})), "--lang", "ru"])
    head, *lines = capsys.readouterr().out.splitlines()
    told = list(takewhile(lambda line: line.startswith("  Факт!"), lines))
    assert head == f"Прочитано с догадками ({len(told)}):"
    assert {line.split(":")[0].strip() for line in told} >= {"Факт!A2", "Факт!A3", "Факт!B4", "Факт!C1"}
    assert not re.findall(r"[a-z]{3,} [a-z]{2,}", "\n".join(told))


def test_readings_that_cannot_be_and_storages_nobody_read_are_told() -> None:
    """A flow a hundred times too large and a storage below dead are doubted; without readings of June all start as planned."""
    plan = run().results
    assert beyond_bounds(tracked().laid, plan) == []
    found = beyond_bounds(tracked(shardara_inflow=100, toktogul=0.001).laid, plan)
    assert {(one["place"], one["quantity"]) for one in found} == {("shardara_inflow", "flow"), ("toktogul", "storage")}
    assert all(one["value"] > one["bound"] or one["quantity"] == "storage" for one in found)
    unread = unread_storages(tracked(), plan)
    assert {"north_aral", "toktogul"} - set(unread) == {"toktogul"}
    told = as_text.told(tracking_answer(tracked(shardara_inflow=100), None, plan, "ru"))
    assert "за пределом" in told


def test_missing_is_never_zero() -> None:
    """A step without a reading is missing, and no debt comes from it."""
    readings = pd.DataFrame(
        [("toktogul_release", "flow", "bwo", "2022-05-01", "2022-06-01", 100.0)],
        columns=["place", "quantity", "source", "start", "end", "value"],
    )
    found = follow(run().results, readings)
    release = found.steps[found.steps["clause"] == "toktogul_release_2022"]
    assert release["status"].tolist()[0] == "missing"
    assert math.isnan(release["actual"].iloc[0])
    assert set(found.steps.loc[found.steps["clause"] == "shardara_schedule_2022", "status"]) == {"missing"}
    assert (found.owed["clause"] == "toktogul_release_2022").sum() == (release["plan"].iloc[1] > 100 * 0.0864 * 31)


def test_rest_is_planned_anew_and_repays() -> None:
    """From the measured storages the rest of the season keeps all clauses and pays back."""
    found = replan(run(), tracked())
    assert found is not None
    assert found.repaid
    assert found.results is not None
    assert found.results.attrs["build_id"] == build_id()
    assert float(found.results["storage"].sel(reservoir="toktogul")[0]) > 12_000
    payback = found.inputs["clause"].values.tolist().index("shardara_schedule_2022_payback")
    assert found.inputs["clause_kind"].values[payback] == "payback"
    rest = float(found.results["flow"].sel(link="shardara_inflow").sum())
    planned = float(run().results["flow"].sel(link="shardara_inflow")[3:].sum())
    assert rest >= planned + 376.4


def test_what_cannot_be_repaid_is_explained() -> None:
    """Where far too little came, the rest has no plan with the payback, and the clauses are named."""
    found = replan(run(), tracked(shardara_inflow=0.0, toktogul=0.85))
    assert found is not None
    assert not found.repaid
    assert found.refused is not None
    assert found.refused.clauses


@pytest.mark.parametrize("count", diagonal([1, 3, 5], 3))
def test_a_season_that_runs_as_planned_is_planned_the_same(count: int) -> None:
    """The rest, from the plan's own past, comes out as planned: nothing is lost on the way."""
    rest = remaining_inputs(run().inputs, run().results, count)
    results = solve_inputs(rest, run().levels, run().options)
    assert audit(results).passed
    for name in ("flow", "storage", "delivery"):
        assert np.abs(results[name].values - run().results[name].values[:, count:]).max() < 1e-5


@pytest.mark.parametrize("count", diagonal([1, 3], 3))
def test_a_season_with_pools_that_runs_as_planned_is_planned_the_same(count: int) -> None:
    """What has been given so far is taken off the pools, and the first step does not leap from the past."""
    whole = run(operated=True, eased=False)
    rest = remaining_inputs(whole.inputs, whole.results, count)
    results = solve_inputs(rest, whole.levels, whole.options)
    assert audit(results).passed
    for name in ("flow", "storage", "delivery"):
        assert np.abs(results[name].values - whole.results[name].values[:, count:]).max() < 1e-5


@pytest.mark.thorough  # by default: the season with pools above, and what is left of each pool by hand (`test_remaining_tolerance`)
def test_the_rest_of_an_operated_season_is_operated() -> None:
    """What is given of the rest is within the pools of the rest, and the release of Toktogul does not leap."""
    whole = run(operated=True)
    rest = remaining_inputs(whole.inputs, whole.results, 3)
    results = solve_inputs(rest, whole.levels, whole.options)
    assert audit(results).passed
    assert 0 < results["promise_given"].sum() < whole.results["promise_given"].sum()
    levels = json.loads(results.attrs["levels"])
    assert [levels[name] for name in ("safety", "spillway", "drinking", "agreement", "rule_band")] == pytest.approx([0] * 5, abs=1e-6)
    rates = results["discharge"].sel(link="toktogul_release").values
    assert rates.max() < 2.5 * rates.min()
