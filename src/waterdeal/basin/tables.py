"""The tables of a basin folder, column by column: what each may hold."""

from __future__ import annotations

from enum import StrEnum

from waterdeal.basin.columns import Column, Table, choice, ids, number
from waterdeal.basin.optional_tables import OPTIONAL_TABLES


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


_NAMES = tuple(Column(name, "text", blank=name in {"name_kk", "name_uz"}) for name in NAMES)
_MONTH = Column("month", "month", low=1, high=12)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("parties", (Column("party", "text"), *_NAMES), ("party",)),
        Table(
            "nodes",
            (
                ids("node"),
                choice("kind", *NodeKind),
                Column("party", "text", refers="parties.party"),
                number("river_km", blank=True),
                *_NAMES,
            ),
            ("node",),
        ),
        Table(
            "links",
            (
                ids("link"),
                ids("from_node", "nodes.node"),
                ids("to_node", "nodes.node"),
                choice("kind", *LinkKind),
                number("length_km", blank=True),
                number("travel_time_days", 0, 120, blank=True),
                number("travel_time_ice_days", 0, 120, blank=True),
                number("loss_fraction", 0, 0.999, blank=True),
                number("efficiency", 0.001, 1, blank=True),
                number("capacity_m3s", blank=True),
                *_NAMES,
            ),
            ("link",),
        ),
        Table(
            "channel_limits",
            (ids("link", "links.link"), _MONTH, number("limit_m3s"), choice("kind", "ice", "flood")),
            ("link", "month", "kind"),
            optional=True,
        ),
        Table(
            "reservoirs",
            (
                ids("reservoir", "nodes.node"),
                number("dead_hm3"),
                number("full_hm3"),
                choice("evaporation", "from_area", "in_inflow", "none"),
                number("release_max_m3s", blank=True),
            ),
            ("reservoir",),
        ),
        Table(
            "curves",
            (
                ids("reservoir", "reservoirs.reservoir"),
                number("level_m", -500, 9000),
                number("volume_hm3"),
                number("area_km2"),
            ),
            ("reservoir", "level_m"),
        ),
        Table(
            "evaporation",
            (ids("reservoir", "reservoirs.reservoir"), _MONTH, number("depth_mm", -500, 1000)),
            ("reservoir", "month"),
        ),
        Table(
            "reservoir_months",
            (
                ids("reservoir", "reservoirs.reservoir"),
                _MONTH,
                number("storage_min_hm3", blank=True),
                number("storage_max_hm3", blank=True),
                number("flood_space_hm3", blank=True),
                number("rule_low_hm3", blank=True),
                number("rule_high_hm3", blank=True),
            ),
            ("reservoir", "month"),
            optional=True,
        ),
        Table(
            "demands",
            (
                ids("demand"),
                ids("node", "nodes.node"),
                Column("party", "text", refers="parties.party"),
                choice("kind", "municipal", "irrigation", "industry"),
                Column("zone", "text"),
                number("area_kha", blank=True),
                number("return_fraction", 0, 0.99, blank=True),
                ids("return_node", "nodes.node", blank=True),
                number("return_delay_days", 0, 365, blank=True),
                choice("limit_counted", "yes", "no"),
                *_NAMES,
            ),
            ("demand",),
        ),
        Table(
            "requirements",
            (ids("demand", "demands.demand"), _MONTH, number("rate_m3s")),
            ("demand", "month"),
        ),
        Table(
            "plants",
            (
                ids("plant"),
                ids("link", "links.link"),
                Column("party", "text", refers="parties.party"),
                number("energy_gwh_per_hm3", 0, 6),
                number("turbine_max_m3s"),
                number("capacity_mw", blank=True),
                *_NAMES,
            ),
            ("plant",),
            optional=True,
        ),
        Table(
            "flow_requirements",
            (
                ids("flow_requirement"),
                ids("link", "links.link"),
                _MONTH,
                number("flow_m3s"),
                choice("kind", "sanitary", "environmental"),
            ),
            ("flow_requirement", "month"),
            optional=True,
        ),
        Table(
            "past_flows",
            (ids("link", "links.link"), _MONTH, number("flow_m3s")),
            ("link", "month"),
            optional=True,
        ),
        Table(
            "limits",
            (
                ids("limit"),
                Column("party", "text", refers="parties.party"),
                choice("season", "growing", "non_growing"),
                Column("year", "text"),
                number("volume_hm3"),
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
                choice("status", *Status),
                Column("source", "text", refers="sources.source"),
                Column("note", "text", blank=True),
            ),
            ("table", "key", "field"),
        ),
        Table(
            "sources",
            (ids("source"), Column("citation", "text"), Column("licence", "text")),
            ("source",),
        ),
        *OPTIONAL_TABLES,
    )
}

HYDROLOGY = Table(
    "hydrology",
    (ids("node", "nodes.node"), choice("year_class", *YEAR_CLASSES), _MONTH, number("runoff_m3s")),
    ("node", "year_class", "month"),
)
