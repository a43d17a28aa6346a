"""The bundled basin: rows that may be bundled and no others, and figures that stand in the sources they name."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.basin.provenance import find_origins
from waterdeal.basin.published import check_published
from waterdeal.basin.read import read_basin
from waterdeal.basin.records import FEWEST, main_stem, records_of
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.basin.schema import Basin

#: where the sources of the tables lie, where they do: they are not bundled
SOURCES = Path(os.environ.get("WATERDEAL_DATA_SOURCES") or Path(__file__).resolve().parents[3] / "shared" / "data-sources")
#: names of places and quantities that the source has otherwise, by place in the source
NAMED = {"charvak_inflow(Lake_Inflow)": ("charvak", "inflow"), "chinaz": ("chirchik_mouth", ""), "khodzhikent": ("ugam", "")}
COLUMNS = ("unit", "month", "step", "n", "least", "q05", "median", "q95", "greatest", "years", "status")


@pytest.fixture(scope="module")
def basin() -> Basin:
    """Read the bundled basin."""
    return read_basin(bundled_folder("data") / "syrdarya")


def test_no_row_of_a_single_month_or_few_values_is_bundled(basin: Basin) -> None:
    """A single month is a value of the unlicensed series itself: a row is of five values or more, and of several years."""
    rows = basin.table("records")
    assert len(rows) == 598
    assert not (rows["n"] < FEWEST).any()
    spans = [years for years in rows["years"] if len(years) == 7 and years[4] == "-"]  # 2022-04 is one month
    assert spans == []
    assert len(records_of(basin)) > 350


def test_rows_are_those_that_may_be_bundled(basin: Basin) -> None:
    """Every row with bundle = yes, and no other, with the figures of the source."""
    file = SOURCES / "river" / "records.csv"
    if not file.is_file():
        pytest.skip("the sources are not here")
    with file.open(encoding="utf-8", newline="") as text:
        given = list(csv.DictReader(text))
    may = [(*_named(row), *(row[name] for name in COLUMNS)) for row in given if row["bundle"] == "yes"]
    with (bundled_folder("data") / "syrdarya" / "records.csv").open(encoding="utf-8", newline="") as text:
        bundled = [(row["place"], row["quantity"], *(row[name] for name in COLUMNS)) for row in csv.DictReader(text)]
    assert sorted(bundled) == sorted(may)


def _named(row: dict[str, str]) -> tuple[str, str]:
    """Place and quantity as the basin calls them."""
    place, quantity = NAMED.get(row["place"], (row["place"], ""))
    return place, quantity or row["quantity"]


def test_every_reservoir_has_a_largest_release(basin: Basin) -> None:
    """By a figure or by a curve; a lake that nobody operates has none."""
    rows = basin.table("reservoirs").set_index("reservoir")["release_max_m3s"]
    by_level = set(basin.table("outlets")["reservoir"])
    assert [name for name in rows.index if not rows[name] > 0 and name not in by_level] == ["north_aral"]


def test_every_main_reach_has_a_capacity_in_every_month(basin: Basin) -> None:
    """The main stem and Kara Darya; below Shardara less under ice than in open water."""
    limits = basin.table("channel_limits").groupby(["link", "month"])["limit_m3s"].min()
    reaches = [*main_stem(basin), "andijan_release", "karadarya_uchtepe", "uchtepe_flow"]
    assert [(link, month) for link in reaches for month in range(1, 13) if (link, month) not in limits.index] == []
    for link in ("koksarai_arys", "arys_tyumen_aryk", "tyumen_aryk_flow", "kyzylorda_kazalinsk", "kazalinsk_flow"):
        assert limits[link, 2] < limits[link, 6]


def test_every_main_reach_has_a_least_flow(basin: Basin) -> None:
    """From one dam, works or confluence of two rivers to the next: somewhere on the way water is promised to the river itself."""
    kinds, links = {row["node"]: row["kind"] for row in basin.rows("nodes")}, {row["link"]: row for row in basin.rows("links")}
    leaving = Counter(row["from_node"] for row in links.values())
    rivers = [row for row in links.values() if row["kind"] == "river" and kinds[row["from_node"]] != "catchment"]
    joining = Counter(row["to_node"] for row in rivers)
    reaches, promised = list[list[str]](), set(basin.table("flow_requirements")["link"])
    for link in [*main_stem(basin), "andijan_release", "karadarya_uchtepe"]:
        begin = links[link]["from_node"]
        if kinds[begin] == "reservoir" or leaving[begin] > 1 or joining[begin] > 1:
            reaches.append([])
        reaches[-1].append(link)
    assert len(reaches) > 10
    assert [reach for reach in reaches if not promised & {*reach}] == []


def test_ranges_of_assumed_figures_hold(basin: Basin) -> None:
    """What nobody publishes lies in the range that its reason gives."""
    file = SOURCES / "river" / "assumed.csv"
    if not file.is_file():
        pytest.skip("the sources are not here")
    with file.open(encoding="utf-8", newline="") as text:
        ranges = {(row["place"], row["quantity"]): (row["low"], row["high"]) for row in csv.DictReader(text)}
    most = basin.table("reservoirs").set_index("reservoir")["release_max_m3s"]
    least = basin.table("flow_requirements").groupby("link")["flow_m3s"].max()
    ice = basin.table("channel_limits").query("month == 2").set_index("link")["limit_m3s"]
    turbines = basin.table("outlets").set_index("reservoir")["release_m3s"].max()
    for value, place, quantity in (
        (turbines, "toktogul", "greatest monthly release without idle spill"), (least["toktogul_release"], "toktogul", "least monthly release"),
        (most["andijan"], "andijan", "greatest controlled release"), (least["andijan_release"], "andijan", "least release"),
        (most["kayrakkum"], "kayrakkum", "greatest release"), (least["kayrakkum_release"], "kayrakkum", "least release"),
        (least["charvak_release"], "charvak", "least release"), (least["shardara_release"], "shardara", "least release"),
        (ice["koksarai_arys"], "river below Koksarai", "winter flow under ice, mid-December - February"),
    ):  # fmt: skip
        low, high = ranges[place, quantity]
        assert float(low) <= value <= float(high), (place, quantity)


def test_floors_fall_down_the_river_and_below_the_record(basin: Basin) -> None:
    """A least flow below another is not above it, and no reservoir has to let out more than it ever did."""
    least = basin.table("flow_requirements").query("kind == 'sanitary'").groupby("link")["flow_m3s"].max()
    below = ("shardara_release", "koksarai_arys", "tyumen_aryk_flow", "kyzylorda_kazalinsk", "kazalinsk_flow")
    assert all(least[upper] > least[lower] for upper, lower in pairwise(below))
    known = basin.table("records").query("quantity == 'release' and step == '10-day'").groupby("place")["median"].min()
    for place in ("toktogul", "kayrakkum", "charvak", "shardara"):
        assert least[f"{place}_release"] < known[place]


def test_a_use_beyond_fifteen_thousand_a_hectare_is_explained(basin: Basin) -> None:
    """Requirement of a year over the area that is known, m3/ha: more than fields take has its reason beside the area."""
    days = dict(zip(range(1, 13), (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))
    rates, areas = basin.table("requirements"), basin.table("demands").set_index("demand")["area_kha"]
    volumes = (rates["rate_m3s"] * rates["month"].map(days) * 86400).groupby(rates["demand"]).sum()
    use = (volumes / (areas * 1e3)).dropna()
    origins = find_origins(basin)
    notes = {name: origin.note for name in use.index if (origin := origins["demands", name, "area_kha"]) is not None}
    assert sorted(use[use > 15_000].index) == sorted(name for name, note in notes.items() if "m3/ha by it" in note)


def test_balance_inflows_are_not_evaporated_from_twice(basin: Basin) -> None:
    """Toktogul and Andijan report what they release and store: evaporation is in it."""
    kinds = basin.table("reservoirs").set_index("reservoir")["evaporation"]
    assert [name for name in ("toktogul", "andijan") if kinds[name] != "in_inflow"] == []
    dead = basin.table("reservoirs").set_index("reservoir")["dead_hm3"]
    least = basin.table("records").query("step == '10-day'").groupby(["place", "quantity"])["least"].min()
    for place in ("toktogul", "andijan", "charvak", "kayrakkum", "shardara"):
        assert dead[place] <= least[place, "storage (end of dekad)"]


def _km(basin: Basin, upper: str, lower: str) -> float:
    """Straight distance of two nodes, km: on a sphere, by latitude and longitude."""
    places = basin.table("nodes").set_index("node")[["lon", "lat"]].astype(float)
    (east, north), (west, south) = np.radians(places.loc[[upper, lower]].to_numpy())
    inner = np.sin((north - south) / 2) ** 2 + np.cos(north) * np.cos(south) * np.sin((east - west) / 2) ** 2
    return float(2 * 6371 * np.arcsin(np.sqrt(inner)))


def _reaches(basin: Basin) -> Iterator[tuple[str, str, float]]:
    """Nodes with a position that follow on each other down links of known length, and that length in km."""
    known = set(basin.table("nodes").dropna(subset="lon")["node"])
    links = basin.table("links").dropna(subset="length_km")
    below = {row.from_node: (row.to_node, row.length_km) for row in links.itertuples() if row.kind == "river"}
    for upper in sorted(known & set(below)):
        lower, length = below[upper]
        while lower not in known and lower in below:
            lower, more = below[lower]
            length += more
        if lower in known:
            yield upper, lower, float(length)


def test_no_two_places_are_farther_apart_than_the_river_is_long(basin: Basin) -> None:
    """And none so near that the river would wind threefold.

    4 km are allowed: posts are published to 0.01 degree, Chinaz is a town, and Uch-Kurgan's plant stands above what the tables measure from.
    """
    told = {(upper, lower): (length, _km(basin, upper, lower)) for upper, lower, length in _reaches(basin)}
    assert len(told) == 15
    assert [pair for pair, (length, straight) in told.items() if not length / 3 <= straight <= length + 4] == []


def test_places_lie_in_their_country(basin: Basin) -> None:
    """Within the extremes of each, degrees; the dam of Farkhad stands in Tajikistan, and its canals have its place."""
    extremes = {"KG": (69.2, 80.3, 39.1, 43.3), "UZ": (56.0, 73.2, 37.1, 45.6), "TJ": (67.3, 75.2, 36.6, 41.1), "KZ": (59.0, 71.5, 40.5, 47.5)}
    rows = basin.table("nodes").dropna(subset="lon")
    assert len(rows) == 36
    for node, party, lon, lat in rows[["node", "party", "lon", "lat"]].itertuples(index=False):
        west, east, south, north = extremes[party]
        assert west <= lon <= east, node
        assert south <= lat <= north, node


def test_a_place_of_something_else_is_told_as_assumed(basin: Basin) -> None:
    """A canal stands at the works it is taken from, and says which; both degrees of a place have one origin, from a source with a licence."""
    rows, origins = basin.table("nodes").dropna(subset="lon").set_index("node"), find_origins(basin)
    heads = basin.table("links").set_index("to_node")["from_node"]
    licences = basin.table("sources").set_index("source")["licence"]
    for node, kind in rows["kind"].items():
        origin = origins["nodes", str(node), "lon"]
        assert origin is not None
        assert origin == origins["nodes", str(node), "lat"]
        assert licences[origin.source].startswith(("CC-BY", "facts quoted")), node
        if kind == "canal":
            works = heads[node]
            assert (origin.status, works in origin.note) == ("assumed", True), node
            assert rows.loc[node, ["lon", "lat"]].tolist() == rows.loc[works, ["lon", "lat"]].tolist()


def test_every_place_has_a_name_in_each_language(basin: Basin) -> None:
    """No document of a delegation names a place in the language of another."""
    for table in basin.tables.values():
        for column in table.filter(like="name_").columns:
            assert table[column].str.strip().all(), column


def test_balances_that_are_published_close(basin: Basin) -> None:
    """Demand is generation and net import, TWh, for each party and year that has all three; water makes a part of it; each row has its page."""
    rows = basin.rows("published")
    known = {(row["subject"], row["since"], row["quantity"]): row["value"] for row in rows}
    whole = [key[:2] for key in known if key[2] == "net_import"]
    assert len(whole) == 27
    for key in whole:
        demand, made, water, net = (known[*key, what] for what in ("demand", "generation", "hydro_generation", "net_import"))
        assert abs(demand - made - net) <= 0.011, key
        assert 0 <= water < made
    assert all(row["note"] for row in rows)
    assert {party for party, *_ in whole} == {"KG", "KZ", "UZ", "TJ"}


def test_what_is_published_stands_in_its_sources(basin: Basin) -> None:
    """Balances and storages are those of the tables they are from."""
    folder = SOURCES / "contract"
    if not folder.is_dir():
        pytest.skip("the sources are not here")
    files = {name: (folder / f"{name}.csv").read_text(encoding="utf-8") for name in ("power_balance", "toktogul_series_facts")}
    tables = {name: list(csv.DictReader(text.splitlines())) for name, text in files.items()}
    items = {"demand": "demand", "generation": "generation total", "hydro_generation": "generation hydro",
             "net_import": "net imports (negative = export)"}  # fmt: skip
    yearly = [row for row in tables["power_balance"] if row["source"].startswith("owid") and row["period"] == "year"]
    told = {(row["country"], row["year"], row["item"]): float(row["value"]) for row in yearly}
    stood = {row["date"]: row["value"] for row in tables["toktogul_series_facts"] if row["item"].startswith("storage")}
    for row in basin.rows("published"):
        if row["quantity"] in items:
            assert row["value"] == told[row["subject"], row["since"][:4], items[row["quantity"]]]
        elif row["quantity"] == "storage":
            assert row["value"] == float(stood[row["since"]])


@pytest.mark.parametrize(("field", "value", "said"), [("subject", "XX", "XX is no party"), ("other", "toktogul", "toktogul is no party"),
                                                      ("until", "2016-08-01", "no two days"), ("since", "August", "no two days")])  # fmt: skip
def test_what_is_published_of_nothing_is_told(basin: Basin, field: str, value: str, said: str) -> None:
    """A party or place that the basin does not have, days that are none, or of which the last is not later."""
    table = basin.tables["published"].copy()
    at = int(np.flatnonzero((table["quantity"] == "energy_agreed") & (table["since"] == "2016-08-01"))[0])
    table.loc[table.index[at], field] = value
    found = list(check_published(replace(basin, tables={**basin.tables, "published": table})))
    assert len(found) == 1
    assert said in found[0].found
