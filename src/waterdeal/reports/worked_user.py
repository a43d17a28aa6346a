"""One canal or other user, worked so that a calculator gives its requirement, delivery and ratio, and what is left of its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.kinds.volume import MaxVolume
from waterdeal.reports.calculator import LEAST, Worked
from waterdeal.reports.choices import objective_of
from waterdeal.reports.edition import PERCENT, RATE, VOLUME
from waterdeal.reports.promises import read_promises
from waterdeal.reports.worked_clause import promise_terms
from waterdeal.reports.worked_river import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.reports.calculator import Term
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table

#: users of a limit whose sum is written out
MOST = 60


@dataclass(frozen=True)
class Limit:
    """A limit, and what each user that counts to it gets."""

    name: str
    volume: float
    counted: Mapping[str, float]


def limits_by_user(edition: Edition) -> dict[str, Limit]:
    """Return the limit that each user counts to: of the scenario, or a clause in force; the smallest where there are several."""
    read, users, found = edition.read, edition.read["demand"].values.astype(str).tolist(), list[Limit]()
    for place in np.flatnonzero(read["entitlement_measure"].values == "limit").tolist():
        given = (read["entitlement_counts"].values[place] * read["delivery"].values).sum(axis=1)
        members = np.flatnonzero(read["entitlement_counts"].values[place].any(axis=1)).tolist()
        name = edition.name(str(read["entitlement_party"].values[place]))
        volume = float(read["entitlement_volume"].values[place])
        found.append(Limit(edition.text("method.limit_of", party=name), volume, {users[user]: float(given[user]) for user in members}))
    for promise in read_promises(edition.results):
        if isinstance(promise.clause, MaxVolume) and len(promise.parts) == 1:
            counted: dict[str, float] = {}
            for term in promise_terms(edition.results, promise, promise.parts[0]):
                counted[term.place] = counted.get(term.place, 0.0) + term.factor * term.value
            name = edition.text("method.limit_clause", number=promise.number, clause=promise.clause.id)
            found.append(Limit(name, promise.parts[0].promised, counted))
    by_user: dict[str, Limit] = {}
    for limit in sorted(found, key=lambda limit: limit.volume):
        for user in limit.counted:
            by_user.setdefault(user, limit)
    return by_user


def user_sheet(edition: Edition) -> Iterator[tuple[str, Table]]:
    """Name a user and make its table; nothing where nobody asks for water."""
    read = edition.read
    asked, short = (read[name].values.sum(axis=1) for name in ("requirement", "shortage"))
    if not asked.size or not asked.any():
        return
    limits = limits_by_user(edition)
    fed = set(read["link_to"].values[read["link_kind"].values == "canal"].astype(str).tolist())
    users, nodes, kinds = (read[name].values.astype(str).tolist() for name in ("demand", "demand_node", "demand_kind"))
    scores = [
        (user in limits, float(short[row]) > 10.0**-VOLUME, kinds[row] != "municipal", nodes[row] in fed, float(asked[row]))
        for row, user in enumerate(users)
    ]
    row = scores.index(max(scores))
    given, lacking = read["delivery"].values[row] > LEAST, np.round(read["shortage"].values[row], 6)
    step = int(np.argmax(np.where(given | ~given.any(), lacking + 1e-3 * read["requirement"].values[row], -1.0)))
    yield users[row], _User(edition, row, step, limits.get(users[row])).sheet()


class _User:
    """The user that is worked."""

    def __init__(self, edition: Edition, row: int, step: int, limit: Limit | None) -> None:
        self.edition, self.row, self.step, self.limit = edition, row, step, limit
        self.name, self.node = (str(edition.read[name].values[row]) for name in ("demand", "demand_node"))
        self.worked = Worked(edition)

    def sheet(self) -> Table:
        """Work one step, then the season, then the limit."""
        edition, worked, text = self.edition, self.worked, self.edition.text
        days = float(edition.steps["days"].iloc[self.step])
        volumes = {name: float(edition.read[name].values[self.row, self.step]) for name in ("requirement", "delivery")}
        rate = worked.number(volumes["requirement"] / worked.factor(days).value)
        required = worked.line(text("method.requirement"), rate * worked.factor(days), "volume", "requirement")
        delivered = worked.line(text("method.delivery"), worked.number(volumes["delivery"]), "volume", "delivery")
        worked.line(text("method.mean_rate"), delivered / worked.factor(days), "rate", digits=RATE)
        missing = worked.line(text("method.shortage"), required - delivered, "volume", "shortage")
        self._ratio("method.ratio", delivered, required, "supply_ratio")
        self._steps_of_shortage(missing, required)
        self._offtake()
        self._season()
        self._limit()
        told = {"step": edition.words.step(str(edition.steps["step"].iloc[self.step])), "days": edition.words.number(days, 0)}
        return worked.table("worked_user", text("method.of_user", user=edition.name(self.name), **told))

    def _ratio(self, key: str, part: Term, whole: Term, name: str = "") -> None:
        """Work a share in per cent."""
        if whole.value > 0:
            worked = self.worked
            worked.line(self.edition.text(key), part / whole * worked.short(100), "percent", name, PERCENT)

    def _steps_of_shortage(self, missing: Term, required: Term) -> None:
        """Weigh what is missing by the steps of shortage, where something is."""
        worked, steps = self.worked, objective_of(self.edition.results).shortage
        left, total = missing.value, None
        for share, weight in zip(steps.share, steps.weight, strict=True):
            part = worked.number(min(left, share * required.value))
            left -= part.value
            term = worked.short(weight) * part
            if part.value > LEAST:
                total = term if total is None else total + term
        if total is not None:
            shares = ", ".join(self.edition.tell.share(share) for share in steps.share)
            worked.line(self.edition.text("method.weighted", shares=shares), total, "weighted")

    def _offtake(self) -> None:
        """Work the balance of the place where the user is served, unless that is a reservoir."""
        place = Place(self.edition, self.node, self.step)
        if self.node in self.edition.read["reservoir"].values.astype(str).tolist():
            return
        worked, own = self.worked, self.edition.name(self.name)
        others = {name: value for name, value in (place.taken | place.outflow()).items() if name != own}
        term = worked.numbers(place.inflow.values())
        for value in others.values():
            term = term - worked.number(value)
        told = {"comes": " + ".join(place.inflow), "goes": " − ".join(others) or self.edition.text("word.none")}
        worked.line(self.edition.text("method.offtake", **told), term, "volume", "delivery")

    def _season(self) -> None:
        """Work the sums over the season."""
        worked, text, read, edition = self.worked, self.edition.text, self.edition.read, self.edition
        sums = [
            worked.line(text(f"method.season_{name}"), worked.numbers(read[name].values[self.row]), "volume", name)
            for name in ("requirement", "delivery")
        ]
        self._ratio("method.season_ratio", sums[1], sums[0])
        tables = {"requirement": edition.printed_requirement[self.row], "delivery": edition.printed_delivery[self.row].sum()}
        for label, printed in tables.items():
            worked.printed(f"{text('method.in_tables')}: {text(f'column.{label}')}", float(printed), "volume", VOLUME)

    def _limit(self) -> None:
        """Work what is left of the limit that the user counts to."""
        worked, limit = self.worked, self.limit
        if limit is None or not 0 < len(limit.counted) <= MOST:
            worked.rows.append((str(len(worked.rows) + 1), self.edition.text("method.limit"), self.edition.text("method.no_limit"), ""))
            return
        volume = worked.line(self.edition.text("method.limit_volume", limit=limit.name), worked.number(limit.volume), "volume")
        names = " + ".join(map(self.edition.name, limit.counted))
        taken = worked.line(self.edition.text("method.limit_counted", users=names), worked.numbers(limit.counted.values()), "volume")
        worked.line(self.edition.text("method.limit_left"), volume - taken, "volume")
