"""TOML files: read with a size limit, every fault told in house form; written so that ``tomllib`` reads them; and what JSON can hold."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from waterdeal.errors import FileProblem, Problem, make_problem, what_was_said, why_of
from waterdeal.words import STEERING, Words, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from waterdeal.errors import InputError

    #: from one format to the next: texts of a document by file name, as they are and as they should be
    Step = Callable[[dict[str, str]], dict[str, str]]

MOST_BYTES = 5_000_000
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: steps of ``waterdeal migrate`` by kind of document, the first from format 1 to 2; as many as formats were left behind. A step changes
#: texts and keeps comments; the schema is written by `migrated`. No key has changed its name yet, so there is none.
MIGRATIONS: dict[str, tuple[Step, ...]] = {"scenario": (), "agreement": (), "basin": (), "batch": (), "layer": ()}
_SCHEMA_LINE = re.compile(r'^schema\s*=\s*"[^"\n]*"', re.MULTILINE)


def schema_of(kind: str) -> str:
    """Return the format of today of a kind of document, e.g. ``waterdeal/scenario@1``."""
    return f"waterdeal/{kind}@{len(MIGRATIONS[kind]) + 1}"


def schema_problem(kind: str, file: str, stated: Any) -> Problem | None:
    """Say what is wrong with the format a document states; one that states none is of the first."""
    number, today = schema_number(kind, stated), len(MIGRATIONS[kind]) + 1
    if number == today:
        return None
    key = "general.schema_other" if number is None else "general.schema_newer" if number > today else "general.schema_older"
    return make_problem(file, None, "schema", key, stated=stated, today=schema_of(kind), file=file)


def schema_number(kind: str, stated: Any) -> int | None:
    """Return the number of a format, 1 where a document states none; None for what is no format of its kind."""
    found = re.fullmatch(rf"waterdeal/{kind}@([1-9]\d{{0,3}})", f"waterdeal/{kind}@1" if stated is None else str(stated))
    return int(found[1]) if found else None


def migrated(kind: str, texts: dict[str, str], head: str, number: int) -> dict[str, str]:
    """Bring the texts of a document from a format up to that of today."""
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
    """Read one TOML file and keep its text."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileProblem(say("general.file_unreadable", file=file, value=why_of(error))) from error
    if len(raw) > MOST_BYTES:
        raise fault(file.name, [make_problem(file.name, None, "", "general.file_large")])
    try:
        text = raw.decode("utf-8-sig")
        texts[file_key(file, root)] = text
        content = tomllib.loads(text)
        mark = STEERING.search("\n".join(_texts(content)))
    except (ValueError, RecursionError) as error:
        raise fault(file.name, [_not_toml(file.name, raw.decode("utf-8-sig", errors="replace"), error)]) from error
    if mark:
        raise fault(file.name, [make_problem(file.name, None, "", "general.steering", sign=f"U+{ord(mark[0]):04X}")])
    return content


#: what people write that is no TOML, and why
_NO_TOML = (
    (re.compile(r"=\s*\d{1,2}\.\d{1,2}\.\d{4}"), "general.toml_date"),
    (re.compile(r"=\s*[-+]?\d+,\d+\s*(?:[,}\]#]|$)"), "general.toml_comma"),
    (re.compile(r"\"[^\"]*\\[^\"]*\""), "general.toml_backslash"),
    (re.compile(r"[=\[,]\s*[“”„«‘’]"), "general.toml_quotes"),
    (re.compile(r"^\s*\[?[^\"'#=]*[^\x00-\x7f][^\"'#=]*(?:=|\])"), "general.toml_key"),
)


#: what is said of a key that stands twice
_TWICE = re.compile("overwrite|twice|than once")


def _not_toml(file: str, text: str, error: Exception) -> Problem:
    """Say why a text is no TOML: by the line where it stops, where the cause is known."""
    at = re.search(r"line (\d+)", str(error))
    lines = text.splitlines()
    row = int(at[1]) if at and int(at[1]) <= len(lines) else None
    line = lines[row - 1] if row else ""
    key = next((key for form, key in _NO_TOML if form.search(line)), "general.not_toml")
    if key == "general.not_toml":
        ends = "end of document" in str(error)
        key = "general.toml_twice" if _TWICE.search(str(error)) else "general.toml_end" if ends else key
        key = "general.not_utf8" if isinstance(error, UnicodeDecodeError) else key
    return make_problem(file, row, "", key, error=error, line=line.strip())


def _texts(content: Any) -> Iterator[str]:
    """Every text in a content, keys too."""
    if isinstance(content, str):
        yield content
    for part in [*content, *content.values()] if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _texts(part)


#: what pydantic calls the ways in which a field may be read, no keys of any file
_WAYS = re.compile(r"function-|constrained-\w+$|as-\w+$")


def explain(file: str, fault: Any, model: Any, place: Sequence[Any] | None = None) -> Problem:
    """Turn one of pydantic's errors into a problem in house form."""
    place = [part for part in (fault["loc"] if place is None else place) if not _WAYS.match(str(part))]
    field = ".".join(map(str, place))
    if fault["type"] == "extra_forbidden":
        known = _known_keys(place[:-1], model)
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        remedy = say("general.did_you_mean", near=near[0]) if near else say("general.keys_known", known=", ".join(known))
        return Problem(file, None, field, say("general.key_unknown"), remedy)
    given = fault.get("input")
    refused = say("general.refused_whole") if isinstance(given, dict) else say("general.refused", shown=_shown(given))
    found = say("general.missing") if fault["type"] == "missing" else refused
    return Problem(file, None, field, found, _why_refused(fault))


#: what a pattern of ids asks for
_IDS = {r"^[a-z0-9_]{1,48}$": "basin.id.remedy", r"^[A-Za-z0-9_]{1,48}$": "general.id_letters"}


def _why_refused(fault: Any) -> str:
    """Sentence of pydantic's about a fault: that of our validators, one of the tables, or its own English."""
    given = fault.get("ctx", {})
    if isinstance(given.get("error"), Exception):
        return say("general.sentence", said=what_was_said(given["error"]))
    if given.get("pattern") in _IDS:
        return say(_IDS[given["pattern"]])
    given = {name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in given.items()}
    first, either, last = str(given.get("expected", "")).rpartition(" or ")
    if either:
        given["expected"] = say("general.either", first=first, last=last)
    key = f"pydantic.{fault['type']}"
    return say(key, **given) if Words("en").has(key) else f"{fault['msg']}."


def _shown(value: Any) -> str:
    """Show a value in a message, cut short."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(place: Sequence[Any], model: Any) -> list[str]:
    """Keys known at a place of a model."""
    for part in place:
        known = getattr(model, "model_fields", {})
        model = _model_of(known[part].annotation) if part in known else model
    return [field.alias or name for name, field in getattr(model, "model_fields", {}).items()]


def _model_of(annotation: Any) -> Any:
    """Find the model inside an annotation such as ``dict[str, Reservoir]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_of, getattr(annotation, "__args__", ()))), None)


def toml_text(content: Mapping[str, Any]) -> str:
    """Write a content as TOML."""
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
    raise TypeError(say("general.no_toml_form", kind=type(value).__name__))


def _text(text: str) -> str:
    """Write a text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def plain(value: Any) -> Any:
    """Turn numpy numbers, paths and what is no number into what JSON knows."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    known = value.item() if hasattr(value, "item") else value
    if isinstance(known, float):
        return known if math.isfinite(known) else None
    return known if known is None or isinstance(known, str | int) else str(known)
