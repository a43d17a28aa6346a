"""Files of users within bounds: what is too large, unpacks beyond measure or declares XML entities is not opened."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from waterdeal.errors import FileProblem, refuse, why_of, why_unread
from waterdeal.words import say

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 20_000_000
MOST_UNPACKED = 300_000_000
MOST_RATIO = 200
#: arrays and groups of a NetCDF file, and how deep groups may stand in one another
_MOST_PARTS, _MOST_DEPTH = 10_000, 32
_HDF5 = b"\x89HDF"


def open_bytes(path: Path, most: int = 0) -> bytes:
    """Read a file of a user whole; where it cannot be, or has more than so many bytes, a sentence says so."""
    try:
        with path.open("rb") as stream:
            large = 0 < most < os.fstat(stream.fileno()).st_size
            raw = b"" if large else stream.read(most + 1 if most else -1)
    except FileNotFoundError as error:
        raise FileProblem(say("imports.file_missing", path=path)) from error
    except OSError as error:
        raise FileProblem(say("imports.file_unread", path=path, error=why_of(error))) from error
    if raw.startswith(b"GRIB"):
        raise FileProblem(say("imports.grib", file=path.name))
    if large or 0 < most < len(raw):
        raise FileProblem(say("imports.file_large", path=path, most=most // 1_000_000))
    return raw


def check_archive(raw: bytes, file: str) -> set[str]:
    """Refuse a damaged archive and one that unpacks beyond measure; return its parts."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise FileProblem(say("imports.cut_off", file=file)) from error
    unpacked = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * packed:
        raise FileProblem(say("imports.unpacks", file=file, unpacked=unpacked / 1e6, packed=packed / 1e6))
    return {part.filename for part in parts}


def check_netcdf(raw: bytes) -> None:
    """Refuse a NetCDF file that unpacks beyond measure or takes figures from other files, by what it says of its arrays; ValueError."""
    import h5py

    if not raw.startswith(_HDF5):
        return
    sizes: list[int] = []
    with h5py.File(io.BytesIO(raw)) as file:
        groups: list[tuple[Any, int]] = [(file, 0)]
        while groups:
            group, depth = groups.pop()
            for name in group:
                sizes.append(0)
                link = group.get(name, getlink=True)
                refuse(isinstance(link, h5py.ExternalLink), "imports.elsewhere", name=name, file=getattr(link, "filename", ""))
                refuse(len(sizes) > _MOST_PARTS or depth > _MOST_DEPTH, "imports.many_parts", most=_MOST_PARTS, deep=_MOST_DEPTH)
                held = group.get(name) if isinstance(link, h5py.HardLink) else None
                if isinstance(held, h5py.Group):
                    groups.append((held, depth + 1))
                elif isinstance(held, h5py.Dataset):
                    sizes[-1] = _bytes_of(held, name)
    if sum(sizes) > max(MOST_UNPACKED, MOST_RATIO * len(raw)):
        raise ValueError(say("imports.unpacks_much", unpacked=sum(sizes) / 1e6, packed=len(raw) / 1e6))


def _bytes_of(array: Any, name: str) -> int:
    """Size of an array whose figures stand in its own file; ValueError."""
    others = [str(part[0]) for part in array.external or ()]
    others += [part.file_name for part in array.virtual_sources()] if array.is_virtual else []
    refuse(others, "imports.elsewhere", name=name, file="".join(others[:1]))
    return int(array.nbytes)


class _Begun(Exception):
    """The first element of a document begins."""


def refuse_entities(raw: bytes, file: str) -> None:
    """Refuse XML that declares a type of document, and so could declare entities, whatever its encoding."""

    def declared(*_of: object) -> None:
        raise FileProblem(say("imports.entities", file=file))

    def begun(*_of: object) -> None:
        raise _Begun

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, begun
    try:
        parser.Parse(raw, True)
    except _Begun:
        return
    except expat.ExpatError as error:
        raise FileProblem(say("imports.bad_xml", file=file, error=why_unread(error))) from error
