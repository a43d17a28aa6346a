"""All kinds of clauses, and the one door through which clauses are turned into rows and readings."""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, SerializeAsAny, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

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
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

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


#: kinds of the package, and those from outside that this process was given
_BY_NAME: dict[str, Any] = {module.__name__.rpartition(".")[2]: module for module in KINDS}
_BUNDLED = frozenset(_BY_NAME)


def from_outside(group: str, name: str) -> Any:
    """Load an entry point of another package, e.g. of ``waterdeal.clause_kinds``; KeyError where none has the name."""
    from importlib.metadata import entry_points

    for point in entry_points(group=group):
        if point.name == name:
            found = point.load()
            _SHIPPED[id(found)] = f"{point.value}, {point.dist.name} {point.dist.version}" if point.dist else point.value
            return found
    message = f'"{name}" is no entry point of {group}; install the package that brings it, or give the thing itself'
    raise KeyError(message)


#: module and package of what was loaded from entry points
_SHIPPED: dict[int, str] = {}


def told_name(part: Any) -> str:
    """Say what a part from outside is: module and name, and the package where it came by an entry point."""
    if id(part) in _SHIPPED:
        return _SHIPPED[id(part)]
    if isinstance(part, ModuleType):
        return part.__name__
    named = part if hasattr(part, "__qualname__") else type(part)
    return f"{named.__module__}:{named.__qualname__}"


def add_kinds(modules: Iterable[Any]) -> None:
    """Make kinds of clauses from outside known to this process: modules or classes with Form, rows, readings, facts, ACCUMULATES."""
    for module in modules:
        name = str(get_args(module.Form.model_fields["kind"].annotation)[0])
        if _BY_NAME.setdefault(name, module) is not module:
            raise ValueError(say("agreement.name_another_kind_clause", name=name, told_name=told_name(_BY_NAME[name])))


def told_kinds(clauses: Iterable[Clause]) -> list[str]:
    """Tell the kinds from outside that some clauses are of, for the provenance of a plan."""
    return [f"{kind} ({told_name(_BY_NAME[kind])})" for kind in sorted({clause.kind for clause in clauses} - _BUNDLED)]


def kind_names() -> list[str]:
    """Return the names of all kinds that are known."""
    return list(_BY_NAME)


def known_kind(name: str) -> Any:
    """Return the module of a kind, from an entry point ``waterdeal.clause_kinds`` where it is not known yet; None where there is none."""
    if name not in _BY_NAME:
        try:
            add_kinds([from_outside("waterdeal.clause_kinds", name)])
        except KeyError:
            return None
    return _BY_NAME.get(name)


def _from_outside(value: Any, bundled: Any) -> Any:
    """Read a clause of a kind from outside by its own form; any other by those of the package."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if not isinstance(kind, str) or kind in _BUNDLED or known_kind(kind) is None:
        return bundled(value)
    form = _BY_NAME[kind].Form
    if isinstance(value, form):
        return value
    try:
        return form.model_validate(value)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        code = "kind_from_outside"
        raise PydanticCustomError(code, "{told}", {"told": told}) from error


if TYPE_CHECKING:
    AnyClause = Any
else:
    AnyClause = Annotated[
        SerializeAsAny[Annotated[reduce(or_, (module.Form for module in KINDS)), Field(discriminator="kind")]], WrapValidator(_from_outside)
    ]


def kind_of(clause: Clause) -> Any:
    """Return the module of a clause's kind."""
    return _BY_NAME[clause.kind]


def clause_rows(clause: Clause, river: River) -> list[Row]:
    """Return the rows of a clause."""
    found: list[Row] = kind_of(clause).rows(clause, river) if river.within(clause).size else []
    return found


def clause_readings(clause: Clause, flows: Flows) -> list[Reading]:
    """Measure a clause on the flows of a plan, or on measured ones."""
    found: list[Reading] = kind_of(clause).readings(clause, flows) if flows.within(clause).size else []
    return found


def clause_facts(clause: Clause) -> Facts:
    """Return the facts of a clause's sentence."""
    found: Facts = kind_of(clause).facts(clause)
    return found
