"""The note on the method for a sceptical expert: parts of a plan worked by hand, who judged what, a proportional cut, a glossary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from waterdeal.reports.about import created, figure_rows, title, told_unique
from waterdeal.reports.balance import regime_table
from waterdeal.reports.blocks import EPOCH, Heading, Paragraph
from waterdeal.reports.choices import choice_blocks
from waterdeal.reports.document import Document
from waterdeal.reports.edition import VOLUME, Edition, figure
from waterdeal.reports.plots.block import figure_block
from waterdeal.reports.plots.deal import slack
from waterdeal.reports.plots.river import storage
from waterdeal.reports.proportional import cut_blocks
from waterdeal.reports.protocol import SENTENCE, clause_table, foot, head
from waterdeal.reports.quantity import level_name
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.table import Column, Table
from waterdeal.reports.worked_clause import clause_sheet
from waterdeal.reports.worked_river import reach_sheet, reservoir_sheet
from waterdeal.reports.worked_user import user_sheet
from waterdeal.scenario.ranks import base_level
from waterdeal.variables import levels_of
from waterdeal.words import LANGUAGES, Words, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from waterdeal.reports.material import Material

#: size of letters, points
POINTS = 10.0
#: what the value of a level counts, where it is no plain volume; shares that are made even first leave a volume
COUNTED = {
    "safety": "weighted", "agreement": "weighted", "entitlement": "weighted", "evenness": "weighted", "lookahead": "weighted",
    "operation": "changes", "smoothness": "changes", "benefit": "worth",
}  # fmt: skip
#: tables of a basin whose figures stand in worked lines, and the scenario
WORKED_FROM = ("reservoirs", "curves", "evaporation", "demands", "requirements", "links", "loss_months", "past_flows", "scenario")
#: levels that count weighted volumes by the rule of least shortage, volumes by that of equal shares
BY_RULE = ("drinking", "irrigation")


def method(material: Material, language: str) -> Document:
    """Make the note on the method of a plan."""
    edition = Edition(material.plan, Words(language))
    heading = f"{edition.text('method.title')}: {title(edition)}"
    blocks: list[Any] = [Heading(heading, 1), *head(edition)]
    for number, (key, part) in enumerate(PARTS.items(), start=1):
        name = edition.text(f"method_part.{key}")
        blocks += [Heading(f"{number}. {name}"), *part(material, edition)]
    blocks += [Paragraph(line, note=True) for line in foot(edition)]
    return Document("method", language, heading, tuple(blocks), created(material.plan) or EPOCH, POINTS)


def _said(edition: Edition, *keys: str, **values: object) -> Iterator[Paragraph]:
    """Paragraphs of the note."""
    yield from (Paragraph(edition.text(f"method_said.{key}", **values)) for key in keys)


def _read(_: Material, edition: Edition) -> Iterator[Any]:
    """Say how to read the note, and how the plan is found."""
    yield from _said(edition, "purpose", "operands", "names")
    yield from _said(edition, "balance", "levels", "order")
    yield _levels(edition)
    yield Paragraph(edition.text("method.proven", proof=told_unique(edition)))
    yield from _said(edition, "passes", "checked")


def _levels(edition: Edition) -> Table:
    """Make the table of levels in order, and what each came to."""
    rows = [
        (str(number), level_name(level, edition.words), figure(value, VOLUME), edition.text(f"unit.{_counted(level, edition)}"))
        for number, (level, value) in enumerate(levels_of(edition.results).items(), start=1)
    ]
    kinds = {"clause_number": (None, 4), "made_least": (None, 80), "reached": (VOLUME, 20), "unit": (None, 34)}
    heads = ((edition.text(f"column.{key}"), *shape) for key, shape in kinds.items())
    columns = tuple(Column(head, digits=digits, width=width, summed=False) for head, digits, width in heads)
    return Table("levels", edition.text("sheet.levels"), edition.text("method.levels"), "", columns, tuple(rows))


def _counted(level: str, edition: Edition) -> str:
    """Name the unit in which a level counts."""
    base = base_level(level)
    if base in BY_RULE and edition.results.attrs.get("sharing") != "equal_ratio":
        return "weighted"
    return COUNTED.get(base, "volume")


def _reservoir(_: Material, edition: Edition) -> Iterator[Any]:
    """Work one step of a reservoir and of the reach that loses most; all steps of the reservoir stand below, as the plan prints them."""
    names = yield from _worked(edition, "reservoir", reservoir_sheet(edition))
    for name in names:
        yield figure_block(storage, edition.results, name, lang=edition.words.language)
        yield _regime(edition, name)
    yield from _worked(edition, "reach", reach_sheet(edition))


def _regime(edition: Edition, name: str) -> Table:
    """Make the table of all steps of one reservoir; its notes say what adds up."""
    whole = regime_table(edition)
    block = next(number for number, row in enumerate(whole.rows) if row[0] == edition.name(name) and whole.level(number) == 1)
    steps = whole.row_sums[block]
    shown = tuple(whole.rows[number] for number in (block, *steps))
    return replace(whole, name="worked_regime", sheet=edition.text("sheet.worked_regime"), rows=shown, levels=(1, *[2] * len(steps)),
                   row_sums={0: tuple(range(1, len(shown)))}, title=edition.text("method.regime", place=edition.name(name)))  # fmt: skip


def _user(_: Material, edition: Edition) -> Iterator[Any]:
    """Work one canal."""
    yield from _worked(edition, "user", user_sheet(edition))


def _clause(_: Material, edition: Edition) -> Iterator[Any]:
    """Work one clause; the others stand below."""
    names = yield from _worked(edition, "clause", clause_sheet(edition))
    if names:
        yield from clause_table(edition, SENTENCE)
        yield figure_block(slack, edition.results, lang=edition.words.language)


def _worked(edition: Edition, key: str, tables: Iterable[tuple[str, Table]]) -> Generator[Any, None, list[str]]:
    """Say what is worked, then its table, or that the plan has none; return what was worked."""
    found = dict(tables)
    yield from _said(edition, key if found else f"no_{key}")
    yield from found.values()
    return list(found)


def _origins(_: Material, edition: Edition) -> Iterator[Any]:
    """Say where the figures of the worked places come from, and how sure figures are."""
    yield from _said(edition, "origins")
    names = [name for make in (reservoir_sheet, reach_sheet, user_sheet) for name, _ in make(edition)]
    table = figure_rows(edition, names, WORKED_FROM)
    yield from [table] if table.rows else []
    yield from map(Paragraph, sure_lines(edition))


def _choices(material: Material, edition: Edition) -> Iterator[Any]:
    """Say who judged what, and what another choice would do."""
    yield from _said(edition, "choices")
    yield from choice_blocks(material, edition)


def _cut(_: Material, edition: Edition) -> Iterator[Any]:
    """Set a proportional cut beside the plan."""
    yield from _said(edition, "cut")
    yield from cut_blocks(edition)


def _limits_of_model(_: Material, edition: Edition) -> Iterator[Any]:
    """Say what the model does not know, and how to check it without trusting anybody."""
    yield from (Paragraph(edition.text(f"season_method.{key}")) for key in ("known", "mean", "rule", "audit"))
    yield from _said(edition, "try")


def _glossary(_: Material, edition: Edition) -> Iterator[Any]:
    """Explain the terms, each in all languages."""
    spoken = [edition.words if edition.words.tongue == language else Words(language) for language in LANGUAGES]
    terms = [key.removeprefix("term.") for key in read_texts("en") if key.startswith("term.")]
    rows = [(*(words.text(f"term.{term}") for words in spoken), edition.text(f"term_meaning.{term}")) for term in terms]
    columns = (*(Column(words.own_name, width=22) for words in spoken), Column(edition.text("about.meaning"), width=70))
    yield Table("glossary", edition.text("sheet.glossary"), edition.text("sheet.glossary"), "", columns, tuple(rows))


PARTS: dict[str, Callable[[Material, Edition], Iterable[Any]]] = {
    "read": _read, "reservoir": _reservoir, "user": _user, "clause": _clause, "origins": _origins, "choices": _choices, "cut": _cut,
    "limits": _limits_of_model, "glossary": _glossary,
}  # fmt: skip
