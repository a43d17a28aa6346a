"""All tables of a report, in the order of its sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports.about import about_table, citation_table, figure_table
from waterdeal.reports.allocation import allocation_tables
from waterdeal.reports.balance import party_balance, reach_balance, regime_table
from waterdeal.reports.clauses import clause_tables
from waterdeal.reports.crops import crops
from waterdeal.reports.edition import Edition
from waterdeal.reports.energy import energy_by_plant
from waterdeal.reports.environment import aquifers, least_flows, salt
from waterdeal.reports.legs import contract_table
from waterdeal.reports.overview import overview, with_charts
from waterdeal.reports.records import record_table
from waterdeal.reports.summary import entitlements, indicator_table, party_summary
from waterdeal.reports.table import Table
from waterdeal.reports.tolerance import given_table, level_table
from waterdeal.words import Words

if TYPE_CHECKING:
    import xarray as xr


def make_tables(results: xr.Dataset, language: str) -> tuple[Table, ...]:
    """Make every table of a report."""
    edition = Edition(results, Words(language))
    makers = (overview, party_summary, indicator_table, entitlements, least_flows, given_table, level_table, energy_by_plant, clause_tables,
              contract_table, allocation_tables, crops, regime_table, party_balance, reach_balance, record_table, aquifers, salt,
              figure_table, citation_table, about_table)  # fmt: skip
    made = (maker(edition) for maker in makers)
    whole = (table for tables in made for table in ((tables,) if isinstance(tables, Table) else tables) if table.rows)
    return tuple(with_charts(edition, whole))
