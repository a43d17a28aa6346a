"""A copy of a bundled case brought up to the newer basin: what she changed stays, what is new is taken, nothing is lost."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
from tools.given_out import packed

from tests.commands import call
from waterdeal.basin.read import read_basin
from waterdeal.scenario.given_out import NOTE, archive_of, case_files, given_out, note_of, version_of, versions_of
from waterdeal.scenario.merge import merge_documents
from waterdeal.scenario.renew import CLASHES

if TYPE_CHECKING:
    from pathlib import Path


def _copy(folder: Path, version: str) -> Path:
    """Write what was given out as a version, without a note."""
    for name, content in versions_of("syrdarya")[version].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _edit(file: Path, old: str, new: str) -> None:
    """Change a file of hers."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _held(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_changed_copy_of_the_first_basin(tmp_path: Path) -> None:
    """Matched by digests: her limit stays, the new dead storage comes, both changed is listed, her files and scenarios go along."""
    folder = _copy(tmp_path / "mine", "2026.1")
    tables = folder / "syrdarya"
    _edit(tables / "limits.csv", "uz_growing_2025,UZ,growing,2025,8800", "uz_growing_2025,UZ,growing,2025,8700")
    _edit(tables / "reservoirs.csv", "shardara,810,", "shardara,700,")
    _edit(folder / "base.toml", "initial = 896", "initial = 900  # measured by us")
    (folder / "mine.toml").write_text('extends = "syrdarya-growing-dry.toml"\n[scenario]\nid = "mine"\n', encoding="utf-8")
    (folder / "out" / "run").mkdir(parents=True)
    (folder / "out" / "run" / "plan.nc").write_bytes(b"a plan of the old basin")
    before = _held(folder)
    spoken = call("update", folder, "-o", tmp_path / "new", "--json")
    told = spoken.json
    assert (spoken.code, told["from"], told["to"], told["left"]) == (0, "2026.1", version_of("syrdarya", case_files("syrdarya")), ["out"])
    clash = {"file": "syrdarya/reservoirs.csv", "row": "shardara", "column": "dead_hm3", "before": "810", "yours": "700", "new": "389"}
    assert clash in told["conflicts"]
    assert _held(folder) == before
    basin = read_basin(tmp_path / "new" / "syrdarya")
    assert basin.table("limits").set_index("limit")["volume_hm3"]["uz_growing_2025"] == 8700
    assert basin.table("reservoirs").set_index("reservoir")["dead_hm3"].loc[["kayrakkum", "shardara"]].tolist() == [824, 700]
    assert len(basin.table("records"))
    base = (tmp_path / "new" / "base.toml").read_text(encoding="utf-8")
    assert "initial = 900  # measured by us" in base
    assert tomllib.loads(base)["operation"] == {"ramp_share": 0.15}
    assert (tmp_path / "new" / "mine.toml").is_file()
    assert "shardara,dead_hm3,810,700,389" in (tmp_path / "new" / CLASHES).read_text(encoding="utf-8")
    assert not (tmp_path / "new" / "out").exists()


@pytest.mark.thorough
def test_the_new_folder_is_a_copy_of_the_new_version(tmp_path: Path) -> None:
    """An untouched copy becomes the bundled case, with a note; brought up again, nothing changes."""
    folder = _copy(tmp_path / "mine", "2026.2")
    assert call("update", folder, "-o", tmp_path / "new").code == 0
    due = case_files("syrdarya")
    assert _held(tmp_path / "new") == due | {NOTE: note_of("syrdarya", due)}
    again = call("update", tmp_path / "new", "-o", tmp_path / "again", "--json").json
    assert (again["taken"], again["kept"], again["conflicts"]) == (0, 0, [])
    assert _held(tmp_path / "again") == _held(tmp_path / "new")


@pytest.mark.parametrize(
    ("note", "base", "said"),
    [(None, "2025.9", "no version 2025.9"), ({"sha256": {"base.toml": "0"}}, "", "--base"), ({"schema": "other"}, "", "no note of a copy")],
)
def test_what_is_not_known_is_told(tmp_path: Path, note: dict[str, object] | None, base: str, said: str) -> None:
    """A version that never was, digests of none, another file under the name of the note; told, it is merged."""
    folder = _copy(tmp_path / "mine", "2026.2")
    if note is not None:
        (folder / NOTE).write_text(json.dumps({"schema": "waterdeal/case@1", "case": "syrdarya", **note}), encoding="utf-8")
    spoken = call("update", folder, "-o", tmp_path / "new", *(["--base", base] if base else []))
    assert (spoken.code, said in spoken.err, (tmp_path / "new").exists()) == (9, True, False)


def test_no_place_is_written_over(tmp_path: Path) -> None:
    """Neither a folder that is there nor one inside the copy; a folder that is no copy is refused."""
    folder = _copy(tmp_path / "mine", "2026.2")
    assert call("update", folder, "-o", folder / "new").code == 9
    assert call("update", folder, "-o", folder).code == 9
    assert call("update", tmp_path, "-o", tmp_path / "new").code == 9
    assert call("update", tmp_path / "none").code == 9


def test_a_version_given_out_never_changes() -> None:
    """What stands in the archive under the version of the bundled case is the bundled case; the archive is the same whenever it is made."""
    archive, files = archive_of("syrdarya"), case_files("syrdarya")
    versions = given_out(archive)
    version = version_of("syrdarya", files)
    assert versions.get(version, files) == files, "give the basin a new version, a date and a change"
    assert archive.read_bytes() == packed(versions)
    header = tomllib.loads(files["syrdarya/basin.toml"].decode("utf-8"))
    assert [change["version"] for change in header["change"]] == [version, *(name for name in reversed(versions) if name != version)]


BEFORE = '# note\na = 1\nb = 2\n[x]\ninitial = 5\nsource = "read"\n[[clause]]\nid = "one"\nv = 1\n'


@pytest.mark.parametrize(
    ("yours", "new", "due", "clashes"),
    [
        (("a = 1", "a = 3 # mine"), ("b = 2", "b = 4"), {"a": 3, "b": 4}, []),
        (("a = 1", "a = 3"), ("a = 1", "a = 4"), {"a": 3, "b": 2}, ["a"]),
        (("a = 1\n", ""), ("a = 1", "a = 4"), {"b": 2}, ["a"]),
        (("a = 1", "a = 1.0"), ("a = 1", "a = 4"), {"a": 4, "b": 2}, []),
        (("a = 1", "a = true"), ("b = 2", "b = 2.0"), {"a": True, "b": 2}, []),
        (("initial = 5", "initial = 6"), ('"read"', '"other"'), {"x": {"initial": 6, "source": "read"}}, ["x.initial"]),
        (('id = "one"\nv = 1', 'id = "one"\nv = 2'), ("[[clause]]", '[[clause]]\nid = "two"\n[[clause]]'),
         {"clause": [{"id": "two"}, {"id": "one", "v": 2}]}, []),
    ],
)  # fmt: skip
def test_documents_by_key(yours: tuple[str, str], new: tuple[str, str], due: dict[str, object], clashes: list[str]) -> None:
    """Hers, the new one, both; a key taken away; a figure with its source; parts of a list by id; her comments where lines allow it."""
    texts = (BEFORE, BEFORE.replace(*yours), BEFORE.replace(*new))
    merged = merge_documents("s.toml", texts, "merged")
    assert merged is not None
    content = tomllib.loads(merged[0])
    whole = {key: value for key, value in tomllib.loads(BEFORE).items() if key not in {"a", "b"} or key in due or "x" in due or "clause" in due}
    assert content == whole | due
    assert [clash.row for clash in merged[1].clashes] == clashes
    assert merged[0].startswith("# note\n") or "merged" in merged[0]


def test_a_document_that_is_no_toml_is_not_merged() -> None:
    """Hers stays whole then, and is listed."""
    assert merge_documents("s.toml", ("a = 1", "a = = 2", "a = 3"), "merged") is None
