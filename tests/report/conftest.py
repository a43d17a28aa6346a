"""Solved plans that the tests of the report share; copy one before changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waterdeal.report.tables import make_tables
from waterdeal.report.words import LANGUAGES
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.report.table import Table


def solve_bundled(name: str) -> xr.Dataset:
    """Solve a bundled scenario."""
    return load(bundled_folder("scenarios") / f"{name}.toml").solve().dataset


@pytest.fixture(scope="session")
def dry_plan() -> xr.Dataset:
    """Give a dry growing season by dekad."""
    return solve_bundled("syrdarya-growing-dry")


@pytest.fixture(scope="session")
def year_plan() -> xr.Dataset:
    """Give a water year: months in winter, dekads in summer."""
    return solve_bundled("syrdarya-water-year-2025-26")


@pytest.fixture(scope="session")
def dry_tables(dry_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the dry season in every language."""
    return {language: make_tables(dry_plan, language) for language in LANGUAGES}


@pytest.fixture(scope="session")
def year_tables(year_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the water year in every language."""
    return {language: make_tables(year_plan, language) for language in LANGUAGES}
