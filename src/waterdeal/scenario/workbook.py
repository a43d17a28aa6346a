"""A workbook that a scenario was written to: which scenario it is of, and its sheets as they stand now."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import open_bytes
from waterdeal.imports.files import read_sheets
from waterdeal.imports.grid import Notes, cell_text
from waterdeal.scenario.locate import bundled_folder
from waterdeal.words import SPOKEN, Words, say

if TYPE_CHECKING:
    from waterdeal.imports.grid import Cell, Sheet

SCHEMA = "waterdeal/workbook@1"
#: title of the sheet that says what the workbook is of; nobody sees it
HIDDEN = "waterdeal"
_BUNDLED = "bundled:"
_MOST_ROWS = 1000
#: part of the archive of a workbook that names its sheets, and bytes of it at most
_NAMES, _MOST_NAMES = "xl/workbook.xml", 1_000_000


@dataclass(frozen=True)
class Identity:
    """What a workbook is of."""

    scenario: str  # path from the folder of the workbook, or a bundled file
    id: str  # id of the scenario
    overrides: tuple[str, ...]  # `key=value` changes that it was written with
    language: str  # of its words
    inputs_sha256: str  # of the inputs of the scenario when it was written

    def rows(self) -> list[list[str]]:
        """Rows of the hidden sheet."""
        told = [["schema", SCHEMA], ["scenario", self.scenario], ["id", self.id], ["language", self.language]]
        return [*told, ["inputs_sha256", self.inputs_sha256], *(["set", text] for text in self.overrides)]


@dataclass(frozen=True)
class Workbook:
    """A workbook as it stands."""

    path: Path
    raw: bytes
    identity: Identity
    sheets: tuple[Sheet, ...]  # those that can be seen, in order

    @property
    def name(self) -> str:
        """Name of its file."""
        return self.path.name

    @property
    def scenario(self) -> Path:
        """The scenario that it is of, wherever that stands."""
        told, beside = self.identity.scenario, self.path.resolve().parent
        if told.startswith(_BUNDLED):
            return bundled_folder("scenarios") / Path(told.removeprefix(_BUNDLED)).name
        for file in (beside / told, beside / Path(told).name):
            if file.is_file():
                return file
        raise FileProblem(say("workbook.no_scenario", file=self.name, scenario=told, name=Path(told).name))

    @property
    def sha256(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.raw).hexdigest()


def place_of(scenario: Path, folder: Path) -> str:
    """Tell where a scenario stands, for a workbook in a folder."""
    file = scenario.resolve()
    if file.parent == bundled_folder("scenarios").resolve():
        return f"{_BUNDLED}{file.name}"
    try:
        return Path(os.path.relpath(file, folder.resolve())).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()


def open_workbook(path: Path) -> Workbook:
    """Read a workbook; FileProblem where it is none that a scenario was written to."""
    sheets = list(read_sheets(path, Notes(path.name, unhidden=HIDDEN)))
    rows = [row for sheet in sheets if sheet.name == HIDDEN for row in map(sheet.cells, range(min(len(sheet.rows), _MOST_ROWS)))]
    pairs = [(cell_text(row[0]), cell_text(row[1])) for row in rows if len(row) > 1]
    told = {key: text for key, text in pairs if key != "set"}
    if told.get("schema") != SCHEMA or not {"scenario", "id", "inputs_sha256"} <= told.keys() or told.get("language") not in SPOKEN:
        raise FileProblem(say("workbook.none", file=path.name, schema=told.get("schema", "–"), known=SCHEMA))
    sets = tuple(text for key, text in pairs if key == "set")
    identity = Identity(told["scenario"], told["id"], sets, told["language"], told["inputs_sha256"])
    return Workbook(path, open_bytes(path), identity, tuple(sheet for sheet in sheets if sheet.name != HIDDEN))


def holds_workbook(path: Path) -> bool:
    """Tell whether a file is a workbook that a scenario was written to, by the names of its sheets; any other is left to its reader."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = archive.getinfo(_NAMES)
            return part.file_size <= _MOST_NAMES and f'name="{HIDDEN}"'.encode() in archive.read(part)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return path.suffix.lower() != ".xlsx" and _has_hidden(path)


def _has_hidden(path: Path) -> bool:
    """Tell whether a file that is no xlsx has the hidden sheet."""
    try:
        return any(sheet.name == HIDDEN for sheet in read_sheets(path, Notes(path.name, unhidden=HIDDEN)))
    except FileProblem:
        return False


@dataclass(frozen=True)
class Edit:
    """A cell that differs from what the scenario has."""

    cell: str  # E.g. `Приток!C5`
    row: str  # id of the row
    column: str  # id of the column
    was: str
    now: str

    def told(self) -> str:
        """One line; columns that are no place by their name."""
        key = f"workbook.column.{self.column}"
        return say("workbook.changed", **{**vars(self), "column": say(key) if Words("en").has(key) else self.column})


@dataclass(frozen=True)
class Edited:
    """What a case has from a workbook: its file, the cells that differ, what else is told, and what was measured."""

    name: str
    raw: bytes
    edits: tuple[Edit, ...] = ()
    told: tuple[str, ...] = ()
    facts: tuple[tuple[str, str, Cell], ...] = ()  # row, column and cell
    identity: Identity | None = None  # what it is of; unknown where a case is made again from a record

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    def record(self) -> str:
        """Tell as JSON what differs, and what else is told."""
        told = {"file": self.name, "changes": [vars(edit) for edit in self.edits], "told": list(map(str, self.told))}
        return json.dumps(told, ensure_ascii=False)


def text_of(cell: Cell) -> str:
    """Write a cell for people: numbers to 12 digits."""
    return f"{cell:.12g}" if isinstance(cell, float) else cell_text(cell)
