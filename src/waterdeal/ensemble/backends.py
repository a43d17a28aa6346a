"""Who solves the members: this process, processes beside it, or the workers of a Dask cluster; the answer is the same."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from waterdeal.errors import SolverTrouble
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Work = Callable[[Any, Any], Any]
    TaskOf = Callable[[int], Any]

#: how often workers that die are replaced before it is told
MOST_DEATHS = 20


class Backend(Protocol):
    """Maps work over shards."""

    def map(self, work: Work, shared: Any, shards: Sequence[int], task_of: TaskOf) -> Iterator[tuple[int, Any]]:
        """Yield (shard, what came of it) in any order; `shared` goes to each worker once, a task with each shard."""


@dataclass(frozen=True)
class Serial:
    """The process that asks."""

    def map(self, work: Work, shared: Any, shards: Sequence[int], task_of: TaskOf) -> Iterator[tuple[int, Any]]:
        """Do one after the other."""
        for shard in shards:
            yield shard, work(shared, task_of(shard))


@dataclass(frozen=True)
class Processes:
    """Processes on this machine."""

    workers: int = 0  # how many; 0 for one a core

    def map(self, work: Work, shared: Any, shards: Sequence[int], task_of: TaskOf) -> Iterator[tuple[int, Any]]:
        """Keep every worker busy; those that die are replaced, and what they had begun is begun again."""
        left = list(shards)
        with TemporaryDirectory(prefix="waterdeal-", ignore_cleanup_errors=True) as folder:
            kept = Path(folder) / "shared"
            kept.write_bytes(pickle.dumps((work, shared)))
            for _ in range(MOST_DEATHS):
                with suppress(BrokenProcessPool):
                    for shard, found in self._map_once(kept, tuple(left), task_of):
                        left.remove(shard)
                        yield shard, found
                    return
        raise SolverTrouble(say("members.workers_died", most=MOST_DEATHS))

    def _map_once(self, kept: Path, shards: Sequence[int], task_of: TaskOf) -> Iterator[tuple[int, Any]]:
        """Do what can be done until a worker dies.

        What all need is read by each from a file: a process waits for ever where more than a pipe holds is written to a worker that dies
        while it starts.
        """
        count, context = self.workers or os.cpu_count() or 1, _Spawned()
        with ProcessPoolExecutor(count, mp_context=context, initializer=_take, initargs=(kept,)) as pool:
            try:
                yield from _in_turn(pool, shards, task_of, 2 * count)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                context.kill()
                raise


class _Worker(SpawnProcess):
    """A worker that Ctrl-C does not reach from its first moment on: the process that asks obeys it, and ends its workers."""

    def start(self) -> None:
        """Start with signals held back, so that no worker is half made by one; it begins with them held back."""
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Spawned(SpawnContext):
    """Spawned workers, the same on every platform (a fork would copy HiGHS's threads), that can be killed all at once.

    A pool that has lost a worker ends the others, but not one that was being started meanwhile: it would wait for that one for ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started: list[Any] = []

    def Process(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # noqa: N802 - the name is the standard library's
        """Make a worker and remember it."""
        self._started.append(_Worker(*args, **kwargs))
        return self._started[-1]

    def kill(self) -> None:
        """End every worker that lives."""
        for process in self._started:
            if process.is_alive():
                process.kill()


def _in_turn(pool: ProcessPoolExecutor, shards: Sequence[int], task_of: TaskOf, most: int) -> Iterator[tuple[int, Any]]:
    """Hand out a few shards at a time, so that what waits takes no memory."""
    queue = iter(shards)
    running: dict[Any, int] = {}
    while True:
        while len(running) < most and (shard := next(queue, None)) is not None:
            running[_submitted(pool, task_of(shard))] = shard
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(future), future.result()


def _submitted(pool: ProcessPoolExecutor, task: Any) -> Any:
    """Hand out a shard; a pool that loses a worker just when it starts another for this one is broken, whatever it fails with."""
    try:
        return pool.submit(_do, task)
    except (OSError, ValueError) as error:
        raise BrokenProcessPool(str(error)) from error


_TAKEN: dict[str, Any] = {}


def _take(kept: Path) -> None:
    """Keep what a worker needs for all its shards; from here on it can be ended by itself."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    Thread(target=_end_with_parent, args=(kept.parent,), daemon=True).start()
    work, shared = pickle.loads(kept.read_bytes())  # noqa: S301 - written by the process that asks, where nobody else can
    _TAKEN.update(work=work, shared=shared)


def _end_with_parent(folder: Path) -> None:
    """End this worker once the process that asks has ended, killed or not: else it, and the folder, would stay for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)


def _do(task: Any) -> Any:
    """Do one shard in a worker."""
    return _TAKEN["work"](_TAKEN["shared"], task)


@dataclass(frozen=True)
class Dask:
    """Workers of a Dask cluster."""

    address: str = ""  # address of its scheduler, e.g. `tcp://10.0.0.1:8786`; empty for a cluster on this machine
    workers: int = 0  # how many of a cluster on this machine; 0 for one a core

    def map(self, work: Work, shared: Any, shards: Sequence[int], task_of: TaskOf) -> Iterator[tuple[int, Any]]:
        """Send what all need once, then a few shards a worker at a time; Dask does again what a dead worker had begun."""
        from distributed import Client, LocalCluster, as_completed

        count = self.workers or os.cpu_count() or 1
        local = nullcontext() if self.address else LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None)
        with local, Client(self.address or local, set_as_default=False) as client:
            sent = client.scatter(shared, broadcast=True)
            queue, running = iter(shards), as_completed(loop=client.loop)

            def submit(count: int) -> None:
                for shard in islice(queue, count):
                    running.add(client.submit(_numbered, work, sent, shard, task_of(shard), pure=False, retries=MOST_DEATHS))

            submit(max(4, 2 * len(client.nthreads())))
            for future in running:
                yield future.result()
                submit(1)


def _numbered(work: Work, shared: Any, shard: int, task: Any) -> tuple[int, Any]:
    """Do one shard and tell which."""
    return shard, work(shared, task)


def make_backend(name: str) -> Backend:
    """Make a backend from its name."""
    if ("://" in name or name.startswith("dask")) and find_spec("distributed") is None:
        raise ValueError(say("members.no_dask", name=name))
    if "://" in name:
        return Dask(name)
    kind, _, workers = name.partition(":")
    if kind == "serial" and not workers:
        return Serial()
    if kind in {"processes", "dask"} and (not workers or (workers.isdecimal() and int(workers) > 0)):
        count = int(workers or 0)
        return Processes(count) if kind == "processes" else Dask("", count)
    raise ValueError(say("members.no_backend", name=name))
