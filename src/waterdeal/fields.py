"""Fields of the files people write: frozen, every key known, every quantity with a unit or in the inside one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from waterdeal.units import read_quantity
from waterdeal.words import say


def _read(dimension: str) -> BeforeValidator:
    """Make the validator of a field that holds a quantity."""
    return BeforeValidator(partial(read_quantity, dimension=dimension))


def _shown(example: str) -> WithJsonSchema:
    """Make the schema of a field that holds a quantity."""
    return WithJsonSchema({"type": ["number", "string"], "examples": [example]})


Volume = Annotated[float, _read("volume"), _shown("6.8 km3")]
Rate = Annotated[float, _read("flow"), _shown("30 m3/s")]
Energy = Annotated[float, _read("energy"), _shown("350 GWh")]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")]


class Frozen(BaseModel):
    """A part of a file: cannot be changed, refuses unknown keys. What checks it is made when the first one is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    def check_fields(self) -> None:
        """Refuse fields that do not go together; that of each class it is made from runs too, the first one first."""

    @model_validator(mode="after")
    def checked(self) -> Self:
        """Run the checks of its classes."""
        for kind in reversed(type(self).mro()):
            if issubclass(kind, Frozen) and "check_fields" in vars(kind):
                kind.check_fields(self)
        return self


def refuse(wrong: object, key: str, /, **values: object) -> None:
    """Refuse what a validator found wrong; the sentence keeps its key for `waterdeal.documents.explain`."""
    if wrong:
        raise ValueError(say(key, **values))
