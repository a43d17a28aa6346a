"""What crosses borders: places that the basin tells and those of the network, who reads them, and what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import waterdeal as wd
from waterdeal.basin.check import check_basin
from waterdeal.basin.tables import TABLES
from waterdeal.examples import two_party_basin
from waterdeal.reports.crossings import crossings, find_crossings
from waterdeal.reports.edition import Edition
from waterdeal.reports.table import Table
from waterdeal.results.store import read_results, to_bytes
from waterdeal.tracking.agreed import AGREED, KEPT, READINGS
from waterdeal.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from tests.report.conftest import Runs

#: a link that the basin tells of, and a user whom a canal of the other party serves
TOLD = [
    {"place": "fields_head", "from_party": "UP", "to_party": "LOW", "gauges": "fields", "agencies": "bwo low_hydromet"},
    {"place": "town", "from_party": "LOW", "to_party": "UP", "gauges": "", "agencies": ""},
]


def test_the_basin_tells_of_crossings_and_the_network_of_others(two_party_plan: xr.Dataset) -> None:
    """A link between nodes of two parties crosses by itself; of one that is told, and of a user, gauges and agencies are said."""
    plain = [(one.place, one.parties) for one in find_crossings(two_party_plan)]
    assert plain == [("fields_head", ("UP", "LOW")), ("dam_delta", ("UP", "LOW"))]
    plan = two_party_plan.copy()
    plan.attrs["crossings"] = json.dumps(TOLD)
    (table,) = crossings(Edition(plan, Words("en")))
    assert [column.group for column in table.columns[1:]] == ["UP → LOW", "UP → LOW", "LOW → UP"]
    assert table.notes == ("fields_head: read at fields by BWO Syr Darya, low_hydromet",)
    days = plan["step_length"].values
    for place, volumes in enumerate((plan["flow"].values[1], plan["flow"].values[2], plan["delivery"].values[0]), start=1):
        told = [float(row[place] or 0.0) for row in table.rows[: len(days)]]
        assert np.allclose(told, np.round(volumes / days / 0.0864, 1))
        assert table.rows[len(days)][place] == round(float(volumes.sum()), 1)


def test_side_inflow_crosses_with_the_river_that_it_joins(two_party_plan: xr.Dataset) -> None:
    """Formed above the border, joining where a crossing with a gauge ends: behind that, and told so; else it is a crossing of its own."""
    plan = two_party_plan.assign(
        node_party=("node", ["UP", "LOW", "LOW", "UP"]),  # two sources in one country, the dam in the other
        link_from=("link", ["headwater", "upper_dam", "delta"]), link_to=("link", ["upper_dam", "fields", "upper_dam"]),
    )  # fmt: skip
    assert [(one.place, one.joins) for one in find_crossings(plan)] == [("headwater_dam", ""), ("dam_delta", "")]
    plan.attrs["crossings"] = json.dumps([{**TOLD[0], "place": "dam_delta", "agencies": ""}])
    assert [(one.place, one.joins) for one in find_crossings(plan)] == [("dam_delta", ""), ("headwater_dam", "dam_delta")]
    (table,) = crossings(Edition(plan, Words("en")))
    assert table.notes[1] == "headwater_dam: side inflow formed above the border; it crosses in the river with dam_delta, at no place of its own"
    other = plan.assign(link_to=("link", ["fields", "upper_dam", "upper_dam"]))
    assert [one.joins for one in find_crossings(other)] == ["", ""]


def test_what_was_measured_stands_beside_the_agreed_plan(runs: Runs, tmp_path: Path) -> None:
    """By step and agency, those that the basin names first; a step that was not measured is left out; totals are of what was measured."""
    agreed = read_results(runs.kept)
    agreed.attrs["crossings"] = json.dumps(TOLD)
    rows = [("fields_head", "flow", source, day, end, value) for source, value in (("low_hydromet", 9.0), ("bwo", 10.0))
            for day, end in (("2026-05-01", "2026-06-01"), ("2026-06-01", "2026-07-01"))]  # fmt: skip
    for name, content in (("plan.nc", to_bytes(agreed)), (f"{AGREED}/plan.nc", to_bytes(agreed))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    pd.DataFrame(rows, columns=KEPT).to_csv(tmp_path / READINGS, index=False)
    blocks = wd.report(tmp_path, "agreement", "en").blocks
    table = next(block for block in blocks if isinstance(block, Table) and block.name == "crossings_measured")
    assert [column.heading for column in table.columns[1:]] == ["Planned", "BWO Syr Darya", "low_hydromet"]
    assert [row[0] for row in table.rows] == ["May 2026", "June 2026", "Total, million m³"]
    first = agreed["step"].values.tolist().index("2026-05")
    flow = agreed["flow"].values[agreed["link"].values.tolist().index("fields_head")][first : first + 2]
    due = [round(float(volume) / days / 0.0864, 1) for volume, days in zip(flow, (31, 30), strict=True)]
    assert [row[1] for row in table.rows] == [*due, round(float(flow.sum()), 1)]
    assert [row[2:] for row in table.rows[:2]] == [(10.0, 9.0)] * 2
    assert table.rows[-1][2:] == (round(61 * 0.864, 1), round(61 * 0.9 * 0.864, 1))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("place", "nowhere", "no link or demand"), ("to_party", "UP", "from UP to UP"), ("gauges", "fields moon", "the gauge moon")],
)
def test_a_crossing_of_nothing_is_told(field: str, value: str, said: str) -> None:
    """A place that the basin does not have, one party alone, a gauge that stands nowhere."""
    basin = two_party_basin()
    row = {**dict.fromkeys((column.name for column in TABLES["crossings"].columns), ""), **TOLD[0], "status": "assumed", "source": "own"}
    tables = {**basin.tables, "crossings": pd.DataFrame([row | {field: value}])}
    assert any(said in problem.found for problem in check_basin(replace(basin, tables=tables)) if problem.file == "crossings.csv")
