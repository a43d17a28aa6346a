"""The straight-line scheme: by geometry, against the plan, with hostile names, the same each time."""

from __future__ import annotations

import csv
import json
import re
from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.commands import call
from tests.thorough import diagonal
from waterdeal.reports.colours import STATES
from waterdeal.reports.promises import read_promises
from waterdeal.reports.scheme import DASHES, draw_scheme
from waterdeal.reports.scheme_layout import HEIGHT, LETTER, WIDTH, River, find_stem, lay_out
from waterdeal.scenario.locate import bundled_folder
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


def bundled_km() -> dict[str, float]:
    """River km of the bundled basin, from its table."""
    rows = csv.DictReader((bundled_folder("data") / "syrdarya" / "nodes.csv").read_text(encoding="utf-8").splitlines())
    return {row["node"]: float(row["river_km"]) for row in rows if row["river_km"]}


def parsed(drawing: bytes) -> ET.Element:
    """Read a drawing of our own."""
    return ET.fromstring(drawing)  # noqa: S314


def boxes_of(drawing: bytes) -> dict[Box, str]:
    """Boxes of all texts of a drawing; that of one that is turned goes up from its point."""
    found = {}
    for text in parsed(drawing).iter(f"{SVG}text"):
        x, y, size = (float(text.attrib[name]) for name in ("x", "y", "font-size"))
        length = LETTER * size * len(text.text or "")
        turned = "rotate(-90" in text.get("transform", "")
        box = (x - 0.8 * size, y - length, x + 0.2 * size, y) if turned else (x, y - 0.8 * size, x + length, y + 0.2 * size)
        assert box not in found
        found[box] = text.text or ""
    return found


def figure_of(drawing: bytes, node: str) -> str:
    """Last line of the label of a node, without its river km."""
    label = next(group for group in parsed(drawing).iter(f"{SVG}g") if group.get("data-label") == node)
    return ([text.text or "" for text in label.iter(f"{SVG}text")][-1]).split(" · ")[0]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
@pytest.mark.parametrize("plan", ["dry_plan", "two_party_plan"])
def test_texts_lie_inside_the_page_and_apart(plan: str, language: str, request: pytest.FixtureRequest) -> None:
    """No two texts overlap and none leaves the page; every node is drawn and named."""
    data: xr.Dataset = request.getfixturevalue(plan)
    drawing = draw_scheme(data, bundled_km(), language)
    boxes = boxes_of(drawing)
    for box in boxes:
        assert 0 <= box[0] < box[2] <= WIDTH, boxes[box]
        assert 0 <= box[1] < box[3] <= HEIGHT, boxes[box]
    for one, other in combinations(boxes, 2):
        assert _apart(one, other), (boxes[one], boxes[other])
    root = parsed(drawing)
    for name, dim in (("data-node", "node"), ("data-label", "node"), ("data-link", "link")):
        assert sorted(part.attrib[name] for part in root.iter() if name in part.attrib) == sorted(data[dim].values.tolist())


@pytest.mark.parametrize("at", diagonal(["season", "2026-07-D2"], "season", "2026-07-D2"))
def test_figures_are_those_of_the_plan(dry_plan: xr.Dataset, at: str) -> None:
    """A release and a gauge in m3/s, a canal by its head, a deficit by volumes: read off the plan by other means."""
    chosen = dry_plan.isel(time=dry_plan["step"].values == at) if at != "season" else dry_plan
    seconds = 86400 * float(chosen["step_length"].sum())
    rates = {str(link): 1e6 * float(chosen["flow"].sel(link=link).sum()) / seconds for link in dry_plan["link"].values}
    words, drawing = Words("en"), draw_scheme(dry_plan, bundled_km(), "en", "flow", at)
    told = {"toktogul": "toktogul_release", "kal": "kal_flow", "big_fergana": "big_fergana_head", "charvak": "charvak_release"}
    for node, link in told.items():
        assert figure_of(drawing, node) == words.number(rates[link], 1)
    assert figure_of(drawing, "farkhad") == words.number(rates["farkhad_spill"] + rates["farkhad_hpp"], 1)
    demands = chosen.sel(demand=["big_fergana_uz", "big_fergana_tj", "big_fergana_kg"])
    ratio = 1 - float(demands["delivery"].sum()) / float(demands["requirement"].sum())
    assert figure_of(draw_scheme(dry_plan, bundled_km(), "en", "deficit", at), "big_fergana") == f"{words.number(100 * ratio, 1)} %"
    widths = {part.attrib["data-link"]: float(part.attrib["stroke-width"]) for part in parsed(drawing).iter(f"{SVG}path")}
    order = sorted(rates, key=lambda link: rates[link])
    assert np.all(np.diff([widths[link] for link in order]) >= 0)
    assert widths[order[-1]] > 2 * widths[order[0]]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_clauses_stand_where_they_speak_of(language: str, deal_plan: xr.Dataset) -> None:
    """The numbers of the clauses of a canal, a release and a reservoir with their states, the worst first; apart, inside the page."""
    drawing = draw_scheme(deal_plan, bundled_km(), language, "clauses")
    states = {promise.clause.id: f"{promise.number}{STATES[promise.state()][2]}" for promise in read_promises(deal_plan)}
    assert states["supply_UZ"].endswith("↓")
    assert states["toktogul_end"].endswith("=")
    assert figure_of(drawing, "toktogul") == states["toktogul_end"]
    assert {states["supply_UZ"], states["limit_UZ"]} <= set(figure_of(drawing, "bekabad").split(", "))
    assert figure_of(drawing, "big_fergana").startswith(states["supply_UZ"])
    signs = {part.attrib["data-node"]: part.attrib["fill"] for part in parsed(drawing).iter() if "data-node" in part.attrib}
    assert (signs["toktogul"], signs["big_fergana"]) == (STATES["binding"][0], STATES["conceded"][0])
    assert signs["charvak"] == "#FFFFFF"
    boxes = boxes_of(drawing)
    assert all(0 <= box[0] < box[2] <= WIDTH and 0 <= box[1] < box[3] <= HEIGHT for box in boxes)
    assert not [pair for pair in combinations(boxes, 2) if not _apart(*pair)]


def _apart(one: Box, other: Box) -> bool:
    """Whether two boxes do not overlap."""
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_stem_runs_by_river_km_and_borders_stand_where_land_changes(dry_plan: xr.Dataset) -> None:
    """The stem is straight, in the order of km, from a source to the end; four borders from Kyrgyzstan to Kazakhstan."""
    km = bundled_km()
    kinds = dict(zip(dry_plan["node"].values.tolist(), dry_plan["node_kind"].values.tolist(), strict=True))
    ends = zip(*(dry_plan[name].values.tolist() for name in ("link_from", "link_to", "link_kind")), strict=True)
    layout = lay_out(River(kinds, list(ends), km))
    assert [node for node in layout.stem if node in km] == sorted(km, key=lambda node: km[node])
    assert (layout.stem[0], layout.stem[-1]) == ("naryn_source", "kokaral")
    points = [layout.places[node] for node in layout.stem]
    assert len({y for _, y in points}) == 1
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert len(set(layout.places.values())) == len(kinds)
    drawn = parsed(draw_scheme(dry_plan, km, "en"))
    assert [part.attrib["data-border"] for part in drawn.iter() if "data-border" in part.attrib] == ["UZ", "TJ", "UZ", "KZ"]
    canals = [part for part in drawn.iter(f"{SVG}path") if part.get("stroke-dasharray") in DASHES[1:]]
    assert {part.attrib["data-link"] for part in canals} >= {"big_fergana_head", "dustlik_head"}


def test_stem_without_km_is_the_longest_way_and_a_circle_ends() -> None:
    """A side river of one node loses against two; a canal back is no river, and a circle ends; what joins nothing is drawn too."""
    kinds = {"side": "catchment", "source": "catchment", "dam": "reservoir", "post": "gauge", "sea": "outlet", "alone": "junction"}
    links = [("side", "post", "river"), ("source", "dam", "river"), ("dam", "post", "river"), ("post", "sea", "river")]
    assert find_stem(River(kinds, [*links, ("post", "dam", "canal")], {})) == ["source", "dam", "post", "sea"]
    assert set(lay_out(River(kinds, [*links, ("post", "dam", "river")], {})).places) == set(kinds)


def test_many_nodes_have_each_their_place() -> None:
    """A hundred canals at one works, and a long tributary, find room in smaller cells."""
    kinds = {"source": "catchment", "works": "junction", "sea": "outlet"}
    kinds |= {f"c{k}": "canal" for k in range(100)} | {f"t{k}": "gauge" for k in range(12)}
    links = [("source", "works", "river"), ("works", "sea", "river"), ("t0", "works", "river")]
    links += [("works", f"c{k}", "canal") for k in range(100)] + [(f"t{k + 1}", f"t{k}", "river") for k in range(11)]
    layout = lay_out(River(kinds, links, {"source": 0.0, "works": 1.0, "sea": 2.0}))
    assert len(set(layout.places.values())) == len(kinds)
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in layout.places.values())


def test_hostile_names_stay_text(two_party_plan: xr.Dataset) -> None:
    """Names with marks of SVG are text: no element or attribute comes of them, nothing steers; the same bytes each time."""
    plan = two_party_plan.copy()
    attack = '<script>alert(1)</script>"\' onload="x"&\x1b\u202e'
    names = json.loads(plan.attrs.get("names", "{}")) | {node: {"en": attack, "ru": attack} for node in plan["node"].values.tolist()}
    plan.attrs["names"] = json.dumps(names)
    drawing = draw_scheme(plan, {}, "en")
    assert drawing == draw_scheme(plan, {}, "en")
    root = parsed(drawing)
    assert {part.tag.removeprefix(SVG) for part in root.iter()} <= {
        "svg",
        "rect",
        "text",
        "path",
        "title",
        "line",
        "polygon",
        "circle",
        "g",
    }
    assert not any(name.startswith("on") for part in root.iter() for name in part.attrib)
    assert any("<script>" in (part.text or "") for part in root.iter(f"{SVG}title"))
    assert not re.search(b"\x1b|\xe2\x80\xae", drawing)


def test_command_draws_a_run_and_refuses_what_it_cannot(demo_run: object, tmp_path: Path) -> None:
    """A run gives its drawing, not over another file; a step that it has not, and another ending, are refused."""
    run, target = demo_run.run, tmp_path / "схема.svg"  # type: ignore[attr-defined]
    assert call("scheme", run, target, "--lang", "ru", "--of", "deficit", "--at", "2026-07-D1")[0] == 0
    assert "Линейная схема" in target.read_text(encoding="utf-8")
    assert "км" in target.read_text(encoding="utf-8")
    assert call("scheme", run, target)[0] == 9
    assert call("scheme", run, tmp_path / "x.png")[0] == 9
    assert call("scheme", run, tmp_path / "x.svg", "--at", "2031-01")[0] == 9
    assert call("scheme", "scenarios/syrdarya-growing-dry.toml", tmp_path / "s.svg")[0] == 0
