"""Which relations of nature are followed as they are, pass after pass, and which are kept as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from waterdeal.fields import Frozen
from waterdeal.variables import setting

if TYPE_CHECKING:
    import xarray as xr


class Physics(Frozen):
    """Relations that are not lines: each is followed by passes, or kept as the line it is near to.

    ``evaporation = "curve"`` takes the area off the level-area-volume table; ``"line"`` keeps the least-squares line.
    ``head = "successive"`` lets the energy of the plants of ``heads.csv`` follow their head; ``"constant"`` keeps the plant's factor.
    ``bound_cells`` asks for a bound on the worth of all plans, with so many cells a storage range is cut into; 0 asks for none.
    """

    evaporation: Literal["curve", "line"] = "curve"
    head: Literal["constant", "successive"] = "constant"
    passes: Annotated[int, Field(ge=1, le=100)] = 30
    bound_cells: Annotated[int, Field(ge=0, le=64)] = 0


def physics_of(inputs: xr.Dataset) -> Physics:
    """Return what the scenario of some inputs chose."""
    return Physics.model_validate(setting(inputs, "physics"))
