"""Checks of a record that hold whatever code made it: its files against one another, by the formats they state, without making any anew."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.provenance import build_id
from waterdeal.record import manifest as manifests
from waterdeal.record.archive import MANIFEST
from waterdeal.record.contents import SOURCES, TERM_SHEET, TOP, annex_of, sources_of
from waterdeal.record.difference import near, shared_differences, tree_differences
from waterdeal.record.finding import Finding, altered, capped, told
from waterdeal.record.papers import FOLDER, papers_of
from waterdeal.reports.term_sheet import FIRST, SCHEMA, term_sheet, terms_digest
from waterdeal.results.formats import BROUGHT_UP
from waterdeal.variables import having, setting
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.record.rebuild import Opened

#: rounding of what a term sheet prints
PRINTED = 1.5e-6
#: parts of a term sheet that tell of the code, whose list of checks may grow
OF_THE_CODE = ("proof.audit", "software")
#: figures that are rounded so that sums of what is printed hold: other code may do it otherwise, by one unit of the last digit at most
OF_SUMS, LAST_DIGIT = re.compile(r"^(?:delivery|release)\b.*\.(?:hm3|m3s|total_hm3|rounding_hm3)\b"), 0.1
#: a number with decimals, thousands parted as a language does
NUMBER = re.compile(r"[-\u2212]?\d{1,3}(?:[\xa0\u202f,]\d{3})+[.,]\d+|[-\u2212]?\d+[.,]\d+")


def check_code(record: Opened) -> list[Finding]:
    """Plan, term sheet and manifest name one build, or none does; the formats of term sheet and manifest came together."""
    build = str(record.plan.attrs.get("build_id", ""))
    manifest = dict(json.loads(record.files[MANIFEST]))
    stated = {TERM_SHEET: record.sheet.get("software", {}).get("build_id", ""), MANIFEST: manifest.get("build_id", "")}
    found = [altered(file, "build_id", name, build, "records.plan_says") for file, name in stated.items() if name != build]
    due = manifests.SCHEMA if record.sheet.get("schema") == SCHEMA else manifests.SECOND if build else manifests.FIRST
    return found if manifest["schema"] == due else [*found, altered(MANIFEST, "schema", manifest["schema"], due, "records.should_say")]


def check_one_run(record: Opened) -> list[Finding]:
    """Inputs and plan are of one run: what both hold is the same."""
    moved = set(having("moved")) if int(record.plan.attrs.get("passes", 1)) > 1 else set()
    due = record.inputs.drop_vars([name for name in record.inputs.variables if name not in record.stands or name in moved])
    due.attrs.pop(BROUGHT_UP, None)
    listed = record.sheet.get("data", {}).get("sha256", {})
    findings = [told(name, "", "records.not_listed") for name in sources_of(record.files) if name not in listed]
    return findings + shared_differences("plan.nc", record.plan, due, "records.inputs_say")


def check_names(record: Opened) -> list[Finding]:
    """The tables are those that the term sheet lists, and nothing else was put in."""
    findings = [told(name, "", "records.file_missing") for name in sorted(set(record.annex) - set(record.files))]
    there = [*annex_of(record.files), *papers_of(record.files)]
    findings += [told(name, "", "records.not_listed") for name in there if name not in set(record.annex)]
    others = [name for name in record.files if "/" not in name and name not in TOP]
    others += [name for name in record.files if "/" in name and not name.startswith((*SOURCES, "tables/", FOLDER))]
    return findings + [told(name, "", "records.no_part") for name in others]


def check_values(record: Opened) -> list[Finding]:
    """Every value of the term sheet is that of the plan, read by the format that the sheet states."""
    schema = FIRST if record.sheet.get("schema") == FIRST else SCHEMA
    due = term_sheet(record.plan, sources_of(record.files), record.annex, record.audit, schema)
    if schema != FIRST:  # the digest is of the terms as the sheet has them; each of them is compared by itself
        due["deal"]["terms_sha256"] = terms_digest(record.sheet)
    differences = [entry for entry in tree_differences(record.sheet, due) if not entry[0].startswith(OF_THE_CODE)]
    own = record.plan.attrs.get("build_id") == build_id()
    found = [
        altered(TERM_SHEET, *entry, "records.plan_gives")
        for entry in differences
        if not near(*entry[1:], PRINTED if own or not OF_SUMS.search(entry[0]) else PRINTED + LAST_DIGIT, 0.0)
    ]
    stated = record.sheet["software"]
    for key, wanted in (("solver", record.plan.attrs["solver"]), ("versions", setting(record.plan, "versions"))):
        if stated[key] != wanted:
            found.append(altered(TERM_SHEET, f"software.{key}", stated[key], wanted, "records.plan_says"))
    return capped(found, TERM_SHEET)


def check_texts(record: Opened) -> list[Finding]:
    """The term sheets for people hold every figure, digest and own text of a clause that the one for machines does."""
    findings: list[Finding] = []
    for language in LANGUAGES:
        name = f"term-sheet.{language}.txt"
        there = name in record.files
        findings += capped(_text_findings(record, name, language), name) if there else [told(name, "", "records.file_missing")]
    return findings


def _text_findings(record: Opened, name: str, language: str) -> Iterator[Finding]:
    """Compare one text with the values."""
    text = record.files[name].decode("utf-8-sig")
    flat = " ".join(text.split())
    data = record.sheet["data"]
    for key in ("graph_sha256", "data_sha256", "run_sha256"):
        if data[key] not in flat:
            yield told(name, key, "records.digest_absent", data=data[key])
    printed = Counter(_numbers(text))
    for figure, count in _figures(record.sheet).items():
        if printed[figure] < count:
            yield told(name, "", "records.figure_absent", figure=figure, printed=printed[figure], count=count)
    for number, clause in enumerate(clauses_of(record.plan), start=1):
        start, end = text.find(f"\n{number}. "), text.find(f"[{clause.id}]")
        sentence = " ".join(text[start + len(f"\n{number}. ") : end].split())
        own = " ".join(clause.text.get(language, "").split())
        first = record.sheet["schema"] == FIRST  # it printed what was drafted as what is in force
        if start < 0 or end < start or (own and (sentence != own if first else own not in flat)):
            yield altered(name, f"clause {clause.id}", sentence, own, "records.its_text")
        figures = set(re.findall(r"\d+", sentence))
        strange = set() if own and first else figures - _digits(clause.model_dump_json(exclude={"text"}), record)
        if strange:
            yield told(name, f"clause {clause.id}", "records.strange_figure", value=", ".join(sorted(strange)), sentence=sentence)


def _numbers(text: str) -> Iterator[str]:
    """Numbers with decimals, in one spelling."""
    for found in NUMBER.findall(text):
        whole, decimals = re.split(r"[.,](?=\d+$)", found.replace("\u2212", "-"))
        yield f"{re.sub(r'[^-0-9]', '', whole)}.{decimals}"


def _figures(sheet: dict[str, Any]) -> Counter[str]:
    """Figures that every text prints, and how often at least."""
    figures: Counter[str] = Counter()
    for entry in sheet["clause"]:
        for part in entry["part"]:
            figures.update(f"{part[key]:.3f}" for key in ("promised", "planned", "reserve") if key in part)
            figures.update(f"{part[key]:.1f}" for key in ("promised_m3s", "planned_m3s") if key in part)
    for entry in (*sheet["delivery"], *sheet["release"]):
        figures.update(f"{value + 0.0:.1f}" for value in (*entry["hm3"], *entry["m3s"], entry["total_hm3"]))
        figures[f"{entry['rounding_hm3'] + 0.0:.6f}"] += 1
    figures.update(f"{level['value'] + 0.0:.6f}" for level in sheet["proof"]["level"])
    return figures


def _digits(clause: str, record: Opened) -> set[str]:
    """Runs of digits that a sentence about a clause may hold: those of its values, of shares in hundredths, and of names."""
    values = [float(value) for value in re.findall(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", clause)]
    shown = [f"{value * scale:.{digits}f}" for value in values for scale in (1, 100, 0.001) for digits in range(4)]
    names = str(record.plan.attrs.get("names", ""))
    days = [str(int(run)) for run in re.findall(r"\d+", clause)] + re.findall(r"\d+", " ".join(record.sheet["period"]["steps"]))
    last_days = {"28", "29", "30", "31"}  # of a month whose next is named in the clause
    return set(re.findall(r"\d+", " ".join([clause, names, *shown]))) | {*days, "3"} | last_days
