"""Small farms by a river, written in a few lines: one demand, its crops, and a climate that is the same all year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.drafts import Draft, draft, user

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: one step of thirty days
APRIL = {"start": "2026-04-01", "end": "2026-05-01", "step": "month"}
#: thirty days of one stage from 1 April, at the reference evapotranspiration
CROP = {
    "kc_ini": 1, "kc_mid": 1, "kc_end": 1, "height_m": 1, "initial_days": 30, "development_days": 0, "mid_days": 0, "late_days": 0,
    "planting_month": 4, "planting_day": 1, "perennial": "no", "ky_total": 1,
}  # fmt: skip
FIELD = {"demand": "farm", "price_usd_t": 200, "cost_usd_ha": 0, "harvest_usd_t": 0, "yield_t_ha": 3}


def farm(
    crops: Mapping[str, Mapping[str, Any]], *, land: float = 100, water: float = 0, climate: Mapping[str, float] | None = None, **more: Any
) -> Draft:
    """Write a farm below a spring.

    Parameters
    ----------
    crops : mapping
        By crop: changes to `CROP` and `FIELD`; each may have any area that the land holds, unless told.
    land : float
        kha.
    water : float
        hm3 that the spring gives in 30 days, evenly.
    climate : mapping
        Changes to a climate of 800 mm a month without rain.
    **more
        ``agriculture``, ``period``, ``user`` and ``demand`` (changes to field_demands and demands); other tables go to `draft`.

    Returns
    -------
    Draft
        Thirty days in one step, crops planned by the seasonal response, unless told.
    """
    weather = {"et0_mm": 800, "rain_mm": 0, "capillary_mm": 0, **(climate or {})}
    scenario = {
        "period": more.pop("period", APRIL),
        "agriculture": {"on": True, "response": "seasonal", **more.pop("agriculture", {})},
        **more.pop("scenario", {}),
    }
    lossless = {f"{part}_efficiency": 1 for part in ("application", "distribution", "conveyance")}
    grown = [
        {"field": f"{crop}_field", "crop": crop, **FIELD, "area_kha": land, "area_min_kha": 0, "area_max_kha": land, **_of_field(change)}
        for crop, change in crops.items()
    ]
    return draft(
        "spring catchment; farmland junction; post gauge; sea outlet",
        "a spring farmland; b farmland post; c post sea",
        runoff={"spring": water / 30 / 0.0864},
        scenario=scenario,
        **user("farm", "farmland", 0, **more.pop("user", {})),
        crops=[
            {"crop": crop, **CROP, **{key: value for key, value in change.items() if key in _CROP_COLUMNS}}
            for crop, change in crops.items()
        ],
        climates=more.pop("climates", [{"climate": "here", "latitude_deg": 40, "elevation_m": 300}]),
        climate_months=[{"climate": "here", "month": month, **weather} for month in range(1, 13)],
        field_demands=[{"demand": "farm", "climate": "here", "land_kha": land, **lossless, **more.pop("demand", {})}],
        fields=more.pop("fields", grown),
        **more,
    )


_CROP_COLUMNS: Sequence[str] = (
    *CROP, *(f"{kind}_{stage}" for kind in ("ky", "jensen") for stage in ("initial", "development", "mid", "late")),
    "salt_threshold_ds_m", "salt_slope",
)  # fmt: skip


def _of_field(change: Mapping[str, Any]) -> dict[str, Any]:
    """What of a change belongs to the field, not to the crop."""
    return {key: value for key, value in change.items() if key not in _CROP_COLUMNS}
