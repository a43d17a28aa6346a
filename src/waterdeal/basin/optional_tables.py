"""Tables a basin may have: what its turbines, outlets, reaches, fields and aquifers are like. A missing table is an empty one."""

from __future__ import annotations

from waterdeal.basin.columns import Table, ids, number
from waterdeal.basin.field_tables import AREA_TABLES, CROP_TABLES
from waterdeal.basin.ground_tables import GROUND_TABLES, SALT_TABLES

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
