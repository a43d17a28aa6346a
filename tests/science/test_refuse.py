"""Refusals name the figure and the value."""

from __future__ import annotations

import ast
from importlib import resources

import numpy as np
import pytest

from waterdeal.errors import what_was_said
from waterdeal.science.muskingum import check_muskingum
from waterdeal.science.refuse import refuse_negative, refuse_not_positive, refuse_outside
from waterdeal.words import Words


def test_sound_figures_pass() -> None:
    """Numbers and arrays within their range say nothing."""
    refuse_negative(initial=0, recharge=[0.0, 3.5])
    refuse_not_positive(step_days=[1, 31])
    refuse_outside(0, 1, share=np.array([0.0, 1.0]))


@pytest.mark.parametrize("value", [-1e-9, np.nan, np.inf, [1.0, -2.0]])
def test_figures_that_cannot_be(value: float) -> None:
    """A negative, endless or missing value is refused by the name of its figure."""
    with pytest.raises(ValueError, match="mean flow must be a number of 0 or more, found"):
        refuse_negative(mean_flow=value)
    with pytest.raises(ValueError, match="mean flow must be a number above 0, found"):
        refuse_not_positive(mean_flow=value)


def test_the_first_bad_value_is_told() -> None:
    """The message shows what was found."""
    with pytest.raises(ValueError, match="step days must be a number above 0, found 0"):
        refuse_not_positive(step_days=[4, 0, -1])
    with pytest.raises(ValueError, match="share must lie between 0 and 1, found nan"):
        refuse_outside(0, 1, share=[0.5, np.nan])


def test_a_refusal_is_told_in_the_language_of_the_reader() -> None:
    """Name of the figure and what to do included."""
    with pytest.raises(ValueError, match="mean flow") as refused:
        refuse_negative(mean_flow=-1)
    assert Words("ru").tell(what_was_said(refused.value)) == "средний расход: нужно число не меньше 0, найдено -1"
    with pytest.raises(ValueError, match="split the reach") as refused:
        check_muskingum(14, 0.2, 5)
    assert Words("uz").tell(what_was_said(refused.value)).endswith("uchastkani qisqaroqlariga boʻling yoki oʻrniga yetib borish vaqtini bering")


def test_every_figure_that_can_be_refused_has_its_words() -> None:
    """The name of an argument is looked up; one without words would fail where it is needed."""
    files = [file for file in resources.files("waterdeal.science").iterdir() if file.name.endswith(".py")]
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = {word.arg for call in calls if getattr(call.func, "id", "").startswith("refuse_") for word in call.keywords}
    assert len(names) > 8
    assert [name for name in names if not Words("en").has(f"figure.{name}")] == []
