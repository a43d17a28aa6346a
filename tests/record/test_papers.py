"""The annexes of a record: in the languages of the parties, listed with their SHA-256, and compared with what the plan gives."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.record.tampering import cover
from waterdeal.record import papers
from waterdeal.record.agree import make_record
from waterdeal.record.archive import MANIFEST
from waterdeal.record.papers import check_terms, paper_files, paper_languages
from waterdeal.record.rebuild import Opened, laid_out
from waterdeal.record.verify import verify_files

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

WORD, PRINTED = "annex/annex.en.docx", "annex/annex.en.pdf"


@pytest.fixture(scope="module")
def record(run: Path, annexes_are_text: None) -> dict[str, bytes]:
    """Files of a record with annexes as people sign them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(papers, "SIGNED", ("docx", "pdf"))
        return make_record(run, resolve=False)


def _with_text(word: bytes, old: str, new: str) -> bytes:
    """Change a text in a file of Word."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as old_file, zipfile.ZipFile(buffer, "w") as fresh:
        for name in old_file.namelist():
            content = old_file.read(name)
            if name == "word/document.xml":
                assert f">{old}<".encode() in content
                content = content.replace(f">{old}<".encode(), f">{new}<".encode(), 1)
            fresh.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def test_the_record_lists_its_annexes_and_none_prints_its_hash(record: dict[str, bytes]) -> None:
    """Each by its SHA-256; they print the digest of the terms, which is not over them."""
    manifest = json.loads(record[MANIFEST])
    assert [manifest["files"][name]["sha256"] for name in (WORD, PRINTED)] == [hashlib.sha256(record[name]).hexdigest() for name in (WORD, PRINTED)]
    sheet = tomllib.loads(record["term-sheet.toml"].decode())
    assert {WORD, PRINTED} <= set(sheet["deal"]["annex"])
    text = zipfile.ZipFile(io.BytesIO(record[WORD])).read("word/document.xml").decode()
    assert sheet["deal"]["terms_sha256"] in text
    assert manifest["record_sha256"] not in text


def test_a_printed_number_that_is_not_the_plans_is_named(record: dict[str, bytes]) -> None:
    """Though whoever changed it made the manifest anew; a line of words too, and a PDF that differs."""
    number = tomllib.loads(record["term-sheet.toml"].decode())["delivery"][0]["total_hm3"]
    shown = f"{number:,.1f}"
    changed = cover({**record, WORD: _with_text(record[WORD], shown, "1.5")})
    found = [finding for finding in verify_files(changed, resolve=False).findings if finding.file == WORD]
    assert [(finding.found, finding.expected) for finding in found] == [("1.5", shown)]
    other = cover({**record, PRINTED: record[PRINTED].replace(b"%%EOF", b"%%EOG")})
    assert [finding.file for finding in verify_files(other, resolve=False).findings] == [PRINTED]


@pytest.mark.thorough  # by default: other files taken out, in test_tampering
def test_an_annex_taken_out_is_named(record: dict[str, bytes]) -> None:
    """Though whoever took it made the manifest anew."""
    without = cover({name: content for name, content in record.items() if name != WORD})
    assert WORD in {finding.file for finding in verify_files(without, resolve=False).findings}


def test_whatever_code_made_it_an_annex_prints_the_terms_of_its_sheet(record: dict[str, bytes]) -> None:
    """The check that stands for making it anew."""
    digest = tomllib.loads(record["term-sheet.toml"].decode())["deal"]["terms_sha256"]
    text = f"SHA-256 of the deal's terms: {digest}".replace("'", "&#x27;")
    for word, named in ((record[WORD], []), (_with_text(record[WORD], text.replace("&#x27;", "'"), "none"), [WORD])):
        files = {**record, WORD: word}
        with laid_out(files) as root:
            assert [finding.file for finding in check_terms(Opened(files, root))] == named


def test_languages_are_those_of_the_parties(two_party_plan: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kazakh, Russian and Uzbek of the states of the Syr Darya; English where ids are no states'."""
    assert paper_languages(two_party_plan) == ("en",)
    monkeypatch.setattr(papers, "party_order", lambda _plan: ["KZ", "UZ", "KG", "TJ"])
    assert paper_languages(two_party_plan) == ("kk", "ru", "uz")


def test_without_what_makes_them_the_annex_is_text(two_party_plan: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record can be made on a machine that has neither python-docx nor typst."""
    monkeypatch.setattr(papers, "SIGNED", ("docx", "pdf"))
    for package in ("docx", "typst"):
        monkeypatch.setitem(sys.modules, package, None)
    assert list(paper_files(two_party_plan, {})) == ["annex/annex.en.txt"]
