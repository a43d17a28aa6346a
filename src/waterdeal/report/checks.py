"""What a plan was checked by, in a few lines: the replay, the bound on its worth, and spills that need not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.results.spills import wilful_spills
from waterdeal.variables import levels_of, setting

if TYPE_CHECKING:
    from waterdeal.report.edition import Edition

#: differences told one by one
MOST_TOLD = 3


def check_lines(edition: Edition) -> list[str]:
    """Tell how far the replay is from the optimiser's plan, how good the plan can be at most, and which spills need not be.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    list of str
        Lines; none of a plan that was not replayed.
    """
    return [*_replay(edition), *_bound(edition), *_spills(edition)]


def _replay(edition: Edition) -> list[str]:
    """The largest differences of the replayed figures, which are the ones shown."""
    if "replay" not in edition.results.attrs:
        return []
    text, number = edition.text, edition.words.number
    differences = sorted(setting(edition.results, "replay"), key=lambda row: -row["difference"])
    passes = int(edition.results.attrs.get("passes", 1))
    if not differences:
        return [text("check.replay_same", passes=passes)]
    told = "; ".join(
        text(
            "check.replay_row",
            name=row["name"],
            value=number(row["difference"], 3),
            unit=row["unit"],
            place=edition.name(row["place"]),
            step=edition.words.step(row["step"]) if row["step"] else "",
        )
        for row in differences[:MOST_TOLD]
    )
    return [text("check.replay_differs", passes=passes, told=told)]


def _bound(edition: Edition) -> list[str]:
    """The worth of the plan, and what no plan can be worth more than."""
    bound = edition.results.attrs.get("benefit_bound")
    if bound is None:
        return []
    worth = -levels_of(edition.results)["benefit"]
    number = edition.words.number
    gap = 100 * (float(bound) - worth) / max(abs(worth), 1e-12)
    return [edition.text("check.bound", worth=number(worth, 3), bound=number(float(bound), 3), gap=number(gap, 4))]


def _spills(edition: Edition) -> list[str]:
    """Spills that outlets or storage could have taken."""
    spills = wilful_spills(edition.results)
    if not len(spills):
        return []
    total = edition.words.number(float(spills["spill"].sum()))
    names = ", ".join(edition.name(body) for body in dict.fromkeys(spills["reservoir"]))
    return [edition.text("check.spills", value=total, unit=edition.text("unit.volume"), places=names)]
