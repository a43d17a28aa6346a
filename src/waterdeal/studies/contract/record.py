"""Parts of the sheet of a contract as plain data, from which documents are made: GWh, hm3, thousand tonnes and million USD."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.studies.contract.ladders import TOLD, shortages, unserved_energy
from waterdeal.studies.contract.worth import Worth, summer_energy

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.studies.contract.ladders import Ladder, Point
    from waterdeal.studies.contract.legs import Contract
    from waterdeal.studies.contract.years import Year


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table with their names."""
    return [{str(table.index.name or "party"): str(name), **dict(zip(table.columns, row, strict=True))}
            for name, row in zip(table.index, table.astype(object).to_numpy().tolist(), strict=True)]  # fmt: skip


def gains_of(worth: Worth, price: float) -> pd.DataFrame:
    """Who gains what: energy served, water delivered, crops and money; and whether water is worth something in the account."""
    before, _, now = worth.accounts
    table = worth.steps.assign(gain=worth.gains, after=worth.at_price(price))
    table.insert(0, "served", (unserved_energy(worth.alone) - unserved_energy(worth.whole)).reindex(table.index))
    table.insert(1, "delivered", now["delivery"] - before["delivery"])
    table.insert(2, "tonnes", (tonnes_of(worth.whole) - tonnes_of(worth.alone)).reindex(table.index))
    bare = (now["requirement"] > 0) & (now["delivery_worth"] == 0) & (now["crop_margin"] == 0)
    return table.assign(water_weighed=~bare | (worth.assumed.water is not None))


def tonnes_of(plan: xr.Dataset) -> pd.Series[float]:
    """Output of fields by party, thousand tonnes."""
    if "field_output" not in plan or not plan["field_demand"].size:
        return pd.Series(dtype=float)
    owners = plan["demand_party"].sel(demand=plan["field_demand"].values).values
    values = plan["field_output"].values.reshape(len(owners), -1).sum(axis=1)
    return pd.Series(values, index=owners).groupby(level=0).sum()


def summer_of(worth: Worth) -> dict[str, float]:
    """Energy of the growing season that no load of the parties that keep the water takes, alone and with the contract, GWh."""
    names = {"alone": worth.alone, "with": worth.whole}
    return {name: float(summer_energy(worth.contract, plan).sum()) for name, plan in names.items()}


def points_of(ladder: Ladder) -> list[dict[str, Any]]:
    """Points of a ladder with the rate of each step."""
    return [_point(point, rate) for point, rate in zip(ladder.points, [None, *ladder.rates()], strict=True)]


def _point(point: Point, rate: float | None) -> dict[str, Any]:
    """A point as plain data."""
    figures = {name: getattr(point, name) for name in ("asked", "release", "unserved", "shortage")}
    changes = {} if point.by_party is None else {
        kind: {str(party): float(value) for party, value in point.by_party[kind].items() if abs(value) >= TOLD} for kind in point.by_party
    }  # fmt: skip
    made, rise = (None if part is None else asdict(part) for part in (point.made, point.rise))
    return {**figures, "rate": rate, "has_plan": point.plan is not None, "made": made, "changes": changes, "rise": rise}


def year_of(worth: Worth, year: Year, price: float) -> dict[str, Any]:
    """A year as plain data: release, energy and water missing with the contract and alone, and what each side gains."""
    contract, nothing = worth.contract, (np.nan, np.nan)
    (unserved, short), (unserved_alone, short_alone) = (
        nothing if plan is None else _missing(contract, plan) for plan in (year.whole, year.alone)
    )
    gains = dict.fromkeys(("keeps", "sends"), np.nan)
    if year.whole is not None and year.alone is not None:
        after = Worth.of(contract, worth.assumed, (year.alone, year.whole, year.whole)).at_price(price)
        sides = {"keeps": contract.upstream, "sends": contract.downstream}
        gains = {name: float(after.reindex(list(side)).sum()) for name, side in sides.items()}
    return {
        "kind": year.kind, "told": year.told, "holds": year.whole is not None,
        "release": np.nan if year.whole is None else contract.summer_release(year.whole),
        "unserved": unserved, "unserved_alone": unserved_alone, "shortage": short, "shortage_alone": short_alone,
        **{f"gain_{side}": gain for side, gain in gains.items()},
    }  # fmt: skip


def _missing(contract: Contract, plan: xr.Dataset) -> tuple[float, float]:
    """Energy not served to those who keep the water, and water missing to the others."""
    missing, keeps = shortages(plan).sum(axis=1), list(contract.upstream)
    return float(unserved_energy(plan).reindex(keeps).sum()), float(missing[~missing.index.isin(keeps)].sum())
