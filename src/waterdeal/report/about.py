"""About a report: scenario, period, versions, hash, disclaimer, and what each word means."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from waterdeal.report.table import Cell, Column, Table
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from waterdeal.report.edition import Edition

#: quantities explained, each with its unit; the names are those of the result file
DICTIONARY = (
    "requirement", "delivery", "shortage", "supply_ratio", "entitlement_volume", "entitlement_delivered", "runoff", "flow", "discharge",
    "loss", "arrival", "transit_final", "return_flow", "reservoir_inflow", "release", "spill", "evaporation", "storage", "level", "energy",
    "flow_minimum", "flow_shortfall", "pulse_shortfall", "lake_target_shortfall",
)  # fmt: skip
UNIT_KEYS = {"hm3": "volume", "m3 s-1": "rate", "m": "level", "GWh": "energy"}


def about_table(edition: Edition) -> Table:
    """Make the sheet that says what a report was made from.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    Table
        Items with their values, then the dictionary of quantities.
    """
    text = edition.text
    rows: list[tuple[Cell, ...]] = [(text(f"about.{key}"), value, None) for key, value in _facts(edition)]
    first = len(rows)
    rows.append((text("about.dictionary"), text("column.unit"), None))
    names = vocabulary()
    for name in DICTIONARY:
        unit = UNIT_KEYS.get(names[name].unit, "none")
        rows.append((name, text(f"unit.{unit}"), text(f"meaning.{name}")))
    levels = tuple(1 if row == first else 2 for row in range(len(rows)))
    columns = tuple(Column(text(key), width=width) for key, width in (("column.item", 32), ("column.value", 100), ("about.meaning", 62)))
    sheet = text("sheet.about")
    return Table("about", sheet, sheet, "", columns, tuple(rows), levels, notes=(text("about.disclaimer_text"),))


def title(edition: Edition) -> str:
    """Title of the plan in the language; its English title or its id where it has none.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    str
        The title.
    """
    titles, attrs = edition.attribute("titles", {}), edition.results.attrs
    order = (edition.words.language, "ru", "en") if edition.words.language != "en" else ("en",)
    return next((str(titles[key]) for key in order if titles.get(key)), str(attrs.get("title") or attrs.get("scenario", "")))


def period(edition: Edition) -> str:
    """First and last day of the plan in words.

    Parameters
    ----------
    edition : Edition
        A result in a language.

    Returns
    -------
    str
        E.g. ``1 апреля 2026 г. – 30 сентября 2026 г.``.
    """
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
