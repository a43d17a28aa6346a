"""The same contract in other years: dry, median and wet, and in a mild and a cold winter; with it and without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.studies.contract.ladders import FEW, plan_beside, quickly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr

    from waterdeal.results.result import Result
    from waterdeal.run import Case
    from waterdeal.studies.contract.legs import Contract

#: how a class of year is called; in how many years of a hundred a dry, a median and a wet one is exceeded
EXCEEDED = "exceeded_"
CLASSES = {"dry": 90, "median": 50, "wet": 10}
#: what loads of a mild and of a cold winter are multiplied by (assumed)
WINTERS = {"mild": 0.9, "cold": 1.1}


@dataclass(frozen=True)
class Year:
    """A contract in another year."""

    kind: str  # this, dry, median, wet, mild or cold
    told: str  # class of year, or factor of the loads
    alone: xr.Dataset | None  # None where there is no plan without the contract
    whole: xr.Dataset | None  # None where the contract cannot be held


def other_years(contract: Contract, this: Result, whole: xr.Dataset | None, progress: Callable[[str], None]) -> tuple[Year, ...]:
    """Solve the contract in other years beside this one, without it and with it, beginning on the lines of a plan."""
    start, held = this.dataset, None
    found = [Year("this", "", start, whole)]
    for kind, told, changed in _variants(contract):
        progress(f"{kind} ({told})")
        alone = plan_beside(quickly(changed(contract.without()), FEW), start, this)
        made = plan_beside(quickly(changed(contract.case), FEW), start if alone is None else alone.dataset, held)
        held = made or held
        found.append(Year(kind, told, *(None if plan is None else plan.dataset for plan in (alone, made))))
    return tuple(found)


def _variants(contract: Contract) -> Iterator[tuple[str, str, Callable[[Case], Case]]]:
    """Years that the basin has, and winters where some party has load."""
    case = contract.case
    hydrology = case.file.scenario.hydrology
    if hydrology.series is None:
        for kind, name in classes(case.basin.runoff["year_class"].values.tolist()).items():
            if name != hydrology.year_class:
                yield kind, name, lambda case, name=name: case.set("hydrology.year_class", name)  # type: ignore[misc]
    if case.inputs.sizes["power_market"]:
        for kind, factor in WINTERS.items():
            yield kind, f"{factor:g}", lambda case, factor=factor: with_winter(case, factor)  # type: ignore[misc]


def classes(known: list[str]) -> dict[str, str]:
    """Return a dry, a median and a wet one of some classes of year.

    Examples
    --------
    >>> classes(["exceeded_90", "exceeded_50", "exceeded_10", "mean"])
    {'dry': 'exceeded_90', 'median': 'exceeded_50', 'wet': 'exceeded_10'}
    """
    shares = {name: float(name.removeprefix(EXCEEDED)) for name in known if name.startswith(EXCEEDED)}
    if not shares:
        return {}
    of = shares.__getitem__
    found = {kind: min(shares, key=lambda name, due=due: abs(of(name) - due)) for kind, due in CLASSES.items()}  # type: ignore[misc]
    return {kind: name for kind, name in found.items() if list(found.values()).count(name) == 1 or kind == "median"}


def with_winter(case: Case, factor: float) -> Case:
    """Return a case in which all loads at home are multiplied outside the growing season."""
    inputs = case.inputs
    home, winter = inputs["power_block_kind"].values == "domestic", inputs["growing"].values == 0
    factors = np.where(home[:, None] & winter[None, :], factor, 1.0)
    sizes = inputs["power_block_size"]
    return case.with_inputs(inputs.assign(power_block_size=sizes.copy(data=sizes.values * factors)))
