"""Food: what a party needs of a crop, grown at home or brought in, and the area on which a crop may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.clause import Clause
from waterdeal.agreement.crops import area_terms, grown_on, output_terms, sum_over
from waterdeal.agreement.facts import Facts, Phrase, fact, names
from waterdeal.agreement.rows import WHOLE, Measure, Reading, Row
from waterdeal.errors import refuse
from waterdeal.fields import Land, Tonnes

if TYPE_CHECKING:
    from waterdeal.agreement.promise import Promise
    from waterdeal.agreement.river import Flows, River

#: tonnes of a kt, in which output is counted inside
THOUSAND = 1000.0


class OfCrop(Clause):
    """A clause on a crop on all fields of one party; a plan that has no such field holds none of it."""

    crop: str
    grown_by: str

    def promises(self, river: River) -> list[Promise]:  # noqa: ARG002
        """None that is of steps."""
        return []

    def _fields(self, river: River) -> tuple[str, ...]:
        """Fields of the party with the crop."""
        return grown_on(river, (self.grown_by,), self.crop)

    def unheld(self, river: River) -> list[str]:
        """All of it where the plan has no such field."""
        return [] if self._fields(river) else ["food"]


class FoodNeed(OfCrop):
    """`tonnes` is what `grown_by` needs of `crop`: what it grows and what is `imported`, less what is `exported`, is at least that.

    What is not told of trade is that of the exchanges in force.
    """

    kind: Literal["food_need"]
    tonnes: Tonnes
    imported: Tonnes | None = None
    exported: Tonnes | None = None

    @property
    def home(self) -> float:
        """What has to be grown, kt."""
        return max(self.tonnes + (self.exported or 0.0) - (self.imported or 0.0), 0.0) / THOUSAND

    def rows(self, river: River) -> list[Row]:
        """One: the output of the crop."""
        fields, need = self._fields(river), self.tonnes / THOUSAND
        row = Row(WHOLE, "at_least", output_terms(river, fields), self.home, "kt", WHOLE, need, Measure(number=need))
        return [row] if fields else []

    def readings(self, flows: Flows) -> list[Reading]:
        """The output of the crop."""
        fields = self._fields(flows)
        return [Reading(WHOLE, "at_least", sum_over(flows, "field_output", fields), self.home, "kt")] if fields else []

    def facts(self) -> Facts:
        """Party, crop, need, and what is brought in and sent out."""
        told = {name: fact("load", (getattr(self, name) or 0.0) / THOUSAND) for name in ("imported", "exported")}
        return {"place": names(self.grown_by), "crop": names(self.crop), "value": fact("load", self.tonnes / THOUSAND), **told}

    def phrases(self) -> list[Phrase]:
        """What a party has to eat, and what of it comes from or goes abroad."""
        found = [Phrase("clause.food_need", self.facts())]
        traded = (("clause.food_imported", self.imported), ("clause.food_exported", self.exported))
        return found + [Phrase(key, self.facts()) for key, tonnes in traded if tonnes]


class CropArea(OfCrop):
    """`low` and `high` are the least and the most area of `crop` on the fields of `grown_by`, kha; nothing at most is unsown."""

    kind: Literal["crop_area"]
    low: Land | None = None
    high: Land | None = None

    def check_fields(self) -> None:
        """There is an edge, and the low one is below the high one."""
        refuse(self.low is None and self.high is None, "agreement.no_edge")
        low, high = self.low, self.high
        refuse(low is not None and high is not None and low > high, "agreement.edges_crossed", low=low, high=high)

    def _edges(self) -> list[tuple[Literal["at_least", "at_most"], float]]:
        """Sides and areas that are told."""
        edges: tuple[tuple[Literal["at_least", "at_most"], float | None], ...] = (("at_least", self.low), ("at_most", self.high))
        return [(sense, edge) for sense, edge in edges if edge is not None]

    def rows(self, river: River) -> list[Row]:
        """One an edge."""
        fields = self._fields(river)
        return [
            Row(sense, sense, area_terms(river, fields), edge, "kha", sense, edge or 1.0, Measure(number=edge))
            for sense, edge in self._edges()
            if fields
        ]

    def readings(self, flows: Flows) -> list[Reading]:
        """The area."""
        fields = self._fields(flows)
        return [Reading(sense, sense, sum_over(flows, "field_area", fields), edge, "kha") for sense, edge in self._edges() if fields]

    def facts(self) -> Facts:
        """Party, crop and edges."""
        return {"place": names(self.grown_by), "crop": names(self.crop), "low": fact("area", self.low), "high": fact("area", self.high)}

    def phrases(self) -> list[Phrase]:
        """Each edge."""
        return [Phrase(f"clause.crop_area_{'low' if sense == 'at_least' else 'high'}", self.facts()) for sense, _ in self._edges()]


KINDS = (FoodNeed, CropArea)
