"""A program that follows numbers of its inputs, as found by trying.

A model is built a few times with other numbers. From what moves with them one learns which bound and which cost follows which number, and
by what factor; tries with numbers drawn at random prove it. So no part of the model need know that it will be asked: where a number turns
up in a coefficient, or a bound bends, that is told instead. Numbers of inputs move from what they are; a parameter of a study has a range,
is tried at both ends of it, and otherwise leaves the program as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats, Ints

    Numbers = Mapping[str, Floats]
    Compiled = Callable[[Numbers], Program]
    Three = tuple[Ints, Floats, Floats, Floats]

#: largest difference of a proof, as a share of the numbers tried
ROUNDING = 1e-9
#: draws of all parameters at once that prove their ranges
PROOFS = 2

_BOUNDS = ("row_lower", "row_upper", "column_lower", "column_upper")


class StructureChanges(Exception):
    """Numbers turn up elsewhere than in bounds and costs, or a bound or cost follows them otherwise than by a factor."""


def _refuse_unless(holds: bool | np.bool_, message: str) -> None:
    """Raise StructureChanges where numbers do not move bounds and costs alone."""
    if not holds:
        raise StructureChanges(message)


class Follower(NamedTuple):
    """How entries of an array follow one number each."""

    places: Ints
    sources: Ints
    factors: Floats  # by how much
    jumps: Floats | float = 0.0  # how far they are already where the number has not moved

    def added_to(self, array: Floats, moved: Floats) -> Floats:
        """Return an array with what a move of the numbers adds to it; itself where nothing follows."""
        if not self.places.size:
            return array
        array = array.copy()
        array[self.places] += self.jumps + self.factors * moved[self.sources]
        return array


@dataclass(frozen=True)
class Moving:
    """A program whose bounds and costs follow numbers."""

    program: Program  # the program at the numbers to begin with
    numbers: dict[str, Floats]  # these numbers, by name of the input
    followers: dict[str, tuple[Follower, ...]]  # by name of the input: followers of the arrays of `parts`, in their order

    def at(self, numbers: Numbers) -> Program:
        """Return the program at other numbers; where none are given it stays as it is."""
        arrays = parts(self.program)
        for name, given in numbers.items():
            moved = _moves(self.numbers[name], np.asarray(given, dtype=float).ravel(), name)
            arrays = [follower.added_to(array, moved) for follower, array in zip(self.followers[name], arrays, strict=True)]
        return _with_parts(self.program, arrays)


def _moves(base: Floats, given: Floats, name: str) -> Floats:
    """How far numbers have moved; infinite ones stay where they are."""
    moves = np.isfinite(base)
    stays = np.array_equal(base[~moves], given[~moves], equal_nan=True) and np.isfinite(given[moves]).all()
    _refuse_unless(stays, f"{name}: a limit comes or goes")
    return np.subtract(given, base, out=np.zeros_like(base), where=moves)


def parts(program: Program) -> list[Floats]:
    """Return all bounds of a program, then the cost and the constant of each goal."""
    goals = [array for cost, constant in program.goals.values() for array in (cost, np.array([constant]))]
    return [*(getattr(program, name) for name in _BOUNDS), *goals]


def _with_parts(program: Program, arrays: list[Floats]) -> Program:
    """Return a program with other arrays of `parts`; goals of which nothing has moved stay the same object."""
    bounds, found = arrays[: len(_BOUNDS)], iter(arrays[len(_BOUNDS) :])
    goals = {name: (next(found), float(next(found)[0])) for name in program.goals}
    stay = all(goals[name][0] is cost and goals[name][1] == constant for name, (cost, constant) in program.goals.items())
    changed: dict[str, Any] = dict(zip(_BOUNDS, bounds, strict=True))
    moved = replace(program, **changed)
    return moved if stay else replace(moved, goals=goals)


def find_moving(compiled: Compiled, numbers: Numbers) -> tuple[Moving, dict[str, str]]:
    """Find out how a program follows numbers of its inputs, and why it does not follow some."""
    base = {name: np.array(values, dtype=float).ravel() for name, values in numbers.items()}
    program = compiled(base)
    followers: dict[str, tuple[Follower, ...]] = {}
    refused: dict[str, str] = {}
    for name in base:
        try:
            followers[name] = _followers(compiled, program, base, name)
        except StructureChanges as error:
            refused[name] = f"{name}: {error}"
    moving = Moving(program, {name: base[name] for name in followers}, followers)
    if len(followers) > 1:
        drawn = {name: base[name] * np.random.default_rng(0).uniform(0.6, 1.0, base[name].size) for name in followers}
        _prove(moving.at(drawn), compiled({**base, **drawn}), 1.0)
    return moving, refused


def find_moving_within(program: Program, compiled: Compiled, ranges: Mapping[str, tuple[float, float]]) -> Moving:
    """Find out how a program follows single numbers within ranges; StructureChanges where it follows some otherwise."""
    ends = {name: np.array(pair, dtype=float) for name, pair in ranges.items()}
    followers = {}
    for name, (low, high) in ends.items():
        tried = _tried(program, compiled({name: np.array([low])}), compiled({name: np.array([high])}))
        followers[name] = tuple(_between(three, high - low) for three in tried)
    moving, random = Moving(program, {name: pair[:1] for name, pair in ends.items()}, followers), np.random.default_rng(0)
    for _ in range(PROOFS):
        drawn = {name: random.uniform(pair[0], pair[1], 1) for name, pair in ends.items()}
        _prove(moving.at(drawn), compiled(drawn), 1.0)
    return moving


def _followers(compiled: Compiled, program: Program, base: dict[str, Floats], name: str) -> tuple[Follower, ...]:
    """Learn from equal moves of one input and from moves in known ratios; prove it on numbers drawn above and below."""
    still, drawn = base[name], np.random.default_rng(0)
    count, scale = len(still), float(np.abs(still[np.isfinite(still)]).max(initial=0.0)) or 1.0
    ratios = 1.0 + np.arange(1, count + 1) / (count + 1)
    one, other = (compiled({**base, name: still + scale * move}) for move in (1.0, ratios))  # what is infinite stays so
    found = tuple(_of_several(three, scale, count) for three in _tried(program, one, other))
    moving = Moving(program, {name: still}, {name: found})
    for moved in (still + scale * drawn.uniform(0.5, 1.5, count), still * drawn.uniform(0.1, 1.0, count)):
        _prove(moving.at({name: moved}), compiled({**base, name: moved}), scale)
    return found


def _tried(program: Program, one: Program, other: Program) -> Iterator[Three]:
    """Yield, of each array, the entries that move when others are tried: their places, and what they are in all three."""
    for tried in (one, other):
        _refuse_other(program, tried)
    for still, first, second in zip(parts(program), parts(one), parts(other), strict=True):
        places = np.flatnonzero((first != still) | (second != still))
        values = still[places], first[places], second[places]
        _refuse_unless(np.isfinite(values).all(), "a bound is there for some numbers and not for others")
        yield places, *values


def _of_several(tried: Three, scale: float, count: int) -> Follower:
    """Read which number each entry follows off its moves in known ratios."""
    places, still, equal, graded = tried
    risen = equal - still
    share = np.divide(graded - still, risen, out=np.full(len(places), np.nan), where=risen != 0)
    sources = np.nan_to_num((share - 1.0) * (count + 1), nan=0.0).round().astype(np.int64) - 1
    return Follower(places, np.clip(sources, 0, max(count - 1, 0)), risen / scale)


def _between(tried: Three, width: float) -> Follower:
    """Draw the line of one number between the ends of its range."""
    places, still, low, high = tried
    return Follower(places, np.zeros(len(places), dtype=np.int64), (high - low) / width, low - still)


def _refuse_other(one: Program, other: Program) -> None:
    """Refuse a program with another matrix or other goals."""
    same = one.goals.keys() == other.goals.keys() and len(one.row_lower) == len(other.row_lower)
    same = same and len(one.column_lower) == len(other.column_lower) and one.matrix.equals(other.matrix)
    _refuse_unless(same, "the numbers change coefficients of the model")


def _prove(told: Program, true: Program, scale: float) -> None:
    """Refuse arrays that are not those of the model itself."""
    _refuse_other(told, true)
    for found, due in zip(parts(told), parts(true), strict=True):
        apart = found != due
        with np.errstate(invalid="ignore"):
            missed = np.abs(found[apart] - due[apart]) > ROUNDING * np.maximum(scale, np.abs(due[apart]))
        follows = not missed.any() and np.isfinite(due[apart]).all()
        _refuse_unless(follows, "a bound or a cost follows several of the numbers, or bends with them")
