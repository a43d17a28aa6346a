"""Irrigation paths and what pruning may drop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from waterdeal.science.yields import IrrigationPaths, additive_yield, make_paths, prune

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: FAO-33 response factors of maize by stage (physics.json, AG-19)
MAIZE = [0.4, 1.5, 0.5, 0.2]
#: evapotranspiration and requirement by stage and two steps, mm (assumed)
ETC = np.array([[60.0, 0], [40, 100], [0, 250], [0, 90]])
NEED = np.array([[40.0, 0], [30, 90], [0, 250], [0, 0]])


def test_all_combinations() -> None:
    """Three levels in four stages are 81 paths; the fullest yields all and takes the whole need, rain stays at any level."""
    paths = make_paths([0.5, 0.75, 1], ETC, NEED, partial(additive_yield, MAIZE))
    assert len(paths.relative_yield) == 81
    assert paths.relative_yield[-1] == 1
    assert paths.step_water[-1] == pytest.approx(NEED.sum(axis=0))
    assert paths.stage_water[0] == pytest.approx(0.5 * NEED.sum(axis=1))
    left = (ETC.sum(axis=1) - 0.5 * NEED.sum(axis=1)) / ETC.sum(axis=1)
    assert paths.relative_yield[0] == pytest.approx(max(1 - (np.array(MAIZE) * (1 - left)).sum(), 0))


def test_levels_of_a_rainfed_stage_are_one_path() -> None:
    """The last stage needs no irrigation: its two levels are the same path, of which one stays."""
    kept = prune(make_paths([0, 1], ETC, NEED, partial(additive_yield, [0.1, 0.3, 0.4, 0.1])))
    assert len(kept.relative_yield) == 8


def test_zero_yields_go_but_for_the_driest() -> None:
    """Paths that water a lost crop are dropped; the dry one stays, whatever it yields."""
    paths = make_paths([0, 1], ETC, NEED, partial(additive_yield, MAIZE))
    assert (paths.relative_yield == 0).sum() > 2
    kept = prune(paths)
    assert (kept.relative_yield == 0).sum() == 1
    assert kept.stage_water[kept.relative_yield == 0].sum() == 0


def best(paths: IrrigationPaths, water: NDArray[np.float64], supply: NDArray[np.float64]) -> float:
    """Greatest yield of a unit of land split over paths, within the supply by column of `water`."""
    found: Any = linprog(-paths.relative_yield, A_ub=water.T, b_ub=supply, A_eq=np.ones((1, len(water))), b_eq=[1])
    return -float(found.fun)


@settings(max_examples=25)
@given(
    st.lists(st.floats(0, 2), min_size=4, max_size=4),
    st.lists(st.floats(0, 200).map(lambda need: round(need, 3)), min_size=4, max_size=4),
    st.lists(st.floats(0, 1), min_size=4, max_size=4),
)
def test_pruning_costs_no_yield(ky: list[float], need: list[float], supply: list[float]) -> None:
    """Land split over what is left yields as much as over all paths, with any supply by stage.

    Needs are in micrometres: the solver that compares them allows itself 1e-7 in each row.
    """
    needed = np.diag(need)
    paths = make_paths([0, 0.5, 1], needed + 5 * np.eye(4), needed, partial(additive_yield, ky))
    kept = prune(paths)
    stages = np.array(supply) * need
    assert best(kept, kept.stage_water, stages) == pytest.approx(best(paths, paths.stage_water, stages), abs=1e-6)


@pytest.mark.parametrize(
    ("levels", "need", "response", "match"),
    [
        ([], NEED, partial(additive_yield, MAIZE), "supply levels"),
        ([0.5, 0.5], NEED, partial(additive_yield, MAIZE), "each once"),
        ([1.2], NEED, partial(additive_yield, MAIZE), "supply levels"),
        (np.linspace(0, 1, 11).tolist(), NEED, partial(additive_yield, MAIZE), "14641 paths"),
        ([0, 1], 2 * NEED, partial(additive_yield, MAIZE), "more irrigation"),
        ([0, 1], NEED[:2], partial(additive_yield, MAIZE), "stage, step"),
        ([0, 1], NEED, lambda w: -w[:, 0], "0 or more"),
        ([0, 1], NEED, lambda w: w, "one relative yield"),
    ],
)
def test_odd_paths_are_refused(levels: list[float], need: Any, response: Any, match: str) -> None:
    """Levels that are none, too many paths, needs above evapotranspiration and negative responses are refused."""
    with pytest.raises(ValueError, match=match):
        make_paths(levels, ETC, need, response)
