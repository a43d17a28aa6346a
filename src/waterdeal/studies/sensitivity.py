"""How results respond to what is not known: one at a time, by Morris's screening, by Sobol's shares of variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.ensemble.backends import make_backend
from waterdeal.errors import SolveError
from waterdeal.studies.evaluate import make_job, solve_samples
from waterdeal.studies.parameters import check_parameters
from waterdeal.studies.samples import analyse, make_samples
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waterdeal.ensemble.backends import Backend
    from waterdeal.run import Case
    from waterdeal.studies.evaluate import Outcome
    from waterdeal.studies.parameters import Parameter
    from waterdeal.types import Floats


#: samples that are handed out together: by a kept solver, and where each is planned anew
CHUNK_KEPT, CHUNK_ANEW = 16, 1
#: samples without a plan that an error tells one by one
MOST_TOLD = 10


class SamplesFailed(SolveError):
    """Some samples have no plan, so that indices, which need all of them, would be wrong."""


@dataclass(frozen=True)
class SensitivityChoices:
    """How a study is made.

    Parameters
    ----------
    method : str
        ``one-at-a-time``, ``morris`` or ``sobol``; the latter two need SALib.
    samples : int
        Trajectories of Morris or base samples of Sobol.
    seed : int
        Of what is drawn.
    backend : str or Backend
        Who solves; see `waterdeal.ensemble.backends.make_backend`.
    anew : bool
        Whether each sample is planned anew, with its own areas and heads, where a kept solver could do.
    """

    method: str = "one-at-a-time"
    samples: int = 16
    seed: int = 0
    backend: str | Backend = "serial"
    anew: bool = False


@dataclass(frozen=True)
class Sensitivity:
    """Samples, and what became of them."""

    parameters: tuple[Parameter, ...]  # what varied
    method: str  # how
    seed: int  # of what was drawn
    values: Floats  # by (sample, parameter); NaN for what stayed as it stands
    figures: pd.DataFrame  # by sample; NaN where there is no plan
    errors: tuple[str, ...]  # by sample; empty where there is a plan
    kept: bool  # whether a kept solver was used, with the areas and heads of the scenario's own plan; else each sample was planned anew

    def samples(self) -> pd.DataFrame:
        """Return all samples: values of the parameters, figures, and ``error``."""
        names = [parameter.name for parameter in self.parameters]
        values = pd.DataFrame(self.values, columns=names, index=self.figures.index)
        return pd.concat([values, self.figures], axis=1).assign(error=list(self.errors))

    def failures(self) -> pd.DataFrame:
        """Return the samples without a plan, with the values at which there is none."""
        table = self.samples()
        return table.loc[table["error"] != "", [*(parameter.name for parameter in self.parameters), "error"]]

    def indices(self) -> pd.DataFrame:
        """Return how each figure responds to each parameter."""
        failed = [number for number, error in enumerate(self.errors) if error]
        if failed and (self.method != "one-at-a-time" or 0 in failed):
            told = [f"  {self._told(number)}" for number in failed[:MOST_TOLD]]
            told += [say("networks.more_places", count=len(failed) - MOST_TOLD)] if len(failed) > MOST_TOLD else []
            raise SamplesFailed(say("studying.failed", failed=len(failed), count=len(self.errors), told="\n".join(told)))
        return analyse(self.parameters, self.method, self.values, self.figures, self.seed)

    def _told(self, number: int) -> str:
        """One sample without a plan in words."""
        pairs = zip(self.parameters, self.values[number], strict=True)
        values = ", ".join(f"{parameter.name} = {value:.6g}" for parameter, value in pairs if not np.isnan(value))
        return f"sample {number} ({values or 'as it stands'}): {self.errors[number]}"


def run_sensitivity(
    case: Case,
    parameters: Sequence[Parameter],
    choices: SensitivityChoices | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Sensitivity:
    """Plan a scenario at many values of its parameters.

    Parameters
    ----------
    case : Case
        The scenario.
    parameters : sequence of Parameter
        What is not known, with its ranges.
    choices : SensitivityChoices, optional
        Method, samples, seed, backend.
    progress : callable
        Called with the samples done and all.

    Returns
    -------
    Sensitivity
        The same numbers whatever the backend; samples without a plan are in it with their error.

    Raises
    ------
    ScenarioError
        If a parameter, the method or the number of samples cannot be, or SALib is needed and missing.
    ValueError
        If there is no such backend.
    """
    chosen = choices or SensitivityChoices()
    check_parameters(case, parameters)
    values = make_samples(parameters, chosen.method, chosen.samples, chosen.seed)
    backend = make_backend(chosen.backend) if isinstance(chosen.backend, str) else chosen.backend
    job = make_job(case, parameters, anew=chosen.anew)
    size = CHUNK_ANEW if job.kept is None else CHUNK_KEPT
    chunks = [list(range(first, min(first + size, len(values)))) for first in range(0, len(values), size)]
    outcomes: dict[int, Outcome] = {}
    progress(0, len(values))
    for _, found in backend.map(solve_samples, job, range(len(chunks)), lambda chunk: (chunks[chunk], values[chunks[chunk]])):
        outcomes |= {outcome.number: outcome for outcome in found}
        progress(len(outcomes), len(values))
    ordered = [outcomes[number] for number in range(len(values))]
    figures = pd.DataFrame([outcome.figures for outcome in ordered], index=pd.RangeIndex(len(ordered), name="sample"), dtype=float)
    errors = tuple(outcome.error for outcome in ordered)
    return Sensitivity(tuple(parameters), chosen.method, chosen.seed, values, figures, errors, job.kept is not None)
