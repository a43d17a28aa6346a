"""Running scenarios from the command line."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands import TWO_PARTY, call
from tests.thorough import diagonal
from waterdeal.provenance import inputs_digest
from waterdeal.run import load
from waterdeal.run_folder import open_inputs

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

#: a small run of the smallest kind
RUN = ("run", TWO_PARTY / "dry.toml", "--quick", "--format", "csv")
#: its scenario, wherever it lies
DRY_TEXT = (
    (TWO_PARTY / "dry.toml").read_text(encoding="utf-8").replace('basin = "two_party"', f'basin = "{(TWO_PARTY / "two_party").as_posix()}"')
)


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run it once."""
    folder = tmp_path_factory.mktemp("small") / "run"
    assert call(*RUN, "-o", folder).code == 0
    return folder


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
    assert {level: told["value"] for level, told in known["certificate"].items()} == known["levels"]
    assert {told["within"] for told in known["certificate"].values()} <= {True, None}
    assert any(told["give"] > 0 for told in known["certificate"].values())
    assert known["certificate"]["irrigation"]["within"] is True


def test_the_rule_of_sharing_is_told_and_quick_leaves_the_other_out(shell: Shell, dry: Path, dry_run: Path, tmp_path: Path) -> None:
    """A scenario that chooses none is told so by `check` and by `run`; without --quick the record has what the other would give."""
    none = ("--set", "objective={ shortage = { share = [0.1, 0.2, 0.7], weight = [1, 3, 10], parts = [2, 4, 7] } }")
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
    """Why in each language asked for, and all it was sought with, where the plan would be; the next run may take their place."""
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
    assert {file.name for file in folder.iterdir()} == named | {"explanation.json", "inputs.nc", "run.json", "sources"}
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (told["exit"], told["clauses"], told["languages"]) == (3, ["passed"], ["en", "kk"])
    assert inputs_digest(open_inputs(folder)) == inputs_digest(load(tmp_path / "река.toml").inputs)
    assert {file.name for file in (folder / "sources" / "scenario").iterdir()} == {"река.toml", "deal.toml"}
    page = (folder / "explanation.kk.html").read_text(encoding="utf-8")
    assert '<html lang="kk">' in page
    assert page.count("<h1>") == 1
    assert shell("run", tmp_path / "река.toml", "-o", folder).code == 3
    assert not (folder / "explanation.kk.html").exists()
    (folder / "letter.txt").write_text("mine", encoding="utf-8")
    assert shell("run", tmp_path / "река.toml", "-o", folder, "--force").code == 9
    assert (folder / "letter.txt").is_file()


def test_a_river_that_cannot_keep_a_choice_leaves_why(shell: Shell, tmp_path: Path) -> None:
    """Without clauses too; asked again, the same answer is given from the files, as long as they are whole."""
    words = ("run", TWO_PARTY / "dry.toml", "-o", tmp_path / "plan", "--set", "hydrology.factor=0.01", "--if-changed")
    first = shell(*words)
    assert (first.code, "terminal choice" in first.err) == (3, True)
    made = (tmp_path / "plan" / "inputs.nc").stat().st_mtime_ns
    again = shell(*words)
    assert (again.code, again.err) == (first.code, first.err)
    assert (tmp_path / "plan" / "inputs.nc").stat().st_mtime_ns == made
    (tmp_path / "plan" / "explanation.en.txt").write_text("another reason", encoding="utf-8")
    assert shell(*words).err == first.err
    assert shell(*words[:-3], "--if-changed").code == 0
    assert (tmp_path / "plan" / "plan.nc").is_file()


#: what changes a run that was made with `--format csv`, and whether it is made again
AGAIN = {
    "nothing": ((), False),
    "another setting": (("--set", "hydrology.factor=0.99"), True),
    "another language": (("--lang", "kk"), True),
    "another format": (("--format", "xlsx"), True),
}


@pytest.mark.parametrize("case", diagonal(AGAIN, "nothing", "another setting", "another format"))
def test_only_what_has_changed_is_run_again(shell: Shell, small_run: Path, tmp_path: Path, case: str) -> None:
    """The same run, for the same languages and formats, by the same build, all files whole; else its folder is replaced."""
    options, made_again = AGAIN[case]
    folder = Path(shutil.copytree(small_run, tmp_path / "run"))
    spoken = shell(*RUN, "-o", folder, "--if-changed", "--json", *options)
    assert spoken.code == 0, spoken.err
    assert spoken.json.get("unchanged", False) is not made_again
    digests = json.loads((folder / "run.json").read_text(encoding="utf-8"))["sha256"]
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file() and file.name != "run.json"}
    assert {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in found.items()} == digests


@pytest.mark.parametrize(
    "spoilt", diagonal(["missing", "altered", "build", "highspy", "no json", "a list"], "altered", "highspy")
)
def test_what_is_not_whole_is_run_again(shell: Shell, small_run: Path, tmp_path: Path, spoilt: str) -> None:
    """A file lost or altered, another build or solver, and a damaged run.json."""
    folder = Path(shutil.copytree(small_run, tmp_path / "run"))
    table, told = folder / "tables.en" / "parties.csv", folder / "run.json"
    whole, content = table.read_bytes(), json.loads(told.read_text(encoding="utf-8"))
    if spoilt == "missing":
        table.unlink()
    elif spoilt == "altered":
        table.write_bytes(whole + b" ")
    else:
        versions = content["versions"] | ({"highspy": "0.1"} if spoilt == "highspy" else {})
        content |= {"build_id": "0"} if spoilt == "build" else {"versions": versions}
        told.write_text({"no json": "{", "a list": "[1]"}.get(spoilt, json.dumps(content)), encoding="utf-8")
    assert "unchanged" not in shell(*RUN, "-o", folder, "--if-changed", "--json").json
    assert table.read_bytes() == whole


def test_several_scenarios_each_have_a_folder(shell: Shell, dry: Path, tmp_path: Path) -> None:
    """By their ids; the worst exit code, and a list for machines; two of one id are not written over one another."""
    for name, change in (("wet", "hydrology.factor = 1.2"), ("desert", "hydrology.factor = 0.01")):
        text = DRY_TEXT.replace("two-party-dry", name).replace("[hydrology]", f"[hydrology]\n{change.replace('hydrology.', '')}")
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(DRY_TEXT.replace("[hydrology]", "[hydrolog]"), encoding="utf-8")
    (tmp_path / "twin.toml").write_text(DRY_TEXT.replace("two-party-dry", "wet"), encoding="utf-8")
    files = [tmp_path / f"{name}.toml" for name in ("wet", "desert", "bad", "twin")]
    spoken = shell("run", *files, "-o", tmp_path / "out", "--quick", "--format", "csv", "--json")
    assert (spoken.code, [told["exit"] for told in spoken.json]) == (9, [0, 3, 4, 9])
    assert {folder.name for folder in (tmp_path / "out").iterdir()} == {"wet", "desert"}
    assert "twin.toml has the id of" in spoken.err
    assert shell("run", *files[:2], "-o", tmp_path / "out", "--quick", "--format", "csv", "--if-changed").code == 3
