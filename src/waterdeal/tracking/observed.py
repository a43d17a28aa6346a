"""A record of a river: what was measured, laid on steps; several gauges of one place are one observation with a stated spread."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.basin.schema import spellings
from waterdeal.calendar import is_step_start, make_steps, next_start
from waterdeal.errors import ActualDataError, InputError, make_problem
from waterdeal.imports.actual import nothing_read, read_actual
from waterdeal.imports.reading import DAY
from waterdeal.scenario.horizon import step_coords
from waterdeal.tracking.follow import lay_on_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step, StepKind
    from waterdeal.imports.grid import Guess
    from waterdeal.types import Flags, Floats

#: quantities of a record, with the table of their places
MEASURED = {"flow": "links", "storage": "reservoirs", "delivery": "demands"}
#: words that a table puts beside a reservoir for its main inflow and its release
_WORDS = {"inflow": ("inflow", "приток"), "release": ("release", "попуск")}


@dataclass(frozen=True)
class Record:
    """What was measured, by (place, step); NaN where nothing was."""

    steps: tuple[Step, ...]
    value: Mapping[str, Floats]  # by quantity of `MEASURED`: hm3 that entered a link, were stored at the end of the step, or delivered
    spread: Mapping[str, Floats]  # half the difference of the gauges of a place, hm3; 0 where there is one
    sources: Mapping[str, tuple[str, ...]]  # agencies of each place that has several
    guesses: tuple[Guess, ...]  # what had to be guessed in reading

    @property
    def days(self) -> Floats:
        """Length of each step."""
        return np.array([float(step.days) for step in self.steps])

    def window(self, first: int, after: int) -> Record:
        """The record of some of its steps."""
        value, spread = ({name: values[:, first:after] for name, values in each.items()} for each in (self.value, self.spread))
        return Record(self.steps[first:after], value, spread, self.sources, self.guesses)

    def measured_steps(self) -> Flags:
        """Whether anything was measured in each step."""
        return np.asarray(np.vstack([np.isfinite(values) for values in self.value.values()]).any(axis=0))

    def measured(self, quantity: str) -> Flags:
        """Whether anything was measured at each place of a quantity."""
        return np.asarray(np.isfinite(self.value[quantity]).any(axis=1))


def read_record(basin: Basin, path: Path, kind: StepKind, gauges: Mapping[str, str]) -> Record:
    """Read a table of measurements of a basin, and lay it on steps, one step before the first of it."""
    reservoirs = basin.ids("reservoirs")
    read = read_actual(path, measured_names(basin), None, False, reservoirs)
    if not len(read.readings):
        raise nothing_read(path, read.guesses, "hindcast.no_reading_at_all")
    begin, after = (read.readings[edge].agg(way).date() for edge, way in (("start", "min"), ("end", "max")))
    steps = make_steps(step_start(begin - DAY, kind), next_start(after - DAY, kind), kind)
    laid = lay_on_steps(read.readings, _frame(basin, steps))
    if not len(laid):
        raise ActualDataError(path.name, [make_problem(path.name, None, "", "hindcast.no_step", kind=kind.value)])
    value, spread, sources = _merged(basin, laid, gauges, path.name)
    return Record(steps, value, spread, sources, read.guesses)


def step_start(day: date, kind: StepKind) -> date:
    """First day of the step that a day is in."""
    while not is_step_start(day, kind):
        day -= DAY
    return day


def measured_names(basin: Basin) -> dict[str, list[str]]:
    """What each link, reservoir and demand may be called: a gauge also by its node, a river by the inflow or release of its reservoir."""
    nodes, found, bodies = spellings(basin, "nodes"), spellings(basin, "links", "demands"), basin.ids("reservoirs")
    found |= {body: list(nodes[body]) for body in bodies}
    taken = set(chain(*found.values()))
    links = basin.table("links")
    rivers = links[links["kind"] == "river"]
    for node, names in nodes.items():
        out, into = (rivers.loc[rivers[end] == node, "link"].tolist() for end in ("from_node", "to_node"))
        inner = [link for link in into if not _from_catchment(basin, link)] or into
        if node not in bodies and len(out) == 1:
            found[str(out[0])] += [name for name in names if name not in taken]
        for key, own in (("inflow", inner), ("release", out)):
            if node in bodies and len(own) == 1:
                pairs = [(name, word) for name in names for word in _WORDS[key]]
                found[str(own[0])] += [text for name, word in pairs for text in (f"{name} {word}", f"{word} {name}")]
    return found


def _from_catchment(basin: Basin, link: str) -> bool:
    """Whether a link brings the water of a catchment."""
    kinds = dict(zip(basin.table("nodes")["node"], basin.table("nodes")["kind"], strict=True))
    start = basin.table("links").set_index("link").loc[link, "from_node"]
    return bool(kinds[start] == "catchment")


def _frame(basin: Basin, steps: Sequence[Step]) -> xr.Dataset:
    """Places and steps as a plan has them, for readings to be laid on."""
    dims = {name: basin.ids(f"{name}s") for name in ("link", "reservoir", "demand", "plant")}
    return xr.Dataset(step_coords(basin, steps), coords=dims)


def _merged(
    basin: Basin, laid: pd.DataFrame, gauges: Mapping[str, str], file: str
) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, tuple[str, ...]]]:
    """One observation a place: of the agency asked for, else the mean; half of what agencies differ by is its spread."""
    places = {quantity: basin.ids(table) for quantity, table in MEASURED.items()}
    value = {quantity: np.full((len(names), laid.shape[1]), np.nan) for quantity, names in places.items()}
    spread = {quantity: np.zeros_like(values) for quantity, values in value.items()}
    sources: dict[str, tuple[str, ...]] = {}
    for (quantity, place), rows in laid.groupby(level=["quantity", "place"], sort=False):
        if quantity not in places:
            continue
        at, found = places[str(quantity)].index(str(place)), rows.to_numpy(dtype=float)
        agencies = tuple(map(str, rows.index.get_level_values("source")))
        known = np.isfinite(found)
        count = np.maximum(known.sum(axis=0), 1)
        value[str(quantity)][at] = np.where(known.any(axis=0), np.nansum(found, axis=0) / count, np.nan)
        low, high = np.where(known, found, np.inf).min(axis=0), np.where(known, found, -np.inf).max(axis=0)
        spread[str(quantity)][at] = np.where(known.any(axis=0), np.maximum(high - low, 0.0) / 2, 0.0)
        if len(agencies) > 1:
            sources[str(place)] = agencies
        if gauges.get(str(place)) in agencies:
            value[str(quantity)][at] = found[agencies.index(gauges[str(place)])]
    if problems := list(_strange_gauges(gauges, laid, file)):
        raise InputError(file, problems)
    return value, spread, sources


def _strange_gauges(gauges: Mapping[str, str], laid: pd.DataFrame, file: str) -> Iterator[Any]:
    """Report agencies asked for that measured nothing at their place."""
    found: dict[str, set[str]] = {}
    for _, place, source in laid.index:
        found.setdefault(str(place), set()).add(str(source))
    for place, source in gauges.items():
        if source not in found.get(place, ()):
            known = ", ".join(sorted(found.get(place, ()))) or "-"
            yield make_problem(file, None, "gauge", "hindcast.gauge_unknown", place=place, source=source, known=known)
