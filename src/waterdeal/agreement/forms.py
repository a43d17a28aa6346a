"""All kinds of clauses, and the one door through which clauses are turned into rows and readings."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from waterdeal.agreement.kinds import (
    end_storage,
    energy_min,
    env_flow,
    equal_ratio,
    exchange,
    max_flow,
    max_volume,
    min_flow,
    min_supply_ratio,
    min_volume,
    payback,
    release_limit,
    schedule,
    share_of_flow,
    sliding_scale,
    storage_band,
    threshold_share,
)

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.facts import Facts
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row

#: the kinds, in order
KINDS = (
    min_volume,
    max_volume,
    min_flow,
    max_flow,
    schedule,
    min_supply_ratio,
    share_of_flow,
    equal_ratio,
    threshold_share,
    sliding_scale,
    env_flow,
    end_storage,
    storage_band,
    release_limit,
    energy_min,
    payback,
    exchange,
)


_BY_NAME: dict[str, Any] = {module.__name__.rpartition(".")[2]: module for module in KINDS}
if TYPE_CHECKING:
    AnyClause = Any
else:
    AnyClause = Annotated[reduce(or_, (module.Form for module in KINDS)), Field(discriminator="kind")]


def kind_of(clause: Clause) -> Any:
    """Return the module of a clause's kind."""
    return _BY_NAME[clause.kind]


def clause_rows(clause: Clause, river: River) -> list[Row]:
    """Return the rows of a clause.

    Parameters
    ----------
    clause : Clause
        Of any kind.
    river : River
        The horizon.

    Returns
    -------
    list of Row
        Empty where the clause sleeps over the horizon.
    """
    found: list[Row] = kind_of(clause).rows(clause, river) if river.within(clause).size else []
    return found


def clause_readings(clause: Clause, flows: Flows) -> list[Reading]:
    """Measure a clause on the flows of a plan, or on measured ones.

    Parameters
    ----------
    clause : Clause
        Of any kind.
    flows : Flows
        The flows.

    Returns
    -------
    list of Reading
        What was promised and what was measured, by part; no row of the model is used.
    """
    found: list[Reading] = kind_of(clause).readings(clause, flows) if flows.within(clause).size else []
    return found


def clause_facts(clause: Clause) -> Facts:
    """Return the facts of a clause's sentence."""
    found: Facts = kind_of(clause).facts(clause)
    return found
