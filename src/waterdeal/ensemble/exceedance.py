"""Exceedance curves of results by group: what each party, or each reservoir, has in how many members."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from waterdeal.ensemble.summary import exceedance_curve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.ensemble.summary import Ensemble


def grouped_exceedance(found: Ensemble, quantity: str, groups: Mapping[str, str]) -> pd.DataFrame:
    """Return the exceedance curve of each group of places.

    Parameters
    ----------
    found : Ensemble
        With members done.
    quantity : str
        Any that was kept, by place and step; the steps are added up.
    groups : mapping of str to str
        Group of each place, e.g. the party of each demand: ``case.inputs["demand_party"].to_series().to_dict()``. A place in none is left
        out.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``value`` from large to small, and ``exceeded``, the share of all members that reach it. Members without a plan reach
        nothing, and count.
    """
    values = found.values(quantity)
    totals = values.sum(values.dims[2:], skipna=False).values
    places = values[values.dims[1]].values.astype(str).tolist()
    tables = []
    for group in dict.fromkeys(groups.values()):
        members = totals[:, [groups.get(place) == group for place in places]].sum(axis=1)
        curve = exceedance_curve(members)
        curve.insert(0, "group", group)
        tables.append(curve)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["group", "value", "exceeded"])
