"""Food in a deal: what area is left to each crop, what stays in the river, and who eats what, with its clauses on food and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.agreement.food import food_traded
from waterdeal.agreement.kinds.energy import Exchange
from waterdeal.agreement.kinds.food import CropArea, FoodNeed
from waterdeal.documents import plain
from waterdeal.results.tables import crop_table
from waterdeal.studies.problem import refused
from waterdeal.studies.works import SLIGHT, holdings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.run import Case

#: tonnes of a kt
THOUSAND = 1000.0


@dataclass(frozen=True)
class Fed:
    """A deal about food against the plan without its clauses on food."""

    clauses: tuple[str, ...]  # those that are let go in the other plan
    #: by party and crop: area, kha, and output, kt, with and without; kt imported, exported, left at home and needed (NaN where none says)
    crops: pd.DataFrame
    change: pd.DataFrame  # what each party has more with them, by measure of `MEASURES`

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        rows = [
            {"party": party, "crop": crop, **plain(dict(zip(self.crops.columns, values, strict=True)))}
            for (party, crop), values in zip(self.crops.index.tolist(), self.crops.to_numpy(dtype=float).tolist(), strict=True)
        ]
        return {"clauses": list(self.clauses), "crops": rows, "change": plain(self.change.to_dict("index"))}


def weigh_food(case: Case, progress: Callable[[str], None] = lambda _stage: None) -> Fed:
    """Solve a case with its clauses on food and without.

    Parameters
    ----------
    case : Case
        A scenario with crops, and with clauses ``food_need``, ``crop_area``, or an ``exchange`` with food of a crop.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    Fed
        Areas kha, crops kt, volumes hm3, energy GWh, money million USD.

    Raises
    ------
    ScenarioError
        Where the scenario plans no crops, or no clause is about food.
    Infeasible
        Where the clauses cannot be held.
    """
    if not case.inputs.sizes["field"]:
        raise refused(field="food", key="food.no_crops")
    clauses = [clause for one in case.agreements for clause in one.clause if clause.in_force and _is_about_food(clause)]
    if not clauses:
        raise refused(field="food", key="food.no_clause")
    progress("without")
    before = case.set({f"agreement.{clause.id}.in_force": False for clause in clauses}).solve().dataset
    progress("with")
    after = case.solve().dataset
    change = holdings(after) - holdings(before)
    return Fed(tuple(clause.id for clause in clauses), _crops(before, after, clauses), change.where(change.abs() > SLIGHT, 0.0))


def _is_about_food(clause: Clause) -> bool:
    """Whether a clause speaks of a crop."""
    return isinstance(clause, FoodNeed | CropArea) or (isinstance(clause, Exchange) and clause.food is not None)


def _crops(before: xr.Dataset, after: xr.Dataset, clauses: list[Clause]) -> pd.DataFrame:
    """Areas and output of each party and crop in both plans, and who eats what."""
    tables = [crop_table(plan).set_index(["party", "crop"])[["area", "output"]] for plan in (after, before)]
    table = pd.concat([tables[0], tables[1].add_suffix("_without")], axis=1)
    for party, crop, name, amount in _traded(clauses):
        if (party, crop) not in table.index:
            table.loc[(party, crop), :] = 0.0
        table.loc[(party, crop), name] = amount
    for name in ("imported", "exported", "need"):
        table[name] = table.get(name, np.nan)
    table["eaten"] = table["output"] + table["imported"].fillna(0.0) - table["exported"].fillna(0.0)
    columns = ["area", "area_without", "output", "output_without", "imported", "exported", "eaten", "need"]
    return table[columns].fillna({name: 0.0 for name in columns if name != "need"})


def _traded(clauses: list[Clause]) -> Iterator[tuple[str, str, str, float]]:
    """Yield party, crop, what is told of it, and kt; what a need says of trade stands over what an exchange does."""
    yield from ((party, crop, name, tonnes / THOUSAND) for party, crop, name, tonnes in food_traded(clauses))
    for clause in clauses:
        if isinstance(clause, FoodNeed):
            told = {"imported": clause.imported, "exported": clause.exported, "need": clause.tonnes}
            for name, tonnes in told.items():
                if tonnes is not None:
                    yield clause.grown_by, clause.crop, name, tonnes / THOUSAND
