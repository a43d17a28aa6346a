"""Make the case of a record again from its own scenario, agreements and basin, wherever these stood when it was made."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.basin.read import read_basin
from waterdeal.record.archive import is_safe
from waterdeal.run import make_case
from waterdeal.scenario.read import read_scenario
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from waterdeal.run import Case


@contextmanager
def laid_out(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Lay out files in a temporary folder.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.

    Yields
    ------
    pathlib.Path
        The folder; it is removed afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="waterdeal-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        for name, content in files.items():
            if is_safe(name):
                file = root / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        yield root


def scenario_name(plan: xr.Dataset) -> str:
    """Path of the scenario below ``scenario/``: the first of the texts the plan was made from."""
    return str(next(iter(setting(plan, "scenario_text"))))


def rebuild_case(root: Path, plan: xr.Dataset) -> Case:
    """Make the case of a record again.

    Parameters
    ----------
    root : pathlib.Path
        Folder with ``scenario/`` and ``basin/``.
    plan : xarray.Dataset
        The plan, for the name of the scenario and the changes made to it on the command line.

    Returns
    -------
    Case
        Checked and ready to solve.

    Raises
    ------
    FileProblem, InputError
        If the sources cannot be read.
    """
    folder = root / "scenario"
    file = read_scenario(folder / scenario_name(plan), setting(plan, "overrides", ()))
    return make_case(file, read_basin(root / "basin"))
