"""Index sets every component shares, and the flow in each link."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def add_arrivals(block: Any, items: Any, share: xr.Variable) -> None:
    """Add ``LEFT[time]``, the steps whose water can arrive in a step, and ``arriving[item, left, time]``."""
    model = block.model()
    steps = model.TIME.ordered_data()
    count, lags = len(steps), share.shape[2]
    left, later = np.divmod(np.arange(count * lags), lags)
    used = (left + later < count) & share.values.any(axis=0).ravel()
    left, later = left[used], later[used]
    leaving, arriving = [steps[at] for at in left], [steps[at] for at in left + later]
    block.PAIR = pairs_of(leaving, arriving)
    block.LEFT = grouped_set(model.TIME, members_by(arriving, leaving))
    block.arriving = Data(items, block.PAIR, array=share.values[:, left, later])


#: ``rule(model, node, time)`` returning an expression in hm3
TermRule = Callable[[Any, Any, Any], Any]


class Terms(NamedTuple):
    """Water a component brings to each node, and water it takes from it, in a step."""

    inflow: tuple[TermRule, ...] = ()
    outflow: tuple[TermRule, ...] = ()


def add_network(model: Any, inputs: Unlabelled) -> None:
    """Add the sets of nodes, links and steps, and the variable ``flow[link, time]``."""
    nodes, links, steps = (inputs[name].values for name in ("node", "link", "step"))
    add_sets(model, NODE=nodes, BALANCED=nodes[inputs["node_kind"].values != "outlet"], LINK=links, TIME=steps)
    add_sets(model, SPILLWAY=links[inputs["link_kind"].values == "spillway"])
    model.CHANGE = pyo.Set(initialize=(steps if rates_before(inputs) is not None else steps[1:]).tolist(), dimen=1)
    model.unnamed = (model.TIME,)  # what it is called has no owner, and may decide among equals
    model.PREVIOUS = grouped_set(model.TIME, {later: [earlier] for earlier, later in pairwise(steps.tolist())})
    closed = dries_at(inputs, inputs["link_from"].values.tolist()) > 0  # a body below its outlets lets nothing out
    if "loss_dries" in inputs:  # nobody lets water into a canal that loses all of it
        closed |= (inputs["loss_dries"].values == 1) & (inputs["link_kind"].values == "canal")[:, None]
    for name in ("flow_least", "flow_max"):
        model.add_component(name, Data(model.LINK, model.TIME, array=np.where(closed, 0.0, inputs[name].values)))
    model.flow = Columns(model.LINK, model.TIME, bounds=between("flow_least", "flow_max"))


def rates_before(inputs: Unlabelled) -> Floats | None:
    """Return the rate of each link in the last step before the horizon, hm3 per day; None where it is not known."""
    if not inputs.sizes.get("past"):
        return None
    rates: Floats = inputs["past_flow"].values[:, -1] / inputs["past_step_length"].values[-1]
    return rates


def add_changes(block: Any, inputs: Unlabelled, links: Any, known: NDArray[np.int64] | NDArray[np.bool_]) -> None:
    """Add what `rate_change` needs: the days of steps, and the rate of each link before a horizon that goes on from a past."""
    model, rates = block.model(), rates_before(inputs)
    before = np.zeros((int(inputs["link"].values[known].size), len(model.CHANGE)))
    if rates is not None:
        before[:, 0] = rates[known]
    block.per_day = Data(model.TIME, array=1 / inputs["step_length"].values)
    block.rate_before = Data(links, model.CHANGE, array=before)


def rate_change(block: Any, link: Any, time: Any) -> Any:
    """How much the mean rate of a link rises from the step before, hm3 per day."""
    model = block.model()
    before = sum(block.per_day[previous] * model.flow[link, previous] for previous in model.PREVIOUS[time])
    return block.per_day[time] * model.flow[link, time] - before - block.rate_before[link, time]


def dries_at(inputs: Unlabelled, nodes: Sequence[str]) -> Floats:
    """Return how the body at each of some nodes dries, by (node, step); 0 where there is none."""
    found = np.zeros((len(nodes), inputs.sizes["time"]))
    if "storage_dries" in inputs and inputs["storage_dries"].values.any():  # runs of old tell none
        marks = dict(zip(inputs["reservoir"].values.tolist(), inputs["storage_dries"].values, strict=True))
        for row, node in zip(found, nodes, strict=True):
            row[:] = marks.get(node, 0.0)
    return found


def add_sets(block: Any, **members: NDArray[np.str_] | Iterable[Any]) -> None:
    """Add sets of single labels under their names."""
    for name, labels in members.items():
        block.add_component(name, pyo.Set(initialize=labels.tolist() if isinstance(labels, np.ndarray) else list(labels), dimen=1))


def grouped_set(over: Any, members: Mapping[Any, Iterable[Any]], dimen: int = 1) -> Any:
    """Make an indexed set that is empty where `members` has no entry."""
    return Grouped(over, {key: list(dict.fromkeys(group)) for key, group in members.items()}, dimen)


def add_data(block: Any, inputs: Unlabelled, names: str, *over: Any) -> None:
    """Add inputs as data under their own names."""
    for name in names.split():
        block.add_component(name, Data(*over, array=inputs[name]))


def between(least: str, most: str) -> Callable[..., Any]:
    """Return the bounds of variables: between two data of the block; blank where the bound is zero, or there is none."""

    def bounds(block: Any, *index: Any) -> Any:
        at = index if len(index) > 1 else index[0]
        return block.component(least)[at] if least else 0, block.component(most)[at] if most else None

    return bounds


def pairs_of(*columns: Iterable[Any]) -> Any:
    """Make the set of some labels side by side."""
    return pyo.Set(initialize=list(zip(*columns, strict=True)), dimen=len(columns))


def consumed(model: Any, users: Any, steps: Any, weight: Callable[[Any, Any], Any]) -> Any:
    """Add up what the crops of some users consume of the water of some steps, each by its weight; nothing comes back of it."""
    crops = model.crops

    def of(members: Any, share: Any, amount: Any) -> Any:
        return sum(weight(user, time) * share[item, time] * amount[item] for user in users for time in steps for item in members[user])

    paths = of(crops.PATHS_AT, crops.path_consumption, crops.path_area)
    return paths + of(crops.TABLES_AT, crops.response_consumption, crops.season_water)


def summed(members: str, amounts: str) -> TermRule:
    """Return the rule that adds up amounts by (item, time) over the items of a node; both are named by their path in the model."""
    return lambda model, node, time: sum(attrgetter(amounts)(model)[item, time] for item in attrgetter(members)(model)[node])


def has(model: Any, part: str) -> bool:
    """Whether a model has a part: a component that its inputs have nothing of adds no block."""
    return model.component(part) is not None


def members_by(keys: Iterable[Any], members: Iterable[Any]) -> dict[Any, list[Any]]:
    """Group `members` by their key, both given in the same order."""
    groups: dict[Any, list[Any]] = {}
    for key, member in zip(keys, members, strict=True):
        groups.setdefault(key, []).append(member)
    return groups


def add_where_present(block: Any, index_name: str, data_name: str, items: NDArray[np.str_], values: Floats, time: Any = None) -> None:
    """Add the set of (item, step) where `values` is finite, and the values on that set; steps are those of the horizon unless given."""
    names, steps = items.tolist(), (block.model().TIME if time is None else time).ordered_data()
    places = np.argwhere(np.isfinite(values))
    block.add_component(index_name, pyo.Set(initialize=[(names[i], steps[t]) for i, t in places], dimen=2))
    block.add_component(data_name, Data(block.component(index_name), array=values[places[:, 0], places[:, 1]]))
