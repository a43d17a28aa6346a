"""The command line: a thin shell over the API."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from waterdeal.cli.stops import STOPS, end_by_signals, obey_signals

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the ``waterdeal`` command; stopped at any moment, it leaves without a traceback."""
    try:
        if arguments is None:
            obey_signals()
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
        if arguments is None:
            gc.freeze()  # or Python looks once more for what is no longer used: a tenth of the time of a run
            end_by_signals()
