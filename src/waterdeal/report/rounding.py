"""Rounding of whole tables, so that what is printed adds up in every direction in which it is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.results.tables import round_to_total

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def round_tree(values: Floats, levels: Sequence[NDArray[np.str_]], digits: int, total: float | None = None) -> Floats:
    """Round values whose group totals are printed as well: first the total, then the groups, then the values.

    Parameters
    ----------
    values : numpy.ndarray
        Values to print.
    levels : sequence of numpy.ndarray
        Group of each value, outermost first.
    digits : int
        Decimals.
    total : float, optional
        Total to reach; the rounded sum unless given.

    Returns
    -------
    numpy.ndarray
        Rounded values; sums of groups and of all are rounded sums, to one unit of the last decimal.

    Examples
    --------
    >>> round_tree(np.array([0.34, 0.34, 0.34]), [np.array(["a", "a", "b"])], 1).tolist()
    [0.4, 0.3, 0.3]
    """
    if not levels:
        return round_to_total(values, digits, total)
    groups = list(dict.fromkeys(levels[0].tolist()))
    members = [levels[0] == group for group in groups]
    sums = round_to_total(np.array([values[member].sum() for member in members]), digits, total)
    rounded = np.zeros(len(values))
    for member, group_sum in zip(members, sums, strict=True):
        rounded[member] = round_tree(values[member], [level[member] for level in levels[1:]], digits, float(group_sum))
    return rounded


def round_volumes(values: Floats, groups: NDArray[np.str_], steps: pd.DataFrame, digits: int) -> Floats:
    """Round volumes by (item, step): the total, those of groups, items, seasons and months are all sums of what is printed.

    Parameters
    ----------
    values : numpy.ndarray
        Volumes by (item, step).
    groups : numpy.ndarray
        Group of each item, e.g. its party.
    steps : pandas.DataFrame
        Steps, as `results.tables.step_table` gives them.
    digits : int
        Decimals.

    Returns
    -------
    numpy.ndarray
        Rounded volumes.
    """
    totals = round_tree(values.sum(axis=1), [groups], digits)
    time = [steps["season"].to_numpy().astype(str), steps["month"].to_numpy().astype(str)]
    return np.array([round_tree(row, time, digits, float(total)) for row, total in zip(values, totals, strict=True)]).reshape(values.shape)


def round_rates(values: Floats, groups: NDArray[np.str_], digits: int) -> Floats:
    """Round rates by (item, column): in each column, the total and those of groups are sums of what is printed.

    Parameters
    ----------
    values : numpy.ndarray
        Rates by (item, column).
    groups : numpy.ndarray
        Group of each item.
    digits : int
        Decimals.

    Returns
    -------
    numpy.ndarray
        Rounded rates.
    """
    return np.array([round_tree(column, [groups], digits) for column in values.T]).reshape(values.T.shape).T
