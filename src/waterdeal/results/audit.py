"""Recompute every balance and every result of a plan from its file alone; no line of the model's equations is used here.

A plan passes if nothing is missing in its file, no node, reach, reservoir or party gains or loses more than 1e-6 hm3 in a step, the whole
basin closes over the horizon within 1e-6 hm3 and 1e-9 of its water, nothing is negative, no bound is passed, and each result is what
decisions and inputs come to (`anew`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from waterdeal.agreement.rows import WHOLE
from waterdeal.calendar import water_years
from waterdeal.errors import AuditError
from waterdeal.results.anew import PARTS, Water, gathered
from waterdeal.results.anew_ahead import ahead_gaps
from waterdeal.results.anew_salt import salts
from waterdeal.results.certificate import level_excesses
from waterdeal.results.clauses import clause_breach
from waterdeal.results.environment import environment_breach
from waterdeal.results.formats import OPTIONAL
from waterdeal.results.given import GIVEN, SAID_HASH, given_digest, said_digest, untied
from waterdeal.results.held import MASKED, hidden_parts
from waterdeal.results.store import read_inputs
from waterdeal.results.tolerance import tolerance_excesses
from waterdeal.variables import WATER_YEAR, setting, vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from waterdeal.types import Floats

    #: what was checked, what must be nothing by (item, step) or by item, and the dimension of the items
    Residual = tuple[str, Floats, str]

_WHOLE = say("audit.whole_basin")
ABSOLUTE = 1e-6
RELATIVE = 1e-9


#: where a check of what a plan does not have was made
NOTHING = say("audit.nothing")
#: units with a word of their own
_UNITS = {"hm3", "GWh", "kha", "kt", "changes", "variables"}


@dataclass(frozen=True)
class Check:
    """One line of the audit."""

    name: str  # what was checked: `node`, `reach`, `reservoir`, `party`, `basin`, `clause`, `environment`, `bounds`, `identities`
    worst: float  # largest residual found
    allowed: float  # largest residual allowed
    where: str  # place and step of the largest residual
    unit: str = "hm3"  # unit of the residual

    @property
    def passed(self) -> bool:
        """Whether the residual is within what is allowed; a residual that is not a number is not."""
        return bool(self.worst <= self.allowed)

    def values(self) -> dict[str, object]:
        """What it is told by, to be said in a language."""
        unit = say(f"audit.unit_{self.unit}") if self.unit in _UNITS else self.unit
        return {"name": say(check_key(self.name)), "worst": self.worst, "unit": unit, "where": self.where, "allowed": self.allowed}


def check_key(name: str) -> str:
    """Key of the words of a check."""
    return f"audit.{re.sub('[^a-z]+', '_', name)}"


class Audit(NamedTuple):
    """All checks of one plan."""

    checks: tuple[Check, ...]  # one a kind of balance

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def raise_if_bad(self) -> None:
        """Raise AuditError naming the worst place of every failed check."""
        failed = [check for check in self.checks if not check.passed]
        if failed:
            raise AuditError(say("plans.unbalanced"), [say("audit.failed", **check.values()) for check in failed])


def audit(results: xr.Dataset) -> Audit:
    """Audit a plan."""
    with np.errstate(invalid="ignore", over="ignore"):  # what is not a number fails its check, and needs no warning
        return Audit(tuple(_checks(results)))


def audit_run(results: xr.Dataset, folder: Path) -> Audit:
    """Audit the plan of a run, and whether its inputs are those that lie beside it, made from the sources it names."""
    found = audit(results)
    if GIVEN not in results.attrs or not (folder / "inputs.nc").is_file():  # runs of before the hash named less
        return found
    apart = untied(results, read_inputs(folder), folder / "sources")
    where = ", ".join(apart) if apart else say("audit.sources_stand")
    return Audit((*found.checks, Check("sources", float(len(apart)), 0.0, where, "changes")))


def _checks(results: xr.Dataset) -> list[Check]:
    """Run every check; where a variable is missing there is nothing to run them on."""
    told, digest = results.attrs.get(GIVEN), given_digest(results)
    due = (name for name, row in vocabulary().items() if row.stage in {"result", "both"} and name not in OPTIONAL)
    missing = [name for name in due if name not in results.variables]
    told_missing = say("audit.missing", names=", ".join(missing)) if missing else say("audit.all_there")
    there = Check("variables", len(missing), 0.0, told_missing, "variables")
    if missing:
        return [there]
    kept = say("audit.no_hash" if told is None else "audit.as_given" if told == digest else "audit.other_inputs", attribute=GIVEN)
    checks = [there, Check("inputs", float(told not in {None, digest}), 0.0, kept, "changes")]
    if SAID_HASH in results.attrs:  # plans of before have none
        same = results.attrs[SAID_HASH] == said_digest(results)
        where = say("audit.as_written" if same else "audit.other_attributes", attribute=SAID_HASH)
        checks.append(Check("attributes", float(not same), 0.0, where, "changes"))
    try:
        return [*checks, *_of_water(Water(results), results)]
    except (ValueError, KeyError, IndexError):
        if checks[1].passed:
            raise
        return checks  # what was changed names places that there are none of


def _of_water(water: Water, results: xr.Dataset) -> Iterator[Check]:
    """Run the checks on balances, bounds and results."""
    of, steps, node = water.of, water.of["step"], _node_residual(water)
    parties = np.unique(of["node_party"])
    brought, taken = _basin(water)
    yield _check("node", node, of["node"], steps)
    yield _check("reach", of["arrival"] - water.passing[0], of["link"], steps)
    yield _check("reservoir", _reservoir_residual(water), of["reservoir"], steps)
    yield _check("party", gathered(node, of["node_party"], parties), parties, steps, scale=len(node))
    yield Check("basin", abs(brought - taken), max(ABSOLUTE, RELATIVE * brought), say("audit.whole_horizon"))
    yield _clause_check(results)
    missed, where = environment_breach(results)
    yield Check("environment", missed, ABSOLUTE, where)
    for name, excess, dim in (*_excesses(water), *_field_excesses(water), *_ground_excesses(water)):
        labels = np.array([label.removesuffix(f",{WHOLE}") for label in of[dim].tolist()]) if dim == "concession" else of[dim]
        yield _check(name, np.maximum(excess, 0.0), labels, steps)
    if "level_least" in of:  # earlier plans tell none
        yield Check("levels", *_worst_level(water))
    for name, gap, dim in ahead_gaps(water):
        yield _check(name, np.maximum(gap, 0.0), of[dim], of["lookahead_step"])
    for part in (*PARTS, salts):
        yield _result_check(water, part)
    for gap in _salt_residuals(of):
        yield _check("salt", gap, np.array([_WHOLE], dtype=object), steps, unit="kt")


def _result_check(water: Water, part: Any) -> Check:
    """Find the result of a part that is furthest from what it should be, in units of what is allowed."""
    name = f"results: {part.__name__.strip('_')}"
    worst = Check(name, 0.0, ABSOLUTE, say("audit.all_anew"))
    try:
        found = part(water)
    except KeyError as error:
        is_known = error.args[0] in OPTIONAL and error.args[0] not in water.of  # a plan whose inputs have a hash has it, or fails by that
        return Check(name, 0.0 if is_known else np.inf, ABSOLUTE, say("audit.cannot", name=error.args[0]))
    at_home = hidden_parts(water.read) if MASKED in water.attrs else {}
    told = {quantity: due for quantity, due in found.items() if quantity in water.of or quantity not in OPTIONAL}  # earlier plans tell less
    for quantity, due in told.items():
        row, printed = vocabulary()[quantity], water.of[quantity]
        blank = np.isnan(printed) & (np.isnan(due) | at_home.get(quantity, False))  # a party keeps it at home
        gap = np.where(blank, 0.0, printed - due)
        large = max(1.0, float(np.abs(due[np.isfinite(due)]).max(initial=0.0)) * RELATIVE / ABSOLUTE)
        check = _check(name, gap, water.of[row.dims[0]], water.of["step"], large, row.unit)
        if gap.size and not check.worst / check.allowed <= worst.worst / worst.allowed:
            place = str(check.where) if row.dims[-1] == "time" else check.where.rpartition(", ")[0]
            worst = replace(check, where=f"{quantity}, {place}")
    return worst


def _clause_check(results: xr.Dataset) -> Check:
    """Measure every clause on the flows; none may be missed beyond what it conceded, nor concede beyond what it may."""
    missed, where = clause_breach(results)
    beyond = results["clause_conceded"].values - results["clause_conceded_max"].values
    if beyond.max(initial=-np.inf) > missed:
        missed, where = float(beyond.max()), say("audit.concession_of", clause=results["clause"].values[int(beyond.argmax())])
    return Check("clause", missed, ABSOLUTE, where)


def _check(
    name: str, residual: Floats, labels: NDArray[np.str_], steps: NDArray[np.str_], scale: float = 1.0, unit: str = "hm3"
) -> Check:  # fmt: skip
    """Find the largest residual of an array by (item, step), or by item alone: told at the first step."""
    if residual.size == 0:
        return Check(name, 0.0, ABSOLUTE, NOTHING, unit)
    size = np.where(np.isfinite(residual), np.abs(residual), np.inf).reshape(len(residual), -1)
    item, step = np.unravel_index(int(np.argmax(size)), size.shape)
    where = say("audit.at_step", place=labels[item], step=steps[step])
    return Check(name, float(size[item, step]), ABSOLUTE * scale, where, unit)


def _node_residual(water: Water) -> Floats:
    """Water in less water out, less what is stored and evaporated, by (node, step); outlets and dead ends only receive."""
    out = water.at_nodes(water.of["flow"], "link_from") + water.at_nodes(water.of["delivery"], "demand_node")
    out = out + water.at_nodes(water.gained + water.evaporated + water.seeped, "reservoir")
    return np.where((water.of["node_kind"] == "outlet")[:, None], 0.0, water.reaching + water.of["runoff"] - out)


def _reservoir_residual(water: Water) -> Floats:
    """Printed inflow less printed release, spill, evaporation, own withdrawals and storage gained."""
    of = water.of
    taken = gathered(of["delivery"], of["demand_node"], of["reservoir"])
    return np.asarray(of["reservoir_inflow"] - of["release"] - of["spill"] - of["evaporation"] - of["seepage"] - taken - water.gained)


def _basin(water: Water) -> tuple[float, float]:
    """All water that came into the basin over the horizon, and where it went.

    What percolates counts as delivered, seeped or lost elsewhere, and drainage used again is delivered twice: both are taken off what is
    kept below.
    """
    of = water.of
    left = (water.reaching + of["runoff"])[of["node_kind"] == "outlet"]
    came = ("aquifer_initial", "recharge_natural", "runoff", "storage_initial", "transit_initial", "return_past")
    stays = (of["aquifer_storage"][:, -1], of["storage"][:, -1], of["transit_final"], of["return_past"], of["loss"], left)
    used = (of["delivery"], -of["return_flow"], -of["reused"], water.evaporated, water.seeped, -water.percolated)
    return sum(float(of[name].sum()) for name in came), sum(float(part.sum()) for part in (*stays, *used))


def _worst_level(water: Water) -> tuple[float, float, str]:
    """How far the worst level is beyond its least and what tolerance allows, how far it may be, and its name."""
    excess, names = level_excesses(water.read), water.of["objective_level"].tolist()
    return (float(excess.max()), 0.0, str(names[int(excess.argmax())])) if names else (0.0, 0.0, NOTHING)


def _excesses(water: Water) -> Iterator[Residual]:
    """Yield how far quantities are negative or beyond their bounds."""
    of, given = water.of, water.of["delivery"]
    short = of["storage_terminal"] - of["storage"]
    most = np.where(water.grows, of["delivery_most"], of["requirement"])  # of crops what their fields can take
    driving = of["flow"][water.places("plant_link", "link")]
    yield "storage within bounds", np.maximum(_drawn_below(water), of["storage"] - of["storage_max"]), "reservoir"
    yield "storage not negative", -of["storage"], "reservoir"
    yield "nothing let out of what falls dry", np.minimum(water.drawn - water.evaporated, water.let_out), "reservoir"
    yield "storage at its date", np.where(np.isnan(short), 0.0, short), "reservoir"
    beyond = of.get("release_excess", of["release"] - np.nan_to_num(of["release_max"], nan=np.inf))  # earlier plans have no column for it
    yield "release within limit", beyond - np.nan_to_num(of.get("release_excess_max", np.zeros(1)), nan=np.inf), "reservoir"
    yield "flow within capacity", np.maximum(of["flow_least"] - of["flow"], of["flow"] - of["flow_max"]), "link"
    yield "delivery within requirement", np.maximum(-given, given - most), "demand"
    yield "two-way canals one way at a time", _both_ways(of), "link"
    yield "turbines within flow", np.maximum(of["turbine_flow"] - driving, -of["turbine_flow"]), "plant"
    yield "energy sold within blocks", np.maximum(of["power_sold"] - of["power_block_size"], -of["power_sold"]), "power_block"
    yield "energy left over not negative", -of["power_surplus"], "power_market"
    if "power_sent" in of and of["power_unit"].size + of["power_link"].size:
        made, sent = of["power_generated"], of["power_sent"]
        yield "units within capacity", np.maximum(made - of["power_unit_max"], -made), "power_unit"
        yield "lines within limit", np.maximum(_crossing(of) - of["power_link_max"], -sent), "power_link"
        yield "lines closed", np.where(of["power_link_open"] > 0, 0.0, sent), "power_link"
    yield "concessions not negative", -of["concession_made"], "concession"
    if "ramp_hard" in of:
        yield "change within hard ramps", np.where(of["ramp_hard"][:, None] > 0, of["ramp_breach"], 0.0), "link"
        yield from tolerance_excesses(of)


def _crossing(of: Mapping[str, Any]) -> Floats:
    """What enters each line: its own, and the transit of others, less what that has lost before."""
    total, ends = of["power_sent"].copy(), list(zip(of["power_link_from"].tolist(), of["power_link_to"].tolist(), strict=True))
    for place, over in enumerate(of["power_link_via"].tolist()):
        if over:
            start, end = ends[place]
            first, second = (
                next(at for at, pair in enumerate(ends) if pair == half and not of["power_link_via"][at])
                for half in ((start, over), (over, end))
            )
            total[first] += of["power_sent"][place]
            total[second] += of["power_sent"][place] * (1.0 - of["power_link_loss"][first])
    return np.asarray(total)


def _both_ways(of: Mapping[str, Any]) -> Floats:
    """What flows both ways in a step between two places that canals join both ways, by (link, step)."""
    canal, flow = of["link_kind"] == "canal", of["flow"]
    back = (of["link_from"][:, None] == of["link_to"]) & (of["link_to"][:, None] == of["link_from"]) & canal[:, None] & canal
    lifted = of["pump_factor"] > 0 if "pump_factor" in of else np.zeros(len(canal), dtype=bool)
    back &= ~lifted[:, None] & ~lifted  # a pump and what falls back are two works
    return np.array([np.minimum(own, flow[others].max(axis=0, initial=0.0)) for own, others in zip(flow, back, strict=True)])


def _drawn_below(water: Water) -> Floats:
    """Storage missing to its least; below dead storage as far as something was let out or delivered: the sun may take it there."""
    of = water.of
    missing = np.asarray(of["storage_min"] - of["storage"])
    if "storage_dead" not in of:
        return missing
    return np.where(of["storage_min"] <= of["storage_dead"][:, None], np.minimum(missing, water.let_out), missing)


def _field_excesses(water: Water) -> Iterator[Residual]:
    """Yield what must be nothing about fields."""
    of, area = water.of, water.of["field_area"]
    taken = water.of_crops("path_water", "response_draw")
    yield "water of crops within delivery", np.where(water.grows, taken - of["delivery"], 0.0), "demand"
    yield "area within bounds", np.maximum(of["field_area_least"] - area, area - of["field_area_most"]), "field"
    if "watering" in of:
        kept = gathered(of["path_area"], of["path_watering"], of["watering"]) - of["watering_area"]
        yield "areas keep their past", np.abs(kept), "watering"
    yield "areas not negative", -of["path_area"], "crop_path"
    yield "fields on their land", of["land_counts"].astype(float) @ area - of["land_area"], "land_row"
    yield "yield not negative", -of["field_output"], "field"
    yield "rotation", _rotation_missed(of), "rotation"
    yield "food grown", _food_missing(water), "food_need"


def _food_missing(water: Water) -> Floats:
    """Output that is missing to what parties need, kt."""
    of = water.of
    party = water.read.at("demand_party", of["field_demand"].tolist())
    eaten = (of["food_party"][:, None] == party) & (of["food_crop"][:, None] == of["field_crop"])
    return np.asarray(of["food_least"] - eaten.astype(float) @ of["field_output"])


def _rotation_missed(of: Mapping[str, Any]) -> Floats:
    """Area by which rotation rules are missed, kha; 0 or less where they are kept."""
    there = of["rotation_demand"][:, None] == of["field_demand"]
    own = there & (of["rotation_crop"][:, None] == of["field_crop"])
    all_area, own_area = (flags.astype(float) @ of["field_area"] for flags in (there, own))
    return np.asarray(np.maximum(of["rotation_least"] * all_area - own_area, own_area - of["rotation_most"] * all_area))


def _ground_excesses(water: Water) -> Iterator[Residual]:
    """Yield how far wells and drains, and the aquifers they leave, are beyond their bounds."""
    of, pumped = water.of, water.of["pumped"]
    if of["aquifer"].size or of["reuse"].size:
        given = sum(gathered(of[name], of[user], of["demand"]) for name, user in (("pumped", "well_demand"), ("reused", "reuse_to")))
        drains = (water.left * of["return_fraction"][:, None])[water.places("reuse_from", "demand")]
        most = np.minimum(drains * of["reuse_share"][:, None], of["reuse_capacity"])
        yield "wells and drains within delivery", given - of["delivery"], "demand"
        yield "reuse within what drains", np.maximum(-of["reused"], of["reused"] - most), "reuse"
        yield "aquifer above its least", of["aquifer_least"] - of["aquifer_storage"], "aquifer"
        yield "safe yield", water.pumped.sum(axis=1) - of["aquifer_yield"], "aquifer"
        if "aquifer_yield_yearly" in of:
            years = np.array(water_years(of["time"], setting(water.read, WATER_YEAR, (10, 1))))
            same = (years[:, None] == years).astype(float)
            yield "safe yield of a year", water.pumped @ same - of["aquifer_yield_yearly"], "aquifer"
        yield "wells within capacity", np.maximum(-pumped, pumped - of["well_capacity"]), "well"


def _salt_residuals(of: Mapping[str, Any]) -> Iterator[Floats]:
    """Yield the salt that the account of a plan cannot explain; nothing where the plan is not replayed yet."""
    if of["salt_account"].size:
        accounts = dict(zip(of["salt_account"].tolist(), of["salt_total"].tolist(), strict=True))
        brought = sum(accounts[name] for name in ("start", "runoff", "recharge", "picked_up"))
        gone = sum(accounts[name] for name in ("left_basin", "end", "lost", "kept_by_users"))
        is_replayed = not np.isnan(of["salt_total"]).all()
        yield np.array([(brought - gone) / max(1.0, brought / 1000) if is_replayed else 0.0])
