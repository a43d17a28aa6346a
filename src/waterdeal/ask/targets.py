"""What can have a price: find an amount of the model by its name.

A name is a kind and a place: ``balance:NODE,STEP``, ``capacity:LINK,STEP``, ``storage_max:BODY,STEP``, ``storage_initial:BODY``,
``limit:ENTITLEMENT``, ``requirement:DEMAND,STEP``, ``clause:ID``; for nature ``flow_requirement:ID`` (all its steps) or
``flow_requirement:ID,STEP``, ``pulse:ID``, ``lake_target:ID``; and, for whatever else a model holds, ``row:FULL_ROW_NAME``. One more of an
amount moves one or several bounds; which, and by how much, is the target. Only these move: what else a scenario derives
from the same figure (a terminal storage that is to be as the first, a promise cut to the requirement) stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.ask.respond import Target, moved
from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import Problem, ScenarioError
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import xarray as xr

    from waterdeal.lp.program import Family, Program

#: most members of an index that a message looks through for the nearest one
_MOST = 100_000
#: what an error in the name of a target is said to be in
_FILE = "prices"


def position(family: Family, index: tuple[Any, ...]) -> int | None:
    """Find an index in a family."""
    if not family.component.is_indexed():
        return None if index else 0
    key = index[0] if len(index) == 1 else index
    members = family.component.index_set()
    if key not in members:
        return None
    if family.index is not None:
        return family.index.index(key) if key in family.index else None
    return int(members.ord(key)) - 1


def known_labels(family: Family) -> list[list[str]]:
    """Labels that occur in each place of a family's index; none for a scalar component."""
    if not family.component.is_indexed():
        return []
    members = family.component.index_set()
    found: list[list[str]] = []
    for part in members.subsets():
        rows = [member if isinstance(member, tuple) else (member,) for member in islice(part, _MOST)]
        found += [list(dict.fromkeys(map(str, column))) for column in zip(*rows, strict=True)]
    return found


def unknown(name: str, word: str, what: str, known: Iterable[str]) -> ScenarioError:
    """Return the error for a word of a target's name that is not known."""
    return ScenarioError(_FILE, [Problem("target", None, name, say("asking.not", what=what, word=word), did_you_mean(word, known))])


class Finder:
    """Finds the rows and columns of one target."""

    def __init__(self, program: Program, name: str) -> None:
        """Index the families by name."""
        self.program, self.name = program, name
        self.rows = {family.name: family for family in program.rows if family.size}
        self.columns = {family.name: family for family in program.columns if family.size}

    def place(self, families: Iterable[Family | None], index: tuple[Any, ...], what: Sequence[str]) -> int:
        """Return the row or column of an index in the first family that has it."""
        looked = [family for family in families if family is not None]
        for family in looked:
            found = position(family, index)
            if found is not None:
                return family.start + found
        known = [known_labels(family) for family in looked]
        for at, label in enumerate(index[: len(what)]):
            members = {word for columns in known if at < len(columns) for word in columns[at]}
            if str(label) not in members:
                raise unknown(self.name, str(label), what[at], members)
        raise unknown(self.name, ",".join(map(str, index)), " with ".join(what), ())

    def pair(self, place: str, what: tuple[str, str]) -> tuple[str, str]:
        """Split the place of a target in two labels."""
        first, comma, second = place.partition(",")
        if not comma:
            problem = Problem("target", None, self.name, say("asking.not_2", what=what[1], place=place), f"Write {what[0]},{what[1]}.")
            raise ScenarioError(_FILE, [problem])
        return first.strip(), second.strip()

    def coefficient(self, row: int, column: int) -> float:
        """Return a coefficient; zero where the column is not in the row."""
        matrix = self.program.matrix
        inside = slice(matrix.start[row], matrix.start[row + 1])
        return float(matrix.value[inside][matrix.column[inside] == column].sum())


__all__ = ["KINDS", "Target", "find_target", "moved"]

_ROW = re.compile(r"(?P<family>[^\[]+)(?:\[(?P<index>.*)\])?")
_STORAGES = ("reservoir.storage", "lake.storage")


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
    if kind not in KINDS:
        raise unknown(name, kind, say("asking.kind_target"), KINDS)
    return KINDS[kind](Finder(program, name), place.strip(), inputs)


def _target(name: str, amount: float, rows: Mapping[int, float], uppers: Mapping[int, float], floor: float = 0.0) -> Target:
    """Make a target in hm3 of steps of rows, both sides alike, and of upper bounds of columns."""
    steps, tops = np.array(list(rows.values()), dtype=float), np.array(list(uppers.values()), dtype=float)
    columns = np.array(list(uppers), dtype=np.int64)
    return Target(name, "hm3", amount, floor, np.array(list(rows), dtype=np.int64), steps, steps, columns, np.zeros(len(tops)), tops)


def _balance(find: Finder, place: str, inputs: xr.Dataset) -> Target:
    """Water that appears at a node in a step, by itself or brought from outside."""
    node, step = find.pair(place, ("node", "step"))
    row = find.place([find.rows.get("water_balance")], (node, step), ("node with a balance", "step"))
    towards = _inflow_sign(find, node, row, inputs)
    return _target(find.name, -towards * float(find.program.row_lower[row]) + 0.0, {row: -towards}, {}, -np.inf)


def _inflow_sign(find: Finder, node: str, row: int, inputs: xr.Dataset) -> float:
    """Sign of water reaching a node in its balance row, read off a link there: one more of it moves the bounds the other way."""
    flow, matrix, steps = find.columns["flow"], find.program.matrix, inputs.sizes["time"]
    leaves, reaches = inputs["link_from"].values, inputs["link_to"].values
    for entry in range(matrix.start[row], matrix.start[row + 1]):
        link = (int(matrix.column[entry]) - flow.start) // steps
        if 0 <= link < flow.size // steps and node in {leaves[link], reaches[link]}:
            return float(np.sign(matrix.value[entry])) * (-1.0 if leaves[link] == node else 1.0)
    raise unknown(find.name, node, say("asking.node_link"), set(leaves) | set(reaches))


def _capacity(find: Finder, place: str, _inputs: xr.Dataset) -> Target:
    """Capacity of a link in a step."""
    what = ("link", "step")
    column = find.place([find.columns.get("flow")], find.pair(place, what), what)
    return _target(find.name, float(find.program.column_upper[column]), {}, {column: 1.0})


def _storage_max(find: Finder, place: str, _inputs: xr.Dataset) -> Target:
    """Most that a body of water may hold; flood space stays as it is, so that its lower edge moves too."""
    what = ("reservoir or lake", "step")
    index = find.pair(place, what)
    column = find.place(map(find.columns.get, _STORAGES), index, what)
    flood = find.rows.get("reservoir.storage_flood_limit")
    found = None if flood is None else position(flood, index)
    rows = {} if flood is None or found is None else {flood.start + found: 1.0}
    return _target(find.name, float(find.program.column_upper[column]), rows, {column: 1.0})


def _storage_initial(find: Finder, body: str, inputs: xr.Dataset) -> Target:
    """Storage at the start: water that appears in the first balance; evaporation from it in that step is left out."""
    first = str(inputs["step"].values[0])
    find.place(map(find.columns.get, _STORAGES), (body, first), ("reservoir or lake",))
    balance = _balance(find, f"{body},{first}", inputs)
    present = float(inputs["storage_initial"].sel(reservoir=body))
    return replace(balance, amount=present, floor=0.0)


def _limit(find: Finder, entitlement: str, inputs: xr.Dataset) -> Target:
    """Volume promised by an entitlement, with the steps of its shortfall."""
    families = map(find.rows.get, ("entitlement.limit_met", "entitlement.inflow_met"))
    row = find.place(families, (entitlement,), ("entitlement",))
    short = {step: ("entitlement.shortfall", (entitlement, step)) for step in inputs["shortage_step"].values.tolist()}
    return _promise(find, row, short, inputs)


def _requirement(find: Finder, place: str, inputs: xr.Dataset) -> Target:
    """Requirement of a demand in a step: its row, the most that is delivered, and the steps of its shortage."""
    what = ("demand", "step")
    demand, step = find.pair(place, what)
    row = find.place(map(find.rows.get, ("demand.requirement_met", "demand.requirement_covered")), (demand, step), what)
    short = {part: ("demand.shortage", (demand, part, step)) for part in inputs["shortage_step"].values.tolist()}
    return _promise(find, row, {**short, None: ("demand.delivery", (demand, step))}, inputs)


def _promise(find: Finder, row: int, uppers: Mapping[str | None, tuple[str, tuple[str, ...]]], inputs: xr.Dataset) -> Target:
    """Target of a row ``given + steps of shortage = volume``; `uppers` by step of shortage, or None for what moves in full."""
    shares = dict(zip(inputs["shortage_step"].values.tolist(), inputs["shortage_share"].values.tolist(), strict=True))
    columns = {find.place([find.columns[family]], index, ()): shares.get(step, 1.0) for step, (family, index) in uppers.items()}
    towards = float(np.sign(find.coefficient(row, next(iter(columns)))))
    lower, upper = towards * find.program.row_lower[row], towards * find.program.row_upper[row]
    return _target(find.name, float(max(lower, upper) if np.isinf(min(lower, upper)) else min(lower, upper)), {row: towards}, columns)


def _flow_requirement(find: Finder, place: str, inputs: xr.Dataset) -> Target:
    """Least flow at a place in a step; or in all its steps, where one more is spread over them as what is asked is."""
    requirement, comma, step = (part.strip() for part in place.partition(","))
    known = inputs["flow_requirement"].values.tolist() if "flow_requirement" in inputs else []
    if requirement not in known:
        raise unknown(find.name, requirement, "least flow", known)
    at, labels = known.index(requirement), inputs["step"].values.tolist()
    link = str(inputs["flow_requirement_link"].values[at])
    asked = inputs["flow_minimum"].values[at]
    if comma:
        shares = {step: 1.0}
    elif asked.sum() > 0:
        shares = {label: float(part) for label, part in zip(labels, asked / asked.sum(), strict=True) if part > 0}
    else:
        shares = dict.fromkeys(labels, 1 / len(labels))
    rows: dict[int, float] = {}
    uppers: dict[int, float] = {}
    amount = 0.0
    for label, share in shares.items():
        row = find.place([find.rows.get("environment.flow_minimum")], (requirement, link, label), ("least flow", "link", "step"))
        column = find.place([find.columns.get("environment.flow_shortfall")], (requirement, label), ("least flow", "step"))
        part = _asked(find, row, column)
        amount += part.amount
        rows |= dict.fromkeys(part.rows.tolist(), share * float(part.row_lower_step[0]))
        uppers |= {} if _is_hard(inputs, "flow", requirement) else {column: share}
    return _target(find.name, amount, rows, uppers)


def _pulse(find: Finder, pulse: str, inputs: xr.Dataset) -> Target:
    """Volume of a pulse."""
    row = find.place([find.rows.get("pulse.volume_met")], (pulse,), ("pulse",))
    column = find.place([find.columns.get("pulse.shortfall")], (pulse,), ("pulse",))
    return _asked(find, row, column, hard=_is_hard(inputs, "pulse", pulse))


def _lake_target(find: Finder, target: str, inputs: xr.Dataset) -> Target:
    """Volume that a lake should hold on a day."""
    column = find.place([find.columns.get("lake_target.shortfall")], (target,), ("target of a lake",))
    family = find.rows["lake_target.volume_reached"]
    row = family.start + [index[0] for index in (family.index or family.component.index_set())].index(target)
    return _asked(find, row, column, hard=_is_hard(inputs, "lake_target", target))


def _is_hard(inputs: xr.Dataset, measure: str, name: str) -> bool:
    """Whether nothing may be missing to a least flow (``flow``), pulse or target of a lake."""
    dim = "flow_requirement" if measure == "flow" else measure
    return bool(inputs[f"{measure}_shortfall_max"].values[inputs[dim].values == name].sum() == 0)


def _asked(find: Finder, row: int, column: int, *, hard: bool = False) -> Target:
    """Target of a row ``given + shortfall >= asked``: the row, and the most that may be missing unless it is hard."""
    towards = float(np.sign(find.coefficient(row, column)))
    lower, upper = towards * find.program.row_lower[row], towards * find.program.row_upper[row]
    return _target(find.name, float(lower if np.isfinite(lower) else upper), {row: towards}, {} if hard else {column: 1.0})


def _row(find: Finder, place: str, _inputs: xr.Dataset) -> Target:
    """Right-hand side of any row; its finite sides move together, in the unit of the row."""
    found = _ROW.fullmatch(place)
    family = find.rows.get(found["family"]) if found else None
    if found is None or family is None:
        raise unknown(find.name, found["family"] if found else place, say("asking.family_rows"), find.rows)
    labels = tuple(found["index"].split(",")) if found["index"] else ()
    numbers = tuple(int(label) if re.fullmatch(r"-?\d+", label) else label for label in labels)
    index = numbers if numbers != labels and position(family, numbers) is not None else labels
    row = find.place([family], index, tuple(f"label of {family.name}" for _ in labels))
    sides = [float(side) for side in (find.program.row_lower[row], find.program.row_upper[row]) if np.isfinite(side)]
    return _target(find.name, sides[0] if sides else np.inf, {row: 1.0} if sides else {}, {}, -np.inf)


def _clause(find: Finder, clause: str, inputs: xr.Dataset) -> Target:
    """What a clause promises in all: every part of it gets the same share of one more; helper rows of a scale stay."""
    parts: dict[str, dict[int, float]] = {}
    known: set[str] = set()
    ways = _ways(inputs)
    for sense, side in (("at_least", find.program.row_lower), ("at_most", find.program.row_upper)):
        family = find.rows.get(f"clause.{sense}")
        for place, (owner, part) in enumerate(() if family is None else family.index or family.component.index_set()):
            known.add(owner)
            way = ways.get((owner, part, sense), part)
            if family is not None and owner == clause and way:
                parts.setdefault(way, {})[family.start + place] = float(side[family.start + place])
    if not parts:
        raise unknown(find.name, clause, say("asking.clause_promises"), known)
    amount = sum(next(iter(rows.values())) for rows in parts.values())
    steps = {row: 1 / len(parts) for rows in parts.values() for row in rows}
    made = _target(find.name, amount, steps, {}, -np.inf)
    units = dict(zip(inputs["clause"].values.tolist(), inputs["clause_unit"].values.tolist(), strict=True)) if "clause" in inputs else {}
    return replace(made, unit=str(units.get(clause, made.unit)))


def _ways(inputs: xr.Dataset) -> dict[tuple[str, str, str], str]:
    """Part of a clause that each of its rows belongs to, by (clause, row, sense); empty for rows that promise nothing."""
    if "row_clause" not in inputs:
        return {}
    names = ("row_clause", "row_part", "row_sense", "row_concession")
    return {(clause, part, sense): way for clause, part, sense, way in zip(*(inputs[name].values.tolist() for name in names), strict=True)}


#: how to find each kind of target
KINDS: dict[str, Callable[[Finder, str, xr.Dataset], Target]] = {
    "balance": _balance,
    "capacity": _capacity,
    "storage_max": _storage_max,
    "storage_initial": _storage_initial,
    "limit": _limit,
    "requirement": _requirement,
    "clause": _clause,
    "flow_requirement": _flow_requirement,
    "pulse": _pulse,
    "lake_target": _lake_target,
    "row": _row,
}
