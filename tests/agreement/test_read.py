"""Agreement files: every fault at once, told by the id of its clause."""

from __future__ import annotations

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
        ('[[clause]]\nid = "B"\nkind = "threshold_share"\nat = "down"\nthreshold = 1\nbase = "UP"\nshares = { UP = 0.7 }\n', ["add up to 0.7"]),
        ('[[clause]]\nid = "B"\nkind = "payback"\nat = "down"\ndebt = 1\n', ["the date the debt is due"]),
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
    ],
)
def test_clauses_fit_the_river(change: dict[str, Any], words: list[str]) -> None:
    """Names, dates and seasons against the basin and the horizon."""
    clause = {key: value for key, value in {"id": "mine", **BY_KIND["min_volume"].clause, **change}.items() if value is not None}
    with pytest.raises(AgreementError) as caught:
        river().with_clauses(clause).inputs()
    assert all(word in str(caught.value) for word in words), str(caught.value)


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
