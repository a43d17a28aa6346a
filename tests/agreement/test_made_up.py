"""Water that is missing and comes later: by when, at which rate, on top of what passes anyway; and what a dry year leaves of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.agreement.kinds import rate, river
from tests.agreement.test_kinds import rows_of_mine
from tests.drafts import solve
from tests.model.test_golden import compare
from tests.thorough import diagonal
from waterdeal.agreement.forms import clause_rows
from waterdeal.agreement.inputs import clauses_of, unheld_parts
from waterdeal.agreement.river import River
from waterdeal.errors import AgreementError, Infeasible
from waterdeal.results.clauses import measure_clauses

if TYPE_CHECKING:
    from pathlib import Path

#: two days, 350 hm3 in all: 100 are due on the first
DAYS = ("2026-04-01", "2026-04-02")
LATE: tuple[dict[str, float], float] = ({"rate": 1.5, "ordinary": 20}, 80)
SENT = {"sent": {"amount": 1, "months": [4]}}


def volume(**made_up: Any) -> dict[str, Any]:
    """100 hm3 of the first day, made up by the end of the second."""
    return {"id": "owed", "kind": "min_volume", "at": "out", "value": 100, "end": DAYS[1], "made_up": {"by": "2026-04-03", **made_up}}


def release(**made_up: Any) -> dict[str, Any]:
    """The same as a release of an exchange."""
    told = {"at": "out", "by_step": {DAYS[0]: rate(100)}, "within": 0.0, "made_up": {"by": "2026-04-03", **made_up}}
    return {"id": "owed", "kind": "exchange", "release": told, **SENT}


def capped(*most: float) -> tuple[dict[str, Any], ...]:
    """At most so much on each day, whatever is promised."""
    by_step = dict(zip(DAYS, map(rate, most), strict=True))
    return ({"id": "cap", "kind": "max_flow", "at": "out", "by_step": by_step, "negotiable": False},)


def flows(clause: dict[str, Any], *most: float) -> list[float]:
    """What goes out on both days under a clause and a cap."""
    place = river().with_clauses(clause, *capped(*most))
    return solve(place.inputs(), levels=("agreement", "evenness"))["flow"].sel(link="out").values.tolist()


@pytest.mark.parametrize("clause", [volume, release], ids=["volume", "release"])
@pytest.mark.parametrize("case", diagonal([({}, 40), ({"rate": 1.5}, 60), LATE], LATE), ids=str)
def test_what_is_missing_comes_later(clause: Any, case: tuple[dict[str, float], float]) -> None:
    """60 of 100 can come on the first day, so 40 are missing: at their rate, and on top of what passes anyway, on the second, and no less."""
    made_up, least = case
    first, second = flows(clause(**made_up), 60, least)
    assert (first, second) == (pytest.approx(60, abs=1e-6), pytest.approx(least, abs=1e-6))
    with pytest.raises(Infeasible, match="owed"):
        flows(clause(**made_up), 60, least - 1)


@pytest.mark.parametrize("clause", [volume, release], ids=["volume", "release"])
def test_equations(clause: Any, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Rows of what may come late: all of it by its day, the ordinary volume, and in time as much as can be."""
    place = river().with_clauses({**clause(rate=1.5, ordinary=20), "id": "mine", "concession": 1})
    compare(rows_of_mine(place.inputs(), tmp_path), f"made_up_{clause.__name__}", request)


def test_a_penalty_is_no_row() -> None:
    """What is paid at last is said, and said to be outside the balance."""
    for clause in (volume(penalty=0.05), release(penalty=0.05)):
        inputs = river().with_clauses(clause).inputs()
        (read,) = clauses_of(inputs)
        assert "penalty" in unheld_parts(read, inputs)
        assert [phrase.key for phrase in read.phrases()].count("clause.penalty") == 1


def test_what_can_come_in_time_does() -> None:
    """Where nothing keeps it, all of it comes on its day, and the day after what passes anyway."""
    first, second = flows(volume(ordinary=20), 100, 20)
    assert (first, second) == (pytest.approx(100, abs=1e-6), pytest.approx(20, abs=1e-6))


def test_it_is_read_from_the_text_alone() -> None:
    """60 and 80 come: 60 and two thirds of 60 are what was promised; of that 60 came in time; the ordinary 20 did pass."""
    place = river().with_clauses(volume(rate=1.5, ordinary=20), *capped(60, 80))
    told = measure_clauses(solve(place.inputs(), levels=("agreement",))).set_index("part")
    assert told.loc[["whole", "whole_later", "whole_in_time"], "value"].tolist() == pytest.approx([100, 80, 60])
    assert told.loc[["whole", "whole_later", "whole_in_time"], "promised"].tolist() == pytest.approx([100, 20, 100])


@pytest.mark.parametrize(("scale", "share"), [({"by_class": {"dry": 0.8}}, 0.8), ({"by_class": {"wet": 0.8}}, 1), ({"by_class": {"dry": 0}}, 0),
                                              ({"index": 0.25, "points": [[0, 0.4], [0.5, 1]]}, 0.7)])  # fmt: skip
def test_a_scale_of_the_year_says_what_is_due_of_water(scale: dict[str, Any], share: float) -> None:
    """By class and by index, of a release and of a filling; of a release that falls away nothing is left that keeps water back."""
    deal = {"id": "deal", "kind": "exchange", **SENT, "filling": {"reservoir": "dam", "value": 100, "on": DAYS[1], "scale": scale},
            "release": {"at": "out", "value": rate(50), "within": 0.1, "scale": scale}}  # fmt: skip
    inputs = river().with_clauses(deal).inputs().assign_attrs(year_class="dry")
    (clause,) = clauses_of(inputs)
    rows = {(row.part, row.sense): row.bound for row in clause_rows(clause, River(inputs))}
    assert rows["filling", "at_least"] == pytest.approx(100 * share)
    assert rows.get((DAYS[0], "at_least"), 0.0) == pytest.approx(45 * share)
    assert rows.get((DAYS[0], "at_most"), 0.0) == pytest.approx(55 * share)


@pytest.mark.parametrize(("by", "told"), [("2026-05-01", "after the horizon"), (DAYS[1], "not after 2026-04-02")])
@pytest.mark.parametrize("clause", [volume, release], ids=["volume", "release"])
def test_a_day_that_makes_up_for_nothing_is_refused(clause: Any, by: str, told: str) -> None:
    """One clear error: the day lies beyond the plan, or within what is due itself."""
    wrong = clause()
    wrong.get("release", wrong)["made_up"]["by"] = by
    with pytest.raises(AgreementError, match=told) as caught:
        river().with_clauses(wrong).inputs()
    assert "made_up.by" in str(caught.value)
