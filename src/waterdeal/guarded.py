"""Ways that lean on what another library does not promise, each with a slow way by public names beside it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Way = TypeVar("Way")

#: libraries that are used the slow way in this process, and why; every plan made so says it in its attribute ``slow_ways``
SLOW: dict[str, str] = {}


def fast_or_slow(library: str, fast: Callable[[], Way], slow: Callable[[], Way]) -> Way:
    """Return the fast way where it can be had and proves itself, else the slow one, and remember that."""
    try:
        return fast()
    except Exception as error:
        SLOW[library] = f"{type(error).__name__}: {error}"
        logging.getLogger("waterdeal").debug("%s is used the slow way: %s", library, SLOW[library])
        return slow()


def slow_ways() -> dict[str, str]:
    """Return the attribute that tells of slow ways; nothing where there are none."""
    return {"slow_ways": "; ".join(f"{library} ({why})" for library, why in SLOW.items())} if SLOW else {}
