"""A real browser without a window, for pages that people open: the system's Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


@dataclass
class Seen:
    """A page, and what it did that it should not."""

    page: Any
    left: list[str] = field(default_factory=list)  # requests that leave the machine's files
    errors: list[str] = field(default_factory=list)  # of the console and of scripts


@contextmanager
def browser() -> Iterator[Seen]:
    """Open an empty page; skipped, with the reason, where there is no browser or no playwright."""
    driver = pytest.importorskip("playwright.sync_api", reason='pages are tried in a browser by pip install -e ".[dev]"')
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(f"no browser on this machine: {', '.join(_NAMES)}")
    with driver.sync_playwright() as driven:
        opened = driven.chromium.launch(executable_path=path, args=["--no-sandbox"])
        seen = Seen(opened.new_page())
        seen.page.on("request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:", "about:")) else seen.left.append(asked.url))
        seen.page.on("console", lambda told: seen.errors.append(told.text) if told.type == "error" else None)
        seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
        yield seen
        opened.close()
