"""The public names: few, sorted, importable, and cheap to have."""

from __future__ import annotations

import subprocess
import sys

import pytest

import waterdeal

HEAVY = ("pandas", "xarray", "pyomo", "highspy", "numpy", "scipy", "typer", "rich", "pydantic", "matplotlib")


def test_public_names_are_sorted_and_stand_once() -> None:
    """``__all__`` is in order, without repeats and without private names."""
    names = waterdeal.__all__
    assert list(names) == sorted(set(names))
    assert [name for name in names if name.startswith("_")] == ["__version__"]


@pytest.mark.parametrize("name", waterdeal.__all__)
def test_public_name_is_there_and_documented(name: str) -> None:
    """Each public name can be imported and says what it is."""
    member = getattr(waterdeal, name)
    assert isinstance(member, str) if name == "__version__" else member.__doc__


def test_private_names_are_refused_as_usual() -> None:
    """A name that is not there is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'solve_everything'"):
        getattr(waterdeal, "solve_everything")  # noqa: B009 - a type checker knows that it is not there


def test_importing_is_cheap_and_changes_nothing() -> None:
    """``import waterdeal`` loads no heavy library and sets no warning filter."""
    code = f"import warnings, sys; before = warnings.filters[:]; import waterdeal; \
assert warnings.filters == before; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "", "")


def test_version_and_help_need_no_heavy_library() -> None:
    """The command line answers ``--version`` without pandas, xarray, Pyomo or HiGHS."""
    code = """
import sys
from waterdeal.cli import main
try:
    main(["--version"])
except SystemExit as left:
    assert not left.code
print(*[name for name in ("pandas", "xarray", "pyomo", "highspy") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"waterdeal {waterdeal.__version__}", ""]
