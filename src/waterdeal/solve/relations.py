"""Tangents of what is not linear, at the point where a plan stands: area of a lake, energy of a plant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.lines import with_data
from waterdeal.results.quantities import curve_of
from waterdeal.scenario.reservoirs import PLANE_SENSES
from waterdeal.units import GWH_PER_HM3_M
from waterdeal.unlabelled import Unlabelled, with_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from waterdeal.types import Floats


#: water through turbines below which there is none, hm3: what is left of a zero by the solver
DRIP = 1e-9
#: GWh of one hm3 more in store below which there is none: the solver is not to tell it from a zero
SMALLEST_SLOPE = 1e-7
#: lines of a level curve a pass sees: the one the plan is on, and the next on either side
SEEN = PLANE_SENSES.count("at_most")


def mean_storage(inputs: xr.Dataset, results: xr.Dataset) -> Floats:
    """Return the mean of the storage at the start and the end of each step."""
    storage = results.variables["storage"].values
    return np.asarray((np.hstack([inputs.variables["storage_initial"].values[:, None], storage[:, :-1]]) + storage) / 2)


def curve_tangent(volumes: Floats, values: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return value and slope of a curve given by points, linear between them and level beyond them."""
    piece = np.clip(np.searchsorted(volumes, at, side="left") - 1, 0, len(volumes) - 2)
    slope = (np.diff(values) / np.diff(volumes))[piece]
    inside = (at >= volumes[0]) & (at <= volumes[-1])
    return np.interp(at, volumes, values), np.where(inside, slope, 0.0)


def near_lines(volumes: Floats, values: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return the lines that limit a curve near some points: the one each is on, and the next where the curve bends down to it."""
    value, own = curve_tangent(volumes, values, at)
    slopes = np.diff(values) / np.diff(volumes)
    piece = np.clip(np.searchsorted(volumes, at, side="left") - 1, 0, len(slopes) - 1)
    inside = (at >= volumes[0]) & (at <= volumes[-1])
    lines = [(value, own)]
    for side in (-1, 1):
        other = np.clip(piece + side, 0, len(slopes) - 1)
        bends_down = inside & (side * (slopes[other] - slopes[piece]) < 0)
        line = values[other] + slopes[other] * (at - volumes[other])
        lines.append((np.where(bends_down, line, value), np.where(bends_down, slopes[other], own)))
    return np.array([line[0] for line in lines]), np.array([line[1] for line in lines])


def area_lines(inputs: xr.Dataset, results: xr.Dataset) -> tuple[Floats, Floats]:
    """Return the tangents of area over storage at a plan's mean storages."""
    mean, read = mean_storage(inputs, results), Unlabelled(inputs)
    intercept, slope = np.zeros_like(mean), np.zeros_like(mean)
    for body in range(len(mean)):
        volumes, areas = curve_of(read, body, "curve_area")
        if volumes.size > 1:
            value, slope[body] = curve_tangent(volumes, areas, mean[body])
            intercept[body] = value - slope[body] * mean[body]
    return intercept, slope


def with_areas(inputs: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """Return inputs with the area lines that touch the curves at a plan."""
    return with_data(inputs, dict(zip(("area_intercept", "area_slope"), area_lines(inputs, results), strict=True)))


def evaporation_miss(inputs: xr.Dataset, results: xr.Dataset) -> float:
    """Return the largest evaporation that a plan's lines miss against the curves."""
    mean = mean_storage(inputs, results)
    intercept, slope = area_lines(inputs, results)
    true = intercept + slope * mean
    line = inputs.variables["area_intercept"].values + inputs.variables["area_slope"].values * mean
    return float(np.abs((true - line) * inputs.variables["evaporation_depth"].values).max(initial=0.0))


def head_energy(inputs: xr.Dataset, results: xr.Dataset) -> tuple[Floats, Floats, Floats]:
    """Return the energy of the plants whose head is followed, before the limit of their capacity, and its slopes."""
    level, rise = np.zeros(_shape(inputs)), np.zeros(_shape(inputs))
    for row, (volumes, levels, mean) in enumerate(_level_curves(inputs, results)):
        level[row], rise[row] = curve_tangent(volumes, levels, mean)
    return _energy_under(inputs, results, level, rise)


def _shape(inputs: xr.Dataset) -> tuple[int, int]:
    """Plants whose head is followed, and steps."""
    return inputs.sizes["headed"], inputs.sizes["time"]


def _level_curves(inputs: xr.Dataset, results: xr.Dataset) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Volumes and levels of the reservoir above each plant, and its mean storages."""
    order, mean, read = inputs.variables["reservoir"].values.tolist(), mean_storage(inputs, results), Unlabelled(inputs)
    for name in inputs.variables["headed_reservoir"].values.tolist():
        body = order.index(name)
        yield *curve_of(read, body, "curve_level"), mean[body]


def _energy_under(inputs: xr.Dataset, results: xr.Dataset, level: Floats, rise: Floats) -> tuple[Floats, Floats, Floats]:
    """Energy at a level above each plant that rises with the storage, and its slopes with water and storage."""
    water = results["turbine_flow"].sel(plant=inputs.variables["headed"].values).values
    water = np.where(water > DRIP, water, 0.0)
    unit = GWH_PER_HM3_M * inputs.variables["power_efficiency"].values[:, None]
    wake = inputs.variables["tailwater_slope"].values[:, None] / inputs.variables["step_length"].values[None, :]
    still = level - (inputs["tailwater"] + inputs["head_loss"]).values[:, None]
    return unit * water * (still - wake * water), unit * (still - 2 * wake * water), unit * water * rise


def energy_planes(inputs: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """Return inputs whose plants lie under the tangents of their energy at a plan.

    Where the level curve bends down beside the plan its energy is the least of what the lines before and after the bend give, and the
    tangents of both are taken: with one alone a plan that is best at the bend is passed back and forth, and the passes end beside it.
    """
    shape = _shape(inputs)
    level, rise, mean = np.zeros((SEEN, *shape)), np.zeros((SEEN, *shape)), np.zeros(shape)
    for row, (volumes, levels, stored) in enumerate(_level_curves(inputs, results)):
        level[:, row], rise[:, row] = near_lines(volumes, levels, stored)
        mean[row] = stored
    touching = [_energy_under(inputs, results, *line) for line in zip(level, rise, strict=True)]
    touching.append(touching[0])  # from below: the line the plan is on
    water = results["turbine_flow"].sel(plant=inputs["headed"].values).values
    energy, by_flow, by_storage = (np.stack(parts, axis=1) for parts in zip(*touching, strict=True))
    slope = np.where(np.abs(by_storage) < SMALLEST_SLOPE, 0.0, by_storage)
    constant = energy - by_flow * water[:, None] - slope * mean[:, None]
    return with_planes(inputs, PLANE_SENSES, {"energy_constant": constant, "energy_per_flow": by_flow, "energy_per_storage": slope})


def with_planes(inputs: xr.Dataset, senses: tuple[str, ...], planes: dict[str, Floats]) -> xr.Dataset:
    """Return inputs with other planes over the energy."""
    dims = ("headed", "power_plane", "time")
    fresh = {"plane_sense": ("power_plane", np.array(senses)), **{name: (dims, array) for name, array in planes.items()}}
    return with_variables(inputs, {name: (*held, inputs.variables[name].attrs) for name, held in fresh.items()})
