"""What every component of the model promises, whatever it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import pyomo.environ as pyo

from tests.model.smallest import BARE, SMALLEST
from tests.solve.programs import same_programs
from waterdeal.lp.compile import compile_model
from waterdeal.model.build import COMPONENTS, build_model, materialise
from waterdeal.model.network import Terms, add_network
from waterdeal.unlabelled import Unlabelled

if TYPE_CHECKING:
    from types import ModuleType

    import xarray as xr

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class ComponentContract:
    """Base of one test class a component; a subclass names the component."""

    component: ClassVar[ModuleType]

    @property
    def name(self) -> str:
        """Name of the component's module and block."""
        return self.component.__name__.rpartition(".")[2]

    def inputs(self) -> xr.Dataset:
        """Inputs on which the component acts."""
        return SMALLEST[self.name][0].inputs()

    def test_add_returns_terms(self) -> None:
        """``add`` hands over terms and makes one block under the component's own name."""
        inputs = Unlabelled(self.inputs())
        model = pyo.ConcreteModel()
        add_network(model, inputs)
        for component in COMPONENTS[: COMPONENTS.index(self.component)]:
            component.add(model, inputs)
        before = set(model.component_map())
        assert isinstance(self.component.add(model, inputs), Terms)
        assert set(model.component_map()) - before == {self.name}
        assert model.component(self.name).ctype is pyo.Block

    def test_names_are_snake_case(self) -> None:
        """Variables and rows have names that can stand in an LP file and a table heading."""
        parts = list(self._parts(build_model(self.inputs())))
        assert build_model(self.inputs()).component(self.name) is not None
        assert all(SNAKE.fullmatch(part.local_name) for part in parts)
        assert len({part.name.replace(".", "_") for part in parts}) == len(parts)

    def test_nothing_without_its_inputs(self) -> None:
        """On a river without such things the component makes no row and no column."""
        model = build_model(BARE.inputs())
        assert sum(len(part.index_set()) for part in self._parts(model)) == 0

    def test_compiled_by_template(self) -> None:
        """Its rules are read once, not element by element; so is all of the model."""
        assert compile_model(build_model(self.inputs())).by_element == ()

    def test_expanded_model_is_the_same(self) -> None:
        """Template and stock Pyomo give the same arrays."""
        inputs = self.inputs()
        same_programs(compile_model(build_model(inputs)), compile_model(materialise(build_model(inputs)), templates=False))

    def _parts(self, model: Any) -> Any:
        """Variables and rows of the component's block."""
        block = model.component(self.name)
        return block.component_objects((pyo.Var, pyo.Constraint)) if block is not None else ()
