"""Where every figure comes from: published, computed or assumed, and by whom."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

from waterdeal.report.table import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.report.edition import Edition

STATUSES = ("read", "computed", "assumed")
#: tables of a scenario that hold words or names, not figures
WORDY = frozenset({"schema", "basin", "extends", "scenario"})


def source_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the tables of figures with their origin, and of the sources cited.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    tuple of Table
        Figures, then sources; those without rows are left out.
    """
    return tuple(table for table in (figure_table(edition), citation_table(edition)) if table.rows)


def figure_table(edition: Edition) -> Table:
    """Make the table of every figure used, with its status; what is assumed says so.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One row a figure of the basin or the scenario.
    """
    text, origins = edition.text, edition.attribute("provenance", [])
    stated = {origin["figure"]: origin for origin in origins if origin["figure"].startswith("scenario.")}
    rows = []
    for key, value, source in _settings(edition):
        origin = None if source == text("note.override") else stated.get(_figure_of(key))
        rows.append(_scenario_row(edition, key, value, f"{origin['status']}: {_without_status(origin)}" if origin else source))
        stated.pop(_figure_of(key), None)
    rows += [
        _figure_row(edition, origin) for origin in origins if origin["figure"] in stated or not origin["figure"].startswith("scenario.")
    ]
    names = (("figure_table", 26), ("place", 42), ("figure", 40), ("status", 24), ("source", 18), ("note", 70))
    columns = tuple(Column(text(f"column.{name}"), width=width) for name, width in names)
    head = (text("sheet.figures"), text("title.figures"), "")
    return Table("figures", *head, columns, tuple(rows), notes=(text("note.figures"), text("note.data_language")))


def _figure_of(key: str) -> str:
    """Name under which the origin of a setting is listed, e.g. ``scenario.toktogul.initial`` for ``reservoir.toktogul.initial``."""
    return ".".join(["scenario", *key.split(".")[-2:]])


def _without_status(origin: Mapping[str, str]) -> str:
    """Note of a figure without the status that it may start with."""
    return origin["note"].removeprefix(f"{origin['status']}:").strip()


def _figure_row(edition: Edition, origin: Mapping[str, str]) -> tuple[Cell, ...]:
    """Cells of one figure of the basin."""
    table, rest = origin["figure"].split(".", 1)
    key, field = rest.rsplit(".", 1)
    words = edition.words
    kind = words.text(f"data.{table}") if words.has(f"data.{table}") else table
    what = words.text(f"field.{field}") if words.has(f"field.{field}") else field
    return kind, edition.name(key), what, _status(edition, origin["status"]), origin["source"], origin["note"]


def _status(edition: Edition, status: str) -> str:
    """Word for a status; one that is not known is shown as it stands."""
    return edition.text(f"status.{status}") if status in STATUSES else status


def _scenario_row(edition: Edition, key: str, value: str, source: str) -> tuple[Cell, ...]:
    """Cells of one setting of the scenario."""
    status, mark, rest = source.partition(":")
    if mark and status.strip() in STATUSES:
        word, note = _status(edition, status.strip()), rest.strip()
    else:
        word, note = edition.text("status.scenario"), source
    table, _, inner = key.partition(".")
    place = inner.split(".")[0] if table == "reservoir" else ""
    return edition.text("data.scenario"), edition.name(place) if place else "", f"{key} = {value}", word, "", note


def _settings(edition: Edition) -> Iterator[tuple[str, str, str]]:
    """Yield key, value and stated source of every setting of the scenario, bases first, overrides last."""
    settings: dict[str, tuple[str, str]] = {}
    for content in reversed(list(edition.attribute("scenario_text", {}).values())):
        for table, value in tomllib.loads(content).items():
            if table not in WORDY:
                settings.update(_flatten(table, value, ""))
    for override in edition.attribute("overrides", []):
        key, _, value = str(override).partition("=")
        settings[key.strip()] = (value.strip(), edition.text("note.override"))
    yield from ((key, value, source) for key, (value, source) in settings.items())


def _flatten(key: str, value: Any, source: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the leaves of a table of a scenario, each with the source stated beside it."""
    if isinstance(value, dict):
        for inner, part in value.items():
            if inner != "source":
                stated = str(value.get("source", "")) if inner == "initial" or len(value) == 2 else source
                yield from _flatten(f"{key}.{inner}", part, stated)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, part in enumerate(value, start=1):
            yield from _flatten(f"{key}.{number}", part, source)
    else:
        yield key, (", ".join(map(str, value)) if isinstance(value, list) else str(value), source)


def citation_table(edition: Edition) -> Table:
    """Make the table of sources.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        One row a source, with the number of figures of each status that it gives.
    """
    text = edition.text
    counts = Counter((origin["source"], origin["status"]) for origin in edition.attribute("provenance", []))
    listed = list(edition.attribute("sources", []))
    known = {source["source"] for source in listed}
    extra = dict.fromkeys(source for source, _ in counts if source not in known)
    listed += [{"source": source, "citation": text("data.scenario") if source == "scenario" else "", "licence": ""} for source in extra]
    numbers = [[float(counts[source["source"], status]) for status in STATUSES] for source in listed]
    rows: list[tuple[Cell, ...]] = [
        (str(source["source"]), str(source["citation"]), str(source["licence"]), *given)
        for source, given in zip(listed, numbers, strict=True)
    ]
    columns = (
        *(Column(text(f"column.{name}"), width=width) for name, width in (("source", 22), ("citation", 84), ("licence", 34))),
        *(Column(text(f"status.{status}"), digits=0, width=14) for status in STATUSES),
    )
    last = len(rows)
    levels, sums = (*[2] * last, 0), {last: tuple(range(last))}
    head = (text("sheet.sources"), text("title.sources"), "")
    if rows:
        rows.append((text("row.total"), None, None, *(sum(column) for column in zip(*numbers, strict=True))))
    return Table("sources", *head, columns, tuple(rows), levels, sums, notes=(text("note.data_language"),))
