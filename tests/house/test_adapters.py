"""What other libraries do not promise is named in one adapter a library, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.house.tree import nodes

SOURCE = Path(__file__).parents[2] / "src" / "waterdeal"

ADAPTERS = {"lp/pyomo_private.py", "lp/highs_private.py", "unlabelled.py"}
#: modules of these libraries that are documented; nothing below them is
PUBLIC = {
    "pyomo": {"pyomo.common.dependencies", "pyomo.core", "pyomo.core.expr", "pyomo.environ", "pyomo.repn"},
    "highspy": {"highspy"},
    "xarray": {"xarray"},
    "typer": {"typer", "typer.core"},  # its groups and commands are made to be built on
    "click": set(),
}
#: documented by Python: of named tuples, and how a process ends at once
PROMISED = {"_replace", "_asdict", "_fields", "_make", "_exit"}
FILES = sorted(str(path.relative_to(SOURCE).as_posix()) for path in SOURCE.rglob("*.py"))


def _is_private(name: str) -> bool:
    """Whether a name is not meant for others."""
    return name.startswith("_") and not name.endswith("__") and name != "_"


def _own(tree: ast.AST) -> set[str]:
    """Private names that a file makes itself: functions, classes, variables, attributes of its objects."""
    found: set[str] = set()
    for node in nodes(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, value=ast.Name(id="self"), ctx=ast.Store()):
                found.add(name)
    return found


def private_names(text: str) -> list[str]:
    """Private names of other libraries in a file, and their modules that are not documented."""
    tree = ast.parse(text)
    own, found = _own(tree) | PROMISED, []
    for node in nodes(tree):
        match node:
            case ast.Attribute(attr=name) if _is_private(name) and name not in own:
                found.append(f"{node.lineno}: .{name}")
            case ast.keyword(arg="fastpath"):
                found.append(f"{node.value.lineno}: fastpath")
            case ast.ImportFrom(module=str(module)) if not module.startswith("waterdeal"):
                found += [f"{node.lineno}: {module}.{name.name}" for name in node.names if _is_private(name.name)]
                found += [f"{node.lineno}: {module}"] * (module not in PUBLIC.get(module.partition(".")[0], {module}))
            case ast.Import():
                found += [f"{node.lineno}: {n.name}" for n in node.names if n.name not in PUBLIC.get(n.name.partition(".")[0], {n.name})]
    return found


def test_private_names_stand_in_adapters() -> None:
    """No file but the adapters names what a library does not promise."""
    found = {file: private_names((SOURCE / file).read_text(encoding="utf-8")) for file in FILES if file not in ADAPTERS}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "text",
    [
        "from pyomo.core.base.set import Set",
        "from highspy.highs import Highs",
        "from highspy import _Highs",
        "import xarray.core.dataset",
        "import pyomo.core.base.set as sets",
        "xr.Dataset._construct_direct(parts)",
        "xr.Variable(dims, values, fastpath=True)",
        "index._id",
        "class A(Set):\n    def b(self):\n        return self._constructed",
        "from typer.models import ParamMeta",
        "page._worksheet_path",
    ],
)
def test_the_search_finds(text: str) -> None:
    """What the test above is there for."""
    assert private_names(text)


def test_adapters_use_what_they_list() -> None:
    """Each name of a list stands in its adapter, and each private attribute of an adapter in the list."""
    for file in ADAPTERS:
        text = (SOURCE / file).read_text(encoding="utf-8")
        (listed,) = [
            node.value for node in ast.parse(text).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NAMES"
        ]
        names = ast.literal_eval(listed)
        assert all(text.count(name) > 1 for name in names), file
        assert {name.rpartition(".")[2] for name in private_names(text) if ": ." in name} <= set(names), file
