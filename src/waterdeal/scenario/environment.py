"""The part of the inputs that is for nature: least flows of the basin and of regimes, pulses, targets of lakes."""

from __future__ import annotations

from contextlib import suppress
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.errors import refuse
from waterdeal.scenario.horizon import MONTH_DAYS, by_month, step_days
from waterdeal.science.flow_regimes import exceeded_flow, monthly_share_of_natural, tennant_by_month, tennant_flow
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.parts_schema import LakeTarget, Pulse, Regime
    from waterdeal.scenario.schema import Scenario
    from waterdeal.types import Floats

#: two ways down the river bring the same if their shares differ by less
SAME = 1e-9


class Promised(NamedTuple):
    """What a kind of promise is to that may have a tolerance, by names of variables; and the level that counts what is missing to it."""

    level: str
    dim: str
    asked: str
    missing: str
    steps: str = ""  # in which a volume is asked for, by a component named as the kind; a water year where each step asks for its own
    place: str = ""


#: kinds of promises that may have a tolerance
PROMISED = {
    "user": Promised("irrigation", "demand", "requirement", "shortage"),
    "flow": Promised("environment", "flow_requirement", "flow_minimum", "flow_shortfall", "", "flow_requirement_link"),
    "pulse": Promised("environment", "pulse", "pulse_volume", "pulse_shortfall", "pulse_season", "pulse_link"),
    "lake_target": Promised(
        "environment", "lake_target", "lake_target_volume", "lake_target_shortfall", "lake_target_due", "lake_target_lake"
    ),
}


class Rivers(NamedTuple):
    """The rivers of a basin from their ends upwards."""

    start: dict[str, str]  # node where each begins
    ways: dict[str, list[tuple[str, float]]]  # from each node: the nodes below, with the share that arrives there
    order: tuple[str, ...]  # nodes, those below first


def rivers_of(basin: Basin) -> Rivers:
    """Put the rivers of a basin in order."""
    links = basin.table("links")
    rivers = links[links["kind"] == "river"]
    monthly = basin.table("loss_months").groupby("link")["loss_fraction"].mean().to_dict()  # a share of the water holds in all months
    ways: dict[str, list[tuple[str, float]]] = {}
    for link, above, below, lost in rivers[["link", "from_node", "to_node", "loss_fraction"]].fillna(0.0).itertuples(index=False):
        ways.setdefault(above, []).append((below, 1.0 - monthly.get(link, lost)))
    order = TopologicalSorter({node: [below for below, _ in links] for node, links in ways.items()}).static_order()
    return Rivers(dict(zip(rivers["link"], rivers["from_node"].astype(str), strict=True)), ways, tuple(order))


def arriving_shares(rivers: Rivers, link: str) -> dict[str, float]:
    """Share of the water that appears at each node and would enter a link."""
    refuse(link not in rivers.start, "scenario.link_no_river", link=link)
    start = rivers.start[link]
    refuse(list(rivers.start.values()).count(start) > 1, "scenario.river_parts_above", start=start, link=link)
    shares: dict[str, float] = {}
    for node in rivers.order:
        came = [1.0] if node == start else [part * shares[below] for below, part in rivers.ways.get(node, [])]
        refuse(came and max(came) - min(came) > SAME, "scenario.river_parts_unevenly", node=node, link=link)
        shares[node] = came[0] if came else 0.0
    return {node: share for node, share in shares.items() if share > 0}


def natural_means(basin: Basin, link: str) -> Floats:
    """Natural mean flow of each month where a link begins."""
    refuse("mean" not in basin.runoff["year_class"].values.tolist(), "scenario.no_class_mean")
    shares, runoff = arriving_shares(rivers_of(basin), link), basin.runoff.sel(year_class="mean")
    return np.asarray([shares.get(node, 0.0) for node in runoff["node"].values.tolist()] @ runoff.values, dtype=float)


def natural_shares(basin: Basin, _scenario: Scenario, links: Sequence[str]) -> Floats:
    """Return the share of what appears at each node that would enter links, by (link, node); NaN where it is not defined."""
    nodes, rivers = basin.ids("nodes"), rivers_of(basin)
    found = np.full((len(links), len(nodes)), np.nan)
    for place, link in enumerate(links):
        with suppress(ValueError):
            shares = arriving_shares(rivers, link)
            found[place] = [shares.get(node, 0.0) for node in nodes]
    return found


def yearly_mean(months: Floats) -> float:
    """Mean of a year of monthly mean rates, each by the days of its month."""
    return float((months * MONTH_DAYS).sum() / MONTH_DAYS.sum())


#: share of the time that the flow of method q95 is reached or exceeded
Q95 = 0.95


def regime_rates(basin: Basin, regime: Regime) -> Floats:
    """Least flow of a regime by month."""
    if regime.flow_m3s is not None:
        return np.array(regime.flow_m3s)
    if regime.rule is not None:
        return np.resize([exceeded_flow(values, Q95, regime.rule) for values in regime.value_lists], 12)
    means = np.array(regime.mean_m3s) if regime.mean_m3s is not None else natural_means(basin, regime.link)
    if regime.tennant_class is None:
        return monthly_share_of_natural(means, regime.share or 0.0)
    if regime.method == "tennant_seasonal":
        return tennant_by_month(yearly_mean(means), regime.tennant_class)
    return np.full(12, float(tennant_flow(yearly_mean(means), regime.tennant_class)))


def target_volume(basin: Basin, target: LakeTarget) -> float:
    """Volume of a lake's target, hm3; a level is read on the lake's curve."""
    if target.level is None:
        return float(target.volume or 0.0)
    return float(np.interp(target.level, *curve_of(basin, target.lake)))


def curve_of(basin: Basin, body: str) -> tuple[Floats, Floats]:
    """Return levels (m) and volumes (hm3) of a body's curve, in rising order; empty where it has none."""
    curves = basin.table("curves")
    rows = curves[curves["reservoir"] == body].sort_values("level_m")
    return rows["level_m"].to_numpy(dtype=float), rows["volume_hm3"].to_numpy(dtype=float)


def environment_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Least flows, pulses and targets of lakes."""
    asked = scenario.environment
    return {**_least_flows(basin, asked.regime, steps), **_pulses(asked.pulse, steps), **_lake_targets(basin, asked.lake_target, steps)}


def _least_flows(basin: Basin, regimes: Sequence[Regime], steps: Sequence[Step]) -> dict[str, Any]:
    """Least flows of the basin's table, then those of the scenario's regimes."""
    table = basin.table("flow_requirements")
    places = table.drop_duplicates("flow_requirement")
    names = places["flow_requirement"].tolist()
    rates = np.vstack([by_month(table, "flow_requirement", "flow_m3s", names), *(regime_rates(basin, regime) for regime in regimes)])
    most = [np.inf] * len(names) + [_most_missing(regime.hard) for regime in regimes]
    return {
        "flow_requirement": np.array([*names, *(regime.id for regime in regimes)], dtype=str),
        "flow_minimum": (("flow_requirement", "time"), rate_to_volume(mean_step_rates(rates, steps), step_days(steps))),
        "flow_requirement_link": ("flow_requirement", np.array([*places["link"], *(regime.link for regime in regimes)], dtype=str)),
        "flow_requirement_kind": ("flow_requirement", np.array([*places["kind"], *(regime.kind for regime in regimes)], dtype=str)),
        "flow_shortfall_max": ("flow_requirement", np.array(most, dtype=float)),
    }


def _most_missing(hard: bool) -> float:
    """Most that may be missing: nothing where it is hard."""
    return 0.0 if hard else np.inf


def _pulses(pulses: Sequence[Pulse], steps: Sequence[Step]) -> dict[str, Any]:
    """Volumes between two days, with the share of each step's days that is between them."""
    shares = [[max((min(step.end, pulse.end) - max(step.start, pulse.start)).days, 0) / step.days for step in steps] for pulse in pulses]
    return {
        "pulse": np.array([pulse.id for pulse in pulses], dtype=str),
        "pulse_link": ("pulse", np.array([pulse.link for pulse in pulses], dtype=str)),
        "pulse_volume": ("pulse", np.array([pulse.volume for pulse in pulses], dtype=float)),
        "pulse_season": (("pulse", "time"), np.array(shares, dtype=float).reshape(len(pulses), len(steps))),
        "pulse_shortfall_max": ("pulse", np.array([_most_missing(pulse.hard) for pulse in pulses], dtype=float)),
    }


def _lake_targets(basin: Basin, targets: Sequence[LakeTarget], steps: Sequence[Step]) -> dict[str, Any]:
    """Volumes that lakes should hold at the end of a step."""
    due = [[int(step.end == target.by) for step in steps] for target in targets]
    return {
        "lake_target": np.array([target.id for target in targets], dtype=str),
        "lake_target_lake": ("lake_target", np.array([target.lake for target in targets], dtype=str)),
        "lake_target_volume": ("lake_target", np.array([target_volume(basin, target) for target in targets], dtype=float)),
        "lake_target_due": (("lake_target", "time"), np.array(due, dtype=int).reshape(len(targets), len(steps))),
        "lake_target_shortfall_max": ("lake_target", np.array([_most_missing(target.hard) for target in targets], dtype=float)),
    }
