"""A run as it is left behind: a plan with its report, or why there is none; told from its files whether it has to be made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.documents import plain
from waterdeal.errors import Infeasible
from waterdeal.provenance import KEPT, OTHER, WORKBOOK, build_id
from waterdeal.reports.files import report_files
from waterdeal.reports.whose import whose_told
from waterdeal.results.certificate import certified
from waterdeal.results.disk import RUN_FILE, recovered
from waterdeal.results.given import tell
from waterdeal.results.indicators import group_indicators, plan_indicators
from waterdeal.results.records import held_against_record, record_told
from waterdeal.run import made_from
from waterdeal.run_folder import run_files
from waterdeal.variables import levels_of, setting
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from waterdeal.run import Case

#: format of run.json; the first had neither this nor the build, the second did not tell what was asked for, nor the digests of files
RUN_SCHEMA = "waterdeal/run@3"
#: formats of a report unless some are asked for
FORMATS = ("xlsx", "csv")
#: packages by whose versions a plan may differ
MADE_BY = ("pyomo", "highspy")


@dataclass(frozen=True)
class Asked:
    """What is asked of a run beside its plan."""

    languages: tuple[str, ...] = ("en",)
    formats: tuple[str, ...] = FORMATS
    quick: bool = False  # leave out what is told by solving once more

    def told(self) -> dict[str, Any]:
        """Return it as it stands in ``run.json``."""
        return {"languages": list(self.languages), "formats": list(self.formats), "quick": self.quick}


@dataclass(frozen=True)
class Outcome:
    """What became of a scenario."""

    files: Mapping[str, bytes]  # files of its run, ``run.json`` among them
    summary: dict[str, Any]  # what ``run.json`` holds
    results: xr.Dataset | None  # the plan; None where there is none
    error: Infeasible | None = None  # why there is none

    def as_of(self, case: Case, asked: Asked, folder: Path) -> Outcome:
        """Return what became of a case with the same run hash, which need not be solved again."""
        if self.error is not None or self.results is None:
            return _without_plan(case, asked, self.error or Infeasible(""))
        results = self.results.copy()
        tell(results, made_from(case))
        return _with_plan(case, asked, results, folder)


def run_case(case: Case, asked: Asked, folder: Path, progress: Callable[[str], None] = lambda _stage: None) -> Outcome:
    """Plan a case; what it leaves behind is for a folder."""
    try:
        plan = case.solve(progress=progress)
    except Infeasible as error:
        return _without_plan(case, asked, error)
    results = plan.dataset
    if not asked.quick:
        progress("beside the plan")
        results.attrs |= case.beside(plan)
    progress("write")
    return _with_plan(case, asked, results, folder)


def _with_plan(case: Case, asked: Asked, results: xr.Dataset, folder: Path) -> Outcome:
    """Make the files of a run that has a plan."""
    files = run_files(case, results)
    for language in asked.languages:
        files |= report_files(results, language, asked.formats)
        files |= _edited_copy(case, results, language, folder) if "xlsx" in asked.formats else {}
    return _sealed(files, {"exit": 0, **_summary(results)}, asked, results)


def _without_plan(case: Case, asked: Asked, error: Infeasible) -> Outcome:
    """Make the files of a run that has none: why, and all it takes to look for one again."""
    from waterdeal.reports.explanation import explanation_document, explanation_record, explanation_text

    origin, found, files = made_from(case), error.explanation, run_files(case)
    for language in asked.languages:
        text = error.tell(Words(language)) if found is None else explanation_text(found, case.inputs, language)
        files[f"explanation.{language}.txt"] = text.encode()
        if found is not None:
            files[f"explanation.{language}.html"] = explanation_document(found, case.inputs, language).render("html")
    explained = {} if found is None else {"explanation": explanation_record(found, case.inputs)}
    files |= {} if found is None else {"explanation.json": _json(explained["explanation"])}
    summary = {
        "exit": error.exit_code, "scenario": case.file.scenario.scenario.id, "status": origin["status"], "clauses": list(error.clauses),
        "message": str(error), "overrides": list(case.file.overrides), "schema": RUN_SCHEMA,
        **{name: origin[name] for name in ("build_id", "run_sha256", "created")},
        **{name: json.loads(origin[name]) for name in ("inputs_sha256", "versions", "solver_options")},
    }  # fmt: skip
    return _sealed(files, summary, asked, None, error)


def _sealed(
    files: dict[str, bytes], summary: dict[str, Any], asked: Asked, results: xr.Dataset | None, error: Infeasible | None = None
) -> Outcome:
    """Add ``run.json``, which tells what was asked for and the digest of each other file."""
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
    summary |= {**asked.told(), "sha256": digests}
    return Outcome({**files, RUN_FILE: _json(summary)}, summary, results, error)


def _json(content: Mapping[str, Any]) -> bytes:
    """Write a content for machines."""
    return json.dumps(plain(content), ensure_ascii=False, indent=2, allow_nan=False).encode()


def _edited_copy(case: Case, results: xr.Dataset, language: str, folder: Path) -> dict[str, bytes]:
    """The workbook that was planned, as it is in force and with the results; nothing where the scenario is a file."""
    if case.file.workbook is None:
        return {}
    from waterdeal.reports.workbook import edit_workbook

    stem = Path(case.file.workbook.name).stem
    name = f"{stem}-workbook" if stem == "allocation" else stem
    return {f"{name}.{language}.xlsx": edit_workbook(case, language, folder, results)}


def _summary(results: xr.Dataset) -> dict[str, Any]:
    """Indicators, levels and origin of a plan."""
    attrs = results.attrs
    return {
        "scenario": attrs["scenario"], "status": attrs["status"], "is_unique": bool(attrs["is_unique"]), "levels": levels_of(results),
        "certificate": {one.level: one.told() for one in certified(results)},
        "sharing": _told_sharing(results), "record": record_told(held_against_record(results)),
        "lookahead": {**setting(results, "lookahead", {}), **setting(results, KEPT, {})},
        **({WORKBOOK: setting(results, WORKBOOK)} if WORKBOOK in attrs else {}), **whose_told(results),
        "indicators": plan_indicators(results), "parties": group_indicators(results).to_dict("index"),
        "schema": RUN_SCHEMA, "build_id": attrs.get("build_id", ""), "run_sha256": attrs["run_sha256"],
        **{name: setting(results, name) for name in ("inputs_sha256", "versions", "solver_options")}, "created": attrs["created"],
    }  # fmt: skip


def _told_sharing(results: xr.Dataset) -> dict[str, Any]:
    """Rule by which users of equal standing share, what the values of its levels count, and what the other rule would deliver."""
    rule = results.attrs["sharing"]
    counted = "hm3 missing" if rule == "equal_ratio" else "hm3 missing, each weighted by its step of shortage"
    chosen, other = bool(results.attrs["sharing_chosen"]), setting(results, OTHER, {})
    return {"rule": rule, "chosen": chosen, "levels_count": counted, "other": other}


def whole_run(folder: Path) -> dict[str, Any] | None:
    """Return what ``run.json`` of a folder tells, where each file that it names is as it was written; else None."""
    place = recovered(folder)
    try:
        told = json.loads((place / RUN_FILE).read_text(encoding="utf-8"))
        digests: dict[str, str] = told["sha256"]
        whole = all(hashlib.sha256((place / name).read_bytes()).hexdigest() == digest for name, digest in digests.items())
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return told if whole and told.get("exit") in {0, Infeasible.exit_code} else None


def is_same_run(told: Mapping[str, Any], run_sha256: str, asked: Asked) -> bool:
    """Whether a run of this hash, for what is asked, would be the one that is told of."""
    due = {"run_sha256": run_sha256, **made_by(), **asked.told()}
    versions = told.get("versions", {})
    return due == {name: told.get(name, versions.get(name)) for name in due}


def made_by() -> dict[str, str]:
    """Return what may make a plan of the same inputs another one: the code here and the versions below it."""
    return {"build_id": build_id(), **{name: version(name) for name in MADE_BY}}
