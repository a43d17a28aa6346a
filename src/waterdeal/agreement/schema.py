"""An agreement file: what the deal is called, and its clauses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from waterdeal.agreement.forms import AnyClause
from waterdeal.errors import refuse
from waterdeal.fields import Frozen


class Title(Frozen):
    """What the agreement is called, by language, and where it comes from."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: dict[str, str] = Field(default_factory=dict)
    source: str = ""
    note: str = ""


class Agreement(Frozen):
    """An agreement, read and checked by itself."""

    schema_id: Annotated[Literal["waterdeal/agreement@1"], Field(alias="schema")] = "waterdeal/agreement@1"
    agreement: Title
    clause: Annotated[tuple[AnyClause, ...], Field(min_length=1)]

    def check_fields(self) -> None:
        """A clause id stands once."""
        ids = [clause.id for clause in self.clause]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        refuse(twice, "agreement.clause_twice", twice=", ".join(twice))


def agreement_schema() -> dict[str, Any]:
    """Return the JSON Schema of agreement files."""
    schema = Agreement.model_json_schema(by_alias=True)
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "waterdeal agreement"}
