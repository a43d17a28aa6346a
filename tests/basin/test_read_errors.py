"""Every fault of a basin folder is reported with file, row and field, in one error."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from waterdeal.basin.read import read_basin
from waterdeal.errors import BasinDataError, FileProblem, Problem
from waterdeal.scenario.locate import bundled_folder

Edit = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the bundled basin to a folder that can be spoilt."""
    return Path(shutil.copytree(bundled_folder("data") / "syrdarya", tmp_path / "river"))


def change(file: str, pattern: str, new: str) -> Edit:
    """Replace the first match of a pattern, line by line."""

    def edit(folder: Path) -> None:
        path = folder / file
        text, count = re.subn(pattern, new, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
        assert count == 1, f"{pattern} is not in {file}"
        path.write_text(text, encoding="utf-8")

    return edit


def add(file: str, *rows: str) -> Edit:
    """Add rows at the end of a table."""

    def edit(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{row}\n" for row in rows)

    return edit


def raw(file: str, spoil: Callable[[bytes], bytes]) -> Edit:
    """Change the bytes of a file."""

    def edit(folder: Path) -> None:
        (folder / file).write_bytes(spoil((folder / file).read_bytes()))

    return edit


def all_of(*edits: Edit) -> Edit:
    """Do several edits."""

    def edit(folder: Path) -> None:
        for one in edits:
            one(folder)

    return edit


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """Read a folder that must be refused."""
    with pytest.raises(BasinDataError) as caught:
        read_basin(folder)
    assert str(caught.value).startswith(f"{len(caught.value.problems)} problem")
    return caught.value.problems


TOKTOGUL = r"^toktogul,5500,19500,in_inflow,$"
CELLS: dict[str, tuple[Edit, str, int | None, str, str]] = {
    "number with unit": (change("reservoirs.csv", TOKTOGUL, "toktogul,5500 hm3,19500,in_inflow,"), "reservoirs.csv", 2, "dead_hm3", "not a number"),
    "decimal comma": (change("reservoirs.csv", r"^andijan,150,", 'andijan,"150,5",'), "reservoirs.csv", 3, "dead_hm3", "Write 150.5"),
    "nan": (change("reservoirs.csv", r"^kayrakkum,824,", "kayrakkum,NaN,"), "reservoirs.csv", 4, "dead_hm3", "not a finite number"),
    "inf": (change("reservoirs.csv", r"^charvak,426,2006,", "charvak,426,inf,"), "reservoirs.csv", 5, "full_hm3", "not a finite number"),
    "blank": (change("reservoirs.csv", r"^akhangaran,67,", "akhangaran,,"), "reservoirs.csv", 6, "dead_hm3", "is blank"),
    "unknown word": (change("reservoirs.csv", r"^tuyabuguz,30,250,none,", "tuyabuguz,30,250,in_inflw,"), "reservoirs.csv", 7, "evaporation", 'mean "in_inflow"'),
    "negative runoff": (change("hydrology.csv", r"^naryn_source,exceeded_05,2,.*$", "naryn_source,exceeded_05,2,-1"), "hydrology.csv", 3, "runoff_m3s", "loss_m3s"),
    "negative rate": (change("requirements.csv", r"^tash_kumyr_kg,1,0.0$", "tash_kumyr_kg,1,-0.5"), "requirements.csv", 2, "rate_m3s", "out of range"),
    "month 13": (change("requirements.csv", r"^tash_kumyr_kg,1,", "tash_kumyr_kg,13,"), "requirements.csv", 2, "month", "out of range"),
    "bad id": (change("nodes.csv", r"^kurpsai,", "Kurpsai!,"), "nodes.csv", 4, "node", "is not an id"),
    "duplicate id": (add("nodes.csv", "toktogul,reservoir,KG,0,,,Toktogul,Токтогул,,"), "nodes.csv", 74, "node", "second time"),
    "month written otherwise": (add("evaporation.csv", "charvak,01,14.2"), "evaporation.csv", None, "reservoir", "second time"),
    "two parsers of one number": (change("reservoirs.csv", r"^shardara,389,", "shardara,3_89,"), "reservoirs.csv", 8, "dead_hm3", "not a number"),
    "beyond measure": (change("reservoirs.csv", r"^koksarai,0,3000,", "koksarai,0,1e308,"), "reservoirs.csv", 9, "full_hm3", "out of range"),
    "duplicate month": (add("evaporation.csv", "charvak,1,14.2"), "evaporation.csv", None, "reservoir", "second time"),
    "unknown node": (change("links.csv", r"^naryn_toktogul,naryn_source,toktogul,", "naryn_toktogul,naryn_source,toktogull,"), "links.csv", 2, "to_node", 'Did you mean "toktogul"?'),
    "unknown party": (change("demands.csv", r"^tash_kumyr_kg,tash_kumyr,KG,", "tash_kumyr_kg,tash_kumyr,KGZ,"), "demands.csv", 2, "party", '"KGZ" is not a party of parties.csv'),
}  # fmt: skip


@pytest.mark.thorough  # by default: all of them in one error
@pytest.mark.parametrize("case", CELLS)
def test_cells(case: str, folder: Path) -> None:
    """A bad cell is named by file, row and column, with the remedy."""
    edit, file, row, field, words = CELLS[case]
    edit(folder)
    found = [problem for problem in problems_of(folder) if words in f"{problem.found} {problem.expected}"]
    assert len(found) == 1
    assert (found[0].file, found[0].field) == (file, field)
    assert found[0].row == row or (row is None and found[0].row is not None)


FILES: dict[str, tuple[Edit, str, int | None, str, str]] = {
    "missing file": (lambda folder: (folder / "demands.csv").unlink(), "demands.csv", None, "", "missing"),
    "missing column": (change("links.csv", "from_node,", ""), "links.csv", 1, "from_node", "column is missing"),
    "unknown column": (change("links.csv", "capacity_m3s", "capacity"), "links.csv", 1, "capacity", "not a column"),
    "nul bytes": (raw("parties.csv", lambda text: text + b"\0\0"), "parties.csv", None, "", "binary data"),
    "truncated row": (raw("limits.csv", lambda text: text + b"uz_growing_2030,UZ,grow"), "limits.csv", 17, "", "3 cells"),
    "two files": (lambda folder: (folder / "plants.txt").write_text("plant\n"), "plants.csv", None, "", "plants.csv, plants.txt"),
    "column twice": (change("limits.csv", "limit,party,", "limit,limit,party,"), "limits.csv", 1, "", "twice"),
    "empty file": (raw("limits.csv", lambda _: b""), "limits.csv", None, "", "the table is empty"),
    "no basin header": (change("basin.toml", "schema = .*", ""), "basin.toml", None, "schema", "schema is"),
    "broken header": (raw("basin.toml", lambda text: text + b"\n[["), "basin.toml", None, "", "TOML"),
}


@pytest.mark.parametrize("case", FILES)
def test_files(case: str, folder: Path) -> None:
    """A file that is missing, cut or no table is named once, with the remedy."""
    edit, file, row, field, words = FILES[case]
    edit(folder)
    places = {(p.file, p.row, p.field) for p in problems_of(folder) if words in f"{p.found} {p.expected}"}
    assert (file, row, field) in places


RULES: dict[str, tuple[Edit, str, str]] = {
    "water runs in a circle": (change("links.csv", r"^kurpsai_release,kurpsai,tash_kumyr,", "kurpsai_release,kurpsai,toktogul,"), "links.csv", "circle: "),
    "catchment with inflow": (change("links.csv", r"^kurpsai_release,kurpsai,tash_kumyr,", "kurpsai_release,kurpsai,naryn_lateral,"), "links.csv", "catchment naryn_lateral"),
    "outlet with outflow": (change("nodes.csv", r"^kurpsai,junction,", "kurpsai,outlet,"), "links.csv", "outlet kurpsai"),
    "junction without outflow": (change("nodes.csv", r"^(?=toktogul,)", "swamp,junction,KG,,,,Swamp,Болото,,\n"), "links.csv", "junction swamp: no link"),
    "canal to nowhere": (all_of(add("nodes.csv", "ditch,canal,KG,,,,Ditch,Канава,,"), add("links.csv", "ditch_head,kurpsai,ditch,canal,,,,,,,Ditch,Канава,,")), "demands.csv", "canal ditch"),
    "curve not rising": (change("curves.csv", "^toktogul,846.0,7021.1,", "toktogul,846.0,5021.1,"), "curves.csv", "does not rise"),
    "curve against its areas": (change("curves.csv", "^toktogul,846.0,7021.1,", "toktogul,846.0,7521.1,"), "curves.csv", "toktogul gains"),
    "curve short of full storage": (change("curves.csv", r"^andijan,.*,1900.0,.*\n", ""), "curves.csv", "andijan"),
    "eleven months": (change("evaporation.csv", r"^charvak,7,.*\n", ""), "evaporation.csv", "charvak lacks month 7"),
    "eleven months of a requirement": (change("requirements.csv", r"^tash_kumyr_kg,12,.*\n", ""), "requirements.csv", "tash_kumyr_kg lacks month 12"),
    "eleven months of runoff": (change("hydrology.csv", r"^naryn_source,exceeded_05,12,.*\n", ""), "hydrology.csv", "naryn_source, exceeded_05 has no value in month 12"),
    "reservoir without row": (change("nodes.csv", "^kurpsai,junction,", "kurpsai,reservoir,"), "reservoirs.csv", "kurpsai has no row"),
    "row without reservoir": (add("reservoirs.csv", "kurpsai,1,2,none,"), "reservoirs.csv", "kurpsai is not a reservoir"),
    "crossed bounds": (change("reservoirs.csv", TOKTOGUL, "toktogul,19500,5500,in_inflow,"), "reservoirs.csv", "dead storage 19500 is above full storage 5500"),
    "a day of access that is none": (change("sources.csv", r"2026-11-29$", "November"), "sources.csv", "accessed on November"),
    "a date of the basin that is none": (change("basin.toml", r"^date = 2026-11-30$", 'date = "soon"'), "basin.toml", ""),
    "no provenance": (change("provenance.csv", r"^reservoirs,\*?.*\n", ""), "provenance.csv", "reservoirs."),
    "party of nothing": (add("parties.csv", "TM,Turkmenistan,Туркменистан,,"), "parties.csv", '"TM" stands in no other table'),
    "loss and efficiency": (change("links.csv", r"^naryn_toktogul,naryn_source,toktogul,river,,,,,,", "naryn_toktogul,naryn_source,toktogul,river,,,,0.1,0.9,"), "links.csv", "both a loss fraction and an efficiency"),
    "catchment without runoff": (add("nodes.csv", "spring,catchment,KG,,,,Spring,Родник,,"), "hydrology.csv", "catchment spring has no runoff"),
    "return to nowhere": (change("demands.csv", "^(tash_kumyr_kg,.*,jalal_abad,),,,,", r"\1,0.2,,,"), "demands.csv", "tash_kumyr_kg returns water to nowhere"),
    "return to a dead end": (change("demands.csv", "^(tash_kumyr_kg,.*,jalal_abad,),,,,", r"\1,0.2,bekabad,10,"), "demands.csv", "returns water to bekabad, which no link leaves"),
}  # fmt: skip


@pytest.mark.thorough  # by default: some together
@pytest.mark.parametrize("case", RULES)
def test_rules(case: str, folder: Path) -> None:
    """A river that cannot be is refused in a sentence naming the place."""
    edit, file, words = RULES[case]
    edit(folder)
    assert [problem.file for problem in problems_of(folder) if words in problem.found][:1] == [file]


def test_all_faults_in_one_error(folder: Path) -> None:
    """Each cell is named by file, row and column beside all others and a row cut short; a fault is a line."""
    for edit, *_ in CELLS.values():
        edit(folder)
    FILES["truncated row"][0](folder)
    problems = problems_of(folder)
    for case, (_, file, row, field, words) in CELLS.items():
        told = [problem for problem in problems if (problem.file, problem.field) == (file, field) and words in f"{problem.found} {problem.expected}"]
        assert any(problem.row == row or (row is None and problem.row is not None) for problem in told), case
    assert "limits.csv" in {problem.file for problem in problems}
    assert len(str(BasinDataError("river", problems)).splitlines()) == len(problems) + 1


#: rules that can be broken together
TOGETHER = {
    "network": ("water runs in a circle", "junction without outflow", "canal to nowhere", "party of nothing", "loss and efficiency"),
    "catchment and outlet": ("catchment with inflow", "outlet with outflow", "catchment without runoff"),
    "bodies": ("curve not rising", "curve short of full storage", "reservoir without row", "crossed bounds"),
    "water": ("curve against its areas", "eleven months", "eleven months of a requirement", "no provenance", "return to nowhere"),
    "runoff": ("eleven months of runoff",),
    "sources": ("row without reservoir", "return to a dead end", "a day of access that is none"),
    "header": ("a date of the basin that is none",),
}


@pytest.mark.parametrize("group", TOGETHER)
def test_all_rules_in_one_error(group: str, folder: Path) -> None:
    """Faults of meaning are gathered too: each is told in a sentence naming the place."""
    for case in TOGETHER[group]:
        RULES[case][0](folder)
    problems = problems_of(folder)
    for case in TOGETHER[group]:
        _, file, words = RULES[case]
        assert file in {problem.file for problem in problems if words in problem.found}, case


def test_every_rule_is_broken_by_default() -> None:
    """In one group or another."""
    assert {case for cases in TOGETHER.values() for case in cases} == set(RULES)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("x"), lambda path: path.mkdir()])
def test_no_basin_folder(make: Callable[[Path], None], tmp_path: Path) -> None:
    """A folder that is missing, a file, or without basin.toml is a file problem."""
    make(tmp_path / "nothing")
    with pytest.raises(FileProblem, match="nothing"):
        read_basin(tmp_path / "nothing")


def test_bundled_basin_reads(folder: Path) -> None:
    """The copy is sound, column order is free, and a BOM and CRLF are no fault."""
    text = (folder / "past_flows.csv").read_text(encoding="utf-8")
    rows = [",".join(reversed(row.split(","))) for row in text.splitlines()]
    (folder / "past_flows.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(rows).encode())
    basin, plain = read_basin(folder), read_basin(bundled_folder("data") / "syrdarya")
    assert basin.table("past_flows").equals(plain.table("past_flows"))
    assert set(basin.digests) >= {"nodes.csv", "hydrology.csv"}


HEADERS = {
    'growing_season = ["02-29", "10-01"]': "growing_season.0", 'growing_season = ["04-01"]': "growing_season.1", 'growing_season = "04-01"': "growing_season",
    "growing_season = [4, 10]": "growing_season.0", 'water_year_start = "13-01"': "water_year_start", "water_year_start = 10": "water_year_start",
    'hydrology = "../hydrology.csv"': "hydrology", 'hydrology = "h\\u0000.csv"': "", "licence = 3": "licence", "colour = 1": "colour",
    'name.xx = "a"': "name.xx.[key]", "name.en = 3": "name.en", 'id = ""': "id", "id = 3": "id",
}  # fmt: skip


@pytest.mark.parametrize("line", HEADERS)
def test_header(line: str, folder: Path) -> None:
    """A key of basin.toml that is unknown, or holds what cannot be, is named."""
    key = line.partition(" ")[0].partition(".")[0]
    name = [] if key == "id" else ['id = "river"']
    (folder / "basin.toml").write_text("\n".join(['schema = "waterdeal/basin@1"', *name, line]), encoding="utf-8")
    assert HEADERS[line] in [problem.field for problem in problems_of(folder)]
