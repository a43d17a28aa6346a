"""What if: a scenario and a change of it, solved side by side; and what one more, or one less, is worth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from waterdeal.cli.console import Console


#: kinds of targets that are priced unless some are named, each with the dimension of their names
PRICED = {
    "clause": "clause",
    "limit": "entitlement",
    "flow_requirement": "flow_requirement",
    "pulse": "pulse",
    "lake_target": "lake_target",
}


def run_what_if(console: Console, scenario: Path, sets: Sequence[str], language: str) -> None:
    """Solve a scenario as it is and changed, and show the differences by party, clause and step."""
    from waterdeal.cli.explain import explained_in
    from waterdeal.report.comparison import comparison_record, comparison_text
    from waterdeal.results.compare import compare_plans
    from waterdeal.run import load

    if not sets:
        message = "what-if needs a change: --set KEY=VALUE"
        raise FileProblem(message)
    with console.progress(f"waterdeal what-if {scenario.name}") as stage:
        stage("as it is")
        base = load(scenario)
        with explained_in(language, base.inputs):
            before = base.solve(progress=stage).dataset
        stage("changed")
        changed = load(scenario, sets)
        with explained_in(language, changed.inputs):
            after = changed.solve(progress=stage).dataset
    tables = compare_plans({"base": before, "changed": after})
    console.say(comparison_text(tables, after, language))
    console.result({"exit": 0, "sets": list(sets), **comparison_record(tables)})


def run_prices(console: Console, folder: Path, targets: Sequence[str], language: str, *, ladder: bool) -> None:
    """Show what one more is worth and one less costs, for clauses, limits and what is asked for nature, or for what is named."""
    from waterdeal.report.prices import price_record, prices_text
    from waterdeal.run_folder import open_run
    from waterdeal.solve.prices import price
    from waterdeal.solve.targets import find_target

    run = open_run(folder)
    names = list(targets) or [f"{kind}:{name}" for kind, dim in PRICED.items() for name in run.inputs[dim].values.tolist()]
    found = []
    with console.progress(f"waterdeal prices {folder.name}") as stage:
        stage("build")
        program = run.program()
        for name in names:
            stage(name)
            found.append(price(program, run.levels, find_target(program, name, run.inputs), run.options, ladder=ladder))
    console.say(prices_text(found, run.results, language))
    console.result({"exit": 0, "prices": json.loads(json.dumps([price_record(entry) for entry in found]))})
