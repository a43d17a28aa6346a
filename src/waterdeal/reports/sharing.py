"""How users of equal standing share what is missing: the rule, what the other rule would give, and what lossy canals cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.provenance import OTHER
from waterdeal.reports.edition import VOLUME, percent
from waterdeal.scenario.ranks import LEAST, base_level
from waterdeal.variables import levels_of, setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.types import Floats

#: a factor from which a canal counts as lossy, and most users told
LOSSY, MOST_TOLD = 1.01, 3


def sharing_notes(edition: Edition) -> tuple[str, ...]:
    """Tell the rule, where nobody chose it that too, and what evenness may use; nothing of plans made before there was a rule."""
    attrs = edition.results.attrs
    if "sharing" not in attrs:
        return ()
    rule = edition.text(f"sharing.{attrs['sharing']}", weights=attrs.get("sharing_weights", ""))
    chosen = () if int(attrs.get("sharing_chosen", 1)) else (edition.text("sharing.not_chosen"),)
    give = 100 * float(attrs.get("evenness_give", 0.0))
    eased = (edition.text("sharing.eased", points=edition.words.number(give, 1)),) if give else ()
    return (rule, *chosen, *_least(edition), *eased)


def _least(edition: Edition) -> Iterator[str]:
    """Tell what every user gets in every step, and what is missing to that."""
    share, number = 100 * float(edition.results.attrs.get(LEAST, 0.0)), edition.words.number
    missing = sum(value for level, value in levels_of(edition.results).items() if base_level(level) == LEAST)
    if share:
        yield edition.text("sharing.least", share=number(share, 0), value=number(missing, VOLUME), unit=edition.unit("volume"))


def sharing_lines(edition: Edition) -> list[str]:
    """Write the lines of a summary: the rule, what the other would give each party, and what lossy canals cost."""
    return [*sharing_notes(edition), *_other(edition), *_losses(edition)]


def _other(edition: Edition) -> Iterator[str]:
    """Tell what the other rule would give each party."""
    other: Mapping[str, Mapping[str, float]] = setting(edition.results, OTHER, {})
    if not other:
        return
    number, results = edition.words.number, edition.results
    yield edition.text("sharing.other", rule=other["sharing"])
    for party in edition.parties:
        members = edition.receivers == party
        if party not in other["delivery"] or not members.any():
            continue
        given, required = (float(results.variables[name].values[members].sum()) for name in ("delivery", "requirement"))
        fresh, printed = other["delivery"][party], float(edition.printed_delivery[members].sum())
        value = round(fresh + (printed - given) / 2, VOLUME)  # so that it and the change are both within one unit
        change = round(value - printed, VOLUME)
        yield edition.text(
            "sharing.other_party",
            party=edition.name(party),
            value=number(value, VOLUME),
            change=f"{'+' if change > 0 else ''}{number(change + 0.0, VOLUME)}",
            unit=edition.unit("volume"),
            share=number(percent(fresh, required)),
            now=number(percent(given, required)),
        )


def _losses(edition: Edition) -> Iterator[str]:
    """Tell, of users behind lossy canals who are short, what their part costs the others; the dearest first."""
    results = edition.results
    factors, given = river_factors(results), results.variables["delivery"].values.sum(axis=1)
    cost = np.where((factors > LOSSY) & (results.variables["shortage"].values.sum(axis=1) > 10.0**-VOLUME), (factors - 1) * given, 0.0)
    for place in np.argsort(-cost, kind="stable")[:MOST_TOLD].tolist():
        if round(float(cost[place]), VOLUME) > 0:
            yield edition.text(
                "sharing.loss",
                place=edition.name(str(results.variables["demand"].values[place])),
                factor=edition.words.number(float(factors[place]), 2),
                value=edition.words.number(float(cost[place]), VOLUME),
                unit=edition.unit("volume"),
            )


def river_factors(results: xr.Dataset) -> Floats:
    """Return how much leaves the river for each unit that reaches a user, by demand: by what its canals carry and lose over the horizon."""
    names = ("link_kind", "link_from", "link_to")
    kinds, begins, ends = (results.variables[name].values.astype(str).tolist() for name in names)
    entering = results.variables["flow"].values.sum(axis=1)
    arriving = results.variables["arrival"].values.sum(axis=1)
    into: dict[str, list[int]] = {}
    for link, kind in enumerate(kinds):
        if kind == "canal" and arriving[link] > 0:
            into.setdefault(ends[link], []).append(link)
    known: dict[str, float] = {}

    def factor(node: str) -> float:
        if node not in known:
            known[node] = 1.0  # a canal that comes back to where it began is at the river
            links = into.get(node, [])
            if links:
                taken = sum(float(entering[link]) * factor(begins[link]) for link in links)
                known[node] = taken / float(arriving[links].sum())
        return known[node]

    return np.array([factor(node) for node in results.variables["demand_node"].values.astype(str).tolist()])
