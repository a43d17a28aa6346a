"""One step of a reservoir and of a reach below, worked so that a calculator gives what the plan prints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.calculator import LEAST, Worked
from waterdeal.reports.edition import LEVEL, RATE, VOLUME
from waterdeal.results.anew import Water

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from waterdeal.reports.calculator import Term
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table
    from waterdeal.types import Floats

#: mm of a metre; shares and depths in m below which there is nothing
MM, SMALL = 1000.0, 1e-6
#: difference below which two figures of a plan are the same, hm3
SAME = 1e-4


@dataclass(frozen=True)
class Place:
    """What reaches and leaves a node in a step, by name."""

    edition: Edition
    node: str
    step: int

    @cached_property
    def _names(self) -> dict[str, Any]:
        """Labels of nodes, links and users, and where they stand."""
        keys = ("node", "link", "link_from", "link_to", "link_kind", "demand", "demand_node")
        return {key: self.edition.read[key].values.astype(str) for key in keys}

    def _at(self, key: str, name: str, chosen: Any) -> dict[str, float]:
        """Volumes of some of a kind, by name; what is none is left out."""
        values = self.edition.read[name].values[:, self.step]
        found = {self.edition.name(self._names[key][row]): float(values[row]) for row in np.flatnonzero(chosen).tolist()}
        return {name: value for name, value in found.items() if abs(value) > LEAST}

    @property
    def inflow(self) -> dict[str, float]:
        """What reaches the node: by links, from its catchment, as return flow, from below ground."""
        own = self._names["node"] == self.node
        found = self._at("link", "arrival", self._names["link_to"] == self.node)
        for name in ("runoff", "inflow_returned", "inflow_ground"):
            value = float(self.edition.read[name].values[own, self.step].sum())
            found |= {self.edition.text(f"method.{name}"): value} if abs(value) > LEAST else {}
        return found

    def outflow(self, *, spilled: bool | None = None) -> dict[str, float]:
        """What leaves the node by its links: all, or those that are spillways, or that are not."""
        chosen = self._names["link_from"] == self.node
        spillway = self._names["link_kind"] == "spillway"
        return self._at("link", "flow", chosen if spilled is None else chosen & (spillway == spilled))

    @property
    def taken(self) -> dict[str, float]:
        """What users at the node get."""
        return self._at("demand", "delivery", self._names["demand_node"] == self.node)


def reservoir_sheet(edition: Edition) -> Iterator[tuple[str, Table]]:
    """Name a reservoir and make the table of one of its steps; nothing where there is none."""
    water = Water(edition.results)
    chosen = _chosen_body(edition, water)
    if chosen is not None:
        body = _Reservoir(edition, water, *chosen)
        yield body.name, body.sheet()


def _chosen_body(edition: Edition, water: Water) -> tuple[int, int] | None:
    """Choose the reservoir and the step in which most happens, of those the one with most evaporation; no step in which a body dries."""
    read = edition.read
    bodies = read["reservoir"].values.astype(str)
    kinds = dict(zip(*(read[name].values.astype(str).tolist() for name in ("node", "node_kind")), strict=True))
    operated = np.array([kinds[body] == "reservoir" for body in bodies], dtype=bool)[:, None]
    taken = water.let_out - read["release"].values - read["spill"].values
    named = [read[name].values for name in ("reservoir_inflow", "release", "spill", "evaporation", "seepage")]
    count = sum((np.abs(part) > 10.0**-VOLUME).astype(int) for part in (*named, taken))
    plain = operated & (np.abs(water.drawn - read["evaporation"].values) < SAME)
    if not plain.any():
        return None
    score = np.where(plain, count + read["evaporation"].values / (1.0 + np.abs(read["evaporation"].values).max()), -1.0)
    body, step = np.unravel_index(int(np.argmax(np.round(score, 9))), score.shape)
    return int(body), int(step)


class _Reservoir:
    """The step of a reservoir that is worked."""

    def __init__(self, edition: Edition, water: Water, body: int, step: int) -> None:
        self.edition, self.body, self.step = edition, body, step
        self.before, self.follows = float(water.before[body, step]), edition.results.attrs.get("evaporation") == "curve"
        self.name = str(edition.read["reservoir"].values[body])
        self.place, self.worked = Place(edition, self.name, step), Worked(edition)

    def of(self, name: str) -> float:
        """Figure of the reservoir in the step."""
        return float(self.edition.read[name].values[self.body, self.step])

    def sheet(self) -> Table:
        """Work the balance of the step, then rates and the level."""
        edition, worked, text = self.edition, self.worked, self.edition.text
        after = worked.number(self.of("storage"))
        before = worked.line(text("method.storage_before"), worked.number(self.before), "volume", "storage")
        inflow = self._sum("inflow", self.place.inflow, "reservoir_inflow")
        release = self._sum("release", self.place.outflow(spilled=False), "release")
        others = [self._sum("spill", self.place.outflow(spilled=True), "spill"), self._sum("withdrawal", self.place.taken, "delivery")]
        mean = worked.line(text("method.storage_mean"), (before + after) / worked.short(2), "volume")
        others += [self._evaporation(mean), self._seepage(mean)]
        end = before + inflow - release
        for other in others:
            end = end - other if other.value else end
        end = worked.line(text("method.storage_after"), end, "volume", "storage")
        worked.printed(text("method.in_tables"), self.of("storage"), "volume", VOLUME)
        days = float(edition.steps["days"].iloc[self.step])
        for key, volume in (("inflow_rate", inflow), ("release_rate", release)):
            worked.line(text(f"method.{key}"), volume / worked.factor(days), "rate", digits=RATE)
        self._level(end)
        label = edition.words.step(str(edition.steps["step"].iloc[self.step]))
        title = text("method.of_reservoir", place=edition.name(self.name), step=label, days=edition.words.number(days, 0))
        return worked.table("worked_reservoir", title)

    def _sum(self, key: str, parts: Mapping[str, float], name: str) -> Term:
        """Work the sum of what comes or goes, by name."""
        label = self.edition.text(f"method.{key}", parts=" + ".join(parts) or self.edition.text("word.none"))
        term = self.worked.numbers(parts.values())
        return self.worked.line(label, term, "volume", name) if parts or key in {"inflow", "release"} else term

    def _evaporation(self, mean: Term) -> Term:
        """Work the evaporation from the depth and the surface at the mean volume."""
        worked, text = self.worked, self.edition.text
        depth = self.of("evaporation_depth") * MM
        if abs(depth) < SMALL * MM:
            return worked.line(text("method.no_evaporation"), worked.number(0.0), "volume", "evaporation")
        if self.follows and (found := self._between(mean, "curve_area")) is not None:
            area = worked.line(text("method.area_curve"), found, "km2")
        else:
            line = worked.number(self.of("area_intercept")) + worked.short(self.of("area_slope")) * mean
            area = worked.line(text("method.area_line"), line, "km2")
        term = worked.short(depth) / worked.short(MM) * area
        return worked.line(text("method.evaporation"), term, "volume", "evaporation")

    def _seepage(self, mean: Term) -> Term:
        """Work what seeps away."""
        share = self.worked.short(self.of("seepage_share"))
        return self.worked.line(self.edition.text("method.seepage"), share * mean, "volume", "seepage")

    def _level(self, end: Term) -> None:
        """Work the level at the end, where there is a curve."""
        found = self._between(end, "curve_level")
        if found is not None:
            self.worked.line(self.edition.text("method.level"), found, "level", "level", LEVEL)

    def _between(self, volume: Term, name: str) -> Term | None:
        """Write what a table of levels, areas and volumes gives between two of its rows; beyond its ends the last row."""
        volumes, values = (self.edition.read[key].values[self.body] for key in ("curve_volume", name))
        known = np.isfinite(volumes) & np.isfinite(values)
        volumes, values = volumes[known], values[known]
        if not volumes.size:
            return None
        row = int(np.searchsorted(volumes, volume.value))
        low, high = self.worked.number(values[max(row - 1, 0)]), self.worked.number(values[min(row, len(values) - 1)])
        if row in {0, len(volumes)}:
            return high
        first, last = self.worked.number(volumes[row - 1]), self.worked.number(volumes[row])
        return low + (high - low) * (volume - first) / (last - first)


def reach_sheet(edition: Edition) -> Iterator[tuple[str, Table]]:
    """Name the river link that loses most and make the table of one of its steps; nothing where none loses a share of what it carries."""
    read = edition.read
    plain = (read["link_kind"].values == "river") & ~_fixed(edition).any(axis=1) & (read["loss"].values.sum(axis=1) > 10.0**-VOLUME)
    if not plain.any():
        return
    link = int(np.argmax(np.where(plain, read["loss"].values.sum(axis=1), -1.0)))
    step = int(np.argmax(read["loss"].values[link]))
    worked, text = Worked(edition), edition.text
    parts = list(_under_way(edition, link, step))
    terms = [(worked.number(volume) if share == 1 else worked.short(share) * worked.number(volume), lost) for share, volume, lost in parts]
    entered = worked.line(text("method.reach_entered"), _added(term for term, _ in terms), "volume")
    losing = [term * worked.short(lost) for term, lost in terms if lost > SMALL]
    lost = worked.line(text("method.reach_lost"), _added(losing) if losing else worked.number(0.0), "volume", "loss")
    worked.line(text("method.reach_arriving"), entered - lost, "volume", "arrival")
    worked.printed(text("method.in_tables"), float(read["arrival"].values[link, step]), "volume", VOLUME)
    label = edition.words.step(str(edition.steps["step"].iloc[step]))
    name = str(read["link"].values[link])
    yield name, worked.table("worked_reach", text("method.of_reach", place=edition.name(name), step=label))


def _added(terms: Iterator[Term] | list[Term]) -> Term:
    """Write the sum of terms, at least one."""
    first, *others = terms
    for term in others:
        first = first + term
    return first


def _fixed(edition: Edition) -> Floats:
    """Fixed losses by (link, step); plans of old have none."""
    read = edition.read
    return np.asarray(read["loss_fixed"].values if "loss_fixed" in read else np.zeros(read["flow"].shape))


def _under_way(edition: Edition, link: int, step: int) -> Iterator[tuple[float, float, float]]:
    """Yield share, volume that entered, and share lost, of all that arrives by a link in a step; last what entered before the period."""
    read, name = edition.read, str(edition.read["link"].values[link])
    flow, lost = read["flow"].values[link], read["loss_fraction"].values[link]
    lagged: AbstractSet[str] = set(read["lagged_link"].values.astype(str).tolist())
    if name not in lagged:
        yield 1.0, float(flow[step]), float(lost[step])
        return
    row = read["lagged_link"].values.astype(str).tolist().index(name)
    shares = read["arrival_share"].values[row]
    for lag in range(min(step + 1, shares.shape[1])):
        if shares[step - lag, lag] > SMALL:
            yield float(shares[step - lag, lag]), float(flow[step - lag]), float(lost[step - lag])
    past = float(read["arrival_past"].values[row, step])
    if past > LEAST:
        yield 1.0, past, float(lost[step])
