"""Mistakes that people make in each sort of file: one cause is one problem, which says where, what stands there and what to write."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import call, release_deal, two_party_deal
from tests.imports.workbooks import write_book
from tests.thorough import diagonal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Mistake = tuple[Callable[[Path], None], tuple[str, ...]]


def swap(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Write something else in a file."""

    def made(home: Path) -> None:
        text = (home / file).read_text(encoding="utf-8")
        assert old in text
        (home / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return made


def series(content: str | bytes, name: str = "in.csv", key: str = "") -> Callable[[Path], None]:
    """Plan with a file of inflow, or of requirements."""

    def made(home: Path) -> None:
        (home / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        asked = (
            ("[reservoir", f'[requirement]\nseries = "{name}"\n\n[reservoir')
            if key
            else ('year_class = "exceeded_90"', f'series = "{name}"')
        )
        swap("dry.toml", *asked)(home)

    return made


FLOWS = "node,time,runoff_m3s\n" + "".join(
    f"headwater,2026-{month:02}-{day:02},{20 + month}\n" for month in range(4, 10) for day in (1, 11, 21)
)
DAM = "[reservoir.upper_dam]"
#: each with what its one problem must name: where, what stands there, what to write
MISTAKES: dict[str, Mistake] = {
    "a date with points": (swap("dry.toml", "start = 2026-04-01", "start = 01.04.2026"), ("dry.toml", "13", "01.04.2026", "2026-04-01")),
    "a date as a text": (swap("dry.toml", "start = 2026-04-01", 'start = "01.04.2026"'), ("period.start", "01.04.2026", "2026-04-01")),
    "a decimal comma": (swap("dry.toml", "initial = 400", "initial = 400,5"), ("dry.toml", "400,5", "400.5")),
    "an unknown unit": (swap("dry.toml", "initial = 400", 'initial = "400 кубов"'), ("upper_dam.initial", "кубов", "km3", "acre-feet")),
    "a unit of rates": (swap("dry.toml", "initial = 400", 'initial = "400 m3/s"'), ("upper_dam.initial", "m3/s", "km3")),
    "an id by its name": (swap("dry.toml", DAM, '[reservoir."Верхнее водохранилище"]'), ("reservoir.Верхнее водохранилище", "upper_dam")),
    "a misspelt id": (swap("dry.toml", DAM, "[reservoir.uper_dam]"), ("reservoir.uper_dam", "upper_dam")),
    "a misspelt key": (swap("dry.toml", "initial = 400", "inital = 400"), ("upper_dam.inital", "initial")),
    "a class of year": (swap("dry.toml", "exceeded_90", "exceeded_80"), ("hydrology.year_class.exceeded_80", "exceeded_90")),
    "an end before the start": (swap("dry.toml", "end = 2026-10-01", "end = 2025-10-01"), ("period", "2025-10-01", "2026-04-01")),
    "a step": (swap("dry.toml", 'step = "dekad"', 'step = "decade"'), ("period.step", "decade", "dekad")),
    "a backslash": (swap("dry.toml", '"two_party"', '"C:\\data\\two"'), ("dry.toml", "C:\\data\\two", "/")),
    "no such basin": (swap("dry.toml", '"two_party"', '"two_parties"'), ("two_parties", "syrdarya")),
    "no such agreement": (swap("dry.toml", "deal.toml", "dael.toml"), ("dael.toml",)),
    "per cent": (swap("two_party/links.csv", ",0.9,", ",90%,"), ("links.csv", "efficiency", "90%", "0.9")),
    "a month in words": (swap("two_party/requirements.csv", "town,4,", "town,апрель,"), ("requirements.csv", "month", "апрель", "12")),
    "a code for a gap in a table": (swap("two_party/requirements.csv", "town,4,3", "town,4,-999"), ("requirements.csv", "rate_m3s", "-999")),
    "a limit by its name": (swap("dry.toml", "low_growing", "Лимит низовья"), ("entitlement.limits", "Лимит низовья", "48")),
    "a limit": (swap("dry.toml", "low_growing", "low_growin"), ("entitlement.limits.low_growin", "low_growing")),
    "another encoding": (lambda home: (home / "dry.toml").write_bytes("# Сырдарья\n".encode("cp1251")) and None, ("dry.toml", "UTF-8")),
    "a kind of clause": (swap("deal.toml", "min_volume", "min_volum"), ("deal.toml", "release.kind", "min_volum", "min_volume")),
    "a link by its name": (swap("deal.toml", '"fields_head"', '"Головное сооружение канала"'), ("release.at", "Головное сооружение канала", "fields_head")),
    "a party by its name": (swap("deal.toml", 'party = "UP"', 'party = "Верховье"'), ("release.party", "Верховье", "UP")),
    "a clause of another year": (swap("deal.toml", "2026-06-01", "2027-06-01"), ("deal.toml", "clause release", "2026-09-01")),
    "a clause below nothing": (swap("deal.toml", "60 hm3", "-60 hm3"), ("deal.toml", "clause release", "-60")),
    "a clause without a value": (swap("deal.toml", 'value = "60 hm3"\n', ""), ("deal.toml", "clause release.value")),
    "a node by its name": (swap("two_party/links.csv", ",headwater,", ",Верховье реки,"), ("links.csv", "2", "from_node", "Верховье реки", "headwater")),
    "a text for a number": (swap("two_party/requirements.csv", "town,1,", "town,1,abc"), ("requirements.csv", "2", "rate_m3s", "abc")),
    "a misspelt column": (swap("two_party/demands.csv", "demand,node,", "demand,nod,"), ("demands.csv", "1", "nod", "node")),
    "a word of another language": (swap("two_party/demands.csv", "irrigation", "орошение"), ("demands.csv", "kind", "орошение", "irrigation")),
    "a key of a basin": (swap("two_party/basin.toml", "licence", "licens"), ("basin.toml", "licens", "licence")),
    "a code for missing": (series(FLOWS.replace(",27\n", ",-999\n", 1)), ("in.csv", "headwater", "2026-07-01", "-999")),
    "a date of two readings": (series(FLOWS.replace("2026-04-01", "01/04/2026", 1)), ("in.csv", "B2", "01/04/2026", "13.04.2026")),
    "a row left out": (series(FLOWS.replace("headwater,2026-06-11,26\n", "")), ("in.csv", "2026-06-01", "2026-06-21")),
    "an unknown node": (series(FLOWS.replace("headwater", "Верхний")), ("in.csv", "Верхний", "headwater")),
    "a series without a unit": (series("узел;дата;значение\n" + FLOWS.replace(",", ";").partition("\n")[2]), ("in.csv", "значение", "headwater")),
    "words for a rate": (series(FLOWS.replace(",27\n", ",нет свед\n", 1)), ("in.csv", "C11", "нет свед")),
    "a day twice": (series(FLOWS + "headwater,2026-09-21,50\n"), ("in.csv", "headwater", "2026-09-21")),
    "an empty series": (series(""), ("in.csv",)),
    "a header alone": (series("node,time,runoff_m3s\n"), ("in.csv", "headwater")),
    "a series too short": (series(FLOWS.split("headwater,2026-08")[0]), ("hydrology.series", "2026-08-01", "2026-10-01")),
    "no table": (series('{"a": 1}', "in.json"), ("in.json",)),
    "a document": (series(b"PK\x03\x04abc", "in.docx"), ("in.docx",)),
    "a damaged NetCDF": (series(b"CDFxxxx", "in.nc"), ("in.nc",)),
    "a damaged XML": (series("<TimeSeries><a></TimeSeries>", "in.xml"), ("in.xml", "1", "18")),
    "HEC-DSS 6": (series(b"ZDSS" + b"\0" * 12 + b"6-WD" + b"\0" * 200, "in.dss"), ("in.dss", "6", "HEC-DSSVue", "CSV")),
    "GRIB": (series(b"GRIB\0\0\0\2abc7777", "in.grb2"), ("in.grb2", "NetCDF", "cdo")),
    "a missing series": (swap("dry.toml", 'year_class = "exceeded_90"', 'series = "none.csv"'), ("none.csv",)),
    "a demand by its name": (series("demand,time,rate_m3s\nгород,2026-04-01,3\n", "req.csv", "x"), ("req.csv", "2", "demand", "город", "town")),
    "a day of a demand": (series("demand,time,rate_m3s\ntown,01.04.2026,3\n", "req.csv", "x"), ("req.csv", "2", "time", "01.04.2026", "2026-04-01")),
    "demands that are none": (series("demand,time,rate_m3s\n", "req.csv", "x"), ("req.csv", "rate_m3s")),
    "no such layer": (swap("dry.toml", "[reservoir", '[facts]\nlayers = ["nobody"]\n\n[reservoir'), ("nobody", "layer.toml")),
}  # fmt: skip
BATCH = """schema = "waterdeal/batch@1"
scenarios = ["dry.toml"]
compare_to = "wet"
[[axis]]
id = "year"
values = [{ id = "wet" }, { id = "dry", set.hydrology.factor = 0.9 }]
"""
LAYER = {
    "layer.toml": 'schema = "waterdeal/layer@1"\nbasin = "two_party"\nparty = "LOW"\n',
    "hydrology.csv": "node,year_class,month,runoff_m3s,status,source\nheadwater,exceeded_90,7,60,assumed,own\n",
    "sources.csv": "source,citation,licence\nown,Own,CC0-1.0\n",
}
TRACES = "trace,node,time,runoff_m3s\n" + "".join(f"{trace},{row}\n" for trace in (1, 2) for row in FLOWS.splitlines()[1:])
DEAL = release_deal("60 hm3")
ACTUAL = "place,quantity,unit,start,value\nupper_dam,storage,hm3,2026-05-01,300\n"


def spoilt(text: str, old: str, new: str, name: str) -> Callable[[Path], None]:
    """Write a file with something else in it than what is right."""
    assert old in text
    return lambda home: (home / name).write_text(text.replace(old, new, 1), encoding="utf-8") and None


def layer(old: str, new: str) -> Callable[[Path], None]:
    """Plan with a layer of figures in which, or in the name of whose file, something else stands."""

    def made(home: Path) -> None:
        (home / "low").mkdir()
        for name, text in LAYER.items():
            (home / "low" / name.replace(old, new)).write_text(text.replace(old, new), encoding="utf-8")
        swap("dry.toml", "[reservoir", '[facts]\nlayers = ["low"]\n\n[reservoir')(home)

    return made


def book(*rows: list[object]) -> Callable[[Path], None]:
    """Write a workbook of measurements."""
    return lambda home: write_book(home / "a.xlsx", {"Факт": rows}) and None


_BATCH, _ENSEMBLE = "batch {home}/b.toml -o {home}/new --backend serial", "ensemble run {home}/dry.toml --inflow {home}/t.csv -o {home}/new --backend serial"
_TRACK = "track {home}/out --actual {home}/a"
#: mistakes of other commands, each with its command
ELSEWHERE: dict[str, tuple[str, Mistake]] = {
    "a key of a batch": (_BATCH, (spoilt(BATCH, "values", "value", "b.toml"), ("b.toml", "value", "values"))),
    "a setting of a batch": (_BATCH, (spoilt(BATCH, "factor", "faktor", "b.toml"), ("b.toml", "year", "dry", "hydrology.faktor", "factor"))),
    "a decimal comma in a batch": (_BATCH, (spoilt(BATCH, "0.9", "0,9", "b.toml"), ("b.toml", "6", "0,9", "400.5"))),
    "what a batch is compared to": (_BATCH, (spoilt(BATCH, 'to = "wet"', 'to = "wte"', "b.toml"), ("b.toml", "compare_to", "wte", "wet"))),
    "a link of a deal": ("check {home}/dry.toml", (swap("deal.toml", "fields_head", "field_head"), ("deal.toml", "release.at", "field_head", "fields_head"))),
    "a clause twice": ("check {home}/dry.toml", (spoilt(DEAL, "[[clause]]", "[[clause]]" + DEAL.partition("[[clause]]")[2] + "[[clause]]", "deal.toml"), ("deal.toml", "release"))),
    "a word in traces": (_ENSEMBLE, (spoilt(TRACES, ",27\n", ",нет\n", "t.csv"), ("t.csv", "D11", "нет"))),
    "a node of traces": (_ENSEMBLE, (spoilt(TRACES.replace("headwater", "hedwater"), "1", "1", "t.csv"), ("t.csv", "hedwater", "headwater"))),
    "a part of an ensemble": (_ENSEMBLE + " --shard 3/2", (spoilt(TRACES, "1", "1", "t.csv"), ("3/2", "0/64"))),
    "a unit of a measurement": (_TRACK + ".csv", (spoilt(ACTUAL, "hm3", "кубов", "a.csv"), ("a.csv", "A2", "кубов"))),
    "a figure of a measurement": (_TRACK + ".csv", (spoilt(ACTUAL, "300", "3OO", "a.csv"), ("a.csv", "E2", "3OO"))),
    "a day of a measurement": (_TRACK + ".csv", (spoilt(ACTUAL, "2026-05-01", "2026-13-01", "a.csv"), ("a.csv", "D2", "2026-13-01", "2026-04-01"))),
    "a place twice": (_TRACK + ".xlsx", (book(["Пост", "Дата", "Расход, м3/с"], ["fields_head", "01.05.2026", 10], ["fields_head", "01.05.2026", 12]), ("a.xlsx", "3", "Факт!C3", "Факт!C2"))),
    "a year nobody says": (_TRACK + ".xlsx", (book(["Расход, м3/с"], ["Пост", "I декада апреля", "II декада апреля"], ["fields_head", 10, 12]), ("a.xlsx", "Факт"))),
    "a party of a layer": ("check {home}/dry.toml", (layer('party = "LOW"', 'party = "Низ"'), ("low/layer.toml", "Низ", "UP, LOW"))),
    "a node of a layer": ("check {home}/dry.toml", (layer("headwater", "hedwater"), ("low/hydrology.csv", "2", "node", "hedwater", "headwater"))),
    "a table of a layer": ("check {home}/dry.toml", (layer("hydrology.csv", "hidrology.csv"), ("low/hidrology.csv", "hydrology"))),
    "sources of a layer": ("check {home}/dry.toml", (layer("source,citation", "source,citasion"), ("low/sources.csv", "1", "citasion", "citation"))),
    "a damaged ods": ("check {home}/dry.toml", (series(b"PK\3\4abcd", "in.ods"), ("in.ods",))),
    "a cell of a workbook": (_TRACK + ".xlsx", (book(["Пост", "Дата", "Расход, м3/с"], ["fields_head", "31.04.2026", 10]), ("a.xlsx", "Факт!B2", "31.04.2026"))),
}  # fmt: skip
_ALL = [(mistake, language) for mistake in MISTAKES for language in ("ru", "en")]
_OTHERS = [(mistake, language) for mistake in ELSEWHERE for language in ("ru", "en")]
#: a sentence is Russian, whatever ids and values it names
_WORDS = {"ru": re.compile("[а-я]{3,}"), "en": re.compile("[a-z]{3,}")}


@pytest.mark.parametrize("case", diagonal(_ALL, *_ALL[::17]))
def test_a_mistake_is_one_problem_that_says_all(case: tuple[str, str], tmp_path: Path) -> None:
    """What, where and the remedy, in the language asked for."""
    mistake, language = case
    home = tmp_path / "river"
    dry = two_party_deal(home, release_deal("60 hm3"))
    swap("dry.toml", 'basin = "two_party"', 'basin = "two_party"\nagreements = ["deal.toml"]')(home)
    spoil, named = MISTAKES[mistake]
    spoil(home)
    told = call("check", dry, "--lang", language)
    assert told.code in {4, 9}, told
    lines = told.err.strip().splitlines()
    assert len(lines) == (2 if told.code == 4 else 1), told.err
    assert not [name for name in named if name not in lines[-1]], (named, lines[-1])
    assert _WORDS[language].search(lines[-1].replace("headwater", ""))
    assert len(re.findall(r"[.!?:;)»\"] ", lines[-1])) > 0, "what is wrong, and what to do"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The river with its deal, and its run."""
    home = tmp_path_factory.mktemp("planned") / "river"
    dry = two_party_deal(home, release_deal("60 hm3"))
    swap("dry.toml", 'basin = "two_party"', 'basin = "two_party"\nagreements = ["deal.toml"]')(home)
    assert call("run", dry, "-o", home / "out", "--quick", "--format", "csv").code == 0
    return home


@pytest.mark.parametrize("case", diagonal(_OTHERS, *_OTHERS[::13]))
def test_a_mistake_of_other_commands(case: tuple[str, str], planned: Path, tmp_path: Path) -> None:
    """Of batches, agreements, ensembles, measurements and layers: one problem, which names file, place, value and remedy."""
    mistake, language = case
    home = shutil.copytree(planned, tmp_path / "river")
    line, (spoil, named) = ELSEWHERE[mistake]
    spoil(home)
    told = call(*line.format(home=home).split(" "), "--lang", language)
    assert told.code in {2, 4, 9}, told
    lines = told.err.strip().splitlines()
    assert told.code == 2 or len(lines) == (2 if told.code == 4 else 1), told.err
    assert not [name for name in named if name not in lines[-1]], (named, lines[-1])
    assert _WORDS[language].search(lines[-1].replace("headwater", ""))
