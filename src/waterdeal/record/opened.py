"""A record opened for checking: its files, its plan and the case its sources make."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from waterdeal.record.contents import TERM_SHEET, annex_of, sheet_files, sources_of, table_files
from waterdeal.record.rebuild import rebuild_case
from waterdeal.results.store import read_inputs, read_results

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import xarray as xr

    from waterdeal.run import Case


@dataclass
class Opened:
    """What the checks of a record share; each part is made when first asked for.

    Parameters
    ----------
    files : mapping of str to bytes
        All files.
    root : pathlib.Path
        A temporary folder in which they are laid out.
    """

    files: Mapping[str, bytes]
    root: Path

    @cached_property
    def plan(self) -> xr.Dataset:
        """The plan as it stands."""
        return read_results(self.root / "plan.nc")

    @cached_property
    def inputs(self) -> xr.Dataset:
        """The inputs as they stand."""
        return read_inputs(self.root / "inputs.nc")

    @cached_property
    def case(self) -> Case:
        """The case that the sources make."""
        return rebuild_case(self.root, self.plan)

    @cached_property
    def sheet(self) -> dict[str, Any]:
        """The term sheet as it stands."""
        return tomllib.loads(self.files[TERM_SHEET].decode("utf-8"))

    @cached_property
    def annex(self) -> list[str]:
        """Names of the tables that the term sheet lists."""
        return [str(name) for name in self.sheet["deal"]["annex"]]

    @cached_property
    def due_tables(self) -> dict[str, bytes]:
        """The tables that the plan gives."""
        return table_files(self.plan, {*self.annex, *annex_of(self.files)})

    @cached_property
    def due_sheets(self) -> dict[str, bytes]:
        """The term sheets that the plan gives."""
        return sheet_files(self.plan, sources_of(self.files), self.annex)
