"""How sure the headline figures of a plan are: what of them rests on figures that were read, computed or assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.basin.origins import origins_of
from waterdeal.reports.edition import VOLUME, percent

if TYPE_CHECKING:
    from waterdeal.reports.edition import Edition
    from waterdeal.types import Floats

#: headline, the quantity it is the sum of, its dimension, its unit, and the table and field whose origin it has
HEADLINES = (
    ("requirement", "requirement", "demand", "volume", "requirements", "rate_m3s"),
    ("runoff", "runoff", "node", "volume", "hydrology", "runoff_m3s"),
    ("energy", "energy", "plant", "energy", "plants", "energy_gwh_per_hm3"),
)
STATUSES = ("read", "computed", "assumed")


def sure_lines(edition: Edition) -> list[str]:
    """Say of requirement, runoff and energy what part is of figures that were read, computed and assumed; nothing of an older plan."""
    known = {row["figure"]: row["status"] for row in origins_of(edition.results)}
    told = []
    for headline, quantity, dim, unit, table, field in HEADLINES:
        amounts: Floats = edition.read[quantity].values.sum(axis=1)
        statuses = np.array([known.get(f"{table}.{name}.{field}", "assumed") for name in edition.read[dim].values.tolist()], dtype=str)
        if known and amounts.sum() > 0:
            parts = {status: percent(float(amounts[statuses == status].sum()), float(amounts.sum())) for status in STATUSES}
            named = {edition.text(f"status.{status}"): edition.words.number(part) for status, part in parts.items() if part}
            shares = ", ".join(f"{status} {part} %" for status, part in named.items())
            whole = edition.printed_requirement if headline == "requirement" else amounts  # as the tables print it
            value = edition.words.number(float(whole.sum()), VOLUME)
            told.append(edition.text(f"sure.{headline}", value=value, unit=edition.unit(unit), shares=shares))
    return told
