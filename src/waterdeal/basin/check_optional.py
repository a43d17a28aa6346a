"""Check the optional tables of a basin: what cells alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.basin.tables import STAGES
from waterdeal.errors import Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from waterdeal.basin.schema import Basin

#: how far shares that add up to one may miss it
DUST = 1e-9


def limit_months(text: str) -> frozenset[int]:
    """Read the months of a limit: ``"4 5 6"``; blank for all."""
    months = frozenset(int(word) for word in text.split())
    if not months <= set(range(1, 13)):
        raise ValueError(say("basin.month_not_1_12", text=text))
    return months or frozenset(range(1, 13))


def check_aquifers(basin: Basin) -> list[Problem]:
    """An aquifer starts with no less than it may fall to, and its baseflow comes out where it can go on."""
    rows = basin.table("aquifers")
    low = rows[rows["least_hm3"].fillna(0.0) > rows["initial_hm3"]]
    problems = [make_problem("aquifers.csv", None, "initial_hm3", "basin.starts_less_than_least", name=name) for name in low["aquifer"]]
    kinds = dict(basin.table("nodes")[["node", "kind"]].itertuples(index=False, name=None))
    taking = {*basin.table("links")["from_node"], *(node for node, kind in kinds.items() if kind in {"outlet", "reservoir", "lake"})}
    return problems + [
        make_problem("aquifers.csv", None, "node", "basin.flows_out_at_which", name=name, node=node)
        for name, node in rows[["aquifer", "node"]].itertuples(index=False, name=None)
        if node not in taking
    ]


def check_percolation(basin: Basin) -> list[Problem]:
    """Water that percolates has a source that loses water, and no more of it goes to aquifers than there is."""
    rows, problems = basin.table("percolation"), []
    known = {"demand": basin.ids("demands"), "reservoir": basin.ids("reservoirs"), "link": basin.ids("links")}
    problems += _strangers("percolation.csv", "source", rows[["source", "kind"]].to_numpy().tolist(), known)
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0).to_dict()
    links = basin.table("links").set_index("link")
    lossy = set(links.index[(links["loss_fraction"].fillna(0.0) > 0) | (links["efficiency"].fillna(1.0) < 1)])
    leaking = {"reservoir": set(basin.ids("seepage")), "link": lossy}
    summed = rows.groupby(["source", "kind"], sort=False, as_index=False)["share"].sum()
    for source, kind, share in summed[["source", "kind", "share"]].itertuples(index=False, name=None):
        if source not in known[kind]:
            continue
        total = share + (returned[source] if kind == "demand" else 0.0)
        if total > 1 + DUST:
            with_return = " with its return_fraction" if kind == "demand" else ""
            found = say("basin.shares_add_up_above", kind=kind, source=source, with_return=with_return, total=total)
            problems.append(Problem("percolation.csv", None, "share", found, say("basin.shares_all_water_lower")))
        if kind in leaking and source not in leaking[kind]:
            found = say("basin.loses_no_water", kind=kind, source=source)
            remedy = say("basin.give_row_seepage_csv") if kind == "reservoir" else say("basin.give_loss_fraction_efficienc")
            problems.append(Problem("percolation.csv", None, "source", found, remedy))
    return problems


def check_reuse(basin: Basin) -> list[Problem]:
    """Drainage that is used again comes from a demand that returns water, and no more of it than there is."""
    rows = basin.table("reuse")
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0)
    problems = [
        make_problem("reuse.csv", None, "from_demand", "basin.returns_no_water", name=name)
        for name in rows["from_demand"].unique()
        if returned[name] == 0
    ]
    for name, share in rows.groupby("from_demand", sort=False)["share"].sum().items():
        if share > 1 + DUST:
            found = say("basin.shares_return_flow_add", name=name, share=share)
            problems.append(Problem("reuse.csv", None, "share", found, say("basin.lower_one_them")))
    own = rows.loc[rows["from_demand"] == rows["to_demand"], "reuse"]
    return problems + [make_problem("reuse.csv", None, "to_demand", "basin.goes_back_where_comes", name=name) for name in own]


def check_salinity(basin: Basin) -> list[Problem]:
    """Salt at the start is of something there, months are months, and only what returns water picks up salt."""
    bodies = dict(basin.table("nodes")[["node", "kind"]].itertuples(index=False, name=None))
    of_kind = {kind: [body for body in basin.ids("reservoirs") if bodies[body] == kind] for kind in ("reservoir", "lake")}
    known = {**of_kind, "link": basin.ids("links"), "demand": basin.ids("demands"), "aquifer": basin.ids("aquifers")}
    problems = _strangers("salinity_start.csv", "place", basin.table("salinity_start")[["place", "kind"]].to_numpy().tolist(), known)
    for link, months in basin.table("salinity_limits")[["link", "months"]].itertuples(index=False, name=None):
        try:
            limit_months(months)
        except ValueError:
            remedy = say("basin.write_months_blanks_between")
            problems.append(Problem("salinity_limits.csv", None, "months", say("basin.not_list_months", link=link, months=months), remedy))
    returned = basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0)
    return problems + [
        make_problem("salt_returns.csv", None, "demand", "basin.returns_no_water", name=name)
        for name in basin.ids("salt_returns")
        if returned[name] == 0
    ]


def _strangers(file: str, column: str, rows: Sequence[Sequence[str]], known: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Report places that are none of their kind."""
    return [
        Problem(file, None, column, f'"{place}" is not a {kind}', did_you_mean(place, known[kind]))
        for place, kind in rows
        if place not in known[kind]
    ]


GROUND_RULES = (check_aquifers, check_percolation, check_reuse, check_salinity)


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
            found = say("basin.stages_days", name=name, value=", ".join(f"{days:g}" for days in lengths))
            problems.append(Problem("crops.csv", None, "initial_days", found, say("basin.give_whole_days_all")))
        month, day = row["planting_month"], row["planting_day"]
        if month != int(month) or day != int(day) or day > _MONTH_LENGTH[int(month) - 1]:
            problems.append(make_problem("crops.csv", None, "planting_day", "basin.no_day_month", name=name, day=day, month=month))
        for kind in ("ky", "jensen"):
            given = [not np.isnan(row[f"{kind}_{stage}"]) for stage in STAGES]
            if any(given) and not all(given):
                found = say("basin.some_four_stages_only", name=name)
                problems.append(Problem("crops.csv", None, f"{kind}_initial", found, say("basin.give_all_four_leave")))
        if np.isnan(row["salt_threshold_ds_m"]) != np.isnan(row["salt_slope"]):
            found = say("basin.only_one_threshold_slope", name=name)
            problems.append(Problem("crops.csv", None, "salt_slope", found, say("basin.give_both_leave_both")))
    return problems


def check_climates(basin: Basin) -> list[Problem]:
    """A climate has twelve months, each column for all of them or none, and evapotranspiration or temperatures but not both."""
    problems = []
    months = basin.table("climate_months")
    for name, *place in basin.table("climates").itertuples(index=False, name=None):
        rows = months[months["climate"] == name]
        if np.isnan(place).any() and rows["et0_mm"].isna().any():
            found = say("basin.no_latitude_no_elevation", name=name)
            problems.append(Problem("climates.csv", None, "latitude_deg", found, say("basin.they_needed_where_evapotrans")))
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
        Problem(file, None, column, f"{name} has {given} of 12 months", say("basin.fill_all_12_leave"))
        for column, given in count.items()
        if given not in {0, 12}
    ]
    computed = any(count[column] for column in _WEATHER)
    if bool(count["et0_mm"]) == computed:
        found = say("basin.evapotranspiration_weather", name=name) if computed else say("basin.neither_evapotranspiration_n", name=name)
        problems.append(Problem(file, None, "et0_mm", found, say("basin.give_et0_mm_temperatures")))
    elif computed and not (count["tmax_c"] and count["tmin_c"]):
        problems.append(make_problem(file, None, "tmax_c", "basin.no_temperatures", name=name))
    if (rows["tmin_c"] > rows["tmax_c"]).any():
        problems.append(Problem(file, None, "tmin_c", say("basin.minimum_above_maximum", name=name), "Swap them?"))
    return problems


def check_field_demands(basin: Basin) -> list[Problem]:
    """Fields are irrigated, and a loss is counted once: on the canal link or in the chain of efficiencies."""
    problems = []
    demands, links = basin.table("demands").set_index("demand"), basin.table("links")
    for row in basin.table("field_demands").to_dict("records"):
        name = row["demand"]
        if demands["kind"][name] != "irrigation":
            found = say("basin.demands_csv", name=name, value=demands["kind"][name])
            problems.append(Problem("field_demands.csv", None, "demand", found, say("basin.only_irrigation_fields")))
        supply = links[(links["to_node"] == demands["node"][name]) & (links["kind"] == "canal")]
        lossy = supply.loc[(supply["efficiency"].fillna(1.0) < 1.0) | (supply["loss_fraction"].fillna(0.0) > 0.0), "link"].tolist()
        if lossy and row["conveyance_efficiency"] < 1.0:
            found = say("basin.canal_losses_own_conveyance", name=name, lossy=lossy[0], row=row["conveyance_efficiency"])
            remedy = say("basin.write_loss_main_canal")
            problems.append(Problem("field_demands.csv", None, "conveyance_efficiency", found, remedy))
        if not np.isnan(row["unused_return"]) and demands["return_node"][name] == "":
            found = say("basin.returns_water_nowhere", name=name)
            problems.append(Problem("field_demands.csv", None, "unused_return", found, say("basin.name_return_node_demands")))
    return problems


def check_fields(basin: Basin) -> list[Problem]:
    """Areas do not cross, operations have months, and only perennials survive."""
    problems = []
    perennial = basin.table("crops").set_index("crop")["perennial"] == "yes"
    for row in basin.table("fields").to_dict("records"):
        name = row["field"]
        least = np.nanmax([row["area_min_kha"], row["state_order_kha"], 0.0])
        if least > row["area_max_kha"]:
            found = say("basin.at_least_kha_at", name=name, least=least, row=row["area_max_kha"])
            problems.append(Problem("fields.csv", None, "area_max_kha", found, say("basin.raise_lower_area_min")))
        for kind in ("presowing", "leaching"):
            blanks = {bool(np.isnan(row[f"{kind}_{part}"])) for part in ("mm", "from", "to")}
            if len(blanks) > 1:
                found = say("basin.part_only", name=name, kind=kind)
                problems.append(Problem("fields.csv", None, f"{kind}_mm", found, say("basin.give_depth_first_last")))
        if not np.isnan(row["survival_share"]) and not perennial[row["crop"]]:
            found = say("basin.no_perennial", name=name, row=row["crop"])
            problems.append(Problem("fields.csv", None, "survival_share", found, say("basin.leave_blank_annual_crop")))
    problems += _twins(basin.table("fields"), ("demand", "crop"))
    return problems


def _twins(fields: pd.DataFrame, key: tuple[str, ...]) -> Iterable[Problem]:
    """Report a crop that stands twice in one demand: rules by demand and crop would not know which is meant."""
    twice = fields[fields.duplicated(list(key))]
    return [
        make_problem("fields.csv", None, "crop", "basin.stands_twice", field_2=row.field, crop=row.crop, demand=row.demand)
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
            nowhere = say("basin.no_field", demand=demand, crop=crop)
            problems.append(Problem("rotations.csv", None, "crop", nowhere, say("basin.add_fields_csv_remove")))
        if row["share_min"] > row["share_max"]:
            found = f"{demand}, {crop}: {row['share_min']:g} to {row['share_max']:g}"
            problems.append(Problem("rotations.csv", None, "share_min", found, "Swap them?"))
    for demand, rows in basin.table("rotations").groupby("demand", sort=False):
        if rows["share_min"].sum() > 1.0 + 1e-9:
            found = say("basin.least_shares_add_up", demand=demand, sum=rows["share_min"].sum())
            problems.append(Problem("rotations.csv", None, "share_min", found, say("basin.they_must_leave_room")))
    eaten = {(owner[demand], crop) for demand, crop in grown}
    problems += [
        Problem("food_needs.csv", None, "crop", f"{row.food_need}: {row.party} grows no {row.crop}", say("basin.add_field_remove_row"))
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
            problems.append(make_problem("responses.csv", None, "water_mm", "basin.no_point_at_0", crop=crop))
            continue
        slopes = np.diff(share) / np.diff(water)
        if (slopes < 0.0).any() or (np.diff(slopes) > 1e-12).any():
            found = say("basin.yield_falls_somewhere_rises", crop=crop)
            problems.append(Problem("responses.csv", None, "yield_share", found, say("basin.give_concave_response_use")))
    return problems


FIELD_RULES = (check_crops, check_climates, check_field_demands, check_fields, check_field_rules)


def check_heads(basin: Basin) -> list[Problem]:
    """A followed head has a curve to be read off, and stands above its tailwater."""
    problems = []
    curves, kinds = basin.table("curves"), basin.table("nodes").set_index("node")["kind"]
    for plant, body, tailwater in basin.table("heads")[["plant", "reservoir", "tailwater_m"]].itertuples(index=False, name=None):
        levels = curves.loc[curves["reservoir"] == body, "level_m"]
        if levels.empty or kinds[body] != "reservoir":
            found = say("basin.no_level_area_volume", plant=plant, body=body) if levels.empty else f"{plant}: {body} is a lake"
            problems.append(Problem("heads.csv", None, "reservoir", found, say("basin.name_reservoir_curves_csv")))
        elif tailwater >= levels.min():
            found = say("basin.tailwater_m_not_below", plant=plant, tailwater=tailwater, body=body, min=levels.min())
            problems.append(Problem("heads.csv", None, "tailwater_m", found, say("basin.levels_metres_above_same")))
    return problems


def check_outlets(basin: Basin) -> list[Problem]:
    """A discharge curve rises with storage, ever more slowly: only then do lines above it describe it."""
    problems = []
    dead = basin.table("reservoirs").set_index("reservoir")["dead_hm3"]
    for body, curve in basin.table("outlets").groupby("reservoir", sort=False):
        points = curve.sort_values("storage_hm3")
        slopes = np.diff(points["release_m3s"]) / np.diff(points["storage_hm3"])
        if len(points) < 2:
            problems.append(make_problem("outlets.csv", None, "storage_hm3", "basin.one_row_2", body=body))
        elif (slopes < 0).any() or (np.diff(slopes) > 1e-9).any():
            remedy = say("basin.give_points_concave_curve")
            problems.append(Problem("outlets.csv", None, "release_m3s", say("basin.curve_falls_steepens_storage", body=body), remedy))
        elif points["release_m3s"].iloc[0] < slopes[0] * (points["storage_hm3"].iloc[0] - dead[body]) - 1e-9:
            found = say("basin.curve_at_nothing_above", body=body, dead=dead[body])
            problems.append(Problem("outlets.csv", None, "storage_hm3", found, say("basin.give_point_at_dead")))
    return problems


def check_muskingum_reaches(basin: Basin) -> list[Problem]:
    """A reach is routed one way, is a river, and has past flows."""
    links, known = basin.table("links").set_index("link"), set(basin.table("past_flows")["link"])
    problems = []
    for link in basin.ids("muskingum"):
        if links["travel_time_days"].fillna(0)[link] > 0 or links["kind"][link] != "river":
            found = say("basin.travel_time_too", link=link) if links["kind"][link] == "river" else say("basin.not_river", link=link)
            problems.append(Problem("muskingum.csv", None, "link", found, say("basin.route_river_reach_one")))
        if link not in known:
            problems.append(make_problem("past_flows.csv", None, "link", "basin.no_rows_2", link=link))
    return problems


OPTIONAL_RULES = (check_heads, check_outlets, check_muskingum_reaches, *FIELD_RULES, *GROUND_RULES)
