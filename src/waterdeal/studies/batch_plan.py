"""The plan of a batch: base scenarios, axes of settings over them, and the cells of that grid."""

from __future__ import annotations

import glob
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from waterdeal.basin.cells import did_you_mean
from waterdeal.documents import explain, read_toml, schema_problem
from waterdeal.errors import InputError, Problem, ScenarioError, make_problem, refuse
from waterdeal.fields import FileName, Frozen
from waterdeal.run import Case, load, made_from
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: cells of a batch at most: a grid that nobody would read, and a week of solving
MOST_CELLS = 2000
#: characters of a cell's folder at most
MOST_NAME = 150
#: between the ids that a cell is named by; none of them holds it
JOINT = "_"
#: what a problem with a plan that is given in code is told of
FILE = "batch"

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class Value(Frozen):
    """One value of an axis: settings of the scenario by dotted key."""

    id: Id
    title: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict, alias="set")


class Axis(Frozen):
    """Something that is varied over all scenarios."""

    id: Id
    title: dict[str, str] = Field(default_factory=dict)
    values: Annotated[tuple[Value, ...], Field(min_length=1)]

    def check_fields(self) -> None:
        """Each value has its own id."""
        _refuse_doubled(value.id for value in self.values)


class BatchPlan(Frozen):
    """A plan file, read and checked by itself."""

    schema_id: Annotated[Literal["waterdeal/batch@1"], Field(alias="schema")] = "waterdeal/batch@1"
    title: dict[str, str] = Field(default_factory=dict)
    scenarios: Annotated[tuple[FileName, ...], Field(min_length=1)]
    axis: tuple[Axis, ...] = ()
    compare_to: str | None = None

    def check_fields(self) -> None:
        """Each axis has its own id, and none sets what another one sets."""
        _refuse_doubled(axis.id for axis in self.axis)
        seen: dict[str, str] = {}
        for axis in self.axis:
            keys = {key for value in axis.values for key, _ in dotted(value.settings)}
            for key in sorted(keys & seen.keys()):
                refuse(True, "batch.set_twice", name=key, first=seen[key], second=axis.id)
            seen |= dict.fromkeys(keys, axis.id)


@dataclass(frozen=True)
class Cell:
    """A base scenario with a value of each axis."""

    scenario: str  # id of the base scenario
    values: tuple[str, ...] = ()  # id of the value of each axis
    settings: tuple[tuple[str, Any], ...] = ()  # what they set, by dotted key

    @property
    def id(self) -> str:
        """Name of its folder."""
        return JOINT.join((self.scenario, *self.values))

    def case(self, bases: Mapping[str, Case]) -> Case:
        """Set the base scenario to it."""
        base = bases[self.scenario]
        return base.set(dict(self.settings)) if self.settings else base


@dataclass(frozen=True)
class Grid:
    """A plan with its scenarios read: every cell is a case that can be solved."""

    plan: BatchPlan
    name: str  # what it is called where no folder is named
    bases: Mapping[str, Case]  # base scenarios by id
    cells: Mapping[str, Cell]  # cells by id
    hashes: Mapping[str, str]  # run hash of each cell
    compared: Mapping[str, str]  # by cell, the one it is compared with; empty where none is named


def dotted(settings: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, Any]]:
    """Yield settings by dotted key; a table in them is more of the key.

    Examples
    --------
    >>> list(dotted({"hydrology": {"factor": 0.9}, "entitlement.cut": 0.1}))
    [('hydrology.factor', 0.9), ('entitlement.cut', 0.1)]
    """
    for key, value in settings.items():
        if isinstance(value, dict) and value:
            yield from dotted(value, f"{head}{key}.")
        else:
            yield f"{head}{key}", value


def read_grid(plan: Path | str | Mapping[str, Any] | Sequence[Path | str]) -> Grid:
    """Read a plan and its scenarios, and check every cell; all problems at once."""
    content, file, home, name = _content(plan)
    try:
        asked = BatchPlan.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(file, [explain(file, part, BatchPlan) for part in error.errors()]) from error
    paths = _paths(asked, file, home)
    sizes = [len(paths), *(len(axis.values) for axis in asked.axis)]
    if math.prod(sizes) > MOST_CELLS:
        told = {"sizes": " x ".join(map(str, sizes)), "count": math.prod(sizes), "most": MOST_CELLS}
        raise ScenarioError(file, [make_problem(file, None, "axis", "batch.too_many", **told)])
    bases = _bases(paths, file)
    cells = {cell.id: cell for cell in _cells(asked, bases)}
    if long := [cell for cell in cells if len(cell) > MOST_NAME]:
        raise ScenarioError(file, [make_problem(file, None, "axis", "batch.long_name", name=long[0], most=MOST_NAME)])
    hashes, problems = _checked(cells, bases, asked, file)
    compared, unclear = _compared(asked, cells, file)
    if problems or unclear:
        raise ScenarioError(file, [*unclear, *problems])
    return Grid(asked, name, bases, cells, hashes, compared)


def _content(plan: Path | str | Mapping[str, Any] | Sequence[Path | str]) -> tuple[Mapping[str, Any], str, Path, str]:
    """Return the content of a plan, what its problems are told of, the folder its paths start from, and its name."""
    if isinstance(plan, str) and glob.has_magic(plan):
        plan = [plan]
    if isinstance(plan, str | Path):
        path = Path(plan)
        content = read_toml(path, path.resolve().parent, {}, ScenarioError)
        if wrong := schema_problem("batch", path.name, content.get("schema", "")):
            raise ScenarioError(path.name, [wrong])
        return content, path.name, path.parent, path.stem
    if isinstance(plan, Mapping):
        return plan, FILE, Path(), FILE
    return {"scenarios": [str(path) for path in plan]}, FILE, Path(), FILE


def _paths(plan: BatchPlan, file: str, home: Path) -> list[Path]:
    """Return the files of the scenarios, each once; patterns are filled in by name."""
    found: dict[Path, Path] = {}
    problems = []
    for pattern in plan.scenarios:
        names = sorted(glob.glob(pattern, root_dir=home, recursive=True)) if glob.has_magic(pattern) else [pattern]  # noqa: PTH207 - as seen from a folder
        paths = [home / name for name in names if (home / name).resolve() != (home / file).resolve()]
        found |= {path.resolve(): path for path in paths}
        if not paths:
            problems.append(make_problem(file, None, "scenarios", "batch.no_scenario", pattern=pattern))
    if problems:
        raise ScenarioError(file, problems)
    return list(found.values())


def _bases(paths: Sequence[Path], file: str) -> dict[str, Case]:
    """Read the base scenarios, by id; two of one id are refused."""
    bases: dict[str, Case] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            case = load(path)
        except InputError as error:
            problems += error.problems
            continue
        name = case.file.scenario.scenario.id
        if name in bases:
            told = {"id": name, "first": bases[name].file.path.name, "second": path.name}
            problems.append(make_problem(file, None, "scenarios", "batch.same_id", **told))
        bases[name] = case
    if problems:
        raise ScenarioError(file, dict.fromkeys(problems))
    return bases


def _cells(plan: BatchPlan, bases: Mapping[str, Case]) -> Iterator[Cell]:
    """Yield the cells in order: the last axis turns first."""
    for base in bases:
        for values in itertools.product(*(axis.values for axis in plan.axis)):
            settings = tuple(pair for value in values for pair in dotted(value.settings))
            yield Cell(base, tuple(value.id for value in values), settings)


def _checked(cells: Mapping[str, Cell], bases: Mapping[str, Case], plan: BatchPlan, file: str) -> tuple[dict[str, str], list[Problem]]:
    """Make every cell once, and return their run hashes, and what cannot be: of the plan where it is so in every base, else of a base."""
    hashes: dict[str, str] = {}
    found: dict[tuple[str, str, str], dict[str, Problem]] = {}
    for name, cell in cells.items():
        try:
            hashes[name] = made_from(cell.case(bases))["run_sha256"]
        except InputError as error:
            for problem in error.problems:
                same = found.setdefault((_set_by(plan, cell, problem.field), problem.field, str(problem.found)), {})
                same.setdefault(cell.scenario, problem)
    problems: list[Problem] = []
    for (place, _, _), same in found.items():
        if place and len(same) == len(bases):
            problems.append(replace(next(iter(same.values())), file=file, row=None, field=place))
        else:
            problems += [replace(problem, file=bases[base].file.path.name) for base, problem in same.items()]
    return hashes, problems


def _set_by(plan: BatchPlan, cell: Cell, field: str) -> str:
    """Name the value of an axis that sets a field of a scenario in a cell; empty where none does."""
    for axis, chosen in zip(plan.axis, cell.values, strict=True):
        for value in axis.values:
            if value.id == chosen and any(f"{field}.".startswith(f"{key}.") for key, _ in dotted(value.settings)):
                return f"axis {axis.id}, {value.id}: {field}"
    return ""


def _compared(plan: BatchPlan, cells: Mapping[str, Cell], file: str) -> tuple[dict[str, str], list[Problem]]:
    """Return by cell the one that it is compared with: as it is, but for the ids that are named; or what is wrong with these."""
    if plan.compare_to is None:
        return {}, []
    places = [[cell.scenario, *cell.values] for cell in cells.values()]
    known = [dict.fromkeys(place[at] for place in places) for at in range(len(plan.axis) + 1)]
    named: dict[int, str] = {}
    for name in plan.compare_to.split(JOINT):
        at = [place for place, ids in enumerate(known) if name in ids]
        if len(at) != 1 or at[0] in named:
            ids = [*cells, *(name for place in known for name in place)]
            hint = did_you_mean(plan.compare_to, ids)
            key = "batch.compare_unknown" if not at else "batch.compare_unclear"
            return {}, [Problem(file, None, "compare_to", say(key, name=name), hint if not at else say(f"{key}.remedy"))]
        named[at[0]] = name
    others = [JOINT.join(named.get(at, part) for at, part in enumerate(place)) for place in places]
    return dict(zip(cells, others, strict=True)), []


def _refuse_doubled(ids: Iterator[str]) -> None:
    """Refuse ids that stand twice."""
    seen: set[str] = set()
    for name in ids:
        refuse(name in seen, "batch.id_twice", id=name)
        seen.add(name)
