"""What parties claim: cells of a basin in which they have values of their own, and the layers that hold them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: a figure as provenance names it: table, key and field
Figure = tuple[str, str, str]


@dataclass(frozen=True)
class Claim:
    """One cell in which a party differs from the basin."""

    table: str
    row: tuple[str | float, ...]  # its key, numbers as numbers
    field: str  # column
    value: float
    party: str
    status: str
    source: str
    note: str
    accepted_by: str

    @property
    def figure(self) -> Figure:
        """The figure that it is a cell of, over all periods."""
        return self.table, str(self.row[0]), self.field

    @property
    def cell(self) -> tuple[str, tuple[str | float, ...], str]:
        """What it is the value of."""
        return self.table, self.row, self.field


@dataclass(frozen=True)
class Layer:
    """The figures of one party, read from a folder."""

    name: str  # as the scenario names its folder
    party: str
    claims: tuple[Claim, ...]
    sources: tuple[dict[str, str], ...] = ()  # rows of its sources.csv
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # what was read, by name

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file that was read."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.files.items()}
