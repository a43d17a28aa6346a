"""The term sheet of a deal: parties, clauses, volumes, proofs and how to check them, as plain values made from a plan alone."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.forms import clause_readings
from waterdeal.agreement.inputs import clauses_of
from waterdeal.agreement.river import Flows
from waterdeal.report.edition import RATE, VOLUME, Edition, round_rates
from waterdeal.results.clauses import conceded_by_part, part_concession
from waterdeal.results.tables import party_order, reservoir_table, round_to_total
from waterdeal.units import volume_to_rate
from waterdeal.variables import levels_of, setting
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.agreement.rows import Reading
    from waterdeal.results.audit import Audit
    from waterdeal.types import Floats

#: name of the row that adds up all parties
ALL = "all"


def delivery_entries(edition: Edition) -> list[dict[str, Any]]:
    """Write the deliveries of each party, and of all, by step."""
    exact = edition.results["delivery"].values
    members = {party: edition.receivers == party for party in edition.parties if (edition.receivers == party).any()}
    if not members:
        return []
    volumes, printed = (
        np.array([by_demand[mine].sum(axis=0) for mine in members.values()]) for by_demand in (exact, edition.printed_delivery)
    )
    rates = round_rates(volume_to_rate(volumes, edition.steps["days"].to_numpy()), np.array(list(members)), RATE).reshape(volumes.shape)
    entries = [_row("party", party, *row) for party, *row in zip(members, printed, rates, volumes, strict=True)]
    return [*entries, _row("party", ALL, *(part.sum(axis=0) for part in (printed, rates, volumes)))]


def release_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write what each reservoir and lake lets out, spill included, by step."""
    entries = []
    for body, steps in reservoir_table(plan).groupby("reservoir", sort=False):
        exact = (steps["release"] + steps["spill"]).to_numpy()
        rates = np.round(steps["release_rate"].to_numpy(), RATE)
        entries.append(_row("reservoir", str(body), round_to_total(exact, VOLUME), rates, exact))
    return entries


def _row(kind: str, name: str, volumes: Floats, rates: Floats, exact: Floats) -> dict[str, Any]:
    """Write one row in both units with its total."""
    total = _round(volumes.sum(), VOLUME)
    by_step = {"hm3": [_round(value, VOLUME) for value in volumes], "m3s": [_round(value, RATE) for value in rates]}
    return {kind: name, **by_step, "total_hm3": total, "rounding_hm3": _round(float(exact.sum()) - total)}


#: decimals of volumes and of rates of a clause, and of residuals: a hundredth of the tolerance, so that every machine writes the same
CLAUSE_VOLUME, CLAUSE_RATE, RESIDUAL = 6, 4, 8


def _round(value: float, digits: int = CLAUSE_VOLUME) -> float:
    """A figure as written, without a minus before zero."""
    return round(float(value), digits) + 0.0


def clause_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write every clause in force with what the plan gives."""
    flows, made = Flows(plan), conceded_by_part(plan)
    total = dict(zip(plan["clause"].values.tolist(), plan["clause_conceded"].values.tolist(), strict=True))
    return [_entry(clause, flows, made, total.get(clause.id, 0.0)) for clause in clauses_of(plan)]


def _entry(clause: Clause, flows: Flows, made: dict[tuple[str, str], float], conceded: float) -> dict[str, Any]:
    """Write one clause."""
    facts = clause.facts()
    told = {key: fact for key, fact in facts.items() if key != "place" and any(value != "" for value in fact.values)}
    return {
        **_named(clause),
        "place": [str(value) for value in facts["place"].values] if "place" in facts else [], **_period(clause, flows),
        "negotiable": clause.negotiable, "concession_allowed": _round(clause.concession), "concession_made": _round(conceded),
        "status": clause.status, "source": clause.source, "measured": [gauge.model_dump(mode="json") for gauge in clause.measured],
        "tolerance": clause.tolerance, "text": dict(clause.text),
        "fact": {key: {"dimension": fact.dimension, "values": [_value(value) for value in fact.values]} for key, fact in told.items()},
        "part": [_part(reading, part_concession(made, clause.id, reading.part), flows) for reading in clause_readings(clause, flows)],
    }  # fmt: skip


def _named(clause: Clause, key: str = "id") -> dict[str, Any]:
    """Write which clause is meant, and between whom."""
    return {key: clause.id, "kind": clause.kind, "party": list(clause.party), "to": list(clause.to)}


def _value(value: Any) -> Any:
    """A promised value as written."""
    return value if isinstance(value, str | date) else _round(value)


def _period(clause: Clause, flows: Flows) -> dict[str, Any]:
    """First and last day on which a clause is in force within the plan."""
    steps = clause.steps(flows)
    if not steps.size:
        return {"asleep": True}
    first, last = flows.starts[steps[0]].astype(object), flows.ends[steps[-1]].astype(object) - timedelta(days=1)
    return {"first_day": first, "last_day": last}


def _part(reading: Reading, conceded: float, flows: Flows) -> dict[str, Any]:
    """Write what a part of a clause promises, what the plan gives, and what is in reserve after what was conceded."""
    figures = {"promised": reading.promised, "planned": reading.value, "conceded": conceded, "reserve": reading.slack + conceded}
    entry = {"part": reading.part, "sense": reading.sense, "unit": reading.unit, **{key: _round(value) for key, value in figures.items()}}
    if reading.unit == "hm3" and reading.part in flows.labels:
        days = float(flows.days[flows.labels.index(reading.part)])
        for key in ("promised", "planned"):
            entry[f"{key}_m3s"] = _round(volume_to_rate(figures[key], days), CLAUSE_RATE)
    return {key: value for key, value in entry.items() if not (isinstance(value, float) and np.isnan(value))}


def exchange_entries(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write the exchange schedule: water one way, energy or repaid water the other."""
    flows, common = Flows(plan), {*Clause.model_fields, "kind"}
    exchanged = [clause for clause in clauses_of(plan) if clause.kind in {"exchange", "payback"} and clause.steps(flows).size]
    return [{**_named(clause, "clause"), **_listed(clause.model_dump(exclude_none=True, exclude=common))} for clause in exchanged]


def _listed(value: Any) -> Any:
    """Turn tuples into lists and leave out what is empty."""
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items() if part not in ((), {}, None)}
    return [_listed(part) for part in value] if isinstance(value, tuple | list) else value


SCHEMA = "waterdeal/term-sheet@1"
#: tables that hold the graph of a basin
GRAPH = ("basin/nodes.csv", "basin/links.csv")


def term_sheet(plan: xr.Dataset, sources: Mapping[str, bytes], annex: list[str], found: Audit) -> dict[str, Any]:
    """Make the term sheet of a plan."""
    edition, attrs = Edition(plan, Words("en")), plan.attrs
    start, end = (day.astype("datetime64[D]").astype(object) for day in (plan["time"].values[0], plan["time_bounds"].values[-1, 1]))
    return {
        "schema": SCHEMA,
        "deal": {
            "scenario": str(attrs["scenario"]), "status": str(attrs["status"]), "parties": party_order(plan),
            "created": str(attrs["created"]), "disclaimer": str(attrs.get("disclaimer", "")), "annex": annex,
            "title": {language: str(text) for language, text in setting(edition.results, "titles", {}).items()},
        },
        "period": {
            "start": start, "end_exclusive": end, "seasons": list(dict.fromkeys(edition.steps["season"].astype(str))),
            "steps": plan["step"].values.astype(str).tolist(), "days": [_round(day) for day in plan["step_length"].values],
        },
        "data": _data(plan, sources),
        "party": [{"id": party, "name": dict(edition.tell.names.get(party, {}))} for party in party_order(plan)],
        "clause": clause_entries(plan), "exchange": exchange_entries(plan),
        "delivery": delivery_entries(edition), "release": release_entries(plan),
        "proof": _proof(plan, found), "software": _software(plan), "verify": {"command": "waterdeal verify FOLDER"},
    }  # fmt: skip


def _data(plan: xr.Dataset, sources: Mapping[str, bytes]) -> dict[str, Any]:
    """What the plan was made from: the basin, its graph, and the SHA-256 of every source."""
    attrs = plan.attrs
    hashes = {name: hashlib.sha256(sources[name]).hexdigest() for name in sorted(sources)}
    version = "".join(f"{digest}  {name}\n" for name, digest in hashes.items() if name.startswith("basin/"))
    return {
        "basin": str(attrs["basin"]),
        "graph_sha256": hashlib.sha256(b"".join(sources.get(name, b"") for name in GRAPH)).hexdigest(),
        "data_sha256": hashlib.sha256(version.encode()).hexdigest(), "run_sha256": str(attrs["run_sha256"]),
        "licence": str(attrs.get("licence", "")), "overrides": [str(change) for change in setting(plan, "overrides", ())],
        "sha256": hashes,
    }  # fmt: skip


def _proof(plan: xr.Dataset, found: Audit) -> dict[str, Any]:
    """Certificate: feasible, audited, unique, and what each level of the objective reached."""
    audited: list[dict[str, Any]] = [
        {"check": line.name, **{f"{key}_hm3": _round(getattr(line, key), RESIDUAL) for key in ("worst", "allowed")}, "passed": line.passed}
        for line in found.checks
    ]
    bounds = [line for line in audited if "within" in line["check"] or line["check"] in {"clause", "node", "storage at its date"}]
    return {
        "largest_violation_hm3": max(line["worst_hm3"] for line in bounds),
        "is_unique": bool(int(plan.attrs["is_unique"])), "program_sha256": str(plan.attrs.get("program_sha256", "")),
        "level": [{"name": str(name), "value": _round(value)} for name, value in levels_of(plan).items()], "audit": audited,
    }  # fmt: skip


def _software(plan: xr.Dataset) -> dict[str, Any]:
    """What solved it, how, and where; plans of before builds had names have none."""
    build = ("build_id",) if "build_id" in plan.attrs else ()
    stated = {name: str(plan.attrs[name]) for name in (*build, "solver", "platform")}
    versions = {str(name): str(number) for name, number in setting(plan, "versions").items()}
    return {**stated, "versions": versions, "options": dict(setting(plan, "solver_options"))}
