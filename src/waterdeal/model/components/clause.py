"""Clause: what the parties promised, as rows that hold, give way by an explicit concession, and carry the clause's id.

The rows come as data (``row_*`` and ``term_*`` of the inputs), made by the kinds in ``agreement``; here they become Pyomo rows
``clause.at_least[clause, part]`` and ``clause.at_most[clause, part]``. What a clause concedes is ``clause.conceded[clause]``, the
largest of its parts as it counts them: nothing unless its agreement or the scenario allows it.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.agreement.inputs import regime_pieces
from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, between, grouped_set, members_by, pairs_of
from waterdeal.variables import having, vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.unlabelled import Unlabelled

    Rule = Callable[..., Any]
    Members = tuple[tuple[str, ...], tuple[Any, ...], float]

AFTER = ("demand", "reservoir", "lake", "hydropower", "salt_load")

#: ways a row can bind
SENSES = ("at_least", "at_most", "exactly")


@cache
def variables() -> dict[str, str]:
    """Variable of the model that each quantity of a term stands for; a storage is that of a reservoir or of a lake."""
    places = {name: vocabulary()[name].solved_as.split() for name in having("promised")}
    found = {f"{path.split('.')[0]}_{name}" if len(paths) > 1 else name: path for name, paths in places.items() for path in paths}
    return found | {"regime": "clause.regime", "regime_index": "clause.regime_index"}


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``concession[clause, part]``, ``conceded[clause]``, and the rows of all clauses."""
    if not inputs.sizes["clause"]:
        return Terms()
    block = model.clause = pyo.Block()
    add_sets(block, CLAUSE=inputs["clause"].values)
    add_data(block, inputs, "clause_price clause_conceded_max", block.CLAUSE)
    block.conceded = Columns(block.CLAUSE, bounds=between("", "clause_conceded_max"))
    owners, parts = inputs["concession_clause"].values.tolist(), inputs["concession_part"].values.tolist()
    block.CONCESSION = pairs_of(owners, parts)
    add_data(block, inputs, "concession_weight", block.CONCESSION)
    scales = inputs["concession_scale"].values if "concession_scale" in inputs else np.ones(len(owners))  # runs of old tell none
    block.concession_scale = Data(block.CONCESSION, array=scales)
    block.concession = Columns(block.CONCESSION, domain=pyo.NonNegativeReals)
    block.concession_counted = Rows(block.CONCESSION, rule=_concession_counted)
    _add_regimes(block, inputs)
    terms = _terms(inputs)
    for sense in SENSES:
        _add_rows(block, inputs, sense, terms)
    return Terms()


def _concession_counted(block: Any, clause: Any, part: Any) -> Any:
    return block.concession_weight[clause, part] * block.concession[clause, part] <= block.conceded[clause]


def _add_regimes(block: Any, inputs: Unlabelled) -> None:
    """Add the binaries of scales that are not convex; there are none in most agreements."""
    block.REGIME = pyo.Set(initialize=[(clause, part, str(piece)) for clause, part, piece in regime_pieces(inputs)], dimen=3)
    block.regime = Columns(block.REGIME, domain=pyo.Binary)
    block.regime_index = Columns(block.REGIME, domain=pyo.NonNegativeReals)


def _terms(inputs: Unlabelled) -> dict[tuple[str, str], list[Members]]:
    """Group the terms by sense and quantity: (clause, part), index of the variable, factor."""
    steps = inputs["step"].values.tolist()
    bodies = dict(zip(inputs["node"].values.tolist(), inputs["node_kind"].values.tolist(), strict=True))
    rows = list(zip(*(inputs[f"row_{name}"].values.tolist() for name in ("clause", "part", "sense")), strict=True))
    found: dict[tuple[str, str], list[Members]] = {}
    fields = ("term_row", "term_quantity", "term_place", "term_step", "term_factor")
    for row, quantity, place, step, factor in zip(*(inputs[name].values.tolist() for name in fields), strict=True):
        clause, part, sense = rows[row]
        index: tuple[Any, ...] = (place, steps[step]) if "regime" not in quantity else (clause, place, str(step))
        kind = f"{bodies[place]}_storage" if quantity == "storage" else quantity
        found.setdefault((sense, kind), []).append(((clause, part), index, factor))
    return found


def _add_rows(block: Any, inputs: Unlabelled, sense: str, terms: dict[tuple[str, str], list[Members]]) -> None:
    """Add the rows of one sense."""
    chosen = inputs.take(clause_row=np.flatnonzero(inputs["row_sense"].values == sense))
    rows = list(zip(chosen["row_clause"].values.tolist(), chosen["row_part"].values.tolist(), strict=True))
    over = pyo.Set(initialize=rows, dimen=2)
    block.add_component(sense.upper(), over)
    block.add_component(f"{sense}_bound", Data(over, array=chosen["row_bound"]))
    ways = [(row, way) for row, way in zip(rows, chosen["row_concession"].values.tolist(), strict=True) if way]
    block.add_component(f"{sense}_WAY", grouped_set(over, members_by([row for row, _ in ways], [way for _, way in ways])))
    used = [quantity for quantity in variables() if (sense, quantity) in terms]
    for quantity in used:
        owners, places, factors = zip(*terms[sense, quantity], strict=True)
        name, width = f"{sense}_{quantity}", len(places[0])
        index = pyo.Set(initialize=[(*row, *place) for row, place in zip(owners, places, strict=True)], dimen=2 + width)
        block.add_component(f"{name}_TERM", index)
        block.add_component(f"{name}_factor", Data(index, array=factors))
        block.add_component(name, grouped_set(over, members_by(owners, places), dimen=width))
    block.add_component(sense, Rows(over, rule=_rule(sense, used)))


def _rule(sense: str, used: list[str]) -> Rule:
    """Return the rule of the rows of one sense, over the quantities that occur in them."""

    def rule(block: Any, clause: Any, part: Any) -> Any:
        total = 0
        for quantity in used:
            variable, factor = attrgetter(variables()[quantity])(block.model()), block.component(f"{sense}_{quantity}_factor")
            members = block.component(f"{sense}_{quantity}")[clause, part]
            total += sum(factor[clause, part, *index] * variable[index] for index in members)
        given = sum(block.concession[clause, way] for way in block.component(f"{sense}_WAY")[clause, part])
        bound = block.component(f"{sense}_bound")[clause, part]
        if sense == "at_least":
            return total + given >= bound
        return total - given <= bound if sense == "at_most" else total == bound

    return rule
