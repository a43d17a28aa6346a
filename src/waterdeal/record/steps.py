"""The checks of a record, one function each; all return what they found."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from waterdeal.provenance import BESIDE, run_attributes
from waterdeal.record.contents import TERM_SHEET, annex_of, sheet_files, sources_of
from waterdeal.record.difference import OF_THE_MOMENT, dataset_differences, file_differences, shared_differences, tree_differences
from waterdeal.record.finding import Finding, altered, capped, told
from waterdeal.record.manifest import file_hashes
from waterdeal.record.page import pages_of, workbook_parts
from waterdeal.results.clauses import measure_clauses
from waterdeal.results.held import held_layers, masked
from waterdeal.results.store import read_inputs, read_results
from waterdeal.scenario.series import series_sources
from waterdeal.tracking.agreed import AGREED, READINGS
from waterdeal.variables import having, setting

if TYPE_CHECKING:
    from waterdeal.record.rebuild import Opened

#: largest difference of a clause's figure that is rounding
CLAUSE_TOLERANCE = 2e-6


def check_sources(record: Opened) -> list[Finding]:
    """Name sources that are not those the plan and the term sheet were made from; texts of scenarios line by line."""
    texts = setting(record.plan, "scenario_text")
    stated = {name: digest for name, digest in setting(record.plan, "inputs_sha256").items() if name != "overrides"}
    listed = record.sheet.get("data", {}).get("sha256", {})
    hashes = file_hashes(record.files)
    at_home = tuple(f"scenario/{layer}/" for layer in held_layers(record.plan))
    due = [name for name in {**stated, **listed} if not name.startswith(at_home)]
    findings = [told(name, "", "records.source_missing") for name in due if name not in hashes]
    for name in sorted({*stated, *listed} & set(hashes)):
        text = texts.get(name.removeprefix("scenario/")) if name.startswith("scenario/") else None
        if text is not None:
            content = record.files[name].decode("utf-8-sig", "replace").encode()
            findings += file_differences(name, content, text.encode(), "records.made_from")
        elif any(hashes[name] != known.get(name, hashes[name]) for known in (stated, listed)):
            findings.append(told(name, "", "records.other_source"))
    return findings


def check_inputs(record: Opened) -> list[Finding]:
    """Make the inputs anew from the sources; compare them with those that stand here, and with what the plan holds of them."""
    case = record.case
    known = {"basin/basin.toml", *(f"basin/{name}" for name in case.basin.digests), *(f"scenario/{name}" for name in case.file.texts)}
    home = case.file.path.parent
    known |= {f"scenario/{layer.name}/{name}" for layer in case.basin.layers for name in layer.files}
    known |= {f"scenario/{name}" for series in case.file.scenario.series_files for name in series_sources(home, series)}
    known |= set() if case.file.workbook is None else {f"scenario/{case.file.workbook.name}"}
    inputs, attributes = case.inputs, run_attributes(case.file, case.basin, case.inputs, case.levels, case.own())
    findings = []
    if record.agreed is not None:
        known |= {f"{AGREED}/plan.nc", f"{AGREED}/inputs.nc", READINGS}
        first = read_inputs(record.root / AGREED)
        findings = dataset_differences(f"{AGREED}/inputs.nc", first, masked(inputs), "records.sources_give", ())
        if record.rest is None or record.rest.results is None:
            return [*findings, told(READINGS, "", "records.no_rest")]
        inputs = record.rest.inputs
        attributes |= {key: record.rest.results.attrs[key] for key in ("run_sha256", "title", "titles")}
    findings += [told(name, "", "records.unread") for name in sources_of(record.files) if name not in known]
    inputs = masked(inputs)
    findings += dataset_differences("inputs.nc", record.inputs, inputs, "records.sources_give", ())
    # what passes move: solving again tells whether it stands where it should
    moved = having("moved") if int(record.plan.attrs.get("passes", 1)) > 1 else ()
    due = inputs.drop_vars(moved).assign_attrs(attributes)
    return findings + shared_differences("plan.nc", record.plan, due, "records.sources_give")


def check_audit(record: Opened) -> list[Finding]:
    """Recompute every balance and clause of the plan, without the solver."""
    bad = [check for check in record.audit.checks if not check.passed]
    return [told("plan.nc", check.name, "records.unbalanced", worst=check.worst, where=check.where, allowed=check.allowed) for check in bad]


def check_clauses(record: Opened) -> list[Finding]:
    """Measure every clause on the plan and compare with what the term sheet prints."""
    measured = measure_clauses(record.plan)
    printed = {(entry["id"], part["part"], part["sense"]): part for entry in record.sheet["clause"] for part in entry.get("part", ())}
    findings = []
    for row in measured.itertuples(index=False):
        part = printed.pop((row.clause, row.part, row.sense), None)
        where = f"clause {row.clause}, {row.part}, {row.sense}"
        if part is None:
            findings.append(told(TERM_SHEET, where, "records.missing"))
            continue
        for key, amount in (("promised", row.promised), ("planned", row.value)):
            value = float(str(amount))
            if not abs(float(part.get(key, "nan")) - value) <= CLAUSE_TOLERANCE and value == value:  # noqa: PLR0124
                findings.append(altered(TERM_SHEET, f"{where}, {key}", part.get(key), round(value, 6), "records.measured"))
    return findings + [told(TERM_SHEET, f"clause {', '.join(key)}", "records.not_agreed") for key in printed]


def check_tables(record: Opened) -> list[Finding]:
    """Make every table anew from the plan and compare cell by cell."""
    due, annex = record.due_tables, set(record.annex)
    findings = [told(name, "", "records.file_missing") for name in sorted(set(due) - annex - set(record.files))]
    for name in (name for name in annex_of(record.files) if name in annex):
        if name not in due:
            findings.append(told(name, "", "records.no_table"))
        elif name.endswith(".xlsx"):
            findings += _book_differences(name, record.files[name], due[name])
        else:
            findings += file_differences(name, record.files[name], due[name], "records.plan_gives")
    return findings


def _book_differences(name: str, found: bytes, due: bytes) -> list[Finding]:
    """Compare workbooks by cells, then by their unpacked parts; how they are packed does not matter."""
    if found == due:
        return []
    if pages_of(name, found) != pages_of(name, due):
        return file_differences(name, found, due, "records.plan_gives")
    parts, wanted = workbook_parts(name, found), workbook_parts(name, due)
    changed = sorted(part for part in {*parts, *wanted} if parts.get(part) != wanted.get(part))
    return [told(name, part, "records.form_altered") for part in changed]


def check_sheets(record: Opened) -> list[Finding]:
    """Make the term sheet anew from the plan and compare it, key by key and line by line."""
    findings: list[Finding] = []
    for name, content in sheet_files(record.plan, sources_of(record.files), record.annex, record.audit).items():
        if name not in record.files:
            findings.append(told(name, "", "records.file_missing"))
            continue
        sheets = (record.sheet, tomllib.loads(content.decode())) if name == TERM_SHEET else ({}, {})
        found = [altered(name, *entry, "records.plan_gives") for entry in tree_differences(*sheets)]
        findings += capped(found, name) or file_differences(name, record.files[name], content, "records.plan_gives")
    return findings


def check_again(record: Opened) -> list[Finding]:
    """Solve again from the sources and compare every variable of the plan."""
    agreed, solved, plan = record.agreed, record.solved, record.plan
    due = solved.dataset
    first = plan if agreed is None else read_results(record.root / AGREED)
    beside = first.attrs
    due.attrs |= record.case.beside(solved, [name for name in BESIDE if name in beside])
    findings = []
    if agreed is not None and record.rest is not None and record.rest.results is not None:
        aside = OF_THE_MOMENT | {"program_sha256", "build_id"}  # the season may be corrected with a later build
        findings = dataset_differences(f"{AGREED}/plan.nc", first, masked(due), "records.solved_again", aside)
        due = record.rest.results
    same = all(plan.attrs.get(key) == due.attrs.get(key) for key in ("versions", "platform"))
    skip = OF_THE_MOMENT if same else OF_THE_MOMENT | {"program_sha256"}
    return findings + dataset_differences("plan.nc", plan, masked(due), "records.solved_again", skip)
