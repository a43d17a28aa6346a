"""The settlement of a contract as a document: invoice by month, running account, what is owed, and the rest of the year anew."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.about import created, title
from waterdeal.reports.blocks import EPOCH, Heading, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition, figure
from waterdeal.reports.legs import MONEY, contract_table
from waterdeal.reports.table import Column, Table
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from waterdeal.reports.table import Cell
    from waterdeal.tracking.settlement import Settlement

#: decimals of a rate of water for energy, and width of a column of numbers, characters
RATE, NUMBER = 2, 12
#: units of legs by their words
UNITS = {"GWh": "energy", "hm3": "volume", "t": "tonnes"}


def settlement(found: Settlement, language: str = "en") -> Document:
    """Make the settlement of the contracts of a plan as a document.

    Parameters
    ----------
    found : Settlement
        As ``wd.settle`` finds it.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    Document
        Its ``save`` writes docx, pdf, html, xlsx, csv or txt by the ending of the file.
    """
    edition, rest = Edition(found.plan, Words(language)), found.rest
    until = edition.words.date(date.fromisoformat(found.until))
    heading = f"{edition.text('settlement.title', date=until)}: {title(edition)}"
    blocks: list[Any] = [Heading(heading, 1), _invoice(found, edition), _account(found, edition, until)]
    blocks += map(Paragraph, owed_lines(found, edition))
    if rest is not None and len((table := contract_table(Edition(rest, Words(language)))).rows):
        blocks += [Heading(edition.text("settlement.rest")), table]
    last = Paragraph(edition.text("about.disclaimer_text"), note=True)
    return Document("settlement", language, heading, (*blocks, last), created(found.plan) or EPOCH)


def _table(edition: Edition, name: str, heading: str, columns: Sequence[tuple[str, int | None]], rows: Sequence[Sequence[Cell]],
           *notes: str) -> Table:  # fmt: skip
    """Make a table of the settlement."""
    made = tuple(Column(edition.text(f"settlement.{key}") if key != "month" else edition.text("column.month"), digits=digits,
                        width=0 if digits is None else NUMBER, summed=False) for key, digits in columns)  # fmt: skip
    return Table(f"settlement_{name}", edition.text(f"settlement.{name}"), heading, "", made, tuple(map(tuple, rows)), notes=notes)


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    """Rows of a table by the names of its columns."""
    return table.itertuples(index=False)


def leg_name(row: Any, edition: Edition) -> str:
    """Name a leg of a row: what goes from whom to whom."""
    name = edition.tell.all_names
    sides = " → ".join(name(part.split("+")) for part in (row.party, row.to) if part)
    told = f"{edition.text(f'part.{row.leg}')}: {sides}" if sides else edition.text(f"part.{row.leg}")
    return told if row.carried else edition.text("settlement.not_in_balance", leg=told)


def _unit(unit: str, edition: Edition) -> str:
    """Unit of a leg."""
    return edition.unit(UNITS[unit]) if unit in UNITS else edition.text("settlement.millions", currency=unit)


def _with_unit(row: Any, edition: Edition) -> str:
    """Name a leg of a row with its unit."""
    return f"{leg_name(row, edition)}, {_unit(str(row.unit), edition)}"


def _invoice(found: Settlement, edition: Edition) -> Table:
    """Make the invoice: the difference is that of what is printed."""
    rows: list[list[Cell]] = []
    for row in _rows(found.invoice.sort_values("month", kind="stable")):
        agreed, delivered = figure(row.agreed, VOLUME), figure(row.delivered, VOLUME)
        difference = None if agreed is None or delivered is None else round(delivered - agreed, VOLUME) + 0.0
        month = edition.words.month(str(row.month))
        rows.append([month, _with_unit(row, edition), agreed, delivered, difference, figure(row.against, VOLUME),
                     figure(row.money, MONEY), edition.text(f"settlement.state_{row.status}")])  # fmt: skip
    columns = [("month", None), ("leg", None), ("agreed", VOLUME), ("delivered", VOLUME), ("difference", VOLUME),
               ("against", VOLUME), ("money", MONEY), ("status", None)]  # fmt: skip
    rates = [float(rate) for rate in found.standing["rate"] if np.isfinite(rate)]
    told = ", ".join(edition.words.number(rate, RATE) for rate in rates)
    note = edition.text("settlement.invoice_note", rate=told) if rates else edition.text("settlement.invoice_note_plain")
    return _table(edition, "invoice", edition.text("settlement.invoice_title"), columns, rows, note)


def _account(found: Settlement, edition: Edition, until: str) -> Table:
    """Make the running account."""
    rows: list[list[Cell]] = []
    for row in _rows(found.account):
        agreed, delivered, balance = (figure(value, VOLUME) for value in (row.agreed_to_date, row.delivered_to_date, row.balance))
        if agreed is not None and delivered is not None and abs(row.credited - row.delivered_to_date) < 1e-9:
            balance = round(delivered - agreed, VOLUME) + 0.0  # of what is printed; not so where late deliveries count by a rate
        day = edition.words.date(date.fromisoformat(str(row.due))) if row.due else ""
        rows.append([_with_unit(row, edition), agreed, delivered, balance, figure(row.to_come, VOLUME),
                     figure(row.owed, VOLUME), day, figure(row.money, MONEY)])  # fmt: skip
    columns = [("leg", None), ("agreed", VOLUME), ("delivered", VOLUME), ("balance", VOLUME), ("to_come", VOLUME),
               ("owed", VOLUME), ("due", None), ("money", MONEY)]  # fmt: skip
    heading = edition.text("settlement.account_title", date=until)
    return _table(edition, "account", heading, columns, rows, edition.text("settlement.account_note"))


def owed_lines(found: Settlement, edition: Edition) -> Iterator[str]:
    """Say who owes what by when, what was not measured, and which side is behind in all."""
    text, words, name = edition.text, edition.words, edition.tell.all_names
    owed = found.account[found.account["owed"] > 0]
    for row in _rows(owed):
        leg = text(f"part.{row.leg}")
        leg = leg if row.carried else text("settlement.not_in_balance", leg=leg)
        told = {"leg": leg, "party": name(str(row.party).split("+")), "to": name(filter(None, str(row.to).split("+")))}
        amount = f"{words.number(float(row.owed), VOLUME)} {_unit(str(row.unit), edition)}"
        key = "settlement.overdue" if row.overdue else "settlement.owes"
        yield text(key, **told, amount=amount, date=words.date(date.fromisoformat(str(row.due))))
        if row.penalty > 0:
            yield text("settlement.penalty", **told, amount=words.number(row.penalty, MONEY))
    if not len(owed) and found.account["delivered_to_date"].notna().any():
        yield text("settlement.nothing_owed")
    yield from _missing_lines(found.account, edition)
    for row in _rows(found.standing[found.standing["behind"] != ""]):
        amount = f"{words.number(float(row.net), VOLUME)} {edition.unit('volume')}"
        yield text("settlement.net", rate=words.number(float(row.rate), RATE), party=name(str(row.behind).split("+")), amount=amount)


def _missing_lines(account: pd.DataFrame, edition: Edition) -> Iterator[str]:
    """Say which legs were not measured in which months."""
    for row in _rows(account[account["missing"] != ""]):
        months = ", ".join(edition.words.month(month) for month in str(row.missing).split())
        yield edition.text("settlement.missing", leg=leg_name(row, edition), months=months)
