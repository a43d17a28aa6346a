"""The quantities that ensembles publish are those of the replay; what variables.csv says of them holds."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import waterdeal
from tests.passes.test_areas import lake_and_dam
from waterdeal.basin.read import read_basin
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.replay.simulate import replay
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.publish import publish
from waterdeal.solve.settle import settle
from waterdeal.solve.single import Passes
from waterdeal.solve.truth import true_inputs
from waterdeal.variables import dimensions, having, vocabulary

#: what a plan may differ by from its replay
WATER = 1e-6


def test_the_fast_way_gives_what_the_replay_gives() -> None:
    """Every quantity that a replay follows is the same read off the solution, once the areas have settled."""
    inputs = lake_and_dam().inputs()
    passes = Passes(USUAL_LEVELS, SolveOptions())
    found = settle(inputs, passes)
    published, played = publish(found, passes), replay(true_inputs(found.inputs), found.results).dataset
    followed = [str(name) for name in played.data_vars if name in found.results.data_vars and not str(name).startswith("sal")]
    assert len(followed) > 25
    for name in followed:
        fast, true = found.results[name].values, played[name].transpose(*found.results[name].dims).values
        if fast.dtype.kind == "f":
            assert np.allclose(fast, true, rtol=0, atol=WATER, equal_nan=True), name
            assert np.array_equal(published[name].values, true, equal_nan=True), name


def test_a_column_of_the_table_names_a_variable_of_the_model() -> None:
    """Each ``solved_as`` is a variable that the model of everything has, where it is over the dims that are told."""
    case = load(bundled_folder("scenarios") / "syrdarya-growing-everything.toml")
    model = build_model(case.inputs)
    for quantity in vocabulary().values():
        for path in quantity.solved_as.split():
            block, _, name = path.rpartition(".")
            owner = model.component(block) if block else model
            if owner is not None:
                assert owner.component(name) is not None, path


def test_sources_are_columns_of_a_basin_or_of_the_scenario() -> None:
    """Each ``source`` names a table and a column there is."""
    basin = read_basin(bundled_folder("data") / "syrdarya")
    for quantity in vocabulary().values():
        table, _, column = quantity.source.partition(".")
        if table and table not in {"scenario", "hydrology"}:
            assert column in basin.table(table).columns, quantity.name


ROLES = (
    "blank", "moved", "decision", "measured", "promised", "agreed", "totalled", "ends", "missed", "followed", "later", "unlimited", "signed", "share", "calendar",
    "network",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_roles_are_those_that_code_asks_for(role: str) -> None:
    """No role is spelled in a way that nobody asks for, and none is empty."""
    assert having(role)
    assert {word for quantity in vocabulary().values() for word in quantity.roles} == set(ROLES)


#: lists that choose or order names: what ensembles and batches keep unless told, for people; which input cannot be above which;
#: what a promise of water may depend on
CHOICES = {
    ("ask/due.py", "_QUANTITIES"),
    ("ensemble/members.py", "QUANTITIES"),
    ("reports/batch.py", "SHOWN"),
    ("scenario/given.py", "_ORDERED"),
}


def test_no_list_beside_the_table_repeats_it() -> None:
    """A module-level collection of three or more names of quantities or dims belongs into ``variables.csv``."""
    names = {*vocabulary(), *dimensions()}
    root = Path(waterdeal.__file__).parent
    found = set()
    for file in root.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
                node.value, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call
            ):
                words = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                if len(words) > 2 and set(words) <= names:
                    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                    found.add((file.relative_to(root).as_posix(), ast.unparse(target)))
    assert found <= CHOICES
