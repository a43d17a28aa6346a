"""Formats of series that the field uses: what a file is told by, what it needs to be read, and who reads and writes it."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from waterdeal.errors import FileProblem
from waterdeal.imports import dss, pi_xml, sapphire, stations
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.imports.lines import Line, Read, Wanted

#: the package that each extra of the installation brings for a format
_PACKAGES = {"dss": "hecdss", "zarr": "zarr", "parquet": "pyarrow", "classic": "scipy"}
_HEAD = 4_096


class Format(Protocol):
    """What a module of a format offers."""

    KIND: str  # its name for people
    ENDINGS: tuple[str, ...]
    NEEDS: str  # extra of the installation; empty where none is needed

    def fits(self, path: Path, head: bytes, /) -> bool:
        """Tell whether a file is of the format."""

    def read(self, path: Path, wanted: Wanted, /) -> Read:
        """Read its series."""


class Written(Format, Protocol):
    """What a module of a format offers that is written too."""

    def write(self, lines: Sequence[Line], path: Path, /) -> None:
        """Write series to a new file."""


FORMATS: tuple[Format, ...] = (pi_xml, dss, sapphire, stations)
#: formats that are written too, by the ending of the file
WRITTEN: dict[str, Written] = {ending: one for one in (pi_xml, dss) for ending in one.ENDINGS}


def first_bytes(path: Path) -> bytes:
    """Return how a file begins; nothing for a folder, or where it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def find_format(path: Path, head: bytes) -> Format | None:
    """Return the format of a file; None where it is a table, or of an own form."""
    return next((one for one in FORMATS if one.fits(path, head)), None)


def lines_bytes(lines: Sequence[Line], suffix: str, file: str) -> bytes:
    """Write series in the format of an ending."""
    form = WRITTEN[suffix]
    need(form.NEEDS, form.KIND, file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"series{suffix}"
        form.write(lines, path)
        return path.read_bytes()


def need(extra: str, kind: str, file: str) -> None:
    """Say what to install for a format whose library is missing."""
    if extra and find_spec(_PACKAGES[extra]) is None:
        raise FileProblem(say("imports.needs", file=file, kind=kind, extra=extra))
