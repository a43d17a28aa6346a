"""The figures of a clause, each with its path and unit, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator

from waterdeal.agreement.clause import Clause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: unit by the dimension that a field reads
_UNITS = {"volume": "hm3", "flow": "m3/s", "energy": "GWh", "mass": "t"}
#: end of the names of what was given before the horizon, which is not promised but counted
_COUNTED = "so_far"


@dataclass(frozen=True)
class Figure:
    """One figure."""

    path: tuple[str | int, ...]  # names of fields, keys of tables and places in lists
    value: float
    unit: str  # `hm3`, `m3/s`, `GWh`, `t`, `share` or none

    @property
    def name(self) -> str:
        """Its path as one word, e.g. `release.value`; lists count from 1."""
        return ".".join(str(part + 1 if isinstance(part, int) else part) for part in self.path)


def figures_of(clause: Clause) -> tuple[Figure, ...]:
    """Return what a clause promises in figures, in the order of its fields; what all kinds have, such as the price, is left out."""
    return tuple(_in_model(clause, (), Clause.model_fields))


def _in_model(part: BaseModel, path: tuple[str | int, ...], left: Any = ()) -> Iterator[Figure]:
    """Yield the figures of a part."""
    for name, about in type(part).model_fields.items():
        if name not in left and not name.endswith(_COUNTED):
            yield from _in_value(getattr(part, name), (*path, name), _unit(about.annotation, about.metadata))


def _in_value(value: object, path: tuple[str | int, ...], unit: str) -> Iterator[Figure]:
    """Yield the figures of a value."""
    if isinstance(value, BaseModel):
        yield from _in_model(value, path)
    elif isinstance(value, dict | tuple):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _in_value(entry, (*path, key), unit)
    elif isinstance(value, float):
        yield Figure(path, value, unit)


def _unit(kind: Any, metadata: Sequence[Any]) -> str:
    """Return the unit that a field is read in: that of the first figure in what it holds."""
    for part in metadata:
        dimension = getattr(getattr(part, "func", None), "keywords", {}).get("dimension") if isinstance(part, BeforeValidator) else None
        if dimension is not None:
            return _UNITS[dimension]
        if any(getattr(bound, "le", None) == 1 for bound in (part, *getattr(part, "metadata", ()))):
            return "share"
    within = [(inner, ()) for inner in get_args(kind)]
    if get_origin(kind) is Annotated:
        within = [(get_args(kind)[0], get_args(kind)[1:])]
    return next(filter(None, (_unit(*one) for one in within)), "")


def changed_figure(clause: Clause, figure: Figure, values: Mapping[tuple[str | int, ...], Any]) -> tuple[str, Any]:
    """Return the key within a clause that changes a figure, and what to lay there: the list it stands in whole, with other new figures."""
    end = next((place for place, part in enumerate(figure.path) if isinstance(part, int)), len(figure.path))
    holder: Any = clause
    for part in figure.path[:end]:
        holder = holder[part] if isinstance(holder, dict) else getattr(holder, str(part))
    return ".".join(map(str, figure.path[:end])), _replaced(holder, figure.path[:end], values)


def _replaced(value: Any, path: tuple[str | int, ...], values: Mapping[tuple[str | int, ...], Any]) -> Any:
    """Return a figure, or a list of figures, with the new ones in place."""
    if isinstance(value, tuple):
        return [_replaced(entry, (*path, place), values) for place, entry in enumerate(value)]
    return values.get(path, value)
