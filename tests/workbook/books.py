"""Workbooks of small rivers, and hands that edit them."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.commands import call, release_deal
from waterdeal.errors import InputError
from waterdeal.run import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from waterdeal.errors import Problem

BY_MONTH = """[[clause]]
id = "by_month"
kind = "min_flow"
at = "fields_head"
by_month = { 7 = 5.0, 8 = 4.0 }
source = "assumed"
"""
DEAL = release_deal("0.1 km3", BY_MONTH)


def write_book(scenario: Path, language: str = "ru") -> Path:
    """Write a scenario to a workbook beside it."""
    book = scenario.parent / "plan.xlsx"
    told = call("workbook", scenario, book, "--lang", language, "--force")
    assert told.code == 0, told.err
    return book


def type_in(book: Path, cells: Mapping[str, Any]) -> None:
    """Type into cells as a person does, named by sheet and address."""
    held = openpyxl.load_workbook(book)
    for where, value in cells.items():
        sheet, _, address = where.partition("!")
        held[sheet][address] = value
    held.save(book)


def by_hand(book: Path, change: Callable[[Any], object]) -> None:
    """Do anything to a workbook."""
    held = openpyxl.load_workbook(book)
    change(held)
    held.save(book)


def rewrite(book: Path, part: str, change: Callable[[str], str]) -> None:
    """Rewrite a part of the archive of a workbook as another program writes it."""
    with zipfile.ZipFile(book) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    new = change(parts[part].decode())
    assert new.encode() != parts[part]
    parts[part] = new.encode()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def problems_of(book: Path) -> list[Problem]:
    """Read a workbook that cannot be planned; return what is told of it."""
    with pytest.raises(InputError) as caught:
        load(book)
    return list(caught.value.problems)
