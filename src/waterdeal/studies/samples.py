"""Which values of the parameters are tried, and what the results say of each: one at a time, Morris, Sobol."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.studies.problem import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.studies.parameters import Parameter
    from waterdeal.types import Floats


#: what can be done, and what of a parameter and a figure it tells
METHODS = {
    "one-at-a-time": ("low", "base", "high", "swing"),
    "morris": ("mu_star", "mu_star_conf", "mu", "sigma"),
    "sobol": ("S1", "S1_conf", "ST", "ST_conf"),
}
#: what each method of SALib is told: levels of the grid of Morris; no second order of Sobol
OPTIONS: dict[str, dict[str, Any]] = {"morris": {"num_levels": 4}, "sobol": {"calc_second_order": False}}
#: confidence that SALib's bootstrap is asked for
CONFIDENCE = 0.95
#: a figure that varies by no more than this share of its size does not vary: its indices would be rounding over rounding
STILL = 1e-9


def make_samples(parameters: Sequence[Parameter], method: str, count: int, seed: int) -> Floats:
    """Choose the values that are tried."""
    if method == "one-at-a-time":
        values = np.full((1 + 2 * len(parameters), len(parameters)), np.nan)
        for place, parameter in enumerate(parameters):
            values[1 + 2 * place, place], values[2 + 2 * place, place] = parameter.low, parameter.high
        return values
    if method not in METHODS:
        raise refused(field="method", key="studying.no_method", method=method, known=", ".join(METHODS))
    if method == "sobol" and (count < 2 or count & (count - 1)):
        raise refused(field="samples", key="studying.no_power", count=count, near=2 ** max(1, round(float(np.log2(max(count, 2))))))
    if count < 2:
        raise refused(field="samples", key="studying.too_few", count=count)
    found = _salib(f"sample.{method}").sample(salib_problem(parameters), count, **OPTIONS[method], seed=seed)
    return np.asarray(found, dtype=float)


def analyse(parameters: Sequence[Parameter], method: str, samples: Floats, figures: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Tell how each figure responds to each parameter."""
    names, by = [parameter.name for parameter in parameters], {"one-at-a-time": "swing", "morris": "mu_star", "sobol": "ST"}[method]
    found = {str(name): _one_figure(parameters, method, samples, figures[name].to_numpy(dtype=float), seed) for name in figures.columns}
    tables = {name: table.set_axis(names).sort_values(by, ascending=False, kind="stable", key=abs) for name, table in found.items()}
    return pd.concat(tables, names=["figure", "parameter"]).reset_index()


def _one_figure(parameters: Sequence[Parameter], method: str, samples: Floats, values: Floats, seed: int) -> pd.DataFrame:
    """Indices of one figure."""
    if method == "one-at-a-time":
        low, high = values[1::2], values[2::2]
        tried = np.column_stack([np.full(len(low), values[0]), low, high])
        swing = tried.max(axis=1) - tried.min(axis=1)  # NaN where a sample is missing
        swing[swing <= STILL * np.abs(tried).max(axis=1)] = 0.0
        return pd.DataFrame({"low": low, "base": values[0], "high": high, "swing": swing})
    columns = METHODS[method]
    if np.ptp(values) <= STILL * max(1.0, float(np.abs(values).max())):
        return pd.DataFrame(np.nan, index=range(len(parameters)), columns=list(columns))
    salib = _salib(f"analyze.{method}")
    given = (samples, values) if method == "morris" else (values,)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib leans on what pandas and numpy are about to drop
        found = salib.analyze(salib_problem(parameters), *given, **OPTIONS[method], conf_level=CONFIDENCE, seed=seed)
    return pd.DataFrame({name: np.asarray(found[name], dtype=float) for name in columns})


def salib_problem(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Say the parameters as SALib wants them."""
    names, bounds = [parameter.name for parameter in parameters], [[parameter.low, parameter.high] for parameter in parameters]
    return {"num_vars": len(names), "names": names, "bounds": bounds}


def _salib(module: str) -> Any:
    """Return a module of SALib, which is an extra."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import SALib

            return import_module(f"{SALib.__name__}.{module}")
    except ModuleNotFoundError as error:
        raise refused(field="method", key="studying.no_salib") from error
