"""What is promised for a season counts anew in each year of a long horizon."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drafts import draft, user
from waterdeal.run import make_case


def planned() -> Any:
    """Fields that ask for 10 m3/s in June of three years, beside 20, and a limit of 20 hm3 a growing season."""
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "head spring fork; low fork sea",
        runoff={"spring": 20},
        limits=[{"limit": "deal", "party": "A", "season": "growing", "year": "2025", "volume_hm3": 20}],
        scenario={
            "period": {"start": "2026-04-01", "end": "2028-10-01", "step": "month"},
            "entitlement": {"limits": [{"limit": "deal", "share": 0.5}]},
        },
        **user("fields", "fork", [10 if month == 6 else 0 for month in range(1, 13)]),
    )
    return make_case(river.content, river.basin()).solve().dataset


def test_a_limit_of_an_earlier_year_holds_in_each() -> None:
    """Half of 20 hm3 of the 25.9 that are asked for in June, three times; none is carried over."""
    plan = planned()
    assert plan["entitlement"].values.tolist() == ["deal_2026", "deal_2027", "deal_2028"]
    assert plan["entitlement_delivered"].values.tolist() == pytest.approx([10, 10, 10])
    june = plan["delivery"].values[0][plan["requirement"].values[0] > 0]
    assert june.tolist() == pytest.approx([10, 10, 10])
