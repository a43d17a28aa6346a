"""The figures of a plan against those printed in tables: by what a row is about, whatever columns a table has and in whatever order."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from itertools import combinations
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.record.finding import Finding, capped, told
from waterdeal.record.page import Page, pages_of
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.indicators import plan_indicators
from waterdeal.results.tables import balance_items, party_balance_table, step_table
from waterdeal.units import volume_to_rate
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from waterdeal.record.rebuild import Opened
    from waterdeal.types import Floats


#: tables whose rows list every step in order
BY_STEP = frozenset({"deliveries", "delivery_rates"})
#: the table in which every body is followed by its steps
BODIES = "reservoirs"
#: tables whose figures are known by what a row is about; others were not in the first formats, or print words
KNOWN = BY_STEP | {
    BODIES, "energy", "entitlements", "parties", "reaches", "least_flows", "clauses", "clause_steps", "party_balance", "indicators",
}  # fmt: skip
#: units of the last decimal by which a printed figure may be off, so that printed figures add up
OFF = 1.01
#: who all parties are called by in pools
ALL = ""


def check_figures(record: Opened) -> list[Finding]:
    """Every figure of a table is one of the plan, of what its row is about; a workbook prints what the tables do."""
    pools = Pools(record.plan)
    findings: list[Finding] = []
    rows: dict[str, set[tuple[float, ...]]] = {}
    for name in sorted(name for name in record.annex if name in record.files):
        language, stem = name.split("/")[1], PurePosixPath(name).stem
        for page in pages_of(name, record.files[name]):
            if name.endswith(".csv"):
                rows.setdefault(language, set()).update(tuple(_numbers(row)[start:]) for row in page.rows for start in (0, 1))
            if name.endswith(".csv") and stem in KNOWN:
                findings += capped(_page_findings(pools, page, (name, language, stem)), name)
    for name in sorted(name for name in record.annex if name in record.files and name.endswith(".xlsx")):
        known = rows.get(name.split("/")[1], set())
        findings += capped(_book_findings(pages_of(name, record.files[name]), known, name), name)
    return findings


def _page_findings(pools: Pools, page: Page, place: tuple[str, str, str]) -> Iterator[Finding]:
    """Figures that are none of the plan's; rows of steps that do not give the steps in order."""
    name, language, stem = place
    about: tuple[str, ...] = ()
    head, steps = 0, len(pools.days)
    for number, row in enumerate(page.rows):
        figures = _by_column(row)
        label = next((_text(cell) for place, cell in enumerate(row) if _text(cell) and place not in figures), "")
        called = pools.called(label, language)
        about, head = (called, number) if called else (about, head)
        by_step = stem == BODIES and about and 0 < number - head <= steps
        pool = pools.of(called) if called else pools.at(about, number - head - 1) if by_step else pools.whole
        for column, (figure, digits) in figures.items():
            if not digits or _holds(pool, figure, pools.off(called) * 10.0**-digits):
                continue
            below = [_by_column(part).get(column, (0.0, 0))[0] for part in page.rows[number + 1 : number + 1 + steps]] if called else []
            others = [value for place, (value, _) in figures.items() if place != column] if called else []
            pairs = map(sum, combinations(others, 2))  # what was asked is what was given and what is short, as printed
            if not any(abs(total - figure) < 0.5 * 10.0**-digits for total in (sum(below) if below else np.inf, *pairs)):
                yield told(name, page.row_name(number), "records.no_such_figure", figure=figure, label=label)
        if stem in BY_STEP and figures and called and not pools.in_order(called, list(figures.values())):
            yield told(name, page.row_name(number), "records.other_steps", label=label)


def _book_findings(pages: Sequence[Page], known: set[tuple[float, ...]], name: str) -> Iterator[Finding]:
    """Rows of a workbook that no table of its language prints."""
    for page in pages if known else ():
        for number, row in enumerate(page.rows):
            figures = tuple(_numbers(row))
            if len(figures) > 1 and figures not in known:
                value = ", ".join(f"{value:g}" for value in figures)
                yield told(name, page.row_name(number), "records.no_table_prints", value=value)


def _text(cell: str) -> str:
    """A cell as text, without the quotes of a spreadsheet's cell and the apostrophe against formulas."""
    inner = cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "'\"" else cell
    return inner.replace("\\xa0", "\xa0").strip("\ufeff' \xa0")


def _numbers(row: Sequence[str]) -> list[float]:
    """Numbers of a row."""
    return [number for number, _ in _by_column(row).values()]


def _by_column(row: Sequence[str]) -> dict[int, tuple[float, int]]:
    """Numbers of a row, and how many decimals they are written with, by column."""
    found = {}
    for place, cell in enumerate(row):
        with suppress(ValueError):
            found[place] = (float(cell.replace(",", ".")), len(cell.replace(",", ".").partition(".")[2]))
    return found


def _holds(pool: Floats, figure: float, near: float) -> bool:
    """Whether a sorted pool has a figure, but for rounding."""
    place = int(np.searchsorted(pool, figure - near))
    return place < len(pool) and bool(pool[place] <= figure + near)


class Pools:
    """Figures of a plan by what they are about: each quantity by step, month, season and in all, in hm3 and in m3/s."""

    def __init__(self, plan: xr.Dataset) -> None:
        self.plan = plan
        steps = step_table(plan)
        self.days = steps["days"].to_numpy(dtype=float)
        self.groups = [np.ones(len(steps), dtype=bool)]
        self.groups += [(steps[kind] == label).to_numpy() for kind in ("month", "season") for label in dict.fromkeys(steps[kind])]
        self.names = names_of(plan)
        self.series: dict[str, list[Floats]] = {}
        self.figures: dict[str, list[Floats]] = {}
        about = {"flow_requirement": "flow_requirement_link", "entitlement": "entitlement_party"}
        for dim in ("demand", "plant", "link", "reservoir", "node", *about):
            for values in self._quantities(dim):
                for key, row in zip(plan[about.get(dim, dim)].values.tolist(), values, strict=True):
                    self._add(key, row)
        for name in ("demand", "plant", "node", "entitlement"):
            self._by_party(name)
        self._shares()

    @cached_property
    def whole(self) -> Floats:
        """Every figure, with the balances of parties, the indicators and the clauses."""
        measured = measure_clauses(self.plan)
        given = [self.plan[name].values for name in ("clause_conceded", "concession_made")]
        columns = [measured[name].to_numpy(dtype=float) for name in ("value", "promised", "slack")]
        balance = party_balance_table(self.plan)
        sides = [balance[items].sum(axis=1).to_numpy() for items in balance_items(balance)]
        totals = np.array([side.sum() for side in sides])
        told_of = np.array([float(value) for value in plan_indicators(self.plan).values()])
        parts = [balance.to_numpy().ravel(), balance.sum().to_numpy(), *sides, totals, told_of, 100 * told_of, *columns, *given]
        return _sorted([part for parts_of in self.figures.values() for part in parts_of] + parts)

    def called(self, label: str, language: str) -> tuple[str, ...]:
        """Ids of what a row is about; `ALL` where it is about all parties."""
        found = [key for key, names in self.names.items() if label and label in (Words(language).of(names), key) and key in self.figures]
        return tuple(found) or ((ALL,) if label == Words(language).text("record.all") else ())

    def of(self, about: tuple[str, ...]) -> Floats:
        """Figures of some ids, sorted."""
        return _sorted([part for key in about for part in self.figures[key]])

    def at(self, about: tuple[str, ...], step: int) -> Floats:
        """Figures of some ids at a step, and what they were at the end of the one before."""
        now = [series[[step, max(step - 1, 0)]] for key in about for series in self.series[key]]
        started: dict[Any, float] = self.plan["storage_initial"].to_series().to_dict() if step == 0 else {}
        return _sorted([*now, *(np.array([started[key]]) for key in about if key in started)])

    def off(self, about: tuple[str, ...]) -> float:
        """Units of the last decimal by which a figure may be off: that of a party is the sum of printed figures of those it serves."""
        owners = self.plan.variables["demand_party"].values
        count = max((len(owners) if key == ALL else int((owners == key).sum()) for key in about), default=len(np.unique(owners)))
        return OFF + count / 2

    def in_order(self, about: tuple[str, ...], figures: Sequence[tuple[float, int]]) -> bool:
        """Whether the steps of some quantity stand among figures, in order."""
        near = self.off(about)
        return any(_in_order(series, figures, near) for key in about for series in self.series.get(key, ()))

    def _quantities(self, dim: str) -> list[Floats]:
        """Every quantity of a dimension, by step or at all."""
        variables = [held for name, held in self.plan.variables.items() if held.dims[:1] == (dim,) and name != dim]
        return [held.values.astype(float) for held in variables if held.dtype.kind in "fi" and held.dims[1:] in ((), ("time",))]

    def _add(self, key: str, values: Floats) -> None:
        """One quantity of one thing."""
        kept = self.figures.setdefault(key, [])
        if not np.ndim(values):
            kept.append(np.array([values, 100 * values]))
            return
        sums, days = (np.array([each[group].sum() for group in self.groups]) for each in (values, self.days))
        rates = np.asarray(volume_to_rate(values, self.days))
        kept += [values, rates, sums, np.asarray(volume_to_rate(sums, days))]
        self.series.setdefault(key, []).extend([values, rates])

    def _by_party(self, dim: str) -> None:
        """Quantities of what a party owns, added up."""
        owners = self.plan[f"{dim}_party"].values
        for values in self._quantities(dim):
            for party in [*dict.fromkeys(owners.tolist()), ALL]:
                self._add(party, np.asarray(values[(owners == party) | (party == ALL)].sum(axis=0)))

    def _shares(self) -> None:
        """Shares, in hundredths, what is drawn from reservoirs, and what stays on the way."""
        need, given, short, owner = (self.plan[name].values for name in ("requirement", "delivery", "shortage", "demand_party"))
        due, taken, holder = (self.plan[f"entitlement_{name}"].values for name in ("volume", "delivered", "party"))
        members = {key: self.plan["demand"].values == key for key in self.plan["demand"].values.tolist()}
        members |= {party: owner == party for party in dict.fromkeys(owner.tolist())} | {ALL: np.ones(len(owner), dtype=bool)}
        with np.errstate(divide="ignore", invalid="ignore"):
            for key, mine in members.items():
                by_step = 100 * given[mine].sum(axis=0) / need[mine].sum(axis=0)
                total = 100 * np.array([given[mine].sum() / need[mine].sum()])
                limits = (holder == key) | (key == ALL)
                used = 100 * np.append(taken[limits] / due[limits], taken[limits].sum() / due[limits].sum())
                worst = 100 * (given[mine] / need[mine]).ravel()
                self.figures[key] += [by_step, total, used, worst, np.zeros(1)]
                self._add(key, (given + short)[mine].sum(axis=0))
        for body in self.plan["reservoir"].values.tolist():
            self._add(body, given[self.plan["demand_node"].values == body].sum(axis=0))
            self._add(body, (self.plan["release"] + self.plan["spill"]).sel(reservoir=body).values)
            self.figures[body].append(self.plan["storage_initial"].sel(reservoir=body).values.reshape(1))
        stays = self.plan["transit_final"].values - self.plan["transit_initial"].values
        for link, volume in zip(self.plan["lagged_link"].values.tolist(), stays, strict=True):
            self.figures[link].append(np.array([volume]))


def _sorted(parts: list[Any]) -> Floats:
    """All finite figures, sorted."""
    whole = np.concatenate([np.ravel(part) for part in parts]) if parts else np.zeros(0)
    return np.unique(np.round(whole[np.isfinite(whole)], 9))


def _in_order(series: Floats, figures: Sequence[tuple[float, int]], off: float) -> bool:
    """Whether the values of a series stand among figures in their order."""
    left = iter(figures)
    return all(any(abs(figure - value) <= off * 10.0**-digits for figure, digits in left) for value in series)
