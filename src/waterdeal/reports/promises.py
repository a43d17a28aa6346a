"""What a plan makes of each clause: promised, planned, conceded, by part; figures only, no words but the names of parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.rows import WHOLE
from waterdeal.results.clauses import conceded_by_part, measure_clauses, part_concession

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.reports.quantity import Teller

#: reserve, as a share of the promise, below which it is used up
USED_UP = 1e-6


@dataclass(frozen=True)
class Part:
    """A part of a clause on a plan."""

    part: str
    sense: str
    unit: str
    promised: float
    planned: float
    conceded: float  # what the part may fall short by

    @property
    def reserve(self) -> float:
        """How far the promise is kept by more than it must."""
        return self.planned - self.promised if self.sense == "at_least" else self.promised - self.planned

    @property
    def free(self) -> bool:
        """Whether it gives way freely, because what is missing to it may come later."""
        return self.part.endswith("_in_time")

    @property
    def _dust(self) -> float:
        """Difference that is rounding."""
        return USED_UP * max(1.0, abs(self.promised)) if self.unit != "1" else USED_UP

    @property
    def binding(self) -> bool:
        """Whether the plan uses the promise up, concession counted; a promise of nothing binds nobody, but for a difference of seasons."""
        return not self.free and bool(self.reserve + self.conceded <= self._dust) and (self.promised != 0.0 or self.part == "summer")

    @property
    def kept(self) -> bool:
        """Whether the promise is kept as it was given; not so where the plan is not known."""
        return self.free or bool(self.reserve >= -self._dust)

    @property
    def broken(self) -> bool:
        """Whether the promise is known not to be kept as it was given."""
        return not self.free and bool(self.reserve < -self._dust)

    @property
    def tightness(self) -> float:
        """Reserve as a share of the promise."""
        if self.free:
            return float("inf")
        share = self.reserve / max(abs(self.promised), abs(self.planned), USED_UP) if np.isfinite(self.planned) else np.inf
        return round(float(share), 9)  # else rounding would choose among parts that are equally tight


@dataclass(frozen=True)
class Promise:
    """A clause on a plan."""

    number: int  # its number among the clauses of the plan, from 1
    clause: Clause  # the clause
    conceded: float  # what it concedes in all, in `unit`
    unit: str  # `hm3`, `GWh` or `1`
    parts: tuple[Part, ...]  # its parts, at least one

    @property
    def binding(self) -> bool:
        """Whether some part binds."""
        return any(part.binding for part in self.parts)

    def state(self, step: str = "") -> str:
        """Whether it is broken, has conceded, binds or is kept with a reserve; in a step only what it promises of that, if it does."""
        parts = [part for part in self.parts if part.part == step] or self.parts
        if any(part.broken for part in parts):
            return "conceded" if self.conceded > 0 else "broken"
        return "binding" if any(part.binding for part in parts) else "kept"


def clause_numbers(data: xr.Dataset) -> dict[str, int]:
    """Number the clauses of inputs or results."""
    return {str(name): number for number, name in enumerate(data["clause"].values, start=1)} if "clause" in data else {}


def read_promises(results: xr.Dataset) -> tuple[Promise, ...]:
    """Read what a plan makes of each clause."""
    numbers = clause_numbers(results)
    if not numbers:
        return ()
    made = conceded_by_part(results)
    parts: dict[str, list[Part]] = {}
    for row in measure_clauses(results).to_dict("records"):
        clause, part = str(row["clause"]), str(row["part"])
        figures = float(row["promised"]), float(row["value"]), part_concession(made, clause, part)
        parts.setdefault(clause, []).append(Part(part, str(row["sense"]), str(row["unit"]), *figures))
    conceded, units = (dict(zip(numbers, results[f"clause_{name}"].values.tolist(), strict=True)) for name in ("conceded", "unit"))
    known = [(clause.id, clause) for clause in clauses_of(results) if clause.id in numbers and clause.id in parts]
    return tuple(Promise(numbers[name], clause, conceded[name], units[name], tuple(parts[name])) for name, clause in known)


def part_name(part: str, tell: Teller, steps: tuple[str, ...]) -> str:
    """Name a part of a clause."""
    if part == WHOLE:
        return ""
    if part in steps:
        return tell.words.step(part)
    for way in ("in_time", "later"):
        if part.endswith(f"_{way}") and not tell.words.has(f"part.{part}"):
            return tell.words.text(f"part.{way}", part=part_name(part.removesuffix(f"_{way}"), tell, steps)).strip(" ,")
    plain = part.removesuffix("_no_more")
    words = plain.split("_")
    pairs = (("_".join(words[:cut]), "_".join(words[cut:])) for cut in range(1, len(words)))
    pair = next((pair for pair in pairs if plain not in tell.names and set(pair) <= set(tell.names)), (plain,))
    return tell.part(part, " – ".join(map(tell.name, pair)))
