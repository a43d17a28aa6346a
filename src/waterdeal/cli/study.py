"""The commands of ``waterdeal study``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console, refused
from waterdeal.cli.options import Lang, Out, Sets, add_commands, languages, make_group
from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from waterdeal.reports.table import Table
    from waterdeal.studies.sensitivity import Sensitivity

#: figures printed unless some are named
TOLD = ("delivery", "shortage")

study = make_group("study")

#: methods of a sensitivity
Method = StrEnum("Method", {"ONE_AT_A_TIME": "one-at-a-time", "MORRIS": "morris", "SOBOL": "sobol"})
#: what becomes of the other parties and of nature
Others = StrEnum("Others", {"KEPT": "kept", "FREE": "free"})


@dataclass(frozen=True)
class FrontierTask:
    """Options of ``study frontier``; each field is one, with its help."""

    scenario: Path
    parties: Annotated[str, typer.Option()]
    of: Annotated[str, typer.Option()] = "delivery"
    others: Annotated[Others, typer.Option()] = Others.KEPT
    held: Annotated[str | None, typer.Option()] = None
    figure: Annotated[Path | None, typer.Option()] = None
    out: Out = None
    sets: Sets = None
    lang: Lang = None


@dataclass(frozen=True)
class SensitivityTask:
    """Options of ``study sensitivity``; each field is one, with its help."""

    scenario: Path
    parameter: Annotated[list[str] | None, typer.Option(metavar="NAME=LOW:HIGH")] = None
    file: Annotated[Path | None, typer.Option("--file")] = None
    method: Annotated[Method, typer.Option()] = Method.ONE_AT_A_TIME
    samples: Annotated[int, typer.Option()] = 16
    seed: Annotated[int, typer.Option()] = 0
    backend: Annotated[str, typer.Option()] = "serial"
    figure: Annotated[list[str] | None, typer.Option()] = None
    anew: Annotated[bool, typer.Option("--anew")] = False
    out: Out = None
    sets: Sets = None
    lang: Lang = None


def frontier(task: FrontierTask) -> None:
    """Find the exact frontier of what two parties can have: every corner, and the rate of exchange between them."""
    from waterdeal.cli.explain import explained_in
    from waterdeal.reports.plots.canvas import check_figure, save
    from waterdeal.reports.plots.deal import frontier as draw
    from waterdeal.reports.studies import frontier_answer, frontier_tables
    from waterdeal.studies.frontier import FrontierChoices, find_frontier

    spoken = languages(task.lang)
    if task.figure is not None:
        check_figure(task.figure)
    parties, of = _pair(task.parties, "--parties"), _pair(task.of if "," in task.of else f"{task.of},{task.of}", "--of")
    held = None if task.held is None else tuple(_names(task.held))
    with console.reading("study frontier", task.scenario, task.sets) as (stage, case), explained_in(spoken, case.inputs):
        found = find_frontier(case, parties, FrontierChoices(of, task.others.value, held), stage)
    console.show(*(frontier_answer(found, case.inputs, language) for language in spoken))
    record = {
        "parties": found.parties, "of": found.of, "units": found.units, "held": found.held, "others": found.others,
        "corners": _records(found.table().reset_index()), "plan": found.plan, "gap": vars(found.gap),
        "conditional": found.conditional, "solves": found.solves, "unkept": found.unkept,
    }  # fmt: skip
    console.keep(task.scenario, "frontier", {**record, "beyond": found.beyond.tolist(), "figures": _records(found.figures)})
    extra = {"frontier.json": _json(record), "corners.csv": _csv(found.table().join(found.figures))}
    write_study(task.out, {language: frontier_tables(found, case.inputs, language) for language in spoken}, case.inputs, extra)
    if task.figure is not None:
        console.say(save(draw(case.inputs, found, lang=spoken[0]), task.figure))
    console.result({"exit": 0, **record})


def sensitivity(task: SensitivityTask) -> None:
    """Tell how results respond to what is not known: one at a time, by Morris or by Sobol."""
    from waterdeal.reports.studies import sensitivity_answer, sensitivity_tables
    from waterdeal.studies.parameters import parse_parameter, read_parameters
    from waterdeal.studies.sensitivity import SamplesFailed, SensitivityChoices, run_sensitivity

    spoken = languages(task.lang)
    parameters = [*(read_parameters(task.file) if task.file is not None else []), *map(parse_parameter, task.parameter or ())]
    choices = SensitivityChoices(task.method.value, task.samples, task.seed, task.backend, task.anew)
    with console.reading("study sensitivity", task.scenario, task.sets) as (stage, case), refused():
        found = run_sensitivity(case, parameters, choices, lambda done, count: stage(f"{done}/{count}"))
    record: dict[str, Any] = {
        "method": found.method, "seed": found.seed, "samples": len(found.errors), "kept_solver": found.kept,
        "parameters": [vars(parameter) for parameter in parameters],
        "without_plan": [{"sample": number, "error": error} for number, error in enumerate(found.errors) if error],
    }  # fmt: skip
    extra = {"samples.csv": _csv(found.samples()), "failures.csv": _csv(found.failures()), "study.json": _json(record)}
    try:
        table = found.indices()
    except SamplesFailed:  # the samples are written even where there are no indices
        write_study(task.out, {}, case.inputs, extra)
        raise
    console.keep(task.scenario, "sensitivity", {**record, "indices": _records(table)})
    figures = _figures(found, task.figure or ())
    console.show(*(sensitivity_answer(found, table, language, figures) for language in spoken))
    tables = {language: sensitivity_tables(found, table, language) for language in spoken}
    write_study(task.out, tables, case.inputs, {**extra, "indices.csv": _csv(table.set_index("figure"))})
    console.result({"exit": 0, **record, "indices": _records(table)})


def works(
    scenario: Path,
    work: Annotated[list[str] | None, typer.Option("--work", metavar="ID")] = None,
    out: Out = None, sets: Sets = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Weigh joint works: what each saves or yields to each party, what it costs, and when it pays."""
    from waterdeal.cli.explain import explained_in
    from waterdeal.reports.works import works_tables
    from waterdeal.studies.works import weigh_works

    spoken = languages(lang)
    with console.reading("study works", scenario, sets) as (stage, case), explained_in(spoken, case.inputs):
        found = weigh_works(case, work or (), stage)
    record = {"works": [one.record() for one in found]}
    _tell("works", {language: works_tables(found, case.inputs, language) for language in spoken}, case.inputs, record, out)


def nature(
    scenario: Path,
    sink: Annotated[str | None, typer.Option("--sink", metavar="NODE")] = None,
    volume: Annotated[list[float] | None, typer.Option("--volume", metavar="HM3")] = None,
    out: Out = None, sets: Sets = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Price more water to a lake or an outlet by steps, and say who bears it."""
    from waterdeal.cli.explain import explained_in
    from waterdeal.reports.nature import nature_tables
    from waterdeal.studies.nature import price_inflow

    spoken = languages(lang)
    with console.reading("study nature", scenario, sets) as (stage, case), explained_in(spoken, case.inputs):
        found = price_inflow(case, sink, volume or (), stage)
    record = found.record()
    _tell("nature", {language: nature_tables(found, case.inputs, language) for language in spoken}, case.inputs, record, out)


def food(scenario: Path, out: Out = None, sets: Sets = None, lang: Lang = None) -> None:
    """Weigh clauses on food: what area is left to each crop, what stays in the river, and who eats what."""
    from waterdeal.cli.explain import explained_in
    from waterdeal.reports.food import food_tables
    from waterdeal.studies.food import weigh_food

    spoken = languages(lang)
    with console.reading("study food", scenario, sets) as (stage, case), explained_in(spoken, case.inputs):
        found = weigh_food(case, stage)
    record = found.record()
    _tell("food", {language: food_tables(found, case.inputs, language) for language in spoken}, case.inputs, record, out)


add_commands(study, frontier, sensitivity, works, nature, food)


def _names(text: str) -> list[str]:
    """Names apart by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _pair(text: str, option: str) -> tuple[str, str]:
    """Two names apart by a comma."""
    match _names(text):
        case [first, second]:
            return first, second
    raise FileProblem(say("commands.two_names", option=option, text=text))


def _figures(found: Sensitivity, asked: Sequence[str]) -> list[str]:
    """Figures to print: those asked for, else what users get and miss."""
    known = [str(name) for name in found.figures.columns]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise FileProblem(say("commands.no_figure", unknown=", ".join(unknown), known=", ".join(known)))
    return list(asked) or [name for name in known if name.rpartition("_")[2] in TOLD]


def _tell(name: str, tables: dict[str, tuple[Table, ...]], inputs: xr.Dataset, record: dict[str, Any], out: Path | None) -> None:
    """Tell the tables of a study in each language, and write them where a folder is asked for."""
    from waterdeal.reports.document import answer

    console.show(*(answer(name, language, made) for language, made in tables.items()))
    write_study(out, tables, inputs, {f"{name}.json": _json(record)})
    console.result({"exit": 0, **record})


def write_study(out: Path | None, tables: dict[str, tuple[Table, ...]], inputs: xr.Dataset, extra: dict[str, bytes]) -> None:
    """Write a folder, if one is asked for: a workbook and tables in each language, and plain files for machines."""
    if out is None:
        return
    from waterdeal.reports.as_csv import table_csv
    from waterdeal.reports.excel import workbook_bytes
    from waterdeal.results.disk import write_folder

    files = dict(extra)
    for language, made in tables.items():
        files[f"study.{language}.xlsx"] = workbook_bytes(made, inputs, language)
        files |= {f"tables.{language}/{table.name}.csv": table_csv(table, language) for table in made}
    write_folder(out, files)
    console.say(out)


def _records(table: Any) -> list[dict[str, Any]]:
    """Rows for JSON, which knows no number that is none."""
    return [{str(key): None if value != value else value for key, value in row.items()} for row in table.to_dict("records")]  # noqa: PLR0124


def _json(record: dict[str, Any]) -> bytes:
    """Write a record."""
    return (json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True, default=float) + "\n").encode()


def _csv(table: Any) -> bytes:
    """Write a table with its index."""
    return bytes(table.reset_index().to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"))
