"""Models of Ribasim as networks: a river, a basin and two users by hand; what is not carried is listed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from waterdeal.errors import FileProblem
from waterdeal.links.results import network_results
from waterdeal.links.solve import solve_network
from waterdeal.links.tables import read_network
from waterdeal.units import HM3_PER_CUMEC_DAY as DAY

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.links.network import LinkNetwork

#: 1 m3/s flows into a basin; two users of 2 m3/s, the first before the second and giving back half; an outlet of 3 to the sea
SORTS = {1: "FlowBoundary", 2: "Basin", 3: "UserDemand", 4: "UserDemand", 5: "Outlet", 6: "Terminal"}
LINKS = [(1, 2), (2, 3), (3, 2), (2, 4), (4, 6), (2, 5), (5, 6)]


def model(home: Path, links: str = "Link", **tables: pd.DataFrame) -> Path:
    """A TOML file and a database of three days."""
    users = pd.DataFrame({"node_id": [3, 4], "demand": [2.0, 2.0], "return_factor": [0.5, 0.0], "min_level": 0.0, "demand_priority": [1, 2]})
    held = {
        "Node": pd.DataFrame({"node_id": list(SORTS), "node_type": list(SORTS.values())}),
        links: pd.DataFrame(LINKS, columns=["from_node_id", "to_node_id"]).assign(**{f"{links.lower()}_type": "flow"}),
        "FlowBoundary / static": pd.DataFrame({"node_id": [1], "flow_rate": [1.0]}),
        "Basin / profile": pd.DataFrame({"node_id": 2, "area": [0.0, 100_000.0], "level": [0.0, 2.0]}),
        "Basin / state": pd.DataFrame({"node_id": [2], "level": [2.0]}),
        "UserDemand / static": users,
        "Outlet / static": pd.DataFrame({"node_id": [5], "flow_rate": [3.0]}),
        **{name.replace("__", " / "): table for name, table in tables.items()},
    }
    with closing(sqlite3.connect(home / "database.gpkg")) as base:
        for name, table in held.items():
            table.to_sql(name, base, index=False, if_exists="replace")
    (home / "ribasim.toml").write_text("starttime = 2020-01-01\nendtime = 2020-01-04\ninput_dir = '.'\n", encoding="utf-8")
    return home / "ribasim.toml"


def left(found: LinkNetwork) -> set[str]:
    """Keys of what is not carried."""
    return {str(getattr(told, "key", "")) for told in found.left}


@pytest.mark.parametrize("links", ["Link", "Edge"])
def test_users_are_served_in_order(tmp_path: Path, links: str) -> None:
    """The first user gets all it asks, as half comes back; the second what is left of inflow and of 0.1 hm3 in store."""
    found = read_network(model(tmp_path, links))
    flow: Any = network_results(solve_network(found))["flow"]
    np.testing.assert_allclose(flow.sel(link="UserDemand 3"), 2 * DAY)
    assert float(flow.sel(link="UserDemand 4").sum()) == pytest.approx(0.1 + 3 * (1 - 2 + 1) * DAY)
    assert left(found) == {"networks.left_hydraulics"}


def test_a_line_through_dates_is_averaged(tmp_path: Path) -> None:
    """An inflow that rises from 0 to 6 m3/s in three days is 1, 3 and 5 in the mean of each."""
    dated = pd.DataFrame({"node_id": 1, "time": ["2020-01-01 00:00:00", "2020-01-04 00:00:00"], "flow_rate": [0.0, 6.0]})
    found = read_network(model(tmp_path, FlowBoundary__time=dated))
    at = found.shape.nodes.tolist().index("FlowBoundary 1")
    np.testing.assert_allclose(found.inflow[at], np.array([1, 3, 5]) * DAY)


def test_limits_and_fluxes(tmp_path: Path) -> None:
    """An outlet carries its greatest flow; what drains into a basin and seeps out of it is carried, rain on it is listed."""
    outlet = pd.DataFrame({"node_id": [5], "flow_rate": [3.0], "min_flow_rate": [0.5], "max_flow_rate": [4.0]})
    basin = pd.DataFrame({"node_id": [2], "drainage": [0.7], "infiltration": [0.2], "precipitation": [1e-8], "potential_evaporation": [0.0]})
    found = read_network(model(tmp_path, Outlet__static=outlet, Basin__static=basin))
    at = found.shape.links.tolist().index("Outlet 5")
    segment = np.flatnonzero(found.shape.segment_link == at)[0]
    np.testing.assert_allclose([found.lower[segment, 0], found.upper[segment, 0]], [0.5 * DAY, 4 * DAY])
    np.testing.assert_allclose(found.inflow[found.shape.nodes.tolist().index("Basin 2"), 1:], 0.5 * DAY)
    assert left(found) == {"networks.left_hydraulics", "networks.left_field"}


def test_what_is_not_carried_is_listed(tmp_path: Path) -> None:
    """A controller, and a reach whose flow goes by levels."""
    sorts = {**SORTS, 5: "ManningResistance", 7: "PidControl"}
    found = read_network(model(tmp_path, Node=pd.DataFrame({"node_id": list(sorts), "node_type": list(sorts.values())})))
    assert left(found) == {"networks.left_hydraulics", "networks.left_rule", "networks.left_node"}


@pytest.mark.parametrize("case", ["no database", "a text", "outside", "no table", "no end", "a view that never ends"])
def test_what_is_no_model_is_refused(tmp_path: Path, case: str) -> None:
    """In words; nothing of a database is run, and nothing outside the folder of the model is opened."""
    path = model(tmp_path)
    base = tmp_path / "database.gpkg"
    match case:
        case "no database":
            base.unlink()
        case "a text":
            base.write_text("no database")
        case "outside":
            path.write_text(path.read_text(encoding="utf-8").replace("'.'", "'..'"), encoding="utf-8")
        case "no end":
            path.write_text("starttime = 2020-01-01\n", encoding="utf-8")
        case _:
            with closing(sqlite3.connect(base)) as held:
                held.execute("DROP TABLE Node")
                if "view" in case:
                    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n AS node_id, 'Basin' AS node_type FROM t"
                    held.execute(f"CREATE VIEW Node AS {endless}")
                held.commit()
    with pytest.raises(FileProblem):
        read_network(path)
