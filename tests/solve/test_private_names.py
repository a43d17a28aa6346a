"""Names that other libraries do not promise: each is taken away, and the plans stay the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.core as pyo
import pytest

from tests.solve import renamed
from waterdeal import unlabelled
from waterdeal.lp import compile as compile_
from waterdeal.lp import highs_private, pyomo_private, stock

NAMES = [
    f"{library}:{name}"
    for library, adapter in {"pyomo": pyomo_private, "highspy": highs_private, "xarray": unlabelled}.items()
    for name in adapter.NAMES
]


@pytest.fixture(scope="module")
def usual() -> dict[str, Any]:
    """Give the plans with all names there."""
    plans = renamed.plans()
    assert plans["ways"].size == 0
    assert not np.allclose(plans["own:runoff"], plans["less:runoff"])
    return plans


def plans_without(names: list[str], folder: Path) -> dict[str, Any]:
    """Give the plans of another process, without some names."""
    path = folder / "plans.npz"
    command = [sys.executable, "-m", "tests.solve.renamed", str(path), *names]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    with np.load(path) as found:
        return dict(found)


def same_plans(found: dict[str, Any], due: dict[str, Any]) -> None:
    """Compare all arrays of all plans, and of the programs they come from."""
    assert found.keys() == due.keys()
    for name in due.keys() - {"ways"}:
        if due[name].dtype.kind == "M":
            np.testing.assert_array_equal(found[name], due[name], err_msg=name)
        else:
            np.testing.assert_allclose(found[name], due[name], rtol=1e-8, atol=1e-7, err_msg=name)


@pytest.mark.thorough  # by default: names that behave otherwise, in this process
def test_plans_without_any_private_name(usual: dict[str, Any], tmp_path: Path) -> None:
    """All names of all libraries at once."""
    found = plans_without(NAMES, tmp_path)
    assert list(found["ways"]) == ["highspy", "pyomo", "xarray"]
    same_plans(found, usual)


@pytest.mark.thorough
@pytest.mark.parametrize("name", NAMES)
def test_plans_without_one_name(name: str, usual: dict[str, Any], tmp_path: Path) -> None:
    """One name at a time: only its own library goes the slow way."""
    found = plans_without([name], tmp_path)
    assert list(found["ways"]) == [name.partition(":")[0]]
    same_plans(found, usual)


@pytest.mark.parametrize(
    ("name", "other"), [("set_of", lambda index: None), ("key_of", lambda index: 0), ("bounds_rule_of", lambda var: None)]
)
def test_what_behaves_otherwise_is_found_out(name: str, other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is there and means something else is not used."""
    pyomo_private.prove()
    monkeypatch.setattr(pyomo_private, name, other)
    with pytest.raises(Exception, match=r"expected|subscript|callable"):
        pyomo_private.prove()


def test_the_slow_way_tells_a_user_s_variables_from_the_model_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Pyomo's private names the Vars of the model are its own, and one that a user adds is hers."""
    model = pyo.ConcreteModel()
    model.of_model, model.of_user = stock.Columns([1, 2], bounds=(0, 1)), pyo.Var()
    model.goal = stock.Goal(rule=lambda m: m.of_model[1] + m.of_user)
    monkeypatch.setattr(compile_, "PRIVATE", None)
    program = compile_.compile_model(model)
    assert {family.name: family.added for family in program.columns} == {"of_model": False, "of_user": True}


def test_elements_that_pyomo_leaves_unmade_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that Pyomo no longer calls is noticed before a model is built on it."""
    monkeypatch.delattr(pyomo_private.Data, "_getitem_when_not_present")
    with pytest.raises(Exception, match=r"."):
        pyomo_private.prove()


def test_a_dataset_put_together_otherwise_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The private way of xarray is used only where it gives what the public way gives."""
    monkeypatch.setattr(unlabelled._Private, "variable", staticmethod(lambda dims, values, attrs: unlabelled.xr.Variable(dims, values + 1)))
    with pytest.raises(TypeError, match="otherwise"):
        unlabelled._proven()
