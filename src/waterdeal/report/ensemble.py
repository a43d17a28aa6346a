"""An ensemble in the reader's language: how far it is, who is served how often, what is stored at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.report.text import make_grid
from waterdeal.words import Words

if TYPE_CHECKING:
    from waterdeal.ensemble.summary import Ensemble

#: members without a plan that are told one by one
MOST_TOLD = 10
#: quantiles in the table of storages
SHOWN = (0.1, 0.5, 0.9)


def status_text(found: Ensemble, language: str) -> str:
    """Tell how many members are done."""
    words = Words(language)
    return words.text("ensemble.status").format(done=found.done, members=found.members, left=found.members - found.done)


def summary_text(found: Ensemble, language: str) -> str:
    """Tell what the members say together."""
    words = Words(language)
    lines = [status_text(found, language)]
    if not found.done:
        return lines[0]
    failures = found.failures()
    lines.append(words.text("ensemble.without_plan").format(count=len(failures)))
    told = failures.head(MOST_TOLD)[["trace", "error", "conflict"]].to_numpy(dtype=str).tolist()
    lines += [f"  {trace}: {error}{f' ({conflict})' if conflict else ''}" for trace, error, conflict in told]
    if "shortage" in found.spec["quantities"]:
        table = found.reliability()
        shares = (100 * table["reliability"]).tolist()
        columns = (shares, table["mean_shortage"].tolist(), table["worst_shortage"].tolist())
        rows: list[tuple[str, ...]] = [
            (str(name), *(words.number(value, 1) for value in values)) for name, *values in zip(table.index, *columns, strict=True)
        ]
        heads = [words.text(f"ensemble.{name}") for name in ("demand", "reliability", "mean_shortage", "worst_shortage")]
        lines += ["", words.text("ensemble.supply"), make_grid(heads, rows)]
    if "storage" in found.spec["quantities"]:
        last = found.quantiles("storage", SHOWN).isel(time=-1)
        names = last["reservoir"].values.tolist()
        rows = [(name, *(words.number(value, 0) for value in column)) for name, column in zip(names, last.values.T.tolist(), strict=True)]
        heads = [words.text("ensemble.reservoir"), *(f"{words.number(100 * share, 0)} %" for share in SHOWN)]
        lines += ["", words.text("ensemble.storage"), make_grid(heads, rows)]
    return "\n".join(lines)
