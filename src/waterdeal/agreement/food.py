"""Food between parties: what exchanges of a crop bring and take counts in what each needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.agreement.kinds.energy import Exchange
from waterdeal.agreement.kinds.food import FoodNeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from waterdeal.agreement.clause import Clause


def food_traded(clauses: Iterable[Clause]) -> Iterator[tuple[str, str, str, float]]:
    """Yield party, crop, `exported` or `imported`, and tonnes of the exchanges among some clauses; parties of a side have even parts."""
    for clause in clauses:
        food = clause.food if isinstance(clause, Exchange) else None
        if food is not None and food.crop is not None:
            givers, takers = (clause.party, clause.to) if food.by == "party" else (clause.to, clause.party)
            for name, parties in (("exported", givers), ("imported", takers)):
                yield from ((party, food.crop, name, food.tonnes / len(parties)) for party in parties)


def with_food_exchanged(clauses: Sequence[Clause]) -> list[Clause]:
    """Return clauses in which needs count the food that exchanges among them bring and take, where they do not tell it themselves."""
    traded: dict[tuple[str, str, str], float] = {}
    for *whose, tonnes in food_traded(clauses):
        party, crop, name = map(str, whose)
        traded[party, crop, name] = traded.get((party, crop, name), 0.0) + float(tonnes)
    found: list[Clause] = []
    for clause in clauses:
        if isinstance(clause, FoodNeed):
            known = {name: traded.get((clause.grown_by, clause.crop, name)) for name in ("imported", "exported")}
            fresh = {name: tonnes for name, tonnes in known.items() if tonnes is not None and getattr(clause, name) is None}
            found.append(clause.model_copy(update=fresh) if fresh else clause)
        else:
            found.append(clause)
    return found
