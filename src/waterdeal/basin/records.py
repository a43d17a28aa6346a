"""What was ever recorded at places of a basin: by month, season or day, the least and the greatest of at least five values."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from waterdeal.basin.cells import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem

#: values that a row is of at least, or it says nothing of what can be
FEWEST = 5
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: hm3 of units of volume; rates stay m3/s
_VOLUMES = {"hm3": 1.0, "Mm3": 1.0, "km3": 1000.0}
#: quantities that a plan has, by how their name in the table begins: what they are called in a plan, and whether they are volumes
_KINDS = (
    ("inflow volume", "inflow_volume", True), ("release volume", "release_volume", True), ("storage", "storage", True),
    ("change of 10-day release", "release_change", False), ("release", "release", False), ("inflow", "inflow", False),
)  # fmt: skip
_STATISTICS = ("least", "q05", "median", "q95", "greatest")


class Record(NamedTuple):
    """What a figure of a plan is laid beside."""

    place: str  # node, or link whose flow is meant
    quantity: str  # `inflow`, `release`, `flow`, `storage`, `inflow_volume`, `release_volume` or `release_change`
    step: str  # `10-day`, `month`, `season` or `instant`
    when: tuple[int, ...]  # month, months of a season, or month and day; empty for any time of the year
    least: float
    greatest: float


def months_of(step: str, text: str) -> tuple[int, ...]:
    """Read when a row holds: ``4``, ``Apr-Sep`` of a season, ``1 April`` of an instant, ``year`` or nothing for any time.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if text in {"", "year"}:
        return ()
    if step == "season":
        first, last = (_month(name) for name in text.split("-"))
        return tuple((first - 1 + after) % 12 + 1 for after in range((last - first) % 12 + 1))
    if step == "instant":
        day, name = text.split(" ")
        return _month(name), int(day)
    if not 1 <= int(text) <= 12:
        raise ValueError(text)
    return (int(text),)


def _month(name: str) -> int:
    """Number of an English month, in full or short."""
    return MONTHS.index(name[:3].capitalize()) + 1


def records_of(basin: Basin) -> list[Record]:
    """List what a plan can be laid beside: every place, quantity and time with the whole range of its rows, volumes in hm3."""
    places, found = {*basin.ids("nodes"), *basin.ids("links")}, dict[tuple[str, str, str, tuple[int, ...]], tuple[float, float]]()
    for row in basin.rows("records"):
        quantity, is_volume = _quantity(row["quantity"])
        fits = (row["unit"] in _VOLUMES) == is_volume
        if row["place"] not in places or not quantity or not fits or not row["n"] >= FEWEST or not row["least"] <= row["greatest"]:
            continue
        size = _VOLUMES.get(row["unit"], 1.0)
        key = (row["place"], quantity, row["step"], months_of(row["step"], row["month"]))
        low, high = found.get(key, (float("inf"), -float("inf")))
        found[key] = min(low, row["least"] * size), max(high, row["greatest"] * size)
    return [Record(*key, *bounds) for key, bounds in found.items()]


def _quantity(name: str) -> tuple[str, bool]:
    """What a quantity of the table is in a plan, and whether it is a volume; nothing where a plan has none such."""
    if name == "flow":
        return "flow", False
    return next(((kind, is_volume) for start, kind, is_volume in _KINDS if name.startswith(start)), ("", False))


def main_stem(basin: Basin) -> list[str]:
    """Name the river links of the main stem: those between nodes with a river_km, or all rivers where no node has one."""
    known = {row["node"] for row in basin.rows("nodes") if not isnan(row["river_km"])}
    rivers = [row for row in basin.rows("links") if row["kind"] == "river"]
    return [str(row["link"]) for row in rivers if not known or {row["from_node"], row["to_node"]} <= known]


def check_records(basin: Basin) -> Iterator[Problem]:
    """A record says when it holds in words that are known, and its statistics rise."""
    for row in basin.rows("records"):
        told = {"place": row["place"], "quantity": row["quantity"]}
        try:
            months_of(row["step"], row["month"])
        except ValueError:
            yield fault("records", "month", "basin.record_month", **told, month=row["month"], step=row["step"])
        given = [row[name] for name in _STATISTICS if row[name] == row[name]]
        if any(after < before for before, after in pairwise(given)):
            yield fault("records", "least", "basin.record_falls", **told, month=row["month"])
