"""All tables of a report, in the order of its sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.report.about import about_table, source_tables
from waterdeal.report.allocation import allocation_tables
from waterdeal.report.balance import party_balance, reach_balance, regime_table
from waterdeal.report.clauses import clause_tables
from waterdeal.report.crops import crops
from waterdeal.report.edition import Edition
from waterdeal.report.environment import aquifers, salt
from waterdeal.report.summary import summary_tables
from waterdeal.words import Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.report.table import Table


def make_tables(results: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make every table of a report."""
    edition = Edition(results, Words(language))
    tables = (
        *summary_tables(edition),
        *clause_tables(edition),
        *allocation_tables(edition),
        crops(edition),
        regime_table(edition),
        party_balance(edition),
        reach_balance(edition),
        aquifers(edition),
        salt(edition),
        *source_tables(edition),
        about_table(edition),
    )
    return tuple(table for table in tables if table.rows)
