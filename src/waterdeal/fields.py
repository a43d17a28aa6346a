"""Fields of the files people write: frozen, every key known, every quantity with a unit or in the inside one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from waterdeal.errors import refuse
from waterdeal.units import read_quantity
from waterdeal.words import is_unseen


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
Tonnes = Annotated[float, _read("mass"), _shown("50000 t")]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100), AfterValidator(_no_percentage)]
#: bytes of the name of a file, at most
MOST_NAME = 250
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")]


def _file_name(name: str) -> str:
    """Refuse what no disk knows as the name of a file."""
    refuse(any(map(is_unseen, name)) or not 0 < len(name.encode()) <= MOST_NAME, "general.file_name", most=MOST_NAME)
    return name


#: the name of a file or folder, as files of people name others
FileName = Annotated[str, AfterValidator(_file_name)]


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

