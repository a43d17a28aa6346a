"""Who is tempted to stop, in which month, and the smallest guarantee that ends it.

A party that stops in a month gives nothing from then on. The others see it when the month is settled and give nothing after it: what they
owe in that month they have given already. So stopping gains what the party still had to give, and loses what it was yet to get afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.types import Floats

#: money below which nobody is tempted, as a share of what is given in all
SPECK = 1e-9


@dataclass(frozen=True)
class Stream:
    """What a party gives and gets by month, in money: what giving costs itself, and what it is worth to itself to get."""

    party: str
    gives: tuple[float, ...]
    gets: tuple[float, ...]

    @property
    def gain(self) -> float:
        """What the whole contract brings the party."""
        return sum(self.gets) - sum(self.gives)

    def saved(self) -> Floats:
        """What stopping in each month saves: all that is still to be given."""
        return np.asarray(np.cumsum(np.array(self.gives, dtype=float)[::-1])[::-1], dtype=np.float64)

    def lost(self) -> Floats:
        """What it loses: all that is still to be got after the month."""
        gets = np.array(self.gets, dtype=float)
        return np.asarray(np.cumsum(gets[::-1])[::-1] - gets, dtype=np.float64)

    def temptation(self) -> Floats:
        """What stopping in each month gains in all; below zero where it does not pay."""
        return self.saved() - self.lost()


@dataclass(frozen=True)
class Tempted:
    """The month in which a party gains most by stopping, and what ends that."""

    party: str
    month: int | None  # place of the month; None where stopping never pays
    saved: float
    lost: float
    deposit: float  # smallest sum held by a third that the party loses by stopping: stopping pays in no month
    next_year: float  # what the same contract would bring it in a next year, which stopping puts at stake
    rounds: int | None  # into how many equal rounds the year is to be cut, so that the next year is worth more than what is kept back

    @property
    def gain(self) -> float:
        """What stopping gains."""
        return self.saved - self.lost


def tempted(stream: Stream) -> Tempted:
    """Find the month in which a party gains most by stopping: the last of several, when it is about to give.

    Examples
    --------
    >>> found = tempted(Stream("UP", gives=(0, 0, 6), gets=(5, 5, 0)))
    >>> found.month, found.deposit
    (2, 6.0)
    """
    temptation, saved, lost = stream.temptation(), stream.saved(), stream.lost()
    speck = SPECK * (1 + sum(map(abs, stream.gives)) + sum(map(abs, stream.gets)))
    best = np.flatnonzero(temptation >= temptation.max(initial=0.0) - speck)
    month = int(best[-1]) if best.size and temptation.max() > speck else None
    if month is None:
        return Tempted(stream.party, None, 0.0, 0.0, 0.0, stream.gain, None)
    most = float(temptation[month])
    rounds = None if stream.gain <= speck else max(1, ceil(most / stream.gain - SPECK))
    return Tempted(stream.party, month, float(saved[month]), float(lost[month]), most, stream.gain, rounds)


@dataclass(frozen=True)
class Order:
    """A share of what the others give that comes after what the party gives: what is then kept back by either at most."""

    share: float
    party: float  # what the party gains at most by stopping
    others: float  # what the others gain by stopping when their last part is due


def best_order(first: Stream, then: Stream) -> Order:
    """Return the share of what `first` gives that should come after what `then` gives, so that the larger temptation is least.

    With a share s kept for the end the one that gives last of all, `first`, gains what that share costs it by stopping. The other, `then`,
    gains what it gives, less what that share is worth to it. One rises with s, the other falls: the larger is least where they meet.

    Examples
    --------
    >>> best_order(Stream("LOW", (4, 0), (0, 9)), Stream("UP", (0, 6), (8, 0)))
    Order(share=0.5, party=2.0, others=2.0)
    """
    cost, worth, given = sum(first.gives), sum(then.gets), sum(then.gives)
    share = min(1.0, given / (worth + cost)) if worth + cost > 0 and given > 0 else 0.0
    return Order(share, max(0.0, given - share * worth), max(0.0, share * cost))


def spread_over(total: float, weights: Sequence[float]) -> tuple[float, ...]:
    """Spread an amount over months by weights above zero; evenly over all where there are none."""
    above = np.maximum(np.array(weights, dtype=float), 0.0)
    shares = above / above.sum() if above.sum() > 0 else np.full(len(above), 1 / max(1, len(above)))
    return tuple((total * shares).tolist())
