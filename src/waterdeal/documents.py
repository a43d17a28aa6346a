"""TOML files: read with a size limit, every fault told in house form; written so that ``tomllib`` reads the same back."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from waterdeal.errors import FileProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from waterdeal.errors import InputError

    #: from one format to the next: texts of a document by file name, as they are and as they should be
    Step = Callable[[dict[str, str]], dict[str, str]]

MOST_BYTES = 5_000_000
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: steps of ``waterdeal migrate`` by kind of document, the first from format 1 to 2; as many as formats were left behind. A step changes
#: texts and keeps comments; the schema is written by `migrated`. No key has changed its name yet, so there is none.
MIGRATIONS: dict[str, tuple[Step, ...]] = {"scenario": (), "agreement": (), "basin": ()}
_SCHEMA_LINE = re.compile(r'^schema\s*=\s*"[^"\n]*"', re.MULTILINE)


def schema_of(kind: str) -> str:
    """Return the format of today of a kind of document, e.g. ``waterdeal/scenario@1``."""
    return f"waterdeal/{kind}@{len(MIGRATIONS[kind]) + 1}"


def schema_problem(kind: str, file: str, stated: Any) -> Problem | None:
    """Say what is wrong with the format a document states; one that states none is of the first."""
    number = schema_number(kind, stated)
    if number is None:
        return Problem(file, None, "schema", f'schema is "{stated}"', f'Expected "{schema_of(kind)}".')
    if number > len(MIGRATIONS[kind]) + 1:
        remedy = f"This waterdeal knows formats up to {schema_of(kind)}; install a newer one."
        return Problem(file, None, "schema", f'"{stated}" is a newer format', remedy)
    if number <= len(MIGRATIONS[kind]):
        return Problem(file, None, "schema", f"is an earlier format than {schema_of(kind)}", f"Bring it up with: waterdeal migrate {file}")
    return None


def schema_number(kind: str, stated: Any) -> int | None:
    """Return the number of a format, 1 where a document states none; None for what is no format of its kind."""
    if stated is None:
        return 1
    found = re.fullmatch(rf"waterdeal/{kind}@([1-9]\d{{0,3}})", str(stated))
    return int(found[1]) if found else None


def migrated(kind: str, texts: dict[str, str], head: str, number: int) -> dict[str, str]:
    """Bring the texts of a document from a format up to that of today.

    Parameters
    ----------
    kind : str
        ``scenario``, ``agreement`` or ``basin``.
    texts : dict of str to str
        Texts by file name.
    head : str
        Name of the text that states the format.
    number : int
        The format it is of.

    Returns
    -------
    dict of str to str
        All texts; those that a step did not touch as they were.
    """
    fresh = dict(texts)
    for step in MIGRATIONS[kind][number - 1 :]:
        fresh = step(fresh)
    line = f'schema = "{schema_of(kind)}"'
    text, count = _SCHEMA_LINE.subn(line, fresh[head], count=1)
    return {**fresh, head: text if count else f"{line}\n{fresh[head]}"}


def file_key(file: Path, root: Path) -> str:
    """Name a file by its path below a folder."""
    return file.resolve().relative_to(root).as_posix()


def read_toml(file: Path, root: Path, texts: dict[str, str], fault: type[InputError]) -> dict[str, Any]:
    """Read one TOML file and keep its text.

    Parameters
    ----------
    file : pathlib.Path
        The file.
    root : pathlib.Path
        Folder that all files of a scenario stand in.
    texts : dict
        Gets the text, by path below `root`.
    fault : type of InputError
        What to raise for a file that is not TOML.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    FileProblem
        If it cannot be read.
    InputError
        If it is too large or not TOML in UTF-8.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}. Check the path."
        raise FileProblem(message) from error
    if len(raw) > MOST_BYTES:
        remedy = "A scenario is a short text; put series in files of their own."
        raise fault(file.name, [Problem(file.name, None, "", "the file is larger than 5 MB", remedy)])
    try:
        text = raw.decode("utf-8-sig")
        texts[file_key(file, root)] = text
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise fault(file.name, [Problem(file.name, None, "", str(error), "Write it as TOML in UTF-8.")]) from error


def explain(file: str, fault: Any, model: Any, place: Sequence[Any] | None = None) -> Problem:
    """Turn one of pydantic's errors into a problem in house form.

    Parameters
    ----------
    file : str
        Name of the file.
    fault : dict
        Error of pydantic.
    model : type of BaseModel
        Model of the file, for the keys known at each place.
    place : sequence, optional
        Where the fault stands, if not as pydantic says.

    Returns
    -------
    Problem
        What was found and what is expected.
    """
    place = [part for part in (fault["loc"] if place is None else place) if part != "function-after"]
    field = ".".join(map(str, place))
    if fault["type"] == "extra_forbidden":
        known = _known_keys(place[:-1], model)
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        remedy = f'Did you mean "{near[0]}"?' if near else f"Known keys here: {', '.join(known)}."
        return Problem(file, None, field, "is not a known key", remedy)
    found = "is missing" if fault["type"] == "missing" else f"{_shown(fault.get('input'))} cannot be used"
    return Problem(file, None, field, found, fault["msg"].removeprefix("Value error, ").capitalize() + ".")


def _shown(value: Any) -> str:
    """Show a value in a message, cut short."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(place: Sequence[Any], model: Any) -> list[str]:
    """Keys known at a place of a model."""
    for part in place:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        model = _model_of(model.model_fields[str(part)].annotation) if str(part) in model.model_fields else model
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_of(annotation: Any) -> Any:
    """Find the model inside an annotation such as ``dict[str, Reservoir]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_of(part)
        if found is not None:
            return found
    return None


def toml_text(content: Mapping[str, Any]) -> str:
    """Write a content as TOML.

    Parameters
    ----------
    content : mapping
        Text, numbers, truth values, dates, lists and mappings, by key.

    Returns
    -------
    str
        One key a line; plain values before tables.

    Raises
    ------
    TypeError
        If a value is of another kind.
    """
    return "\n".join(_table((), content)).lstrip("\n") + "\n"


def _table(path: tuple[str, ...], content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table: its values, then its tables."""
    tables = {key: value for key, value in content.items() if isinstance(value, dict) or _is_tables(value)}
    yield from (f"{_key(key)} = {toml_value(value)}" for key, value in content.items() if key not in tables)
    for key, value in tables.items():
        inner = (*path, key)
        name = ".".join(map(_key, inner))
        for part in [value] if isinstance(value, dict) else value:
            yield f"\n[{name}]" if isinstance(value, dict) else f"\n[[{name}]]"
            yield from _table(inner, part)


def _is_tables(value: Any) -> bool:
    """Whether a value is an array of tables."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, dict) for part in value)


def _key(key: str) -> str:
    """Write a key, quoted where it must be."""
    return key if _BARE.fullmatch(key) else _text(key)


def toml_value(value: Any) -> str:
    """Write a value in one line; TypeError for one that TOML has no form of."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f"{value}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)} = {toml_value(part)}' for key, part in value.items())}}}"
    message = f"{type(value).__name__} has no form in TOML"
    raise TypeError(message)


def _text(text: str) -> str:
    """Write a text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
