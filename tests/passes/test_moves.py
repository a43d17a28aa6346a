"""Hot verdicts against settled ones: what is told at once is provisional or final, and no answer changes without saying so."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.passes.planted import asked_deal, conceding, possible, refused
from tests.passes.test_areas import lake_and_dam
from tests.passes.test_planted import DOSTYK
from tests.thorough import THOROUGH
from waterdeal.ask.moves import Moves, Verdict
from waterdeal.errors import ScenarioError
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.run import load

if TYPE_CHECKING:
    from pathlib import Path

#: promises of the small river that cannot all hold
CLAUSES = [
    {"id": "store", "kind": "end_storage", "reservoir": "dam", "value": 900, "on": "2027-01-01"},
    {"id": "sent", "kind": "min_volume", "at": "tail", "value": 520},
    {"id": "kept", "kind": "end_storage", "reservoir": "lake", "value": 480, "on": "2027-01-01"},
]


@pytest.mark.parametrize("seed", range(10 if THOROUGH else 1))
def test_no_answer_changes_unannounced(seed: int) -> None:
    """Of 200 moves, 10 by default: settled is proven by whole solves, and is as was told at once, or says that it is not."""
    draw = np.random.default_rng(seed)
    inputs = lake_and_dam(tuple(draw.integers(20, 90, 12).tolist()), 10).with_clauses(*CLAUSES).inputs()
    moves = Moves(compile_model(build_model(inputs)), inputs, SolveOptions())
    answers = []
    for _ in range(20 if THOROUGH else 5):
        amounts = {name: float(draw.uniform(0, 400)) * float(draw.random() < 0.7) for name in ("store", "sent", "kept")}
        hot = moves.at_once(amounts)
        told = moves.settled(amounts)
        assert told.flipped == (told.holds != hot.holds)
        assert not told.provisional
        assert hot.provisional or told == hot
        assert moves.at_once(amounts) == Verdict(told.holds, provisional=False)
        changed = conceding(inputs, amounts)
        assert possible(changed) if told.holds else refused(changed)
        answers.append(told.holds)
    assert moves.at_once(dict.fromkeys(("store", "sent", "kept"), 1000.0)).holds


def test_a_plain_program_is_told_at_once_for_good() -> None:
    """Without curves nothing is provisional."""
    inputs = lake_and_dam((40,) * 12, 10, evaporation="line").with_clauses(*CLAUSES).inputs()
    moves = Moves(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert not moves.at_once({}).provisional
    assert moves.settled({}) == moves.at_once({})


def test_a_clause_that_is_not_there_is_refused() -> None:
    """A slip in the name of a clause is no concession of nothing."""
    inputs = lake_and_dam((40,) * 12, 10).with_clauses(*CLAUSES).inputs()
    moves = Moves(compile_model(build_model(inputs)), inputs, SolveOptions())
    with pytest.raises(ScenarioError, match="stored"):
        moves.at_once({"stored": 5.0})


@pytest.mark.thorough
def test_the_bundled_deal_answers_at_once(tmp_path: Path) -> None:
    """A verdict takes less than a tenth of a second, half of the time at least; what is enough is told so once it is settled."""
    moves = load(asked_deal(tmp_path, DOSTYK)).moves()
    times = []
    for amount in np.linspace(400, 600, 9):
        begin = process_time()
        moves.at_once({"asked": float(amount)})
        times.append(process_time() - begin)
    assert np.median(times) < 0.1
    assert moves.settled({"asked": 479.0}).holds
    assert not moves.settled({"asked": 470.0}).holds
