"""What a party does with its energy: who takes it, at what worth, and how much must be there."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from waterdeal.fields import Frozen

Monthly = tuple[Annotated[float, Field(ge=0)], ...]
_Worth = Annotated[float, Field(ge=-1000, le=1000)]


class PowerBlock(Frozen):
    """A block of demand at home: so many GWh a month (12 values, January first), each worth so much to those who take it.

    The worth of the dearest block is that of energy which goes unserved: what a winter without it costs.
    """

    size: Monthly
    worth: tuple[_Worth, ...]


class Export(Frozen):
    """What neighbours buy: at most so many GWh a month, at a price."""

    limit: Monthly
    price: tuple[_Worth, ...]


class PowerMarket(Frozen):
    """Blocks of demand at home from dear to cheap, what can be exported, and the firm energy of each month."""

    blocks: tuple[PowerBlock, ...]
    export: Export | None = None
    firm: Monthly = ()
    source: str = ""

    @model_validator(mode="after")
    def by_month(self) -> PowerMarket:
        """Twelve values everywhere, and blocks that fall in worth: only then is filling the dear ones first the best."""
        lists = [part for block in self.blocks for part in (block.size, block.worth)]
        lists += [self.export.limit, self.export.price] if self.export else []
        if any(len(values) != 12 for values in lists) or len(self.firm) not in {0, 12}:
            message = "size, worth, limit, price and firm have 12 values, January first"
            raise ValueError(message)
        for dearer, cheaper in zip(self.blocks, self.blocks[1:], strict=False):
            if any(a < b for a, b in zip(dearer.worth, cheaper.worth, strict=True)):
                message = "blocks must be given from dear to cheap in every month"
                raise ValueError(message)
        return self
