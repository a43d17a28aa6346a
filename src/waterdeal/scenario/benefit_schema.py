"""What deliveries are worth to those who take them: concave, so that the first cubic metre is worth most."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from waterdeal.fields import Frozen

_Positive = Annotated[float, Field(gt=0)]


class DeliveryBenefit(Frozen):
    """Benefit of the deliveries of one demand, in million USD (or any money the scenario keeps to).

    ``quadratic``: ``linear x - curve x^2`` of x hm3. ``elastic``: willingness to pay ``price`` a m3 at ``quantity`` hm3 with a price
    elasticity, as a linear demand curve (QDEMO7; design/model.md, 4.6). ``table``: points (hm3, worth), straight between them, whose slopes
    must fall. ``per`` says whether x is the delivery of each step or of the whole horizon.
    """

    kind: Literal["quadratic", "elastic", "table"]
    per: Literal["step", "season"] = "season"
    linear: float | None = None
    curve: Annotated[float, Field(ge=0)] | None = None
    price: _Positive | None = None
    quantity: _Positive | None = None
    elasticity: Annotated[float, Field(lt=0)] | None = None
    points: tuple[tuple[Annotated[float, Field(ge=0)], float], ...] = ()
    source: str = ""

    @model_validator(mode="after")
    def complete(self) -> DeliveryBenefit:
        """Each kind has what it needs, and only that; a table is concave."""
        needs = {"quadratic": ("linear", "curve"), "elastic": ("price", "quantity", "elasticity"), "table": ("points",)}
        for kind, names in needs.items():
            given = [name for name in names if getattr(self, name) not in {None, ()}]
            if (kind == self.kind) != (len(given) == len(names)) or (kind != self.kind and given):
                message = f"kind {self.kind} needs {', '.join(needs[self.kind])}, and nothing of another kind"
                raise ValueError(message)
        self._refuse_convex()
        return self

    def _refuse_convex(self) -> None:
        """A table's slopes fall: an LP fed with rising ones would promise a worth nobody gets."""
        if self.kind != "table":
            return
        volumes, worths = zip(*self.points, strict=True)
        if len(volumes) < 2 or any(b <= a for a, b in pairwise(volumes)):
            message = "a table needs at least two points of rising volume"
            raise ValueError(message)
        slopes = [(d - c) / (b - a) for a, b, c, d in zip(volumes, volumes[1:], worths, worths[1:], strict=False)]
        if any(later > earlier + 1e-12 for earlier, later in pairwise(slopes)):
            message = "the worth of one hm3 more rises somewhere: such a benefit is not concave and cannot be planned by lines"
            raise ValueError(message)
