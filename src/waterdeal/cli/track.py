"""Plan against actual, from a file of measurements to what is owed and a plan for the rest."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console
from waterdeal.cli.options import Lang, Out, languages
from waterdeal.errors import ActualDataError, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import xarray as xr

    from waterdeal.reports.document import Document
    from waterdeal.tracking.agreed import Agreed
    from waterdeal.tracking.follow import Tracking
    from waterdeal.tracking.replan import Replan
    from waterdeal.tracking.settlement import Settlement


def track(
    run: Path,
    actual: Annotated[Path, typer.Option("--actual")],
    out: Out = None,
    year: Annotated[int | None, typer.Option("--year")] = None,
    strict: Annotated[bool, typer.Option("--strict")] = False, lang: Lang = None,
) -> None:  # fmt: skip
    """Compare a plan with measurements, tell what is owed to whom, and plan the rest of the season anew."""
    from waterdeal.imports.actual import nothing_read, read_actual
    from waterdeal.reports.tracking import guesses_answer, tracking_answer
    from waterdeal.reports.workbook import facts_alone
    from waterdeal.results.disk import refuse_existing, write_folder
    from waterdeal.tracking.agreed import open_agreed
    from waterdeal.tracking.follow import beyond_bounds, follow, lay_on_steps, unread_storages
    from waterdeal.tracking.replan import replan
    from waterdeal.tracking.settlement import settle

    language = languages(lang)[0]
    if out is not None:
        refuse_existing(out, say("commands.other_folder"), force=None)
    with console.progress(f"waterdeal track {run.name}") as stage:
        stage("read")
        agreed = open_agreed(run)
        made = agreed.run
        with tempfile.TemporaryDirectory() as folder:
            measured = facts_alone(actual, Path(folder))
            read = read_actual(measured, _spellings(made.inputs), year, strict, made.inputs["reservoir"].values.tolist())
        console.show(guesses_answer(read.guesses, language))
        stage("compare")
        if not len(lay_on_steps(read.readings, made.results)):
            known = len(read.readings) > 0
            raise _nothing_laid(actual, read.readings, made.results) if known else nothing_read(actual, read.guesses, "track.none_read")
        agreed = agreed.with_readings(read.readings)
        tracking = follow(made.results, agreed.readings)
        stage("plan the rest")
        rest = replan(made, tracking)
    settled = settle(made.results, tracking, None if rest is None else rest.results)
    doubted = {"beyond": beyond_bounds(tracking.laid, made.results), "storages_as_planned": unread_storages(tracking, made.results)}
    record = _record(tracking, rest) | doubted | ({"settlement": settled.record()} if len(settled.account) else {})
    papers = _papers(settled, languages(lang)) if len(settled.account) else {}
    console.show(tracking_answer(tracking, rest, made.results, language, set(settled.account["clause"])), *papers.values())
    if out is not None:
        files = _files(tracking, rest, record, agreed) | _settled_files(settled, papers)
        write_folder(out, files)
        console.say(*(f"  {out / name}" for name in sorted(files) if "/" not in name))
    console.result({"exit": 0, "guesses": [vars(guess) for guess in read.guesses], **record})


def _nothing_laid(actual: Path, readings: pd.DataFrame, plan: xr.Dataset) -> ActualDataError:
    """Say that nothing of a file is of a place and a whole step of the plan: what was read, and what the plan has."""
    days = plan["time_bounds"].values.astype("datetime64[D]").astype(str)
    since, until = readings["start"].min().date(), readings["end"].max().date()
    told = {"first": days[0, 0], "last": days[-1, 1], "count": len(readings), "since": since, "until": until}
    told["places"] = ", ".join(dict.fromkeys(readings["place"]))
    return ActualDataError(actual.name, [make_problem(actual.name, None, "", "track.none_of_plan", **told)])


def _spellings(inputs: xr.Dataset) -> dict[str, list[str]]:
    """Names of every gauge, reservoir, demand, plant and line in all languages, and the aliases of the basin.

    A leg of energy that no row carries is known as ``clause.leg``.
    """
    from waterdeal.agreement.inputs import clauses_of
    from waterdeal.agreement.kinds.energy import Exchange
    from waterdeal.agreement.river import River
    from waterdeal.variables import names_of, setting

    names = names_of(inputs)
    ids = [str(name) for dim in ("link", "reservoir", "demand", "plant", "power_link") if dim in inputs for name in inputs[dim].values]
    river = River(inputs)
    for clause in (clause for clause in clauses_of(inputs) if isinstance(clause, Exchange)):
        carried = dict(clause.carried(river))
        ids += [f"{clause.id}.{name}" for name, _ in clause.power() if name not in carried]
    more = setting(inputs, "aliases", [])
    return {key: [key, *sorted(set(names.get(key, {}).values())), *(alias for alias, of in more if of == key)] for key in ids}


def _record(tracking: Tracking, rest: Replan | None) -> dict[str, Any]:
    """Result for machines; what is missing is null."""
    found: dict[str, Any] = {
        **{name: json.loads(getattr(tracking, name).to_json(orient="records")) for name in ("steps", "owed")},
        "measured_steps": tracking.measured_steps,
        "unmeasured": tracking.unmeasured,
        "replanned": rest is not None and rest.results is not None,
        "repaid": rest is not None and rest.repaid,
        "missed": [] if rest is None else list(rest.missed),
    }
    if rest is not None and rest.refused is not None and rest.refused.explanation is not None:
        from waterdeal.reports.explanation import explanation_record

        found["explanation"] = explanation_record(rest.refused.explanation, rest.inputs)
    return found


def _files(tracking: Tracking, rest: Replan | None, record: dict[str, Any], agreed: Agreed) -> dict[str, bytes]:
    """Tables, the record and the new plan."""
    from waterdeal.results.store import inputs_to_bytes, to_bytes

    tables = {"tracking.csv": tracking.steps, "owed.csv": tracking.owed}
    files = {name: table.to_csv(index=False).encode("utf-8-sig") for name, table in tables.items()}
    files |= agreed.files() | {"tracking.json": json.dumps(record, ensure_ascii=False, indent=2).encode()}
    if rest is not None and rest.results is not None:
        files |= {"plan.nc": to_bytes(rest.results), "inputs.nc": inputs_to_bytes(rest.inputs)}
    return files


def _papers(settled: Settlement, spoken: Sequence[str]) -> dict[str, Document]:
    """The settlement as a document in each language."""
    from waterdeal.reports.settlement import settlement

    return {language: settlement(settled, language) for language in spoken}


def _settled_files(settled: Settlement, papers: Mapping[str, Document]) -> dict[str, bytes]:
    """Invoice and account for machines, and the settlement as a workbook and a page in each language."""
    if not papers:
        return {}
    tables = {"invoice.csv": settled.invoice, "account.csv": settled.account}
    files = {name: table.to_csv(index=False).encode("utf-8-sig") for name, table in tables.items()}
    for language, paper in papers.items():
        for ending in ("xlsx", "html"):
            files |= paper.files(f"settlement.{language}", ending)
    return files
