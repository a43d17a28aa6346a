"""Read a scenario file: TOML with `extends` and dotted overrides, every problem at once."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from waterdeal.documents import explain, file_key, read_toml, schema_problem, toml_value
from waterdeal.errors import ScenarioError, make_problem
from waterdeal.scenario.schema import Scenario
from waterdeal.scenario.works import built_changes
from waterdeal.words import is_unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from waterdeal.scenario.workbook import Edited

MOST_EXTENDS = 10
#: endings of workbooks that a scenario is edited in
BOOKS = (".xlsx", ".xlsm", ".ods", ".xlsb", ".xls")
#: where an override is reported to stand
OVERRIDE = "--set"
#: tables whose keys exclude one another: an overlay replaces them whole
REPLACED = frozenset({"period", "hydrology", "terminal"})


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario as read, with the texts it was made from."""

    scenario: Scenario  # checked and frozen
    path: Path  # the file named by the user
    texts: Mapping[str, str]  # text of that file and of every file it extends, by name, the first one first
    overrides: tuple[str, ...] = ()  # the `key=value` overrides, as given
    #: what `scenario` was made from: all layers and overrides, as TOML gives them
    content: Mapping[str, Any] | None = field(default=None, repr=False)
    workbook: Edited | None = None  # the workbook from which some of the overrides came

    def changed(self, overrides: Sequence[str]) -> ScenarioFile:
        """Return the file with more overrides, all laid over at once; nothing is read again."""
        content = self.scenario.model_dump(by_alias=True, exclude_unset=True) if self.content is None else deepcopy(dict(self.content))
        return replace(make_scenario(content, self.path, self.texts, overrides, self.overrides), workbook=self.workbook)


def is_workbook(path: Path | str) -> bool:
    """Tell whether a scenario is given as a workbook."""
    return Path(path).suffix.lower() in BOOKS


def read_scenario(path: Path | str, overrides: Sequence[str] = ()) -> ScenarioFile:
    """Read, merge and check a scenario file."""
    file, texts = Path(path), dict[str, str]()
    return make_scenario(_read_layers(file, file.resolve().parent, texts), file, texts, overrides)


def make_scenario(
    content: dict[str, Any], path: Path, texts: Mapping[str, str], overrides: Sequence[str] = (), before: Sequence[str] = ()
) -> ScenarioFile:
    """Check a content, with overrides laid over it and those that were laid over it before."""
    for override in overrides:
        _apply_override(content, override)
    try:
        scenario = Scenario.model_validate(laid_over([content, *built_changes(content)]))
    except ValidationError as error:
        raise ScenarioError(path.name, [explain(path.name, part, Scenario) for part in error.errors()]) from error
    return ScenarioFile(scenario, path, texts, (*before, *overrides), content)


def _read_layers(file: Path, root: Path, texts: dict[str, str]) -> dict[str, Any]:
    """Read a file over the files it extends."""
    content = read_toml(file, root, texts, ScenarioError)
    if wrong := schema_problem("scenario", file.name, content.get("schema")):
        raise ScenarioError(file.name, [wrong])
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str) or any(map(is_unseen, base)):
        raise _one_problem(file.name, "extends", "general.no_file_name")
    target = (file.parent / base).resolve()
    if not target.is_relative_to(root) or Path(base).is_absolute():
        raise _one_problem(file.name, "extends", "scenario.extends_outside", base=base, name=root.name)
    if file_key(target, root) in texts or len(texts) >= MOST_EXTENDS:
        raise _one_problem(file.name, "extends", "scenario.extends_circle", base=base)
    return _merge(_read_layers(target, root, texts), content)


def layered(texts: Mapping[str, str], overrides: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield who says what, the deepest base first and overrides last, each with the content that it alone gives."""
    for name, text in reversed(list(texts.items())):
        yield name, tomllib.loads(text)
    for override in overrides:
        content: dict[str, Any] = {}
        _apply_override(content, override)
        yield override, content


def laid_over(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay contents over one another, the last on top."""
    return reduce(_merge, layers, {})


def _one_problem(file: str, field: str, key: str, **values: object) -> ScenarioError:
    """Make an error of one problem."""
    return ScenarioError(file, [make_problem(file, None, field, key, **values)])


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one content over another: tables are merged, either-or tables and everything else replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict) and key not in REPLACED
        merged[key] = _merge(dict(below or {}), value) if both else value
    if "initial" in over and "as_of" not in over:
        merged.pop("as_of", None)  # it is the day of the other figure
    return merged


def as_overrides(file: str, changes: Mapping[str, object]) -> list[str]:
    """Write new values of keys as ``key=value``; an array counts as its numbers, and a key that is written so already stays."""
    return [key if value is None and "=" in key else _override(file, key, value) for key, value in changes.items()]


def _override(file: str, key: str, value: object) -> str:
    """Write one new value."""
    try:
        return f"{key}={toml_value(getattr(value, 'tolist', lambda: value)())}"
    except TypeError:
        raise _one_problem(file, key, "general.no_toml_form", kind=type(value).__name__) from None


def _apply_override(content: dict[str, Any], override: str) -> None:
    """Apply one ``key=value``."""
    key, sign, text = override.partition("=")
    if not sign or not all(part.strip() for part in key.split(".")):
        raise _one_problem(OVERRIDE, override, "scenario.override_form")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        value = text
    *tables, last = (part.strip() for part in key.split("."))
    place: Any = content
    for table in tables:
        place = place.setdefault(table, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise _one_problem(OVERRIDE, key, "scenario.override_through_value")
    place[last] = value
    if last == "initial":
        place.pop("as_of", None)
        if "source" in place:
            place["source"] = "assumed: changed for this run"
