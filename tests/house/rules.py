"""House rules of our own: lengths, circles of imports, what nothing reaches, and English in code. Each returns what breaks it, a line a finding."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from tests.house.reach import Reach
from tests.house.sentences import ALLOWED, sentences
from tests.house.tree import Tree, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "waterdeal"
#: lines of a file, function and class, and parameters of a function; docstrings of functions and classes are not counted
FILE, FUNCTION, CLASS, PARAMETERS = 500, 50, 200, 6
#: where documents are told in letters; methods and functions that set text in columns or break it; who may: what is drawn or measured
TELLS = "waterdeal.reports.as_text"
BY_HAND = f"lays text out by hand: return a Document, which {TELLS} tells"
PADS, WRAPS = {"ljust", "rjust", "center", "expandtabs"}, {"wrap", "fill", "indent"}
MEASURED = ("waterdeal.reports.plots.canvas", "waterdeal.reports.plots.season", "waterdeal.reports.sheet_size")
#: names that tests or tools read and the package does not
WHITELIST = Path(__file__).with_name("whitelist.py")


def too_long(tree: Tree) -> list[str]:
    """Find files, functions and classes with too many lines, and functions with too many parameters."""
    found = []
    for module, parsed in tree.modules.items():
        lines = tree.files[module].read_text(encoding="utf-8").count("\n")
        found += [f"{module}: {lines} lines, at most {FILE}"] if lines > FILE else []
        for node in nodes(parsed):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found += [f"{module}:{node.name}: {told}" for told in _function(node)]
            elif isinstance(node, ast.ClassDef) and _lines(node) > CLASS:
                found.append(f"{module}:{node.name}: {_lines(node)} lines, at most {CLASS}")
    return found


def circles(tree: Tree) -> list[str]:
    """Find modules that import one another."""
    return [f"{' <-> '.join(group)}: import one another" for group in tree.circles()]


def unreached(tree: Tree, start: list[str]) -> list[str]:
    """Find what is used by nothing that some names lead to, except what the whitelist names."""
    kept = {node.attr for node in ast.walk(ast.parse(WHITELIST.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
    return [f"{name}: no command and no public name reaches it" for name in Reach(tree, start).unreached() if name.rpartition(".")[2] not in kept]


def laid_by_hand(tree: Tree) -> list[str]:
    """Find text that is set in columns or broken into lines anywhere but where documents are told, but for labels of figures and for measures."""
    found = [
        f"{module}:{node.lineno}: {BY_HAND}"
        for module, parsed in tree.modules.items()
        if module not in {TELLS, *MEASURED}
        for node in nodes(parsed)
        if _lays_out(node)
    ]
    idle = (module for module in MEASURED if module in tree.modules and not any(map(_lays_out, nodes(tree.modules[module]))))
    return [*found, *(f"{module}: lays nothing out, take it off the list" for module in idle)]


def _lays_out(node: ast.AST) -> bool:
    """Whether a part of a program pads, wraps or rules text."""
    if isinstance(node, ast.Attribute):
        return node.attr in PADS or (node.attr in WRAPS and isinstance(node.value, ast.Name) and node.value.id == "textwrap")
    if isinstance(node, ast.FormattedValue):
        return node.format_spec is not None and re.search(r"(?<!0)[<>^][\d{]", ast.unparse(node.format_spec)) is not None
    if isinstance(node, ast.ImportFrom):
        return node.module in {"textwrap", "rich.table", "rich.columns", "tabulate"}
    return isinstance(node, ast.Constant) and node.value == "─"


def public_names(module: ModuleType) -> Iterator[str]:
    """Where everything stands that a module offers; of an offered module, everything in it."""
    for name in module.__all__:
        offered = getattr(module, name)
        if isinstance(offered, ModuleType):
            yield offered.__name__
            yield from public_names(offered)
        elif hasattr(offered, "__qualname__"):
            yield f"{offered.__module__}.{offered.__name__}"
        else:
            yield f"{module.__name__}.{name}"


def findings() -> list[str]:
    """Hold the package and the benchmarks to every rule."""
    import waterdeal

    tree = Tree(SOURCE, "waterdeal")
    start = ["waterdeal", "waterdeal.__main__", *public_names(waterdeal)]
    return [*too_long(tree), *circles(tree), *circles(Tree(ROOT / "benchmarks")), *unreached(tree, start), *sentences(tree, ALLOWED), *laid_by_hand(tree)]


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """What is too much of one function."""
    parameters = [part.arg for part in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if part.arg not in {"self", "cls"}]
    if _lines(node) > FUNCTION:
        yield f"{_lines(node)} lines, at most {FUNCTION}"
    if len(parameters) > PARAMETERS:
        yield f"{len(parameters)} parameters, at most {PARAMETERS}"


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    """Lines without the docstring."""
    doc = ast.get_docstring(node, clean=False)
    return (node.end_lineno or 0) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
