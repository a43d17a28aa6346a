"""Records given out by earlier code stay readable for ever: not altered, made by other code, and never sound once tampered with.

Each archive in ``given_out`` is named by the commit that made it and is never made again. Where a format changes, its reader is kept.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.record.tampering import cover, netcdf, workbook, write_files
from tests.thorough import diagonal
from waterdeal.cli.app import main
from waterdeal.errors import FileProblem
from waterdeal.provenance import build_id
from waterdeal.record import agree, manifest, rebuild, verify
from waterdeal.record.agree import make_record
from waterdeal.record.archive import MANIFEST, read_record, record_zip
from waterdeal.record.finding import Verdict
from waterdeal.record.verify import verify_files
from waterdeal.results.audit import audit
from waterdeal.results.formats import OPTIONAL
from waterdeal.results.store import read_inputs, read_results
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

GIVEN_OUT = sorted((Path(__file__).parent / "given_out").glob("*.zip"))
FIRST = next(file for file in GIVEN_OUT if file.stem == "527250d")
TABLE, SHEET, PEOPLE = "tables/ru/deliveries.csv", "term-sheet.toml", "term-sheet.ru.txt"


def _is_own(files: dict[str, bytes]) -> bool:
    """Whether the code that runs made a record."""
    return bool(json.loads(files[MANIFEST]).get("build_id") == build_id())


@pytest.fixture(params=diagonal(GIVEN_OUT, FIRST), ids=lambda file: file.stem)
def old(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Files of a record given out; copy before changing."""
    return _given_out(request.param, monkeypatch)


def _given_out(file: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Read a record. Where this very code made it, it goes by the name that later code has."""
    files = read_record(file)
    for module in (rebuild, verify, manifest, agree) if _is_own(files) else ():
        monkeypatch.setattr(module, "build_id", lambda: "f" * 16)
    return files


@pytest.fixture(params=diagonal(GIVEN_OUT, FIRST), ids=lambda file: file.stem)
def oldest(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Files of the first record given out; of the others too where all is run."""
    return _given_out(request.param, monkeypatch)


@pytest.fixture
def old_run(oldest: dict[str, bytes], tmp_path: Path) -> Path:
    """The plan and inputs of the run it was made from."""
    return write_files(tmp_path / "run", {name: oldest[name] for name in ("plan.nc", "inputs.nc")})


def test_the_formats_that_were_given_out_are_all_here() -> None:
    """Nobody takes one away."""
    assert {"527250d", "b86cef8", "bcb8849", "0963780", "e8123e3"} <= {file.stem for file in GIVEN_OUT}
    assert all(file.stat().st_size < 300_000 for file in GIVEN_OUT)


def test_a_record_given_out_is_not_altered_but_made_by_other_code(old: dict[str, bytes]) -> None:
    """The code is named; what only it can make again is named as not compared, never as passed."""
    found = verify_files(old)
    assert [finding.sentence for finding in found.findings] == []
    assert found.verdict is Verdict.OTHER_CODE
    assert not found.passed
    assert "waterdeal 0.1.0, build" in found.code
    assert found.unsolvable == ""
    left = {check.name for check in found.checks if not check.compared}
    assert {"tables are those of the plan", "term sheet is that of the plan", "solving again gives the same plan"} <= left
    assert not any(check.passed for check in found.checks if not check.compared)
    assert any(note.startswith("Solved again by this code it gives") for note in found.notes)


def test_a_record_of_the_format_of_today_is_given_out() -> None:
    """Sound as long as this code made it, made by other code from then on; never altered."""
    schemas = {file: json.loads(read_record(file)[MANIFEST])["schema"] for file in GIVEN_OUT}
    today = [file for file, schema in schemas.items() if schema == manifest.SCHEMA]
    assert today
    for file in today:
        files = read_record(file)
        found = verify_files(files, resolve=False)
        assert found.verdict is (Verdict.SOUND if _is_own(files) else Verdict.OTHER_CODE), [part.sentence for part in found.findings]


def _text(name: str, before: str, after: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Change a text of a record."""

    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        text = files[name].decode()
        assert before in text
        return {**files, name: text.replace(before, after, 1).encode()}

    return change


def _number(file: str, variable: str, *place: int) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Change one number of a NetCDF file."""

    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        def raised(opened: Any) -> None:
            opened[variable][place] += 0.5

        return {**files, file: netcdf(files[file], raised)}

    return change


def _clause(files: dict[str, bytes]) -> dict[str, bytes]:
    """Change what a clause promises in the plan itself."""

    def change(opened: Any) -> None:
        clauses = json.loads(opened.attrs["clauses"])
        clauses[0]["value"] = 9.0
        clauses[0]["text"]["ru"] = "Из водохранилища в дельту не менее 9 м³/с"
        opened.attrs["clauses"] = json.dumps(clauses, ensure_ascii=False)

    return {**files, "plan.nc": netcdf(files["plan.nc"], change)}


def _cell(files: dict[str, bytes]) -> dict[str, bytes]:
    """Change a cell of a workbook."""
    name = "tables/ru/allocation.xlsx"
    return {**files, name: workbook(files[name], "xl/worksheets/sheet1.xml", r"<v>692\.9</v>", "<v>698.9</v>")}


TAMPERED = {
    "flow": _number("plan.nc", "flow", 1, 4),
    "requirement": _number("plan.nc", "requirement", 1, 0),
    "runoff": _number("inputs.nc", "runoff", 0, 2),
    "table": _text(TABLE, "51,9", "57,9"),
    "table by steps": _text(TABLE, "Поля;25,9;25,9;25,9", "Поля;51,9;25,9;25,9"),
    "table total": _text(TABLE, "692,9", "693,5"),
    "bodies": _text("tables/ru/reservoirs.csv", "398,1;614,90", "408,1;614,90"),
    "bodies by steps": _text("tables/ru/reservoirs.csv", "398,1;614,90", "394,2;614,90"),
    "clause table": _text("tables/ru/clauses.csv", "629,0", "529,0"),
    "balance": _text("tables/ru/party_balance.csv", "988,2;0,0;988,2", "888,2;0,0;988,2"),
    "workbook": _cell,
    "value of the sheet": _text(SHEET, "promised = 628.992", "promised = 528.992"),
    "volume of the sheet": _text(SHEET, "51.9, 51.8", "51.8, 51.9"),
    "status of the sheet": _text(SHEET, 'status = "draft"', 'status = "signed"'),
    "versions of the sheet": _text(SHEET, 'waterdeal = "0.1.0"', 'waterdeal = "0.2.0"'),
    "volume for people": _text(PEOPLE, "51,8", "41,8"),
    "promise for people": _text(PEOPLE, "628,992", "528,992"),
    "sentence for people": _text(PEOPLE, "не менее 70\xa0%", "не менее 60\xa0%"),
    "text of a clause, agreement": _text("scenario/deal.toml", "не менее 10", "не менее 90"),
    "text of a clause, sheet": _text(SHEET, "не менее 10", "не менее 90"),
    "text of a clause, for people": _text(PEOPLE, "не менее 10", "не менее 90"),
    "clause of the plan": _clause,
    "a table taken out": lambda files: {name: content for name, content in files.items() if name != TABLE},
    "a table put in": lambda files: {**files, "tables/ru/more.csv": b"1;2\n"},
    "a source put in": lambda files: {**files, "basin/more.csv": b"1,2\n"},
}


#: what is tried on every record; the rest on the oldest
ON_EACH = ("flow", "table", "text of a clause, for people")
CASES = [(file, hand) for file in GIVEN_OUT for hand in TAMPERED if hand in ON_EACH or file.stem == "527250d"]
#: by default a number of the plan; a table of such a record in the name of other code, below
USUAL = {("527250d", "flow")}
MARKED = [pytest.param(file, hand, marks=() if (file.stem, hand) in USUAL else pytest.mark.thorough) for file, hand in CASES]


@pytest.mark.parametrize(("file", "hand"), MARKED, ids=lambda value: value if isinstance(value, str) else value.stem)
def test_a_record_given_out_that_is_tampered_with_is_altered(file: Path, hand: str) -> None:
    """Whatever was changed, with the manifest made anew as the code that made it would."""
    files = read_record(file)
    changed = cover(TAMPERED[hand](files))
    assert json.loads(changed[MANIFEST])["schema"] == json.loads(files[MANIFEST])["schema"]
    found = verify_files(changed, resolve=False)
    assert found.verdict is Verdict.ALTERED
    assert found.checks[0].passed, "the manifest does not give it away"


def test_a_record_in_the_name_of_other_code_is_not_sound(record: dict[str, bytes]) -> None:
    """Whoever alters a table and names another build gets no further than a verdict that compares nothing."""

    def other(opened: Any) -> None:
        opened.attrs["build_id"] = "0" * 16

    files = {**record, "plan.nc": netcdf(record["plan.nc"], other)}
    assert verify_files(cover(files), resolve=False).verdict is Verdict.ALTERED
    build = json.loads(record[MANIFEST])["build_id"]
    files |= {name: content.replace(build.encode(), b"0" * 16) for name, content in files.items() if name.startswith("term-sheet")}
    files[MANIFEST] = record[MANIFEST].replace(build.encode(), b"0" * 16)
    found = verify_files(cover(files), resolve=False)
    assert found.verdict is Verdict.OTHER_CODE
    assert "build 0000000000000000" in found.code
    forged = _text("tables/ru/deliveries.csv", "51,9", "57,9")(files)
    assert verify_files(cover(forged), resolve=False).verdict is Verdict.ALTERED


def test_a_record_of_a_newer_format_is_refused(record: dict[str, bytes]) -> None:
    """One clear error, not a verdict."""
    with pytest.raises(FileProblem, match="newer"):
        verify_files({**record, MANIFEST: record[MANIFEST].replace(b"record@3", b"record@4")})


def test_sources_that_this_code_cannot_solve_are_told_apart(oldest: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is not blamed for it."""
    from waterdeal.errors import SolverTrouble
    from waterdeal.run import Case

    def lost(*_: object, **__: object) -> None:
        message = "lost in the numbers"
        raise SolverTrouble(message)

    monkeypatch.setattr(Case, "solve", lost)
    found = verify_files(oldest)
    assert (found.verdict, found.unsolvable, found.findings) == (Verdict.UNSOLVABLE, "lost in the numbers", ())
    assert "build" in found.code


def test_verify_says_which_code_made_it(oldest: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 11, with every check that was not made."""
    archive = tmp_path / "сделка.zip"
    archive.write_bytes(record_zip(oldest))
    with pytest.raises(SystemExit) as left:
        main(["verify", str(archive), "--no-solve"])
    said = capsys.readouterr()
    assert left.value.code == 11
    assert "--   not compared: tables are those of the plan" in said.out
    assert "it was made by other code (waterdeal 0.1.0, build" in said.err
    assert "record stands" not in said.out


def test_a_run_of_an_earlier_format_is_read(old_run: Path) -> None:
    """Every quantity of the vocabulary is there; what was filled in is told."""
    plan, inputs = read_results(old_run), read_inputs(old_run)
    assert audit(plan).passed
    for dataset, stage in ((plan, "result"), (inputs, "input")):
        rows = [row for row in vocabulary().values() if row.stage in {stage, "both"}]
        assert {row.name for row in rows} - set(dataset.variables) <= OPTIONAL
        assert all(dataset.variables[row.name].dims == row.dims for row in rows if row.name in dataset.variables)
    assert np.isinf(plan["flow_shortfall_max"].values).all()


ASKED = [["audit"], ["compare"], ["info"], ["accounts"], ["why", "fields"], ["explain"]]


@pytest.mark.parametrize("command", diagonal(ASKED, ["audit"], ["compare"], ["why", "fields"]), ids=" ".join)
def test_commands_work_on_a_run_of_an_earlier_format(
    old_run: Path, run: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """None ends unexpectedly; `audit`, `compare` and `info` say which format a run is of."""
    others = [str(run)] if command == ["compare"] else []
    with suppress(SystemExit):
        main([command[0], str(old_run), *others, *command[1:]])
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out
    if read_results(old_run).attrs.get("read_from_schema") and command[0] in {"audit", "compare", "info"}:
        assert "waterdeal/plan@1" in said.out


def test_a_run_of_other_code_becomes_no_record(oldest: dict[str, bytes], tmp_path: Path) -> None:
    """Nobody here can vouch for it."""
    sources = {f"sources/{name}": content for name, content in oldest.items() if name.startswith(("scenario/", "basin/"))}
    folder = write_files(tmp_path / "run", {"plan.nc": oldest["plan.nc"], "inputs.nc": oldest["inputs.nc"], **sources})
    with pytest.raises(FileProblem, match=r"made by other code \(waterdeal 0.1.0, build .*Run the scenario again"):
        make_record(folder)


@pytest.mark.parametrize(("name", "read"), [("plan.nc", read_results), ("inputs.nc", read_inputs)])
def test_a_file_of_an_unknown_format_is_refused(run: Path, tmp_path: Path, name: str, read: Callable[[Path], object]) -> None:
    """With what is known here."""

    def newer(opened: Any) -> None:
        opened.attrs["schema"] = opened.attrs["schema"].replace("@3", "@7")

    file = tmp_path / name
    file.write_bytes(netcdf((run / name).read_bytes(), newer))
    with pytest.raises(FileProblem, match=r"@7.*knows waterdeal/.*@1 to waterdeal/.*@3"):
        read(file)
