"""A batch is its runs by hand, side by side; cut short anywhere it goes on; what has no plan is counted and explained."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
import xarray as xr

import waterdeal as wd
from tests.batch.plans import EPOCH, PLAN, Counting, files_of, write_plan, write_scenario
from tests.commands import call
from tests.thorough import THOROUGH, diagonal
from waterdeal.errors import FileProblem, ScenarioError
from waterdeal.reports import as_text
from waterdeal.reports.batch import Told, batch_answer, batch_tables
from waterdeal.reports.batch_run import BatchChoices
from waterdeal.reports.blocks import Listing
from waterdeal.reports.table import Table
from waterdeal.results.indicators import group_indicators
from waterdeal.studies.batch_figures import matrix_of
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waterdeal.studies.batch import Batch

#: languages of what is written: each costs as much as a plan
SPOKEN = LANGUAGES if THOROUGH else ("kk",)
QUICK: dict[str, Any] = {"formats": ("csv",), "quick": True}
LOW, DESERT = "two-party-dry_low", "two-party-dry_desert"


@pytest.fixture(scope="module", autouse=True)
def one_moment() -> Iterator[None]:
    """Let all runs say that they were made at one moment."""
    with pytest.MonkeyPatch.context() as around:
        around.setenv("SOURCE_DATE_EPOCH", EPOCH)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """The small season, solved one after the other; each problem once."""
    folder, backend = tmp_path_factory.mktemp("batch"), Counting()
    found = wd.batch(write_plan(folder), folder / "out", BatchChoices(backend, languages=SPOKEN, **QUICK))
    assert backend.solved == [[LOW + "_full", LOW + "_as-is"], [LOW + "_cut-10"], [DESERT + "_full", DESERT + "_as-is"], [DESERT + "_cut-10"]]
    return found


@pytest.mark.parametrize("cell", diagonal(["low_as-is", "desert_cut-10"], "low_as-is"))
def test_a_cell_is_the_run_by_hand(made: Batch, tmp_path: Path, cell: str) -> None:
    """Bit for bit what `waterdeal run` writes with the same settings, one that another was solved for and one without a plan too."""
    settings = made.cells[f"two-party-dry_{cell}"]["set"]
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    languages = [word for language in SPOKEN for word in ("--lang", language)]
    plan = made.folder.parent / "dry.toml"
    spoken = call("run", plan, "-o", tmp_path / "run", "--quick", "--format", "csv", *sets, *languages)
    assert spoken.code == (3 if "desert" in cell else 0)
    assert files_of(made.folder / f"two-party-dry_{cell}") == files_of(tmp_path / "run")


def test_the_matrix_is_what_the_plans_give(made: Batch) -> None:
    """By hand: LOW is promised 700 hm3, and a tenth less where the limits are cut; NaN and a reason where there is no plan."""
    figures = made.dataset()
    assert figures["scenario"].values.tolist() == list(made.cells)
    low = figures["party_delivery"].sel(party="LOW")
    assert low.values[:3] == pytest.approx([700.0, 700.0, 630.0], abs=1e-6)
    assert np.isnan(low.values[3:]).all()
    assert figures["exit"].values.tolist() == [0, 0, 0, 3, 3, 3]
    assert all("terminal choice" in why for why in figures["why"].values[3:].tolist())
    plan = wd.load(made.folder.parent / "dry.toml").set({"hydrology.year_class": "exceeded_90", "entitlement.cut": 0.1}).solve()
    table = group_indicators(plan.dataset)
    matrix = matrix_of(figures).loc[LOW + "_cut-10"]
    for name in ("requirement", "delivery", "shortage", "supply_ratio", "worst_ratio"):
        assert matrix[name].to_dict() == pytest.approx(table[name].to_dict())
    assert matrix["energy"].to_dict() == pytest.approx({"UP": float(plan.energy.sum()), "LOW": 0.0})
    demands = figures.sel(scenario=LOW + "_cut-10")
    assert demands["demand_delivery"].to_series().to_dict() == pytest.approx(plan.by_demand()["delivery"].to_dict())
    assert demands["storage"].values == pytest.approx(plan.storage.values)
    with xr.open_dataset(io.BytesIO((made.folder / "batch.nc").read_bytes()), engine="h5netcdf") as written:
        assert written["party_delivery"].values == pytest.approx(figures["party_delivery"].values, nan_ok=True)


@pytest.mark.parametrize("language", diagonal(SPOKEN, "kk"))
def test_the_matrix_is_told_in_every_language(made: Batch, language: str) -> None:
    """On a terminal, as CSV and as a workbook: every scenario, those without a plan counted and explained, differences as printed."""
    told = Told(made, made.dataset(), Words(language))
    matrix, apart = batch_tables(told)
    assert [row[:2] for row in matrix.rows[:2]] == [tuple(told.label(LOW + "_full"))] * 2
    assert len(matrix.rows) == 3 * 2 + 3
    assert all(row[-1] and row[3] is None for row in matrix.rows[6:])
    assert [row[4] for row in apart.rows[:6]] == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, -70.0])
    assert {row[-1] for row in apart.rows} == {LOW + "_full", DESERT + "_full"}
    text = as_text.told(batch_answer(told))
    assert Words(language).text("batch.counted", count=6, planned=3, without=3) in text
    assert sum(line.endswith(Words(language).text("batch.no_plan")) for line in text.splitlines() if " · " in line) == 3 * 4
    raw = (made.folder / f"matrix.{language}.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(raw), delimiter="," if language == "en" else ";"))
    assert len(rows) == len(matrix.rows) + 1
    book = openpyxl.load_workbook(made.folder / f"matrix.{language}.xlsx")
    assert book.sheetnames == [matrix.sheet, apart.sheet]
    assert book.worksheets[0].max_row > len(matrix.rows)


@pytest.mark.parametrize("language", diagonal([*SPOKEN, "uz-2026"], "uz-2026"))
def test_a_batch_is_a_report(made: Batch, language: str) -> None:
    """By its folder or itself: its answer first, then every figure; a scenario without a plan is told why in the language, once a reason."""
    words, found = Words(language), wd.report(made, "batch", language)
    assert found.render("html") == wd.report(made.folder, "batch", language).render("html")
    tables = {block.name: block for block in found.blocks if isinstance(block, Table)}
    assert list(tables) == ["delivery", "shortage", "supply_ratio", "delivery_apart", "matrix", "differences"]
    assert [row[1:] for row in tables["delivery"].rows] == [(47.4, amount) for amount in (700.0, 700.0, 630.0)] + 3 * [(words.text("batch.no_plan"),) * 2]
    assert len(tables["matrix"].rows) == len(tables["differences"].rows) == 3 * 2
    (why, once) = (block for block in found.blocks if isinstance(block, Listing))
    assert len(why.lines) == 1
    assert ("no plan can satisfy" in why.lines[0]) == (language == "en")
    assert len(once.lines) == 2


def test_what_is_no_batch_and_a_batch_asked_for_another_report_are_told(made: Batch, tmp_path: Path) -> None:
    """And the command makes that of a batch unasked."""
    run = made.folder / f"{LOW}_full"
    with pytest.raises(FileProblem, match="is no batch of scenarios"):
        wd.report(run, "batch")
    for kind in ("annex", "agreement", "ensemble"):
        with pytest.raises(FileProblem, match="is a batch of scenarios"):
            wd.report(made, kind)
    assert call("report", made.folder, "--to", "csv", "--lang", "ru", "-o", tmp_path / "out").code == 0
    assert len(list((tmp_path / "out").glob("batch.ru.*.csv"))) == 6
    shutil.copytree(made.folder, tmp_path / "torn")
    (tmp_path / "torn" / run.name / "plan.nc").write_bytes(b"torn")
    with pytest.raises(FileProblem, match=f"{run.name}: files of the run are not as they were written"):
        wd.report(tmp_path / "torn", "batch")


@pytest.mark.thorough  # by default: cells by hand, and journals of ensembles
def test_cut_short_and_gone_on_with(made: Batch, tmp_path: Path) -> None:
    """Killed twice, a file spoilt in between: what stands is not solved again, and the end is the same, bit for bit."""
    plan, out = write_plan(tmp_path), tmp_path / "out"
    choices = {"languages": SPOKEN, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        wd.batch(plan, out, BatchChoices(Counting(2), **choices))
    with pytest.raises(FileProblem, match="holds a batch already"):
        wd.batch(plan, out, BatchChoices(Counting(), **choices))
    (out / f".waterdeal-{DESERT}_full" / "fresh").mkdir(parents=True)
    (out / f"{LOW}_cut-10" / "plan.nc").write_bytes(b"torn")
    second = Counting(2)
    with pytest.raises(KeyboardInterrupt):
        wd.batch(plan, out, BatchChoices(second, resume="same", **choices))
    assert [LOW + "_cut-10"] in second.solved
    assert len(second.solved) == 2
    told: list[tuple[int, int]] = []
    wd.batch(plan, out, BatchChoices("serial", resume="same", **choices), lambda done, count: told.append((done, count)))
    assert told == [(5, 6), (6, 6)]
    again = Counting()
    wd.batch(plan, out, BatchChoices(again, resume="same", **choices))
    assert again.solved == []
    assert files_of(out) == files_of(made.folder)


#: axes without the desert and with another cut, of one value more
CHANGED = [
    {"id": "year", "values": [PLAN["axis"][0]["values"][0]]},
    {"id": "limits", "values": [
        {"id": "full"}, {"id": "cut-10", "set": {"entitlement.cut": 0.2}}, {"id": "cut-0", "set": {"entitlement.cut": 0.0}},
    ]},
]  # fmt: skip


def test_a_plan_that_changed_is_listed_and_nothing_is_lost(made: Batch, tmp_path: Path) -> None:
    """A cell that is gone, and one that is another problem; what is only added is none."""
    out, choices = tmp_path / "out", {"languages": SPOKEN, **QUICK}
    shutil.copytree(made.folder, out)
    plan, before = write_plan(tmp_path, axis=CHANGED), files_of(out)
    with pytest.raises(FileProblem) as caught:
        wd.batch(plan, out, BatchChoices("serial", resume="same", **choices))
    assert [line.split()[0] for line in str(caught.value).splitlines()[1:-1]] == [
        LOW + "_as-is", LOW + "_cut-10", DESERT + "_full", DESERT + "_as-is", DESERT + "_cut-10",
    ]  # fmt: skip
    assert files_of(out) == before


@pytest.mark.thorough
def test_a_plan_that_changed_is_gone_on_with_by_force(made: Batch, tmp_path: Path) -> None:
    """What changed is solved again, what is gone stays where it is; a change of what is asked of runs is listed too."""
    out, choices = tmp_path / "out", {"languages": SPOKEN, **QUICK}
    shutil.copytree(made.folder, out)
    plan, before = write_plan(tmp_path, axis=CHANGED), files_of(out)
    backend = Counting()
    found = wd.batch(plan, out, BatchChoices(backend, resume="changed", **choices))
    assert sorted(map(tuple, backend.solved)) == [(LOW + "_cut-0",), (LOW + "_cut-10",)]
    assert len(found.changed) == 5
    assert found.dataset()["party_delivery"].sel(party="LOW").values == pytest.approx([700.0, 560.0, 700.0])
    kept = {name: content for name, content in before.items() if name.startswith(DESERT)}
    assert kept.items() <= files_of(out).items()
    with pytest.raises(FileProblem, match=r"asked.quick: True stands there, now it is False"):
        wd.batch(plan, out, BatchChoices("serial", resume="same", languages=SPOKEN, formats=("csv",)))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """No batch goes where something else is, and two do not work in one folder."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileProblem, match="is not empty and holds no batch"):
        wd.batch(write_plan(tmp_path), tmp_path / "out")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["letter.txt"]


def _axis(*values: dict[str, Any], name: str = "limits") -> dict[str, Any]:
    """An axis of values by number."""
    return {"id": name, "values": [{"id": f"v{number}", "set": settings} for number, settings in enumerate(values)]}


HUNDRED = [{"hydrology.factor": 1 + number / 1000} for number in range(100)]
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a million cells": ({"axis": [_axis(*HUNDRED, name=name) | {"values": _axis(*[{}] * 100)["values"]} for name in "abc"]}, "axis", "1000000"),
    "a key that no scenario has": ({"axis": [_axis({"entitlement.cuts": 0.1})], "compare_to": "v0"}, "axis limits, v0: entitlement.cuts", 'Did you mean "cut"?'),
    "a place that the basin has not": ({"axis": [_axis({"reservoir.lower_dam.initial": 3})], "compare_to": "v0"}, "reservoir.lower_dam", ""),
    "a key set twice": ({"axis": [_axis({"entitlement.cut": 0.1}), _axis({"entitlement": {"cut": 0.2}}, name="b")]}, "", "one would hide the other"),
    "ids that stand twice": ({"axis": [_axis({}), _axis({})]}, "", "stands twice"),
    "no such base": ({"compare_to": "fulll"}, "compare_to", "full"),
    "no such file": ({"scenarios": ["wet-*.toml"]}, "scenarios", "is no file"),
    "a scenario for a plan": ({"schema": "waterdeal/scenario@1"}, "schema", "waterdeal/batch@1"),
    "no scenarios": ({"scenarios": []}, "scenarios", ""),
    "an axis without values": ({"axis": [{"id": "a", "values": []}]}, "axis.0.values", ""),
    "an unknown key": ({"axes": []}, "axes", 'Did you mean "axis"?'),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_plans_are_one_clear_error(tmp_path: Path, case: str) -> None:
    """Told before anything is solved or written."""
    changes, field, words = BAD[case]
    with pytest.raises(ScenarioError) as caught:
        wd.batch(write_plan(tmp_path, **changes), tmp_path / "out", BatchChoices("serial"))
    assert any(problem.field.startswith(field) and words in str(problem) for problem in caught.value.problems), caught.value
    assert not (tmp_path / "out").exists()


def test_a_setting_that_one_base_has_not_is_told_of_that_one(tmp_path: Path) -> None:
    """All problems at once; what no base has is of the plan, and a base without limits cannot have them cut."""
    write_scenario(tmp_path)
    write_scenario(tmp_path, "free", **{"two-party-dry": "two-party-free", 'limits = [{ limit = "low_growing" }]': ""})
    with pytest.raises(ScenarioError) as caught:
        wd.batch(write_plan(tmp_path, scenarios=["*.toml"], axis=[_axis({"entitlement.cut": 0.1, "hydrology.factr": 2})]), tmp_path / "out")
    assert [(problem.file, problem.field) for problem in caught.value.problems] == [
        ("plan.toml", "compare_to"), ("plan.toml", "axis limits, v0: hydrology.factr"),
    ]  # fmt: skip
    with pytest.raises(ScenarioError, match=r"free.toml, `entitlement.cut`: cuts all limits, but none is in force"):
        wd.batch(write_plan(tmp_path, scenarios=["*.toml"], axis=[_axis({"entitlement.cut": 0.1})]), tmp_path / "out")
    write_scenario(tmp_path, "twin")
    with pytest.raises(ScenarioError, match=r'dry.toml and twin.toml have the same id "two-party-dry"'):
        wd.batch([tmp_path / "dry.toml", tmp_path / "twin.toml"], tmp_path / "out")


def test_series_only_over_equal_steps(tmp_path: Path) -> None:
    """A list of scenarios, one of which is shorter: totals of both, series of neither, and of each alone; nothing is joined."""
    files = [write_scenario(tmp_path), write_scenario(tmp_path, "short", **{"two-party-dry": "short", "2026-10-01": "2026-09-01",
        '{ limit = "low_growing" }': '{ limit = "low_growing", share = 0.9 }'})]  # fmt: skip
    found = wd.batch(files, tmp_path / "out", BatchChoices("serial", formats=(), quick=True))
    both = found.dataset()
    assert "time" not in both.dims
    assert "not all scenarios have the same steps" in both.attrs["left_out"]
    assert not np.isnan(both["party_delivery"].values).any()
    alone = found.dataset(["short"])
    assert (alone.sizes["time"], alone.attrs["left_out"]) == (5, "")
    assert not np.isnan(alone["delivery"].values).any()
    with pytest.raises(FileProblem, match='Did you mean "short"'):
        found.dataset(["shirt"])


def test_from_the_command_line(tmp_path: Path, made: Batch) -> None:
    """Exit code 8 where some have no plan; JSON has the matrix, what has no plan and the differences; a killed one says what stands."""
    shutil.copytree(made.folder, tmp_path / "out")
    words = ["batch", write_plan(tmp_path), "-o", tmp_path / "out", "--quick", "--format", "csv"]
    languages = [word for language in SPOKEN for word in ("--lang", language)]
    spoken = call(*words, "--resume", *languages, "--json")
    assert spoken.code == 8, spoken.err
    assert set(spoken.json["without_plan"]) == {f"{DESERT}_{name}" for name in ("full", "as-is", "cut-10")}
    assert {(row["scenario"], row["party"]) for row in spoken.json["matrix"]} == {
        (f"{LOW}_{name}", party) for name in ("full", "as-is", "cut-10") for party in ("UP", "LOW")
    }
    assert spoken.json["same"] == [[LOW + "_full", LOW + "_as-is"], [DESERT + "_full", DESERT + "_as-is"]]
    assert call(*words, *languages).code == 9
    assert call("batch", tmp_path / "dry.toml").code == 4
