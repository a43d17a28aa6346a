"""What held a delivery down, sentence by sentence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.report.involved import involved_lines
from waterdeal.report.quantity import Teller
from waterdeal.report.sentence import clause_sentence
from waterdeal.report.text import clean
from waterdeal.report.words import Words
from waterdeal.variables import names_of

if TYPE_CHECKING:
    import xarray as xr

#: balances and capacities told at most
MOST_LINES = 12
#: families that a scenario or a law sets; the others are the river and its works
RULES = frozenset({
    "entitlement.limit_met", "terminal.storage_least", "terminal.lake_storage_least", "environment.flow_minimum", "pulse.volume_met",
    "lake_target.volume_reached",
})  # fmt: skip


def why_text(reason: Any, worth: Any, where: tuple[str, str], results: xr.Dataset, language: str) -> str:
    """Tell what held a delivery down.

    Parameters
    ----------
    reason : Reason
        What the solver found.
    worth : Price
        Price of water there.
    where : (str, str)
        Node and step the price is of.
    results : xarray.Dataset
        The plan.
    language : str
        Language of the reader.

    Returns
    -------
    str
        Lines for a terminal.
    """
    words = Words(language)
    tell = Teller(words, names_of(results))
    steps = [words.step(label) for label in (reason.steps[0], reason.steps[-1])]
    fields = {
        "demand": tell.name(reason.demand),
        "period": steps[0] if len(reason.steps) == 1 else " – ".join(steps),
        "required": tell.amount(reason.required, "hm3"),
        "delivered": tell.amount(reason.delivered, "hm3"),
        "missing": tell.amount(reason.required - reason.delivered, "hm3"),
    }
    if not reason.wished:
        return words.text("why.served", **fields)
    lines = [words.text("why.short", **fields)]
    lines += [words.text("why.tied")] if reason.tied else _causes(reason, results, tell)
    return "\n".join([*lines, "", _worth(worth, where, tell)])


def _causes(reason: Any, results: xr.Dataset, tell: Teller) -> list[str]:
    """Levels, clauses, rules and balances that refuse a little more, and what lifts the delivery."""
    words = tell.words
    rules = [entry for entry in reason.involved if entry.family in RULES]
    river = [entry for entry in reason.involved if entry.family not in RULES]
    causes = {
        "levels": [_level(level, words) for level in reason.levels],
        "clauses": [_clause(clause, results, tell) for clause in reason.clauses],
        "rules": involved_lines(rules, results, tell)[:MOST_LINES],
        "involved": involved_lines(river, results, tell)[:MOST_LINES],
    }
    lines = ["", words.text("why.refused", wished=tell.amount(reason.wished, "hm3", 2))]
    if not reason.levels and not reason.clauses and not rules:
        lines.append("  " + words.text("why.nothing"))
    for key, told in causes.items():
        if told:
            heading = words.text(f"why.{key}")
            lines += [f"  {heading}:", *(clean(f"    {line}") for line in told)]
    return [*lines, *_lifts(reason, results, tell)]


def _lifts(reason: Any, results: xr.Dataset, tell: Teller) -> list[str]:
    """What lifts the delivery when it is loosened, the most first."""
    lines: list[str] = []
    for key, lifts in (("alone", reason.lifts), ("together", reason.together)):
        if lifts:
            lines += ["", tell.words.text(f"why.{key}", by=tell.words.number(lifts[0].by, 2))]
        for lift in lifts[:MOST_LINES]:
            told = {"level": lambda place: _level(place, tell.words), "clause": lambda place: _clause(place, results, tell)}.get(
                lift.family
            )
            what = told(lift.place) if told else involved_lines([lift.bound], results, tell)[0]
            lines.append(clean("  " + tell.words.text("why.lift", what=what, lift=tell.amount(lift.lift, "hm3", 2))))
    return lines


def _level(level: str, words: Words) -> str:
    """Name of a level; a user's own has none but its id."""
    return words.text(f"level.{level}") if words.has(f"level.{level}") else level


def _clause(name: str, results: xr.Dataset, tell: Teller) -> str:
    """Id and sentence of a clause."""
    texts = {clause.id: clause_sentence(clause, tell.words, tell.names) for clause in clauses_of(results)}
    return f"{name}: {texts.get(name, '')}"


def _worth(worth: Any, where: tuple[str, str], tell: Teller) -> str:
    """Worth of one more hm3 at the demand's node."""
    words = tell.words
    place = {"place": tell.name(where[0]), "step": words.step(where[1])}
    if worth.more.level is None:
        return words.text("why.worthless", **place)
    level = _level(worth.more.level, words)
    reach = tell.amount(worth.more.holds_for, "hm3", 2)
    cost = words.number(worth.less.worth, 2)
    return words.text("why.worth", **place, worth=words.number(worth.more.worth, 2), level=level, range=reach, cost=cost)


def why_record(reason: Any, worth: Any) -> dict[str, Any]:
    """Return the reason and the price as plain data.

    Parameters
    ----------
    reason : Reason
        What the solver found.
    worth : Price
        Price of water there.

    Returns
    -------
    dict
        For JSON.
    """
    return {"reason": asdict(reason), "price": asdict(worth)}
