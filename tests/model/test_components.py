"""Every component keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model.component_contract import ComponentContract
from tests.model.smallest import SMALLEST
from tests.thorough import diagonal
from waterdeal.model.build import COMPONENTS, build_model

if TYPE_CHECKING:
    from types import ModuleType


def _name(component: ModuleType) -> str:
    return component.__name__.rpartition(".")[2]


def _contract(component: ModuleType) -> type[ComponentContract]:
    """Make the test class of one component."""
    title = "Test" + _name(component).title().replace("_", "")
    return type(title, (ComponentContract,), {"component": component, "__doc__": f"The contract, for {_name(component)}."})


globals().update({contract.__name__: contract for contract in map(_contract, COMPONENTS)})


def test_every_component_has_a_smallest_river() -> None:
    """A component that is added comes with the river that shows it."""
    assert [_name(component) for component in COMPONENTS] == list(SMALLEST)


@pytest.mark.parametrize("component", COMPONENTS, ids=_name)
def test_declared_order(component: ModuleType) -> None:
    """A component stands after those it reads."""
    names = [_name(one) for one in COMPONENTS]
    assert all(names.index(earlier) < names.index(_name(component)) for earlier in getattr(component, "AFTER", ()))


@pytest.mark.parametrize("name", diagonal(SMALLEST, *[*SMALLEST][::5]))
def test_water_balance_has_a_row_a_node_and_step(name: str) -> None:
    """Every node but an outlet is balanced in every step."""
    inputs = SMALLEST[name][0].inputs()
    model = build_model(inputs)
    inside = int((inputs["node_kind"] != "outlet").sum())
    assert len(model.water_balance.index_set()) == inside * inputs.sizes["time"]
