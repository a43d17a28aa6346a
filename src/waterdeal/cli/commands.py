"""The commands on scenarios and plans: demo, check, run, audit, compare, info, schema."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal import __version__
from waterdeal.cli.console import console, in_quotes, worst_code
from waterdeal.cli.explain import Explained
from waterdeal.cli.options import Force, Formats, Lang, Out, Quick, Sets, languages
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.run import Case

#: scenario that `demo` runs, by bundled case
DEMOS = {"syrdarya": "syrdarya-growing-dry.toml"}


Bundled = Annotated[str, typer.Argument()]


def demo(case: Bundled = "syrdarya", out: Out = None, lang: Lang = None, force: Force = False) -> None:
    """Copy a bundled case to a folder of yours, plan its dry growing season and print the allocation."""
    from waterdeal.results.disk import refuse_existing, write_file, write_folder
    from waterdeal.scenario.given_out import NOTE, case_files, note_of

    out = out or Path("waterdeal-demo")
    if case not in DEMOS:
        raise FileProblem(say("commands.not_bundled", case=case, known=", ".join(DEMOS)))
    refuse_existing(out, say("commands.other_folder"), force=force)
    due = case_files(case)
    due[NOTE] = note_of(case, due)
    yours = [name for name, content in due.items() if (out / name).exists() and (out / name).read_bytes() != content]
    if yours:
        raise FileProblem(say("commands.yours", folder=out, files=", ".join(yours)))
    if not out.exists():
        write_folder(out, due)
    for name in due:
        if not (out / name).exists():
            write_file(out / name, due[name])
    scenario = out / DEMOS[case]
    run(RunTask([scenario], out / "out" / scenario.stem, lang=lang, force=force))
    told = say("commands.case_is_yours", scenario=scenario, folder=out / case)
    console.say("", told, say("commands.run_again", scenario=in_quotes(scenario)))


def check(scenario: Path, sets: Sets = None) -> None:
    """Check a scenario and its basin without solving: shape, units, network, balances, ranges."""
    from waterdeal.agreement.inputs import clauses_of, sleeping, unheld_parts
    from waterdeal.basin.origins import origins_of
    from waterdeal.reports.age import age_lines
    from waterdeal.reports.edition import Edition
    from waterdeal.reports.records import outside_lines
    from waterdeal.reports.whose import whose_lines, whose_told
    from waterdeal.results.records import inputs_against_record, record_told
    from waterdeal.run import told_of_series
    from waterdeal.scenario.age import old_figures
    from waterdeal.scenario.doubts import doubts, water_beside_classes
    from waterdeal.variables import setting

    with console.reading("check", scenario, sets) as (_, case):
        inputs = case.inputs
    sizes = {name: int(inputs.sizes[name]) for name in ("node", "link", "reservoir", "demand", "plant", "entitlement", "clause", "time")}
    statuses = [row["status"] for row in origins_of(inputs)]
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
    old = list(old_figures(case.basin, case.file.scenario))
    console.say(*age_lines(inputs, console.words), *old)
    console.say(*(say("commands.unheld", clause=clause, parts=", ".join(parts)) for clause, parts in unheld.items()))
    console.say(say("commands.figures", **counts), *whose_lines(inputs, console.words))
    lacking = _tell_tables(case)
    guessed = told_of_series(case)
    console.say(*(say("commands.series_told", told=one) for one in guessed), *water_beside_classes(case.basin, case.file.scenario, inputs))
    doubtful = doubts(case.basin, case.file.scenario, inputs, scenario.name)
    console.say(*(say("commands.doubt", told=problem) for problem in doubtful))
    held = inputs_against_record(inputs)
    console.say(say("commands.given"), *outside_lines(Edition(inputs, console.words), held))
    if not inputs.attrs["sharing_chosen"]:
        console.say(say("sharing.not_chosen"))
    told = {
        "sizes": sizes, "figures": counts, "unheld": unheld, "doubts": [str(problem) for problem in doubtful],
        "limits_lent": setting(inputs, "limits_lent", []), "old": list(map(str, old)), "names_lacking": lacking,
        "series": list(map(str, guessed)), "sharing": inputs.attrs["sharing"], "record": record_told(held), **whose_told(inputs),
    }  # fmt: skip
    told |= {} if case.file.workbook is None else {"workbook": json.loads(case.file.workbook.record())}
    console.result({"exit": 0, "scenario": case.file.scenario.scenario.id, **told})


def _tell_tables(case: Case) -> int:
    """Tell how the tables of a basin were read, and how many of its names lack in the language; return these."""
    from waterdeal.basin.schema import names_lacking

    encodings = dict(pair for told in case.basin.told.values() for pair in told.get("guessed", {}).items())
    console.say(*(say("commands.encoding_guessed", file=file, encoding=name) for file, name in encodings.items()))
    lacking, named = names_lacking(case.basin, console.words.tongue)
    if lacking:
        some = ", ".join(lacking[:4]) + " ..." * (len(lacking) > 4)
        console.say(say("commands.names_lacking", count=len(lacking), of=named, names=some))
    return len(lacking)


IfChanged = Annotated[bool, typer.Option("--if-changed")]


@dataclass(frozen=True)
class RunTask:
    """Scenarios to plan, and what to write."""

    scenarios: Annotated[list[Path], typer.Argument(metavar="SCENARIO")]
    out: Out = None
    sets: Sets = None
    lang: Lang = None
    formats: Formats = None
    force: Force = False
    if_changed: IfChanged = False
    quick: Quick = False


def run(task: RunTask) -> None:
    """Plan a scenario, audit the plan and write it: NetCDF, workbook, tables."""
    written: dict[Path, Path] = {}
    if len(task.scenarios) == 1:
        _run(task, task.scenarios[0], task.out, written)
        return
    with console.gathering():
        codes = [console.code_of(_run, task, scenario, None, written) for scenario in task.scenarios]
    if code := worst_code(codes):
        raise SystemExit(code)


def _run(task: RunTask, scenario: Path, folder: Path | None, written: dict[Path, Path]) -> None:
    """Plan one scenario and write it to a folder, below that of several where none is named."""
    from waterdeal.reports.run import FORMATS, Asked, is_same_run, run_case, whole_run
    from waterdeal.reports.text import summary
    from waterdeal.results.disk import refuse_existing, write_folder
    from waterdeal.run import made_from, told_of_series
    from waterdeal.scenario.idle import idle_settings

    start = time.perf_counter()
    asked = Asked(languages(task.lang), tuple(map(str, task.formats or FORMATS)), task.quick)
    with console.reading("run", scenario, task.sets) as (stage, case):
        folder = folder or (task.out or Path("out")) / case.file.scenario.scenario.id
        if (before := written.setdefault(folder, scenario)) != scenario:
            raise FileProblem(say("commands.same_id", scenario=scenario, other=before, folder=folder))
        known = whole_run(folder) if task.if_changed else None
        if known is not None and is_same_run(known, made_from(case)["run_sha256"], asked):
            _tell_unchanged(folder, known, asked.languages[0])
            return
        refuse_existing(folder, say("commands.other_folder"), force=task.force or task.if_changed)
        outcome = run_case(case, asked, folder, stage)
        write_folder(folder, outcome.files, force=task.force or task.if_changed)
    told = {"folder": str(folder.resolve()), "files": sorted(outcome.files), **outcome.summary}
    if outcome.error is not None or outcome.results is None:
        raise Explained(_explanation(folder, asked.languages[0]), told, outcome.error)
    seconds = time.perf_counter() - start
    console.say(*(say("commands.series_told", told=one) for one in told_of_series(case)))
    idle = idle_settings(case.basin, case.file.scenario, case.inputs, scenario.name)
    console.say(*(say("commands.doubt", told=problem) for problem in idle))
    files = sorted(name for name in outcome.files if "/" not in name)
    console.show(summary(outcome.results, asked.languages[0]))
    console.say("", *(f"  {folder / name}" for name in files))
    console.say(say("commands.seconds", seconds=seconds))
    console.result({**told, "seconds": seconds})


def _tell_unchanged(folder: Path, known: dict[str, Any], language: str) -> None:
    """Tell that a folder holds the run that is asked for; one without a plan ends as it did."""
    from waterdeal.results.disk import RUN_FILE

    (folder / RUN_FILE).touch()
    told = {"folder": str(folder.resolve()), "files": sorted([*known["sha256"], RUN_FILE]), **known, "unchanged": True}
    if known["exit"]:
        raise Explained(_explanation(folder, language), told)
    console.say(say("commands.unchanged", folder=folder))
    console.result(told)


def _explanation(folder: Path, language: str) -> str:
    """Why a run has no plan, and where that is written."""
    return f"{(folder / f'explanation.{language}.txt').read_text(encoding='utf-8')}\n\n  {folder}"


def audit(plan: Path) -> None:
    """Recompute every balance and result of a plan from its file, without the solver; beside a run, compare its inputs and sources."""
    from waterdeal.results.audit import NOTHING, audit_run

    found = audit_run(_read(plan), plan if plan.is_dir() else plan.parent)
    for line in found.checks:
        told = {name: console.words.tell(value) if isinstance(value, str) else value for name, value in line.values().items()}
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
    from waterdeal.reports.comparison import comparison_record, plans_answer
    from waterdeal.results.compare import compare_plans
    from waterdeal.variables import setting

    if len({plan.resolve() for plan in plans}) < max(2, len(plans)):
        raise FileProblem(say("commands.two_plans"))
    names = [plan.parent.name if plan.name == "plan.nc" else plan.name for plan in plans]
    if len(set(names)) < len(names):
        names = [str(plan) for plan in plans]
    read = {name: _read(plan) for name, plan in zip(names, plans, strict=True)}
    tables = compare_plans(read)
    hashes = {name: str(plan.attrs.get("run_sha256", "")) for name, plan in read.items()}
    changed = {name: setting(plan, "overrides", []) for name, plan in read.items()}
    console.keep(plans[0], "compare", {"plans": names, "run_sha256": hashes, "overrides": changed, **comparison_record(tables)})
    console.show(plans_answer(tables, read, console.lang))
    console.result({"exit": 0, "plans": names, **comparison_record(tables)})


def info(plan: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Say what a plan was made from, or what is installed and bundled."""
    if plan is not None:
        from waterdeal.basin.claims import SALT
        from waterdeal.reports.text import origin_answer

        results = _read(plan)
        console.show(origin_answer(results, console.words))
        console.result({"exit": 0, **{key: str(value) for key, value in results.attrs.items() if key != SALT}})
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


OfAgreement = Annotated[bool, typer.Option("--agreement")]


OfOutputs = Annotated[bool, typer.Option("--outputs")]


def schema(agreement: OfAgreement = False, outputs: OfOutputs = False, out: Out = None, force: Force = False) -> None:
    """Print the JSON Schema of scenario or agreement files, for editors, or of what commands print."""
    from waterdeal.agreement.schema import agreement_schema
    from waterdeal.cli.outputs import output_schemas
    from waterdeal.results.disk import refuse_existing, write_file
    from waterdeal.scenario.schema import scenario_schema

    content = output_schemas() if outputs else agreement_schema() if agreement else scenario_schema()
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        console.say(text)
        console.result(content)
        return
    refuse_existing(out, say("commands.other_folder"), force=force)
    write_file(out, text.encode(), force=force)
    console.say(out)
    console.result({"exit": 0, "files": [str(out)]})
