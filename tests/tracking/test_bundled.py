"""Gains and losses of the bundled basin: smooth over the year, with a status and a range."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.basin.read import read_basin
from waterdeal.scenario.locate import bundled_folder

BASIN = read_basin(bundled_folder("data") / "syrdarya")
FITTED = BASIN.table("provenance")[BASIN.table("provenance")["source"] == "calibration"]
GAINS = FITTED.loc[FITTED["table"] == "hydrology", "key"].tolist()


@pytest.mark.parametrize("gain", GAINS)
def test_gains_do_not_jump(gain: str) -> None:
    """From month to month, December to January too, a gain changes by less than 0.8 of its greatest month; two constants change by all."""
    rates = BASIN.runoff.sel(node=gain, year_class="mean").values
    assert np.abs(np.diff(np.append(rates, rates[0]))).max() < 0.8 * rates.max()


def test_every_fitted_figure_has_a_status_and_a_range() -> None:
    """Computed, with its standard error in the note, except shares that were measured."""
    assert len(GAINS) >= 5
    assert set(FITTED["status"]) == {"computed"}
    told = FITTED["note"].str.contains("standard error") | FITTED["note"].str.contains("what was measured")
    assert told.all()


def test_losses_by_month_are_the_inputs_of_the_model() -> None:
    """A month of a link stands as it is in the inputs, and a step across no month border has it unchanged."""
    from waterdeal.run import load

    inputs = load(bundled_folder("scenarios") / "syrdarya-growing-dry.toml").inputs
    rows = BASIN.table("loss_months")
    for row in rows[(rows["month"] >= 4) & (rows["month"] <= 9)].itertuples():
        own = inputs["loss_fraction"].sel(link=row.link).values[inputs["month"].values == row.month]
        assert own == pytest.approx(np.full(3, row.loss_fraction))
