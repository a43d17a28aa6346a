"""Plans of a process in which names of other libraries are gone: ``python -m tests.solve.renamed OUT LIBRARY:NAME...``.

A name is replaced by another in the sources of the library as they are read, so that the library is at one with itself, as it would be
in a release that has renamed it.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

#: where a word of daily life is a name of the library: there it is replaced, elsewhere it is left
ONLY_IN = {"cache": "template_expr.py", "_id": "template_expr.py", "_set": "template_expr.py"}


class Renaming(importlib.abc.MetaPathFinder):
    """Finds modules of a library as usual, and reads those that have one of the names with other names."""

    def __init__(self, library: str, names: Sequence[str]) -> None:
        """Remember them."""
        self.library, self.names = library, names

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> Any:
        """Find a module."""
        if fullname.partition(".")[0] != self.library:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not (spec.origin or "").endswith(".py"):
            return spec
        text = Path(str(spec.origin)).read_text(encoding="utf-8")
        fresh = text
        for name in self.names:
            if Path(str(spec.origin)).name == ONLY_IN.get(name, Path(str(spec.origin)).name):
                fresh = re.sub(rf"\b{name}\b", f"{name}_of_late", fresh)
        if fresh != text:
            spec.loader = _Rewritten(fullname, str(spec.origin), fresh)
        return spec


class _Rewritten(importlib.machinery.SourceFileLoader):
    """Reads a module from a text."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        """Remember it."""
        super().__init__(fullname, path)
        self.text = text

    def get_code(self, fullname: str) -> Any:
        """Compile it; what stands on disk is not looked at."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


def rename(gone: Sequence[str]) -> None:
    """Take names from libraries that have not been imported yet, each as ``library:name``; from one that is compiled, once it has been."""
    pairs = [name.split(":") for name in gone]
    for library in sorted({library for library, _ in pairs}):
        names = [name for owner, name in pairs if owner == library]
        if library != "highspy":
            sys.meta_path.insert(0, Renaming(library, names))
            continue
        import highspy.highs

        for name in names:
            for place in (highspy, highspy.highs, highspy.highs.Highs.__mro__[1]):
                if name in vars(place):
                    delattr(place, name)


def plans() -> dict[str, Any]:
    """Plan a small river: with all its parts, once more with half the runoff in the same model, and with a constraint of a user."""
    from tests.model.smallest import SMALLEST
    from waterdeal.examples import two_party_inputs
    from waterdeal.guarded import SLOW
    from waterdeal.lp.compile import compile_model
    from waterdeal.lp.levels import solve_levels
    from waterdeal.lp.options import SolveOptions
    from waterdeal.model.build import build_model, refresh_data
    from waterdeal.results.extract import extract
    from waterdeal.scenario.schema import LEVELS

    found: dict[str, Any] = {}
    inputs = two_party_inputs()
    model = build_model(inputs)
    model.limit = _limit(model)
    rivers = {
        name: (build_model(river.inputs()), river.inputs()) for name, (river, _) in SMALLEST.items() if name in {"salinity", "clause"}
    }
    for case, (held, data) in {
        "two": (build_model(inputs), inputs),
        "own": (model, inputs),
        "less": (model, _less(inputs)),
        **rivers,
    }.items():
        if case == "less":
            refresh_data(held, data)
        program = compile_model(held)
        solution = solve_levels(program, LEVELS, SolveOptions())
        plan = extract(data, program, solution)
        told = str(plan.attrs.get("slow_ways", ""))
        assert bool(SLOW) == bool(told), "a plan says whether a library was used the slow way"
        assert all(library in told for library in SLOW)
        found |= {f"{case}:{name}": variable.values for name, variable in plan.variables.items() if variable.dtype.kind in "fiM"}
        found |= {f"{case}:lower": program.row_lower, f"{case}:upper": program.column_upper, f"{case}:entries": program.matrix.value}
    return found | {"ways": np.array(sorted(SLOW), dtype=str)}


def _less(inputs: Any) -> Any:
    """Return inputs with half the runoff."""
    return inputs.assign(runoff=inputs["runoff"] / 2)


def _limit(model: Any) -> Any:
    """Return a constraint of a user: some delivery is at most what another is, and 1."""
    import pyomo.environ as pyo

    delivery = model.demand.delivery
    first, second = list(delivery.index_set())[:2]
    return pyo.Constraint(expr=delivery[first] <= delivery[second] + 1)


if __name__ == "__main__":
    rename(sys.argv[2:])
    np.savez(sys.argv[1], **plans())
