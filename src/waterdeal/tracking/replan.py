"""A new plan for the rest of a season, from the actual state, that pays back what is owed if it can be paid back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.agreement.followed import followed_series
from waterdeal.agreement.forms import clause_rows
from waterdeal.agreement.inputs import clause_variables, clauses_of, clauses_text
from waterdeal.agreement.kinds.volume import Payback
from waterdeal.agreement.river import River
from waterdeal.errors import Infeasible
from waterdeal.provenance import BESIDE, code_attributes, run_hash
from waterdeal.tracking.follow import SMALLEST_DEBT, planned_of
from waterdeal.tracking.remainder import measured_past, remaining_inputs
from waterdeal.variables import labels_among, setting
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from waterdeal.run_folder import Run
    from waterdeal.tracking.follow import Tracking


@dataclass(frozen=True)
class Replan:
    """The rest of a season, planned anew."""

    inputs: xr.Dataset  # inputs of the rest, debts among its clauses
    results: xr.Dataset | None  # the new plan; None where there is none even without the debts
    repaid: bool  # whether it keeps all clauses and pays back all that is owed
    refused: Infeasible | None  # why not, where it does not
    past: xr.Dataset  # the whole season with the measured steps in it


def replan(run: Run, tracking: Tracking) -> Replan | None:
    """Plan the rest of a season anew.

    Parameters
    ----------
    run : Run
        The run that is followed.
    tracking : Tracking
        What was measured, and what is owed.

    Returns
    -------
    Replan or None
        None where nothing was measured yet, or nothing is left to plan.
    """
    count = tracking.measured_steps
    if not 0 < count < run.inputs.sizes["time"]:
        return None
    past = measured_past(run.results, tracking.laid, count, _agreed_agencies(run.results))
    plain = remaining_inputs(run.inputs, past, count)
    owing = with_debts(plain, run.results, past, tracking.owed, count)
    results, refused = _solve(run, owing)
    if refused is None:
        return Replan(owing, results, True, None, past)
    results, still = _solve(run, plain) if owing is not plain else (None, refused)
    return Replan(owing, results, False, refused if still is None else still, past)


def _solve(run: Run, inputs: xr.Dataset) -> tuple[xr.Dataset | None, Infeasible | None]:
    """Solve the rest and audit it; an infeasible rest is an answer."""
    from waterdeal.results.audit import audit
    from waterdeal.run import solve_inputs

    try:
        results = solve_inputs(inputs, run.levels, run.options)
    except Infeasible as error:
        return None, error
    audit(results).raise_if_bad()
    own = {key: value for key, value in run.results.attrs.items() if key not in results.attrs and key not in BESIDE}
    own["run_sha256"] = run_hash(inputs, run.levels, str(own.get("own", "")))
    told = setting(run.results, "titles", {})
    titles = {language: Words(language).text("track.rest_of", title=title) for language, title in told.items()}
    title = Words("en").text("track.rest_of", title=run.results.attrs["title"])
    results.attrs.update(own | code_attributes(), title=title, titles=json.dumps(titles, ensure_ascii=False))
    return results, None


def _agreed_agencies(plan: xr.Dataset) -> dict[str, str]:
    """Agency that is named first for each gauge: its reading counts where several differ."""
    gauges = [gauge for clause in clauses_of(plan) for gauge in clause.measured]
    return {gauge.gauge: gauge.agency for gauge in reversed(gauges)}


def with_debts(rest: xr.Dataset, plan: xr.Dataset, past: xr.Dataset, owed: pd.DataFrame, count: int) -> xr.Dataset:
    """Add a payback clause for each debt of water that is promised step by step; what is owed over a season carries its debt itself."""
    clauses, debts = {clause.id: clause for clause in clauses_of(plan)}, list[Payback]()
    for series in followed_series(plan):
        steps, places = np.array(series.steps), "+".join(series.places)
        promised = series.step_by_step and series.side == "at_least" and series.quantity in {"flow", "delivery", "power_received"}
        if not promised or not ((owed["clause"] == series.clause) & (owed["place"] == places)).any():
            continue
        planned, actual = planned_of(series, plan), planned_of(series, past)
        debt, rest_of = float((planned - actual)[steps[steps < count]].sum()), steps[steps >= count]
        if debt > SMALLEST_DEBT and series.quantity == "power_received":
            rest = _owed_over_lines(rest, series.clause, debt)
        elif debt > SMALLEST_DEBT and rest_of.size:
            clause = clauses[series.clause]
            place: dict[str, Any] = {"at": series.places[0]} if series.quantity == "flow" else {"demands": series.places}
            days = plan["time_bounds"].values.astype("datetime64[D]").astype(str)
            period = {"start": days[count, 0], "end": days[rest_of[-1], 1]}
            terms = {**place, **period, "debt": debt, "ordinary": float(planned[rest_of].sum())}
            name = f"{clause.id[:36]}_payback{len(debts) or ''}"
            content = {"id": name, "kind": "payback", "party": tuple(clause.party), "to": tuple(clause.to), **terms}
            debts.append(Payback.model_validate(content))
    return _appended(rest, debts) if debts else rest


def _owed_over_lines(rest: xr.Dataset, clause: str, debt: float) -> xr.Dataset:
    """Add a debt of energy to what is next due of it over lines; that can be no more than the lines carry."""
    parts, senses, steps = rest["row_part"].values, rest["row_sense"].values, rest["term_step"].values
    sent = (rest["term_quantity"].values == "power_sent") & (rest["row_clause"].values[rest["term_row"].values] == clause)
    due = {int(row): int(step) for row, step in zip(rest["term_row"].values[sent], steps[sent], strict=True) if senses[row] == "at_least"}
    if not due:
        return rest
    part = parts[min(due, key=lambda row: due[row])]
    added = debt * ((rest["row_clause"].values == clause) & np.isin(parts, [part, f"{part}_most"]))
    return rest.assign(row_bound=rest["row_bound"] + added)


def _appended(rest: xr.Dataset, debts: Sequence[Payback]) -> xr.Dataset:
    """Append clauses to inputs."""
    river = River(rest)
    found = clause_variables([(clause, clause_rows(clause, river)) for clause in debts])
    coords = {name: found.pop(name) for name in labels_among(found)}
    more = xr.Dataset(found, coords=coords)
    more["term_row"] = more["term_row"] + rest.sizes["clause_row"]
    more["term_step"] = more["term_step"] - river.past
    both = {str(name): np.concatenate([rest[name].values, array.values]) for name, array in more.variables.items()}
    joined = {str(name): (array.dims, both[str(name)], rest[name].attrs) for name, array in more.data_vars.items()}
    names = {dim: both[dim] for dim in coords}
    names["clause_term"] = np.arange(len(names["clause_term"]))
    told = clauses_text([*clauses_of(rest), *debts])
    return rest.drop_dims(list(coords)).assign(joined).assign_coords(names).assign_attrs(clauses=told)
