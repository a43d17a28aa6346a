"""The contract sheet as a document: months, gains, the interval, both ladders, other years, and who is tempted to stop.

It is made from the record of a sheet, as a command keeps it beside a run, and a plan for names and dates; nothing is solved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.reports.about import created, period, title
from waterdeal.reports.blocks import EPOCH, Figure, Heading, Listing, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition
from waterdeal.reports.plots.canvas import SIZE, figure_bytes
from waterdeal.reports.plots.contract import draw_ladders
from waterdeal.reports.quantity import level_name
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.table import Column, Table
from waterdeal.studies.contract.years import EXCEEDED
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.reports.material import Material
    from waterdeal.reports.table import Cell
    from waterdeal.studies.contract.sheet import ContractSheet

#: decimals of money, prices and rates of a ladder; parties and months that are named at most
MONEY, PRICE, RATE, MOST = 2, 4, 2, 3
#: columns of the months, in order
MONTHS = ("sent", "returned", "released", "released_alone", "kept", "kept_alone", "paid")
#: and of what of the energy each party sends, where several do
SENT_BY = "sent_by_"
#: width of a column of words that is the last
SAID = 36
#: share of the energy that is printed as something; money that is printed as nothing
LEAST_SHARE = 0.005
NOTHING = 0.5 * 10.0**-MONEY
#: what is published of a year and of an agreement; years, half the rows of a kind, and decimals told; days on which seasons turn
BALANCE = ("demand", "generation", "hydro_generation", "net_import")
BEFORE = ("energy_agreed", "swap", "price", "delivered", "grain_sent")
LATEST, DATED, TURNS = 3, 2, ("04-01", "10-01")


def contract(sheet: ContractSheet, language: str = "en") -> Document:
    """Make the sheet of a contract as a document.

    Parameters
    ----------
    sheet : ContractSheet
        As ``wd.studies.contract_sheet`` finds it.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    Document
        Its ``save`` writes docx, pdf, html, xlsx, csv or txt by the ending of the file.
    """
    return contract_document(sheet.record(), sheet.worth.whole, language)


def found_contract(material: Material, language: str) -> Document:
    """Make the sheet of what the command found beside a run."""
    found = material.findings.read("contract")
    if found is not None:
        return contract_document(found, material.plan, language)
    words = Words(language)
    heading = f"{words.text('contract.title')}: {title(Edition(material.plan, words))}"
    blocks = (Heading(heading, 1), material.missing("contract", words))
    return Document("contract", language, heading, blocks, created(material.plan) or EPOCH)


def contract_document(record: Mapping[str, Any], plan: xr.Dataset, language: str) -> Document:
    """Make the document of a record."""
    told = _Told(record, Edition(plan, Words(language)))
    heading = f"{told.text('title')}: {title(told.edition)}"
    parts = (_head, _months, _gains, _interval, _ladders, _years, _stops, _ranges, _published)
    blocks = [block for part in parts for block in part(told)]
    last = Paragraph(told.edition.text("about.disclaimer_text"), note=True)
    return Document("contract", language, heading, (Heading(heading, 1), *blocks, last), created(plan) or EPOCH)


@dataclass(frozen=True)
class _Told:
    """The record of a sheet in a language."""

    record: Mapping[str, Any]
    edition: Edition

    def text(self, key: str, **values: object) -> str:
        """Text of the sheet."""
        return self.edition.words.text(f"contract.{key}", **values)

    def number(self, value: float, digits: int = MONEY) -> str:
        """A number."""
        return self.edition.words.number(value, digits)

    def names(self, parties: Iterable[str]) -> str:
        """Names of parties."""
        return ", ".join(map(self.edition.name, parties))

    @cached_property
    def sides(self) -> dict[str, str]:
        """Names of both sides."""
        return {side: self.names(self.record[side]) for side in ("keeps", "sends")}

    @property
    def parties(self) -> list[str]:
        """Parties of both sides."""
        return [*self.record["keeps"], *self.record["sends"]]

    def gain(self, name: str) -> dict[str, Any]:
        """One figure of what each party gains."""
        return {str(row["party"]): row[name] for row in self.record["gains"]}

    def table(self, name: str, columns: Sequence[tuple[str, int | None]], rows: Sequence[Sequence[Cell]], *notes: str) -> Table:
        """Make a table: columns by their words and decimals."""
        widths = [10 if digits is not None else SAID if place == len(columns) - 1 else 24 for place, (_, digits) in enumerate(columns)]
        made = [Column(head, digits=digits, width=width, summed=False) for (head, digits), width in zip(columns, widths, strict=True)]
        cells = tuple(tuple(_rounded(cell, digits) for cell, (_, digits) in zip(row, columns, strict=True)) for row in rows)
        return Table(f"contract_{name}", self.text(name), self.text(f"{name}_title"), "", tuple(made), cells, notes=notes)


def _rounded(cell: Cell, digits: int | None) -> Cell:
    """A cell as printed."""
    return round(cell, digits) + 0.0 if isinstance(cell, int | float) and digits is not None else cell


def _head(told: _Told) -> Iterator[Any]:
    """Say what the contract is, what it is held against, and what of it no row carries."""
    record, edition = told.record, told.edition
    known = {clause.id: clause for clause in clauses_of(edition.results)}
    ids = [name for name in (record["contract"], *record["beside"]) if name in known]
    yield Listing(period(edition), tuple(clause_sentence(known[name], edition.tell, edition.results) for name in ids))
    yield Paragraph(told.text("sides", **told.sides))
    levels = ", ".join(level_name(level, edition.words) for level in record["levels"])
    yield Paragraph(told.text("alone", levels=levels), note=True)
    if record["not_carried"]:
        parts = ", ".join(edition.words.text_or(f"part.{part}", part) for part in record["not_carried"])
        yield Paragraph(told.text("not_carried", parts=parts))


def _months(told: _Told) -> Iterator[Any]:
    """Who sends, holds and releases what, month by month."""
    record, edition = told.record, told.edition
    names = [name for name in MONTHS if name in record["months"][0] and (name != "returned" or record["returns"])]
    names[1:1] = [f"{SENT_BY}{party}" for party in record["sends"] if f"{SENT_BY}{party}" in record["months"][0]]
    heads = {f"{SENT_BY}{party}": told.text("sent_by", party=edition.name(party)) for party in record["sends"]}
    columns = [(told.text("month"), None), *((heads.get(name) or told.text(name), MONEY if name == "paid" else VOLUME) for name in names)]
    rows = [[edition.words.month(row["month"]), *(row[name] for name in names)] for row in record["months"]]
    assumed = {name: told.number(known[1], PRICE) for name, known in record["assumed"].items()}
    origin = told.text(f"price_{record['price_from']}", swap=assumed.get("swap", ""), summer=assumed.get("summer_price", ""))
    reservoir = edition.name(record["reservoir"]) if record["reservoir"] else "–"
    told_of = {"gauge": told.names(record["gauge"]), "reservoir": reservoir, "price": told.number(record["price"], PRICE)}
    notes = [told.text("months_note", **told_of, origin=origin)]
    if "delivered" in assumed:
        notes.append(told.text("delivered_note", part=told.number(100 * record["assumed"]["delivered"][1], 0)))
    if "summer_price" in assumed:
        energy = {name: told.number(value, VOLUME) for name, value in record["summer_energy"].items()}
        notes.append(told.text("summer_note", price=assumed["summer_price"], alone=energy["alone"], whole=energy["with"]))
    yield told.table("months", columns, rows, *notes)


def _gains(told: _Told) -> Iterator[Any]:
    """Who gains what, in energy, water, crops and money."""
    keys = {"served": "served", "delivered": "delivered", "tonnes": "tonnes", "energy": "by_energy", "water": "by_water", "gain": "in_all",
            "after": "after"}  # fmt: skip
    if not any(told.gain("tonnes").values()):
        del keys["tonnes"]
    columns: list[tuple[str, int | None]] = [(told.text("party"), None)]
    columns += [(told.text(key), VOLUME if name in {"served", "delivered", "tonnes"} else MONEY) for name, key in keys.items()]
    rows = [[told.edition.name(row["party"]), *(row[name] for name in keys)] for row in told.record["gains"]]
    yield told.table("gains", columns, rows, told.text("gains_note"))
    unweighed = [party for party, is_weighed in told.gain("water_weighed").items() if not is_weighed]
    if unweighed:
        yield Paragraph(told.text("water_unweighed", parties=told.names(unweighed)))


def _interval(told: _Told) -> Iterator[Paragraph]:
    """Say between which prices nobody is worse off, or who needs how much more."""
    record, money = told.record, told.number
    least, most = record["interval"]["least"], record["interval"]["most"]
    values = {"low": money(least), "high": money(most), "energy": money(record["sent"], VOLUME)}
    if not record["interval"]["has_room"]:
        yield from _refused(told)
    elif record["side_prices"] is None:
        yield Paragraph(told.text("lump", **told.sides, **values))
    else:
        yield from _priced(told, values)
    after = told.gain("after")
    for party in told.parties:
        if record["price"] and after.get(party, 0.0) < -NOTHING:
            lost = {"price": money(record["price"], PRICE), "party": told.edition.name(party), "lacking": money(-after[party])}
            yield Paragraph(told.text("price_outside", **lost))
    for other, gain in told.gain("gain").items():
        if other not in told.parties and gain <= -NOTHING:
            yield Paragraph(told.text("losers", party=told.edition.name(other), amount=money(-gain)))


def _priced(told: _Told, values: Mapping[str, str]) -> Iterator[Paragraph]:
    """Say at which prices no party is worse off; where each can be made no worse off only by its own side, who needs which price."""
    record = told.record
    found = record["prices"] or record["side_prices"]
    ends = {"least": found[0], "most": found[1], "middle": sum(found) / 2}
    prices = {name: told.number(price, PRICE) for name, price in ends.items()}
    yield Paragraph(told.text("interval" if record["prices"] else "interval_sides", **told.sides, **prices, **values))
    if record["prices"] is None or len(record["bounds"]) > len(("keeps", "sends")):
        for side in ("sends", "keeps"):
            bounds = [(party, record["bounds"][party]) for party in record[side] if party in record["bounds"]]
            listed = "; ".join(f"{told.edition.name(party)} {told.number(price, PRICE)}" for party, price in bounds)
            yield Paragraph(told.text(f"bounds_{side}", parties=listed), note=True)
    if found[0] < 0:
        yield Paragraph(told.text("below_zero"), note=True)


def _refused(told: _Told) -> Iterator[Paragraph]:
    """Say who needs how much more where there is no payment that both sides would take."""
    record, money = told.record, told.number
    least, most = record["interval"]["least"], record["interval"]["most"]
    yield Paragraph(told.text("no_room", lacking=money(record["lacking"])))
    yield Paragraph(told.text("sends_need" if least > 0 else "sends_give", sends=told.sides["sends"], amount=money(abs(least))))
    yield Paragraph(told.text("keeps_give" if most >= 0 else "keeps_need", keeps=told.sides["keeps"], amount=money(abs(most))))
    needs = [(party, record["needs"][party]) for party in record["sends"] if party in record["needs"]]
    listed = "; ".join(f"{told.edition.name(party)} {money(amount)}" for party, amount in needs)
    yield Paragraph(told.text("needs", parties=listed))


def _ladders(told: _Told) -> Iterator[Any]:
    """Both ladders: a table each, the figure, and why shortage rises again where it does."""
    ladders = told.record["ladders"]
    for kind, points in ladders.items():
        heads = (f"asked_{kind}", "summer", "winter", "shortage", f"rate_{kind}")
        columns = [*((told.text(key), RATE if place == 4 else VOLUME) for place, key in enumerate(heads)), (told.text("made"), None)]
        yield told.table(f"ladder_{kind}", columns, [_rung(told, point) for point in points], told.text("ladder_note"))
        yield from _remarks(told, kind, points)
    if ladders:
        draw = partial(_drawn, ladders, told.edition.results, told.edition.words.language)
        yield Figure("contract_ladders", told.text("figure_title"), lru_cache(maxsize=2)(draw), SIZE[1] / SIZE[0])


def _drawn(ladders: Mapping[str, Any], plan: xr.Dataset, language: str, ending: str) -> bytes:
    """Draw both ladders in a format; a page that shows no figure draws none."""
    axes: Any = draw_ladders(ladders, plan, language, None)
    axes.set_title("", loc="left")
    return figure_bytes(axes.get_figure(root=True), ending)


def _rung(told: _Told, point: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Cells of a point."""
    what = _made(told, point) if point["has_plan"] else told.text("no_plan")
    return (*(point[name] for name in ("asked", "release", "unserved", "shortage", "rate")), what)


def _made(told: _Told, point: Mapping[str, Any]) -> str:
    """Say which level changed first, which way, and whose figures changed with it."""
    made = point["made"]
    if made is None:
        return ""
    if not made["level"]:
        return told.text("made_none")
    changed = [
        (abs(value), f"{name}_of", party, -value)
        for name, key in (("energy", "unserved"), ("water", "shortage"))
        for party, value in point["changes"].get(key, {}).items()
    ]
    largest = sorted(changed, key=lambda one: -one[0])[:MOST]
    whom = "; ".join(told.text(key, party=told.edition.name(party), amount=f"{value:+.0f}") for _, key, party, value in largest)
    way = "made_better" if made["after"] < made["before"] else "made_worse"
    return told.text(way, level=level_name(made["level"], told.edition.words), whom=whom or "–")


def _remarks(told: _Told, kind: str, points: Sequence[Mapping[str, Any]]) -> Iterator[Paragraph]:
    """Say where shortage rises though more is promised, and from where on nothing is gained."""
    unit = told.edition.text("unit.energy" if kind == "energy" else "unit.volume")
    for point in points:
        if point["rise"] is not None:
            yield Paragraph(_risen(told, point["rise"], f"{told.number(point['asked'], 0)} {unit}"))
    useless = told.record["useless_from"][kind]
    if useless is not None:
        yield Paragraph(told.text("useless", asked=f"{told.number(useless, 0)} {unit}"))


def _risen(told: _Told, rise: Mapping[str, Any], asked: str) -> str:
    """Say where shortage rose, who misses less meanwhile, and when more and less is released."""
    month, name, water = told.edition.words.month, told.edition.name, told.edition.text("unit.volume")
    places = "; ".join(f"{name(party)}, {month(label)} +{told.number(more, 1)}" for party, label, more in rise["places"][:MOST])
    parts = [told.text("risen", asked=asked, places=places)]
    if rise["gained"]:
        gained = "; ".join(f"{name(party)} {told.number(less, 1)} {water}" for party, less in rise["gained"][:MOST])
        parts.append(told.text("risen_gained", parties=gained))
    if rise["more"] and rise["less"]:
        parts.append(told.text("risen_moved", more=", ".join(map(month, rise["more"])), less=", ".join(map(month, rise["less"]))))
    return " ".join(parts)


def _years(told: _Told) -> Iterator[Any]:
    """The contract in other years."""
    years = told.record["years"]
    if not years:
        return
    names = ("release", "unserved", "unserved_alone", "shortage", "shortage_alone", "gain_keeps", "gain_sends")
    heads = [("year", None), *(("summer" if name == "release" else name, MONEY if name.startswith("gain") else VOLUME) for name in names)]
    rows = [[_year_name(told, year), *(year[name] for name in names)] for year in years]
    yield told.table("years", [(told.text(key), digits) for key, digits in heads], rows, told.text("years_note"))


def _year_name(told: _Told, year: Mapping[str, Any]) -> str:
    """Name of a year; of one in which the contract cannot be held that is said."""
    name = told.text(f"year_{year['kind']}", told=year["told"].removeprefix(EXCEEDED))
    return name if year["holds"] else f"{name}: {told.text('year_none')}"


def _stops(told: _Told) -> Iterator[Any]:
    """Who is tempted to stop, in which month, and what ends that."""
    record = told.record
    if not record["sent"] > 0:
        return
    keys = ("saved", "lost", "deposit", "next_year", "rounds")
    columns = [("party", None), ("stop_month", None), *((key, 0 if key == "rounds" else MONEY) for key in keys)]
    rows = [(told.names([one["party"]]), _stop_month(told, one), *(one[key] for key in keys)) for one in record["tempted"]]
    kept = [one["party"] for one in record["tempted"] if one["nearest"] is not None and not one["anew"]]
    notes = [*([told.text("stop_anew")] if any(one["anew"] for one in record["tempted"]) else []),
             *([told.text("stop_kept", parties=told.names(kept))] if kept else [])]  # fmt: skip
    yield told.table("stop", [(told.text(key), digits) for key, digits in columns], rows, told.text("stop_note"), *notes)
    order = record["order"]
    if order["share"] >= LEAST_SHARE:
        gains = {"first": told.number(order["party"]), "second": told.number(order["others"])}
        yield Paragraph(told.text("order", **told.sides, **gains, share=told.number(100 * order["share"], 0)))


def _stop_month(told: _Told, one: Mapping[str, Any]) -> str:
    """Month in which a party is most tempted to stop; of one that never is, the nearest."""
    if one["nearest"] is None:
        return told.text("never")
    month = told.edition.words.month(one["nearest"])
    return month if one["month"] is not None else told.text("nearest", month=month)


def _ranges(told: _Told) -> Iterator[Any]:
    """What each party gains at the ends of what is assumed, and whose advantage changes sign."""
    record = told.record
    if not record["ranges"]:
        return
    parties = list(told.gain("gain"))
    columns = [(told.text("figure"), None), *((told.edition.name(party), MONEY) for party in parties)]
    rows: list[list[Cell]] = [
        [f"{told.text('assumed_' + one['figure'])}: {told.edition.tell.number(one['at'])}", *(one["gains"][party] for party in parties)]
        for one in record["ranges"]
    ]
    rows += [[told.text(f"together_{end}"), *(record["together"][party][end] for party in parties)] for end in ("least", "most")]
    notes = ["ranges_note", *(["swap_note"] if "swap" in record["assumed"] else [])]
    yield told.table("ranges", columns, rows, *map(told.text, notes))
    named = {party: ", ".join(told.text(f"assumed_{name}") for name in names) for party, names in record["turning"].items()}
    turning = [f"{told.edition.name(party)} ({named[party]})" for party in parties if party in named]
    yield Paragraph(told.text("turns", told="; ".join(turning)) if turning else told.text("turns_none"))


def _published(told: _Told) -> Iterator[Any]:
    """What is published of the parties: balances of energy, what was agreed before, and what the reservoir held; old sheets have none."""
    name, words = told.edition.name, told.edition.words
    of: dict[str, list[dict[str, Any]]] = {}
    for row in told.record.get("published", []):
        of.setdefault(row["quantity"], []).append(row)
    values = {(row["since"][:4], row["subject"], what): row["value"] for what in BALANCE for row in of.get(what, [])}
    years = sorted({year for year, *_ in values})[-LATEST:]
    balances = [[year, name(party), *(values.get((year, party, what)) for what in BALANCE)] for party in told.parties for year in years]
    if balances:
        columns = [(told.text("year"), None), (told.text("party"), None), *((told.text(what), DATED) for what in BALANCE)]
        yield told.table("balances", columns, balances)
    before = [
        [told.text(f"told_{kind}"), name(row["subject"]), name(row["other"]) if row["other"] else "–", _span(row, words), row["value"]]
        for kind in BEFORE for row in of.get(kind, [])[-2 * LATEST :]
    ]  # fmt: skip
    if before:
        columns = [(told.text(key), None) for key in ("what", "of_whom", "to_whom", "span")]
        yield told.table("before", [*columns, (told.text("value"), DATED)], before)
    stood = [[_span(row, words), row["value"]] for row in of.get("storage", []) if row["since"][5:] in TURNS]
    if stood:
        yield told.table("stood", [(told.text("span"), None), (told.text("stored"), DATED)], stood)
    if of:
        yield Paragraph(told.text("published_note"), note=True)


def _span(row: Mapping[str, Any], words: Words) -> str:
    """Days of a row that is published."""
    since, until = (date.fromisoformat(row[end]) if row[end] else None for end in ("since", "until"))
    days = [since] if until is None else [since, until - timedelta(days=1)]
    return " – ".join(words.date(day) for day in days if day is not None)
