"""The straight-line scheme of a river as SVG, one page A4: stem, tributaries, reservoirs, canals and borders, with flows and deficits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np

from waterdeal.agreement.followed import followed_series
from waterdeal.reports.about import period, title
from waterdeal.reports.colours import COLOURS, INK, PLAIN, RATIOS, STATES, WATER
from waterdeal.reports.edition import PERCENT, RATE, Edition
from waterdeal.reports.promises import read_promises
from waterdeal.reports.scheme_layout import ABOVE, BELOW, HEIGHT, LETTERS, MARGIN, STEM, WIDTH, River, fit, lay_out
from waterdeal.results.tables import party_order
from waterdeal.run_folder import step_number
from waterdeal.units import volume_to_rate
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.reports.scheme_layout import Layout

#: dashes of parties for a page without colours
DASHES = ("none", "2.4 0.8", "0.8 0.8", "2.4 0.6 0.6 0.6", "1.4 1.4", "3.6 1.2", "0.4 0.8")
#: least and most width of a link, and that of one without a planned flow, mm; height of a line of text as a multiple of its letters
THIN, BROAD, UNKNOWN, LINE = 0.25, 2.2, 0.5, 1.15


@dataclass(frozen=True)
class Scheme:
    """What is drawn of a plan, or of inputs that have none."""

    edition: Edition
    layout: Layout
    steps: list[int]  # numbers of the steps drawn
    of: str  # `flow`, `deficit` or `clauses`: what the figures are

    @property
    def data(self) -> xr.Dataset:
        """The plan or the inputs."""
        return self.edition.results

    @cached_property
    def flows(self) -> dict[str, float]:
        """Mean flow of each link over the steps, m3/s; empty without a plan."""
        if "flow" not in self.data:
            return {}
        volumes = self.data["flow"].transpose("link", "time").to_numpy()[:, self.steps].sum(axis=1)
        rates = volume_to_rate(volumes, float(self.data["step_length"].to_numpy()[self.steps].sum()))
        return dict(zip(self.data["link"].values.tolist(), np.asarray(rates).tolist(), strict=True))

    @cached_property
    def deficits(self) -> dict[str, float]:
        """Shortage over requirement of each node that something is required at; empty without a plan."""
        if "shortage" not in self.data:
            return {}
        nodes = self.data["demand_node"].values
        short, asked = (
            self.data[name].transpose("demand", "time").to_numpy()[:, self.steps].sum(axis=1) for name in ("shortage", "requirement")
        )
        sums = {node: (short[nodes == node].sum(), asked[nodes == node].sum()) for node in dict.fromkeys(nodes.tolist())}
        return {node: float(missing / needed) for node, (missing, needed) in sums.items() if needed > 0}

    @cached_property
    def clauses(self) -> dict[str, list[tuple[int, str]]]:
        """Numbers and states of the clauses that speak of each node, its demands, its canal or its release; the worst first."""
        if self.of != "clauses" or "clause" not in self.data:
            return {}
        step = str(self.data["step"].values[self.steps[0]]) if len(self.steps) == 1 else ""
        told = {promise.clause.id: (promise.number, promise.state(step)) for promise in read_promises(self.data)}
        homes, found = _homes(self.data), dict[str, set[tuple[int, str]]]()
        for series in followed_series(self.data):
            if series.clause in told and set(self.steps) & set(series.steps):
                for place in series.places:
                    found.setdefault(homes[place], set()).add(told[series.clause])
        order = list(STATES)
        return {node: sorted(states, key=lambda state: (order.index(state[1]), state[0])) for node, states in found.items()}

    @cached_property
    def links(self) -> list[tuple[str, str, str, str]]:
        """Id, ends and kind of each link."""
        columns = (self.data[name].values.tolist() for name in ("link", "link_from", "link_to", "link_kind"))
        return list(zip(*columns, strict=True))

    def through(self, node: str) -> float | None:
        """Flow that leaves a node down the river, m3/s; where none does, what leaves by canals, or comes."""
        ways = (
            [link for link, start, _, kind in self.links if start == node and kind != "canal"],
            [link for link, start, _, _ in self.links if start == node],
            [link for link, _, end, _ in self.links if end == node],
        )
        chosen = next((way for way in ways if way), [])
        return sum(self.flows[link] for link in chosen) if self.flows and chosen else None

    def figure(self, node: str) -> str:
        """What is written beside a node."""
        words = self.edition.words
        if self.of == "flow":
            value = self.through(node)
            return "" if value is None else words.number(value, RATE)
        if self.of == "clauses":
            return ", ".join(f"{number}{STATES[state][2]}" for number, state in self.clauses.get(node, ()))
        return f"{words.number(100 * self.deficits[node], PERCENT)} %" if node in self.deficits else ""

    def fill(self, node: str) -> str:
        """Colour of the sign of a node: of its worst clause, or of its deficit."""
        if self.of == "clauses":
            return STATES[self.clauses[node][0][1]][0] if node in self.clauses else RATIOS[0][1]
        ratio = self.deficits.get(node)
        if ratio is None:
            return PLAIN
        return [colour for least, colour in RATIOS if ratio >= least][-1] if ratio >= 0 else RATIOS[0][1]

    @cached_property
    def party(self) -> dict[str, str]:
        """Party of each node."""
        return dict(zip(self.data["node"].values.tolist(), self.data["node_party"].values.tolist(), strict=True))

    @cached_property
    def kind(self) -> dict[str, str]:
        """Kind of each node."""
        return dict(zip(self.data["node"].values.tolist(), self.data["node_kind"].values.tolist(), strict=True))

    def strokes(self, party: str) -> dict[str, str]:
        """Colour and dashes of a party."""
        order = party_order(self.data).index(party)
        return {"stroke": COLOURS[order % len(COLOURS)], "stroke-dasharray": DASHES[order % len(DASHES)]}


def _homes(data: xr.Dataset) -> dict[str, str]:
    """Node at which each demand, link, plant and reservoir is told: a canal by its lower end, another link by its upper one."""
    read = {name: data[name].values.astype(str).tolist() for name in ("link", "link_from", "link_to", "link_kind", "demand", "demand_node")}
    ends = zip(read["link"], read["link_from"], read["link_to"], read["link_kind"], strict=True)
    homes = {link: end if kind == "canal" else start for link, start, end, kind in ends}
    plants = zip(data["plant"].values.tolist(), data["plant_link"].values.tolist(), strict=True)
    homes |= {plant: homes[link] for plant, link in plants if plant not in homes}
    homes |= dict(zip(read["demand"], read["demand_node"], strict=True))
    return homes | {body: body for body in data["reservoir"].values.tolist()}


def draw_scheme(data: xr.Dataset, km: Mapping[str, float], language: str, of: str = "flow", at: str = "season") -> bytes:
    """Draw the straight-line scheme of a plan, or of inputs without flows, as SVG of one page A4.

    The text of every node is its name, its river km and the figure asked for: mean flow in m3/s, or shortage over requirement in per cent,
    over a step or the whole plan; or the numbers of the clauses that speak of it, marked by their state.
    """
    kinds = dict(zip(data["node"].values.tolist(), data["node_kind"].values.tolist(), strict=True))
    ends = zip(*(data[name].values.tolist() for name in ("link_from", "link_to", "link_kind")), strict=True)
    known = {node: distance for node, distance in km.items() if node in kinds}
    steps = list(range(data.sizes["time"])) if at == "season" else [step_number(data, at)]
    scheme = Scheme(Edition(data, Words(language)), lay_out(River(kinds, list(ends), known)), steps, of)
    root = ET.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "width": f"{WIDTH:g}mm", "height": f"{HEIGHT:g}mm",
        "viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}", "font-family": "Arial, Liberation Sans, sans-serif",
    })  # fmt: skip
    _put(root, "rect", width=WIDTH, height=HEIGHT, fill="#FFFFFF")
    _draw_head(root, scheme, at)
    for link in sorted(scheme.links, key=lambda link: -scheme.flows.get(link[0], 0.0)):
        _draw_link(root, scheme, *link)
    _draw_parties(root, scheme)
    for node in kinds:
        _draw_node(root, scheme, node)
        _label(root, scheme, node, known.get(node))
    _draw_legend(root, scheme)
    ET.indent(root)
    drawing: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return drawing + b"\n"


def _put(parent: ET.Element, tag: str, **attributes: Any) -> ET.Element:
    """Add an element; numbers to hundredths of a mm, names of attributes with dashes."""
    told = {name.replace("_", "-"): f"{value:.2f}" if isinstance(value, float) else str(value) for name, value in attributes.items()}
    return ET.SubElement(parent, tag, told)


def _write(parent: ET.Element, text: str, x: float, y: float, size: float, **more: Any) -> None:
    """Write a line of text with a white edge, so that it stands clear of lines."""
    edge = {"stroke": "#FFFFFF", "stroke_width": 0.25 * size, "paint_order": "stroke", "stroke_linejoin": "round"}
    _put(parent, "text", x=x, y=y, font_size=size, fill=INK, **{**edge, **more}).text = clean(text)


def _draw_head(root: ET.Element, scheme: Scheme, at: str) -> None:
    """Title, period and what the figures are."""
    edition, text = scheme.edition, scheme.edition.text
    name = title(edition) or edition.name("basin")
    room = WIDTH - 2 * MARGIN
    _write(root, fit(text("scheme.title", name=name), 4.0, room, 1)[0], MARGIN, 11.0, 4.0, font_weight="bold")
    told = text("scheme.whole") if at == "season" else f"{edition.words.step(at)} ({at})"
    parts = [f"{period(edition)}, {told}", text("scheme.scale")]
    if scheme.flows:
        parts.insert(1, text(f"scheme.{scheme.of}", unit=edition.unit("rate")))
    _write(root, fit(". ".join(parts), 2.4, room, 1)[0], MARGIN, 16.0, 2.4)


def _draw_link(root: ET.Element, scheme: Scheme, *link: str) -> None:
    """Draw a link as broad as its flow, at right angles: along the edge of the cells of its farther end."""
    name, start, end, kind = link
    places, most = scheme.layout.places, max(scheme.flows.values(), default=0.0)
    width = THIN + (BROAD - THIN) * max(scheme.flows.get(name, 0.0), 0.0) / most if most > 0 else UNKNOWN
    (x, y), (to_x, to_y) = sorted((places[start], places[end]), key=lambda place: -abs(place[1] - STEM))
    stem = scheme.layout.stem
    if y == to_y == STEM:
        near = start in stem[:-1] and stem[stem.index(start) + 1] == end
        path = f"M {x:.2f} {y:.2f} H {to_x:.2f}" if near else f"M {x:.2f} {y:.2f} v 3 H {to_x:.2f} V {to_y:.2f}"
    else:
        edge = y + (1.5 if y < STEM else -1.5) * scheme.layout.cell[1] / 12.5
        path = f"M {x:.2f} {y:.2f} V {edge:.2f} H {to_x:.2f} V {to_y:.2f}"
    look = scheme.strokes(scheme.party[end]) if kind == "canal" else {"stroke": WATER, "stroke-dasharray": "none"}
    drawn = _put(root, "path", d=path, fill="none", stroke_width=width, stroke_linejoin="round", data_link=name, **look)
    told = scheme.edition.name(name)
    ET.SubElement(drawn, "title").text = clean(f"{told}: {scheme.edition.words.number(scheme.flows.get(name), RATE)}")


def _draw_parties(root: ET.Element, scheme: Scheme) -> None:
    """Draw whose land the stem runs through, as a band below it, and a border where that changes."""
    stem, places = scheme.layout.stem, scheme.layout.places
    starts = [0, *(k for k in range(1, len(stem)) if scheme.party[stem[k]] != scheme.party[stem[k - 1]]), len(stem)]
    edges = [MARGIN, *((places[stem[k - 1]][0] + places[stem[k]][0]) / 2 for k in starts[1:-1]), WIDTH - MARGIN]
    for k, (left, right) in enumerate(itertools.pairwise(edges)):
        if starts[k] == len(stem):
            continue
        party = scheme.party[stem[starts[k]]]
        look = scheme.strokes(party)
        _put(root, "line", x1=left + 0.4, x2=right - 0.4, y1=STEM + 4.6, y2=STEM + 4.6, stroke_width=0.9, **look)
        _write(root, fit(scheme.edition.name(party), LETTERS, right - left - 2.5, 1)[0], left + 1.2, STEM + 7.6, LETTERS)
        if k:
            _put(
                root,
                "line",
                x1=left,
                x2=left,
                y1=STEM - 2.0,
                y2=STEM + 8.0,
                stroke=INK,
                stroke_width=0.4,
                stroke_dasharray="1 0.5",
                data_border=party,
            )


def _draw_node(root: ET.Element, scheme: Scheme, node: str) -> None:
    """Draw the sign of a node in the colour of its deficit."""
    x, y = scheme.layout.places[node]
    fill = scheme.fill(node)
    edge = scheme.strokes(scheme.party[node])["stroke"] if scheme.kind[node] == "canal" else INK
    sign = _sign(root, scheme.kind[node], (x, y), fill, edge)
    sign.set("data-node", node)


def _sign(root: ET.Element, kind: str, place: tuple[float, float], fill: str, edge: str) -> ET.Element:
    """Draw a triangle for a reservoir, a square for a gauge, a diamond for an inflow, a circle else; broad edged for lakes and ends."""
    x, y = place
    corners = {
        "reservoir": ((-1.5, -1.4), (1.6, 0.0), (-1.5, 1.4)), "gauge": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "catchment": ((0.0, -1.1), (0.9, 0.0), (0.0, 1.1), (-0.9, 0.0)),
    }  # fmt: skip
    width = 0.6 if kind in {"lake", "outlet"} else 0.3
    if kind in corners:
        points = " ".join(f"{x + dx:.2f},{y + dy:.2f}" for dx, dy in corners[kind])
        return _put(root, "polygon", points=points, fill=WATER if kind == "catchment" else fill, stroke=edge, stroke_width=width)
    return _put(root, "circle", cx=x, cy=y, r=0.7 if kind == "junction" else 1.1, fill=fill, stroke=edge, stroke_width=width)


def _label(root: ET.Element, scheme: Scheme, node: str, km: float | None) -> None:
    """Write name and figure of a node: upright beside its cell, along its column on the stem."""
    x, y = scheme.layout.places[node]
    (width, height), size = scheme.layout.cell, LETTERS * scheme.layout.scale
    name, words = scheme.edition.name(node), scheme.edition.words
    figure = scheme.figure(node)
    line = LINE * size
    if y == STEM:
        told = [figure, *([words.text("scheme.km", km=words.number(km, 0))] if km is not None else [])]
        room = STEM - 4.5 - ABOVE[1]
        lines = [*fit(name, size, room, 2), *fit(" · ".join(filter(None, told)), size, room, 1)]
        lines = [text for text in lines if text]
        places = [(x - 1.0 * scheme.layout.scale - line * (len(lines) - 1 - k), y - 3.0) for k in range(len(lines))]
    else:
        factor = height / 12.5
        room = width - 4.8 * factor
        lines = [text for text in (*fit(name, size, room, 3), *fit(figure, size, room, 1)) if text]
        first = y + (2.0 - 12.5 if y < STEM else -2.0) * factor + (2.0 if y < STEM else 3.0) * factor
        places = [(x + 2.2 * factor, first + line * k) for k in range(len(lines))]
    group = _put(root, "g", data_label=node)
    ET.SubElement(group, "title").text = clean(name)
    for text, (left, base) in zip(lines, places, strict=True):
        turned = {"transform": f"rotate(-90 {left:.2f} {base:.2f})"} if y == STEM else {}
        weight = {"font_weight": "bold"} if text == lines[-1] and figure else {}
        _write(group, text, left, base, size, **turned, **weight)


def _draw_shades(root: ET.Element, heading: str, shades: Sequence[tuple[str, str]], place: tuple[float, float]) -> None:
    """Write what the colours of signs mean, from a place to the right."""
    (left, y), size, column = place, 2.2, (WIDTH - 2 * MARGIN) / 4
    _write(root, fit(heading, size, column * 0.9, 1)[0], left, y + 0.8, size)
    room = (WIDTH - MARGIN - left - column * (0.95 if len(shades) > len(STATES) else 0.4)) / len(shades)
    for k, (told, colour) in enumerate(shades):
        x = WIDTH - MARGIN - room * (len(shades) - k)
        _put(root, "circle", cx=x, cy=y, r=1.1, fill=colour, stroke=INK, stroke_width=0.3)
        _write(root, fit(told, size, room - 3.0, 1)[0], x + 2.0, y + 0.8, size)


def _draw_legend(root: ET.Element, scheme: Scheme) -> None:
    """Signs of nodes, parties, deficits and the broadest line, in columns below."""
    text, name = scheme.edition.text, scheme.edition.name
    top, column, row, size = BELOW[1] + 6.0, (WIDTH - 2 * MARGIN) / 4, 3.6, 2.2
    kinds = ("catchment", "reservoir", "gauge", "junction", "canal", "outlet")
    for k, kind in enumerate(kinds):
        x, y = MARGIN + 2.0 + (k % 2) * column / 2, top + row * (k // 2)
        _sign(root, kind, (x, y), PLAIN, COLOURS[0] if kind == "canal" else INK)
        if kind != "canal":
            _write(root, fit(text(f"scheme.{kind}"), size, column / 2 - 6.0, 1)[0], x + 3.0, y + 0.8, size)
    _write(root, fit(text("scheme.canal").split(",")[0], size, column / 2 - 6.0, 1)[0], MARGIN + 5.0, top + row * 2 + 0.8, size)
    for k, party in enumerate(party_order(scheme.data)[:8]):
        x, y = MARGIN + column * 1.1 + (k % 2) * column / 2, top + row * (k // 2)
        _put(root, "line", x1=x, x2=x + 7.0, y1=y, y2=y, stroke_width=0.9, **scheme.strokes(party))
        _write(root, fit(name(party), size, column / 2 - 10.0, 1)[0], x + 8.0, y + 0.8, size)
    left = MARGIN + column * 2.2
    _write(root, fit(text("scheme.canal"), size, column * 1.8, 1)[0], left, top + 0.8, size)
    if scheme.flows:
        most = scheme.edition.words.number(max(scheme.flows.values()), RATE)
        _put(root, "line", x1=left, x2=left + 7.0, y1=top + row, y2=top + row, stroke=WATER, stroke_width=BROAD)
        told = text("scheme.width", flow=most, unit=scheme.edition.unit("rate"))
        _write(root, fit(told, size, column * 1.8 - 8.0, 1)[0], left + 8.0, top + row + 0.8, size)
        shades = [(f"≥ {100 * least:.0f}", colour) for least, colour in RATIOS]
        if scheme.of == "clauses":
            shades = [(f"{mark} {text(f'scheme.{state}')}".strip(), colour) for state, (colour, _, mark) in STATES.items()]
        _draw_shades(root, text("scheme.states" if scheme.of == "clauses" else "scheme.ratio"), shades, (left, top + 2 * row))
    _put(
        root,
        "line",
        x1=left + 3.0,
        x2=left + 3.0,
        y1=top + 3 * row - 1.4,
        y2=top + 3 * row + 1.4,
        stroke=INK,
        stroke_width=0.4,
        stroke_dasharray="1 0.5",
    )
    _write(root, text("scheme.border"), left + 8.0, top + 3 * row + 0.8, size)
