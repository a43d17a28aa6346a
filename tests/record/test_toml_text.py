"""What is written as TOML is read back the same."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waterdeal.documents import toml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.one_of(TEXT, st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.dates(date(1, 1, 1)))
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_toml_comes_back(content: dict[str, Any]) -> None:
    """Text with any sign, numbers, dates, lists, tables within tables."""
    assert tomllib.loads(toml_text(content)) == content


def test_toml_has_no_form_for_nothing() -> None:
    """None is refused."""
    with pytest.raises(TypeError, match="no form"):
        toml_text({"a": None})
