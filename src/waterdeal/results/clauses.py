"""Clauses on a plan: what each row came to, what was conceded, and an independent measurement of all promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.agreement.followed import followed_series
from waterdeal.agreement.forms import clause_readings
from waterdeal.agreement.inputs import clauses_of, regime_pieces
from waterdeal.agreement.river import Flows
from waterdeal.agreement.rows import WHOLE
from waterdeal.variables import having, of_season
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.lp.program import Program
    from waterdeal.types import Floats
    from waterdeal.unlabelled import Unlabelled


def clause_results(results: xr.Dataset | Unlabelled, program: Program, values: Floats) -> dict[str, Any]:
    """Make the clause variables of the results."""
    made = program.values_of("clause.concession", values)
    made = np.zeros(results.sizes["concession"]) if made is None else made
    value = np.zeros(results.sizes["clause_row"])
    np.add.at(value, results["term_row"].values, results["term_factor"].values * _term_values(results, program, values))
    labels = list(zip(results["concession_clause"].values, results["concession_part"].values, strict=True))
    by_label = dict(zip(labels, made.tolist(), strict=True))
    rows = zip(results["row_clause"].values, results["row_concession"].values, strict=True)
    given = np.array([by_label.get(label, 0.0) for label in rows], dtype=float)
    sign = np.select([results["row_sense"].values == "at_least", results["row_sense"].values == "at_most"], [1.0, -1.0], 0.0)
    return {
        "row_value": ("clause_row", value),
        "row_slack": ("clause_row", sign * (value - results["row_bound"].values) + given),
        "clause_conceded": ("clause", _conceded(results, made)),
        "concession_made": ("concession", made),
    }


def _conceded(results: xr.Dataset | Unlabelled, made: Floats) -> Floats:
    """What each clause conceded: the most of any of its parts, as it counts them."""
    counted = results["concession_weight"].values * made
    owners = results["concession_clause"].values
    return np.array([max(counted[owners == clause], default=0.0) for clause in results["clause"].values.tolist()], dtype=float)


def _term_values(results: xr.Dataset | Unlabelled, program: Program, values: Floats) -> Floats:
    """Value of the variable of each term."""
    quantities = results["term_quantity"].values
    places, steps = results["term_place"].values, results["term_step"].values
    found = np.zeros(len(quantities))
    for quantity in having("promised"):
        chosen = np.flatnonzero(quantities == quantity)
        if chosen.size:
            array = results[quantity]
            position = {place: k for k, place in enumerate(results[str(array.dims[0])].values.tolist())}
            rows = [position[place] for place in places[chosen]]
            found[chosen] = array.values[rows] if quantity in of_season() else array.values[rows, steps[chosen]]
    owners = results["row_clause"].values[results["term_row"].values] if len(quantities) else quantities
    pieces = {piece: number for number, piece in enumerate(regime_pieces(results))}
    for quantity in ("regime", "regime_index"):
        held = program.values_of(f"clause.{quantity}", values)
        for at in np.flatnonzero(quantities == quantity):
            found[at] = 0.0 if held is None else held[pieces[str(owners[at]), str(places[at]), int(steps[at])]]
    return found


def measure_clauses(results: xr.Dataset | Unlabelled) -> pd.DataFrame:
    """Measure every clause on the flows of a plan, from its text alone; no row of the model is used."""
    flows = Flows(results)
    rows = [
        (clause.id, clause.kind, reading.part, reading.sense, reading.value, reading.promised, reading.slack, reading.unit)
        for clause in clauses_of(results)
        for reading in clause_readings(clause, flows)
    ]
    return pd.DataFrame(rows, columns=["clause", "kind", "part", "sense", "value", "promised", "slack", "unit"])


def conceded_by_part(results: xr.Dataset | Unlabelled) -> dict[tuple[str, str], float]:
    """Return what each part of each clause conceded, by (clause, concession) and by (clause, row)."""
    names = ("concession_clause", "concession_part", "concession_made")
    found = {(clause, part): made for clause, part, made in zip(*(results[name].values.tolist() for name in names), strict=True)}
    rows = zip(*(results[f"row_{name}"].values.tolist() for name in ("clause", "part", "concession")), strict=True)
    return found | {(clause, part): found[clause, way] for clause, part, way in rows if way}


def part_concession(made: Mapping[tuple[str, str], float], clause: str, part: str) -> float:
    """Return what a reading's part conceded: its own concession, or that of the whole clause; zero where there is neither."""
    return made.get((clause, part), made.get((clause, WHOLE), 0.0))


def clause_breach(results: xr.Dataset | Unlabelled) -> tuple[float, str]:
    """Find the part of a clause that is missed by most, beyond what it conceded."""
    measured = measure_clauses(results)
    if not len(measured):
        return 0.0, say("audit.no_clause")
    made = conceded_by_part(results)
    given = [part_concession(made, clause, part) for clause, part in zip(measured["clause"], measured["part"], strict=True)]
    missed = -(measured["slack"].to_numpy() + np.array(given))
    missed = np.where(np.isfinite(missed), missed, np.inf)
    worst = int(np.argmax(missed))
    row = measured.iloc[worst]
    key = "audit.clause_of" if row["part"] == WHOLE else "audit.clause_at"
    return max(float(missed[worst]), 0.0), say(key, clause=row["clause"], part=row["part"])


def clause_steps(results: xr.Dataset) -> pd.DataFrame:
    """Return what is followed of each clause, step by step."""
    flows = Flows(results)
    rows = {
        (series.clause, series.quantity, "+".join(series.places)): flows.at(series.quantity, series.places)[flows.past :]
        for series in followed_series(results)
    }
    index = pd.MultiIndex.from_tuples(list(rows), names=["clause", "quantity", "place"])
    return pd.DataFrame(list(rows.values()), index=index, columns=results["step"].values)
