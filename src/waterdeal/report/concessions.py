"""Concessions in words and figures: how much, in which steps, what the promise becomes, and how to try it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.rows import WHOLE
from waterdeal.report.promises import part_name
from waterdeal.report.quantity import UNITS, round_down, round_up

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.agreement.clause import Clause
    from waterdeal.report.quantity import Teller

#: runs of steps told; more are counted
MOST = 6
#: a part that concedes less than this, in its unit, concedes nothing
SMALLEST = 1e-6


@dataclass(frozen=True)
class Offer:
    """A concession as it is told: every figure rounded so that it suffices.

    Parameters
    ----------
    clause : str
        Its id.
    unit, sense : str
        Unit of the clause; ``at_least`` or ``at_most``, empty where it holds on both sides.
    amount : float
        What is conceded, in the unit as told (shares in percentage points).
    relative : float
        In per cent of the promise.
    becomes : float or None
        What is then promised, for a clause with one value.
    parts : tuple of str
        Parts that concede.
    """

    clause: str
    unit: str
    sense: str
    amount: float
    relative: float
    becomes: float | None
    parts: tuple[str, ...]

    @property
    def setting(self) -> str:
        """The setting that allows it, e.g. ``agreement.dostyk.concession=323.9``."""
        return f"agreement.{self.clause}.concession={round(self.amount / UNITS[self.unit][1], 6):.10g}"


def make_offer(concession: Any, clause: Clause, inputs: xr.Dataset) -> Offer:
    """Round a concession so that what is told suffices.

    Parameters
    ----------
    concession : Concession
        ``clause``, ``amount``, ``unit``, ``relative`` and ``parts``, as the solver's explanation gives them.
    clause : Clause
        The clause.
    inputs : xarray.Dataset
        Inputs of the model.

    Returns
    -------
    Offer
        The concession as it is told.
    """
    factor = UNITS[concession.unit][1]
    amount = round_up(concession.amount * factor)
    parts = tuple(part for part, given in concession.parts.items() if given > SMALLEST)
    mine = (inputs["row_clause"].values == concession.clause) & np.isin(inputs["row_concession"].values, parts)
    rows = np.flatnonzero(mine)
    senses = set(inputs["row_sense"].values[rows].tolist())
    sense = senses.pop() if len(senses) == 1 else ""
    promised, becomes = _promise(clause, concession.unit, rows, inputs), None
    if promised is not None:
        becomes = round_down(promised * factor - amount) if sense == "at_least" else round_up(promised * factor + amount)
    return Offer(concession.clause, concession.unit, sense, amount, round_up(100 * concession.relative), becomes, parts)


def _promise(clause: Clause, unit: str, rows: NDArray[np.int64], inputs: xr.Dataset) -> float | None:
    """What the rows that give way promise in one figure; None where it is several, or depends on the plan."""
    units, bounds = inputs["row_unit"].values[rows], inputs["row_bound"].values[rows]
    if len(rows) == 0 or (units != unit).any():
        return None
    if unit == "1":
        return float(bounds[0])
    if len(rows) > 1 or (inputs["term_factor"].values[inputs["term_row"].values == rows[0]] < 0).any():
        return None
    return float(bounds[0]) + float(getattr(clause, "so_far", 0.0))


def offer_text(offer: Offer, inputs: xr.Dataset, tell: Teller) -> str:
    """Tell an offer in a line.

    Parameters
    ----------
    offer : Offer
        The concession.
    inputs : xarray.Dataset
        Inputs of the model.
    tell : Teller
        The language.

    Returns
    -------
    str
        E.g. ``−332.1 million m³ (to 16,416.6 million m³; 2.0 % of the promise)``.
    """
    text = tell.words.text
    sign = {"at_least": "−", "at_most": "+"}.get(offer.sense, "")
    details = [] if offer.becomes is None else [text("explain.becomes", value=_told(offer.becomes, offer.unit, tell))]
    if offer.unit != "1":
        details.append(text("explain.relative", share=f"{tell.words.number(offer.relative)}\xa0%"))
    where = _parts(offer, inputs, tell)
    return f"{sign}{_told(offer.amount, offer.unit, tell)} ({'; '.join(details)})" + (f", {where}" if where else "")


def _told(value: float, unit: str, tell: Teller) -> str:
    """Figure that is already in the unit as told."""
    return tell.amount(value / UNITS[unit][1], unit)


def _parts(offer: Offer, inputs: xr.Dataset, tell: Teller) -> str:
    """Steps and other parts that concede."""
    labels = tuple(inputs["step"].values.tolist())
    steps = [label for label in labels if label in offer.parts]
    others = [part_name(part, tell, labels) for part in offer.parts if part not in labels and part != WHOLE]
    if not steps:
        return ", ".join(others)
    mine = inputs["concession_clause"].values == offer.clause
    total = len(set(inputs["concession_part"].values[mine].tolist()) & set(labels))
    key = "explain.dekads" if all("-D" in step for step in steps) else "explain.steps"
    told = tell.words.text(key, count=len(steps), total=total, steps=_runs(steps, labels, tell))
    return ", ".join([*others, told])


def _runs(steps: list[str], labels: tuple[str, ...], tell: Teller) -> str:
    """Steps, those in a row as a range."""
    runs: list[list[str]] = []
    for step in steps:
        if runs and labels.index(step) == labels.index(runs[-1][-1]) + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    told = [" – ".join(tell.words.step(label) for label in dict.fromkeys((run[0], run[-1]))) for run in runs]
    more = f" {tell.words.text('word.more', count=sum(len(run) for run in runs[MOST:]))}" if len(runs) > MOST else ""
    return ", ".join(told[:MOST]) + more
