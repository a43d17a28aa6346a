"""Bundled cases as they were given out, version by version; and which of them a copy of a user was made from."""

from __future__ import annotations

import hashlib
import json
import tarfile
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem, why_of
from waterdeal.scenario.locate import bundled_folder
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: files by name
Files = dict[str, bytes]
#: file of a copy that says what it was made from
NOTE = "case.json"
_SCHEMA = "waterdeal/case@1"


def case_files(case: str) -> Files:
    """Return what a copy of a bundled case holds: its scenarios, and the tables of the basin below a folder of its name."""
    return _data_files(bundled_folder("scenarios"), "") | _data_files(bundled_folder("data") / case, f"{case}/")


def _data_files(folder: Path, below: str) -> Files:
    """Files of a bundled folder that are data, by their names in a folder of the user."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts]
    return {below + file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def archive_of(case: str) -> Path:
    """Return where the versions of a case stand that were given out."""
    return bundled_folder("data") / "given_out" / f"{case}.tar.xz"


def given_out(archive: Path) -> dict[str, Files]:
    """Read the versions of an archive, the oldest first; none where there is no archive."""
    found: dict[str, Files] = {}
    if archive.is_file():
        with tarfile.open(archive, "r:xz") as parts:
            for member in parts:
                version, name = PurePosixPath(member.name).parts[0], PurePosixPath(*PurePosixPath(member.name).parts[1:]).as_posix()
                content = parts.extractfile(member)
                found.setdefault(version, {})[name] = b"" if content is None else content.read()
    return found


def version_of(case: str, files: Mapping[str, bytes]) -> str:
    """Return the version that the files of a case state."""
    return str(tomllib.loads(files[f"{case}/basin.toml"].decode("utf-8-sig")).get("version", ""))


def versions_of(case: str) -> dict[str, Files]:
    """Return every version of a case that was given out, and the bundled one last."""
    files = case_files(case)
    version = version_of(case, files)
    return {name: held for name, held in given_out(archive_of(case)).items() if name != version} | {version: files}


def note_of(case: str, files: Mapping[str, bytes]) -> bytes:
    """Write what a copy was made from: case, version, date and the digest of every file."""
    header = tomllib.loads(files[f"{case}/basin.toml"].decode("utf-8-sig"))
    about = {"schema": _SCHEMA, "case": case, "version": str(header.get("version", "")), "date": str(header.get("date", ""))}
    digests = {name: digest(content) for name, content in sorted(files.items())}
    return (json.dumps({**about, "sha256": digests}, indent=1, ensure_ascii=False) + "\n").encode()


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file whose lines may have been ended in another way since."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def case_of(folder: Path) -> str:
    """Return the bundled case that a folder is a copy of."""
    known = sorted(file.parent.name for file in bundled_folder("data").glob("*/basin.toml"))
    case = str(_note(folder).get("case", "")) or next((name for name in known if (folder / name / "basin.toml").is_file()), "")
    if case not in known:
        raise FileProblem(say("update.no_case", folder=folder, known=", ".join(known)))
    return case


def made_from(folder: Path, case: str, versions: Mapping[str, Files], told: str = "") -> str:
    """Return the version that a copy was made from: told, noted, or the one that has most files alike."""
    names = ", ".join(versions)
    if told:
        if told not in versions:
            raise FileProblem(say("update.no_version", version=told, case=case, known=names))
        return told
    noted = _note(folder).get("sha256")
    if noted:
        for version, files in versions.items():
            if {name: digest(content) for name, content in files.items()} == noted:
                return version
    alike = {version: sum(_is_alike(folder / name, content) for name, content in files.items()) for version, files in versions.items()}
    best = [version for version, count in alike.items() if count == max(alike.values()) > 0]
    if noted or len(best) != 1:
        raise FileProblem(say("update.not_known", folder=folder, known=names))
    return best[0]


def _note(folder: Path) -> dict[str, Any]:
    """Read the note of a copy; nothing where it has none."""
    file = folder / NOTE
    if not file.is_file():
        return {}
    try:
        note = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        why = why_of(error) if isinstance(error, OSError) else error
        raise FileProblem(say("general.file_unreadable", file=file, value=why)) from error
    if not isinstance(note, dict) or note.get("schema") != _SCHEMA:
        raise FileProblem(say("update.no_note", file=file, schema=_SCHEMA))
    return note


def _is_alike(file: Path, content: bytes) -> bool:
    """Whether a file holds what was given out."""
    return file.is_file() and digest(file.read_bytes()) == digest(content)
