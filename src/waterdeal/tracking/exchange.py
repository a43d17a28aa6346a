"""What a river exchanges with the land along its reaches: a smooth function of the month that answers to a wet year and to the flow.

A reach gains, and it loses. What it gains answers to the wetness of the year, what it loses to the flow that there is. The exchange of a
usual year is the difference of both; near the months in which it changes sign there is some of each, so that both are smooth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.scenario.horizon import MONTH_DAYS
from waterdeal.science.periodic import HARMONICS, month_basis, month_penalty

if TYPE_CHECKING:
    from waterdeal.basin.schema import Basin
    from waterdeal.types import Flags, Floats

#: how much of the wetness of a year a gain follows where the record tells of nothing more: drainage and groundwater half, judgement
FOLLOWS = 0.5
#: an exchange may swing by so many standard deviations of the closures of its place, a harmonic by that over the square of its order
SCALE = 3.0
#: mean and yearly swing of an exchange may differ by that part of such a deviation in the last stretch of a record that has gaps, where
#: gauges and users have changed: the first terms of the function of the month
SHIFT, SHIFTED = 0.2, 3
#: terms of what a year twice as wet brings more, the mean and two harmonics, each drawn to none by so many such deviations
ANSWERS, ANSWER_SCALE = 5, 1.0
#: an answer to wetness must lower the error of years left out to that part
BETTER = 0.97
#: over how much of the smaller of its greatest gain and loss an exchange that changes sign passes from one to the other
ROUND = 0.5
#: of the flow of its month that may be at most
SMALL = 0.1
#: a term that is not sought: within a hundredth of a m3/s of none
_CLOSED = 1e4


@dataclass(frozen=True)
class Terms:
    """What is sought of places, and where it stands: exchange, answer to wetness, two shares of users, shift of the last stretch."""

    places: int

    @property
    def each(self) -> int:
        """Terms of one exchange."""
        return 1 + 2 * HARMONICS

    @property
    def answers(self) -> slice:
        """Where the answers to wetness stand."""
        first = self.places * self.each
        return slice(first, first + self.places * ANSWERS)

    @property
    def users(self) -> slice:
        """Where the shares stand."""
        return slice(self.answers.stop, self.answers.stop + 2 * self.places)

    @property
    def shifts(self) -> slice:
        """Where the shifts stand."""
        return slice(self.users.stop, self.users.stop + SHIFTED * self.places)

    @property
    def count(self) -> int:
        """Number of all."""
        return int(self.shifts.stop)

    def own(self, place: int, part: str) -> slice:
        """Where one place has its `exchange`, `answers`, `users` or `shifts`."""
        first, size = {
            "exchange": (0, self.each),
            "answers": (self.answers.start, ANSWERS),
            "users": (self.users.start, 2),
            "shifts": (self.shifts.start, SHIFTED),
        }[part]
        return slice(first + place * size, first + (place + 1) * size)

    def usual(self, value: Floats, *, last: bool) -> Floats:
        """Exchange of a usual year by (place, month), m3/s."""
        terms = value[: self.answers.start].reshape(self.places, -1).copy()
        if last:
            terms[:, :SHIFTED] += value[self.shifts].reshape(self.places, -1)
        return np.asarray(terms @ month_basis().T)

    def answer(self, value: Floats) -> Floats:
        """What a year twice as wet brings more beside what gains follow by themselves, by (place, month), m3/s."""
        return np.asarray(value[self.answers].reshape(self.places, -1) @ month_basis()[:, :ANSWERS].T)

    def precision(self, scale: Floats, spread: float, answering: Flags) -> Floats:
        """How strongly everything is drawn to where it starts, on the scale of the closures of each place."""
        size = scale[:, None]
        exchange = month_penalty() / (SCALE * size) ** 2
        answer = np.where(answering[:, None], np.maximum(month_penalty()[:ANSWERS], 1.0) / (ANSWER_SCALE * size) ** 2, _CLOSED)
        shares, shifts = np.full(2 * self.places, spread**-2.0), np.broadcast_to((SHIFT * size) ** -2.0, (self.places, SHIFTED))
        return np.concatenate([exchange.ravel(), answer.ravel(), shares, shifts.ravel()])


def parted(usual: Floats, flow: Floats) -> tuple[Floats, Floats]:
    """Return what is gained and what is lost in a usual year, by (..., month); where an exchange keeps its sign, one of them is nothing.

    Where little flows by, no more is lost than the exchange itself: `flow` is the mean of each month.
    """
    size = ROUND * np.minimum(np.maximum(usual, 0.0).max(axis=-1), np.maximum(-usual, 0.0).max(axis=-1))[..., None]
    gained = (usual + np.hypot(usual, np.minimum(size, SMALL * np.nan_to_num(flow)))) / 2
    return gained, gained - usual


def gained_in(gained: Floats, answer: Floats, wetness: Floats) -> Floats:
    """What is gained in a year or step of some wetness, where so much is gained in a usual year, m3/s."""
    return np.asarray(np.maximum(gained + (FOLLOWS * gained + answer) * (wetness - 1.0), 0.0))


def class_wetness(basin: Basin) -> dict[str, float]:
    """Water of each class of year over that of the usual one, in the order of the tables."""
    volumes = (basin.runoff.sum("node") * MONTH_DAYS).sum("month").to_series()
    usual = volumes.get("mean", volumes.get("exceeded_50", volumes.iloc[0]))
    return {str(name): float(volume / usual) if usual > 0 else 1.0 for name, volume in volumes.items()}


def foretells(closures: Floats, exchange: Floats, answers: Floats, years: Floats) -> bool:
    """Whether closures of years that are left out one by one are foretold better with answers to wetness than without."""
    scale = max(float(np.std(closures)), 1.0)
    pull = np.concatenate([month_penalty() / SCALE**2, np.maximum(month_penalty()[:ANSWERS], 1.0) / ANSWER_SCALE**2])
    missed = []
    for count in (exchange.shape[1], exchange.shape[1] + answers.shape[1]):
        matrix = np.column_stack([exchange, answers])[:, :count]
        errors = np.zeros(len(closures))
        for year in np.unique(years):
            out = years == year
            known = matrix[~out]
            found = np.linalg.lstsq(known.T @ known + np.diag(pull[:count]), known.T @ closures[~out], rcond=None)[0]
            errors[out] = closures[out] - matrix[out] @ found
        missed.append(float(np.abs(errors).mean()) / scale)
    return missed[1] < BETTER * missed[0]
