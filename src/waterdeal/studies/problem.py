"""A choice of a study that cannot be: one error for all of them."""

from __future__ import annotations

from waterdeal.errors import Problem, ScenarioError
from waterdeal.words import say

#: what a problem with the choices of a study is told of
FILE = "study"


def refused(*, field: str, key: str, hint: str | None = None, **values: object) -> ScenarioError:
    """Make the error about a choice, told by its key; what to do stands under ``key.remedy`` unless a hint says it."""
    expected = say(f"{key}.remedy", **values) if hint is None else hint
    return ScenarioError(FILE, [Problem(FILE, None, field, say(key, **values), expected)])
