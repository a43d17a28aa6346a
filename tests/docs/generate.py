"""Make the generated parts of the documentation; ``tests.docs.refresh`` writes them."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.schema import agreement_schema
from waterdeal.cli.outputs import output_schemas
from waterdeal.scenario.schema import scenario_schema
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
#: Pythons of which the page of dependencies says whether there are wheels for Windows
PYTHONS = range(11, 15)
#: extras that other work than planning needs
_WORK = {"tests", "dev"}
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


def dependencies_page() -> str:
    """Make ``docs/reference/dependencies.md`` from ``dependencies.csv``, ``pyproject.toml`` and ``uv.lock``."""
    text = (ROOT / "docs" / "reference" / "dependencies.csv").read_text(encoding="utf-8")
    told = {row["package"]: row for row in csv.DictReader(text.splitlines())}
    locked = _locked()
    lines = [
        "<!-- Generated from dependencies.csv, pyproject.toml and uv.lock by `python -m tests.docs.refresh`; do not edit. -->",
        "",
        "# Dependencies",
        "",
        "What each package is for. `pip install waterdeal` brings the first table, and what those packages need themselves; of the second",
        "each extra is asked for by name (`waterdeal[dss]`), and who lacks it is told so. Licences are those the packages state; a wheel may",
        "hold more than one. The release is that of the set in `uv.lock`, with its day, and in brackets the last one for an older Python;",
        "Windows: the Pythons for which there is a wheel of it for `win_amd64`.",
    ]
    for heading, column, names in (("Always", "", required()[""]), ("Extras", "extra | ", _extras())):
        lines += ["", f"## {heading}", "", f"| package | {column}what it serves | licence | lowest | release | Windows |"]
        lines.append("|" + "---|" * lines[-1].count(" |"))
        for name, (lowest, extra) in names.items():
            row, (version, day, wheels) = told[name], locked[name.lower()]
            mark = f"{extra} | " if column else ""
            lines.append(f"| {name} | {mark}{row['serves']} | {row['licence']} | {lowest} | {version}, {day} | {wheels} |")
    return "\n".join(lines) + "\n"


def required() -> dict[str, dict[str, tuple[str, str]]]:
    """Lowest version of each package that `pyproject.toml` asks for, by extra, none for what is always installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for extra, asked in {"": project["dependencies"], **project["optional-dependencies"]}.items():
        parts = [one.split(">=") for one in asked if not one.startswith("waterdeal[")]
        found[extra] = {name: (lowest, extra) for name, lowest in parts}
    return found


def _extras() -> dict[str, tuple[str, str]]:
    """Lowest version and extras of each package that is not always installed."""
    found: dict[str, tuple[str, str]] = {}
    for extra, names in required().items():
        for name, (lowest, _) in names.items() if extra and extra not in _WORK else ():
            found[name] = (lowest, ", ".join(filter(None, (found.get(name, ("", ""))[1], extra))))
    return found


def _locked() -> dict[str, tuple[str, str, str]]:
    """Newest version, or one a Python, the day of it, and the Pythons with a wheel for Windows, by package of the lock."""
    packages: dict[str, list[tuple[str, str, list[Any]]]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        wheels = package.get("wheels", [])
        day = max((file["upload-time"][:10] for file in wheels), default="")
        packages.setdefault(package["name"], []).append((day, package.get("version", ""), wheels))
    found = {}
    for name, releases in packages.items():
        (day, version, _), *others = sorted(releases, key=lambda release: release[0], reverse=True)
        older = "".join(f" (or {other})" for _, other, _ in others)
        found[name] = (version + older, day, _windows(file for _, _, wheels in releases for file in wheels))
    return found


def _windows(files: Iterable[dict[str, Any]]) -> str:
    """Say for which Pythons there is a wheel for Windows."""
    tags = [file["url"].rsplit("/", 1)[1].removesuffix(".whl").split("-")[-3:] for file in files]
    if any(platform == "any" for _, _, platform in tags):
        return "any"
    return ", ".join(f"3.{minor}" for minor in PYTHONS if any(_serves(minor, *tag) for tag in tags))


def _serves(minor: int, python: str, abi: str, platform: str) -> bool:
    """Whether a wheel with some tags installs on a Python 3 on Windows."""
    own, stable = f"cp3{minor}", re.fullmatch(r"cp3(\d+)", python)
    runs = python == abi == own or python == "py3" or (abi == "abi3" and stable is not None and int(stable[1]) <= minor)
    return platform == "win_amd64" and runs
