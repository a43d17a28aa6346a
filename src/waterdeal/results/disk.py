"""Files and folders written whole or not at all, whatever stops it: what stood there before stays until the new one stands."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem, why_of
from waterdeal.results.locks import locked
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: how the name of what is being written begins; the name of what it will be follows
HIDDEN = ".waterdeal-"
#: what stands in a hidden folder: what is to be, the folder it replaces, and that one when it is no longer needed
FRESH, OLD, GONE = "fresh", "old", "gone"
#: what tells of a run, beside its other files
RUN_FILE = "run.json"
#: what this process has written, whole
WRITTEN: list[Path] = []


def recovered(path: Path | str) -> Path:
    """Return a path; a folder that was to be replaced there when its command was killed is put back first."""
    place = Path(path).resolve()
    for target in (place, place.parent):
        hidden = _hidden(target)
        with suppress(OSError):
            if (hidden / OLD).exists() and not target.exists():
                with locked(target.parent):
                    _clear(hidden)
    return Path(path)


def refuse_existing(path: Path, remedy: str, *, force: bool | None) -> None:
    """Raise FileProblem where something is there already that `force` does not allow to replace; None where nobody can."""
    try:
        refused = recovered(path).exists() and not force and not holds_no_plan(path)
    except OSError as error:
        raise FileProblem(say("plans.unwritable", folder=path, value=why_of(error))) from error
    if refused:
        raise FileProblem(say("plans.exists_alone" if force is None else "plans.exists", path=path, remedy=remedy))


def holds_no_plan(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what a run leaves that found no plan, which the next run may replace."""
    names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else {"plan.nc"}
    beside = {name for name in names if not name.startswith("explanation.")}
    return not beside or (RUN_FILE in beside and beside <= {RUN_FILE, "inputs.nc", "sources"})


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run or a record."""
    return (folder / "plan.nc").is_file()


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool = False, is_ours: Callable[[Path], bool] = is_run) -> Path:
    """Write all files of a run, or none; what `force` may replace is a folder that is ours.

    They are written to a hidden folder beside the target. The earlier folder is kept in it until the new one stands in its place, and is
    put back where that fails; where the process is killed between the two, the next command puts it back.
    """
    target = folder.resolve()
    try:
        with _writing(target) as hidden:
            refuse_existing(folder, say("commands.other_folder"), force=force)
            if target.exists() and not is_ours(target) and not holds_no_plan(target):
                raise FileProblem(say("plans.no_run_folder", folder=folder))
            for name, content in files.items():
                file = hidden / FRESH / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            for place in (hidden / FRESH, *(hidden / FRESH).rglob("*")):
                _sync(place)
            if target.exists():
                target.replace(hidden / OLD)
            (hidden / FRESH).replace(target)
            WRITTEN.append(folder)
            _sync(target.parent)
    except OSError as error:
        raise FileProblem(say("plans.unwritable", folder=folder, value=why_of(error))) from error
    return folder


def write_file(file: Path, content: bytes, *, force: bool = True) -> None:
    """Write one file whole or not at all; without `force`, one that came there meanwhile stays."""
    target = file.resolve()
    try:
        with _writing(target) as hidden:
            refuse_existing(file, say("commands.other_file"), force=force)
            write_through(target, content, hidden / FRESH)
            WRITTEN.append(file)
            _sync(target.parent)
    except OSError as error:
        raise FileProblem(say("plans.unwritable", folder=file, value=why_of(error))) from error


def write_files(folder: Path, files: Mapping[str, bytes], *, force: bool = True) -> None:
    """Write several files into a folder that may hold others: all, or none, and then what stood there stays."""
    target = folder.resolve()
    for name in files:
        refuse_existing(target / name, say("commands.other_file"), force=force)
    before: dict[Path, bytes | None] = {}
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _writing(target / FRESH) as hidden:
            (hidden / FRESH).mkdir()
            for name, content in files.items():
                (hidden / FRESH / name).write_bytes(content)
                _sync(hidden / FRESH / name)
            for name in files:
                place = target / name
                before[place] = place.read_bytes() if place.exists() else None
                (hidden / FRESH / name).replace(place)
        _sync(target)
        WRITTEN.extend(folder / name for name in files)
    except BaseException as error:
        for place, stood in before.items():
            with suppress(OSError):
                place.unlink(missing_ok=True) if stood is None else place.write_bytes(stood)
        if isinstance(error, OSError):
            raise FileProblem(say("plans.unwritable", folder=folder, value=why_of(error))) from error
        raise


def write_through(target: Path, content: bytes, fresh: Path) -> None:
    """Write a file by way of another one beside it, so that it is there whole or not at all, whenever the machine stops."""
    try:
        fresh.write_bytes(content)
        _sync(fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have the disk keep a file or the names in a folder, before anything leans on it; Windows has no such call for what is only read."""
    if os.name == "posix":
        place = os.open(path, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def _hidden(target: Path) -> Path:
    """Where it is written what is to stand at a place."""
    return target.with_name(f"{HIDDEN}{target.name}") if target.name else target


@contextmanager
def _writing(target: Path) -> Iterator[Path]:
    """Give a hidden folder beside the target, alone; what killed commands left there is cleared, and what this one leaves."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(target.parent):
        for left in target.parent.glob(f"{HIDDEN}*"):
            _clear(left)
        hidden = _hidden(target)
        hidden.mkdir()
        try:
            yield hidden
        finally:
            _clear(hidden)


def _clear(hidden: Path) -> None:
    """Take away a hidden place; the earlier folder in it is put back where nothing has taken its place."""
    target = hidden.with_name(hidden.name.removeprefix(HIDDEN))
    if hidden.is_dir() and {entry.name for entry in hidden.iterdir()} <= {FRESH, OLD, GONE}:
        if (hidden / OLD).exists():
            (hidden / OLD).replace(hidden / GONE if target.exists() else target)
        shutil.rmtree(hidden, ignore_errors=True)
