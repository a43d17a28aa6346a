"""Make the case of a record again from its own scenario, agreements and basin, wherever these stood when it was made."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.agreement.read import all_clauses, read_agreements
from waterdeal.basin.read import read_basin
from waterdeal.provenance import place_names
from waterdeal.record.archive import is_safe
from waterdeal.run import Case
from waterdeal.scenario.inputs import make_inputs
from waterdeal.scenario.read import read_scenario
from waterdeal.scenario.series import read_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr


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
    return str(next(iter(json.loads(plan.attrs["scenario_text"]))))


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
    file = read_scenario(folder / scenario_name(plan), json.loads(plan.attrs.get("overrides", "[]")))
    scenario, home = file.scenario, file.path.parent
    basin = read_basin(root / "basin")
    runoff = read_series(home, scenario.hydrology.series, basin) if scenario.hydrology.series is not None else None
    texts = dict(file.texts)
    agreements = read_agreements(scenario.agreements, home, scenario.agreement, texts)
    inputs = make_inputs(basin, scenario, file.path.name, runoff, all_clauses(agreements))
    inputs = inputs.assign_attrs(names=json.dumps(place_names(basin), ensure_ascii=False))
    return Case(replace(file, texts=texts), basin, inputs, agreements)
