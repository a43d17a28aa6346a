"""The interval in which a compensation lies: what upstream loses by acting for both, and what downstream gains.

Without an agreement the upstream parties act first and for themselves, the downstream parties then do their best with what arrives; a joint
run without payments would be another thing (design/model.md, 3.5, trap 22). With an agreement all act as one. A payment between the loss of
the upstream and the gain of the downstream leaves nobody worse off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from waterdeal.accounts.alone import after, alone, without_agreement
from waterdeal.accounts.party import party_accounts
from waterdeal.results.result import Result
from waterdeal.run import solve_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.solve.options import SolveOptions


@dataclass(frozen=True)
class Compensation:
    """Accounts without and with agreement, and the payment that lies between.

    Parameters
    ----------
    upstream : tuple of str
        Parties that act first where there is no agreement.
    apart, together : pandas.DataFrame
        Accounts by party; see `party_accounts`.
    plans : dict of str to xarray.Dataset
        The plans: ``upstream``, ``downstream`` (after it) and ``joint``.
    """

    upstream: tuple[str, ...]
    apart: pd.DataFrame
    together: pd.DataFrame
    plans: dict[str, xr.Dataset]

    @property
    def loss(self) -> float:
        """What the upstream parties lose by acting for all: the least compensation."""
        own = self.apart.index.isin(self.upstream)
        return float((self.apart["benefit"] - self.together["benefit"])[own].sum())

    @property
    def gain(self) -> float:
        """What the downstream parties gain: the most they would pay."""
        own = self.apart.index.isin(self.upstream)
        return float((self.together["benefit"] - self.apart["benefit"])[~own].sum())

    @property
    def equal_split(self) -> float:
        """Payment that shares what is gained together evenly between the two sides."""
        return (self.loss + self.gain) / 2

    @property
    def has_room(self) -> bool:
        """Whether there is a payment that leaves nobody worse off."""
        return self.gain >= self.loss - 1e-9 * (1 + abs(self.loss))

    def transfers(self, amount: float) -> pd.Series[float]:
        """Return what each party receives when the downstream pays an amount; what is paid is below zero, and all adds up to nothing.

        Parameters
        ----------
        amount : float
            Payment in all, in the scenario's money.

        Returns
        -------
        pandas.Series
            By party: the upstream parties share it by what they lose, the downstream parties by what they gain; evenly where none does.
        """
        change = self.together["benefit"] - self.apart["benefit"]
        own = change.index.isin(self.upstream)
        received = amount * (_shares(-change.where(own, 0.0), own) - _shares(change.where(~own, 0.0), ~own))
        return received.rename("transfer")

    def in_energy(self, price: float) -> tuple[float, float, float]:
        """Return least, even and most compensation as energy delivered.

        Parameters
        ----------
        price : float
            Worth of a GWh to those who receive it, in the scenario's money.

        Returns
        -------
        tuple of float
            GWh.

        Raises
        ------
        ValueError
            If the price is not above zero.
        """
        if not price > 0:
            message = f"a price of {price:g} a GWh makes no energy worth giving"
            raise ValueError(message)
        return self.loss / price, self.equal_split / price, self.gain / price


def _shares(weights: pd.Series[float], members: NDArray[np.bool_]) -> pd.Series[float]:
    """Shares of members by their weights above zero; even ones where there are none."""
    positive = weights.clip(lower=0.0)
    return positive / positive.sum() if positive.sum() > 0 else pd.Series(members / members.sum(), index=weights.index)


def compensate(
    inputs: xr.Dataset,
    upstream: Sequence[str],
    levels: Sequence[str],
    options: SolveOptions,
    progress: Callable[[str], None] = lambda _stage: None,
) -> Compensation:
    """Solve a case apart and together.

    Parameters
    ----------
    inputs : xarray.Dataset
        Inputs of the case; its agreements hold in the joint plan only.
    upstream : sequence of str
        Parties that act first without an agreement.
    levels : sequence of str
        Levels of the objective, ``benefit`` among them.
    options : SolveOptions
        How HiGHS is run.
    progress : callable
        Called with the name of each stage.

    Returns
    -------
    Compensation
        Accounts, plans and interval.

    Raises
    ------
    ValueError
        If a party is unknown, all or none are upstream, or ``benefit`` is not among the levels.
    SolveError
        Where one of the plans cannot be made.
    """
    known = np.unique(inputs["node_party"].values).tolist()
    strange = sorted(set(upstream) - set(known))
    if strange or not 0 < len(set(upstream)) < len(known):
        message = f"upstream must be some, not all, of {', '.join(known)}" + (f"; {', '.join(strange)} is not one" if strange else "")
        raise ValueError(message)
    if "benefit" not in levels:
        message = "a compensation weighs benefits: the level benefit must be among objective.levels"
        raise ValueError(message)
    bare = without_agreement(inputs)
    plans = {}
    progress("upstream alone")
    plans["upstream"] = _solved(alone(bare, upstream), levels, options)
    progress("downstream on what arrives")
    plans["downstream"] = _solved(after(bare, plans["upstream"], upstream), levels, options)
    progress("together")
    plans["joint"] = _solved(inputs, levels, options)
    first, then = (party_accounts(plans[name]) for name in ("upstream", "downstream"))
    apart = then.copy()
    own = apart.index.isin(upstream)
    apart.loc[own] = first.loc[own]
    return Compensation(tuple(upstream), apart, party_accounts(plans["joint"]), plans)


def _solved(inputs: xr.Dataset, levels: Sequence[str], options: SolveOptions) -> xr.Dataset:
    """Solve, replay and audit."""
    results = solve_inputs(inputs, levels, options)
    Result(results).audit().raise_if_bad()
    return results
