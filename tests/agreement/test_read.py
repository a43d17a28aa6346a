"""Agreement files: every fault at once, told by the id of its clause."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.agreement.kinds import BY_KIND, river
from waterdeal.agreement.read import read_agreements
from waterdeal.errors import AgreementError, FileProblem

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'schema = "waterdeal/agreement@1"\n[agreement]\nid = "deal"\n'
GOOD = '[[clause]]\nid = "A"\nkind = "min_volume"\nat = "down"\nvalue = "0.1 km3"\n'


def read(folder: Path, text: str, changes: dict[str, dict[str, Any]] | None = None, name: str = "deal.toml") -> Any:
    """Write a file and read it."""
    (folder / "deal.toml").write_text(HEAD + text, encoding="utf-8")
    return read_agreements([name], folder, changes or {}, {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("min_volume", "min_volum"), ["clause A.kind", "Did you mean"]),
        (GOOD.replace("value", "vale"), ["clause A", "vale", "is not a known key", "value"]),
        (GOOD.replace("0.1 km3", "30 GWh"), ["clause A.value", "GWh"]),
        (GOOD + GOOD, ["stands twice"]),
        (GOOD.replace('at = "down"\n', ""), ["exactly one of at, demands"]),
        (GOOD + 'season = "growing"\nmonths = [4]\n', ["either season or months"]),
        (GOOD + "start = 2026-05-01\nend = 2026-04-01\n", ["before it starts"]),
        ('[[clause]]\nid = "B"\nkind = "min_flow"\nat = "down"\nvalue = -3\n', ["clause B", "below zero"]),
        ('[[clause]]\nid = "B"\nkind = "min_flow"\nat = "down"\n', ["Give value, by_month or by_step"]),
        (
            '[[clause]]\nid = "B"\nkind = "threshold_share"\nat = "down"\nthreshold = 1\nbase = "UP"\nshares = { UP = 0.7 }\n',
            ["add up to 0.7"],
        ),
        ('[[clause]]\nid = "B"\nkind = "payback"\nat = "down"\ndebt = 1\n', ["the date the debt is due"]),
        (GOOD.replace("0.1 km3", "-0.1 km3"), ["clause A", "-100 in value is below zero"]),
        (GOOD + "so_far = -1\n", ["-1 in so_far is below zero"]),
        (
            '[[clause]]\nid = "B"\nkind = "sliding_scale"\nat = "down"\nindex = { known = -3 }\npoints = [[0, 0], [1, 1]]\n',
            ["clause B", "-3 in known is below zero"],
        ),
        ('[[clause]]\nid = "B"\nkind = "min_flow"\nat = "down"\nby_step = { 2026-13 = 3 }\n', ["clause B.by_step"]),
        ('[[clause]]\nid = "B"\nat = "down"\n', ["clause B.kind", "is no kind of clause"]),
        ("", ["clause", "is missing"]),
        (GOOD.replace('"A"', '"not an id"'), ["clause not an id.id"]),
    ],
)
def test_faults_are_told(tmp_path: Path, text: str, words: list[str]) -> None:
    """What is wrong, and what would be right."""
    with pytest.raises(AgreementError) as caught:
        read(tmp_path, text)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_all_faults_at_once(tmp_path: Path) -> None:
    """Three faults in two clauses, and a change of a clause that is not there, in one error."""
    text = GOOD.replace("value", "vale") + '[[clause]]\nid = "B"\nkind = "min_flow"\nat = "down"\nvalue = "x"\n'
    with pytest.raises(AgreementError) as caught:
        read(tmp_path, text, {"C": {"value": 3}})
    found = str(caught.value)
    assert all(word in found for word in ("clause A", "clause B", "agreement.C", "is no clause"))


def test_changes_are_laid_over(tmp_path: Path) -> None:
    """A change of one field leaves the others, also inside tables."""
    (agreement,) = read(tmp_path, GOOD, {"A": {"value": "0.2 km3", "concession": 3}})
    assert (agreement.clause[0].value, agreement.clause[0].concession, agreement.clause[0].at) == (200, 3, "down")


def test_changes_reach_into_tables(tmp_path: Path) -> None:
    """One rate of a table can be changed; another field is refused as in the file."""
    text = '[[clause]]\nid = "B"\nkind = "max_flow"\nat = "down"\nby_month = { 4 = 30, 5 = 40 }\n'
    (agreement,) = read(tmp_path, text, {"B": {"by_month": {"5": "50 m3/s"}}})
    assert agreement.clause[0].by_month == {"4": 30, "5": 50}
    with pytest.raises(AgreementError, match="is not a known key"):
        read(tmp_path, text, {"B": {"vale": 3}})


def test_an_id_stands_in_one_file(tmp_path: Path) -> None:
    """Two files may not promise under one id."""
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(HEAD + GOOD, encoding="utf-8")
    with pytest.raises(AgreementError, match=r"two.toml, `clause A`: stands in one.toml too"):
        read_agreements(["one.toml", "two.toml"], tmp_path, {}, {})


def test_not_toml(tmp_path: Path) -> None:
    """A file that is no TOML is told by its name."""
    with pytest.raises(AgreementError, match=r"deal.toml.*TOML"):
        read(tmp_path, "[[clause]\n")


def test_paths_stay_in_the_folder(tmp_path: Path) -> None:
    """No file outside the folder, none that is missing."""
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "deal.toml").write_text(HEAD + GOOD, encoding="utf-8")
    with pytest.raises(AgreementError, match="outside the folder"):
        read_agreements(["../deal.toml"], folder, {}, {})
    with pytest.raises(FileProblem, match="cannot be read"):
        read_agreements(["none.toml"], folder, {}, {})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at": "don"}, ['"don" is not a link', "down"]),
        ({"at": None, "demands": ["feilds"]}, ["is not a demand", "fields"]),
        ({"party": "UPP"}, ["is not a party"]),
        ({"measured": [{"gauge": "dwn"}]}, ["is not a gauge"]),
        ({"start": "2026-03-01"}, ["so_far"]),
        ({"end": "2026-04-20"}, ["after the horizon ends"]),
        ({"season": "growing"}, ["the horizon holds 2 days"]),
        ({"months": [3, 4]}, ["month 3, 4", "does not hold wholly"]),
        ({"to": ["LOW", "UPP"]}, ['"UPP" is not a party', "UP"]),
    ],
)
def test_clauses_fit_the_river(change: dict[str, Any], words: list[str]) -> None:
    """Names, dates and seasons against the basin and the horizon."""
    clause = {key: value for key, value in {"id": "mine", **BY_KIND["min_volume"].clause, **change}.items() if value is not None}
    with pytest.raises(AgreementError) as caught:
        river().with_clauses(clause).inputs()
    assert all(word in str(caught.value) for word in words), str(caught.value)


IN_MONTHS = river(period={"start": "2026-03-01", "end": "2026-06-01", "step": "month"})
DAM = {"reservoir": "dam", "value": 200}
SCALE = {"kind": "sliding_scale", "at": "down", "points": [[0, 0], [100, 100]]}


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ({"kind": "end_storage", **DAM, "on": "2026-04-15"}, ["mine.on", "not the border of a step", "2026-04-01"]),
        ({"kind": "min_flow", "at": "down", "value": 3, "start": "2026-04-20"}, ["mine.start", "Nearest: 2026-05-01"]),
        ({"kind": "min_flow", "at": "down", "value": 3, "end": "2026-04-20"}, ["mine.end", "Nearest: 2026-05-01"]),
        ({"kind": "exchange", "filling": {**DAM, "on": "2026-04-15"}, "sent": {"amount": 3, "months": [3]}}, ["mine.filling.on", "border"]),
        ({"kind": "exchange", "filling": {**DAM, "on": "2027-04-01"}, "sent": {"amount": 3, "months": [3]}}, ["mine.filling.on", "outside the horizon"]),
        ({**SCALE, "index": {"storage": "dam", "on": "2026-04-15"}}, ["mine.index.on", "border"]),
        ({**SCALE, "index": {"storage": "dam", "on": "2026-09-01"}}, ["mine.index.on", "outside the horizon", "known"]),
        ({**SCALE, "index": {"storage": "dm"}}, ['"dm" is not a reservoir', "dam"]),
        ({"kind": "sliding_scale", "at": "down", "by_class": {"mean": 3}}, ["by_class", "no volume for the class"]),
        ({"kind": "min_flow", "at": "down", "by_step": {"2026-04-D1": 3}}, ["by_step", "2026-04-D1 is not a step", "2026-04"]),
        ({"kind": "min_flow", "at": "down", "by_step": {"2026-05-31": 3}}, ["2026-05-31 is not a step"]),
        (
            {"kind": "exchange", "release": {"at": "dwn", "value": 3}, "sent": {"amount": 3, "months": [3], "plants": "wrks"}},
            ["dwn", "wrks"],
        ),
        (
            {"kind": "exchange", "release": {"at": "down", "value": 3}, "sent": {"amount": 3, "months": [3]}, "start": "2026-02-01"},
            ["before the horizon", "Let it start with the horizon"],
        ),
        (
            {"kind": "threshold_share", "at": "down", "threshold": 3, "base": "UP", "shares": {"UP": 0.5, "LO": 0.5}},
            ['"LO" is not a party'],
        ),
        ({"kind": "equal_ratio", "among": ["UP", "LO"]}, ['"LO" is not a party', "LOW"]),
    ],
)
def test_clauses_fit_the_months(clause: dict[str, Any], words: list[str]) -> None:
    """Dates and labels of steps, wherever they stand in a clause."""
    place = replace(IN_MONTHS, volumes={"spring": [100, 100, 100]})
    with pytest.raises(AgreementError) as caught:
        place.with_clauses({"id": "mine", **clause}).inputs()
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_all_problems_with_the_river_at_once() -> None:
    """Names, dates and periods of several clauses, in one error."""
    with pytest.raises(AgreementError) as caught:
        river().with_clauses(
            {"id": "one", "kind": "min_volume", "at": "don", "value": 3, "start": "2026-03-01", "end": "2026-05-01"},
            {"id": "two", "kind": "energy_min", "plants": ["works", "wrks"], "value": 3, "season": "growing"},
        ).inputs()
    assert {problem.field for problem in caught.value.problems} == {"one.at", "one.so_far", "one.end", "two.plants", "two.season"}


def test_labels_of_other_seasons_sleep() -> None:
    """A rate for a step before or after the horizon says nothing about it, and is no fault."""
    clause = {"id": "mine", "kind": "min_flow", "at": "down", "by_step": {"2026-03-D1": 3, "2026-04-01": 5, "2026-07": 9}}
    assert river().with_clauses(clause).inputs()["row_part"].values.tolist() == ["2026-04-01"]


def test_a_share_of_each_step_has_no_past() -> None:
    """Only what adds up over a period asks for what has passed before."""
    clause = {"id": "mine", "kind": "share_of_flow", "of": "head", "takes": {"at": "gate"}, "value": 0.1, "start": "2026-03-01"}
    with pytest.raises(AgreementError, match="so_far"):
        river().with_clauses(clause).inputs()
    assert river().with_clauses({**clause, "each": "step"}).inputs().sizes["clause_row"] == 2


def test_a_clause_sleeps_outside_its_dates() -> None:
    """No rows for another season; its text stays."""
    clause = {"id": "mine", **BY_KIND["min_flow"].clause, "season": "non_growing"}
    inputs = river().with_clauses(clause).inputs()
    assert inputs.sizes["clause"] == 0
    assert '"mine"' in inputs.attrs["clauses"]


def test_what_has_passed_counts() -> None:
    """A volume that began before the horizon needs only what is left."""
    clause = {"id": "mine", **BY_KIND["min_volume"].clause, "start": "2026-03-01", "so_far": 60}
    inputs = river().with_clauses(clause).inputs()
    assert float(inputs["row_bound"][0]) == 340
