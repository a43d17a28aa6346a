"""Published cases of water physics, by the functions that the inputs and the model rest on."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published.cases import published
from tests.published.routes import muskingum_coefficients
from waterdeal.science.aquifer import aquifer_storage
from waterdeal.science.flow_regimes import tennant_flow
from waterdeal.science.muskingum import muskingum_shares
from waterdeal.solve.bound import Box, cell_pieces


@pytest.mark.parametrize(("name", "travel", "step"), [("NE-04", "K_d", "dt_d"), ("NE-07", "K_over_dt", None)])
def test_muskingum(name: str, travel: str, step: str | None) -> None:
    """NE-04 (K of 14 days at dekads), NE-07 (K as long as the step): the coefficients behind the shares add up to one and are the case's."""
    case = published(name)
    reach = case.inputs[travel], case.inputs["X"], case.inputs[step] if step else 1.0
    first, second, third = muskingum_shares(reach[0], reach[1], [reach[2]] * 3)[0]
    behind = np.array([first, second - third / second * first, third / second])
    assert behind == case.near("C")
    assert behind.sum() == pytest.approx(case.expected.get("sum", 1.0))
    assert behind == pytest.approx(muskingum_coefficients(*reach))


def test_gap_of_mccormick() -> None:
    """HY-17: planes over water times head lie a quarter of the box times the factor above it in the middle, and nowhere farther."""
    case = published("HY-17")
    water, head, factor = case.inputs["dq"], case.inputs["dh"], case.inputs["k"]
    box = Box((0.0, water), (0.0, 1.0), np.array([0.0, 1.0]), np.array([80.0, 80.0 + head]), factor, 0.0)
    planes = np.array(cell_pieces(box, box.stored, upper=True))
    flow, stored = np.meshgrid(np.linspace(0, water, 41), np.linspace(0, 1, 41))
    above = (planes[:, :1, None] + planes[:, 1:2, None] * flow + planes[:, 2:, None] * stored).min(axis=0)
    gap = factor * (above - flow * (80 + head * stored))
    assert gap.max() == case.near("gap_MW")
    assert gap[20, 20] == case.near("gap_MW")
    assert gap.min() > -1e-9


@pytest.mark.parametrize("quality", ["survival", "good", "outstanding"])
def test_tennant(quality: str) -> None:
    """EN-01: 10, 30 and 60 % of the mean flow."""
    case = published("EN-01")
    assert float(tennant_flow(case.inputs["mean_flow"], quality)) == case.near(quality)


def test_linear_aquifer() -> None:
    """GW-01: storage of three exact steps, and the baseflow that their balance leaves."""
    case = published("GW-01")
    start, recharge, pumping, alpha = (case.inputs[name] for name in ("V0", "recharge", "pumping", "alpha"))
    storage = aquifer_storage(start, recharge, pumping, alpha, np.ones(case.inputs["steps"]))
    assert storage == case.near("V")
    assert np.append(start, storage[:-1]) + recharge - pumping - storage == case.near("baseflow")
