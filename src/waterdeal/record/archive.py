"""Records as folders and zip archives: read into memory within limits, written so that the same record gives the same bytes."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_FILES = 5_000
MOST_BYTES = 500_000_000
MANIFEST = "manifest.json"
#: what file managers leave behind
LEFTOVERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
#: the first day a zip archive knows
EPOCH = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED = 0x1


def read_record(path: Path | str) -> dict[str, bytes]:
    """Read all files of a record.

    Parameters
    ----------
    path : pathlib.Path or str
        Folder, or zip archive; nothing is unpacked to the disk.

    Returns
    -------
    dict of str to bytes
        Contents by path in the record.

    Raises
    ------
    FileProblem
        If it cannot be read, is not a record, or its names or sizes are not those of one.
    """
    place = Path(path)
    try:
        files = _read_folder(place) if place.is_dir() else read_zip(place.read_bytes(), str(place))
    except OSError as error:
        message = f"{place} cannot be read: {error.strerror or error}. Name the folder or .zip of a record."
        raise FileProblem(message) from error
    files = _without_top(files)
    if MANIFEST not in files:
        message = f"{place} has no {MANIFEST}, so it is not the record of a deal. A record is made with: waterdeal agree RUN"
        raise FileProblem(message)
    return files


def record_zip(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a zip archive; the same files always give the same bytes.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.

    Returns
    -------
    bytes
        Names sorted, dates of 1980, no rights of any user.
    """
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
    """Read a zip archive without trusting it.

    Parameters
    ----------
    raw : bytes
        The archive.
    called : str
        Its name, for messages.

    Returns
    -------
    dict of str to bytes
        Contents by name.

    Raises
    ------
    FileProblem
        If it is damaged, encrypted or too large, or a name in it leads elsewhere or stands twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_leftover(entry.filename)]
            _check_entries(entries, called)
            return {entry.filename: _read_entry(archive, entry, called) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        message = f"{called} is damaged, cut off or not a zip archive ({error}). Ask for it again."
        raise FileProblem(message) from error


def _check_entries(entries: Iterable[zipfile.ZipInfo], called: str) -> None:
    """Refuse an archive by its table of contents."""
    names: set[str] = set()
    total = 0
    for entry in entries:
        total += entry.file_size
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if not is_safe(entry.filename) or kind not in {0, stat.S_IFREG}:
            message = f'{called} holds "{entry.filename}", a name or link that leads outside the record; it was not opened.'
            raise FileProblem(message)
        if entry.filename.casefold() in names:
            message = f'{called} holds "{entry.filename}" twice; it was not opened.'
            raise FileProblem(message)
        if entry.flag_bits & _ENCRYPTED:
            message = f"{called} is encrypted; a record is open to all."
            raise FileProblem(message)
        names.add(entry.filename.casefold())
    _check_size(len(names), total, called)


def _check_size(count: int, total: int, called: str) -> None:
    """Refuse what is larger than a record can be."""
    if count > MOST_FILES or total > MOST_BYTES:
        message = f"{called} holds {count} files of {total / 1e6:.0f} MB, more than a record does; it was not opened."
        raise FileProblem(message)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, called: str) -> bytes:
    """Read one file, no further than its stated size."""
    with archive.open(entry) as stream:
        content = stream.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        message = f'{called}: "{entry.filename}" is not as long as the archive says; it was not opened.'
        raise FileProblem(message)
    return content


def is_safe(name: str) -> bool:
    """Tell whether a name stays within its folder on every system.

    Examples
    --------
    >>> is_safe("basin/nodes.csv"), is_safe("../nodes.csv"), is_safe("C:/nodes.csv")
    (True, False, False)
    """
    parts = PurePosixPath(name).parts
    plain = not re.search(r'[\\:<>"|?*\x00-\x1f]', name)
    return plain and bool(parts) and not name.startswith("/") and not {"..", "."} & set(name.split("/")) and "" not in name.split("/")


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
            message = f'{folder} holds the link "{name}"; a record holds files only.'
            raise FileProblem(message)
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
