"""Which values of the parameters are tried, and what the results say of each: one at a time, Morris, Sobol."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.studies.problem import refused
from waterdeal.words import say

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
#: levels of the grid of Morris, and those of the confidence that SALib's bootstrap is asked for
GRID, CONFIDENCE = 4, 0.95
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
        raise refused(
            field="method", found=say("studying.no_method", method=method), hint=say("studying.choose_one_2", METHODS=", ".join(METHODS))
        )
    if count < 2 or (method == "sobol" and count & (count - 1)):
        near = 2 ** max(1, round(float(np.log2(max(count, 2)))))
        hint = say("studying.sobol_s_sequence_needs", near=near) if method == "sobol" else say("studying.at_least_2_trajectories")
        raise refused(field="samples", found=say("studying.samples_cannot", count=count), hint=hint)
    problem = salib_problem(parameters)
    salib = _salib()
    if method == "morris":
        return np.asarray(salib.sample_morris(problem, count, num_levels=GRID, seed=seed), dtype=float)
    return np.asarray(salib.sample_sobol(problem, count, calc_second_order=False, seed=seed), dtype=float)


def analyse(parameters: Sequence[Parameter], method: str, samples: Floats, figures: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Tell how each figure responds to each parameter."""
    tables = []
    for name in figures.columns:
        values = figures[name].to_numpy(dtype=float)
        table = _one_figure(parameters, method, samples, values, seed)
        table.insert(0, "parameter", [parameter.name for parameter in parameters])
        table.insert(0, "figure", str(name))
        by = {"one-at-a-time": "swing", "morris": "mu_star", "sobol": "ST"}[method]
        tables.append(table.sort_values(by, ascending=False, kind="stable", key=lambda column: column.abs()))
    return pd.concat(tables, ignore_index=True)


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
    problem, salib = salib_problem(parameters), _salib()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib leans on what pandas and numpy are about to drop
        if method == "morris":
            found = salib.analyse_morris(problem, samples, values, num_levels=GRID, conf_level=CONFIDENCE, seed=seed)
        else:
            found = salib.analyse_sobol(problem, values, calc_second_order=False, conf_level=CONFIDENCE, seed=seed)
    return pd.DataFrame({name: np.asarray(found[name], dtype=float) for name in columns})


def salib_problem(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Say the parameters as SALib wants them."""
    names, bounds = [parameter.name for parameter in parameters], [[parameter.low, parameter.high] for parameter in parameters]
    return {"num_vars": len(names), "names": names, "bounds": bounds}


def _salib() -> Any:
    """Return what is used of SALib, which is an extra."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from SALib.analyze import morris as analysis_morris
            from SALib.analyze import sobol as analysis_sobol
            from SALib.sample import morris as sampling_morris
            from SALib.sample import sobol as sampling_sobol
    except ModuleNotFoundError as error:
        hint = say("studying.pip_install_waterdeal_studie_2")
        raise refused(field="method", found=say("studying.morris_sobol_need_salib"), hint=hint) from error
    return SimpleNamespace(
        sample_morris=sampling_morris.sample,
        sample_sobol=sampling_sobol.sample,
        analyse_morris=analysis_morris.analyze,
        analyse_sobol=analysis_sobol.analyze,
    )
