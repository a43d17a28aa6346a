"""What a scenario says about groundwater, reuse of drainage and salt; each is off unless it is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from waterdeal.fields import Frozen
from waterdeal.variables import setting

if TYPE_CHECKING:
    import xarray as xr


class Groundwater(Frozen):
    """Aquifers and wells of the basin.

    ``terminal = "as_start"`` asks for as much water in each aquifer at the end as at the start; ``"free"`` lets it fall, and ``debt_price``
    is then what one hm3 costs that rivers will lose after the horizon to what was pumped in it. ``energy_price`` is what one GWh of pumping
    costs; without it, what energy is worth in the month (``energy.value``).
    """

    on: bool = False
    terminal: Literal["as_start", "free"] = "free"
    debt_price: Annotated[float, Field(ge=0)] | None = None
    energy_price: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def debt_has_a_price(self) -> Groundwater:
        """What is pumped now and missing later is never free without a word."""
        if self.on and self.terminal == "free" and self.debt_price is None:
            message = 'terminal "free" needs debt_price, the price of one hm3 that rivers lose after the horizon; 0 is a price'
            raise ValueError(message)
        return self


class Reuse(Frozen):
    """Drainage water that is used again before it comes back to the river."""

    on: bool = False


class Salinity(Frozen):
    """Salt in the water, followed pass by pass, ``passes`` at most, until concentrations move by no more than ``tolerance`` (a share)."""

    on: bool = False
    passes: Annotated[int, Field(ge=1, le=100)] = 10
    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.01


def salinity_of(inputs: xr.Dataset) -> Salinity:
    """Return what the scenario of some inputs chose."""
    return Salinity.model_validate(setting(inputs, "salinity"))
