"""What crosses each border: planned by step and promised, and measured where the season is followed; who reads which gauge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.edition import RATE, VOLUME, Edition, figure
from waterdeal.reports.promises import read_promises
from waterdeal.reports.protocol import numbered
from waterdeal.reports.quantity import agency_name
from waterdeal.reports.table import Column
from waterdeal.reports.worked_clause import promise_terms
from waterdeal.results.store import read_results
from waterdeal.results.tables import SMALL
from waterdeal.tracking.agreed import AGREED, READINGS, read_readings
from waterdeal.tracking.follow import lay_on_steps
from waterdeal.units import volume_to_rate
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.material import Material
    from waterdeal.reports.table import Table
    from waterdeal.types import Floats

#: borders side by side in a table of what crosses them
CROSSED = 6


@dataclass(frozen=True)
class Crossing:
    """A place where water goes from one party to another, and who reads it where."""

    place: str  # a link, or a user whom a canal of another party serves
    quantity: str  # `flow` or `delivery`
    parties: tuple[str, str]  # from, to
    gauges: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    joins: str = ""  # the crossing that it goes over the border with: of side inflow, which has no place there of its own

    def volumes(self, plan: xr.Dataset) -> Floats:
        """What crosses in each step of a plan, hm3."""
        array = plan.variables[self.quantity]
        names = plan.variables[str(array.dims[0])].values.astype(str).tolist()
        return np.asarray(array.values[names.index(self.place)], dtype=float)


def find_crossings(plan: xr.Dataset) -> list[Crossing]:
    """Find the crossings of a plan: those that its basin tells, and other links between nodes of two parties that carry something.

    Runoff that is formed on one side of a border and joins the river below it at the end of a crossing has crossed with that.
    """
    told = {str(row["place"]): row for row in setting(plan, "crossings", [])}
    names = ("node", "node_party", "link", "link_from", "link_to", "demand")
    nodes, parties, links, starts, ends, users = (plan.variables[name].values.astype(str).tolist() for name in names)
    owners, found = dict(zip(nodes, parties, strict=True)), dict[str, Crossing]()
    for place, start, end in zip(links, starts, ends, strict=True):
        crossing = Crossing(place, "flow", (owners[start], owners[end]))
        if place in told:
            found[place] = _told(told[place], "flow")
        elif all(crossing.parties) and owners[start] != owners[end] and crossing.volumes(plan).sum() > SMALL:
            found[place] = crossing
    starting, ending = dict(zip(links, starts, strict=True)), dict(zip(links, ends, strict=True))
    with_gauge = {(ending[place], one.parties): place for place, one in found.items() if place in told}
    for place, one in found.items():
        if place not in told and starting[place] not in ends:
            found[place] = replace(one, joins=with_gauge.get((ending[place], one.parties), ""))
    order = [place for place, one in found.items() if not one.joins]
    flows = sorted(found.values(), key=lambda one: (order.index(one.joins or one.place), bool(one.joins)))
    return flows + [_told(told[user], "delivery") for user in users if user in told]


def _told(row: dict[str, Any], quantity: str) -> Crossing:
    """Return a crossing as the basin tells it."""
    gauges, agencies = (tuple(str(row[name]).split()) for name in ("gauges", "agencies"))
    return Crossing(str(row["place"]), quantity, (str(row["from_party"]), str(row["to_party"])), gauges, agencies)


def crossings(edition: Edition) -> Iterator[Table]:
    """Make the tables of what crosses each border by step, m3/s, some side by side; the last rows are volumes planned and promised."""
    found, days = find_crossings(edition.results), edition.steps["days"].to_numpy()
    promised = _promised(edition)
    for first in range(0, len(found), CROSSED):
        shown = found[first : first + CROSSED]
        flows = [crossing.volumes(edition.results) for crossing in shown]
        rates = zip(*([figure(rate, RATE) for rate in volume_to_rate(flow, days)] for flow in flows), strict=True)
        labels = map(edition.words.step, edition.steps["step"])
        rows: list[tuple[Any, ...]] = [(label, *cells) for label, cells in zip(labels, rates, strict=True)]
        unit = edition.unit("volume")
        rows.append((f"{edition.text('column.planned')}, {unit}", *(figure(flow.sum(), VOLUME) for flow in flows)))
        due = [figure(promised.get(crossing.place), VOLUME) for crossing in shown]
        if any(value is not None for value in due):
            rows.append((f"{edition.text('column.promised')}, {unit}", *due))
        heads = [Column(edition.name(one.place), " → ".join(one.parties), RATE, "", 13, summed=False) for one in shown]
        notes = tuple(_read_by(crossing, edition) for crossing in shown if crossing.gauges or crossing.agencies or crossing.joins)
        table = edition.table("crossings", "rate", [Column("", width=19), *heads], rows, notes=notes)
        yield table if not first else numbered(table, first // CROSSED + 1)


def _read_by(crossing: Crossing, edition: Edition) -> str:
    """Say at which gauges a crossing is read, and by whom; or with which other it goes."""
    if crossing.joins:
        return edition.text("crossing.joins", place=edition.name(crossing.place), other=edition.name(crossing.joins))
    gauges = ", ".join(map(edition.name, crossing.gauges)) or edition.name(crossing.place)
    agencies = ", ".join(agency_name(agency, edition.words) for agency in crossing.agencies) or edition.text("crossing.nobody")
    return edition.text("crossing.read", place=edition.name(crossing.place), gauges=gauges, agencies=agencies)


def _promised(edition: Edition) -> dict[str, float]:
    """Volume that clauses promise to cross at a place over the plan; the largest where several do."""
    found: dict[str, float] = {}
    for promise in read_promises(edition.results):
        if {(part.sense, part.unit) for part in promise.parts} != {("at_least", "hm3")}:
            continue
        terms = [term for part in promise.parts for term in promise_terms(edition.results, promise, part)]
        places = {term.place for term in terms if term.quantity in {"flow", "delivery"}}
        if len(places) == 1 and len({term.quantity for term in terms}) == 1:
            (place,) = places
            found[place] = max(found.get(place, 0.0), sum(part.promised for part in promise.parts))
    return found


def measured_crossings(material: Material, edition: Edition) -> Iterator[Table]:
    """Make the tables of what was measured at each border, by agency, beside the agreed plan; nothing of a plan that follows none."""
    if material.followed is None:
        return
    agreed = read_results(material.followed / AGREED)
    laid = lay_on_steps(read_readings((material.followed / READINGS).read_bytes()), agreed)
    told = Edition(agreed, edition.words)
    days = told.steps["days"].to_numpy()
    found = list(_columns(laid, told))
    for first in range(0, len(found), CROSSED):
        shown = found[first : first + CROSSED]
        steps = np.flatnonzero(np.isfinite([values for _, values in shown]).any(axis=0))
        labels = [told.words.step(str(told.steps["step"].iloc[step])) for step in steps.tolist()]
        cells = [[figure(value, RATE) for value in volume_to_rate(values, days)[steps]] for _, values in shown]
        rows: list[tuple[Any, ...]] = list(zip(labels, *cells, strict=True))
        sums = [figure(float(np.nansum(values)), VOLUME) for _, values in shown]
        rows.append((f"{told.text('row.total')}, {told.unit('volume')}", *sums))
        table = told.table("crossings_measured", "rate", [Column("", width=19), *(head for head, _ in shown)], rows)
        yield table if not first else numbered(table, first // CROSSED + 1)


def _columns(laid: pd.DataFrame, told: Edition) -> Iterator[tuple[Column, Floats]]:
    """Yield what was planned in the steps that were measured, then what each agency measured, of each crossing that has readings."""
    for crossing in find_crossings(told.results):
        keys = [key for key in laid.index if key[:2] == (crossing.quantity, crossing.place)]
        readings = {str(key[2]): laid.loc[key].to_numpy(dtype=float) for key in keys}
        if not readings:
            continue
        known = np.isfinite(list(readings.values())).any(axis=0)
        group = f"{told.name(crossing.place)}, {' → '.join(crossing.parties)}"
        heads = {told.text("column.planned"): np.where(known, crossing.volumes(told.results), np.nan)}
        heads |= {agency_name(agency, told.words): values for agency, values in _in_order(readings, crossing.agencies)}
        for head, values in heads.items():
            yield Column(head, group, RATE, "", 13, summed=False), values


def _in_order(readings: dict[str, Floats], agencies: Sequence[str]) -> list[tuple[str, Floats]]:
    """Readings by agency: first those that the basin names, in its order."""
    return sorted(readings.items(), key=lambda one: (agencies.index(one[0]) if one[0] in agencies else len(agencies), one[0]))
