"""What each command does, on top of the API."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal import __version__
from waterdeal.errors import FileProblem, Infeasible
from waterdeal.report.files import report_files
from waterdeal.report.text import summary_text
from waterdeal.results.store import read_results, refuse_existing, write_folder
from waterdeal.run_folder import run_files
from waterdeal.variables import levels_of, setting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.cli.console import Console
    from waterdeal.results.audit import Audit

#: remedy where a folder is there already
OTHER_FOLDER = say("commands.choose_another_folder_o")
#: format of run.json; the first had neither this nor the build
RUN_SCHEMA = "waterdeal/run@2"
#: scenario that `demo` runs, by bundled case
DEMOS = {"syrdarya": "syrdarya-growing-dry.toml"}


@dataclass(frozen=True)
class Task:
    """What `run` was asked for."""

    scenario: Path  # scenario file
    sets: tuple[str, ...] = ()  # overrides
    out: Path | None = None  # folder; `out/<scenario id>` without it
    languages: tuple[str, ...] = ("en",)  # languages of the tables
    formats: tuple[str, ...] = ("xlsx", "csv")  # `xlsx`, `csv`
    force: bool = False  # replace an earlier run


def run_scenario(console: Console, task: Task) -> None:
    """Load, solve, audit, write, print."""
    from waterdeal.run import load

    start = time.perf_counter()
    with console.progress(f"waterdeal {task.scenario.name}") as stage:
        stage("read")
        case = load(task.scenario, task.sets)
        folder = task.out or Path("out") / case.file.scenario.scenario.id
        refuse_existing(folder, OTHER_FOLDER, force=task.force)
        try:
            results = case.solve(progress=stage).dataset
        except Infeasible as error:
            from waterdeal.cli.explain import tell_conflict

            raise tell_conflict(error, case.inputs, folder, task.languages, force=task.force) from None
        stage("write")
        files = run_files(case, results) | plan_files(results, task.languages, task.formats)
        write_folder(folder, files, force=task.force)
    seconds = time.perf_counter() - start
    console.say(summary_text(results, task.languages[0]))
    listed = "\n".join(f"  {folder / name}" for name in sorted(files) if "/" not in name)
    console.say(f"\n{listed}\n({seconds:.1f} s)")
    console.result({"exit": 0, "folder": str(folder.resolve()), "files": sorted(files), "seconds": seconds, **_summary(results)})


def plan_files(results: xr.Dataset, languages: Sequence[str], formats: Sequence[str]) -> dict[str, bytes]:
    """All files of a run, by name, made in memory before anything is written."""
    files: dict[str, bytes] = {}
    for language in languages:
        files |= report_files(results, language, tuple(formats))
    files["run.json"] = json.dumps(_summary(results), ensure_ascii=False, indent=2).encode()
    return files


def _summary(results: xr.Dataset) -> dict[str, Any]:
    """Indicators, levels and origin of a plan."""
    from waterdeal.results.indicators import group_indicators, plan_indicators

    attrs = results.attrs
    return {
        "scenario": attrs["scenario"],
        "status": attrs["status"],
        "is_unique": bool(attrs["is_unique"]),
        "levels": levels_of(results),
        "indicators": plan_indicators(results),
        "parties": group_indicators(results).to_dict("index"),
        "schema": RUN_SCHEMA,
        "build_id": attrs.get("build_id", ""),
        "run_sha256": attrs["run_sha256"],
        "inputs_sha256": setting(results, "inputs_sha256"),
        "versions": setting(results, "versions"),
        "solver_options": setting(results, "solver_options"),
        "created": attrs["created"],
    }


def run_demo(console: Console, case: str, out: Path, languages: tuple[str, ...], *, force: bool) -> None:
    """Copy a bundled case and run it."""
    from waterdeal.scenario.locate import bundled_folder

    if case not in DEMOS:
        raise FileProblem(say("commands.not_bundled_case_bundled", case=case, DEMOS=", ".join(DEMOS)))
    refuse_existing(out, OTHER_FOLDER, force=force)
    try:
        out.mkdir(parents=True, exist_ok=True)
        shutil.copytree(bundled_folder("scenarios"), out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(bundled_folder("data") / case, out / case, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    except OSError as error:
        raise FileProblem(say("commands.cannot_written", out=out, value=error.strerror or error)) from error
    scenario = out / DEMOS[case]
    run_scenario(console, Task(scenario, (), out / "out" / scenario.stem, languages, force=force))
    console.say(f"\nThe case is yours to change: {scenario} and the tables in {out / case}.")
    console.say(f"Run it again: waterdeal run {scenario} -o NEW_FOLDER")


def run_check(console: Console, scenario: Path, sets: Sequence[str]) -> None:
    """Load a case and say what it holds."""
    from waterdeal.run import load

    with console.progress(f"waterdeal check {scenario.name}"):
        case = load(scenario, sets)
    sizes = {
        name: int(case.inputs.sizes[name]) for name in ("node", "link", "reservoir", "demand", "plant", "entitlement", "clause", "time")
    }
    statuses = [row["status"] for row in setting(case.inputs, "provenance")]
    counts = {status: statuses.count(status) for status in ("read", "computed", "assumed")}
    days = float(case.inputs["step_length"].sum())
    console.say(
        f"{scenario.name}: sound. {sizes['node']} nodes, {sizes['link']} links, {sizes['reservoir']} reservoirs and lakes, "
        f"{sizes['demand']} demands, {sizes['entitlement']} entitlements, {sizes['time']} steps ({days:.0f} days).\n"
        f"{_clauses_said(case.inputs)}"
        f"Figures: {counts['read']} read, {counts['computed']} computed, {counts['assumed']} assumed."
    )
    console.result({"exit": 0, "scenario": case.file.scenario.scenario.id, "sizes": sizes, "figures": counts})


def _clauses_said(inputs: xr.Dataset) -> str:
    """Say how many clauses hold over the horizon, and which sleep."""
    from waterdeal.agreement.inputs import clauses_of

    awake = inputs["clause"].values.tolist()
    asleep = [clause.id for clause in clauses_of(inputs) if clause.id not in awake]
    sleeping = f" ({len(asleep)} more are for other dates: {', '.join(asleep[:4])}{' ...' if len(asleep) > 4 else ''})" if asleep else ""
    return f"{len(awake)} clauses{sleeping}.\n" if awake or asleep else ""


def run_audit(console: Console, plan: Path) -> None:
    """Audit a plan from its file."""
    from waterdeal.results.audit import audit

    results = read_results(plan)
    _say_format(console, plan, results)
    found: Audit = audit(results)
    for line in found.checks:
        console.say(f"{'ok  ' if line.passed else 'BAD '} {line.name:<34} worst {line.worst:9.2e} hm3  at {line.where}")
    if found.passed:
        console.result({"exit": 0, "passed": True, "checks": [vars(line) for line in found.checks]})
    found.raise_if_bad()
    console.say("The plan balances.")


def _say_format(console: Console, plan: Path, results: xr.Dataset) -> None:
    """Say where a plan is of an earlier format, and something was filled in."""
    if "read_from_schema" in results.attrs:
        console.say(f"{plan} is of the earlier format {results.attrs['read_from_schema']}; parts that it did not know are taken as absent.")


def run_compare(console: Console, plans: Sequence[Path]) -> None:
    """Show plans side by side."""
    from waterdeal.results.compare import compare_plans

    if len(plans) < 2:
        raise FileProblem(say("commands.compare_needs_at_least"))
    names = [plan.parent.name if plan.name == "plan.nc" else plan.name for plan in plans]
    if len(set(names)) < len(names):
        names = [str(plan) for plan in plans]
    read = {name: read_results(plan) for name, plan in zip(names, plans, strict=True)}
    for plan, results in zip(plans, read.values(), strict=True):
        _say_format(console, plan, results)
    tables = compare_plans(read)
    for name, table in tables.items():
        console.say(f"\n{name}, hm3" if name != "plan" else "\nplan")
        console.say(table.round(3 if name == "plan" else 1).to_string())
    records = {name: json.loads(table.reset_index().to_json(orient="records")) for name, table in tables.items()}
    console.result({"exit": 0, "plans": names, **records})


def run_info(console: Console, plan: Path | None) -> None:
    """Print what a plan was made from, or what is bundled."""
    if plan is not None:
        results = read_results(plan)
        _say_format(console, plan, results)
        attrs = results.attrs
        shown = {key: attrs[key] for key in ("title", "scenario", "status", "created", "solver", "run_sha256", "licence", "disclaimer")}
        console.say("\n".join(f"{key:<12} {value}" for key, value in shown.items()))
        console.result({"exit": 0, **{key: str(value) for key, value in attrs.items()}})
        return
    from waterdeal.provenance import package_versions
    from waterdeal.scenario.locate import bundled_folder

    versions = package_versions()
    basins = sorted(folder.parent.name for folder in bundled_folder("data").glob("*/basin.toml"))
    scenarios = sorted(file.name for file in bundled_folder("scenarios").glob("*.toml"))
    console.say(f"waterdeal {__version__}\n" + "\n".join(f"  {name} {number}" for name, number in versions.items()))
    console.say(f"bundled basins: {', '.join(basins)}\nbundled scenarios in {bundled_folder('scenarios')}:")
    console.say("\n".join(f"  {name}" for name in scenarios))
    console.result({"exit": 0, "version": __version__, "versions": versions, "basins": basins, "scenarios": scenarios})


def run_schema(console: Console, out: Path | None, *, agreement: bool, force: bool) -> None:
    """Print or write the JSON Schema of scenario or agreement files."""
    from waterdeal.agreement.schema import agreement_schema
    from waterdeal.cli.convert import write_file
    from waterdeal.scenario.schema import scenario_schema

    content = agreement_schema() if agreement else scenario_schema()
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        console.say(text)
        console.result(content)
        return
    refuse_existing(out, OTHER_FOLDER, force=force)
    write_file(out, text.encode())
    console.say(str(out))
    console.result({"exit": 0, "files": [str(out)]})
