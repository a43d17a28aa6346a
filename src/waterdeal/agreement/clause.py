"""What every clause has, whatever its kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from waterdeal.agreement.facts import Facts, Phrase
from waterdeal.agreement.rows import WHOLE
from waterdeal.errors import refuse
from waterdeal.fields import Frozen, Share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row
    from waterdeal.types import Ints


def _as_list(value: object) -> object:
    """Take one name for a list of one."""
    return (value,) if isinstance(value, str) else value


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Keep each name once: what is named twice is one thing."""
    return tuple(dict.fromkeys(names))


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list), AfterValidator(_each_once)]
ClauseId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,48}$")]
Month = Annotated[int, Field(ge=1, le=12)]
Season = Literal["growing", "non_growing"]


class Period(NamedTuple):
    """One of the periods over which a clause counts what adds up."""

    part: str  # name of the part of the clause: `WHOLE`, or e.g. `growing_2026` where it recurs in the horizon
    steps: Ints
    is_first: bool  # whether it may have begun before the horizon
    year: int  # in which it begins


class Gauge(Frozen):
    """Who measures a clause: the gauge (a link, reservoir, demand or plant), the agency that reads it, and how near its readings are."""

    gauge: str
    agency: str = ""
    tolerance: Share = 0.05


class Clause(Frozen):
    """What a party promises. A kind is a class that adds what is promised and where, and its rows, readings and facts."""

    accumulates: ClassVar[bool] = False  # whether it adds up over its period, so that a period partly out of sight is refused
    when: ClassVar[Literal["always", "if_given", "never"]] = "always"  # whether its sentence tells the period, or needs none

    id: ClauseId
    kind: str
    party: Names = ()
    to: Names = ()
    start: date | None = None
    end: date | None = None
    season: Season | None = None
    months: tuple[Month, ...] = ()
    measured: tuple[Gauge, ...] = ()
    negotiable: bool = True
    price: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    concession: Annotated[float, Field(ge=0)] = 0.0
    in_force: bool = True
    text: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    status: Literal["read", "computed", "assumed"] = "assumed"

    def check_fields(self) -> None:
        """A period has days, and is told in one way; no volume, rate, energy or share is negative, in tables of the clause either."""
        refuse(self.start is not None and self.end is not None and self.end <= self.start, "agreement.period_reversed", end=self.end)
        refuse(self.season is not None and self.months, "agreement.season_and_months")
        for path, value in leaves(self):
            refuse(isinstance(value, float) and value < 0, "agreement.below_zero", value=value, name=path.rpartition(".")[2])

    def steps(self, river: River) -> Ints:
        """Steps wholly in the period."""
        inside = (river.starts >= np.datetime64(self.start or date.min)) & (river.ends <= np.datetime64(self.end or date.max))
        if self.season is not None:
            inside &= river.growing == (self.season == "growing")
        if self.months:
            inside &= np.isin(river.month, self.months)
        return np.flatnonzero(inside)

    def periods(self, river: River, steps: Ints | None = None, months: tuple[int, ...] = ()) -> list[Period]:
        """Periods of some steps, all of the clause's unless told: a season, or months, begins anew each year."""
        steps, months = self.steps(river) if steps is None else steps, months or self.months
        begins = (first_month(months), 1) if months else river.season(self.season)[0] if self.season else None
        years = river.years(steps, begins) if begins else np.zeros(len(steps), dtype=int)
        name = f"{self.season}_" if self.season and not months else ""
        found = np.unique(years).tolist()
        return [Period(f"{name}{year}" if len(found) > 1 else WHOLE, steps[years == year], year == found[0], year) for year in found]

    def promises(self, river: River) -> list[Promise]:
        """What is promised over the steps of the period that are in sight, as far as it is a sum on one side of an amount."""
        raise NotImplementedError

    def rows(self, river: River) -> list[Row]:
        """Rows of the model: those of the promises, and others."""
        return [promise.row(river) for promise in self.promises(river)]

    def readings(self, flows: Flows) -> list[Reading]:
        """The promise as measured on flows: a reading a row that can give way, made from results and not from the row."""
        return [promise.reading(flows) for promise in self.promises(flows)]

    def unheld(self, river: River) -> list[str]:  # noqa: ARG002 - kinds with several parts ask the river
        """Parts that are promised and that no row holds: they are followed at most, whatever the plan does."""
        return []

    def facts(self) -> Facts:
        """What is promised, as the term sheet writes it; `place` names where."""
        raise NotImplementedError

    def phrases(self) -> list[Phrase]:
        """The sentence, or its parts: here one that stands under the name of the kind and takes the facts."""
        return [Phrase(f"clause.{self.kind}", self.facts())]

    @property
    def tolerance(self) -> float:
        """Largest tolerance of its gauges, as a share; 5 % where no gauge is named."""
        return max((gauge.tolerance for gauge in self.measured), default=0.05)


def first_month(months: Sequence[int]) -> int:
    """Return the month with which a set of months begins: the one after the longest pause."""
    return max(months, key=lambda month: min((month - other) % 12 or 12 for other in months))


def leaves(part: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a part of a clause, keys of its tables too, with the path of its field."""
    if isinstance(part, BaseModel):
        for field in type(part).model_fields:
            yield from leaves(getattr(part, field), f"{path}.{field}" if path else field)
    elif isinstance(part, dict | tuple):
        yield from ((path, key) for key in part if isinstance(part, dict))
        for entry in part.values() if isinstance(part, dict) else part:
            yield from leaves(entry, path)
    else:
        yield path, part
