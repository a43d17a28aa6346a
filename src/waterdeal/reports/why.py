"""What held a delivery down, sentence by sentence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.edition import VOLUME
from waterdeal.reports.quantity import Teller, level_name, speak
from waterdeal.reports.sentence import clause_sentence
from waterdeal.scenario.environment import PROMISED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import xarray as xr

    from waterdeal.reports.document import Document

#: balances of single places that are told one by one; more are told as a stretch of the river
FEW = 4
#: names in a line; more are counted
MOST = 6


def involved_lines(involved: Iterable[Any], inputs: xr.Dataset, tell: Teller) -> list[str]:
    """Tell the balances and bounds of a conflict."""
    families: dict[str, list[Any]] = {}
    for entry in involved:
        family = entry.family.replace(".", "_")
        asked = f"{family}_asked"
        family = asked if tell.words.has(f"family.{asked}") and _may_be_missed(family, entry.place, inputs) else family
        families.setdefault(family if tell.words.has(f"family.{family}") else "other", []).append(entry)
    return [
        f"{_what(family, [entry.place for entry in entries], inputs, tell)}{_when(entries, tell)}" for family, entries in families.items()
    ]


def _may_be_missed(family: str, place: str, inputs: xr.Dataset) -> bool:
    """Whether something may be missing to all that is asked for nature at a place."""
    for kind, of in PROMISED.items():
        most = f"{of.missing}_max"
        if most in inputs.variables and (family.startswith(kind) or family.endswith(of.asked)):
            at = (inputs[of.dim].values == place) | (inputs[of.place].values == place)
            return bool(at.any() and (inputs[most].values[at] > 0).all())
    return False


def _what(family: str, places: list[str], inputs: xr.Dataset, tell: Teller) -> str:
    """Words for a family at places."""
    if family == "water_balance" and len(places) > FEW:
        tops, ends = stretch(places, inputs)
        return tell.words.text("family.river", tops=tell.all_names(tops, MOST), places=tell.all_names(ends, MOST))
    if family == "entitlement_limit_met" and "entitlement" in inputs:
        owners = dict(zip(inputs["entitlement"].values.tolist(), inputs["entitlement_party"].values.tolist(), strict=True))
        places = [owners.get(place, place) for place in places]
    return tell.words.text(f"family.{family}", places=tell.all_names(dict.fromkeys(places), MOST))


def stretch(places: Sequence[str], inputs: xr.Dataset) -> tuple[list[str], list[str]]:
    """Condense places along a river to its top and its end."""
    chosen = set(places)
    links = list(zip(inputs["link_from"].values.tolist(), inputs["link_to"].values.tolist(), strict=True))
    kinds = dict(zip(inputs["node"].values.tolist(), inputs["node_kind"].values.tolist(), strict=True))
    fed = {below for above, below in links if above in chosen}
    sources = {above for above, _ in links}
    passing = {above for above, below in links if below in chosen & sources}
    leaving = chosen & sources - passing
    ends = [place for place in places if place in leaving] or [place for place in places if place not in passing]
    storing = [place for place in places if kinds.get(place) in {"reservoir", "lake"} and place not in ends]
    return storing or [place for place in places if place not in fed], ends


def _when(entries: Sequence[Any], tell: Teller) -> str:
    """First and last step of some entries, after a comma."""
    first = min((entry.first for entry in entries if entry.first), default="")
    last = max((entry.last for entry in entries if entry.last), default="")
    return f", {_ends(list(filter(None, (first, last))), tell)}" if first else ""


def _ends(steps: Sequence[str], tell: Teller) -> str:
    """Tell the first and the last of some steps."""
    return " – ".join(map(tell.words.step, dict.fromkeys((steps[0], steps[-1]))))


#: balances and capacities told at most
MOST_LINES = 12


def why_answer(reason: Any, worth: Any, where: tuple[str, str], results: xr.Dataset, language: str) -> Document:
    """Tell what held a delivery down."""
    words, tell = speak(language, results)
    volumes = {"required": round(reason.required, VOLUME), "delivered": round(reason.delivered, VOLUME)}
    volumes["missing"] = round(volumes["required"] - volumes["delivered"], VOLUME)  # as both are printed
    fields = {name: tell.amount(value, "hm3") for name, value in volumes.items()}
    fields |= {"demand": tell.name(reason.demand), "period": _ends(reason.steps, tell)}
    if not reason.wished:
        return answer("why", language, [words.text("why.served", **fields)])
    short = words.text("why.short", **fields)
    causes = [[short, words.text("why.tied")]] if reason.tied else [[short], *_causes(reason, results, tell)]
    return answer("why", language, [Listing("", tuple(lines)) for lines in (*causes, _worth(worth, where, tell))])


def _causes(reason: Any, results: xr.Dataset, tell: Teller) -> Iterator[list[str]]:
    """Levels, clauses, rules and balances that refuse a little more, and what lifts the delivery, the most first."""
    from waterdeal.ask.targets import RULES

    words = tell.words
    rules = [entry for entry in reason.involved if entry.family in RULES]
    others = [entry for entry in reason.involved if entry.family not in RULES]
    causes = {"levels": [level_name(level, words) for level in reason.levels]}
    causes["clauses"] = [_clause(name, results, tell) for name in reason.clauses]
    causes |= {key: involved_lines(entries, results, tell)[:MOST_LINES] for key, entries in (("rules", rules), ("involved", others))}
    lines = [words.text("why.refused", wished=tell.amount(reason.wished, "hm3", 2))]
    lines += [] if reason.levels or reason.clauses or rules else [f"  {words.text('why.nothing')}"]
    for key, told in causes.items():
        lines += [f"  {words.text(f'why.{key}')}:", *(f"    {line}" for line in told)] if told else []
    yield lines
    for key, lifts in (("alone", reason.lifts), ("together", reason.together)):
        if lifts:
            loosened = [(_lifted(lift, results, tell), tell.amount(lift.lift, "hm3", 2)) for lift in lifts[:MOST_LINES]]
            lines = [f"  {words.text('why.lift', what=what, lift=lift)}" for what, lift in loosened]
            yield [words.text(f"why.{key}", by=words.number(lifts[0].by, 2)), *lines]


def _lifted(lift: Any, results: xr.Dataset, tell: Teller) -> str:
    """What is loosened: a level, a clause, or a bound."""
    if lift.family == "level":
        return level_name(lift.place, tell.words)
    return _clause(lift.place, results, tell) if lift.family == "clause" else involved_lines([lift.bound], results, tell)[0]


def _clause(name: str, results: xr.Dataset, tell: Teller) -> str:
    """Id and sentence of a clause."""
    return f"{name}: {next((clause_sentence(clause, tell, results) for clause in clauses_of(results) if clause.id == name), '')}"


def _worth(worth: Any, where: tuple[str, str], tell: Teller) -> list[str]:
    """Worth of one more hm3 at the demand's node."""
    words = tell.words
    place = {"place": tell.name(where[0]), "step": words.step(where[1])}
    if worth.more.level is None:
        none = words.text("why.worthless", **place)
        return [none] if worth.more.proven is not False else [f"{none} *", words.text("price.on_lines")]
    told = {"worth": words.number(worth.more.worth, 2), "cost": words.number(worth.less.worth, 2)}
    told |= {"level": level_name(worth.more.level, words), "range": tell.amount(worth.more.holds_for, "hm3", 2)}
    lines = [words.text("why.worth", **place, **told)]
    if False in {worth.more.proven, worth.less.proven}:
        lines[0] += " *"
        lines.append(words.text("price.on_lines"))
    return lines


def why_record(reason: Any, worth: Any) -> dict[str, Any]:
    """Return the reason and the price as plain data; what is loosened is told by family and place, not by its bounds."""
    told = asdict(reason)
    for lift in (*told["lifts"], *told["together"]):
        del lift["target"]
    return {"reason": told, "price": asdict(worth)}
