"""Every bundled scenario, whole: its plan passes the audit, and a replay of what is published finds the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bundled import CONCESSION, DEAL, DRY, SCENARIOS
from tests.replay.lines import agrees
from tests.thorough import diagonal
from waterdeal.replay.simulate import replay
from waterdeal.results.audit import audit
from waterdeal.results.lines import with_lines
from waterdeal.run import load
from waterdeal.solve.truth import true_inputs

if TYPE_CHECKING:
    from pathlib import Path

#: what gives a plan to the deal that has none as it stands
CONCESSIONS = {DEAL: (CONCESSION,)}
#: everything at once; a deal with a concession; a season with what is told beside its plan
USUAL = (DEAL, DRY)
#: plans that other tests need too
SHARED = {DEAL: "deal_plan", DRY: "dry_plan"}
#: hm3
WATER = 1e-6
#: the largest part of its energy that the optimiser's plan and its replay may differ by at a plant in a step, where heads are followed: the
#: planes are those of the last pass on heads, and what is published is the replay's
HEADS = 2e-3


@pytest.mark.parametrize("path", diagonal(SCENARIOS, *(SCENARIOS[0].with_name(f"{name}.toml") for name in USUAL)), ids=lambda path: path.stem)
def test_audit_and_replay_agree(path: Path, request: pytest.FixtureRequest) -> None:
    """`solve` audits and raises; the published plan replays to itself; the optimiser's water is the replay's."""
    case = load(path, CONCESSIONS.get(path.stem, ()))
    plan = request.getfixturevalue(SHARED[path.stem]) if path.stem in SHARED else case.solve().dataset
    audit(plan).raise_if_bad()
    played = replay(true_inputs(with_lines(case.inputs, plan)), plan)
    assert agrees(played, WATER), played.differences.to_string()
    for name in ("energy", "evaporation", "storage", "field_output"):
        assert np.abs(played.dataset[name].values - plan[name].values).max(initial=0.0) < 1e-5, name
    told = {row["name"]: row for row in json.loads(plan.attrs["replay"])}
    assert set(told) <= {"energy"}
    for row in told.values():
        assert row["difference"] <= HEADS * float(plan["energy"].sum())
