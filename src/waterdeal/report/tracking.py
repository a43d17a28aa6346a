"""Plan against actual in the reader's language: what was measured by whom, what is owed, and what can still be done."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from waterdeal.report.explanation import explanation_text
from waterdeal.report.quantity import Teller
from waterdeal.report.text import clean, make_grid
from waterdeal.variables import names_of, setting
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr

#: guesses told one by one
MOST_GUESSES = 20
#: unit of a clause for each quantity
UNIT_OF = {"energy": "GWh"}


def guesses_text(guesses: Sequence[Any], language: str) -> str:
    """Tell what had to be guessed in reading."""
    if not guesses:
        return ""
    words = Words(language)
    lines = [clean(f"  {guess.tell(words)}") for guess in guesses[:MOST_GUESSES]]
    more = [f"  {words.text('word.more', count=len(guesses) - MOST_GUESSES)}"] if len(guesses) > MOST_GUESSES else []
    return "\n".join([words.text("track.guesses", count=len(guesses)), *lines, *more]) + "\n"


def tracking_text(tracking: Any, rest: Any, plan: xr.Dataset, language: str) -> str:
    """Tell plan against actual, debts and the rest of the season."""
    words = Words(language)
    tell = Teller(words, names_of(plan))
    parts = [f"{words.text('track.title')}\n{_to_date(tracking.steps, tell)}" if len(tracking.steps) else ""]
    parts += ["\n".join(_differences(tracking.steps, tell)), "\n".join(_debts(tracking.owed, tell)), "\n".join(_rest(rest, tell, language))]
    return "\n\n".join(filter(None, parts))


def _agency(source: str, tell: Teller) -> str:
    """Name of an agency."""
    return tell.words.text(f"agency.{source}") if tell.words.has(f"agency.{source}") else source or "–"


def _to_date(steps: pd.DataFrame, tell: Teller) -> str:
    """One line a clause, gauge and agency: to date, with the count of steps in each state."""
    words = tell.words
    rows = []
    for (clause, quantity, place, source), group in steps.groupby(["clause", "quantity", "place", "source"], sort=False):
        known = group[group["actual"].notna()]
        stored = quantity == "storage"
        plan = float(known["plan"].iloc[-1] if stored and len(known) else known["plan"].sum())
        actual = float(known["actual"].iloc[-1] if stored and len(known) else known["actual"].sum()) if len(known) else math.nan
        states = ", ".join(f"{words.text(f'track.{state}')} {count}" for state, count in group["status"].value_counts(sort=False).items())
        places = str(place).split("+")
        label = f"{clause}, {tell.all_names(places, 1)}"
        percent = words.number(100 * actual / plan, 0) if plan > 0 else "–"
        rows.append(
            (label, _agency(str(source), tell), words.number(plan), words.number(actual), percent, words.number(actual - plan), states)
        )
    headings = [words.text(f"track.{key}") for key in ("clause", "source", "plan", "actual", "percent", "cumulative", "status")]
    return make_grid(headings, rows)


def _differences(steps: pd.DataFrame, tell: Teller) -> list[str]:
    """Tell where agencies differ by more than the tolerance, each gauge and step once."""
    found = {}
    differing = steps[steps["status"] == "disagree"]
    for (quantity, place, step), group in differing.groupby(["quantity", "place", "step"], sort=False):
        unit = UNIT_OF.get(str(quantity), "hm3")
        once = group.drop_duplicates("source")
        told = zip(once["source"].astype(str), once["actual"].astype(float), strict=True)
        values = ", ".join(f"{_agency(source, tell)} {tell.words.number(value)}" for source, value in told)
        spread = tell.amount(float(once["spread"].iloc[0]), unit)
        found[place, step] = tell.words.text(
            "track.differ", place=tell.all_names(str(place).split("+"), 1), step=tell.words.step(str(step)), values=values, spread=spread
        )
    return list(found.values())


def _debts(owed: pd.DataFrame, tell: Teller) -> list[str]:
    """Tell what is owed."""
    words = tell.words
    if not len(owed):
        return [words.text("track.nothing_owed")]
    lines = [f"{words.text('track.owed')}:"]
    for row in owed.itertuples(index=False):
        fields = {
            "clause": row.clause, "party": tell.all_names(str(row.party).split("+")), "amount": tell.amount(float(row.owed), "hm3"),  # type: ignore[arg-type]
            "date": words.date(date.fromisoformat(str(row.due))), "source": _agency(str(row.source), tell),
        }  # fmt: skip
        to = tell.all_names(filter(None, str(row.to).split("+")))
        lines.append("  " + (words.text("track.debt", to=to, **fields) if to else words.text("track.debt_plain", **fields)))
    return lines


def _rest(rest: Any, tell: Teller, language: str) -> list[str]:
    """Tell what can still be done."""
    words = tell.words
    if rest is None:
        return [words.text("track.nothing_left")]
    moved = setting(rest.inputs, "storage_moved", {})
    lines = [
        words.text("track.moved", place=tell.name(body), measured=tell.amount(measured, "hm3"), used=tell.amount(used, "hm3"))
        for body, (measured, used) in moved.items()
    ]
    if rest.repaid:
        return [*lines, words.text("track.repaid")]
    lines.append(words.text("track.no_plan" if rest.results is None else "track.not_repaid"))
    explanation = getattr(rest.refused, "explanation", None)
    return [*lines, explanation_text(explanation, rest.inputs, language) if explanation is not None else clean(str(rest.refused))]
