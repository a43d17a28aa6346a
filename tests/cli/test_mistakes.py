"""Mistakes that people make in each sort of file: one cause is one problem, which says where, what stands there and what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands import call, release_deal, two_party_deal
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
_ALL = [(mistake, language) for mistake in MISTAKES for language in ("ru", "en")]
#: a sentence is Russian, whatever ids and values it names
_WORDS = {"ru": re.compile("[а-я]{3,}"), "en": re.compile("[a-z]{3,}")}


@pytest.mark.parametrize("case", diagonal(_ALL, *_ALL[::9]))
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
