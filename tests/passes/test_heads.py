"""Energy that follows the head: the passes find the best there is, from wherever they start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.passes.dynamic_programme import best_worth
from tests.passes.rivers import MELT, PRICES, cascade, one_dam, settled, side_by_side, started_anywhere
from tests.thorough import THOROUGH, diagonal
from waterdeal.errors import AgreementError
from waterdeal.lp.options import SolveOptions
from waterdeal.solve.single import Passes
from waterdeal.solve.worth import true_benefit

#: dams unlike one another: a straight valley, one that widens, a tailwater that rises, a small plant, energy that costs in summer
DAMS: dict[str, dict[str, Any]] = {
    "straight": {"rows": ((0, 5), (80, 20))},
    "kinked": {},
    "bent twice": {"rows": ((0, 4), (10, 24), (40, 25), (48, 60))},
    "tailwater": {"relation": {"tailwater_rise_m_per_m3s": 0.1, "head_loss_m": 2}},
    "capacity": {"plant": {"capacity_mw": 35}},
    "least water": {"plant": {"turbine_max_m3s": 70}, "least": 8},
    "costs in summer": {"prices": (*PRICES[:4], -1.0, -2.0, -1.0, *PRICES[7:])},
    "dear in summer": {"prices": PRICES[6:] + PRICES[:6]},
    "dry": {"water": [volume / 3 for volume in MELT]},
}


def dam_of(name: str) -> Any:
    """Inputs of one of the dams."""
    changes = dict(DAMS[name])
    least = changes.pop("least", 0.0)
    river = one_dam(**changes)
    energy = {**river.content["energy"], "turbine_min": {"hpp": least}}
    return river.with_content(energy=energy).inputs()


@pytest.mark.parametrize("name", diagonal(DAMS, "tailwater"))
def test_dynamic_programming_finds_nothing_better(name: str) -> None:
    """On twelve months of each dam no path over storages is worth more, and the best of them is worth the same."""
    inputs = dam_of(name)
    best = best_worth(inputs)
    assert true_benefit(settled(inputs)) == pytest.approx(best, rel=1e-5)
    assert best > 100


@pytest.mark.parametrize("name", diagonal(["straight", "kinked", "dear in summer"], "kinked"))
def test_every_start_leads_to_the_same_worth(name: str) -> None:
    """A first plan anywhere changes nothing of what is reached."""
    inputs = dam_of(name)
    starts = 3 if THOROUGH else 2
    reached = [true_benefit(settled(started_anywhere(inputs, seed))) for seed in range(starts)]
    assert reached == pytest.approx([best_worth(inputs)] * starts, rel=1e-5)


@pytest.mark.thorough  # of the tests themselves
def test_starts_are_unlike_one_another() -> None:
    """The first plans of two starts are far apart: else many starts would show nothing."""
    inputs = dam_of("kinked")
    first = [Passes(["benefit"], SolveOptions()).solve(started_anywhere(inputs, seed)) for seed in range(4)]
    stored = [plan.results["storage"].values for plan in first]
    worth = [true_benefit(plan) for plan in first]
    assert all(np.abs(one - other).max() > 100 for place, one in enumerate(stored) for other in stored[:place])
    assert max(worth) < 0.95 * true_benefit(settled(inputs))


@pytest.mark.thorough
@pytest.mark.parametrize("make", [cascade, side_by_side])
def test_three_dams_from_many_starts(make: Any) -> None:
    """Three dams in a row or side by side: the plain start reaches the best of many starts."""
    inputs = make().inputs()
    reached = true_benefit(settled(inputs))
    starts = [true_benefit(settled(started_anywhere(inputs, seed))) for seed in range(3)]
    assert starts == pytest.approx([reached] * 3, rel=1e-5)


@pytest.mark.thorough
def test_three_dams_that_share_nothing_are_as_good_as_alone() -> None:
    """Side by side each dam reaches what it reaches on a river of its own."""
    inputs = side_by_side().inputs()
    alone = []
    for place, name in enumerate(("one", "two", "three")):
        own = {"reservoir": [place], "plant": [place], "headed": [place], "node": np.arange(inputs.sizes["node"])}
        part = inputs.isel({dim: where for dim, where in own.items() if dim != "node"})
        part["runoff"] = part["runoff"] * (part["node"] == name)
        alone.append(best_worth(part))
    assert true_benefit(settled(inputs)) == pytest.approx(sum(alone), rel=1e-5)


@pytest.mark.parametrize("promise", [{"plants": "hpp"}, {"energy_of": "A"}])
def test_energy_of_a_headed_plant_cannot_be_promised(promise: dict[str, str]) -> None:
    """What it makes is known when the plan is; with the factor of its usual head it can be."""
    clause = {"id": "winter", "kind": "energy_min", "value": "5 GWh", "start": "2026-01-01", "end": "2026-03-01", **promise}
    river = one_dam().with_clauses(clause)
    with pytest.raises(AgreementError, match=rf"winter\.{next(iter(promise))}`: hpp follows its head"):
        river.inputs()
    assert river.with_content(physics={"head": "constant"}).inputs().sizes["clause_row"] == 1
