"""Read agreement files, with the changes a scenario or a user makes to single clauses."""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from waterdeal.agreement.forms import kind_names, known_kind
from waterdeal.agreement.schema import Agreement
from waterdeal.basin.cells import did_you_mean
from waterdeal.documents import explain, file_key, read_toml, schema_problem
from waterdeal.errors import AgreementError, Problem, make_problem
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from waterdeal.agreement.clause import Clause


@dataclass
class AgreementText:
    """An agreement file that was read: its key, its text, its content, and the agreement last made of it with changes."""

    key: str
    text: str
    content: dict[str, Any]
    made: tuple[dict[str, Any], Agreement] | None = None


def read_agreements(
    files: Sequence[str], folder: Path, changes: Mapping[str, Mapping[str, Any]], texts: dict[str, str],
    held: dict[str, AgreementText] | None = None,
) -> tuple[Agreement, ...]:  # fmt: skip
    """Read the agreements a scenario names."""
    held = {} if held is None else held
    for name in files:
        if name not in held:
            held[name] = _read(name, folder.resolve())
    named = {held[name].key: held[name] for name in files}
    texts.update({key: read.text for key, read in named.items()})
    contents = {key: deepcopy(read.content) for key, read in named.items()}
    stated = [schema_problem("agreement", file, content.get("schema")) for file, content in contents.items()]
    if wrong := [problem for problem in stated if problem is not None]:
        raise AgreementError(", ".join(contents), wrong)
    problems, (agreements, faults) = _apply_changes(contents, changes), _validate(contents, named)
    if problems := problems + (faults or _repeats(agreements)):
        raise AgreementError(", ".join(contents) or "scenario", problems)
    return tuple(agreements.values())


def _read(name: str, root: Path) -> AgreementText:
    """Read one file below a folder."""
    file, texts = (root / name).resolve(), dict[str, str]()
    if not file.is_relative_to(root) or Path(name).is_absolute():
        raise AgreementError(name, [make_problem(name, None, "agreements", "agreement.outside_folder", name=root.name)])
    content, key = read_toml(file, root, texts, AgreementError), file_key(file, root)
    return AgreementText(key, texts[key], content)


@contextmanager
def told_in_files(held: Mapping[str, AgreementText], changed: Collection[str]) -> Iterator[None]:
    """Name in problems of clauses the file that each stands in; a clause that the scenario changes stays with the scenario."""
    try:
        yield
    except AgreementError as error:
        homes = {str(clause.get("id")): read.key for read in held.values() for clause in _clauses(read.content)}
        homes = {name: home for name, home in homes.items() if name not in changed}
        told = [replace(problem, file=homes.get(problem.field.partition(".")[0], problem.file)) for problem in error.problems]
        raise AgreementError(error.place, told) from error


def all_clauses(agreements: Sequence[Agreement]) -> tuple[Clause, ...]:
    """Return the clauses of all agreements in order."""
    return tuple(clause for agreement in agreements for clause in agreement.clause)


def _clauses(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Clauses of a content, as far as they are tables."""
    found = content.get("clause", [])
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _apply_changes(contents: Mapping[str, dict[str, Any]], changes: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """Lay changes over the clauses they name."""
    places = {str(clause.get("id")): clause for content in contents.values() for clause in _clauses(content)}
    found = say("agreement.no_clause")
    for name in changes.keys() & places.keys():
        _lay_over(places[name], changes[name])
    return [Problem("scenario", None, f"agreement.{name}", found, did_you_mean(name, places)) for name in changes if name not in places]


def _lay_over(clause: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Change fields of a clause, tables within it key by key."""
    for key, value in fields.items():
        if isinstance(value, dict) and isinstance(clause.get(key), dict):
            clause[key] = dict(clause[key])
            _lay_over(clause[key], value)
        else:
            clause[key] = value


def _validate(contents: Mapping[str, dict[str, Any]], held: Mapping[str, AgreementText]) -> tuple[dict[str, Agreement], list[Problem]]:
    """Check each content by itself; one that was checked before is known."""
    agreements, problems = dict[str, Agreement](), list[Problem]()
    for file, content in contents.items():
        before = held[file].made
        if before is not None and before[0] == content:
            agreements[file] = before[1]
            continue
        try:
            agreements[file] = Agreement.model_validate(content)
            held[file].made = (content, agreements[file])
        except ValidationError as error:
            kept = [part for part in error.errors() if part["type"] != "too_short"] or error.errors()
            problems += [_explain(file, content, part) for part in kept]
    return agreements, problems


def _explain(file: str, content: Mapping[str, Any], fault: Any) -> Problem:
    """Tell a fault by the id of its clause, and with the keys its kind knows."""
    place = list(fault["loc"])
    if fault["type"] == "kind_from_outside":
        return make_problem(file, None, _clause_name(content, place), "agreement.unusable", told=fault["msg"])
    if fault["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        given = str(fault.get("input", {}).get("kind", "")) if isinstance(fault.get("input"), dict) else ""
        found, remedy = say("agreement.no_kind", given=given), did_you_mean(given, kind_names())
        return Problem(file, None, f"{_clause_name(content, place)}.kind", found, remedy)
    if len(place) > 2 and place[0] == "clause":
        return explain(file, fault, known_kind(str(place[2])) or Agreement, [_clause_name(content, place), *place[3:]])
    return explain(file, fault, Agreement)


def _clause_name(content: Mapping[str, Any], place: Sequence[Any]) -> str:
    """Name a clause by its id, or by its number where it has none."""
    clauses = _clauses(content)
    number = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
    return f"clause {clauses[number].get('id', number + 1)}" if number < len(clauses) else f"clause {number + 1}"


def _repeats(agreements: Mapping[str, Agreement]) -> list[Problem]:
    """Report ids that stand in several agreements."""
    seen: dict[str, str] = {}
    stated = [(clause.id, file, seen.setdefault(clause.id, file)) for file, agreement in agreements.items() for clause in agreement.clause]
    twice = [part for part in stated if part[1] != part[2]]
    return [make_problem(file, None, f"clause {name}", "agreement.stands_twice", seen=first) for name, file, first in twice]
