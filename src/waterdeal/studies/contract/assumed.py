"""What a contract is weighed with beside its plan: figures that nobody publishes, each with a range."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, NamedTuple

from waterdeal.basin.cells import did_you_mean
from waterdeal.fields import DEAREST
from waterdeal.studies.problem import refused
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.scenario.parts_schema import Ranges


class Range(NamedTuple):
    """A figure that is not known for sure."""

    low: float
    central: float
    high: float


@dataclass(frozen=True)
class Assumed:
    """Prices and worths in million USD a GWh (USD a kWh) and a hm3 (USD a m3), and what becomes of promises."""

    price: Range | None = None  # of a GWh that is sent in winter; of the lines where they have one
    summer_price: Range | None = None  # of a GWh of the growing season that no load of its party takes
    swap: Range | None = None  # GWh that come back in the growing season for one that is sent, in place of money
    delivered: Range | None = None  # of the energy agreed the part that comes; all of it
    water: Range | None = None  # worth of a hm3 to users whose deliveries the scenario gives no worth
    stored: Range | None = None  # worth of a hm3 left in the reservoir of the contract at the end

    def at(self, **values: float) -> Assumed:
        """Return these with some of them at a value."""
        return replace(self, **{name: Range(value, value, value) for name, value in values.items()})

    def over(self, ranges: Ranges) -> Assumed:
        """Return these, and where one of them is not told, that of a scenario."""
        told = {name: Range(*known) for name, known in ranges if known is not None}
        return replace(self, **{name: known for name, known in told.items() if getattr(self, name) is None})

    def central(self, name: str, otherwise: float = 0.0) -> float:
        """Return the central figure; another one where none is told."""
        known: Range | None = getattr(self, name)
        return otherwise if known is None else known.central

    @property
    def in_kind(self) -> float:
        """What a GWh that is sent costs where it is paid by what comes back, million USD."""
        return self.central("swap") * self.central("summer_price")

    def told(self) -> dict[str, Range]:
        """Those that are told."""
        return {name: known for name in NAMES if (known := getattr(self, name)) is not None}

    def ranged(self) -> list[tuple[str, Range]]:
        """Those that have a range."""
        return [(name, known) for name, known in self.told().items() if known.low < known.high]


NAMES = tuple(part.name for part in fields(Assumed))
_FORM = re.compile(r"\s*(\w+)\s*=\s*([0-9.eE+-]+)(?:\s*:\s*([0-9.eE+-]+)\s*:\s*([0-9.eE+-]+))?\s*")


def read_assumed(texts: Iterable[str]) -> Assumed:
    """Read what is assumed, e.g. ``price=0.034`` or ``price=0.026:0.034:0.056``.

    Examples
    --------
    >>> read_assumed(["price=0.026:0.034:0.056"]).price
    Range(low=0.026, central=0.034, high=0.056)
    """
    found = Assumed()
    for text in texts:
        made = _FORM.fullmatch(text)
        if made is None:
            raise refused(field="assume", key="contract.assumed_form", text=text)
        name, *figures = made.groups()
        if name not in NAMES:
            raise refused(field="assume", key="contract.assumed_unknown", hint=did_you_mean(name, NAMES), name=name)
        try:
            values = [float(figure) for figure in figures if figure is not None]
        except ValueError as error:
            raise refused(field="assume", key="contract.assumed_form", text=text) from error
        low, central, high = values if len(values) == 3 else values * 3
        if not 0 <= low <= central <= high or (name == "delivered" and high > 1):
            raise refused(field="assume", key="contract.assumed_order", text=text)
        if high > DEAREST and name not in {"swap", "delivered"}:
            told = {"name": name, "value": high, "part": high / 1000}
            raise refused(field="assume", key="contract.dear", hint=say("contract.assumed_form.remedy"), **told)
        found = replace(found, **{name: Range(low, central, high)})
    return found
