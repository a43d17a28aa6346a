"""Conflicts planted in the bundled basin and in small rivers with bent areas, and how what is told of them is checked by whole plans."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.ask.bargain import Bargain
from waterdeal.ask.explain import CLOSE
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.levels import solve_levels
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.extract import extract
from waterdeal.results.lines import with_data
from waterdeal.scenario.locate import bundled_folder
from waterdeal.solve.relations import evaporation_miss, with_areas
from waterdeal.solve.settle import BESIDE, settle
from waterdeal.solve.single import Passes
from waterdeal.solve.trust import near

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from waterdeal.ask.explain import Explanation

SCENARIOS = bundled_folder("scenarios")
#: what all share of the conflict of the bundled deal, rounded up: with it the deal has a plan
MIX = {
    "supply_UZ": 0.052,
    "supply_TJ": 0.05,
    "supply_KG": 0.048,
    "dostyk": 53.5,
    "shardara_inflow": 188.1,
    "toktogul_end": 529.1,
    "kairakkum": 0.059,
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


def possible(inputs: xr.Dataset, *, whole: bool = True) -> bool:
    """Whether a plan settles on the curves, whatever it misses of what is no promise; no plan is told of only where there is none.

    Where it need not be the `whole` way of a scenario, a plan near one that the clauses are asked for, on lines that touch the curves at it.
    """
    if not whole and is_beside_one(inputs):
        return True
    try:
        plan = settle(inputs, Passes(("safety",), SolveOptions(), explains=False))
    except Infeasible:
        assert refused(inputs)
        return False
    assert evaporation_miss(plan.inputs, plan.results) <= 1e-6  # what the audit allows
    return True


def is_beside_one(inputs: xr.Dataset) -> bool:
    """Whether the scenario, built anew with the lines of a plan that was found, has a plan beside it that misses no evaporation."""
    program = compile_model(build_model(inputs))
    model = Bargain(program, inputs, SolveOptions())
    found = Passes(("safety",), SolveOptions()).on_curves(model, program)
    if found is None:
        return False
    lines = near(with_areas(with_data(inputs, model.marks.found()), found), found, BESIDE, every=True)
    program = compile_model(build_model(lines))
    plan = extract(lines, program, solve_levels(program, ("safety",), SolveOptions()))
    return evaporation_miss(lines, plan) <= 1e-6


def conceding(inputs: xr.Dataset, amounts: dict[str, float]) -> xr.Dataset:
    """Return inputs whose clauses may concede some amounts more."""
    allowed = inputs["clause_conceded_max"].copy()
    for name, amount in amounts.items():
        allowed.loc[{"clause": name}] = amount
    return inputs.assign(clause_conceded_max=allowed)


def refused(inputs: xr.Dataset) -> bool:
    """Whether it is proven that no plan keeps the clauses: nothing is between hulls of the curves, or on pieces of them."""
    model = Bargain(compile_model(build_model(inputs)), inputs, SolveOptions())
    model.hold(model.allowed)
    if model.lowest(model.cost) is not None:
        model.piecewise()
    return model.refused


def check(inputs: xr.Dataset, found: Explanation, *, small: bool, whole: bool = True) -> None:
    """Check what is told: no set can be held, each can but for one clause; each entry is enough, and 99 % of it is not.

    Of a `small` basin also that what refuses the rest does not refuse the entry itself, for which there is a plan. What is enough is planned
    the `whole` way of a scenario, or beside a plan that was found.
    """
    assert found.proven
    assert not found.unsure
    for conflict in found.conflicts or (found,):
        free = dict.fromkeys(set(inputs["clause"].values.tolist()) - set(conflict.clauses), np.inf)
        assert refused(conceding(inputs, free))
        for left in conflict.clauses:
            assert possible(conceding(inputs, {**free, left: np.inf}), whole=whole), left
    for way in found.menu:
        enough = conceding(inputs, {way.clause: way.amount})
        assert possible(enough, whole=whole), way
        assert not small or not refused(enough), way
        less = way.amount - CLOSE * (way.amount - way.agreed)
        assert refused(conceding(inputs, {way.clause: less})), way
        assert way.least >= less * (1 - 1e-9), way
    if found.mix:
        assert possible(conceding(inputs, {way.clause: way.amount for way in found.mix}), whole=whole)
        most = max(way.beyond for way in found.mix)
        assert found.mix_least >= (1 - CLOSE) * most * (1 - 1e-9)
        agreed, scale = inputs["clause_conceded_max"], inputs["clause_scale"]
        less = {name: float(agreed.sel(clause=name) + (1 - CLOSE) * most * scale.sel(clause=name)) for name in inputs["clause"].values.tolist()}
        assert refused(conceding(inputs, less))
