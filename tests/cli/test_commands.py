"""The other commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import xarray as xr

from tests.bundled import DRY
from tests.commands import TWO_PARTY
from tests.docs.pages import DEMO
from tests.imports import made
from tests.thorough import diagonal
from waterdeal.reports.as_text import WIDTH
from waterdeal.results.store import read_results, to_bytes
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shell
    from tests.commands import DemoRun


def test_demo_copies_the_case_runs_it_and_prints_where(shell: Shell, demo_run: DemoRun, tmp_path: Path) -> None:
    """The demo ends with files of the user's own, in each language asked for, and can be changed and run again."""
    assert f"{DEMO}/out/{DRY}" in demo_run.out.replace("\\", "/")
    assert "Kazakhstan" in demo_run.out
    assert "Казахстан" in (demo_run.run / "tables.ru" / "parties.csv").read_text(encoding="utf-8-sig")
    shutil.copytree(demo_run.folder / DEMO, tmp_path / "demo")
    assert (tmp_path / "demo" / "syrdarya" / "basin.toml").is_file()
    table = tmp_path / "demo" / "syrdarya" / "reservoirs.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("toktogul,5500", "toktogul,5500x"), encoding="utf-8")
    broken = shell("check", tmp_path / "demo" / "syrdarya-growing-dry.toml")
    assert broken.code == 4
    assert "5500x" in broken.err


def test_demo_of_an_unknown_case_names_the_known(shell: Shell, tmp_path: Path) -> None:
    """A wrong name is answered with the right ones."""
    spoken = shell("demo", "amudarya", "-o", tmp_path / "demo")
    assert spoken.code == 9
    assert "syrdarya" in spoken.err


def test_check_says_what_there_is_and_how_sure(shell: Shell, dry: Path) -> None:
    """Check counts nodes, steps and figures by status, without solving."""
    spoken = shell("check", dry, "--json")
    assert spoken.code == 0
    assert spoken.json["sizes"]["time"] == 18
    assert 40 <= spoken.json["sizes"]["node"] <= 80
    assert spoken.json["figures"]["assumed"] > 0


def test_audit_passes_a_plan_and_names_what_is_altered(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """Audit needs only the file; an altered figure ends with exit 5 and its place."""
    assert shell("audit", dry_run).code == 0
    plan = read_results(dry_run)
    changed = plan.copy(deep=True)
    changed["storage"].loc[{"reservoir": "shardara", "time": plan["time"][4]}] += 1.0
    (tmp_path / "plan.nc").write_bytes(to_bytes(changed))
    spoken = shell("audit", tmp_path / "plan.nc")
    assert spoken.code == 5
    assert "shardara, 2026-05-D2" in spoken.err


def test_audit_of_a_damaged_file_is_a_file_problem(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """A truncated file is not a plan."""
    raw = (dry_run / "plan.nc").read_bytes()
    (tmp_path / "plan.nc").write_bytes(raw[: len(raw) // 2])
    spoken = shell("audit", tmp_path / "plan.nc")
    assert spoken.code == 9
    assert "damaged" in spoken.err


def test_compare_shows_differences(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """Two plans side by side: the same plan differs by nothing."""
    shutil.copytree(dry_run, tmp_path / "copy")
    spoken = shell("compare", dry_run, tmp_path / "copy", "--json")
    assert spoken.code == 0
    rows = {row["party"]: row for row in spoken.json["party"]}
    assert rows["KZ"][f"copy - {dry_run.name}"] == 0
    assert shell("compare", dry_run).code == 9


@pytest.mark.parametrize(
    "target", ["плановая таблица.xlsx", "tables.csv", "again.nc", "ряды.xml", "a.dss", pytest.param("a.zarr", marks=pytest.mark.thorough)]
)
def test_convert_a_plan(shell: Shell, dry_run: Path, tmp_path: Path, target: str) -> None:
    """A plan becomes a workbook, a folder of tables, the same NetCDF again, or series of other tools; never over an existing file."""
    assert shell("convert", dry_run, tmp_path / target, "--lang", "ru").code == 0
    assert (tmp_path / target).exists()
    assert shell("convert", dry_run, tmp_path / target).code == 9


def test_convert_a_series_there_and_back(shell: Shell, tmp_path: Path) -> None:
    """A runoff series goes to NetCDF and comes back the same."""
    text = "node,time,runoff_m3s\na,2026-04-01,10.5\na,2026-04-11,12.0\nb,2026-04-01,1.0\nb,2026-04-11,2.0\n"
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    assert shell("convert", tmp_path / "s.csv", tmp_path / "s.nc").code == 0
    with xr.open_dataset(tmp_path / "s.nc", engine="h5netcdf") as series:
        assert series["runoff"].attrs["units"] == "m3 s-1"
    assert shell("convert", tmp_path / "s.nc", tmp_path / "t.csv").code == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == text


def test_convert_refuses_what_it_does_not_know(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """An ending that is not known leaves nothing behind, and the endings that are known are told; a series becomes no workbook."""
    for source, name, known in (
        (dry_run, "annex.docx", ".xml"),
        (dry_run, "a.parquet", ".zarr"),
        (dry_run / "inputs.nc", "a.xlsx", ".dss"),
    ):
        spoken = shell("convert", source, tmp_path / name)
        assert (spoken.code, list(tmp_path.iterdir())) == (9, [])
        assert known in spoken.err


def test_convert_maps_and_tells(shell: Shell, tmp_path: Path) -> None:
    """A mapping beside the command is that of a scenario, an unknown key in it is refused, and what a format takes for granted is told."""
    made.glofas(tmp_path / "g.nc")
    (tmp_path / "map.toml").write_text("points = { naryn_source = [41.15, 72.05] }\n", encoding="utf-8")
    spoken = shell("convert", tmp_path / "g.nc", tmp_path / "g.csv", "--mapping", tmp_path / "map.toml", "--lang", "ru")
    assert spoken.code == 0
    assert (tmp_path / "g.csv").read_text(encoding="utf-8").splitlines()[1] == "naryn_source,2026-04-01,10.0"
    (tmp_path / "map.toml").write_text("point = { naryn_source = [41.15, 72.05] }\n", encoding="utf-8")
    spoken = shell("convert", tmp_path / "g.nc", tmp_path / "h.csv", "--mapping", tmp_path / "map.toml")
    assert (spoken.code, "points" in spoken.err) == (4, True)


def test_info_and_schema(shell: Shell, dry_run: Path, tmp_path: Path) -> None:
    """Info tells what a plan was made from; schema is valid JSON."""
    spoken = shell("info", dry_run, "--json")
    assert spoken.json["scenario"] == "syrdarya-growing-dry"
    assert json.loads(spoken.json["inputs_sha256"])
    assert "syrdarya" in shell("info").out
    assert shell("schema", "-o", tmp_path / "s.json").code == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["title"] == "waterdeal scenario"


def test_help_answers_at_once() -> None:
    """--help loads nothing heavy."""
    code = (
        "import sys\nfrom waterdeal.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'numpy', 'xarray', 'pyomo', 'highspy', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("command", ["audit", "check", "compare", "info"])
def test_what_commands_say_is_in_the_language_asked_for(shell: Shell, dry_run: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command takes the language, whether it writes tables or not; errors come in it; else it is that of the environment, else English."""
    words = {
        "audit": ([dry_run], "Балансы плана сходятся.", "The plan balances."),
        "check": ([TWO_PARTY / "dry.toml"], "ошибок нет", "sound"),
        "compare": ([dry_run, f"{dry_run}/."], "нужны хотя бы два плана", "compare needs at least two plans, each once"),
        "info": ([], "бассейны в поставке", "bundled basins"),
    }
    arguments, russian, english = words[command]
    asked, plain = shell(command, *arguments, "--lang", "ru"), shell(command, *arguments)
    assert russian in asked.out + asked.err
    assert english in plain.out + plain.err
    monkeypatch.setenv("WATERDEAL_LANG", "ru")
    around, back = shell(command, *arguments), shell(command, *arguments, "--lang", "en")
    assert (around.code, around.out, around.err) == (asked.code, asked.out, asked.err)
    assert (back.code, back.out, back.err) == (plain.code, plain.out, plain.err)


def test_quiet_says_nothing(shell: Shell, dry: Path) -> None:
    """--quiet prints errors only."""
    spoken = shell("check", dry, "-q")
    assert (spoken.code, spoken.out, spoken.err) == (0, "", "")


def test_wrong_command_line_is_exit_2(shell: Shell) -> None:
    """Click's convention for a wrong command line."""
    assert shell("run").code == 2


@pytest.mark.parametrize("lang", diagonal(LANGUAGES, "ru"))
def test_answers_fit_the_terminal(lang: str, dry_run: Path, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """However narrow it is, and with every figure: columns that have no room follow below."""
    other = shutil.copytree(dry_run, tmp_path / "a plan with another name")
    monkeypatch.setenv("WATERDEAL_LANG", lang)
    for words in (("info", dry_run), ("accounts", dry_run), ("compare", dry_run, other)):
        told = {}
        for columns in (60, 80, 200):
            monkeypatch.setenv("COLUMNS", str(columns))
            told[columns] = shell(*words).out
            assert max(map(len, told[columns].splitlines())) <= min(columns, WIDTH)
        assert set(re.findall(r"\d+[.,]\d\b", told[200])) <= set(re.findall(r"\d+[.,]\d\b", told[60]))
