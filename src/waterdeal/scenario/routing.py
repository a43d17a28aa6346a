"""Water on its way in reaches: by travel time, or by Muskingum where the basin gives a reach a storage of its own."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import fault
from waterdeal.errors import what_was_said
from waterdeal.scenario.horizon import by_month, delay_shares, past_arrivals, step_days, travel_days
from waterdeal.science.muskingum import check_muskingum, muskingum_shares
from waterdeal.units import HM3_PER_CUMEC_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.errors import Problem
    from waterdeal.types import Floats


#: days before the horizon whose water is followed into it
LOOK_BACK = 370


def transit_part(basin: Basin, steps: Sequence[Step]) -> dict[str, Any]:
    """When the water of each reach arrives, and what was on its way when the horizon starts."""
    reaches = basin.table("muskingum")
    lagged = [row["link"] for row in basin.rows("links") if row["travel_time_days"] > 0]
    delay_of = travel_days(basin, lagged)
    delays = np.array([delay_of(step.start) for step in steps]).reshape(len(steps), len(lagged)).T
    rates = _carried(basin, lagged)
    past, transit = past_arrivals(steps, rates, delay_of)
    share = delay_shares(steps, delays)
    routed = [_routed(row, basin, steps) for row in reaches.itertuples(index=False)]
    tables = [share, *(shares[None] for shares, _, _ in routed)]
    longest = max(table.shape[2] for table in tables)
    padded = [np.pad(table, ((0, 0), (0, 0), (0, longest - table.shape[2]))) for table in tables]
    return {
        "lagged_link": np.array([*lagged, *reaches["link"]], dtype=str),
        "arrival_share": (("lagged_link", "time", "lag"), np.concatenate(padded)),
        "arrival_past": (("lagged_link", "time"), np.concatenate([past, *(came[None] for _, came, _ in routed)])),
        "transit_initial": ("lagged_link", np.concatenate([transit, [stored for _, _, stored in routed]])),
    }


def _carried(basin: Basin, names: Sequence[str]) -> Floats:
    """Rates of past flows by (link, month), without what a fixed loss took of them; losses by share are still to be taken."""
    links = {row["link"]: row for row in basin.rows("links")}
    fixed, share = (np.nan_to_num(np.array([links[name][kind] for name in names], dtype=float)) for kind in ("loss_m3s", "loss_fraction"))
    lost = fixed / (1.0 - share)
    rates = by_month(basin.table("past_flows"), "link", "flow_m3s", list(names))
    return np.asarray(np.where(lost[:, None] > 0, np.maximum(rates - lost[:, None], 0.0), rates))


def _routed(reach: Any, basin: Basin, steps: Sequence[Step]) -> tuple[Floats, Floats, float]:
    """Shares of a reach by (step, lag), what arrives of the water of before, and all there is of it at the start.

    The past is laid out in steps as long as the first of the horizon, each with the mean of the past flows of its days.
    """
    length, count = steps[0].days, math.ceil(LOOK_BACK / steps[0].days)
    months = _carried(basin, [reach.link])[0]
    days_back = [steps[0].start - timedelta(days=back) for back in range(count * length, 0, -1)]
    daily = np.array([months[day.month - 1] for day in days_back]) * HM3_PER_CUMEC_DAY
    before = daily.reshape(count, length).sum(axis=1)
    days = np.array([*([length] * count), *(step.days for step in steps)], dtype=float)
    shares = muskingum_shares(reach.storage_constant_days, reach.weight, days)
    came = np.zeros(len(days))
    for step, volume in enumerate(before):
        came[step:] += volume * shares[step, : len(days) - step]
    own = shares[count:, : len(steps)]
    return own[:, : np.flatnonzero(own.any(axis=0))[-1] + 1], came[count:], float(before.sum() - came[:count].sum())


def routing_problems(basin: Basin, steps: Sequence[Step]) -> Iterator[Problem]:
    """Report reaches that Muskingum cannot route at the steps of a horizon."""
    days = step_days(steps)
    for link, storage, weight in basin.table("muskingum").itertuples(index=False, name=None):
        try:
            check_muskingum(storage, weight, days)
        except ValueError as error:
            yield fault("muskingum", "storage_constant_days", "scenario.reach_steps", link=link, error=what_was_said(error))
