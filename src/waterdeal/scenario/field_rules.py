"""What rules the areas of fields: land day by day, bounds, rotation, the food a party needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.scenario.field_paths import THOUSAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.agriculture_schema import Agriculture
    from waterdeal.scenario.field_paths import FieldPlan

    Floats = NDArray[np.float64]


def area_bounds(plans: Sequence[FieldPlan], asked: Agriculture) -> tuple[Floats, Floats]:
    """Least and largest area of each field, kha.

    Bounds of ``fields.csv`` come first; without them a perennial stays as it is, and an annual crop within the flexibility around its
    historic area. A state order lifts both.

    Parameters
    ----------
    plans : sequence of FieldPlan
        All fields.
    asked : Agriculture
        With the flexibility.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        By field.
    """
    least, most = np.zeros(len(plans)), np.zeros(len(plans))
    for place, plan in enumerate(plans):
        row = plan.row
        spread = 0.0 if row["perennial"] == "yes" else asked.flexibility
        low, high = row["area_kha"] * max(1.0 - spread, 0.0), row["area_kha"] * (1.0 + spread)
        ordered = float(np.nan_to_num(row["state_order_kha"]))
        least[place] = max(low if np.isnan(row["area_min_kha"]) else row["area_min_kha"], ordered)
        most[place] = max(high if np.isnan(row["area_max_kha"]) else row["area_max_kha"], least[place])
    return least, most


def land_variables(plans: Sequence[FieldPlan]) -> dict[str, Any]:
    """Rows of land: sets of fields that stand on some day together, each of which fits on the land of its demand.

    Two crops of one year need no more land than one if they never stand together, whatever the length of the steps.

    Parameters
    ----------
    plans : sequence of FieldPlan
        All fields.

    Returns
    -------
    dict
        Variables by name, as (dims, array).
    """
    demands = np.array([str(plan.row["demand"]) for plan in plans], dtype=str)
    names, owners, areas, counts = [], [], [], []
    for demand in dict.fromkeys(demands.tolist()):
        rows = np.flatnonzero(demands == demand).tolist()
        stands = np.array([plans[row].season.stands | plans[row].dated.busy for row in rows])
        for number, together in enumerate(largest_sets(stands), start=1):
            names.append(f"{demand}_{number}")
            owners.append(demand)
            areas.append(float(plans[rows[0]].row["land_kha"]))
            counts.append(np.isin(np.arange(len(plans)), np.array(rows)[together]))
    return {
        "land_row": np.array(names, dtype=str),
        "land_demand": ("land_row", np.array(owners, dtype=str)),
        "land_area": ("land_row", np.array(areas, dtype=float)),
        "land_counts": (("land_row", "field"), np.array(counts, dtype=int).reshape(len(names), len(plans))),
    }


def largest_sets(stands: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Sets of items that occur together and are no part of another such set.

    Parameters
    ----------
    stands : numpy.ndarray
        Whether an item is there, by (item, day).

    Returns
    -------
    list of numpy.ndarray
        Whether an item belongs to each set, in the order of the first day it is met.
    """
    _, first = np.unique(stands, axis=1, return_index=True)
    patterns = [stands[:, day] for day in sorted(first.tolist()) if stands[:, day].any()]
    return [one for one in patterns if not any((one <= other).all() and (one < other).any() for other in patterns)]


def rotation_variables(basin: Basin, *, on: bool) -> dict[str, Any]:
    """Bounds on the share of a crop in the area of its demand.

    Parameters
    ----------
    basin : Basin
        ``rotations.csv``.
    on : bool
        Whether crops are planned.

    Returns
    -------
    dict
        Variables by name, as (dims, array).
    """
    rows = basin.table("rotations") if on else basin.table("rotations").iloc[:0]
    names = [f"{row.demand}_{row.crop}" for row in rows.itertuples(index=False)]
    return {
        "rotation": np.array(names, dtype=str),
        "rotation_demand": ("rotation", rows["demand"].to_numpy(dtype=str)),
        "rotation_crop": ("rotation", rows["crop"].to_numpy(dtype=str)),
        "rotation_least": ("rotation", rows["share_min"].to_numpy(dtype=float)),
        "rotation_most": ("rotation", rows["share_max"].to_numpy(dtype=float)),
    }


def food_variables(basin: Basin, *, on: bool) -> dict[str, Any]:
    """Least output of a crop that a party needs, in thousand tonnes.

    Parameters
    ----------
    basin : Basin
        ``food_needs.csv``.
    on : bool
        Whether crops are planned.

    Returns
    -------
    dict
        Variables by name, as (dims, array).
    """
    rows = basin.table("food_needs") if on else basin.table("food_needs").iloc[:0]
    return {
        "food_need": rows["food_need"].to_numpy(dtype=str),
        "food_party": ("food_need", rows["party"].to_numpy(dtype=str)),
        "food_crop": ("food_need", rows["crop"].to_numpy(dtype=str)),
        "food_least": ("food_need", rows["tonnes"].to_numpy(dtype=float) / THOUSAND),
    }
