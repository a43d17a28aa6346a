"""What is not known for sure, and how it is put into a case: settings of the scenario, and multiples of its quantities."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.imports.bounds import MOST_BYTES, open_bytes
from waterdeal.results.lines import with_data
from waterdeal.studies.problem import refused
from waterdeal.variables import having

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.run import Case
    from waterdeal.types import Floats


#: names people use for quantities, and those of the vocabulary
ALIASES = {"initial_storage": "storage_initial", "limit": "entitlement_volume", "price": "energy_value"}
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_TEXT = re.compile(rf"(?P<name>[^=]+)=(?P<low>{_NUMBER}):(?P<high>{_NUMBER})(?:\s+(?P<unit>\S+))?")


@dataclass(frozen=True)
class Parameter:
    """Something that lies in a range."""

    #: A dotted key of the scenario (`hydrology.factor`), or a quantity with a star for a multiple of it (`runoff*`), of one place or party
    #: only where one is named (`requirement@UZ*`, `storage_initial@toktogul*`)
    name: str
    low: float
    high: float
    unit: str = ""  # unit of a setting, where it has one

    @property
    def is_multiple(self) -> bool:
        """Whether it multiplies a quantity of the inputs; else it is a setting of the scenario."""
        return self.name.endswith("*")


def parse_parameter(text: str) -> Parameter:
    """Read a parameter from a line.

    Examples
    --------
    >>> parse_parameter("runoff*=0.8:1.2")
    Parameter(name='runoff*', low=0.8, high=1.2, unit='')
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise refused(field="parameter", key="studying.not_a_parameter", text=text)
    low, high = float(found["low"]), float(found["high"])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise refused(field="parameter", key="studying.no_width", text=text)
    return Parameter(found["name"].strip(), low, high, found["unit"] or "")


def read_parameters(path: Path) -> list[Parameter]:
    """Read a study file.

    Parameters
    ----------
    path : pathlib.Path
        TOML with a table ``[parameter]``: ``"runoff*" = [0.8, 1.2]``, or ``[6, 8, "km3"]`` with a unit.

    Returns
    -------
    list of Parameter
        In the order of the file.

    Raises
    ------
    FileProblem
        If there is no such file.
    ScenarioError
        If it does not say ranges.
    """
    try:
        content = tomllib.loads(open_bytes(path, MOST_BYTES).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refused(field="parameter", key="studying.no_toml", hint="", name=path.name, error=error) from error
    table = content.get("parameter")
    if not isinstance(table, dict) or set(content) != {"parameter"}:
        raise refused(field="parameter", key="studying.no_table", name=path.name)
    return [parse_parameter(f"{name}={_range(name, value)}") for name, value in table.items()]


def _range(name: str, value: object) -> str:
    """Range of a study file as a line writes it."""
    if not isinstance(value, list) or len(value) not in {2, 3} or any(isinstance(part, bool) for part in value):
        raise refused(field="parameter", key="studying.no_range", name=name)
    return f"{value[0]}:{value[1]} {value[2] if len(value) == 3 else ''}".strip()


def inputs_at(case: Case, parameters: Sequence[Parameter], values: Floats, base: xr.Dataset | None = None) -> xr.Dataset:
    """Return the inputs of a case at some values of its parameters."""
    settings: dict[str, Any] = {
        parameter.name: f"{value!r} {parameter.unit}" if parameter.unit else value
        for parameter, value in zip(parameters, values.tolist(), strict=True)
        if not (parameter.is_multiple or math.isnan(value))
    }
    inputs = case.set(settings).inputs if settings else case.inputs if base is None else base
    data = multiples(inputs, parameters, values)
    return with_data(inputs, data) if data else inputs


def multiples(inputs: xr.Dataset, parameters: Sequence[Parameter], values: Floats) -> dict[str, Floats]:
    """Return the quantities that are multiplied, at some values of the parameters; settings are passed over."""
    found: dict[str, Floats] = {}
    for parameter, value in zip(parameters, values.tolist(), strict=True):
        if parameter.is_multiple and not math.isnan(value):
            name, factor = _factor(inputs, parameter, value)
            found[name] = found.get(name, inputs.variables[name].values) * factor
    return found


def check_parameters(case: Case, parameters: Sequence[Parameter]) -> None:
    """Try every parameter at both ends of its range."""
    names = [parameter.name for parameter in parameters]
    if not names:
        raise refused(field="parameter", key="studying.no_parameter")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise refused(field="parameter", key="studying.repeated", names=", ".join(twice))
    for parameter in parameters:
        for value in (parameter.low, parameter.high):
            inputs_at(case, [parameter], np.array([value]))


def _factor(inputs: xr.Dataset, parameter: Parameter, value: float) -> tuple[str, Floats]:
    """Name of the quantity that a parameter multiplies, and by how much at each place."""
    written, _, place = parameter.name.rstrip("*").partition("@")
    name = ALIASES.get(written, written)
    if not _is_multiplied(inputs, name):
        known = [str(key) for key in inputs.data_vars if _is_multiplied(inputs, str(key))]
        raise refused(field="parameter", key="studying.no_quantity", hint=did_you_mean(written, [*known, *ALIASES]), name=written)
    array = inputs.variables[name]
    chosen = _places(inputs, str(array.dims[0]), place) if place else np.ones(array.shape[0], dtype=bool)
    if not chosen.any():
        items = inputs.variables[array.dims[0]].values.astype(str).tolist() if array.dims[0] in inputs.variables else []
        raise refused(field="parameter", key="studying.no_place", hint=did_you_mean(place, items), name=written, place=place)
    return name, np.where(chosen, value, 1.0).reshape(-1, *([1] * (array.ndim - 1)))


def _is_multiplied(inputs: xr.Dataset, name: str) -> bool:
    """Whether a quantity can be multiplied: numbers by place; not the lines that passes draw, which follow from a plan."""
    if name not in inputs.variables or name in inputs.coords or name in having("moved"):
        return False
    array = inputs.variables[name]
    return bool(array.dtype.kind == "f" and array.size and array.ndim)


def _places(inputs: xr.Dataset, dim: str, place: str) -> NDArray[np.bool_]:
    """Items of a dim that are a place, or belong to a party."""
    items = inputs.variables[dim].values.astype(str)
    if f"{dim}_party" in inputs.variables:
        owners = inputs.variables[f"{dim}_party"].values.astype(str)
    elif dim == "reservoir":
        owners = inputs["node_party"].sel(node=items).values.astype(str)
    else:
        owners = np.full(len(items), "")
    return np.asarray((items == place) | (owners == place))
