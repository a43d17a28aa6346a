"""Room of clauses where areas bend: what is told has a plan that a scenario asking for it settles at, and beyond the bound there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.passes.planted import possible, refused
from tests.passes.test_areas import lake_and_dam
from tests.thorough import examples
from waterdeal.ask.margins import clause_rooms
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.results.lines import with_lines, without_marks
from waterdeal.run import solve_inputs
from waterdeal.scenario.schema import LEVELS

if TYPE_CHECKING:
    import xarray as xr

#: hm3 beyond a bound that hulls must refuse, and within what is told
APART = 1e-3


@examples(1, thorough=25)
@given(water=st.lists(st.integers(30, 90), min_size=12, max_size=12), stored=st.integers(150, 400), sent=st.integers(100, 250))
def test_the_room_that_is_told_is_there_and_no_more_than_its_bound(water: list[int], stored: int, sent: int) -> None:
    """Each clause alone asks for its room in a scenario read anew, with a plan; for more than its bound it is refused."""
    river = lake_and_dam(tuple(water), 10)
    asked = {"store": stored, "sent": sent}

    def inputs_of(**more: float) -> xr.Dataset:
        value = {name: asked[name] + more.get(name, 0.0) for name in asked}
        store = {"id": "store", "kind": "end_storage", "reservoir": "dam", "value": value["store"], "on": "2027-01-01"}
        return river.with_clauses(store, {"id": "sent", "kind": "min_volume", "at": "tail", "value": value["sent"]}).inputs()

    if not possible(inputs_of()):
        return
    lines = with_lines(inputs_of(), solve_inputs(inputs_of(), LEVELS, SolveOptions()))
    wet = without_marks(lines)
    for room in clause_rooms(compile_model(build_model(wet)), wet, SolveOptions(), lines):
        assert room.proven
        assert room.amount <= room.most
        assert room.amount <= APART or possible(inputs_of(**{room.clause: room.amount - APART}))
        assert refused(inputs_of(**{room.clause: room.most + APART}))
