"""Read public models of other tools, by path, and print what they cost or deliver there and here.

``python benchmarks/public_models.py calvin FOLDER``: the export of California's network (links.csv alone), and its arcs as they stand.
``python benchmarks/public_models.py pywr MODELS --python PYTHON``: a folder of JSON models; the Python has pywr (pandas below 3).
``python benchmarks/public_models.py ribasim MODELS PROBLEMS``: folders of built models and of their allocation problems (.lp).
How to get them stands in docs/how-to/large-networks.md. Nothing of them is bundled.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pandas as pd

import waterdeal as wd
from waterdeal.errors import WaterdealError
from waterdeal.links.ribasim import read_ribasim

#: relative difference of costs that is rounding, and hm3 a step that is nothing
SAME, NOTHING = 1e-6, 1e-9
#: what is run in the environment of pywr: the sum of flow times cost over nodes and steps
PYWR = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pywr.core import Model
found = {}
for path in sys.argv[1:]:
    try:
        model = Model.load(path); model.setup(); total = 0.0
        while True:
            try:
                model.step()
            except StopIteration:
                break
            nodes = [node for node in model.graph.nodes() if hasattr(node, "flow") and hasattr(node, "max_flow")]
            days, first = model.timestepper.current.days, model.scenarios.combinations[0]
            total += sum(float(node.flow[0]) * node.get_cost(first) * days for node in nodes)
        found[path] = total
    except Exception as error:
        found[path] = type(error).__name__
print("FOUND" + json.dumps(found))
"""
#: rows of an allocation problem that no network has: hydraulics about a state, and pumps that run at their rate
BEYOND = re.compile(r"(linear_resistance|manning_resistance|tabulated_rating_curve|pump|outlet)_constraint")
FLOW, USER = re.compile(r"flow_\((\w+)_#(\d+),_(\w+)_#(\d+)\)_$"), re.compile(r"user_demand_allocated_UserDemand_#(\d+),(\d+)_$")
STORED = re.compile(r"basin_storage_change_Basin_#(\d+)_$")


def calvin(folder: Path) -> None:
    """Compare the export of California's network with its own arcs, whose flow is what arrives."""
    network, links = wd.read_network(folder), folder / "links.csv"
    here = float(wd.solve_network(network).cost)
    arcs = list(csv.DictReader(links.open(encoding="utf-8")))
    names = list(dict.fromkeys(row[end] for row in arcs for end in ("i", "j")))
    at = {name: number for number, name in enumerate(names)}
    raw = highspy.Highs()
    raw.silent()
    ends = {"SOURCE", "SINK"}
    for name in names:
        raw.addRow(-highspy.kHighsInf if name in ends else 0.0, highspy.kHighsInf if name in ends else 0.0, 0, [], [])
    for row in arcs:
        low, high = float(row["lower_bound"] or 0), float(row["upper_bound"] or math.inf)
        held = {at[row["i"]]: -1.0 / float(row["amplitude"])}
        held[at[row["j"]]] = held.get(at[row["j"]], 0.0) + 1.0
        raw.addCol(float(row["cost"]), low, high, len(held), list(held), list(held.values()))
    raw.run()
    there = raw.getInfo().objective_function_value
    print(f"{links.name}: {len(arcs)} arcs; as they stand {there:.6f}, here {here:.6f}")


def pywr(models: Path, python: str) -> None:
    """Compare the costs of models with those of pywr."""
    files = sorted(models.glob("*.json"))
    done = subprocess.run([python, "-c", PYWR, *map(str, files)], capture_output=True, text=True, check=False, cwd=models)  # noqa: S603 - named by the user
    there = json.loads(done.stdout.partition("FOUND")[2] or "{}")
    tally: Counter[str] = Counter()
    for file in files:
        given, here, left = there.get(str(file), "not run"), math.nan, 0
        try:
            network = wd.read_network(file)
            here, left = float(wd.solve_network(network).cost), len(network.left)
            verdict = "all carried" if not left else f"{left} things left out"
        except WaterdealError as error:
            verdict = f"{type(error).__name__}: {str(error).splitlines()[0][:90]}"
        same = isinstance(given, float) and abs(here - given) <= SAME * max(1.0, abs(given))
        tally["same cost" if same else "read, another cost or none there" if math.isfinite(here) else "not read"] += 1
        print(f"{file.stem:<40} {given:>16} {here:>16.6g}  {'same' if same else ''} {verdict}")
    print(dict(tally))


def ribasim(models: Path, problems: Path) -> None:
    """Compare allocation problems with the network of their model, cut to one step."""
    tally: Counter[str] = Counter()
    for file in sorted(problems.glob("*/*.lp")):
        name = f"{file.parent.name}/{file.stem.rpartition('_')[2]}"
        model = models / file.parent.name / "ribasim.toml"
        if not model.is_file():
            tally["no model of that name"] += 1
            print(f"{name:<50} no model of that name is built")
            continue
        problem = _Problem(file, model)
        same, there, here = problem.shape(), problem.delivered_there(), problem.delivered_here()
        close = there is not None and here is not None and all(abs(there[rank] - here.get(rank, 0.0)) <= NOTHING for rank in there)
        verdict = "same links" if not same else f"links apart: {', '.join(same)}"
        if problem.is_part:
            verdict += "; a part of a larger network"
        elif there is not None and here is not None:
            told = "; ".join(f"rank {rank}: {there[rank]:.6g} and {here.get(rank, 0.0):.6g} hm3" for rank in sorted(there))
            verdict += f"; delivered {'the same' if close else 'apart'} ({told or 'no user'})"
        elif there is None:
            verdict += "; has no plan there"
        tally["links " + ("apart" if same else "the same")] += 1
        tally["part of a network" if problem.is_part else "delivered the same" if close else "delivered apart"] += 1
        print(f"{name:<50} {verdict}; beyond a network: {problem.beyond or 'nothing'}")
    print(dict(tally))


class _Problem:
    """An allocation problem, with the figures of its model in place of the examples that it is written with, and that model here."""

    def __init__(self, file: Path, model: Path) -> None:
        self._lp = highspy.Highs()
        self._lp.silent()
        self._lp.readModel(str(file))
        self._columns = {str(name): at for at, name in enumerate(self._lp.getLp().col_names_)}
        self._rows = {str(name): at for at, name in enumerate(self._lp.getLp().row_names_)}
        self._flows = {(int(m[2]), int(m[4])): at for name, at in self._columns.items() if (m := FLOW.match(name))}
        self._step = self._cut(model)
        self.made = read_ribasim(self._step)
        counted = Counter(m[0].replace("_constraint", "") for name in self._rows if (m := BEYOND.match(name)))
        counted += Counter(kind for kind in ("level_demand", "flow_demand") if any(kind in name for name in self._columns))
        self.beyond = ", ".join(f"{number} {kind}" for kind, number in counted.items())
        ids = {number for ends in self._flows for number in ends}
        named = {int(found[1]) for node in self.made.nodes if (found := re.match(r"\w+ (\d+)(?: \(out\))?$", node))}
        self.is_part = bool(named - ids)

    @staticmethod
    def _cut(model: Path) -> Path:
        """Write a model of the first step alone."""
        text = model.read_text(encoding="utf-8")
        start = pd.Timestamp(re.search(r"^starttime = (.+)$", text, re.MULTILINE)[1])  # type: ignore[index]
        found = re.search(r"^dt = (\S+)$", text, re.MULTILINE)
        end = start + pd.Timedelta(seconds=max(float(found[1]) if found and "allocation" in text[: found.start()] else 86_400, 86_400))
        folder = Path(tempfile.mkdtemp())
        text = re.sub(r"^endtime = .+$", f"endtime = {end:%Y-%m-%d %H:%M:%S}", text, flags=re.MULTILINE)
        (folder / "ribasim.toml").write_text(re.sub(r"^input_dir = .+$", 'input_dir = "."', text, flags=re.MULTILINE), encoding="utf-8")
        for database in model.parent.rglob("database.gpkg"):
            (folder / "database.gpkg").write_bytes(database.read_bytes())
        return folder / "ribasim.toml"

    def shape(self) -> list[str]:
        """Flows of the problem that are no link here."""
        links = {str(row["link"]) for row in self.made.links}
        lacking = []
        for name in self._columns:
            if found := FLOW.match(name):
                one, other = f"{found[1]} {found[2]}", f"{found[3]} {found[4]}"
                back = found[1] == "UserDemand" and self.made.nodes.get(f"{one} (out)") == "sink"
                if f"{one} - {other}" not in links and not back and {one, other} <= set(self.made.nodes):
                    lacking.append(f"{one} - {other}")
        return lacking

    def delivered_here(self) -> dict[int, float] | None:
        """What users get here by rank of demand, hm3."""
        try:
            plan = wd.solve_network(wd.read_network(self._step))
        except WaterdealError:
            return None
        flows = wd.network_results(plan)["flow"].isel(time=0).to_series()
        ranks = self._ranks()
        pieces = pd.DataFrame([row for row in self.made.links if str(row["link"]) in ranks])
        found: dict[int, float] = {}
        for name, held in ranks.items():
            left = float(flows[name])
            for rank, piece in zip(held, pieces[pieces["link"] == name]["upper"], strict=True):
                found[rank] = found.get(rank, 0.0) + min(left, float(piece))
                left -= min(left, float(piece))
        return found

    def _ranks(self) -> dict[str, list[int]]:
        """Ranks of each user's demand, the first one first."""
        found: dict[str, list[int]] = {}
        for name in self._columns:
            if told := USER.match(name):
                found.setdefault(f"UserDemand {told[1]}", []).append(int(told[2]))
        return {name: sorted(held) for name, held in found.items() if any(row["link"] == name for row in self.made.links)}

    def delivered_there(self) -> dict[int, float] | None:
        """What users get there, rank after rank; rows that no network has are left out; None where there is no plan."""
        volume = self._fill()
        users = {at: int(m[2]) for name, at in self._columns.items() if (m := USER.match(name))}
        found: dict[int, float] = {}
        for rank in sorted(set(users.values())):
            chosen = [at for at, other in users.items() if other == rank]
            self._lp.changeColsCost(len(self._columns), np.arange(len(self._columns), dtype=np.int32), np.zeros(len(self._columns)))
            for at in chosen:
                self._lp.changeColCost(at, -1.0)
            self._lp.run()
            if self._lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            got = -self._lp.getInfo().objective_function_value
            self._lp.addRow(got - 1e-9, highspy.kHighsInf, len(chosen), chosen, [1.0] * len(chosen))
            found[rank] = got * volume
        return found

    def _fill(self) -> float:
        """Lay the figures of the first step over the examples; return the hm3 of one unit of flow over the step."""
        lp, tables = self._lp.getLp(), dict[str, list[dict[str, Any]]]()
        for link in self.made.links:
            tables.setdefault(str(link["link"]), []).append(link)
        water = {str(inflow["node"]): float(inflow["inflow"]) for inflow in self.made.inflows}
        stored = {int(m[1]): at for name, at in self._columns.items() if (m := STORED.match(name))}
        unit = 1e3 / -float(lp.col_lower_[next(iter(stored.values()))]) / 1e6  # hm3 of one unit of storage and, over the step, of flow
        for number, at in stored.items():
            self._lp.changeColBounds(at, -highspy.kHighsInf, highspy.kHighsInf)
            row = self._rows[f"volume_conservation_Basin_#{number}_"]
            for ends, column in self._flows.items():
                if number in ends:
                    self._lp.changeCoeff(row, column, -1.0 if ends[1] == number else 1.0)
            self._lp.changeCoeff(row, self._columns[f"low_storage_factor_Basin_#{number}_"], 0.0)
            self._lp.changeRowBounds(row, 0.0, 0.0)
            self._lp.changeColBounds(at, -water.get(f"Basin {number}", 0.0) / unit, highspy.kHighsInf)
        self._bound(tables, water, unit)
        for name, row in self._rows.items():
            if BEYOND.match(name) or re.match(r".*(relative|fairness)_error|average|storage_constraint|flow_demand", name):
                self._lp.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)
        return unit

    def _bound(self, tables: dict[str, list[dict[str, Any]]], water: dict[str, float], unit: float) -> None:
        """Lay bounds of demands, boundaries and pumps, and shares that come back, over the examples."""
        for (start, end), column in self._flows.items():
            for kind, fixed in (("FlowBoundary", start), ("Pump", end), ("Outlet", end)):
                rows = tables.get(f"{kind} {fixed}", [])
                if kind == "FlowBoundary" and f"{kind}_#{start},_" in f"{self._name(column)}":
                    rate = water.get(f"{kind} {start}", 0.0) / unit
                    self._lp.changeColBounds(column, rate, rate)
                elif rows and kind != "FlowBoundary":
                    self._lp.changeColBounds(column, float(rows[0]["lower"]) / unit, float(rows[0].get("upper", math.inf)) / unit)
        for name, ranks in self._ranks().items():
            number = int(name.split()[1])
            for rank, row in zip(ranks, tables[name], strict=True):
                column = self._columns[f"user_demand_allocated_UserDemand_#{number},{rank}_"]
                self._lp.changeColBounds(column, 0.0, float(row["upper"]) / unit)
            back = f"user_demand_return_flow_UserDemand_#{number}_"
            share = float(tables[name][0]["gain"]) if self.made.nodes.get(f"{name} (out)") != "sink" else 0.0
            for ends, column in self._flows.items():
                if back in self._rows and ends[1] == number:
                    self._lp.changeCoeff(self._rows[back], column, -share)

    def _name(self, column: int) -> str:
        """Name of a column."""
        return str(self._lp.getLp().col_names_[column])


def main() -> None:
    """Read arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    tools = parser.add_subparsers(dest="tool", required=True)
    tools.add_parser("calvin").add_argument("folder", type=Path)
    other = tools.add_parser("pywr")
    other.add_argument("models", type=Path)
    other.add_argument("--python", required=True, help="Python of an environment with pywr.")
    third = tools.add_parser("ribasim")
    third.add_argument("models", type=Path)
    third.add_argument("problems", type=Path)
    told = parser.parse_args()
    if told.tool == "calvin":
        calvin(told.folder)
    elif told.tool == "pywr":
        pywr(told.models.resolve(), told.python)
    else:
        ribasim(told.models, told.problems)


if __name__ == "__main__":
    main()
