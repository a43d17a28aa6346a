"""Energy by plant and month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.allocation import make_periods, sums_of
from waterdeal.reports.edition import VOLUME, sum_cells
from waterdeal.reports.table import Column

if TYPE_CHECKING:
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Table


def energy_by_plant(edition: Edition) -> Table:
    """Make the table of energy by plant and month."""
    periods, printed = make_periods(edition.steps, edition.words, by_step=False), edition.printed_energy
    by_period = np.column_stack([printed[:, list(period.steps)].sum(axis=1) for period in periods])
    names = [edition.name(plant) for plant in edition.results["plant"].values.astype(str)]
    owners = edition.results["plant_party"].values.astype(str)
    body = edition.by_party(owners, names, lambda members, _: sum_cells(by_period, members, VOLUME))
    columns = (("plant", "text", 34), *(Column(period.heading, period.group, VOLUME) for period in periods))
    return edition.table("energy", "energy", columns, body, column_sums=sums_of(periods))
