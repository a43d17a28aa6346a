"""Bring scenarios, agreements and basins of earlier formats up to that of today, keeping the old files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waterdeal.documents import migrated, schema_number, schema_of, schema_problem
from waterdeal.errors import FileProblem, InputError, Problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from waterdeal.cli.console import Console

#: ending of the copy that is kept of a file that is rewritten
KEPT = ".bak"


@dataclass(frozen=True)
class Document:
    """A document as people wrote it."""

    kind: str
    folder: Path
    head: str
    texts: dict[str, str]
    number: int


def run_migrate(console: Console, files: Sequence[Path], out: Path | None) -> None:
    """Bring documents up, all or none."""
    if out is not None and len(files) != 1:
        raise FileProblem(say("commands.o_takes_one_document"))
    problems: list[Problem] = []
    read = [(file, _read(file, problems)) for file in files]
    if problems:
        raise InputError(", ".join(map(str, files)), problems)
    due: dict[Path, str] = {}
    lines = []
    for file, document in read:
        fresh = migrated(document.kind, document.texts, document.head, document.number) if _is_old(document) else document.texts
        changed = {name: text for name, text in fresh.items() if text != document.texts.get(name)}
        target = document.folder if out is None else out if document.kind == "basin" else out.parent
        for name, text in (fresh if out is not None and changed else changed).items():
            due[target / (name if out is None or document.kind == "basin" else out.name)] = text
        lines.append(f"{file}: {f'now {schema_of(document.kind)}' if changed else f'nothing to change, it is {schema_of(document.kind)}'}")
    written = _write(due)
    console.say("\n".join([*lines, *(f"  {file}" for file in written)]))
    console.result({"exit": 0, "changed": [str(file) for file in written]})


def _is_old(document: Document) -> bool:
    """Whether a document is of an earlier format."""
    return schema_problem(document.kind, document.head, f"waterdeal/{document.kind}@{document.number}") is not None


def _read(file: Path, problems: list[Problem]) -> Document:
    """Read a document, and tell what it is."""
    is_basin = file.is_dir() or file.name == "basin.toml"
    folder = file if file.is_dir() else file.parent
    head = "basin.toml" if is_basin else file.name
    try:
        names = sorted({head, *(part.name for part in folder.glob("*.csv"))}) if is_basin else [head]
        texts = {name: (folder / name).read_bytes().decode("utf-8") for name in names}
        content = tomllib.loads(texts[head].removeprefix("\ufeff"))
    except OSError as error:
        raise FileProblem(say("commands.cannot_read_name_scenario", file=file, value=error.strerror or error)) from error
    except ValueError as error:
        problems.append(Problem(str(file), None, "", str(error), say("commands.write_as_toml_utf")))
        return Document("scenario", folder, head, {}, 1)
    stated = content.get("schema")
    kind = "basin" if is_basin else "agreement" if "clause" in content or str(stated).startswith("waterdeal/agreement") else "scenario"
    number = schema_number(kind, stated)
    wrong = schema_problem(kind, str(file), stated)
    if wrong is not None and (number is None or number > int(schema_of(kind).partition("@")[2])):
        problems.append(wrong)
    return Document(kind, folder, head, texts, number or 1)


def _write(due: dict[Path, str]) -> list[Path]:
    """Write files; a file that is there is kept under another name first, and nothing is written where one was kept before."""
    kept = {file: file.with_name(file.name + KEPT) for file in due if file.exists()}
    for file, copy in kept.items():
        if copy.exists():
            message = say("commands.already_not_overwritten_so", copy=copy, name=file.name)
            raise FileProblem(message)
    try:
        for file, copy in kept.items():
            copy.write_bytes(file.read_bytes())
        for file, text in due.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
    except OSError as error:
        raise FileProblem(
            say("commands.cannot_written_old_files", filename=error.filename, value=error.strerror or error, KEPT=KEPT)
        ) from error
    return [*due, *kept.values()]
