"""Tables of solved plans that the tests of the report share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from waterdeal.report.tables import make_tables
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.report.table import Table


@pytest.fixture(scope="session")
def dry_tables(dry_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the dry season in every language."""
    return {language: make_tables(dry_plan, language) for language in LANGUAGES}


@pytest.fixture(scope="session")
def year_tables(year_plan: xr.Dataset) -> dict[str, tuple[Table, ...]]:
    """Give every table of the water year in every language."""
    return {language: make_tables(year_plan, language) for language in LANGUAGES}
