"""A lake may be promised an end like a reservoir: the Northern Aral has a target level."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drafts import Draft, draft


def lake(terminal: dict[str, Any]) -> Draft:
    """A lake with an overflow, half full, and 10 hm3 a day coming."""
    return draft(
        "spring catchment; aral lake; sea outlet",
        "head spring aral; out aral sea",
        volumes={"spring": [10] * 3},
        scenario={"reservoir": {"aral": {"initial": 1000, "terminal": terminal}}},
    )


@pytest.mark.parametrize(
    ("terminal", "least"),
    [({"rule": "as_start"}, 1000), ({"rule": "at_least", "storage": 1020}, 1020), ({"rule": "value", "worth": 1}, 1030)],
)
def test_terminal_of_a_lake(terminal: dict[str, Any], least: float) -> None:
    """What is asked of a lake's end is kept, or worth what it is said to be."""
    assert float(lake(terminal).plan()["storage"].values[0, -1]) >= least - 1e-6
