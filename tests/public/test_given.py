"""Inputs given in Python: laid by name, whatever order they stand in, and refused in words where they cannot be."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

import waterdeal as wd
from tests.thorough import diagonal
from waterdeal.results import given
from waterdeal.results.given import GIVEN
from waterdeal.results.store import inputs_to_bytes
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = ("two-party", "syrdarya-growing-everything", "syrdarya-growing-2026-dry-deal", "syrdarya-growing-fields")


@cache
def case_of(name: str) -> wd.Case:
    """A case, read once."""
    return wd.examples.two_party() if name == "two-party" else wd.load(SCENARIOS / f"{name}.toml")


@pytest.mark.parametrize("name", diagonal(CASES, CASES[0]))
def test_another_order_of_dims_and_labels_is_the_same_case(name: str) -> None:
    """Dims, labels and variables in any order, whole numbers for decimals, and attributes lost on the way change nothing."""
    case, random = case_of(name), np.random.default_rng(1)
    inputs = case.inputs
    orders = {dim: random.permutation(inputs.sizes[dim]) for dim in inputs.indexes}
    turned = inputs.isel(orders).transpose(*reversed(list(inputs.sizes)))
    turned = turned[list(random.permutation(list(turned.data_vars)))].drop_attrs()
    found = case.with_inputs(turned)
    assert found.inputs.identical(inputs)
    assert found.own() == case.own()


def _is_bad(told: str, name: str, kind: str) -> bool:
    """Whether an input of a kind can never have such a value."""
    roles = vocabulary()[name].roles
    if kind != "f":
        return told == {"U": "a word", "i": "half"}[kind]
    return {
        "a gap": "blank" not in roles or "unlimited" in roles,
        "no limit": "blank" not in roles,
        "below zero": "signed" not in roles and {"moved", "unlimited"} & roles != {"moved"},
        "more than the Earth has": "moved" not in roles,
        "beyond one": "share" in roles,
    }.get(told, False)


BAD = {
    "a word": "no-such-word", "half": 0.5, "a gap": np.nan, "no limit": np.inf, "below zero": -1.0, "beyond one": 1.5,
    "more than the Earth has": 1e9,
}  # fmt: skip


@pytest.mark.parametrize("name", diagonal(CASES, CASES[1]))
def test_what_cannot_be_is_refused_by_name(name: str) -> None:
    """Each input with one of its values changed to what it can never be; all are told at once."""
    case, inputs = case_of(name), case_of(name).inputs
    for told, value in BAD.items():
        places = [str(place) for place, held in inputs.data_vars.items() if held.size and _is_bad(told, str(place), held.dtype.kind)]
        changed = {}
        for place in places:
            values = inputs[place].values.astype(object if told == "a word" else float)
            values.flat[values.size // 2] = value
            changed[place] = (inputs[place].dims, values)
        with pytest.raises(wd.InputError) as refused:
            case.with_inputs(inputs.assign(changed))
        assert {problem.field for problem in refused.value.problems} == set(places)


def _renamed(inputs: xr.Dataset) -> xr.Dataset:
    return inputs.assign_coords(demand=[f"{name}x" for name in inputs["demand"].values])


WRONG: dict[str, tuple[Callable[[xr.Dataset], Any], str]] = {
    "more than a dam holds": (lambda inputs: inputs.assign(storage_initial=4 * inputs["storage_max"].isel(time=0)), "initial.*above"),
    "a dead storage above the full": (lambda inputs: inputs.assign(storage_dead=4 * inputs["storage_max"].isel(time=0)), "dead.*above"),
    "less than can stay": (lambda inputs: inputs.assign(storage_initial=0.1 * inputs["storage_dead"]), "storage_dead.*above storage_initial"),
    "a curve that stands": (lambda inputs: inputs.assign(curve_volume=0 * inputs["curve_volume"]), "curve_volume.*does not rise"),
    "a curve without areas": (lambda inputs: inputs.assign(curve_area=np.nan * inputs["curve_area"]), "curve_area.*other columns"),
    "water beyond the outlets": (lambda inputs: inputs.assign(release_excess_max=-1 + 0 * inputs["step_length"] * inputs["storage_max"]), "cannot"),
    "another network": (lambda inputs: inputs.assign(link_to=inputs["link_to"].roll(link=1)), "link_to.*the network"),
    "a user elsewhere": (lambda inputs: inputs.assign(demand_node=inputs["demand_node"].roll(demand=1)), "demand_node.*the network"),
    "crossing bounds": (lambda inputs: inputs.assign(storage_min=2 * inputs["storage_max"]), "storage_min.*above storage_max"),
    "a unit": (lambda inputs: inputs.assign(runoff=inputs["runoff"].assign_attrs(units="m3 s-1")), "m3 s-1, and needs hm3"),
    "text": (lambda inputs: inputs.assign(runoff=inputs["runoff"].astype(str)), "cannot be used"),
    "a dim less": (lambda inputs: inputs.assign(runoff=inputs["runoff"].isel(time=0)), "runoff.*dimensions"),
    "no such input": (lambda inputs: inputs.assign(run_off=inputs["runoff"]), "run_off.*no input.*runoff"),
    "an input less": (lambda inputs: inputs.drop_vars("runoff"), "runoff.*is missing"),
    "other names": (_renamed, "demand.*other labels"),
    "fewer steps": (lambda inputs: inputs.isel(time=slice(0, 3)), "time.*other labels"),
    "a step twice": (lambda inputs: inputs.isel(time=[0, 0, *range(2, inputs.sizes["time"])]), "time.*more than once: 2026"),
    "no labels": (lambda inputs: inputs.drop_vars("time"), "time.*other labels"),
    "longer steps": (lambda inputs: inputs.assign(step_length=2 * inputs["step_length"]), "made from the period"),
    "more than all comes back": (lambda inputs: inputs.assign(return_share=inputs["return_share"] * 0 + 1), "return_share.*more than one"),
    "yes and no": (lambda inputs: inputs.assign(runoff=inputs["runoff"].astype(bool)), "cannot be used"),
    "one array": (lambda inputs: inputs["runoff"], "no xarray.Dataset .DataArray"),
    "nothing": (lambda _inputs: None, "no xarray.Dataset .NoneType"),
    "no such rule": (lambda inputs: inputs.assign_attrs(sharing="fair"), "sharing.*cannot say fair"),
    "all given away": (lambda inputs: inputs.assign_attrs(evenness_give=5), "evenness_give.*cannot say 5"),
    "damaged text": (lambda inputs: inputs.assign_attrs(physics="{"), "physics.*cannot say"),
    "no such clause": (lambda inputs: inputs.assign_attrs(clauses='[{"kind": "x"}]'), "clauses.*cannot say"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_told_in_words(wrong: str) -> None:
    """Each way in which a dataset is none of the case."""
    case = case_of("syrdarya-growing-everything")
    change, told = WRONG[wrong]
    with pytest.raises(wd.InputError, match=told):
        case.with_inputs(change(case.inputs))


def test_what_no_model_reads_changes_nothing() -> None:
    """Attributes that other tools leave, such as a history, are not kept, and do not make the case another."""
    case = case_of("two-party")
    found = case.with_inputs(case.inputs.assign_attrs(history="cdo", Conventions="CF-1.11"))
    assert found.inputs.identical(case.inputs)
    assert found.own() == case.own()


def test_what_is_made_of_clauses_is_changed_with_them() -> None:
    """Else sentences would promise something else than is held; each variable of clauses is refused by name."""
    case = case_of("syrdarya-growing-2026-dry-deal")
    of_clauses = [name for name, variable in case.inputs.data_vars.items() if {"clause", "clause_row", "clause_term"} & set(variable.dims)]
    for name in [name for name in of_clauses if case.inputs[name].dtype.kind == "f" and np.isfinite(case.inputs[name].values).all()]:
        with pytest.raises(wd.InputError, match=f"{name}.*sentences would promise"):
            case.with_inputs(case.inputs.assign({name: case.inputs[name] + 1}))


def test_a_case_keeps_its_own_copy() -> None:
    """Whoever writes into her array afterwards changes no case."""
    case = case_of("two-party")
    mine = 2 * case.inputs["runoff"]
    found = case.with_inputs(case.inputs.assign(runoff=mine))
    mine.values[:] = 0
    assert float(found.inputs["runoff"].sum()) > 0
    assert found.inputs["runoff"].attrs == case.inputs["runoff"].attrs


def test_the_inputs_of_a_run_are_those_of_its_case(tmp_path: Path) -> None:
    """All of them, empty ones too; a case takes them, and then has nothing of its own."""
    case = case_of("syrdarya-growing-everything")
    (tmp_path / "inputs.nc").write_bytes(inputs_to_bytes(case.inputs))
    again = wd.open_inputs(tmp_path)
    assert again.identical(case.inputs)
    found = case.with_inputs(again)
    assert found.own() == case.own()
    assert found.program().digest() == case.program().digest()
    with pytest.raises(wd.InputError, match="other labels"):
        case_of("two-party").with_inputs(again)


def test_no_input_is_without_a_range() -> None:
    """Roles of ranges stand on inputs alone, and none contradicts another."""
    for name in {*having("signed"), *having("share"), *having("unlimited")}:
        assert vocabulary()[name].stage != "result"
    assert not set(having("signed")) & set(having("share"))
    assert set(having("unlimited")) <= set(having("blank"))


def test_what_was_given_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes that are none of what was given leave the hash alone; other names of places make it anew."""
    plan = xr.Dataset(attrs={"names": "{}", GIVEN: "as it was"})
    monkeypatch.setattr(given, "given_digest", lambda _plan: "anew")
    given.tell(plan, {"names": "{}", "created": "today"})
    assert plan.attrs == {"names": "{}", "created": "today", GIVEN: "as it was"}
    given.tell(plan, {"names": '{"KZ": {}}'})
    assert plan.attrs[GIVEN] == "anew"
