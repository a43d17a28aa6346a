"""Each dependency is listed with what it serves, as ``pyproject.toml`` and the lock have it."""

from __future__ import annotations

import csv
from importlib.metadata import metadata

from tests.docs.generate import dependencies_page, required
from tests.docs.pages import DOCS

REFERENCE = DOCS / "reference"
TOLD = {row["package"]: row for row in csv.DictReader((REFERENCE / "dependencies.csv").read_text(encoding="utf-8").splitlines())}


def test_page_is_generated() -> None:
    """``dependencies.md`` is what the table, ``pyproject.toml`` and the lock give."""
    assert (REFERENCE / "dependencies.md").read_text(encoding="utf-8") == dependencies_page(), "run python -m tests.docs.refresh"


def test_nothing_is_listed_that_is_not_needed() -> None:
    """The table has the packages of ``pyproject.toml`` that are not for tests and linters, each with what it serves; in one order."""
    needed = [name for extra, names in required().items() if extra not in {"tests", "dev"} for name in names]
    assert list(TOLD) == list(dict.fromkeys(needed))
    assert all(row["serves"] and row["licence"] for row in TOLD.values())


def test_licences_are_those_the_packages_state() -> None:
    """The licence of each package that is always installed is in its own metadata."""
    for name in required()[""]:
        about = metadata(name)
        stated = about.get("License-Expression") or "\n".join([about.get("License") or "", *(about.get_all("Classifier") or [])])
        due = TOLD[name]["licence"] if about.get("License-Expression") else TOLD[name]["licence"].partition("-")[0]
        assert due in stated, name
