"""What one more of a promise is worth and one less costs, as a table of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.reports.blocks import Paragraph
from waterdeal.reports.promises import clause_numbers
from waterdeal.reports.quantity import level_name
from waterdeal.reports.table import Column, Table
from waterdeal.scenario.ranks import base_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.material import Material

#: both sides of a price
SIDES = ("more", "less")
#: levels whose unit, a hm3 missing or its worth, says something to people; others count what is weighted against what nobody should want
SHOWN = ("sanitary", "entitlement", "irrigation", "environment", "benefit")


def price_blocks(material: Material, edition: Edition) -> Iterator[Any]:
    """Tell the prices of clauses, those that are nothing on both sides counted; or the command that finds them."""
    found = material.findings.read("prices")
    if found is None:
        yield material.missing("prices", edition.words)
        return
    text, numbers = edition.text, clause_numbers(edition.results)
    named = [(entry["name"].partition(":"), entry) for entry in found["prices"]]
    clauses = [(name, entry) for (kind, _, name), entry in named if kind == "clause"]
    told = [(name, entry) for name, entry in clauses if any(entry[side]["level"] or entry[side]["infeasible"] for side in SIDES)]
    if told:
        heads = [Column(text("price.name"), width=34)]
        for side in SIDES:
            group = text(f"price.{side}")
            heads += [Column(text("price.worth"), group, 3, width=14), Column(text("price.level"), group, width=44)]
        sides = [(name, *(_side(entry[side], edition) for side in SIDES)) for name, entry in told]
        rows = [(f"{numbers.get(name, '')}\xa0{name}", *more, *less) for name, more, less in sides]
        yield Table("prices", text("sheet.prices"), text("price.title"), "", tuple(heads), tuple(rows), notes=(text("report.price_note"),))
    yield Paragraph(text("report.unpriced", count=len(clauses) - len(told)), note=True)
    if found["on_lines_of_plan"]:
        yield Paragraph(text("price.on_lines"), note=True)


def _side(told: Mapping[str, Any], edition: Edition) -> tuple[Any, ...]:
    """Cells of one side: worth where its unit says something to people, and the level it belongs to."""
    if told["infeasible"]:
        return None, edition.text("price.infeasible")
    if told["level"] is None:
        return 0.0, ""
    worth = round(told["worth"], 3) + 0.0 if base_level(told["level"]) in SHOWN else None
    return worth, level_name(told["level"], edition.words)
