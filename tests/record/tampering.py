"""Hands that alter records."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import h5py

from waterdeal.record.archive import MANIFEST
from waterdeal.record.manifest import make_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from waterdeal.record.finding import Verification


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def with_file(files: Mapping[str, bytes], name: str, content: bytes, *, covered: bool) -> dict[str, bytes]:
    """Replace a file; a tamperer who covers his traces makes the manifest anew."""
    changed = {**files, name: content}
    return cover(changed) if covered else changed


def cover(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make the manifest anew, in the name of the build that made the record."""
    return {**files, MANIFEST: make_manifest(files, json.loads(files[MANIFEST]).get("build_id", ""))}


def digit_places(content: bytes) -> list[int]:
    """Places of all ASCII digits."""
    return [place for place, sign in enumerate(content) if 48 <= sign <= 57]


def other_digit(content: bytes, place: int, step: int = 1) -> bytes:
    """Change the digit at a place."""
    return content[:place] + bytes([48 + (content[place] - 48 + step) % 10]) + content[place + 1 :]


def last_digit(content: bytes) -> bytes:
    """Change the last digit of a text."""
    return other_digit(content, digit_places(content)[-1])


def netcdf(content: bytes, change: Callable[[Any], None]) -> bytes:
    """Change a NetCDF file in place, opened with h5py."""
    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def workbook(content: bytes, part: str, pattern: str, new: str) -> bytes:
    """Change the first match in a part of a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as fresh:
        for entry in old.infolist():
            raw = old.read(entry)
            if entry.filename == part:
                text, count = re.subn(pattern, new, raw.decode(), count=1)
                assert count
                raw = text.encode()
            fresh.writestr(entry, raw)
    return buffer.getvalue()


def named(found: Verification, file: str, where: str = "") -> list[str]:
    """Sentences of the findings in a file, at a place."""
    return [finding.sentence for finding in found.findings if finding.file == file and where in finding.where]
