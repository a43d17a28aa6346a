"""Equations as text: the LP of the smallest river of each component. ``pytest --update-golden`` writes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.model.smallest import SMALLEST
from tests.model.variants import VARIANTS
from waterdeal.model.build import build_model, materialise
from waterdeal.scenario.schema import LEVELS

GOLDEN = Path(__file__).parents[1] / "golden"


def lp_text(model: Any, goal: str, folder: Path) -> str:
    """Write a model with one goal as LP text, by Pyomo, without comments; numbers to twelve digits."""
    model.component(f"{goal}_goal").activate()
    path = folder / f"{goal}.lp"
    model.write(str(path), io_options={"symbolic_solver_labels": True})
    model.component(f"{goal}_goal").deactivate()
    lines = [line.rstrip() for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("\\")]
    return "\n".join(" ".join(map(_rounded, line.split(" "))) for line in lines if line) + "\n"


def _rounded(word: str) -> str:
    """Round a number, so that the last bit of a machine does not matter."""
    try:
        number = float(word)
    except ValueError:
        return word
    return f"{number:+.12g}" if word.startswith(("+", "-")) else f"{number:.12g}"


def compare(text: str, name: str, request: pytest.FixtureRequest) -> None:
    """Compare with the golden file, or write it."""
    path = GOLDEN / f"{name}.lp"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"the equations of {name} changed; if meant, run pytest --update-golden"


@pytest.mark.parametrize("name", SMALLEST)
def test_component(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The equations of a component, as they stand in its LP."""
    river, goal = SMALLEST[name]
    compare(lp_text(materialise(build_model(river.inputs())), goal, tmp_path), name, request)


@pytest.mark.parametrize("name", VARIANTS)
def test_variant(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The equations of what a component does only where a basin or scenario asks for it."""
    make, goal = VARIANTS[name]
    compare(lp_text(materialise(build_model(make())), goal, tmp_path), name, request)


def test_goals(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The objective of every level, on the rivers where it says something."""
    shown = {
        "safety": "reservoir", "spillway": "catchment", "drinking": "demand", "agreement": "clause", "entitlement": "entitlement", "environment": "environment", "firm_power": "power_market", "power": "power_market",
        "least_supply": "demand", "irrigation": "demand", "rule_band": "reservoir", "operation": "ramp", "given": "give", "evenness": "entitlement", "lookahead": "lookahead", "benefit": "smoothness", "smoothness": "smoothness",
    }  # fmt: skip
    assert set(shown) == set(LEVELS)
    texts = []
    for goal, river in shown.items():
        text = lp_text(materialise(build_model(SMALLEST[river][0].inputs())), goal, tmp_path)
        texts.append(text[: text.index("s.t.")])
    compare("".join(texts), "goals", request)
