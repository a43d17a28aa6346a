"""What is typed into a workbook is what the same keys of a scenario ask; what is not touched is the scenario."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest

from tests.bundled import SCENARIOS
from tests.commands import call
from tests.ensemble.conftest import traces_of
from tests.thorough import diagonal
from tests.workbook.books import by_hand, rewrite, type_in, write_book
from waterdeal.basin.origins import origins_of
from waterdeal.ensemble.traces import TraceVolumes
from waterdeal.imports.actual import read_actual
from waterdeal.imports.rates import as_rates
from waterdeal.provenance import inputs_digest, run_hash
from waterdeal.reports.workbook import edit_workbook, facts_alone
from waterdeal.run import load, make_case
from waterdeal.scenario.locate import bundled_folder

if TYPE_CHECKING:
    from waterdeal.run import Case

BUNDLED = [file.name for file in SCENARIOS if file.name != "toktogul-modes.toml"]


@pytest.fixture(scope="session")
def plain(written: Path) -> Case:
    """The scenario without a workbook."""
    return load(written / "dry.toml")


def asked(plain: Case, *overrides: str) -> str:
    """Return the digest of the inputs of the scenario with overrides."""
    return inputs_digest(make_case(plain.file.changed(overrides), plain.basin).inputs)


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "uz"))
def test_an_untouched_workbook_is_the_scenario(book: Path, plain: Case, language: str) -> None:
    """Written in any language and read again, and saved by another program, it lays nothing over the scenario."""
    write_book(book.with_name("dry.toml"), language)
    by_hand(book, lambda _: None)
    case = load(book)
    assert case.file.overrides == ()
    assert inputs_digest(case.inputs) == inputs_digest(plain.inputs)


def test_cells_to_edit_are_open_and_ask_for_what_they_take(written: Path) -> None:
    """Ids, names, units and what only tells are locked, without a password; lists and bounds stand on what is to be edited."""
    book = openpyxl.load_workbook(written / "plan.xlsx")
    assert book.sheetnames[:8] == ["Приток", "Заявки", "Водохранилища", "Кривые", "Лимиты", "Соглашение", "Факт", "Справка"]
    assert book["waterdeal"].sheet_state == "veryHidden"
    for page in book.worksheets[:7]:
        assert page.protection.sheet
        assert not page.protection.password
        assert all(cell.protection.locked for row in page.iter_rows(max_row=3) for cell in row)
    open_cells = {"Приток": "B4", "Заявки": "C9", "Водохранилища": "E4", "Кривые": "C5", "Лимиты": "G4", "Соглашение": "E4", "Факт": "B4"}
    assert not any(book[page][cell].protection.locked for page, cell in open_cells.items())
    assert book["Водохранилища"]["C4"].protection.locked
    assert book["Соглашение"]["E5"].protection.locked
    lists = {rule.formula1 for page in book.worksheets for rule in page.data_validations.dataValidation if rule.type == "list"}
    assert lists == {'"не меньше,как в начале,по ценности,свободно"', '"да,нет"'}
    (share,) = [rule for rule in book["Лимиты"].data_validations.dataValidation if "G4" in rule.sqref]
    assert (share.type, share.formula1, share.formula2) == ("decimal", "0", "1")


def test_no_text_is_cut_on_screen_or_paper(written: Path) -> None:
    """Each text has the lines it takes in the width of its column; pages lie across, with ids, names and units on each."""
    book = openpyxl.load_workbook(written / "plan.xlsx")
    for page in book.worksheets[:8]:
        assert page.page_setup.orientation == "landscape"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.title == "Справка" or page.print_title_rows == "$1:$3"
        for row in page.iter_rows():
            height = page.row_dimensions[row[0].row].height or 15
            for cell in (cell for cell in row if isinstance(cell.value, str)):
                spans = [span for span in page.column_dimensions.values() if span.min <= cell.column <= span.max]
                assert 0.8 * len(cell.value) <= spans[0].width * (height // 12.75), (page.title, cell.coordinate)
                if cell.row <= 3 and page.title != "Справка":  # the bold words of headings stay whole
                    assert max(map(len, cell.value.split()), default=0) <= spans[0].width, (page.title, cell.coordinate)


@pytest.mark.parametrize("name", diagonal(BUNDLED, "syrdarya-growing-dry.toml"))
def test_untouched_bundled_scenarios(tmp_path: Path, name: str) -> None:
    """So are workbooks of bundled scenarios, which are found wherever the workbook lies."""
    scenario = bundled_folder("scenarios") / name
    assert call("workbook", scenario, tmp_path / "plan.xlsx", "--lang", "ru").code == 0
    case = load(tmp_path / "plan.xlsx")
    assert case.file.overrides == ()
    assert inputs_digest(case.inputs) == inputs_digest(load(scenario).inputs)


CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"Приток!B4": 50}, ["hydrology.rate_by_step.{node}.2026-04-D1=50"]),
    ({"Заявки!C5": 12.5}, ["requirement.rate_by_step.fields.2026-04-D2=12.5"]),
    ({"Водохранилища!E4": 300}, ["reservoir.upper_dam.initial=300"]),
    ({"Водохранилища!D4": 800}, ["reservoir.upper_dam.full=800"]),
    ({"Водохранилища!F4": "не меньше", "Водохранилища!G4": 350, "Водохранилища!I4": datetime(2026, 9, 1)},
     ['reservoir.upper_dam.terminal={rule="at_least", storage=350, by=2026-09-01}']),
    ({"Водохранилища!F4": "free"}, ['reservoir.upper_dam.terminal={rule="free"}']),
    ({"Кривые!E5": 31}, ["reservoir.upper_dam.curve=[[600, 100, 10], [640, 900, 31]]"]),
    ({"Кривые!C6": 620, "Кривые!D6": 400, "Кривые!E6": 20},
     ["reservoir.upper_dam.curve=[[600, 100, 10], [620, 400, 20], [640, 900, 30]]"]),
    ({"Кривые!C4": None, "Кривые!D4": None, "Кривые!E4": None, "Кривые!C7": 590, "Кривые!D7": 40, "Кривые!E7": 5},
     ["reservoir.upper_dam.curve=[[590, 40, 5], [640, 900, 30]]"]),
    ({"Соглашение!E7": 3.5}, ["agreement.by_month.by_month.8=3.5"]),
    ({"Лимиты!G4": 0.8}, ['entitlement.limits=[{limit="low_growing", share=0.8}]']),
    ({"Лимиты!H4": 560}, ['entitlement.limits=[{limit="low_growing", share=0.8}]']),
    ({"Лимиты!F4": "нет"}, ["entitlement.limits=[]"]),
    ({"Соглашение!E4": 90}, ['agreement.release.value="90 hm3"']),
    ({"Соглашение!G4": "Нет", "Соглашение!H5": "нет"}, ["agreement.release.in_force=false", "agreement.by_month.negotiable=false"]),
    ({"Соглашение!I4": 0.25, "Соглашение!J4": 2}, ["agreement.release.concession=0.25", "agreement.release.price=2"]),
]  # fmt: skip


@pytest.mark.parametrize("change", diagonal(CHANGES, CHANGES[0], CHANGES[4], CHANGES[6], CHANGES[9], CHANGES[11]))
def test_a_cell_is_what_its_key_is(book: Path, plain: Case, change: tuple[dict[str, Any], list[str]]) -> None:
    """Each sheet, by the same inputs as with `--set`; the cells are listed with what stood there."""
    cells, overrides = change
    wet = str(plain.basin.runoff["node"].values[0])
    type_in(book, cells)
    case = load(book)
    digest = inputs_digest(case.inputs)
    assert digest != inputs_digest(plain.inputs)
    assert digest == asked(plain, *(override.replace("{node}", wet) for override in overrides))
    assert case.file.workbook is not None
    assert {edit.cell for edit in case.file.workbook.edits} == set(cells)


def test_a_typed_limit_is_what_is_in_force(book: Path) -> None:
    """Also where all limits are cut: by hand, 560 of 700 hm3 under a cut of a tenth are a share of 8/9."""
    scenario = book.with_name("dry.toml")
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("[entitlement]", "[entitlement]\ncut = 0.1"), encoding="utf-8")
    write_book(scenario)
    assert load(book).inputs["entitlement_volume"].values == pytest.approx([630.0])
    type_in(book, {"Лимиты!H4": 560})
    case = load(book)
    assert case.inputs["entitlement_volume"].values == pytest.approx([560.0])
    assert case.file.scenario.entitlement.limits[0].share == pytest.approx(8 / 9)


def test_rates_by_step_are_what_enters_and_what_is_asked(plain: Case) -> None:
    """A rate stands after all factors, in its step alone; by hand: 50 m3/s over ten days are 43.2 hm3."""
    plain = plain.set("hydrology.factor", 0.5)
    node = str(plain.basin.runoff["node"].values[0])
    own = plain.set(f"hydrology.rate_by_step.{node}.2026-04-D1", 50.0)
    moved = own.inputs["runoff"] - plain.inputs["runoff"]
    assert float(own.inputs["runoff"].sel(node=node)[0]) == pytest.approx(43.2)
    assert int((np.abs(moved) > 0).sum()) == 1
    own_rows = [row for row in origins_of(own.inputs) if row["figure"].startswith(f"hydrology.{node}.")]
    assert {(row["status"], row["note"]) for row in own_rows} == {("assumed", "own rates")}
    asked = plain.set({"requirement.rate_by_step.fields.2026-04-D3": 10.0, "requirement.factor": 2.0})
    assert float(asked.inputs["requirement"].sel(demand="fields")[2]) == pytest.approx(8.64)


def test_rates_by_step_stand_in_every_trace(plain: Case) -> None:
    """As factors act on traces, so what is said of a step holds in each: 8 m3/s over the twenty-first to thirtieth are 6.912 hm3."""
    node = str(plain.basin.runoff["node"].values[0])
    case = plain.set(f"hydrology.rate_by_step.{node}.2026-04-D3", 8.0)
    volumes = TraceVolumes(as_rates(traces_of(plain, 2)["runoff"], ("trace", "node", "time")), case, "traces")
    at = case.basin.ids("nodes").index(node)
    assert [float(volumes.of(trace)[at, 2]) for trace in (0, 1)] == pytest.approx([6.912, 6.912])
    assert volumes.of(0)[at, 1] != volumes.of(1)[at, 1]


def test_the_thirteenth_digit_is_no_change(book: Path) -> None:
    """A cell that is the same to twelve digits is no override; at the eleventh it is one."""
    held = openpyxl.load_workbook(book)
    rate = float(held["Приток"]["B4"].value)
    type_in(book, {"Приток!B4": rate * (1 + 4e-14)})
    assert load(book).file.overrides == ()
    type_in(book, {"Приток!B4": rate * (1 + 1e-10)})
    assert len(load(book).file.overrides) == 1


def test_what_is_as_good_as_nothing_is_no_change(book: Path) -> None:
    """A rate of rounding that another program cuts after twenty places is no override; a small rate of one's own is one."""
    node = openpyxl.load_workbook(book)["Приток"]["B1"].value
    dry = f"hydrology.rate_by_step.{node}.2026-04-D1=1.6447748513e-14"
    assert call("workbook", book.with_name("dry.toml"), book, "--set", dry, "--lang", "ru", "--force").code == 0
    kept = load(book).file.overrides
    type_in(book, {"Приток!B4": 1.644775e-14})
    assert load(book).file.overrides == kept
    type_in(book, {"Приток!B4": 1e-6})
    assert load(book).file.overrides != kept


@pytest.mark.thorough
def test_a_copy_keeps_points_added_and_taken_out(book: Path) -> None:
    """The copy of a workbook with more points, or fewer, is planned as the workbook; a blank row may be deleted, a row of one's own added."""
    points = [(6, 655, 1350, 30), (7, 645, 1050, 30), (8, 650, 1200, 30)]
    more = {f"Кривые!{column}{row}": value for row, *values in points for column, value in zip("CDE", values, strict=True)}
    fewer = {f"Кривые!{column}4": None for column in "CDE"} | {"Кривые!C6": 590, "Кривые!D6": 40, "Кривые!E6": 5}
    for cells in (more, fewer):
        scenario = book.with_name("dry.toml")
        write_book(scenario)
        type_in(book, cells)
        case = load(book)
        assert len(case.file.overrides) == 1
        book.write_bytes(edit_workbook(case, "ru", book.parent))
        assert load(book).file.overrides == case.file.overrides
        by_hand(book, lambda held: held["Кривые"].delete_rows(held["Кривые"].max_row))
        type_in(book, {"Кривые!A20": "upper_dam 77", "Кривые!C20": 660, "Кривые!D20": 1500, "Кривые!E20": 30})
        assert load(book).file.overrides == (case.file.overrides[0].removesuffix("]") + ", [660.0, 1500.0, 30.0]]",)


@pytest.mark.thorough
def test_sets_are_kept_and_laid_over(book: Path, plain: Case) -> None:
    """What a workbook was written with stays; what is said beside it is laid over its cells."""
    scenario = book.with_name("dry.toml")
    assert call("workbook", scenario, book, "--force", "--set", "hydrology.factor=0.9", "--lang", "ru").code == 0
    assert inputs_digest(load(book).inputs) == asked(plain, "hydrology.factor=0.9")
    type_in(book, {"Водохранилища!E4": 300})
    both = load(book, ["reservoir.upper_dam.initial=350"])
    assert inputs_digest(both.inputs) == asked(plain, "hydrology.factor=0.9", "reservoir.upper_dam.initial=350")


def test_a_scenario_that_moved_on_is_told(book: Path) -> None:
    """What the cells hold is planned, and that the scenario has changed is said; one that is not there is asked for."""
    scenario = book.with_name("dry.toml")
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("initial = 400", "initial = 420"), encoding="utf-8")
    told = call("check", book, "--lang", "en")
    assert "has changed since the workbook was written" in told.out
    assert "420 → 400" in told.out
    scenario.rename(scenario.with_name("other.toml"))
    assert call("check", book).code == 9


def test_run_lists_cells_and_gives_a_copy_back(book: Path, plain: Case) -> None:
    """The record names the cells, the bytes of the workbook lie among the sources, the copy has results and plans the same."""
    out = book.parent / "out"
    type_in(book, {"Приток!B4": 50, "Факт!B5": 410})
    ran = call("run", book, "-o", out, "--quick", "--lang", "ru", "--format", "xlsx")
    assert ran.code == 0, ran.err
    assert "Приток!B4" in ran.out
    told = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [change["cell"] for change in told["workbook"]["changes"]] == ["Приток!B4"]
    assert (out / "sources/scenario/plan.xlsx").read_bytes() == book.read_bytes()
    assert call("audit", out).code == 0
    copy = openpyxl.load_workbook(out / "plan.ru.xlsx")
    assert {"Приток", "Факт", "План. Водохранилища"} <= set(copy.sheetnames)
    assert copy["Приток"]["B4"].value == 50
    assert copy["Факт"]["B5"].value == 410
    edited = load(out / "plan.ru.xlsx")
    assert edited.file.workbook is not None
    assert [edit.cell for edit in edited.file.workbook.edits] == ["Приток!B4"]
    assert inputs_digest(edited.inputs) == asked(plain, *edited.file.overrides)
    assert told["run_sha256"] == run_hash(edited.inputs, edited.levels, "")


@pytest.mark.thorough
def test_a_copy_in_each_language(book: Path, plain: Case) -> None:
    """Sheets of results do not take the names of the others, and a copy is planned as the workbook; its own language is kept by it."""
    case = load(book)
    results = case.solve().dataset
    for language in ("en", "ru", "kk", "uz"):
        book.write_bytes(edit_workbook(case, language, book.parent, results))
        held = openpyxl.load_workbook(book)
        assert len(held.sheetnames) > 10
        copied = load(book)
        assert (copied.file.overrides, inputs_digest(copied.inputs)) == ((), inputs_digest(plain.inputs))
        assert copied.file.workbook is not None
        assert copied.file.workbook.told == ()


@pytest.mark.thorough
def test_a_record_of_a_workbook_is_verified(book: Path) -> None:
    """A deal made from a workbook is recorded, and made again from it."""
    type_in(book, {"Водохранилища!E4": 380})
    assert call("run", book, "-o", book.parent / "out", "--quick").code == 0
    agreed = call("agree", book.parent / "out", "-o", book.parent / "deal.zip", "--draft")
    assert agreed.code == 0, agreed.err
    verified = call("verify", book.parent / "deal.zip")
    assert verified.code == 0, verified.out + verified.err


@pytest.mark.thorough
def test_measured_figures_go_to_track(book: Path) -> None:
    """The sheet of facts alone is read by `track`; what is asked for is not taken for what was measured."""
    out = book.parent / "out"
    assert call("run", book, "-o", out, "--quick").code == 0
    type_in(book, {"Факт!B4": 420, "Факт!B5": 430, "Факт!E4": 1, "Факт!E5": 2})
    tracked = call("track", out, "--actual", book, "--json")
    assert tracked.code == 0, tracked.err
    assert tracked.json["measured_steps"] == 2
    assert tracked.json["guesses"] == []


@pytest.mark.parametrize("language", diagonal(["en", "ru", "kk", "uz"], "kk"))
def test_facts_are_read_without_a_guess(book: Path, language: str) -> None:
    """In each language the headings say what is measured and when: storages at the end of a step, rates as means of it."""
    scenario = book.with_name("dry.toml")
    write_book(scenario, language)
    sheet = openpyxl.load_workbook(book).worksheets[6].title
    type_in(book, {f"{sheet}!B4": 420, f"{sheet}!C4": 30, f"{sheet}!E4": 1.5})
    names = {name: [name] for name in ("upper_dam", "dam_delta", "town", "fields")}
    (book.parent / "alone").mkdir()
    read = read_actual(facts_alone(book, book.parent / "alone"), names, reservoirs=["upper_dam"])
    rows = read.readings.assign(start=read.readings["start"].dt.strftime("%Y-%m-%d"))
    told = {place: tuple(more) for place, *more in rows[["place", "quantity", "start", "value", "column"]].to_numpy().tolist()}
    assert read.guesses == ()
    assert told == {
        "upper_dam": ("storage", "2026-04-11", 420.0, f"{sheet}!B4"),
        "dam_delta": ("flow", "2026-04-01", 30.0, f"{sheet}!C4"),
        "fields": ("flow", "2026-04-01", 1.5, f"{sheet}!E4"),
    }


@pytest.mark.parametrize("command", diagonal(["check", "run", "explain", "what-if", "ensemble"], "what-if"))
def test_every_command_lists_the_cells(book: Path, plain: Case, command: str) -> None:
    """What differs in a workbook is told by every command that plans it, once."""
    type_in(book, {"Приток!B4": 50})
    traces_of(plain, 1).to_netcdf(book.parent / "traces.nc")
    arguments = {
        "check": ["check", book], "run": ["run", book, "-o", book.parent / "out", "--quick"], "explain": ["explain", book],
        "what-if": ["what-if", book, "--set", "hydrology.factor=0.95"],
        "ensemble": ["ensemble", "run", book, "--inflow", book.parent / "traces.nc", "-o", book.parent / "out", "--backend", "serial"],
    }  # fmt: skip
    told = call(*arguments[command], "--lang", "ru")
    assert told.code == 0, told.err
    assert told.out.count("Приток!B4") == 1


def test_a_formula_is_told_by_its_cell(book: Path) -> None:
    """Its value is planned with; what made it is told, since the copy has the value alone."""
    rewrite(book, "xl/worksheets/sheet1.xml", lambda text: re.sub(r'(<c r="B10"[^>]*>)<v>[^<]*</v>', r"\1<f>B9*2</f><v>20.5</v>", text))
    told = load(book).file.workbook.told  # type: ignore[union-attr]
    assert [str(one) for one in told] == ["Приток!B10: formula =B9*2, of which the value 20.5 is taken and kept"]


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls"])
def test_a_workbook_edited_and_saved_by_libreoffice(book: Path, ending: str, tmp_path: Path) -> None:
    """Figures, a text, a formula and a choice that a person changes are overrides by their cells, whatever LibreOffice saves."""
    type_in(book, {"Приток!B10": 20.5, "Приток!B11": "=B10*1.1", "Заявки!C6": "31,5", "Водохранилища!E4": 410, "Водохранилища!F4": "свободно"})
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", ending, "--outdir", tmp_path / "saved", book]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    saved = Path(shutil.copy(tmp_path / "saved" / f"plan.{ending}", book.with_name(f"edited.{ending}")))
    found = load(saved).file.workbook
    assert found is not None
    assert [edit.cell for edit in found.edits] == ["Приток!B10", "Приток!B11", "Заявки!C6", "Водохранилища!E4", "Водохранилища!F4"]
    assert any("B10" in str(one) and "22.55" in str(one) for one in found.told) or ending == "xls"
    told = call("run", saved, "-o", tmp_path / "run", "--quick", "--format", "xlsx", "--lang", "ru")
    assert told.code == 0, told.err
    assert {"Приток", "Заявки", "Справка"} <= set(openpyxl.load_workbook(next((tmp_path / "run").glob("edited.*.xlsx"))).sheetnames)


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("cells", [{}, {"Приток!B10": 20.5, "Водохранилища!E4": 410}], ids=["untouched", "edited"])
def test_the_same_figures_have_one_run_hash_in_every_form(book: Path, cells: dict[str, Any], tmp_path: Path) -> None:
    """A workbook, and what LibreOffice makes of it as xlsx, ods, xls and, from these, xlsx again."""
    type_in(book, cells)
    hashes = {"plan.xlsx": _hash_of(book)}
    for ending, source in (("xlsx", book), ("ods", book), ("xls", book), ("xlsx", book.with_name("as.ods")), ("xlsx", book.with_name("as.xls"))):
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", ending, "--outdir", tmp_path / "saved", source]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        name = f"as.{ending}" if source == book else f"again_{source.suffix[1:]}.{ending}"
        saved = Path(shutil.copy(tmp_path / "saved" / f"{source.stem}.{ending}", book.with_name(name)))
        hashes[name] = _hash_of(saved)
    assert len(set(hashes.values())) == 1, hashes


def _hash_of(book: Path) -> str:
    """Return the canonical hash of the run that a workbook asks for."""
    case = load(book)
    return run_hash(case.inputs, case.levels, "")
