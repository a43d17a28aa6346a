"""What parties claim: cells of a basin in which they have values of their own, and the layers that hold them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: a figure as provenance names it: table, key and field
Figure = tuple[str, str, str]
#: file beside a private layer that holds its salt
SALT_FILE = "layer.salt"
#: attributes of inputs and plans that tell which layers are kept at home, and the salts of their digests, which no record holds
HELD, SALT = "held", "held_salt"


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
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # what was read, by name; of a private layer its salt too
    salt: str = field(default="", repr=False)  # of a private layer, which stays at home

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every file that was read; of a private layer over its salt and the file, so that nobody can try figures out."""
        salt = self.salt.encode()
        return {name: hashlib.sha256(salt + content).hexdigest() for name, content in self.files.items() if name != SALT_FILE}


def told_held(layers: Iterable[Layer]) -> dict[str, str]:
    """Return the attributes of inputs that tell which layers a party keeps at home; none where there are none."""
    private = [layer for layer in layers if layer.salt]
    told = {
        layer.name: {
            "party": layer.party,
            "figures": dict(Counter(f"{claim.table}.csv" for claim in layer.claims)),
            "columns": sorted({f"{claim.table}.{claim.field}" for claim in layer.claims}),
            "sha256": layer.digests,
        }
        for layer in private
    }
    if not told:
        return {}
    return {HELD: json.dumps(told, ensure_ascii=False), SALT: json.dumps({layer.name: layer.salt for layer in private}, ensure_ascii=False)}
