"""Candidate works: what a lining, a gauge, a turbine or a dam changes of the river, what it costs, and whether the plan has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from waterdeal.errors import refuse
from waterdeal.fields import BY_FORM, Frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

#: keys of a scenario that a work may change; none of them brings water
CHANGED = (
    "reservoir", "requirement", "agreement", "agriculture", "energy", "environment", "groundwater", "operation", "power", "reuse", "trade",
)  # fmt: skip
#: tables of a basin that a work may change
LAID = (
    "nodes", "links", "channel_limits", "reservoirs", "curves", "evaporation", "reservoir_months", "outlets", "seepage", "plants", "heads",
    "muskingum", "loss_months", "ramps", "demands", "requirements", "field_demands", "fields", "percolation", "wells", "reuse",
    "salt_returns", "power_units", "power_links",
)  # fmt: skip

Money = Annotated[float, Field(ge=0, le=1e6)]
Cell = Annotated[str | float, BY_FORM]


class Work(Frozen):
    """A work that may be built: rows of the basin's ``tables`` and keys of the ``scenario`` that it changes, and its cost, million USD.

    ``cost`` is paid over ``years`` at ``interest``; ``yearly`` is its upkeep. A row names its key; cells that it leaves out stay as they
    are. ``built`` says whether plans of the scenario have the work; ``study works`` solves with it and without.
    """

    title: dict[str, str] = Field(default_factory=dict)
    built: bool = False
    cost: Money = 0.0
    years: Annotated[float, Field(gt=0, le=200)] | None = None
    interest: Annotated[float, Field(ge=0, le=1)] = 0.0
    yearly: Money = 0.0
    tables: dict[str, tuple[dict[str, Cell], ...]] = Field(default_factory=dict)
    scenario: dict[str, Any] = Field(default_factory=dict)
    source: str = ""
    status: Literal["read", "computed", "assumed"] = "assumed"

    def check_fields(self) -> None:
        """It changes something that it may change, and costs something over a time."""
        refuse(not (self.tables or self.scenario), "works.changes_nothing")
        refuse(not (self.cost or self.yearly), "works.costs_nothing")
        refuse(bool(self.cost) != (self.years is not None), "works.without_years")
        strange = [*(name for name in self.tables if name not in LAID), *(name for name in self.scenario if name not in CHANGED)]
        refuse(bool(strange), "works.may_not_change", names=", ".join(strange), known=", ".join((*LAID, *CHANGED)))
        bodies, made = self.scenario.get("reservoir"), {row.get("reservoir") for row in self.tables.get("reservoirs", ())}
        filled = [name for name, held in bodies.items() if isinstance(held, dict) and "initial" in held] if isinstance(bodies, dict) else []
        refuse(bool(set(filled) - made), "works.brings_water", names=", ".join(sorted(set(filled) - made)))

    @property
    def a_year(self) -> float:
        """Cost of a year, million USD: the annuity of its cost, and its upkeep."""
        if self.years is None:
            return self.yearly
        rate = self.interest
        return self.yearly + self.cost * (rate / (1.0 - (1.0 + rate) ** -self.years) if rate else 1.0 / self.years)


def built_changes(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what the works that are built change of the keys of a scenario, as its file has them."""
    works = content.get("work")
    found = works.values() if isinstance(works, dict) else ()
    built = [work for work in found if isinstance(work, dict) and work.get("built") is True]
    changes = (work["scenario"] for work in built if isinstance(work.get("scenario"), dict))
    return [{key: value for key, value in change.items() if key in CHANGED} for change in changes]
