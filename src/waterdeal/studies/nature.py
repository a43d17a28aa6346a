"""What one more km3 to a lake or an outlet costs, and who bears it: its inflow raised by steps, each a plan solved and audited."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.cells import did_you_mean
from waterdeal.documents import plain
from waterdeal.model.additions import add_row
from waterdeal.studies.contract.ladders import plan_beside
from waterdeal.studies.problem import refused
from waterdeal.studies.works import MEASURES, SLIGHT, has_money, holdings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

    from waterdeal.run import Case
    from waterdeal.types import Floats

#: volume that is asked for more, hm3, and the steps it is asked in, unless told
MOST, STEPS = 1000.0, 4
#: hm3 of a km3
KM3 = 1000.0
#: what goes over dams more than in the plan without is rounding, as a share of that and hm3
ROUNDING, OVER = 1e-6, 1e-6


@dataclass(frozen=True)
class Step:
    """A plan in which so much more enters the sink."""

    asked: float  # hm3 more than without
    reached: float  # hm3 more that enter it in the plan; NaN where there is none
    change: pd.DataFrame  # what each party has more than without, by measure of `MEASURES`; NaN where there is no plan

    @property
    def has_plan(self) -> bool:
        """Whether there is such a plan."""
        return bool(np.isfinite(self.reached))

    @property
    def losses(self) -> pd.DataFrame:
        """What each party loses against the plan without, signed so that more is worse; what the sink holds more is no gain of anybody."""
        return self.change * pd.Series({name: -float(sign) for name, (_, sign) in MEASURES.items()}) + 0.0


@dataclass(frozen=True)
class Priced:
    """The ladder of a sink."""

    sink: str
    inflow: float  # hm3 that enter it in the plan without
    steps: tuple[Step, ...]
    money: bool  # whether the scenario gives a price to what is lost

    def per_km3(self) -> list[pd.DataFrame]:
        """Return by step what each party loses for each km3 more since the step before: GWh, hm3, thousand tonnes or million USD a km3."""
        found, before, reached = [], None, 0.0
        for step in self.steps:
            last = step.losses if before is None else step.losses - before
            found.append(last * (KM3 / (step.reached - reached) if step.reached - reached > SLIGHT else np.nan))
            if step.has_plan:
                before, reached = step.losses, step.reached
        return found

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        told = [
            {
                "asked": step.asked, "reached": step.reached if step.has_plan else None,
                "lost": plain(step.losses.to_dict("index")), "lost_per_km3": plain(rate.to_dict("index")),
            }
            for step, rate in zip(self.steps, self.per_km3(), strict=True)
        ]  # fmt: skip
        return {"sink": self.sink, "inflow": self.inflow, "money": self.money, "steps": told}


def price_inflow(
    case: Case, sink: str | None = None, volumes: Sequence[float] = (), progress: Callable[[str], None] = lambda _stage: None
) -> Priced:  # fmt: skip
    """Raise the inflow of a lake or an outlet by steps, and tell what each party loses.

    Parameters
    ----------
    case : Case
        A scenario. Its order of levels says who bears what.
    sink : str, optional
        A lake or an outlet; the only lake unless named.
    volumes : sequence of float
        hm3 more than in the plan without, of what enters the links to the sink over the horizon; quarters of a km3 up to one unless given.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    Priced
        A plan each: volumes hm3, energy GWh, crops kt, money million USD.

    Raises
    ------
    ScenarioError
        Where there is no such sink, or a volume is not above nothing.
    SolveError
        Where there is no plan without.
    """
    bare = case.plain("nature")
    chosen = find_sink(bare.inputs, sink)
    asked = sorted(float(volume) for volume in volumes) or [MOST * place / STEPS for place in range(1, STEPS + 1)]
    if asked[0] <= 0:
        raise refused(field="volume", key="nature.volume", value=asked[0])
    progress("0")
    before = last = bare.solve().dataset
    start, own = entering(before, chosen), holdings(before)
    steps, made = [], None
    for volume in asked:
        progress(f"{volume:,.0f} hm3")
        made = plan_beside(bare.with_model(partial(_asked, plan=before, sink=chosen, volume=float(start.sum()) + volume)), last, made)
        plan = None if made is None else made.dataset
        change = own * np.nan if plan is None else holdings(plan) - own
        reached = float("nan") if plan is None else float(entering(plan, chosen).sum() - start.sum())
        steps.append(Step(volume, reached, change.where(~(change.abs() <= SLIGHT), 0.0)))
        last = before if plan is None else plan
    return Priced(chosen, float(start.sum()), tuple(steps), has_money(before))


def find_sink(inputs: xr.Dataset, name: str | None) -> str:
    """Find the lake or outlet of a name, or the only lake."""
    kinds = dict(zip(inputs["node"].values.tolist(), inputs["node_kind"].values.tolist(), strict=True))
    lakes, outlets = ([node for node, kind in kinds.items() if kind == wanted] for wanted in ("lake", "outlet"))
    if name is None and len(lakes) != 1:
        raise refused(field="sink", key="nature.which_sink", known=", ".join(lakes or outlets))
    found = lakes[0] if name is None else name
    if found not in (*lakes, *outlets):
        raise refused(field="sink", key="nature.no_sink", hint=did_you_mean(found, [*lakes, *outlets]), name=found)
    return found


def entering(plan: xr.Dataset, sink: str) -> Floats:
    """Water that enters the links to a sink, by step, hm3."""
    return np.asarray(plan["flow"].values[plan["link_to"].values == sink].sum(axis=0), dtype=np.float64)


def _asked(model: Any, *, plan: xr.Dataset, sink: str, volume: float) -> None:
    """Ask for the inflow of a sink; no water goes over a dam for it that goes through its outlets without."""
    links, over = plan["link"].values[plan["link_to"].values == sink].tolist(), float(plan["release_excess"].values.sum())
    add_row(model, "nature_asked", sum(model.flow[link, step] for link in links for step in model.TIME) >= volume)
    excess = [model.reservoir.release_excess[index] for index in model.reservoir.release_excess] if model.component("reservoir") else []
    if excess:
        add_row(model, "nature_over_dams", sum(excess) <= over * (1 + ROUNDING) + OVER)
