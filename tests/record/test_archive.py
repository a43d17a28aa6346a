"""Archives and folders that are not records, or not to be trusted."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.thorough import diagonal
from waterdeal.errors import FileProblem
from waterdeal.record.archive import is_safe, read_record, read_zip, record_zip
from waterdeal.record.verify import formula_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "C:/a", "a\\b", "", ".", "a//b", "./a", "a\x00b"])
def test_names_that_lead_elsewhere_are_unsafe(name: str) -> None:
    """On any system."""
    assert not is_safe(name)


@pytest.mark.parametrize("name", ["../../evil.csv", "/tmp/evil.csv", "basin/../../evil.csv", "C:\\evil.csv"])  # noqa: S108
def test_a_zip_that_reaches_out_is_refused(tmp_path: Path, name: str) -> None:
    """With one clear error; nothing is written."""
    archive = tmp_path / "record.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("manifest.json", "{}")
        made.writestr(zipfile.ZipInfo(name), "x")
    with pytest.raises(FileProblem, match="outside the record"):
        read_record(archive)
    assert list(tmp_path.iterdir()) == [archive]


def test_a_link_in_a_zip_is_refused() -> None:
    """A link is a way out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        entry = zipfile.ZipInfo("plan.nc")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    with pytest.raises(FileProblem, match="outside the record"):
        read_zip(buffer.getvalue(), "record.zip")


def test_a_zip_with_a_name_twice_is_refused() -> None:
    """Readers would disagree which one counts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("plan.nc", "1")
        made.writestr("PLAN.nc", "2")
    with pytest.raises(FileProblem, match="twice"):
        read_zip(buffer.getvalue(), "record.zip")


def test_a_zip_that_unpacks_beyond_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its table of contents."""
    monkeypatch.setattr("waterdeal.record.archive.MOST_BYTES", 1000)
    with pytest.raises(FileProblem, match="more than a record"):
        read_zip(record_zip({"a": bytes(2000)}), "record.zip")


@pytest.mark.parametrize("share", diagonal([0.0, 0.3, 0.9, 0.999], 0.9))
def test_a_truncated_zip_is_refused(record: dict[str, bytes], tmp_path: Path, share: float) -> None:
    """Whatever is left of it."""
    whole = record_zip(record)
    archive = tmp_path / "record.zip"
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileProblem, match="damaged, cut off or not a zip"):
        read_record(archive)


def test_a_bit_turned_in_a_zip_is_refused(record: dict[str, bytes], tmp_path: Path) -> None:
    """The archive's own checks see it."""
    whole = bytearray(record_zip(record))
    whole[len(whole) // 3] ^= 0x10
    archive = tmp_path / "record.zip"
    archive.write_bytes(whole)
    with pytest.raises(FileProblem):
        read_record(archive)


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    """With how records are made."""
    with pytest.raises(FileProblem, match="waterdeal agree RUN"):
        read_record(tmp_path)
    with pytest.raises(FileProblem, match="cannot be read"):
        read_record(tmp_path / "nowhere")


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    """It could lead anywhere."""
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "plan.nc").symlink_to("/etc/hostname")
    with pytest.raises(FileProblem, match="link"):
        read_record(tmp_path)


@pytest.mark.parametrize(("table", "found"), [(b"a,b\n=1+1,2\n", "=1+1"), (b"a\n@x\n", "@x"), (b"a\n-5\n+1e3\n", ""), (b"\xff", "")])
def test_formulas_are_told(table: bytes, found: str) -> None:
    """A cell that a spreadsheet would run is found, and a number with a sign is none."""
    assert formula_in(table) == found
