"""Crops as clauses see them: the output and the area of a crop on all fields of some parties; they are of a season, and of no step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.rows import Term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.agreement.river import Flows, River


def grown_on(river: River, parties: Sequence[str], crop: str) -> tuple[str, ...]:
    """Return the fields of some parties on which a crop is grown; none where the plan has no crops."""
    if "field" not in river.data or not river.ids("field"):
        return ()
    owners = dict(zip(river.ids("demand"), river.data["demand_party"].values.tolist(), strict=True))
    told = zip(river.ids("field"), river.data["field_demand"].values.tolist(), river.data["field_crop"].values.tolist(), strict=True)
    return tuple(field for field, demand, grown in told if owners[demand] in parties and grown == crop)


def output_terms(river: River, fields: Sequence[str]) -> tuple[Term, ...]:
    """Return the terms of the output of fields, kt: of paths by their yield, and of fields that follow a table."""
    yields = river.data["path_yield"].values.tolist()
    paths = zip(river.ids("crop_path"), river.data["path_field"].values.tolist(), yields, strict=True)
    found = tuple(Term("path_area", path, 0, kt) for path, field, kt in paths if field in fields and kt)
    return found + tuple(Term("season_output", field, 0, 1.0) for field in river.ids("responding") if field in fields)


def area_terms(river: River, fields: Sequence[str]) -> tuple[Term, ...]:
    """Return the terms of the area of fields, kha."""
    paths = zip(river.ids("crop_path"), river.data["path_field"].values.tolist(), strict=True)
    return tuple(Term("path_area", path, 0, 1.0) for path, field in paths if field in fields)


def sum_over(flows: Flows, quantity: str, fields: Sequence[str]) -> float:
    """Return the output or area of fields on a plan; NaN on flows that tell of no crops."""
    if quantity not in flows.data:
        return float("nan")
    return float(np.asarray(flows.data[quantity].values)[np.isin(flows.ids("field"), fields)].sum())
