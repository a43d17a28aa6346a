"""A season followed month by month: clauses and debts are kept, and what was not read or measured is never all well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.commands import Spoken, call, two_party_deal
from tests.record.tampering import cover, write_files
from tests.thorough import THOROUGH
from waterdeal.agreement.inputs import clauses_of
from waterdeal.record import papers
from waterdeal.record.agree import make_record
from waterdeal.record.finding import Verdict
from waterdeal.record.verify import verify_files
from waterdeal.results.audit import audit
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.store import read_results
from waterdeal.run import load
from waterdeal.run_folder import run_files
from waterdeal.tracking.agreed import READINGS, read_readings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr

DEAL = """\
schema = "waterdeal/agreement@1"
[agreement]
id = "year"
[[clause]]
id = "delta_year"
kind = "min_volume"
party = "UP"
to = "LOW"
at = "dam_delta"
start = 2025-10-01
end = 2026-10-01
value = 300
measured = [{ gauge = "dam_delta", agency = "commission" }]
[[clause]]
id = "delta_flow"
kind = "min_flow"
party = "UP"
to = "LOW"
at = "dam_delta"
value = 4
[[clause]]
id = "fields_cap"
kind = "max_flow"
party = "LOW"
demands = ["fields"]
value = 60
[[clause]]
id = "swap"
kind = "exchange"
party = "UP"
to = "LOW"
filling = { reservoir = "upper_dam", value = 300, on = 2026-04-01 }
sent = { amount = "2500 GWh", months = [10, 11, 12, 1, 2, 3] }
[[clause]]
id = "past_filling"
kind = "end_storage"
reservoir = "upper_dam"
value = 300
on = 2024-04-01
"""
MONTHS = 11 if THOROUGH else 2


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run over a water year, by month: on the curves, with what is told beside the plan, as ``waterdeal run`` makes it."""
    scenario = two_party_deal(tmp_path_factory.mktemp("year") / "two-party", DEAL)
    text = scenario.read_text(encoding="utf-8").replace('basin = "two_party"', 'basin = "two_party"\nagreements = ["deal.toml"]')
    text = text.replace("[scenario]", '[scenario]\nstatus = "agreed"').replace("start = 2026-04-01", "start = 2025-10-01").replace('step = "dekad"', 'step = "month"')
    scenario.write_text(text + '[physics]\nevaporation = "curve"\n', encoding="utf-8")
    curve = scenario.parent / "two_party" / "curves.csv"
    curve.write_text(curve.read_text(encoding="utf-8").replace("upper_dam,640", "upper_dam,620,400,20\nupper_dam,640"), encoding="utf-8")
    case = load(scenario)
    plan = case.solve()
    plan.dataset.attrs |= case.beside(plan)
    assert plan.dataset.attrs["passes"] > 1
    return write_files(tmp_path_factory.mktemp("run") / "out", run_files(case, plan.dataset))


def measured(plan: xr.Dataset, steps: Sequence[int], file: Path) -> Path:
    """Write what a commission measured: less than planned to the delta and to the fields, storages as planned."""
    rows = []
    for step in steps:
        label = str(plan["step"].values[step])
        rows.append(("dam_delta", "flow", label, 0.9 * float(plan["flow"].sel(link="dam_delta")[step]), "hm3"))
        rows.append(("fields", "delivery", label, 0.9 * float(plan["delivery"].sel(demand="fields")[step]), "hm3"))
        end = str(plan["time_bounds"].values[step, 1])[:10]
        rows.append(("upper_dam", "storage", end, float(plan["storage"].sel(reservoir="upper_dam")[step]), "hm3"))
    columns = ["place", "quantity", "step", "value", "unit"]
    pd.DataFrame(rows, columns=columns).assign(source="commission").to_csv(file, index=False)
    return file


def track(run: Path, actual: Path, out: Path) -> Spoken:
    """Follow a run, and check that it went well."""
    told = call("track", run, "--actual", actual, "-o", out, "--lang", "en")
    assert told.code == 0, told.err
    return told


@pytest.mark.thorough  # by default: single corrections, in test_follow
def test_a_year_of_corrections_is_one_correction(run: Path, tmp_path: Path) -> None:
    """Month after month or all at once: the same debts against the agreed plan, the same clauses, the same plan of the rest."""
    agreed, folder = read_results(run), run
    for month in range(MONTHS):
        folder, before = tmp_path / f"after-{month}", folder
        track(before, measured(agreed, [month], tmp_path / f"{month}.csv"), folder)
        plan = read_results(folder)
        ids = [clause.id for clause in clauses_of(plan)]
        assert ids[:5] == [clause.id for clause in clauses_of(agreed)]
        assert audit(plan).passed
        assert plan.sizes["time"] == 11 - month
        held = measure_clauses(plan).set_index("clause")
        assert float(held.loc["delta_year", "value"]) >= 300 - 1e-6, "what has passed is counted"
    given = make_record(folder, resolve=THOROUGH)
    assert read_readings(given[READINGS])["start"].dt.month.nunique() == MONTHS + 1, "with the day after the last month, of storages"
    more = given[READINGS].replace(b"2025-10-01,2025-11-01,", b"2025-10-01,2025-11-01,1", 1)
    found = verify_files(cover({**given, READINGS: more}), resolve=False)
    assert (found.checks[0].passed, found.verdict) == (True, Verdict.ALTERED), "the readings do not give this plan"
    track(run, measured(agreed, range(MONTHS), tmp_path / "all.csv"), tmp_path / "at-once")
    once, owed = read_results(tmp_path / "at-once"), [pd.read_csv(part / "owed.csv") for part in (folder, tmp_path / "at-once")]
    pd.testing.assert_frame_equal(owed[0], owed[1])
    missing = 0.1 * float(agreed["flow"].sel(link="dam_delta")[:MONTHS].sum())
    assert owed[0].set_index("clause").loc["delta_year", "owed"] == pytest.approx(missing)
    assert plan.attrs["clauses"] == once.attrs["clauses"]
    for name in ("flow", "storage", "delivery"):
        assert abs(plan[name].values - once[name].values).max() < 1e-6


@pytest.mark.thorough  # by default: records of plans, in tests/record, and what becomes of a correction, in test_follow
def test_a_correction_becomes_a_record(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lines the agreed plan has settled on, and whatever is told beside it: the sources give its inputs, and it is solved again."""
    monkeypatch.setattr(papers, "SIGNED", ())  # annexes as text: record/test_papers makes real ones
    track(run, measured(read_results(run), [0], tmp_path / "october.csv"), tmp_path / "corrected")
    record = make_record(tmp_path / "corrected", resolve=THOROUGH)
    assert all(check.passed for check in verify_files(record, resolve=THOROUGH).checks if check.compared)


def test_less_than_a_cap_owes_nothing_and_a_date_that_is_past_is_not_followed(run: Path, tmp_path: Path) -> None:
    """Fields took less than the cap lets them; a filling of 2024 is no concern of this year, nor is energy that nobody meters."""
    track(run, measured(read_results(run), range(6), tmp_path / "a.csv"), tmp_path / "out")
    steps, owed = pd.read_csv(tmp_path / "out" / "tracking.csv"), pd.read_csv(tmp_path / "out" / "owed.csv")
    assert "fields_cap" not in set(owed["clause"])
    assert set(steps.loc[steps["clause"] == "fields_cap", "status"]) == {"ok"}
    assert "past_filling" not in set(steps["clause"])
    assert steps.loc[steps["clause"] == "swap", "step"].tolist() == ["2026-03"]


def test_a_table_of_other_places_or_years_is_refused(run: Path, tmp_path: Path) -> None:
    """Nothing read, or nothing of this plan, is an error that says what was read; never "nothing is owed"."""
    agreed = read_results(run)
    rows = pd.read_csv(measured(agreed, [0], tmp_path / "a.csv"))
    for change, said in (({"place": "elsewhere"}, "not recognised: elsewhere"), ({"step": "2020-10"}, "2020-10-01")):
        rows.assign(**change).to_csv(tmp_path / "b.csv", index=False)
        told = call("track", run, "--actual", tmp_path / "b.csv", "--lang", "en")
        assert told.code == 4
        assert said in told.err
        assert "Nothing is owed" not in told.out


def test_what_was_not_measured_is_named(run: Path, tmp_path: Path) -> None:
    """A storage alone tells of no delivery: the clauses without readings stand there by name, and no plan of zero is printed."""
    rows = pd.read_csv(measured(read_results(run), [0], tmp_path / "a.csv"))
    rows[rows["place"] == "upper_dam"].to_csv(tmp_path / "b.csv", index=False)
    told = call("track", run, "--actual", tmp_path / "b.csv", "--lang", "en")
    assert "nothing can be said of them: delta_year, delta_flow" in told.out
    assert "Nothing is owed" not in told.out
    assert not [line for line in told.out.splitlines() if line.startswith("delta_year") and " 0.0 " in line]


def test_what_no_row_holds_is_said_by_check(run: Path) -> None:
    """A leg without plants and a clause of another year: said, with the exit of a sound scenario."""
    scenario = run / "sources" / "scenario" / "dry.toml"
    text = scenario.read_text(encoding="utf-8").replace('basin = "two_party"', 'basin = "../basin"')
    scenario.with_name("there.toml").write_text(text, encoding="utf-8")
    told = call("check", scenario.with_name("there.toml"), "--json")
    scenario.with_name("there.toml").unlink()
    assert told.json["unheld"] == {"swap": ["sent"]}
    assert json.dumps(told.json).count("past_filling") == 0


def test_a_check_of_nothing_is_not_called_good(run: Path) -> None:
    """A plan without fields has none that balance."""
    lines = [line for line in call("audit", run).out.splitlines() if "nothing to check" in line]
    assert lines
    assert all(line.startswith("--") for line in lines)
