"""The sentence of a clause in a language, made from the values in force and its period, with what the plan does not hold."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from waterdeal.agreement.inputs import unheld_parts
from waterdeal.agreement.place import Place, told_place

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.facts import Phrase
    from waterdeal.reports.promises import Promise
    from waterdeal.reports.quantity import Teller


def clause_sentence(clause: Clause, tell: Teller, data: xr.Dataset | None = None, *, owed: bool = True) -> str:
    """Write a clause in a language as it is in force, over inputs or results with what these do not hold of it."""
    body = "; ".join(_told(clause, phrase, tell) for phrase in clause.phrases())
    party = who_owes(clause, tell) if owed else ""
    text = ", ".join(filter(None, (body, _period(clause, tell)))) + (f" ({party})" if party else "")
    if data is not None and (unheld := unheld_parts(clause, data)):
        parts = ", ".join(map(tell.part, unheld))
        text += f" ({tell.words.text('clause.unheld', parts=parts)})"
    return text[:1].upper() + text[1:]


def sentence_in_force(promise: Promise, tell: Teller, data: xr.Dataset) -> str:
    """Say what a clause promises in a plan, with what has been conceded of it."""
    sentence = clause_sentence(promise.clause, tell, data)
    if promise.conceded <= 0:
        return sentence
    return tell.words.text("clause.conceded", sentence=sentence, amount=tell.amount(promise.conceded, promise.unit))


def drafted(clause: Clause, tell: Teller) -> str:
    """Return the text of a clause as it was drafted, marked as such; empty without one."""
    own = " ".join(tell.words.of(clause.text).split())
    return tell.words.text("clause.drafted", text=own) if own else ""


def who_owes(clause: Clause, tell: Teller) -> str:
    """Say who owes a clause to whom."""
    party, to = tell.all_names(clause.party), tell.all_names(clause.to)
    return tell.words.text("clause.owed_to" if to else "clause.owed", party=party, to=to) if party else ""


def _told(clause: Clause, phrase: Phrase, tell: Teller) -> str:
    """Tell one phrase; of a kind from outside, which has no words here, its name and facts."""
    fields = dict(phrase.fields)
    if isinstance(clause, Place):
        fields["place"] = told_place(clause)
    if tell.words.has(phrase.key):
        return tell.fact(phrase._replace(fields=fields))
    return f"{clause.kind}: {', '.join(filter(None, map(tell.fact, fields.values())))}"


def _period(clause: Clause, tell: Teller) -> str:
    """Season, months and dates, the last day counted in; nothing for a storage on a day."""
    if clause.when == "never":
        return ""
    text, date = tell.words.text, tell.words.date
    found = [text(f"clause.{clause.season}")] if clause.season else []
    found += [tell.months(clause.months)] if clause.months else []
    last = date(clause.end - timedelta(days=1)) if clause.end is not None else ""
    if clause.start is not None:
        found.append(f"{date(clause.start)} – {last}" if last else text("clause.from", day=date(clause.start)))
    elif last:
        found.append(text("clause.until", day=last))
    return ", ".join(found) or (text("clause.whole") if clause.when == "always" else "")
