"""Three ways from equations to arrays agree: our templates, our reader element by element, and Pyomo's own compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo
import pytest
from hypothesis import given

from tests.bundled import SCENARIOS
from tests.properties.rivers import rivers
from tests.solve.programs import pyomo_rows, rows_of, same_programs, same_rows
from tests.thorough import diagonal
from waterdeal.examples import two_party_inputs
from waterdeal.lp.compile import compile_model
from waterdeal.model.build import build_model, materialise
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

LIMIT = "entitlement.limits=[{limit='%s', share=0.1}]"
YEAR = "period={start=2026-09-01, stretches=[{until=2026-10-01, step='dekad'}, {until=2026-12-01, step='month'}]}"
SPRING = "period={start=2026-02-01, stretches=[{until=2026-04-01, step='month'}, {until=2026-04-21, step='dekad'}]}"
SHORT = {
    "syrdarya-growing-2022": (),
    "syrdarya-growing-2026-dry-deal": (),
    "syrdarya-growing-aral": (
        "period={start=2026-06-01, end=2026-07-01, step='dekad'}",
        LIMIT % "uz_growing_2025",
        "environment.pulse=[{id='aral', link='delta_aral', volume=200, start=2026-06-06, end=2026-06-21}]",
        "environment.lake_target=[{lake='north_aral', by=2026-07-01, level=41}]",
    ),
    "syrdarya-growing-dry": ("period={start=2026-04-01, end=2026-05-01, step='dekad'}", LIMIT % "uz_growing_2025"),
    "syrdarya-growing-fields": ("period={start=2026-07-01, end=2026-08-01, step='dekad'}", LIMIT % "kz_growing_2025"),
    "syrdarya-growing-everything": ("period={start=2026-07-01, end=2026-08-01, step='dekad'}", LIMIT % "kz_growing_2025"),
    "syrdarya-growing-median": ("period={start=2026-07-01, end=2026-08-01, step='dekad'}", LIMIT % "kz_growing_2025"),
    "syrdarya-growing-wet": ("period={start=2026-09-01, end=2026-10-01, step='dekad'}", LIMIT % "tj_growing_2025"),
    "syrdarya-irrigation-mode": (YEAR,),
    "syrdarya-power-mode": (YEAR,),
    "toktogul-modes": (YEAR,),
    "syrdarya-non-growing-2025-26": ("period={start=2025-12-01, end=2026-01-01, step='dekad'}", LIMIT % "uz_non_growing_2025_26"),
    "syrdarya-contract-2025-26": (),
    "syrdarya-exchange-1998-pattern": (),
    "syrdarya-exchange-2000-pattern": (),
    "syrdarya-water-year-2025-26": (
        SPRING,
        LIMIT % "kg_growing_2025",
    ),
}


def three_ways(inputs: xr.Dataset) -> None:
    """Compare the three ways on one set of inputs."""
    fast = compile_model(build_model(inputs))
    assert fast.by_element == ()
    same_programs(fast, compile_model(build_model(inputs), templates=False))
    rows, bounds = pyomo_rows(materialise(build_model(inputs)))
    same_rows(rows_of(fast), rows)
    names = [str(family.element(place)) for family in fast.columns for place in range(family.size)]
    ours = dict(zip(names, zip(fast.column_lower, fast.column_upper, strict=True), strict=True))
    for name, pair in bounds.items():
        assert ours[name] == pytest.approx(pair, rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize("scenario", diagonal(SHORT, "syrdarya-growing-everything"))
def test_bundled_scenarios(scenario: str) -> None:
    """Every bundled scenario, cut to three or four steps."""
    three_ways(load(bundled_folder("scenarios") / f"{scenario}.toml", SHORT[scenario]).inputs)


def test_every_bundled_scenario_is_compared() -> None:
    """A scenario that is added is compared too."""
    assert set(SHORT) == {path.stem for path in SCENARIOS}


@given(river=rivers())
def test_random_rivers(river: Draft) -> None:
    """Rivers nobody has thought of."""
    three_ways(river.inputs())


def test_goals_are_what_pyomo_says() -> None:
    """Costs of every level, against the expanded goals evaluated by Pyomo at two plans."""
    model = materialise(build_model(two_party_inputs()))
    program = compile_model(build_model(two_party_inputs()))
    for values in (np.zeros(len(program.column_lower)), np.linspace(0.5, 3, len(program.column_lower))):
        for family in program.columns:
            variable = model.find_component(family.name)
            for place, index in enumerate(variable.index_set()):
                variable[index].set_value(values[family.start + place], skip_validation=True)
        for goal, (cost, offset) in program.goals.items():
            assert float(cost @ values) + offset == pytest.approx(model.component(f"{goal}_goal").expr(), rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("kind", [pyo.Param, pyo.Var, pyo.Constraint, pyo.Set])
def test_whoever_goes_through_a_component_finds_all_of_it(kind: Any) -> None:
    """Though nothing is made before it is asked for: else a sum over a variable would be over what happens to be there."""
    model = build_model(two_party_inputs())
    for part in [part for part in model.component_objects(kind) if part.is_indexed()]:
        due = list(part.index_set())
        assert [list(part), list(part.keys()), [index for index, _ in part.items()]] == [due, due, due], part.name
        assert (len(part), len(list(part.values())), all(index in part for index in due)) == (len(due), len(due), True)


def test_what_is_switched_off_or_fixed_at_once_is_so_whole() -> None:
    """A family of rows without an element made yet, and a variable."""
    model = build_model(two_party_inputs())
    columns, rows = len(model.flow.index_set()), len(compile_model(model).row_lower)
    model.water_balance.deactivate()
    assert not model.water_balance.is_expanded
    assert len(compile_model(model).row_lower) == rows - len(model.water_balance.index_set())
    model.flow.fix(0)
    program = compile_model(model)
    place = program.columns_of("flow").start
    assert not program.column_upper[place : place + columns].any()
    model.water_balance.activate()
    assert len(compile_model(model).row_lower) == rows
