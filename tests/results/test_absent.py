"""Empty variables are named in a file and stand there again once it is read."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from waterdeal.results.absent import ABSENT, with_absent, without_absent


@pytest.fixture
def partly() -> xr.Dataset:
    """One variable with values, and three without."""
    return xr.Dataset(
        {
            "flow": (("link", "time"), np.ones((1, 2))),
            "pumped": (("well", "time"), np.zeros((0, 2)), {"units": "hm3", "long_name": "water pumped from a well in the step"}),
            "well_aquifer": ("well", np.zeros(0, dtype="<U5")),
        },
        coords={"link": ["a"], "well": np.zeros(0, dtype="<U1")},
    )


def test_there_and_back(partly: xr.Dataset) -> None:
    """Names, dims and sizes come back; the file holds what is not empty."""
    lean = without_absent(partly)
    assert set(lean.variables) == {"flow", "link"}
    assert json.loads(lean.attrs[ABSENT]) == {"well,time|0,2|<f8": ["pumped"], "well|0|<U1": ["well_aquifer", "well"]}
    again = with_absent(lean)
    xr.testing.assert_equal(again, partly)
    assert ABSENT not in again.attrs
    assert again["pumped"].attrs["units"] == "hm3"


def test_nothing_absent_nothing_said(partly: xr.Dataset) -> None:
    """A dataset without empty variables is written as it is."""
    full = partly[["flow"]]
    assert ABSENT not in without_absent(full).attrs
    assert with_absent(full) is full


@pytest.mark.parametrize("text", ['{"link|2|<f8": ["more"]}', '{"well|0|<f8": ["flow"]}', "{", '{"well": ["more"]}'])
def test_an_attribute_that_makes_no_sense_is_refused(partly: xr.Dataset, text: str) -> None:
    """What is named must be empty and not be there already."""
    with pytest.raises(ValueError):  # noqa: PT011
        with_absent(partly[["flow"]].assign_attrs({ABSENT: text}))
