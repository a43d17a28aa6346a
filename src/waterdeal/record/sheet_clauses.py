"""The clauses of a term sheet: who promised what to whom, and what the plan makes of it, part by part."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.forms import clause_facts, clause_readings
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows
from waterdeal.results.clauses import conceded_by_part, part_concession
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.agreement.facts import Fact
    from waterdeal.agreement.rows import Reading

#: decimals of volumes and of rates of a clause
VOLUME, RATE = 6, 4


def clause_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write every clause in force with what the plan gives.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of a plan.

    Returns
    -------
    list of dict
        One a clause, in order; a clause that sleeps over the horizon has no parts.
    """
    flows = Flows(plan)
    made = conceded_by_part(plan)
    total = dict(zip(plan["clause"].values.tolist(), plan["clause_conceded"].values.tolist(), strict=True))
    return [_entry(clause, flows, made, total.get(clause.id, 0.0)) for clause in clauses_of(plan)]


def _entry(clause: Clause, flows: Flows, made: dict[tuple[str, str], float], conceded: float) -> dict[str, Any]:
    """Write one clause."""
    readings = clause_readings(clause, flows)
    given = [part_concession(made, clause.id, reading.part) for reading in readings]
    entry = {
        "id": clause.id,
        "kind": clause.kind,
        "party": list(clause.party),
        "to": list(clause.to),
        "place": _places(clause),
        **_period(clause, flows),
        "negotiable": clause.negotiable,
        "concession_allowed": round(clause.concession, VOLUME) + 0.0,
        "concession_made": round(float(conceded), VOLUME) + 0.0,
        "status": clause.status,
        "source": clause.source,
        "measured": [gauge.model_dump(mode="json") for gauge in clause.measured],
        "tolerance": clause.tolerance,
        "text": dict(clause.text),
        "fact": {
            key: _fact(fact) for key, fact in clause_facts(clause).items() if any(value != "" for value in fact.values) and key != "place"
        },
    }
    return {**entry, "part": [_part(reading, part, flows) for reading, part in zip(readings, given, strict=True)]}


def _places(clause: Clause) -> list[str]:
    """Ids of the places a clause speaks of."""
    place = clause_facts(clause).get("place")
    return [str(value) for value in place.values] if place is not None else []


def _period(clause: Clause, flows: Flows) -> dict[str, Any]:
    """First and last day on which a clause is in force within the plan."""
    steps = flows.within(clause)
    if not steps.size:
        return {"asleep": True}
    first, last = flows.starts[steps[0]].astype(object), flows.ends[steps[-1]].astype(object) - timedelta(days=1)
    return {"first_day": first, "last_day": last}


def _fact(fact: Fact) -> dict[str, Any]:
    """Write a promised value with its dimension."""
    values = [value if isinstance(value, str | date) else round(float(value), VOLUME) + 0.0 for value in fact.values]
    return {"dimension": fact.dimension, "values": values}


def _part(reading: Reading, conceded: float, flows: Flows) -> dict[str, Any]:
    """Write what a part of a clause promises, what the plan gives, and what is in reserve after what was conceded."""
    entry: dict[str, Any] = {
        "part": reading.part,
        "sense": reading.sense,
        "unit": reading.unit,
        "promised": round(reading.promised, VOLUME) + 0.0,
        "planned": round(reading.value, VOLUME) + 0.0,
        "conceded": round(float(conceded), VOLUME) + 0.0,
        "reserve": round(reading.slack + float(conceded), VOLUME) + 0.0,
    }
    if reading.unit == "hm3" and reading.part in flows.labels:
        days = float(flows.days[flows.labels.index(reading.part)])
        entry["promised_m3s"] = round(float(volume_to_rate(reading.promised, days)), RATE) + 0.0
        entry["planned_m3s"] = round(float(volume_to_rate(reading.value, days)), RATE) + 0.0
    return {key: value for key, value in entry.items() if not (isinstance(value, float) and np.isnan(value))}


def exchange_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write the exchange schedule: water one way, energy or repaid water the other.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of a plan.

    Returns
    -------
    list of dict
        One an exchange or payback clause in force over the horizon.
    """
    flows = Flows(plan)
    found = []
    for clause in clauses_of(plan):
        if clause.kind in {"exchange", "payback"} and flows.within(clause).size:
            fields = clause.model_dump(exclude_none=True, exclude=set(Clause.model_fields) | {"kind"})
            found.append({"clause": clause.id, "kind": clause.kind, "party": list(clause.party), "to": list(clause.to), **_listed(fields)})
    return found


def _listed(value: Any) -> Any:
    """Turn tuples into lists and leave out what is empty."""
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items() if part not in ((), {}, None)}
    return [_listed(part) for part in value] if isinstance(value, tuple | list) else value
