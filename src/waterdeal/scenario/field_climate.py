"""The climate of fields by day: reference evapotranspiration, effective rain, capillary rise; and how the first was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.science.evapotranspiration import Climate, reference_evapotranspiration
from waterdeal.science.requirement import effective_rainfall
from waterdeal.science.seasons import hold_monthly_rates, spread_monthly_totals
from waterdeal.science.weather import MID_MONTH_DAYS, yearly_soil_heat_flux

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.scenario.agriculture_schema import Agriculture

    Floats = NDArray[np.float64]

#: columns of climate_months.csv that may be blank, by their name in `Climate`
_KNOWN = {"rh_mean": "humidity_percent", "wind": "wind_ms", "sunshine": "sunshine_hours"}


@dataclass(frozen=True)
class FieldClimate:
    """Months of one climate.

    Parameters
    ----------
    evaporates : numpy.ndarray
        Reference evapotranspiration, January first: mm a month where it was given, mm a day where it was computed.
    rain, capillary : numpy.ndarray
        Effective rain and capillary rise, mm a month.
    method : str
        ``given``, or the method with what each part was taken from.
    """

    evaporates: Floats
    rain: Floats
    capillary: Floats
    method: str

    def daily_evaporation(self, steps: Sequence[Step]) -> Floats:
        """Reference evapotranspiration of each day of some steps, mm."""
        return spread_monthly_totals(self.evaporates, steps) if self.method == "given" else hold_monthly_rates(self.evaporates, steps)


def field_climates(basin: Basin, asked: Agriculture) -> dict[str, FieldClimate]:
    """Read the climates of a basin.

    Parameters
    ----------
    basin : Basin
        Checked: twelve months each, and evapotranspiration or temperatures.
    asked : Agriculture
        Names the formula of effective rain.

    Returns
    -------
    dict of str to FieldClimate
        By climate, in the order of ``climates.csv``.

    Raises
    ------
    ValueError
        If the weather of a climate contradicts itself.
    """
    months = basin.table("climate_months")
    found = {}
    for place in basin.table("climates").to_dict("records"):
        rows = months[months["climate"] == place["climate"]].sort_values("month")
        evaporates, method = _reference(rows, float(place["latitude_deg"]), float(place["elevation_m"]))
        rain = effective_rainfall(rows["rain_mm"].to_numpy(), asked.rain, asked.rain_share)
        found[str(place["climate"])] = FieldClimate(evaporates, rain, rows["capillary_mm"].to_numpy(dtype=float), method)
    return found


def _reference(rows: pd.DataFrame, latitude: float, elevation: float) -> tuple[Floats, str]:
    """Reference evapotranspiration of twelve months and how it was found; dew and hoar frost are no water to give a crop."""
    if rows["et0_mm"].notna().all():
        return rows["et0_mm"].to_numpy(dtype=float), "given"
    warm, cold = rows["tmax_c"].to_numpy(dtype=float), rows["tmin_c"].to_numpy(dtype=float)
    known: dict[str, Any] = {name: rows[column].to_numpy(dtype=float) for name, column in _KNOWN.items() if rows[column].notna().all()}
    heat = yearly_soil_heat_flux((warm + cold) / 2.0)
    reference = reference_evapotranspiration(
        Climate(tmax=warm, tmin=cold, latitude=latitude, elevation=elevation, day_of_year=MID_MONTH_DAYS, soil_heat=heat, **known)
    )
    parts = ", ".join(f"{part} from {source}" for part, source in reference.sources.items())
    return np.maximum(reference.values, 0.0), f"{reference.method} ({parts})"


def told_methods(basin: Basin, asked: Agriculture) -> dict[str, str]:
    """Tell how the reference evapotranspiration of each climate was found; nothing where no crops are planned.

    Parameters
    ----------
    basin : Basin
        The basin.
    asked : Agriculture
        Of the scenario.

    Returns
    -------
    dict of str to str
        By climate.
    """
    return {name: climate.method for name, climate in field_climates(basin, asked).items()} if asked.on else {}
