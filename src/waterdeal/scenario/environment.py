"""The part of the inputs that is for nature: least flows of the basin and of regimes, pulses, targets of lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.scenario.horizon import by_month
from waterdeal.scenario.natural_flow import natural_means, yearly_mean
from waterdeal.science.flow_regimes import exceeded_flow, monthly_share_of_natural, tennant_by_month, tennant_flow
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.environment_schema import LakeTarget, Pulse, Regime
    from waterdeal.scenario.schema import Scenario

    Floats = NDArray[np.float64]

#: share of the time that the flow of method q95 is reached or exceeded
Q95 = 0.95


def regime_rates(basin: Basin, regime: Regime) -> Floats:
    """Least flow of a regime by month.

    Parameters
    ----------
    basin : Basin
        The basin, for natural means that the regime does not give itself.
    regime : Regime
        The regime.

    Returns
    -------
    numpy.ndarray
        m3/s, January first, shape (12,).

    Raises
    ------
    ValueError
        If the natural mean is asked for and not defined at the link, or so few values tell no such quantile.
    """
    if regime.flow_m3s is not None:
        return np.array(regime.flow_m3s)
    if regime.rule is not None:
        rule = regime.rule
        return np.resize([exceeded_flow(values, Q95, rule) for values in regime.value_lists], 12)
    means = np.array(regime.mean_m3s) if regime.mean_m3s is not None else natural_means(basin, regime.link)
    if regime.tennant_class is None:
        return monthly_share_of_natural(means, regime.share or 0.0)
    if regime.method == "tennant_seasonal":
        return tennant_by_month(yearly_mean(means), regime.tennant_class)
    return np.full(12, float(tennant_flow(yearly_mean(means), regime.tennant_class)))


def target_volume(basin: Basin, target: LakeTarget) -> float:
    """Volume of a lake's target, hm3; a level is read on the lake's curve.

    Parameters
    ----------
    basin : Basin
        The basin.
    target : LakeTarget
        The target; its level is on the curve.

    Returns
    -------
    float
        hm3.
    """
    if target.level is None:
        return float(target.volume or 0.0)
    return float(np.interp(target.level, *curve_of(basin, target.lake)))


def curve_of(basin: Basin, body: str) -> tuple[Floats, Floats]:
    """Return levels (m) and volumes (hm3) of a body's curve, in rising order; empty where it has none."""
    curves = basin.table("curves")
    rows = curves[curves["reservoir"] == body].sort_values("level_m")
    return rows["level_m"].to_numpy(dtype=float), rows["volume_hm3"].to_numpy(dtype=float)


def environment_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Least flows, pulses and targets of lakes.

    Parameters
    ----------
    basin : Basin
        The basin.
    scenario : Scenario
        The scenario, checked.
    steps : sequence of Step
        The horizon.

    Returns
    -------
    dict
        Variables by name, as (dims, array), volumes in hm3.
    """
    asked = scenario.environment
    return {**_least_flows(basin, asked.regime, steps), **_pulses(asked.pulse, steps), **_lake_targets(basin, asked.lake_target, steps)}


def _least_flows(basin: Basin, regimes: Sequence[Regime], steps: Sequence[Step]) -> dict[str, Any]:
    """Least flows of the basin's table, then those of the scenario's regimes."""
    table = basin.table("flow_requirements")
    places = table.drop_duplicates("flow_requirement")
    names = places["flow_requirement"].tolist()
    rates = np.vstack([by_month(table, "flow_requirement", "flow_m3s", names), *(regime_rates(basin, regime) for regime in regimes)])
    days = np.array([float(step.days) for step in steps])
    most = [np.inf] * len(names) + [_most_missing(regime.hard) for regime in regimes]
    return {
        "flow_requirement": np.array([*names, *(regime.id for regime in regimes)], dtype=str),
        "flow_minimum": (("flow_requirement", "time"), rate_to_volume(mean_step_rates(rates, steps), days)),
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
