"""The seam: a basin and a scenario become one dataset, all volumes in hm3 per step. Right of here nobody knows files or units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.check import check_clauses
from waterdeal.agreement.inputs import clause_variables, clauses_text
from waterdeal.agreement.river import River
from waterdeal.basin.provenance import find_origins
from waterdeal.basin.tables import Status
from waterdeal.errors import AgreementError, Problem, ScenarioError
from waterdeal.scenario.agriculture import agriculture_part
from waterdeal.scenario.benefit import benefit_part
from waterdeal.scenario.check import check_scenario
from waterdeal.scenario.field_climate import told_methods
from waterdeal.scenario.horizon import horizon_steps, step_coords
from waterdeal.scenario.natural_flow import natural_volumes
from waterdeal.scenario.parts import PARTS, runoff_factors
from waterdeal.scenario.raised_dam import with_raised_dams
from waterdeal.scenario.salinity import check_salt_of_runoff
from waterdeal.variables import describe, having, labels_among, vocabulary

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
    basin = with_raised_dams(basin, scenario)
    problems = check_scenario(basin, scenario, steps, file)
    if problems:
        raise ScenarioError(file, problems)
    variables: dict[str, Any] = {}
    for part in PARTS:
        variables |= part(basin, scenario, steps)
    variables |= agriculture_part(basin, scenario, steps, variables)
    variables |= benefit_part(scenario, variables)
    if series is not None:
        from waterdeal.scenario.series import series_volumes

        variables["runoff"] = (("node", "time"), series_volumes(basin, series, steps, file) * runoff_factors(scenario, basin.ids("nodes")))
    unsalted = check_salt_of_runoff(basin, scenario, variables["runoff"][1])
    if unsalted:
        raise ScenarioError(file, unsalted)
    links = variables["flow_requirement_link"][1].tolist()
    variables["flow_natural"] = (("flow_requirement", "time"), natural_volumes(basin, links, variables["runoff"][1]))
    coords: dict[str, Any] = dict(step_coords(basin, steps))
    described = {name: coords.pop(name) for name in ("step", "step_length", "month", "growing")}
    labels = labels_among(variables)
    dataset = xr.Dataset({**described, **{name: value for name, value in variables.items() if name not in labels}}, coords=coords)
    dataset = dataset.assign_coords(labels)
    dataset.attrs["year_class"] = scenario.hydrology.year_class or ""
    dataset.attrs["physics"] = scenario.physics.model_dump_json()
    dataset.attrs["evapotranspiration"] = json.dumps(told_methods(basin, scenario.agriculture))
    dataset.attrs["salinity"] = scenario.salinity.model_dump_json()
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
    coords = {name: found.pop(name) for name in labels_among(found)}
    return dataset.assign(found).assign_coords(coords).assign_attrs(clauses=clauses_text(clauses))


def _check_finite(dataset: xr.Dataset, file: str) -> None:
    """Refuse any input that is not a number where one is needed."""
    bad = [
        str(name)
        for name, array in dataset.variables.items()
        if name not in having("blank") and array.dtype.kind == "f" and not np.isfinite(array.values).all()
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
    rows += [_stated(f"{name}.initial", choice.source) for name, choice in scenario.reservoir.items()]
    rows += [_stated(f"{name}.full", choice.source) for name, choice in scenario.reservoir.items() if choice.full is not None]
    rows += [
        {"figure": f"climates.{name}.evapotranspiration", "status": "computed", "source": "scenario", "note": method}
        for name, method in told_methods(basin, scenario.agriculture).items()
        if method != "given"
    ]
    asked = scenario.environment
    rows += [_stated(f"{entry.id}.flow_m3s", entry.source) for entry in asked.regime]
    rows += [_stated(f"{pulse.id}.volume_hm3", pulse.source) for pulse in asked.pulse]
    rows += [_stated(f"{target.id}.volume_hm3", target.source) for target in asked.lake_target]
    rows.append({"figure": "scenario.energy.value", "status": "assumed", "source": "scenario", "note": "worth of energy by month"})
    return rows


def _stated(figure: str, source: str) -> dict[str, str]:
    """Origin of a figure of the scenario; its source may begin with its status."""
    word = source.partition(":")[0].strip()
    status = word if word in set(Status) else Status.ASSUMED
    note = source or "given by the scenario without a source"
    return {"figure": f"scenario.{figure}", "status": str(status), "source": "scenario", "note": note}


def _tell_status(inputs: xr.Dataset, origins: list[dict[str, str]]) -> None:
    """Write on each input how many of its figures are read, computed and assumed."""
    for name, quantity in vocabulary().items():
        if quantity.source:
            table, _, field = quantity.source.partition(".")
            found = [row["status"] for row in origins if row["figure"].startswith(f"{table}.") and row["figure"].endswith(f".{field}")]
            counts = [f"{found.count(status)} {status}" for status in Status if status in found]
            inputs[name].attrs["status"] = ", ".join(counts) or "no figure"
