"""What was given of promises for releases that can be run: by promise, and what the last of each level would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.provenance import BOUGHT
from waterdeal.reports.edition import RATE, VOLUME, figure, percent
from waterdeal.reports.quantity import level_name
from waterdeal.results.certificate import Certified, certified
from waterdeal.results.records import is_held_to_record
from waterdeal.results.tolerance import counted_on, over_season, release_rates
from waterdeal.scenario.environment import PROMISED
from waterdeal.units import volume_to_rate
from waterdeal.variables import levels_of, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table
    from waterdeal.types import Floats

#: what is given from which it is told, hm3; a fall of a rate from which it is told, m3/s
TOLD, FELT = 0.05, 1.0
#: m3/s of one hm3 per day
PER_DAY = volume_to_rate(1.0, 1.0)


def given_table(edition: Edition) -> Table:
    """Make the table of promises of which something was given."""
    results, rows = edition.results, []
    given = _given(edition)
    asked, missing = (over_season(results, which) if given.size else given for which in ("asked", "missing"))
    kinds, items = (results[f"promise_{name}"].values if given.size else given for name in ("kind", "item"))
    for place in np.argsort(-given, kind="stable").tolist():
        if given[place] >= TOLD:
            kind, item = str(kinds[place]), str(items[place])
            volumes = [figure(float(values[place]), VOLUME) for values in (asked, missing, given)]
            rows.append((_name(edition, kind, item), edition.text(f"promise.{kind}"), *volumes, percent(given[place], asked[place])))
    columns = (("place", "text", 44), ("kind", "text", 22), ("asked", "stored", 14), ("missing", "stored", 14), ("given", "stored", 14),
               ("given_percent", "percent", 14))  # fmt: skip
    return edition.table("given", "volume", columns, rows, notes=("given", *bought_lines(edition)))


def level_table(edition: Edition) -> Table:
    """Make the certificate of the levels: the least of each, its value in the plan, and what tolerance allows; none where nothing gives."""
    rows = []
    for one in _certified(edition):
        told = (None if np.isnan(part) else figure(part, VOLUME) for part in (one.least, one.value, one.value - one.least))
        rows.append((level_name(one.level, edition.words), *told, figure(one.give, VOLUME)))
    figures = ("level_least", "level_value", "level_beyond", "level_room")
    columns = (("objective_level", "text", 52), *((name, "figure", 14) for name in figures))
    return edition.table("levels", "volume", columns, rows, notes=("levels",))


def _certified(edition: Edition) -> list[Certified]:
    """Each level beside its least and its tolerance, where tolerance is of any."""
    found = certified(edition.results)
    return found if any(one.give for one in found) else []


def _level_lines(edition: Edition) -> Iterator[str]:
    """Tell of the levels that tolerance has made worse by how much, and how much it allows."""
    number = edition.words.number
    worse = [(one, one.value - one.least) for one in _certified(edition) if one.give and one.value - one.least >= TOLD]
    told = [
        edition.text("given.level", level=level_name(one.level, edition.words), value=number(beyond, VOLUME), room=number(one.give, VOLUME))
        for one, beyond in worse
    ]
    if told:
        yield edition.text("given.levels", unit=edition.unit("volume"), levels="; ".join(told))


def _given(edition: Edition) -> Floats:
    """What is given of each promise; none in plans from before there was any."""
    found: Floats = edition.read["promise_given"].values if "promise_given" in edition.results else np.zeros(0)
    return found


def _name(edition: Edition, kind: str, item: str) -> str:
    """Name the place of a promise: of one to nature its link or lake."""
    of = PROMISED[kind]
    return edition.name(str(edition.read[of.place].values[edition.read[of.dim].values.tolist().index(item)]) if of.place else item)


def tolerance_lines(edition: Edition) -> list[str]:
    """Write the lines of a summary: how much was given, most to whom, and what it bought."""
    given = _given(edition)
    if given.sum() < TOLD:
        return []
    table = given_table(edition)
    most = "; ".join(f"{row[0]} {edition.words.number(float(row[4] or 0.0), VOLUME)}" for row in table.rows[:3])
    told = edition.words.number(float(given.sum()), VOLUME)
    total = edition.text("given.total", value=told, unit=edition.unit("volume"), most=most)
    return [total, *_level_lines(edition), *bought_lines(edition)]


def bought_lines(edition: Edition) -> list[str]:
    """Tell what the last of each level would cost the levels after it."""
    found = setting(edition.results, BOUGHT, {})
    return list(_bought(edition, found["without"])) if found else []


def _bought(edition: Edition, without: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """Yield a line for each level that gives."""
    results, number = edition.results, edition.words.number
    levels, given = counted_on(results), _given(edition)
    rates = release_rates(results, results["flow"].values)
    now = {
        "peak": {link: float(rate.max()) for link, rate in rates.items()},
        "jump": {link: float(np.abs(np.diff(rate)).max(initial=0.0)) for link, rate in rates.items()},
    }
    for level, other in without.items():
        if given[levels == level].sum() < TOLD:
            continue
        volume = number(float(given[levels == level].sum()), VOLUME)
        head = edition.text("given.last", value=volume, unit=edition.unit("volume"), level=edition.text(f"level.{level}"))
        parts = list(_parts(edition, now, other))
        total = (levels_of(results).get("operation", 0.0), other["levels"].get("operation", 0.0))
        kind = "given.operation_record" if is_held_to_record(edition.read) else "given.operation"
        parts.append(edition.text(kind, now=number(PER_DAY * total[0], RATE), then=number(PER_DAY * total[1], RATE)))
        yield f"{head}: {'; '.join(parts)}."


def _parts(edition: Edition, now: Mapping[str, Mapping[str, float]], other: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield where the largest release, and the largest change, would rise most."""
    for kind in ("peak", "jump"):
        risen = {link: value - now[kind].get(link, value) for link, value in other[kind].items()}
        link = max(risen, key=lambda name: risen[name], default="")
        if link and risen[link] >= FELT:
            figures = {"now": edition.words.number(now[kind][link], RATE), "then": edition.words.number(other[kind][link], RATE)}
            yield edition.text(f"given.{kind}", place=edition.name(link), unit=edition.unit("rate"), **figures)
