"""Check the tables of a basin about crops and fields: what cells alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.field_tables import STAGES
from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from waterdeal.basin.schema import Basin

#: most days of each month that every year has
_MONTH_LENGTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: columns of a climate from which reference evapotranspiration can be computed
_WEATHER = ("tmax_c", "tmin_c", "humidity_percent", "wind_ms", "sunshine_hours")
_YEAR = 365


def check_crops(basin: Basin) -> list[Problem]:
    """A crop has whole days of growth, a year at most, a day of planting that every year has, and its factors all or none."""
    problems = []
    for row in basin.table("crops").to_dict("records"):
        name, lengths = row["crop"], [row[f"{stage}_days"] for stage in STAGES]
        if any(days != int(days) for days in lengths) or not 0 < sum(lengths) <= _YEAR:
            found = f"{name}: stages of {', '.join(f'{days:g}' for days in lengths)} days"
            problems.append(Problem("crops.csv", None, "initial_days", found, "Give whole days, in all 1 to 365."))
        month, day = row["planting_month"], row["planting_day"]
        if month != int(month) or day != int(day) or day > _MONTH_LENGTH[int(month) - 1]:
            problems.append(
                Problem("crops.csv", None, "planting_day", f"{name}: no day {day:g} in month {month:g}", "Name a day of every year.")
            )
        for kind in ("ky", "jensen"):
            given = [not np.isnan(row[f"{kind}_{stage}"]) for stage in STAGES]
            if any(given) and not all(given):
                found = f"{name} has some of the four stages only"
                problems.append(Problem("crops.csv", None, f"{kind}_initial", found, "Give all four, or leave all blank."))
        if np.isnan(row["salt_threshold_ds_m"]) != np.isnan(row["salt_slope"]):
            found = f"{name} has only one of threshold and slope"
            problems.append(Problem("crops.csv", None, "salt_slope", found, "Give both, or leave both blank."))
    return problems


def check_climates(basin: Basin) -> list[Problem]:
    """A climate has twelve months, each column for all of them or none, and evapotranspiration or temperatures but not both."""
    problems = []
    months = basin.table("climate_months")
    for name, *place in basin.table("climates").itertuples(index=False, name=None):
        rows = months[months["climate"] == name]
        if np.isnan(place).any() and rows["et0_mm"].isna().any():
            found = f"{name} has no latitude or no elevation"
            problems.append(Problem("climates.csv", None, "latitude_deg", found, "They are needed where evapotranspiration is computed."))
        if len(rows) != 12:
            problems.append(Problem("climate_months.csv", None, "month", f"{name} has {len(rows)} months", "Give all 12."))
            continue
        problems += _weather_problems(name, rows)
    return problems


def _weather_problems(name: str, rows: pd.DataFrame) -> list[Problem]:
    """Report what is wrong with the weather of one climate."""
    file = "climate_months.csv"
    count = {column: int(rows[column].notna().sum()) for column in ("et0_mm", *_WEATHER)}
    problems = [
        Problem(file, None, column, f"{name} has {given} of 12 months", "Fill in all 12, or leave all blank.")
        for column, given in count.items()
        if given not in {0, 12}
    ]
    computed = any(count[column] for column in _WEATHER)
    if bool(count["et0_mm"]) == computed:
        found = f"{name} has evapotranspiration and weather" if computed else f"{name} has neither evapotranspiration nor weather"
        problems.append(Problem(file, None, "et0_mm", found, "Give et0_mm, or temperatures to compute it from."))
    elif computed and not (count["tmax_c"] and count["tmin_c"]):
        problems.append(Problem(file, None, "tmax_c", f"{name} has no temperatures", "Give tmax_c and tmin_c."))
    if (rows["tmin_c"] > rows["tmax_c"]).any():
        problems.append(Problem(file, None, "tmin_c", f"{name} has a minimum above its maximum", "Swap them?"))
    return problems


def check_field_demands(basin: Basin) -> list[Problem]:
    """Fields are irrigated, and a loss is counted once: on the canal link or in the chain of efficiencies."""
    problems = []
    demands, links = basin.table("demands").set_index("demand"), basin.table("links")
    for row in basin.table("field_demands").to_dict("records"):
        name = row["demand"]
        if demands["kind"][name] != "irrigation":
            found = f"{name} is {demands['kind'][name]} in demands.csv"
            problems.append(Problem("field_demands.csv", None, "demand", found, "Only irrigation has fields."))
        supply = links[(links["to_node"] == demands["node"][name]) & (links["kind"] == "canal")]
        lossy = supply.loc[(supply["efficiency"].fillna(1.0) < 1.0) | (supply["loss_fraction"].fillna(0.0) > 0.0), "link"].tolist()
        if lossy and row["conveyance_efficiency"] < 1.0:
            found = f"{name}: canal {lossy[0]} has losses of its own, and conveyance is {row['conveyance_efficiency']:g}"
            remedy = "Write the loss of the main canal once: on the link, with conveyance 1, or here."
            problems.append(Problem("field_demands.csv", None, "conveyance_efficiency", found, remedy))
        if not np.isnan(row["unused_return"]) and demands["return_node"][name] == "":
            found = f"{name} returns water to nowhere"
            problems.append(Problem("field_demands.csv", None, "unused_return", found, "Name a return_node in demands.csv."))
    return problems


def check_fields(basin: Basin) -> list[Problem]:
    """Areas do not cross, operations have months, and only perennials survive."""
    problems = []
    perennial = basin.table("crops").set_index("crop")["perennial"] == "yes"
    for row in basin.table("fields").to_dict("records"):
        name = row["field"]
        least = np.nanmax([row["area_min_kha"], row["state_order_kha"], 0.0])
        if least > row["area_max_kha"]:
            found = f"{name}: at least {least:g} kha, and at most {row['area_max_kha']:g}"
            problems.append(Problem("fields.csv", None, "area_max_kha", found, "Raise it, or lower area_min_kha or state_order_kha."))
        for kind in ("presowing", "leaching"):
            blanks = {bool(np.isnan(row[f"{kind}_{part}"])) for part in ("mm", "from", "to")}
            if len(blanks) > 1:
                found = f"{name} has part of its {kind} only"
                problems.append(Problem("fields.csv", None, f"{kind}_mm", found, "Give depth, first and last month, or none of them."))
        if not np.isnan(row["survival_share"]) and not perennial[row["crop"]]:
            found = f"{name}: {row['crop']} is no perennial"
            problems.append(Problem("fields.csv", None, "survival_share", found, "Leave it blank: an annual crop may be given up."))
    problems += _twins(basin.table("fields"), ("demand", "crop"))
    return problems


def _twins(fields: pd.DataFrame, key: tuple[str, ...]) -> Iterable[Problem]:
    """Report a crop that stands twice in one demand: rules by demand and crop would not know which is meant."""
    twice = fields[fields.duplicated(list(key))]
    return [
        Problem("fields.csv", None, "crop", f"{row.field}: {row.crop} stands twice for {row.demand}", "Keep one field a crop and demand.")
        for row in twice.itertuples(index=False)
    ]


def check_field_rules(basin: Basin) -> list[Problem]:
    """Rotation bounds do not cross and can add up; what they and food needs name is grown; responses are concave."""
    problems = []
    grown = set(basin.table("fields")[["demand", "crop"]].itertuples(index=False, name=None))
    owner = basin.table("demands").set_index("demand")["party"]
    for row in basin.table("rotations").to_dict("records"):
        demand, crop = row["demand"], row["crop"]
        if (demand, crop) not in grown:
            found = f"{demand} has no field of {crop}"
            problems.append(Problem("rotations.csv", None, "crop", found, "Add it to fields.csv, or remove the row."))
        if row["share_min"] > row["share_max"]:
            found = f"{demand}, {crop}: {row['share_min']:g} to {row['share_max']:g}"
            problems.append(Problem("rotations.csv", None, "share_min", found, "Swap them?"))
    for demand, rows in basin.table("rotations").groupby("demand", sort=False):
        if rows["share_min"].sum() > 1.0 + 1e-9:
            found = f"{demand!s}: least shares add up to {rows['share_min'].sum():g}"
            problems.append(Problem("rotations.csv", None, "share_min", found, "They must leave room for one another: 1 at most."))
    eaten = {(owner[demand], crop) for demand, crop in grown}
    problems += [
        Problem("food_needs.csv", None, "crop", f"{row.food_need}: {row.party} grows no {row.crop}", "Add a field, or remove the row.")
        for row in basin.table("food_needs").itertuples(index=False)
        if (row.party, row.crop) not in eaten
    ]
    return problems + _response_problems(basin)


def _response_problems(basin: Basin) -> list[Problem]:
    """A response starts without irrigation, rises ever more slowly, and reaches its full yield."""
    problems = []
    for crop, rows in basin.table("responses").groupby("crop", sort=False):
        points = rows.sort_values("water_mm")
        water, share = points["water_mm"].to_numpy(), points["yield_share"].to_numpy()
        if len(points) < 2 or water[0] != 0.0:
            problems.append(
                Problem("responses.csv", None, "water_mm", f"{crop} has no point at 0 mm and another", "Start without irrigation.")
            )
            continue
        slopes = np.diff(share) / np.diff(water)
        if (slopes < 0.0).any() or (np.diff(slopes) > 1e-12).any():
            found = f"{crop}: yield falls somewhere, or rises faster with more water"
            problems.append(Problem("responses.csv", None, "yield_share", found, "Give a concave response, or use the paths of FAO-33."))
    return problems


FIELD_RULES = (check_crops, check_climates, check_field_demands, check_fields, check_field_rules)
