"""What no command and no public name reaches, by following names.

A definition is a function, class or value of a module. One is reached from what uses its name: in its own module, by an import, or as an
attribute of its module. A module that is handed about as a value (a component, a kind of clause) gives every attribute asked for anywhere.
What stands at a module's own level, beside definitions, runs when reached code imports it; so do decorators, which is how commands are found.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.house.tree import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.house.tree import Tree

#: decorators that only change what they decorate: standing under one makes nobody call it
PLAIN = frozenset({"cache", "dataclass", "contextmanager", "lru_cache", "overload", "runtime_checkable", "final"})


class Reach:
    """What is reached from some names."""

    def __init__(self, tree: Tree, start: Iterable[str]) -> None:
        self._tree = tree
        self._bound = {name: self._bindings(name, module) for name, module in tree.modules.items()}
        self._parts = {name: dict(self._split(module)) for name, module in tree.modules.items()}
        self.reached: set[tuple[str, str]] = set()
        self._attributes: set[str] = set()
        self._handed: set[str] = set()
        self._waiting = [(name, "") if name in tree.modules else self._home(*name.rsplit(".", 1)) for name in start]
        self._follow()

    def unreached(self) -> list[str]:
        """Every definition and module that nothing reaches."""
        modules = {module for module, _ in self.reached}
        found = [name for name in self._tree.modules if name not in modules]
        for module, parts in self._parts.items():
            if module in modules:
                found += [f"{module}.{name}" for name in parts if name and (module, name) not in self.reached]
        return sorted(found)

    @staticmethod
    def _split(module: ast.Module) -> Iterator[tuple[str, list[ast.AST]]]:
        """Nodes by the name they define; those of the module's own level under ''."""
        parts: dict[str, list[ast.AST]] = defaultdict(list)
        for node in module.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                parts["" if node.name.startswith("__") else node.name].append(node)
                if any(_called(part) not in PLAIN for part in node.decorator_list):
                    parts[""].append(ast.Name(node.name, ast.Load()))
            elif names := _assigned(node):
                for name in names:
                    parts[name].append(node)
            else:
                parts[""].append(node)
        return iter(parts.items())

    def _bindings(self, name: str, module: ast.Module) -> dict[str, tuple[str, str]]:
        """What each imported name of a module stands for; a name is taken to mean the same in all of its functions."""
        bound = {}
        for local, source, taken in self._tree.bindings(module):
            if source.split(".")[0] == name.split(".", maxsplit=1)[0]:
                bound[local] = (source, taken)
        return bound

    def _home(self, module: str, name: str) -> tuple[str, str]:
        """Where a name of a module is defined."""
        seen = set()
        while name and (module, name) not in seen and name not in self._parts.get(module, {}):
            seen.add((module, name))
            if name not in self._bound.get(module, {}):
                break
            module, name = self._bound[module][name]
        return module, name

    def _follow(self) -> None:
        """Follow names until nothing new is reached."""
        while self._waiting:
            module, name = self._waiting.pop()
            if module not in self._tree.modules or (module, name) in self.reached:
                continue
            self.reached.add((module, name))
            self._waiting += [(module, ""), (module.rpartition(".")[0], "")]
            for node in self._parts[module].get(name, ()):
                self._read(module, node)
            self._hand_out()

    def _read(self, module: str, node: ast.AST) -> None:
        """Note every name used below a node."""
        modules_used = set()
        for part in nodes(node):
            if isinstance(part, ast.Attribute):
                self._attributes.add(part.attr)
                whole = self._meant(module, part.value)
                if whole is not None:
                    modules_used.add(id(part.value))
                    self._waiting.append(self._home(whole, part.attr))
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                self._attributes.add(part.value)  # of getattr
                self._waiting.append((part.value, ""))  # of import_module
            elif isinstance(part, ast.Name) and id(part) not in modules_used:
                home = self._home(module, part.id)
                self._waiting.append(home)
                if not home[1] and home[0] in self._tree.modules:
                    self._handed.add(home[0])
        self._waiting += [(source, "") for _, source, _ in self._tree.bindings(node)]

    def _meant(self, module: str, node: ast.AST) -> str | None:
        """Module that an expression stands for, if it is the name of one."""
        if isinstance(node, ast.Name):
            home = self._home(module, node.id)
            return home[0] if not home[1] and home[0] in self._tree.modules else None
        return None

    def _hand_out(self) -> None:
        """Reach in modules that are handed about whatever attribute is asked for."""
        for module in self._handed:
            self._waiting += [(module, name) for name in self._parts[module].keys() & self._attributes if (module, name) not in self.reached]


def _assigned(node: ast.AST) -> list[str]:
    """Plain names that a statement assigns; none where it does anything else, or assigns what Python itself reads."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name) and not target.id.startswith("__")]
    return names if len(names) == len(targets) else []


def _called(decorator: ast.expr) -> str:
    """Last word of a decorator's name."""
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    return decorator.attr if isinstance(decorator, ast.Attribute) else decorator.id if isinstance(decorator, ast.Name) else ""
