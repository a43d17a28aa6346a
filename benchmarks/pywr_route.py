"""One step of the network in pywr: ``PYTHON benchmarks/pywr_route.py FILE REPEAT`` with a Python that has pywr.

pywr solves one LP a step without looking ahead, so one step is all the work that is the same. Its own environment is needed: pywr wants
pandas below 3, waterdeal 3 or later. FILE is what `step_figures` of pywr_step.py wrote.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

STAGES = ("build", "setup", "step", "extract")


def build(figures: dict[str, Any]) -> Any:
    """Build the model.

    Parameters
    ----------
    figures : dict
        Nodes, links, reservoirs and users of one step.

    Returns
    -------
    pywr.core.Model
        Costs are the worth of deliveries, so that the least cost is the least weighted shortage.
    """
    from pywr.core import Input, Link, Model, Output, Storage
    from pywr.nodes import AggregatedNode

    # the solver by edges: the default one lists every route through the network, which takes twenty times as long to set up
    model = Model(solver="glpk-edge", start="2000-01-01", end="2000-01-01", timestep=1)
    bodies, lost = figures["reservoirs"], Output(model, "lost")
    spots = {name: Link(model, name) for name in figures["balanced"] if name not in bodies}
    spots |= {name: Output(model, name) for name in figures["outlets"]}
    for name, body in bodies.items():
        spots[name] = Storage(model, name, min_volume=body["least"], max_volume=body["most"], initial_volume=body["start"])
    for name, amount in figures["water"].items():
        Input(model, f"{name}.water", min_flow=amount, max_flow=amount).connect(spots[name])
    for link in figures["links"]:
        _split(model, link, spots[link["from"]], spots[link["to"]], lost)
    for user in figures["users"]:
        name, used = user["name"], 1 - user["back"]
        taken, consumed, returned = Link(model, name), Link(model, f"{name}.used"), Link(model, f"{name}.back")
        spots[user["at"]].connect(taken)
        taken.connect(consumed)
        taken.connect(returned)
        returned.connect(spots[user["returns_to"]])
        AggregatedNode(model, f"{name}.split", [consumed, returned]).factors = [used, user["back"]]
        for piece, (most, worth) in enumerate(user["pieces"]):
            # the worth of a delivery lies on the part of it that does not come back
            consumed.connect(Output(model, f"{name}.{piece}", max_flow=most * used, cost=-worth / used))
    return model


def _split(model: Any, link: dict[str, Any], upper: Any, lower: Any, lost: Any) -> None:
    """Let a share of a link's water arrive."""
    from pywr.core import Link
    from pywr.nodes import AggregatedNode

    name, share = link["name"], link["arrives"]
    entering, arriving, missing = Link(model, name), Link(model, f"{name}.arriving"), Link(model, f"{name}.missing")
    upper.connect(entering)
    entering.connect(arriving)
    entering.connect(missing)
    arriving.connect(lower)
    missing.connect(lost)
    AggregatedNode(model, f"{name}.split", [arriving, missing]).factors = [share, 1 - share]


def run(figures: dict[str, Any]) -> tuple[dict[str, float], float]:
    """Build, set up, solve the step and read the deliveries.

    Parameters
    ----------
    figures : dict
        One step.

    Returns
    -------
    dict, float
        CPU seconds by stage; weighted shortage.
    """
    marks = [time.process_time()]
    model = build(figures)
    marks.append(time.process_time())
    model.setup()
    marks.append(time.process_time())
    model.step()
    marks.append(time.process_time())
    met = sum(
        worth * model.nodes[f"{user['name']}.{piece}"].flow[0] / (1 - user["back"])
        for user in figures["users"]
        for piece, (_, worth) in enumerate(user["pieces"])
    )
    marks.append(time.process_time())
    stages = {name: end - start for name, start, end in zip(STAGES, marks, marks[1:], strict=False)}
    return stages, figures["worth_of_all"] - met


def main() -> None:
    """Run the step several times, the first of several uncounted, and print what it took."""
    import pywr

    figures, repeat = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), int(sys.argv[2])
    runs = []
    for _ in range(repeat):
        gc.collect()
        runs.append(run(figures))
    counted = [stages for stages, _ in runs[1:] or runs]
    told = {
        "stages": {stage: statistics.median(stages[stage] for stages in counted) for stage in STAGES},
        "total": statistics.median(sum(stages.values()) for stages in counted),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "objective": runs[-1][1],
        "version": pywr.__version__,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
