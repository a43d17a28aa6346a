"""A party stops in a month, and the rest of the year is planned anew: what was done before stays, and no leg is left after it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.model.additions import hold
from waterdeal.studies.contract.ladders import month_labels, plan_beside, quickly
from waterdeal.studies.contract.temptation import most_tempted
from waterdeal.unlabelled import with_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from waterdeal.studies.contract.worth import Worth
    from waterdeal.types import Floats

#: months that are planned anew for a party at most
MOST = 3


def stops_of(worth: Worth, price: float, progress: Callable[[str], None]) -> dict[tuple[str, int], tuple[xr.Dataset, xr.Dataset]]:
    """Plan anew the month in which each party is most tempted to stop, till that month is one planned anew; by party and place of month."""
    found: dict[tuple[str, int], tuple[xr.Dataset, xr.Dataset]] = {}
    months = list(dict.fromkeys(month_labels(worth.whole).tolist()))
    for party in (*worth.contract.upstream, *worth.contract.downstream):
        for _ in range(MOST):
            month = most_tempted(worth.stream((party,), price), stopping(worth, found, party, price))
            if month is None or (party, month) in found:
                break
            progress(f"{party}: {months[month]}")
            plans = after_stop(worth, party, months[month])
            if plans is None:
                break
            found[party, month] = plans
    return found


def stopping(
    worth: Worth, stops: Mapping[tuple[str, int], tuple[xr.Dataset, xr.Dataset]], party: str, price: float
) -> dict[int, tuple[float, float]]:
    """Return what a party saves, and what it loses, by stopping in each month that was planned anew, million USD."""
    stream, found = worth.stream((party,), price), dict[int, tuple[float, float]]()
    for month in [month for name, month in stops if name == party]:
        legs = worth.changed(*stops[party, month]).loc[party].to_numpy(dtype=float)
        parts = np.array([*legs, -sum(stream.paid[month:])])
        found[month] = float(parts[parts > 0].sum()), abs(float(parts[parts < 0].sum()))
    return found


def after_stop(worth: Worth, party: str, month: str) -> tuple[xr.Dataset, xr.Dataset] | None:
    """Plan the year anew after a party has stopped: with no water asked for any more, and with no energy sent either; None without a plan.

    All that was done before the month stays. In it the others still give what they owe: their energy arrives, or no less water than planned
    is released.
    """
    contract, whole = worth.contract, worth.whole
    labels, sent = month_labels(whole), whole["power_sent"].values
    of_deal = np.isin(whole["power_link"].values, [*contract.lines(whole), *contract.lines(whole, back=True)])
    own = whole["power_link_from"].values == party
    gone = of_deal[:, None] & ((labels > month) | (own[:, None] & (labels == month)))
    dry = _planned(worth, party, month, np.where(of_deal[:, None], sent, np.nan)) if contract.binds(whole) else whole
    if dry is None or not (gone & (sent > 0)).any():
        return None if dry is None else (dry, dry)
    left = np.where(gone & (labels > month), np.nan, np.where(gone, 0.0, sent))
    bare = _planned(worth, party, month, np.where(of_deal[:, None], left, np.nan))
    return None if bare is None else (dry, bare)


def _planned(worth: Worth, party: str, month: str, sent: Floats) -> xr.Dataset | None:
    """Plan a year without the contract, in which some energy is sent over its lines, and all is as it was before a month."""
    contract, whole = worth.contract, worth.whole
    labels, case = month_labels(whole), contract.without()
    before, known = labels < month, np.isfinite(sent)
    opened = np.where(known, sent > 0, case.inputs["power_link_open"].values)
    case = case.with_inputs(with_variables(case.inputs, {"power_link_open": case.inputs["power_link_open"].variable.copy(data=opened)}))
    flow, delivery = whole["flow"].values, whole["delivery"].values
    due = np.isin(whole["link"].values, contract.gauge)[:, None] & ((labels == month) & (party in contract.downstream))
    held = {
        "flow": (np.where(before | due, flow, -np.inf), np.where(before, flow, np.inf)),
        "delivery": (np.where(before, delivery, -np.inf), np.where(before, delivery, np.inf)),
        "sent": (np.where(known, sent, -np.inf), np.where(known, sent, np.inf)),
    }
    found = plan_beside(quickly(case.with_model(partial(_as_done, held=held))), whole)
    return None if found is None else found.dataset


def _as_done(model: Any, held: Mapping[str, tuple[Floats, Floats]]) -> None:
    """Hold what was done in a model."""
    for name, block in (("flow", model), ("delivery", model.component("demand")), ("sent", model.component("power_market"))):
        if block is not None:
            hold(model, f"as_done_{name}", block.component(name), *held[name])
