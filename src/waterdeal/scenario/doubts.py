"""Figures that can be, and hardly are: a wrong unit, a slip of a digit, a dry class that is the wetter one; `check` tells them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.check import cut_ratios
from waterdeal.agreement.inputs import clauses_of, in_unit_of_rows
from waterdeal.agreement.river import River
from waterdeal.basin.hydrology import step_volumes
from waterdeal.basin.tables import YEAR_CLASSES
from waterdeal.errors import Problem
from waterdeal.scenario.horizon import horizon_steps
from waterdeal.scenario.idle import idle_settings
from waterdeal.scenario.lookahead import expected_class
from waterdeal.scenario.reservoirs import outlet_curves
from waterdeal.units import volume_to_rate
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario

#: m3/s that no town takes: the largest cities take half of it
_TOWN = 150.0
#: times the water of the wettest class of year, or the driest, that a series may have unasked: no more, but where there is one class alone
_OFF, _OFF_ALONE = 1.0 + 1e-6, 2.0
#: times all that is required that a river may bring unasked, or the other way round
_FAR = 100.0


def doubts(basin: Basin, scenario: Scenario, inputs: xr.Dataset, file: str) -> list[Problem]:
    """Find what a person should look at before a plan is believed."""
    found = [*_of_lookahead(basin, scenario), *_of_water(basin, scenario, inputs), *_of_classes(basin), *_of_outlets(basin)]
    found += [*_of_users(inputs), *_of_clauses(inputs)]
    doubted = [Problem(file, None, field, said, say("scenario.doubt.remedy")) for field, said in found]
    return doubted + idle_settings(basin, scenario, inputs, file)


def _of_lookahead(basin: Basin, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """A look-ahead that is left out, for the basin has no year that could be expected."""
    if scenario.lookahead is not None and expected_class(basin, scenario) is None:
        yield "lookahead", say("lookahead.left_out")


def _of_water(basin: Basin, scenario: Scenario, inputs: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Rivers that bring nothing, all too much, or another water than any class of year; least flows of nothing."""
    volumes = inputs["runoff"].sum("time").to_series()
    required = float(inputs["requirement"].sum())
    wet = [str(node) for node in basin.runoff["node"].values]
    sources = [node for node in wet if str(inputs["node_kind"].sel(node=node).values) == "catchment"]
    if dry := [node for node in sources if volumes[node] == 0]:
        yield "runoff", say("scenario.doubt_dry", names=", ".join(dry))
    total = float(volumes.sum() + inputs["storage_initial"].sum())
    if required > 0 and not required / _FAR <= total <= required * _FAR:
        yield "runoff", say("scenario.doubt_far", total=total, required=required)
    if scenario.hydrology.series is not None and wet:
        known = _class_volumes(basin, scenario)
        off = _OFF if len(known) > 1 else _OFF_ALONE
        for node, least, most in zip(wet, known.min(axis=0), known.max(axis=0), strict=True):
            if most > 0 and not least / off <= volumes[node] <= most * off:
                yield "runoff", say("scenario.doubt_series", node=node, volume=volumes[node], least=least, most=most)
    flows = basin.table("flow_requirements").groupby("flow_requirement")["flow_m3s"].max()
    if idle := [str(name) for name in flows.index[flows == 0]]:
        yield "flow_requirements", say("scenario.doubt_no_flow", names=", ".join(idle))


def _class_volumes(basin: Basin, scenario: Scenario) -> NDArray[np.float64]:
    """Water that each class of year brings over the period, by (class, node)."""
    rates = basin.runoff.transpose("year_class", "node", "month").values
    return np.array([step_volumes(of_class, horizon_steps(scenario.period)).sum(axis=1) for of_class in rates])


def water_beside_classes(basin: Basin, scenario: Scenario, inputs: xr.Dataset) -> list[str]:
    """Tell the water of a series beside that of each class of year; nothing where there is no series."""
    if scenario.hydrology.series is None:
        return []
    names, volumes = basin.runoff["year_class"].values.tolist(), _class_volumes(basin, scenario).sum(axis=1)
    classes = ", ".join(f"{name} {volume:.5g}" for name, volume in zip(names, volumes, strict=True))
    return [say("commands.series_beside", volume=float(inputs["runoff"].sum()), classes=classes)]


def _of_outlets(basin: Basin) -> Iterator[tuple[str, str]]:
    """Outlets that pass more than a plan may let out, since lines cannot follow a curve that steepens."""
    for body, (stored, passed, held) in outlet_curves(basin).items():
        if (apart := passed - held).max() > 1e-6 * passed.max():
            first, top = int(np.argmax(apart > 1e-6 * passed.max())) - 1, int(np.argmax(apart))
            yield "outlets", say("scenario.doubt_outlets", body=body, storage=stored[first], passed=passed[top], held=held[top])


def _of_classes(basin: Basin) -> Iterator[tuple[str, str]]:
    """Classes of year in which a dry one brings more than a wetter one."""
    totals = basin.runoff.sum(["node", "month"]).to_series()
    ordered = [name for name in YEAR_CLASSES if name in totals.index and name != "mean"]
    for wetter, drier in pairwise(ordered):
        if totals[drier] > totals[wetter] * (1 + 1e-9):
            yield "hydrology", say("scenario.doubt_classes", drier=drier, wetter=wetter)


def _of_users(inputs: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Users that ask for more than there is, and towns larger than any."""
    rates = volume_to_rate(inputs["requirement"], inputs["step_length"]).max("time").values
    asked, water = inputs["requirement"].sum("time").values, float(inputs["runoff"].sum() + inputs["storage_initial"].sum())
    rows = zip(inputs["demand"].values.tolist(), inputs["demand_kind"].values.tolist(), rates, asked, strict=True)
    for name, kind, rate, volume in rows:
        if volume > water or (kind == "municipal" and rate > _TOWN):
            yield f"requirements.{name}", say("scenario.doubt_user", name=name, rate=rate, asked=volume, water=water)


def _of_clauses(inputs: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Concessions read in million m3, being more than the whole of what their clause counts in, and ratios of a part of a season."""
    river = River(inputs)
    units = dict(zip(inputs["clause"].values.tolist(), inputs["clause_unit"].values.tolist(), strict=True))
    for clause in clauses_of(inputs):
        if in_unit_of_rows(clause.concession, units.get(clause.id, "")):
            yield f"{clause.id}.concession", say("scenario.doubt_concession", value=clause.concession)
        for field, found in cut_ratios(clause, river):
            yield f"{clause.id}.{field}", say("scenario.doubt_ratio", found=found)
