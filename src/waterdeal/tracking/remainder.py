"""The rest of a season: inputs that start where measurements end, with the water on its way and what clauses have had so far."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.crops import output_terms
from waterdeal.agreement.river import River
from waterdeal.calendar import water_years
from waterdeal.results.audit import audit
from waterdeal.results.environment import remaining_environment
from waterdeal.results.lines import with_lines
from waterdeal.results.quantities import delayed, reused_from, summed_at
from waterdeal.results.tolerance import over_season
from waterdeal.scenario.environment import PROMISED
from waterdeal.scenario.fields_left import supplied, with_fields_left
from waterdeal.scenario.natural import claimed_volumes, promised_volumes
from waterdeal.tracking.follow import measured_along
from waterdeal.units import rate_to_volume
from waterdeal.variables import WATER_YEAR, describe, having, of_season, setting, vocabulary

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from waterdeal.types import Floats

#: water below which there is none, hm3
DRY = 1e-9
#: half a unit of the last digit that tables print: hm3, m3/s, GWh
PRINTED = 0.05 + 1e-6


def remaining_ground(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Start aquifers and concentrations of the rest of a season where the past leaves them."""
    last = count - 1
    least = rest["aquifer_least"].values[:, 0]
    rest["aquifer_initial"].values[:] = np.maximum(past["aquifer_storage"].values[:, last], least)
    pumped = summed_at(past["pumped"].values[:, :count], inputs["well_aquifer"].values, inputs["aquifer"].values)
    rest["aquifer_yield"].values[:] = np.maximum(inputs["aquifer_yield"].values - pumped.sum(axis=1), 0.0)
    if "aquifer_yield_yearly" in rest:
        years = np.array(water_years(inputs["time"].values, setting(inputs, WATER_YEAR, (10, 1))))
        before = pumped @ (years[:count, None] == years[count:]).astype(float)  # in the water year of each step that is left
        rest["aquifer_yield_yearly"].values[:] = np.maximum(inputs["aquifer_yield_yearly"].values[:, count:] - before, 0.0)
    now = {"salt_start_body": past["salinity_stored"].values[:, last], "salt_start_aquifer": past["salinity_ground"].values[:, last]}
    if inputs.sizes["salt_link"]:
        now["salt_start_link"] = _over(past["salt_arrival"].values[:, last], past["arrival"].values[:, last])
        now["salt_start_demand"] = _over(past["salt_returned"].values[:, last], past["return_flow"].values[:, last])
    for name, values in now.items():
        rest[name].values[:] = np.where(np.isfinite(values), values, rest[name].values)
    return rest


def _over(salt: Floats, water: Floats) -> Floats:
    """Concentration; blank where there is no water."""
    return np.asarray(np.divide(salt, water, out=np.full(salt.shape, np.nan), where=water > DRY))


def measured_past(plan: xr.Dataset, laid: pd.DataFrame, count: int, prefer: dict[str, str]) -> xr.Dataset:
    """Return the plan with its first steps replaced by what was measured; a reading that is the plan as tables print it leaves that."""
    past, printed = plan.copy(deep=True), np.maximum(PRINTED, rate_to_volume(PRINTED, plan["step_length"].values))
    for (quantity, place), group in laid.groupby(level=["quantity", "place"]):
        names, sources = past[measured_along()[str(quantity)]].values.tolist(), group.index.get_level_values("source").tolist()
        if place not in names:
            continue  # a leg that no row carries
        chosen = prefer.get(str(place))
        values = group.to_numpy()[sources.index(chosen)] if chosen in sources else np.asarray(group.mean())
        known = np.isfinite(values) & (np.arange(len(values)) < count)
        own = past[str(quantity)].values[names.index(str(place))]
        known &= np.abs(np.where(known, values, 0.0) - own) > (printed if quantity in {"flow", "delivery"} else PRINTED)
        own[known] = values[known]
    if "power_sent" in past:  # meters stand where the energy arrives
        past["power_sent"].values[:] = past["power_received"].values / (1.0 - past["power_link_loss"].values)
    factor = past["energy_factor"].values[:, None]
    followed = np.isin(past["plant"].values, past["headed"].values)[:, None]  # there energy does not tell the water: as planned
    unknown = np.where(followed, past["turbine_flow"].values, 0.0)
    past["turbine_flow"].values[:] = np.divide(past["energy"].values, factor, out=unknown, where=(factor > 0) & ~followed)
    return past


def remaining_inputs(inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Cut inputs at a step, and start them from the past."""
    inputs = with_lines(inputs, past)
    rest = inputs.isel(time=slice(count, None)).copy(deep=True)
    flow, delivery = past["flow"].values[:, :count], past["delivery"].values[:, :count]
    lagged = [inputs["link"].values.tolist().index(name) for name in inputs["lagged_link"].values]
    arriving = _arriving(flow[lagged], inputs["arrival_share"].values) + inputs["arrival_past"].values
    rest["arrival_past"].values[:] = arriving[:, count:]
    transit = inputs["transit_initial"].values + flow[lagged].sum(axis=1) - arriving[:, :count].sum(axis=1)
    rest["transit_initial"].values[:] = np.maximum(transit, 0.0)
    kept = np.minimum(past["crop_consumption"].values[:, :count] * supplied(past, count), delivery)
    left = (delivery - kept) * inputs["return_fraction"].values[:, None] - reused_from(inputs, past["reused"].values[:, :count])
    left = np.maximum(left, 0.0)  # a delivery that was measured may drain less than the plan meant to use again
    returning = _arriving(left, inputs["return_share"].values) + inputs["return_past"].values
    rest["return_past"].values[:] = returning[:, count:]
    if "lookahead_return_past" in rest:
        after = 1.0 - inputs["return_share"].values[:, :count].sum(axis=2)
        rest["lookahead_return_past"].values[:, 0] += np.maximum(after * left, 0.0).sum(axis=1)
    stored = past["storage"].values[:, count - 1]
    start = np.clip(stored, _lowest(rest), rest["storage_max"].values[:, 0])
    rest["storage_initial"].values[:] = start
    moved = {str(body): [float(a), float(b)] for body, a, b in zip(inputs["reservoir"].values, stored, start, strict=True) if a != b}
    rest = _with_entitled(rest, inputs, past, count)
    rest = remaining_ground(remaining_environment(rest, inputs, flow), inputs, past, count)
    rest = _with_past_season(rest, inputs, past, count)
    rest = _with_planned(rest, inputs, past, count)
    goes_on = audit(past).passed
    rest = with_fields_left(rest, inputs, past, count, goes_on=goes_on)
    rest = _with_targets(rest, inputs, past, count, goes_on=goes_on)
    rest["storage_near_low"].values[:], rest["storage_near_high"].values[:] = -np.inf, np.inf
    rest["step"].attrs["end"] = inputs["step"].attrs["end"]
    return _with_past(_remaining_clauses(rest, inputs, past, count), past, count).assign_attrs(storage_moved=json.dumps(moved))


def _lowest(rest: xr.Dataset) -> Floats:
    """Return the least that each body can start from: what the sun took below dead storage is gone."""
    least = rest["storage_min"].values[:, 0]
    return np.where(least <= rest["storage_dead"].values, 0.0, least) if "storage_dead" in rest else least


def _with_past(rest: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Keep what was measured beside the rest, so that every clause is still measured over its whole period."""
    season, found = River(past), dict[str, Any]()
    known = [name for name in having("followed") if name.removeprefix("past_") in past]  # plans of earlier formats know no lines
    for name in known:
        *places, last = vocabulary()[name].dims
        whole = season.along(name.removeprefix("past_")) if last == "past" else past[name.removeprefix("past_")].values
        found[name] = ((*places, last), whole[..., : season.past + count] if last == "past" else whole)
    if season.past:
        found["past_storage_initial"] = past["past_storage_initial"].variable
    plain = rest.drop_vars([*found, "past"], errors="ignore")
    return describe(plain.assign(found)).assign_coords(past=season.labels[: season.past + count])


def _with_past_season(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Tell what was required and missing before, in the water year in which the rest begins: shares of a season are of all of it."""
    years = np.array(water_years(inputs["time"].values, setting(inputs, WATER_YEAR, (10, 1))))
    same = years[:count] == years[count]
    required = inputs["requirement"].values[:, :count][:, same]
    missing = np.maximum(required - past["delivery"].values[:, :count][:, same], 0.0)
    for name, volumes in (("season_requirement_past", required), ("season_shortage_past", missing)):
        if name in rest:
            before = inputs[name].values if years[0] == years[count] else 0.0
            rest[name].values[:] = before + volumes.sum(axis=1)
    return rest


def _with_entitled(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Take what entitlements have had off their volumes, and tell what shares of the whole season are of."""
    had, comes = (_counted(inputs, past, steps) for steps in (slice(count), slice(count, None)))
    before = promised_volumes(inputs)
    rest["entitlement_volume"].values[:] = np.maximum(inputs["entitlement_volume"].values - had, 0.0)
    # fields may take more than historic areas require in a step, though not over the season
    claimed = np.maximum(claimed_volumes(rest), np.minimum(comes, before - had))
    rest = rest.assign(entitlement_claimed=("entitlement", claimed))
    left = promised_volumes(rest)
    told = {"entitlement_past": before - left, "entitlement_past_missing": np.maximum(before - had - left, 0.0)}
    for name in told:
        told[name] += inputs[name].values if name in inputs else 0.0
    told["entitlement_planned"] = told["entitlement_past_missing"] + np.maximum(left - comes, 0.0)
    return describe(rest.assign({name: ("entitlement", volumes) for name, volumes in told.items()}))


def _with_planned(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Tell what the plan leaves missing in the rest, so that tolerance is of the whole season; promises that are over are left out."""
    missing = np.maximum(inputs["requirement"].values - past["delivery"].values, 0.0)
    rest["shortage_planned"] = ("demand", "time"), missing[:, count:]
    if "promise" not in rest:
        return rest
    pool = inputs["promise_share"].values * over_season(inputs, "asked")
    given = past["promise_given"].values if "promise_given" in past else 0.0
    rest["promise_planned"] = "promise", over_season(past.isel(time=slice(count, None)), "missing") + pool - given
    rest = rest.isel(promise=np.flatnonzero(rest["promise_season"].values.any(axis=1)))
    asked, pool = over_season(rest, "asked"), pool[np.flatnonzero(inputs["promise_season"].values[:, count:].any(axis=1))]
    rest["promise_share"].values[:] = np.minimum(np.divide(pool, asked, out=np.zeros(len(asked)), where=asked > 0), 1.0)
    return rest


def _with_targets(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int, *, goes_on: bool) -> xr.Dataset:
    """Tell what the rest takes over: all of the plan where its rest goes on from the past, else what it leaves missing."""
    volumes = {kind: of for kind, of in PROMISED.items() if of.steps}
    told = {kind: past[of.missing].values[np.isin(past[of.dim].values, rest[of.dim].values)] for kind, of in volumes.items()}
    told = {kind: missing * rest[volumes[kind].steps].values.any(axis=1) for kind, missing in told.items()}
    nature = rest["flow_requirement_kind"].values != "sanitary"
    found: dict[str, tuple[Any, Floats]] = {
        "season_shortage_planned": ("demand", _season_missing(inputs, past, count)),
        "entitlement_shortfall_planned": ("entitlement", past["entitlement_shortfall"].values + _given(inputs, "entitlement_past_missing")),
        "flow_shortfall_planned": ("flow_requirement", past["flow_shortfall"].values[:, count:].sum(axis=1) * nature),
        **{f"{kind}_shortfall_planned": (volumes[kind].dim, missing) for kind, missing in told.items()},
    }
    if goes_on:
        found |= {f"{name}_planned": (past[name].dims, past[name].values[:, count:]) for name in ("flow", "delivery")}
        if "promise" in rest:
            kept = np.isin(past["promise"].values, rest["promise"].values)
            found["promise_given_planned"] = "promise", past["promise_given"].values[kept]
    elif "storage_dries" in rest:
        found["storage_dries"] = rest["storage_dries"].dims, np.zeros(rest["storage_dries"].shape)
    return rest.assign(found)


def _season_missing(inputs: xr.Dataset, past: xr.Dataset, count: int) -> Floats:
    """What the plan leaves missing to each user over the water year in which the rest begins, what was missing before the plan with it."""
    years = np.array(water_years(inputs["time"].values, setting(inputs, WATER_YEAR, (10, 1))))
    before = _given(inputs, "season_shortage_past") if years[0] == years[count] else 0.0
    return np.asarray(past["shortage"].values[:, years == years[count]].sum(axis=1) + before)


def _given(inputs: xr.Dataset, name: str) -> Floats | float:
    """Return an input that only the rest of a season has; nothing of any other."""
    return np.asarray(inputs[name].values) if name in inputs else 0.0


def _arriving(left: Floats, shares: Floats) -> Floats:
    """Volumes arriving in each step of the horizon of what left in its first steps."""
    return delayed(np.pad(left, ((0, 0), (0, shares.shape[1] - left.shape[1]))), shares)


def _counted(inputs: xr.Dataset, past: xr.Dataset, steps: slice) -> Floats:
    """Volume counted against each entitlement in some steps: deliveries, and what passes its link in its season."""
    at = (inputs["entitlement_link"].values[:, None] == inputs["link"].values[None, :]).astype(float)
    season = inputs["entitlement_season"].values[:, steps].astype(float)
    given = np.einsum("edt,dt->e", inputs["entitlement_counts"].values[:, :, steps], past["delivery"].values[:, steps])
    return np.asarray(given + np.einsum("el,lt,et->e", at, past["flow"].values[:, steps], season))


def _remaining_clauses(rest: xr.Dataset, inputs: xr.Dataset, past: xr.Dataset, count: int) -> xr.Dataset:
    """Keep the rows that still have something to decide, with what is past taken off their bounds."""
    steps, rows = inputs["term_step"].values, inputs["term_row"].values
    quantities, places, factors = (inputs[name].values for name in ("term_quantity", "term_place", "term_factor"))
    timed, grown = np.isin(quantities, having("promised")), np.isin(quantities, list(of_season()))
    gone = grown | (timed & (steps < count))
    bound = inputs["row_bound"].values.copy()
    for term in np.flatnonzero(gone & ~grown):
        array = past[quantities[term]]
        place = array[array.dims[0]].values.tolist().index(places[term])
        bound[rows[term]] -= factors[term] * float(array.values[place, steps[term]])
    food = _food_terms(rest, inputs)
    left = np.where(timed, steps - count, steps)
    told = {"row": rows, "quantity": quantities, "place": places, "step": left, "factor": factors}
    terms = {name: np.concatenate([values[~gone], np.array(food[name], dtype=values.dtype if values.dtype.kind != "U" else str)])
             for name, values in told.items()}  # fmt: skip
    live, terms["row"] = np.unique(terms["row"], return_inverse=True)
    kept = rest.isel(clause_row=live).drop_dims("clause_term").assign_coords(clause_term=np.arange(len(terms["row"])))
    kept = describe(kept.assign({f"term_{name}": ("clause_term", values) for name, values in terms.items()}))
    kept["row_bound"].values[:] = bound[live]
    ways = set(zip(kept["row_clause"].values.tolist(), kept["row_concession"].values.tolist(), strict=True))
    owners = zip(kept["concession_clause"].values.tolist(), kept["concession_part"].values.tolist(), strict=True)
    kept = kept.isel(concession=np.array([place for place, way in enumerate(owners) if way in ways], dtype=int))
    return kept.isel(clause=np.flatnonzero(np.isin(kept["clause"].values, kept["row_clause"].values)))


def _food_terms(rest: xr.Dataset, inputs: xr.Dataset) -> dict[str, list[Any]]:
    """Terms of rows on output, over the paths that go on from what fields have got; areas stand, and nothing is left to decide of them."""
    columns: dict[str, list[Any]] = {name: [] for name in ("row", "quantity", "place", "step", "factor")}
    if not inputs.sizes.get("field"):
        return columns
    fields = dict(zip(inputs["crop_path"].values.tolist(), inputs["path_field"].values.tolist(), strict=True))
    known = (inputs[f"term_{name}"].values.tolist() for name in ("row", "quantity", "place"))
    of: dict[int, set[str]] = {}
    for row, quantity, place in zip(*known, strict=True):
        if quantity in of_season() and inputs["row_unit"].values[row] == "kt":
            of.setdefault(row, set()).add(fields.get(place, place))
    for row, grown in of.items():
        for term in output_terms(River(rest), sorted(grown)):
            for name, value in zip(columns, (row, *term), strict=True):
                columns[name].append(value)
    return columns
