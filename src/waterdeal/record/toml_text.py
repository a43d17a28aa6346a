"""Write TOML: tables, arrays of tables, text, numbers, dates. What is written is read back the same by ``tomllib``."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")


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
    yield from (f"{_key(key)} = {_value(value)}" for key, value in content.items() if key not in tables)
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


def _value(value: Any) -> str:
    """Write a value in one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | date):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"{value}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(key)} = {_value(part)}' for key, part in value.items())}}}"
    message = f"{type(value).__name__} has no form in TOML"
    raise TypeError(message)


def _text(text: str) -> str:
    """Write a text in quotes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
