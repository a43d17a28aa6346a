"""A basin as a map: nodes where they stand, links between them, the plan's figures, what is missing told."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.commands import call
from tests.docs.pages import DOCS
from waterdeal.basin.make import make_basin
from waterdeal.errors import BasinDataError, FileProblem
from waterdeal.examples import two_party_basin, two_party_content
from waterdeal.provenance import run_hash
from waterdeal.reports.maps import Map, geojson_bytes, gpkg_bytes
from waterdeal.run import make_case

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.basin.schema import Basin

#: positions of three of the four nodes, made up
PLACES = {"headwater": (72.5, 41.5), "upper_dam": (72.0, 41.25), "fields": (71.5, 41.0)}


def placed(**places: tuple[float, ...]) -> Basin:
    """The four-node basin with some positions."""
    basin = two_party_basin()
    names = ("parties", "nodes", "links", "reservoirs", "curves", "evaporation", "demands", "requirements", "plants", "flow_requirements")
    tables = {name: [dict(row) for row in basin.rows(name)] for name in (*names, "past_flows", "limits")}
    for row in tables["nodes"]:
        row |= dict(zip(("lon", "lat"), places.get(row["node"], ()), strict=False))
    tables["hydrology"] = basin.runoff.to_dataframe("runoff_m3s").reset_index().to_dict("records")
    told = {name: [{key: cell for key, cell in row.items() if cell != "" and not pd.isna(cell)} for row in rows] for name, rows in tables.items()}
    return make_basin("two_party", told)


def test_a_map_has_places_lines_and_the_figures_of_the_plan(two_party_plan: xr.Dataset) -> None:
    """GeoJSON: longitude first; a node without a position and its links keep their figures without a place, and are told."""
    shown = Map(placed(**PLACES), two_party_plan)
    assert (shown.lacking, shown.undrawn) == (["delta"], ["dam_delta"])
    told = json.loads(geojson_bytes(shown))["features"]
    by_id = {(one["properties"]["layer"], one["id"]): one for one in told}
    assert len(by_id) == 7
    assert [name for (_, name), one in by_id.items() if one["geometry"] is None] == ["delta", "dam_delta"]
    assert by_id["links", "dam_delta"]["properties"]["flow"] == pytest.approx(float(two_party_plan["flow"].sel(link="dam_delta").sum()))
    assert by_id["nodes", "headwater"]["geometry"] == {"type": "Point", "coordinates": [72.5, 41.5]}
    line, dam, fields = by_id["links", "fields_head"], by_id["nodes", "upper_dam"]["properties"], by_id["nodes", "fields"]["properties"]
    assert line["geometry"] == {"type": "LineString", "coordinates": [[72.0, 41.25], [71.5, 41.0]]}
    seconds = 86400 * float(two_party_plan["step_length"].sum())
    assert line["properties"]["flow"] == pytest.approx(float(two_party_plan["flow"].sel(link="fields_head").sum()))
    assert line["properties"]["discharge"] == pytest.approx(1e6 * line["properties"]["flow"] / seconds)
    assert (dam["storage_initial"], dam["storage"]) == pytest.approx((400.0, float(two_party_plan["storage"][0, -1])))
    assert fields["shortage"] == pytest.approx(float(two_party_plan["shortage"].sel(demand="fields").sum()))
    assert (dam["position_status"], dam["position_source"]) == ("assumed", "made up in code (CC0-1.0)")
    assert by_id["nodes", "delta"]["properties"]["position_source"] is None
    assert "flow" not in json.loads(geojson_bytes(Map(placed(**PLACES))))["features"][-1]["properties"]
    assert geojson_bytes(shown) == geojson_bytes(Map(placed(**PLACES), two_party_plan))


def test_a_geopackage_holds_the_same(two_party_plan: xr.Dataset, tmp_path: Path) -> None:
    """Layers, system of coordinates, geometry and columns; the same bytes twice."""
    shown = Map(placed(**PLACES), two_party_plan, "ru")
    file = tmp_path / "карта.gpkg"
    file.write_bytes(gpkg_bytes(shown))
    assert gpkg_bytes(shown) == file.read_bytes()
    assert file.read_bytes()[68:72] == b"GPKG"
    book = sqlite3.connect(file)
    assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert book.execute("SELECT table_name, srs_id, min_x, max_y FROM gpkg_contents ORDER BY 1").fetchall() == [
        ("links", 4326, 71.5, 41.5), ("nodes", 4326, 71.5, 41.5),
    ]  # fmt: skip
    assert book.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns ORDER BY 1").fetchall() == [
        ("links", "LINESTRING"), ("nodes", "POINT"),
    ]  # fmt: skip
    geometry, storage = book.execute("SELECT geom, storage FROM nodes WHERE id = 'upper_dam'").fetchone()
    assert (geometry[:2], struct.unpack("<i", geometry[4:8]), struct.unpack("<2d", geometry[13:])) == (b"GP", (4326,), (72.0, 41.25))
    assert storage == pytest.approx(float(two_party_plan["storage"][0, -1]))
    (line,) = book.execute("SELECT geom FROM links WHERE id = 'fields_head'").fetchone()
    assert struct.unpack("<I4d", line[13:]) == (2, 72.0, 41.25, 71.5, 41.0)
    assert book.execute("SELECT id FROM nodes WHERE geom IS NULL UNION SELECT id FROM links WHERE geom IS NULL").fetchall() == [("dam_delta",), ("delta",)]
    book.close()


def test_half_a_position_and_none_are_refused() -> None:
    """A longitude alone is an error of the basin; a basin without positions is no map, and the command says what to write."""
    with pytest.raises(BasinDataError, match="fields has a longitude or a latitude without the other"):
        placed(**{**PLACES, "fields": (71.5,)})
    with pytest.raises(FileProblem, match="lon and lat"):
        geojson_bytes(Map(two_party_basin()))


def test_ends_at_one_point_are_no_line() -> None:
    """A canal at the works it is taken from: a point each and no line; one place alone makes a layer of links without any."""
    shown = Map(placed(**{**PLACES, "fields": PLACES["upper_dam"]}))
    assert (shown.lacking, shown.undrawn) == (["delta"], ["fields_head", "dam_delta"])
    with closing(sqlite3.connect(":memory:")) as book:
        book.deserialize(gpkg_bytes(Map(placed(fields=(71.5, 41.0)))))
        assert book.execute("SELECT min_x, max_y FROM gpkg_contents ORDER BY table_name").fetchall() == [(None, None), (71.5, 41.0)]


def test_positions_change_no_run() -> None:
    """Neither what is solved and hashed nor where its figures come from tells of a position, which no plan reads."""
    bare, shown = (make_case(two_party_content(), basin).inputs for basin in (placed(), placed(**PLACES)))
    assert run_hash(shown, (), "") == run_hash(bare, (), "")
    assert shown.attrs["provenance"] == bare.attrs["provenance"]


@pytest.mark.thorough
def test_the_command_makes_a_map_of_the_bundled_basin(tmp_path: Path) -> None:
    """36 points with their sources; what has no point or no line is told."""
    code, out, log = call("convert", "syrdarya", str(tmp_path / "basin.geojson"), "--lang", "ru")
    assert (code, "arys_turkestan, delta" in out, "kyzylkum_head" in out) == (0, True, True), log
    told = json.loads((tmp_path / "basin.geojson").read_text(encoding="utf-8"))["features"]
    placed_ones = [one["properties"] for one in told if one["geometry"] is not None and one["geometry"]["type"] == "Point"]
    assert (len(told), len(placed_ones)) == (146, 36)
    assert all("CC-BY" in one["position_source"] or "Runoff" in one["position_source"] for one in placed_ones)


def test_the_command_makes_a_map_of_a_folder(tmp_path: Path) -> None:
    """Of a basin's folder, with those told that are on no map; a run without its basin is refused."""
    home = tmp_path / "two_party"
    shutil.copytree(DOCS / "how-to" / "two-party" / "two_party", home)
    nodes = (home / "nodes.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{nodes[0]},lon,lat", f"{nodes[1]},70.5,41.5", *(f"{line},," for line in nodes[2:])]
    (home / "nodes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "nodes.lon has no origin" in call("convert", str(home), str(tmp_path / "b.geojson"))[2]
    with (home / "provenance.csv").open("a", encoding="utf-8") as origins:
        origins.writelines(f"nodes,headwater,{name},assumed,example,made up\n" for name in ("lon", "lat"))
    code, out, log = call("convert", str(home), str(tmp_path / "b.geojson"), "--json")
    assert code == 0, log
    features = json.loads((tmp_path / "b.geojson").read_text(encoding="utf-8"))["features"]
    assert [one["id"] for one in features if one["geometry"] is not None] == ["headwater"]
    assert "b.geojson" in out + log
    empty = tmp_path / "run"
    empty.mkdir()
    (empty / "run.json").write_text("{}")
    assert call("convert", str(empty), str(tmp_path / "c.gpkg"))[0] == 9


@pytest.mark.thorough
def test_the_command_makes_a_map_of_a_run(tmp_path: Path) -> None:
    """By the basin among its sources, with the figures of its plan."""
    home = tmp_path / "two-party"
    shutil.copytree(DOCS / "how-to" / "two-party", home)
    nodes, origins = (home / "two_party" / name for name in ("nodes.csv", "provenance.csv"))
    head, *lines = nodes.read_text(encoding="utf-8").splitlines()
    nodes.write_text("\n".join([f"{head},lon,lat", *(f"{line},7{k}.5,41" for k, line in enumerate(lines))]) + "\n", encoding="utf-8")
    with origins.open("a", encoding="utf-8") as file:
        file.writelines(f"nodes,*,{name},assumed,example,made up\n" for name in ("lon", "lat"))
    scenario = next(path for path in home.glob("*.toml") if "[period]" in path.read_text(encoding="utf-8"))
    code, _, log = call("run", str(scenario), "-o", str(tmp_path / "run"))
    assert code == 0, log
    code, _, log = call("convert", str(tmp_path / "run"), str(tmp_path / "run.geojson"))
    assert code == 0, log
    features = json.loads((tmp_path / "run.geojson").read_text(encoding="utf-8"))["features"]
    assert len(features) == 7
    assert all("discharge" in one["properties"] for one in features if one["properties"]["layer"] == "links")
