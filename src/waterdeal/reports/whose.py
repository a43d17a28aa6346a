"""Whose figures a plan is made with: how many each party claims and accepts, how many are disputed, and what is kept at home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.results.held import MASKED, held_sentences
from waterdeal.scenario.facts import WHOSE
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    import xarray as xr

    from waterdeal.words import Words


def whose_told(dataset: xr.Dataset) -> dict[str, Any]:
    """Tell for machines whose figures a plan or inputs are of; nothing where no party says anything of any."""
    return {WHOSE: setting(dataset, WHOSE)} if WHOSE in dataset.attrs else {}


def whose_lines(dataset: xr.Dataset, words: Words) -> list[str]:
    """Say whose figures a plan or inputs are of; nothing where no party says anything of any."""
    told = setting(dataset, WHOSE, {})
    if not told:
        return []
    claimed, accepted = (_by_party(told[name], words) for name in ("claimed", "accepted"))
    held = held_sentences(dataset, words)
    lines = [words.text("whose.counts", claimed=claimed, disputed=told["disputed"], accepted=accepted), *(f"{one}." for one in held)]
    return [*lines, words.text("held.stays")] if held and MASKED not in dataset.attrs else lines


def _by_party(counts: Mapping[str, int], words: Words) -> str:
    """Count by party in words."""
    return ", ".join(f"{party} {count}" for party, count in counts.items()) or words.text("whose.none")
