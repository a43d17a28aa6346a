"""Why there is no plan: the clauses that cannot all hold, by which balances, and the menu of ways out; as text, document and record."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.forms import clause_rows
from waterdeal.agreement.inputs import clauses_of, in_unit_of_rows, number_told
from waterdeal.agreement.kinds.release import SUMMER
from waterdeal.agreement.river import River
from waterdeal.agreement.rows import WHOLE
from waterdeal.ask.conflict import Involved
from waterdeal.ask.explain import Explanation
from waterdeal.ask.menu import Concession
from waterdeal.reports.as_text import told as as_text
from waterdeal.reports.blocks import Heading, Listing
from waterdeal.reports.document import Document, answer
from waterdeal.reports.promises import clause_numbers, part_name
from waterdeal.reports.quantity import UNITS, Teller, in_runs, round_down, round_up, speak
from waterdeal.reports.rooms import rooms_title
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.table import written
from waterdeal.reports.why import involved_lines
from waterdeal.results.clauses import measure_clauses
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause

#: runs of steps told; more are counted
MOST = 6
#: a concession of less than this, in its unit, is rounding
SMALLEST = 1e-6
#: least hm3 that a concession of a clause that counts shares or points is read in
LEAST_READ = 1.000001
#: share of a concession that must be proven to be needed for it to be told alone
AGREES = 0.999


@dataclass(frozen=True)
class Offer:
    """A concession as it is told: every figure rounded so that it suffices."""

    clause: str  # its id
    unit: str
    sense: str
    amount: float  # what is conceded, in the unit as told (shares in percentage points)
    relative: float  # in per cent of the promise; NaN where nothing is promised
    becomes: float | None  # what the number of the sentence becomes, for a clause with one
    parts: tuple[str, ...]  # parts that concede
    least: float | None = None  # what is proven to be needed, in the unit as told, where that is clearly less
    agreed: float = 0.0  # what of it is agreed already, in the unit as told
    beyond: float = math.nan  # what is conceded beyond that, in per cent of the promise
    weight: float = 1.0  # of its largest row: units that a hm3 counts as

    @property
    def setting(self) -> str:
        """The setting that allows it, e.g. ``agreement.dostyk.concession=323.9``; of more than the whole in hm3, as it is read there."""
        amount = round(self.amount / UNITS[self.unit][1], 6)
        if in_unit_of_rows(amount, self.unit):
            amount = max(round_up(amount / self.weight), LEAST_READ)
        return f"agreement.{self.clause}.concession={amount:.10g}"


def make_offer(concession: Any, clause: Clause, inputs: xr.Dataset) -> Offer:
    """Round a concession so that what is told suffices."""
    factor = UNITS[concession.unit][1]
    amount = round_up(concession.amount * factor)
    parts = tuple(part for part, given in concession.parts.items() if given > 0)
    rows = np.flatnonzero((inputs["row_clause"].values == concession.clause) & np.isin(inputs["row_concession"].values, parts))
    senses = set(inputs["row_sense"].values[rows].tolist())
    sense = senses.pop() if len(senses) == 1 else ""
    number, becomes = number_told(clause_rows(clause, River(inputs))) * factor, None
    if not math.isnan(number):
        left = concession.amount * factor  # not what is printed of it: rounded twice it would be two units off
        becomes = round_down(number - left) if sense == "at_least" else round_up(number + left)
        becomes = becomes if becomes >= 0 else None  # more than a debt: no number in its place
    share = _share(concession, number)
    of_promise, beyond = (math.nan if math.isnan(share) else round_up(100 * part) for part in (share, share * concession.of_it_beyond))
    least = round_down(concession.least * factor) if 0 < concession.least < AGREES * concession.amount else None
    agreed = concession.agreed * factor
    weight = float(inputs["concession_weight"].values[inputs["concession_clause"].values == concession.clause].max())
    return Offer(concession.clause, concession.unit, sense, amount, of_promise, becomes, parts, least, agreed, beyond, weight)


def _share(concession: Any, number: float) -> float:
    """Share of what is promised, or of what the plan makes due, that is conceded; NaN of nothing."""
    if concession.due is None:
        return math.nan if number == 0 else float(concession.relative)
    return concession.amount / concession.due if concession.due > SMALLEST else math.nan


def offer_text(offer: Offer, inputs: xr.Dataset, tell: Teller) -> str:
    """Tell an offer in a line."""
    text = tell.words.text
    sign = {"at_least": "−", "at_most": "+"}.get(offer.sense, "")
    details = [] if offer.becomes is None else [text("explain.becomes", value=_told(offer.becomes, offer.unit, tell))]
    if offer.unit not in {"1", "share"} and not math.isnan(offer.relative):
        details.append(text("explain.relative", share=f"{tell.words.number(offer.relative)}\xa0%"))
    if offer.agreed:
        details.append(text("explain.agreed", value=_told(offer.agreed, offer.unit, tell)))
    if offer.least is not None:
        details.append(text("explain.at_least", value=_told(offer.least, offer.unit, tell)))
    amount = f"{sign}{_told(offer.amount, offer.unit, tell)}" + (f" ({'; '.join(details)})" if details else "")
    return ", ".join(filter(None, (amount, _parts(offer, inputs, tell))))


def _told(value: float, unit: str, tell: Teller) -> str:
    """Figure that is already in the unit as told."""
    return tell.amount(value / UNITS[unit][1], unit)


def _parts(offer: Offer, inputs: xr.Dataset, tell: Teller) -> str:
    """Steps and other parts that concede."""
    labels = tuple(inputs["step"].values.tolist())
    steps = [label for label in labels if label in offer.parts]
    told = [" ".join(_leg(offer, part, inputs, tell)) for part in offer.parts if part not in labels and part != WHOLE]
    if steps:
        mine = inputs["concession_clause"].values == offer.clause
        total = len(set(inputs["concession_part"].values[mine].tolist()) & set(labels))
        key = "explain.dekads" if all("-D" in step for step in steps) else "explain.steps"
        told.append(tell.words.text(key, count=len(steps), total=total, steps=_runs(steps, labels, tell)))
    return ", ".join(told)


def _leg(offer: Offer, part: str, inputs: xr.Dataset, tell: Teller) -> Iterator[str]:
    """Name of a part, and what is then promised by it where several promises give way by the same share."""
    yield part_name(part, tell, tuple(inputs["step"].values.tolist()))
    (row, *others) = np.flatnonzero((inputs["row_clause"].values == offer.clause) & (inputs["row_concession"].values == part))
    promised, unit = float(inputs["row_bound"].values[row]), str(inputs["row_unit"].values[row])
    of_natural = part.startswith(SUMMER)
    if offer.unit != "share" or others or not (promised or of_natural):
        return
    way = (inputs["concession_clause"].values == offer.clause) & (inputs["concession_part"].values == part)
    if "concession_scale" in inputs:  # of the whole promise, of which a row holds less where some has passed
        promised = float(inputs["concession_scale"].values[way][0])
    share = offer.amount / 100 * (-1 if inputs["row_sense"].values[row] == "at_least" else 1)
    key, value = ("of_natural", promised) if of_natural else ("becomes", promised * (1 + share))
    yield f"({tell.words.text(f'explain.{key}', value=tell.amount(value, unit))})"


def _runs(steps: list[str], labels: tuple[str, ...], tell: Teller) -> str:
    """Steps, those in a row as a range."""
    runs = in_runs(steps, lambda one, other: labels.index(other) == labels.index(one) + 1)
    told = [" – ".join(tell.words.step(label) for label in dict.fromkeys((run[0], run[-1]))) for run in runs]
    more = [tell.words.text("word.more", count=sum(map(len, runs[MOST:])))] if len(runs) > MOST else []
    return " ".join([", ".join(told[:MOST]), *more])


#: parts of an explanation that are clauses, told by their sentences
TOLD_BY_SENTENCES = ("clauses", "no_help", "unsure", "fixed")


@dataclass(frozen=True)
class _Told:
    """An explanation about to be told."""

    explanation: Any
    inputs: xr.Dataset
    tell: Teller

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Clauses by id."""
        return {clause.id: clause for clause in clauses_of(self.inputs)}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each clause."""
        return clause_numbers(self.inputs)

    def offer(self, concession: Any) -> Offer:
        """Concession as it is told."""
        return make_offer(concession, self.clauses[concession.clause], self.inputs)

    def heading(self, clause: str) -> str:
        """Number and id of a clause."""
        return f"{self.numbers[clause]}\xa0{clause}"

    def sentences(self, clauses: Iterable[str]) -> tuple[str, ...]:
        """Number, id and sentence of each clause."""
        return tuple(f"{self.heading(name)}: {clause_sentence(self.clauses[name], self.tell, self.inputs)}" for name in clauses)

    def offers(self, concessions: Iterable[Any]) -> tuple[str, ...]:
        """Number, id and offer of each concession."""
        return tuple(f"{self.heading(way.clause)}: {offer_text(self.offer(way), self.inputs, self.tell)}" for way in concessions)

    def ways(self, menu: Iterable[Any]) -> tuple[str, ...]:
        """Number, id and offer of each way out, and whether nothing is proven of how little would do."""
        doubt = f"; {self.tell.words.text('explain.least_unproven')}"
        return tuple(told + (doubt if not way.least else "") for way, told in zip(menu, self.offers(menu), strict=True))

    def settings(self, concessions: Iterable[Any]) -> tuple[str, ...]:
        """Options of the command line that allow the concessions."""
        return tuple(f"--set {self.offer(way).setting}" for way in concessions)

    def block(self, key: str, lines: Iterable[str], **values: str) -> list[Listing]:
        """Heading and lines; nothing where there are no lines."""
        listed = tuple(lines)
        return [Listing(self.tell.words.text(key, **values), listed)] if listed else []

    def conflict(self, one: Any, number: int) -> list[Listing]:
        """Tell one of several conflicts: its clauses, what of the river it is about, and what ends it."""
        count = len(self.explanation.conflicts)
        return [
            *self.block("explain.conflict", self.sentences(one.clauses), number=str(number), count=str(count)),
            *self.block("explain.involved", involved_lines(one.involved, self.inputs, self.tell)),
            *self.block("explain.conflict_menu", self.ways(one.menu)),
            *self.block("explain.unsure", self.sentences(one.unsure)),
        ]

    def sentence(self, key: str, **values: str) -> list[Listing]:
        """Sentence that stands by itself."""
        return [Listing(self.tell.words.text(key, **values))]


def explanation_text(explanation: Any, inputs: xr.Dataset, language: str) -> str:
    """Tell why there is no plan, for a terminal or a file."""
    return as_text(explanation_document(explanation, inputs, language))


def explanation_document(explanation: Any, inputs: xr.Dataset, language: str) -> Document:
    """Tell why there is no plan as a document of its own."""
    title, *blocks = explanation_blocks(explanation, inputs, language)
    return Document("explanation", language, title.text, (Heading(title.text, 1), *blocks))


def explanation_blocks(explanation: Any, inputs: xr.Dataset, language: str) -> tuple[Listing, ...]:
    """Tell why there is no plan, block by block."""
    told = _Told(explanation, inputs, Teller(Words(language), names_of(inputs)))
    involved = involved_lines(explanation.involved, inputs, told.tell)
    if not explanation.clauses:
        return (*told.sentence("explain.title_own"), *told.block("explain.involved_own", involved))
    mix = explanation.mix or ()
    proven = all(one.proven for one in (explanation, *explanation.conflicts))
    shares = [told.offer(way).beyond for way in mix]
    share = told.tell.words.number(max((one for one in shares if not math.isnan(one)), default=0.0))
    least = told.tell.words.number(100 * explanation.mix_least)
    even = "explain.mix_beyond" if any(way.agreed for way in mix) else "explain.mix"
    even = "explain.mix_of_nothing" if all(map(math.isnan, shares)) else even
    named = {name: told.block(f"explain.{name}", told.sentences(getattr(explanation, name))) for name in TOLD_BY_SENTENCES}
    if explanation.conflicts:
        each = [block for number, one in enumerate(explanation.conflicts, 1) for block in told.conflict(one, number)]
    else:
        each = [*named["clauses"], *told.block("explain.involved", involved)]
    return (
        *told.sentence("explain.title" if proven else "explain.not_proven"), *each,
        *(told.sentence("explain.rounding", size=f"{SMALLEST:f}") if explanation.is_rounding else []),
        *(told.block("explain.menu", told.ways(explanation.menu)) or told.sentence("explain.no_menu")),
        *(told.sentence("explain.apart") if explanation.conflicts else []),
        *named["no_help"], *named["unsure"], *named["fixed"], *told.block(even, told.offers(mix), share=f"{share}\xa0%"),
        *(told.sentence("explain.mix_least", share=f"{least}\xa0%") if _is_clearly_less(explanation) else []),
        *(told.sentence("explain.no_mix") if explanation.mix is None else []),
        *told.block("explain.apply", told.settings(explanation.menu[:1])), *told.block("explain.apply_mix", told.settings(mix)),
    )  # fmt: skip


def _is_clearly_less(explanation: Any) -> bool:
    """Whether much less is proven to be needed of the largest share of an even mix than it asks for."""
    return bool(explanation.mix) and explanation.mix_least < AGREES * max(way.beyond for way in explanation.mix)


def explanation_record(explanation: Any, inputs: xr.Dataset) -> dict[str, Any]:
    """Return an explanation as plain JSON."""
    told = _Told(explanation, inputs, Teller(Words("en"), {}))

    def concessions(ways: Iterable[Any]) -> list[dict[str, Any]]:
        return [_way_record(way, told.offer(way)) | {"number": told.numbers[way.clause]} for way in ways]

    return {
        "clauses": [{"id": name, "number": told.numbers[name], "kind": told.clauses[name].kind} for name in explanation.clauses],
        "involved": [asdict(entry) for entry in explanation.involved], "menu": concessions(explanation.menu),
        "proven": explanation.proven, "is_rounding": explanation.is_rounding, "unsure": list(explanation.unsure),
        "no_help": list(explanation.no_help), "fixed": list(explanation.fixed),
        "mix": None if explanation.mix is None else concessions(explanation.mix),
        "mix_least": explanation.mix_least,
        "conflicts": [explanation_record(one, inputs) for one in explanation.conflicts],
    }  # fmt: skip


def _way_record(way: Concession, offer: Offer) -> dict[str, Any]:
    """Return a concession as plain JSON: of nothing there is no share, and what is not proven is no least."""
    relative = None if math.isnan(offer.relative) else way.relative if way.due is None else way.amount / way.due
    return asdict(way) | {"relative": relative, "least": way.least or None, "set": offer.setting}


def explanation_from(record: Mapping[str, Any]) -> Explanation:
    """Return the explanation that plain JSON tells of."""
    told: dict[str, Any] = {name: tuple(record[name]) for name in ("no_help", "fixed", "unsure")}
    clauses, involved = tuple(entry["id"] for entry in record["clauses"]), tuple(Involved(**entry) for entry in record["involved"])
    menu, mix = tuple(map(_concession, record["menu"])), None if record["mix"] is None else tuple(map(_concession, record["mix"]))
    conflicts = tuple(map(explanation_from, record["conflicts"]))
    found = Explanation(clauses, involved, menu, mix=mix, mix_least=record["mix_least"], proven=record["proven"], conflicts=conflicts)
    return replace(found, **told)


def _concession(record: Mapping[str, Any]) -> Concession:
    """Return a concession; a share of nothing is no number, and nothing is no proof."""
    told = {field.name: record[field.name] for field in fields(Concession) if field.name in record} | {"least": record["least"] or 0.0}
    return Concession(**{**told, "relative": math.nan if told["relative"] is None else told["relative"]})


#: a reserve below this binds, in the clause's unit
BINDS = 1e-6


def rooms_answer(rooms: Sequence[Any], results: xr.Dataset, language: str) -> Document:
    """Tell how much more each clause could ask for."""
    words, tell = speak(language, results)
    measured = measure_clauses(results).groupby("clause", sort=False)
    reserve, units = measured["slack"].min(), measured["unit"].first()
    rows = []
    for room in rooms:
        unit, left = str(units.get(room.clause, "hm3")), float(reserve.get(room.clause, math.nan))
        mark, most = "" if room.proven else " *", _room_amount(room.most, room.unit, tell)
        share = most if math.isinf(room.share) else words.number(100 * room.share)
        more = _room_amount(room.amount, room.unit, tell) + mark, share, most
        held = words.text("rooms.conceded" if left < -BINDS else "rooms.binding") if left <= BINDS else tell.amount(left, unit)
        rows.append((room.clause, held, *more))
    if not rows:
        return answer("explain", language, [words.text("rooms.none")])
    headings = [words.text(f"rooms.{key}") for key in ("clause", "reserve", "room", "share", "most")]
    notes = [words.text("rooms.note"), *([] if all(room.proven for room in rooms) else [words.text("rooms.on_lines")])]
    notes += [words.text("rooms.priced")] if np.isinf(results["clause_conceded_max"].values).any() else []
    return answer("explain", language, [written("rooms", rooms_title(results, tell), headings, rows), *notes])


def _room_amount(amount: float, unit: str, tell: Teller) -> str:
    """Tell how much more a clause could ask for."""
    return tell.words.text("rooms.unbounded") if math.isinf(amount) else tell.amount(amount, unit)
