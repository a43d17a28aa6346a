"""A batch of 27 killed twice, first with the process that asks, then a worker, is bit for bit the one that nobody touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import waterdeal as wd
from tests.batch.plans import EPOCH, files_of, write_plan
from waterdeal.documents import toml_text
from waterdeal.reports.batch_run import BatchChoices
from waterdeal.results.indicators import group_indicators
from waterdeal.scenario.locate import bundled_folder
from waterdeal.studies.batch import Batch
from waterdeal.studies.batch_figures import matrix_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.thorough, pytest.mark.skipif(sys.platform == "win32", reason="signals")]

#: three values of three settings
AXES = [
    {"id": "year", "values": [{"id": name[-2:], "set": {"hydrology.year_class": name}} for name in ("exceeded_90", "exceeded_50", "exceeded_10")]},
    {"id": "limits", "values": [{"id": f"cut-{cut}", "set": {"entitlement.cut": cut / 100}} for cut in (0, 10, 20)]},
    {"id": "users", "values": [{"id": f"need-{need}", "set": {"requirement.factor": need / 100}} for need in (90, 100, 110)]},
]
#: a driver that kills a worker once the first runs of this time are written; it ends as the batch does
KILLER = """
import os, signal, sys, threading, time
from pathlib import Path
from multiprocessing import active_children
import waterdeal as wd
from waterdeal.reports.batch_run import BatchChoices

def kill_one(folder, before):
    while len(list(folder.glob("*/run.json"))) < before + 2:
        time.sleep(0.02)
    os.kill(active_children()[0].pid, signal.SIGKILL)
    (folder.parent / "killed").touch()

if __name__ == "__main__":
    folder = Path(sys.argv[2])
    before = len(list(folder.glob("*/run.json")))
    threading.Thread(target=kill_one, args=(folder, before), daemon=True).start()
    wd.batch(sys.argv[1], folder, BatchChoices("processes:2", "same", ("en",), ("csv",), True))
"""


def _bundled(folder: Path) -> Path:
    """A plan of the bundled median season."""
    plan = {"schema": "waterdeal/batch@1", "scenarios": [str(bundled_folder("scenarios") / "syrdarya-growing-median.toml")], "axis": AXES}
    (folder / "plan.toml").write_text(toml_text(plan), encoding="utf-8")
    return folder / "plan.toml"


def _wait_for(folder: Path, count: int, process: subprocess.Popen[Any]) -> None:
    """Wait until so many runs are written."""
    end = time.monotonic() + 600
    while len(list(folder.glob("*/run.json"))) < count:
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)


@pytest.mark.parametrize("basin", ["four nodes", "syrdarya"])
def test_killed_twice_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, basin: str) -> None:
    """The matrix is that of 27 runs by hand too."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    plan = _bundled(tmp_path) if basin == "syrdarya" else write_plan(tmp_path, axis=AXES, compare_to="cut-0_need-100")
    out = tmp_path / "killed twice" / "out"
    words = [sys.executable, "-m", "waterdeal", "batch", str(plan), "-o", str(out), "--backend", "processes:2", "--quick", "--format", "csv"]
    with subprocess.Popen([*words, "--quiet"], env={**os.environ, "WATERDEAL_LANG": "en"}) as process:
        _wait_for(out, 5, process)
        process.send_signal(signal.SIGKILL)
    begun = sorted(file.parent.name for file in out.glob("*/run.json"))
    assert 5 <= len(begun) < 27
    assert begun == [cell for cell in sorted(Batch(out).cells) if cell in Batch(out).runs]
    (tmp_path / "killer.py").write_text(KILLER, encoding="utf-8")
    subprocess.run([sys.executable, str(tmp_path / "killer.py"), str(plan), str(out)], check=True)
    assert (out.parent / "killed").exists()
    whole = wd.batch(plan, tmp_path / "whole", BatchChoices("serial", formats=("csv",), quick=True))
    assert files_of(out) == files_of(whole.folder)
    figures = whole.dataset()
    matrix, base = matrix_of(figures), wd.load(_base(plan))
    for cell, held in whole.cells.items():
        table = group_indicators(base.set(held["set"]).solve().dataset)
        for name in ("requirement", "delivery", "shortage", "supply_ratio", "worst_ratio"):
            assert np.array_equal(matrix.loc[cell, name].reindex(table.index).values, table[name].values, equal_nan=True), (cell, name)


def _base(plan: Path) -> Path:
    """The one scenario of a plan."""
    beside = plan.with_name("dry.toml")
    return beside if beside.exists() else bundled_folder("scenarios") / "syrdarya-growing-median.toml"
