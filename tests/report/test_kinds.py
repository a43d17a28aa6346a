"""The kinds of reports: made from what commands left beside runs, the same numbers in all languages and formats, nothing stale, nothing partial."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest

import waterdeal as wd
from tests.commands import call
from tests.report.conftest import DOCUMENTS, documents, make_document
from tests.thorough import diagonal
from waterdeal.errors import FileProblem
from waterdeal.reports.blocks import Heading, Listing, Paragraph
from waterdeal.reports.findings import COMMANDS
from waterdeal.reports.kinds import KINDS
from waterdeal.reports.renderers import RENDERERS
from waterdeal.reports.table import Table
from waterdeal.results.store import read_results
from waterdeal.words import LANGUAGES, SPOKEN, Words, read_texts

if TYPE_CHECKING:
    from tests.report.conftest import Runs
    from waterdeal.reports.document import Document


def _tables(document: Document) -> list[Table]:
    """Tables of a document."""
    return [block for block in document.blocks if isinstance(block, Table)]


def _numbers(document: Document) -> list[Any]:
    """Every number of a document: cells of tables, and numbers in sentences, in one spelling."""
    found: list[Any] = [[cell for row in table.rows for cell in row if isinstance(cell, float)] for table in _tables(document)]
    words = Words(document.language)
    point, group = words.number(0.5)[1], words.number(1234.0, 0)[1]
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph | Listing):
            said = " ".join([block.text, *getattr(block, "lines", ())]).partition("waterdeal ")[0]  # commands have their own marks
            told = re.findall(rf"(?<![\d.])\d[\d{re.escape(group)}]*{re.escape(point)}\d+(?![\d.]*\.\d)", said)
            found.append(sorted(one.replace(group, "").replace(point, ".") for one in told))
    return found


@pytest.mark.parametrize("case", diagonal(["runs kk", *(f"asked {language}" for language in SPOKEN)], "runs kk"))
def test_every_kind_has_the_same_numbers_in_all_languages(case: str, request: pytest.FixtureRequest) -> None:
    """Cells and numbers in sentences; totals add up."""
    given, language = case.split()
    runs: Runs = request.getfixturevalue(given)
    english = dict(documents(runs, "en"))
    for kind, document in documents(runs, language):
        assert _numbers(document) == _numbers(english[kind]), kind
        assert not [gap for table in _tables(document) for gap in table.gaps()], kind


@pytest.mark.thorough
def test_no_part_names_a_command_once_all_were_asked(asked: Runs) -> None:
    """And the season has the tables of all of them; the corners of the frontier stand under the party whose they are."""
    english = {kind: document for kind, document in documents(asked, "en") if kind not in {"method", "contract"}}  # of other plans
    said = [block.text for document in english.values() for block in document.blocks if isinstance(block, Paragraph)]
    assert not [text for text in said if "Not asked yet" in text]
    assert {table.name for table in _tables(english["season"])} >= {"annex_limits", "crossings", "shortages", "alternatives", "frontier"}
    told = {table.name: table for table in _tables(english["season"])}
    due = [(row[0], row[2]) for row in told["parties"].rows[:-1]]
    assert [row[:2] for row in told["alternatives"].rows] == due  # its own plan, in the order and as printed above
    corners = json.loads((asked.kept / "findings" / "frontier.json").read_bytes())["content"]["corners"]
    printed = next(table for table in _tables(english["season"]) if table.name == "frontier")
    assert [row[1:3] for row in printed.rows[:-1]] == [(round(one["UP_energy"], 2), round(one["LOW_delivery"], 2)) for one in corners]


@pytest.mark.parametrize("language", diagonal(SPOKEN, "kk"))
@pytest.mark.parametrize("kind", diagonal(DOCUMENTS, "none"))
def test_every_format_prints_the_same_cells(kind: str, language: str, request: pytest.FixtureRequest) -> None:
    """Word, the page, the terminal, CSV and the workbook; a second time gives the same bytes."""
    runs: Runs = request.getfixturevalue("runs" if kind == "none" else "asked")
    words = Words(language)
    one = make_document(runs, kind, language)
    made = {ending: one.render(ending) for ending in RENDERERS}
    again = make_document(runs, kind, language)
    assert made == {ending: again.render(ending) for ending in RENDERERS}
    of_word = docx.Document(io.BytesIO(made["docx"])).tables
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    apart = one.files(kind, "csv")
    page, told = made["html"].decode(), made["txt"].decode()
    tables = _tables(one)
    assert len(of_word) == len(tables) == len(book.sheetnames) - 1 == len(apart), kind
    for table, written, sheet, content in zip(tables, of_word, book.worksheets[1:], apart.values(), strict=True):
        cells = [(cell, column) for row in table.rows for cell, column in zip(row, table.columns, strict=True) if isinstance(cell, float)]
        due = [words.number(cell, column.digits or 0) for cell, column in cells]
        shown = [node.text or "" for node in written._tbl.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t")]
        assert [text for text in shown if text in set(due)] == due, (kind, table.name)
        assert all(f">{text}</td>" in page and text in told for text in due)
        assert [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)] == [cell for cell, _ in cells]
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter="," if language == "en" else ";"))
        assert len(rows) == len(table.rows) + 1


@pytest.mark.parametrize("language", diagonal([language for language in SPOKEN if language != "en"], "uz"))
def test_no_english_is_left(runs: Runs, language: str) -> None:
    """No sentence or heading of a document is the English one, and no key stands in place of its word."""
    told = {kind: document.render("txt").decode() for kind, document in documents(runs, language)}
    names = {text for key, text in read_texts("en").items() if key.startswith(("report.", "season", "sheet.", "title.", "column.", "annex."))}
    long = {text for text in names if len(text) > 12 and "{" not in text and text not in set(read_texts(language).values())}
    for kind, text in told.items():
        flat = " ".join(text.split())
        assert not [name for name in long if name in flat], kind
        assert not re.findall(r"\b(?:report|season_part|season_said|season_method|column|title|sheet)\.(?!toml)[a-z_]+\b", flat), kind


def test_a_limit_that_is_a_clause_stands_in_the_annex(runs: Runs) -> None:
    """By the value in force and what counts against it; where the value is changed, so is the cell."""
    table = _tables(wd.report(runs.kept, "annex", "en"))[0]
    headings = [column.heading for column in table.columns]
    place = headings.index("Limit in force")
    held = {str(row[0]): row[place : place + 2] for row in table.rows if row[place] is not None}
    assert held == {"Upstream country": (60.0, 47.4), "Downstream country": (700.0, 700.0)}  # of the clause; of the scenario


def test_what_was_not_asked_names_its_command(runs: Runs, tmp_path: Path) -> None:
    """A run without findings: every part that needs one says which command makes it, with the name of the run, not where it stands."""
    bare = tmp_path / "bare"
    shutil.copytree(runs.kept, bare, ignore=shutil.ignore_patterns("findings"))
    for kind, names in (("season", ("sensitivity", "prices", "compare", "frontier", "ensemble")), ("agreement", ("explain", "prices")), ("ensemble", ("ensemble",))):  # fmt: skip
        said = "\n".join(block.text for block in wd.report(bare, kind).blocks if isinstance(block, Paragraph))
        assert str(tmp_path) not in said
        assert all(COMMANDS[name].replace("RUN", "bare") in said for name in names), kind


@pytest.mark.parametrize("fault", ["stale", "altered", "no JSON"])
def test_a_finding_of_another_plan_or_changed_is_told_and_not_used(runs: Runs, tmp_path: Path, fault: str) -> None:
    """One error that names the file and the command; nothing is written."""
    folder = tmp_path / "run"
    shutil.copytree(runs.kept, folder)
    file = folder / "findings" / "explain.json"
    if fault == "stale":
        file.write_bytes(file.read_bytes().replace(json.loads(file.read_bytes())["plan_sha256"].encode(), b"0" * 64))
    else:
        content = file.read_bytes().replace(b'"unit": "hm3"', b'"unit": "GWh"')
        file.write_bytes(content if fault == "altered" else content[:-20])
    told = call("report", folder, "--kind", "agreement", "--to", "txt", "-o", tmp_path / "out")
    assert (told.code, told.err.count("\n")) == (9, 1)
    assert "explain.json" in told.err
    assert COMMANDS["explain"].replace("RUN", "run") in told.err
    assert not (tmp_path / "out").exists()


def test_the_command_writes_every_kind_and_format_or_nothing(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that stands there is not replaced unless forced; where the last cannot be written, the first is not left behind."""
    out = tmp_path / "out"
    assert call("report", runs.kept, runs.other, "--kind", "comparison", "--lang", "ru,en", "--to", "csv,txt,html", "-o", out).code == 0
    names = sorted(file.name for file in out.iterdir())
    assert {"comparison.ru.txt", "comparison.en.html", "comparison.en.compared_delivery.csv"} <= set(names)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    refused = call("report", runs.kept, "--kind", "comparison", "--to", "txt", "-o", out)
    assert refused.code == 9
    assert call("report", runs.kept, runs.other, "--kind", "comparison", "--lang", "en", "--to", "txt", "-o", out).code == 9
    (out / "comparison.en.txt").write_text("mine")
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "comparison.en.html":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    words = ("report", runs.other, runs.kept, "--kind", "comparison", "--lang", "en", "--to", "txt,html", "-o", out, "--force")
    assert call(*words).code == 9
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before | {"comparison.en.txt": b"mine"}


@pytest.mark.parametrize("fault", ["locked", "no folder", "changed"])
def test_what_cannot_be_written_or_was_changed_is_one_error(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """A file that Word holds, a folder that cannot be made, a run whose plan is another: one sentence that names it, nothing partial."""
    run, out = tmp_path / "run", tmp_path / "out"
    shutil.copytree(runs.kept, run)
    if fault == "locked":
        out.mkdir()
        (out / "annex.ru.docx").write_bytes(b"open")

        def held(self: Path, target: Path) -> Path:
            raise PermissionError(13, "The process cannot access the file", str(target))

        monkeypatch.setattr(Path, "replace", held)
    elif fault == "no folder":
        out.write_text("a file")
    else:
        (run / "plan.nc").write_bytes((runs.other / "plan.nc").read_bytes())
    told = call("report", run, "--lang", "ru", "--to", "docx,txt", "-o", out, "--force")
    assert (told.code, told.err.count("\n")) == (9, 1), told.err
    assert (run if fault == "changed" else out).name in told.err
    assert [file.read_bytes() for file in out.rglob("*") if file.is_file()] == ([b"open"] if fault == "locked" else [])
    if fault == "changed":
        with pytest.raises(FileProblem, match="files of the run are not as they were written"):
            wd.report(run, "annex", "ru")


def test_what_cannot_be_compared_or_told_is_one_error(runs: Runs) -> None:
    """One run, several for another kind, a season without a plan, a run asked with changes."""
    for words in (
        ("report", runs.kept, "--kind", "comparison"), ("report", runs.kept, runs.other, "--kind", "annex"),
        ("report", runs.none, "--kind", "season"), ("report", runs.kept.parent, "--kind", "agreement"),
        ("study", "frontier", runs.kept, "--parties", "UP,LOW", "--set", "hydrology.factor=0.9"),
    ):  # fmt: skip
        told = call(*words)
        assert (told.code, told.err.count("\n")) == (9, 1), (words, told.err)


def _hostile_batch(batch: Path, folder: Path, attack: str) -> Path:
    """Copy a batch, with another title of itself, its scenarios, axes and values, and other names of parties."""
    shutil.copytree(batch, folder)
    spec = json.loads((folder / "batch.json").read_bytes())
    titles = dict.fromkeys(LANGUAGES, attack)
    spec |= {"title": titles, "scenarios": dict.fromkeys(spec["scenarios"], titles), "names": dict.fromkeys(spec["names"], titles)}
    for told in [part for axis in spec["axes"] for part in (axis, *axis["values"])]:
        told["title"] = titles
    (folder / "batch.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", diagonal(KINDS, "agreement"))
def test_hostile_names_and_texts_stay_text_in_every_format(runs: Runs, kind: str, tmp_path: Path) -> None:
    """Formulas, markup, escapes, turned writing and words of 10,000 letters, as names of places and texts of clauses."""
    attack = f"=1+1 <script>alert(1)</script> #panic() {{{{ 1 }}}} \x1b[31m\u202e{'x' * 10_000}"
    plan = read_results(runs.kept)
    names = {place: dict.fromkeys(LANGUAGES, attack) for place in json.loads(plan.attrs["names"])}
    clauses = [clause | {"text": dict.fromkeys(LANGUAGES, attack)} for clause in json.loads(plan.attrs["clauses"])]
    plan.attrs |= {"names": json.dumps(names), "clauses": json.dumps(clauses), "titles": json.dumps({"en": attack}), "scenario": attack}
    of: dict[str, Any] = {"comparison": {attack: plan, "B": plan}, "batch": _hostile_batch(runs.batch, tmp_path / "batch", attack)}
    document = wd.report(of.get(kind, plan), kind)
    made = {ending: document.render(ending) for ending in RENDERERS}
    page, told = made["html"].decode(), made["txt"].decode()
    assert page.count("<script") == any(isinstance(block, Table) for block in document.blocks)  # our own, for tables
    assert not {"\x1b", "\u202e"} & set(page + told + made["csv"].decode("utf-8-sig"))
    assert not re.search(r'(?m)(^|,|")=1', made["csv"].decode("utf-8-sig"))
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(made["xlsx"])) for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" and "ABS" not in str(cell.value)]
    words = "".join(docx.Document(io.BytesIO(made["docx"])).element.body.itertext())
    assert "<script>alert(1)</script>" in words
    assert made["pdf"].startswith(b"%PDF")


@pytest.mark.thorough
def test_a_record_takes_no_findings_and_none_is_written_into_it(runs: Runs, tmp_path: Path) -> None:
    """Findings beside a run are no part of its record; a record asked like a run stays as it was signed."""
    record = tmp_path / "record"
    assert call("agree", runs.kept, "--draft", "-o", record).code == 0
    names = sorted(file.relative_to(record).as_posix() for file in record.rglob("*"))
    assert not [name for name in names if "findings" in name]
    assert call("explain", record).code == 0
    assert sorted(file.relative_to(record).as_posix() for file in record.rglob("*")) == names
