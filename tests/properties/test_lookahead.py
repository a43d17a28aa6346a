"""On any river a look-ahead refuses nothing, and takes nothing from the levels above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.rivers import rivers
from tests.thorough import examples
from waterdeal.errors import Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

#: levels that the look-ahead stands below
ABOVE = LEVELS[: LEVELS.index("lookahead")]


def _solved(river: Draft) -> xr.Dataset | None:
    """Plan of a river; None where there is none."""
    levels = river.scenario().levels
    try:
        return solve_inputs(river.inputs(), levels, SolveOptions())
    except Infeasible as error:
        if "lookahead" in str(error) or any(family.startswith("lookahead") for family, _ in error.conflict):
            raise
        return None


@examples(2, thorough=25)
@given(river=rivers(), most=st.sampled_from([None, 0.0, 50.0, 2000.0]), promised=st.sampled_from([0.0, 0.5, 1.5]))
def test_refuses_and_takes_nothing(river: Draft, most: float | None, promised: float) -> None:
    """There is a plan with it if and only if there is one without; levels above it are worth the same, and the season passes its audit.

    Also where a clause promises as much as may never come; the look-ahead itself holds none.
    """
    if promised:
        came = promised * float(river.inputs()["runoff"].sum())
        river = river.with_clauses({"id": "deal", "kind": "min_volume", "at": river.tables["links"][-1]["link"], "value": came})
    body = next(iter(river.content["reservoir"]), None)
    if body is not None and most is not None:  # a terminal rule that may be out of reach
        least = {"rule": "at_least", "storage": 100 + 0.45 * most}
        river = river.with_content(reservoir={**river.content["reservoir"], body: {**river.content["reservoir"][body], "terminal": least}})
    bare, ahead = _solved(river), _solved(river.with_content(lookahead={}))
    assert (bare is None) == (ahead is None)
    if bare is None or ahead is None:
        return
    values = [dict(zip(plan["objective_level"].values.tolist(), plan["level_value"].values.tolist(), strict=True)) for plan in (bare, ahead)]
    for level in ABOVE:
        if level in values[0]:
            assert values[1][level] == pytest.approx(values[0][level], rel=1e-6, abs=1e-5), level
    audit(ahead).raise_if_bad()
    assert ahead["clause_row"].equals(bare["clause_row"])
    assert np.isfinite(ahead["lookahead_storage"].values).all()
