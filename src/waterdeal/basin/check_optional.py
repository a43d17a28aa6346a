"""Check the optional tables of a basin: what cells alone cannot show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.cells import did_you_mean, fault, faults
from waterdeal.basin.published import check_published
from waterdeal.basin.tables import STAGES
from waterdeal.errors import Problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from waterdeal.basin.schema import Basin

#: how far shares that add up to one may miss it
DUST = 1e-9
#: most days of each month that every year has
_MONTH_LENGTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
#: columns of a climate from which reference evapotranspiration can be computed
_WEATHER = ("tmax_c", "tmin_c", "humidity_percent", "wind_ms", "sunshine_hours")
_YEAR = 365


def check_heads(basin: Basin) -> Iterator[Problem]:
    """A followed head has a curve to be read off, and stands above its tailwater."""
    curves, kinds = basin.table("curves"), basin.table("nodes").set_index("node")["kind"]
    for plant, body, tailwater in basin.table("heads")[["plant", "reservoir", "tailwater_m"]].itertuples(index=False, name=None):
        levels = curves.loc[curves["reservoir"] == body, "level_m"]
        if levels.empty:
            yield fault("curves" if curves.empty else "heads", "reservoir", "basin.head_no_curve", plant=plant, body=body)
        elif kinds[body] != "reservoir":
            yield fault("heads", "reservoir", "basin.head_of_lake", plant=plant, body=body)
        elif tailwater >= levels.min():
            yield fault("heads", "tailwater_m", "basin.tailwater_high", plant=plant, tailwater=tailwater, body=body, low=levels.min())


def check_outlets(basin: Basin) -> Iterator[Problem]:
    """A discharge curve rises with storage, and passes something down to dead storage; where it steepens a plan holds to less."""
    dead = basin.table("reservoirs").set_index("reservoir")["dead_hm3"]
    for body, curve in basin.table("outlets").groupby("reservoir", sort=False):
        stored, passed = curve.sort_values("storage_hm3")[["storage_hm3", "release_m3s"]].to_numpy().T
        slopes = np.diff(passed) / np.diff(stored)
        if len(stored) < 2:
            yield fault("outlets", "storage_hm3", "basin.outlet_one_row", body=body)
        elif (slopes < 0).any():
            yield fault("outlets", "release_m3s", "basin.outlet_falls", body=body)
        elif passed[0] < slopes[0] * (stored[0] - dead[body]) - 1e-9:
            yield fault("outlets", "storage_hm3", "basin.outlet_above_dead", body=body, dead=dead[body])


def _bends_up(slopes: np.ndarray[tuple[int], np.dtype[np.float64]], dust: float) -> bool:
    """Whether a line falls somewhere, or steepens."""
    return bool((slopes < 0).any() or (np.diff(slopes) > dust).any())


def check_muskingum_reaches(basin: Basin) -> Iterator[Problem]:
    """A reach is routed one way, is a river, and has past flows."""
    links, known = basin.table("links").set_index("link"), set(basin.table("past_flows")["link"])
    for link in basin.ids("muskingum"):
        if links["kind"][link] != "river":
            yield fault("muskingum", "link", "basin.route_no_river", link=link)
        elif links["travel_time_days"][link] > 0:
            yield fault("muskingum", "link", "basin.route_twice", link=link)
        if link not in known:
            yield fault("past_flows", "link", "basin.past_flows_missing", link=link)


def check_loss_months(basin: Basin) -> Iterator[Problem]:
    """Only a river loses by month: a canal has an efficiency."""
    rivers = set(basin.table("links").query("kind == 'river'")["link"])
    strange = [link for link in basin.ids("loss_months") if link not in rivers]
    yield from faults("loss_months", "link", "basin.loss_no_river", link=strange)


def check_crops(basin: Basin) -> Iterator[Problem]:
    """A crop has whole days of growth, a year at most, a day of planting that every year has, and its factors all or none."""
    for row in basin.rows("crops"):
        name, lengths = row["crop"], [row[f"{stage}_days"] for stage in STAGES]
        if any(days != int(days) for days in lengths) or not 0 < sum(lengths) <= _YEAR:
            yield fault("crops", "initial_days", "basin.crop_days", name=name, days=", ".join(f"{days:g}" for days in lengths))
        month, day = row["planting_month"], row["planting_day"]
        if month != int(month) or day != int(day) or day > _MONTH_LENGTH[int(month) - 1]:
            yield fault("crops", "planting_day", "basin.crop_planting", name=name, day=day, month=month)
        for kind in ("ky", "jensen"):
            if len({bool(np.isnan(row[f"{kind}_{stage}"])) for stage in STAGES}) > 1:
                yield fault("crops", f"{kind}_initial", "basin.crop_stages", name=name)
        if np.isnan(row["salt_threshold_ds_m"]) != np.isnan(row["salt_slope"]):
            yield fault("crops", "salt_slope", "basin.crop_salt", name=name)


def check_climates(basin: Basin) -> Iterator[Problem]:
    """A climate has twelve months, each column for all of them or none, and evapotranspiration or temperatures but not both."""
    months = basin.table("climate_months")
    for name, *place in basin.table("climates").itertuples(index=False, name=None):
        rows = months[months["climate"] == name]
        if np.isnan(place).any() and rows["et0_mm"].isna().any():
            yield fault("climates", "latitude_deg", "basin.climate_place", name=name)
        if len(rows) == 12:
            yield from _weather_problems(name, rows)
        else:
            yield fault("climate_months", "month", "basin.climate_months", name=name, count=len(rows))


def _weather_problems(name: str, rows: pd.DataFrame) -> Iterator[Problem]:
    """Report what is wrong with the weather of one climate."""
    count = {column: int(rows[column].notna().sum()) for column in ("et0_mm", *_WEATHER)}
    for column, given in count.items():
        if given not in {0, 12}:
            yield fault("climate_months", column, "basin.weather_part", name=name, count=given)
    computed = any(count[column] for column in _WEATHER)
    if bool(count["et0_mm"]) == computed:
        yield fault("climate_months", "et0_mm", "basin.weather_twice" if computed else "basin.weather_none", name=name)
    elif computed and not (count["tmax_c"] and count["tmin_c"]):
        yield fault("climate_months", "tmax_c", "basin.weather_no_temperature", name=name)
    if (rows["tmin_c"] > rows["tmax_c"]).any():
        yield fault("climate_months", "tmin_c", "basin.weather_crossed", name=name)


def check_field_demands(basin: Basin) -> Iterator[Problem]:
    """Fields are irrigated, and a loss is counted once: on the canal link or in the chain of efficiencies."""
    demands, links = basin.table("demands").set_index("demand"), basin.table("links")
    lossy = links[(links["kind"] == "canal") & ((links["efficiency"].fillna(1.0) < 1.0) | (links["loss_fraction"].fillna(0.0) > 0.0))]
    for row in basin.rows("field_demands"):
        name, share = row["demand"], row["conveyance_efficiency"]
        kind, node, back = demands.loc[name, ["kind", "node", "return_node"]]
        if kind != "irrigation":
            yield fault("field_demands", "demand", "basin.field_kind", name=name, kind=kind)
        supply = lossy.loc[lossy["to_node"] == node, "link"].tolist()
        if supply and share < 1.0:
            yield fault("field_demands", "conveyance_efficiency", "basin.field_loss_twice", name=name, canal=supply[0], share=share)
        if not np.isnan(row["unused_return"]) and back == "":
            yield fault("field_demands", "unused_return", "basin.field_return_nowhere", name=name)


def check_fields(basin: Basin) -> Iterator[Problem]:
    """Areas do not cross, operations have months, only perennials survive, and rules by demand and crop know which field is meant."""
    fields, perennial = basin.table("fields"), basin.table("crops").set_index("crop")["perennial"] == "yes"
    for row in fields.to_dict("records"):
        name, crop, most = row["field"], row["crop"], row["area_max_kha"]
        least = np.nanmax([row["area_min_kha"], row["state_order_kha"], 0.0])
        if least > most:
            yield fault("fields", "area_max_kha", "basin.field_areas", name=name, least=least, most=most)
        for kind in ("presowing", "leaching"):
            if len({bool(np.isnan(row[f"{kind}_{part}"])) for part in ("mm", "from", "to")}) > 1:
                yield fault("fields", f"{kind}_mm", "basin.field_operation", name=name, kind=kind)
        if not np.isnan(row["survival_share"]) and not perennial[crop]:
            yield fault("fields", "survival_share", "basin.field_annual", name=name, crop=crop)
    twins = fields[fields.duplicated(["demand", "crop"])]
    yield from faults("fields", "crop", "basin.field_twice", name=twins["field"], crop=twins["crop"], demand=twins["demand"])


def check_field_rules(basin: Basin) -> Iterator[Problem]:
    """Rotation bounds do not cross and can add up; what they and food needs name is grown; responses are concave."""
    grown = set(basin.table("fields")[["demand", "crop"]].itertuples(index=False, name=None))
    owner, rotations = basin.table("demands").set_index("demand")["party"], basin.table("rotations")
    for demand, crop, least, most in rotations[["demand", "crop", "share_min", "share_max"]].itertuples(index=False, name=None):
        if (demand, crop) not in grown:
            yield fault("rotations", "crop", "basin.rotation_no_field", demand=demand, crop=crop)
        if least > most:
            yield fault("rotations", "share_min", "basin.rotation_crossed", demand=demand, crop=crop, least=least, most=most)
    over = _above_one(rotations.groupby("demand", sort=False)["share_min"].sum())
    yield from faults("rotations", "share_min", "basin.rotation_above_one", demand=over.index, total=over)
    eaten = {(owner[demand], crop) for demand, crop in grown}
    for row in basin.table("food_needs").itertuples(index=False):
        if (row.party, row.crop) not in eaten:
            yield fault("food_needs", "crop", "basin.food_not_grown", name=row.food_need, party=row.party, crop=row.crop)
    for crop, rows in basin.table("responses").groupby("crop", sort=False):
        water, share = rows.sort_values("water_mm")[["water_mm", "yield_share"]].to_numpy().T
        if len(water) < 2 or water[0] != 0.0:
            yield fault("responses", "water_mm", "basin.response_start", crop=crop)
        elif _bends_up(np.diff(share) / np.diff(water), 1e-12):
            yield fault("responses", "yield_share", "basin.response_bends", crop=crop)


def check_aquifers(basin: Basin) -> Iterator[Problem]:
    """An aquifer starts with no less than it may fall to, and its baseflow comes out where it can go on."""
    rows, nodes = basin.table("aquifers"), basin.table("nodes")
    low = rows["least_hm3"].fillna(0.0) > rows["initial_hm3"]
    yield from faults("aquifers", "initial_hm3", "basin.aquifer_start", name=rows.loc[low, "aquifer"])
    taking = {*basin.table("links")["from_node"], *nodes.loc[nodes["kind"].isin(["outlet", "reservoir", "lake"]), "node"]}
    stuck = rows[~rows["node"].isin(taking)]
    yield from faults("aquifers", "node", "basin.aquifer_node", name=stuck["aquifer"], node=stuck["node"])


def check_percolation(basin: Basin) -> Iterator[Problem]:
    """Water that percolates has a source that loses water, and no more of it goes to aquifers than there is."""
    rows, links = basin.table("percolation"), basin.table("links")
    known = {"demand": basin.ids("demands"), "reservoir": basin.ids("reservoirs"), "link": basin.ids("links")}
    yield from _strangers("percolation", "source", rows, known)
    lossy = set(links.loc[(links["loss_fraction"].fillna(0.0) > 0) | (links["efficiency"].fillna(1.0) < 1), "link"])
    lossy |= set(basin.ids("loss_months"))
    fixed = set(links.loc[links["loss_m3s"] > 0, "link"])
    summed = rows.groupby(["source", "kind"], sort=False, as_index=False)["share"].sum()
    for source, kind, share in summed[["source", "kind", "share"]].itertuples(index=False, name=None):
        if source not in known[kind]:
            continue
        total = share + (_returned(basin)[source] if kind == "demand" else 0.0)
        if total > 1 + DUST:
            key = "basin.percolation_return_above_one" if kind == "demand" else "basin.percolation_above_one"
            yield fault("percolation", "share", key, kind=kind, source=source, total=total)
        if kind == "reservoir" and source not in basin.ids("seepage"):
            yield fault("percolation", "source", "basin.percolation_no_seepage", source=source)
        if kind == "link" and source in fixed:
            yield fault("percolation", "source", "basin.percolation_fixed_loss", source=source)
        elif kind == "link" and source not in lossy:
            yield fault("percolation", "source", "basin.percolation_no_loss", source=source)


def _returned(basin: Basin) -> pd.Series[float]:
    """Share of its delivery that each demand returns."""
    return basin.table("demands").set_index("demand")["return_fraction"].fillna(0.0)


def check_reuse(basin: Basin) -> Iterator[Problem]:
    """Drainage that is used again comes from a demand that returns water, and no more of it than there is."""
    rows = basin.table("reuse")
    yield from _dry("reuse", "from_demand", basin)
    over = _above_one(rows.groupby("from_demand", sort=False)["share"].sum())
    yield from faults("reuse", "share", "basin.reuse_above_one", name=over.index, share=over)
    yield from faults("reuse", "to_demand", "basin.reuse_circle", name=rows.loc[rows["from_demand"] == rows["to_demand"], "reuse"])


def _above_one(shares: pd.Series[float]) -> pd.Series[float]:
    """Of shares those of more than there is."""
    return shares[shares > 1.0 + DUST]


def _dry(table: str, column: str, basin: Basin) -> Iterator[Problem]:
    """Report demands of a table that return no water."""
    returned = _returned(basin)
    dry = [name for name in basin.table(table)[column].unique() if returned[name] == 0]
    yield from faults(table, column, "basin.returns_nothing", name=dry)


def limit_months(text: str) -> frozenset[int]:
    """Read the months of a limit: ``"4 5 6"``; blank for all."""
    months = frozenset(int(word) for word in text.split())
    if not months <= set(range(1, 13)):
        raise ValueError(text)
    return months or frozenset(range(1, 13))


def check_salinity(basin: Basin) -> Iterator[Problem]:
    """Salt at the start is of something there, months are months, and only what returns water picks up salt."""
    kinds = basin.table("nodes").set_index("node")["kind"]
    known = {kind: [body for body in basin.ids("reservoirs") if kinds[body] == kind] for kind in ("reservoir", "lake")}
    known |= {"link": basin.ids("links"), "demand": basin.ids("demands"), "aquifer": basin.ids("aquifers")}
    yield from _strangers("salinity_start", "place", basin.table("salinity_start"), known)
    for link, months in basin.table("salinity_limits")[["link", "months"]].itertuples(index=False, name=None):
        try:
            limit_months(months)
        except ValueError:
            yield fault("salinity_limits", "months", "basin.limit_months", link=link, months=months)
    yield from _dry("salt_returns", "demand", basin)


def _strangers(table: str, column: str, rows: pd.DataFrame, known: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Report places that are none of their kind."""
    for place, kind in rows[[column, "kind"]].itertuples(index=False, name=None):
        if place not in known[kind]:
            yield Problem(f"{table}.csv", None, column, say("basin.kind_other", place=place, kind=kind), did_you_mean(place, known[kind]))


def check_aliases(basin: Basin) -> Iterator[Problem]:
    """An alias is of something that the basin has, and of one thing."""
    known = {key for table in ("parties", "nodes", "links", "demands", "plants") for key in basin.ids(table)}
    for alias, key in basin.table("aliases")[["alias", "id"]].itertuples(index=False, name=None):
        if key not in known:
            yield Problem("aliases.csv", None, "id", say("basin.alias_of_nothing", alias=alias, id=key), did_you_mean(str(key), known))


def check_power(basin: Basin) -> Iterator[Problem]:
    """Loads, plants without water and lines have all months, the same names in each, and blocks of a load that fall in worth."""
    for table, keys in (("power_loads", ["party", "block"]), ("power_units", ["power_unit"]), ("power_links", ["power_link"])):
        for name, rows in basin.table(table).groupby(keys, sort=False):
            called, blanks = " ".join(map(str, name)), rows.select_dtypes("number").isna().sum()
            if len(rows) != len(_MONTH_LENGTH):
                yield fault(table, "month", "basin.power_months", name=called, count=len(rows))
            for column in [column for column, count in blanks.items() if count not in {0, len(rows)}]:
                yield fault(table, str(column), "basin.power_blank", name=called)
            for column in [column for column in rows.columns if column.endswith("party") and len(set(rows[column])) > 1]:
                yield fault(table, column, "basin.power_parties", name=called)
    for party, rows in basin.table("power_loads").groupby("party", sort=False):
        worth = rows.pivot_table(index="block", columns="month", values="worth_usd_mwh")
        if (worth.loc[worth.mean(axis=1).sort_values(ascending=False).index].diff().iloc[1:] > 0).any(axis=None):
            yield fault("power_loads", "worth_usd_mwh", "basin.power_order", party=party)
    yield from _line_problems(basin)


def _line_problems(basin: Basin) -> Iterator[Problem]:
    """Report lines from a party to itself, and transit over lines that are not there."""
    lines = list(dict.fromkeys(basin.table("power_links").iloc[:, :4].itertuples(index=False, name=None)))
    straight = {(start, end) for _, start, end, over in lines if not over}
    for name, start, end, over in lines:
        if start == end or over in {start, end}:
            yield fault("power_links", "to_party", "basin.line_circle", name=name)
        elif over:
            missing = [f"{one} - {other}" for one, other in ((start, over), (over, end)) if (one, other) not in straight]
            yield from faults("power_links", "via_party", "basin.line_half", name=[name] * len(missing), pair=missing)


#: each rule with the tables that it is about: it has nothing to say where none of them has a row
def check_crossings(basin: Basin) -> Iterator[Problem]:
    """A crossing is a link, or a user whom another party's canal serves, between two parties, and is read at places of the basin."""
    places = {*basin.ids("links"), *basin.ids("demands")}
    known = {*places, *basin.ids("nodes")}
    for row in basin.rows("crossings"):
        if row["place"] not in places:
            yield fault("crossings", "place", "basin.crossing_place", place=row["place"])
        if row["from_party"] == row["to_party"]:
            yield fault("crossings", "to_party", "basin.crossing_party", place=row["place"], party=row["to_party"])
        for gauge in str(row["gauges"]).split():
            if gauge not in known:
                yield fault("crossings", "gauges", "basin.crossing_gauge", place=row["place"], gauge=gauge)


OPTIONAL_RULES: dict[Callable[[Basin], Iterator[Problem]], tuple[str, ...]] = {
    check_heads: ("heads",),
    check_outlets: ("outlets",),
    check_muskingum_reaches: ("muskingum",),
    check_loss_months: ("loss_months",),
    check_crops: ("crops",),
    check_climates: ("climates",),
    check_field_demands: ("field_demands",),
    check_fields: ("fields",),
    check_field_rules: ("rotations", "food_needs", "responses"),
    check_aquifers: ("aquifers",),
    check_percolation: ("percolation",),
    check_reuse: ("reuse",),
    check_salinity: ("salinity_start", "salinity_limits", "salt_returns"),
    check_aliases: ("aliases",),
    check_crossings: ("crossings",),
    check_published: ("published",),
    check_power: ("power_loads", "power_units", "power_links"),
}
