"""Differences of two versions of a file, and of two trees of values, told place by place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.record.finding import Finding, altered, capped, shorten, told
from waterdeal.record.page import Page, pages_of, paired_rows
from waterdeal.variables import value_of
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import xarray as xr
    from numpy.typing import NDArray

#: largest difference that is rounding, hm3, and as a share of the value
ABSOLUTE, RELATIVE = 1e-6, 1e-9
#: attributes that tell of the machine and the moment, not of the plan
OF_THE_MOMENT = frozenset({"created", "platform", "versions", "waterdeal_version", "solver"})


def dataset_differences(
    file: str, found: xr.Dataset, expected: xr.Dataset, reason: str, skip: Collection[str] = OF_THE_MOMENT
) -> list[Finding]:
    """Compare a dataset with what it should be."""
    findings = [told(file, f"variable {name}", "records.variable_added") for name in found.variables if name not in expected.variables]
    findings += [told(file, f"variable {name}", "records.variable_missing") for name in expected.variables if name not in found.variables]
    for name, due in expected.variables.items():
        if name in found.variables:
            findings += _array_differences(file, str(name), found, expected, reason)
            pair = (found.variables[name].attrs, due.attrs) if due.size else ({}, {})
            findings += _attribute_differences(file, pair, f"attribute {{key}} of {name}", reason)
    kept = [{key: value for key, value in dataset.attrs.items() if key not in skip} for dataset in (found, expected)]
    return [*findings, *_attribute_differences(file, (kept[0], kept[1]), "attribute {key}", reason)]


def shared_differences(file: str, found: xr.Dataset, expected: xr.Dataset, reason: str) -> list[Finding]:
    """Compare the variables two datasets share, and the attributes that the second has."""
    both = (str(name) for name in expected.variables if name in found.variables)
    due = {key: value for key, value in expected.attrs.items() if key not in OF_THE_MOMENT}
    given = {key: found.attrs[key] for key in due if key in found.attrs}
    findings = [finding for name in both for finding in _array_differences(file, name, found, expected, reason)]
    return [*findings, *_attribute_differences(file, (given, due), "attribute {key}", reason)]


def _array_differences(file: str, name: str, found: xr.Dataset, expected: xr.Dataset, reason: str) -> Iterator[Finding]:
    """Name the first place at which two arrays of a name differ, and count the others."""
    given, due = found.variables[name], expected.variables[name]  # without the labels that xarray would look for, 0.5 ms each
    if given.dims != due.dims or given.shape != due.shape:
        yield altered(file, f"variable {name}, dimensions", dict(given.sizes), dict(due.sizes), reason)
        return
    differing = np.argwhere(_differs(given.values, due.values))
    if not len(differing):
        return
    first, others = tuple(differing[0].tolist()), len(differing) - 1
    where = ", ".join([name, *_labels(expected, due.dims, first)])
    finding = altered(file, where, _shown(given.values[first]), _shown(due.values[first]), reason)
    several = "records.others_differ" if others > 1 else "records.other_differs"
    yield replace(finding, text=say(several, text=finding.text, others=others, name=name)) if others else finding


def _differs(found: NDArray[Any], expected: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two arrays of one shape differ by more than rounding; blanks are the same as blanks."""
    if found.dtype.kind != "f" or expected.dtype.kind != "f":
        return np.asarray(found.astype(str) != expected.astype(str) if found.dtype.kind != expected.dtype.kind else found != expected)
    with np.errstate(invalid="ignore"):
        near = np.abs(found - expected) <= ABSOLUTE + RELATIVE * np.abs(expected)
    return np.asarray(~(near | (found == expected) | (np.isnan(found) & np.isnan(expected))))


def _shown(value: Any) -> str:
    """Write a value with the digits that matter."""
    return f"{float(value):.12g}" if isinstance(value, float | np.floating) else str(value)


def _labels(dataset: xr.Dataset, dims: tuple[Any, ...], place: tuple[int, ...]) -> list[str]:
    """Name a place by its ids and its step."""
    known = {dim: "step" if dim == "time" else dim for dim in dims if dim == "time" or dim in dataset.coords}
    return [
        str(dataset.variables[known[dim]].values[number]) if dim in known else f"{dim} {number + 1}"
        for dim, number in zip(dims, place, strict=True)
    ]


def _attribute_differences(file: str, pair: tuple[dict[Any, Any], dict[Any, Any]], where: str, reason: str) -> Iterator[Finding]:
    """Compare attributes; those that hold JSON are compared within, texts line by line."""
    found, expected = pair
    for key in dict.fromkeys([*expected, *found]):
        place = where.format(key=key)
        if key not in found or key not in expected:
            yield told(file, place, "records.attribute_missing" if key in expected else "records.attribute_added")
            continue
        given, due = _opened(found[key]), _opened(expected[key])
        differences = [entry for entry in tree_differences(given, due) if not near(entry[1], entry[2])]
        for path, value, wanted in differences[:3]:
            yield altered(file, f"{place}, {path}" if path else place, *_first_lines(value, wanted), reason)
        if len(differences) > 3:
            yield told(file, place, "records.more", value=len(differences) - 3)


def _opened(value: Any) -> Any:
    """Read an attribute that holds JSON; others as they stand."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        with suppress(ValueError):
            return value_of(value)
    return value


def near(found: Any, expected: Any, absolute: float = ABSOLUTE, relative: float = RELATIVE) -> bool:
    """Whether two values are numbers that differ by rounding only."""
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (found, expected))
    return numbers and bool(abs(found - expected) <= absolute + relative * abs(expected))


def _first_lines(found: Any, expected: Any) -> tuple[str, str]:
    """Show texts of several lines by the first line that differs."""
    if isinstance(found, str) and isinstance(expected, str):
        lines = zip(found.split("\n"), expected.split("\n"), strict=False)
        found, expected = next(((line, due) for line, due in lines if line != due), (found, expected))
    return shorten(found), shorten(expected)


#: what an absent value is called
NOTHING = "nothing"


def file_differences(name: str, found: bytes, expected: bytes, reason: str) -> list[Finding]:
    """Compare a file with what it should be, cell by cell and line by line."""
    if found == expected:
        return []
    stands, due = ({page.name: page for page in pages_of(name, content)} for content in (found, expected))
    if not stands:
        return [told(name, "", "records.damaged_file")]
    findings = [told(name, f"sheet {sheet}", "records.sheet_added") for sheet in stands if sheet not in due]
    findings += [told(name, f"sheet {sheet}", "records.sheet_missing") for sheet in due if sheet not in stands]
    for sheet, page in stands.items():
        findings += _row_differences(name, page, due[sheet], reason) if sheet in due else []
    return capped(findings, name) or [told(name, "", "records.other_bytes", reason=say(reason))]


def _row_differences(name: str, page: Page, due: Page, reason: str) -> Iterator[Finding]:
    """Compare row by row, and cell by cell."""
    for row, other in paired_rows(page.digests, due.digests):
        wanted, cells = due.rows[other] if other is not None else (), page.rows[row] if row is not None else ()
        if row is None:
            yield told(name, due.row_name(other or 0), "records.row_missing", reason=say(reason), value=", ".join(wanted))
        elif other is None:
            yield told(name, page.row_name(row), "records.row_added", value=", ".join(cells))
        elif len(cells) != len(wanted):
            yield altered(name, page.row_name(row), ", ".join(cells), ", ".join(wanted), reason)
        else:
            differing = [place for place, cell in enumerate(cells) if cell != wanted[place]]
            yield from (altered(name, page.where(row, place), cells[place], wanted[place], reason) for place in differing)


def tree_differences(found: Any, expected: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Compare two values made of mappings, lists and plain values."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in dict.fromkeys([*expected, *found]):
            inner = f"{path}.{key}" if path else str(key)
            yield from tree_differences(found.get(key, NOTHING), expected.get(key, NOTHING), inner)
    elif isinstance(found, list) and isinstance(expected, list):
        for number, pair in enumerate(zip_longest(found, expected, fillvalue=NOTHING)):
            yield from tree_differences(*pair, f"{path}[{_called(pair, number)}]")
    elif type(found) is not type(expected) or not (found == expected or (found != found and expected != expected)):  # noqa: PLR0124
        yield path, found, expected


def _called(pair: tuple[Any, Any], number: int) -> str:
    """Name a member of a list by its id where it has one."""
    keys = ("id", "part", "party", "reservoir", "figure", "name")
    ids = (part[key] for part in reversed(pair) if isinstance(part, dict) for key in keys if isinstance(part.get(key), str))
    return next(ids, str(number))
