"""Workers end with the process that asks, however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.ensemble.conftest import traces_of
from waterdeal.ensemble import backends
from waterdeal.errors import SolverTrouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from waterdeal.run import Case

#: a driver whose workers go on beating, each in a file of its own, while they wait for work that never comes
DRIVER = """
import sys, threading, time
from pathlib import Path
from waterdeal.ensemble.backends import Processes

def beat(file):
    while True:
        file.write_text(str(time.monotonic()))
        time.sleep(0.05)

def work(folder, shard):
    threading.Thread(target=beat, args=(Path(folder) / f"beat-{shard}",), daemon=True).start()
    time.sleep(0.5)

if __name__ == "__main__":
    for _ in Processes(2).map(work, sys.argv[1], [0, 1], lambda shard: shard):
        if len(list(Path(sys.argv[1]).glob("beat-*"))) == 2:
            (Path(sys.argv[1]) / "ready").touch()
            time.sleep(600)
"""


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    """Killed without a chance to say so, it leaves nobody and nothing behind: idle workers stop within seconds."""
    script, temporary = tmp_path / "driver.py", tmp_path / "temporary"
    script.write_text(DRIVER, encoding="utf-8")
    temporary.mkdir()
    driver = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env={**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary)})
    try:
        _wait_for((tmp_path / "ready").exists, 120)
    finally:
        driver.kill()
        driver.wait()
    _wait_for(lambda: not _beats(tmp_path), 30)
    assert not list(temporary.iterdir())


#: a driver whose first worker dies while it starts, before it has read what all need, which is more than a pipe holds
STILLBORN = """
import os, sys
from pathlib import Path
from waterdeal.ensemble.backends import Processes

mark = Path(sys.argv[1]) / "born"
if __name__ != "__main__" and not mark.exists():
    mark.touch()
    os._exit(1)

def work(shared, shard):
    return len(shared) + shard

if __name__ == "__main__":
    print(sorted(Processes(1).map(work, "x" * 1_000_000, [0, 1], lambda shard: shard)))
"""


def test_a_worker_that_dies_while_it_starts_is_replaced(tmp_path: Path) -> None:
    """Nobody waits for it for ever."""
    script = tmp_path / "driver.py"
    script.write_text(STILLBORN, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.strip() == "[(0, 1000000), (1, 1000001)]"


def _crash(_shared: object, _shard: object) -> None:
    """End as a solver does that crashes."""
    os._exit(139)


@pytest.mark.thorough  # by default: workers that die once
def test_a_worker_that_always_crashes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, after as many tries as there are, and nobody waits."""
    monkeypatch.setattr(backends, "MOST_DEATHS", 2)
    with pytest.raises(SolverTrouble, match="does the solver crash on some member"):
        list(backends.Processes(1).map(_crash, None, [0, 1], lambda shard: shard))


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_ensemble_says_how_it_goes_on(dry: Case, tmp_path: Path, number: signal.Signals) -> None:
    """Its exit code, one line, what was solved, and no word of Python's own about workers that were ended."""
    traces_of(dry, 200).to_netcdf(tmp_path / "traces.nc", engine="h5netcdf")  # files of 64, and one of 8
    what = ["ensemble", "run", str(dry.file.path), "--inflow", "traces.nc", "--backend", "processes:2", "-o", "out"]
    driver = subprocess.Popen([sys.executable, "-m", "waterdeal", *what], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    _wait_for(lambda: list((tmp_path / "out").glob("shards/*.nc")), 120)
    driver.send_signal(number)
    told, _ = driver.communicate(timeout=60)
    *_, last = told.splitlines()
    assert driver.returncode == 128 + number
    assert re.fullmatch(r"interrupted; \d+ of 200 members stand in out; the same command with --resume goes on with them", last)


def _beats(folder: Path) -> bool:
    """Whether some worker still beats."""
    before = [file.read_text() for file in sorted(folder.glob("beat-*"))]
    assert before
    time.sleep(1)
    return before != [file.read_text() for file in sorted(folder.glob("beat-*"))]


def _wait_for(what: Callable[[], bool], most: float) -> None:
    """Wait until something is so."""
    end = time.monotonic() + most
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)
