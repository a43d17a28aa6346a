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
from waterdeal.scenario.horizon import MONTH_DAYS, by_month
from waterdeal.science.periodic import fit_regularised, month_basis
from waterdeal.tracking.exchange import ANSWERS, SHIFTED, Terms, foretells, gained_in, parted
from waterdeal.tracking.observed import read_record
from waterdeal.tracking.reaches import find_sites, reached, unfitted
from waterdeal.tracking.river import River, rates
from waterdeal.units import rate_to_volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
#: by how much a share is moved to see what follows
STEP_OF_SHARE = 0.02
#: rounds of the fit: what users take is cut where water is short, and what is lost follows the flow, so that closures are not quite linear
ROUNDS = 4
#: and until nothing that is sought moves by more, m3/s
SETTLED = 0.2
#: least number of months with a closure that a place needs
LEAST = 10
#: years in which a place must close for an answer to their wetness to be sought
LEAST_YEARS = 5
#: an exchange is booked where it is so many standard errors from zero in some month
BOOKED = 2.0


@dataclass(frozen=True)
class Calibration:
    """What a record says of a river."""

    #: one row a place and month: exchange (m3/s, a gain above 0), its standard error, ``low`` and ``high`` at two of them, whether it
    #: is told apart from nothing, and ``wetter``: how much more a year twice as wet brings beside what gains follow by themselves
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
    found, measured = find_sites(read, record), _measured(read, record)
    plain = unfitted(read, found, measured)
    stretches = [River.over(plain, part) for part in _stretches(record)]
    problem = _Problem(stretches, tuple(found))
    usable = [row for row in range(len(found)) if problem.used(row) >= LEAST]
    if not usable:
        raise ActualDataError(observed.name, [make_problem(observed.name, None, "", "hindcast.no_balance", least=LEAST)])
    sites = tuple(found[row] for row in usable)
    problem = _Problem(stretches, sites)
    answer = _Answer(problem)
    told = answer.exchange(), answer.shares(), answer.told()
    return Calibration(*told, record.sources, record.guesses, plain, sites, measured, problem.flow, _period(record))


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
        self.rivers, self.sites, self.basis = stretches, sites, month_basis()
        self.terms = Terms(len(sites))
        self.start = np.zeros(self.terms.count)
        self.start[self.terms.users] = TAKEN
        self.wetness = [river.wetness_at([site.node for site in sites]) for river in stretches]
        self.more = [np.zeros_like(wet) for wet in self.wetness]
        self.done = [self._run(place, self.start) for place in range(len(stretches))]
        self.flow = self._flows()
        self.mask = [self._mask(river, done) for river, done in zip(stretches, self.done, strict=True)]
        self.answering: Flags = np.zeros(len(sites), dtype=bool)
        lagged = {str(link) for river in stretches for link in river.inputs["lagged_link"].values}
        self.instant = not any(lagged & set(site.links) for site in sites)
        #: the places on whose closures the exchange of each place acts, and the withdrawals of its users
        self.reached = tuple([reached(stretches, list(sites), row, users=users) for row in range(len(sites))] for users in (False, True))

    def used(self, row: int) -> int:
        """Months in which a place closes its balance."""
        return int(sum(mask[row].sum() for mask in self.mask))

    def _exchange(self, place: int, value: Floats) -> Floats:
        """Exchange of each place by step of a stretch, hm3."""
        river, last = self.rivers[place], place == len(self.rivers) - 1
        months, wet = river.months - 1, self.wetness[place] - 1.0
        rate = self.terms.usual(value, last=last)[:, months] + self.terms.answer(value)[:, months] * wet + self.more[place]
        return np.asarray(rate_to_volume(rate, river.record.days[1:]))

    def _follow(self, value: Floats, matrix: Floats) -> Floats:
        """Run all stretches, tell how gains followed the wetness and losses the flow, as they are written, and what closures are then."""
        self.done = [self._run(place, value) for place in range(len(self.rivers))]
        base = self._counted(self.done)
        self.flow, before = self._flows(), self.more.copy()
        loses = np.array([bool(site.losing) for site in self.sites])
        for place, (river, done) in enumerate(zip(self.rivers, self.done, strict=True)):
            usual = self.terms.usual(value, last=place == len(self.rivers) - 1)
            answer, months = self.terms.answer(value), river.months - 1
            gained, lost = (each[:, months] for each in parted(usual, self.flow))
            answer, wet = answer[:, months], self.wetness[place]
            links, mean = river.inputs["link"].values.tolist(), self.flow[:, months]
            entering = rates(done.flow, river.steps)
            own = np.array([entering[links.index(site.losing)] if site.losing else np.ones(len(river.steps)) for site in self.sites])
            share = np.divide(own, mean, out=np.ones_like(mean), where=mean > 0)
            follows = gained_in(gained, answer, wet) - lost * share - (gained - lost) - answer * (wet - 1.0)
            self.more[place] = np.where(loses[:, None], follows, 0.0)
        for site in range(len(self.sites)):
            change = self._laid([now[site] - then[site] for now, then in zip(self.more, before, strict=True)])
            base -= matrix[:, self.terms.own(site, "exchange").start] * change
        return base

    def _flows(self) -> Floats:
        """Mean flow that enters the link that loses for each place, by month, m3/s."""
        found = np.full((len(self.sites), 12), np.nan)
        months = np.concatenate([river.months for river in self.rivers])
        links = self.rivers[0].inputs["link"].values.tolist()
        pairs = zip(self.done, self.rivers, strict=True)
        entering = np.concatenate([rates(done.flow, river.steps) for done, river in pairs], axis=1)
        for row, site in enumerate(self.sites):
            if site.losing:
                flow = entering[links.index(site.losing)]
                found[row] = [flow[months == month].mean() if (months == month).any() else np.nan for month in range(1, 13)]
        return found

    def _run(self, place: int, value: Floats) -> Operated:
        """Run a stretch with exchanges and shares."""
        river = self.rivers[place]
        nodes, demands = river.inputs["node"].values.tolist(), river.inputs["demand"].values.tolist()
        gained = np.zeros((len(nodes), len(river.steps)))
        np.add.at(gained, [nodes.index(site.node) for site in self.sites], self._exchange(place, value))
        shares = value[self.terms.users].reshape(len(self.sites), 2)
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
        """Fit everything together, then again with those answers to wetness by which years that are left out are foretold better."""
        self.groups = np.concatenate([np.nonzero(mask)[0] for mask in self.mask])
        self.before = self._residuals(self.start)
        self.scale = np.array([max(float(np.std(self.before[self.groups == row])), 1.0) for row in range(len(self.sites))])
        self.known = np.concatenate([self._spread(river)[mask] for river, mask in zip(self.rivers, self.mask, strict=True)])
        matrix = self._matrix(self.start, self.before)
        fit = self._settle(matrix, self.start)
        self.answering = np.array([self._answers(row, matrix, fit.value) for row in range(len(self.sites))], dtype=bool)
        if self.answering.any():
            fit = self._settle(matrix, fit.value)
        self._follow(fit.value, matrix)
        self.after = self._residuals(fit.value)
        return fit

    def _settle(self, matrix: Floats, value: Floats) -> Fit:
        """Fit in rounds, in which what gains and losses follow is renewed."""
        for turn in range(ROUNDS):
            base = self._follow(value, matrix)
            slopes = matrix if self.instant or not turn else self._matrix(value, self._residuals(value))
            precision = self.terms.precision(self.scale, TAKEN_SPREAD, self.answering)
            fit = fit_regularised(slopes, base + slopes @ value, self.groups, (self.start, precision), self.known)
            moved_by, value = np.abs(fit.value - value).max(), fit.value
            if moved_by < SETTLED:
                break
        return fit

    def _answers(self, site: int, matrix: Floats, value: Floats) -> bool:
        """Whether a place foretells years that are left out better if it answers to how wet they are."""
        if self.sites[site].headwater:
            return False
        own, terms = self.groups == site, self.terms.own(site, "exchange")
        years = self._laid([np.array([step.start.year for step in river.steps]) for river in self.rivers])[own]
        exchange, answers = matrix[own, terms], matrix[own, self.terms.own(site, "answers")]
        left = self._counted(self.done)[own] + exchange @ value[terms]
        return len(set(years.tolist())) >= LEAST_YEARS and foretells(left, exchange, answers, years)

    def _residuals(self, value: Floats) -> Floats:
        """Every closure that counts."""
        return self._counted([self._run(place, value) for place in range(len(self.rivers))])

    def _counted(self, done: Sequence[Operated]) -> Floats:
        """Closures that count, of all stretches."""
        return np.concatenate([self._closures(river, each)[mask] for river, each, mask in zip(self.rivers, done, self.mask, strict=True)])

    def _laid(self, by_stretch: Sequence[Floats | Ints]) -> Floats:
        """Values by step of each stretch, laid on the closures that count."""
        return np.concatenate([np.broadcast_to(values, mask.shape)[mask] for values, mask in zip(by_stretch, self.mask, strict=True)])

    def _matrix(self, value: Floats, base: Floats) -> Floats:
        """How much each closure falls with one of what is sought; what acts on other places is moved in one run.

        Where no reach holds water over, a closure hears of the exchange of its own month only: one run tells of all its terms.
        """
        matrix = np.zeros((len(base), self.terms.count))
        months = self._laid([river.months for river in self.rivers]).astype(int)
        for term in [*range(1 if self.instant else self.terms.each), self.terms.each, self.terms.each + 1]:
            users = term >= self.terms.each
            for group in self._apart(own_users=users):
                part = "users" if users else "exchange"
                at = [self.terms.own(site, part).start + term % self.terms.each for site in group]
                other = value.copy()
                other[at] += STEP_OF_SHARE if users else 1.0
                fall = (base - self._residuals(other)) / (STEP_OF_SHARE if users else 1.0)
                for site, column in zip(group, at, strict=True):
                    own = np.isin(self.groups, sorted(self.reached[users][site]))
                    matrix[own, column] = fall[own]
                    if self.instant and not users:
                        matrix[own, self.terms.own(site, "exchange")] = fall[own, None] * self.basis[months[own] - 1]
        last = self._laid([np.full(len(river.steps), float(river is self.rivers[-1])) for river in self.rivers])
        for site in range(len(self.sites)):
            terms = matrix[:, self.terms.own(site, "exchange")]
            wet = self._laid([wetness[site] - 1.0 for wetness in self.wetness])
            matrix[:, self.terms.own(site, "answers")] = terms[:, :ANSWERS] * wet[:, None]
            if len(self.rivers) > 1:
                matrix[:, self.terms.own(site, "shifts")] = terms[:, :SHIFTED] * last[:, None]
        return matrix

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


class _Answer:
    """What a fit tells of every place."""

    def __init__(self, problem: _Problem) -> None:
        self.problem, self.sites, self.rivers, self.terms = problem, problem.sites, problem.rivers, problem.terms
        self.fit = problem.solve()

    def _weights(self, site: int) -> Floats:
        """What makes the exchange of a place in each month of what is sought, as it is in the last stretch, by (month, sought)."""
        weights = np.zeros((12, self.terms.count))
        weights[:, self.terms.own(site, "exchange")] = self.problem.basis
        weights[:, self.terms.own(site, "shifts")] = self.problem.basis[:, :SHIFTED]
        return weights

    def exchange(self) -> pd.DataFrame:
        """Exchange of every place by month with its standard error, and what a wetter year brings more."""
        rows, wetter = [], self.terms.answer(self.fit.value) * self.problem.answering[:, None]
        for number, site in enumerate(self.sites):
            weights = self._weights(number)
            value = weights @ self.fit.value
            error = np.sqrt(np.einsum("ij,jk,ik->i", weights, self._known(), weights) + self._disagreement(site) ** 2)
            booked = not site.headwater and bool((np.abs(value) > BOOKED * error).any())
            columns = zip(value.tolist(), error.tolist(), wetter[number].tolist(), strict=True)
            rows += [
                (site.place, month, found, deviation, found - 2 * deviation, found + 2 * deviation, booked, more)
                for month, (found, deviation, more) in enumerate(columns, start=1)
            ]
        return pd.DataFrame(rows, columns=["place", "month", "exchange", "error", "low", "high", "booked", "wetter"])

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
            covariance[self.terms.shifts], covariance[:, self.terms.shifts] = 0.0, 0.0
        return covariance

    def shares(self) -> pd.DataFrame:
        """Share of the requirement taken at every place and season with its standard error."""
        first, deviation = self.terms.users.start, np.sqrt(np.diag(self.fit.covariance))
        rows = [
            (site.place, season, self.fit.value[first + 2 * row + part], deviation[first + 2 * row + part], " ".join(site.demands))
            for row, site in enumerate(self.sites)
            for part, season in enumerate(("growing", "non-growing"))
            if site.demands
        ]
        return pd.DataFrame(rows, columns=["place", "season", "share", "error", "demands"])

    def told(self) -> pd.DataFrame:
        """What is told of each place."""
        days = rate_to_volume(1.0, MONTH_DAYS)
        rows = []
        for number, site in enumerate(self.sites):
            year, here = days @ self._weights(number), self.problem.groups == number
            spread = (float(np.sqrt((each[here] ** 2).mean())) for each in (self.problem.before, self.problem.after))
            apart = float(days @ self._disagreement(site))
            total, error = float(year @ self.fit.value), float(np.sqrt(year @ self._known() @ year + apart**2))
            rows.append((site.place, "reservoir" if site.is_body else "gauge", int(here.sum()), *spread, total, error))
        return pd.DataFrame(rows, columns=["place", "kind", "months", "before", "after", "year", "error"])
