"""A plan held against what was ever recorded, and what an operator would ask about whatever was recorded."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.units import volume_to_rate
from waterdeal.unlabelled import Unlabelled
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: attribute of inputs and results that holds what was recorded, and the links of the main stem
RECORDS = "records"
#: part of a record that a figure may be beyond it by: rounding of what was recorded
ROUNDING = 1e-3
#: m3/s below which a river carries nothing; how often the larger of two releases that jump is the smaller; steps that a reservoir may stay
#: at dead storage; part of its volume that it may be above that; hm3 that are none
DRY, JUMP, AT_DEAD, NEAR, NONE = 0.001, 10.0, 2, 1e-3, 1e-3


#: share that a figure is told to be beyond its record by at most: where nothing was ever recorded, any figure is infinitely beyond
MOST = 1e6


class Finding(NamedTuple):
    """A figure that was never recorded, or that an operator would ask about."""

    kind: str  # the quantity that is outside its record, or `dry`, `jump`, `dead`, `past_turbines`, `left_dry`, `over_dam`
    place: str  # node, link, plant or demand
    when: str  # step, month as 2026-04, season as 2026-04/2026-09, or day as 2026-04-01; with the first and the last of several: a/b
    value: float
    unit: str  # `rate` or `volume`
    least: float | None = None  # what was recorded
    greatest: float | None = None
    beyond: float = 0.0  # share of the least or greatest that it is beyond it


class Held(NamedTuple):
    """A plan, or the inputs of one, beside the record."""

    outside: list[Finding]  # place by place, the furthest first
    questions: list[Finding]  # what would be asked without a record
    compared: int  # figures that have a record
    places: list[str]  # places that have one
    without: list[str]  # reservoirs, lakes and gauges that have none


def held_against_record(results: xr.Dataset) -> Held:
    """Hold the figures of a plan against the record, and find what an operator would ask about."""
    read = Unlabelled(results)
    return _held(read, _Plan(read), list(_questions(read)))


def inputs_against_record(inputs: xr.Dataset) -> Held:
    """Hold what a plan is given against the record: storages at the start and asked for, runoff that flows straight into a reservoir."""
    read = Unlabelled(inputs)
    return _held(read, _Given(read), [])


def is_held_to_record(variables: Mapping[Any, xr.Variable]) -> bool:
    """Whether a plan was made to keep its releases within the record."""
    return "record_release_least" in variables and bool(np.isfinite(variables["record_release_least"].values).any())


def _held(dataset: Unlabelled, figures: _Given, questions: list[Finding]) -> Held:
    """Compare figures with the rows of their place, quantity and step."""
    outside, compared, places = list[Finding](), 0, dict[str, None]()
    for place, quantity, step, when, least, greatest in setting(dataset, RECORDS, {"rows": []})["rows"]:
        for label, value in figures.of(place, quantity, step, when):
            compared, places[place] = compared + 1, None
            steady = quantity == "release_change"  # a release that changes less than any did is no fault
            if value > greatest * (1 + ROUNDING) or (value < least * (1 - ROUNDING) and not steady):
                bound, apart = (greatest, value - greatest) if value > greatest else (least, least - value)
                beyond = apart / bound if bound else np.inf
                unit = "volume" if quantity == "storage" or quantity.endswith("_volume") else "rate"
                outside.append(Finding(quantity, place, label, value, unit, least, greatest, float(beyond)))
    worst = {found.place: max(other.beyond for other in outside if other.place == found.place) for found in outside}
    outside.sort(key=lambda found: (-worst[found.place], found.place, -round(found.beyond, 9), found.when))
    kinds = dataset["node_kind"].values
    known = dataset["node"].values[np.isin(kinds, ["reservoir", "lake", "gauge"])].tolist()
    return Held(outside, questions, compared, list(places), [str(name) for name in known if name not in places])


class _Given:
    """Figures of inputs by place, quantity and time: what is known before there is a plan."""

    def __init__(self, dataset: Unlabelled) -> None:
        self.read = dataset
        self.labels = [str(label) for label in dataset["step"].values]
        self.days = dataset["step_length"].values
        start = dataset["time"].values.astype("datetime64[D]").astype(object).tolist()
        self.start, self.end = start, [first + timedelta(days=int(days)) for first, days in zip(start, self.days, strict=True)]
        self.bodies = dataset["reservoir"].values.tolist()
        self.kept: dict[tuple[str, str], Floats | None] = {}

    def of(self, place: str, quantity: str, step: str, when: list[int]) -> Iterator[tuple[str, float]]:
        """Yield the figures, each with when it is, that a row can be laid beside."""
        if step == "instant":
            yield from self._instants(place, when)
        elif quantity == "release_change":
            yield from self._changes(place)
        elif (volumes := self._known(place, quantity)) is not None:
            for label, run in self._runs(step, when):
                total, days = float(volumes[run].sum()), float(self.days[run].sum())
                if quantity == "storage":
                    yield label, float(volumes[run][-1] if step == "10-day" else (volumes[run] * self.days[run]).sum() / days)
                else:
                    yield label, total if quantity.endswith("_volume") else float(volume_to_rate(total, days))

    def _known(self, place: str, quantity: str) -> Floats | None:
        """Water of a quantity at a place, worked out once for all months."""
        if (place, quantity) not in self.kept:
            self.kept[place, quantity] = self.volumes(place, quantity)
        return self.kept[place, quantity]

    def volumes(self, place: str, quantity: str) -> Floats | None:
        """Runoff that flows straight into a reservoir, hm3 by step; nothing else is known before there is a plan."""
        read = self.read
        into = read["link_to"].values == place
        sources = read["link_from"].values[into]
        if not quantity.startswith("inflow") or place not in self.bodies or not into.any():
            return None
        if not (read.at("node_kind", sources) == "catchment").all() or read["loss_fraction"].values[into].any():
            return None
        return np.asarray(read.at("runoff", sources).sum(axis=0))

    def storages(self, place: str) -> dict[date, float]:
        """Storages by day."""
        row = self.bodies.index(place)
        asked = self.read["storage_terminal"].values[row]
        due = {day: float(volume) for day, volume in zip(self.end, asked, strict=True) if np.isfinite(volume)}
        return {self.start[0]: float(self.read["storage_initial"].values[row])} | due

    def _instants(self, place: str, when: list[int]) -> Iterator[tuple[str, float]]:
        """Storages on a day of the year."""
        if place in self.bodies:
            yield from ((day.isoformat(), volume) for day, volume in self.storages(place).items() if [day.month, day.day] == when)

    def _changes(self, place: str) -> Iterator[tuple[str, float]]:
        """Changes of the release from one dekad to the next."""
        rates = self._known(place, "release")
        if rates is not None:
            rates = volume_to_rate(rates, self.days)
            dekads = [_is_dekad(first, last) for first, last in zip(self.start, self.end, strict=True)]
            for step in range(1, len(rates)):
                if dekads[step] and dekads[step - 1]:
                    yield self.labels[step], abs(float(rates[step] - rates[step - 1]))

    def _runs(self, step: str, when: list[int]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Yield the steps that make up each dekad, month or season of a row that lies wholly in the horizon."""
        if step == "10-day":
            for place, (first, last) in enumerate(zip(self.start, self.end, strict=True)):
                if _is_dekad(first, last) and first.month in (when or [first.month]):
                    yield self.labels[place], np.array([place])
            return
        spans = [when] if step == "season" and when else [[month] for month in when or range(1, 13)]
        for year in range(self.start[0].year, self.end[-1].year + 1):
            for months in spans:
                after = date(year + (months[-1] < months[0]), months[-1], 1)
                border = after + timedelta(days=monthrange(after.year, after.month)[1])
                begin = date(year, months[0], 1)
                inside = [place for place, first in enumerate(self.start) if begin <= first and self.end[place] <= border]
                if inside and sum(self.days[inside]) == (border - begin).days:
                    name = f"{year}-{months[0]:02d}"
                    yield name if len(months) == 1 else f"{name}/{after.isoformat()[:7]}", np.array(inside)


class _Plan(_Given):
    """Figures of a plan by place, quantity and time."""

    def volumes(self, place: str, quantity: str) -> Floats | None:
        """Water of a quantity at a place, hm3 by step; of storage what stands at the end of the step."""
        read, (kind, *_) = self.read, quantity.split("_")
        river = read["link_kind"].values == "river"
        into, out = (river & (read[f"link_{end}"].values == place) for end in ("to", "from"))
        if kind == "storage":
            return self.read["storage"].values[self.bodies.index(place)] if place in self.bodies else None
        if kind == "inflow":
            return read["reservoir_inflow"].values[self.bodies.index(place)] if place in self.bodies else None
        if place in read["link"].values:
            return np.asarray(read.at("flow", [place])[0])
        if kind == "flow" and into.any():
            return np.asarray(read["arrival"].values[into].sum(axis=0))
        return np.asarray(read["flow"].values[out].sum(axis=0)) if out.any() else None

    def storages(self, place: str) -> dict[date, float]:
        """Storages by day."""
        row = self.bodies.index(place)
        at_end = dict(zip(self.end, map(float, self.read["storage"].values[row]), strict=True))
        return {self.start[0]: float(self.read["storage_initial"].values[row])} | at_end


def _is_dekad(first: date, last: date) -> bool:
    """Whether a step is days 1 to 10, 11 to 20 or 21 to the end of a month."""
    due = first + timedelta(days=10) if first.day < 21 else (first + timedelta(days=12)).replace(day=1)
    return first.day in {1, 11, 21} and last == due


def _questions(results: Unlabelled) -> Iterator[Finding]:
    """Find what an operator would ask about: water over dams, dry rivers, jumps, dead storage, water past turbines, users left dry."""
    labels = [str(label) for label in results["step"].values]
    yield from _over_dams(results, labels)
    yield from _dry(results, labels)
    yield from _jumps(results, labels)
    yield from _left_dead(results, labels)
    yield from _past_turbines(results, labels)
    yield from _left_dry(results, labels)


def _span(labels: list[str], steps: Iterable[int]) -> str:
    """First and last of some steps, or the only one."""
    named = [labels[step] for step in steps]
    return named[0] if len(named) == 1 else f"{named[0]}/{named[-1]}"


def _over_dams(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Water beyond all outlets of a reservoir that is not full: no flood brings it over the dam, so that such a plan cannot be run."""
    if "release_excess" not in results:
        return
    for row, body in enumerate(results["reservoir"].values.tolist()):
        stored, full = results["storage"].values[row], results["storage_max"].values[row]
        over = results["release_excess"].values[row]
        if (at := np.flatnonzero((over > NONE) & (stored < (1 - NEAR) * full))).size:
            yield Finding("over_dam", str(body), _span(labels, at), float(over[at].sum()), "volume")


def _dry(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Links of the main stem that carry nothing."""
    stem = setting(results, RECORDS, {"main": []})["main"]
    for link in [name for name in stem if name in results["link"].values]:
        rates = results.at("discharge", [link])[0]
        if (dry := np.flatnonzero(rates < DRY)).size:
            yield Finding("dry", link, _span(labels, dry), float(rates.min()), "rate")


def _jumps(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Releases of reservoirs on rivers of which one is ten times the one before or after it; the greatest change of each.

    Off a river, where only canals fill one, its outlet is opened and closed as water is wanted.
    """
    operated = results["reservoir"].values[results.at("node_kind", results["reservoir"].values) == "reservoir"]
    on_rivers = {*results["link_to"].values[results["link_kind"].values == "river"].tolist()}
    on_rivers |= {*results["node"].values[results["runoff"].values.any(axis=1)].tolist()}
    operated = operated[np.isin(operated, list(on_rivers))]
    below = np.isin(results["link_from"].values, operated) & (results["link_kind"].values == "river")
    for link in results["link"].values[below]:
        rates = results.at("discharge", [link])[0]
        before, after = rates[:-1], rates[1:]
        wide = (np.maximum(before, after) >= JUMP * np.minimum(before, after)) & (np.maximum(before, after) > 1.0)
        if wide.any():
            worst = int(np.argmax(np.where(wide, np.abs(after - before), -1.0)))
            yield Finding("jump", str(link), f"{labels[worst]}/{labels[worst + 1]}", float(after[worst] - before[worst]), "rate")


def _left_dead(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Reservoirs drawn down to dead storage that stay there for more than two steps; one that starts there is empty until it is filled."""
    kinds = results.at("node_kind", results["reservoir"].values)
    for row, (body, kind) in enumerate(zip(results["reservoir"].values.tolist(), kinds, strict=True)):
        storage, dead = results["storage"].values[row], results["storage_min"].values[row]
        room = NEAR * (results["storage_max"].values[row] - dead)
        low = storage <= dead + room
        starts_low = bool(results["storage_initial"].values[row] <= (dead + room)[0])
        runs = np.split(np.arange(len(low)), np.flatnonzero(np.diff(low.astype(int))) + 1)
        for run in [run for run in runs if kind == "reservoir" and low[run[0]] and len(run) > AT_DEAD]:
            if run[0] > 0 or not starts_low:
                yield Finding("dead", str(body), _span(labels, run), float(storage[run].min()), "volume")


def _past_turbines(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Water that passes turbines by while power is short: not served on a market, or worth more than at other times where there is none."""
    markets = results["power_market"].values.tolist()
    missing = results["power_unserved"].values + results["firm_shortfall"].values
    worth = results["energy_value"].values if "energy_value" in results else np.zeros(results["turbine_bypass"].shape)
    for row, (plant, party) in enumerate(zip(results["plant"].values.tolist(), results["plant_party"].values.tolist(), strict=True)):
        short = missing[markets.index(party)] > NONE if party in markets else worth[row] > worth[row].min(initial=np.inf)
        past = results["turbine_bypass"].values[row]
        if (at := np.flatnonzero(short & (past > NONE))).size:
            yield Finding("past_turbines", str(plant), _span(labels, at), float(past[at].sum()), "volume")


def _left_dry(results: Unlabelled, labels: list[str]) -> Iterator[Finding]:
    """Users who get nothing in steps in which they require some, though they had water before; what is missing to them in all of these."""
    for row, user in enumerate(results["demand"].values.tolist()):
        required, came = results["requirement"].values[row], results["delivery"].values[row]
        nothing = (required > NONE) & (came <= np.maximum(NEAR * required, NONE))
        had = np.concatenate([[False], np.cumsum((came > NONE) & ~nothing)[:-1] > 0])
        if (at := np.flatnonzero(nothing & had)).size:
            yield Finding("left_dry", str(user), _span(labels, at), float((required - came)[at].sum()), "volume")


def record_told(held: Held) -> dict[str, Any]:
    """What is told of a plan beside the record, for machines."""
    told = [[found._asdict() | {"beyond": min(found.beyond, MOST)} for found in group] for group in (held.outside, held.questions)]
    return {
        "outside": told[0], "questions": told[1],
        "compared": held.compared, "places": held.places, "places_without": held.without,
    }  # fmt: skip
