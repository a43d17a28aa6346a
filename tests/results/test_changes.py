"""Whatever single figure of a plan is changed, its audit finds it: every result variable, every input, and variables that are missing."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import waterdeal
from tests.properties.everything import LEVELS, full_rivers
from tests.thorough import THOROUGH, examples
from waterdeal.errors import FileProblem
from waterdeal.lp.options import SolveOptions
from waterdeal.results.audit import audit, audit_run
from waterdeal.results.store import inputs_to_bytes
from waterdeal.run import load, solve_inputs
from waterdeal.run_folder import run_files
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

    from tests.drafts import Draft

#: changes that no audit of a plan alone can find, with the reason
UNSEEN: dict[str, str] = {}
#: cells of each variable that are changed
CELLS = 4 if THOROUGH else 1


def figures(plan: xr.Dataset, *stages: str) -> Iterator[str]:
    """Variables of a plan of some stages that hold figures."""
    for name, quantity in vocabulary().items():
        if quantity.stage in stages and name in plan and plan[name].size and plan[name].dtype.kind == "f":
            yield name


def changed(plan: xr.Dataset, name: str, cell: int) -> xr.Dataset:
    """A plan with one figure changed by a thousandth and a thousandth; what is blank gets a figure."""
    values = plan[name].values.copy()
    held = values.flat[cell]
    values.flat[cell] = held * 1.001 + 0.001 if np.isfinite(held) else 1.0
    return plan.assign({name: plan[name].copy(data=values)})


def unfound(plan: xr.Dataset, seed: int, *stages: str) -> list[str]:
    """Change some cells of each variable one by one, and list the changes that are not found."""
    random, missed = np.random.default_rng(seed), list[str]()
    for name in figures(plan, *stages):
        for cell in random.choice(plan[name].size, min(CELLS, plan[name].size), replace=False):
            if audit(changed(plan, name, int(cell))).passed:
                missed.append(f"{name} {cell}")
    return missed


@pytest.mark.thorough  # by default: of a plan with everything
def test_changes_of_the_bundled_plan_are_found(dry_plan: xr.Dataset) -> None:
    """All of them; before, half were."""
    assert audit(dry_plan).passed
    assert [change for change in unfound(dry_plan, 1, "result") if change.split()[0] not in UNSEEN] == []


@pytest.mark.thorough  # by default: changes of the bundled plan
@examples(1, thorough=6)
@given(river=full_rivers(), seed=st.integers(0, 99))
def test_changes_of_a_plan_with_everything_are_found(river: Draft, seed: int) -> None:
    """Heads, markets, fields, aquifers, drains, salt, pulses, benefits: no result that is only told."""
    plan = solve_inputs(river.inputs(), (*USUAL_LEVELS[:-1], *LEVELS, USUAL_LEVELS[-1]), SolveOptions())
    audit(plan).raise_if_bad()
    assert [change for change in unfound(plan, seed, "result") if change.split()[0] not in UNSEEN] == []


def test_changed_inputs_are_found(dry_plan: xr.Dataset) -> None:
    """Inputs are tied by a hash, and so is the text of the clauses."""
    for name in ("requirement", "entitlement_volume", "storage_terminal", "evaporation_depth"):
        assert not audit(changed(dry_plan, name, 0)).passed, name
    assert not audit(dry_plan.assign_attrs(clauses="[ ]")).passed
    with pytest.raises(FileProblem, match="attribute clauses"):
        audit(dry_plan.assign_attrs(clauses="{"))
    kinds = dry_plan["promise_kind"].values.copy()
    kinds[0] = "no such kind"
    assert not audit(dry_plan.assign(promise_kind=dry_plan["promise_kind"].copy(data=kinds))).passed, "told, not raised"


@pytest.mark.parametrize("name", ["sharing", "evenness_give", "is_unique", "passes", "lookahead_levels", "year_class", "replay"])
def test_what_is_said_of_a_plan_is_as_it_was_written(dry_plan: xr.Dataset, name: str) -> None:
    """The rule of shares, whether it is the only one, how many passes: an attribute changed afterwards is found, and one taken away."""
    other = dry_plan.attrs[name] + (" " if isinstance(dry_plan.attrs[name], str) else 1)
    without = {key: value for key, value in dry_plan.attrs.items() if key != name}
    for plan in (dry_plan.assign_attrs({name: other}), dry_plan.drop_attrs(deep=False).assign_attrs(without)):
        assert [check.name for check in audit(plan).checks if not check.passed] == ["attributes"]


def test_what_was_given_cannot_be_told_away(dry_plan: xr.Dataset) -> None:
    """What is given of promises is all of its level: less of it is seen."""
    given = dry_plan["promise_given"].values.copy()
    given[given.argmax()] = 0.0
    assert not audit(dry_plan.assign(promise_given=dry_plan["promise_given"].copy(data=given))).passed


def test_inputs_and_sources_beside_a_plan_are_those_it_was_made_from(tmp_path: Path) -> None:
    """A run whose inputs or sources were changed afterwards is told so, by name."""
    case = load(Path("docs/how-to/two-party/dry.toml"))
    plan = case.solve().dataset
    for name, content in run_files(case, plan).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert audit_run(plan, tmp_path).passed
    (tmp_path / "inputs.nc").write_bytes(inputs_to_bytes(changed(case.inputs, "requirement", 0)))
    (tmp_path / "sources/basin/demands.csv").write_text("demand\n", encoding="utf-8")
    found = audit_run(plan, tmp_path)
    assert not found.passed
    assert found.checks[-1].where == "requirement, sources/basin/demands.csv"


@pytest.mark.parametrize("name", ["energy", "flow", "requirement", "level_value"])
def test_a_missing_variable_is_named(dry_plan: xr.Dataset, name: str) -> None:
    """No traceback, and no plan that passes for want of figures."""
    failed = [check for check in audit(dry_plan.drop_vars(name)).checks if not check.passed]
    assert [name in check.where for check in failed] == [True]


def test_the_audit_shares_no_code_with_what_it_checks() -> None:
    """Neither the model nor what reads a solution nor the replay is imported where results are worked out anew."""
    folder = Path(waterdeal.__file__).parent / "results"
    trees = [ast.parse((folder / file).read_text(encoding="utf-8")) for file in ("audit.py", "anew.py", "anew_ahead.py", "anew_salt.py", "given.py")]
    used = {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    barred = (
        "waterdeal.model",
        "waterdeal.lp",
        "waterdeal.solve",
        "waterdeal.replay",
        "waterdeal.results.quantities",
        "waterdeal.results.extract",
    )
    assert [module for module in used if module.startswith(barred)] == []
