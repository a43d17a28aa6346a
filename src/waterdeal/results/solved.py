"""A solution by name: values of variables, and what several quantities of a plan are made of."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.results.extract_fields import field_quantities
from waterdeal.results.ground import ground_quantities, reused_from
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.solve.program import Program
    from waterdeal.unlabelled import Unlabelled

    Floats = NDArray[np.float64]


class Solved:
    """A solution by name; what several quantities are made of is made once.

    Parameters
    ----------
    inputs : Unlabelled
        Inputs of the model.
    program : Program
        The compiled model.
    values : numpy.ndarray
        A value a column.
    """

    def __init__(self, inputs: Unlabelled, program: Program, values: Floats) -> None:
        self.inputs, self.program, self._values = inputs, program, values
        self.steps = inputs["step"].values.tolist()

    @cached_property
    def network(self) -> dict[str, Any]:
        """Flow, discharge, arrival and loss of each link."""
        return _network(self)

    @cached_property
    def deliveries(self) -> Floats:
        """Deliveries by (demand, step)."""
        return self.dense("demand.delivery", self.inputs.sizes["demand"], self.inputs.sizes["time"])

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Fields and their crops; where there are none, nothing that a solution could change."""
        return self._fields() if self.inputs.sizes["field"] else self.inputs.kept("no fields", self._fields)

    def _fields(self) -> dict[str, Any]:
        """Read fields off the solution."""
        inputs, tables = self.inputs, self.inputs.sizes["responding"]
        seasons = (self.dense(f"crops.season_{name}", tables) for name in ("water", "output"))
        return field_quantities(inputs, self.dense("crops.path_area", inputs.sizes["crop_path"]), *seasons)

    @cached_property
    def ground(self) -> dict[str, Any]:
        """Groundwater and drainage used again; where there is neither, nothing that a solution could change."""
        is_there = self.inputs.sizes["aquifer"] or self.inputs.sizes["reuse"]
        return self._ground() if is_there else self.inputs.kept("no groundwater", self._ground)

    def _ground(self) -> dict[str, Any]:
        """Read groundwater and reuse off the solution."""
        inputs, steps = self.inputs, self.inputs.sizes["time"]
        storage, recharge = (self.dense(f"groundwater.{name}", inputs.sizes["aquifer"], steps) for name in ("storage", "recharge"))
        pumped = self.dense("groundwater.pumped", inputs.sizes["well"], steps)
        return ground_quantities(inputs, storage, recharge, pumped, self.dense("reuse.reused", inputs.sizes["reuse"], steps))

    @cached_property
    def draining(self) -> Floats:
        """Return flow that leaves each demand for the river, by (demand, step): its share of the delivery less what is used again."""
        share = (self.deliveries - self.fields["crop_consumption"][1]) * self.inputs["return_fraction"].values[:, None]
        return np.asarray(share - reused_from(self.inputs, self.ground["reused"][1])) if self.inputs.sizes["reuse"] else share

    @cached_property
    def return_flow(self) -> Floats:
        """Return flow reaching the river by (demand, step)."""
        leaving = self.draining
        return np.asarray(delayed(leaving, self.inputs["return_share"].values) + self.inputs["return_past"].values)

    @cached_property
    def returned(self) -> Floats:
        """Return flow reaching each node by (node, step)."""
        inputs = self.inputs
        at = inputs.kept("returning", lambda: (inputs["node"].values[:, None] == inputs["return_node"].values[None, :]).astype(float))
        return np.asarray(at @ self.return_flow)

    def dense(self, name: str, *shape: int) -> Floats:
        """Values of a Var over a product of sets, shaped."""
        values = self.program.values_of(name, self._values)
        return np.zeros(shape) if values is None else values.reshape(shape)

    def sparse(self, name: str, items: list[str]) -> Floats:
        """Values of a Var over (item, step) pairs, zero where it has none."""
        table = np.zeros((len(items), len(self.steps)))
        family = next((family for family in self.program.columns if family.name == name and family.size), None)
        if family is None:
            return table

        def places() -> NDArray[np.int64]:
            at = {item: place for place, item in enumerate(items)}
            when = {step: place for place, step in enumerate(self.steps)}
            return np.array([(at[item], when[step]) for item, step in family.component.index_set()]).T

        table[tuple(self.inputs.kept(name, places))] = self.dense(name, family.size)
        return table


def delayed(left: Floats, shares: Floats) -> Floats:
    """Volumes arriving by (item, step) of what left by (item, step), given shares by (item, step left, steps later)."""
    arriving = np.zeros_like(left)
    count = left.shape[1]
    for lag in range(shares.shape[2]):
        arriving[:, lag:] += (left * shares[:, :, lag])[:, : count - lag]
    return arriving


def _network(plan: Solved) -> dict[str, Any]:
    """Flow, discharge, arrival and loss of each link."""
    inputs = plan.inputs
    flow = plan.dense("flow", inputs.sizes["link"], inputs.sizes["time"])
    kept = flow * (1 - inputs["loss_fraction"].values)
    lagged = places_of(inputs, "lagged_link", "link")
    arrival, entered = kept.copy(), flow.copy()
    before = inputs["arrival_past"].values
    if lagged.size:
        share = inputs["arrival_share"].values
        past_kept = before * (1 - inputs["loss_fraction"].values[lagged])
        arrival[lagged] = delayed(kept[lagged], share) + past_kept
        entered[lagged] = delayed(flow[lagged], share) + before
    final = inputs["transit_initial"].values + (flow[lagged] - entered[lagged]).sum(axis=1)
    return {
        "flow": (("link", "time"), flow),
        "discharge": (("link", "time"), volume_to_rate(flow, inputs["step_length"].values)),
        "arrival": (("link", "time"), arrival),
        "loss": (("link", "time"), entered - arrival),
        "transit_final": ("lagged_link", final),
    }


def places_of(inputs: Unlabelled, name: str, dim: str) -> NDArray[np.int64]:
    """Return the places on a dim of the names in a variable.

    Parameters
    ----------
    inputs : Unlabelled
        Inputs of the model.
    name, dim : str
        The variable, and the dim whose labels it names.

    Returns
    -------
    numpy.ndarray
        One a name.
    """

    def made() -> NDArray[np.int64]:
        order = {label: place for place, label in enumerate(inputs[dim].values.tolist())}
        return np.array([order[label] for label in inputs[name].values.tolist()], dtype=np.int64)

    return inputs.kept(("places", name), made)
