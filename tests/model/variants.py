"""Rivers on which a component shows what its smallest river does not: a head, low outlets, seepage, a trust region, Muskingum, watered fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.drafts import CURVE, Draft, draft
from tests.model.smallest import DAM, SMALLEST, TWO_DAYS
from tests.model.trade import neighbours
from waterdeal.examples import monthly

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

_PLANT = {"plant": "works", "link": "out", "party": "A", "energy_gwh_per_hm3": 0.25, "turbine_max_m3s": 80, "capacity_mw": 50}
_HEAD = {"plant": "works", "reservoir": "dam", "tailwater_m": -60, "tailwater_rise_m_per_m3s": 0.01, "head_loss_m": 2, "efficiency": 0.9}


def _dam(**more: Any) -> Draft:
    """One reservoir between a spring and the sea."""
    tables = {"scenario": TWO_DAYS, **more}
    return draft(
        DAM, "head spring dam; out dam sea", runoff={"spring": 100}, curves=[{"reservoir": "dam", **row} for row in CURVE], **tables
    )


def _headed() -> xr.Dataset:
    """A plant whose head is followed, at planes unlike one another; energy costs on the second day, and so lies above a plane too."""
    river = _dam(plants=[_PLANT], heads=[_HEAD], scenario={**TWO_DAYS, "physics": {"head": "successive"}, "energy": {"value": [3] * 12}})
    inputs = river.inputs()
    inputs["energy_value"].values[:, 1] = -2
    for place, name in enumerate(("energy_constant", "energy_per_flow", "energy_per_storage")):
        shape = inputs[name].shape
        inputs[name].values[:] = (np.arange(1, inputs[name].size + 1) / 2.0 ** (3 * place)).reshape(shape)
    return inputs


def _near() -> xr.Dataset:
    """A reservoir whose storage stays near that of a plan."""
    inputs = _dam().inputs()
    inputs["storage_near_low"].values[:] = [[900, 800]]
    inputs["storage_near_high"].values[:] = [[1100, 2500]]
    return inputs


def _outlets() -> xr.Dataset:
    """A discharge curve of two pieces."""
    points = ((100, 0), (600, 100), (2000, 150))
    rows = [{"reservoir": "dam", "storage_hm3": stored, "release_m3s": rate} for stored, rate in points]
    return _dam(outlets=rows, reservoirs={"dam": {"dead_hm3": 100}}).inputs()


def _seeping() -> xr.Dataset:
    """A thousandth of what is stored seeps away in a day."""
    return _dam(seepage=[{"reservoir": "dam", "share_per_day": 0.001}]).inputs()


def _muskingum() -> xr.Dataset:
    """A reach with a storage of its own."""
    return draft(
        "spring catchment; post gauge; mouth gauge; sea outlet",
        "a spring post; b post mouth; c mouth sea",
        runoff={"spring": 100},
        links={"b": {"loss_fraction": 0.1}},
        muskingum=[{"link": "b", "storage_constant_days": 1, "weight": 0.25}],
        past_flows=monthly("link", "b", "flow_m3s", [50]),
        scenario=TWO_DAYS,
    ).inputs()


def _watered() -> xr.Dataset:
    """Fields of the rest of a season, each in two parts that have got unlike water so far: paths of one part keep its area."""
    inputs = SMALLEST["crops"][0].inputs()
    of = [f"{name}_{number % 2 + 1}" for number, name in enumerate(inputs["path_field"].values.tolist())]
    parts = [f"{name}_{number}" for name in inputs["field"].values.tolist() for number in (1, 2)]
    areas = 1.0 + np.arange(len(parts))
    return inputs.assign({"watering": parts, "path_watering": ("crop_path", of), "watering_area": ("watering", areas)})


def _least() -> xr.Dataset:
    """Users of whom each is to have 0.35 of what it requires in every step, between two steps of shortage."""
    return SMALLEST["demand"][0].with_content(objective={"least_supply": 0.35}).inputs()


def _going_on() -> xr.Dataset:
    """The rest of a season in which all went as planned."""
    inputs = SMALLEST["planned"][0].inputs()
    flows = {f"{name}_planned": (inputs[like].dims, 5.0 + np.arange(inputs[like].size).reshape(inputs[like].shape))
             for name, like in (("flow", "flow_max"), ("delivery", "requirement"))}  # fmt: skip
    return inputs.assign(flows)


def _lines() -> xr.Dataset:
    """Two days of three parties that trade, the first of which alone counts on the level power; one leg is promised, another passes."""
    two_days = {"start": "2026-01-01", "end": "2026-01-03", "step": "day"}
    leg = {"sent": {"amount": 1, "months": [1]}, "money": {"amount": 1, "months": [1]}, "end": "2026-01-03"}
    river = neighbours(trade={"power_level": ["A"]}, period=two_days).with_clauses(
        {"id": "deal", "kind": "exchange", "party": "A", "to": ["B", "C"], **leg}
    )
    return replace(river, volumes={"spring": [20, 20]}).inputs()


#: what makes the inputs of each variant, with the goal its LP shows
VARIANTS: dict[str, tuple[Callable[[], xr.Dataset], str]] = {
    "hydropower_headed": (_headed, "benefit"),
    "reservoir_near": (_near, "safety"),
    "reservoir_outlets": (_outlets, "safety"),
    "reservoir_seeping": (_seeping, "safety"),
    "reach_muskingum": (_muskingum, "safety"),
    "demand_least": (_least, "least_supply"),
    "crops_watered": (_watered, "benefit"),
    "planned_goes_on": (_going_on, "as_planned"),
    "power_market_lines": (_lines, "power"),
}
