"""How far a price holds: a convex piecewise linear value is walked back from the far end to the end of its first line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.errors import SolverTrouble

if TYPE_CHECKING:
    from waterdeal.solve.amounts import Target
    from waterdeal.solve.respond import Response, Responses

#: first step that a slope is taken over: a share of the amount, and no less than this; and the smallest one
STEP_SHARE, STEP, SMALLEST_STEP = 1e-3, 1e-2, 1e-4
#: how closely the slopes over a step and over half of it must agree
AGREE = 1e-6
#: by how much the mean slope up to a point may differ from the price for the price to hold there
SAME = 1e-6
#: most lines that are met on the way back from the far end of a range
MOST_LINES = 60


class Ray:
    """An amount that changes one way, as far as there is a plan.

    Parameters
    ----------
    responses : Responses
        What a change does.
    target : Target
        The amount.
    sign : float
        1 for more, -1 for less.
    far : float
        How far to look; `far` is less afterwards, and `is_cut` true, where there is no plan so far away.
    """

    def __init__(self, responses: Responses, target: Target, sign: float, far: float) -> None:
        """Find how far there is a plan."""
        self.responses, self.target, self.sign = responses, target, sign
        self._known: dict[float, Response] = {}
        self.far, self.is_cut = far, False
        found = responses.at(target, sign * far) if far > 0 else None
        if found is None and far > 0:
            self.far, self.is_cut = abs(responses.furthest(target, sign * far)), True
        elif found is not None:
            self._known[far] = found

    def at(self, by: float) -> Response:
        """Return the response to a change that has a plan; to a hair less of it where rounding says there is none."""
        if by not in self._known:
            found = self.responses.at(self.target, self.sign * by)
            if found is None:
                found = self.responses.at(self.target, self.sign * (by - SMALLEST_STEP / 10))
            if found is None:
                message = f"a change of {self.target.name} by {self.sign * by:g} has a plan and has none"
                raise SolverTrouble(message)
            self._known[by] = found
        return self._known[by]

    def first_slope(self) -> tuple[int, float]:
        """Return the first level that changes, and its slope, over a step so small that half of it gives the same.

        Returns
        -------
        level, slope
            The number of levels, and zero, where none changes.
        """
        step = min(max(STEP_SHARE * abs(self.target.amount), STEP), self.far)
        while True:
            whole, half = self.at(step), self.at(step / 2)
            slope, near = whole.change / step, half.change / (step / 2)
            if whole.level == half.level and abs(slope - near) <= AGREE * (1 + abs(near)):
                return whole.level, slope
            if step / 4 < SMALLEST_STEP:
                return half.level, near
            step /= 4

    def end_of(self, level: int, slope: float) -> float:
        """Walk back from the far end, line after line, to where a price ends.

        Parameters
        ----------
        level : int
            Place of the level it belongs to.
        slope : float
            Change of that level for a change of one.

        Returns
        -------
        float
            Largest change up to which the level goes along its line, and those before it stay.
        """
        end = self.far
        for _ in range(MOST_LINES):
            place, above = self._off(end, level, slope)
            if above <= SAME * (1 + abs(slope)) * end:
                return end
            end = self._meeting(end, (place, above), (level, slope))
        return end

    def _off(self, by: float, level: int, slope: float) -> tuple[int, float]:
        """First level that is off the line, and by how much."""
        found = self.at(by)
        if found.level < level:
            return found.level, abs(found.change)
        change = found.change if found.level == level else 0.0
        return level, abs(change - slope * by)

    def _meeting(self, end: float, off: tuple[int, float], line: tuple[int, float]) -> float:
        """Where the line through the value just before `end` meets the line of the price; convexity puts the true end no further."""
        back = end * STEP_SHARE
        for _ in range(4):
            place, above = self._off(end - back, *line)
            if above <= SAME * (1 + abs(line[1])) * (end - back):
                back /= 10
                continue
            steep = (off[1] - above) / back if place == off[0] else 0.0
            return max(end - off[1] / steep, 0.0) if steep > 0 and end - off[1] / steep < end - back else end - back
        return end - back
