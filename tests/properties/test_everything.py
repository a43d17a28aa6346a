"""Whatever the river, with every part on at once: there is a plan, it passes its audit, and its replay is what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given

from tests.properties.everything import LEVELS, full_rivers
from tests.replay.lines import agrees
from tests.thorough import examples
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.results.lines import with_lines
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.truth import true_inputs

if TYPE_CHECKING:
    from tests.drafts import Draft

#: hm3 that a plan and its replay may differ by: what the solver allows itself in each row
WATER = 1e-6


@examples(2, thorough=12)
@given(river=full_rivers())
def test_plan_with_everything(river: Draft) -> None:
    """Every component has rows; the plan balances, and the replay of what is published changes nothing of it."""
    inputs = river.inputs()
    program = compile_model(build_model(inputs))
    columns = {family.name.split(".")[0] for family in program.columns if family.size}
    assert {"crops", "groundwater", "hydropower", "power_market", "benefit", "salinity", "reservoir", "demand", "smoothness"} <= columns
    plan = solve_inputs(inputs, (*USUAL_LEVELS[:-1], *LEVELS, USUAL_LEVELS[-1]), SolveOptions())
    audit(plan).raise_if_bad()
    played = replay(true_inputs(with_lines(inputs, plan)), plan)
    assert agrees(played, WATER), played.differences.to_string()
    for name in ("energy", "evaporation", "field_output"):
        assert np.abs(played.dataset[name].values - plan[name].values).max(initial=0.0) < 1e-5, name
    assert (plan["field_output"].values >= -1e-9).all()
    assert np.nanmin(plan["salinity_node"].values, initial=0.0) >= -1e-9
