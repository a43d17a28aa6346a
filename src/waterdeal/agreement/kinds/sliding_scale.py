"""Sliding scale: a volume promised as a piecewise linear function of a published index, or by class of year."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import Facts, each, names, text, volumes
from waterdeal.agreement.piecewise import Scale, scale_rows
from waterdeal.agreement.place import Place, place_names, place_terms, place_volumes
from waterdeal.agreement.rows import WHOLE, Reading, Row, Term, counted
from waterdeal.fields import Frozen, Volume
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.agreement.river import Flows, River

ACCUMULATES = True


class Index(Frozen):
    """The published index: a `known` volume (a forecast), `storage` of a reservoir `on` a date, or the volume at `flow`."""

    known: Volume | None = None
    storage: str | None = None
    on: date | None = None
    flow: str | None = None
    so_far: Volume = 0.0

    @model_validator(mode="after")
    def one_index(self) -> Index:
        """Exactly one index."""
        if sum(entry is not None for entry in (self.known, self.storage, self.flow)) != 1:
            raise ValueError(say("agreement.give_exactly_one_known"))
        return self


class Form(Clause, Place):
    """`by_class` gives a volume for each class of year, or `index` with `points` (index, volume) a scale."""

    kind: Literal["sliding_scale"]
    by_class: dict[str, Volume] = Field(default_factory=dict)
    index: Index | None = None
    points: tuple[tuple[Volume, Volume], ...] = ()
    beyond: Literal["constant", "along"] = "constant"
    sense: Literal["at_least", "at_most"] = "at_least"
    so_far: Volume = 0.0

    @model_validator(mode="after")
    def one_scale(self) -> Form:
        """Classes, or an index with at least two rising points."""
        if bool(self.by_class) == (self.index is not None):
            raise ValueError(say("agreement.give_either_by_class"))
        xs = [point[0] for point in self.points]
        if self.index is not None and (len(xs) < 2 or any(b <= a for a, b in pairwise(xs))):
            raise ValueError(say("agreement.points_must_at_least"))
        return self

    @property
    def scale(self) -> Scale:
        """The promise as a function of the index."""
        return Scale(self.points, along=self.beyond == "along")


def rows(clause: Form, river: River) -> list[Row]:
    """Volume over the period at least, or at most, what the scale says."""
    kept = place_terms(clause, river, river.within(clause))
    terms, known, highest = _index(clause, river)
    if not terms:
        promised = clause.by_class[_year_class(river)] if clause.by_class else clause.scale.value(known)
        return [Row(WHOLE, clause.sense, kept, promised - clause.so_far, scale=promised)]
    return counted(scale_rows(WHOLE, kept, (terms, known), clause.scale, (clause.sense, highest)), clause.so_far)


def readings(clause: Form, flows: Flows) -> list[Reading]:
    """Volume measured against the scale at the index measured."""
    measured = float(place_volumes(clause, flows)[flows.within(clause)].sum()) + clause.so_far
    promised = clause.by_class[_year_class(flows)] if clause.by_class else clause.scale.value(_measured_index(clause, flows))
    return [Reading(WHOLE, clause.sense, measured, promised)]


def facts(clause: Form) -> Facts:
    """Place, side and the points of the scale."""
    index = clause.index
    named = names(*filter(None, (index.storage, index.flow))) if index is not None else text("")
    return {
        "place": names(*place_names(clause)), "sense": each(clause.sense), "index": named,
        "value": volumes(*(clause.by_class.values() or [y for _, y in clause.points])),
    }  # fmt: skip


def _year_class(river: River) -> str:
    """Class of year of the plan."""
    return str(river.data.attrs.get("year_class", ""))


def _index(clause: Form, river: River) -> tuple[tuple[Term, ...], float, float]:
    """Terms of the index, what is known of it, and the largest value it can take."""
    index = clause.index
    if index is None or index.known is not None:
        return (), index.known if index is not None and index.known is not None else 0.0, 0.0
    if index.flow is not None:
        return river.terms("flow", (index.flow,), river.within(clause)), index.so_far, river.most_water + index.so_far
    body = str(index.storage)
    if index.on is None or str(index.on) == str(river.starts[0]):
        return (), float(river.data["storage_initial"].values[river.ids("reservoir").index(body)]), 0.0
    step = river.step_ending(index.on)
    return river.terms("storage", (body,), [step]), 0.0, float(river.data["storage_max"].values[river.ids("reservoir").index(body), step])


def _measured_index(clause: Form, flows: Flows) -> float:
    """Value of the index on the flows."""
    terms, known, _ = _index(clause, flows)
    index = clause.index
    if not terms or index is None:
        return known
    if index.flow is not None:
        return float(flows.at("flow", (index.flow,))[flows.within(clause)].sum()) + known
    return float(flows.at("storage", (str(index.storage),))[terms[0].step])
