"""The river as clauses see it: steps, periods, who takes water, and the flows of a plan or of measurements."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.rows import Term
from waterdeal.units import rate_to_volume
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from waterdeal.types import Floats, Ints


class River:
    """Steps and names of a horizon, from inputs or from results."""

    def __init__(self, data: xr.Dataset | Unlabelled, called: Mapping[str, Sequence[str]] | None = None) -> None:
        #: what people call each id, where that is known
        self.called = called or {}
        self.data = Unlabelled(data) if isinstance(data, xr.Dataset) else data
        #: how many steps of the season have been measured already; they stand before those of a plan for the rest
        self.past = self.data["past"].size if "past" in data else 0
        self.labels: list[str] = [*(self.data["past"].values.tolist() if self.past else ()), *self.data["step"].values.tolist()]
        self.days: Floats = self.along("step_length").astype(float)
        days = self.days.astype("timedelta64[D]")
        first = self.data["time"].values[0].astype("datetime64[D]") - days[: self.past].sum()
        self.ends: NDArray[Any] = first + np.cumsum(days)
        self.starts: NDArray[Any] = self.ends - days
        self._ids: dict[str, list[str]] = {}

    def along(self, name: str) -> NDArray[Any]:
        """Values of a quantity over all steps, those that have been measured first."""
        planned = self.data[name].values
        return np.concatenate([self.data[f"past_{name}"].values.astype(planned.dtype), planned], axis=-1) if self.past else planned

    def ids(self, dim: str) -> list[str]:
        """Names along a dimension: link, reservoir, demand, plant."""
        if dim not in self._ids:
            self._ids[dim] = [str(name) for name in self.data[dim].values]
        return self._ids[dim]

    def names_of(self, what: str) -> list[str]:
        """Names of the links, reservoirs, demands, plants or parties; all but the parties are gauges, and so are lines."""
        if what == "party":
            return self.parties
        dims = ("link", "reservoir", "demand", "plant", "power_link") if what == "gauge" else (what,)
        return [name for dim in dims if dim in self.data for name in self.ids(dim)]

    @cached_property
    def parties(self) -> list[str]:
        """Parties that own a node, receive water or receive energy."""
        owners = [self.data[name].values.tolist() for name in ("node_party", "demand_party", "plant_party") if name in self.data]
        return sorted({str(party) for names in owners for party in names})

    @cached_property
    def growing(self) -> NDArray[np.bool_]:
        """Whether each step is in the growing season."""
        return self.along("growing").astype(bool)

    @cached_property
    def month(self) -> NDArray[Any]:
        """Month in which each step starts."""
        return self.along("month")

    def season(self, name: str) -> tuple[list[int], list[int]]:
        """First (month, day) of a season, and that of the day after its last."""
        first, last = setting(self.data, "growing_season", [[4, 1], [10, 1]])
        return (first, last) if name == "growing" else (last, first)

    def years(self, steps: Ints, begins: Sequence[int]) -> Ints:
        """Year in which the period of each step begins, where one begins each year on a (month, day)."""
        days: list[date] = self.starts[steps].tolist()
        return np.array([day.year - ((day.month, day.day) < tuple(begins)) for day in days], dtype=int)

    def step_ending(self, day: date | None) -> int:
        """Return the number of the step that ends on a day, the last one without a day; -1 where none does."""
        if day is None:
            return len(self.labels) - 1
        found = np.flatnonzero(self.ends == np.datetime64(day))
        return int(found[0]) if found.size else -1

    def volume_of(self, rate: float, step: int) -> float:
        """Volume in hm3 of a rate in m3/s held over a step."""
        return float(rate_to_volume(rate, self.days[step]))

    def terms(self, quantity: str, places: Iterable[str], steps: Iterable[int], factor: float = 1.0) -> tuple[Term, ...]:
        """Terms of a quantity at places over steps: of energy of plants what turbines let through, of what arrives what is sent."""
        steps, factors = [int(step) for step in steps], dict[str, float]()
        if quantity == "power_received":
            kept, lines = 1.0 - self.along("power_link_loss"), self.ids("power_link")
            at = {place: lines.index(place) for place in places}
            return tuple(Term("power_sent", line, step, factor * float(kept[row, step])) for line, row in at.items() for step in steps)
        if quantity == "energy":
            factors = dict(zip(self.ids("plant"), self.data["energy_factor"].values.tolist(), strict=True))
            quantity = "turbine_flow"
        return tuple(Term(quantity, place, step, factor * factors.get(place, 1.0)) for place in places for step in steps)

    def demands_of(self, party: str, *, counted: bool = False) -> tuple[str, ...]:
        """Demands of a party; with `counted` only those whose deliveries count against its limits."""
        chosen = self.data["demand_party"].values == party
        if counted:
            chosen &= self.data["demand_counted"].values.astype(bool)
        return tuple(np.array(self.ids("demand"))[chosen].tolist())

    def plants_of(self, party: str) -> tuple[str, ...]:
        """Plants whose energy a party receives."""
        return tuple(np.array(self.ids("plant"))[self.data["plant_party"].values == party].tolist())

    def lines(self, givers: Sequence[str], takers: Sequence[str]) -> tuple[str, ...]:
        """Lines by which energy goes from some parties to others; nobody named is everybody else."""
        if "power_link" not in self.data:
            return ()
        starts, ends = (self.data[f"power_link_{side}"].values.tolist() for side in ("from", "to"))
        pairs = zip(self.ids("power_link"), starts, ends, strict=True)
        return tuple(
            line
            for line, start, end in pairs
            if (start in givers if givers else start not in takers) and (end in takers if takers else end not in givers)
        )

    def requirement(self, demands: Sequence[str]) -> Floats:
        """Requirement of some demands together, by step, hm3."""
        at = [self.ids("demand").index(name) for name in demands]
        return np.asarray(self.along("requirement")[at].sum(axis=0))

    def at_stake(self, quantity: str, places: Sequence[str], steps: Sequence[int] | Ints) -> float:
        """Size of a promise of nothing: what the users require over steps, or all water."""
        required = float(self.requirement(places)[steps].sum()) if quantity == "delivery" else 0.0
        return required or self.most_water

    def at_start(self, body: str) -> float:
        """Storage of a body when the season begins, hm3."""
        return float(self.data["past_storage_initial" if self.past else "storage_initial"].values[self.ids("reservoir").index(body)])

    def natural(self, link: str, steps: Iterable[int]) -> float:
        """Runoff above a link over steps, hm3, where there is any; else all water."""
        ends = zip(self.data["link_from"].values.tolist(), self.data["link_to"].values.tolist(), self.ids("link"), strict=True)
        above, new, pairs = set[str](), set[str](), [(start, end) for start, end, _ in ends]
        new = {pairs[self.ids("link").index(link)][0]}
        while new - above:
            above |= new
            new = {start for start, end in pairs if end in new}
        inside = np.isin(self.data["node"].values, sorted(above))
        return float(self.data["runoff"].values[inside][:, list(steps)].sum()) or self.most_water

    @cached_property
    def most_water(self) -> float:
        """More water than can pass any place over the horizon, hm3."""
        names = ("runoff", "storage_initial", "arrival_past", "return_past")
        return float(sum(np.abs(self.data[name].values).sum() for name in names)) * 2 + 1


class Flows(River):
    """A river with the flows of a plan or of measurements on it; NaN where nothing was measured."""

    def at(self, quantity: str, places: Sequence[str]) -> Floats:
        """Sum of a quantity over places, by step."""
        names = self.ids(str(self.data[quantity].dims[0]))
        return np.asarray(self.along(quantity)[[names.index(place) for place in places]].sum(axis=0), dtype=float)
