"""An ensemble in the reader's language: how far it is, who is served how often, what is stored at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.quantity import Teller
from waterdeal.reports.table import written
from waterdeal.words import Words

if TYPE_CHECKING:
    from waterdeal.ensemble.summary import Ensemble
    from waterdeal.reports.document import Document

#: members without a plan that are told one by one
MOST_TOLD = 10
#: quantiles in the table of storages
SHOWN = (0.1, 0.5, 0.9)


def status_text(found: Ensemble, language: str) -> str:
    """Tell how many members are done."""
    return Words(language).text("ensemble.status", done=found.done, members=found.members, left=found.members - found.done)


def ensemble_answer(found: Ensemble, language: str) -> Document:
    """Tell what the members say together."""
    words, tables = Words(language), []
    tell = Teller(words, found.spec.get("names", {}))
    lines = [status_text(found, language)]
    if not found.done:
        return answer("summary", language, lines)
    failures = found.failures()
    lines.append(words.text("ensemble.without_plan", count=len(failures)))
    told = failures.head(MOST_TOLD)[["trace", "error", "conflict"]].to_numpy(dtype=str).tolist()
    for trace, error, conflict in told:
        key = "impossible" if error == "Infeasible" else "not_proven"
        lines.append("  " + words.text(f"ensemble.{key}", trace=trace, conflict=f": {conflict}" if conflict else ""))
    if "shortage" in found.spec["quantities"]:
        keys = ("reliability", "mean_shortage", "worst_shortage")
        table = found.reliability()[list(keys)]
        values = table.assign(reliability=100 * table["reliability"]).to_numpy().tolist()
        rows = [[tell.name(str(name)), *map(words.number, row)] for name, row in zip(table.index, values, strict=True)]
        heads = [words.text(f"ensemble.{name}") for name in ("demand", *keys)]
        tables.append(written("supply", words.text("ensemble.supply"), heads, rows))
    if "storage" in found.spec["quantities"]:
        last = found.quantiles("storage", SHOWN).isel(time=-1)
        names = map(tell.name, last["reservoir"].values.tolist())
        rows = [[name, *(words.number(value, 0) for value in column)] for name, column in zip(names, last.values.T.tolist(), strict=True)]
        heads = [words.text("ensemble.reservoir"), *(f"{words.number(100 * share, 0)} %" for share in SHOWN)]
        tables.append(written("storage", words.text("ensemble.storage"), heads, rows))
    return answer("summary", language, [Listing("", tuple(lines)), *tables])
