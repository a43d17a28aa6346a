"""The facts of a clause's sentence: numbers with their dimension and names of places, to be worded in any language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Fact:
    """One fact."""

    dimension: str  # `volume`, `rate`, `energy`, `number`, `share`, `points`, `shares`, `months`, `names`, `word`, `day` or `text`
    values: tuple[Any, ...]  # numbers, names or dates, pairs of name and share; empty where the clause does not say


Facts = dict[str, Fact]


class Phrase(NamedTuple):
    """A sentence of the tables of words, or a part of one, with what fills its fields."""

    key: str  # key in the tables
    fields: Mapping[str, Fact | Phrase]


def fact(dimension: str, *values: Any) -> Fact:
    """Return a fact of the values that the clause gives."""
    return Fact(dimension, tuple(value for value in values if value is not None))


def spread(dimension: str, *values: float) -> Fact:
    """Return a range, from the least to the largest."""
    return Fact(dimension, tuple(sorted({min(values), max(values)})))


def names(*values: str) -> Fact:
    """Return names of places or parties."""
    return Fact("names", values)
