"""heads.csv in the inputs: relations of plants that follow their head, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.drafts import Draft, draft
from tests.passes.rivers import curve, head, one_dam, works
from waterdeal.errors import BasinDataError, ScenarioError


def test_relation_of_a_plant() -> None:
    """Tailwater, its rise a hm3 and day, loss and efficiency as in the table; blanks are nothing."""
    inputs = one_dam(relation={"tailwater_rise_m_per_m3s": 0.1, "head_loss_m": 2}).inputs()
    assert inputs["headed"].values.tolist() == ["hpp"]
    assert inputs["headed_reservoir"].values.tolist() == ["dam"]
    found = [float(inputs[name][0]) for name in ("tailwater", "tailwater_slope", "head_loss", "power_efficiency")]
    assert found == pytest.approx([-20, 0.1 / 0.0864, 2, 0.9])
    plain = one_dam().inputs()
    assert [float(plain[name][0]) for name in ("tailwater_slope", "head_loss")] == [0, 0]


def test_capacity_limits_the_energy_and_not_the_water() -> None:
    """35 MW are 26.04 GWh in a January; with a constant head they limit the water instead."""
    river = one_dam(plant={"capacity_mw": 35})
    inputs = river.inputs()
    assert float(inputs["energy_max"][0, 0]) == pytest.approx(35 * 24 * 31 / 1000)
    assert float(inputs["turbine_max"][0, 0]) == pytest.approx(100 * 0.0864 * 31)
    constant = river.with_content(physics={"head": "constant"}).inputs()
    assert float(constant["turbine_max"][0, 0]) == pytest.approx(35 * 24 * 31 / 1000 / 0.12)
    assert np.isinf(one_dam().inputs()["energy_max"].values).all()


def test_first_planes_are_the_constant_factor() -> None:
    """Before the first pass the energy is the factor times the water, on every plane."""
    inputs = one_dam().inputs()
    assert (inputs["energy_per_flow"].values == 0.12).all()
    assert not inputs["energy_constant"].values.any()
    assert not inputs["energy_per_storage"].values.any()
    assert inputs["plane_sense"].values.tolist().count("at_least") == 1


def test_constant_head_is_the_model_without_heads() -> None:
    """Off means off: with physics.head = "constant" nothing of heads.csv is in the inputs."""
    river = one_dam().with_content(physics={"head": "constant"})
    without = replace(river, tables={**river.tables, "heads": []})
    inputs, plain = river.inputs(), without.inputs()
    assert inputs.equals(plain)
    assert {name: array.dtype for name, array in inputs.variables.items()} == {name: array.dtype for name, array in plain.variables.items()}
    assert inputs.sizes["headed"] == 0


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "lake": ({"nodes": "dam lake"}, "reservoir", "hpp: dam is a lake"),
    "no curve": ({"curves": []}, "reservoir", "hpp: dam has no level-area-volume table"),
    "tailwater above the dam": (
        {"heads": [head("hpp", "dam", tailwater_m=3)]},
        "tailwater_m",
        "tailwater 3 m is not below the lowest level of dam, 0 m",
    ),
    "unknown plant": ({"heads": [head("hp", "dam")]}, "plant", "hp"),
    "unknown reservoir": ({"heads": [head("hpp", "damm")]}, "reservoir", "damm"),
    "no efficiency": ({"heads": [head("hpp", "dam", efficiency="")]}, "efficiency", "is blank"),
    "efficiency in per cent": ({"heads": [head("hpp", "dam", efficiency=90)]}, "efficiency", "out of range"),
    "twice": ({"heads": [head("hpp", "dam")] * 2}, "plant", "second time"),
}


def faulty(nodes: str = "dam reservoir", **tables: Any) -> Draft:
    """A dam whose tables are spoilt."""
    filled = {"curves": curve("dam"), "plants": [works("hpp", "out")], "heads": [head("hpp", "dam")], **tables}
    return draft(f"spring catchment; {nodes}; sea outlet", "a spring dam; out dam sea", reservoirs={"dam": {"full_hm3": 1000}}, **filled)


@pytest.mark.parametrize("case", FAULTS)
def test_faults_of_heads(case: str) -> None:
    """Each is told by file and column; where there is no curve at all, by the table that lacks them."""
    changes, field, words = FAULTS[case]
    file = "curves.csv" if "curves" in changes else "heads.csv"
    with pytest.raises(BasinDataError) as caught:
        faulty(**changes).basin()
    assert [problem.field for problem in caught.value.problems if problem.file == file and words in problem.found][:1] == [field]


def test_least_water_through_turbines() -> None:
    """A rate becomes a volume of every step; an unknown plant is told, with the likely one."""
    river = one_dam()
    inputs = river.with_content(energy={"turbine_min": {"hpp": "20 m3/s"}}).inputs()
    assert inputs["turbine_min"].values[0] == pytest.approx(20 * 0.0864 * inputs["step_length"].values)
    with pytest.raises(ScenarioError, match=r"energy.turbine_min.hp[^p](.|\n)*hpp"):
        river.with_content(energy={"turbine_min": {"hp": 20}}).inputs()


@pytest.mark.parametrize("physics", [{"head": "sucessive"}, {"passes": 0}, {"bound_cells": 65}, {"evaporation": "both"}])
def test_unknown_physics_is_refused(physics: dict[str, Any]) -> None:
    """A word that is not known is not taken for another."""
    with pytest.raises(ValidationError, match=next(iter(physics))):
        one_dam().with_content(physics=physics).scenario()
