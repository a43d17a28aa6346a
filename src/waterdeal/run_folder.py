"""What a run leaves behind, and how it is taken up again: plan, inputs and sources, so that anyone can question, follow and repeat it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.provenance import WORKBOOK
from waterdeal.results.disk import RUN_FILE, recovered
from waterdeal.results.held import refuse_masked
from waterdeal.results.lines import with_lines
from waterdeal.results.store import inputs_to_bytes, read_inputs, read_results, to_bytes
from waterdeal.scenario.series import series_sources
from waterdeal.variables import levels_of, names_of, setting
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.options import SolveOptions
    from waterdeal.lp.program import Program
    from waterdeal.run import Case


@dataclass(frozen=True)
class Run:
    """A run taken up again from its folder."""

    inputs: xr.Dataset  # what the model was made from, with the lines of the plan's last pass
    results: xr.Dataset  # its plan

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of the objective, in order."""
        return tuple(levels_of(self.results))

    @property
    def options(self) -> SolveOptions:
        """How HiGHS was run."""
        from waterdeal.lp.options import SolveOptions

        return SolveOptions(**setting(self.results, "solver_options"))

    def program(self) -> Program:
        """Build and compile the model again; FileProblem where the plan has levels that it has not."""
        from waterdeal.lp.compile import compile_model
        from waterdeal.model.build import build_model

        program = compile_model(build_model(self.inputs))
        own = [level for level in self.levels if level not in program.goals]
        if own:
            raise FileProblem(say("general.plan_made_by_model", own=", ".join(own)))
        return program


def folder_of(run: Path) -> Path:
    """Return the folder of a run that is named by itself or by its ``plan.nc``."""
    return run.parent if run.name == "plan.nc" else run


def open_run(folder: Path | str) -> Run:
    """Take up a run from its folder.

    Parameters
    ----------
    folder : pathlib.Path or str
        Folder of a run, with ``plan.nc`` and ``inputs.nc``.

    Returns
    -------
    Run
        Inputs and plan.

    Raises
    ------
    FileProblem
        If one of them is missing, damaged, or without the figures that a party keeps at home, or the two are not of one run.
    """
    place = folder_of(Path(folder))
    run = Run(read_inputs(place), read_results(place))
    refuse_masked(run.results)
    if run.inputs.attrs.get("scenario") != run.results.attrs.get("scenario") or run.inputs.sizes["time"] != run.results.sizes["time"]:
        raise FileProblem(say("general.plan_nc_inputs_nc", place=place))
    return Run(with_lines(run.inputs, run.results), run.results)


def case_of(run: Path | str) -> Case:
    """Make the case of a run again from its own sources, to ask what takes more solving.

    Parameters
    ----------
    run : pathlib.Path or str
        Folder of a run, with a plan or without.

    Returns
    -------
    Case
        As it was planned; nothing outside the folder is read.

    Raises
    ------
    FileProblem
        If the folder is none of a run, or its sources give another run.
    """
    from waterdeal.run import made_from

    folder = recovered(folder_of(Path(run)))
    sources = folder / "sources"
    try:
        told = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        name = next(name for name in told["inputs_sha256"] if name.startswith("scenario/"))
        plan = read_results(folder) if told["exit"] == 0 else None
        overrides = told["overrides"] if plan is None else setting(plan, "overrides", ())
        case = remade(sources / name, overrides, {} if plan is None else setting(plan, WORKBOOK, {}), sources / "basin")
        if made_from(case)["run_sha256"] == told["run_sha256"]:
            return case
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise FileProblem(say("general.no_sources", folder=folder)) from error
    raise FileProblem(say("general.no_sources", folder=folder))


def remade(scenario: Path, overrides: Sequence[str], edited: Mapping[str, Any], basin: Path) -> Case:
    """Make a case from its scenario, what was laid over that, what a plan tells of its workbook, and the folder of its basin."""
    from waterdeal.basin.read import read_basin
    from waterdeal.run import make_case
    from waterdeal.scenario.read import read_scenario
    from waterdeal.scenario.workbook import Edit, Edited

    file = read_scenario(scenario, overrides)
    book = scenario.parent / str(edited.get("file", ""))
    if edited and book.is_file():
        edits = tuple(Edit(**edit) for edit in edited["changes"])
        file = replace(file, workbook=Edited(edited["file"], book.read_bytes(), edits, tuple(edited["told"])))
    return make_case(file, read_basin(basin))


def open_inputs(path: Path | str) -> xr.Dataset:
    """Read the inputs that a run was solved from; `Case.with_inputs` takes them.

    Parameters
    ----------
    path : pathlib.Path or str
        Folder of a run, or its ``inputs.nc``.

    Returns
    -------
    xarray.Dataset
        Every input of ``variables.csv``, in its units (hm3 per step for water), as in ``case.inputs``; empty where the scenario has no such
        part.

    Raises
    ------
    FileProblem
        If it is missing, damaged, no inputs of a run, or without the figures that a party keeps at home.
    """
    inputs = read_inputs(path)
    refuse_masked(inputs)
    return inputs


def run_files(case: Case, results: xr.Dataset | None = None) -> dict[str, bytes]:
    """Make the files that let a run be questioned and repeated, one without a plan too."""
    files = {} if results is None else {"plan.nc": to_bytes(results)}
    files["inputs.nc"] = inputs_to_bytes(case.inputs)
    files |= {f"sources/scenario/{name}": text.encode() for name, text in case.file.texts.items()}
    for series in case.file.scenario.series_files:
        files |= {f"sources/scenario/{name}": content for name, content in series_sources(case.file.path.parent, series).items()}
    files |= {f"sources/scenario/{layer.name}/{name}": content for layer in case.basin.layers for name, content in layer.files.items()}
    if case.file.workbook is not None:
        files[f"sources/scenario/{case.file.workbook.name}"] = case.file.workbook.raw
    if case.basin.folder is not None:
        names = ["basin.toml", *case.basin.digests]
        files |= {f"sources/basin/{name}": (case.basin.folder / name).read_bytes() for name in dict.fromkeys(names)}
    return files


def step_number(inputs: xr.Dataset, label: str) -> int:
    """Return the number of a step by its label."""
    labels: list[str] = inputs["step"].values.tolist()
    if label not in labels:
        raise FileProblem(say("general.not_step_run_steps", label=label, labels=labels[0], labels_2=labels[-1]))
    return labels.index(label)


def known_demand(inputs: xr.Dataset, name: str) -> str:
    """Return a demand's id if the run has it."""
    from waterdeal.basin.cells import did_you_mean

    ids: list[str] = inputs["demand"].values.tolist()
    names = names_of(inputs)
    called = {text.casefold(): key for key in ids for text in (key, *names.get(key, {}).values())}
    if name.casefold() in called:
        return called[name.casefold()]
    raise FileProblem(say("general.not_demand_run", name=name, did_you_mean=did_you_mean(name, ids)))
