"""Tables a basin may have about its fields: crops, climates, areas, prices, and what rules them. A missing table is an empty one."""

from __future__ import annotations

from waterdeal.basin.columns import Column, Table, choice, ids, number

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
