"""Planted conflicts: whatever is told of them is true of plans on the curves, not only on the lines of some pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.passes.planted import asked_deal, check, conceding, possible
from tests.passes.test_areas import lake_and_dam
from tests.thorough import examples
from waterdeal.ask.explain import explain_conflict
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.run import load

if TYPE_CHECKING:
    from pathlib import Path

#: more than Dostyk can get in two months beside all that is promised: by about 478.5
DOSTYK = 'kind = "min_volume"\ndemands = "dustlik_kz"\nmonths = [7, 8]\nvalue = "900 hm3"\n'
#: of which it is told that it is not proven whether they help alone: neither pieces of curves nor plans beside them tell
UNSURE = {30: {"dostyk"}}
#: planned the whole way of a scenario: storages and volumes, with one conceding and with all
WHOLE = frozenset({4, 15, 16, 28})


@pytest.mark.thorough  # by default: what is told where areas bend, on random rivers
def test_the_asked_clause_alone_is_named(tmp_path: Path) -> None:
    """The deal with its mix has a plan, and with one clause more none: that clause is named, and what it alone concedes is enough."""
    case = load(asked_deal(tmp_path, DOSTYK))
    found = case.explain()
    assert found is not None
    assert (found.clauses, found.proven, found.unsure) == (("asked",), True, ())
    (way,) = found.menu
    assert way.amount == pytest.approx(478.5, abs=0.1)
    assert way.least >= 0.999 * way.amount
    assert possible(conceding(case.inputs, {"asked": way.amount}))


def drawn_clause(seed: int) -> str:
    """Draw a clause that asks for more than there is, or not."""
    draw = np.random.default_rng(seed)
    if seed % 3 == 0:
        body, value = [("toktogul", 9300), ("shardara", 1700), ("kayrakkum", 3300), ("charvak", 1900), ("andijan", 1700)][seed // 3 % 5]
        return f'kind = "end_storage"\nreservoir = "{body}"\non = 2026-10-01\nvalue = "{value * draw.uniform(0.98, 1.12):.1f} hm3"\n'
    demand, most = [("dustlik_kz", 600.0), ("kyzylorda_left_kz", 600), ("big_fergana_uz", 1100), ("kazalinsk_kz", 400)][seed % 4]
    first = int(draw.integers(4, 8))
    months, volume = [first, first + 1], most * draw.uniform(0.6, 1.4)
    return f'kind = "min_volume"\ndemands = "{demand}"\nmonths = {months}\nvalue = "{volume:.1f} hm3"\n'


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_of_a_planted_conflict_is_true(seed: int, tmp_path: Path) -> None:
    """Sets are irreducible, concessions are enough, and no plan concedes 99 % of one; some of each kind are planned pass by pass."""
    case = load(asked_deal(tmp_path, drawn_clause(seed)))
    found = case.explain()
    if found is None:
        assert possible(case.inputs)
    else:
        assert set(found.unsure) <= UNSURE.get(seed, set())
        check(case.inputs, replace(found, unsure=()), small=False, whole=seed in WHOLE)


@examples(2, thorough=100)
@given(
    water=st.lists(st.integers(20, 90), min_size=12, max_size=12),
    stored=st.sampled_from([700, 820, 900, 960]),
    sent=st.sampled_from([300, 520, 700]),
    kept=st.sampled_from([350, 480, 600]),
)
def test_what_is_told_is_true_where_areas_bend(water: list[int], stored: int, sent: int, kept: int) -> None:
    """A store, a volume sent and a lake held high: of random rivers too, all that is told is true of whole plans."""
    clauses: list[dict[str, Any]] = [
        {"id": "store", "kind": "end_storage", "reservoir": "dam", "value": stored, "on": "2027-01-01"},
        {"id": "sent", "kind": "min_volume", "at": "tail", "value": sent},
        {"id": "kept", "kind": "end_storage", "reservoir": "lake", "value": kept, "on": "2027-01-01"},
    ]
    inputs = lake_and_dam(tuple(water), 10).with_clauses(*clauses).inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    if found is None:
        assert possible(inputs)
    else:
        check(inputs, found, small=True, whole=sum(water) % 4 == 0)
