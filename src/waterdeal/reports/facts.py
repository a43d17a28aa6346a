"""Whose figures matter, in the reader's language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.quantity import speak
from waterdeal.reports.table import Column, Table
from waterdeal.results.held import held_layers, held_sentences

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.basin.claims import Figure
    from waterdeal.reports.document import Document
    from waterdeal.reports.quantity import Teller
    from waterdeal.reports.table import Cell
    from waterdeal.studies.facts import Disagreement, Outcome, Trial, Weighed

#: decimals of a change of a delivery
DIGITS = 1
#: columns of a disagreement that a terminal has room for: figure, cells, where the furthest are, both values
SHOWN = (0, 3, 4, 5, 6)
#: what is told of each disagreement
ANSWERS = ("moving", "group", "left_alone")


def facts_answer(found: Weighed, inputs: xr.Dataset, language: str) -> Document:
    """Tell the disagreements, each plan, and which of them can be left alone."""
    words, tell = speak(language, inputs)
    if not found.disagreements:
        return answer("facts", language, [words.text("facts.none")])
    answers = {key: getattr(found, key) for key in ANSWERS}
    lines = [words.text(f"facts.{key}", figures=_named(figures)) for key, figures in answers.items() if figures]
    lines += [] if found.group or found.moving else [words.text("facts.all_alone")]
    lines += [words.text("facts.base_no_plan", why=words.tell(found.base.why))] if found.base.why else []
    lines += [f"{one}." for one in held_sentences(inputs, words)]
    lines += [words.text("facts.no_plan_with", set=_set(trial, tell), why=words.tell(trial.outcome.why)) for trial in _without(found)]
    apart, moves = facts_tables(found, inputs, language)
    return answer("facts", language, [apart.part(SHOWN), moves, Listing("", tuple(lines))])


def _without(found: Weighed) -> list[Trial]:
    """Sets of facts with which there is no plan, though there is one as it stands."""
    return [trial for trial in found.trials if trial.outcome.why and not found.base.why]


def facts_tables(found: Weighed, inputs: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make the tables: what is disputed, and what each set of facts does to the deal."""
    words, tell = speak(language, inputs)
    text = words.text
    heads = [Column(text(f"facts.{key}"), width=30) for key in ("figure", "used", "other")]
    heads += [Column(text("facts.cells"), digits=0), Column(text("facts.furthest"), width=30)]
    heads += [Column(text(f"facts.{key}"), digits=3) for key in ("value_used", "value_other")]
    apart = tuple(_disagreement(one, tell, inputs) for one in found.disagreements)
    parties = list(found.base.delivery) or list(dict.fromkeys(party for trial in found.trials for party in trial.outcome.delivery))
    changes = (Column(tell.name(party), digits=DIGITS) for party in parties)
    columns = [Column(text("facts.set"), width=40), *changes, Column(text("facts.else"), width=40)]
    told = ((trial, trial.outcome) for trial in found.trials)
    rows = tuple((_set(trial, tell), *_changes(made, found.base, parties), _else(made, found.base, tell)) for trial, made in told)
    return (
        Table("disagreements", text("facts.sheet_apart"), text("facts.apart", count=len(apart)), "", tuple(heads), apart),
        Table("facts", text("facts.sheet_moves"), text("facts.moves"), text("unit.volume"), tuple(columns), rows),
    )


def _disagreement(one: Disagreement, tell: Teller, inputs: xr.Dataset) -> tuple[Cell, ...]:
    """Tell a disagreement by the cell in which a party is furthest from what is planned with; a private value is blank."""
    party, row = one.furthest()
    values = (math.nan if _is_held(one.figure, whose, inputs) else one.values[whose][row] for whose in (one.used, party))
    others = ", ".join(_party(other, tell) for other in one.others())
    cells = (None if math.isnan(value) else float(value) for value in values)
    return ".".join(one.figure), _party(one.used, tell), others, float(len(one.values[party])), _row(row), *cells


def _is_held(figure: Figure, party: str, inputs: xr.Dataset) -> bool:
    """Whether a party keeps its value of a figure at home."""
    column = f"{figure[0]}.{figure[2]}"
    return any(layer["party"] == party and column in layer["columns"] for layer in held_layers(inputs).values())


def _row(row: tuple[str | float, ...]) -> str:
    """Name a cell by its key."""
    return " ".join(f"{part:g}" if isinstance(part, float) else part for part in row)


def _party(party: str, tell: Teller) -> str:
    """Name whose figures they are."""
    return tell.name(party) if party else tell.words.text("facts.basin")


def _set(trial: Trial, tell: Teller) -> str:
    """Name a set of facts."""
    told = {"figures": _named(trial.figures), "count": len(trial.figures)}
    if trial.party == "*":
        return tell.words.text("facts.of_several", **told)
    if trial.kind == "one":
        return f"{_party(trial.party, tell)}: {told['figures']}"
    return tell.words.text(f"facts.{trial.kind}", party=_party(trial.party, tell), **told)


def _named(figures: Iterable[Figure]) -> str:
    """Name figures as provenance does."""
    return ", ".join(".".join(figure) for figure in figures)


def _changes(outcome: Outcome, base: Outcome, parties: list[str]) -> list[Cell]:
    """What each party gets more; blank where one of both is no plan."""
    changes = outcome.change_from(base)
    return [round(changes[party], DIGITS) + 0.0 if party in changes else None for party in parties]


def _else(outcome: Outcome, base: Outcome, tell: Teller) -> str:
    """Tell what else is another: that there is no plan, or there is one now; conflicts; clauses."""
    text, told = tell.words.text, []
    if outcome.why and not base.why:
        told.append(text("facts.no_plan"))
    if base.why and not outcome.why:
        told.append(text("facts.a_plan"))
    if outcome.conflicts != base.conflicts and outcome.conflicts:
        told.append(text("facts.conflict", clauses="; ".join(", ".join(sorted(one)) for one in sorted(outcome.conflicts, key=sorted))))
    if bool(outcome.why) == bool(base.why) and (clauses := outcome.clauses_from(base)):
        told.append(text("facts.clauses", clauses=", ".join(clauses)))
    return "; ".join(told)


def facts_record(found: Weighed, inputs: xr.Dataset) -> dict[str, Any]:
    """Return it as plain data; a value that a party keeps at home is none."""
    apart = [
        {
            "figure": ".".join(one.figure), "used": one.used, "others": one.others(),
            "cells": [
                {"row": list(row), "values": {whose: None if hidden[whose] else held[row] for whose, held in one.values.items()}}
                for row in one.values[one.used]
            ],
        }
        for one in found.disagreements
        for hidden in [{party: _is_held(one.figure, party, inputs) for party in one.values}]
    ]  # fmt: skip
    plans = [
        {
            "set": trial.kind, "party": trial.party, "figures": list(map(".".join, trial.figures)),
            "moves": trial.outcome.moves(found.base),
            "delivery_change": trial.outcome.change_from(found.base), "clauses": trial.outcome.clauses_from(found.base),
            "conflicts": sorted(map(sorted, trial.outcome.conflicts)), "no_plan": trial.outcome.why,
        }
        for trial in found.trials
    ]  # fmt: skip
    answers = {key: list(map(".".join, getattr(found, key))) for key in ANSWERS}
    return {"disagreements": apart, "delivery": dict(found.base.delivery), "no_plan": found.base.why, "plans": plans, **answers}
