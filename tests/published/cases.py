"""The published cases, by id: their data, and how near a figure has to come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class PublishedCase:
    """One case of ``cases.json``.

    Parameters
    ----------
    inputs, expected, tolerance : dict
        As published or recomputed; where each comes from stands in the file.
    """

    inputs: dict[str, Any]
    expected: dict[str, Any]
    tolerance: dict[str, dict[str, float]]

    def near(self, name: str, place: int | None = None) -> Any:
        """Return an expected figure (or one of its entries) as an approximation."""
        value = self.expected[name] if place is None else self.expected[name][place]
        near = self.tolerance.get(name, self.tolerance.get("*", {"rel": 1e-9}))
        return pytest.approx(value, abs=near.get("abs"), rel=near.get("rel"))


@cache
def published(case: str) -> PublishedCase:
    """Return a case by its id, e.g. ``NE-08``."""
    rows = json.loads(Path(__file__).with_name("cases.json").read_text(encoding="utf-8"))
    return next(PublishedCase(row["inputs"], row["expected"], row["tolerance"]) for row in rows if row["id"] == case)
