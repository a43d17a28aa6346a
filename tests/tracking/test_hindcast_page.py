"""The script that writes the record of the bundled basin into its page: its tables by hand, and the page as it would write it."""

from __future__ import annotations

import importlib.util
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.tracking.river import Measured, write_basin
from waterdeal.reports.plots.hindcast import hindcast_figure
from waterdeal.scenario.locate import bundled_folder
from waterdeal.tracking.hindcast import Hindcast, hindcast

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def script() -> Any:
    """The script beside the tables, as a module."""
    spec = importlib.util.spec_from_file_location("hindcast_page", bundled_folder("data") / "syrdarya" / "hindcast.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Hindcast:
    """A small river run through a year of its record."""
    folder = tmp_path_factory.mktemp("page")
    return hindcast(write_basin(folder / "small"), Measured().write(folder / "o.csv"), date(2021, 1, 1), date(2022, 1, 1))


def test_tables_are_those_of_the_hindcast(script: Any, found: Hindcast) -> None:
    """A row a gauge and season with the model's score and that of each naive forecast; volumes and balances in whole hm3."""
    scores, volumes, balances = (make(found) for make in (script.score_lines, script.volume_lines, script.balance_lines))
    by = found.scores.set_index(["gauge", "season", "forecast"])
    row = next(line for line in scores if line.startswith("| upper_flow | growing"))
    for forecast in ("model", "last_year", "last_year_difference", "climatology"):
        assert f"{by.loc[('upper_flow', 'growing', forecast), 'nse']:.2f}" in row
    assert f"| {100 * by.loc[('upper_flow', 'growing', 'model'), 'bias']:+.0f} |" in row
    assert not any("| year |" in line for line in scores)
    model = found.volumes[found.volumes["forecast"] == "model"]
    assert len(volumes) - 3 == len(model)
    assert len(balances) - 3 == len(found.balances)


def test_only_years_before_the_recent_one_are_judged_by(script: Any, tmp_path: Path) -> None:
    """What is foretold of a year knows nothing of it."""
    Measured(years=(2020, 2021, 2022)).write(tmp_path / "o.csv")
    part = pd.read_csv(script.earlier_part(tmp_path / "o.csv", tmp_path))
    assert {label[:4] for label in part["date"]} == {"2020", "2021"}


def test_the_page_has_the_tables_of_the_script(script: Any, found: Hindcast) -> None:
    """Between its marks, with the heads that the script writes, for the gauges and reservoirs that it tells."""
    page = script.PAGE.read_text(encoding="utf-8")
    inside = re.search(f"{re.escape(script.MARKS[0])}(.*){re.escape(script.MARKS[1])}", page, re.DOTALL)
    assert inside is not None
    for lines in (script.score_lines(found), script.volume_lines(found), script.balance_lines(found)):
        assert inside[1].count(lines[0]) == 2, "of the year, and of gains fitted before it"
    assert all(f"| {gauge} | growing |" in inside[1] for gauge in script.JUDGED)


def test_a_figure_has_every_gauge_and_forecast(found: Hindcast) -> None:
    """A panel a gauge with what was measured, the model and each naive forecast, in the format asked for."""
    picture = hindcast_figure(found, "ru", "svg").decode("utf-8")
    assert picture.count('id="axes_') == 2
    for text in ("Наблюдено", "модель", "прошлый год", "разность прошлого года", "средний год", "Расход, м³/с"):
        assert f"<!-- {text} -->" in picture
    assert hindcast_figure(found, "en", "png").startswith(b"\x89PNG")
