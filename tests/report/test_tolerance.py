"""What was given, where, and what it bought, as people read it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.solve.test_give import floor_that_rises
from tests.thorough import diagonal
from waterdeal.lp.options import SolveOptions
from waterdeal.provenance import BOUGHT
from waterdeal.reports.edition import Edition
from waterdeal.reports.tolerance import given_table, level_table, tolerance_lines
from waterdeal.run import solve_inputs
from waterdeal.solve.bought import bought
from waterdeal.solve.single import Passes
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr


@cache
def plan(give: float) -> xr.Dataset:
    """Plan the floor that rises from 10 to 30 m3/s, and tell what its tolerance bought."""
    river = floor_that_rises(give=give)
    inputs, levels = river.inputs(), river.scenario().objective.in_turn
    found = solve_inputs(inputs, levels, SolveOptions())
    found.attrs[BOUGHT] = bought(inputs, found, Passes(levels, SolveOptions()))
    return found


def test_a_table_tells_what_each_promise_gave() -> None:
    """16 of 80 m3/s days: 1.4 of 6.9 hm3, a fifth."""
    rows = given_table(Edition(plan(0.2), Words("en"))).rows
    assert [row[1:] for row in rows] == [("least flow", 6.9, 1.4, 1.4, 20.0)]


def test_lines_tell_what_the_last_of_a_level_would_cost() -> None:
    """The last 1.4 hm3 cost 30 m3/s at the largest instead of 22, and a leap of 20 instead of 4."""
    total, levels, last = tolerance_lines(Edition(plan(0.2), Words("en")))
    assert "1.4 million m³" in total
    assert levels == "Levels beyond their least by tolerance, million m³: environmental flows 1.4 of 1.4 allowed."
    assert "“environmental flows” would cost" in last
    assert "30.0 m³/s at its largest instead of 22.0" in last
    assert "20.0 m³/s from step to step instead of 4.0" in last
    assert "20.0 m³/s instead of 4.0" in last


def test_a_certificate_tells_of_every_level() -> None:
    """The floor misses nothing at least, 16 m3/s days in the plan, a fifth of 80 may be; changes fall to 4, and no level below gives."""
    rows = {row[0]: row[1:] for row in level_table(Edition(plan(0.2), Words("en"))).rows}
    assert rows["environmental flows"] == (0.0, 1.4, 1.4, 1.4)
    assert [row[-1] for row in rows.values()].count(0.0) == len(rows) - 1
    assert rows["releases that can be run: ramps kept and few changes"] == (0.3, 0.3, 0.0, 0.0)


def test_nothing_is_told_where_nothing_was_given() -> None:
    """A strict plan has neither lines nor rows."""
    edition = Edition(plan(0.0), Words("en"))
    assert tolerance_lines(edition) == []
    assert not given_table(edition).rows
    assert not level_table(edition).rows


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_it_is_told_in_every_language(language: str) -> None:
    """As many lines as in English, with the same figures."""
    lines = tolerance_lines(Edition(plan(0.2), Words(language)))
    assert len(lines) == 3
    assert all(number in lines[2].replace(",", ".") for number in ("30.0", "22.0"))
