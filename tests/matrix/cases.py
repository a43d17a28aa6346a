"""What is asked of what: scenarios bundled and small, with clauses and without, and a line for each command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.matrix.conftest import House

    Words = Callable[["House", str, Path], list[Any]]


@dataclass(frozen=True)
class Asked:
    """A scenario file, changes to it, its exit code, and two of its parties."""

    file: str
    sets: tuple[str, ...] = ()
    code: int = 0
    parties: tuple[str, str] = ("KG", "KZ")


_BY_ITSELF = (
    "syrdarya-contract-2025-26",
    "syrdarya-exchange-1998-pattern",
    "syrdarya-exchange-2000-pattern",
    "syrdarya-growing-2022",
    "syrdarya-growing-aral",
    "syrdarya-growing-dry",
    "syrdarya-growing-everything",
    "syrdarya-growing-fields",
    "syrdarya-growing-median",
    "syrdarya-growing-wet",
    "syrdarya-irrigation-mode",
    "syrdarya-non-growing-2025-26",
    "syrdarya-power-mode",
    "syrdarya-water-year-2025-26",
    "toktogul-modes",
)
#: every bundled scenario; the draft deal cannot all hold as it stands
BUNDLED = {name: Asked(name) for name in _BY_ITSELF} | {"syrdarya-growing-2026-dry-deal": Asked("syrdarya-growing-2026-dry-deal", code=3)}
#: some of the clauses of that deal, a deal without its clauses, and clauses where there were none
VARIANTS = {
    "deal-that-holds": Asked(
        "syrdarya-growing-2026-dry-deal", ('agreements=["agreements/kairakkum-2000.toml","agreements/north-aral.toml"]',)
    ),
    "2022-without-clauses": Asked("syrdarya-growing-2022", ("agreements=[]",)),
    "dry-with-clauses": Asked("syrdarya-growing-dry", ('agreements=["agreements/kairakkum-2000.toml"]',)),
}
_RELEASE = ('agreements=["deal.toml"]',)
#: basins that solve at once
SMALL = {
    "two-party": Asked("dry", parties=("UP", "LOW")),
    "two-party-deal": Asked("dry", _RELEASE, parties=("UP", "LOW")),
    "two-party-torn": Asked("dry", ('agreements=["deal.toml"]', "hydrology.factor=0.2"), 3, ("UP", "LOW")),
    "two-party-months": Asked("dry", ('period.step="month"', *_RELEASE), parties=("UP", "LOW")),
}
CASES = BUNDLED | VARIANTS | SMALL
#: of these everything is priced that prices are told of without being asked: users, clauses and nature
PRICED = ("syrdarya-growing-everything",)


def _asked(house: House, case: str) -> list[Any]:
    """Scenario and changes."""
    return [house.scenario(case), *house.sets(case)]


#: commands on a scenario
OF_SCENARIOS: dict[str, Words] = {
    "check": lambda house, case, _: ["check", *_asked(house, case)],
    "explain": lambda house, case, _: ["explain", *_asked(house, case), "--lang", "ru"],
    "what-if": lambda house, case, _: ["what-if", *_asked(house, case), "--set", "hydrology.factor=0.99", "--lang", "kk"],
    "compensation": lambda house, case, _: ["compensation", *_asked(house, case), "--upstream", house.asked(case).parties[0]],
    "frontier": lambda house, case, out: [
        "study", "frontier", *_asked(house, case), "--parties", ",".join(house.asked(case).parties), "-o", out,
    ],
    "sensitivity": lambda house, case, out: [
        "study", "sensitivity", *_asked(house, case), "--parameter", "runoff*=0.99:1.01", "--lang", "uz", "-o", out,
    ],
    "ensemble": lambda house, case, out: [
        "ensemble", "run", *_asked(house, case), "--inflow", house.traces(case), "--backend", "serial", "-o", out,
    ],
}  # fmt: skip
#: commands on a run
OF_RUNS: dict[str, Words] = {
    "explain-run": lambda house, case, _: ["explain", house.run(case)],
    "prices": lambda house, case, _: ["prices", house.run(case), *house.amounts(case), "--lang", "ru"],
    "accounts": lambda house, case, _: ["accounts", house.run(case), "--lang", "uz"],
    "audit": lambda house, case, _: ["audit", house.run(case)],
    "compare": lambda house, case, _: ["compare", house.run(case), house.run(case) / "plan.nc"],
    "info": lambda house, case, _: ["info", house.run(case)],
    "convert": lambda house, case, out: ["convert", house.run(case), out.with_suffix(".xlsx"), "--lang", "kk"],
    "agree": lambda house, case, out: ["agree", house.run(case), "--draft", "-o", out.with_suffix(".zip")],
    "track": lambda house, case, out: ["track", house.run(case), "--actual", house.measured(case), "-o", out],
}
#: commands on nothing
OF_NOTHING = {"info": ["info"], "schema": ["schema"], "schema-agreement": ["schema", "--agreement"]}
