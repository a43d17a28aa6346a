"""A choice of a study that cannot be: one error for all of them."""

from __future__ import annotations

from waterdeal.errors import Problem, ScenarioError

#: what a problem with the choices of a study is told of
FILE = "study"


def refused(*, field: str, found: str, hint: str = "") -> ScenarioError:
    """Make the error about a choice."""
    return ScenarioError(FILE, [Problem(FILE, None, field, found, hint)])
