"""Conflicts planted in the bundled basin and in small rivers with bent areas, and how what is told of them is checked by whole plans."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.errors import Infeasible
from waterdeal.lp.options import SolveOptions
from waterdeal.scenario.locate import bundled_folder
from waterdeal.solve.relations import evaporation_miss
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.ask.explain import Explanation

SCENARIOS = bundled_folder("scenarios")
#: a concession below this, hm3, is as fine as what hulls leave open
FINE = 5.0
#: what all share of the conflict of the bundled deal, rounded up: with it the deal has a plan
MIX = {
    "supply_UZ": 0.0349,
    "supply_TJ": 0.0341,
    "supply_KG": 0.0321,
    "dostyk": 36.5,
    "shardara_inflow": 128.2,
    "toktogul_end": 360.5,
    "kairakkum": 0.0401,
}
CLAUSE = """schema = "waterdeal/agreement@1"
[agreement]
id = "asked"
title.en = "Asked"
title.ru = "Asked"
source = "planted"
[[clause]]
id = "asked"
source = "planted"
status = "assumed"
"""


def asked_deal(folder: Path, clause: str) -> Path:
    """Write the bundled deal with its mix and one clause more."""
    shutil.copytree(SCENARIOS, folder, dirs_exist_ok=True)
    made = folder / "syrdarya-growing-2026-dry-deal.toml"
    (folder / "agreements" / "asked.toml").write_text(CLAUSE + clause, encoding="utf-8")
    text = made.read_text(encoding="utf-8").replace("agreements = [", 'agreements = ["agreements/asked.toml",')
    mix = "".join(f"[agreement.{name}]\nconcession = {amount}\n" for name, amount in MIX.items())
    made.write_text(f"{text}\n{mix}", encoding="utf-8")
    return made


def possible(inputs: xr.Dataset) -> bool:
    """Whether a plan settles on the curves, whatever it misses of what is no promise."""
    try:
        plan = settle(inputs, Passes(("safety",), SolveOptions()))
    except Infeasible:
        return False
    assert evaporation_miss(plan.inputs, plan.results) <= 1e-6  # what the audit allows
    return True


def conceding(inputs: xr.Dataset, amounts: dict[str, float]) -> xr.Dataset:
    """Return inputs whose clauses may concede some amounts more."""
    allowed = inputs["clause_conceded_max"].copy()
    for name, amount in amounts.items():
        allowed.loc[{"clause": name}] = amount
    return inputs.assign(clause_conceded_max=allowed)


def check(inputs: xr.Dataset, found: Explanation, least: float) -> None:
    """Check what is told: no set can be held, each can but for one clause; each entry is enough, and so much of it is needed."""
    if not found.proven:  # told so, and nothing is claimed
        return
    for conflict in found.conflicts or (found,):
        free = dict.fromkeys(set(inputs["clause"].values.tolist()) - set(conflict.clauses), np.inf)
        assert not possible(conceding(inputs, free))
        for left in conflict.clauses:
            assert possible(conceding(inputs, {**free, left: np.inf})), left
    for way in found.menu:
        assert possible(conceding(inputs, {way.clause: way.amount})), way
        assert not possible(conceding(inputs, {way.clause: 0.999 * way.amount})), way
        if way.amount > FINE:
            assert way.least >= least * way.amount, way
    if found.mix:
        assert possible(conceding(inputs, {way.clause: way.amount for way in found.mix}))
