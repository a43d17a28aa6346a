"""Calibrate a river on a record: what its reaches gain and lose by month, and what share of their requirement users took.

Between two gauges the river gains or loses what the model does not know: drainage, groundwater, streams, unknown intakes. It is a smooth
function of the month, one for each place where a balance can be closed: a gauge, or a reservoir whose storages and releases are measured.
All are fitted together on the closures of a river run as it was measured, with the shares that users took drawn to what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.basin.read import read_basin
from waterdeal.calendar import StepKind
from waterdeal.errors import ActualDataError, make_problem
from waterdeal.scenario.horizon import by_month
from waterdeal.science.periodic import fit_regularised, month_basis, month_penalty
from waterdeal.tracking.observed import read_record
from waterdeal.tracking.reaches import find_sites, reached, unfitted
from waterdeal.tracking.river import River, rates
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from waterdeal.basin.schema import Basin
    from waterdeal.imports.grid import Guess
    from waterdeal.replay.operated import Operated
    from waterdeal.science.periodic import Fit
    from waterdeal.tracking.observed import Record
    from waterdeal.tracking.reaches import Site
    from waterdeal.types import Flags, Floats, Ints

#: share of the requirement that users take where nothing is known, and the standard deviation of that: judgement
TAKEN, TAKEN_SPREAD = 0.85, 0.15
#: how much of the wetness of a year gains follow: drainage and groundwater half, judgement
FOLLOWS = 0.5
#: an exchange may swing by so many standard deviations of the closures of its place, a harmonic by that over the square of its order
SCALE = 3.0
#: mean and yearly swing of an exchange may differ by that part of such a deviation in the last stretch of a record that has gaps, where
#: gauges and users have changed: the first terms of the function of the month
SHIFT, SHIFTED = 0.5, 3
#: by how much a share is moved to see what follows
STEP_OF_SHARE = 0.02
#: rounds of the fit: what users take is cut where water is short, so that closures are not quite linear
ROUNDS = 2
#: least number of months with a closure that a place needs
LEAST = 10
#: an exchange is booked where it is so many standard errors from zero in some month
BOOKED = 2.0


@dataclass(frozen=True)
class Calibration:
    """What a record says of a river."""

    #: one row a place and month: exchange (m3/s, a gain above 0), its standard error, ``low`` and ``high`` at two of them, and whether it
    #: is told apart from nothing
    exchange: pd.DataFrame
    #: one row a place and season: share of the requirement taken, its standard error, and the demands it is of
    taken: pd.DataFrame
    #: one row a place: what closes it (`gauge` or `reservoir`), months used, standard deviation of the errors before and after (m3/s), and
    #: the yearly exchange (hm3) with its standard error
    places: pd.DataFrame
    sources: Mapping[str, tuple[str, ...]]  # agencies of places that have several
    guesses: tuple[Guess, ...]  # what had to be guessed in reading
    basin: Basin  # the basin that was calibrated, without earlier gains and losses of its gauged reaches
    sites: tuple[Site, ...]  # where exchanges stand
    measured: pd.DataFrame  # one row a demand that was measured and month: share of its requirement that it took, smooth over the year
    flow: Floats  # mean flow through the link that loses, by (place, month), m3/s
    period: str  # first and last month of the record


def calibrate(basin: Path | str, observed: Path, gauges: Mapping[str, str] | None = None) -> Calibration:
    """Calibrate the gains and losses of a basin on a record.

    Parameters
    ----------
    basin : pathlib.Path or str
        Folder of a basin.
    observed : pathlib.Path
        Table of measurements, as `read_actual` reads them: monthly flows of links, storages of reservoirs, deliveries.
    gauges : mapping of str to str, optional
        Whose gauge counts at a place, by link; else the mean of all, and in either case half their difference is an error that no fit
        explains.

    Returns
    -------
    Calibration
        Exchanges in m3/s by month, shares taken, with standard errors.

    Raises
    ------
    FileProblem, BasinDataError, ActualDataError, InputError
        If files cannot be read, or no balance can be closed in ten months.
    """
    read = read_basin(basin)
    record = read_record(read, observed, StepKind.MONTH, gauges or {})
    found = find_sites(read, record)
    plain = unfitted(read, found)
    stretches = [River.over(plain, part) for part in _stretches(record)]
    problem = _Problem(stretches, tuple(found))
    usable = [row for row in range(len(found)) if problem.used(row) >= LEAST]
    if not usable:
        raise ActualDataError(observed.name, [make_problem(observed.name, None, "", "hindcast.no_balance", least=LEAST)])
    sites = tuple(found[row] for row in usable)
    problem = _Problem(stretches, sites)
    answer = _Answer(problem)
    told = answer.exchange(), answer.shares(), answer.told()
    return Calibration(*told, record.sources, record.guesses, plain, sites, _measured(read, record), answer.flows(), _period(record))


def _period(record: Record) -> str:
    """First and last month in which something was measured over a whole month, as ``2022-04 to 2023-03``."""
    measured = np.asarray(np.isfinite(record.value["flow"]).any(axis=0)).tolist()
    months = [step.label for step, known in zip(record.steps, measured, strict=True) if known]
    return f"{months[0]} to {months[-1]}" if months else ""


def _measured(basin: Basin, record: Record) -> pd.DataFrame:
    """Share of its requirement that each measured demand took by month: a smooth function of the month over the requirement."""
    demands = basin.ids("demands")
    required = np.nan_to_num(by_month(basin.table("requirements"), "demand", "rate_m3s", demands))
    delivered, months = rates(record.value["delivery"], record.steps), np.array([step.start.month for step in record.steps])
    rows = []
    for row, demand in enumerate(demands):
        known = np.isfinite(delivered[row])
        if known.sum() < LEAST:
            continue
        terms, *_ = np.linalg.lstsq(month_basis()[months[known] - 1], delivered[row, known], rcond=None)
        smooth = np.maximum(month_basis() @ terms, 0.0)
        share = np.divide(smooth, required[row], out=np.ones(12), where=required[row] > 0)
        rows += [(demand, month, part) for month, part in enumerate(share.tolist(), start=1)]
    return pd.DataFrame(rows, columns=["demand", "month", "share"])


def _stretches(record: Record) -> list[Record]:
    """Parts of a record in which something was measured in every step, each with the step before it."""
    measured = record.measured_steps()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], measured, [False]]).astype(int)))
    parts = [(max(int(first) - 1, 0), int(after)) for first, after in zip(edges[::2], edges[1::2], strict=True)]
    return [record.window(first, after) for first, after in parts if after - first > 1]


class _Problem:
    """The least-squares problem: closures of all places and months, and how each follows from what is sought."""

    def __init__(self, stretches: list[River], sites: tuple[Site, ...]) -> None:
        self.rivers, self.sites = stretches, sites
        self.basis, self.terms = month_basis(), month_basis().shape[1]
        self.count = len(sites) * (self.terms + 2 + SHIFTED)
        self.start = np.zeros(self.count)
        self.start[self._users] = TAKEN
        self.done = [self._run(river, self.start) for river in stretches]
        self.mask = [self._mask(river, done) for river, done in zip(stretches, self.done, strict=True)]
        lagged = {str(link) for river in stretches for link in river.inputs["lagged_link"].values}
        self.instant = not any(lagged & set(site.links) for site in sites)
        #: the places on whose closures the exchange of each place acts, and the withdrawals of its users
        self.reached = tuple([reached(stretches, list(sites), row, users=users) for row in range(len(sites))] for users in (False, True))

    @property
    def _users(self) -> slice:
        """Where shares stand among what is sought: after the terms of exchanges, and before what shifts them in the last stretch."""
        return slice(len(self.sites) * self.terms, len(self.sites) * (self.terms + 2))

    def used(self, row: int) -> int:
        """Months in which a place closes its balance."""
        return int(sum(mask[row].sum() for mask in self.mask))

    def _exchange(self, river: River, value: Floats) -> Floats:
        """Exchange of each place by step, hm3."""
        terms = value[: len(self.sites) * self.terms].reshape(len(self.sites), self.terms)
        wet = 1.0 + FOLLOWS * (river.wetness - 1.0)
        if river is self.rivers[-1]:
            terms = terms.copy()
            terms[:, :SHIFTED] += value[self._users.stop :].reshape(len(self.sites), SHIFTED)
        return np.asarray(rate_to_volume(terms @ self.basis[river.months - 1].T * wet, river.record.days[1:]))

    def _run(self, river: River, value: Floats) -> Operated:
        """Run a stretch with exchanges and shares."""
        nodes, demands = river.inputs["node"].values.tolist(), river.inputs["demand"].values.tolist()
        gained = np.zeros((len(nodes), len(river.steps)))
        np.add.at(gained, [nodes.index(site.node) for site in self.sites], self._exchange(river, value))
        shares = value[self._users].reshape(len(self.sites), 2)
        taken = river.taken()
        for site, (warm, cold) in zip(self.sites, shares, strict=True):
            taken[[demands.index(demand) for demand in site.demands]] = np.where(river.growing, warm, cold)
        return river.run(river.given(taken, gauges=True, closing=True), gained)

    def _closures(self, river: River, done: Operated) -> Floats:
        """Closure of each place and step, m3/s."""
        links, bodies = river.inputs["link"].values.tolist(), river.inputs["reservoir"].values.tolist()
        rows = [
            done.body_closure[bodies.index(site.place)] if site.is_body else done.link_closure[links.index(site.place)]
            for site in self.sites
        ]
        return rates(np.array(rows).reshape(len(self.sites), -1), river.steps)

    def _mask(self, river: River, done: Operated) -> Flags:
        """Where a closure counts: known, and of a reservoir with its storage known at both ends and its releases."""
        found = np.isfinite(self._closures(river, done))
        bodies, stored = river.inputs["reservoir"].values.tolist(), np.isfinite(river.record.value["storage"])
        given = done.given.flow
        for row, site in enumerate(self.sites):
            if site.is_body:
                body = bodies.index(site.place)
                out = np.isin(river.inputs["link_from"].values, [site.place]) & (river.inputs["link_kind"].values == "river")
                found[row] &= stored[body, :-1] & stored[body, 1:] & np.isfinite(given[out]).all(axis=0)
        return found

    def _spread(self, river: River) -> Floats:
        """Error that each closure has from gauges that disagree, m3/s."""
        links = river.inputs["link"].values.tolist()
        spread = rates(river.record.spread["flow"][:, 1:], river.steps)
        return np.array([[0.0] * len(river.steps) if site.is_body else spread[links.index(site.place)] for site in self.sites])

    def solve(self) -> Fit:
        """Fit everything together."""
        value = self.start
        self.groups = groups = np.concatenate([np.nonzero(mask)[0] for mask in self.mask])
        self.before = self._residuals(value)
        self.scale = np.array([max(float(np.std(self.before[groups == row])), 1.0) for row in range(len(self.sites))])
        known = np.concatenate([self._spread(river)[mask] for river, mask in zip(self.rivers, self.mask, strict=True)])
        for _ in range(ROUNDS):
            base = self._residuals(value)
            matrix = self._matrix(value, base, groups)
            target = base + matrix @ value
            fit = fit_regularised(matrix, target, groups, self._prior(), known)
            value = fit.value
        self.after = self._residuals(value)
        self.done = [self._run(river, value) for river in self.rivers]
        return fit

    def _residuals(self, value: Floats) -> Floats:
        """Every closure that counts."""
        parts = [self._closures(river, self._run(river, value))[mask] for river, mask in zip(self.rivers, self.mask, strict=True)]
        return np.concatenate(parts)

    def _matrix(self, value: Floats, base: Floats, groups: Ints) -> Floats:
        """How much each closure falls with one of what is sought; what acts on other places is moved in one run.

        Where no reach holds water over, a closure hears of the exchange of its own month only: one run tells of all its terms.
        """
        matrix = np.zeros((len(base), self.count))
        self.last = np.concatenate([np.full(int(mask.sum()), mask is self.mask[-1]) for mask in self.mask])
        pairs = list(zip(self.rivers, self.mask, strict=True))
        months = np.concatenate([np.broadcast_to(river.months, mask.shape)[mask] for river, mask in pairs])
        terms = range(1 if self.instant else self.terms)
        for term in [*terms, self.terms, self.terms + 1]:
            users = term >= self.terms
            for group in self._apart(own_users=users):
                at = [self._column(site, term) for site in group]
                moved = value.copy()
                moved[at] += STEP_OF_SHARE if users else 1.0
                fall = (base - self._residuals(moved)) / (STEP_OF_SHARE if users else 1.0)
                for site, column in zip(group, at, strict=True):
                    own = np.isin(groups, sorted(self.reached[users][site]))
                    matrix[own, column] = fall[own]
                    if self.instant and not users:
                        matrix[own, column : column + self.terms] = fall[own, None] * self.basis[months[own] - 1]
        if len(self.rivers) > 1:
            for site in range(len(self.sites)):
                first, column = self._users.stop + site * SHIFTED, site * self.terms
                matrix[:, first : first + SHIFTED] = matrix[:, column : column + SHIFTED] * self.last[:, None]
        return matrix

    def _column(self, site: int, term: int) -> int:
        """Where a term of a place, or a share of its users, stands among what is sought."""
        users = len(self.sites) * self.terms
        return int(site * self.terms + term if term < self.terms else users + 2 * site + term - self.terms)

    def _apart(self, *, own_users: bool) -> list[list[int]]:
        """Places in groups of which no two act on one closure."""
        found: list[list[int]] = []
        for site, acted in enumerate(self.reached[own_users]):
            free = (group for group in found if not any(acted & self.reached[own_users][other] for other in group))
            group = next(free, None)
            if group is None:
                found.append([site])
            else:
                group.append(site)
        return [[site for site in group if not own_users or self.sites[site].demands] for group in found]

    def _prior(self) -> tuple[Floats, Floats]:
        """Harmonics are drawn to zero on the scale of the closures of their place, shares to what is usual."""
        terms = [month_penalty() / (SCALE * size) ** 2 for size in self.scale]
        shares, shifts = np.full(2 * len(self.sites), TAKEN_SPREAD**-2.0), np.repeat((SHIFT * self.scale) ** -2.0, SHIFTED)
        return self.start, np.concatenate([*terms, shares, shifts])


class _Answer:
    """What a fit tells of every place."""

    def __init__(self, problem: _Problem) -> None:
        self.problem, self.sites, self.rivers, self.basis = problem, problem.sites, problem.rivers, problem.basis
        self.fit = problem.solve()
        self.first, self.shifts = len(self.sites) * problem.terms, len(self.sites) * (problem.terms + 2)

    def _weights(self, site: int) -> Floats:
        """What makes the exchange of a place in each month of what is sought, as it is in the last stretch, by (month, sought)."""
        weights = np.zeros((12, self.problem.count))
        weights[:, site * self.problem.terms : (site + 1) * self.problem.terms] = self.basis
        first = self.shifts + site * SHIFTED
        weights[:, first : first + SHIFTED] = self.basis[:, :SHIFTED]
        return weights

    def exchange(self) -> pd.DataFrame:
        """Exchange of every place by month with its standard error."""
        rows = []
        for number, site in enumerate(self.sites):
            weights = self._weights(number)
            value = weights @ self.fit.value
            error = np.sqrt(np.einsum("ij,jk,ik->i", weights, self._known(), weights) + self._disagreement(site) ** 2)
            booked = not site.headwater and bool((np.abs(value) > BOOKED * error).any())
            rows += [
                (site.place, month, found, deviation, found - 2 * deviation, found + 2 * deviation, booked)
                for month, (found, deviation) in enumerate(zip(value.tolist(), error.tolist(), strict=True), start=1)
            ]
        return pd.DataFrame(rows, columns=["place", "month", "exchange", "error", "low", "high", "booked"])

    def _disagreement(self, site: Site) -> Floats:
        """Half of what agencies differ by at the gauges at both ends of a reach, by month, m3/s: no number of months averages it away."""
        months = np.concatenate([river.months for river in self.rivers])
        links = self.rivers[0].inputs["link"].values.tolist()
        own = [links.index(name) for name in (site.place, *site.links) if name in links]
        spreads = np.concatenate([rates(river.record.spread["flow"][:, 1:], river.steps)[own] for river in self.rivers], axis=1)
        total = np.sqrt((spreads**2).sum(axis=0))
        return np.array([total[months == month].mean() if (months == month).any() else 0.0 for month in range(1, 13)])

    def _known(self) -> Floats:
        """Covariance of what is sought; a shift that no second stretch tells of adds nothing."""
        covariance = self.fit.covariance.copy()
        if len(self.rivers) == 1:
            covariance[self.shifts :], covariance[:, self.shifts :] = 0.0, 0.0
        return covariance

    def shares(self) -> pd.DataFrame:
        """Share of the requirement taken at every place and season with its standard error."""
        first, deviation = self.first, np.sqrt(np.diag(self.fit.covariance))
        rows = [
            (site.place, season, self.fit.value[first + 2 * row + part], deviation[first + 2 * row + part], " ".join(site.demands))
            for row, site in enumerate(self.sites)
            for part, season in enumerate(("growing", "non-growing"))
            if site.demands
        ]
        return pd.DataFrame(rows, columns=["place", "season", "share", "error", "demands"])

    def told(self) -> pd.DataFrame:
        """What is told of each place."""
        days = rate_to_volume(1.0, np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]))
        rows = []
        for number, site in enumerate(self.sites):
            year, here = days @ self._weights(number), self.problem.groups == number
            spread = (float(np.sqrt((each[here] ** 2).mean())) for each in (self.problem.before, self.problem.after))
            apart = float(days @ self._disagreement(site))
            total, error = float(year @ self.fit.value), float(np.sqrt(year @ self._known() @ year + apart**2))
            rows.append((site.place, "reservoir" if site.is_body else "gauge", int(here.sum()), *spread, total, error))
        return pd.DataFrame(rows, columns=["place", "kind", "months", "before", "after", "year", "error"])

    def flows(self) -> Floats:
        """Mean flow that enters the link that loses for each place, by month, m3/s."""
        found = np.full((len(self.sites), 12), np.nan)
        months = np.concatenate([river.months for river in self.rivers])
        links = self.rivers[0].inputs["link"].values.tolist()
        pairs = zip(self.problem.done, self.rivers, strict=True)
        entering = np.concatenate([rates(done.flow, river.steps) for done, river in pairs], axis=1)
        for row, site in enumerate(self.sites):
            if site.losing:
                flow = entering[links.index(site.losing)]
                found[row] = [flow[months == month].mean() if (months == month).any() else np.nan for month in range(1, 13)]
        return found
