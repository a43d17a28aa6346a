"""The cost that tells apart plans of the same worth: drawn from what tells columns apart, so the same whatever things are called.

A column's cost is drawn from its colour by where entries are, which no figure changes. Where several columns have one such colour, as two
users on one reach have, it is drawn from their rank by size too. Columns that no figure tells apart either have the same cost, and the
plan their average. Only where some are whole numbers is there no average: of several that are alike one is chosen, and that by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.lp.colours import Colours, Figures, Graph, alike, by_name, figures_of, mixed, ranks, structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints


@dataclass(frozen=True)
class TieBreak:
    """What decides among plans that are as good on every level."""

    cost: Floats  # between 1 and 2 for every column that is bounded below
    classes: Ints | None  # columns that nothing tells apart have one number; None where there are none
    _graph: Graph
    _colours: Colours
    _figures: Figures
    _finer: Colours | None  # by these figures; None where colours told all apart without
    _shape: tuple[object, ...]

    def like(self, program: Program, levels: Sequence[str]) -> TieBreak:
        """Return the tie-break of another program with the same entries; the same object where it is the same."""
        same = figures_of(program, levels, rows=False).same(self._figures)
        if self.classes is None and same:
            return self
        return _drawn(program, levels, self._graph, self._colours, self._finer if same else None)

    def anew(self, program: Program, levels: Sequence[str]) -> TieBreak:
        """Return the tie-break of another program: where entries are the same ones, whatever their values, their colours are known."""
        kept = self._graph.matrix
        same = np.array_equal(kept.start, program.matrix.start) and np.array_equal(kept.column, program.matrix.column)
        if not same or _shape(program) != self._shape:
            return make_tie_break(program, levels)
        return _drawn(program, levels, self._graph.holding(program.matrix), self._colours)


def make_tie_break(program: Program, levels: Sequence[str]) -> TieBreak:
    """Make the tie-break of a program whose plan is chosen by some levels."""
    graph = Graph(program.matrix, len(program.column_lower))
    return _drawn(program, levels, graph, structure(program, graph))


def _drawn(program: Program, levels: Sequence[str], graph: Graph, colours: Colours, finer: Colours | None = None) -> TieBreak:
    """Draw the costs; what figures of columns tell apart may be known."""
    figures, words, classes = figures_of(program, levels, rows=False), colours.columns, None
    if alike(colours) is not None:
        finer = finer or figures.refine(graph, colours)
        told, finest = figures, finer
        if alike(finer) is not None:
            told = figures_of(program, levels, rows=True)
            finest = told.refine(graph, colours)
            classes = alike(finest)
        words = mixed(words ^ ranks(told, graph, colours, finest).astype(np.uint64))
    if classes is not None and program.has_integers:
        words, classes = np.where(np.bincount(classes)[classes] > 1, mixed(words ^ by_name(program)), words), None
    cost = 1 + (mixed(words) >> np.uint64(11)).astype(float) / 2.0**53
    sign = np.where(np.isfinite(program.column_lower), 1.0, np.where(np.isfinite(program.column_upper), -1.0, 0.0))
    return TieBreak(cost * sign, classes, graph, colours, figures, finer, _shape(program))


def _shape(program: Program) -> tuple[object, ...]:
    """Tell families apart by which colours begin."""
    return program.unnamed, *((family.name, family.size) for family in (*program.columns, *program.rows))
