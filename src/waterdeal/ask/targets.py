"""What can have a price: find an amount of the model by its name.

A name is a kind and a place: ``balance:NODE,STEP``, ``capacity:LINK,STEP``, ``storage_max:BODY,STEP``, ``storage_initial:BODY``,
``limit:ENTITLEMENT``, ``requirement:DEMAND,STEP``, ``clause:ID``; for nature ``flow_requirement:ID`` (all its steps) or
``flow_requirement:ID,STEP``, ``pulse:ID``, ``lake_target:ID``; and, for whatever else a model holds, ``row:FULL_ROW_NAME``. One more of an
amount moves one or several bounds; which, and by how much, is the target. Only these move: what else a scenario derives
from the same figure (a terminal storage that is to be as the first, a promise cut to the requirement) stays as it is.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.ask.respond import Target, moved
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError, make_problem
from waterdeal.scenario.natural import flows_asked
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import xarray as xr

    from waterdeal.lp.program import Family, Program

__all__ = ["KINDS", "PRICED", "RULES", "TOLD", "Target", "find_target", "moved"]

#: most members of an index that a message looks through for the nearest one
_MOST = 100_000
#: what an error in the name of a target is said to be in
_FILE = "prices"
_STORAGES = "reservoir.storage lake.storage"


class Finder:
    """Finds the rows and columns of one target."""

    def __init__(self, program: Program, name: str, inputs: xr.Dataset) -> None:
        """Index the families by name."""
        self.program, self.name, self.inputs = program, name, inputs
        self.rows = {family.name: family for family in program.rows if family.size}
        self.columns = {family.name: family for family in program.columns if family.size}

    def labels(self, dim: str) -> list[str]:
        """Labels of a dim of the inputs; none where they do not have it."""
        return self.inputs[dim].values.tolist() if dim in self.inputs.variables else []

    def row(self, names: str, index: tuple[Any, ...], *what: str) -> int:
        """Return the row of an index in the first of some families that has it; `what` are keys of the words for its labels."""
        return self._place(self.rows, names, index, what)

    def column(self, names: str, index: tuple[Any, ...], *what: str) -> int:
        """Return the column of an index, found the same way."""
        return self._place(self.columns, names, index, what)

    def _place(self, families: Mapping[str, Family], names: str, index: tuple[Any, ...], what: tuple[str, ...]) -> int:
        """Find an index, or say which of its labels is not known."""
        looked = [families[name] for name in names.split() if name in families]
        for family in looked:
            found = family.place_of(index)
            if found is not None:
                return family.start + found
        known = [known_labels(family) for family in looked]
        for at, (label, word) in enumerate(zip(index, what, strict=False)):
            members = {name for columns in known if at < len(columns) for name in columns[at]}
            if str(label) not in members:
                raise self.unknown(str(label), word, members)
        raise self.unknown(",".join(map(str, index)), "combination", ())

    def unknown(self, word: str, what: str, known: Iterable[str]) -> ScenarioError:
        """Return the error for a word of the target's name that is not known."""
        found = say("asking.not_there", what=say(f"amount.{what}"), word=word)
        return ScenarioError(_FILE, [Problem("target", None, self.name, found, did_you_mean(word, known))])

    def pair(self, place: str, first: str, second: str) -> tuple[str, str]:
        """Split the place of a target in two labels."""
        one, comma, two = place.partition(",")
        if not comma:
            what = {"what": say(f"amount.{second}"), "first": say(f"amount.{first}"), "place": place}
            raise ScenarioError(_FILE, [make_problem("target", None, self.name, "asking.one_label", **what)])
        return one.strip(), two.strip()

    def sides(self, row: int, column: int) -> tuple[float, float, float]:
        """Return which way a column moves its row, and the bounds of the row seen that way."""
        matrix = self.program.matrix
        inside = slice(matrix.start[row], matrix.start[row + 1])
        towards = float(np.sign(matrix.value[inside][matrix.column[inside] == column].sum()))
        return towards, towards * float(self.program.row_lower[row]), towards * float(self.program.row_upper[row])

    def target(self, amount: float, rows: Mapping[int, float], uppers: Mapping[int, float], floor: float = 0.0) -> Target:
        """Make a target in hm3 of steps of rows, both sides alike, and of upper bounds of columns."""
        steps, tops = (np.array(list(part.values()), dtype=float) for part in (rows, uppers))
        places, columns = (np.array(list(part), dtype=np.int64) for part in (rows, uppers))
        return Target(self.name, "hm3", amount, floor, places, steps, steps, columns, np.zeros(len(tops)), tops)

    def asked(self, row: int, column: int, *, hard: bool = False) -> Target:
        """Make the target of a row ``given + shortfall >= asked``: the row, and the most that may be missing unless it is hard."""
        towards, lower, upper = self.sides(row, column)
        return self.target(lower if np.isfinite(lower) else upper, {row: towards}, {} if hard else {column: 1.0})

    def is_hard(self, measure: str, dim: str, name: str) -> bool:
        """Whether nothing may be missing to a least flow (``flow``), pulse or target of a lake."""
        return not self.inputs[f"{measure}_shortfall_max"].values[self.inputs[dim].values == name].sum()


def known_labels(family: Family) -> list[list[str]]:
    """Labels that occur in each place of a family's index; none for a scalar component."""
    rows = [index if isinstance(index, tuple) else (index,) for index in islice(family.indices(), _MOST) if index is not None]
    return [list(dict.fromkeys(map(str, column))) for column in zip(*rows, strict=True)]


def find_target(program: Program, name: str, inputs: xr.Dataset) -> Target:
    """Find a target by its name.

    Parameters
    ----------
    program : Program
        The compiled model.
    name : str
        Kind and place, e.g. ``balance:upper_dam,2026-07-D1``.
    inputs : xarray.Dataset
        Inputs the model was built from.

    Returns
    -------
    Target
        Ready for `waterdeal.ask.prices.price`.

    Raises
    ------
    ScenarioError
        Where there is no such thing, with the nearest name there is.
    """
    kind, _, place = name.partition(":")
    find = Finder(program, name, inputs)
    if kind not in KINDS:
        raise find.unknown(kind, "kind", KINDS)
    return KINDS[kind](find, place.strip())


def _balance(find: Finder, place: str) -> Target:
    """Water that appears at a node in a step, by itself or brought from outside."""
    node, step = find.pair(place, "node", "step")
    row = find.row("water_balance", (node, step), "balanced", "step")
    towards = _inflow_sign(find, node, row)
    return find.target(-towards * float(find.program.row_lower[row]) + 0.0, {row: -towards}, {}, -np.inf)


def _inflow_sign(find: Finder, node: str, row: int) -> float:
    """Sign of water reaching a node in its balance row, read off a link there: one more of it moves the bounds the other way."""
    flow, matrix, steps = find.columns["flow"], find.program.matrix, find.inputs.sizes["time"]
    leaves, reaches = find.labels("link_from"), find.labels("link_to")
    for entry in range(matrix.start[row], matrix.start[row + 1]):
        link = (int(matrix.column[entry]) - flow.start) // steps
        if 0 <= link < flow.size // steps and node in {leaves[link], reaches[link]}:
            return float(np.sign(matrix.value[entry])) * (-1.0 if leaves[link] == node else 1.0)
    raise find.unknown(node, "linked", {*leaves, *reaches})


def _capacity(find: Finder, place: str) -> Target:
    """Capacity of a link in a step."""
    column = find.column("flow", find.pair(place, "link", "step"), "link", "step")
    return find.target(float(find.program.column_upper[column]), {}, {column: 1.0})


def _storage_max(find: Finder, place: str) -> Target:
    """Most that a body of water may hold; flood space stays as it is, so that its lower edge moves too."""
    index = find.pair(place, "body", "step")
    column = find.column(_STORAGES, index, "body", "step")
    flood = find.rows.get("reservoir.storage_flood_limit")
    found = None if flood is None else flood.place_of(index)
    rows = {} if flood is None or found is None else {flood.start + found: 1.0}
    return find.target(float(find.program.column_upper[column]), rows, {column: 1.0})


def _storage_initial(find: Finder, body: str) -> Target:
    """Storage at the start: water that appears in the first balance; evaporation from it in that step is left out."""
    first = find.labels("step")[0]
    find.column(_STORAGES, (body, first), "body")
    return _balance(find, f"{body},{first}")._replace(amount=float(find.inputs["storage_initial"].sel(reservoir=body)), floor=0.0)


def _limit(find: Finder, entitlement: str) -> Target:
    """Volume promised by an entitlement, with the steps of its shortfall."""
    row = find.row("entitlement.limit_met entitlement.inflow_met", (entitlement,), "entitlement")
    return _promise(find, row, {step: find.column("entitlement.shortfall", (entitlement, step)) for step in find.labels("shortage_step")})


def _requirement(find: Finder, place: str) -> Target:
    """Requirement of a demand in a step: its row, the most that is delivered, and the steps of its shortage."""
    demand, step = find.pair(place, "demand", "step")
    row = find.row("demand.requirement_met demand.requirement_covered", (demand, step), "demand", "step")
    short = {part: find.column("demand.shortage", (demand, part, step)) for part in find.labels("shortage_step")}
    return _promise(find, row, {**short, "": find.column("demand.delivery", (demand, step))})


def _promise(find: Finder, row: int, uppers: Mapping[str, int]) -> Target:
    """Target of a row ``given + steps of shortage = volume``; columns by step of shortage, or blank for what moves in full."""
    shares = dict(zip(find.labels("shortage_step"), find.labels("shortage_share"), strict=True))
    towards, lower, upper = find.sides(row, next(iter(uppers.values())))
    amount = max(lower, upper) if np.isinf(min(lower, upper)) else min(lower, upper)
    return find.target(amount, {row: towards}, {column: float(shares.get(step, 1.0)) for step, column in uppers.items()})


def _flow_requirement(find: Finder, place: str) -> Target:
    """Least flow at a place in a step; or in all its steps, where one more is spread over them as what is asked is."""
    requirement, comma, step = (part.strip() for part in place.partition(","))
    known, labels = find.labels("flow_requirement"), find.labels("step")
    if requirement not in known:
        raise find.unknown(requirement, "least_flow", known)
    at = known.index(requirement)
    link, asked = find.labels("flow_requirement_link")[at], flows_asked(find.inputs)[at]
    if comma:
        shares = {step: 1.0}
    elif asked.sum() > 0:
        shares = {label: float(part) for label, part in zip(labels, asked / asked.sum(), strict=True) if part > 0}
    else:
        shares = dict.fromkeys(labels, 1 / len(labels))
    hard = find.is_hard("flow", "flow_requirement", requirement)
    amount, rows, uppers = 0.0, dict[int, float](), dict[int, float]()
    for label, share in shares.items():
        row = find.row("environment.flow_minimum", (requirement, link, label), "least_flow", "link", "step")
        column = find.column("environment.flow_shortfall", (requirement, label), "least_flow", "step")
        part = find.asked(row, column)
        amount += part.amount
        rows[row] = share * float(part.row_lower_step[0])
        uppers |= {} if hard else {column: share}
    return find.target(amount, rows, uppers)


def _pulse(find: Finder, pulse: str) -> Target:
    """Volume of a pulse."""
    row = find.row("pulse.volume_met", (pulse,), "pulse")
    return find.asked(row, find.column("pulse.shortfall", (pulse,), "pulse"), hard=find.is_hard("pulse", "pulse", pulse))


def _lake_target(find: Finder, target: str) -> Target:
    """Volume that a lake should hold on a day."""
    column = find.column("lake_target.shortfall", (target,), "lake_target")
    family = find.rows["lake_target.volume_reached"]
    row = family.start + [index[0] for index in family.indices()].index(target)
    return find.asked(row, column, hard=find.is_hard("lake_target", "lake_target", target))


def _row(find: Finder, place: str) -> Target:
    """Right-hand side of any row; its finite sides move together, in the unit of the row."""
    name, _, labels = place.removesuffix("]").partition("[")
    family = find.rows.get(name)
    if family is None:
        raise find.unknown(name, "family", find.rows)
    members = {",".join(map(str, index if isinstance(index, tuple) else (index,))): index for index in family.indices()}
    if labels not in members and family.component.is_indexed():
        find.row(name, tuple(labels.split(",")), *["label"] * len(labels.split(",")))
    program, row = find.program, family.start + (list(members).index(labels) if family.component.is_indexed() else 0)
    sides = [float(side) for side in (program.row_lower[row], program.row_upper[row]) if np.isfinite(side)]
    return find.target(sides[0] if sides else np.inf, {row: 1.0} if sides else {}, {}, -np.inf)


def _clause(find: Finder, clause: str) -> Target:
    """What a clause promises in all: every part of it gets the same share of one more; helper rows of a scale stay."""
    names = ("row_clause", "row_part", "row_sense", "row_concession", "row_unit")
    ways = {tuple(key): (way, unit) for *key, way, unit in zip(*map(find.labels, names), strict=True)}
    parts: dict[str, dict[int, float]] = {}
    known, units = set[str](), set[str]()
    for sense, side in (("at_least", find.program.row_lower), ("at_most", find.program.row_upper)):
        family = find.rows.get(f"clause.{sense}")
        for row, (owner, part) in enumerate(() if family is None else family.indices(), start=0 if family is None else family.start):
            known.add(owner)
            way, unit = ways.get((owner, part, sense), (part, ""))
            if owner == clause and way:
                units.add(unit)
                parts.setdefault(way, {})[row] = float(side[row])
    if not parts:
        raise find.unknown(clause, "clause", known)
    amount = sum(next(iter(rows.values())) for rows in parts.values())
    made = find.target(amount, {row: 1 / len(parts) for rows in parts.values() for row in rows}, {}, -np.inf)
    return made._replace(unit="hm3" if "hm3" in units else units.pop() or made.unit)


#: how to find each kind of target
KINDS: dict[str, Callable[[Finder, str], Target]] = {
    "balance": _balance, "capacity": _capacity, "storage_max": _storage_max, "storage_initial": _storage_initial, "limit": _limit,
    "requirement": _requirement, "clause": _clause, "flow_requirement": _flow_requirement, "pulse": _pulse, "lake_target": _lake_target,
    "row": _row,
}  # fmt: skip
#: rows and bounds that tell people something, and which of their labels is the place, which a step may follow; the others (shares of
#: shortage adding up and the like) are part of every proof
TOLD = {
    "water_balance": 0, "flow": 0, "reservoir.storage": 0, "lake.storage": 0, "reservoir.release_limit": 0, "ramp.rise": 0, "ramp.fall": 0,
    "terminal.storage_least": 0, "terminal.lake_storage_least": 0, "environment.flow_minimum": 1, "pulse.volume_met": 0, "lake_target.volume_reached": 1,
    "entitlement.limit_met": 0, "hydropower.turbine_flow": 0, "hydropower.turbine_limit": 0,
}  # fmt: skip
#: families that a scenario or a law sets; the others are the river and its works
RULES = frozenset({
    "entitlement.limit_met", "terminal.storage_least", "terminal.lake_storage_least", "environment.flow_minimum", "pulse.volume_met",
    "lake_target.volume_reached",
})  # fmt: skip
#: kinds of targets that are priced unless some are named, each with the dimension of their names
PRICED = {
    "clause": "clause", "limit": "entitlement", "flow_requirement": "flow_requirement", "pulse": "pulse", "lake_target": "lake_target",
}  # fmt: skip
