"""The house rules that tools can check: lint, types, floors, docstrings, dead code, dependencies, spelling, shape."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "waterdeal"

TOOLS = {
    "lint": ["ruff", "check", "--no-cache", "."],
    "types": ["mypy", "--no-error-summary"],
    "docstrings": ["interrogate", "-q", "src/waterdeal"],
    "dead code": ["vulture"],
    "dependencies": ["deptry", "src", "--no-ansi"],
    "spelling": ["codespell_lib", "src", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_tool_has_nothing_to_say(tool: str) -> None:
    """Each tool passes as configured in pyproject.toml."""
    run = subprocess.run([sys.executable, "-m", *TOOLS[tool]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_floors_are_kept() -> None:
    """import-linter keeps every contract."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    run = subprocess.run([sys.executable, "-c", code, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def _functions() -> list[tuple[str, int, int]]:
    """Name, length without docstring and number of parameters of every function."""
    found = []
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                doc = ast.get_docstring(node, clean=False)
                lines = (node.end_lineno or 0) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
                parameters = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                count = len([argument for argument in parameters if argument.arg not in {"self", "cls"}])
                found.append((f"{file.name}:{node.name}", lines, count))
    return found


def test_files_and_functions_stay_readable() -> None:
    """Files have at most 300 lines, functions 50 lines and 6 parameters."""
    long_files = [file.name for file in SOURCE.rglob("*.py") if file.read_text(encoding="utf-8").count("\n") > 300]
    long_functions = [name for name, lines, _ in _functions() if lines > 50]
    wide_functions = [name for name, _, parameters in _functions() if parameters > 6]
    assert (long_files, long_functions, wide_functions) == ([], [], [])
