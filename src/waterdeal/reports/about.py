"""About a report: scenario, period, versions, hash, disclaimer, and what each word means."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from waterdeal.basin.origins import origins_of
from waterdeal.reports.table import Body, Column
from waterdeal.reports.whose import whose_lines
from waterdeal.scenario.read import laid_over, layered
from waterdeal.variables import WHOLE, setting, vocabulary
from waterdeal.words import read_texts

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.table import Cell, Table
    from waterdeal.words import Words

UNIT_KEYS = {"hm3": "volume", "m3 s-1": "rate", "m": "level", "GWh": "energy"}


def about_table(edition: Edition) -> Table:
    """Make the sheet that says what a report was made from."""
    text, names, body = edition.text, vocabulary(), Body()
    explained = [key.removeprefix("meaning.") for key in read_texts("en") if key.startswith("meaning.")]
    for key, value in _facts(edition):
        body.add((text(f"about.{key}"), value, None))
    body.add((text("about.dictionary"), text("column.unit"), None), 1)
    for name in explained:
        body.add((name, edition.unit(UNIT_KEYS.get(names[name].unit, "none")), text(f"meaning.{name}")))
    columns = (("item", "text", 32), ("value", "text", 100), Column(text("about.meaning"), width=62))
    return edition.table("about", "", columns, body, notes=(text("about.disclaimer_text"),))


def title(edition: Edition) -> str:
    """Title of the plan in the language, its English title or its id where it has none; and the series of the user's own that it is of."""
    default = str(edition.results.attrs.get("title") or edition.results.attrs.get("scenario", ""))
    told = edition.words.place({default: setting(edition.results, "titles", {})}, default)
    series = str(edition.results.attrs.get("series", ""))
    return f"{told} ({edition.text('about.own_series', series=series)})" if series else told


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
    days, moment = edition.words.number(float(edition.steps["days"].sum()), 0), created(edition.results)
    facts = {
        "title": title(edition), "scenario": attrs.get("scenario", ""),
        "plan_status": edition.words.text_or(f"plan_status.{status}", status), "basin": edition.name("basin"), "period": period(edition),
        "steps": text("about.steps_value", steps=len(edition.steps), days=days),
        "created": f"{edition.words.date(moment.date())}, {moment:%H:%M} UTC" if moment else "", "run": attrs.get("run_sha256", ""),
        "overrides": "; ".join(setting(edition.results, "overrides", [])) or text("about.none"), "solver": attrs.get("solver", ""),
        "versions": ", ".join(f"{name} {number}" for name, number in setting(edition.results, "versions", {}).items()),
        "whose": " ".join(whose_lines(edition.results, edition.words)),
        "unique": told_unique(edition), "licence": attrs.get("licence", ""),
        **{name: text(f"about.{name}") for name in ("units_value", "rounding_value", "disclaimer_text")},
    }  # fmt: skip
    return [(key.removesuffix("_value").removesuffix("_text"), str(value)) for key, value in facts.items() if value]


def told_unique(edition: Edition) -> str:
    """Tell by what it is proven that one plan alone is best and on what that stands, lines, dry marks, choices; or that it is not."""
    results, sizes = edition.results, edition.results.sizes
    if not int(results.attrs.get("is_unique", 0)):
        return edition.text("about.not_proven")
    curved = results.attrs.get("evaporation") == "curve" or any(sizes.get(name, 0) for name in ("headed", "benefit", "costed"))
    stands_on = {
        "about.on_lines": curved or setting(results, "salinity", {}).get("on"),
        "about.on_dry": any(name in results and results[name].values.any() for name in ("storage_dries", "loss_dries")),
        "asking.whole_numbers_held": results.attrs.get(WHOLE),
    }
    return "; ".join(map(edition.text, ("about.proven", *(key for key, stands in stands_on.items() if stands))))


def created(results: xr.Dataset) -> datetime | None:
    """Moment at which a plan was computed, in UTC; None where it does not say."""
    with suppress(KeyError, ValueError):
        return datetime.fromisoformat(str(results.attrs["created"])).replace(tzinfo=None)
    return None


STATUSES = ("read", "computed", "assumed")
#: tables of a scenario that hold words or names, not figures
WORDY = frozenset({"schema", "basin", "extends", "scenario"})
#: what of a clause is no figure either
WORDS_OF_CLAUSE = frozenset({"id", "text", "note", "status", "source"})


def figure_table(edition: Edition) -> Table:
    """Make the table of every figure used, with its status; what is assumed says so."""
    text, origins = edition.text, origins_of(edition.results)
    stated = {origin["figure"]: origin for origin in origins if origin["figure"].startswith("scenario.")}
    rows: list[tuple[Cell, ...]] = []
    for key, value, source in _settings(edition):
        origin = stated.pop(".".join(["scenario", *key.split(".")[-2:]]), None)
        status, mark, note = source.partition(":")
        if origin and source != text("note.override"):
            status, note = origin["status"], origin["note"].removeprefix(f"{origin['status']}:")
        elif not mark or status.strip() not in STATUSES:
            status, note = "scenario", source
        table, _, inner = key.partition(".")
        place = edition.name(inner.split(".")[0]) if table == "reservoir" else ""
        word = edition.words.text_or(f"status.{status.strip()}", status)
        rows.append((text("data.scenario"), place, f"{key} = {value}", word, "", _told_note(edition.words, note.strip())))
    others = [origin for origin in origins if origin["figure"] in stated or not origin["figure"].startswith("scenario.")]
    rows += [_figure_row(edition, origin) for origin in others]
    widths = {"figure_table": 26, "place": 42, "figure": 40, "status": 24, "source": 18, "note": 70}
    columns = [(name, "text", width) for name, width in widths.items()]
    return edition.table("figures", "", columns, rows, notes=("figures", "data_language"))


def figure_rows(edition: Edition, keys: Container[str], tables: Container[str]) -> Table:
    """Make the table of the figures of some places in some tables of the basin, with their status and source."""
    held: dict[tuple[Cell, ...], list[str]] = {}
    for origin in origins_of(edition.results):
        table, rest = origin["figure"].split(".", 1)
        if table in tables and rest.rsplit(".", 1)[0] in keys:
            kind, place, field, *told = _figure_row(edition, origin)
            held.setdefault((kind, place, *told), []).append(str(field))
    rows = [
        (f"{place}: {', '.join(dict.fromkeys(fields))} ({kind})", *told) for (kind, place, *told), fields in held.items()
    ]  # fmt: skip
    widths = {"figure": 44, "status": 18, "source": 18, "note": 80}
    return edition.table("figures_used", "", [(name, "text", width) for name, width in widths.items()], rows, notes=("data_language",))


def _figure_row(edition: Edition, origin: Mapping[str, str]) -> tuple[Cell, ...]:
    """Cells of one figure of the basin."""
    table, rest = origin["figure"].split(".", 1)
    key, field = rest.rsplit(".", 1)
    words = edition.words
    kind, what = words.text_or(f"data.{table}", table), words.text_or(f"field.{field}", field)
    status = words.text_or(f"status.{origin['status']}", origin["status"])
    return kind, edition.name(key), what, status, origin["source"], _told_note(words, origin["note"])


@cache
def _own_notes() -> dict[str, re.Pattern[str]]:
    """Notes that this toolkit writes into a plan, by their key; all else in a note is the data's."""
    english = {key: text for key, text in read_texts("en").items() if key.startswith("origin.") or key == "note.override"}
    return {key: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text))) for key, text in english.items()}


def _told_note(words: Words, note: str) -> str:
    """Write a note in a language as far as it is this toolkit's; a plan holds it in English, as it is signed."""
    told = []
    for part in note.split("; "):
        found = ((key, own.fullmatch(part)) for key, own in _own_notes().items())
        told.append(next((words.text(key, **fields.groupdict()) for key, fields in found if fields), part))
    return "; ".join(told)


def _settings(edition: Edition) -> Iterator[tuple[str, str, str]]:
    """Yield key, value and stated source of every setting: of clauses of the plan, of the scenario over its bases, overrides last."""
    settings, layers = dict[str, tuple[str, str]](), list[dict[str, Any]]()
    for _, content in layered(setting(edition.results, "scenario_text", {}), ()):
        clauses = content.pop("clause", None)
        layers += [content] if clauses is None else []
        for clause in clauses or ():
            if clause["id"] in edition.results["clause"].values:
                told = {key: value for key, value in clause.items() if key not in WORDS_OF_CLAUSE}
                stated = f"{clause.get('status', 'assumed')}: {clause.get('source', content['agreement'].get('source', ''))}"
                settings.update(_flatten(f"agreement.{clause['id']}", told, stated))
    for table, value in laid_over(layers).items():
        if table not in WORDY:
            settings.update(_flatten(table, value, ""))
    for override in setting(edition.results, "overrides", []):
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


def told_licence(words: Words, licence: str) -> str:
    """Write in a language what stands in words beside the names of licences; what has no word stays as the data has it."""
    return "; ".join(words.text_or(f"licence.{'_'.join(part.split())}", part) for part in licence.split("; "))


def citation_table(edition: Edition) -> Table:
    """Make the table of sources."""
    text, body = edition.text, Body()
    counts = Counter((origin["source"], origin["status"]) for origin in origins_of(edition.results))
    sources = setting(edition.results, "sources", [])
    told = ("citation", "licence", "accessed")
    listed = {str(source["source"]): tuple(str(source.get(name, "")) for name in told) for source in sources}
    listed = {name: (citation, told_licence(edition.words, licence), day) for name, (citation, licence, day) in listed.items()}
    for source in dict.fromkeys(source for source, _ in counts):
        listed.setdefault(source, (text("data.scenario") if source == "scenario" else "", "", ""))
    for source, cited in listed.items():
        body.add((source, *cited, *(float(counts[source, status]) for status in STATUSES)))
    if body.rows:
        body.total((text("row.total"), None, None, None, *(float(sum(counts[source, status] for source in listed)) for status in STATUSES)))
    statuses = [Column(text(f"status.{status}"), digits=0, width=14) for status in STATUSES]
    columns = (("source", "text", 22), ("citation", "text", 84), ("licence", "text", 34), ("accessed", "text", 14), *statuses)
    return edition.table("sources", "", columns, body, notes=("data_language",))
