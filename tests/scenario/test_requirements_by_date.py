"""Requirements by date: a file beside the scenario, whose rates hold until the next day that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drafts import draft, together, user
from waterdeal.basin.origins import origins_of
from waterdeal.errors import ScenarioError
from waterdeal.results.result import open_result
from waterdeal.run import make_case
from waterdeal.run_folder import run_files
from waterdeal.scenario.read import make_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.run import Case

#: hm3 of one m3/s over a day
CUMEC = 0.0864
FOUR_DAYS = {"start": "2026-04-01", "end": "2026-04-05", "step": "day"}


def _case(folder: Path, text: str, **requirement: object) -> Case:
    """Make a case of a river with two users and a file of requirements."""
    (folder / "asked.csv").write_text(text, encoding="utf-8")
    river = draft(
        "spring catchment; fork junction; sea outlet",
        "a spring fork; b fork sea",
        runoff={"spring": 100},
        scenario={"period": FOUR_DAYS, "requirement": {"series": "asked.csv", **requirement}},
        **together(user("fields", "fork", 7), user("town", "fork", 2, "municipal")),
    )
    return make_case(make_scenario(river.content, folder / "s.toml", {"s.toml": ""}), river.basin())


ASKED = "demand,time,rate_m3s\nfields,2026-03-20,5\nfields,2026-04-02,12\nfields,2026-04-04,0\n"


def test_a_rate_holds_until_the_next(tmp_path: Path) -> None:
    """5 on the first day, 12 on the next two, nothing on the last; who is not in the file asks by month."""
    case = _case(tmp_path, ASKED)
    assert (case.inputs["requirement"].values / CUMEC).tolist() == [pytest.approx([5, 12, 12, 0]), pytest.approx([2] * 4)]
    plan = case.solve()
    assert (plan.dataset["delivery"].values[0] / CUMEC).tolist() == pytest.approx([5, 12, 12, 0])


def test_a_step_has_the_mean_of_its_days(tmp_path: Path) -> None:
    """A dekad of one day of 5, two of 12 and seven of none has 29 days' worth, and factors act on it."""
    case = _case(tmp_path, ASKED, factor=2).set({"period": {"start": "2026-04-01", "end": "2026-04-11", "step": "dekad"}})
    assert float(case.inputs["requirement"][0, 0]) == pytest.approx(2 * 29 * CUMEC)


def test_the_file_goes_with_the_run_and_is_named_as_the_origin(tmp_path: Path) -> None:
    """A run holds the file; the figures of its demands are the scenario's."""
    case = _case(tmp_path, ASKED)
    files = run_files(case, case.solve().dataset)
    assert files["sources/scenario/asked.csv"] == ASKED.encode()
    origins = {row["figure"]: row for row in origins_of(case.inputs)}
    assert {row["note"] for name, row in origins.items() if name.startswith("requirements.fields")} == {"own series asked.csv"}
    assert {row["source"] for name, row in origins.items() if name.startswith("requirements.town")} == {"example"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("demand,time,rate_m3s\nfields,2026-04-02,5\n", "requirements of fields begin on 2026-04-02"),
        ("demand,time,rate_m3s\nfield,2026-04-01,5\n", "field"),
        ("demand,time,rate_m3s\nfields,1 April,5\n", '"1 April" is no day'),
        ("demand,time,rate_m3s\nfields,2026-04-01,-5\n", "-5 is out of range"),
        ("demand,time,rate_m3s,note\nfields,2026-04-01,5,x\n", "note"),
        ("demand,time,rate_m3s\nfields,2026-04-01,5\nfields,2026-04-01,6\n", "asked.csv, row 3, `demand`"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, text: str, told: str) -> None:
    """A file that starts too late, an unknown demand, a day that is none, a rate below nothing, a column or a row too many."""
    with pytest.raises(ScenarioError) as refused:
        _case(tmp_path, text)
    assert told in str(refused.value)


def test_it_stands_beside_its_scenario(tmp_path: Path) -> None:
    """A file that is missing or elsewhere is refused."""
    case = _case(tmp_path, ASKED)
    with pytest.raises(ScenarioError, match=r"other\.csv"):
        case.set({"requirement.series": "other.csv"})


@pytest.mark.thorough
def test_another_file_is_read_where_it_is_named(tmp_path: Path) -> None:
    """A change of the file changes the requirements, and a plan made of it can be opened."""
    case = _case(tmp_path, ASKED)
    (tmp_path / "less.csv").write_text("demand,time,rate_m3s\nfields,2026-04-01,1\n", encoding="utf-8")
    other = case.set({"requirement.series": "less.csv"})
    assert (other.inputs["requirement"].values[0] / CUMEC).tolist() == pytest.approx([1] * 4)
    other.solve().save(tmp_path / "plan.nc")
    assert open_result(tmp_path / "plan.nc").audit().passed
