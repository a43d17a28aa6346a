"""Scenarios and agreements of three cases merged key by key, with their comments where that can be."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waterdeal.basin.merge import Clash, Merge
from waterdeal.documents import toml_text
from waterdeal.scenario.read import REPLACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: keys that say one thing together: a figure, where it is from and of which day
_TOGETHER = ("initial", "source", "as_of")
#: keys that tell the parts of a list apart
_IDS = ("id", "limit")
_LINES = re.compile(r".*\n|.+")
_PARAGRAPHS = re.compile(r"(?:[ \t]*\n)+|(?:[^\n]*[^\s][^\n]*(?:\n|\Z))+")
#: of a key that a side does not have
_ABSENT: Any = object()


def merge_documents(file: str, texts: tuple[str, str, str], remark: str) -> tuple[str, Merge] | None:
    """Merge the texts of a document: before, yours, new; None where one of them is no TOML.

    Lines, or else paragraphs, are merged where they come to the same as the keys; else it is written anew, with a remark alone.
    """
    try:
        before, yours, new = map(tomllib.loads, texts)
    except ValueError:
        return None
    found = Merge()
    merged = _merge(file, "", (before, yours, new), found)
    for parts in (_LINES, _PARAGRAPHS):
        text = merge_lines(*(parts.findall(side) for side in texts))
        with suppress(ValueError):
            if _plain(tomllib.loads(text)) == _plain(merged):
                return text, found
    return f"# {remark}\n{toml_text(merged)}", found


def _merge(file: str, place: str, sides: tuple[Any, Any, Any], found: Merge) -> dict[str, Any]:
    """Merge three tables."""
    before, yours, new = (side if isinstance(side, dict) else {} for side in sides)
    merged: dict[str, Any] = {}
    names = [name for name in _TOGETHER if name in {*before, *yours, *new}]
    if len(names) > 1:
        old, own, fresh = ({name: side[name] for name in names if name in side} for side in (before, yours, new))
        merged |= _value(file, ".".join(filter(None, (place, names[0]))), (old, own, fresh), found)
    for key in dict.fromkeys([*new, *yours]):
        if len(names) > 1 and key in names:
            continue
        inner = f"{place}.{key}" if place else key
        old, own, fresh = (side.get(key, _ABSENT) for side in (before, yours, new))
        if isinstance(own, dict) and isinstance(fresh, dict) and key not in REPLACED:
            merged[key] = _merge(file, inner, (old, own, fresh), found)
        elif (ids := _id_of(old, own, fresh)) is not None:
            as_tables = tuple({str(part[ids]): part for part in side} if side is not _ABSENT else {} for side in (old, own, fresh))
            merged[key] = list(_merge(file, inner, as_tables, found).values())  # type: ignore[arg-type]
        elif (value := _value(file, inner, (old, own, fresh), found)) is not _ABSENT:
            merged[key] = value
    return merged


def _id_of(old: Any, own: Any, fresh: Any) -> str | None:
    """Return the key that tells the parts of three lists of tables apart."""
    lists = [side for side in (old, own, fresh) if side is not _ABSENT]
    if own is _ABSENT or fresh is _ABSENT or not all(isinstance(side, list) for side in lists):
        return None
    parts = [[part if isinstance(part, dict) else {} for part in side] for side in lists]
    return next((name for name in _IDS if any(parts) and all(_tells(name, side) for side in parts)), None)


def _tells(name: str, parts: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a key tells the parts of a list apart."""
    ids = [part.get(name) for part in parts]
    return all(isinstance(one, str) for one in ids) and len(set(ids)) == len(ids)


def _value(file: str, place: str, sides: tuple[Any, Any, Any], found: Merge) -> Any:
    """Choose among three values of a key."""
    old, own, fresh = map(_plain, sides)
    if fresh in (own, old) or old == own:
        took = own == old != fresh
        found.taken, found.kept = found.taken + took, found.kept + (own != fresh and not took)
        return sides[2] if took or own == fresh else sides[1]
    found.clashes.append(Clash(file, place, "", *map(_told, sides)))
    return sides[1]


def _plain(value: Any) -> str:
    """Write a value in one way, so that 1 and 1.0 are one and true is another."""
    return json.dumps(_floats(value), sort_keys=True, default=str, ensure_ascii=False)


def _floats(value: Any) -> Any:
    """Turn whole numbers into floats, all the way down, and what is not there into a text of its own."""
    if isinstance(value, dict):
        return {key: _floats(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_floats(part) for part in value]
    return "\0" if value is _ABSENT else float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _told(value: Any) -> str:
    """Write a value for the list of what both changed."""
    return "" if value is _ABSENT else json.dumps(value, default=str, ensure_ascii=False)


def merge_lines(before: Sequence[str], yours: Sequence[str], new: Sequence[str]) -> str:
    """Merge lines: between lines that all three have, the side that changed something, and hers where both did."""
    own, fresh = _places(before, yours), _places(before, new)
    common = [at for at in range(len(before)) if at in own and at in fresh]
    merged, last = list[str](), (-1, -1, -1)
    for at in (*common, len(before)):
        end = (at, own.get(at, len(yours)), fresh.get(at, len(new)))
        old, mine, other = (side[start + 1 : stop] for side, start, stop in zip((before, yours, new), last, end, strict=True))
        merged += other if mine == old else mine
        merged += before[at : at + 1]
        last = end
    return "".join(merged)


def _places(before: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Return where the lines of one text stand in another."""
    blocks = difflib.SequenceMatcher(None, before, other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
