"""The report of an ensemble: what is exceeded in which share of years, fans of storages, and which clause fails how often."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.ensemble.summary import grouped_exceedance, owners_of
from waterdeal.errors import FileProblem
from waterdeal.reports.about import created, title
from waterdeal.reports.blocks import EPOCH, Heading, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import PERCENT, VOLUME, Edition, figure
from waterdeal.reports.plots.block import fans_block
from waterdeal.reports.promises import clause_numbers
from waterdeal.reports.protocol import head
from waterdeal.reports.sentence import clause_sentence
from waterdeal.reports.table import Column, Table
from waterdeal.variables import setting
from waterdeal.words import Words, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import xarray as xr

    from waterdeal.ensemble.summary import Ensemble
    from waterdeal.reports.material import Material

#: shares of years in tables, and quantiles of fans from the lowest to the highest
SHARES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
FAN = (0.1, 0.25, 0.5, 0.75, 0.9)
#: what may be missing to a user that is served in full, hm3: it prints as nothing
SHOWN = 0.5 * 10.0**-VOLUME
#: figures of parties that are told, and their units
OF_PARTIES = {"delivery": "volume", "energy": "energy"}


def ensemble_record(found: Ensemble, plan: xr.Dataset, folder: Path) -> dict[str, Any]:
    """Return what an ensemble says as plain data, for the run of a plan that it is of; FileProblem where it is of another scenario."""
    texts = {f"scenario/{name}": digest for name, digest in found.spec.get("scenario_sha256", {}).items()}
    same = texts.items() <= setting(plan, "inputs_sha256").items()
    if not same or found.spec.get("overrides", []) != list(setting(plan, "overrides", ())):
        raise FileProblem(say("report.other_ensemble", folder=found.folder, run=folder))
    kept, failures = found.spec["quantities"], found.failures()
    exceeded: dict[str, dict[str, list[float | None]]] = {}
    for name in (name for name in OF_PARTIES if name in kept and found.first[name].size):
        curves = grouped_exceedance(found, name, owners_of(found, name))
        by_party = curves.groupby("group", sort=False)["value"]
        exceeded[name] = {str(party): _reached(falling.to_numpy(), found.done) for party, falling in by_party}
    fans: dict[str, list[list[float]]] = {}
    if "storage" in kept:
        quantiles = found.quantiles("storage", FAN)
        fans = {str(name): quantiles.sel(reservoir=name).values.tolist() for name in quantiles["reservoir"].values}
    supply = found.reliability(SHOWN) if "shortage" in kept else None
    clauses = Counter(clause for conflict in failures["conflict"] for clause in dict.fromkeys(str(conflict).split()))
    return {
        "members": found.members, "done": found.done, "without_plan": len(failures), "sha256": found.digest(), "shares": list(SHARES),
        "exceeded": exceeded, "fan": list(FAN), "storage": fans, "clauses": {name: count / found.done for name, count in clauses.items()},
        "supply": {} if supply is None else supply.to_dict("index"), "traces_sha256": str(found.spec.get("traces_sha256", "")),
    }  # fmt: skip


def _reached(falling: Any, done: int) -> list[float | None]:
    """Values that each share of all members reaches; None where fewer have a plan."""
    places = [math.ceil(round(share * done, 9)) - 1 for share in SHARES]
    return [float(falling[place]) if 0 <= place < len(falling) else None for place in places]


def ensemble(material: Material, language: str) -> Document:
    """Make the report of an ensemble."""
    edition = Edition(material.plan, Words(language))
    heading = f"{edition.text('report.ensemble')}: {title(edition)}"
    blocks = (*head(edition), *risk_blocks(material, edition), Paragraph(edition.text("about.disclaimer_text"), note=True))
    return Document("ensemble", language, heading, (Heading(heading, 1), *blocks), created(material.plan) or EPOCH)


def risk_blocks(material: Material, edition: Edition, *, supply: bool = True) -> Iterator[Any]:
    """Tell what an ensemble says, or the command that makes one."""
    found = material.findings.read("ensemble")
    if found is None:
        yield material.missing("ensemble", edition.words)
        return
    counts = {name: found[name] for name in ("members", "done", "without_plan")}
    yield Paragraph(edition.text("report.members", **counts, digest=found["sha256"][:12]))
    yield from _exceedance(found, edition)
    if found["storage"]:
        yield from fans_block(edition, found["fan"], found["storage"])
        yield _ends(found, edition)
    yield from _failing(found, edition)
    if supply and found["supply"]:
        yield _supply(found, edition)


def _exceedance(found: Mapping[str, Any], edition: Edition) -> Iterator[Table]:
    """Make the tables of what each party reaches in a share of years."""
    heads = [Column(f"{edition.words.number(100 * share, 0)}\xa0%", digits=VOLUME, width=12, summed=False) for share in found["shares"]]
    for name, parties in found["exceeded"].items():
        rows = [
            (edition.name(party), *(figure(value, VOLUME) for value in parties[party]))
            for party in edition.parties if party in parties
        ]  # fmt: skip
        sheet, told = edition.text(f"sheet.exceeded_{name}"), edition.text(f"report.exceeded_{name}")
        columns = (Column(edition.text("column.party"), width=26), *heads)
        fewer = any(cell is None for row in rows for cell in row)
        notes = (edition.text("report.fewer_planned"),) if fewer else ()
        yield Table(f"exceeded_{name}", sheet, told, edition.unit(OF_PARTIES[name]), columns, tuple(rows), notes=notes)


def _ends(found: Mapping[str, Any], edition: Edition) -> Table:
    """Make the table of storages at the end that a share of years exceeds."""
    shares = [1 - share for share in found["fan"]][::-1]
    heads = [Column(f"{edition.words.number(100 * share, 0)}\xa0%", digits=VOLUME, width=12, summed=False) for share in shares]
    rows = [
        (edition.name(name), *(figure(by_step[-1], VOLUME) for by_step in reversed(quantiles)))
        for name, quantiles in _in_order(found["storage"], edition, "reservoir")
    ]
    columns = (Column(edition.text("column.reservoir"), width=36), *heads)
    return Table("exceeded_storage", edition.text("sheet.exceeded_storage"), edition.text("report.exceeded_storage"),
                 edition.unit("volume"), columns, tuple(rows))  # fmt: skip


def _in_order(found: Mapping[str, Any], edition: Edition, dim: str) -> list[tuple[str, Any]]:
    """Return what was found of places in the order of the plan."""
    return [(name, found[name]) for name in edition.read[dim].values.astype(str).tolist() if name in found]


def _failing(found: Mapping[str, Any], edition: Edition) -> Iterator[Any]:
    """Make the table of clauses that are among those that cannot all hold, with their share of years."""
    numbers = clause_numbers(edition.results)
    sentences = {clause.id: clause_sentence(clause, edition.tell, edition.results) for clause in clauses_of(edition.results)}
    rows = [
        (f"{numbers.get(name, '')}\xa0{name}", sentences.get(name, ""), round(100 * share, PERCENT) + 0.0)
        for name, share in sorted(found["clauses"].items(), key=lambda pair: (numbers.get(pair[0], 0), pair[0]))
    ]
    if not rows:
        yield Paragraph(edition.text("report.none_fails"))
        return
    columns = (Column(edition.text("rooms.clause"), width=26), Column(edition.text("column.clause"), width=96),
               Column(edition.text("report.share_of_years"), digits=PERCENT, width=14, summed=False))  # fmt: skip
    yield Table("failing", edition.text("sheet.failing"), edition.text("report.failing"), "", columns, tuple(rows))


def _supply(found: Mapping[str, Any], edition: Edition) -> Table:
    """Make the table of how often each user is served in full, and what is missing."""
    keys = ("reliability", "mean_shortage", "worst_shortage")
    rows = [
        (edition.name(name), figure(100 * row[keys[0]], VOLUME), *(figure(row[key], VOLUME) for key in keys[1:]))
        for name, row in _in_order(found["supply"], edition, "demand")
    ]
    columns = (Column(edition.text("ensemble.demand"), width=44),
               *(Column(edition.text(f"report.{key}"), digits=VOLUME, width=16, summed=False) for key in keys))  # fmt: skip
    return Table("supply", edition.text("sheet.supply"), edition.text("ensemble.supply"), edition.unit("volume"), columns, tuple(rows))
