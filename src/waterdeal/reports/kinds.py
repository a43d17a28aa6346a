"""The kinds of reports: each a function of what it is made from and a language that returns a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.reports.agreement import agreement
from waterdeal.reports.annex import annex
from waterdeal.reports.batch import batch_report
from waterdeal.reports.contract import contract, found_contract
from waterdeal.reports.figures import figures
from waterdeal.reports.material import take
from waterdeal.reports.method import method
from waterdeal.reports.risk import ensemble
from waterdeal.reports.season import season
from waterdeal.reports.settlement import settlement
from waterdeal.reports.side_by_side import comparison
from waterdeal.results.held import masked
from waterdeal.results.store import read_results
from waterdeal.studies.contract.sheet import ContractSheet
from waterdeal.tracking.agreed import AGREED, READINGS, read_readings
from waterdeal.tracking.follow import follow
from waterdeal.tracking.settlement import Settlement, settle
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.reports.document import Document
    from waterdeal.reports.material import Material


def _batch(material: Material, language: str) -> Document:
    """Make the report of a batch; FileProblem of what is none."""
    if material.batch is None:
        raise FileProblem(say("report.no_batch", folder=material.findings.folder or "–"))
    return batch_report(material.batch, language)


def _settled(material: Material) -> Settlement:
    """Settle the contract of a followed plan to the last day that was measured; FileProblem of what follows none."""
    if material.followed is not None:
        agreed = masked(read_results(material.followed / AGREED))
        tracking = follow(agreed, read_readings((material.followed / READINGS).read_bytes()))
        found = settle(agreed, tracking, next(iter(material.plans.values()), None))
        if len(found.account):
            return found
    raise FileProblem(say("report.not_settled", folder=material.followed or material.findings.folder or "–"))


KINDS: dict[str, Callable[[Material, str], Document]] = {
    "annex": lambda material, language: annex(material.plan, language), "season": season, "agreement": agreement,
    "comparison": comparison, "ensemble": ensemble, "figures": lambda material, language: figures(material.plan, language),
    "method": method, "batch": _batch, "contract": found_contract,
}  # fmt: skip


def report(result: Any, kind: str = "annex", language: str = "en") -> Document:
    """Make a report of a plan in a language; nothing is solved, and nothing that a party keeps at home is told.

    Parameters
    ----------
    result : Result, xarray.Dataset, pathlib.Path, str, Batch, ContractSheet or Settlement, or several of them
        A plan, its dataset, or the folder of a run, beside which commands keep what they find; for a comparison a list, or a dict of names;
        a batch or its folder; for a contract its sheet too.
    kind : str
        ``annex``: two pages A4 for the minutes; ``season``; ``agreement``, also of a run that has no plan; ``comparison`` of several;
        ``ensemble``; ``figures``: the figures of the plan; ``method``: how the plan came about, worked by hand, for a sceptical expert;
        ``batch``: the scenarios of a batch side by side; ``contract``: the sheet of a contract of water against energy;
        ``settlement``: of a `Settlement`, or of the folder of a followed plan.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    Document
        Its ``save`` writes docx, pdf, html, xlsx, csv or txt by the ending of the file.

    Raises
    ------
    FileProblem
        If there is no such kind, no plan in the folder, or what was found beside it is of another plan.
    """
    if kind == "settlement":
        return settlement(result if isinstance(result, Settlement) else _settled(take(result)), language)
    if kind not in KINDS:
        raise FileProblem(say("report.no_kind", kind=kind, known=", ".join((*KINDS, "settlement"))))
    if kind == "contract" and isinstance(result, ContractSheet):
        return contract(result, language)
    material = take(result)
    if material.batch is not None and kind != "batch":
        raise FileProblem(say("report.is_batch", folder=material.batch.folder))
    return KINDS[kind](material, language)
