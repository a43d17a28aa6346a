"""Deliveries by party and releases by reservoir of a term sheet, in million m3 and m3/s, with what rounding leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.report.edition import RATE, VOLUME
from waterdeal.report.rounding import round_rates
from waterdeal.results.tables import reservoir_table, round_to_total
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.report.edition import Edition

    Floats = NDArray[np.float64]

#: name of the row that adds up all parties
ALL = "all"


def delivery_entries(edition: Edition) -> list[dict[str, Any]]:
    """Write the deliveries of each party, and of all, by step.

    Parameters
    ----------
    edition : Edition
        A plan.

    Returns
    -------
    list of dict
        ``party, hm3, m3s, total_hm3, rounding_hm3``: printed volumes add up to printed totals in both directions, rates over the
        parties; `rounding_hm3` is the unrounded total less the printed one.
    """
    exact = edition.results["delivery"].values
    parties = [party for party in edition.parties if (edition.receivers == party).any()]
    members = [edition.receivers == party for party in parties]
    by_party = np.array([exact[member].sum(axis=0) for member in members]).reshape(len(parties), -1)
    printed = np.array([edition.printed_delivery[member].sum(axis=0) for member in members]).reshape(by_party.shape)
    days = edition.steps["days"].to_numpy()
    rates = round_rates(volume_to_rate(by_party, days), np.array(parties), RATE).reshape(by_party.shape)
    entries = [_entry("party", party, (printed[k], rates[k]), by_party[k]) for k, party in enumerate(parties)]
    return [*entries, _entry("party", ALL, (printed.sum(axis=0), rates.sum(axis=0)), by_party.sum(axis=0))] if entries else []


def release_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write what each reservoir and lake lets out, spill included, by step.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of a plan.

    Returns
    -------
    list of dict
        ``reservoir, hm3, m3s, total_hm3, rounding_hm3``, as for deliveries.
    """
    entries = []
    for body, steps in reservoir_table(plan).groupby("reservoir", sort=False):
        exact = (steps["release"] + steps["spill"]).to_numpy()
        rates = np.round(steps["release_rate"].to_numpy(), RATE)
        entries.append(_entry("reservoir", str(body), (round_to_total(exact, VOLUME), rates), exact))
    return entries


def _entry(kind: str, name: str, printed: tuple[Floats, Floats], exact: Floats) -> dict[str, Any]:
    """Write one row in both units with its total."""
    volumes, rates = printed
    total = round(float(volumes.sum()), VOLUME) + 0.0
    return {
        kind: name,
        "hm3": [round(float(value), VOLUME) + 0.0 for value in volumes],
        "m3s": [round(float(value), RATE) + 0.0 for value in rates],
        "total_hm3": total,
        "rounding_hm3": round(float(exact.sum()) - total, 6) + 0.0,
    }
