"""What a command does that is stopped, or whose output has no room, and whose files nobody may lose."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.thorough import diagonal
from waterdeal.cli.commands import DEMOS
from waterdeal.cli.console import Console
from waterdeal.results.disk import WRITTEN
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

#: a command that gets a signal after so many seconds of its own time, however busy the machine is
DRIVER = """
import os, signal, sys
number, at = int(sys.argv.pop(1)), float(sys.argv.pop(1))
signal.signal(signal.SIGPROF, lambda *_: os.kill(os.getpid(), number))
signal.setitimer(signal.ITIMER_PROF, at)
from waterdeal.cli import main
try:
    main()
finally:
    signal.setitimer(signal.ITIMER_PROF, 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("kind", diagonal(["SIGINT", "SIGTERM"], "SIGTERM"))
@pytest.mark.parametrize("at", diagonal([0.02, 0.1, 0.3, 0.5, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8], 0.3))
def test_stopped_at_any_moment(tmp_path: Path, dry: Path, kind: str, at: float) -> None:
    """Exit code of the signal, one line that tells what is on disk, no traceback, nothing left beside the folder."""
    number = getattr(signal, kind)
    command = [sys.executable, "-c", DRIVER, str(int(number)), str(at), "run", str(dry), "-o", str(tmp_path / "run")]
    left = subprocess.run(command, capture_output=True, text=True, check=False)
    assert left.returncode in {128 + number, 0}, left.stderr
    assert "Traceback" not in left.stderr
    assert left.returncode == 0 or left.stderr == "interrupted; nothing was written\n" or left.stderr.startswith("interrupted; written")
    assert {entry.name for entry in tmp_path.iterdir()} <= {"run"}


def test_stopped_after_writing(shell: Shell, dry_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands already is named."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("waterdeal.cli.console.Console.say", stop)
    spoken = shell("convert", dry_run, tmp_path / "again.nc")
    assert (spoken.code, WRITTEN) == (130, [tmp_path / "again.nc"])
    assert spoken.err == f"interrupted; written, and whole: {tmp_path / 'again.nc'}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("command", diagonal(["--help", "info --json"], "--help"))
def test_full_output(command: str) -> None:
    """No unexpected error where the output has no room."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        left = subprocess.run(
            [sys.executable, "-m", "waterdeal", *command.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert left.returncode == 9
    assert left.stderr.startswith("FileProblem: the output cannot be written: No space left on device")


def test_demo_overwrites_nothing_of_yours(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By force the demo puts back what is missing; what was changed is named and stays."""
    shell("--version")  # all commands are loaded before one is replaced
    monkeypatch.setattr("waterdeal.cli.commands.run", lambda *_given, **_more: None)
    assert shell("demo", "-o", tmp_path / "d").code == 0
    nodes, scenario = tmp_path / "d" / "syrdarya" / "nodes.csv", tmp_path / "d" / DEMOS["syrdarya"]
    nodes.unlink()
    (tmp_path / "d" / "notes.txt").write_text("mine", encoding="utf-8")
    assert shell("demo", "-o", tmp_path / "d").code == 9
    assert shell("demo", "-o", tmp_path / "d", "--force").code == 0
    assert nodes.read_bytes() == (bundled_folder("data") / "syrdarya" / "nodes.csv").read_bytes()
    scenario.write_text("mine", encoding="utf-8")
    spoken = shell("demo", "-o", tmp_path / "d", "--force")
    assert (spoken.code, scenario.name in spoken.err) == (9, True)
    assert [file.read_text(encoding="utf-8") for file in (scenario, tmp_path / "d" / "notes.txt")] == ["mine", "mine"]


def test_convert_mixes_no_tables(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """By force a folder of tables is replaced whole, but no folder that holds anything else."""
    shell("convert", dry_run, tmp_path / "tables")
    fresh = {file.name for file in (tmp_path / "tables").iterdir()}
    (tmp_path / "tables" / "crops.csv").write_bytes(b"of another plan")
    assert shell("convert", dry_run, tmp_path / "tables", "--force").code == 0
    assert {file.name for file in (tmp_path / "tables").iterdir()} == fresh
    (tmp_path / "tables" / "my.csv").write_bytes(b"mine")
    assert shell("convert", dry_run, tmp_path / "tables", "--force").code == 9
    assert (tmp_path / "tables" / "my.csv").read_bytes() == b"mine"


def test_a_folder_lost_half_way_is_found_again(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """A run whose replacement was killed between two steps answers the next command."""
    hidden = tmp_path / ".waterdeal-run"
    shutil.copytree(dry_run, hidden / "old")
    assert shell("audit", tmp_path / "run").code == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {"run"}


def test_marks_that_steer_are_not_shown(shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes and marks of direction reach no terminal, and machines get them escaped."""
    title = "Plan \x1b[31m\x9b2J \u202etxt.exe\u2066"
    Console().say(title, f"two\nlines of {title}")
    Console(json=True).result({"title": title})
    told = capsys.readouterr().out.splitlines()
    assert not set("".join(told)) & set("\x1b\x9b\u202e\u2066")
    assert (len(told), json.loads(told[-1])["title"]) == (4, title)
    assert "\x1b" not in shell("audit", tmp_path / "\x1b[31mnone.nc").err
