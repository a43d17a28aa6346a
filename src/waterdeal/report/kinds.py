"""The kinds of reports: each a function of a plan and a language that returns a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.report.annex import annex
from waterdeal.report.figures import figures
from waterdeal.results.held import masked
from waterdeal.results.store import read_results
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.report.document import Document

KINDS = {"annex": annex, "figures": figures}


def report(result: Any, kind: str = "annex", language: str = "en") -> Document:
    """Make a report of a plan in a language; nothing is solved, and nothing that a party keeps at home is told.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path or str
        A plan, its dataset, or the folder of a run.
    kind : str
        ``annex``: two pages A4 for the minutes; ``figures``: the figures of the plan.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    Document
        Its ``save`` writes docx, pdf, html, xlsx or txt by the ending of the file.

    Raises
    ------
    FileProblem
        If there is no such kind, or no plan in the folder.
    """
    if kind not in KINDS:
        raise FileProblem(say("report.no_kind", kind=kind, known=", ".join(KINDS)))
    plan = read_results(result) if isinstance(result, str | Path) else getattr(result, "dataset", result)
    return KINDS[kind](masked(plan), language)
