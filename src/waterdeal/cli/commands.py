"""The commands on scenarios and plans: demo, check, run, audit, compare, info, schema."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal import __version__
from waterdeal.cli.console import console
from waterdeal.cli.explain import explained_in
from waterdeal.cli.options import Force, Format, Formats, Lang, Out, Sets, languages
from waterdeal.cli.start_up import import_lightly
from waterdeal.errors import FileProblem
from waterdeal.words import BLANK, say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.run import Case

#: format of run.json; the first had neither this nor the build
RUN_SCHEMA = "waterdeal/run@2"
#: scenario that `demo` runs, by bundled case
DEMOS = {"syrdarya": "syrdarya-growing-dry.toml"}


Bundled = Annotated[str, typer.Argument(help="Bundled case, e.g. syrdarya.")]


def demo(case: Bundled = "syrdarya", out: Out = None, lang: Lang = None, force: Force = False) -> None:
    """Copy a bundled case to a folder of yours, plan its dry growing season and print the allocation."""
    import_lightly()
    from waterdeal.results.disk import refuse_existing, write_file, write_folder
    from waterdeal.scenario.locate import bundled_folder

    out = out or Path("waterdeal-demo")
    if case not in DEMOS:
        raise FileProblem(say("commands.not_bundled", case=case, known=", ".join(DEMOS)))
    refuse_existing(out, say("commands.other_folder"), force=force)
    due = _bundled(bundled_folder("scenarios"), "") | _bundled(bundled_folder("data") / case, f"{case}/")
    yours = [name for name, content in due.items() if (out / name).exists() and (out / name).read_bytes() != content]
    if yours:
        raise FileProblem(say("commands.yours", folder=out, files=", ".join(yours)))
    if not out.exists():
        write_folder(out, due)
    for name in due:
        if not (out / name).exists():
            write_file(out / name, due[name])
    scenario = out / DEMOS[case]
    run(RunTask(scenario, out / "out" / scenario.stem, lang=lang, force=force))
    console.say("", say("commands.case_is_yours", scenario=scenario, folder=out / case), say("commands.run_again", scenario=scenario))


def _bundled(folder: Path, below: str) -> dict[str, bytes]:
    """Files of a bundled folder that are data, by their names in a folder of the user."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts]
    return {below + file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def check(scenario: Path, sets: Sets = None) -> None:
    """Check a scenario and its basin without solving: shape, units, network, balances, ranges."""
    import_lightly()
    from waterdeal.agreement.inputs import clauses_of, sleeping, unheld_parts
    from waterdeal.basin.schema import names_lacking
    from waterdeal.report.edition import Edition
    from waterdeal.report.records import outside_lines
    from waterdeal.results.records import inputs_against_record, record_told
    from waterdeal.run import told_of_series
    from waterdeal.scenario.check import lent_limits
    from waterdeal.scenario.doubts import doubts, water_beside_classes
    from waterdeal.variables import setting

    with console.reading("check", scenario, sets) as (_, case):
        inputs = case.inputs
    sizes = {name: int(inputs.sizes[name]) for name in ("node", "link", "reservoir", "demand", "plant", "entitlement", "clause", "time")}
    statuses = [row["status"] for row in setting(inputs, "provenance")]
    counts = {status: statuses.count(status) for status in ("read", "computed", "assumed")}
    awake = inputs["clause"].values.tolist()
    asleep = [clause.id for clause in clauses_of(inputs) if sleeping(clause, inputs)]
    unheld = {clause.id: parts for clause in clauses_of(inputs) if (parts := unheld_parts(clause, inputs))}
    names = f"{', '.join(asleep[:4])}{' ...' if len(asleep) > 4 else ''}"
    console.say(say("commands.sound", name=scenario.name, days=float(inputs["step_length"].sum()), **sizes))
    if asleep:
        console.say(say("commands.clauses_asleep", count=len(awake), asleep=len(asleep), names=names))
    elif awake:
        console.say(say("commands.clauses", count=len(awake)))
    if lent := lent_limits(case.basin, case.file.scenario):
        console.say(say("commands.limits_lent", names=", ".join(lent)))
    console.say(*(say("commands.unheld", clause=clause, parts=", ".join(parts)) for clause, parts in unheld.items()))
    console.say(say("commands.figures", **counts))
    encodings = {file: name for told in case.basin.told.values() for file, name in told.get("guessed", {}).items()}
    console.say(*(say("commands.encoding_guessed", file=file, encoding=name) for file, name in encodings.items()))
    lacking, named = names_lacking(case.basin, console.words.language)
    if lacking:
        some = ", ".join(lacking[:4]) + " ..." * (len(lacking) > 4)
        console.say(say("commands.names_lacking", count=len(lacking), of=named, names=some))
    guessed = told_of_series(case)
    console.say(*(say("commands.series_told", told=one) for one in guessed), *water_beside_classes(case.basin, case.file.scenario, inputs))
    doubtful = doubts(case.basin, case.file.scenario, inputs, scenario.name)
    console.say(*(say("commands.doubt", told=problem) for problem in doubtful))
    held = inputs_against_record(inputs)
    console.say(say("commands.given"), *outside_lines(Edition(inputs, console.words), held))
    if not inputs.attrs["sharing_chosen"]:
        console.say(say("sharing.not_chosen"))
    told = {"sizes": sizes, "figures": counts, "unheld": unheld, "doubts": [str(problem) for problem in doubtful]}
    told |= {"names_lacking": len(lacking), "series": list(map(str, guessed))}
    told |= {"sharing": inputs.attrs["sharing"], "record": record_told(held)}
    told |= {} if case.file.workbook is None else {"workbook": json.loads(case.file.workbook.record())}
    console.result({"exit": 0, "scenario": case.file.scenario.scenario.id, **told})


@dataclass(frozen=True)
class RunTask:
    """A scenario to plan, and what to write."""

    scenario: Path
    out: Out = None
    sets: Sets = None
    lang: Lang = None
    formats: Formats = None
    force: Force = False
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what is told by solving once more, such as the other rule.")] = False


def run(task: RunTask) -> None:
    """Plan a scenario, audit the plan and write it: NetCDF, workbook, tables."""
    import_lightly()
    from waterdeal.report.files import report_files
    from waterdeal.report.text import summary_text
    from waterdeal.results.disk import refuse_existing, write_folder
    from waterdeal.run import told_of_series
    from waterdeal.run_folder import run_files

    start = time.perf_counter()
    spoken = languages(task.lang)
    with console.reading("run", task.scenario, task.sets) as (stage, case):
        folder = task.out or Path("out") / case.file.scenario.scenario.id
        refuse_existing(folder, say("commands.other_folder"), force=task.force)
        with explained_in(spoken, case.inputs, folder, force=task.force):
            plan = case.solve(progress=stage)
        results = plan.dataset
        if not task.quick:
            stage("beside the plan")
            results.attrs |= case.beside(plan)
        stage("write")
        files = run_files(case, results)
        for language in spoken:
            files |= report_files(results, language, task.formats or tuple(Format))
            files |= _edited_copy(case, results, language, folder) if Format.XLSX in (task.formats or tuple(Format)) else {}
        summary = _summary(results)
        files["run.json"] = json.dumps(summary, ensure_ascii=False, indent=2).encode()
        write_folder(folder, files, force=task.force)
    seconds = time.perf_counter() - start
    console.say(*(say("commands.series_told", told=one) for one in told_of_series(case)))
    console.say(summary_text(results, spoken[0]), "", *(f"  {folder / name}" for name in sorted(files) if "/" not in name))
    console.say(say("commands.seconds", seconds=seconds))
    console.result({"exit": 0, "folder": str(folder.resolve()), "files": sorted(files), "seconds": seconds, **summary})


def _edited_copy(case: Case, results: xr.Dataset, language: str, folder: Path) -> dict[str, bytes]:
    """The workbook that was planned, as it is in force and with the results; nothing where the scenario is a file."""
    if case.file.workbook is None:
        return {}
    from waterdeal.report.workbook import edit_workbook

    stem = Path(case.file.workbook.name).stem
    name = f"{stem}-workbook" if stem == "allocation" else stem
    return {f"{name}.{language}.xlsx": edit_workbook(case, language, folder, results)}


def _summary(results: xr.Dataset) -> dict[str, Any]:
    """Indicators, levels and origin of a plan."""
    from waterdeal.provenance import KEPT, WORKBOOK
    from waterdeal.results.indicators import group_indicators, plan_indicators
    from waterdeal.results.records import held_against_record, record_told
    from waterdeal.variables import levels_of, setting

    attrs = results.attrs
    return {
        "scenario": attrs["scenario"], "status": attrs["status"], "is_unique": bool(attrs["is_unique"]), "levels": levels_of(results),
        "sharing": _told_sharing(results), "record": record_told(held_against_record(results)),
        "lookahead": {**setting(results, "lookahead", {}), **setting(results, KEPT, {})},
        **({WORKBOOK: setting(results, WORKBOOK)} if WORKBOOK in attrs else {}),
        "indicators": plan_indicators(results), "parties": group_indicators(results).to_dict("index"),
        "schema": RUN_SCHEMA, "build_id": attrs.get("build_id", ""), "run_sha256": attrs["run_sha256"],
        **{name: setting(results, name) for name in ("inputs_sha256", "versions", "solver_options")}, "created": attrs["created"],
    }  # fmt: skip


def _told_sharing(results: xr.Dataset) -> dict[str, Any]:
    """Rule by which users of equal standing share, what the values of its levels count, and what the other rule would deliver."""
    from waterdeal.provenance import OTHER
    from waterdeal.variables import setting

    rule = results.attrs["sharing"]
    counted = "hm3 missing" if rule == "equal_ratio" else "hm3 missing, each weighted by its step of shortage"
    chosen, other = bool(results.attrs["sharing_chosen"]), setting(results, OTHER, {})
    return {"rule": rule, "chosen": chosen, "levels_count": counted, "other": other}


def audit(plan: Path) -> None:
    """Recompute every balance and result of a plan from its file, without the solver; beside a run, compare its inputs and sources."""
    from waterdeal.results.audit import NOTHING, audit_run

    found = audit_run(_read(plan), plan if plan.is_dir() else plan.parent)
    for line in found.checks:
        told = {name: getattr(line, name) for name in ("name", "worst", "unit", "where")}
        console.say(say("commands.audit_line", mark="--  " if line.where == NOTHING else console.mark(line.passed), **told))
    if found.passed:
        console.result({"exit": 0, "passed": True, "checks": [vars(line) for line in found.checks]})
    found.raise_if_bad()
    console.say(say("commands.balances"))


def _read(plan: Path) -> xr.Dataset:
    """Read a plan, and say where it is of an earlier format, so that something was filled in."""
    from waterdeal.results.store import read_results

    results = read_results(plan)
    if "read_from_schema" in results.attrs:
        console.say(say("commands.earlier_format", plan=plan, schema=results.attrs["read_from_schema"]))
    return results


def compare(plans: list[Path]) -> None:
    """Show plans side by side, with their differences to the first."""
    from waterdeal.report.comparison import comparison_record, plans_text
    from waterdeal.results.compare import compare_plans

    if len(plans) < 2:
        raise FileProblem(say("commands.two_plans"))
    names = [plan.parent.name if plan.name == "plan.nc" else plan.name for plan in plans]
    if len(set(names)) < len(names):
        names = [str(plan) for plan in plans]
    read = {name: _read(plan) for name, plan in zip(names, plans, strict=True)}
    tables = compare_plans(read)
    console.say(plans_text(tables, read, console.lang))
    console.result({"exit": 0, "plans": names, **comparison_record(tables)})


def info(plan: Annotated[Path | None, typer.Argument(help="A plan; without one, the installation.")] = None) -> None:
    """Say what a plan was made from, or what is installed and bundled."""
    if plan is not None:
        attrs = _read(plan).attrs
        shown = ("title", "scenario", "status", "created", "solver", "run_sha256", "licence", "disclaimer")
        console.say(*(f"{key:<12} {attrs.get(key, BLANK)}" for key in shown))
        console.result({"exit": 0, **{key: str(value) for key, value in attrs.items()}})
        return
    from waterdeal.provenance import package_versions
    from waterdeal.scenario.locate import bundled_folder

    versions, folder = package_versions(), bundled_folder("scenarios")
    basins = sorted(file.parent.name for file in bundled_folder("data").glob("*/basin.toml"))
    scenarios = sorted(file.name for file in folder.glob("*.toml"))
    console.say(f"waterdeal {__version__}", *(f"  {name} {number}" for name, number in versions.items()))
    console.say(say("commands.basins", names=", ".join(basins)), say("commands.scenarios", folder=folder))
    console.say(*(f"  {name}" for name in scenarios))
    console.result({"exit": 0, "version": __version__, "versions": versions, "basins": basins, "scenarios": scenarios})


OfAgreement = Annotated[bool, typer.Option("--agreement", help="Of agreement files, not of scenario files.")]


def schema(agreement: OfAgreement = False, out: Out = None, force: Force = False) -> None:
    """Print the JSON Schema of scenario or agreement files, for editors."""
    from waterdeal.agreement.schema import agreement_schema
    from waterdeal.results.disk import refuse_existing, write_file
    from waterdeal.scenario.schema import scenario_schema

    content = agreement_schema() if agreement else scenario_schema()
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        console.say(text)
        console.result(content)
        return
    refuse_existing(out, say("commands.other_folder"), force=force)
    write_file(out, text.encode(), force=force)
    console.say(out)
    console.result({"exit": 0, "files": [str(out)]})
