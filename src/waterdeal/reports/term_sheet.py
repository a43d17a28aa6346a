"""The term sheet of a deal: parties, clauses, volumes, proofs and how to check them, as plain values made from a plan alone."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.forms import clause_readings
from waterdeal.agreement.inputs import clauses_of, sleeping, unheld_parts
from waterdeal.agreement.river import Flows
from waterdeal.reports.edition import RATE, VOLUME, Edition, round_rates
from waterdeal.reports.whose import whose_told
from waterdeal.results.clauses import conceded_by_part, part_concession
from waterdeal.results.held import held_layers
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

#: formats of a term sheet: since the second a clause says which parts no row holds, and what was drafted stands beside what is in force
SCHEMA, FIRST = "waterdeal/term-sheet@2", "waterdeal/term-sheet@1"
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


def clause_entries(plan: xr.Dataset, schema: str = SCHEMA) -> list[dict[str, Any]]:
    """Write every clause in force with what the plan gives."""
    flows, made = Flows(plan), conceded_by_part(plan)
    names = ("clause", "clause_conceded", "clause_unit")
    total = {clause: (conceded, unit) for clause, conceded, unit in zip(*(plan[name].values.tolist() for name in names), strict=True)}
    entries = []
    for clause in clauses_of(plan):
        asleep = not clause.steps(flows).size if schema == FIRST else sleeping(clause, plan)
        entry = _entry(clause, flows, made, *total.get(clause.id, (0.0, ""))) | ({"asleep": True} if asleep else _period(clause, flows))
        entries.append(entry if schema == FIRST else {**entry, "unheld": unheld_parts(clause, plan)})
    return entries


def _entry(clause: Clause, flows: Flows, made: dict[tuple[str, str], float], conceded: float, unit: str) -> dict[str, Any]:
    """Write one clause."""
    facts = clause.facts()
    readings = clause_readings(clause, flows)
    gives = bool(conceded or clause.concession) and unit not in {reading.unit for reading in readings}
    told = {key: fact for key, fact in facts.items() if key != "place" and any(value != "" for value in fact.values)}
    return {
        **_named(clause),
        "place": [str(value) for value in facts["place"].values] if "place" in facts else [],
        "negotiable": clause.negotiable, "concession_allowed": _round(clause.concession), "concession_made": _round(conceded),
        **({"concession_unit": unit} if gives else {}),
        "status": clause.status, "source": clause.source, "measured": [gauge.model_dump(mode="json") for gauge in clause.measured],
        "tolerance": clause.tolerance, "text": dict(clause.text),
        "fact": {key: {"dimension": fact.dimension, "values": [_value(value) for value in fact.values]} for key, fact in told.items()},
        "part": [_part(reading, part_concession(made, clause.id, reading.part), flows) for reading in readings],
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


#: tables that hold the graph of a basin
GRAPH = ("basin/nodes.csv", "basin/links.csv")


def term_sheet(plan: xr.Dataset, sources: Mapping[str, bytes], annex: list[str], found: Audit, schema: str = SCHEMA) -> dict[str, Any]:
    """Make the term sheet of a plan."""
    edition, attrs = Edition(plan, Words("en")), plan.attrs
    terms = _terms(edition, schema)
    sheet: dict[str, Any] = {
        "schema": schema,
        "deal": {
            "scenario": str(attrs["scenario"]), "status": str(attrs["status"]), "parties": party_order(plan),
            "created": str(attrs["created"]), "disclaimer": str(attrs.get("disclaimer", "")), "annex": annex,
            "title": {language: str(text) for language, text in setting(edition.results, "titles", {}).items()},
        },
        "period": terms["period"],
        "data": _data(plan, sources),
        **{name: terms[name] for name in TERMS[1:]},
        "proof": _proof(plan, found), "software": _software(plan), "verify": {"command": "waterdeal verify FOLDER"},
    }  # fmt: skip
    if schema != FIRST:
        sheet["deal"]["terms_sha256"] = terms_digest(sheet)
    return sheet


#: parts of a term sheet that are the terms of the deal; the rest tells how they were found
TERMS = ("period", "party", "clause", "exchange", "delivery", "release")


def _terms(edition: Edition, schema: str) -> dict[str, Any]:
    """Make the terms of a deal from its plan."""
    plan = edition.results
    start, end = (day.astype("datetime64[D]").astype(object) for day in (plan["time"].values[0], plan["time_bounds"].values[-1, 1]))
    return {
        "period": {
            "start": start, "end_exclusive": end, "seasons": list(dict.fromkeys(edition.steps["season"].astype(str))),
            "steps": plan["step"].values.astype(str).tolist(), "days": [_round(day) for day in plan["step_length"].values],
        },
        "party": [{"id": party, "name": dict(edition.tell.names.get(party, {}))} for party in party_order(plan)],
        "clause": clause_entries(plan, schema), "exchange": exchange_entries(plan),
        "delivery": delivery_entries(edition), "release": release_entries(plan),
    }  # fmt: skip


def plan_terms_digest(plan: xr.Dataset) -> str:
    """SHA-256 of the terms of a plan: what a record of it names ``terms_sha256``."""
    return terms_digest({"deal": {"parties": party_order(plan)}, **_terms(Edition(plan, Words("en")), SCHEMA)})


def terms_digest(sheet: Mapping[str, Any]) -> str:
    """SHA-256 of the terms of a deal, which its paper can carry: the record's own is over the papers too."""
    terms = {"parties": sheet["deal"]["parties"], **{name: sheet[name] for name in TERMS}}
    return hashlib.sha256(json.dumps(terms, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


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
        "sha256": hashes, **({"held": held} if (held := _held(plan)) else {}),
        **whose_told(plan),
    }  # fmt: skip


def _held(plan: xr.Dataset) -> list[dict[str, Any]]:
    """Write what a party keeps at home: its files, how many figures each holds, and digests over its salt and them."""
    return [
        {"layer": name, "party": layer["party"], "file": file, "figures": layer["figures"].get(file, 0), "sha256": digest}
        for name, layer in held_layers(plan).items()
        for file, digest in layer["sha256"].items()
    ]


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
