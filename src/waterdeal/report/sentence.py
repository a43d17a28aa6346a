"""The sentence of a clause in a language: its own text, or one made from its kind and facts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.forms import clause_facts
from waterdeal.report.quantity import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.place import Place
    from waterdeal.words import Words

#: kinds whose sentence says when by itself, and so needs no word for the whole plan
DATED = frozenset({"release_limit", "exchange"})


def clause_sentence(clause: Clause, words: Words, names: Mapping[str, Mapping[str, str]], *, owed: bool = True) -> str:
    """Write a clause in a language."""
    if own := clause.text.get(words.language):
        return own
    tell = Teller(words, names)
    body = _BODIES.get(clause.kind, _plain)(clause, tell)
    parts = [part for part in (body, _period(clause, tell)) if part]
    party = who_owes(clause, tell) if owed else ""
    text = ", ".join(parts) + (f" ({party})" if party else "")
    return text[:1].upper() + text[1:]


def who_owes(clause: Clause, tell: Teller) -> str:
    """Say who owes a clause to whom."""
    party, to = tell.all_names(clause.party), tell.all_names(clause.to)
    if not party:
        return ""
    return tell.words.text("clause.owed_to", party=party, to=to) if to else tell.words.text("clause.owed", party=party)


def _place(place: Place, tell: Teller) -> str:
    """Gauge, users by name, all users of a party, or those its limits count."""
    if place.supply_of is not None:
        return tell.words.text("clause.users_of", party=tell.name(place.supply_of))
    if place.limit_of is not None:
        return tell.words.text("clause.limit_of", party=tell.name(place.limit_of))
    return tell.name(place.at) if place.at is not None else tell.all_names(place.demands)


def _fields(clause: Any, tell: Teller) -> dict[str, str]:
    """Facts of the clause in words."""
    fields = {key: tell.fact(fact) for key, fact in clause_facts(clause).items()}
    if hasattr(clause, "supply_of"):
        fields["place"] = _place(clause, tell)
    return fields


def _plain(clause: Any, tell: Teller) -> str:
    """Sentence of a kind that has one form; of a kind from outside, which has no words here, its name and facts."""
    if not tell.words.has(f"clause.{clause.kind}"):
        return f"{clause.kind}: {', '.join(fact for fact in _fields(clause, tell).values() if fact)}"
    return tell.words.text(f"clause.{clause.kind}", **_fields(clause, tell))


def _share_of_flow(clause: Any, tell: Teller) -> str:
    """Who takes which share of the flow."""
    return tell.words.text("clause.share_of_flow", **_fields(clause, tell) | {"takes": _place(clause.takes, tell)})


def _equal_ratio(clause: Any, tell: Teller) -> str:
    """Parties that are supplied alike."""
    return tell.words.text("clause.equal_ratio", parties=tell.all_names(clause.among), within=tell.number(100 * clause.within))


def _threshold_share(clause: Any, tell: Teller) -> str:
    """Threshold, whose it is, and shares above it."""
    shares = ", ".join(f"{tell.name(party)} {tell.share(share)}" for party, share in clause.shares.items())
    return tell.words.text("clause.threshold_share", **_fields(clause, tell) | {"shares": shares})


def _sliding_scale(clause: Any, tell: Teller) -> str:
    """Range of the promise, and what it depends on."""
    fields, index = _fields(clause, tell), clause.index
    if index is None:
        return tell.words.text("clause.sliding_scale_class", **fields)
    if index.known is not None:
        return tell.words.text("clause.sliding_scale_known", **fields | {"index": tell.volume(index.known)})
    return tell.words.text("clause.sliding_scale_index", **fields)


def _end_storage(clause: Any, tell: Teller) -> str:
    """Storage on a day, or at the end of the plan."""
    return tell.words.text("clause.end_storage" if clause.on is not None else "clause.end_storage_final", **_fields(clause, tell))


def _storage_band(clause: Any, tell: Teller) -> str:
    """Both edges, or the one there is."""
    place = tell.name(clause.reservoir)
    if clause.low is not None and clause.high is not None:
        return tell.words.text("clause.storage_band", place=place, low=tell.volume(clause.low), high=tell.volume(clause.high))
    key, value = ("clause.storage_band_high", clause.high) if clause.low is None else ("clause.storage_band_low", clause.low)
    return tell.words.text(key, place=place, value=tell.volume(value))


def _release_limit(clause: Any, tell: Teller) -> str:
    """Cap in winter, share in summer."""
    fields = _fields(clause, tell)
    limits = {"winter": fields["value"], "summer": fields["share"]}
    parts = [tell.words.text(f"clause.release_{season}", value=value) for season, value in limits.items() if value]
    return f"{fields['place']}: {'; '.join(parts)}"


def _energy_min(clause: Any, tell: Teller) -> str:
    """Energy of plants, or of all plants of a party."""
    party = clause.energy_of
    place = tell.words.text("clause.plants_of", party=tell.name(party)) if party else tell.all_names(clause.plants)
    return tell.words.text("clause.energy_min", **_fields(clause, tell) | {"place": place})


def _payback(clause: Any, tell: Teller) -> str:
    """Debt, and what it comes on top of."""
    return tell.words.text("clause.payback_over" if clause.ordinary else "clause.payback", **_fields(clause, tell))


def _exchange(clause: Any, tell: Teller) -> str:
    """Water one way, energy the other."""
    text, fields, other = tell.words.text, _fields(clause, tell), tell.words.text("clause.other_side")
    found, filling = [], clause.filling
    if filling is not None:
        day, place = tell.words.date(filling.on), tell.name(filling.reservoir)
        found.append(text("clause.end_storage", place=place, value=tell.volume(filling.value), day=day))
    if clause.release is not None:
        found.append(text("clause.schedule", place=tell.name(clause.release.at), value=fields["value"], within=fields["within"]))
    for leg, parties in (("sent", clause.to), ("returned", clause.party)):
        power = getattr(clause, leg)
        if power is not None:
            party = tell.all_names(parties) or other
            found.append(text(f"clause.exchange_{leg}", party=party, value=fields[leg], months=tell.months(power.months)))
    return "; ".join(found)


_BODIES: dict[str, Callable[[Any, Teller], str]] = {
    "share_of_flow": _share_of_flow,
    "equal_ratio": _equal_ratio,
    "threshold_share": _threshold_share,
    "sliding_scale": _sliding_scale,
    "end_storage": _end_storage,
    "storage_band": _storage_band,
    "release_limit": _release_limit,
    "energy_min": _energy_min,
    "payback": _payback,
    "exchange": _exchange,
}


def _period(clause: Any, tell: Teller) -> str:
    """Season, months and dates, the last day counted in; nothing for a storage on a day."""
    if clause.kind == "end_storage":
        return ""
    text, date = tell.words.text, tell.words.date
    found = [text("clause.growing" if clause.season == "growing" else "clause.non_growing")] if clause.season else []
    if clause.months:
        found.append(tell.months(clause.months))
    last = date(clause.end - timedelta(days=1)) if clause.end is not None else ""
    if clause.start is not None and last:
        found.append(f"{date(clause.start)} – {last}")
    elif clause.start is not None:
        found.append(text("clause.from", day=date(clause.start)))
    elif last:
        found.append(text("clause.until", day=last))
    return ", ".join(found) or ("" if clause.kind in DATED else text("clause.whole"))
