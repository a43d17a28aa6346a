"""What is published of parties and places of a basin, with the page it stands on: energy, prices, grain, storages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from waterdeal.basin.cells import fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem


def published_of(basin: Basin, subjects: Sequence[str]) -> list[dict[str, Any]]:
    """List what is published of some parties and places, and between them: in what year or on what day."""
    rows = [row for row in basin.rows("published") if row["subject"] in subjects and (not row["other"] or row["other"] in subjects)]
    return sorted(rows, key=lambda row: (row["since"], row["subject"]))


def check_published(basin: Basin) -> Iterator[Problem]:
    """A row is of a party or a place, or between two parties, on a day or from one to another."""
    parties = {*basin.ids("parties")}
    for row in basin.rows("published"):
        told = {"subject": row["subject"], "quantity": row["quantity"]}
        for field, known in (("subject", {*parties, *basin.ids("nodes")}), ("other", {*parties, ""})):
            if row[field] not in known:
                yield fault("published", field, "basin.published_subject", **told, name=row[field])
        days = [_day(row[field]) for field in ("since", "until") if row[field]]
        if None in days or days != sorted(set(filter(None, days))):
            yield fault("published", "since", "basin.published_days", **told, since=row["since"], until=row["until"])


def _day(text: str) -> date | None:
    """Read a day; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
