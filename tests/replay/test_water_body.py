"""Storage over a step: the true area at the mean storage, rain, seepage, the ends of the curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drafts import CURVE
from tests.published.cases import published
from waterdeal.replay.water_body import Curve, settle

VOLUME, AREA = np.array([0.0, 100.0, 400.0, 1000.0]), np.array([0.0, 30.0, 60.0, 80.0])
BENT = Curve("lake", VOLUME, AREA, np.array([0.0, 6.0, 13.0, 22.0]))


@given(before=st.floats(0, 1200), gained=st.floats(-300, 300), depth=st.floats(-0.05, 1.5), seeping=st.floats(0, 0.3))
def test_storage_solves_its_equation(before: float, gained: float, depth: float, seeping: float) -> None:
    """The storage found meets the balance with the area at the mean storage to 1e-9, wherever it lies."""
    found = settle(before, gained, depth, seeping, BENT)
    mean = (before + found.storage) / 2
    assert found.evaporation == pytest.approx(depth * float(np.interp(mean, VOLUME, AREA)), abs=1e-9)
    assert found.seepage == pytest.approx(seeping * mean, abs=1e-9)
    assert found.storage == pytest.approx(before + gained - found.evaporation - found.seepage, abs=1e-9)


def test_published_implicit_evaporation() -> None:
    """RE-14: on a straight curve the storage is that of the published closed form."""
    case = published("RE-14")
    curve = Curve("dam", *(np.array([float(row[name]) for row in CURVE]) for name in ("volume_hm3", "area_km2", "level_m")))
    found = settle(case.inputs["S0"], case.inputs["Q"] - case.inputs["R"], case.inputs["evap_m"], 0.0, curve)
    assert found.storage == case.near("S1")
    assert found.evaporation == case.near("E")


def test_body_without_a_curve_does_not_evaporate() -> None:
    """No curve, no area; seepage is of the mean storage all the same."""
    assert settle(100, 20, 0.5, 0.0, None).storage == 120
    seeped = settle(100, 20, 0.5, 0.1, None)
    assert seeped.evaporation == 0
    assert seeped.seepage == pytest.approx(0.1 * (100 + seeped.storage) / 2)


def test_ends_of_the_curve() -> None:
    """Beyond the table the area stays as at its end, and storage goes on."""
    assert settle(2000, 0, 0.1, 0.0, BENT).evaporation == pytest.approx(8.0)
    assert settle(-50, 0, 0.1, 0.0, BENT).evaporation == 0


def test_rain_that_outgrows_its_area_is_refused() -> None:
    """Where rain makes the area grow faster than storage there is no single answer, and none is made up."""
    with pytest.raises(ValueError, match="lake has no single storage at a net evaporation of -10 m"):
        settle(100, 0, -10, 0.0, BENT)
