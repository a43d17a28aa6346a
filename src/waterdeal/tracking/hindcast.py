"""Hindcast: a river run with what was let out or stored, its flows scored against gauges and against forecasts that need no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.read import read_basin
from waterdeal.calendar import StepKind
from waterdeal.errors import ActualDataError, InputError, make_problem
from waterdeal.provenance import place_names
from waterdeal.scenario.horizon import step_days
from waterdeal.science.scores import score
from waterdeal.tracking.observed import read_record, step_start
from waterdeal.tracking.river import River, catchment_links, rates, season_parts
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from waterdeal.imports.grid import Guess
    from waterdeal.tracking.observed import Record
    from waterdeal.types import Floats, Ints

#: forecasts that need no model, beside it
NAIVE = ("last_year", "last_year_difference", "climatology")
FORECASTS = ("model", *NAIVE)
#: what may be known of a reservoir
GIVEN = ("releases", "storages")


@dataclass(frozen=True)
class HindcastChoices:
    """What is known in a hindcast, and how it is scored."""

    given: str = "releases"  # of every reservoir: `releases` or `storages`
    given_by_reservoir: Mapping[str, str] | None = None  # of single reservoirs
    gauges: Mapping[str, str] | None = None  # whose gauge counts at a place; else the mean of all
    step: str = "month"  # `month`, `dekad` or `day`


@dataclass(frozen=True)
class Hindcast:
    """A river run as it was operated, beside what was measured."""

    #: one row a gauge and step: observed, spread of its gauges, and each of `FORECASTS`, m3/s; NaN where a forecast cannot be made
    series: pd.DataFrame
    #: one row a gauge, season (`growing`, `non-growing`, `year`) and forecast: values compared, NSE, KGE of 2009 and 2012, bias (share),
    #: RMSE (m3/s), and the NSE of the model over the steps of this forecast
    scores: pd.DataFrame
    #: one row a gauge, season of one year and forecast: volume observed and forecast (hm3), error as a share
    volumes: pd.DataFrame
    #: one row a reservoir and season of one year: inflow, release, withdrawn, evaporation, seepage, change and what does not close (hm3),
    #: and that as a share of the inflow
    balances: pd.DataFrame
    sources: Mapping[str, tuple[str, ...]]  # agencies of places that have several
    guesses: tuple[Guess, ...]  # what had to be guessed in reading
    names: Mapping[str, Mapping[str, str]]  # names of places by id and language

    @property
    def beaten(self) -> list[str]:
        """Gauges where in the growing season some naive forecast is as good as the model by NSE, or better."""
        growing = self.scores[(self.scores["season"] == "growing") & (self.scores["forecast"] != "model")]
        return [str(gauge) for gauge in growing.loc[growing["nse"] >= growing["nse_model"], "gauge"].unique()]


def hindcast(basin: Path | str, observed: Path, start: date, end: date, choices: HindcastChoices | None = None) -> Hindcast:
    """Run a river as it was operated, and score its flows.

    Parameters
    ----------
    basin : pathlib.Path or str
        Folder of a basin.
    observed : pathlib.Path
        Table of measurements, as `read_actual` reads them: flows of links, storages of reservoirs, deliveries.
    start, end : datetime.date
        First day, and the day after the last, both starts of a step. Earlier readings serve the naive forecasts.
    choices : HindcastChoices, optional
        What is known of reservoirs, whose gauge counts, and the step.

    Returns
    -------
    Hindcast
        Series in m3/s, scores, season volumes and balances in hm3.

    Raises
    ------
    FileProblem, BasinDataError, ActualDataError, InputError
        If files cannot be read, nothing was measured in the period, or a reservoir or agency is unknown.
    """
    choices = choices or HindcastChoices()
    read = read_basin(basin)
    if problems := list(_wrong_reservoirs(read.ids("reservoirs"), choices, observed.name)):
        raise InputError(observed.name, problems)
    record = read_record(read, observed, StepKind(choices.step), choices.gauges or {})
    first, after = _window(record, start, end, observed.name)
    river = River.over(read, record.window(first - 1, after))
    storages = _stored(read.ids("reservoirs"), choices)
    given = river.given(river.taken(), storages)
    done = river.run(given)
    closed = river.run(river.given(river.taken(), gauges=True, closing=True))
    rows = _scored(river, given.flow)
    if not rows:
        raise ActualDataError(observed.name, [make_problem(observed.name, None, "", "hindcast.no_gauge")])
    forecasts = _Forecasts(river, record, given.flow, first, after)
    series = [forecasts.table(row, done.flow[row]) for row in rows]
    names = [str(river.inputs["link"].values[row]) for row in rows]
    return Hindcast(
        pd.concat(series, ignore_index=True), _scores(series, names, river), _volumes(series, names, river), _balances(closed, river),
        record.sources, record.guesses, place_names(read),
    )  # fmt: skip


def _wrong_reservoirs(names: Sequence[str], choices: HindcastChoices, file: str) -> Iterator[Any]:
    """Report reservoirs that the basin lacks, and what cannot be known of one."""
    own = choices.given_by_reservoir or {}
    for name in own:
        if name not in names:
            yield make_problem(file, None, "given", "hindcast.reservoir", name=name, known=", ".join(names))
    for word in {choices.given, *own.values()} - set(GIVEN):
        yield make_problem(file, None, "given", "hindcast.given", word=word)


def _stored(names: Sequence[str], choices: HindcastChoices) -> list[str]:
    """Reservoirs whose storages are known, not their releases."""
    own = choices.given_by_reservoir or {}
    return [name for name in names if own.get(name, choices.given) == "storages"]


def _window(record: Record, start: date, end: date, file: str) -> tuple[int, int]:
    """Places of the period among the steps of a record."""
    kind = record.steps[0].kind
    if start >= end or step_start(start, kind) != start or step_start(end, kind) != end:
        raise InputError(file, [make_problem(file, None, "from", "hindcast.period", start=start, end=end, kind=kind.value)])
    starts = [step.start for step in record.steps]
    inside = [place for place, day in enumerate(starts) if start <= day < end and place > 0]
    if not inside or not record.measured_steps()[inside].any():
        told = {"first": record.steps[1].start, "last": record.steps[-1].end}
        raise ActualDataError(file, [make_problem(file, None, "from", "hindcast.no_reading", start=start, end=end, **told)])
    return inside[0], inside[-1] + 1


def _scored(river: River, given: Floats) -> list[int]:
    """Links that were measured and are found by the model: no head gates, no water of catchments, nothing that was given."""
    measured = np.isfinite(river.record.value["flow"][:, 1:]).any(axis=1)
    kinds, links = river.inputs["link_kind"].values, river.inputs["link"].values
    sources = set(catchment_links(river.basin).values())
    free = ~np.isfinite(given).any(axis=1)
    found = [row for row in np.flatnonzero(measured & free & (kinds == "river")).tolist() if links[row] not in sources]
    order = {str(node): place for place, node in enumerate(_in_order(river))}
    return sorted(found, key=lambda row: order[str(river.inputs["link_from"].values[row])])


def _in_order(river: River) -> list[str]:
    """Nodes in the order that water passes them."""
    from waterdeal.replay.network import places_in_order

    nodes = river.inputs["node"].values
    return [str(nodes[place.node]) for place in places_in_order(river.inputs)]


class _Forecasts:
    """Forecasts of a gauge that need no model, from the whole record."""

    def __init__(self, river: River, record: Record, given: Floats, first: int, after: int) -> None:
        self.river, self.record, self.given, self.first, self.after = river, record, given, first, after
        self.flow = rates(record.value["flow"], record.steps)
        places = {(step.start.year, step.start.month, step.start.day): place for place, step in enumerate(record.steps)}
        days = [step.start for step in record.steps]
        self.earlier = np.array([places.get((day.year - 1, day.month, day.day), -1) for day in days])

    def table(self, row: int, simulated: Floats) -> pd.DataFrame:
        """Every forecast of a gauge beside what was measured."""
        here, flow = slice(self.first, self.after), self.flow[row]
        last = self._last(flow)[here]
        found = {"model": rates(simulated, self.river.steps), "last_year": last}
        found["last_year_difference"] = last + self._change(row)[here]
        found["climatology"] = self._climatology(flow)[here]
        steps = self.record.steps[here]
        return pd.DataFrame({
            "gauge": str(self.river.inputs["link"].values[row]), "step": [step.label for step in steps],
            "observed": flow[here], "spread": rates(self.record.spread["flow"][row], self.record.steps)[here], **found,
        })  # fmt: skip

    def _last(self, flow: Floats) -> Floats:
        """A series as it was a year before."""
        return np.where(self.earlier >= 0, flow[self.earlier], np.nan)

    def _climatology(self, flow: Floats) -> Floats:
        """Mean of the same step in all years before the period."""
        before, steps = flow[: self.first], self.record.steps
        keys = [(step.start.month, step.start.day) for step in steps]
        past = pd.Series(before, index=pd.MultiIndex.from_tuples(keys[: self.first])).groupby(level=[0, 1]).mean()
        return np.array([past.get(key, np.nan) for key in keys], dtype=float)

    def _change(self, row: int) -> Floats:
        """How much more than a year before came from above: releases that are known, side rivers, and water out of storages."""
        total = np.zeros(len(self.record.steps))
        links, bodies = self._above(row)
        stored = self.record.value["storage"]
        for link in links:
            total += self.flow[link] - self._last(self.flow[link])
        for body in bodies:
            out = rates(-np.diff(stored[body], prepend=np.nan), self.record.steps)
            total += out - self._last(out)
        return total

    def _above(self, row: int) -> tuple[list[int], list[int]]:
        """Nearest links above a gauge whose flow is known, and reservoirs on the way whose storages are."""
        inputs = self.river.inputs
        starts, ends = inputs["link_from"].values.tolist(), inputs["link_to"].values.tolist()
        kinds, bodies = inputs["link_kind"].values, inputs["reservoir"].values.tolist()
        measured = self.record.measured("flow")
        sources = set(catchment_links(self.river.basin).values())
        links, stored, waiting, seen = list[int](), list[int](), [starts[row]], set[str]()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in bodies and np.isfinite(self.record.value["storage"][bodies.index(node)]).any():
                stored.append(bodies.index(node))
            for link in [place for place, end in enumerate(ends) if end == node and kinds[place] != "canal"]:
                if np.isfinite(self.given[link]).any() or (measured[link] and inputs["link"].values[link] in sources):
                    links.append(link)
                else:
                    waiting.append(starts[link])
        return links, stored


def _scores(series: list[pd.DataFrame], names: list[str], river: River) -> pd.DataFrame:
    """Scores of every forecast at every gauge by season."""
    days = np.array([step.days for step in river.steps], dtype=float)
    seasons = {"growing": river.growing, "non-growing": ~river.growing, "year": np.ones(len(days), dtype=bool)}
    rows = []
    for name, table in zip(names, series, strict=True):
        for season, own in seasons.items():
            for forecast in FORECASTS if own.any() else ():
                found, model, seen = (table[column].to_numpy()[own] for column in (forecast, "model", "observed"))
                beside = score(np.where(np.isfinite(found), model, np.nan), seen, days[own])
                scores = score(found, seen, days[own])._asdict()
                rows.append({"gauge": name, "season": season, "forecast": forecast, **scores, "nse_model": beside.nse})
    return pd.DataFrame(rows)


def _volumes(series: list[pd.DataFrame], names: list[str], river: River) -> pd.DataFrame:
    """Volumes of every season of each year, over the steps that were measured and forecast."""
    volume = rate_to_volume(1.0, step_days(river.steps))
    rows = []
    for name, table in zip(names, series, strict=True):
        for season, own in season_parts(river.steps, river.basin.growing_season):
            for forecast in FORECASTS:
                both = table.loc[own, ["observed", forecast]].to_numpy()
                known = np.isfinite(both).all(axis=1)
                if known.any():
                    seen, told = volume[own][known] @ both[known]
                    rows.append((name, season, forecast, int(known.sum()), seen, told, told / seen - 1 if seen > 0 else np.nan))
    return pd.DataFrame(rows, columns=["gauge", "season", "forecast", "steps", "observed", "volume", "error"])


def _balances(closed: Any, river: River) -> pd.DataFrame:
    """The balance of each reservoir whose storages and releases were measured, by season of one year."""
    rows = []
    spill = river.inputs["link_kind"].values == "canal"
    for place in [place for place in closed.places if place.body is not None]:
        body = place.body
        known = np.asarray(np.isfinite(closed.body_closure[body]) & np.isfinite(river.record.value["storage"][body, :-1])).tolist()
        for season, own in season_parts(river.steps, river.basin.growing_season):
            steps: Ints = np.array([step for step in own if known[step]], dtype=int)
            if not len(steps):
                continue
            canals = [link for link in place.decided if spill[link]]
            out = [link for link in place.decided if not spill[link]]
            before = np.column_stack([closed.initial, closed.storage[:, :-1]])[body]
            parts = {
                "inflow": closed.reaching[place.node], "release": closed.flow[out].sum(axis=0),
                "withdrawn": closed.delivery[place.demands].sum(axis=0) + closed.flow[canals].sum(axis=0),
                "evaporation": closed.evaporation[body], "seepage": closed.seepage[body], "change": closed.storage[body] - before,
            }  # fmt: skip
            told = {name: float(values[steps].sum()) for name, values in parts.items()}
            gap = told["inflow"] - sum(value for name, value in told.items() if name != "inflow")
            name = str(river.inputs["reservoir"].values[body])
            rows.append({"reservoir": name, "season": season, "steps": len(steps), **told, "unclosed": gap, "share": gap / told["inflow"]})
    return pd.DataFrame(rows)
