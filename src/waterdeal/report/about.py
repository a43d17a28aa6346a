"""About a report: scenario, period, versions, hash, disclaimer, and what each word means."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.report.table import Cell, Column, Table
from waterdeal.variables import vocabulary
from waterdeal.words import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from waterdeal.report.edition import Edition

UNIT_KEYS = {"hm3": "volume", "m3 s-1": "rate", "m": "level", "GWh": "energy"}


def about_table(edition: Edition) -> Table:
    """Make the sheet that says what a report was made from."""
    text = edition.text
    rows: list[tuple[Cell, ...]] = [(text(f"about.{key}"), value, None) for key, value in _facts(edition)]
    first = len(rows)
    rows.append((text("about.dictionary"), text("column.unit"), None))
    names = vocabulary()
    for name in (key.removeprefix("meaning.") for key in read_texts("en") if key.startswith("meaning.")):
        unit = UNIT_KEYS.get(names[name].unit, "none")
        rows.append((name, text(f"unit.{unit}"), text(f"meaning.{name}")))
    levels = tuple(1 if row == first else 2 for row in range(len(rows)))
    columns = tuple(Column(text(key), width=width) for key, width in (("column.item", 32), ("column.value", 100), ("about.meaning", 62)))
    sheet = text("sheet.about")
    return Table("about", sheet, sheet, "", columns, tuple(rows), levels, notes=(text("about.disclaimer_text"),))


def title(edition: Edition) -> str:
    """Title of the plan in the language; its English title or its id where it has none."""
    titles, attrs = edition.attribute("titles", {}), edition.results.attrs
    order = (edition.words.language, "ru", "en") if edition.words.language != "en" else ("en",)
    return next((str(titles[key]) for key in order if titles.get(key)), str(attrs.get("title") or attrs.get("scenario", "")))


def period(edition: Edition) -> str:
    """First and last day of the plan in words."""
    steps = edition.steps
    start = steps["start"].iloc[0].date()
    last = date.fromordinal(start.toordinal() + round(float(steps["days"].sum())) - 1)
    return f"{edition.words.date(start)} – {edition.words.date(last)}"


def _facts(edition: Edition) -> list[tuple[str, str]]:
    """Items and values of the first part."""
    attrs, text = edition.results.attrs, edition.text
    status = str(attrs.get("status", ""))
    versions = ", ".join(f"{name} {number}" for name, number in edition.attribute("versions", {}).items())
    days = edition.words.number(float(edition.steps["days"].sum()), 0)
    facts = [
        ("title", title(edition)),
        ("scenario", str(attrs.get("scenario", ""))),
        ("plan_status", text(f"plan_status.{status}") if edition.words.has(f"plan_status.{status}") else status),
        ("basin", edition.name("basin")),
        ("period", period(edition)),
        ("steps", text("about.steps_value", steps=len(edition.steps), days=days)),
        ("created", _created(edition)),
        ("run", str(attrs.get("run_sha256", ""))),
        ("overrides", "; ".join(edition.attribute("overrides", [])) or text("about.none")),
        ("solver", str(attrs.get("solver", ""))),
        ("versions", versions),
        ("unique", text("about.yes") if int(attrs.get("is_unique", 0)) else text("about.no")),
        ("licence", str(attrs.get("licence", ""))),
        ("units", text("about.units_value")),
        ("rounding", text("about.rounding_value")),
        ("disclaimer", text("about.disclaimer_text")),
    ]
    return [(key, value) for key, value in facts if value]


def _created(edition: Edition) -> str:
    """Day and time at which the plan was computed."""
    try:
        moment = datetime.fromisoformat(str(edition.results.attrs.get("created", "")))
    except ValueError:
        return ""
    return f"{edition.words.date(moment.date())}, {moment:%H:%M} UTC"


STATUSES = ("read", "computed", "assumed")
#: tables of a scenario that hold words or names, not figures
WORDY = frozenset({"schema", "basin", "extends", "scenario"})


def source_tables(edition: Edition) -> tuple[Table, ...]:
    """Make the tables of figures with their origin, and of the sources cited."""
    return tuple(table for table in (figure_table(edition), citation_table(edition)) if table.rows)


def figure_table(edition: Edition) -> Table:
    """Make the table of every figure used, with its status; what is assumed says so."""
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
    """Make the table of sources."""
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
