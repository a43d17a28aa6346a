"""The annexes that are printed and signed: made for a record in the languages of the parties, and compared with what its plan gives."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.record.difference import file_differences
from waterdeal.record.finding import Finding, told
from waterdeal.record.page import pages_of
from waterdeal.reports.annex import annex
from waterdeal.results.tables import party_order
from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import xarray as xr

    from waterdeal.record.rebuild import Opened
    from waterdeal.reports.document import Document

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


@dataclass(frozen=True)
class _Printed:
    """A plan that is printed, known by the files it was read from."""

    digest: str
    plan: xr.Dataset = field(compare=False)

    @classmethod
    def of(cls, plan: xr.Dataset, files: Mapping[str, bytes]) -> _Printed:
        """Take the digest of its files: the same ones give the same annexes."""
        return cls(sha256(b"".join(sha256(files.get(name, b"")).digest() for name in ("plan.nc", "inputs.nc"))).hexdigest(), plan)


@lru_cache(maxsize=16)
def _rendered(printed: _Printed, language: str, ending: str) -> bytes:
    """Write an annex; of a record that is verified as soon as it is made only once."""
    return _annex(printed, language).render(ending)


@lru_cache(maxsize=2)
def _annex(printed: _Printed, language: str) -> Document:
    """Make an annex."""
    return annex(printed.plan, language)


def paper_files(plan: xr.Dataset, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make the annexes of a record of some files for Word and as PDF, or as text where what makes these is not installed."""
    papers, printed = dict[str, bytes](), _Printed.of(plan, files)
    for language in paper_languages(plan):
        made = {}
        for ending in SIGNED:
            with suppress(FileProblem):
                made[f"{FOLDER}annex.{language}.{ending}"] = _rendered(printed, language, ending)
        papers |= made or {f"{FOLDER}annex.{language}.{PLAIN}": _rendered(printed, language, PLAIN)}
    return papers


def check_papers(record: Opened) -> list[Finding]:
    """Make every annex anew from the plan: text line by line, a PDF where it was made with what is installed here."""
    findings: list[Finding] = []
    for name in papers_of(record.files):
        known = _NAME.fullmatch(name)
        if known is None or known[1] not in LANGUAGES:
            findings.append(told(name, "", "records.no_table"))
            continue
        try:
            due = _rendered(_Printed.of(record.plan, record.files), known[1], known[2])
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
