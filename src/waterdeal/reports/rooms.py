"""How much more each clause could ask for, with all else holding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.reports.clauses import SHOWN, conceded_of
from waterdeal.reports.promises import clause_numbers, read_promises
from waterdeal.reports.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.quantity import Teller


def rooms_title(results: xr.Dataset, tell: Teller) -> str:
    """Say that all clauses hold, or which give way."""
    conceded = conceded_of(read_promises(results), tell)
    return tell.words.text("rooms.title_conceded", clauses=tell.first(conceded, SHOWN)) if conceded else tell.words.text("rooms.title")


def room_table(rooms: Sequence[Mapping[str, Any]], edition: Edition) -> Table:
    """Make the table of rooms: a share is blank where nothing bounds it, or nothing is promised."""
    text, numbers, rows = edition.text, clause_numbers(edition.results), []
    for room in rooms:
        told = text("rooms.unbounded") if room["amount"] is None else edition.tell.amount(room["amount"], room["unit"])
        share = None if room["share"] is None else round(100 * room["share"], 1) + 0.0
        rows.append((f"{numbers.get(room['clause'], '')}\xa0{room['clause']}", told, share))
    columns = [Column(text(f"rooms.{key}"), digits=digits, width=30) for key, digits in (("clause", None), ("room", None), ("share", 1))]
    return Table("rooms", text("sheet.rooms"), rooms_title(edition.results, edition.tell), "", tuple(columns), tuple(rows))
