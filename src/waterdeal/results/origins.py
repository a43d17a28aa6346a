"""Where figures come from as a file holds it: each table, place, column, status, source and note once, and by figure which of them are its.

In memory it is a list of figures, each with all its words, of which most stand there dozens of times.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

#: attribute that holds it, what a figure's name is made of, and what is told of each
PROVENANCE, NAME, TOLD = "provenance", ("table", "key", "field"), ("status", "source", "note")


def with_short_origins(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset as it is written to a file; origins that would not be read back the same stay as they are."""
    text = str(dataset.attrs.get(PROVENANCE, ""))
    short = _short(text)
    return dataset.assign_attrs({PROVENANCE: short}) if short and _long(short) == text else dataset


def with_long_origins(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset as it is in memory, whichever way its file holds origins."""
    text = str(dataset.attrs.get(PROVENANCE, ""))
    return dataset.assign_attrs({PROVENANCE: _long(text)}) if text.startswith("{") else dataset


def _short(text: str) -> str:
    """Write each word once; empty where there are no origins, or they are more than these."""
    try:
        rows = [_words(row) for row in json.loads(text)]
    except (ValueError, TypeError, KeyError):
        return ""
    columns = {name: list(dict.fromkeys(row[place] for row in rows)) for place, name in enumerate((*NAME, *TOLD))}
    places = [{word: number for number, word in enumerate(words)} for words in columns.values()]
    figures = [[numbers[word] for numbers, word in zip(places, row, strict=True)] for row in rows]
    return json.dumps({**columns, "figures": figures}, ensure_ascii=False, separators=(",", ":")) if rows else ""


def _words(row: dict[str, Any]) -> tuple[str, ...]:
    """Words of a figure: its table, place and column, then what is told of it."""
    table, rest = row["figure"].split(".", 1)
    key, field = rest.rsplit(".", 1)
    return table, key, field, *(row[name] for name in TOLD)


def _long(text: str) -> str:
    """Write a list of figures."""
    held = json.loads(text)
    columns = [held[name] for name in (*NAME, *TOLD)]
    rows = ([words[number] for words, number in zip(columns, figure, strict=True)] for figure in held["figures"])
    told = [{"figure": ".".join(row[: len(NAME)]), **dict(zip(TOLD, row[len(NAME) :], strict=True))} for row in rows]
    return json.dumps(told, ensure_ascii=False)
