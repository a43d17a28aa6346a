"""Walk down the rows of a table: sections, canals and their parts, totals, and the series themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from waterdeal.imports.dates import read_bare
from waterdeal.imports.grid import IGNORED_ROW, LEFT_OUT, TOTAL, cell_text, is_blank
from waterdeal.imports.labels import (
    Labels,
    agency_only,
    find_place,
    included_part,
    is_actual,
    is_left_out_row,
    is_total_row,
    sort_labels,
    split_label,
)
from waterdeal.imports.layout import Role, is_note_head
from waterdeal.imports.numbers import is_number
from waterdeal.imports.quantities import find_units, is_measure
from waterdeal.imports.words import holds, is_country, is_left_out, is_one_of, split_words
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from waterdeal.imports.grid import Notes, Spot
    from waterdeal.imports.layout import Block
    from waterdeal.imports.places import Places


@dataclass(frozen=True)
class Series:
    """One row of numbers."""

    row: int  # row in the sheet as the block sees it
    role: Role  # values, a total of rows, or what is left out
    labels: Labels  # what its labels say
    place: str | None = None  # id, or None where no known place is meant
    section: tuple[str, ...] = ()  # texts of the section it stands in
    part_of: int | None = None  # row of the canal of which it is a part


@dataclass
class _State:
    """Where the walk down the rows has come to."""

    section: tuple[str, ...] = ()
    heading: str = ""
    heading_units: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    parent: str = ""
    parent_row: int | None = None
    in_parts: bool = False


class RowReader:
    """Reads the labels of one table's rows."""

    def __init__(self, block: Block, places: Places, notes: Notes, times: int | None = None) -> None:
        self._block, self._places, self._notes, self._timed = block, places, notes, times is not None
        self.titles = [*block.title_texts(), block.sheet.name]
        self._roles = {column: role for column, role in _column_roles(block).items() if column != times}
        self._state = _State()
        for text in self.titles:
            if is_left_out(text, notes, "plan") and not holds(text, "time", "actual"):
                notes.guess(block.sheet.whole(), text, say("imports.measured"), "imports.plan_in_heading")

    def read(self, columns: Iterable[int]) -> list[Series]:
        """Read all rows."""
        found: list[Series] = []
        columns, sheet = list(columns), self._block.sheet
        for row in range(self._block.body, self._block.end):
            texts = self._texts(row)
            if row == self._block.body and self._counts_columns(row):
                self._notes.mention(sheet.spot(row, 0), "1, 2, 3 …", LEFT_OUT, "imports.counts_columns")
            elif any(sheet.is_filled(row, column) for column in columns):
                found.append(self._read_row(row, texts))
            elif texts:
                self._read_heading(row, texts)
        return found

    def knows_any(self) -> bool:
        """Tell whether a label or the title names a known place, at least nearly."""
        rows = range(self._block.body, self._block.end)
        texts = {text for row in rows for text, role in self._texts(row) if role != "source"}
        names = {name for text in texts for name in (text, *sort_labels([(text, "")], self._places).names)}
        return any(self._places.exact(name) or self._places.near(name) for name in [*names, *self.titles, *self._title_names()])

    def _title_names(self) -> list[str]:
        """Return the known names in the titles, the nearest first."""
        said = [name for text in self.titles if text for name in (text, *sort_labels([(text, "")], self._places).names, *split_label(text))]
        known = list(dict.fromkeys(name for name in said if self._places.exact(name)))
        return known or list(filter(None, dict.fromkeys(map(self._places.within, self.titles))))

    def _counts_columns(self, row: int) -> bool:
        """Tell whether a row numbers the columns: 1, 2, 3 and so on from the first."""
        cells = self._block.sheet.cells(row)
        numbers = [read_bare(cell) for cell in cells if not is_blank(cell)]
        return len(numbers) >= 3 and numbers == list(range(1, len(numbers) + 1)) and not is_blank(cells[0])

    def _texts(self, row: int) -> list[tuple[str, str]]:
        """Texts before the times, with the role of their column; numbers of rows are dropped, those of stations are names."""
        cells = [(self._block.sheet.filled(row, column), role) for column, role in self._roles.items()]
        texts = [(cell_text(cell), role, is_number(cell)) for cell, role in cells if not is_blank(cell)]
        return [(text, role) for text, role, counts in texts if not counts or self._places.exact(text)]

    def _read_heading(self, row: int, texts: list[tuple[str, str]]) -> None:
        """Take in a row without numbers: "в том числе:", a section, or the name above its measures."""
        state, text = self._state, " ".join(dict.fromkeys(text for text, _ in texts))
        cut = included_part(text)
        state.in_parts = cut is not None
        if cut is not None:
            if cut[0]:
                state.parent, state.parent_row = sort_labels([(cut[0], "")], self._places).text, row
            return
        labels = sort_labels(texts, self._places)
        known = next((name for name in labels.names if self._places.exact(name)), "")
        if not known and (find_units(text) or is_measure(text) or is_left_out_row(text, self._notes) or is_actual(text)):
            state.section, state.heading = (text,), ""
        else:
            state.heading, state.parent, state.parent_row = known or text, known or text, row
            state.heading_units = labels.units
        state.names = ()

    def _read_row(self, row: int, texts: list[tuple[str, str]]) -> Series:
        """Read a row with numbers."""
        state, spot = self._state, self._block.sheet.spot(row, next(iter(self._roles), 0))
        whole = " ".join(dict.fromkeys(text for text, _ in texts))
        exact = bool(self._places.exact(whole))
        said = [] if exact else [text for text, role in texts if role != "source" and not self._places.exact(text)]
        if any(is_left_out_row(text, self._notes) for text in [*said, *state.section]):
            self._notes.mention(spot, whole, LEFT_OUT, "imports.label_other")
            names = sort_labels([(text, role) for text, role in texts if not is_left_out_row(text, self._notes)], self._places).names
            state.names = names or state.names
            return Series(row, Role.LEFT_OUT, Labels((whole,)), section=state.section)
        if not exact and any(is_total_row(text) for text, _ in texts):
            self._notes.mention(spot, whole, TOTAL, "imports.label_total")
            return Series(row, Role.TOTAL, sort_labels(texts, self._places), section=state.section)
        texts, part = self._cut_part(texts, spot)
        labels = self._complete_names(sort_labels(texts, self._places), texts)
        if not labels.names:
            first = cell_text(self._block.sheet.filled(row, next(iter(self._roles), 0)))
            self._notes.guess(spot, whole or first, IGNORED_ROW, "imports.no_name")
            return Series(row, Role.VALUE, labels, section=state.section)
        around = [*state.section, *self.titles]
        place = find_place(labels, state.parent if part else "", around, self._places, self._notes, spot)
        part = part or self._names_part(whole, place)
        if not part:
            state.parent, state.parent_row, state.in_parts = labels.names[-1], row, False
        return Series(row, Role.VALUE, labels, place, state.section, state.parent_row if part else None)

    def _cut_part(self, texts: list[tuple[str, str]], spot: Spot) -> tuple[list[tuple[str, str]], bool]:
        """Tell whether a row is a part of the canal above it, and take "в том числе" off its name."""
        state, clean, said = self._state, [], False
        names = len(sort_labels(texts, self._places).names)
        country = ""
        for text, role in texts:
            cut = included_part(text)
            said = said or cut is not None
            bare = (cut[1] if cut else text).strip(" -–—•")
            country = bare if is_country(bare) and names <= 1 and role != "source" else country
            clean.append((bare if cut or country == bare else text, role))
        if said or (country and state.in_parts):
            state.in_parts = True
            return clean, True
        if not state.parent:
            return clean, False
        known = self._places.exact(f"{state.parent}, {country or ' '.join(text for text, _ in texts)}")
        if known and country:
            self._notes.guess(spot, country, f"{state.parent}, {country}", "imports.country")
        return clean, bool(known) and (bool(country) or state.in_parts)

    def _names_part(self, text: str, place: str | None) -> bool:
        """Tell whether a row such as "Дустлик (УЗ)" is a part of the canal above it."""
        countries = [word for word in split_words(text) if is_country(word)]
        parts = (self._places.exact(f"{self._state.parent}, {word}") for word in countries if self._state.parent)
        return place is not None and any(place in part for part in parts)

    def _complete_names(self, labels: Labels, texts: list[tuple[str, str]]) -> Labels:
        """Give a row without a name that of its heading, of the row above, or of the sheet."""
        state = self._state
        if labels.names:
            state.names, state.heading = labels.names, ""
            return labels
        if state.heading:
            return replace(labels, names=(state.heading,), units=labels.units or state.heading_units)
        if state.names and texts:
            return replace(labels, names=state.names)
        if state.names and self._timed and not texts:
            return replace(labels, names=state.names)
        known = next(iter(self._title_names()), "")
        if known and (labels.measures or labels.source or self._timed or any(is_actual(text) for text, _ in texts)):
            self._notes.guess(self._block.sheet.whole(), known, say("imports.place_of_rows"), "imports.place_in_heading")
            return replace(labels, names=(known,))
        return labels


def _column_roles(block: Block) -> dict[int, str]:
    """Return the role of each label column: what its header says, or that it holds agencies."""
    sheet, roles = block.sheet, {}
    titles = block.title_columns()
    for column in range(sheet.size[1]):
        heads = [cell_text(sheet.filled(row, column)) for row in range(block.top, block.body)]
        said = next((role for role in ("unit", "source") if any(is_one_of(head, "columns", role) for head in heads)), "")
        if is_note_head(heads):
            continue
        if (column < block.first and column not in titles) or (column >= block.first and said):
            roles[column] = said
    if roles and "" not in roles.values():  # "station" heads places or those who measure: where nothing else names places, it is places
        over = {column: [cell_text(sheet.filled(row, column)) for row in range(block.top, block.body)] for column in roles}
        roles |= {column: "" for column, texts in over.items() if any(is_one_of(text, "columns", "place") for text in texts)}
    if len(roles) > 1:
        roles.update({column: "agencies" for column, role in roles.items() if not role and _holds_agencies(block, column)})
    return roles


def _holds_agencies(block: Block, column: int) -> bool:
    """Tell whether a label column names agencies; its other texts are sources too."""
    texts = {cell_text(block.sheet.filled(row, column)) for row in range(block.body, block.end)}
    return any(agency_only(text) for text in texts if text)
