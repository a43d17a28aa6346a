"""What ``--json`` of each command holds, as JSON Schema made from ``outputs.csv``."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any

from waterdeal.cli.console import OUTPUT, output_name

#: words of the table for types of JSON
_TYPES: dict[str, Any] = {
    "text": {"type": "string"}, "integer": {"type": "integer"}, "number": {"type": "number"}, "flag": {"type": "boolean"},
    "record": {"type": "object"}, "null": {"type": "null"}, "any": {},
}  # fmt: skip
#: what an error tells beside what the command knows by then
_ERROR = {"error": "text", "problems": "list of record"}
#: commands that print a list where they are given several tasks
_SEVERAL = ("run",)
#: the command whose own output is a schema, and names none
_BARE = "schema"


def output_schemas() -> dict[str, Any]:
    """Return the JSON Schemas of the outputs of all commands, by command in ``$defs``."""
    commands: dict[str, dict[str, tuple[str, bool]]] = {}
    for row in csv.DictReader((files("waterdeal.cli") / "outputs.csv").read_text(encoding="utf-8").splitlines()):
        for command in row["command"].split():
            commands.setdefault(command, {})[row["key"]] = (row["type"], row["present"] == "always")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "waterdeal --json",
        "description": f"One definition a command; `{OUTPUT}` of an output names it, with its version.",
        "$defs": {command: _schema(command, keys) for command, keys in sorted(commands.items())},
    }


def _schema(command: str, keys: dict[str, tuple[str, bool]]) -> dict[str, Any]:
    """Schema of a command: all its keys where it succeeds; where it fails why, and what it knows by then."""
    named = {key: type_of(kind) for key, (kind, _) in keys.items() if key != "*"}
    head = {"exit": _TYPES["integer"], OUTPUT: {"const": output_name(command)}}
    one = {
        "type": "object",
        "properties": {**head, **named, **{key: type_of(kind) for key, kind in _ERROR.items()}},
        "required": [] if command == _BARE else list(head),
        "additionalProperties": type_of(keys["*"][0]) if "*" in keys else False,
        "if": {"required": list(_ERROR)},
        "else": {"required": [key for key, (_, always) in keys.items() if always]},
    }
    return {"anyOf": [one, {"type": "array", "items": one}]} if command in _SEVERAL else one


def type_of(words: str) -> dict[str, Any]:
    """Return the schema of a type in words.

    Examples
    --------
    >>> type_of("list of number or null")
    {'type': 'array', 'items': {'anyOf': [{'type': 'number'}, {'type': 'null'}]}}
    """
    outer, _, inner = words.partition(" of ")
    if inner and " or " not in outer:
        return {"type": "array", "items": type_of(inner)} if outer == "list" else {"type": "object", "additionalProperties": type_of(inner)}
    first, either, rest = words.partition(" or ")
    found: dict[str, Any] = {"anyOf": [type_of(first), type_of(rest)]} if either else _TYPES[words]
    return found
