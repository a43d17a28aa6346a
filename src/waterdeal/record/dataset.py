"""Compare two datasets variable by variable; the first difference of each is named by place and step, with both values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.record.difference import tree_differences
from waterdeal.record.finding import Finding, altered, shorten, told
from waterdeal.variables import value_of

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
    """Compare a dataset with what it should be.

    Parameters
    ----------
    file : str
        Its path in the record.
    found, expected : xarray.Dataset
        As it stands, and as it should.
    reason : str
        Who says so, e.g. ``solving again gives``.
    skip : collection of str
        Attributes of the dataset that are not compared.

    Returns
    -------
    list of Finding
        One a variable or attribute that differs.
    """
    findings = [told(file, f"variable {name}", "the variable was added.") for name in found.variables if name not in expected.variables]
    findings += [told(file, f"variable {name}", "the variable is missing.") for name in expected.variables if name not in found.variables]
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
    more = f" {others} other value{'s' if others > 1 else ''} of {name} differ too." if others else ""
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
            yield told(file, place, "the attribute is missing." if key in expected else "the attribute was added.")
            continue
        given, due = _opened(found[key]), _opened(expected[key])
        differences = [entry for entry in tree_differences(given, due) if not _near(entry[1], entry[2])]
        for path, value, wanted in differences[:3]:
            yield altered(file, f"{place}, {path}" if path else place, *_first_lines(value, wanted), reason)
        if len(differences) > 3:
            yield told(file, place, f"and {len(differences) - 3} more places like these.")


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
    """Compare the variables two datasets share, and the attributes that the second has.

    Parameters
    ----------
    file : str
        Path of the first in the record.
    found, expected : xarray.Dataset
        As it stands, and what part of it should be.
    reason : str
        Who says so.

    Returns
    -------
    list of Finding
        One a variable or attribute that differs.
    """
    findings: list[Finding] = []
    for name in expected.variables:
        if name in found.variables:
            findings += _array_difference(file, str(name), found, expected, reason)
    kept = {key: value for key, value in expected.attrs.items() if key not in OF_THE_MOMENT}
    return findings + list(
        _attribute_differences(file, ({key: found.attrs[key] for key in kept if key in found.attrs}, kept), "attribute {key}", reason)
    )
