"""The annexes that are printed and signed: made for a record in the languages of the parties, and compared with what its plan gives."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.record.difference import file_differences
from waterdeal.record.finding import Finding, told
from waterdeal.record.page import pages_of
from waterdeal.reports.annex import annex
from waterdeal.results.tables import party_order
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.record.rebuild import Opened

#: folder of the annexes, formats that people sign, and the one that needs no package
FOLDER, SIGNED, PLAIN = "annex/", ("docx", "pdf"), "txt"
_NAME = re.compile(rf"{FOLDER}annex\.([a-z]+)\.({'|'.join((*SIGNED, PLAIN))})")
#: what a PDF says it was made with
_MADE_WITH = re.compile(rb"/(?:Creator|Keywords)\(([^)]*)\)")


def paper_languages(plan: xr.Dataset) -> tuple[str, ...]:
    """Return the official languages of the parties, where their ids are codes of states, as far as there are words; else English."""
    from babel.languages import get_official_languages

    spoken = {language for party in party_order(plan) for language in get_official_languages(party, regional=True, de_facto=True)}
    return tuple(language for language in sorted(LANGUAGES) if language in spoken) or ("en",)


def papers_of(files: Iterable[str]) -> list[str]:
    """Return the names of the annexes of a record, sorted."""
    return sorted(name for name in files if name.startswith(FOLDER))


def paper_files(plan: xr.Dataset) -> dict[str, bytes]:
    """Make the annexes of a record for Word and as PDF, or as text where what makes these is not installed."""
    files: dict[str, bytes] = {}
    for language in paper_languages(plan):
        document, made = annex(plan, language), {}
        for ending in SIGNED:
            with suppress(FileProblem):
                made[f"{FOLDER}annex.{language}.{ending}"] = document.render(ending)
        files |= made or {f"{FOLDER}annex.{language}.{PLAIN}": document.render(PLAIN)}
    return files


def check_papers(record: Opened) -> list[Finding]:
    """Make every annex anew from the plan: text line by line, a PDF where it was made with what is installed here."""
    findings: list[Finding] = []
    for name in papers_of(record.files):
        known = _NAME.fullmatch(name)
        if known is None or known[1] not in LANGUAGES:
            findings.append(told(name, "", "records.no_table"))
            continue
        try:
            due = annex(record.plan, known[1]).render(known[2])
        except FileProblem:  # what makes it is not installed: the manifest has its SHA-256
            continue
        found = record.files[name]
        if known[2] != "pdf":
            findings += file_differences(name, found, due, "records.plan_gives")
        elif found != due and _MADE_WITH.findall(found) == _MADE_WITH.findall(due):
            findings.append(told(name, "", "records.form_altered"))
    return findings


def check_terms(record: Opened) -> list[Finding]:
    """Annexes whose text can be read print the digest of the terms that the term sheet names."""
    digest = str(record.sheet["deal"].get("terms_sha256", ""))
    findings = []
    for name in papers_of(record.files):
        lines = [cell for page in pages_of(name, record.files[name]) for row in page.rows for cell in row]
        if lines and not name.endswith(".pdf") and not any(digest in line for line in lines):
            findings.append(told(name, "terms_sha256", "records.digest_absent", data=digest))
    return findings
