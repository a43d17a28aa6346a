"""The tables of a basin folder, column by column: what each may hold."""

from __future__ import annotations

from enum import StrEnum

from waterdeal.basin.cells import Column, Table, choice, ids, number

GROUND_TABLES: tuple[Table, ...] = (
    Table(
        "aquifers",
        (
            ids("aquifer"),
            Column("party", refers="parties.party"),
            ids("node", "nodes.node"),
            number("initial_hm3"),
            number("least_hm3", blank=True),
            number("alpha_per_day", 0, 1),
            number("recharge_m3s"),
            number("safe_yield_hm3", blank=True),
            number("lift_m", 0, 1000),
            number("pump_efficiency", 0.01, 1),
        ),
        ("aquifer",),
        optional=True,
    ),
    Table(
        "wells",
        (ids("well"), ids("aquifer", "aquifers.aquifer"), ids("demand", "demands.demand"), number("capacity_m3s")),
        ("well",),
        optional=True,
    ),
    Table(
        "percolation",
        (ids("source"), choice("kind", "demand", "reservoir", "link"), ids("aquifer", "aquifers.aquifer"), number("share", 0, 1)),
        ("source", "kind", "aquifer"),
        optional=True,
    ),
    Table(
        "reuse",
        (
            ids("reuse"),
            ids("from_demand", "demands.demand"),
            ids("to_demand", "demands.demand"),
            number("share", 0, 1),
            number("capacity_m3s"),
            number("blend_limit_gl", 0.01, 300, blank=True),
        ),
        ("reuse",),
        optional=True,
    ),
)

SALT_TABLES: tuple[Table, ...] = (
    Table("salinity", (ids("node", "nodes.node"), number("concentration_gl", 0, 300)), ("node",), optional=True),
    Table(
        "salinity_start",
        (ids("place"), choice("kind", "reservoir", "lake", "link", "demand", "aquifer"), number("concentration_gl", 0, 300)),
        ("place", "kind"),
        optional=True,
    ),
    Table(
        "salinity_limits",
        (ids("link", "links.link"), number("limit_gl", 0.01, 300), choice("kind", "hard", "soft"), Column("months", blank=True)),
        ("link", "kind", "months"),
        optional=True,
    ),
    Table("salt_returns", (ids("demand", "demands.demand"), number("added_gl", 0, 300)), ("demand",), optional=True),
)


#: the four stages of growth, as they stand in the names of columns
STAGES = ("initial", "development", "mid", "late")

_MONTH = Column("month", "month", low=1, high=12)


def _month(name: str) -> Column:
    """Make a column of months that may be blank."""
    return Column(name, "month", low=1, high=12, blank=True)


CROP_TABLES: tuple[Table, ...] = (
    Table(
        "crops",
        (
            ids("crop"),
            number("kc_ini", 0, 2),
            number("kc_mid", 0, 2),
            number("kc_end", 0, 2),
            number("height_m", 0, 20),
            *(number(f"{stage}_days", 0, 366) for stage in STAGES),
            number("planting_month", 1, 12),
            number("planting_day", 1, 31),
            *(number(f"ky_{stage}", 0, 5, blank=True) for stage in STAGES),
            number("ky_total", 0, 5, blank=True),
            *(number(f"jensen_{stage}", 0, 5, blank=True) for stage in STAGES),
            choice("perennial", "yes", "no"),
            number("salt_threshold_ds_m", 0, 50, blank=True),
            number("salt_slope", 0, 100, blank=True),
            *(Column(f"name_{language}", "text", blank=language in {"kk", "uz"}) for language in ("en", "ru", "kk", "uz")),
        ),
        ("crop",),
        optional=True,
    ),
    Table(
        "responses",
        (ids("crop", "crops.crop"), number("water_mm", 0, 5000), number("yield_share", 0, 1)),
        ("crop", "water_mm"),
        optional=True,
    ),
    Table(
        "climates",
        (ids("climate"), number("latitude_deg", -66, 66, blank=True), number("elevation_m", -430, 6000, blank=True)),
        ("climate",),
        optional=True,
    ),
    Table(
        "climate_months",
        (
            ids("climate", "climates.climate"),
            _MONTH,
            number("et0_mm", 0, 1500, blank=True),
            number("tmax_c", -60, 60, blank=True),
            number("tmin_c", -70, 50, blank=True),
            number("humidity_percent", 0, 100, blank=True),
            number("wind_ms", 0, 40, blank=True),
            number("sunshine_hours", 0, 24, blank=True),
            number("rain_mm", 0, 3000),
            number("capillary_mm", 0, 500),
        ),
        ("climate", "month"),
        optional=True,
    ),
)

AREA_TABLES: tuple[Table, ...] = (
    Table(
        "field_demands",
        (
            ids("demand", "demands.demand"),
            ids("climate", "climates.climate"),
            number("land_kha"),
            number("application_efficiency", 0.01, 1),
            number("distribution_efficiency", 0.01, 1),
            number("conveyance_efficiency", 0.01, 1),
            number("unused_return", 0, 0.99, blank=True),
            number("water_cost_usd_m3", 0, 100, blank=True),
            number("observed_water_hm3", blank=True),
            number("ece_ds_m", 0, 200, blank=True),
        ),
        ("demand",),
        optional=True,
    ),
    Table(
        "fields",
        (
            ids("field"),
            ids("demand", "field_demands.demand"),
            ids("crop", "crops.crop"),
            number("area_kha"),
            number("area_min_kha", blank=True),
            number("area_max_kha", blank=True),
            number("yield_t_ha", 0, 500),
            number("price_usd_t", 0, 100000),
            number("cost_usd_ha", 0, 100000),
            number("harvest_usd_t", 0, 100000),
            number("supply_elasticity", 0.001, 100, blank=True),
            number("state_order_kha", blank=True),
            number("survival_share", 0, 1, blank=True),
            number("presowing_mm", 0, 1000, blank=True),
            _month("presowing_from"),
            _month("presowing_to"),
            number("leaching_mm", 0, 3000, blank=True),
            _month("leaching_from"),
            _month("leaching_to"),
            number("percolation_mm", 0, 5000, blank=True),
        ),
        ("field",),
        optional=True,
    ),
    Table(
        "rotations",
        (ids("demand", "field_demands.demand"), ids("crop", "crops.crop"), number("share_min", 0, 1), number("share_max", 0, 1)),
        ("demand", "crop"),
        optional=True,
    ),
    Table(
        "food_needs",
        (ids("food_need"), Column("party", "text", refers="parties.party"), ids("crop", "crops.crop"), number("tonnes")),
        ("food_need",),
        optional=True,
    ),
)


_RIVER = (
    Table(
        "heads",
        (
            ids("plant", "plants.plant"),
            ids("reservoir", "reservoirs.reservoir"),
            number("tailwater_m", -500, 9000),
            number("tailwater_rise_m_per_m3s", 0, 1, blank=True),
            number("head_loss_m", 0, 100, blank=True),
            number("efficiency", 0.01, 1),
        ),
        ("plant",),
        optional=True,
    ),
    Table(
        "outlets",
        (ids("reservoir", "reservoirs.reservoir"), number("storage_hm3"), number("release_m3s")),
        ("reservoir", "storage_hm3"),
        optional=True,
    ),
    Table(
        "seepage",
        (ids("reservoir", "reservoirs.reservoir"), number("share_per_day", 0, 0.1)),
        ("reservoir",),
        optional=True,
    ),
    Table(
        "muskingum",
        (ids("link", "links.link"), number("storage_constant_days", 0.01, 200), number("weight", 0, 0.5)),
        ("link",),
        optional=True,
    ),
)

OPTIONAL_TABLES: tuple[Table, ...] = (*_RIVER, *CROP_TABLES, *AREA_TABLES, *GROUND_TABLES, *SALT_TABLES)


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
