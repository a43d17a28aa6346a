"""Plan against actual in the reader's language: what was measured by whom, what is owed, and what can still be done."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.edition import VOLUME
from waterdeal.reports.explanation import explanation_blocks
from waterdeal.reports.quantity import Teller, agency_name
from waterdeal.reports.table import written
from waterdeal.tracking.follow import beyond_bounds, unread_storages
from waterdeal.variables import names_of, setting, vocabulary
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.blocks import Block
    from waterdeal.reports.document import Document
    from waterdeal.reports.table import Table

#: guesses told one by one
MOST_GUESSES = 20


def guesses_answer(guesses: Sequence[Any], language: str) -> Document:
    """Tell what had to be guessed in reading."""
    words = Words(language)
    lines = [f"  {guess.tell(words)}" for guess in guesses[:MOST_GUESSES]]
    more = [f"  {words.text('word.more', count=len(guesses) - MOST_GUESSES)}"] if len(guesses) > MOST_GUESSES else []
    return answer("guesses", language, [Listing("", (words.text("track.guesses", count=len(guesses)), *lines, *more))] if guesses else [])


def tracking_answer(tracking: Any, rest: Any, plan: xr.Dataset, language: str, settled: Collection[str] = ()) -> Document:
    """Tell plan against actual, debts but those of clauses that are settled elsewhere, and the rest of the season."""
    tell = Teller(Words(language), names_of(plan))
    state = [] if rest is None else _state(tracking, plan, tell)
    differ, doubts = _differences(tracking.steps, tell), _doubts(tracking, plan, tell)
    lines = (differ, doubts, _debts(tracking, tell, settled), [*state, *_rest(rest, tell)])
    blocks = (_to_date(tracking.steps, tell), *(Listing("", tuple(some)) for some in lines), *_refused(rest, language))
    return answer("track", language, blocks)


def _to_date(steps: pd.DataFrame, tell: Teller) -> Table:
    """One line a clause, gauge and agency: to date, with the count of steps in each state."""
    words = tell.words
    rows = []
    for (clause, quantity, place, source), group in steps.groupby(["clause", "quantity", "place", "source"], sort=False):
        known = group.loc[group["actual"].notna(), ["plan", "actual"]]
        plan, actual = (known.tail(1) if quantity == "storage" else known).sum().tolist()
        plan, actual = (plan, actual) if len(known) else (math.nan, math.nan)
        states = ", ".join(f"{words.text(f'track.{state}')} {count}" for state, count in group["status"].value_counts(sort=False).items())
        label = f"{clause}, {tell.all_names(str(place).split('+'), 1)}"
        planned, came = (round(value, VOLUME) for value in (plan, actual))  # the difference is of what is printed
        percent = words.number(100 * actual / plan, 0) if planned > 0 else "–"
        figures = (words.number(planned, VOLUME), words.number(came, VOLUME), percent, words.number(came - planned + 0.0, VOLUME))
        rows.append((label, agency_name(str(source), words), *figures, states))
    headings = [words.text(f"track.{key}") for key in ("clause", "source", "plan", "actual", "percent", "cumulative", "status")]
    return written("track", words.text("track.title"), headings, rows, (0, 1, 6))


def _differences(steps: pd.DataFrame, tell: Teller) -> list[str]:
    """Tell where agencies differ by more than the tolerance, each gauge and step once."""
    found, words = {}, tell.words
    for (quantity, place, step), group in steps[steps["status"] == "disagree"].groupby(["quantity", "place", "step"], sort=False):
        once = group.drop_duplicates("source")
        told = zip(once["source"].astype(str), once["actual"].astype(float), strict=True)
        values = ", ".join(f"{agency_name(source, words)} {words.number(value)}" for source, value in told)
        spread = tell.amount(float(once["spread"].iloc[0]), vocabulary()[str(quantity)].unit)
        where = {"place": tell.all_names(str(place).split("+"), 1), "step": words.step(str(step))}
        found[place, step] = words.text("track.differ", **where, values=values, spread=spread)
    return list(found.values())


def _doubts(tracking: Any, plan: xr.Dataset, tell: Teller) -> list[str]:
    """Tell readings that cannot be."""
    return [
        tell.words.text(
            "track.beyond", place=tell.name(one["place"]), step=tell.words.step(one["step"]), source=agency_name(one["source"], tell.words),
            value=tell.amount(one["value"], "hm3"), bound=tell.amount(one["bound"], "hm3"),
        )
        for one in beyond_bounds(tracking.laid, plan)
    ]  # fmt: skip


def _state(tracking: Any, plan: xr.Dataset, tell: Teller) -> list[str]:
    """Tell which storages the rest starts from as planned, for nobody measured them."""
    names = unread_storages(tracking, plan)
    step = tell.words.step(str(plan["step"].values[tracking.measured_steps - 1]))
    return [tell.words.text("track.as_planned", step=step, names=", ".join(map(tell.name, names)))] if names else []


def _debts(tracking: Any, tell: Teller, settled: Collection[str]) -> list[str]:
    """Tell what is owed, and of what nothing can be said: what was not measured is not all well."""
    words, unmeasured = tell.words, tracking.unmeasured
    owed = tracking.owed[~tracking.owed["clause"].isin(list(settled))]
    if not len(tracking.steps):
        return [words.text("track.no_clauses")]
    lines = [words.text("track.unmeasured", clauses=", ".join(unmeasured))] if unmeasured else []
    if not len(owed):
        others = tracking.steps[~tracking.steps["clause"].isin(list(settled))]
        return [*lines, words.text("track.nothing_owed")] if others["actual"].notna().any() else lines
    lines.append(f"{words.text('track.owed')}:")
    for row in owed.itertuples(index=False):
        unit = vocabulary()[str(row.quantity)].unit
        owed = abs(round(row.planned_to_date, VOLUME) - round(row.actual_to_date, VOLUME))  # of what is printed, as its difference is
        fields = {
            "clause": row.clause, "party": tell.all_names(str(row.party).split("+")),
            "amount": tell.amount(owed, unit),
            "date": words.date(date.fromisoformat(str(row.due))), "source": agency_name(str(row.source), words),
        }  # fmt: skip
        to = tell.all_names(filter(None, str(row.to).split("+")))
        key = "track.excess" if row.side == "at_most" else "track.debt" if to else "track.debt_plain"
        lines.append("  " + words.text(key, to=to, **fields))
    return lines


def _rest(rest: Any, tell: Teller) -> list[str]:
    """Tell what can still be done."""
    words = tell.words
    if rest is None:
        return [words.text("track.nothing_left")]
    lines = [
        words.text("track.moved", place=tell.name(body), measured=tell.amount(measured, "hm3"), used=tell.amount(used, "hm3"))
        for body, (measured, used) in setting(rest.inputs, "storage_moved", {}).items()
    ]
    if rest.missed:
        lines.append(words.text("track.missed", clauses=", ".join(rest.missed)))
    if rest.refused is None:
        return [*lines, words.text("track.kept" if rest.missed else "track.repaid")]
    return [*lines, words.text("track.no_plan" if rest.results is None else "track.not_repaid")]


def _refused(rest: Any, language: str) -> tuple[Block, ...]:
    """Tell why what was not repaid cannot be, where that was asked."""
    if rest is None or rest.refused is None:
        return ()
    explanation = getattr(rest.refused, "explanation", None)
    plain = (Listing("", tuple(str(rest.refused).split("\n"))),)
    return plain if explanation is None else explanation_blocks(explanation, rest.inputs, language)
