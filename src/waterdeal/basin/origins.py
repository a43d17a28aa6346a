"""Where the figures of inputs and plans come from, as text: each table, place, column, status, source and note stands once.

A list of figures, each with all its words, would be most of what a plan holds in its attributes. Files of older versions hold that list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr

#: attribute that holds it, what a figure's name is made of, and what is told of each
PROVENANCE, NAME, TOLD = "provenance", ("table", "key", "field"), ("status", "source", "note")


def origins_text(origins: Iterable[Mapping[str, str]]) -> str:
    """Write a list of figures, each with its name (``table.key.field``), status, source and note."""
    rows = [(*_named(origin["figure"]), *(origin[name] for name in TOLD)) for origin in origins]
    columns = {name: list(dict.fromkeys(row[place] for row in rows)) for place, name in enumerate((*NAME, *TOLD))}
    places = [{word: number for number, word in enumerate(words)} for words in columns.values()]
    figures = [[numbers[word] for numbers, word in zip(places, row, strict=True)] for row in rows]
    return json.dumps({**columns, "figures": figures}, ensure_ascii=False, separators=(",", ":"))


def _named(figure: str) -> tuple[str, str, str]:
    """Table, place and column of a figure; places may have points in their ids."""
    table, rest = figure.split(".", 1)
    key, field = rest.rsplit(".", 1)
    return table, key, field


def origins_of(dataset: xr.Dataset) -> list[dict[str, str]]:
    """Return the figures of inputs or of a plan with their origins, a list as `origins_text` was given; empty where none are told."""
    held = setting(dataset, PROVENANCE, [])
    if isinstance(held, list):
        return held
    columns = [held[name] for name in (*NAME, *TOLD)]
    rows = ([words[number] for words, number in zip(columns, figure, strict=True)] for figure in held["figures"])
    return [{"figure": ".".join(row[: len(NAME)]), **dict(zip(TOLD, row[len(NAME) :], strict=True))} for row in rows]
