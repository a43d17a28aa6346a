"""Records of deals: what they hold, that they stand anywhere, and that they cannot be made from a bad run."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.record.conftest import make_run
from tests.record.tampering import netcdf, write_files
from waterdeal.agreement.inputs import clauses_of
from waterdeal.errors import AuditError, FileProblem, RecordError
from waterdeal.record.agree import make_record
from waterdeal.record.archive import record_zip
from waterdeal.record.sheet import sheet_document
from waterdeal.record.verify import verify_files, verify_record
from waterdeal.reports.quantity import Teller
from waterdeal.reports.sentence import clause_sentence, drafted
from waterdeal.reports.term_sheet import terms_digest
from waterdeal.results.netcdf import read_netcdf
from waterdeal.run import load
from waterdeal.run_folder import run_files
from waterdeal.scenario.locate import bundled_folder
from waterdeal.variables import names_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_record_holds_everything(record: dict[str, bytes]) -> None:
    """Plan, inputs, sources, tables, term sheets, manifest; nothing of the run beside."""
    sheets = {"term-sheet.toml", *(f"term-sheet.{language}.txt" for language in ("en", "ru", "kk", "uz"))}
    wanted = {"plan.nc", "inputs.nc", "manifest.json", "scenario/dry.toml", "scenario/deal.toml", "basin/basin.toml", "basin/nodes.csv"}
    assert wanted | sheets | {"tables/ru/deliveries.csv", "tables/ru/allocation.xlsx"} <= set(record)
    assert not {"run.json"} & set(record)


def test_the_term_sheet_says_who_promised_what(record: dict[str, bytes]) -> None:
    """Every clause with parties, gauges, promise, plan and reserve; totals with what rounding leaves."""
    sheet = tomllib.loads(record["term-sheet.toml"].decode())
    clauses = {entry["id"]: entry for entry in sheet["clause"]}
    assert list(clauses) == ["delta_flow", "fields_supply", "swap"]
    flow = clauses["delta_flow"]
    assert (flow["party"], flow["to"], flow["place"]) == (["UP"], ["LOW"], ["dam_delta"])
    assert flow["measured"] == [{"gauge": "dam_delta", "agency": "commission", "tolerance": 0.04}]
    assert flow["part"][0]["promised_m3s"] == 10.0
    assert all(part["reserve"] >= 0 for entry in clauses.values() for part in entry["part"])
    assert sheet["exchange"][0]["sent"] == {"amount": 10.0, "months": [4, 5], "plants": ["dam_plant"]}
    assert sheet["data"]["overrides"] == ["reservoir.upper_dam.initial=410"]
    assert all(sum(entry["hm3"]) == pytest.approx(entry["total_hm3"]) for entry in sheet["delivery"] + sheet["release"])
    assert sheet["proof"]["is_unique"] is True


@pytest.mark.parametrize(
    ("language", "words"), [("en", "TERM SHEET"), ("ru", "ЛИСТ УСЛОВИЙ"), ("kk", "ШАРТТАР ПАРАҒЫ"), ("uz", "SHARTLAR VARAGʻI")]
)
def test_the_term_sheet_is_written_in_four_languages(record: dict[str, bytes], language: str, words: str) -> None:
    """Each has the same clauses, and beside them what was drafted in that language."""
    text = record[f"term-sheet.{language}.txt"].decode()
    assert text.startswith(words)
    assert all(f"[{clause}]" in text for clause in ("delta_flow", "fields_supply", "swap"))
    assert Words(language).text("about.proven") in " ".join(text.split()), "never a bare yes"
    assert ("Из водохранилища в дельту" in text) == (language == "ru")


def test_a_record_stands_in_another_folder_and_as_zip(record: dict[str, bytes], tmp_path: Path) -> None:
    """Neither the place nor its name matters; two archives of it are the same bytes."""
    folder = write_files(tmp_path / "Рабочий стол" / "сделка 2026", record)
    (folder / ".DS_Store").write_bytes(b"left by a file manager")
    archive = tmp_path / "сделка.zip"
    archive.write_bytes(record_zip(record))
    by_folder, by_archive = verify_record(folder), verify_record(archive, resolve=False)
    assert by_folder.findings == by_archive.findings == ()
    assert by_folder.passed
    assert by_archive.passed
    assert by_folder.record_sha256 == by_archive.record_sha256 == json.loads(record["manifest.json"])["record_sha256"]
    assert record_zip(record) == record_zip(dict(reversed(record.items())))


def test_a_zip_packed_by_hand_around_a_folder_stands(record: dict[str, bytes], tmp_path: Path) -> None:
    """File managers pack the folder itself."""
    archive = tmp_path / "packed.zip"
    archive.write_bytes(record_zip({**{f"сделка/{name}": content for name, content in record.items()}, "__MACOSX/сделка/._x": b""}))
    assert verify_record(archive, resolve=False).passed


def test_a_plan_that_does_not_balance_is_refused(run: Path, tmp_path: Path) -> None:
    """No record is made of it."""
    bad = shutil.copytree(run, tmp_path / "bad")

    def add_water(opened: Any) -> None:
        opened["delivery"][0, 3] += 0.5

    (bad / "plan.nc").write_bytes(netcdf((bad / "plan.nc").read_bytes(), add_water))
    with pytest.raises(AuditError, match="does not balance"):
        make_record(bad)


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ({"inputs": {"runoff": "0", "flow_max": "1"}}, "inputs (runoff, flow_max)"),
        ({"basin": "0"}, "basin"),
        ({"model": ["add"], "levels": ["peace (add)"], "program_sha256": "0"}, "model (add), levels (peace (add))"),
    ],
)
def test_a_plan_of_what_is_not_in_its_files_is_refused(run: Path, tmp_path: Path, own: dict[str, object], named: str) -> None:
    """Inputs, a basin or a model of the user's own cannot be made again from a record; what is own is named."""
    bad = shutil.copytree(run, tmp_path / "bad")

    def made_otherwise(opened: Any) -> None:
        opened.attrs["own"] = json.dumps(own)

    (bad / "plan.nc").write_bytes(netcdf((bad / "plan.nc").read_bytes(), made_otherwise))
    with pytest.raises(FileProblem, match=re.escape(f"from a record: {named}. ")) as raised:
        make_record(bad)
    assert raised.value.exit_code == 9
    assert named in raised.value.tell(Words("ru"))
    assert "сценария" in raised.value.tell(Words("ru"))


def test_inputs_given_in_python_become_no_record(deal: Path, tmp_path: Path) -> None:
    """From the case to the refusal."""
    case = load(deal)
    own = case.with_inputs(case.inputs.assign(runoff=case.inputs["runoff"] * 0.99))
    folder = write_files(tmp_path / "own", run_files(own, own.solve().dataset))
    with pytest.raises(FileProblem, match=r"inputs \(runoff\)"):
        make_record(folder)


def test_a_run_whose_table_was_altered_is_refused(run: Path, tmp_path: Path) -> None:
    """The table is named."""
    bad = shutil.copytree(run, tmp_path / "bad")
    table = bad / "tables.ru" / "deliveries.csv"
    table.write_bytes(table.read_bytes().replace(b"47,4", b"48,4", 1))
    with pytest.raises(RecordError, match=r"tables/ru/deliveries.csv, row 2, `Всего"):
        make_record(bad, resolve=False)


def test_a_concession_that_was_made_is_told(deal: Path, tmp_path: Path) -> None:
    """Where breaches are priced, a clause may give way; the record says by how much, and the reserve counts it."""
    changes = ["breach=priced", "agreement.fields_supply.value=0.9", "agreement.fields_supply.negotiable=true"]
    files = make_record(make_run(deal, tmp_path / "out", changes), resolve=False)
    entry = next(entry for entry in tomllib.loads(files["term-sheet.toml"].decode())["clause"] if entry["id"] == "fields_supply")
    (part,) = entry["part"]
    assert entry["concession_unit"] == "1"
    assert entry["concession_made"] / 0.9 == pytest.approx(part["conceded"] / part["promised"], rel=1e-4)
    assert entry["concession_made"] > 0
    assert part["planned"] + part["conceded"] == pytest.approx(part["promised"] + part["reserve"])
    assert part["reserve"] >= 0
    assert f"Conceded: {100 * entry['concession_made']:.3f}\xa0pp" in files["term-sheet.en.txt"].decode()


def test_the_term_sheet_is_a_document(record: dict[str, bytes]) -> None:
    """What people read is one document: its text is the file of the record, and a page has the same digests, clauses and totals."""
    plan, sheet = read_netcdf(record["plan.nc"]), tomllib.loads(record["term-sheet.toml"].decode())
    document = sheet_document(plan, sheet, "ru")
    assert document.render("txt") == record["term-sheet.ru.txt"]
    page = document.render("html").decode()
    number = Words("ru").number
    totals = [number(entry["total_hm3"]) for entry in (*sheet["delivery"], *sheet["release"])]
    said = [sheet["deal"]["terms_sha256"], *(f"[{entry['id']}]" for entry in sheet["clause"]), *(f">{total}</td>" for total in totals)]
    assert not [text for text in said if text not in page]


@pytest.mark.thorough
def test_a_plan_that_gives_becomes_a_record(deal: Path, tmp_path: Path) -> None:
    """Its pulse gives way for even releases, every step has its part: the record is solved again, found the same, and not to be changed."""
    levels = ["safety", "drinking", "agreement", "environment", "entitlement", "irrigation", "operation", "evenness", "benefit", "smoothness"]
    pulse = '{ id = "spring", link = "dam_delta", volume = 40, start = 2026-06-01, end = 2026-06-11 }'
    changes = [f"objective.levels={json.dumps(levels)}", "objective.give=0.2", "objective.evenness_give=0.02", "objective.least_supply=0.5"]
    changes.append(f"environment.pulse=[{pulse}]")
    files = make_record(make_run(deal, tmp_path / "out", changes, languages=("en",)), resolve=False)
    plan = read_netcdf(files["plan.nc"])
    assert float(plan["promise_given"].sum()) > 1
    assert json.loads(plan.attrs["levels"])["given"] == pytest.approx(float(plan["promise_given"].sum()))
    assert verify_files(files).passed
    less = netcdf(files["plan.nc"], lambda file: file["promise_given"].__setitem__(slice(None), 0.0))
    assert not verify_files({**files, "plan.nc": less}, resolve=False).passed


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, run: Path) -> None:
    """With what to do."""
    with pytest.raises(FileProblem, match="waterdeal run SCENARIO"):
        make_record(tmp_path)
    shutil.copyfile(run / "plan.nc", tmp_path / "plan.nc")
    with pytest.raises(FileProblem, match="earlier version"):
        make_record(tmp_path)


@pytest.mark.thorough
def test_a_season_of_the_syr_darya_becomes_a_record(tmp_path: Path) -> None:
    """The bundled season, without clauses."""
    run = make_run(bundled_folder("scenarios") / "syrdarya-growing-dry.toml", tmp_path / "out", languages=("en",))
    files = make_record(run, resolve=False, draft=True)
    assert b"The plan has no clauses." in files["term-sheet.en.txt"]
    assert verify_files(files).passed


def test_a_record_is_read_and_rebuilt_once(record: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is checked: plan and inputs are read once, the case is made once, tables once a language, one audit besides that of solving."""
    from waterdeal.record import page
    from waterdeal.record import rebuild as opened

    counts: dict[str, int] = {}

    def counted(name: str, make: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            counts[name] = counts.get(name, 0) + 1
            return make(*arguments)

        return call

    for name in ("read_results", "read_inputs", "remade", "make_tables", "audit"):
        monkeypatch.setattr(opened, name, counted(name, getattr(opened, name)))
    page.pages_of.cache_clear()
    monkeypatch.setattr(page, "_netcdf_page", counted("netcdf", page._netcdf_page))
    assert verify_files(record).passed
    assert counts == {"read_results": 1, "read_inputs": 1, "remade": 1, "make_tables": 1, "audit": 1, "netcdf": 2}


def test_the_paper_carries_the_terms_and_lines_to_sign(record: dict[str, bytes]) -> None:
    """Their digest, the status and each party; what no row holds is marked in both sheets."""
    sheet = tomllib.loads(record["term-sheet.toml"].decode())
    assert sheet["deal"]["terms_sha256"] == terms_digest(sheet)
    assert terms_digest({**sheet, "clause": sheet["clause"][1:]}) != terms_digest(sheet)
    assert [entry["unheld"] for entry in sheet["clause"]] == [[], [], ["returned"]]
    for language in ("en", "ru", "kk", "uz"):
        text, words = " ".join(record[f"term-sheet.{language}.txt"].decode().split()), Words(language)
        assert text.count(sheet["deal"]["terms_sha256"]) == 2
        assert words.text("record.signatures").upper() in text
        named = names_of(read_netcdf(record["plan.nc"]))
        lines = [words.text("record.signatory", party=words.place(named, party)) for party in sheet["deal"]["parties"]]
        assert len(lines) >= 2
        assert all(line.count("____") >= 2 and " ".join(line.split()) in text for line in lines)
        assert " ".join(words.text("clause.unheld", parts=words.text("part.returned")).split()) in text
        assert words.text("record.draft").upper() not in text


def test_a_draft_becomes_a_record_only_where_it_is_asked_for(run: Path, tmp_path: Path) -> None:
    """Its paper says what it is."""
    draft = shutil.copytree(run, tmp_path / "draft")

    def unagreed(opened: Any) -> None:
        opened.attrs["status"] = "draft"

    (draft / "plan.nc").write_bytes(netcdf((draft / "plan.nc").read_bytes(), unagreed))
    with pytest.raises(FileProblem, match="--draft"):
        make_record(draft, resolve=False)


def test_what_a_changed_value_promises_is_told_in_every_language(deal: Path) -> None:
    """The sentence follows the value; the drafted text stands beside it, marked, where there is one in the language."""
    inputs = load(deal, ["agreement.delta_flow.value=7"]).inputs
    clause = next(clause for clause in clauses_of(inputs) if clause.id == "delta_flow")
    for language, own in (("en", True), ("ru", True), ("kk", False), ("uz", False)):
        tell = Teller(Words(language), names_of(inputs))
        sentence = clause_sentence(clause, tell, inputs)
        assert "7" in sentence
        assert "10" not in sentence
        assert bool(drafted(clause, tell)) == own


def test_what_stands_around_a_record_is_named(record: dict[str, bytes], tmp_path: Path) -> None:
    """Left-overs of file managers, and bytes before and after the archive."""
    packed = record_zip({**record, ".DS_Store": b"x"})
    for raw, said in ((b"12345" + packed + b"67", ".DS_Store, 7 bytes"),):
        (tmp_path / "packed.zip").write_bytes(raw)
        found = verify_record(tmp_path / "packed.zip", resolve=False)
        assert found.passed
        assert any(said in note for note in found.notes)
    folder = write_files(tmp_path / "folder", {**record, "__MACOSX/x": b"1"})
    assert any("__MACOSX/x" in note for note in verify_record(folder, resolve=False).notes)
