"""Writers stopped at every call to the disk, by an error, by Ctrl-C or dead on the spot: what stands there is whole, old or new."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.thorough import diagonal
from waterdeal.errors import FileProblem
from waterdeal.results.disk import HIDDEN, recovered, write_file, write_folder

if TYPE_CHECKING:
    from collections.abc import Callable

EARLIER = {"plan.nc": b"old", "tables/a.csv": b"old", "more.txt": b"old"}
NEW = {"plan.nc": b"new", "tables/a.csv": b"new", "sources/basin/b.csv": b"new"}
#: what a writer calls to change the disk
CALLS = {
    "pathlib.Path.write_bytes": Path.write_bytes,
    "pathlib.Path.replace": Path.replace,
    "os.fsync": os.fsync,
    "shutil.rmtree": shutil.rmtree,
}


class Dead(BaseException):
    """The process is gone: nothing more of it runs."""


def _held(folder: Path) -> dict[str, bytes]:
    """Files of a folder by name."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _stopping(monkeypatch: pytest.MonkeyPatch, at: int, fault: BaseException) -> list[str]:
    """Have the call of a number fail, and, where the process is dead by it, every later one too; give the calls that were made."""
    made: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            made.append(name)
            if len(made) == at or (len(made) > at and isinstance(fault, Dead)):
                raise fault
            return real(*given, **more)

        return call

    for name, real in CALLS.items():
        monkeypatch.setattr(name, counted(name, real))
    return made


FAULTS = {"full": OSError(28, "No space left on device"), "memory": MemoryError(), "stopped": KeyboardInterrupt(), "dead": Dead()}
STOPS = (FileProblem, MemoryError, KeyboardInterrupt, Dead)
#: calls that replacing the folder makes
MOST = 14


#: how and at which call a writer of a folder is stopped
POINTS = [(kind, at) for kind in FAULTS for at in range(1, MOST + 1)]
USUAL = [("dead", at) for at in range(1, MOST + 1)] + [("full", 10), ("stopped", 11)]


@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize("point", diagonal(POINTS, *USUAL), ids=str)
def test_a_folder_is_old_or_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: tuple[str, int], earlier: bool) -> None:
    """Stopped at any call, the folder is whole once the next command has looked; the command after that leaves nothing hidden."""
    kind, at = point
    folder = tmp_path / "run"
    if earlier:
        write_folder(folder, EARLIER)
    made = _stopping(monkeypatch, at, FAULTS[kind])
    try:
        write_folder(folder, NEW, force=True)
    except STOPS:
        assert len(made) >= at
    monkeypatch.undo()
    if kind != "dead":
        assert not earlier or folder.exists()
    held = _held(recovered(folder))
    assert held in ((EARLIER, NEW) if earlier else ({}, NEW))
    write_file(tmp_path / "other.txt", b"")
    assert {entry.name for entry in tmp_path.iterdir()} == {"other.txt", *(["run"] if held else [])}
    assert held == _held(folder)


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("kind", diagonal(FAULTS, "dead"))
def test_a_file_is_old_or_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, at: int) -> None:
    """The same of one file."""
    file = tmp_path / "plan.nc"
    file.write_bytes(b"old")
    _stopping(monkeypatch, at, FAULTS[kind])
    with suppress(*STOPS):
        write_file(file, b"new")
    monkeypatch.undo()
    assert file.read_bytes() in {b"old", b"new"}
    write_file(tmp_path / "other.txt", b"")
    assert {entry.name for entry in tmp_path.iterdir()} == {"other.txt", "plan.nc"}


def test_what_is_not_ours_is_not_cleared(tmp_path: Path) -> None:
    """A hidden folder of another make stays, whatever its name."""
    other = tmp_path / f"{HIDDEN}notes"
    other.mkdir()
    (other / "mine.txt").write_bytes(b"mine")
    write_file(tmp_path / "plan.nc", b"")
    assert (other / "mine.txt").read_bytes() == b"mine"


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    """Without force nothing is replaced, not even what was not there when the command began."""
    (tmp_path / "plan.nc").write_bytes(b"theirs")
    with pytest.raises(FileProblem, match="already exists"):
        write_file(tmp_path / "plan.nc", b"ours", force=False)
    assert (tmp_path / "plan.nc").read_bytes() == b"theirs"
