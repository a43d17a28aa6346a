"""Differences of two versions of a file, and of two trees of values, told place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.record.finding import Finding, altered, capped, told
from waterdeal.record.page import Page, pages_of, paired_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

#: what an absent value is called
NOTHING = "nothing"


def file_differences(name: str, found: bytes, expected: bytes, reason: str) -> list[Finding]:
    """Compare a file with what it should be, cell by cell and line by line.

    Parameters
    ----------
    name : str
        Path in the record.
    found, expected : bytes
        The file as it stands, and as it should.
    reason : str
        Who says so, e.g. ``the plan gives``.

    Returns
    -------
    list of Finding
        Empty where both are the same; one for the whole file where only its form differs.
    """
    if found == expected:
        return []
    stands, due = pages_of(name, found), pages_of(name, expected)
    if not stands:
        return [told(name, "", "the file is damaged and cannot be read.")]
    findings = list(capped(_page_differences(name, stands, due, reason), name))
    return findings or [told(name, "", f"every value reads as it should, but the file is not byte for byte what {reason}.")]


def _page_differences(name: str, stands: tuple[Page, ...], due: tuple[Page, ...], reason: str) -> Iterator[Finding]:
    """Compare page by page."""
    given, wanted = {page.name: page for page in stands}, {page.name: page for page in due}
    yield from (told(name, f"sheet {sheet}", "the sheet was added.") for sheet in given if sheet not in wanted)
    yield from (told(name, f"sheet {sheet}", "the sheet is missing.") for sheet in wanted if sheet not in given)
    for sheet, page in given.items():
        if sheet in wanted:
            yield from _row_differences(name, page, wanted[sheet], reason)


def _row_differences(name: str, page: Page, due: Page, reason: str) -> Iterator[Finding]:
    """Compare row by row."""
    for row, other in paired_rows(page.digests(), due.digests()):
        if row is None:
            yield told(name, due.row_name(other or 0), f'the row is missing; {reason} "{", ".join(due.rows[other or 0])}".')
        elif other is None:
            yield told(name, page.row_name(row), f'the row was added: "{", ".join(page.rows[row])}".')
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
    """Compare two values made of mappings, lists and plain values.

    Parameters
    ----------
    found, expected : object
        As it stands, and as it should.
    path : str
        Where they stand.

    Yields
    ------
    (str, object, object)
        Path of each difference, e.g. ``clause[2].part[1].planned``, and both values.
    """
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
