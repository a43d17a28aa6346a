"""Bring scenarios, agreements and basins of earlier formats up to that of today, keeping the old files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from waterdeal.cli.console import console
from waterdeal.errors import FileProblem, InputError, Problem, what_was_said, why_of
from waterdeal.results.disk import write_file
from waterdeal.words import Said, say

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


def migrate(
    files: list[Path],
    out: Annotated[Path | None, typer.Option("-o", "--out")] = None,
) -> None:
    """Bring files of earlier formats up to that of today; the old ones are kept as .bak."""
    from waterdeal.documents import migrated, schema_of, schema_problem

    if out is not None and len(files) != 1:
        raise FileProblem(say("commands.one_document"))
    problems: list[Problem] = []
    read = [(file, _read(file, problems)) for file in files]
    if problems:
        raise InputError(", ".join(map(str, files)), problems)
    due: dict[Path, str] = {}
    lines: list[Said] = []
    for file, document in read:
        kind, fresh = document.kind, document.texts
        if schema_problem(kind, document.head, f"waterdeal/{kind}@{document.number}") is not None:
            fresh = migrated(kind, document.texts, document.head, document.number)
        changed = {name: text for name, text in fresh.items() if text != document.texts.get(name)}
        target = document.folder if out is None else out if kind == "basin" else out.parent
        for name, text in (fresh if out is not None and changed else changed).items():
            due[target / (name if out is None or kind == "basin" else out.name)] = text
        lines.append(say("commands.migrated" if changed else "commands.nothing_to_change", file=file, schema=schema_of(kind)))
    written = _write(due)
    console.say(*lines, *(f"  {file}" for file in written))
    console.result({"exit": 0, "changed": [str(file) for file in written]})


def _read(file: Path, problems: list[Problem]) -> Document:
    """Read a document, and tell what it is."""
    from waterdeal.documents import MIGRATIONS, schema_number, schema_of, schema_problem

    is_basin = file.is_dir() or file.name == "basin.toml"
    folder = file if file.is_dir() else file.parent
    head = "basin.toml" if is_basin else file.name
    try:
        names = sorted({head, *(part.name for part in folder.glob("*.csv"))}) if is_basin else [head]
        texts = {name: (folder / name).read_bytes().decode("utf-8") for name in names}
        content = tomllib.loads(texts[head].removeprefix("\ufeff"))
    except OSError as error:
        raise FileProblem(say("commands.cannot_read_document", file=file, why=why_of(error))) from error
    except ValueError as error:
        problems.append(Problem(str(file), None, "", str(error), say("commands.write_as_toml")))
        return Document("scenario", folder, head, {}, 1)
    stated = content.get("schema")
    named = next((kind for kind in MIGRATIONS if str(stated).startswith(f"waterdeal/{kind}@")), "scenario")
    kind = "basin" if is_basin else "agreement" if "clause" in content else named
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
            raise FileProblem(say("commands.already_kept", copy=copy, name=file.name))
    try:
        for file, copy in kept.items():
            write_file(copy, file.read_bytes())
        for file, text in due.items():
            write_file(file, text.encode())
    except (FileProblem, OSError) as error:
        raise FileProblem(say("commands.cannot_write_kept", why=what_was_said(error), kept=KEPT)) from error
    return [*due, *kept.values()]
