"""Salt is conserved when waters mix and when they are consumed."""

from __future__ import annotations

import pytest

from waterdeal.physics.salinity import concentration_after_consumption, dilution_flow, mixed_concentration, salt_load


def test_mixing_keeps_salt() -> None:
    """The load of the mixture is the load of its parts."""
    volumes, salts = [120, 30], [0.6, 3.1]
    mixed = float(mixed_concentration(volumes, salts))
    assert float(salt_load(150, mixed)) == pytest.approx(float(salt_load(volumes, salts).sum()))
    assert mixed == pytest.approx((120 * 0.6 + 30 * 3.1) / 150)


def test_mixing_by_step() -> None:
    """Inflows stand along the last axis, steps before it."""
    assert mixed_concentration([[1, 1], [3, 1]], [0.5, 1.5]).tolist() == pytest.approx([1.0, 0.75])


def test_consumption_leaves_salt() -> None:
    """Half the water consumed doubles the salt of the rest."""
    assert float(concentration_after_consumption(0.8, 100, 50)) == pytest.approx(1.6)


def test_what_cannot_be_is_refused() -> None:
    """No water has no concentration; a negative volume is refused."""
    with pytest.raises(ValueError, match="no water flows in"):
        mixed_concentration([0, 0], [1, 2])
    with pytest.raises(ValueError, match="all the water is consumed"):
        concentration_after_consumption(1, 10, 10)
    with pytest.raises(ValueError, match="volume must be"):
        salt_load(-1, 1)


def test_dilution_reaches_the_limit_and_no_more() -> None:
    """With the least flow, what is left after consumption has just the salt allowed."""
    flow = dilution_flow([0.5, 0.8], 40, 1.2)
    assert concentration_after_consumption([0.5, 0.8], flow, 40) == pytest.approx(1.2)
    with pytest.raises(ValueError, match=r"no flow dilutes water of 1.2 g/l"):
        dilution_flow(1.2, 40, 1.2)
