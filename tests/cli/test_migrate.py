"""`waterdeal migrate`: files of today need nothing, earlier ones are brought up and kept, newer ones are refused."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from waterdeal.agreement.read import read_agreements
from waterdeal.basin.read import read_basin
from waterdeal.cli.app import main
from waterdeal.documents import MIGRATIONS, schema_of
from waterdeal.errors import AgreementError, BasinDataError, InputError, ScenarioError
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.read import read_scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEAL = 'schema = "waterdeal/agreement@1"\n[agreement]\nid = "deal"\n[[clause]]\nid = "a"\nkind = "env_flow"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario with its basin and an agreement, under a Cyrillic name."""
    place = tmp_path / "сделка"
    shutil.copytree(bundled_folder("data").parent / "docs" / "how-to" / "two-party", place)
    (place / "deal.toml").write_text(DEAL, encoding="utf-8")
    return place


def _run(*arguments: object) -> int:
    """Exit code of a command."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def _contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _rename_in_scenario(texts: dict[str, str]) -> dict[str, str]:
    """A step as one would be: a key gets another name, comments stay."""
    return {name: re.sub(r"(?m)^year_class(?=\s*=)", "class_of_year", text) for name, text in texts.items()}


def _rename_in_basin(texts: dict[str, str]) -> dict[str, str]:
    """A column gets another name."""
    return {**texts, "nodes.csv": texts["nodes.csv"].replace("river_km", "kilometre", 1)}


def test_files_of_today_need_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All three kinds, told apart by what is in them; nothing is written."""
    before = _contents(folder)
    assert _run("migrate", folder / "dry.toml", folder / "deal.toml", folder / "two_party") == 0
    said = capsys.readouterr().out
    assert re.findall(r"nothing to change, it is waterdeal/(\w+)@1", said) == ["scenario", "agreement", "basin"]
    assert _contents(folder) == before


def test_every_bundled_document_states_the_format_of_today() -> None:
    """Scenarios, agreements and basins that come with the toolkit."""
    kinds = {"scenarios": "scenario", "scenarios/agreements": "agreement"}
    for name, kind in kinds.items():
        for file in (bundled_folder("scenarios").parent / name).glob("*.toml"):
            text = file.read_text(encoding="utf-8")
            stated = schema_of("batch" if "[[axis]]" in text else kind)
            assert f'schema = "{stated}"' in text or "extends = " in text, file


@pytest.mark.parametrize(("name", "step"), [("scenario", _rename_in_scenario), ("basin", _rename_in_basin)])
def test_an_earlier_format_is_refused_then_brought_up_and_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: Callable[[dict[str, str]], dict[str, str]]
) -> None:
    """The error names the command; the command keeps the old file, and does not overwrite what it kept."""
    monkeypatch.setitem(MIGRATIONS, name, (step,))
    document, changed = {"scenario": ("dry.toml", "dry.toml"), "basin": ("two_party", "two_party/nodes.csv")}[name]
    read = {"scenario": read_scenario, "basin": read_basin}[name]
    with pytest.raises((ScenarioError, BasinDataError), match=r"earlier format.*waterdeal migrate"):
        read(folder / document)
    before = _contents(folder)
    assert _run("migrate", folder / document) == 0
    after = _contents(folder)
    head = "two_party/basin.toml" if name == "basin" else document
    assert f'schema = "waterdeal/{name}@2"'.encode() in after[head]
    assert after[f"{changed}.bak"] == before[changed]
    assert after[f"{head}.bak"] == before[head]
    assert (b"kilometre" if name == "basin" else b"class_of_year") in after[changed]
    assert after[changed].count(b"#") == before[changed].count(b"#")
    assert {key: content for key, content in after.items() if key in before and key not in {head, changed}} == {
        key: content for key, content in before.items() if key not in {head, changed}
    }
    assert _run("migrate", folder / document) == 0
    assert _contents(folder) == after
    (folder / head).write_bytes(before[head])
    assert _run("migrate", folder / document) == 9
    assert (folder / head).read_bytes() == before[head]


def test_another_place_is_written_with_out(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays as it is, without a copy."""
    monkeypatch.setitem(MIGRATIONS, "scenario", (_rename_in_scenario,))
    before = _contents(folder)
    assert _run("migrate", folder / "dry.toml", "-o", tmp_path / "new" / "dry.toml") == 0
    assert _contents(folder) == before
    assert b"class_of_year" in (tmp_path / "new" / "dry.toml").read_bytes()
    assert _run("migrate", folder / "dry.toml", folder / "deal.toml", "-o", tmp_path / "two.toml") == 9


def test_a_newer_format_is_refused_by_all(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One clear error each, by every reader and by migrate, which names all such files at once and writes none."""
    for name in ("dry.toml", "deal.toml", "two_party/basin.toml"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(re.sub(r'schema = "waterdeal/(\w+)@1"', r'schema = "waterdeal/\1@9"', text), encoding="utf-8")
    with pytest.raises(ScenarioError, match="newer format"):
        read_scenario(folder / "dry.toml")
    with pytest.raises(AgreementError, match="newer format"):
        read_agreements(["deal.toml"], folder, {}, {})
    with pytest.raises(BasinDataError, match="newer format"):
        read_basin(folder / "two_party")
    assert _run("migrate", folder / "dry.toml", folder / "deal.toml", folder / "two_party") == InputError.exit_code
    said = capsys.readouterr().err
    assert said.count("is a newer format") == 3
    assert not list(folder.rglob("*.bak"))


def test_a_scenario_without_a_schema_is_of_the_first_format(folder: Path) -> None:
    """As every scenario was read so far."""
    text = (folder / "dry.toml").read_text(encoding="utf-8")
    (folder / "dry.toml").write_text(text.replace('schema = "waterdeal/scenario@1"\n', ""), encoding="utf-8")
    assert read_scenario(folder / "dry.toml").scenario.basin == "two_party"
    assert _run("migrate", folder / "dry.toml") == 0


def test_what_is_no_document_is_refused(tmp_path: Path, folder: Path) -> None:
    """A missing file, text that is no TOML, and another schema."""
    assert _run("migrate", tmp_path / "nowhere.toml") == 9
    (folder / "dry.toml").write_text("not toml", encoding="utf-8")
    assert _run("migrate", folder / "dry.toml") == 4
    (folder / "dry.toml").write_text('schema = "other"\n', encoding="utf-8")
    assert _run("migrate", folder / "dry.toml") == 4
