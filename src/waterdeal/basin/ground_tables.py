"""Tables a basin may have about water below the ground and the salt in its water. A missing table is an empty one."""

from __future__ import annotations

from waterdeal.basin.columns import Column, Table, choice, ids, number

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
