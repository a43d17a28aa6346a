"""Clauses as variables of the inputs: rows, terms and concessions, so that a plan's file alone tells what was promised."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.forms import AnyClause
from waterdeal.agreement.river import River
from waterdeal.agreement.rows import SHARE, Term, giving
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from pydantic import TypeAdapter

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.rows import Row
    from waterdeal.unlabelled import Unlabelled

#: a term this small next to the largest of its row is rounding, not water
DUST = 1e-9
#: least size of a promise
SMALLEST = 1e-6

#: loads of salt that clauses may promise
LOADS = ("salt_load", "salt_returned")


def promises_loads(inputs: xr.Dataset | Unlabelled) -> bool:
    """Whether a clause promises a load of salt."""
    return bool(np.isin(inputs["term_quantity"].values, LOADS).any())


def clause_variables(made: Sequence[tuple[Clause, list[Row]]]) -> dict[str, Any]:
    """Make the clause variables of the inputs from clauses in force and their rows; those that sleep over the horizon have none."""
    awake = [(clause, rows) for clause, rows in made if rows]
    rows = [(clause.id, row) for clause, found in awake for row in found]
    return {
        "clause": np.array([clause.id for clause, _ in awake], dtype=str),
        "clause_kind": ("clause", _words(clause.kind for clause, _ in awake)),
        "clause_negotiable": ("clause", np.array([int(clause.negotiable) for clause, _ in awake], dtype=int)),
        "clause_price": ("clause", np.array([clause.price for clause, _ in awake], dtype=float)),
        "clause_conceded_max": ("clause", np.array([_most(clause, found) for clause, found in awake], dtype=float)),
        "clause_scale": ("clause", np.array([_size(found) for _, found in awake], dtype=float)),
        "clause_unit": ("clause", _words(giving(found)[0].counted_in for _, found in awake)),
        **_row_variables(rows),
        **_term_variables(rows),
        **_concession_variables(awake),
    }


def clauses_of(results: xr.Dataset | Unlabelled) -> tuple[Clause, ...]:
    """Read the clauses back from inputs or results."""
    try:
        return read_clauses(str(results.attrs.get("clauses", "[]")))
    except ValueError as error:
        raise FileProblem(say("general.attribute", name="clauses")) from error


@lru_cache(maxsize=16)
def read_clauses(text: str) -> tuple[Clause, ...]:
    """Read clauses; they are frozen, so that all who ask share them."""
    return _reader().validate_json(text) if text != "[]" else ()  # what reads them takes as long to make as hundreds to read


@cache
def _reader() -> TypeAdapter[tuple[Clause, ...]]:
    """What reads clauses of every kind; making it takes as long as reading hundreds."""
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[AnyClause, ...])


def clauses_text(clauses: Sequence[Clause]) -> str:
    """Write clauses as JSON, for the attributes of a dataset."""
    return json.dumps([clause.model_dump(mode="json", exclude_defaults=True) for clause in clauses], ensure_ascii=False)


def unheld_parts(clause: Clause, data: xr.Dataset) -> list[str]:
    """Parts of a clause in force over inputs or results that no row holds; of one that has no row at all, all of them."""
    river = River(data)
    return clause.unheld(river) if clause.steps(river).size else []


def sleeping(clause: Clause, data: xr.Dataset) -> bool:
    """Whether a clause holds nothing over the horizon, and nothing of it is followed either."""
    return clause.id not in data["clause"].values and not unheld_parts(clause, data)


def _words(words: Any) -> Any:
    """Make an array of text."""
    return np.array(list(words), dtype=str)


def _size(rows: Sequence[Row]) -> float:
    """Size of a promise, as what it concedes is counted: that of its largest row."""
    return max([SMALLEST, *(abs(row.scale) * row.measure.weight for row in giving(rows))])


def _most(clause: Clause, rows: Sequence[Row]) -> float:
    """Return what a clause may concede, as it counts concessions."""
    if not in_unit_of_rows(clause.concession, giving(rows)[0].counted_in):
        return clause.concession
    return clause.concession * max(row.measure.weight for row in giving(rows))


def in_unit_of_rows(concession: float, unit: str) -> bool:
    """Whether a concession is in hm3, as in files before shares and points were counted: here it would be more than the whole."""
    return concession > 1 and unit in {"1", SHARE}


def number_told(rows: Sequence[Row]) -> float:
    """Return the number in the sentence of a clause, as it counts concessions; NaN where there are several, or it depends on the plan."""
    found = set()
    for row in (row for row in giving(rows) if row.measure.weight > 0):
        told, mixed = row.measure.number, any(term.factor < 0 for term in row.terms) or row.counted_in == SHARE
        found.add(np.nan if told is None and mixed else round(row.scale * row.measure.weight if told is None else told, 9))
    return found.pop() if len(found) == 1 else np.nan


def _row_variables(rows: Sequence[tuple[str, Row]]) -> dict[str, Any]:
    """Sense, bound and concession of each row."""
    return {
        "clause_row": np.array([f"{clause},{row.part},{row.sense}" for clause, row in rows], dtype=str),
        "row_clause": ("clause_row", _words(clause for clause, _ in rows)),
        "row_part": ("clause_row", _words(row.part for _, row in rows)),
        "row_sense": ("clause_row", _words(row.sense for _, row in rows)),
        "row_unit": ("clause_row", _words(row.unit for _, row in rows)),
        "row_bound": ("clause_row", np.array([row.bound for _, row in rows], dtype=float)),
        "row_concession": ("clause_row", _words(row.concession or "" for _, row in rows)),
    }


def _term_variables(rows: Sequence[tuple[str, Row]]) -> dict[str, Any]:
    """Terms of all rows, one below the other; what stands twice in a row is added up."""
    terms: list[tuple[int, Term]] = []
    for number, (_, row) in enumerate(rows):
        largest = max((abs(term.factor) for term in row.terms), default=0.0)
        factors: dict[tuple[str, str, int], float] = {}
        for quantity, place, step, factor in row.terms:
            factors[quantity, place, step] = factors.get((quantity, place, step), 0.0) + factor
        terms += [(number, Term(*where, factor)) for where, factor in factors.items() if abs(factor) > DUST * largest]
    return {
        "clause_term": np.arange(len(terms)),
        "term_row": ("clause_term", np.array([number for number, _ in terms], dtype=int)),
        "term_quantity": ("clause_term", _words(term.quantity for _, term in terms)),
        "term_place": ("clause_term", _words(term.place for _, term in terms)),
        "term_step": ("clause_term", np.array([term.step for _, term in terms], dtype=int)),
        "term_factor": ("clause_term", np.array([term.factor for _, term in terms], dtype=float)),
    }


def _concession_variables(awake: Sequence[tuple[Clause, Sequence[Row]]]) -> dict[str, Any]:
    """Ways in which clauses can give way, and how much each counts; regimes of scales that are not convex."""
    weights, scales, regimes = dict[tuple[str, str], float](), dict[tuple[str, str], float](), list[tuple[str, str, int]]()
    for clause, rows in awake:
        for row in giving(rows):
            way = clause.id, str(row.concession)
            weights[way], scales[way] = row.measure.weight, max(scales.get(way, 0.0), abs(row.scale))
        for row in rows:
            regimes += [(clause.id, term.place, term.step) for term in row.terms if term.quantity == "regime"]
    pieces = list(dict.fromkeys(regimes))
    return {
        "concession": np.array([f"{clause},{part}" for clause, part in weights], dtype=str),
        "concession_clause": ("concession", _words(clause for clause, _ in weights)),
        "concession_part": ("concession", _words(part for _, part in weights)),
        "concession_weight": ("concession", np.array(list(weights.values()), dtype=float)),
        "concession_scale": ("concession", np.array(list(scales.values()), dtype=float)),
        "regime": _words(",".join(map(str, piece)) for piece in pieces),
        "regime_clause": ("regime", _words(clause for clause, _, _ in pieces)),
    }


def regime_pieces(inputs: xr.Dataset | Unlabelled) -> list[tuple[str, str, int]]:
    """Clause, part and number of each piece of a scale that is not convex, in the order of the model; read off the terms that use it."""
    at = inputs["term_quantity"].values == "regime"
    owners = inputs["row_clause"].values[inputs["term_row"].values[at]].tolist() if at.any() else []
    return list(dict.fromkeys(zip(owners, inputs["term_place"].values[at].tolist(), inputs["term_step"].values[at].tolist(), strict=True)))
