"""The contract sheet as a document: months, gains, the interval, both ladders, other years, and who is tempted to stop."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.about import created, period, title
from waterdeal.reports.blocks import EPOCH, Figure, Heading, Listing, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition
from waterdeal.reports.plots.canvas import SIZE, figure_bytes
from waterdeal.reports.plots.contract import contract_ladders
from waterdeal.reports.quantity import level_name
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.table import Column, Table
from waterdeal.studies.contract.ladders import TOLD, shortages, unserved_energy
from waterdeal.studies.contract.worth import Worth
from waterdeal.studies.contract.years import EXCEEDED
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from waterdeal.reports.table import Cell
    from waterdeal.studies.contract.ladders import Ladder, Point, Rise
    from waterdeal.studies.contract.sheet import ContractSheet
    from waterdeal.studies.contract.years import Year

#: decimals of money, prices and rates of a ladder; parties and months that are named at most
MONEY, PRICE, RATE, MOST = 2, 4, 2, 3


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
    told = _Told(sheet, Edition(sheet.worth.whole, Words(language)))
    heading = f"{told.text('title')}: {title(told.edition)}"
    parts = (_head, _months, _gains, _ladders, _years, _stops, _ranges)
    blocks = [block for part in parts for block in part(told)]
    last = Paragraph(told.edition.text("about.disclaimer_text"), note=True)
    moment = created(sheet.worth.whole) or EPOCH
    return Document("contract", language, heading, (Heading(heading, 1), *blocks, last), moment)


@dataclass(frozen=True)
class _Told:
    """A sheet in a language."""

    sheet: ContractSheet
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
        contract = self.sheet.contract
        return {"keeps": self.names(contract.upstream), "sends": self.names(contract.downstream)}

    def table(self, name: str, columns: Sequence[tuple[str, int | None]], rows: Sequence[Sequence[Cell]], *notes: str) -> Table:
        """Make a table: columns by their words and decimals."""
        made = [Column(heading, digits=digits, width=10 if digits is not None else 24, summed=False) for heading, digits in columns]
        cells = tuple(tuple(_rounded(cell, digits) for cell, (_, digits) in zip(row, columns, strict=True)) for row in rows)
        return Table(f"contract_{name}", self.text(name), self.text(f"{name}_title"), "", tuple(made), cells, notes=notes)


def _rounded(cell: Cell, digits: int | None) -> Cell:
    """A cell as printed; nothing where there is no number."""
    if not isinstance(cell, float) or digits is None:
        return cell
    return None if np.isnan(cell) else round(cell, digits) + 0.0


def _head(told: _Told) -> Iterator[Any]:
    """Say what the contract is, what it is held against, and what of it no row carries."""
    sheet, edition = told.sheet, told.edition
    clauses = (sheet.contract.clause, *sheet.contract.beside)
    yield Listing(period(edition), tuple(clause_sentence(clause, edition.tell, sheet.contract.case.inputs) for clause in clauses))
    yield Paragraph(told.text("sides", **told.sides))
    levels = ", ".join(level_name(level, edition.words) for level in sheet.contract.case.levels)
    yield Paragraph(told.text("alone", levels=levels), note=True)
    if sheet.contract.not_carried:
        parts = ", ".join(edition.words.text_or(f"part.{part}", part) for part in sheet.contract.not_carried)
        yield Paragraph(told.text("not_carried", parts=parts))


def _months(told: _Told) -> Iterator[Any]:
    """Who sends, holds and releases what, month by month."""
    sheet = told.sheet
    table = sheet.months()
    if sheet.contract.clause.returned is None:
        table = table.drop(columns="returned")
    columns = [(told.text("month"), None), *((told.text(name), MONEY if name == "paid" else VOLUME) for name in table.columns)]
    values = table.to_numpy(dtype=float).tolist()
    rows: list[list[Cell]] = [[told.edition.words.month(str(month)), *row] for month, row in zip(table.index, values, strict=True)]
    names, reservoir = told.names(sheet.contract.gauge), sheet.contract.reservoir
    origin = "assumed" if sheet.worth.assumed.price is not None else "of_lines" if sheet.price else "none"
    told_of = {"gauge": names, "reservoir": told.edition.name(reservoir) if reservoir else "–", "price": told.number(sheet.price, PRICE)}
    yield told.table("months", columns, rows, told.text("months_note", **told_of, origin=told.text(f"price_{origin}")))


def _gains(told: _Told) -> Iterator[Any]:
    """Who gains what, and what can be paid so that nobody loses."""
    sheet, worth = told.sheet, told.sheet.worth
    before, _, now = worth.accounts
    served = unserved_energy(worth.alone) - unserved_energy(worth.whole)
    tonnes = _tonnes(worth.whole) - _tonnes(worth.alone)
    gains, after = worth.gains, worth.at_price(sheet.price)
    columns = [("party", None), ("served", VOLUME), ("delivered", VOLUME), ("by_energy", MONEY), ("by_water", MONEY), ("in_all", MONEY),
               ("after", MONEY)]  # fmt: skip
    rows: list[list[Cell]] = []
    for party in gains.index:
        water = float((now["delivery"] - before["delivery"])[party])
        steps = worth.steps.loc[party]
        rows.append([told.edition.name(str(party)), float(served.get(party, np.nan)), water, float(steps["energy"]), float(steps["water"]),
                     float(gains[party]), float(after[party])])  # fmt: skip
    if tonnes.size and tonnes.any():
        columns.insert(3, ("tonnes", VOLUME))
        for row, party in zip(rows, gains.index, strict=True):
            row.insert(3, float(tonnes.get(party, np.nan)))
    yield told.table("gains", [(told.text(key), digits) for key, digits in columns], rows, told.text("gains_note"))
    unweighed = [party for party in gains.index if worth.assumed.water is None and not _weighs_water(now, str(party))]
    if unweighed:
        yield Paragraph(told.text("water_unweighed", parties=told.names(map(str, unweighed))))
    yield from _interval(told)


def _weighs_water(accounts: Any, party: str) -> bool:
    """Whether an account gives water a worth, or the party takes none."""
    own = accounts.loc[party]
    return bool(own["requirement"] == 0 or own["delivery_worth"] or own["crop_margin"])


def _tonnes(plan: Any) -> Any:
    """Output of fields by party, thousand tonnes."""
    owners = plan["demand_party"].sel(demand=plan["field_demand"].values).values
    return plan["field_output"].to_series().groupby(owners).sum() if len(owners) else plan["field_output"].to_series()


def _interval(told: _Told) -> Iterator[Paragraph]:
    """Say between which prices nobody is worse off, or who needs how much more."""
    sheet, found, money = told.sheet, told.sheet.worth.interval(), told.number
    if not found.has_room:
        values = {"least": money(found.least), "most": money(found.most), "lacking": money(found.lacking)}
        yield Paragraph(told.text("no_room", **told.sides, **values))
    elif found.prices is None:
        yield Paragraph(told.text("lump", **told.sides, low=money(found.least), high=money(found.most)))
    else:
        least, most = found.prices
        prices = {"least": money(least, PRICE), "most": money(most, PRICE), "middle": money((least + most) / 2, PRICE)}
        values = {"low": money(found.least), "high": money(found.most), "energy": money(found.sent, VOLUME)}
        yield Paragraph(told.text("interval", **told.sides, **prices, **values))
        if least < 0:
            yield Paragraph(told.text("below_zero"), note=True)
        after, shown = sheet.worth.at_price(sheet.price), 0.5 * 10.0**-MONEY
        for party in (*sheet.contract.upstream, *sheet.contract.downstream):
            if sheet.price and after.get(party, 0.0) < -shown:
                values = {"price": money(sheet.price, PRICE), "party": told.edition.name(party), "lacking": money(-float(after[party]))}
                yield Paragraph(told.text("price_outside", **values))
    sides = {*sheet.contract.upstream, *sheet.contract.downstream}
    for other, gain in found.gains.items():
        if other not in sides and gain <= -0.5 * 10.0**-MONEY:
            yield Paragraph(told.text("losers", party=told.edition.name(str(other)), amount=money(-float(gain))))


def _ladders(told: _Told) -> Iterator[Any]:
    """Both ladders: a table each, the figure, and why shortage rises again where it does."""
    for ladder in told.sheet.ladders:
        rates = [float("nan"), *ladder.rates()]
        rows = [_rung(told, point, rate) for point, rate in zip(ladder.points, rates, strict=True)]
        heads = (f"asked_{ladder.kind}", "summer", "winter", "shortage", f"rate_{ladder.kind}")
        columns = [*((told.text(key), RATE if place == 4 else VOLUME) for place, key in enumerate(heads)), (told.text("made"), None)]
        yield told.table(f"ladder_{ladder.kind}", columns, rows, told.text("ladder_note"))
        yield from _remarks(told, ladder)
    if told.sheet.ladders:
        draw = partial(_drawn, told.sheet, told.edition.words.language)
        yield Figure("contract_ladders", told.text("figure_title"), lru_cache(maxsize=2)(draw), SIZE[1] / SIZE[0])


def _drawn(sheet: ContractSheet, language: str, ending: str) -> bytes:
    """Draw both ladders in a format; a page that shows no figure draws none."""
    axes: Any = contract_ladders(sheet, lang=language)
    axes.set_title("", loc="left")
    return figure_bytes(axes.get_figure(root=True), ending)


def _rung(told: _Told, point: Point, rate: float) -> tuple[Cell, ...]:
    """Cells of a point."""
    what = told.text("no_plan") if point.plan is None else _made(told, point)
    return (float(point.asked), point.release, point.unserved, point.shortage, rate, what)


def _made(told: _Told, point: Point) -> str:
    """Say which level changed first, which way, and whose figures changed with it."""
    if point.made is None:
        return ""
    if not point.made.level:
        return told.text("made_none")
    changed = [
        (abs(float(value)), f"{name}_of", str(party), -float(value))
        for name, key in (("energy", "unserved"), ("water", "shortage"))
        for party, value in (point.by_party[key].items() if point.by_party is not None else ())
        if abs(value) >= TOLD
    ]
    largest = sorted(changed, key=lambda one: -one[0])[:MOST]
    whom = "; ".join(told.text(key, party=told.edition.name(party), amount=f"{value:+.0f}") for _, key, party, value in largest)
    way = "made_better" if point.made.after < point.made.before else "made_worse"
    return told.text(way, level=level_name(point.made.level, told.edition.words), whom=whom or "–")


def _remarks(told: _Told, ladder: Ladder) -> Iterator[Paragraph]:
    """Say where shortage rises though more is promised, and from where on nothing is gained."""
    unit = "unit.energy" if ladder.kind == "energy" else "unit.volume"
    for point in ladder.points:
        if point.rise is not None:
            yield Paragraph(_risen(told, point.rise, f"{told.number(point.asked, 0)} {told.edition.text(unit)}"))
    useless = ladder.useless_from()
    if useless is not None:
        yield Paragraph(told.text("useless", asked=f"{told.number(useless, 0)} {told.edition.text(unit)}"))


def _risen(told: _Told, rise: Rise, asked: str) -> str:
    """Say where shortage rose, who misses less meanwhile, and when more and less is released."""
    month, name, water = told.edition.words.month, told.edition.name, told.edition.text("unit.volume")
    places = "; ".join(f"{name(party)}, {month(label)} +{told.number(more, 1)}" for party, label, more in rise.places[:MOST])
    parts = [told.text("risen", asked=asked, places=places)]
    if rise.gained:
        gained = "; ".join(f"{name(party)} {told.number(less, 1)} {water}" for party, less in rise.gained[:MOST])
        parts.append(told.text("risen_gained", parties=gained))
    if rise.more and rise.less:
        parts.append(told.text("risen_moved", more=", ".join(map(month, rise.more)), less=", ".join(map(month, rise.less))))
    return " ".join(parts)


def _years(told: _Told) -> Iterator[Any]:
    """The contract in other years."""
    sheet = told.sheet
    if not sheet.years:
        return
    heads = [
        ("year", None),
        ("summer", VOLUME),
        ("unserved", VOLUME),
        ("unserved_alone", VOLUME),
        ("shortage", VOLUME),
        ("shortage_alone", VOLUME),
    ]
    columns = [(told.text(key), digits) for key, digits in heads]
    columns += [(told.text(f"gain_{side}"), MONEY) for side in ("keeps", "sends")]
    rows = [_year(told, year) for year in sheet.years]
    yield told.table("years", columns, rows, told.text("years_note"))


def _year(told: _Told, year: Year) -> tuple[Cell, ...]:
    """Cells of a year; of one in which the contract cannot be held that is said."""
    contract, alone, whole = told.sheet.contract, year.alone, year.whole
    name = told.text(f"year_{year.kind}", told=year.told.removeprefix(EXCEEDED))
    keeps = list(contract.upstream)

    def figures(plan: Any) -> tuple[float, float]:
        missing = shortages(plan).sum(axis=1)
        return float(unserved_energy(plan).reindex(keeps).sum()), float(missing[~missing.index.isin(keeps)].sum())

    nothing = (float("nan"), float("nan"))
    (unserved, short), (unserved_alone, short_alone) = (nothing if plan is None else figures(plan) for plan in (whole, alone))
    release, gains = float("nan"), nothing
    if whole is None:
        name = f"{name}: {told.text('year_none')}"
    else:
        release = contract.summer_release(whole)
    if whole is not None and alone is not None:
        after = Worth.of(contract, told.sheet.worth.assumed, alone, alone, whole).at_price(told.sheet.price)
        gains = tuple(float(after.reindex(list(side)).sum()) for side in (contract.upstream, contract.downstream))  # type: ignore[assignment]
    return (name, release, unserved, unserved_alone, short, short_alone, *gains)


def _stops(told: _Told) -> Iterator[Any]:
    """Who is tempted to stop, in which month, and what ends that."""
    sheet, words = told.sheet, told.edition.words
    if sheet.worth.sent <= 0:
        return
    labels = list(sheet.months().index)
    keys = [
        ("party", None),
        ("stop_month", None),
        ("saved", MONEY),
        ("lost", MONEY),
        ("deposit", MONEY),
        ("next_year", MONEY),
        ("rounds", 0),
    ]
    rows: list[tuple[Cell, ...]] = []
    for side, one in zip(("keeps", "sends"), sheet.tempted, strict=True):
        month = told.text("never") if one.month is None else words.month(str(labels[one.month]))
        rounds = None if one.rounds is None else float(one.rounds)
        rows.append((told.sides[side], month, one.saved, one.lost, one.deposit, one.next_year, rounds))
    yield told.table("stop", [(told.text(key), digits) for key, digits in keys], rows, told.text("stop_note"))
    order = sheet.order
    if order.share > 0:
        values = {"share": told.number(100 * order.share, 0), "first": told.number(order.party), "second": told.number(order.others)}
        yield Paragraph(told.text("order", **told.sides, **values))


def _ranges(told: _Told) -> Iterator[Any]:
    """What each party gains at the ends of what is assumed."""
    found = told.sheet.ranges
    if not found:
        return
    parties = list(found[0][2].index)
    columns = [(told.text("figure"), None), *((told.edition.name(str(party)), MONEY) for party in parties)]
    rows: list[list[Cell]] = [[f"{told.text(f'assumed_{name}')}: {told.number(end, 3)}", *map(float, gains)] for name, end, gains in found]
    yield told.table("ranges", columns, rows)
    turning = [
        f"{told.edition.name(party)} ({', '.join(told.text(f'assumed_{name}') for name in names)})"
        for party, names in told.sheet.turning().items()
    ]
    if turning:
        yield Paragraph(told.text("turns", told="; ".join(turning)))
