"""Make the case of a record again from its own scenario, agreements and basin, wherever these stood when it was made."""

from __future__ import annotations

import tempfile
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.provenance import WORKBOOK, build_id, code_name
from waterdeal.record.archive import is_safe
from waterdeal.record.contents import TERM_SHEET, annex_of, table_files
from waterdeal.record.page import pages_of
from waterdeal.reports.tables import make_tables
from waterdeal.results.audit import Audit, audit
from waterdeal.results.held import MASKED
from waterdeal.results.lines import with_lines
from waterdeal.results.store import read_inputs, read_results
from waterdeal.run_folder import Run, remade
from waterdeal.tracking.agreed import READINGS, open_agreed
from waterdeal.tracking.follow import follow
from waterdeal.tracking.replan import replan
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import xarray as xr

    from waterdeal.reports.table import Table
    from waterdeal.results.result import Result
    from waterdeal.run import Case
    from waterdeal.tracking.agreed import Agreed
    from waterdeal.tracking.replan import Replan


@dataclass
class Opened:
    """What the checks of a record share; each part is made when first asked for."""

    files: Mapping[str, bytes]  # all files
    root: Path  # A temporary folder in which they are laid out

    @cached_property
    def plan(self) -> xr.Dataset:
        """The plan as it stands."""
        return read_results(self.root / "plan.nc")

    @cached_property
    def stands(self) -> set[str]:
        """Variables that stand in the file of the plan; others are empty, or were filled in when it was read."""
        keys = [key for page in pages_of("plan.nc", self.files["plan.nc"]) for key in page.keys]
        return {key.removeprefix("variable ") for key in keys if key.startswith("variable ")}

    @cached_property
    def inputs(self) -> xr.Dataset:
        """The inputs as they stand."""
        return read_inputs(self.root / "inputs.nc")

    @cached_property
    def same_code(self) -> bool:
        """Whether the code that runs is the code that made the plan."""
        return self.plan.attrs.get("build_id") == build_id()

    @property
    def code(self) -> str:
        """Name of the code that made the plan."""
        return code_name(self.plan.attrs)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the packages that the plan was made with."""
        return dict(setting(self.plan, "versions"))

    @cached_property
    def audit(self) -> Audit:
        """The audit of the plan."""
        return audit(self.plan)

    @cached_property
    def tables(self) -> Callable[[str], tuple[Table, ...]]:
        """What gives all tables of the plan in a language, made once for each."""
        return cache(partial(make_tables, self.plan))

    @cached_property
    def case(self) -> Case:
        """The case that the sources make; its scenario is the first of the texts that the plan was made from."""
        scenario = self.root / "scenario" / str(next(iter(setting(self.plan, "scenario_text"))))
        return remade(scenario, setting(self.plan, "overrides", ()), setting(self.plan, WORKBOOK, {}), self.root / "basin")

    @cached_property
    def solved(self) -> Result:
        """The plan of the case, solved again."""
        return self.case.solve()

    @cached_property
    def agreed(self) -> Agreed | None:
        """The agreed run that a followed plan was made from, with what was measured; None where the plan is the agreed one."""
        if READINGS not in self.files:
            return None
        if MASKED not in self.plan.attrs:
            return open_agreed(self.root)
        return open_agreed(self.root, Run(with_lines(self.case.inputs, self.solved.dataset), self.solved.dataset))

    @cached_property
    def rest(self) -> Replan | None:
        """The rest of the season, planned anew from the agreed run and what was measured."""
        return None if self.agreed is None else replan(self.agreed.run, follow(self.agreed.run.results, self.agreed.readings))

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
        return table_files(self.plan, {*self.annex, *annex_of(self.files)}, self.tables)


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Lay out files in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="waterdeal-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        for name, content in files.items():
            if is_safe(name):
                file = root / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        yield root
