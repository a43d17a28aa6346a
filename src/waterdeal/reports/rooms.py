"""How much more each clause could ask for, with all else holding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.reports.promises import clause_numbers
from waterdeal.reports.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from waterdeal.reports.edition import Edition


def room_table(rooms: Sequence[Mapping[str, Any]], edition: Edition) -> Table:
    """Make the table of rooms: blank where nothing bounds one."""
    text, numbers, rows = edition.text, clause_numbers(edition.results), []
    for room in rooms:
        free = room["share"] is None
        told = text("rooms.unbounded") if free else edition.tell.amount(room["amount"], room["unit"])
        rows.append((f"{numbers.get(room['clause'], '')}\xa0{room['clause']}", told, None if free else round(100 * room["share"], 1) + 0.0))
    columns = [Column(text(f"rooms.{key}"), digits=digits, width=30) for key, digits in (("clause", None), ("room", None), ("share", 1))]
    return Table("rooms", text("sheet.rooms"), text("rooms.title"), "", tuple(columns), tuple(rows))
