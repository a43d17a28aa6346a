"""The term sheet of a deal: parties, clauses, volumes, proofs and how to check them, as plain values made from a plan alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from waterdeal.record.sheet_clauses import clause_entries, exchange_entries
from waterdeal.record.sheet_volumes import delivery_entries, release_entries
from waterdeal.report.edition import Edition
from waterdeal.report.words import Words
from waterdeal.results.tables import party_order
from waterdeal.variables import levels_of, setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.results.audit import Audit

SCHEMA = "waterdeal/term-sheet@1"
#: tables that hold the graph of a basin
GRAPH = ("basin/nodes.csv", "basin/links.csv")


def term_sheet(plan: xr.Dataset, sources: Mapping[str, bytes], annex: list[str], found: Audit) -> dict[str, Any]:
    """Make the term sheet of a plan.

    Parameters
    ----------
    plan : xarray.Dataset
        Results of a plan.
    sources : mapping of str to bytes
        The files under ``scenario/`` and ``basin/`` of the record, by path.
    annex : list of str
        Names of the tables that go with it.
    found : Audit
        Audit of the plan.

    Returns
    -------
    dict
        Values that TOML can hold; the same plan and sources always give the same.
    """
    edition = Edition(plan, Words("en"))
    attrs = plan.attrs
    days = [round(float(day), 6) for day in plan["step_length"].values]
    starts = plan["time"].values.astype("datetime64[D]").astype(object).tolist()
    ends = plan["time_bounds"].values[-1, 1].astype("datetime64[D]").astype(object)
    return {
        "schema": SCHEMA,
        "deal": {
            "scenario": str(attrs["scenario"]),
            "status": str(attrs["status"]),
            "parties": party_order(plan),
            "created": str(attrs["created"]),
            "disclaimer": str(attrs.get("disclaimer", "")),
            "annex": annex,
            "title": {language: str(text) for language, text in edition.attribute("titles", {}).items()},
        },
        "period": {
            "start": starts[0],
            "end_exclusive": ends,
            "seasons": list(dict.fromkeys(edition.steps["season"].astype(str))),
            "steps": plan["step"].values.astype(str).tolist(),
            "days": days,
        },
        "data": _data(plan, sources),
        "party": [{"id": party, "name": dict(edition.names.get(party, {}))} for party in party_order(plan)],
        "clause": clause_entries(plan),
        "exchange": exchange_entries(plan),
        "delivery": delivery_entries(edition),
        "release": release_entries(plan),
        "proof": _proof(plan, found),
        "software": _software(plan),
        "verify": {"command": "waterdeal verify FOLDER"},
    }


def _data(plan: xr.Dataset, sources: Mapping[str, bytes]) -> dict[str, Any]:
    """What the plan was made from: the basin, its graph, and the SHA-256 of every source."""
    attrs = plan.attrs
    hashes = {name: hashlib.sha256(sources[name]).hexdigest() for name in sorted(sources)}
    version = "".join(f"{digest}  {name}\n" for name, digest in hashes.items() if name.startswith("basin/"))
    return {
        "basin": str(attrs["basin"]),
        "graph_sha256": hashlib.sha256(b"".join(sources.get(name, b"") for name in GRAPH)).hexdigest(),
        "data_sha256": hashlib.sha256(version.encode()).hexdigest(),
        "run_sha256": str(attrs["run_sha256"]),
        "licence": str(attrs.get("licence", "")),
        "overrides": [str(change) for change in setting(plan, "overrides", ())],
        "sha256": hashes,
    }


def _proof(plan: xr.Dataset, found: Audit) -> dict[str, Any]:
    """Certificate: feasible, audited, unique, and what each level of the objective reached."""
    checks = found.checks
    bounds = [check for check in checks if "within" in check.name or check.name in {"clause", "node", "storage at its date"}]
    return {
        "largest_violation_hm3": max(_small(check.worst) for check in bounds),
        "is_unique": bool(int(plan.attrs["is_unique"])),
        "program_sha256": str(plan.attrs.get("program_sha256", "")),
        "level": [{"name": str(name), "value": _tidy(value)} for name, value in levels_of(plan).items()],
        "audit": [
            {"check": check.name, "worst_hm3": _small(check.worst), "allowed_hm3": _small(check.allowed), "passed": check.passed}
            for check in checks
        ],
    }


def _software(plan: xr.Dataset) -> dict[str, Any]:
    """What solved it, how, and where; plans of before builds had names have none."""
    build = {"build_id": str(plan.attrs["build_id"])} if "build_id" in plan.attrs else {}
    return {
        **build,
        "solver": str(plan.attrs["solver"]),
        "platform": str(plan.attrs["platform"]),
        "versions": {str(name): str(number) for name, number in setting(plan, "versions").items()},
        "options": dict(setting(plan, "solver_options")),
    }


def _small(value: float) -> float:
    """Residual, in steps of a millionth of the tolerance, so that every machine writes the same."""
    return round(float(value), 8) + 0.0


def _tidy(value: float) -> float:
    """Value of a level as written."""
    return round(float(value), 6) + 0.0
