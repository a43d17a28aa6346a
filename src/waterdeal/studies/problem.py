"""A choice of a study that cannot be: one error for all of them."""

from __future__ import annotations

from waterdeal.errors import Problem, ScenarioError

#: what a problem with the choices of a study is told of
FILE = "study"


def refused(*, field: str, found: str, hint: str = "") -> ScenarioError:
    """Make the error about a choice.

    Parameters
    ----------
    field : str
        Which choice.
    found : str
        What is wrong with it.
    hint : str
        What would do.

    Returns
    -------
    ScenarioError
        To be raised.
    """
    return ScenarioError(FILE, [Problem(FILE, None, field, found, hint)])
