"""The ratios that must not get worse: ``python benchmarks/gate.py`` prints them as JSON; tests/benchmarks/test_gate.py holds them.

Ratios of medians of CPU seconds of one process, never seconds: a machine twice as slow gives the same. The limits are generous, since
what else a machine does moves ratios too; the gate is there for what makes a route several times slower, such as a rule that no longer
compiles as a template, or a member that starts cold.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

sys.path.insert(0, str(Path(__file__).parent))

NODES, STEPS = 60, 36
#: runs of ours and of raw, runs of stock Pyomo (each with a warm-up that is not counted), members of the ensemble: as few as will do
RUNS, STOCK_RUNS, MEMBERS = 6, 2, 24


@dataclass(frozen=True)
class Limit:
    """A ratio, where it stood when it was last looked at, and how far it may go.

    Parameters
    ----------
    on_record : float
        Measured on 2026-11-28, 60 nodes x 36 steps, two cores of which one was busy with something else.
    most : float
        The gate: more is a regression.
    """

    on_record: float
    most: float


#: every ratio: lower is better
LIMITS = {
    # three times the record
    "ours / raw highspy": Limit(on_record=1.5, most=4.5),
    # at least 4 times as fast as stock Pyomo
    "ours / stock Pyomo, appsi_highs": Limit(on_record=0.08, most=1 / 4),
    # a hot member at least 25 times as fast as building the model anew
    "hot member / stock Pyomo built anew": Limit(on_record=0.011, most=1 / 25),
    # all levels of three years of dekads; shares made even by simplex alone make it 20 (on record since 29 November, with `operation`)
    "three years of dekads / one year": Limit(on_record=3.3, most=8.0),
}


def ratios() -> dict[str, float]:
    """Measure every ratio of `LIMITS` once.

    Returns
    -------
    dict
        Ratios by name.
    """
    from ensemble import other_waters
    from ensemble import ours as members
    from levels import growth
    from network import network_inputs
    from routes import measure

    inputs = network_inputs(NODES, STEPS)
    ours, raw = (measure(route, inputs, RUNS)["total"] for route in ("waterdeal", "raw highspy"))
    stock = measure("stock Pyomo, appsi_highs", inputs, STOCK_RUNS)["total"]
    _, hot, _ = members(inputs, other_waters(inputs, MEMBERS))
    return {
        "ours / raw highspy": ours / raw,
        "ours / stock Pyomo, appsi_highs": ours / stock,
        "hot member / stock Pyomo built anew": statistics.median(hot) / stock,
        "three years of dekads / one year": growth(3),
    }


def too_slow(found: Mapping[str, float]) -> dict[str, float]:
    """Pick the ratios beyond their limits.

    Parameters
    ----------
    found : mapping
        Ratios by name.

    Returns
    -------
    dict
        Those that are too large; empty where all is well.
    """
    return {name: ratio for name, ratio in found.items() if ratio > LIMITS[name].most}


if __name__ == "__main__":
    print(json.dumps(ratios()))
