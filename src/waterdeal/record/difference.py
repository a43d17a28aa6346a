"""Differences of two versions of a file, and of two trees of values, told place by place."""

from __future__ import annotations

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
    findings = [told(file, f"variable {name}", say("records.variable_added")) for name in found.variables if name not in expected.variables]
    findings += [
        told(file, f"variable {name}", say("records.variable_missing")) for name in expected.variables if name not in found.variables
    ]
    for name, due in expected.variables.items():
        if name in found.variables:
            findings += _array_difference(file, str(name), found, expected, reason)
            pair = (found.variables[name].attrs, due.attrs) if due.size else ({}, {})
            findings += _attribute_differences(file, pair, f"attribute {{key}} of {name}", reason)
    kept = [{key: value for key, value in dataset.attrs.items() if key not in skip} for dataset in (found, expected)]
    return findings + list(_attribute_differences(file, (kept[0], kept[1]), "attribute {key}", reason))


def _array_difference(file: str, name: str, found: xr.Dataset, expected: xr.Dataset, reason: str) -> list[Finding]:
    """Name the first place at which two arrays of a name differ, and count the others."""
    given, due = found.variables[name], expected.variables[name]  # without the labels that xarray would look for, 0.5 ms each
    if given.dims != due.dims or given.shape != due.shape:
        return [altered(file, f"variable {name}, dimensions", dict(given.sizes), dict(due.sizes), reason)]
    differs = _differs(given.values, due.values)
    if not differs.any():
        return []
    first = tuple(int(place) for place in np.argwhere(differs)[0])
    where = ", ".join([name, *_labels(expected, due.dims, first)])
    finding = altered(file, where, _shown(given.values[first]), _shown(due.values[first]), reason)
    others = int(differs.sum()) - 1
    more = say("records.other_value_differ_too", others=others, value="s" if others > 1 else "", name=name) if others else ""
    return [Finding(finding.file, finding.where, finding.found, finding.expected, finding.sentence + more)]


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
    labels = []
    for dim, number in zip(dims, place, strict=True):
        if dim == "time":
            labels.append(str(dataset.variables["step"].values[number]))
        elif dim in dataset.coords:
            labels.append(str(dataset.variables[dim].values[number]))
        else:
            labels.append(f"{dim} {number + 1}")
    return labels


def _attribute_differences(file: str, pair: tuple[dict[Any, Any], dict[Any, Any]], where: str, reason: str) -> Iterator[Finding]:
    """Compare attributes; those that hold JSON are compared within, texts line by line."""
    found, expected = pair
    for key in dict.fromkeys([*expected, *found]):
        place = where.format(key=key)
        if key not in found or key not in expected:
            yield told(file, place, say("records.attribute_missing") if key in expected else say("records.attribute_added"))
            continue
        given, due = _opened(found[key]), _opened(expected[key])
        differences = [entry for entry in tree_differences(given, due) if not _near(entry[1], entry[2])]
        for path, value, wanted in differences[:3]:
            yield altered(file, f"{place}, {path}" if path else place, *_first_lines(value, wanted), reason)
        if len(differences) > 3:
            yield told(file, place, say("records.more_places_like_these", value=len(differences) - 3))


def _opened(value: Any) -> Any:
    """Read an attribute that holds JSON; others as they stand."""
    value = value.item() if hasattr(value, "item") and np.ndim(value) == 0 else value
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return value_of(value)
        except ValueError:
            return value
    return value


def _near(found: Any, expected: Any) -> bool:
    """Whether two numbers differ by rounding only."""
    if isinstance(found, bool) or isinstance(expected, bool) or not (isinstance(found, int | float) and isinstance(expected, int | float)):
        return False
    return bool(abs(found - expected) <= ABSOLUTE + RELATIVE * abs(expected))


def _first_lines(found: Any, expected: Any) -> tuple[str, str]:
    """Show texts of several lines by the first line that differs."""
    if isinstance(found, str) and isinstance(expected, str):
        for line, due in zip(found.split("\n"), expected.split("\n"), strict=False):
            if line != due:
                return shorten(line), shorten(due)
    return shorten(found), shorten(expected)


def shared_differences(file: str, found: xr.Dataset, expected: xr.Dataset, reason: str) -> list[Finding]:
    """Compare the variables two datasets share, and the attributes that the second has."""
    findings: list[Finding] = []
    for name in expected.variables:
        if name in found.variables:
            findings += _array_difference(file, str(name), found, expected, reason)
    kept = {key: value for key, value in expected.attrs.items() if key not in OF_THE_MOMENT}
    return findings + list(
        _attribute_differences(file, ({key: found.attrs[key] for key in kept if key in found.attrs}, kept), "attribute {key}", reason)
    )


#: what an absent value is called
NOTHING = "nothing"


def file_differences(name: str, found: bytes, expected: bytes, reason: str) -> list[Finding]:
    """Compare a file with what it should be, cell by cell and line by line."""
    if found == expected:
        return []
    stands, due = pages_of(name, found), pages_of(name, expected)
    if not stands:
        return [told(name, "", say("records.file_damaged_cannot_read"))]
    findings = list(capped(_page_differences(name, stands, due, reason), name))
    return findings or [told(name, "", say("records.every_value_reads_as", reason=reason))]


def _page_differences(name: str, stands: tuple[Page, ...], due: tuple[Page, ...], reason: str) -> Iterator[Finding]:
    """Compare page by page."""
    given, wanted = {page.name: page for page in stands}, {page.name: page for page in due}
    yield from (told(name, f"sheet {sheet}", say("records.sheet_added")) for sheet in given if sheet not in wanted)
    yield from (told(name, f"sheet {sheet}", say("records.sheet_missing")) for sheet in wanted if sheet not in given)
    for sheet, page in given.items():
        if sheet in wanted:
            yield from _row_differences(name, page, wanted[sheet], reason)


def _row_differences(name: str, page: Page, due: Page, reason: str) -> Iterator[Finding]:
    """Compare row by row."""
    for row, other in paired_rows(page.digests(), due.digests()):
        if row is None:
            yield told(name, due.row_name(other or 0), say("records.row_missing", reason=reason, value=", ".join(due.rows[other or 0])))
        elif other is None:
            yield told(name, page.row_name(row), say("records.row_added", value=", ".join(page.rows[row])))
        else:
            yield from _cell_differences(name, page, row, due.rows[other], reason)


def _cell_differences(name: str, page: Page, row: int, due: tuple[str, ...], reason: str) -> Iterator[Finding]:
    """Compare cell by cell."""
    cells = page.rows[row]
    if len(cells) != len(due):
        yield altered(name, page.row_name(row), ", ".join(cells), ", ".join(due), reason)
        return
    for place, (cell, wanted) in enumerate(zip(cells, due, strict=True)):
        if cell != wanted:
            yield altered(name, page.where(row, place), cell, wanted, reason)


def tree_differences(found: Any, expected: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Compare two values made of mappings, lists and plain values."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in dict.fromkeys([*expected, *found]):
            inner = f"{path}.{key}" if path else str(key)
            yield from tree_differences(found.get(key, NOTHING), expected.get(key, NOTHING), inner)
    elif isinstance(found, list) and isinstance(expected, list):
        for number in range(max(len(found), len(expected))):
            pair = [part[number] if number < len(part) else NOTHING for part in (found, expected)]
            yield from tree_differences(pair[0], pair[1], f"{path}[{_called(pair, number)}]")
    elif type(found) is not type(expected) or not (found == expected or (found != found and expected != expected)):  # noqa: PLR0124
        yield path, found, expected


def _called(pair: list[Any], number: int) -> str:
    """Name a member of a list by its id where it has one."""
    for part in reversed(pair):
        if isinstance(part, dict):
            for key in ("id", "part", "party", "reservoir", "figure", "name"):
                if isinstance(part.get(key), str):
                    return str(part[key])
    return str(number)
