"""The summary of a plan as plain text for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from waterdeal.report.about import period, title
from waterdeal.report.allocation import party_limits
from waterdeal.report.balance import regime_table
from waterdeal.report.clauses import clause_lines
from waterdeal.report.crops import crop_grid
from waterdeal.report.edition import LEVEL, RATE, VOLUME, Edition, percent
from waterdeal.report.environment import ground_lines, missing_grid
from waterdeal.report.summary import party_summary
from waterdeal.results.indicators import plan_indicators
from waterdeal.results.tables import wilful_spills
from waterdeal.units import volume_to_rate
from waterdeal.variables import having, levels_of, setting
from waterdeal.words import BLANK, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

#: differences told one by one
MOST_TOLD = 3


def check_lines(edition: Edition) -> list[str]:
    """Tell how far the replay is from the optimiser's plan, how good the plan can be at most, and which spills need not be."""
    return [*_replay(edition), *_bound(edition), *_spills(edition)]


def _replay(edition: Edition) -> list[str]:
    """The largest differences of the replayed figures, which are the ones shown."""
    if "replay" not in edition.results.attrs:
        return []
    text, number = edition.text, edition.words.number
    differences = sorted(setting(edition.results, "replay"), key=lambda row: -row["difference"])
    passes = int(edition.results.attrs.get("passes", 1))
    if not differences:
        return [text("check.replay_same", passes=passes)]
    told = "; ".join(
        text(
            "check.replay_row",
            name=row["name"],
            value=number(row["difference"], 3),
            unit=row["unit"],
            place=edition.name(row["place"]),
            step=edition.words.step(row["step"]) if row["step"] else "",
        )
        for row in differences[:MOST_TOLD]
    )
    return [text("check.replay_differs", passes=passes, told=told)]


def _bound(edition: Edition) -> list[str]:
    """The worth of the plan, and what no plan can be worth more than."""
    bound = edition.results.attrs.get("benefit_bound")
    if bound is None:
        return []
    worth = -levels_of(edition.results)["benefit"]
    number = edition.words.number
    gap = 100 * (float(bound) - worth) / max(abs(worth), 1e-12)
    return [edition.text("check.bound", worth=number(worth, 3), bound=number(float(bound), 3), gap=number(gap, 4))]


def _spills(edition: Edition) -> list[str]:
    """Spills that outlets or storage could have taken."""
    spills = wilful_spills(edition.results)
    if not len(spills):
        return []
    total = edition.words.number(float(spills["spill"].sum()))
    names = ", ".join(edition.name(body) for body in dict.fromkeys(spills["reservoir"]))
    return [edition.text("check.spills", value=total, unit=edition.text("unit.volume"), places=names)]


#: columns of a terminal that the text fits in
WIDTH = 110
#: parties whose deliveries are shown step by step: the first of the basin
SHOWN = 2


def summary_text(results: xr.Dataset, language: str) -> str:
    """Write the summary of a plan for a terminal."""
    edition = Edition(results, Words(language))
    status = str(results.attrs.get("status", ""))
    state = edition.text(f"plan_status.{status}") if edition.words.has(f"plan_status.{status}") else status
    head = [title(edition), f"{period(edition)}{f' · {state}' if state else ''}"]
    parts = [
        "\n".join(_wrap(clean(line)) for line in head),
        _party_part(edition),
        "\n".join(_wrap(clean(line)) for line in clause_lines(edition)),
        _step_part(edition),
        _reservoir_part(edition),
        _nature_part(edition),
        _crop_part(edition),
        _closing(edition),
    ]
    lines = "\n\n".join(part for part in parts if part).split("\n")
    return "\n".join(clean(line) for line in lines)


def clean(text: str) -> str:
    """Take out control characters, which could steer a terminal."""
    return "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text)


def _wrap(text: str) -> str:
    """Break a line where the terminal ends."""
    return textwrap.fill(text, WIDTH, break_long_words=True)


def make_grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under headings: the first column left, the others right."""
    table = [[clean(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(headings))]
    widths[0] = max(8, min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1)))
    lines = []
    for row in table:
        name = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        cells = [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    rule = "─" * min(WIDTH, sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([lines[0], rule, *lines[1:]])


def _party_part(edition: Edition) -> str:
    """Parties: requirement, delivery, limit."""
    text, number = edition.text, edition.words.number
    rows = []
    table = party_summary(edition)
    parties = [*[(party,) for party in edition.parties], tuple(edition.parties)]
    for cells, group in zip(table.rows, parties, strict=True):
        limit, counted, used = party_limits(edition, group)
        figures = [*cells[1:6], limit, counted, used]
        printed = [number(value if isinstance(value, float) else None) for value in figures]
        rows.append([str(cells[0]), *printed[:5], str(cells[6]) or BLANK, *printed[5:]])
    keys = ("party", "requirement", "delivery", "shortage", "supply", "worst", "when", "limit", "counted", "used")
    headings = [text(f"short.{key}") for key in keys]
    return f"{text('title.parties')}, {text('unit.volume')}\n{make_grid(headings, rows)}"


def _step_part(edition: Edition) -> str:
    """Deliveries of the first parties in each step."""
    text, number = edition.text, edition.words.number
    parties = [party for party in edition.parties if (edition.receivers == party).any()][:SHOWN]
    days = edition.steps["days"].to_numpy()
    headings = [text("short.step")]
    columns: list[list[str]] = []
    for party in parties:
        members = np.flatnonzero(edition.receivers == party)
        printed = np.append(edition.printed_delivery[members].sum(axis=0), edition.printed_delivery[members].sum())
        given, required = (edition.results[name].values[members].sum(axis=0) for name in ("delivery", "requirement"))
        given, required = np.append(given, given.sum()), np.append(required, required.sum())
        rates = volume_to_rate(given, np.append(days, days.sum()))
        columns.append([number(float(value), VOLUME) for value in printed])
        columns.append([number(float(value), RATE) for value in rates])
        columns.append([number(percent(float(part), float(whole))) for part, whole in zip(given, required, strict=True)])
        headings += [f"{party} {text('unit.volume')}", f"{party} {text('unit.rate')}", f"{party} %"]
    steps = [*(edition.words.step(str(step)) for step in edition.steps["step"]), text("row.total")]
    names = clean(", ".join(f"{party} – {edition.name(party)}" for party in parties))
    rows = [list(cells) for cells in zip(steps, *columns, strict=True)]
    return f"{text('title.steps')}: {names}\n{make_grid(headings, rows)}"


def _reservoir_part(edition: Edition) -> str:
    """Reservoirs: start, inflow, release, end, level."""
    text, number = edition.text, edition.words.number
    table = regime_table(edition)
    rows = []
    for place, cells in enumerate(table.rows):
        if table.level(place) == 1:
            figures = [cell if isinstance(cell, float) else None for cell in cells]
            released = sum(figure or 0.0 for figure in figures[5:7])
            volumes = [figures[3], figures[4], released, figures[9]]
            rows.append([str(cells[0]), *(number(volume, VOLUME) for volume in volumes), number(figures[10], LEVEL)])
    if not rows:
        return ""
    headings = [text(f"short.{key}") for key in ("reservoir", "start", "inflow", "release", "end", "level")]
    return f"{text('title.reservoirs')}, {text('unit.volume')}\n{make_grid(headings, rows)}"


def _nature_part(edition: Edition) -> str:
    """What is missing to least flows, pulses and targets of lakes, by place and season."""
    headings, rows = missing_grid(edition)
    return f"{edition.text('title.least_flows')}, {edition.text('unit.volume')}\n{make_grid(headings, rows)}" if rows else ""


def _crop_part(edition: Edition) -> str:
    """Crops by party."""
    headings, rows = crop_grid(edition)
    return f"{edition.text('title.crops')}\n{make_grid(headings, rows)}" if rows else ""


def _closing(edition: Edition) -> str:
    """Energy, least flows, hash and disclaimer."""
    text, number, attrs = edition.text, edition.words.number, edition.results.attrs
    values = plan_indicators(edition.results)
    missing = values["environmental_shortfall"] + values["sanitary_shortfall"]
    others = {name: number(values[name]) for name in having("missed") if edition.results[name].size}
    unit = text("unit.volume")
    run, version = clean(str(attrs.get("run_sha256", "")))[:12], clean(str(attrs.get("waterdeal_version", "")))
    lines = [
        text("closing.energy", value=number(values["energy"]), unit=text("unit.energy")),
        text("closing.least_flows", value=number(missing), unit=unit),
        *(f"{text(f'indicator.{name}')}: {value} {unit}." for name, value in others.items()),
        *ground_lines(edition),
        *([text("closing.run", run=run, version=version)] if run else []),
        *check_lines(edition),
        text("about.disclaimer_text"),
    ]
    return "\n".join(_wrap(line) for line in lines)
