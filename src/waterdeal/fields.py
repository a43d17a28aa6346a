"""Fields of the files people write: frozen, every key known, every quantity with a unit or in the inside one."""

from __future__ import annotations

import re
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from waterdeal.errors import refuse
from waterdeal.units import read_quantity
from waterdeal.words import is_unseen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler


def _read(dimension: str) -> BeforeValidator:
    """Make the validator of a field that holds a quantity."""
    return BeforeValidator(partial(read_quantity, dimension=dimension))


def _shown(example: str) -> WithJsonSchema:
    """Make the schema of a field that holds a quantity."""
    return WithJsonSchema({"type": ["number", "string"], "examples": [example]})


def _no_percentage(factor: float) -> float:
    """Refuse a factor that can only be meant as a percentage."""
    refuse(factor > _MOST, "scenario.factor_percent", factor=factor, share=factor / 100)
    return factor


#: no river, demand or price is multiplied by more
_MOST = 10
Volume = Annotated[float, _read("volume"), _shown("6.8 km3")]
Rate = Annotated[float, _read("flow"), _shown("30 m3/s")]
Energy = Annotated[float, _read("energy"), _shown("350 GWh")]
Land = Annotated[float, _read("land"), _shown("80 kha")]
Tonnes = Annotated[float, _read("mass"), _shown("50000 t")]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100), AfterValidator(_no_percentage)]
#: price of a kWh or a m3 in some currency, million a GWh or hm3; and the dearest that anybody means, in dollars
Price = Annotated[float, Field(ge=0)]
DEAREST = 1.0
#: bytes of the name of a file, at most
MOST_NAME = 250
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")]


def _file_name(name: str) -> str:
    """Refuse what no disk knows as the name of a file."""
    refuse(any(map(is_unseen, name)) or not 0 < len(name.encode()) <= MOST_NAME, "general.file_name", most=MOST_NAME)
    return name


#: the name of a file or folder, as files of people name others
FileName = Annotated[str, AfterValidator(_file_name)]


def _form_of(value: object) -> str:
    """Form of a value: a table, a list, a list of lists, a text or one figure."""
    if isinstance(value, dict | BaseModel):
        return "table"
    if isinstance(value, list | tuple):
        return "lists" if value and isinstance(value[0], list | tuple) else "list"
    return "text" if isinstance(value, str) else "one"


class _ByForm:
    """Reads a field that takes several types as the one whose form it has, the first where it has none: one fault is told once."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Choose by form."""
        types = [part for part in get_args(source) if part is not type(None)]
        choices = {f"as-{_type_form(part)}": handler.generate_schema(part) for part in types}
        first = next(iter(choices))

        def chosen(value: object) -> str:
            form = f"as-{_form_of(value)}"
            return form if form in choices else first

        return {"type": "tagged-union", "choices": choices, "discriminator": chosen}


def _type_form(annotation: Any) -> str:
    """Form of the values of a type."""
    outer, inner = get_origin(annotation), get_args(annotation)
    if outer is tuple:
        return "lists" if get_origin(inner[0]) is tuple else "list"
    if outer is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return "table"
    return "text" if annotation is str else "one"


#: stands beside the types of a field that takes several
BY_FORM = _ByForm()


def _kinds(annotation: Any) -> frozenset[Any]:
    """Types that a field may hold, at any depth."""
    if get_origin(annotation) is Literal:
        return frozenset({str})
    parts = get_args(annotation)
    if not parts:
        return frozenset({annotation})
    return frozenset().union(*map(_kinds, parts[:1] if get_origin(annotation) is Annotated else parts))


@cache
def _kinds_of(model: type[BaseModel], field: str) -> frozenset[Any]:
    """Types that a field of a model may hold."""
    return _kinds(model.model_fields[field].annotation)


def _leaves(value: object) -> Iterator[object]:
    """Values in a value, those of its lists and tables."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from _leaves(part)
    if not isinstance(value, dict | list | tuple):
        yield value


class Frozen(BaseModel):
    """A part of a file: cannot be changed, refuses unknown keys. What checks it is made when the first one is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def of_its_kind(cls, content: object) -> object:
        """Refuse what would be taken for another kind in silence: true for 1, 0 for 1 January 1970, "1_0" for 10."""
        given = content if isinstance(content, dict) else {}
        for key in [key for key in given if key in cls.model_fields]:
            kinds = _kinds_of(cls, key)
            numbers, days = kinds & {int, float}, date in kinds
            nested = any(isinstance(kind, type) and issubclass(kind, BaseModel) for kind in kinds)  # each looks at its own fields
            for leaf in () if Any in kinds else [given[key]] if nested else _leaves(given[key]):
                refuse(isinstance(leaf, bool) and bool not in kinds and (numbers or days), "general.truth_for_number", name=key)
                refuse(isinstance(leaf, int | float) and days and not numbers, "general.number_for_day", name=key)
                underscored = isinstance(leaf, str) and str not in kinds and re.fullmatch(r"[+-]?\d+_[\d_.]*", leaf)
                refuse(underscored and numbers, "general.underscored", name=key, text=leaf)
        return content

    def check_fields(self) -> None:
        """Refuse fields that do not go together; that of each class it is made from runs too, the first one first."""

    @model_validator(mode="after")
    def checked(self) -> Self:
        """Run the checks of its classes."""
        for kind in reversed(type(self).mro()):
            if issubclass(kind, Frozen) and "check_fields" in vars(kind):
                kind.check_fields(self)
        return self
