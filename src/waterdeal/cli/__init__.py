"""The command line: a thin shell over the API."""

from __future__ import annotations

import signal
import sys
from threading import Timer
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

#: signals by which this process was told to stop
STOPS: list[int] = []


class Stopped(BaseException):
    """The process was told to stop; unlike KeyboardInterrupt, nothing on the way takes it for its own."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``waterdeal`` command; stopped at any moment, it leaves without a traceback."""
    try:
        if arguments is None:
            sys.unraisablehook = _unraised
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, _stop)
        from waterdeal.cli.app import main as run_command

        run_command(arguments)
    except SystemExit:
        raise
    except BaseException:
        if not STOPS:
            raise
        # before the console was there to tell
        from waterdeal.words import say

        sys.stderr.write(f"{say('error.interrupted', left=say('error.nothing_written'))}\n")
        raise SystemExit(128 + STOPS[0]) from None
    finally:
        for number in (signal.SIGINT, signal.SIGTERM) if arguments is None else ():
            signal.signal(number, signal.SIG_DFL)  # the process ends: from here on a signal ends it at once


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
