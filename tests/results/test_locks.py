"""Locks of folders: as this system has them, and as Windows has, which locks bytes of files."""

from __future__ import annotations

import os
import tempfile
import threading
from typing import TYPE_CHECKING

import pytest

from waterdeal.ensemble.shards import FOLDER
from waterdeal.errors import FileProblem
from waterdeal.results import locks
from waterdeal.results.disk import write_file
from waterdeal.results.locks import locked

if TYPE_CHECKING:
    from pathlib import Path


class Bytes:
    """Locks of bytes as Windows has them: of each open file, never shared, and let go by whoever has taken the very same."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: list[tuple[int, int, range]] = []  # the file, where it is open, and its bytes

    def locking(self, place: int, mode: int, count: int) -> None:
        """Lock or let go bytes from where an open file stands."""
        start, file = os.lseek(place, 0, os.SEEK_CUR), os.fstat(place).st_ino
        span = range(start, start + count)
        if mode == self.LK_UNLCK:
            if (file, place, span) not in self.held:
                raise PermissionError(13, "not locked")
            self.held.remove((file, place, span))
            return
        if any(file == other and max(span[0], taken[0]) <= min(span[-1], taken[-1]) for other, _, taken in self.held):
            raise PermissionError(13, "locked")
        self.held.append((file, place, span))


@pytest.fixture(params=["own", "windows"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Bytes | None:
    """Locks of this system, or those of Windows."""
    if request.param == "own":
        return None
    made = Bytes()
    monkeypatch.setattr(locks, "_LOCKS", made)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
    return made


@pytest.mark.usefixtures("system")
def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """A writer waits for another; who does not want to wait is told; nothing is left in the folder."""
    with locked(tmp_path):
        with pytest.raises(FileProblem, match="another command writes to it"), locked(tmp_path, wait=False):
            pass
        writer = threading.Thread(target=write_file, args=(tmp_path / "late.txt", b""))
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
    writer.join(10)
    assert [file.name for file in tmp_path.iterdir()] == ["late.txt"]


@pytest.mark.usefixtures("system")
def test_those_who_share_keep_out_who_is_alone(tmp_path: Path) -> None:
    """Any number share; none who wants to be alone comes in until all have gone, and then nobody else."""
    with locked(tmp_path, shared=True):
        with locked(tmp_path, shared=True, wait=False), pytest.raises(FileProblem), locked(tmp_path, wait=False):
            pass
        with pytest.raises(FileProblem), locked(tmp_path, wait=False):
            pass
    with locked(tmp_path, wait=False), pytest.raises(FileProblem), locked(tmp_path, wait=False, shared=True):
        pass


@pytest.mark.usefixtures("system")
def test_other_folders_are_free(tmp_path: Path) -> None:
    """A lock is of one folder, by whatever way it is named."""
    (tmp_path / FOLDER).mkdir()
    with locked(tmp_path):
        with locked(tmp_path / FOLDER, wait=False):
            pass
        with pytest.raises(FileProblem), locked(tmp_path / FOLDER / "..", wait=False):
            pass


def test_nothing_stays_locked(system: Bytes | None, tmp_path: Path) -> None:
    """Whatever goes wrong inside, the lock is let go."""
    for shared in (False, True):
        with pytest.raises(RuntimeError), locked(tmp_path, shared=shared):
            raise RuntimeError
    assert system is None or system.held == []
    with locked(tmp_path, wait=False):
        pass
