"""``waterdeal study``: what it prints in four languages, what it writes, how it fails."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pytest

from tests.commands import TWO_PARTY, call
from waterdeal.reports.plots.deal import frontier
from waterdeal.run import load
from waterdeal.studies.frontier import FrontierChoices, find_frontier

if TYPE_CHECKING:
    from pathlib import Path

DRY = str(TWO_PARTY / "dry.toml")
SPARE = ["--parameter", "requirement@LOW*=0.9:1.1", "--parameter", "runoff*=0.95:1.05"]


def test_frontier_is_printed_and_written(tmp_path: Path) -> None:
    """The corners stand on the terminal, in a workbook, in tables of each language and in JSON."""
    out = tmp_path / "out"
    options = ["--parties", "UP,LOW", "--of", "energy,delivery", "-o", str(out), "--lang", "ru", "--lang", "uz"]
    code, text, log = call("study", "frontier", DRY, *options)
    assert code == 0, log
    assert "Норма обмена" in text
    assert "Almashuv meʼyori" in text
    record = json.loads((out / "frontier.json").read_text(encoding="utf-8"))
    corners = pd.read_csv(out / "corners.csv")
    assert record["corners"][0]["LOW_delivery"] == pytest.approx(700)
    assert corners["exchange_rate"].dropna().is_monotonic_increasing
    assert corners["exchange_rate"].iloc[0] == pytest.approx(3.55, abs=0.01)
    sheet = openpyxl.load_workbook(out / "study.ru.xlsx").worksheets[0]
    assert sheet.title == "Граница"
    table = pd.read_csv(out / "tables.uz" / "frontier.csv", sep=";", decimal=",", encoding="utf-8-sig")
    assert len(table) == len(corners) + 1


def test_sensitivity_is_printed_and_written(tmp_path: Path) -> None:
    """Tornado on the terminal, indices and every sample in files, the seed with them."""
    out = tmp_path / "out"
    code, text, log = call("study", "sensitivity", DRY, *SPARE, "-o", str(out), "--lang", "kk")
    assert code == 0, log
    assert "Ауқым" in text
    assert len(pd.read_csv(out / "samples.csv", encoding="utf-8-sig")) == 5
    assert (out / "tables.kk" / "sensitivity.csv").exists()
    assert (out / "study.kk.xlsx").exists()
    code, text, _ = call("study", "sensitivity", DRY, *SPARE, "--method", "morris", "--samples", "3", "--seed", "9", "--json")
    told = json.loads(text)
    assert (code, told["seed"], told["samples"], told["without_plan"]) == (0, 9, 9, [])
    first = next(row for row in told["indices"] if row["figure"] == "LOW_shortage")
    assert first["parameter"] == "requirement@LOW*"
    assert first["mu_star"] == pytest.approx(0.2 * 898.56)


def test_a_study_that_fails_leaves_its_samples(tmp_path: Path) -> None:
    """Indices are refused with the exit code of a solver's failure; the samples are written."""
    out = tmp_path / "out"
    firm = ["--set", 'reservoir.upper_dam.terminal={rule = "at_least", storage = 400}']
    options = ["--parameter", "runoff*=0.01:0.3", "--method", "morris", "--samples", "4", "-o", str(out), *firm]
    code, _, log = call("study", "sensitivity", DRY, *options)
    assert code == 10
    assert "samples have no plan" in log
    assert len(pd.read_csv(out / "failures.csv", encoding="utf-8-sig")) > 0
    assert len(pd.read_csv(out / "samples.csv", encoding="utf-8-sig")) == 8


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        (["frontier", DRY, "--parties", "UP"], 9, "two names"),
        (["frontier", DRY, "--parties", "UP,LOWW", "--of", "delivery"], 4, "LOWW"),
        (["sensitivity", DRY], 4, "no parameter"),
        (["sensitivity", DRY, *SPARE, "--method", "sobol", "--samples", "5"], 4, "power of 2"),
        (["sensitivity", DRY, *SPARE, "--backend", "abacus"], 9, "abacus"),
        (["sensitivity", DRY, *SPARE, "--figure", "UP_gold"], 9, "UP_gold"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], code: int, match: str) -> None:
    """One message, and the exit code that belongs to it."""
    found, _, log = call("study", *arguments)
    assert (found, match in log) == (code, True), log


@pytest.mark.parametrize(("name", "start"), [("frontier.png", b"\x89PNG"), ("граница.svg", b"<?xml")])
def test_figure_from_the_command_line(name: str, start: bytes, tmp_path: Path) -> None:
    """A picture is written in the kind that its name asks for; what stands there stays, and what is no picture is refused first."""
    options = ["study", "frontier", DRY, "--parties", "UP,LOW", "--of", "energy,delivery", "--figure"]
    code, text, log = call(*options, str(tmp_path / name))
    assert code == 0, log
    assert str(tmp_path / name) in text
    assert (tmp_path / name).read_bytes().startswith(start)
    for wrong, match in ((name, "already exists"), ("frontier.docx", "no kind of picture")):
        code, _, log = call(*options, str(tmp_path / wrong))
        assert (code, match in log) == (4, True), log


def test_figure_without_matplotlib_is_refused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said before anything is solved."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, log = call("study", "frontier", DRY, "--parties", "UP,LOW", "--figure", str(tmp_path / "frontier.png"))
    assert (code, 'pip install "waterdeal[studies]"' in log) == (4, True), log


def test_figure_has_the_corners_and_the_plan() -> None:
    """A line through all corners, and a cross."""
    case = load(DRY)
    found = find_frontier(case, ("UP", "LOW"), FrontierChoices(("energy", "delivery")))
    axes = frontier(case.inputs, found)
    assert axes.lines[0].get_xydata() == pytest.approx(found.corners)
    assert axes.lines[1].get_xydata()[0] == pytest.approx(found.plan)
    assert axes.get_xlabel() == "Upstream country: energy, GWh"
