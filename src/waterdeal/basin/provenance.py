"""Where each figure comes from and how sure it is: read, computed or assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import TYPE_CHECKING

from waterdeal.basin.cells import fault
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.errors import make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem


#: fields that maps draw and no plan reads
DRAWN = frozenset({"lon", "lat"})


@dataclass(frozen=True)
class Origin:
    """Origin of one figure."""

    status: str  # `read`, `computed` or `assumed`
    source: str  # id of the source
    note: str  # what was assumed or computed, in words
    accepted_by: tuple[str, ...] = ()  # parties that accept it
    claimed_by: str = ""  # the party whose figure it is, beside those of others

    def as_row(self) -> dict[str, str]:
        """Return what a row of ``provenance.csv`` tells of it."""
        accepted = " ".join(self.accepted_by)
        return {"status": self.status, "source": self.source, "note": self.note, "accepted_by": accepted, "claimed_by": self.claimed_by}

    def told(self, *, disputed: bool) -> str:
        """Return its note, with who claims and who accepts it, and whether parties have values apart."""
        claimed = say("origin.claimed_by", party=self.claimed_by) if self.claimed_by else ""
        accepted = say("origin.accepted_by", parties=", ".join(self.accepted_by)) if self.accepted_by else ""
        return "; ".join(filter(None, (self.note, claimed, accepted, say("origin.disputed") if disputed else "")))


def find_origins(basin: Basin) -> dict[tuple[str, str, str], Origin | None]:
    """Return the origin of every figure: the most specific row of ``provenance.csv``."""
    return basin.kept(find_origins, _find_origins)


def _find_origins(basin: Basin) -> dict[tuple[str, str, str], Origin | None]:
    """Look for the origin of every figure."""
    rows = {
        (row["table"], row["key"], row["field"]): Origin(
            row["status"], row["source"], row["note"], tuple(row["accepted_by"].split()), row["claimed_by"]
        )
        for row in basin.rows("provenance")
    }
    found: dict[tuple[str, str, str], Origin | None] = {}
    for table, key, field in figures(basin):
        places = ((table, key, field), (table, key, "*"), (table, "*", field), (table, "*", "*"))
        found[table, key, field] = next((rows[place] for place in places if place in rows), None)
    return found


def figures(basin: Basin) -> Iterator[tuple[str, str, str]]:
    """Yield (table, key, field) of every numeric figure of a basin, hydrology included; some rows say their own origin."""
    for name, table in TABLES.items():
        rows = basin.rows(name) if name not in {"records", "published"} else ()
        for column in [column.name for column in table.columns if column.kind == "number"] if rows else ():
            filled = dict.fromkeys(row[table.key[0]] for row in rows if not isnan(row[column]))
            yield from ((name, str(key), column) for key in filled)
    for node in basin.runoff["node"].values:
        yield HYDROLOGY.name, str(node), "runoff_m3s"


def check_provenance(basin: Basin) -> Iterator[Problem]:
    """Report every figure whose origin is not given, and days of access that are none."""
    for row in basin.rows("sources"):
        if row["accessed"] and not _is_day(row["accessed"]):
            yield fault("sources", "accessed", "basin.no_access_day", source=row["source"], value=row["accessed"])
    missing: dict[tuple[str, str], list[str]] = {}
    for (table, key, field), origin in find_origins(basin).items():
        if origin is None:
            missing.setdefault((table, field), []).append(key)
    for (table, field), keys in missing.items():
        yield fault("provenance", "key", "basin.no_origin", table=table, field=field, keys=", ".join(keys[:5]))
    for column in ("accepted_by", "claimed_by"):
        named = [party for row in basin.rows("provenance") for party in row[column].split()]
        yield from not_parties(basin, "provenance.csv", column, named)


def _is_day(text: str) -> bool:
    """Whether a text is a day as in 2026-11-29."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def not_parties(basin: Basin, file: str, field: str, named: Iterable[str], line: int | None = None) -> Iterator[Problem]:
    """Report who is named as a party of a basin and is none, each once."""
    parties = basin.ids("parties")
    for name in dict.fromkeys(name for name in named if name not in parties):
        yield make_problem(file, line, field, "basin.no_party", name=name, parties=", ".join(parties))
