"""The interval in which a compensation lies: what upstream loses by acting for both, and what downstream gains.

Without an agreement the upstream parties act first and for themselves, the downstream parties then do their best with what arrives; a joint
run without payments would be another thing (design/model.md, 3.5, trap 22). With an agreement all act as one. A payment between the loss of
the upstream and the gain of the downstream leaves nobody worse off. That holds where all that differs between the plans has a worth: water
that is delivered or left in store without one is in neither loss nor gain, so that there is no interval then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.accounts.party import party_accounts, unweighed
from waterdeal.results.environment import environment_of
from waterdeal.results.result import Result
from waterdeal.run import solve_inputs
from waterdeal.variables import having, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.lp.options import SolveOptions


def without_agreement(inputs: xr.Dataset) -> xr.Dataset:
    """Return inputs in which no clause and no entitlement holds."""
    agreed = {vocabulary()[name].dims[0] for name in having("agreed")}
    bare = inputs.isel({dim: slice(0, 0) for dim in agreed if dim in inputs.dims})
    if "power_link_open" in bare:  # what no clause promises crosses no line, unless trade is free
        free = bare["power_link_free"].values[:, None]
        bare["power_link_open"] = bare["power_link_open"].copy(data=bare["power_link_open"].values * free)
    return bare.assign_attrs(clauses="[]")


def alone(inputs: xr.Dataset, parties: Sequence[str]) -> xr.Dataset:
    """Return inputs in which only the wishes of some parties count: the others take no water and value nothing."""
    lonely = inputs.copy()
    own_node, owned = (inputs[name].isin(parties) for name in ("node_party", "demand_party"))
    own_body = own_node.sel(node=inputs["reservoir"].values).values
    own_demand, own_plant = owned.values, np.isin(inputs["plant_party"].values, parties)
    own_flow = own_node.sel(node=inputs["link_from"].sel(link=inputs["flow_requirement_link"].values).values).values
    own_block, own_market = (np.isin(inputs[name].values, parties) for name in ("power_block_party", "power_market"))
    own_benefit = owned.sel(demand=inputs["benefit_demand"].values).values
    for name, own in (
        ("requirement", own_demand), ("turbine_min", own_plant), ("energy_value", own_plant), ("flow_minimum", own_flow),
        ("power_block_worth", own_block), ("power_firm", own_market), ("storage_value", own_body), ("flood_space", own_body),
        ("tangent_intercept", own_benefit), ("tangent_slope", own_benefit), ("benefit_linear", own_benefit), ("benefit_curve", own_benefit),
    ):  # fmt: skip
        lonely[name] = inputs[name] * own.reshape(-1, *([1] * (inputs[name].ndim - 1)))
    for name in ("storage_terminal", "storage_rule_low", "storage_rule_high"):
        lonely[name] = inputs[name].where(own_body[:, None])
    lonely = _at_own_risk(lonely, own_node, own_body)
    if "power_link_open" in inputs:  # no line leads out of those who act
        inside = np.logical_and.reduce([np.isin(inputs[f"power_link_{side}"].values, parties) for side in ("from", "to")])
        lonely["power_link_open"] = inputs["power_link_open"] * inside[:, None]
    for label in lonely.data_vars:
        lonely[label].attrs = inputs[label].attrs
    return _without_fields(lonely, inputs["demand"].values[~own_demand])


def _at_own_risk(inputs: xr.Dataset, own_node: xr.DataArray, own_body: NDArray[np.bool_]) -> xr.Dataset:
    """Inputs in which floods, spills and what is asked for nature of others are no concern: their spillways are outlets like any other."""
    free = inputs.copy()
    own_link = own_node.sel(node=inputs["link_from"])
    of_channel = own_link.sel(link=inputs["channel_link"].values).values
    free["link_kind"] = inputs["link_kind"].where(own_link.values | (inputs["link_kind"].values != "spillway"), "river")
    for name, own in (("channel_limit", of_channel), ("release_max", own_body)):
        free[name] = inputs[name].where(own[:, None], np.inf)
    return free.assign(environment_of(inputs, own_link.values, own_node))


def after(inputs: xr.Dataset, acted: xr.Dataset, parties: Sequence[str]) -> xr.Dataset:
    """Return inputs in which some parties have acted already: what leaves their land is fixed."""
    others = sorted(set(np.unique(inputs["node_party"].values).tolist()) - set(parties))
    rest = alone(inputs, others)
    own = inputs["node_party"].isin(parties)
    leaves = own.sel(node=inputs["link_from"].values).values & ~own.sel(node=inputs["link_to"].values).values
    for name in ("flow_least", "flow_max"):
        rest[name] = inputs[name].where(~leaves[:, None], acted["flow"].values)
    own_demand = np.isin(inputs["demand_party"].values, parties)[:, None]
    rest["requirement"] = inputs["requirement"].where(~own_demand, acted["delivery"].values)
    grew = own_demand & (inputs["demand_grows"].values == 1)[:, None]  # what their crops kept is known, and with it what comes back
    rest["return_past"] = inputs["return_past"].where(~grew, acted["return_flow"].values)
    rest["return_fraction"] = inputs["return_fraction"].where(~grew[:, 0], 0.0)
    return rest


def _without_fields(inputs: xr.Dataset, demands: NDArray[np.str_]) -> xr.Dataset:
    """Inputs without the fields of some demands, which are demands like others then."""
    of_field = ~np.isin(inputs["field_demand"].values, demands)
    fields = inputs["field"].values[of_field]
    parties = inputs["demand_party"].sel(demand=inputs["field_demand"].values[of_field]).values
    kept = {"field": of_field, "food_need": np.isin(inputs["food_party"].values, parties)}
    for dim, name in (("crop_path", "path_field"), ("responding", "responding"), ("costed", "costed"), ("watering", "watering_field")):
        if dim not in inputs.dims:  # only the rest of a season has waterings
            continue
        kept[dim] = np.isin(inputs[name].values, fields)
    for dim, name in (("land_row", "land_demand"), ("rotation", "rotation_demand")):
        kept[dim] = ~np.isin(inputs[name].values, demands)
    left = inputs.isel({dim: np.flatnonzero(rows) for dim, rows in kept.items()})
    grows = np.where(np.isin(inputs["demand"].values, demands), 0, inputs["demand_grows"].values)
    return left.assign(demand_grows=inputs["demand_grows"].copy(data=grows))


#: water that may differ between the plans without a worth, hm3 of a party
SLIGHT = 1.0


@dataclass(frozen=True)
class Compensation:
    """Accounts without and with agreement, and the payment that lies between."""

    upstream: tuple[str, ...]  # parties that act first where there is no agreement
    apart: pd.DataFrame
    together: pd.DataFrame
    plans: dict[str, xr.Dataset]  # the plans: `upstream`, `downstream` (after it) and `joint`

    @property
    def _change(self) -> pd.Series[float]:
        """What acting together brings each party."""
        return self.together["benefit"] - self.apart["benefit"]

    @property
    def _own(self) -> NDArray[np.bool_]:
        """Which parties are upstream."""
        return self.apart.index.isin(self.upstream)

    @property
    def loss(self) -> float:
        """What the upstream parties lose by acting for all: the least compensation."""
        return -float(self._change[self._own].sum())

    @property
    def gain(self) -> float:
        """What the downstream parties gain: the most they would pay."""
        return float(self._change[~self._own].sum())

    @property
    def equal_split(self) -> float:
        """Payment that shares what is gained together evenly between the two sides."""
        return (self.loss + self.gain) / 2

    @property
    def has_room(self) -> bool:
        """Whether a payment leaves nobody worse off: all that differs has a worth, and downstream gains what upstream loses."""
        return self.uncounted.empty and self.gain >= self.loss - 1e-9 * (1 + abs(self.loss))

    @cached_property
    def uncounted(self) -> pd.DataFrame:
        """What acting together changes and nothing gives a worth, by party, hm3: ``delivery``, and ``storage`` at the end."""
        if not self.plans:
            return pd.DataFrame(columns=["delivery", "storage"])
        first, then, joint = (unweighed(self.plans[name]) for name in ("upstream", "downstream", "joint"))
        change = joint - first.where(pd.Series(self._own, self.apart.index), then, axis=0)
        change = change.where(change.abs() > SLIGHT, 0.0)
        return change[change.any(axis=1)]

    def transfers(self, amount: float) -> pd.Series[float]:
        """Return what each party receives when the downstream pays an amount; what is paid is below zero, and all adds up to nothing."""
        change, own = self._change, self._own
        received = amount * (_shares(-change.where(own, 0.0), own) - _shares(change.where(~own, 0.0), ~own))
        return received.rename("transfer")

    def in_energy(self, price: float) -> tuple[float, float, float]:
        """Return least, even and most compensation as energy delivered."""
        if not price > 0:
            raise ValueError(say("accounts_of.price_above_zero", price=price))
        return self.loss / price, self.equal_split / price, self.gain / price


def _shares(weights: pd.Series[float], members: NDArray[np.bool_]) -> pd.Series[float]:
    """Shares of members by their weights above zero; even ones where there are none."""
    positive = weights.clip(lower=0.0)
    return positive / positive.sum() if positive.sum() > 0 else pd.Series(members / members.sum(), index=weights.index)


def compensate(
    inputs: xr.Dataset, upstream: Sequence[str], levels: Sequence[str], options: SolveOptions,
    progress: Callable[[str], None] = lambda _stage: None,
) -> Compensation:  # fmt: skip
    """Solve a case apart and together.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the case; its agreements hold in the joint plan only.
    upstream : sequence of str
        Parties that act first without an agreement.
    levels : sequence of str
        Levels of the objective, ``benefit`` among them.
    options : SolveOptions
        How HiGHS is run.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    Compensation
        Accounts, plans and interval.

    Raises
    ------
    ValueError
        If a party is unknown, all or none are upstream, or ``benefit`` is not among the levels.
    SolveError
        Where one of the plans cannot be made.
    """
    known = np.unique(inputs["node_party"].values).tolist()
    strange = sorted(set(upstream) - set(known))
    if strange or not 0 < len(set(upstream)) < len(known):
        key = "accounts_of.upstream_unknown" if strange else "accounts_of.upstream_some"
        raise ValueError(say(key, known=", ".join(known), strange=", ".join(strange)))
    if "benefit" not in levels:
        raise ValueError(say("accounts_of.benefit_needed"))
    bare, plans = without_agreement(inputs), {}
    progress("upstream alone")
    plans["upstream"] = _solved(alone(bare, upstream), levels, options)
    progress("downstream on what arrives")
    plans["downstream"] = _solved(after(bare, plans["upstream"], upstream), levels, options)
    progress("together")
    plans["joint"] = _solved(inputs, levels, options)
    first, then = (party_accounts(plans[name]) for name in ("upstream", "downstream"))
    own = first.index.isin(upstream)
    apart = pd.concat([first[own], then[~own]]).loc[first.index]
    return Compensation(tuple(upstream), apart, party_accounts(plans["joint"]), plans)


def _solved(inputs: xr.Dataset, levels: Sequence[str], options: SolveOptions) -> xr.Dataset:
    """Solve, replay and audit."""
    results = solve_inputs(inputs, levels, options)
    Result(results).audit().raise_if_bad()
    return results
