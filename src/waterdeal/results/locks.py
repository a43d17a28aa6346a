"""Locks of folders, held until they are let go or the process ends: of the folder itself on POSIX, of bytes of a file on Windows.

Windows locks no folders, and its locks of bytes are not shared: who shares a lock has one byte of many, who is alone has all of them. The
file stands among the temporary ones of the machine, so that nothing is left in the folder.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: what locks on this system
_LOCKS: Any = import_module("fcntl" if os.name == "posix" else "msvcrt")
#: how many can share a lock of bytes; seconds between two tries
SHARERS, PAUSE = 1000, 0.05


@contextmanager
def locked(folder: Path, *, wait: bool = True, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a folder; some disks know none. Where another process holds it, wait or raise FileProblem."""
    by_bytes = not hasattr(_LOCKS, "flock")
    place = os.open(_file_of(folder), os.O_RDWR | os.O_CREAT) if by_bytes else os.open(folder, os.O_RDONLY)
    take: Callable[[int, bool], bool] = _take_bytes if by_bytes else _take_folder
    try:
        while not take(place, shared):
            if not wait:
                raise FileProblem(say("plans.in_use", folder=folder))
            time.sleep(PAUSE)
        try:
            yield
        finally:
            if by_bytes:
                _let_go(place)
    finally:
        os.close(place)


def _file_of(folder: Path) -> Path:
    """File that stands for a folder, whatever way leads there."""
    name = hashlib.sha256(os.path.normcase(folder.resolve()).encode()).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f"waterdeal-{name}.lock"


def _take_folder(place: int, shared: bool) -> bool:
    """Lock a folder that is open, if no other holds it."""
    try:
        _LOCKS.flock(place, (_LOCKS.LOCK_SH if shared else _LOCKS.LOCK_EX) | _LOCKS.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks
        pass
    return True


def _take_bytes(place: int, shared: bool) -> bool:
    """Lock a byte that is free, or all bytes, of a file that is open."""
    return any(_lock(place, start, 1) for start in range(SHARERS)) if shared else _lock(place, 0, SHARERS)


def _lock(place: int, start: int, count: int) -> bool:
    """Lock some bytes, if no other holds any of them."""
    os.lseek(place, start, os.SEEK_SET)
    try:
        _LOCKS.locking(place, _LOCKS.LK_NBLCK, count)
    except OSError:
        return False
    return True


def _let_go(place: int) -> None:
    """Unlock what a process holds of a file; only what it has locked can be."""
    for start, count in ((0, SHARERS), *((start, 1) for start in range(SHARERS))):
        with suppress(OSError):
            os.lseek(place, start, os.SEEK_SET)
            _LOCKS.locking(place, _LOCKS.LK_UNLCK, count)
            return
