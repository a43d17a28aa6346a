"""Columns of the tables of a large network."""

from __future__ import annotations

import math

from waterdeal.basin.columns import Column

_ANY = -math.inf

#: links with a column for the step
LINKS = (
    Column("link"),
    Column("from"),
    Column("to"),
    Column("piece", "number", blank=True),
    Column("lag", "number", blank=True),
    Column("step", blank=True),
    Column("gain", "number", blank=True, low=_ANY),
    Column("lower", "number", blank=True),
    Column("upper", "number", blank=True),
    Column("cost", "number", blank=True, low=_ANY),
)
#: links whose nodes carry the date in their names, as the tables of California do
EXPANDED = (
    Column("i"),
    Column("j"),
    Column("k", "number", blank=True),
    Column("cost", "number", blank=True, low=_ANY),
    Column("amplitude", "number", blank=True, low=_ANY),
    Column("lower_bound", "number", blank=True),
    Column("upper_bound", "number", blank=True),
)
NODES = (Column("node"), Column("kind", "choice", choices=("junction", "source", "sink")))
INFLOWS = (Column("node"), Column("step", blank=True), Column("inflow", "number", low=_ANY))
STEPS = (Column("step"), Column("start", blank=True), Column("end", blank=True))

#: what a blank cell or an absent column means
BLANK = {"piece": 1.0, "lag": 0.0, "gain": 1.0, "lower": 0.0, "upper": math.inf, "cost": 0.0, "k": 0.0}
BLANK |= {"amplitude": 1.0, "lower_bound": 0.0, "upper_bound": math.inf}
