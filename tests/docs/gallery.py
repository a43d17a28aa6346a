"""The gallery of figures and reports: each made from a bundled run and written beside the pages."""

from __future__ import annotations

import subprocess
import tempfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

import waterdeal as wd
from tests.bundled import CONCESSION, CONTRACT, DEAL, DRY
from tests.commands import call
from tests.docs.pages import DOCS
from tests.ensemble.conftest import traces_of
from tests.tracking.river import Measured, write_basin
from waterdeal.examples import two_party
from waterdeal.reports.kinds import KINDS
from waterdeal.run_folder import case_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

FOLDER = DOCS / "figures"
#: the page that shows it
PAGE = DOCS / "how-to" / "figures.md"

#: a batch of four plans
SEASON = """schema = "waterdeal/batch@1"
title = { en = "Growing season, limits as agreed and cut", uz = "Vegetatsiya mavsumi, limitlar kelishilganidek va qisqartirilgan" }
scenarios = ["FILE"]
compare_to = "agreed"
[[axis]]
id = "year"
title = { en = "Class of year", uz = "Yil sinfi" }
values = [
  { id = "dry", title = { en = "Dry", uz = "Quruq" }, set.hydrology.year_class = "exceeded_90" },
  { id = "median", title = { en = "Median", uz = "Oʻrtacha" }, set.hydrology.year_class = "exceeded_50" },
]
[[axis]]
id = "limits"
title = { en = "Limits", uz = "Limitlar" }
values = [
  { id = "agreed", title = { en = "as agreed", uz = "kelishilgan" } },
  { id = "cut-10", title = { en = "cut by 10 %", uz = "10 % qisqargan" }, set.entitlement.cut = 0.1 },
]
"""


def draw_gallery() -> None:
    """Draw every figure, in the four languages by turns."""
    for name, axes in _drawn():
        file = FOLDER / f"{name}.png"
        file.unlink(missing_ok=True)
        wd.plot.save(axes, file)


def draw_reports() -> None:
    """Draw the first page of every kind of report, in the four languages by turns."""
    with tempfile.TemporaryDirectory() as folder:
        runs = _runs(Path(folder))
        for (kind, given), language in zip(runs.items(), ("ru", "kk", "uz", "en", "ru", "kk", "en", "uz", "uz"), strict=True):
            pdf = wd.report(given, kind, language).save(Path(folder) / f"{kind}.pdf")
            page = ["pdftoppm", "-r", "70", "-f", "1", "-l", "1", "-png", "-singlefile", pdf, FOLDER / f"report-{kind}"]
            subprocess.run(page, check=True, stderr=subprocess.DEVNULL)


def _runs(folder: Path) -> dict[str, Any]:
    """What each kind of report is made from: the dry season, the draft deal of it with what explains it, an ensemble, a contract."""
    dry, deal = folder / "dry", folder / "deal"
    for run, name, *sets in ((dry, DRY), (deal, DEAL, "--set", CONCESSION)):
        _call("run", wd.bundled_folder("scenarios") / f"{name}.toml", *sets, "-o", run, "--quick", "--format", "csv")
    _call("explain", deal)
    traces_of(case_of(dry), 8).to_netcdf(folder / "traces.nc", engine="h5netcdf")
    _call("ensemble", "run", dry, "--inflow", folder / "traces.nc", "--backend", "serial", "-o", folder / "members")
    batch = folder / "season.toml"
    batch.write_text(SEASON.replace("FILE", (wd.bundled_folder("scenarios") / f"{DRY}.toml").as_posix()), encoding="utf-8")
    _call("batch", batch, "-o", folder / "season", "--quick", "--format", "csv")
    whole = {"comparison": [deal, dry], "ensemble": dry, "figures": dry, "batch": folder / "season", "contract": _sheet()}
    return dict.fromkeys(KINDS, deal) | whole


@cache
def _sheet() -> Any:
    """The sheet of the bundled contract."""
    return wd.studies.contract_sheet(wd.load(wd.bundled_folder("scenarios") / f"{CONTRACT}.toml"))


def _call(*words: Any) -> None:
    """Run a command, which must work."""
    told = call(*words)
    assert told.code == 0, told.err


def _drawn() -> Iterator[tuple[str, Axes]]:
    """Names of files and what is drawn there."""
    scenarios = wd.bundled_folder("scenarios")
    dry = wd.load(scenarios / f"{DRY}.toml").solve()
    yield "hydrograph", dry.plot.hydrograph("shardara_release")
    yield "storage", dry.plot.storage("toktogul", lang="ru")
    yield "deliveries", dry.plot.deliveries()
    yield "deficits", dry.plot.deficits(lang="ru")
    yield "energy", dry.plot.energy(lang="uz")
    yield "sankey", dry.plot.sankey()
    yield "slack", wd.load(scenarios / f"{DEAL}.toml", [CONCESSION]).solve().plot.slack(lang="kk")
    yield "crops", wd.load(scenarios / "syrdarya-growing-fields.toml").solve().plot.crops(lang="uz")
    yield "track", _tracked(wd.load(scenarios / "syrdarya-growing-2022.toml").solve())
    yield from _found()
    yield "contract", wd.plot.contract_ladders(_sheet(), lang="ru")
    with tempfile.TemporaryDirectory() as folder:
        basin, observed = write_basin(Path(folder) / "small"), Measured().write(Path(folder) / "observed.csv")
        yield "hindcast", wd.plot.hindcast(wd.hindcast(basin, observed, date(2021, 1, 1), date(2022, 1, 1)), "lower_flow", lang="kk")


def _tracked(plan: wd.Result) -> Axes:
    """The inflow of Shardara in 2022 beside the means that two agencies gave."""
    file = DOCS / "how-to" / "track" / "actual-2022-april-june.csv"
    places = [str(name) for dim in ("link", "reservoir", "plant") for name in plan[dim].values]
    readings = wd.read_actual(file, {place: [] for place in places}, reservoirs=plan["reservoir"].values.tolist()).readings
    return plan.plot.track("shardara_inflow", actual=readings, lang="ru")


def _found() -> Iterator[tuple[str, Axes]]:
    """What studies find, on the small basin."""
    case = two_party()
    plan = case.solve()
    found = wd.studies.find_frontier(case, ("UP", "LOW"), wd.studies.FrontierChoices(("energy", "delivery")))
    yield "frontier", plan.plot.frontier(found, lang="ru")
    yield "ladder", plan.plot.ladder(_priced(case), lang="kk")
    rates = 1e6 * case.inputs["runoff"] / 86400 / case.inputs["step_length"]
    factors = xr.DataArray(np.linspace(0.7, 1.5, 12), dims="trace", coords={"trace": [f"t{k}" for k in range(12)]})
    with tempfile.TemporaryDirectory() as folder:
        choices = wd.studies.EnsembleChoices("serial", ("storage",))
        traces = (rates * factors).transpose("trace", "node", "time").assign_attrs(units="m3 s-1")
        yield "fan", plan.plot.fan(wd.studies.run_traces(case, traces, Path(folder) / "out", choices), "storage", "upper_dam")


def _priced(case: wd.Case) -> Any:
    """The price of water at the dam in July, with its ladder."""
    from waterdeal.lp.compile import compile_model
    from waterdeal.model.build import build_model

    program = compile_model(build_model(case.inputs))
    return wd.price(program, case.file.scenario.levels, wd.find_target(program, "balance:upper_dam,2026-07-D1", case.inputs), case.options)


if __name__ == "__main__":
    draw_gallery()
    draw_reports()
