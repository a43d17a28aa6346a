"""The summary of an ensemble as files: quantiles by place and step, exceedance curves, reliability, members without a plan."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from waterdeal.ensemble.exceedance import grouped_exceedance

if TYPE_CHECKING:
    from waterdeal.ensemble.summary import Ensemble


def summary_files(found: Ensemble) -> dict[str, bytes]:
    """Write the summary.

    Parameters
    ----------
    found : Ensemble
        With members done.

    Returns
    -------
    dict of str to bytes
        ``quantiles.nc``, ``quantiles/NAME.csv``, ``exceedance.csv``, ``exceedance_by_party.csv``, ``reliability.csv``,
        ``failures.csv``, ``summary.json``.
    """
    names = [name for name in found.spec["quantities"] if found.first[name].size]
    quantiles = {name: found.quantiles(name) for name in names}
    buffer = io.BytesIO()
    xr.Dataset(quantiles).to_netcdf(buffer, engine="h5netcdf")
    files = {"quantiles.nc": buffer.getvalue()}
    for name, array in quantiles.items():
        table = pd.DataFrame({f"q{share:g}": array.sel(quantile=share).to_series() for share in array["quantile"].values.tolist()})
        files[f"quantiles/{name}.csv"] = _csv(table.reset_index())
    curves = [found.exceedance(name).assign(quantity=name)[["quantity", "value", "exceeded"]] for name in names]
    files["exceedance.csv"] = _csv(pd.concat(curves, ignore_index=True))
    by_party = [grouped_exceedance(found, name, owners).assign(quantity=name) for name in names if (owners := _owners(found, name))]
    if by_party:
        table = pd.concat(by_party, ignore_index=True).rename(columns={"group": "party"})
        files["exceedance_by_party.csv"] = _csv(table[["quantity", "party", "value", "exceeded"]])
    files["reliability.csv"] = _csv(found.reliability().reset_index())
    files["failures.csv"] = _csv(found.failures())
    told = {"members": found.members, "done": found.done, "without_plan": len(found.failures()), "sha256": found.digest(), **found.spec}
    files["summary.json"] = (json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    return files


def _owners(found: Ensemble, quantity: str) -> dict[str, str]:
    """Party of each place of a quantity; none where places have no party, and in ensembles of earlier builds."""
    dim = str(found.first[quantity].dims[1])
    known = found.spec.get("parties", {}).get(dim)
    return {place: known[place] for place in found.first[dim].values.astype(str).tolist()} if known else {}


def _csv(table: pd.DataFrame) -> bytes:
    """Write a table for Excel and everything else."""
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")
