"""What a goal takes, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.blocks import Listing
from waterdeal.reports.controlled import Sums, round_controlled, sets_of
from waterdeal.reports.document import answer
from waterdeal.reports.edition import VOLUME
from waterdeal.reports.explanation import explanation_blocks, explanation_record
from waterdeal.reports.quantity import speak
from waterdeal.reports.table import written
from waterdeal.studies.sought import release_of

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.reports.document import Document
    from waterdeal.reports.quantity import Teller
    from waterdeal.studies.sought import Sought
    from waterdeal.types import Floats

#: a change of a delivery that is told, hm3
TOLD = 0.05


def sought_answer(found: Sought, inputs: xr.Dataset, language: str) -> Document:
    """Tell whether the goal can be had, and what it takes."""
    words, tell = speak(language, inputs)
    goal, place = found.goal, tell.name(found.goal.place)
    told = {"place": place, "goal": f"{'≥' if goal.sense == 'at_least' else '≤'} {tell.amount(goal.volume, 'hm3')}"}
    lines = []
    if found.before is not None:
        lines.append(words.text("seek.before", place=place, volume=tell.amount(goal.measure(found.before), "hm3")))
    if found.after is None:
        lines.append(words.text("seek.none", **told))
        if found.nearest is not None:
            lines.append(words.text("seek.nearest", place=place, volume=tell.amount(found.nearest, "hm3")))
        reason = (Listing("", tuple(found.reason.split("\n"))),)
        why = reason if found.explanation is None else explanation_blocks(found.explanation, inputs, language)
        return answer("seek", language, [Listing("", tuple(lines)), *why])
    lines.append(words.text("seek.reached", volume=tell.amount(goal.measure(found.after), "hm3"), **told))
    if not found.reservoir:
        return answer("seek", language, [Listing("", (*lines, words.text("seek.no_concession"), *_users(found, tell)))])
    columns = printed_releases(found)
    volume = tell.amount(float(columns["changed"].sum()), "hm3")
    lines += [words.text("seek.release", reservoir=tell.name(found.reservoir), volume=volume), *_users(found, tell)]
    headings = ["", *(words.text(f"compare.{key}") for key in columns)]
    steps = inputs["step"].values.tolist()
    rows = [[words.step(step), *map(words.number, values)] for step, *values in zip(steps, *columns.values(), strict=True)]
    return answer("seek", language, [Listing("", tuple(lines)), written("releases", words.text("seek.by_step"), headings, rows)])


def printed_releases(found: Sought) -> dict[str, Floats]:
    """Round releases by step so that they add up to the volume told, and each change is that of the figures beside it."""
    plans = [release_of(plan, found.reservoir).values for plan in (found.after, found.before) if plan is not None]
    signed = np.column_stack([plan * sign for plan, sign in zip(plans, (1.0, -1.0), strict=False)])
    signed = round_controlled(signed, [Sums(sets_of(len(signed)), sets_of(signed.shape[1]))], VOLUME)
    if len(plans) == 1:
        return {"changed": signed[:, 0]}
    return {"base": 0.0 - signed[:, 1], "changed": signed[:, 0], "difference": np.round(signed.sum(axis=1), VOLUME) + 0.0}


def _users(found: Sought, tell: Teller) -> list[str]:
    """Tell whose delivery the goal changes, the largest loss first; nothing where it changes none or there is nothing to compare with."""
    change = {} if found.before is None else delivery_change(found)
    large = sorted((more, user) for user, more in change.items() if abs(more) >= TOLD)
    told = [f"{tell.name(user)} {tell.amount(more, 'hm3')}" for more, user in large]
    return [" ".join([tell.words.text("seek.users"), ", ".join(told)]) + "."] if told else []


def delivery_change(found: Sought) -> dict[str, float]:
    """Return what each user gets more with the goal than without it, hm3."""
    before, after = ({} if plan is None else plan["delivery"].sum("time").to_series().to_dict() for plan in (found.before, found.after))
    return {str(user): float(after[user] - given) for user, given in before.items() if user in after}


def sought_record(found: Sought, inputs: xr.Dataset) -> dict[str, Any]:
    """Return the same as plain data, volumes in hm3."""
    goal, plans = found.goal, {"before": found.before, "after": found.after}
    told: dict[str, Any] = {"goal": vars(goal), "reached": found.after is not None, "nearest": found.nearest}
    told |= {name: None if plan is None else goal.measure(plan) for name, plan in plans.items()}
    told["delivery_change"] = delivery_change(found)
    if found.reservoir:
        releases = {name: release_of(plan, found.reservoir).values.tolist() for name, plan in plans.items() if plan is not None}
        told["release"] = {"reservoir": found.reservoir, "steps": inputs["step"].values.tolist(), **releases}
    if found.after is None:
        told |= {"reason": found.reason, "explanation": found.explanation and explanation_record(found.explanation, inputs)}
    return told
