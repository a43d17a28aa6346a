"""``python -m tests.house``: the house rules that tools can check, once each and side by side."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.house.rules import ROOT

#: trees are a million objects that live to the end: garbage is not looked for
RULES = "import gc; gc.disable(); from tests.house.rules import findings; found = findings(); print(*found, sep='\\n'); raise SystemExit(bool(found))"
#: the longest first
TOOLS = {
    "types": ["-m", "mypy", "--no-error-summary"],
    "rules": ["-c", RULES],
    "dead code": ["-m", "vulture"],
    "dependencies": ["-m", "deptry", "src", "--no-ansi"],
    "docstrings": ["-m", "interrogate", "-q", "src/waterdeal"],
    "spelling": ["-m", "codespell_lib", "src", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
    "floors": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
    "lint": ["-m", "ruff", "check", "--no-cache", "."],
}
#: rows and columns of a Pyomo model are read by their names in the LP, never by the attribute that holds them
ON_A_MODEL = re.compile(r"src/waterdeal/model/.*: unused attribute .*\n?".replace("/", r"[/\\]"))


def check(tool: str) -> tuple[str, float, str]:
    """Run one tool; what it says is empty where nothing is wrong."""
    start = time.perf_counter()
    run = subprocess.run([sys.executable, *TOOLS[tool]], cwd=ROOT, capture_output=True, text=True, check=False)
    said = (run.stdout + run.stderr or f"exit code {run.returncode}") if run.returncode else ""
    return tool, time.perf_counter() - start, ON_A_MODEL.sub("", said) if tool == "dead code" else said


def main() -> int:
    """Run every tool and say what each found."""
    wrong = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for tool, seconds, said in pool.map(check, TOOLS):
            print(f"house: {tool}: {'FAILED' if said else 'passed'} ({seconds:.1f} s)\n{said}", end="", flush=True)  # noqa: T201
            wrong += bool(said)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
