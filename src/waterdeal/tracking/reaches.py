"""Reaches between the places where the balance of a river can be closed, and what earlier calibrations wrote of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.tracking.river import catchment_links, fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.tracking.observed import Record
    from waterdeal.tracking.river import River


@dataclass(frozen=True)
class Site:
    """A place where a balance is closed, with the reach above it."""

    place: str  # a gauged link, or a reservoir
    is_body: bool
    node: str  # node it stands at, which gains and loses
    headwater: bool  # a reservoir that only catchments feed: what does not close there is between its own gauges, and no gain
    gains: tuple[str, ...]  # catchments that earlier calibrations gave the reach, the nearest first
    losing: str  # link that loses: the last river of the reach; "" for none
    links: tuple[str, ...]  # links of the reach
    demands: tuple[str, ...]  # demands of the reach whose withdrawals were not measured, towns left out


def find_sites(basin: Basin, record: Record) -> list[Site]:
    """Find every gauge and every measured reservoir of a basin, in the order of its tables."""
    links, bodies = basin.table("links"), basin.ids("reservoirs")
    measured = dict(zip(links["link"], record.measured("flow").tolist(), strict=True))
    sources = catchment_links(basin)
    gauges = [
        str(row.link) for row in links.itertuples()
        if measured[row.link] and row.kind == "river" and row.from_node not in (*bodies, *sources)
    ]  # fmt: skip
    released = {str(row.from_node) for row in links.itertuples() if measured[row.link] and row.kind == "river"}
    stored = dict(zip(bodies, record.measured("storage").tolist(), strict=True))
    used = dict(zip(basin.ids("demands"), record.measured("delivery").tolist(), strict=True))
    starts = dict(zip(links["link"], links["from_node"], strict=True))
    places = [(name, starts[name]) for name in gauges] + [(body, body) for body in bodies if stored[body] and body in released]
    cut = {link for link in measured if measured[link]}
    return [_site(basin, place, str(node), cut, used) for place, node in places]


def _site(basin: Basin, place: str, node: str, cut: set[str], used: dict[str, bool]) -> Site:
    """Describe the reach above a place, up to the links that were measured and the reservoirs on the way."""
    links, bodies = basin.table("links"), basin.ids("reservoirs")
    sources, earlier = catchment_links(basin), fitted(basin, "hydrology")
    own, nodes, waiting, gains = list[str](), list[str](), [node], list[str]()
    while waiting:
        here = waiting.pop(0)
        if here in nodes:
            continue
        nodes.append(here)
        for row in links[links["to_node"] == here].itertuples():
            if row.from_node in earlier:
                gains.append(str(row.from_node))
            elif row.from_node not in sources:
                own.append(str(row.link))
                if row.link not in cut and row.from_node not in bodies and row.kind == "river":
                    waiting.append(str(row.from_node))
    canals = links[(links["kind"] == "canal") & links["from_node"].isin([each for each in nodes if each not in bodies or each == node])]
    behind = {*canals["to_node"]} - set(bodies)
    demands = basin.table("demands")
    here_too = demands["node"].isin({*nodes, *behind}) & (demands["kind"] != "municipal")
    wanted = tuple(str(name) for name in demands.loc[here_too, "demand"] if not used[str(name)])
    rivers = [link for link in own if link in set(links.loc[links["kind"] == "river", "link"])]
    return Site(place, place in bodies, node, place in bodies and not own, tuple(gains), rivers[0] if rivers else "", tuple(own), wanted)


def unfitted(basin: Basin, sites: Sequence[Site], measured: pd.DataFrame) -> Basin:
    """Return the basin without what an earlier calibration wrote for some reaches; users take what was measured of them at any time."""
    gains, links = [gain for site in sites for gain in site.gains], {link for site in sites for link in site.links}
    runoff = basin.runoff.copy()
    runoff.loc[{"node": gains}] = 0.0
    table, monthly = basin.table("links").copy(), basin.table("loss_months")
    table.loc[table["link"].isin(links & fitted(basin, "links")), "loss_fraction"] = np.nan
    users = {demand for site in sites for demand in site.demands}
    taken = basin.table("taken")
    others = taken[~taken["demand"].isin(users | set(measured["demand"]))]
    tables = {
        **basin.tables, "links": table, "loss_months": monthly[~monthly["link"].isin(links & fitted(basin, "loss_months"))],
        "taken": pd.concat([others, measured]) if len(measured) else others,
    }  # fmt: skip
    return replace(basin, tables=tables, runoff=runoff)


def reached(rivers: Sequence[River], sites: Sequence[Site], row: int, *, users: bool) -> set[int]:
    """Find the places on whose closures a place acts: those its water comes to before a flow that is known in every step."""
    found: set[int] = set()
    for river in rivers:
        inputs, basin = river.inputs, river.basin
        always = np.asarray(np.isfinite(river.record.value["flow"][:, 1:]).all(axis=1)).tolist()
        links = inputs["link"].values.tolist()
        starts, ends = inputs["link_from"].values.tolist(), inputs["link_to"].values.tolist()
        places = {site.place: place for place, site in enumerate(sites)}
        waiting, seen = [sites[row].node], set[str]()
        if users:
            demands = basin.table("demands").set_index("demand").loc[list(sites[row].demands)]
            waiting = [str(node) for column in ("node", "return_node") for node in demands[column] if node]
            waiting += [starts[link] for node in demands["node"] for link, end in enumerate(ends) if end == node]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            found |= {places[node]} if node in places else set()
            for link in [place for place, start in enumerate(starts) if start == node]:
                found |= {places[links[link]]} if links[link] in places else set()
                waiting += [] if always[link] else [ends[link]]
    return found
