"""Check the optional tables of a basin: what cells alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.check_fields import FIELD_RULES
from waterdeal.basin.check_ground import GROUND_RULES
from waterdeal.errors import Problem

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin


def check_heads(basin: Basin) -> list[Problem]:
    """A followed head has a curve to be read off, and stands above its tailwater."""
    problems = []
    curves, kinds = basin.table("curves"), basin.table("nodes").set_index("node")["kind"]
    for plant, body, tailwater in basin.table("heads")[["plant", "reservoir", "tailwater_m"]].itertuples(index=False, name=None):
        levels = curves.loc[curves["reservoir"] == body, "level_m"]
        if levels.empty or kinds[body] != "reservoir":
            found = f"{plant}: {body} has no level-area-volume table" if levels.empty else f"{plant}: {body} is a lake"
            problems.append(Problem("heads.csv", None, "reservoir", found, "Name a reservoir of curves.csv."))
        elif tailwater >= levels.min():
            found = f"{plant}: tailwater {tailwater:g} m is not below the lowest level of {body}, {levels.min():g} m"
            problems.append(Problem("heads.csv", None, "tailwater_m", found, "Levels are metres above the same zero as curves.csv."))
    return problems


def check_outlets(basin: Basin) -> list[Problem]:
    """A discharge curve rises with storage, ever more slowly: only then do lines above it describe it."""
    problems = []
    dead = basin.table("reservoirs").set_index("reservoir")["dead_hm3"]
    for body, curve in basin.table("outlets").groupby("reservoir", sort=False):
        points = curve.sort_values("storage_hm3")
        slopes = np.diff(points["release_m3s"]) / np.diff(points["storage_hm3"])
        if len(points) < 2:
            problems.append(Problem("outlets.csv", None, "storage_hm3", f"{body} has one row", "Give at least two points."))
        elif (slopes < 0).any() or (np.diff(slopes) > 1e-9).any():
            remedy = "Give the points of a concave curve; an outlet above a sill needs a clause or a storage_min."
            problems.append(Problem("outlets.csv", None, "release_m3s", f"{body}: the curve falls, or steepens with storage", remedy))
        elif points["release_m3s"].iloc[0] < slopes[0] * (points["storage_hm3"].iloc[0] - dead[body]) - 1e-9:
            found = f"{body}: the curve is at nothing above the dead storage of {dead[body]:g} hm3, so that no plan could be lower"
            problems.append(
                Problem("outlets.csv", None, "storage_hm3", found, "Give a point at dead storage, or raise dead_hm3 to the sill.")
            )
    return problems


def check_muskingum_reaches(basin: Basin) -> list[Problem]:
    """A reach is routed one way, is a river, and has past flows."""
    links, known = basin.table("links").set_index("link"), set(basin.table("past_flows")["link"])
    problems = []
    for link in basin.ids("muskingum"):
        if links["travel_time_days"].fillna(0)[link] > 0 or links["kind"][link] != "river":
            found = f"{link} has a travel time too" if links["kind"][link] == "river" else f"{link} is not a river"
            problems.append(
                Problem("muskingum.csv", None, "link", found, "Route a river reach one way: blank travel_time_days in links.csv.")
            )
        if link not in known:
            problems.append(
                Problem("past_flows.csv", None, "link", f"{link} has no rows", "Give its 12 months: water is on its way in it.")
            )
    return problems


OPTIONAL_RULES = (check_heads, check_outlets, check_muskingum_reaches, *FIELD_RULES, *GROUND_RULES)
