"""Every command called in this process, and every run solved once for all that ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

from tests import commands
from tests.bundled import DRY
from tests.commands import DemoRun, Spoken, two_party_deal
from tests.matrix.cases import CASES, PRICED, SMALL, Asked
from tests.thorough import made_once, shared_folder
from waterdeal.results.store import read_results
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from pathlib import Path

#: exit codes that README documents for what can go wrong by itself; 1 is never one of them
DOCUMENTED = frozenset({0, 2, 3, 4, 5, 6, 7, 8, 9, 10})

#: a clause for the two parties of the how-to page
MORE = """text.en = "At least 0.6 km3 in summer"
text.ru = "Летом не менее 0,6 км³"
[[clause]]
id = "stored"
kind = "end_storage"
party = "UP"
reservoir = "upper_dam"
on = 2026-10-01
value = "0.35 km3"
source = "assumed"
text.en = "At least 0.35 km3 on 1 October"
text.ru = "На 1 октября не менее 0,35 км³"
"""
DEAL = commands.release_deal("0.6 km3", MORE, 'title.en = "Two parties"\n')


def call(*words: object) -> Spoken:
    """Call a command; whatever it is asked, it may not end in an unexpected error."""
    spoken = commands.call(*words)
    said = f"waterdeal {' '.join(map(str, words))}\nexit {spoken.code}\n{spoken.err}"
    assert spoken.code in DOCUMENTED, said
    assert "unexpected" not in spoken.err, said
    assert "Traceback" not in spoken.err, said
    return spoken


@dataclass
class House:
    """Scenarios in a folder of the session, and their runs in one of all workers, under names with Cyrillic and a space."""

    folder: Path
    demo: DemoRun
    factory: pytest.TempPathFactory
    made: dict[str, Spoken] = field(default_factory=dict)

    def scenario(self, case: str) -> Path:
        """File of a scenario."""
        home = self.folder / "сценарии"
        if not home.exists():
            two_party_deal(home, DEAL)
        return (home if case in SMALL else bundled_folder("scenarios")) / f"{CASES[case].file}.toml"

    def asked(self, case: str) -> Asked:
        """How a case is asked for."""
        return CASES[case]

    def sets(self, case: str) -> list[str]:
        """Changes of a case, as words of a command."""
        return [word for change in self.asked(case).sets for word in ("--set", change)]

    def run(self, case: str) -> Path:
        """Folder of a run, solved where it is first asked for; without a plan where the scenario has none."""
        if case == DRY:  # made as README says, by its first command
            self.made[case] = Spoken(0, self.demo.out, "")
            return self.demo.run
        place = shared_folder(self.factory) / f"план {case}"
        if case not in self.made:
            words = "run", self.scenario(case), *self.sets(case), "-o", place, "--format", "csv", "--json"
            self.made[case] = made_once(self.factory, f"run {case}", lambda: call(*words))
        assert self.made[case].code == self.asked(case).code, self.made[case].err
        return place

    def plan(self, case: str) -> xr.Dataset:
        """Plan of a run."""
        return read_results(self.run(case))

    def traces(self, case: str) -> Path:
        """Two traces of a case's own water, one of them a tenth less."""
        file = self.folder / f"traces {case}.nc"
        if not file.exists():
            made = load(self.scenario(case), self.asked(case).sets)
            wet, inputs = made.basin.runoff["node"].values.tolist(), made.inputs
            at = [inputs["node"].values.tolist().index(node) for node in wet]
            rates = inputs["runoff"].values[at] / inputs["step_length"].values / 0.0864
            labels = {"trace": ["same", "less"], "node": wet, "time": inputs["time"].values}
            values = np.stack([rates, 0.9 * rates])
            xr.Dataset({"runoff": (("trace", "node", "time"), values, {"units": "m3 s-1"})}, coords=labels).to_netcdf(
                file, engine="h5netcdf"
            )
        return file

    def amounts(self, case: str) -> list[str]:
        """One amount of a case as words of a command, where pricing all there are takes many plans."""
        if case in SMALL or case in PRICED:
            return []
        plan = self.plan(case)
        kinds = ("clause", "clause"), ("limit", "entitlement"), ("storage_initial", "reservoir")
        return ["--of", next(f"{kind}:{plan[dim].values[0]}" for kind, dim in kinds if plan.sizes.get(dim, 0))]

    def measured(self, case: str) -> Path:
        """What was measured in the first step of a run: its first reservoir as the plan has it, and a delivery somewhat less."""
        file, plan = self.folder / f"measured {case}.csv", self.plan(case)
        step, body = str(plan["step"].values[0]), str(plan["reservoir"].values[0])
        link = str(plan["link"].values[int(np.argmax(plan["flow"].values[:, 0]))])
        rate = float(plan["flow"].sel(link=link).isel(time=0)) / float(plan["step_length"][0]) / 0.0864
        rows = ["place,quantity,step,value,unit,source", f"{link},flow,{step},{0.97 * rate:.3f},m3/s,A"]
        rows.append(f"{body},storage,{step},{float(plan['storage'].sel(reservoir=body)[0]):.3f},hm3,A")
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return file


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, demo_run: DemoRun) -> House:
    """All runs of this session."""
    return House(tmp_path_factory.mktemp("Рабочий стол"), demo_run, tmp_path_factory)
