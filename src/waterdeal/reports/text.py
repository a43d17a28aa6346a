"""The summary of a plan as plain text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.about import period, title
from waterdeal.reports.age import age_lines
from waterdeal.reports.allocation import party_limits
from waterdeal.reports.balance import depth_notes, regime_table
from waterdeal.reports.clauses import clause_lines
from waterdeal.reports.crops import crop_grid
from waterdeal.reports.edition import LEVEL, RATE, VOLUME, Edition, percent, printed_rows
from waterdeal.reports.environment import ground_lines, missing_grid
from waterdeal.reports.legs import contract_grids
from waterdeal.reports.lookahead import lookahead_lines
from waterdeal.reports.records import record_lines
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.summary import counted_lines, party_summary, printed_indicators
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.tolerance import tolerance_lines
from waterdeal.reports.whose import whose_lines
from waterdeal.results.decided import decided_of_flows, decided_of_users, decided_of_volumes
from waterdeal.results.tables import SMALL, wilful_spills
from waterdeal.scenario.natural import flows_asked
from waterdeal.units import volume_to_rate
from waterdeal.variables import deal_of, having, levels_of, setting
from waterdeal.words import BLANK, Words, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

#: differences told one by one
MOST_TOLD = 3


def _replay(edition: Edition) -> list[str]:
    """The largest differences of the replayed figures, which are the ones shown."""
    if "replay" not in edition.results.attrs:
        return []
    words, passes = edition.words, int(edition.results.attrs.get("passes", 1))
    differences = sorted(setting(edition.results, "replay"), key=lambda row: -row["difference"])

    def tell(row: dict[str, Any]) -> str:
        step = words.step(row["step"]) if row["step"] else ""
        shown = {"value": words.number(row["difference"], 3), "place": edition.name(row["place"]), "step": step}
        return words.text("check.replay_row", **row | shown)

    told = "; ".join(map(tell, differences[:MOST_TOLD]))
    return [words.text("check.replay_differs" if differences else "check.replay_same", passes=passes, told=told)]


def _bound(edition: Edition) -> list[str]:
    """The worth of the plan, and what no plan can be worth more than."""
    bound, number = edition.results.attrs.get("benefit_bound"), edition.words.number
    if bound is None:
        return []
    worth = -levels_of(edition.results)["benefit"]
    gap = 100 * (float(bound) - worth) / max(abs(worth), 1e-12)
    return [edition.text("check.bound", worth=number(worth, 3), bound=number(float(bound), 3), gap=number(gap, 4))]


def _spills(edition: Edition) -> list[str]:
    """Spills that outlets or storage could have taken."""
    spills = wilful_spills(edition.results)
    if not len(spills):
        return []
    total = edition.words.number(float(spills["spill"].sum()))
    names = ", ".join(edition.name(body) for body in dict.fromkeys(spills["reservoir"]))
    return [edition.text("check.spills", value=total, unit=edition.unit("volume"), places=names)]


#: columns of a terminal that the text fits in
WIDTH = 110
#: of them those that a name keeps where headings are folded
NAMED = 40
#: of them those that a last cell keeps where it leaves no room for names
LAST = 24
#: parties whose deliveries are shown step by step where the scenario names no deal: the first of the basin
SHOWN = 2


def summary_text(results: xr.Dataset, language: str) -> str:
    """Write the summary of a plan for a terminal."""
    edition = Edition(results, Words(language))
    status = str(results.attrs.get("status", ""))
    state = edition.words.text_or(f"plan_status.{status}", status)
    parts = [
        _wrapped([title(edition), f"{period(edition)}{f' · {state}' if state else ''}"]), _party_part(edition),
        *(_wrapped(lines(edition)) for lines in (sharing_lines, tolerance_lines, lookahead_lines, clause_lines)),
        *(_part(edition, "contract", "", *grid) for grid in contract_grids(edition)), _step_part(edition), _reservoir_part(edition),
        _part(edition, "least_flows", "volume", *missing_grid(edition)), _part(edition, "crops", "", *crop_grid(edition)),
        _wrapped(record_lines(edition)), _closing(edition),
    ]  # fmt: skip
    return "\n".join(map(clean, "\n\n".join(filter(None, parts)).split("\n")))


def _wrapped(lines: Iterable[str]) -> str:
    """Break lines where the terminal ends."""
    return "\n".join(textwrap.fill(clean(line), WIDTH, break_long_words=True) for line in lines)


def make_grid(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under headings: the first column left, the others right; headings too long for the terminal stand on several lines."""
    head, *body = [[clean(cell) for cell in row] for row in (headings, *rows)]
    body = _with_room(body)
    heads = _folded(head, body)
    table = [*heads, *body]
    widths = [max(len(row[place]) for row in table) for place in range(len(headings))]
    widths[0] = max(8, min(widths[0], WIDTH - sum(widths[1:]) - 2 * (len(widths) - 1)))
    lines = []
    for row in table:
        name = row[0] if len(row[0]) <= widths[0] else row[0][: widths[0] - 1] + "…"
        cells = [name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    rule = "─" * min(WIDTH, sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([*lines[: len(heads)], rule, *lines[len(heads) :]])


def _with_room(body: list[list[str]]) -> list[list[str]]:
    """Rows of which the last cell stands on several lines, where it is long and would leave no room for the name of a row."""
    widths = [max(map(len, column)) for column in zip(*body, strict=True)]
    beyond = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    if len(widths) < 3 or beyond <= 0 or widths[-1] <= LAST:
        return body
    found = []
    for *cells, last in body:
        first, *more = textwrap.wrap(last, max(LAST, widths[-1] - beyond), break_long_words=False, break_on_hyphens=False) or [""]
        found += [[*cells, first], *([""] * len(cells) + [line] for line in more)]
    return found


def _folded(head: list[str], body: list[list[str]]) -> list[list[str]]:
    """Headings on as many lines as their columns need to stand beside a name within the width of a terminal."""
    least = [max((len(row[place]) for row in body), default=0) for place in range(len(head))]
    gaps = 2 * (len(head) - 1)
    if 8 + sum(max(len(cell), width) for cell, width in zip(head[1:], least[1:], strict=True)) + gaps <= WIDTH:
        return [head]
    each = (WIDTH - min(least[0], NAMED) - gaps) // max(1, len(head) - 1)
    folded = [textwrap.wrap(cell, max(each, width)) for cell, width in zip(head[1:], least[1:], strict=True)]
    deep = max(map(len, folded))
    lines = zip(*([""] * (deep - len(lines)) + lines for lines in folded), strict=True)
    return [[head[0] if number == deep - 1 else "", *line] for number, line in enumerate(lines)]


def make_section(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a grid under a title; nothing where there are no rows."""
    return f"{title}\n{make_grid(headings, rows)}" if rows else ""


def _part(edition: Edition, name: str, unit: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Grid under the title of a table, with its unit."""
    return make_section(edition.text(f"title.{name}") + (f", {edition.unit(unit)}" if unit else ""), headings, rows)


def _party_part(edition: Edition) -> str:
    """Parties: requirement, delivery, limit."""
    summary = party_summary(edition)
    groups = [*([party] for party in edition.parties), edition.parties]
    rows = [
        [*cells[:6], cells[6] or BLANK, *map(edition.words.number, party_limits(edition, group))]
        for cells, group in zip(printed_rows(edition, summary, range(7)), groups, strict=True)
    ]
    worst = [
        edition.text("row.worst", party=row[0], user=row[3], step=row[2], percent=row[1])
        for row in printed_rows(edition, summary, (0, 5, 6, 7), (2,))
        if row[3]
    ]
    keys = ("party", "requirement", "delivery", "shortage", "supply", "worst", "when", "limit", "counted", "used")
    told = [edition.text("note.worst", worst="; ".join(worst))] if worst else []
    told = [*age_lines(edition.results, edition.words), *sure_lines(edition), *told, *counted_lines(edition)]
    grid = _part(edition, "parties", "volume", [edition.text(f"short.{key}") for key in keys], rows)
    return "\n".join(filter(None, [grid, _wrapped(told)]))


def _step_part(edition: Edition) -> str:
    """Deliveries of the parties of the deal in each step, or of the first."""
    text, number = edition.text, edition.words.number
    shown = len(deal_of(edition.results)) or SHOWN
    parties = [party for party in edition.parties if (edition.receivers == party).any()][:shown]
    days = _with_sum(edition.steps["days"].to_numpy())
    headings = [text("short.step")]
    columns = [[*(edition.words.step(str(step)) for step in edition.steps["step"]), text("row.total")]]
    for party in parties:
        members = np.flatnonzero(edition.receivers == party)
        printed = _with_sum(edition.printed_delivery[members].sum(axis=0))
        given, required = (_with_sum(edition.results[name].values[members].sum(axis=0)) for name in ("delivery", "requirement"))
        columns.append([number(value, VOLUME) for value in printed.tolist()])
        columns.append([number(value, RATE) for value in volume_to_rate(given, days).tolist()])
        columns.append([number(percent(part, whole)) for part, whole in zip(given.tolist(), required.tolist(), strict=True)])
        headings += [f"{party} {edition.unit('volume')}", f"{party} {edition.unit('rate')}", f"{party} %"]
    names = clean(", ".join(f"{party} – {edition.name(party)}" for party in parties))
    return make_section(f"{text('title.steps')}: {names}", headings, list(zip(*columns, strict=True)))


def _with_sum(values: Floats) -> Floats:
    """Values of steps, and their sum."""
    return np.append(values, values.sum())


def _reservoir_part(edition: Edition) -> str:
    """Reservoirs: start, inflow, release, end, level."""
    number, table, rows = edition.words.number, regime_table(edition), []
    for place, (name, *cells) in enumerate(table.rows):
        if table.level(place) == 1:
            figures = [cell if isinstance(cell, float) else None for cell in cells]
            volumes = [*figures[2:4], sum(figure or 0.0 for figure in figures[4:6]), figures[8]]
            rows.append([str(name), *(number(volume, VOLUME) for volume in volumes), number(figures[9], LEVEL)])
    headings = [edition.text(f"short.{key}") for key in ("reservoir", "start", "inflow", "release", "end", "level")]
    return "\n".join(filter(None, [_part(edition, "reservoirs", "volume", headings, rows), _wrapped(depth_notes(edition))]))


def _dry(edition: Edition) -> list[str]:
    """Rivers that carry nothing in some step, whatever is asked of them."""
    results = edition.results
    dry = (results["link_kind"].values == "river") & (results["flow"].values < SMALL).any(axis=1)
    names = edition.tell.all_names(results["link"].values[dry].astype(str).tolist(), most=MOST_TOLD)
    return [edition.text("closing.dry", places=names)] if dry.any() else []


def _decided(edition: Edition) -> list[str]:
    """What is missing to least flows that was decided before the horizon."""
    before = decided_of_flows(edition.results)
    return _told_decided(edition, "decided_before", edition.results["flow_requirement_link"].values, before.sum(axis=1))


def _decided_volumes(edition: Edition) -> list[str]:
    """What is missing to pulses, targets of lakes and volumes promised, and to users, that was decided before the horizon."""
    found = decided_of_volumes(edition.results)
    names = np.concatenate([edition.results[name].values.astype(str) for name in found])
    users = decided_of_users(edition.results).sum(axis=1)
    return [
        *_told_decided(edition, "decided_volumes", names, np.concatenate(list(found.values()))),
        *_told_decided(edition, "decided_volumes", edition.results["demand"].values, users),
    ]


def _told_decided(edition: Edition, key: str, names: NDArray[np.str_], before: Floats) -> list[str]:
    """What was decided before the horizon, and where."""
    short = before > SMALL
    places = edition.tell.all_names(names[short].astype(str).tolist(), most=MOST_TOLD)
    value, unit = edition.words.number(float(before.sum())), edition.unit("volume")
    return [edition.text(f"closing.{key}", value=value, unit=unit, places=places)] if short.any() else []


def _closing(edition: Edition) -> str:
    """Energy, least flows, hash and disclaimer."""
    text, number, attrs = edition.text, edition.words.number, edition.results.attrs
    values = printed_indicators(edition)
    missing = values["environmental_shortfall"] + values["sanitary_shortfall"]
    others = {name: number(values[name]) for name in having("missed") if edition.results[name].size}
    unit, asked = edition.unit("volume"), float(flows_asked(edition.results).sum()) > 0
    run, version = clean(str(attrs.get("run_sha256", "")))[:12], clean(str(attrs.get("waterdeal_version", "")))
    return _wrapped([
        text("closing.energy", value=number(values["energy"]), unit=edition.unit("energy")),
        *([text("closing.least_flows", value=number(missing), unit=unit)] if asked else [text("closing.none_asked")]),
        *_decided(edition), *_dry(edition),
        *(f"{text(f'indicator.{name}')}: {value} {unit}." for name, value in others.items()),
        *_decided_volumes(edition),
        *ground_lines(edition), *whose_lines(edition.results, edition.words),
        *([text("closing.run", run=run, version=version)] if run else []),
        *_replay(edition), *_bound(edition), *_spills(edition), text("about.disclaimer_text"),
    ])  # fmt: skip
