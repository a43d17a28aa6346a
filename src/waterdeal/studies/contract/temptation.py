"""Who is tempted to stop, in which month, and the smallest guarantee that ends it.

A party that stops in a month gives nothing from then on. The others see it when the month is settled and give nothing after it: what they
owe in that month they have given already. So stopping gains what the party still had to give, and loses what it was yet to get afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.types import Floats

#: money below which nobody is tempted, as a share of what is given in all
SPECK = 1e-9


@dataclass(frozen=True)
class Stream:
    """What a party gives and gets by month, in money: what giving costs itself, and what it is worth to itself to get."""

    party: str
    gives: tuple[float, ...]
    gets: tuple[float, ...]
    paid: tuple[float, ...] = ()  # money for the energy of each month, paid when the month is settled: got above zero, given below

    @property
    def gain(self) -> float:
        """What the whole contract brings the party."""
        return sum(self.gets) - sum(self.gives) + sum(self.paid)

    def saved(self) -> Floats:
        """What stopping in each month saves: all that is still to be given, and to be paid."""
        return _still(self.gives) + _still([-min(money, 0.0) for money in self.money])

    def lost(self) -> Floats:
        """What it loses: all that is still to be got after the month, and the money for what it sends no more."""
        return np.asarray(_still(self.gets) - self.gets + _still([max(money, 0.0) for money in self.money]), dtype=np.float64)

    @property
    def money(self) -> tuple[float, ...]:
        """Money of each month; none where nothing is paid."""
        return self.paid or (0.0,) * len(self.gives)

    def by_stopping(self, anew: Mapping[int, tuple[float, float]] | None = None) -> tuple[Floats, Floats]:
        """What stopping in each month saves and loses; in some months as a plan made anew says."""
        saved, lost = self.saved(), self.lost()
        for month, figures in (anew or {}).items():
            saved[month], lost[month] = figures
        return saved, lost


def _still(amounts: Sequence[float]) -> Floats:
    """What is still to come from each month on."""
    return np.asarray(np.cumsum(np.array(amounts, dtype=float)[::-1])[::-1], dtype=np.float64)


@dataclass(frozen=True)
class Tempted:
    """The month in which a party gains most by stopping, and what ends that."""

    party: str
    month: int | None  # place of the month; None where stopping never pays
    nearest: int | None  # the month in which it loses least where it never pays; None where nothing is to be done
    anew: bool  # whether the rest of the year was planned anew after that month
    saved: float
    lost: float
    deposit: float  # smallest sum held by a third that the party loses by stopping: stopping pays in no month
    next_year: float  # what the same contract would bring it in a next year, which stopping puts at stake
    rounds: int | None  # into how many equal rounds the year is to be cut, so that the next year is worth more than what is kept back

    @property
    def gain(self) -> float:
        """What stopping gains."""
        return self.saved - self.lost


def most_tempted(stream: Stream, anew: Mapping[int, tuple[float, float]] | None = None) -> int | None:
    """Return the month in which stopping gains a party most, or loses it least: the last of several; None where all is done."""
    saved, lost = stream.by_stopping(anew)
    giving = np.flatnonzero(stream.saved() + stream.lost() > _speck(stream))
    if not giving.size:
        return None
    gains = (saved - lost)[giving]
    return int(giving[np.flatnonzero(gains >= gains.max() - _speck(stream))[-1]])


def _speck(stream: Stream) -> float:
    """Money that is nothing to a party."""
    return SPECK * (1 + sum(map(abs, (*stream.gives, *stream.gets, *stream.paid))))


def tempted(stream: Stream, anew: Mapping[int, tuple[float, float]] | None = None) -> Tempted:
    """Find the month in which a party gains most by stopping: the last of several, when it is about to give.

    Examples
    --------
    >>> found = tempted(Stream("UP", gives=(0, 0, 6), gets=(5, 5, 0)))
    >>> found.month, found.deposit
    (2, 6.0)
    """
    month = most_tempted(stream, anew)
    if month is None:
        return Tempted(stream.party, None, None, False, 0.0, 0.0, 0.0, stream.gain, None)
    saved, lost = (float(figures[month]) for figures in stream.by_stopping(anew))
    found = Tempted(stream.party, month, month, month in (anew or {}), saved, lost, saved - lost, stream.gain, None)
    if found.gain <= _speck(stream):
        return replace(found, month=None, deposit=0.0)
    return replace(found, rounds=None if stream.gain <= _speck(stream) else max(1, ceil(found.gain / stream.gain - SPECK)))


@dataclass(frozen=True)
class Order:
    """A share of what the others give that comes after what the party gives: what is then kept back by either at most."""

    share: float
    party: float  # what the party gains at most by stopping
    others: float  # what the others gain at most


def best_order(first: Stream, then: Stream) -> Order:
    """Return the share of what `first` gives that should come after what `then` gives, so that the larger temptation is least.

    With a share s of all that `first` gives and is paid for kept for the end, what either gains by stopping in a month is a line of s: one
    side is tempted the less, the other the more.

    Examples
    --------
    >>> best_order(Stream("LOW", (4, 0), (0, 9)), Stream("UP", (0, 6), (8, 0)))
    Order(share=0.5, party=2.0, others=2.0)
    """
    money, after = _still(then.money), _still(then.gets) - np.array(then.gets, dtype=float)
    slopes = (after - sum(then.gets)) + (money - sum(then.money))
    party = _lines(then, slopes, -sum(then.money))
    costs = _still(first.gives) - _still(first.money)
    others = _lines(first, costs[0] - costs, costs[0]) if costs.size else np.zeros((1, 2))
    every = np.vstack([party, others, np.zeros((1, 2))])
    rise = every[:, None, 1] - every[None, :, 1]
    met = np.divide(every[None, :, 0] - every[:, None, 0], rise, out=np.zeros_like(rise), where=rise != 0)
    shares = np.unique(np.clip(np.append(met, [0.0, 1.0]), 0.0, 1.0))
    most = (every[:, :1] + every[:, 1:] * shares).max(axis=0)
    share = float(shares[np.flatnonzero(most <= most.min() + SPECK * (1 + most.min()))[0]])
    gains = [max(0.0, float((side[:, 0] + side[:, 1] * share).max())) for side in (party, others)]
    return Order(share, *gains)


def _lines(stream: Stream, slopes: Floats, end: float) -> Floats:
    """What stopping in each month gains where a share is kept for the end, as (without it, by share); and at the end."""
    return np.column_stack([np.append(stream.saved() - stream.lost(), 0.0), np.append(slopes, end)])


def spread_over(total: float, weights: Sequence[float]) -> tuple[float, ...]:
    """Spread an amount over months by weights above zero; evenly over all where there are none."""
    above = np.maximum(np.array(weights, dtype=float), 0.0)
    shares = above / above.sum() if above.sum() > 0 else np.full(len(above), 1 / max(1, len(above)))
    return tuple((total * shares).tolist())
