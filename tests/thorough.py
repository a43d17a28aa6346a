"""What runs by default and what only where CI_THOROUGH is set: one case of a matrix for each thing it protects, a few random examples."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

THOROUGH = os.environ.get("CI_THOROUGH", "") not in {"", "0"}
_Made = TypeVar("_Made")
#: seconds that a worker waits for what another one makes
PATIENCE = 300


def examples(usual: int, thorough: int) -> settings:
    """Return how many random examples a property is tried on."""
    return settings(max_examples=thorough if THOROUGH else usual)


def diagonal(cases: Iterable[Any], *usual: Any) -> list[Any]:
    """Mark every case as thorough except some; one that is no longer among the cases is an error."""
    every = list(cases)
    missing = [case for case in usual if case not in every]
    assert not missing, f"no longer among the cases: {missing}"
    return [case if case in usual else pytest.param(case, marks=pytest.mark.thorough) for case in every]


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Folder of the whole run, which all workers have."""
    root = factory.getbasetemp()
    return root.parent if "PYTEST_XDIST_WORKER" in os.environ else root


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], _Made]) -> _Made:
    """Give what one worker makes for all: it is pickled in the folder of the whole run."""
    folder = shared_folder(factory)
    kept, taken = folder / f"{name}.pickle", folder / f"{name}.taken"
    try:
        taken.mkdir()
    except FileExistsError:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if kept.exists():
                return pickle.loads(kept.read_bytes())  # noqa: S301 - of this run
            if (taken / "failed").exists():
                break
            time.sleep(0.05)
        return make()
    try:
        made = make()
    except BaseException:
        (taken / "failed").touch()
        raise
    part = Path(f"{kept}.part")
    part.write_bytes(pickle.dumps(made))
    part.rename(kept)
    return made

