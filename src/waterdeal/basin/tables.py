"""The tables of a basin folder, column by column: what each may hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NodeKind(StrEnum):
    """What a node can be."""

    CATCHMENT = "catchment"
    JUNCTION = "junction"
    GAUGE = "gauge"
    RESERVOIR = "reservoir"
    LAKE = "lake"
    CANAL = "canal"
    OUTLET = "outlet"


class LinkKind(StrEnum):
    """What a link can be."""

    RIVER = "river"
    CANAL = "canal"
    SPILLWAY = "spillway"


class Status(StrEnum):
    """How sure a figure is."""

    READ = "read"
    COMPUTED = "computed"
    ASSUMED = "assumed"


YEAR_CLASSES = (*(f"exceeded_{share:02d}" for share in (5, 10, 25, 50, 75, 90, 95)), "mean")
NAMES = ("name_en", "name_ru", "name_kk", "name_uz")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Heading.
    kind : str
        ``id``, ``text``, ``number``, ``month`` or ``choice``.
    blank : bool
        Whether a cell may be empty.
    low, high : float
        Bounds of a number, both allowed.
    choices : tuple of str
        Words allowed; empty = any.
    refers : str
        ``table.column`` whose ids the cell must be one of.
    """

    name: str
    kind: str = "text"
    blank: bool = False
    low: float = 0.0
    high: float = float("inf")
    choices: tuple[str, ...] = ()
    refers: str = ""


@dataclass(frozen=True)
class Table:
    """One CSV file of a basin folder.

    Parameters
    ----------
    name : str
        File name without ``.csv``.
    columns : tuple of Column
        Every column, all of which must be in the header; no others may be.
    key : tuple of str
        Columns that together must not repeat.
    optional : bool
        Whether the file may be absent.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    optional: bool = False


def _ids(name: str, refers: str = "", *, blank: bool = False) -> Column:
    return Column(name, "id", refers=refers, blank=blank)


def _number(name: str, low: float = 0.0, high: float = float("inf"), *, blank: bool = False) -> Column:
    return Column(name, "number", low=low, high=high, blank=blank)


def _choice(name: str, *choices: str) -> Column:
    return Column(name, "choice", choices=choices)


_NAMES = tuple(Column(name, "text", blank=name in {"name_kk", "name_uz"}) for name in NAMES)
_MONTH = Column("month", "month", low=1, high=12)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("parties", (Column("party", "text"), *_NAMES), ("party",)),
        Table(
            "nodes",
            (
                _ids("node"),
                _choice("kind", *NodeKind),
                Column("party", "text", refers="parties.party"),
                _number("river_km", blank=True),
                *_NAMES,
            ),
            ("node",),
        ),
        Table(
            "links",
            (
                _ids("link"),
                _ids("from_node", "nodes.node"),
                _ids("to_node", "nodes.node"),
                _choice("kind", *LinkKind),
                _number("length_km", blank=True),
                _number("travel_time_days", 0, 120, blank=True),
                _number("travel_time_ice_days", 0, 120, blank=True),
                _number("loss_fraction", 0, 0.999, blank=True),
                _number("efficiency", 0.001, 1, blank=True),
                _number("capacity_m3s", blank=True),
                *_NAMES,
            ),
            ("link",),
        ),
        Table(
            "channel_limits",
            (_ids("link", "links.link"), _MONTH, _number("limit_m3s"), _choice("kind", "ice", "flood")),
            ("link", "month", "kind"),
            optional=True,
        ),
        Table(
            "reservoirs",
            (
                _ids("reservoir", "nodes.node"),
                _number("dead_hm3"),
                _number("full_hm3"),
                _choice("evaporation", "from_area", "in_inflow", "none"),
                _number("release_max_m3s", blank=True),
            ),
            ("reservoir",),
        ),
        Table(
            "curves",
            (
                _ids("reservoir", "reservoirs.reservoir"),
                _number("level_m", -500, 9000),
                _number("volume_hm3"),
                _number("area_km2"),
            ),
            ("reservoir", "level_m"),
        ),
        Table(
            "evaporation",
            (_ids("reservoir", "reservoirs.reservoir"), _MONTH, _number("depth_mm", -500, 1000)),
            ("reservoir", "month"),
        ),
        Table(
            "reservoir_months",
            (
                _ids("reservoir", "reservoirs.reservoir"),
                _MONTH,
                _number("storage_min_hm3", blank=True),
                _number("storage_max_hm3", blank=True),
                _number("flood_space_hm3", blank=True),
                _number("rule_low_hm3", blank=True),
                _number("rule_high_hm3", blank=True),
            ),
            ("reservoir", "month"),
            optional=True,
        ),
        Table(
            "demands",
            (
                _ids("demand"),
                _ids("node", "nodes.node"),
                Column("party", "text", refers="parties.party"),
                _choice("kind", "municipal", "irrigation", "industry"),
                Column("zone", "text"),
                _number("area_kha", blank=True),
                _number("return_fraction", 0, 0.99, blank=True),
                _ids("return_node", "nodes.node", blank=True),
                _number("return_delay_days", 0, 365, blank=True),
                _choice("limit_counted", "yes", "no"),
                *_NAMES,
            ),
            ("demand",),
        ),
        Table(
            "requirements",
            (_ids("demand", "demands.demand"), _MONTH, _number("rate_m3s")),
            ("demand", "month"),
        ),
        Table(
            "plants",
            (
                _ids("plant"),
                _ids("link", "links.link"),
                Column("party", "text", refers="parties.party"),
                _number("energy_gwh_per_hm3", 0, 6),
                _number("turbine_max_m3s"),
                _number("capacity_mw", blank=True),
                *_NAMES,
            ),
            ("plant",),
            optional=True,
        ),
        Table(
            "flow_requirements",
            (
                _ids("flow_requirement"),
                _ids("link", "links.link"),
                _MONTH,
                _number("flow_m3s"),
                _choice("kind", "sanitary", "environmental"),
            ),
            ("flow_requirement", "month"),
            optional=True,
        ),
        Table(
            "past_flows",
            (_ids("link", "links.link"), _MONTH, _number("flow_m3s")),
            ("link", "month"),
            optional=True,
        ),
        Table(
            "limits",
            (
                _ids("limit"),
                Column("party", "text", refers="parties.party"),
                _choice("season", "growing", "non_growing"),
                Column("year", "text"),
                _number("volume_hm3"),
            ),
            ("limit",),
            optional=True,
        ),
        Table(
            "provenance",
            (
                Column("table", "text"),
                Column("key", "text"),
                Column("field", "text"),
                _choice("status", *Status),
                Column("source", "text", refers="sources.source"),
                Column("note", "text", blank=True),
            ),
            ("table", "key", "field"),
        ),
        Table(
            "sources",
            (_ids("source"), Column("citation", "text"), Column("licence", "text")),
            ("source",),
        ),
    )
}

HYDROLOGY = Table(
    "hydrology",
    (_ids("node", "nodes.node"), _choice("year_class", *YEAR_CLASSES), _MONTH, _number("runoff_m3s")),
    ("node", "year_class", "month"),
)
