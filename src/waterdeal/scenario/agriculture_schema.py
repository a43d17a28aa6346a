"""What a scenario says about fields: whether their crops are planned, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from waterdeal.fields import Factor, Frozen, Share
from waterdeal.science.requirement import RainMethod

#: forms of the yield response of FAO-33 and its kin
Response = Literal["additive", "multiplicative", "jensen", "seasonal"]


class Agriculture(Frozen):
    """Crops of the basin's fields, planned with the water; off is exactly the model without them.

    ``response`` is the form of yield over water, ``response_by_crop`` another one for some crops (crops of ``responses.csv`` follow their
    own table). ``supply_levels`` are the shares of its need that a crop may get in each stage; beside them it may be given up after sowing.
    ``rain`` names the formula of effective rain; ``rain_share`` goes with ``fixed_share``. ``flexibility`` is how far an area may be from
    the one of ``fields.csv``, as a share of it, where no bounds stand there. ``calibration`` makes costs rise with the area, so that
    areas do not jump (positive mathematical programming; by ``elasticity`` of supply where those are known).
    """

    on: bool = False
    response: Response = "additive"
    response_by_crop: dict[str, Response] = Field(default_factory=dict)
    supply_levels: Annotated[tuple[Share, ...], Field(min_length=1, max_length=8)] = (0.5, 0.75, 1.0)
    rain: RainMethod = RainMethod.USDA
    rain_share: Share | None = None
    flexibility: Annotated[float, Field(ge=0, le=10)] = 0.1
    calibration: Literal["none", "pmp", "elasticity"] = "none"
    price_factor: dict[str, Factor] = Field(default_factory=dict)

    @model_validator(mode="after")
    def consistent(self) -> Agriculture:
        """Levels rise to the full need; a share of rain goes with its method."""
        if list(self.supply_levels) != sorted(set(self.supply_levels)) or self.supply_levels[-1] != 1.0:
            message = "supply_levels must rise, each once, up to 1: the requirement is the full need"
            raise ValueError(message)
        if (self.rain == RainMethod.FIXED_SHARE) != (self.rain_share is not None):
            message = 'rain_share goes with rain = "fixed_share", and with no other'
            raise ValueError(message)
        return self
