"""Tables written in code are checked as those of a folder, and a number is read as it was checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

import waterdeal as wd
from tests.drafts import draft

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin

RIVER = draft("spring catchment; sea outlet", "out spring sea", runoff={"spring": 100}).tables
NO_NUMBERS = ("1_0", "１０", "٣", "1,5", "1 000", "0x10", "inf", "-inf", "nan", "1e999", "½", "ten", "--1", "1.0.0", "-5")
NUMBERS = {"1e1": 10, "10.": 10, ".5": 0.5, "+5": 5, "1.5E-1": 0.15, "007": 7}


def _with(table: str, column: str, text: str) -> Basin:
    return wd.make_basin("b", {**RIVER, table: [{**row, column: text} for row in RIVER[table]]})


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    """In a column that may be blank, where a number that is not understood would be no limit, and in one that may not."""
    for table, column in (("links", "capacity_m3s"), ("hydrology", "runoff_m3s")):
        with pytest.raises(wd.InputError, match=column):
            _with(table, column, text)


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_read_as_it_was_checked(text: str) -> None:
    """However it is spelt; a blank is no limit."""
    assert _with("links", "capacity_m3s", text).table("links")["capacity_m3s"].tolist() == [NUMBERS[text]]
    assert (_with("hydrology", "runoff_m3s", text).runoff == NUMBERS[text]).all()
    assert math.isnan(_with("links", "capacity_m3s", "").table("links")["capacity_m3s"][0])


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a column": ({"links": [{**row, "capacity_m3": 5} for row in RIVER["links"]]}, "capacity_m3.*not a column"),
    "a table": ({"reservoir": []}, "reservoir.*no table"),
    "a month twice": ({"hydrology": [*RIVER["hydrology"], RIVER["hydrology"][0]]}, "hydrology.csv.*spring"),
    "a month of no year": ({"hydrology": [{**row, "month": 13} for row in RIVER["hydrology"]]}, "month"),
    "a month less": ({"hydrology": RIVER["hydrology"][:-1]}, "12"),
    "a class of no name": ({"hydrology": [{**row, "year_class": "dry"} for row in RIVER["hydrology"]]}, "year_class"),
    "a month that is a word": ({"hydrology": [{**row, "month": "May"} for row in RIVER["hydrology"]]}, "month"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_tables_written_in_code_are_checked(wrong: str) -> None:
    """Nothing that is given is left out in silence, and nothing ends in an error of a library."""
    tables, told = WRONG[wrong]
    with pytest.raises(wd.InputError, match=told):
        wd.make_basin("b", {**RIVER, **tables})
