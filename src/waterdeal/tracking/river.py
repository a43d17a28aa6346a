"""A river run as it was measured: its inputs for a stretch of a record, side rivers as wet as the measured ones, and the run itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.hydrology import step_volumes
from waterdeal.calendar import is_growing
from waterdeal.replay.operated import Given, Operated
from waterdeal.scenario.horizon import by_month, step_days
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.schema import Scenario
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import xarray as xr

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.tracking.observed import Record
    from waterdeal.types import Floats, Ints

#: classes of year from which the water of an unmeasured season is taken, the first that a basin has
_USUAL = ("mean", "exceeded_50")
#: source of figures that a calibration wrote
CALIBRATION = "calibration"
#: what a measured catchment counts behind one more reservoir, where others are as wet as it: judgement
NEARER = 0.25


@dataclass(frozen=True)
class River:
    """A basin over the steps of a record."""

    basin: Basin
    record: Record  # begins one step earlier than the inputs
    inputs: xr.Dataset
    wetness: Floats  # water of the measured catchments nearest to each node over that of the usual year, by (node, step)

    @classmethod
    def over(cls, basin: Basin, record: Record) -> River:
        """Make the inputs of all steps of a record but the first, whose storages are the start."""
        steps = record.steps[1:]
        name = next((each for each in _USUAL if each in basin.runoff["year_class"].values), str(basin.runoff["year_class"].values[0]))
        bodies = basin.table("reservoirs")
        start = np.where(np.isfinite(record.value["storage"][:, 0]), record.value["storage"][:, 0], _half(basin))
        content: dict[str, Any] = {
            "scenario": {"id": "record"}, "basin": basin.id, "hydrology": {"year_class": name},
            "period": {"start": steps[0].start, "end": steps[-1].end, "step": steps[0].kind},
            "reservoir": {
                body: {"initial": float(min(max(held, 0.0), full)), "terminal": {"rule": "free"}}
                for body, held, full in zip(bodies["reservoir"], start, bodies["full_hm3"], strict=True)
            },
        }  # fmt: skip
        inputs = make_inputs(basin, Scenario.model_validate(content))
        inputs = inputs.assign(storage_initial=("reservoir", start))
        runoff, wetness = _runoff(basin, record, inputs, name)
        return cls(basin, record, inputs.assign(runoff=(("node", "time"), runoff)), wetness)

    def given(self, taken: Floats, storages: Collection[str] = (), *, gauges: bool = False, closing: bool = False) -> Given:
        """What is taken as known: withdrawals, and of each reservoir its releases, or its storages where it is among `storages`.

        With `gauges` the flow of every gauge is known too, with `closing` both releases and storages: then closures are found.
        """
        flow, storage = self.record.value["flow"][:, 1:].copy(), self.record.value["storage"][:, 1:].copy()
        starts, kinds = self.inputs["link_from"].values, self.inputs["link_kind"].values
        bodies = self.inputs["reservoir"].values
        released = np.isin(starts, bodies) & (kinds != "canal")
        if not gauges:
            flow[~released & (kinds != "canal")] = np.nan
        has_release = np.array([np.isfinite(flow[released & (starts == body)]).any(axis=0) for body in bodies]).reshape(storage.shape)
        for row, body in enumerate(bodies.tolist()):
            if body in storages:
                own = released & (starts == body) & (kinds != "spillway")
                flow[own] = np.where(np.isfinite(storage[row]), np.nan, flow[own])
            elif not closing:
                storage[row] = np.where(has_release[row], np.nan, storage[row])
        measured = self.record.value["delivery"][:, 1:]
        wanted = self.inputs["requirement"].values * taken
        return Given(flow, storage, np.where(np.isfinite(measured), measured, wanted))

    def run(self, given: Given, gained: Floats | None = None) -> Operated:
        """Run the river, with water that nodes gain beside their runoff, hm3 by (node, step)."""
        done = Operated(self.inputs, given)
        if gained is not None:
            done.runoff = done.runoff + gained
        done.run()
        return done

    def taken(self) -> Floats:
        """Share of the requirement that users took by the table of the basin, 1 where it says nothing, by (demand, step)."""
        shares = by_month(self.basin.table("taken"), "demand", "share", self.basin.ids("demands"))
        return np.nan_to_num(shares[:, self.months - 1], nan=1.0)

    def wetness_at(self, nodes: Sequence[str]) -> Floats:
        """Wetness at some nodes, by (node, step)."""
        names = self.inputs["node"].values.tolist()
        return np.asarray(self.wetness[[names.index(node) for node in nodes]])

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps of the inputs."""
        return self.record.steps[1:]

    @property
    def months(self) -> Ints:
        """Month each step starts in."""
        return np.array([step.start.month for step in self.steps])

    @property
    def growing(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each step is of the growing season."""
        return np.array([is_growing(step, self.basin.growing_season) for step in self.steps])


def fitted(basin: Basin, table: str) -> set[str]:
    """Keys of a table whose figures an earlier calibration wrote, named one by one."""
    rows = basin.table("provenance")
    return set(rows.loc[(rows["table"] == table) & (rows["source"] == CALIBRATION) & (rows["key"] != "*"), "key"])


def catchment_links(basin: Basin) -> dict[str, str]:
    """The link that brings the water of each catchment, by catchment."""
    links, nodes = basin.table("links"), basin.table("nodes")
    sources = set(nodes.loc[nodes["kind"] == "catchment", "node"])
    return {str(row.from_node): str(row.link) for row in links.itertuples() if row.from_node in sources}


def season_parts(steps: Sequence[Step], season: Any) -> list[tuple[str, list[int]]]:
    """Steps of each season of each year in order, as ``2022 growing`` and ``2022 non-growing`` (named by its first year)."""
    parts: list[tuple[str, list[int]]] = []
    for growing, group in groupby(range(len(steps)), key=lambda step: is_growing(steps[step], season)):
        own = list(group)
        first = steps[own[0]].start
        starts = season[0] if growing else season[1]
        year = first.year - ((first.month, first.day) < tuple(starts))
        parts.append((f"{year} {'growing' if growing else 'non-growing'}", own))
    return parts


def _half(basin: Basin) -> Floats:
    """Storage half way between dead and full, where a start was not measured."""
    bodies = basin.table("reservoirs")
    return np.asarray((bodies["dead_hm3"] + bodies["full_hm3"]).to_numpy(dtype=float) / 2)


def _runoff(basin: Basin, record: Record, inputs: xr.Dataset, usual: str) -> tuple[Floats, Floats]:
    """Runoff of every node: as measured, else of a year as wet as the season was where it was measured; and wetness by node.

    Catchments are as wet as all that were measured together, what a reach was found to gain as those nearest to it.
    """
    steps, nodes = record.steps[1:], inputs["node"].values.tolist()
    classes = basin.runoff["year_class"].values.tolist()
    wet = [nodes.index(node) for node in basin.runoff["node"].values.tolist()]
    volumes = np.zeros((len(classes), len(nodes), len(steps)))
    for row, name in enumerate(classes):
        volumes[row, wet] = step_volumes(basin.runoff.sel(year_class=name).values, steps)
    links = inputs["link"].values.tolist()
    measured = np.full((len(nodes), len(steps)), np.nan)
    sources = catchment_links(basin)
    for node, link in sources.items():
        measured[nodes.index(node)] = record.value["flow"][links.index(link), 1:]
    gauged = [node for node in sources if np.isfinite(measured[nodes.index(node)]).any()]
    near = _nearness(inputs, gauged)
    usually = classes.index(usual)
    runoff, wetness = volumes[usually].copy(), np.ones(measured.shape)
    near = np.vstack([near, np.ones(len(gauged))])
    gains = fitted(basin, "hydrology")
    as_wet = [row if node in gains else -1 for row, node in enumerate(nodes)]
    rows = [nodes.index(node) for node in gauged]
    for _, own in season_parts(steps, basin.growing_season):
        known = np.isfinite(measured[rows][:, own])
        if not known.any():
            continue
        seen = near @ np.where(known, measured[rows][:, own], 0.0).sum(axis=1)
        totals = np.array([near @ np.where(known, each[rows][:, own], 0.0).sum(axis=1) for each in volumes])
        order = np.argsort(totals[:, -1])
        place = np.array([np.interp(seen[node], totals[order, node], np.arange(len(order))) for node in as_wet])
        low = np.minimum(place.astype(int), max(len(order) - 2, 0))
        upper, part, every = np.minimum(low + 1, len(order) - 1), place - low, np.arange(len(nodes))
        first, second = (volumes[:, :, own][order[each], every] for each in (low, upper))
        runoff[:, own] = (1 - part)[:, None] * first + part[:, None] * second
        wetness[:, own] = (seen / np.maximum(totals[usually], 1e-9))[:-1, None]
    return np.where(np.isfinite(measured), measured, runoff), wetness


def _nearness(inputs: xr.Dataset, gauged: Sequence[str]) -> Floats:
    """Weight of every measured catchment at every node, by (node, catchment).

    A catchment counts where its water comes first together with that of the node, a quarter for each reservoir that it has passed by then.
    """
    nodes, rivers = inputs["node"].values.tolist(), inputs["link_kind"].values != "canal"
    bodies = set(inputs["reservoir"].values.tolist())
    onward: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in zip(inputs["link_from"].values[rivers].tolist(), inputs["link_to"].values[rivers].tolist(), strict=True):
        onward[start].append(end)
    passed = [_passed(node, onward, bodies) for node in gauged]
    near = np.ones((len(nodes), len(gauged)))
    for row, node in enumerate(nodes):
        way = sorted(_passed(node, onward, set(), step=1).items(), key=lambda each: each[1])
        meeting = next((place for place, _ in way if any(place in each for each in passed)), None)
        if meeting is not None:
            near[row] = [NEARER ** each[meeting] if meeting in each else 0.0 for each in passed]
    return near


def _passed(node: str, onward: Mapping[str, Sequence[str]], bodies: Collection[str], step: int = 0) -> dict[str, int]:
    """Find every node that water of a node comes to, with the least number of reservoirs it has passed (and `step` more for each link)."""
    found, waiting = {node: 0}, [node]
    while waiting:
        here = waiting.pop(0)
        count = found[here] + step + (here in bodies)
        for after in onward[here]:
            if count < found.get(after, count + 1):
                found[after] = count
                waiting.append(after)
    return found


def rates(volumes: Floats, steps: Sequence[Step]) -> Floats:
    """Volumes of steps as mean flows, m3/s."""
    return np.asarray(volume_to_rate(volumes, step_days(steps)))
