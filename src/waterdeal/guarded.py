"""How names are had: public ones of a package when they are first used; private ones of libraries, each with a slow way beside it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Way = TypeVar("Way")

#: libraries that are used the slow way in this process, and why; every plan made so says it in its attribute ``slow_ways``
SLOW: dict[str, str] = {}


def fast_or_slow(library: str, fast: Callable[[], Way], slow: Callable[[], Way]) -> Way:
    """Return the fast way where it can be had and proves itself, else the slow one, and remember that."""
    try:
        return fast()
    except Exception as error:
        import logging

        SLOW[library] = f"{type(error).__name__}: {error}"
        logging.getLogger("waterdeal").debug("%s is used the slow way: %s", library, SLOW[library])
        return slow()


def slow_ways() -> dict[str, str]:
    """Return the attribute that tells of slow ways; nothing where there are none."""
    return {"slow_ways": "; ".join(f"{library} ({why})" for library, why in SLOW.items())} if SLOW else {}


def homes_by_name(names: Mapping[str, str]) -> dict[str, str]:
    """Return the module of each public name in order, from the names of each module."""
    return dict(sorted((name, home) for home, told in names.items() for name in told.split()))


def offered(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package whose public names, modules of its own among them, are imported at first use."""

    def get(name: str) -> object:
        if name not in homes:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        return import_module(f"{package}.{name}") if homes[name] == package else getattr(import_module(homes[name]), name)

    return get, lambda: sorted({*homes, "__doc__", "__file__", "__name__", "__path__"})
