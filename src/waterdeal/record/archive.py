"""Records as folders and zip archives: read into memory within limits, written so that the same record gives the same bytes."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, why_of, why_unread
from waterdeal.imports.bounds import MOST_RATIO
from waterdeal.results.disk import recovered
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_FILES = 5_000
MOST_BYTES = 500_000_000
MANIFEST = "manifest.json"
#: what file managers leave behind
LEFTOVERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
#: the first day a zip archive knows
EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1
#: bytes of the end of a zip archive
ZIP_END = 22


def read_record(path: Path | str) -> dict[str, bytes]:
    """Read all files of a record."""
    place = recovered(path)
    try:
        files = _read_folder(place) if place.is_dir() else read_zip(place.read_bytes(), str(place))
    except OSError as error:
        raise FileProblem(say("records.unreadable", place=place, value=why_of(error))) from error
    files = _without_top(files)
    if MANIFEST not in files:
        raise FileProblem(say("records.no_manifest", place=place, MANIFEST=MANIFEST))
    return files


def left_out(path: Path | str) -> list[str]:
    """Name what stands in or around a record and is not read: what file managers leave behind, and bytes outside the archive."""
    place = Path(path)
    if place.is_dir():
        return [name for file in sorted(place.rglob("*")) if file.is_file() and _is_leftover(name := file.relative_to(place).as_posix())]
    raw = place.read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    outside = min((entry.header_offset for entry in entries), default=0) + len(raw) - raw.rfind(b"PK\5\6") - ZIP_END
    told = [say("records.outer_bytes", count=outside)] if outside else []
    return [entry.filename for entry in entries if _is_leftover(entry.filename)] + told


def record_zip(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip archive; the same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def read_zip(raw: bytes, called: str) -> dict[str, bytes]:
    """Read a zip archive without trusting it."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_leftover(entry.filename)]
            _check_entries(entries, called)
            return {entry.filename: _read_entry(archive, entry, called) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise FileProblem(say("records.damaged_zip", called=called, error=why_unread(error))) from error


def _check_entries(entries: Sequence[zipfile.ZipInfo], called: str) -> None:
    """Refuse an archive by its table of contents."""
    names: set[str] = set()
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if not is_safe(entry.filename) or kind not in {0, stat.S_IFREG}:
            raise FileProblem(say("records.leads_outside", called=called, filename=entry.filename))
        if entry.filename.casefold() in names:
            raise FileProblem(say("records.held_twice", called=called, filename=entry.filename))
        if entry.flag_bits & _ENCRYPTED:
            raise FileProblem(say("records.encrypted", called=called))
        names.add(entry.filename.casefold())
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if total > MOST_RATIO * max(packed, 1):
        raise FileProblem(say("imports.unpacks", file=called, unpacked=total / 1e6, packed=packed / 1e6))
    _check_size(len(entries), total, called)


def _check_size(count: int, total: int, called: str) -> None:
    """Refuse what is larger than a record can be."""
    if count > MOST_FILES or total > MOST_BYTES:
        raise FileProblem(say("records.too_large", called=called, count=count, value=total / 1000000.0))


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, called: str) -> bytes:
    """Read one file, no further than its stated size."""
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise FileProblem(say("records.other_length", called=called, filename=entry.filename))
    return content


def is_safe(name: str) -> bool:
    """Tell whether a name stays within its folder on every system.

    Examples
    --------
    >>> is_safe("basin/nodes.csv"), is_safe("../nodes.csv"), is_safe("C:/nodes.csv")
    (True, False, False)
    """
    return not re.search(r'[\\:<>"|?*\x00-\x1f]', name) and not {"", ".", ".."} & set(name.split("/"))


def _is_leftover(name: str) -> bool:
    """Tell whether a file was left by a file manager."""
    return name.rpartition("/")[2] in LEFTOVERS or name.startswith("__MACOSX/")


def _read_folder(folder: Path) -> dict[str, bytes]:
    """Read a folder; links are refused."""
    found: dict[str, Path] = {}
    total = 0
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_symlink():
            raise FileProblem(say("records.holds_link", folder=folder, name=name))
        if file.is_file() and not _is_leftover(name):
            found[name] = file
            total += file.stat().st_size
            _check_size(len(found), total, str(folder))
    return {name: file.read_bytes() for name, file in found.items()}


def _without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    """Take off the one folder that all files stand in, as file managers add it when they pack a folder."""
    tops = {name.partition("/")[0] for name in files}
    if MANIFEST in files or len(tops) != 1 or not all("/" in name for name in files):
        return files
    return {name.partition("/")[2]: content for name, content in files.items()}
