"""Make the generated parts of the documentation; ``tests.docs.refresh`` writes them."""

from __future__ import annotations

import json
import re

from waterdeal.agreement.schema import agreement_schema
from waterdeal.cli.outputs import output_schemas
from waterdeal.scenario.schema import scenario_schema
from waterdeal.variables import vocabulary

HEADINGS = {
    "both": "Inputs that results keep",
    "input": "Inputs only",
    "result": "Results only",
}
EXCERPT = re.compile(r"(?<=<!-- demo: begin -->\n```text\n).*?(?=```\n<!-- demo: end -->)", re.DOTALL)


def variables_page() -> str:
    """Make ``docs/reference/variables.md`` from ``variables.csv``."""
    lines = [
        "<!-- Generated from src/waterdeal/variables.csv by `python -m tests.docs.refresh`; do not edit. -->",
        "",
        "# Variables",
        "",
        "Every quantity has one name: in the inputs, in the rows of the model, in the results, in the tables. Volumes are million m3",
        "(`hm3`) per step, energy GWh, areas km2, levels and depths m. `time` is the start of a step; storage, level and area are those at",
        "its end.",
    ]
    for stage, heading in HEADINGS.items():
        lines += ["", f"## {heading}", "", "| name | dims | unit | meaning |", "|---|---|---|---|"]
        for quantity in vocabulary().values():
            if quantity.stage == stage:
                cf = f" (CF `{quantity.standard_name}`)" if quantity.standard_name else ""
                lines.append(f"| `{quantity.name}` | {', '.join(quantity.dims)} | {quantity.unit} | {quantity.description}{cf} |")
    return "\n".join(lines) + "\n"


def schema_text() -> str:
    """Make ``docs/reference/scenario.schema.json``, as ``waterdeal schema`` prints it."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def agreement_schema_text() -> str:
    """Make ``docs/reference/agreement.schema.json``, as ``waterdeal schema --agreement`` prints it."""
    return json.dumps(agreement_schema(), indent=2, ensure_ascii=False) + "\n"


def output_schemas_text() -> str:
    """Make ``docs/reference/outputs.schema.json``, as ``waterdeal schema --outputs`` prints it."""
    return json.dumps(output_schemas(), indent=2, ensure_ascii=False) + "\n"


def demo_excerpt(out: str) -> str:
    """Cut the output of the demo down to what the README shows."""
    lines = out.splitlines()
    steps = next(place for place, line in enumerate(lines) if line.startswith("Deliveries by step"))
    total = next(place for place, line in enumerate(lines) if place > steps and line.startswith("Total"))
    files = [line for line in lines if line.startswith("  waterdeal-demo")]
    kept = [*lines[: steps + 5], "...", *lines[total - 1 : total + 1], "...", *files]
    return "\n".join(line.replace("\\", "/").rstrip() for line in kept) + "\n"
