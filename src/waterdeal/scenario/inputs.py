"""The seam: a basin and a scenario become one dataset, all volumes in hm3 per step. Right of here nobody knows files or units."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.basin.provenance import find_origins
from waterdeal.errors import Problem, ScenarioError
from waterdeal.scenario.check import check_scenario
from waterdeal.scenario.horizon import horizon_steps, step_coords
from waterdeal.scenario.parts import PARTS
from waterdeal.variables import describe

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario


def make_inputs(basin: Basin, scenario: Scenario, file: str = "scenario", series: xr.DataArray | None = None) -> xr.Dataset:
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

    Returns
    -------
    xarray.Dataset
        Every input of ``variables.csv``, with CF attributes, and the origin of each figure in ``attrs["provenance"]``.

    Raises
    ------
    ScenarioError
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

        variables["runoff"] = (("node", "time"), series_volumes(basin, series, steps, file))
    coords: dict[str, Any] = dict(step_coords(basin, steps))
    described = {name: coords.pop(name) for name in ("step", "step_length", "month", "growing")}
    dataset = xr.Dataset({**described, **{name: value for name, value in variables.items() if name not in DIMS}}, coords=coords)
    dataset = dataset.assign_coords({name: variables[name] for name in DIMS})
    _check_finite(dataset, file)
    described_dataset = describe(dataset)
    described_dataset["step"].attrs["end"] = steps[-1].end.isoformat()
    return described_dataset.assign_attrs(
        basin=basin.id, scenario=scenario.scenario.id, provenance=json.dumps(_origins(basin), ensure_ascii=False)
    )


#: dimensions of the inputs, each with its ids
DIMS = (
    "node", "link", "lagged_link", "reservoir", "demand", "shortage_step", "plant", "flow_requirement", "channel", "entitlement",
)  # fmt: skip

#: inputs that may be blank or without limit
OPEN = frozenset({
    "flow_max", "release_max", "storage_rule_low", "storage_rule_high", "storage_terminal", "turbine_max", "channel_limit",
    "curve_level", "curve_volume", "curve_area",
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


def _origins(basin: Basin) -> list[dict[str, str]]:
    """List the origin of every figure."""
    return [
        {"figure": ".".join(figure), "status": origin.status, "source": origin.source, "note": origin.note}
        for figure, origin in find_origins(basin).items()
        if origin is not None
    ]
