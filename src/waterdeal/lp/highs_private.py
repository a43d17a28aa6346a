"""What highspy does not promise, in one place, each with the public way beside it."""

from __future__ import annotations

from typing import Any

import highspy

from waterdeal.guarded import fast_or_slow

#: names of highspy that may go with any release; a test takes each away in turn
NAMES = ("_Highs", "resetGlobalScheduler")


def _plain() -> Any:
    """Return the plain object, if it can be run: highspy's subclass turns on callbacks nobody uses here."""
    from highspy.highs import _Highs

    _Highs.resetGlobalScheduler(True)
    highs = _Highs()
    highs.setOptionValue("output_flag", False)
    highs.run()
    return _Highs


_HIGHS: Any = fast_or_slow("highspy", _plain, lambda: highspy.Highs)
_RESET: Any = getattr(_HIGHS, "resetGlobalScheduler", None)
_threads: list[int] = []


def new_highs(threads: int) -> Any:
    """Make a HiGHS that takes no more threads than given; for good the number first asked for where HiGHS cannot be told to forget it."""
    if _RESET is not None:
        _RESET(True)  # else HiGHS keeps the number of threads of an earlier solve, and refuses another
    else:
        _threads.append(threads)
    highs = _HIGHS()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", _threads[0] if _threads else threads)
    return highs
