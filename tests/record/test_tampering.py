"""Whatever is altered in a record is found and named, whether or not the hand that did it made the manifest anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record.tampering import cover, digit_places, last_digit, named, netcdf, other_digit, with_file, workbook
from tests.thorough import diagonal, examples
from waterdeal.record.archive import MANIFEST
from waterdeal.record.manifest import manifest_findings
from waterdeal.record.verify import verify_files

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = (
    "parties", "nodes", "links", "reservoirs", "curves", "evaporation", "demands", "requirements", "plants", "flow_requirements",
    "past_flows", "limits", "provenance", "sources", "hydrology",
)  # fmt: skip
TEXTS = (
    *(f"basin/{table}.csv" for table in TABLES if table not in {"parties", "nodes", "provenance"}),
    "basin/basin.toml",
    "scenario/dry.toml",
    "scenario/deal.toml",
    "tables/ru/deliveries.csv",
    "tables/ru/clauses.csv",
    "tables/ru/about.csv",
    "term-sheet.toml",
    "term-sheet.kk.txt",
)

#: what is compared in each its own way: a clause, a table; a figure of the basin by its cell, below
USUAL = ("scenario/deal.toml", "tables/ru/clauses.csv")


@pytest.mark.parametrize("name", TEXTS)
def test_a_digit_changed_in_a_text_is_named_by_the_manifest(record: dict[str, bytes], name: str) -> None:
    """With its row or line."""
    (finding,) = manifest_findings(with_file(record, name, last_digit(record[name]), covered=False))
    assert finding.file == name
    assert finding.where.startswith(("row", "line"))


@pytest.mark.parametrize("name", diagonal(TEXTS, *USUAL))
def test_a_digit_changed_in_a_text_is_named(record: dict[str, bytes], name: str) -> None:
    """Where the manifest is made anew, by the rest of the record."""
    assert named(verify_files(with_file(record, name, last_digit(record[name]), covered=True), resolve=False), name)


@pytest.mark.parametrize("table", diagonal(["parties", "nodes", "provenance"], "provenance"))
def test_a_letter_changed_in_a_table_without_digits_is_named(record: dict[str, bytes], table: str) -> None:
    """Names and origins of figures count too."""
    name = f"basin/{table}.csv"
    content = (
        record[name]
        .replace(b"Downstream", b"Downstraem")
        .replace(b"Upper dam", b"Upper damn")
        .replace(b"assumed,example", b"computed,example")
    )
    assert content != record[name]
    found = verify_files(with_file(record, name, content, covered=True), resolve=False)
    assert named(found, name)
    assert named(found, "inputs.nc", "provenance" if table == "provenance" else "names")


def test_a_table_of_the_basin_is_named_by_cell(record: dict[str, bytes]) -> None:
    """Row, column, and what stands there now."""
    rows = record["basin/hydrology.csv"].decode().split("\n")
    rows[6] = rows[6][: rows[6].rindex(",")] + ",77.7"
    changed = "\n".join(rows).encode()
    (finding,) = manifest_findings(with_file(record, "basin/hydrology.csv", changed, covered=False))
    assert (finding.where, finding.found) == ("row 7, `runoff_m3s`", "77.7")
    found = verify_files(with_file(record, "basin/hydrology.csv", changed, covered=True), resolve=False)
    assert len(named(found, "basin/hydrology.csv")) == 1


def _raise(variable: str, *place: int) -> Callable[[Any], None]:
    """Raise one value of a variable."""

    def change(opened: Any) -> None:
        opened[variable][place] += 0.001

    return change


NUMBERS = (
    ("plan.nc", "flow", (1, 4), "flow, fields_head, 2026-05-D2"),
    ("plan.nc", "level", (0, 17), "level, upper_dam, 2026-09-D3"),
    ("plan.nc", "requirement", (1, 0), "requirement, fields, 2026-04-D1"),
    ("inputs.nc", "runoff", (0, 2), "runoff, headwater, 2026-04-D3"),
)


@pytest.mark.parametrize("number", diagonal([number[:3] for number in NUMBERS], NUMBERS[0][:3]))
def test_a_number_changed_in_a_netcdf_file_is_named_by_the_manifest(
    record: dict[str, bytes], number: tuple[str, str, tuple[int, int]]
) -> None:
    """By variable."""
    file, variable, place = number
    changed = with_file(record, file, netcdf(record[file], _raise(variable, *place)), covered=False)
    assert [finding.where for finding in manifest_findings(changed)] == [f"variable {variable}"]


@pytest.mark.parametrize(
    "case",
    diagonal([(number, covered) for number in NUMBERS for covered in (False, True)], (NUMBERS[0], True)),
)
def test_a_number_changed_in_a_netcdf_file_is_named(record: dict[str, bytes], case: Any) -> None:
    """By variable, place and step, with both values."""
    (file, variable, place, where), covered = case
    changed = with_file(record, file, netcdf(record[file], _raise(variable, *place)), covered=covered)
    assert named(verify_files(changed), file, where)


def test_a_unit_changed_in_the_plan_is_named(record: dict[str, bytes]) -> None:
    """Attributes count as numbers do."""

    def change(opened: Any) -> None:
        opened["storage"].attrs["units"] = "km3"

    found = verify_files(with_file(record, "plan.nc", netcdf(record["plan.nc"], change), covered=True))
    assert named(found, "plan.nc", "attribute units of storage") == [
        'plan.nc, attribute units of storage: "km3" stands there; solving again gives "hm3".'
    ]


def test_options_changed_in_the_plan_are_named(record: dict[str, bytes]) -> None:
    """What the plan says of its making is what the sources say."""

    def change(opened: Any) -> None:
        opened.attrs["overrides"] = json.dumps(["reservoir.upper_dam.initial=420"])

    found = verify_files(with_file(record, "plan.nc", netcdf(record["plan.nc"], change), covered=True), resolve=False)
    assert named(found, "inputs.nc", "storage_initial, upper_dam")


@pytest.mark.parametrize("covered", diagonal([False, True], True), ids=["as_is", "covered"])
def test_a_cell_changed_in_a_workbook_is_named(record: dict[str, bytes], covered: bool) -> None:
    """By sheet, row and column."""
    name = "tables/ru/allocation.xlsx"
    content = workbook(record[name], "xl/worksheets/sheet1.xml", r"<v>(\d+\.\d)</v>", "<v>12345.6</v>")
    found = verify_files(with_file(record, name, content, covered=covered), resolve=False)
    (sentence, *_) = named(found, name, "sheet Обзор, row")
    assert "12345.6" in sentence


def test_a_format_that_shows_other_digits_is_named(record: dict[str, bytes]) -> None:
    """Cells may read right and be shown wrong."""
    name = "tables/ru/allocation.xlsx"
    content = workbook(record[name], "xl/styles.xml", r"#,##0\.0", "#,##1.0")
    assert named(verify_files(with_file(record, name, content, covered=True), resolve=False), name, "xl/styles.xml")


OUT = ("tables/ru/deliveries.csv", "tables/ru/allocation.xlsx", "basin/nodes.csv", "scenario/deal.toml", "term-sheet.uz.txt", "inputs.nc")
IN = ("basin/extra.csv", "scenario/extra.toml", "tables/ru/extra.csv", "extra.txt", "notes/extra.txt")


def test_a_file_taken_out_or_put_in_is_named_by_the_manifest(record: dict[str, bytes]) -> None:
    """Every one of the record, and whatever is added."""
    for name in record.keys() - {MANIFEST}:
        assert [finding.file for finding in manifest_findings({key: record[key] for key in record if key != name})] == [name]
    for name in IN:
        assert [finding.file for finding in manifest_findings({**record, name: b"1\n"})] == [name]


@pytest.mark.parametrize("name", diagonal(OUT, "tables/ru/allocation.xlsx"))
def test_a_file_taken_out_is_named(record: dict[str, bytes], name: str) -> None:
    """Wherever it stood, though the manifest is made anew."""
    files = {key: content for key, content in record.items() if key != name}
    assert named(verify_files(cover(files), resolve=False), name)


@pytest.mark.parametrize("name", diagonal(IN, "tables/ru/extra.csv"))
def test_a_file_put_in_is_named(record: dict[str, bytes], name: str) -> None:
    """Wherever it stands, though the manifest is made anew."""
    assert named(verify_files(cover({**record, name: b"1\n"}), resolve=False), name)


def test_the_manifest_itself_is_named(record: dict[str, bytes]) -> None:
    """Every digit of it counts, and the files are not accused."""
    content = record[MANIFEST]
    for place in digit_places(content)[:: len(digit_places(content)) // 15]:
        found = manifest_findings({**record, MANIFEST: other_digit(content, place)})
        assert MANIFEST in {finding.file for finding in found} or any("file is missing" in finding.sentence for finding in found)
    assert [finding.file for finding in manifest_findings({**record, MANIFEST: b"{}"})] == [MANIFEST]
    assert [finding.file for finding in manifest_findings({**record, MANIFEST: content[:-100]})] == [MANIFEST]


def test_a_total_that_does_not_add_up_is_named(record: dict[str, bytes]) -> None:
    """In the term sheet and in tables."""
    text = record["term-sheet.toml"].decode()
    start = text.index("total_hm3 = ") + len("total_hm3 = ")
    changed = text[:start] + "9" + text[start:]
    found = verify_files(with_file(record, "term-sheet.toml", changed.encode(), covered=True), resolve=False)
    assert any("not the sum of the printed parts" in sentence for sentence in named(found, "term-sheet.toml", "delivery of UP"))


@examples(12, thorough=400)
@given(data=st.data())
def test_any_digit_of_any_text_is_found_by_the_manifest(record: dict[str, bytes], data: st.DataObject) -> None:
    """One digit, anywhere."""
    name = data.draw(
        st.sampled_from([name for name in sorted(record) if not name.endswith((".nc", ".xlsx")) and digit_places(record[name])])
    )
    place, step = data.draw(st.sampled_from(digit_places(record[name]))), data.draw(st.integers(1, 9))
    found = manifest_findings({**record, name: other_digit(record[name], place, step)})
    assert found
    assert name == MANIFEST or {finding.file for finding in found} == {name}


@examples(1, thorough=16)
@given(data=st.data())
def test_any_digit_of_any_text_is_found_without_the_manifest(record: dict[str, bytes], data: st.DataObject) -> None:
    """One digit anywhere, the manifest made anew: the file is named by the rest of the record."""
    texts = [name for name in sorted(record) if not name.endswith((".nc", ".xlsx")) and name != MANIFEST and digit_places(record[name])]
    name = data.draw(st.sampled_from(texts))
    place, step = data.draw(st.sampled_from(digit_places(record[name]))), data.draw(st.integers(1, 9))
    found = verify_files(with_file(record, name, other_digit(record[name], place, step), covered=True), resolve=False)
    assert named(found, name)
