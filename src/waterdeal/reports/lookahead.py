"""The look-ahead in a report: what is expected after the horizon, and what is kept for it; or that nothing is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.provenance import KEPT
from waterdeal.reports.edition import VOLUME
from waterdeal.results.tables import round_to_total
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.reports.edition import Edition

#: places told by name, those with the largest change
MOST_TOLD = 4


def lookahead_lines(edition: Edition) -> list[str]:
    """Tell the look-ahead and what it changes; where there is none, whose end nobody thinks of."""
    told: Mapping[str, Any] | None = setting(edition.results, "lookahead", None)
    if told is None:
        return _free_ends(edition)
    if told["year_class"] is None:
        return [edition.text("lookahead.left_out")]
    last = date.fromisoformat(told["until"]) - timedelta(days=1)
    line = edition.text("lookahead.planned", day=edition.words.date(last), year_class=edition.text(f"year_class.{told['year_class']}"))
    return [line, *_kept(edition)]


def _free_ends(edition: Edition) -> list[str]:
    """Name the reservoirs of whose end neither the scenario nor a look-ahead asks anything."""
    results = edition.results
    kinds = dict(zip(results["node"].values.tolist(), results["node_kind"].values.tolist(), strict=True))
    rules = zip(results["reservoir"].values.tolist(), results["terminal_rule"].values.tolist(), strict=True)
    free = [edition.name(body) for body, rule in rules if rule == "free" and kinds[body] == "reservoir"]
    told = [edition.text("lookahead.none", places=", ".join(free))] if free else []
    could: Mapping[str, float] = setting(results, KEPT, {}).get("could", {})
    total = float(np.round(sum(could.values()), VOLUME))
    if total:
        places = ", ".join(edition.name(body) for body in sorted(could, key=lambda body: -could[body]) if np.round(could[body], VOLUME))
        volume = edition.words.number(total, VOLUME)
        told.append(edition.text("lookahead.could", total=volume, unit=edition.unit("volume"), places=places))
    return told


def _kept(edition: Edition) -> list[str]:
    """Tell what is kept for the next season, beyond the plan without look-ahead, and what that saves it."""
    told: Mapping[str, Any] = setting(edition.results, KEPT, {})
    if not told:
        return []
    number, unit = edition.words.number, edition.unit("volume")
    kept = dict(zip(told["kept"], round_to_total(np.array([*told["kept"].values()]), VOLUME).tolist(), strict=True))
    moved = sorted((body for body in kept if kept[body]), key=lambda body: -abs(kept[body]))[:MOST_TOLD]
    places = ", ".join(f"{edition.name(body)} {_signed(edition, kept[body])}" for body in moved)
    total = _signed(edition, float(np.round(sum(told["kept"].values()), VOLUME)))
    key = "lookahead.kept" if moved else "lookahead.kept_none"
    saved = {"missing": number(told["missing"], VOLUME), "without": number(told["missing_without"], VOLUME)}
    return [edition.text(key, total=total, places=places, unit=unit, **saved)]


def _signed(edition: Edition, value: float) -> str:
    """Write a change with its sign."""
    return f"{'+' if value > 0 else ''}{edition.words.number(value + 0.0, VOLUME)}"
