"""The summary of a plan, as a run tells it, and where it comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.reports.about import period, title
from waterdeal.reports.age import age_lines
from waterdeal.reports.allocation import party_limits
from waterdeal.reports.as_text import told
from waterdeal.reports.balance import depth_notes, regime_table
from waterdeal.reports.blocks import Heading, Listing
from waterdeal.reports.clauses import clause_lines
from waterdeal.reports.crops import crop_summary
from waterdeal.reports.document import answer
from waterdeal.reports.edition import LEVEL, RATE, VOLUME, Edition, percent, printed_rows
from waterdeal.reports.environment import ground_lines, missing_flows
from waterdeal.reports.legs import contract_table
from waterdeal.reports.lookahead import lookahead_lines
from waterdeal.reports.records import record_lines
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.summary import counted_lines, party_summary, printed_indicators
from waterdeal.reports.sureness import sure_lines
from waterdeal.reports.table import written
from waterdeal.reports.tolerance import tolerance_lines
from waterdeal.reports.whose import whose_lines
from waterdeal.results.decided import decided_of_flows, decided_of_users, decided_of_volumes
from waterdeal.results.tables import SMALL, wilful_spills
from waterdeal.scenario.natural import flows_asked
from waterdeal.units import volume_to_rate
from waterdeal.variables import deal_of, having, levels_of, setting
from waterdeal.words import BLANK, Words, clean

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.reports.document import Document
    from waterdeal.reports.table import Table
    from waterdeal.types import Floats

#: what is told of where a plan comes from, by its attributes, with the words for them
ORIGIN = {
    "title": "about.title", "scenario": "about.scenario", "status": "about.plan_status", "created": "about.created",
    "solver": "about.solver", "run_sha256": "about.run", "licence": "about.licence", "disclaimer": "about.disclaimer",
}  # fmt: skip
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


#: parties whose deliveries are shown step by step where the scenario names no deal: the first of the basin
SHOWN = 2


def summary_text(results: xr.Dataset, language: str) -> str:
    """Write the summary of a plan as text."""
    return told(summary(results, language))


def summary(results: xr.Dataset, language: str) -> Document:
    """Summarise a plan: parties, how water is shared, steps, reservoirs, nature, crops, and what is to be said of all this."""
    edition = Edition(results, Words(language))
    status = str(results.attrs.get("status", ""))
    state = edition.words.text_or(f"plan_status.{status}", status)
    lines = (Listing("", tuple(lines(edition))) for lines in (sharing_lines, tolerance_lines, lookahead_lines, clause_lines))
    return answer("summary", language, [
        Heading(title(edition), 1), f"{period(edition)}{f' · {state}' if state else ''}", _parties(edition), *lines,
        replace(contract_table(edition), notes=()), _steps(edition), _reservoirs(edition), missing_flows(edition), crop_summary(edition),
        Listing("", tuple(record_lines(edition))), Listing("", tuple(_closing(edition))),
    ])  # fmt: skip


def _parties(edition: Edition) -> Table:
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
    notes = [edition.text("note.worst", worst="; ".join(worst))] if worst else []
    notes = [*age_lines(edition.results, edition.words), *sure_lines(edition), *notes, *counted_lines(edition)]
    heads = [edition.text(f"short.{key}") for key in keys]
    return replace(written("parties", _titled(edition, "parties"), heads, rows), notes=tuple(notes))


def _titled(edition: Edition, name: str) -> str:
    """Title of a table with its unit, a volume."""
    return f"{edition.text(f'title.{name}')}, {edition.unit('volume')}"


def _steps(edition: Edition) -> Table:
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
    return written("steps", f"{text('title.steps')}: {names}", headings, zip(*columns, strict=True))


def _with_sum(values: Floats) -> Floats:
    """Values of steps, and their sum."""
    return np.append(values, values.sum())


def _reservoirs(edition: Edition) -> Table:
    """Reservoirs: start, inflow, release, end, level."""
    number, table, rows = edition.words.number, regime_table(edition), []
    for place, (name, *cells) in enumerate(table.rows):
        if table.level(place) == 1:
            figures = [cell if isinstance(cell, float) else None for cell in cells]
            volumes = [*figures[2:4], sum(figure or 0.0 for figure in figures[4:6]), figures[8]]
            rows.append([str(name), *(number(volume, VOLUME) for volume in volumes), number(figures[9], LEVEL)])
    headings = [edition.text(f"short.{key}") for key in ("reservoir", "start", "inflow", "release", "end", "level")]
    return replace(written("reservoirs", _titled(edition, "reservoirs"), headings, rows), notes=tuple(depth_notes(edition)))


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


def _closing(edition: Edition) -> list[str]:
    """Energy, least flows, hash and disclaimer."""
    text, number, attrs = edition.text, edition.words.number, edition.results.attrs
    values = printed_indicators(edition)
    missing = values["environmental_shortfall"] + values["sanitary_shortfall"]
    others = {name: number(values[name]) for name in having("missed") if edition.results[name].size}
    unit, asked = edition.unit("volume"), float(flows_asked(edition.results).sum()) > 0
    run, version = clean(str(attrs.get("run_sha256", "")))[:12], clean(str(attrs.get("waterdeal_version", "")))
    return [
        text("closing.energy", value=number(values["energy"]), unit=edition.unit("energy")),
        *([text("closing.least_flows", value=number(missing), unit=unit)] if asked else [text("closing.none_asked")]),
        *_decided(edition), *_dry(edition),
        *(f"{text(f'indicator.{name}')}: {value} {unit}." for name, value in others.items()),
        *_decided_volumes(edition),
        *ground_lines(edition), *whose_lines(edition.results, edition.words),
        *([text("closing.run", run=run, version=version)] if run else []),
        *_replay(edition), *_bound(edition), *_spills(edition), text("about.disclaimer_text"),
    ]  # fmt: skip


def origin_answer(results: xr.Dataset, words: Words) -> Document:
    """Tell what a plan was made from, and whose figures it is of."""
    attrs = results.attrs
    shown = {key: str(attrs.get(key, BLANK)) for key in ORIGIN}
    shown |= {"title": words.place({"": setting(results, "titles", {})}, "") or str(attrs.get("title", ""))}
    shown |= {"status": words.text_or(f"plan_status.{shown['status']}", shown["status"])}
    shown |= {"disclaimer": words.text("about.disclaimer_text")} if attrs.get("disclaimer") else {}
    table = written("origin", "", ("", ""), [(words.text(ORIGIN[key]), value) for key, value in shown.items()], (0, 1))
    return answer("origin", words.language, [replace(table, notes=tuple(whose_lines(results, words)))])
