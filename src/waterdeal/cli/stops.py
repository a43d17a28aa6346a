"""How a command is told to stop: light, since it is there before anything else."""

from __future__ import annotations

import signal
import sys
from threading import Timer
from typing import NoReturn

#: how Python's tracker is started: what workers that are ended leave it clears without a word, as nothing is lost
QUIET = "ignore:resource_tracker:UserWarning"
#: signals by which this process was told to stop
STOPS: list[int] = []


class Stopped(BaseException):
    """The process was told to stop; unlike KeyboardInterrupt, nothing on the way takes it for its own."""


def obey_signals() -> None:
    """Stop by Ctrl-C and SIGTERM, wherever the process is."""
    sys.unraisablehook = _unraised
    sys.warnoptions.append(QUIET)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def end_by_signals() -> None:
    """Let a signal end the process at once, which has nothing left to do."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _stop(number: int, _frame: object) -> NoReturn:
    """Note the signal, whatever becomes of the exception, and stop."""
    STOPS.append(number)
    raise Stopped


def _unraised(lost: sys.UnraisableHookArgs) -> None:
    """Stop a moment later, where it was met in what Python calls by itself, such as on collecting garbage, and lost there."""
    if isinstance(lost.exc_value, Stopped):
        Timer(0.05, signal.raise_signal, STOPS[:1]).start()
    else:
        sys.__unraisablehook__(lost)
