"""What reports are made from: plans by name, what was found about them, and the inputs of a run that has no plan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.reports.blocks import Paragraph
from waterdeal.reports.findings import Findings, is_run_folder
from waterdeal.reports.run import whole_run
from waterdeal.results.disk import RUN_FILE, recovered
from waterdeal.results.held import MASKED, masked
from waterdeal.results.store import read_inputs, read_results
from waterdeal.run_folder import folder_of
from waterdeal.studies.batch import SPEC, Batch
from waterdeal.tracking.agreed import AGREED
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.words import Words

#: why a run has no plan, for machines
EXPLANATION = "explanation.json"


@dataclass(frozen=True)
class Material:
    """What a report is made from; the first plan is the one that it tells of."""

    plans: Mapping[str, xr.Dataset]  # by name; none of a run without a plan
    findings: Findings
    inputs: xr.Dataset | None = None  # of a run without a plan
    explanation: Mapping[str, Any] | None = None  # why it has none
    batch: Batch | None = None  # many scenarios, each a run
    followed: Path | None = None  # folder of a plan for the rest of a season, with the agreed plan and all that was measured

    @property
    def plan(self) -> xr.Dataset:
        """The plan that is told of; FileProblem where there is none."""
        for plan in self.plans.values():
            return plan
        raise FileProblem(say("report.no_plan", folder=self.findings.folder))

    def missing(self, name: str, words: Words) -> Paragraph:
        """Name the command that makes what is missing."""
        return Paragraph(words.text("report.missing", command=self.findings.command(name)), note=True)


def take(given: Any) -> Material:
    """Take up plans, datasets of plans or folders of runs, one or several; or a batch."""
    if isinstance(given, Batch) or is_batch(given):
        batch = given if isinstance(given, Batch) else Batch(given)
        for cell in batch.cells:
            check_whole(batch.folder / cell)
        return Material({}, Findings(None), batch=batch)
    several = isinstance(given, Sequence | Mapping) and not isinstance(given, str) and not hasattr(given, "variables")
    listed = dict(given) if several and isinstance(given, Mapping) else _named(list(given) if several else [given])
    first = next(iter(listed.values()), None)
    if first is None:
        raise FileProblem(say("report.no_run", folder="–"))
    if not isinstance(first, str | Path):
        return Material({name: _plan(one) for name, one in listed.items()}, Findings(None))
    for one in listed.values():
        check_whole(folder_of(Path(one)))
    folder = recovered(folder_of(Path(first)))
    if len(listed) == 1 and not (folder / "plan.nc").exists() and is_run_folder(folder):
        return Material({}, Findings(folder), masked(read_inputs(folder)), _explanation(folder))
    if (folder / AGREED).is_dir() and not (folder / "plan.nc").exists():  # measurements that leave no plan for the rest
        return Material({}, Findings(None), followed=folder)
    plans = {name: _plan(one) for name, one in listed.items()}
    kept = is_run_folder(folder) and not any(MASKED in plan.attrs for plan in plans.values())  # findings may give back what stays at home
    return Material(plans, Findings(folder if kept else None), followed=folder if (folder / AGREED).is_dir() else None)


def check_whole(folder: Path) -> None:
    """Refuse the folder of a run of which a file is not as it was written."""
    if (folder / RUN_FILE).exists() and whole_run(folder) is None:
        raise FileProblem(say("report.changed", folder=folder))


def is_batch(given: Any) -> bool:
    """Whether something is the folder of a batch."""
    return isinstance(given, str | Path) and (Path(given) / SPEC).is_file()


def _named(several: list[Any]) -> dict[str, Any]:
    """Name plans: by their folders where these differ, else by their place."""
    names = [folder_of(Path(one)).name if isinstance(one, str | Path) else "" for one in several]
    if len(set(names)) < len(names) or "" in names:
        names = [str(number) for number in range(1, len(several) + 1)]
    return dict(zip(names, several, strict=True))


def _plan(one: Any) -> xr.Dataset:
    """Return the dataset of a plan, without what a party keeps at home."""
    return masked(read_results(one) if isinstance(one, str | Path) else getattr(one, "dataset", one))


def _explanation(folder: Path) -> Mapping[str, Any] | None:
    """Read why a run has no plan; None where that is told by no clauses."""
    file = folder / EXPLANATION
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise FileProblem(say("report.changed", folder=folder / RUN_FILE)) from error
    return found
