"""The modules of a folder, parsed once, and which of them each one imports: where a circle hides, or Pyomo leaks."""

from __future__ import annotations

import ast
from functools import cache, cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@cache
def nodes(node: ast.AST) -> list[ast.AST]:
    """Return a node and all below it, looked for once: every rule goes through the same trees."""
    return list(ast.walk(node))


class Tree:
    """Modules by dotted name."""

    def __init__(self, folder: Path, package: str = "") -> None:
        self.files: dict[str, Path] = {}
        for file in sorted(folder.rglob("*.py")):
            parts = [package, *file.relative_to(folder).with_suffix("").parts]
            self.files[".".join(part for part in parts if part and part != "__init__") or package] = file

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """What stands in each module."""
        return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in self.files.items()}

    def bindings(self, node: ast.AST) -> Iterator[tuple[str, str, str]]:
        """Every import below a node, in functions and for type checkers too: name it binds, module, name taken from it or ''."""
        for part in nodes(node):
            if isinstance(part, ast.Import):
                for alias in part.names:
                    yield (alias.asname or alias.name.partition(".")[0], alias.name, "")
            elif isinstance(part, ast.ImportFrom) and part.module:
                for alias in part.names:
                    whole = f"{part.module}.{alias.name}"
                    yield (alias.asname or alias.name, *((whole, "") if whole in self.modules else (part.module, alias.name)))

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """Everything each module imports, of this tree and of others."""
        return {name: {module for _, module, _ in self.bindings(tree)} for name, tree in self.modules.items()}

    def circles(self) -> list[tuple[str, ...]]:
        """Groups of modules that import one another, by whatever way round."""
        edges = {name: sorted(found & self.modules.keys()) for name, found in self.imports.items()}
        onward = {name: _reached(name, edges) for name in edges}
        groups = {tuple(sorted(other for other in onward[name] if name in onward[other])) for name in edges}
        return sorted(group for group in groups if group)


def _reached(start: str, edges: dict[str, list[str]]) -> set[str]:
    """Everything that can be reached from a module in one step or more."""
    found: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += edges[name]
    return found
