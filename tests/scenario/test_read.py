"""Scenario files: layers, overrides, unknown keys, quantities, and every problem at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from tests.bundled import SCENARIOS
from tests.thorough import diagonal
from waterdeal.errors import FileProblem, ScenarioError
from waterdeal.run import load
from waterdeal.scenario.read import ScenarioFile, read_scenario
from waterdeal.scenario.schema import Period

if TYPE_CHECKING:
    from pathlib import Path

BASE = """
schema = "waterdeal/scenario@1"
basin = "syrdarya"
[scenario]
id = "base"
title.en = "Base"
[period]
start = 2026-04-01
end = 2026-10-01
step = "dekad"
[hydrology]
year_class = "exceeded_90"
factor = 0.9
[reservoir.toktogul]
initial = "6.8 km3"
terminal = { rule = "at_least", storage = "9.0 km3" }
[reservoir.andijan]
initial = 896
terminal = { rule = "free" }
"""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a scenario file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def layered(folder: Path, text: str, *overrides: str) -> ScenarioFile:
    """Read a scenario that extends the base."""
    write(folder, "base.toml", BASE)
    return read_scenario(write(folder, "mine.toml", 'extends = "base.toml"\n' + text), overrides)


@pytest.mark.parametrize("path", diagonal(SCENARIOS, *SCENARIOS[::5]), ids=lambda path: path.stem)
def test_bundled_scenarios_load(path: Path) -> None:
    """Every scenario that comes with the toolkit is sound, with titles in four languages."""
    case = load(path)
    assert set(case.file.scenario.scenario.title) == {"en", "ru", "kk", "uz"}
    assert case.inputs.attrs["scenario"] == path.stem


def test_layers_merge(tmp_path: Path) -> None:
    """A layer changes what it names and leaves the rest."""
    file = layered(tmp_path, '[reservoir.toktogul]\ninitial = "7 km3"\n[scenario]\nid = "mine"')
    scenario = file.scenario
    assert scenario.scenario.id == "mine"
    assert scenario.scenario.title == {"en": "Base"}
    assert scenario.reservoir["toktogul"].initial == 7000
    assert scenario.reservoir["toktogul"].terminal is not None
    assert scenario.reservoir["andijan"].initial == 896
    assert list(file.texts) == ["mine.toml", "base.toml"]


def test_either_or_tables_are_replaced(tmp_path: Path) -> None:
    """A period, a hydrology or a terminal choice is replaced whole, so that no half of the old one stays."""
    text = """
[period]
start = 2026-04-01
stretches = [{ until = 2026-05-01, step = "dekad" }]
[hydrology]
year_class = "mean"
[reservoir.toktogul]
terminal = { rule = "free" }
"""
    scenario = layered(tmp_path, text).scenario
    assert scenario.period.end is None
    assert scenario.hydrology.factor == 1.0
    terminal = scenario.reservoir["toktogul"].terminal
    assert terminal is not None
    assert terminal.storage is None


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("hydrology.factor=0.8", "hydrology.factor", 0.8),
        ("hydrology.year_class=exceeded_10", "hydrology.year_class", "exceeded_10"),
        ('hydrology.year_class="exceeded_10"', "hydrology.year_class", "exceeded_10"),
        ("solver.presolve=false", "solver.presolve", False),
        ("requirement.factor=1.1", "requirement.factor", 1.1),
        ('objective.levels=["drinking", "irrigation"]', "objective.levels", ("drinking", "irrigation")),
        ('scenario.tags=["a", "b"]', "scenario.tags", ("a", "b")),
    ],
)
def test_overrides(tmp_path: Path, override: str, path: str, value: object) -> None:
    """``--set`` reaches any key, and is kept for the record."""
    file = layered(tmp_path, "", override)
    found = file.scenario
    for part in path.split("."):
        found = getattr(found, part)
    assert found == value
    assert file.overrides == (override,)


def test_override_with_unit(tmp_path: Path) -> None:
    """A quantity may be overridden with its unit."""
    assert layered(tmp_path, "", "reservoir.toktogul.initial=7.5 km3").scenario.reservoir["toktogul"].initial == 7500


FAULTS: dict[str, tuple[str, str, str]] = {
    "unknown key": ("[hydrology]\nyear_clas = 'mean'", "hydrology.year_clas", 'Did you mean "year_class"?'),
    "unknown table": ("[hidrology]\nyear_class = 'mean'", "hidrology", 'Did you mean "hydrology"?'),
    "unknown key of a reservoir": ("[reservoir.toktogul]\ninital = 1", "reservoir.toktogul.inital", 'Did you mean "initial"?'),
    "unit of a flow": ('[reservoir.toktogul]\ninitial = "7 m3/s"', "reservoir.toktogul.initial", "cannot be read as hm3"),
    "no such unit": ('[reservoir.toktogul]\ninitial = "7 barrels of rum"', "reservoir.toktogul.initial", "cannot be read as hm3"),
    "decimal comma": ('[reservoir.toktogul]\ninitial = "6,8 km3"', "reservoir.toktogul.initial", "not a number with a unit"),
    "nan": ("[reservoir.toktogul]\ninitial = nan", "reservoir.toktogul.initial", "finite"),
    "inf": ("[hydrology]\nyear_class = 'mean'\nfactor = inf", "hydrology.factor", "finite"),
    "negative factor": ("[hydrology]\nyear_class = 'mean'\nfactor = -1", "hydrology.factor", "greater than or equal to 0"),
    "two waters": ("[hydrology]\nyear_class = 'mean'\nseries = 'x.csv'", "hydrology", "either year_class or series"),
    "no water": ("[hydrology]\nfactor = 1", "hydrology", "either year_class or series"),
    "half a period": ("[period]\nstart = 2026-04-01\nend = 2026-05-01", "period", "either end and step, or stretches"),
    "unknown step": ("[period]\nstart = 2026-04-01\nend = 2026-05-01\nstep = 'week'", "period.step", "dekad"),
    "unknown rule": ("[reservoir.toktogul]\nterminal = { rule = 'nothing' }", "reservoir.toktogul.terminal.rule", "at_least"),
    "at_least without storage": ("[reservoir.toktogul]\nterminal = { rule = 'at_least' }", "reservoir.toktogul.terminal", "needs storage"),
    "value without worth": ("[reservoir.toktogul]\nterminal = { rule = 'value' }", "reservoir.toktogul.terminal", "needs worth"),
    "unknown level": ("[objective]\nlevels = ['profit']", "objective.levels.0", "irrigation"),
    "level twice": ("[objective]\nlevels = ['drinking', 'drinking']", "objective", "stands twice"),
    "shortage not convex": ("[objective.shortage]\nweight = [3.0, 1.0, 10.0]", "objective.shortage", "must rise"),
    "shortage shares": ("[objective.shortage]\nshare = [0.1, 0.2, 0.6]", "objective.shortage", "adds up to 0.9"),
    "eleven prices": ("[energy]\nvalue = [1,1,1,1,1,1,1,1,1,1,1]", "energy", "11 entries"),
    "bad id": ("[scenario]\nid = 'Моя папка/..'", "scenario.id", "match pattern"),
    "threads": ("[solver]\nthreads = 0", "solver.threads", "greater than or equal to 1"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str, tmp_path: Path) -> None:
    """A fault is named by its key, with the remedy."""
    text, field, words = FAULTS[case]
    with pytest.raises(ScenarioError) as caught:
        layered(tmp_path, text)
    found = {problem.field: f"{problem.found} {problem.expected}" for problem in caught.value.problems}
    assert words.lower() in found[field].lower()


def test_all_faults_in_one_error(tmp_path: Path) -> None:
    """Four faults are four lines of one error."""
    text = "[hydrology]\nyear_clas = 'x'\n[reservoir.toktogul]\ninitial = 'much'\n[solver]\nseed = -1\n[scenario]\nid = '!'"
    with pytest.raises(ScenarioError) as caught:
        layered(tmp_path, text)
    fields = {problem.field for problem in caught.value.problems}
    assert fields >= {"hydrology.year_clas", "reservoir.toktogul.initial", "solver.seed", "scenario.id"}


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ('objective.give={flows="a"}', "objective.give.flows"),
        ("objective.give={nosuch=1}", "objective.give.nosuch"),
        ("objective.give=[1]", "objective.give"),
        ("objective.give=2", "objective.give"),
        ("facts.use=3", "facts.use"),
        ('trade={on=true,load_factor={KG=[1,"x"]}}', "trade.load_factor.KG.1"),
    ],
)
def test_a_fault_in_a_field_of_several_types_is_told_once(tmp_path: Path, override: str, field: str) -> None:
    """As that of the type whose form was given."""
    with pytest.raises(ScenarioError) as caught:
        layered(tmp_path, "", override)
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("hydrology.factor", "KEY=VALUE"),
        ("=1", "KEY=VALUE"),
        ("a..b=1", "KEY=VALUE"),
        ("basin.name=1", "not a table"),
        ("hydro=1", "not a known key"),
    ],
)
def test_bad_overrides(tmp_path: Path, override: str, words: str) -> None:
    """An override that makes no sense is refused."""
    with pytest.raises(ScenarioError, match=words):
        layered(tmp_path, "", override)


def test_circular_extends(tmp_path: Path) -> None:
    """Files that extend one another are refused."""
    write(tmp_path, "a.toml", 'extends = "b.toml"')
    write(tmp_path, "b.toml", 'extends = "a.toml"')
    with pytest.raises(ScenarioError, match="circle"):
        read_scenario(tmp_path / "a.toml")


def test_layers_of_one_name_in_two_folders(tmp_path: Path) -> None:
    """A file may extend one of the same name in a folder below."""
    (tmp_path / "common").mkdir()
    write(tmp_path / "common", "mine.toml", BASE)
    path = write(tmp_path, "mine.toml", 'extends = "common/mine.toml"\n[scenario]\nid = "mine"')
    assert read_scenario(path).scenario.scenario.id == "mine"


@pytest.mark.parametrize("target", ["../base.toml", "/etc/passwd"])
def test_extends_outside_the_folder(tmp_path: Path, target: str) -> None:
    """A scenario reads no file outside its folder."""
    (tmp_path / "in").mkdir()
    write(tmp_path, "base.toml", BASE)
    with pytest.raises(ScenarioError, match="outside the folder"):
        read_scenario(write(tmp_path / "in", "mine.toml", f'extends = "{target}"'))


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a = ", b"# " + b"x" * 5_000_000, b"a = " + b"[" * 5000], ids=["not utf-8", "not toml", "large", "deep"]
)
def test_unreadable_content(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no scenario are refused in house form."""
    (tmp_path / "x.toml").write_bytes(content)
    with pytest.raises(ScenarioError, match="1 problem"):
        read_scenario(tmp_path / "x.toml")


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there, or a folder, is a file problem."""
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(FileProblem, match="cannot be read"):
            read_scenario(path)


def test_scenario_is_frozen(tmp_path: Path) -> None:
    """A scenario cannot be changed once read."""
    scenario = layered(tmp_path, "").scenario
    with pytest.raises(ValueError, match="frozen"):
        scenario.basin = "other"


@pytest.mark.parametrize("period", [
    {"start": "0001-01-01", "end": "0002-01-01", "step": "month"}, {"start": "2026-04-01", "end": "9999-12-01", "step": "month"},
    {"start": "2026-04-01", "end": "2126-04-01", "step": "day"}, {"start": "2026-04-01", "stretches": [{"until": "2190-01-01", "step": "day"}]},
])  # fmt: skip
def test_a_horizon_has_limits(period: dict[str, object]) -> None:
    """Years that no calendar here knows, and more steps than a machine can plan, are refused at once, with the limit."""
    with pytest.raises(ValidationError, match=r"between the years 1700 and 2200|at most 20000 steps"):
        Period.model_validate(period)
