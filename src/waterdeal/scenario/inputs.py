"""The seam: a basin and a scenario become one dataset, all volumes in hm3 per step. Right of here nobody knows files or units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.check import check_clauses
from waterdeal.agreement.inputs import CLAUSE_DIMS, clause_variables, clauses_text
from waterdeal.agreement.river import River
from waterdeal.basin.provenance import find_origins
from waterdeal.basin.tables import Status
from waterdeal.errors import AgreementError, Problem, ScenarioError
from waterdeal.scenario.check import check_scenario
from waterdeal.scenario.horizon import horizon_steps, step_coords
from waterdeal.scenario.parts import PARTS, runoff_factors
from waterdeal.variables import describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.clause import Clause
    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario


def make_inputs(
    basin: Basin, scenario: Scenario, file: str = "scenario", series: xr.DataArray | None = None, clauses: Sequence[Clause] = ()
) -> xr.Dataset:
    """Make the inputs of the model.

    Parameters
    ----------
    basin : Basin
        Checked basin.
    scenario : Scenario
        Checked scenario.
    file : str
        Name of the scenario file, for messages.
    series : xarray.DataArray, optional
        Runoff rates by (node, time), m3 s-1, where the scenario brings its own; each value holds from its time to the next.
    clauses : sequence of Clause
        Clauses of the agreements the scenario names.

    Returns
    -------
    xarray.Dataset
        Every input of ``variables.csv``, with CF attributes, and the origin of each figure in ``attrs["provenance"]``.

    Raises
    ------
    ScenarioError, AgreementError
        With every problem found.
    """
    try:
        steps = horizon_steps(scenario.period)
    except ValueError as error:
        remedy = "Borders are first days of steps; ends are exclusive."
        raise ScenarioError(file, [Problem(file, None, "period", str(error), remedy)]) from error
    problems = check_scenario(basin, scenario, steps, file)
    if problems:
        raise ScenarioError(file, problems)
    variables: dict[str, Any] = {}
    for part in PARTS:
        variables |= part(basin, scenario, steps)
    if series is not None:
        from waterdeal.scenario.series import series_volumes

        variables["runoff"] = (("node", "time"), series_volumes(basin, series, steps, file) * runoff_factors(scenario, basin.ids("nodes")))
    coords: dict[str, Any] = dict(step_coords(basin, steps))
    described = {name: coords.pop(name) for name in ("step", "step_length", "month", "growing")}
    dataset = xr.Dataset({**described, **{name: value for name, value in variables.items() if name not in DIMS}}, coords=coords)
    dataset = dataset.assign_coords({name: variables[name] for name in DIMS})
    dataset.attrs["year_class"] = scenario.hydrology.year_class or ""
    dataset = _with_clauses(dataset, [clause for clause in clauses if clause.in_force], file, priced=scenario.breach == "priced")
    _check_finite(dataset, file)
    inputs = describe(dataset)
    inputs["step"].attrs["end"] = steps[-1].end.isoformat()
    origins = _origins(basin, scenario)
    _tell_status(inputs, origins)
    return inputs.assign_attrs(basin=basin.id, scenario=scenario.scenario.id, provenance=json.dumps(origins, ensure_ascii=False))


def _with_clauses(dataset: xr.Dataset, clauses: Sequence[Clause], file: str, *, priced: bool) -> xr.Dataset:
    """Add the clauses in force; where breaches are priced, negotiable ones may concede without limit."""
    river = River(dataset)
    problems = check_clauses(clauses, river, file)
    if problems:
        raise AgreementError(file, problems)
    found = clause_variables(clauses, river)
    if priced:
        dims, most = found["clause_conceded_max"]
        found["clause_conceded_max"] = (dims, np.where(found["clause_negotiable"][1] == 1, np.inf, most))
    coords = {name: found.pop(name) for name in CLAUSE_DIMS}
    return dataset.assign(found).assign_coords(coords).assign_attrs(clauses=clauses_text(clauses))


#: dimensions of the inputs, each with its ids
DIMS = (
    "node", "link", "lagged_link", "reservoir", "demand", "shortage_step", "plant", "flow_requirement", "channel", "entitlement",
)  # fmt: skip

#: inputs that may be blank or without limit
OPEN = frozenset({
    "flow_max", "release_max", "storage_rule_low", "storage_rule_high", "storage_terminal", "turbine_max", "channel_limit",
    "curve_level", "curve_volume", "curve_area", "clause_conceded_max",
})  # fmt: skip


def _check_finite(dataset: xr.Dataset, file: str) -> None:
    """Refuse any input that is not a number where one is needed."""
    bad = [
        str(name)
        for name, array in dataset.data_vars.items()
        if name not in OPEN and array.dtype.kind == "f" and not np.isfinite(array.values).all()
    ]
    if bad:
        raise ScenarioError(file, [Problem(file, None, name, "has a gap", "Complete the basin's table it comes from.") for name in bad])


def _origins(basin: Basin, scenario: Scenario) -> list[dict[str, str]]:
    """List the origin of every figure of the basin, and of the storages and the worth of energy that the scenario gives."""
    rows = [
        {"figure": ".".join(figure), "status": origin.status, "source": origin.source, "note": origin.note}
        for figure, origin in find_origins(basin).items()
        if origin is not None
    ]
    for name, choice in scenario.reservoir.items():
        word = choice.source.partition(":")[0].strip()
        status = word if word in set(Status) else Status.ASSUMED
        note = choice.source or "given by the scenario without a source"
        rows.append({"figure": f"scenario.{name}.initial", "status": str(status), "source": "scenario", "note": note})
    rows.append({"figure": "scenario.energy.value", "status": "assumed", "source": "scenario", "note": "worth of energy by month"})
    return rows


#: table and column each input comes from
COMES_FROM = {
    "runoff": ("hydrology", "runoff_m3s"),
    "requirement": ("requirements", "rate_m3s"),
    "return_fraction": ("demands", "return_fraction"),
    "flow_max": ("links", "capacity_m3s"),
    "loss_fraction": ("links", "loss_fraction"),
    "arrival_past": ("past_flows", "flow_m3s"),
    "storage_initial": ("scenario", "initial"),
    "storage_min": ("reservoirs", "dead_hm3"),
    "storage_max": ("reservoirs", "full_hm3"),
    "evaporation_depth": ("evaporation", "depth_mm"),
    "curve_volume": ("curves", "volume_hm3"),
    "curve_area": ("curves", "area_km2"),
    "curve_level": ("curves", "level_m"),
    "energy_factor": ("plants", "energy_gwh_per_hm3"),
    "turbine_max": ("plants", "turbine_max_m3s"),
    "energy_value": ("scenario", "value"),
    "flow_minimum": ("flow_requirements", "flow_m3s"),
    "channel_limit": ("channel_limits", "limit_m3s"),
    "entitlement_volume": ("limits", "volume_hm3"),
}


def _tell_status(inputs: xr.Dataset, origins: list[dict[str, str]]) -> None:
    """Write on each input how many of its figures are read, computed and assumed."""
    for name, (table, field) in COMES_FROM.items():
        found = [row["status"] for row in origins if row["figure"].startswith(f"{table}.") and row["figure"].endswith(f".{field}")]
        counts = [f"{found.count(status)} {status}" for status in Status if status in found]
        inputs[name].attrs["status"] = ", ".join(counts) or "no figure"
