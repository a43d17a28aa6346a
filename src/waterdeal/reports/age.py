"""Limits of another year than the one that is planned, told where a plan is read first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.variables import setting

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.words import Words


def age_lines(dataset: xr.Dataset, words: Words) -> list[str]:
    """Tell of inputs or a plan which limits of one year stand for those of another, a line a pair of years."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for row in setting(dataset, "limits_lent", []):
        pairs.setdefault((row["year"], row["planned"]), []).append(row["limit"])
    return [words.text("age.limits", year=year, planned=planned, names=", ".join(names)) for (year, planned), names in pairs.items()]
