"""Area curves piece by piece: a program with whole numbers that holds every true plan and few others, as hulls are drawn over short ranges.

Each body and step is in one of a few ranges of storage, and its evaporation is near the chord of its curve there, by no more than the
curve itself is. What has no plan in any choice of ranges has none at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.curves import OUTWARD
from waterdeal.lp.extend import AddedRow, with_free_columns, with_rows

if TYPE_CHECKING:
    from waterdeal.ask.curves import Curves, Lake
    from waterdeal.lp.program import Program
    from waterdeal.types import Floats

#: evaporation, hm3, that no further cut is made for
SMALLEST_CUT = 1e-6


def cuts(lake: Lake, stored: tuple[float, float], most: int) -> tuple[Floats, Floats, float, float]:
    """Return where a range of storage is cut into pieces, what evaporates beyond the line there, and how far from chords it is."""
    volumes, areas = lake.curve
    inside = volumes[(volumes > stored[0]) & (volumes < stored[1])]
    at = np.unique(np.concatenate([[stored[0]], inside, [stored[1]]]))
    bends = lake.depth * (np.interp(at, volumes, areas) - lake.line[0] - lake.line[1] * at)
    chosen = [0] if len(at) == 1 else [0, len(at) - 1]
    while len(chosen) <= most:
        off = np.abs(bends - np.interp(at, at[chosen], bends[chosen]))
        if off.max() <= SMALLEST_CUT:
            break
        chosen = sorted([*chosen, int(off.argmax())])
    off = bends - np.interp(at, at[chosen], bends[chosen])
    return at[chosen], bends[chosen], float(off.min()), float(off.max())


def with_pieces(program: Program, curves: Curves, most: int, near: Floats | None = None) -> Program:
    """Add to a program that follows curves which piece of its curve each body is on, where its storages have bounds.

    Bodies are on the pieces of the plan that they are near to, if one is told.
    """
    rows, whole, opened, first = list[AddedRow](), list[bool](), list[float](), len(program.column_lower)
    for lake, bend, stored in zip(curves.lakes, curves.bends.tolist(), curves.ranges, strict=True):
        if not np.isfinite(stored).all():
            continue
        at, bends, below, above = cuts(lake, stored, most)
        count, begin = len(at), first + len(whole)
        parts, pieces = np.arange(begin, begin + count), np.arange(begin + count, begin + max(2 * count - 1, count))
        mine = None if near is None else int(np.clip(np.searchsorted(at, lake.mean(near)) - 1, 0, max(len(pieces) - 1, 0)))
        opened += [1.0] * count + [float(mine in {None, place}) for place in range(len(pieces))]
        whole += [False] * count + [True] * len(pieces)
        half = np.full(len(lake.stored), 0.5)
        rows += [
            AddedRow("parts", parts, np.ones(count), 1.0, 1.0),
            AddedRow("mean", [*lake.stored, *parts], [*half, *-at], -lake.start / 2, -lake.start / 2),
            AddedRow("chord", [bend, *parts], [1.0, *-bends], below - OUTWARD, above + OUTWARD),
        ]
        rows += [AddedRow("one_piece", pieces, np.ones(len(pieces)), 1.0, 1.0)] if pieces.size else []
        for place in range(count if pieces.size else 0):
            beside = pieces[max(place - 1, 0) : place + 1]
            rows.append(AddedRow("on_piece", [parts[place], *beside], [1.0, *np.full(len(beside), -1.0)], -np.inf, 0.0))
    return with_rows(with_free_columns(program, "piece", np.zeros(len(whole)), np.array(opened), np.array(whole, dtype=bool)), rows)
