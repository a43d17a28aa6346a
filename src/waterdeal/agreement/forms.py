"""All kinds of clauses, and the one door through which clauses are turned into rows and readings."""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, SerializeAsAny, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

from waterdeal.agreement.kinds import energy, flow, release, salt, scale, share, storage, volume, works
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.river import Flows, River
    from waterdeal.agreement.rows import Reading, Row

#: the kinds, family by family
_FAMILIES = (volume, flow, share, scale, storage, release, energy, salt, works)
KINDS: tuple[type[Clause], ...] = tuple(kind for family in _FAMILIES for kind in family.KINDS)


def kind_name(kind: Any) -> str:
    """Name of a kind: the word that its class takes for `kind`."""
    names = get_args(_form(kind).model_fields["kind"].annotation)
    if not names:
        raise ValueError(say("agreement.kind_unnamed", kind=told_name(kind)))
    return str(names[0])


def _form(kind: Any) -> type[Clause]:
    """Class of a kind: itself, or `Form` of a module or class that holds what a kind does beside it."""
    form: type[Clause] = getattr(kind, "Form", kind)
    return form


#: kinds of the package, and those from outside that this process was given
_BY_NAME: dict[str, Any] = {kind_name(kind): kind for kind in KINDS}
_BUNDLED = frozenset(_BY_NAME)


def from_outside(group: str, name: str) -> Any:
    """Load an entry point of another package, e.g. of ``waterdeal.clause_kinds``; KeyError where none has the name."""
    from importlib.metadata import entry_points

    for point in entry_points(group=group):
        if point.name == name:
            found = point.load()
            _SHIPPED[id(found)] = f"{point.value}, {point.dist.name} {point.dist.version}" if point.dist else point.value
            return found
    raise KeyError(say("agreement.no_entry_point", name=name, group=group))


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


def add_kinds(kinds: Iterable[Any]) -> None:
    """Make kinds of clauses from outside known: classes of `Clause`, or what has Form, rows, readings, facts and ACCUMULATES."""
    for kind in kinds:
        form, name = _form(kind), kind_name(kind)
        if _BY_NAME.setdefault(name, kind) is not kind:
            raise ValueError(say("agreement.kind_taken", name=name, other=told_name(_BY_NAME[name])))
        if form is not kind:
            for part in ("rows", "readings", "facts"):
                setattr(form, part, getattr(kind, part))
            form.accumulates = kind.ACCUMULATES


def told_kinds(clauses: Iterable[Clause]) -> list[str]:
    """Tell the kinds from outside that some clauses are of, for the provenance of a plan."""
    return [f"{kind} ({told_name(_BY_NAME[kind])})" for kind in sorted({clause.kind for clause in clauses} - _BUNDLED)]


def kind_names() -> list[str]:
    """Return the names of all kinds that are known."""
    return list(_BY_NAME)


def known_kind(name: str) -> type[Clause] | None:
    """Return the class of a kind, from an entry point ``waterdeal.clause_kinds`` where it is not known yet; None where there is none."""
    if name not in _BY_NAME:
        try:
            add_kinds([from_outside("waterdeal.clause_kinds", name)])
        except KeyError:
            return None
    return _form(_BY_NAME[name]) if name in _BY_NAME else None


def _from_outside(value: Any, bundled: Any) -> Any:
    """Read a clause of a kind from outside by its own form; any other by those of the package."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    form = known_kind(kind) if isinstance(kind, str) and kind not in _BUNDLED else None
    if form is None:
        return bundled(value)
    try:
        return form.model_validate(value)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        code = "kind_from_outside"
        raise PydanticCustomError(code, "{told}", {"told": told}) from error


if TYPE_CHECKING:
    AnyClause = Any
else:
    AnyClause = Annotated[SerializeAsAny[Annotated[reduce(or_, KINDS), Field(discriminator="kind")]], WrapValidator(_from_outside)]


def clause_rows(clause: Clause, river: River) -> list[Row]:
    """Return the rows of a clause; none where its period is out of sight."""
    return clause.rows(river) if clause.steps(river).size else []


def clause_readings(clause: Clause, flows: Flows) -> list[Reading]:
    """Measure a clause on the flows of a plan, or on measured ones; of a season whose rest is planned, what that rest still decides."""
    readings = clause.readings(flows) if clause.steps(flows).size else []
    if not flows.past:
        return readings
    open_parts = set(zip(flows.data["row_clause"].values.tolist(), flows.data["row_part"].values.tolist(), strict=True))
    return [reading for reading in readings if (clause.id, reading.part) in open_parts]
