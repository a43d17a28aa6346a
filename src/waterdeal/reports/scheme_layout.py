"""Where the nodes of a river stand on its straight-line scheme: the stem in order of river km, everything else in cells beside it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: page A4 landscape and its margin, mm; height of the stem
WIDTH, HEIGHT, MARGIN, STEM = 297.0, 210.0, 10.0, 103.0
#: the bands of cells above and below the stem, mm
ABOVE, BELOW = (18.0, 68.5), (116.0, 182.0)
#: a cell, mm, and by what it is made smaller until every node has one
CELL, SHRINK = (24.0, 12.5), 0.9
#: size of letters, least distance of nodes of the stem, mm; what a mm away from the stem and the other side cost, mm along it
LETTERS, GAP, ROW_COST, OTHER_SIDE = 2.0, 7.5, 1.0, 50.0
#: width of a letter as a multiple of its size: that of the broad ones of Cyrillic
LETTER = 0.62


@dataclass(frozen=True)
class River:
    """The network as it is drawn."""

    kinds: Mapping[str, str]  # kind of each node
    links: Sequence[tuple[str, str, str]]  # from, to, kind
    km: Mapping[str, float]  # river km of the nodes that have one


@dataclass(frozen=True)
class Branch:
    """What joins the stem at one node by one link."""

    joined: str  # the node of the stem
    above: bool  # whether it is drawn above: it brings water
    offsets: dict[str, tuple[int, int]]  # column and row of each node from its first one


@dataclass(frozen=True)
class Layout:
    """Places of nodes, mm."""

    stem: list[str]  # nodes of the main stem, downstream
    places: dict[str, tuple[float, float]]  # where each node stands
    cell: tuple[float, float]  # width and height of a cell
    scale: float  # by what letters are smaller


def find_stem(river: River) -> list[str]:
    """Order the nodes with a river km by it and go on to the farthest source and end; without any, take the longest way of the river."""
    middle = sorted(river.km, key=lambda node: river.km[node])
    rivers = [(start, end) for start, end, kind in river.links if kind != "canal"]
    down = _longest(rivers)
    if not middle:
        sources = [node for node, kind in river.kinds.items() if kind == "catchment"] or list(river.kinds)
        return max((_way(node, down) for node in sources), key=len, default=[])
    up = _longest([(end, start) for start, end in rivers])
    before = list(_way(middle[0], up)[1:])[::-1]
    after = _way(middle[-1], down)[1:]
    return [*(node for node in before if node not in river.km), *middle, *(node for node in after if node not in river.km)]


def _longest(arcs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give each node the next one of the longest way from it; the first of several as long."""
    following: dict[str, list[str]] = {}
    for start, end in arcs:
        following.setdefault(start, []).append(end)
    length: dict[str, int] = {}
    chosen: dict[str, str] = {}
    for first in following:
        waiting = [first]
        while waiting:
            node = waiting[-1]
            length.setdefault(node, -1)
            ahead = [end for end in following.get(node, ()) if end not in length]
            if ahead:
                waiting.append(ahead[0])
                continue
            waiting.pop()
            ends = [end for end in following.get(node, ()) if length[end] >= 0]
            if ends and length[node] < 0:
                chosen[node] = max(ends, key=lambda end: length[end])
            length[node] = 1 + length[chosen[node]] if node in chosen else 0
    return chosen


def _way(node: str, following: Mapping[str, str]) -> list[str]:
    """Follow a node to the end."""
    way = [node]
    while (node := following.get(node, "")) and node not in way:
        way.append(node)
    return way


def lay_out(river: River) -> Layout:
    """Place every node: the stem straight, by km where it leaves room; the others in the free cell nearest to what they join."""
    stem = find_stem(river)
    places = dict(zip(stem, ((x, STEM) for x in _along(stem, river.km)), strict=True))
    scale = 1.0
    while (placed := _beside(river, places, scale)) is None:
        scale *= SHRINK
    gap = min((places[after][0] - places[node][0] for node, after in itertools.pairwise(stem)), default=GAP)
    return Layout(stem, placed, (CELL[0] * scale, CELL[1] * scale), min(scale, max(gap / GAP, 0.05)))


def _along(stem: Sequence[str], km: Mapping[str, float]) -> list[float]:
    """Distances along the page: each step the least one, and what is left by km."""
    room = WIDTH - 2 * MARGIN - 2 * GAP
    steps = [max(km[after] - km[node], 0.0) if node in km and after in km else 0.0 for node, after in itertools.pairwise(stem)]
    least = min(GAP, room / max(len(steps), 1))
    left = room - least * len(steps)
    shares = [step / sum(steps) if sum(steps) else 1 / len(steps) for step in steps]
    found = [MARGIN + GAP]
    for share in shares:
        found.append(found[-1] + least + left * share)
    return found[: len(stem)]


def _beside(river: River, places: Mapping[str, tuple[float, float]], scale: float) -> dict[str, tuple[float, float]] | None:
    """Place what is not on the stem, branch by branch; None where cells of this size are too few."""
    found, width, height = dict(places), CELL[0] * scale, CELL[1] * scale
    free = {above: dict.fromkeys(_cells(above, scale)) for above in (True, False)}
    for branch in _branches(river, list(places)):
        x = found[branch.joined][0]
        for offsets in (branch.offsets, *({node: (0, 0)} for node in branch.offsets)):
            if set(offsets) <= set(found):
                continue
            fitting = [
                (abs(cell[0] - x) + ROW_COST * abs(cell[1] - STEM) + OTHER_SIDE * (above != branch.above), above, whole)
                for above, cells in free.items()
                for cell in cells
                if set(whole := _shifted(cell, offsets, width, -height if above else height)) <= cells.keys()
            ]
            if fitting:
                _, above, whole = min(fitting, key=lambda one: one[0])
                found |= dict(zip(offsets, whole, strict=True))
                free[above] = dict.fromkeys(cell for cell in free[above] if cell not in whole)
    return found if len(found) == len(river.kinds) else None


def _shifted(cell: tuple[float, float], offsets: Mapping[str, tuple[int, int]], width: float, height: float) -> list[tuple[float, float]]:
    """Cells of a branch whose first node stands in a cell."""
    return [(round(cell[0] + column * width, 3), round(cell[1] + row * height, 3)) for column, row in offsets.values()]


def _branches(river: River, stem: Sequence[str]) -> list[Branch]:
    """Find what joins the stem, the largest first: columns from left to right, rows outward; the longest way goes straight."""
    joins = {node: (joined, above) for node, joined, above in _outward(river, stem)}
    children: dict[str, list[str]] = {}
    for node, (joined, _) in joins.items():
        children.setdefault(joined, []).append(node)
    depth: dict[str, int] = {}
    for node in reversed(joins):
        depth[node] = 1 + max((depth[child] for child in children.get(node, ())), default=0)
    found = []
    for first, (joined, above) in joins.items():
        if joined not in stem:
            continue
        offsets, columns, waiting = {}, 0, [(first, 0, False)]
        while waiting:
            node, row, beside = waiting.pop()
            columns += beside
            offsets[node] = (columns, row)
            further = sorted(children.get(node, ()), key=lambda child: depth[child])
            waiting += [(child, row + 1, child != further[-1]) for child in further]
        found.append(Branch(joined, above, offsets))
    return sorted(found, key=lambda branch: -len(branch.offsets))


def _cells(above: bool, scale: float) -> Iterator[tuple[float, float]]:
    """Yield the points of cells of a band where nodes stand: at their left, on the side of the stem."""
    (top, bottom), (width, height) = ABOVE if above else BELOW, (CELL[0] * scale, CELL[1] * scale)
    for row in range(math.floor((bottom - top) / height)):
        for column in range(math.floor((WIDTH - 2 * MARGIN) / width)):
            x = MARGIN + column * width + 2.0 * scale
            yield (round(x, 3), round(bottom - row * height - 2.0 * scale if above else top + row * height + 2.0 * scale, 3))


def _outward(river: River, stem: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield nodes from the stem outward, each with what it joins and whether it brings water: that comes from above, canals leave below."""
    known, front = set(stem), list(stem)
    while len(known) < len(river.kinds):
        following = []
        for joined in front:
            for start, end, _ in river.links:
                node = start if end == joined else end
                if joined in {start, end} and node not in known:
                    known.add(node)
                    following.append(node)
                    yield node, joined, end == joined
        if not following:
            rest = next(node for node in river.kinds if node not in known)
            known.add(rest)
            following = [rest]
            yield rest, stem[0], True
        front = following


def fit(text: str, size: float, width: float, lines: int) -> list[str]:
    """Part a text into lines of a width, mm, by words; what does not fit ends with an ellipsis."""
    room = max(int(width / (LETTER * size)), 2)
    found = [""]
    for word in text.split():
        together = f"{found[-1]} {word}".strip()
        if len(together) <= room or not found[-1]:
            found[-1] = together
        else:
            found.append(word)
    cut = [line if len(line) <= room else f"{line[: room - 1]}…" for line in found[:lines]]
    if len(found) > lines:
        cut[-1] = f"{cut[-1][: room - 1].rstrip('…')}…"
    return cut
