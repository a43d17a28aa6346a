"""Running scenarios from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands import TWO_PARTY
from tests.thorough import diagonal

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_run_writes_plan_tables_and_workbooks(dry_run: Path) -> None:
    """A run leaves its plan, a workbook a language, tables and its record; nothing temporary."""
    names = {file.relative_to(dry_run).as_posix() for file in dry_run.rglob("*") if file.is_file()}
    assert {"plan.nc", "inputs.nc", "run.json"} <= names
    assert sum(name.endswith(".xlsx") for name in names) == 2
    assert any(name.endswith(".csv") for name in names)
    assert [file.name for file in dry_run.parent.iterdir()] == [dry_run.name]


def test_existing_run_is_not_overwritten_without_force(shell: Shell, dry: Path, dry_run: Path) -> None:
    """A second run refuses, says why, and leaves the first as it was; --force replaces it."""
    before = (dry_run / "plan.nc").stat().st_mtime_ns
    refused = shell("run", dry, "-o", dry_run)
    assert refused.code == 9
    assert "--force" in refused.err
    assert (dry_run / "plan.nc").stat().st_mtime_ns == before


def test_force_replaces_a_run_but_nothing_else(shell: Shell, tmp_path: Path) -> None:
    """--force never replaces a folder that is not a run."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")
    refused = shell("run", TWO_PARTY / "dry.toml", "-o", folder, "--force")
    assert refused.code == 9
    assert (folder / "letter.txt").read_text() == "keep me"


def test_json_is_one_object_with_the_indicators(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """--json prints one object wherever it stands, and run.json has its figures."""
    spoken = shell("run", TWO_PARTY / "dry.toml", "-o", tmp_path / "a", "--json", "--format", "csv")
    assert spoken.code == 0
    assert spoken.json["exit"] == 0
    written = json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf-8"))
    assert written.items() <= spoken.json.items()
    assert spoken.json["is_unique"]
    known = json.loads((dry_run / "run.json").read_text(encoding="utf-8"))
    assert known["is_unique"]
    assert 0.5 < known["parties"]["KZ"]["supply_ratio"] < 1


def test_the_rule_of_sharing_is_told_and_quick_leaves_the_other_out(shell: Shell, dry: Path, dry_run: Path, tmp_path: Path) -> None:
    """A scenario that chooses none is told so by `check` and by `run`; without --quick the record has what the other would give."""
    none = ("--set", 'objective={ shortage = { share = [0.1, 0.2, 0.7], weight = [1, 3, 10], parts = [2, 4, 7] } }')
    assert "No rule of sharing was chosen" in shell("check", dry, *none).out
    quick = shell("run", TWO_PARTY / "dry.toml", "-o", tmp_path / "a", "--json", "--format", "csv", "--quick", *none)
    assert quick.json["sharing"] | {"levels_count": ""} == {"rule": "least_shortage", "chosen": False, "levels_count": "", "other": {}}
    full = json.loads((dry_run / "run.json").read_text(encoding="utf-8"))["sharing"]
    assert full["rule"] == "equal_ratio"
    assert full["other"]["sharing"] == "least_shortage"
    assert "No rule of sharing was chosen" not in shell("check", dry).out


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("hydrology.factor=0.01", 3, "terminal choice"),
        ("hydrology.factr=0.9", 4, 'Did you mean "factor"?'),
        ("hydrology.year_class=exceeded_99", 4, "exceeded_90"),
        ("reservoir.upper_dam.initial=6800000", 4, "Is the unit right?"),
        ('reservoir.upper_dam.initial="6.8 m3/s"', 4, "cannot be read as hm3"),
        ("solver.time_limit=1e-9", 6, "time limit"),
        ("basin=atlantis", 9, "atlantis"),
        ("nonsense", 4, "KEY=VALUE"),
        ('scenario.id="../../escape"', 4, "scenario.id"),
        ('scenario.id="con"', 4, "cannot be a folder"),
    ],
)
def test_each_failure_has_its_exit_code_and_leaves_nothing(shell: Shell, tmp_path: Path, change: str, code: int, words: str) -> None:
    """What cannot be planned ends with its own code, one clear message and no files."""
    spoken = shell("run", TWO_PARTY / "dry.toml", "-o", tmp_path / "plan", "--set", change)
    assert (spoken.code, words in spoken.err) == (code, True), spoken.err
    assert list(tmp_path.iterdir()) == []


def test_failure_as_json_lists_every_problem(shell: Shell, dry: Path) -> None:
    """Several faults are told at once, for machines too."""
    spoken = shell("check", dry, "--set", "hydrology.factr=1", "--set", "period.stp=3", "--json")
    assert spoken.code == 4
    assert {problem["field"] for problem in spoken.json["problems"]} == {"hydrology.factr", "period.stp"}


def test_missing_scenario_is_a_file_problem(shell: Shell, tmp_path: Path) -> None:
    """A path that leads nowhere is told as such."""
    spoken = shell("run", tmp_path / "нет такого.toml")
    assert spoken.code == 9
    assert "нет такого.toml" in spoken.err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("signum", diagonal([signal.SIGKILL, signal.SIGINT], signal.SIGKILL))
def test_killed_run_leaves_no_result(dry: Path, tmp_path: Path, signum: signal.Signals) -> None:
    """A run killed on the way leaves nothing that looks like a plan, and the next one works."""
    command = [sys.executable, "-m", "waterdeal", "run", str(dry), "-o", str(tmp_path / "plan"), "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        time.sleep(0.8)
        process.send_signal(signum)
        process.wait()
    if process.returncode:
        assert list(tmp_path.iterdir()) == []


def test_disk_that_is_full_is_told_and_leaves_nothing(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No space left: one message, exit 9, nothing half written."""
    write = Path.write_bytes

    def full(file: Path, content: bytes) -> int:
        if file.suffix == ".xlsx":
            raise OSError(28, "No space left on device")
        return write(file, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    spoken = shell("run", TWO_PARTY / "dry.toml", "-o", tmp_path / "plan")
    assert spoken.code == 9
    assert "No space left" in spoken.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_plan_leaves_its_explanation(shell: Shell, tmp_path: Path) -> None:
    """Text and page in each language asked for, and a record, where the plan would be; the next run may take their place."""
    deal = (
        'schema = "waterdeal/agreement@1"\n[agreement]\nid = "deal"\ntitle.en = "A deal"\n[[clause]]\nid = "passed"\nkind = "min_volume"\n'
    )
    (tmp_path / "deal.toml").write_text(f'{deal}at = "dam_delta"\nvalue = "9 km3"\nseason = "growing"\n', encoding="utf-8")
    text = (TWO_PARTY / "dry.toml").read_text(encoding="utf-8")
    text = text.replace('basin = "two_party"', f'basin = "{(TWO_PARTY / "two_party").as_posix()}"\nagreements = ["deal.toml"]')
    (tmp_path / "река.toml").write_text(text, encoding="utf-8")
    folder = tmp_path / "план"
    spoken = shell("run", tmp_path / "река.toml", "-o", folder, "--lang", "en", "--lang", "kk")
    assert spoken.code == 3, spoken.err
    named = {f"explanation.{language}.{kind}" for language in ("en", "kk") for kind in ("txt", "html")}
    assert {file.name for file in folder.iterdir()} == named | {"explanation.json"}
    page = (folder / "explanation.kk.html").read_text(encoding="utf-8")
    assert '<html lang="kk">' in page
    assert page.count("<h1>") == 1
    assert shell("run", tmp_path / "река.toml", "-o", folder).code == 3
    assert not (folder / "explanation.kk.html").exists()
