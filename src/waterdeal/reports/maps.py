"""A basin as a map: its nodes and links with a plan's figures as GeoJSON or GeoPackage, to open in QGIS."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.provenance import find_origins
from waterdeal.errors import FileProblem
from waterdeal.provenance import place_names
from waterdeal.results.quantities import summed_at
from waterdeal.words import Words, clean, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from waterdeal.basin.schema import Basin

#: degrees of WGS 84; decimals of a figure: litres of a million m3
WGS_84, DECIMALS = 4326, 9
#: version of GeoPackage that is written, and the mark of such files
GPKG_VERSION, GPKG_ID = 10300, 0x47504B47
#: moment of a map: the same map always has the same bytes
MOMENT = "2000-01-01T00:00:00.000Z"
Point = tuple[float, float]


@dataclass(frozen=True)
class Feature:
    """A node or a link on the map."""

    layer: str  # `nodes` or `links`
    points: tuple[Point, ...]  # longitude and latitude, degrees; one of a node, two of a link, none where it is not known
    told: dict[str, Any]  # what is known of it


@dataclass(frozen=True)
class Map:
    """A basin with the plan of a run, where there is one."""

    basin: Basin
    plan: xr.Dataset | None = None
    language: str = "en"

    @cached_property
    def places(self) -> dict[str, Point]:
        """Longitude and latitude of the nodes that have both."""
        rows = self.basin.rows("nodes")
        found = {str(row["node"]): (float(row["lon"]), float(row["lat"])) for row in rows}
        return {node: point for node, point in found.items() if np.isfinite(point).all()}

    @property
    def lacking(self) -> list[str]:
        """Nodes that have no position: they and what is known of them are in the table without a point."""
        return [node for node in self.basin.ids("nodes") if node not in self.places]

    @property
    def undrawn(self) -> list[str]:
        """Links without a line, as the position of an end is not known or both ends are one point."""
        return [str(feature.told["id"]) for feature in self.features if feature.layer == "links" and not feature.points]

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Nodes, then links; FileProblem where no node has a position."""
        if not self.places:
            raise FileProblem(say("maps.no_position", basin=self.basin.id))
        return (*self._nodes(), *self._links())

    def _name(self, key: str) -> str:
        """Name of a place."""
        return clean(Words(self.language).place(place_names(self.basin), key))

    def _nodes(self) -> Iterator[Feature]:
        """Nodes with what they are and, of a plan, what users there required and got and what was stored."""
        of_plan = {} if self.plan is None else _of_nodes(self.plan)
        for row in self.basin.rows("nodes"):
            node = str(row["node"])
            told = {"id": node, "name": self._name(node), **{key: row[key] for key in ("kind", "party")}, **self._origin(node)}
            figures = {"river_km": row["river_km"], **{name: column.get(node) for name, column in of_plan.items()}}
            points = (self.places[node],) if node in self.places else ()
            yield Feature("nodes", points, told | {name: _figure(value) for name, value in figures.items()})

    def _origin(self, node: str) -> dict[str, str | None]:
        """Status and note of a position, and its source, which whoever passes the map on must name; nothing where none is known."""
        origin = find_origins(self.basin).get(("nodes", node, "lon"))
        if origin is None:
            return dict.fromkeys(("position_status", "position_note", "position_source"))
        cited = {row["source"]: f"{row['citation']} ({row['licence']})" for row in self.basin.rows("sources")}
        return {"position_status": origin.status, "position_note": origin.note, "position_source": cited.get(origin.source, origin.source)}

    def _links(self) -> Iterator[Feature]:
        """Links as straight lines with what they are and, of a plan, their volume, mean flow and loss."""
        of_plan = {} if self.plan is None else _of_links(self.plan)
        for row in self.basin.rows("links"):
            link, ends = str(row["link"]), [str(row["from_node"]), str(row["to_node"])]
            told = {"id": link, "name": self._name(link), "kind": row["kind"], "from_node": ends[0], "to_node": ends[1]}
            points = tuple(dict.fromkeys(self.places[end] for end in ends if end in self.places))
            line = points if len(points) > 1 else ()
            yield Feature("links", line, told | {name: _figure(column.get(link)) for name, column in of_plan.items()})


def _figure(value: Any) -> float | None:
    """A figure for a map; None where there is none."""
    return None if value is None or not np.isfinite(value) else round(float(value), DECIMALS)


def _of_nodes(plan: xr.Dataset) -> dict[str, dict[str, float]]:
    """By quantity, of the nodes that have it: million m3 over the plan; storages at its start and end."""
    served, ids = plan["demand_node"].values.astype(str), plan["reservoir"].values.astype(str).tolist()
    nodes = list(dict.fromkeys(served.tolist()))
    volumes = {name: plan[name].values.sum(axis=1) for name in ("requirement", "delivery", "shortage")}
    sums = {name: summed_at(values, served, np.array(nodes, dtype=str)) for name, values in volumes.items()}
    stored = {"storage_initial": plan["storage_initial"].values, "storage": plan["storage"].values[:, -1]}
    told = {name: dict(zip(nodes, values.tolist(), strict=True)) for name, values in sums.items()}
    return told | {name: dict(zip(ids, values.tolist(), strict=True)) for name, values in stored.items()}


def _of_links(plan: xr.Dataset) -> dict[str, dict[str, float]]:
    """By quantity: million m3 over the plan, and mean flow in m3/s."""
    links, days = plan["link"].values.astype(str).tolist(), plan["step_length"].values
    mean = (plan["discharge"].transpose("link", "time").values * days).sum(axis=1) / days.sum()
    columns = {"flow": plan["flow"].values.sum(axis=1), "discharge": mean, "loss": plan["loss"].values.sum(axis=1)}
    return {name: dict(zip(links, values.tolist(), strict=True)) for name, values in columns.items()}


def geojson_bytes(shown: Map) -> bytes:
    """Write a map as GeoJSON (RFC 7946)."""
    told = [
        {
            "type": "Feature", "id": feature.told["id"], "properties": {"layer": feature.layer, **feature.told},
            "geometry": _geometry(feature.points),
        }
        for feature in shown.features
    ]  # fmt: skip
    return (json.dumps({"type": "FeatureCollection", "features": told}, ensure_ascii=False, indent=1) + "\n").encode()


def _geometry(points: Sequence[Point]) -> dict[str, Any] | None:
    """A geometry as GeoJSON has it; none of what has no place."""
    if not points:
        return None
    return {"type": "LineString", "coordinates": points} if len(points) > 1 else {"type": "Point", "coordinates": points[0]}


def gpkg_bytes(shown: Map) -> bytes:
    """Write a map as GeoPackage: a layer of nodes and one of links."""
    with closing(sqlite3.connect(":memory:")) as book:
        book.execute(f"PRAGMA application_id = {GPKG_ID}")
        book.execute(f"PRAGMA user_version = {GPKG_VERSION}")
        book.executescript(_TABLES)
        for layer, kind in (("nodes", "POINT"), ("links", "LINESTRING")):
            _write_layer(book, layer, kind, [feature for feature in shown.features if feature.layer == layer])
        book.commit()
        return bytes(book.serialize())


def _write_layer(book: sqlite3.Connection, layer: str, kind: str, features: Sequence[Feature]) -> None:
    """Write a layer with its columns; none where nothing is on it, no geometry where it has no place."""
    if not features:
        return
    names = list(features[0].told)
    types = ["TEXT" if any(isinstance(feature.told[name], str) for feature in features) else "REAL" for name in names]
    columns = ", ".join(f'"{name}" {told}' for name, told in zip(names, types, strict=True))
    book.execute(f"CREATE TABLE {layer} (fid INTEGER PRIMARY KEY, geom {kind}, {columns})")
    every = np.array([point for feature in features for point in feature.points])
    box = (*every.min(axis=0).tolist(), *every.max(axis=0).tolist()) if every.size else (None,) * 4
    book.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?, ?)", (layer, layer, MOMENT, *box, WGS_84))
    book.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (layer, kind, WGS_84))
    marks = ", ".join("?" * (len(names) + 1))
    quoted = ", ".join(f'"{name}"' for name in names)
    rows = [(_blob(feature.points) if feature.points else None, *(feature.told[name] for name in names)) for feature in features]
    book.executemany(f"INSERT INTO {layer} (geom, {quoted}) VALUES ({marks})", rows)  # noqa: S608 (names of our own)


def _blob(points: Sequence[Point]) -> bytes:
    """A geometry as GeoPackage keeps it: its own head without a box, then well-known binary."""
    flat = [number for point in points for number in point]
    body = struct.pack("<BI2d", 1, 1, *flat) if len(points) == 1 else struct.pack(f"<BII{len(flat)}d", 1, 2, len(points), *flat)
    return b"GP" + struct.pack("<BBi", 0, 1, WGS_84) + body


#: tables that every GeoPackage has (OGC 12-128r19, annex C), with the systems of coordinates that it must name
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', ''), ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', ''),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
  || 'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]', '');
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL PRIMARY KEY, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
"""
