"""What a model can do once it is expanded."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WRITING = """\
from waterdeal.examples import two_party_inputs
from waterdeal.model.build import build_model, materialise

model = materialise(build_model(two_party_inputs()))
model.irrigation_goal.activate()
model.write("model.lp", io_options={"symbolic_solver_labels": True})
"""


@pytest.mark.thorough  # by default: models materialised in this process, in solve/test_users_model and public/test_model
def test_an_expanded_model_writes_a_file_by_itself(tmp_path: Path) -> None:
    """Whoever has imported nothing of Pyomo can write it: what writes is brought along."""
    subprocess.run([sys.executable, "-c", WRITING], cwd=tmp_path, check=True)
    assert "water_balance" in (tmp_path / "model.lp").read_text(encoding="utf-8")
