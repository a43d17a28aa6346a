"""Priorities of the user's own: each is a level of its own, before that of those who have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.drafts import Draft, draft, together, user
from waterdeal.basin.make import make_basin
from waterdeal.basin.read import read_basin
from waterdeal.errors import BasinDataError
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.model.levels import own_levels
from waterdeal.reports.quantity import level_name
from waterdeal.results.audit import audit
from waterdeal.run import make_case, solve_inputs
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.schema import USUAL_LEVELS
from waterdeal.solve.kept import KeptModel
from waterdeal.variables import levels_of
from waterdeal.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

DAY = {"period": {"start": "2026-04-01", "end": "2026-04-02", "step": "day"}}
#: hm3 of one m3/s over a day
CUMEC = 0.0864


def _river(water: float, *users: tuple[str, float, str, float | None], **content: Any) -> Draft:
    """Users at one place, who ask for m3/s, by kind and priority."""
    tables = [user(name, "fork", rate, kind, **({} if rank is None else {"priority": rank})) for name, rate, kind, rank in users]
    return draft(
        "spring catchment; fork junction; sea outlet",
        "melt spring fork; tail fork sea",
        runoff={"spring": water},
        scenario={**DAY, **content},
        **together(*tables),
    )


def _given(plan: xr.Dataset) -> list[float]:
    """Deliveries, m3/s."""
    return (plan["delivery"].values[:, 0] / CUMEC).round(6).tolist()


THREE = (("a", 1.5, "irrigation", 1), ("b", 1.2, "irrigation", 2), ("c", 1.0, "irrigation", 3))


@pytest.mark.parametrize("sharing", ["least_shortage", "equal_ratio"])
def test_users_are_served_in_the_order_of_their_priority(sharing: str) -> None:
    """Of 1.7 m3/s the first has its 1.5, the second 0.2, the third nothing: by either rule of sharing."""
    plan = solve_inputs(_river(1.7, *THREE, objective={"sharing": sharing}).inputs(), USUAL_LEVELS, SolveOptions())
    assert _given(plan) == [1.5, 0.2, 0.0]
    audit(plan).raise_if_bad()


def test_a_case_serves_who_is_first_before_who_is_upstream() -> None:
    """A user upstream without a priority, and three of 10, 5 and 1 below: of 20 m3/s the three have their 6 each, the first one 2."""
    river = draft(
        "spring catchment; up junction; low junction; sea outlet",
        "a spring up; b up low; c low sea",
        runoff={"spring": 20},
        scenario={**DAY, "objective": {"levels": ["drinking", "irrigation"], "least_supply": 0.2}},
        **together(user("none", "up", 10), *(user(f"u{rank}", "low", 6, priority=rank) for rank in (10, 5, 1))),
    )
    assert _given(make_case(river.content, river.basin()).solve().dataset) == [2.0, 6.0, 6.0, 6.0]


def test_users_of_one_priority_share_by_the_rule_of_the_scenario() -> None:
    """After the first, 2 m3/s are left to two that ask for 3 and 1: each has half by equal shares; who has no priority comes last."""
    asked = (("a", 1.0, "irrigation", 1), ("b", 3.0, "industry", 2), ("c", 1.0, "irrigation", 2), ("d", 1.0, "irrigation", None))
    plan = solve_inputs(_river(3, *asked, objective={"sharing": "equal_ratio"}).inputs(), USUAL_LEVELS, SolveOptions())
    assert _given(plan) == [1.0, 1.5, 0.5, 0.0]


def test_towns_have_an_order_of_their_own() -> None:
    """Industry of priority 1 comes before fields, but after every town, and the larger town after the one that is first."""
    asked = (("works", 1.0, "industry", 1), ("fields", 1.0, "irrigation", 2), ("first", 1.0, "municipal", 1), ("town", 1.0, "municipal", 2))
    plan = solve_inputs(_river(1.5, *asked).inputs(), USUAL_LEVELS, SolveOptions())
    assert _given(plan) == [0.0, 0.0, 1.0, 0.5]
    plan = solve_inputs(_river(2.5, *asked).inputs(), USUAL_LEVELS, SolveOptions())
    assert _given(plan) == [0.5, 0.0, 1.0, 1.0]


def test_there_are_as_many_levels_as_priorities() -> None:
    """Nine users of nine priorities are served one after the other, 12 after 2; each part tells what is missing to its own."""
    ranks = (1, 2, 3, 5, 8, 12, 20, 50, 99)
    inputs = _river(4.5, *((f"u{rank}", 1.0, "irrigation", rank) for rank in ranks)).inputs()
    plan = solve_inputs(inputs, USUAL_LEVELS, SolveOptions())
    assert _given(plan) == [1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0]
    parts = [level for level in levels_of(plan) if "_priority_" in level]
    assert parts == [f"irrigation_priority_{rank}" for rank in ranks]
    told = levels_of(plan)
    assert told["irrigation_priority_5"] == 0
    assert told["irrigation_priority_8"] > 0
    assert level_name("irrigation_priority_8", Words("en")).endswith("users of priority 8")


def test_without_priorities_nothing_changes() -> None:
    """No level is added where no demand has a priority."""
    inputs = _river(1.7, ("a", 1.5, "irrigation", None), ("b", 1.2, "irrigation", None)).inputs()
    assert own_levels(compile_model(build_model(inputs)), USUAL_LEVELS) == USUAL_LEVELS


@pytest.mark.thorough
def test_a_kept_model_keeps_the_order() -> None:
    """Ensembles and studies, which keep a model, serve by priority too."""
    inputs = _river(1.7, *THREE).inputs()
    kept = KeptModel(inputs, USUAL_LEVELS, SolveOptions(), ("runoff",))
    solution = kept.solve({"runoff": 2 * inputs["runoff"].values})
    found = kept.session.program.values_of("demand.delivery", solution.values)
    assert (found.ravel() / CUMEC).round(6).tolist() == [1.5, 1.2, 0.7]


def test_a_priority_is_a_whole_number() -> None:
    """Half a priority is refused, and so is none."""
    with pytest.raises(BasinDataError, match=r"a: a priority of 1\.5"):
        make_basin("draft", _river(1, ("a", 1.0, "irrigation", 1.5)).tables)
    with pytest.raises(BasinDataError, match="0 is out of range"):
        make_basin("draft", _river(1, ("a", 1.0, "irrigation", 0)).tables)


def test_a_header_may_leave_the_column_out_but_no_other_word_is_passed_over(tmp_path: Path) -> None:
    """The bundled basin has no such column; a column that no table knows is refused."""
    source = bundled_folder("data") / "syrdarya"
    assert read_basin(source).table("demands")["priority"].isna().all()
    folder = tmp_path / "basin"
    folder.mkdir()
    for path in source.glob("*"):
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    lines = (folder / "demands.csv").read_text(encoding="utf-8").splitlines()
    (folder / "demands.csv").write_text("\n".join([lines[0] + ",priorty", *(line + ",1" for line in lines[1:])]), encoding="utf-8")
    with pytest.raises(BasinDataError, match="priorty"):
        read_basin(folder)
