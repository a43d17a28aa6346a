"""A new plan for the rest of a season, from the actual state, that pays back what is owed if it can be paid back."""

from __future__ import annotations

import json
import re
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
from waterdeal.results.clauses import conceded_by_part, measure_clauses, part_concession
from waterdeal.results.legs import WATER, contract_legs
from waterdeal.tracking.follow import SMALLEST_DEBT, agreed_agencies, planned_of
from waterdeal.tracking.remainder import measured_past, remaining_inputs
from waterdeal.variables import labels_among, setting
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from waterdeal.agreement.clause import Clause
    from waterdeal.run_folder import Run
    from waterdeal.tracking.follow import Tracking


#: legs of energy, of which later dues make up for earlier ones
LEGS = ("sent", "returned")
#: quantities of energy that legs are counted in
ENERGY = ("energy", "power_received")


@dataclass(frozen=True)
class Replan:
    """The rest of a season, planned anew."""

    inputs: xr.Dataset  # inputs of the rest, debts among its clauses
    results: xr.Dataset | None  # the new plan; None where there is none even without the debts
    repaid: bool  # whether it keeps all clauses and pays back all that is owed
    refused: Infeasible | None  # why not, where it does not
    past: xr.Dataset  # the whole season with the measured steps in it
    missed: tuple[str, ...] = ()  # clauses of which a part is over and missed, and nothing that is left makes up for it


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
    past = measured_past(run.results, tracking.laid, count, agreed_agencies(run.results))
    plain = remaining_inputs(run.inputs, past, count)
    owing = with_debts(plain, run.results, past, tracking.owed, count)
    missed = _missed(past, owing)
    results, refused = _solve(run, owing)
    if refused is None:
        return Replan(owing, results, not missed, None, past, missed)
    results, still = _solve(run, plain) if owing is not plain else (None, refused)
    return Replan(owing, results, False, refused if still is None else still, past, missed)


def _missed(past: xr.Dataset, rest: xr.Dataset) -> tuple[str, ...]:
    """Return the clauses of which a least amount is over and was missed, that neither a payback nor a later due makes up for."""
    told, made = measure_clauses(past), conceded_by_part(past)
    left = set(zip(rest["row_clause"].values.tolist(), rest["row_part"].values.tolist(), strict=True))
    labels, found = set(past["step"].values.tolist()), dict[str, None]()
    for row in told[(told["sense"] == "at_least") & (told["unit"] != "1")].to_dict("records"):
        clause, part = str(row["clause"]), str(row["part"])
        short = -float(row["slack"]) - part_concession(made, clause, part)
        leg = part.partition("_")[0]
        later = any(one == clause and other.partition("_")[0] == leg for one, other in left) if leg in LEGS else False
        repaid = part in labels and any(one.startswith(f"{clause[:36]}_payback") for one, _ in left)
        if short > SMALLEST_DEBT and (clause, part) not in left and not (later or repaid or part.endswith("_in_time")):
            found[clause] = None
    return tuple(found)


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


def with_debts(rest: xr.Dataset, plan: xr.Dataset, past: xr.Dataset, owed: pd.DataFrame, count: int) -> xr.Dataset:
    """Add a payback clause for each debt of water that is promised step by step, and debts of energy to what is next due.

    What is owed over a season carries its debt itself.
    """
    clauses, debts = {clause.id: clause for clause in clauses_of(plan)}, list[Payback]()
    for series in followed_series(plan):
        steps, places = np.array(series.steps), "+".join(series.places)
        if _comes_late(clauses[series.clause]):
            continue
        promised = series.step_by_step and series.side == "at_least" and series.quantity in WATER
        if not promised or not ((owed["clause"] == series.clause) & (owed["place"] == places)).any():
            continue
        planned, actual = planned_of(series, plan), planned_of(series, past)
        debt, rest_of = float((planned - actual)[steps[steps < count]].sum()), steps[steps >= count]
        if debt > SMALLEST_DEBT and rest_of.size:
            clause = clauses[series.clause]
            place: dict[str, Any] = {"at": series.places[0]} if series.quantity == "flow" else {"demands": series.places}
            days = plan["time_bounds"].values.astype("datetime64[D]").astype(str)
            period = {"start": days[count, 0], "end": days[rest_of[-1], 1]}
            terms = {**place, **period, "debt": debt, "ordinary": float(planned[rest_of].sum())}
            name = f"{clause.id[:36]}_payback{len(debts) or ''}"
            content = {"id": name, "kind": "payback", "party": tuple(clause.party), "to": tuple(clause.to), **terms}
            debts.append(Payback.model_validate(content))
    rest = _with_energy_owed(rest, plan, past, count)
    return _appended(rest, debts) if debts else rest


def _comes_late(clause: Clause) -> bool:
    """Whether what is missing to the water of a clause may come later by its own rule, which its rows hold."""
    return getattr(getattr(clause, "release", clause), "made_up", None) is not None


def _with_energy_owed(rest: xr.Dataset, plan: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Add to what is next due of a leg of energy what did not come of dues that are over, and take off what came beyond them."""
    free = bool(plan["power_link_free"].values.any()) if "power_link_free" in plan else False
    debts: dict[tuple[str, str], float] = {}
    for leg, was in zip(contract_legs(plan), contract_legs(past), strict=True):
        if leg.quantity in ENERGY and leg.made_up is None:
            over = [due for due in leg.dues if max(due.steps) < count]
            key, came = (leg.clause, leg.name), sum(float(was.planned[list(due.steps)].sum()) for due in over)
            debts[key] = debts.get(key, 0.0) + sum(due.amount for due in over) - came
    for (clause, name), debt in debts.items():
        rest = _next_due(rest, clause, name, max(debt, 0.0) if free else debt)
    return rest


def _next_due(rest: xr.Dataset, clause: str, name: str, debt: float) -> xr.Dataset:
    """Add a debt to the dues of a leg, the next first, as far as lines carry it, and all that is left to the last; take off an advance.

    Dues that are told by month change in the clause too, so that it is measured with them; an advance of others changes nothing.
    """
    parts, bounds = rest["row_part"].values, rest["row_bound"].values.copy()
    own = (rest["row_clause"].values == clause) & (rest["row_sense"].values == "at_least") & np.char.startswith(parts, name)
    rows, steps, changed = rest["term_row"].values, rest["term_step"].values, dict[str, float]()
    dues = sorted(np.flatnonzero(own).tolist(), key=lambda row: int(steps[rows == row].min()))
    for place, row in enumerate(dues):
        month = re.fullmatch(rf"{name}_(\d\d)", str(parts[row]))
        if abs(debt) <= SMALLEST_DEBT or (debt < 0 and month is None):
            break
        room = np.inf if place == len(dues) - 1 else _carried(rest, row) - bounds[row]
        added = max(min(debt, room), -bounds[row])
        bounds[(rest["row_clause"].values == clause) & np.isin(parts, [parts[row], f"{parts[row]}_most"])] += added
        debt -= added
        if month is not None:
            changed[str(int(month[1]))] = added
    told = clauses_text([_with_dues(one, name, changed) if one.id == clause else one for one in clauses_of(rest)])
    return rest.assign(row_bound=("clause_row", bounds, rest["row_bound"].attrs)).assign_attrs(clauses=told)


def _with_dues(clause: Clause, name: str, changed: Mapping[str, float]) -> Clause:
    """Return a clause with energy added to months of a leg."""
    leg = getattr(clause, name)
    if leg is None or not changed:
        return clause
    by_month = {month: max(energy + changed.get(month, 0.0), 0.0) for month, energy in leg.by_month.items()}
    return clause.model_copy(update={name: leg.model_copy(update={"by_month": by_month})})


def _carried(rest: xr.Dataset, row: int) -> float:
    """Energy that can arrive by the terms of a row, GWh; without a bound where they are no lines."""
    at = np.flatnonzero((rest["term_row"].values == row) & (rest["term_factor"].values > 0))
    if set(rest["term_quantity"].values[at].tolist()) != {"power_sent"}:
        return np.inf
    lines = rest["power_link"].values.tolist()
    places = [lines.index(place) for place in rest["term_place"].values[at].tolist()]
    return float((rest["term_factor"].values[at] * rest["power_link_max"].values[places, rest["term_step"].values[at]]).sum())


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
