"""The examples of make, Snakemake and CI call `run --if-changed` and need no `--force`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.batch.plans import write_scenario
from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = DOCS / "how-to" / "batches"


def _make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Call make with the example on two scenarios of a folder, one of which has no plan."""
    given = {"WATERDEAL": f"{sys.executable} -m waterdeal", "SCENARIOS": folder, "NAMES": "dry desert", "OUT": folder / "out"}
    asked = ["make", "-k", "-f", str(EXAMPLES / "Makefile"), *(f"{name}={value}" for name, value in given.items()), *words]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_make_runs_only_what_has_changed(tmp_path: Path) -> None:
    """What has a plan is not asked again; what has none is, ends with an error each time, and is not solved again; 3 stays 3."""
    write_scenario(tmp_path)
    write_scenario(tmp_path, "desert", **{'year_class = "exceeded_90"': 'year_class = "exceeded_90"\nfactor = 0.01'})
    first = _make(tmp_path)
    assert (first.returncode, "Error 3" in first.stderr) == (2, True), first.stderr
    plan, inputs = tmp_path / "out" / "dry" / "plan.nc", tmp_path / "out" / "desert" / "inputs.nc"
    made = [file.stat().st_mtime_ns for file in (plan, inputs)]
    again = _make(tmp_path)
    assert "Error 3" in again.stderr
    assert "dry.toml" not in again.stdout
    assert [file.stat().st_mtime_ns for file in (plan, inputs)] == made
    (tmp_path / "dry.toml").touch()
    touched = _make(tmp_path, str(plan))
    assert (touched.returncode, "unchanged: " in touched.stdout) == (0, True), touched.stderr
    assert _make(tmp_path, str(plan), "-q").returncode == 0


def _last_step() -> str:
    """Command of the last step of the workflow."""
    lines = (EXAMPLES / "ci.yml").read_text(encoding="utf-8").splitlines()
    return lines[-1].removeprefix("      - run: ")


def test_the_workflow_keeps_what_it_writes() -> None:
    """The folder of its last step is the one that it keeps from push to push; the command and its options exist."""
    words = _last_step().split()
    assert words[:2] == ["waterdeal", "run"]
    assert f"path: {words[words.index('-o') + 1]}, " in (EXAMPLES / "ci.yml").read_text(encoding="utf-8")
    texts = [_last_step(), *((EXAMPLES / name).read_text(encoding="utf-8") for name in ("Makefile", "Snakefile"))]
    assert all("--if-changed" in text and "--force" not in text for text in texts)


@pytest.mark.thorough
@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_the_last_step_of_the_workflow(tmp_path: Path) -> None:
    """Done twice: the second time nothing is solved."""
    (tmp_path / "scenarios").mkdir()
    write_scenario(tmp_path / "scenarios")
    command = _last_step().replace("waterdeal", f"{sys.executable} -m waterdeal")
    said = [subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert ["unchanged: " in text for text in said] == [False, True]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("snakemake") is None, reason="no Snakemake here")
def test_snakemake_runs_the_example(tmp_path: Path) -> None:
    """The plan is there; asked again, there is nothing to do."""
    write_scenario(tmp_path)
    asked = ["snakemake", "-c1", "-d", str(tmp_path), "-s", str(EXAMPLES / "Snakefile"), "--config", f"scenarios={tmp_path}", "names=[dry]"]
    for _ in range(2):
        subprocess.run(asked, capture_output=True, text=True, check=True)
    assert (tmp_path / "out" / "dry" / "plan.nc").is_file()
