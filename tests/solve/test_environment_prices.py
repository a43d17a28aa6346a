"""What one more for nature costs the fields, and one more than there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.model.test_environment import aral, pulse, river, shape
from tests.solve.values import level_values
from waterdeal.ask.targets import find_target, moved
from waterdeal.errors import ScenarioError
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.scenario.schema import LEVELS
from waterdeal.solve.loosened import price

if TYPE_CHECKING:
    from waterdeal.ask.prices import Price


def priced(draft: Any, name: str) -> Price:
    """Price one amount of a draft."""
    inputs = draft.inputs()
    program = compile_model(build_model(inputs))
    return price(program, LEVELS, find_target(program, name, inputs), SolveOptions(), ladder=False)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("name", ["flow_requirement:mouth", "flow_requirement:mouth,2026-04-02"])
def test_one_more_of_a_least_flow_costs_shortage(name: str, hard: bool) -> None:
    """Fields miss 2.5 of 10 a day, at 3 a unit: so much does one more cost, and one less give back."""
    found = priced(river(shape(4.5, hard=hard)), name)
    assert found.amount == pytest.approx(13.5 if name == "flow_requirement:mouth" else 4.5)
    assert (found.more.level, found.less.level) == ("irrigation", "irrigation")
    assert found.more.worth == pytest.approx(-3, abs=1e-6)
    assert found.less.worth == pytest.approx(-3, abs=1e-6)


def test_one_more_than_there_is_costs_the_environment() -> None:
    """Where water is missing, one more is one more missing, on the level of nature itself."""
    found = priced(river(shape(15)), "flow_requirement:mouth")
    assert (found.more.level, found.more.worth) == ("environment", pytest.approx(-1, abs=1e-6))
    assert priced(river(shape(12, hard=True)), "flow_requirement:mouth").more.infeasible


@pytest.mark.parametrize("hard", [False, True])
def test_price_of_a_pulse(hard: bool) -> None:
    """10 in two days take 3 a day of fields that ask for 10: the second step of shortage ends at 3."""
    found = priced(river(pulse(9, hard=hard)), "pulse:spawning")
    assert (found.amount, found.more.level) == (9, "irrigation")
    assert found.more.worth == pytest.approx(-3, abs=1e-6)
    assert found.more.holds_for == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("hard", [False, True])
def test_price_of_the_target_of_a_lake(hard: bool) -> None:
    """A lake that asks for all that comes but 240: one more is one more taken from the user, at the slope of its shortage."""
    draft = aral({"lake": "aral", "by": "2027-01-01", "volume": 1190, "hard": hard})
    found = priced(draft, "lake_target:aral_2027_01_01")
    inputs = draft.inputs()
    program = compile_model(build_model(inputs))
    target = find_target(program, "lake_target:aral_2027_01_01", inputs)
    base, near = (level_values(p, LEVELS, SolveOptions()) for p in (program, moved(program, target, 0.5)))
    assert base is not None
    assert near is not None
    at = LEVELS.index("irrigation")
    assert found.more.level == "irrigation"
    assert found.more.worth == pytest.approx((base[at] - near[at]) / 0.5, abs=1e-5)
    assert found.more.worth < 0


def test_a_moved_target_is_met() -> None:
    """The program with one more asks for one more: the plan then holds it."""
    inputs = aral({"lake": "aral", "by": "2026-03-01", "volume": 1060}).inputs()
    program = compile_model(build_model(inputs))
    target = find_target(program, "lake_target:aral_2026_03_01", inputs)
    values = solve_levels(moved(program, target, 5), LEVELS, SolveOptions()).values
    stored = program.values_of("lake.storage", values)
    assert stored is not None
    assert stored[1] >= 1065 - 1e-6


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flow_requirement:mout", 'Did you mean "mouth"'),
        ("flow_requirement:mouth,2027-04-02", "is not there"),
        ("pulse:spawnin", "is not there"),
        ("lake_target:aral_2026_04_01", "is not there"),
    ],
)
def test_unknown_names_are_told(name: str, words: str) -> None:
    """What is not there is said, with the nearest that is."""
    inputs = river({**shape(5), **pulse(5)}).inputs()
    with pytest.raises(ScenarioError, match=words):
        find_target(compile_model(build_model(inputs)), name, inputs)
