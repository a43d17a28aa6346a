"""The recipes of CONTRIBUTING are followed: a toy of each kind is added to a copy of the source, in the files the recipe names and no others."""

from __future__ import annotations

import ast
import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.house.rules import CLASS, FILE, FUNCTION, PARAMETERS, ROOT

from waterdeal.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Change = Callable[[str], str]

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCE = "src/waterdeal"
#: most files that a recipe may touch by hand
MOST = {
    "A bare component": 6, "A component as complete as `pulse`": 9, "A level": 3, "A clause kind": 6, "A report column": 2, "An import format": 2,
    "A word": 2,
}  # fmt: skip
#: what the toys put for the names that a recipe leaves open
NAMED = {"family": "flow", "table": "clauses", "topic": "general", "room": "units"}


def recipe(title: str) -> tuple[int, str]:
    """Number of files that a recipe states, and its text."""
    found = re.search(rf"^### {re.escape(title)}: (\d+) files\n(.*?)(?=^##)", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    assert found, title
    return int(found[1]), found[2]


def files_of(title: str) -> list[str]:
    """Files of a recipe: what its numbered lines begin with, the names of the toy put in."""
    listed = re.findall(r"^\d+\. `([^`]+)`", recipe(title)[1], re.MULTILINE)
    return [re.sub(r"<(\w+)>", lambda name: NAMED.get(name[1], "toy"), file) for file in listed]


@pytest.mark.parametrize("title", MOST)
def test_a_recipe_counts_its_files(title: str) -> None:
    """The number in its heading is that of its list, is not above what was agreed, and every file is there, but for those of the toy."""
    files = files_of(title)
    assert recipe(title)[0] == len(files) <= MOST[title]
    assert [file for file in files if "toy" not in file and not (ROOT / file).is_file()] == []


def test_every_recipe_is_counted() -> None:
    """No recipe stands there that nothing holds to be true."""
    assert re.findall(r"^### (.*): \d+ files$", CONTRIBUTING, re.MULTILINE) == list(MOST)


def test_rooms_are_those_there_are() -> None:
    """Every room of the floors has its line, in their order."""
    floors = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]["layers"]
    table = CONTRIBUTING[CONTRIBUTING.index("## Rooms") : CONTRIBUTING.index("## House rules")]
    told = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines() if row.startswith("| `")]
    assert [set(row) for row in told] == [set(floor.split(" | ")) for floor in floors]


def test_the_way_is_there() -> None:
    """Every file that the way of the data names, and every function or tuple beside it."""
    way = CONTRIBUTING[CONTRIBUTING.index("## The data's way") : CONTRIBUTING.index("## Rooms")]
    for file in re.findall(r"`([a-z_/]+\.(?:py|csv))`", way):
        assert (ROOT / SOURCE / file).is_file(), file
    for file, name in re.findall(r"`([a-z_/]+\.py)`, `(\w+)`", way):
        assert re.search(rf"^(def )?{name}\b", (ROOT / SOURCE / file).read_text(encoding="utf-8"), re.MULTILINE), name


def test_limits_are_those_of_the_house() -> None:
    """What is said of lengths is what is checked."""
    assert f"a file at most {FILE} lines, a function {FUNCTION} lines and {PARAMETERS} parameters, a class {CLASS} lines" in CONTRIBUTING


def test_what_is_told_of_pulses_stands_where_the_recipe_says() -> None:
    """No other code names them than the files of the recipe, and the reader of files of old formats."""
    told = {file.replace("toy", "pulse") for file in files_of("A component as complete as `pulse`")} | {f"{SOURCE}/results/formats.py"}
    found = set()
    for file in (ROOT / SOURCE).rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        documented = {id(node.body[0].value) for node in nodes if isinstance(node, DOCUMENTED) and ast.get_docstring(node)}  # type: ignore[attr-defined]
        words = [node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in documented]
        words += [node.id for node in nodes if isinstance(node, ast.Name)] + [node.name for node in nodes if isinstance(node, ast.alias)]
        if any("pulse" in word.lower() for word in words if isinstance(word, str)):
            found.add(file.relative_to(ROOT).as_posix())
    assert len(found) > 5
    assert found <= told


def grown(folder: Path, title: str, changes: Mapping[str, Change], script: str) -> str:
    """Add to a copy of the source what a recipe says, and run a script on it; what it prints."""
    assert set(changes) == {file for file in files_of(title) if file.startswith(SOURCE)}, "the toy touches what the recipe names"
    shutil.copytree(ROOT / SOURCE, folder / SOURCE)  # with what Python has compiled, so that it compiles only what is changed
    for file, change in changes.items():
        path = folder / file
        path.write_text(change(path.read_text(encoding="utf-8") if path.exists() else ""), encoding="utf-8")
    lightly = "from waterdeal.cli.start_up import import_lightly\nimport_lightly()\n"
    run = subprocess.run(
        [sys.executable, "-c", lightly + script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "src"), str(ROOT)]), "PYTHONIOENCODING": "utf-8"},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def rows_added(*rows: Mapping[str, str]) -> Change:
    """Add rows to a table; columns that a row does not have stay empty."""

    def change(text: str) -> str:
        out = io.StringIO()
        csv.DictWriter(out, next(csv.reader(text.splitlines())), restval="", lineterminator="\n").writerows(rows)
        return text + out.getvalue()

    return change


def words_added(**texts: str) -> Change:
    """Add words in every language; the dot of a key is written as two underscores."""
    return rows_added(*({"key": key.replace("__", "."), **{code: f"{text} ({code})" for code in LANGUAGES}} for key, text in texts.items()))


def put(more: str, before: str) -> Change:
    """Put text before a mark that stands once."""

    def change(text: str) -> str:
        assert text.count(before) == 1, before
        return text.replace(before, more + before)

    return change


def both(first: Change, second: Change) -> Change:
    """Make one change after another."""
    return lambda text: second(first(text))


COMPONENT = '''"""Toy: least flow on which boats go, by month; what is missing is explicit."""

import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, grouped_set


def add(model, inputs):
    """Add ``shortfall[toy, time]`` and ``depth_kept`` rows."""
    if not inputs.sizes.get("toy", 0):
        return Terms()
    block = model.toy = pyo.Block()
    toys = inputs["toy"].values.tolist()
    block.TOY = pyo.Set(initialize=toys, dimen=1)
    block.LINK_OF = grouped_set(block.TOY, {toy: [link] for toy, link in zip(toys, inputs["toy_link"].values.tolist())})
    block.least = Data(block.TOY, model.TIME, array=inputs["toy_flow"])
    block.shortfall = Columns(block.TOY, model.TIME, domain=pyo.NonNegativeReals)
    block.depth_kept = Rows(block.TOY, model.TIME, rule=_depth_kept)
    return Terms()


def _depth_kept(block, toy, time):
    return sum(block.model().flow[link, time] for link in block.LINK_OF[toy]) + block.shortfall[toy, time] >= block.least[toy, time]


def _missing(m):
    return sum(m.toy.shortfall[toy, t] for toy in m.toy.TOY for t in m.TIME)


GOALS = {"environment": {"toy": _missing}}
'''
COMPONENT_CHANGES: dict[str, Change] = {
    f"{SOURCE}/model/components/toy.py": lambda _: COMPONENT,
    f"{SOURCE}/model/build.py": both(
        put("from waterdeal.model.components import toy\n", "from waterdeal.model.levels import add_goals"),
        put("toy, ", "channel, entitlement, terminal,"),
    ),
    f"{SOURCE}/variables.csv": rows_added(
        {"name": "toy_link", "stage": "both", "dims": "toy", "unit": "1", "description": "link of the stretch", "source": "toy.link"},
        {"name": "toy_flow", "stage": "both", "dims": "toy,time", "unit": "hm3", "description": "least flow", "source": "toy.least_m3s"},
        {"name": "toy_shortfall", "stage": "result", "dims": "toy,time", "unit": "hm3", "description": "flow missing to boats", "solved_as": "toy.shortfall"},
    ),
    f"{SOURCE}/basin/tables.csv": rows_added(
        {"table": "toy", "column": "toy", "kind": "id", "key": "yes", "optional": "yes"},
        {"table": "toy", "column": "link", "kind": "id", "refers": "links.link", "optional": "yes"},
        {"table": "toy", "column": "month", "kind": "month", "low": "1", "high": "12", "key": "yes", "optional": "yes"},
        {"table": "toy", "column": "least_m3s", "kind": "number", "low": "0", "optional": "yes"},
    ),
}
COMPONENT_SCRIPT = """
import tempfile, pathlib
from tests.model import smallest, test_golden
from waterdeal.model.build import build_model, materialise
from waterdeal.model.components import toy
months = [{"toy": "boats", "link": "out", "month": month, "least_m3s": 1000} for month in range(1, 13)]
river = smallest.draft(smallest.HEAD, "out spring sea", runoff={"spring": 100}, scenario=smallest.TWO_DAYS, toy=months)
smallest.SMALLEST["toy"] = (river, "environment")
from tests.model.component_contract import ComponentContract
contract = type("Contract", (ComponentContract,), {"component": toy})()
for test in dir(contract):
    if test.startswith("test_"):
        getattr(contract, test)()
print(test_golden.lp_text(materialise(build_model(river.inputs())), "environment", pathlib.Path(tempfile.mkdtemp())))
plan = river.plan()
print("missing", round(float(plan["toy_shortfall"].sum()), 3))
from waterdeal.results.audit import audit
audit(plan).raise_if_bad()
"""


def test_a_bare_component(tmp_path: Path) -> None:
    """It is read, kept, solved, told and audited; it keeps the contract of components."""
    said = grown(tmp_path, "A bare component", COMPONENT_CHANGES, COMPONENT_SCRIPT)
    assert "toy_depth_kept(boats_2026_04_01)" in said
    assert f"missing {2 * 0.0864 * 900:g}" in said


def again(*patterns: str) -> Change:
    """Write what is said of pulses once more, for the toy: each pattern stands once."""

    def change(text: str) -> str:
        for pattern in patterns:
            text, count = re.subn(pattern, lambda found: found[0] + _renamed(found[0]), text, flags=re.DOTALL)
            assert count == 1, pattern
        return text

    return change


def _renamed(text: str) -> str:
    """Name the toy in place of the pulse."""
    named = text.replace("pulse", "toy").replace("PULSE", "TOY").replace("passed(", "passed_toy(")
    return re.sub(r"\bdelivered\b", "passed_toy(results)", named)


def _words_of_pulses() -> str:
    """All that is said of pulses, as the words of the toy."""
    rows = [row for file in (ROOT / SOURCE / "words").glob("*.csv") for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())]
    mine = [{**row, "key": row["key"].replace("pulse", "toy")} for row in rows if "pulse" in row["key"]]
    return rows_added(*mine)(",".join(["key", "en", "ru", "kk", "uz"]) + "\n")


FULL_SCRIPT = """
import waterdeal as wd
from tests.model import smallest
from waterdeal.accounts.compensation import alone
from waterdeal.ask.conflict import described
from waterdeal.solve.loosened import price
from waterdeal.ask.targets import find_target
from waterdeal.errors import Infeasible
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports.text import summary_text
from waterdeal.results.audit import audit
from waterdeal.results.environment import environment_table, remaining_environment
LEVELS = ("environment", "irrigation", "evenness")
asked = {"id": "boats", "link": "out", "start": "2026-04-01", "end": "2026-04-03", "volume": 100, "source": "read: by hand"}
def river(**more):
    return smallest.draft(smallest.HEAD, "out spring sea", runoff={"spring": 100}, scenario={**smallest.TWO_DAYS, "environment": {"toy": [{**asked, **more}]}})
inputs = river().inputs()
plan = river().plan()
audit(plan).raise_if_bad()
print("missing", round(float(plan["toy_shortfall"][0]), 2), environment_table(plan)["missing"].round(2).tolist())
print(summary_text(plan, "en"))
lent = river(volume=40).with_content(objective={"levels": [*LEVELS[:-1], "operation", LEVELS[-1]], "give": {"toys": 0.1}})
plan = lent.plan(levels=lent.scenario().objective.in_turn)
audit(plan).raise_if_bad()
print("lent", plan["promise"].values.tolist(), plan["promise_share"].values.tolist(), plan["promise_missing"].values.round(2).tolist())
print("left", round(float(remaining_environment(inputs.copy(deep=True), inputs, plan["flow"].values[:, :1])["toy_volume"][0]), 2))
print("of others", float(alone(inputs, [])["toy_volume"][0]))
program = compile_model(build_model(inputs))
print(price(program, ("environment",), find_target(program, "toy:boats", inputs), SolveOptions()))
try:
    river(hard=True).plan()
except Infeasible as error:
    print(described(error))
try:
    river(end="2026-05-03").inputs()
except wd.InputError as error:
    print(error)
"""


@pytest.mark.thorough  # by default: a bare component
def test_a_component_as_complete_as_pulse(tmp_path: Path) -> None:
    """A second kind of pulse: asked for, checked, planned, measured, audited, priced, told, and followed to the end of a season."""
    pulse = (ROOT / SOURCE / "model" / "components" / "pulse.py").read_text(encoding="utf-8")
    variables = (ROOT / SOURCE / "variables.csv").read_text(encoding="utf-8")
    changes: dict[str, Change] = {
        **COMPONENT_CHANGES,
        f"{SOURCE}/model/components/toy.py": lambda _: _renamed(pulse),
        f"{SOURCE}/variables.csv": lambda text: text + "".join(map(_renamed, re.findall(r"^pulse_.*\n", variables, re.MULTILINE))),
        f"{SOURCE}/scenario/parts_schema.py": again(r"    pulse: tuple\[Pulse, ...\] = \(\)\n", r"    pulses: Share = 0.01\n"),
        f"{SOURCE}/scenario/environment.py": again(
            r"def _pulses\(.*?\n\n\n", r"\*\*_pulses\(asked\.pulse, steps\), ", r'    "pulse": Promised\([^\n]*\n'
        ),
        f"{SOURCE}/results/environment.py": again(
            r"def passed\(.*?\n\n\n", r'"pulse", (?="lake_target"\))', r'"pulse_delivered": \("pulse", passed\(results\)\), ',
            r'        "pulse": results\["pulse_volume"\][^\n]*\n', r', \*_volume_rows\(plain, "pulse", "link", "season", seasons\)', r'    rest\["pulse_volume"\][^\n]*\n', r"\.isel\(pulse=[^\n]*> 0\)\)",
            r"    of_pulse = [^\n]*\n", r'"pulse_volume": inputs\["pulse_volume"\] \* of_pulse, ',
        ),
        f"{SOURCE}/ask/targets.py": again(
            r"def _pulse\(.*?\n\n\n", r'"pulse": _pulse, ', r'"pulse\.volume_met": 0,\n', r'"pulse\.volume_met",\n', r'"pulse": "pulse", '
        ),
        f"{SOURCE}/words/toy.csv": lambda _: _words_of_pulses(),
    }  # fmt: skip
    del changes[f"{SOURCE}/basin/tables.csv"]
    said = grown(tmp_path, "A component as complete as `pulse`", changes, FULL_SCRIPT)
    assert f"missing {100 - 17.28} [{100 - 17.28}]" in said
    assert "Missing to pulses: 82.7" in said
    assert f"lent ['toy_boats'] [0.1] [{40 - 17.28}]" in said
    assert f"left {100 - 8.64}" in said
    assert "of others 0.0" in said
    assert "Price(name='toy:boats'" in said
    assert "the pulse that nothing may be missing to: boats" in said
    assert "environment.toy.boats" in said


LEVEL_SCRIPT = """
from tests.model import smallest
from waterdeal.scenario.schema import LEVELS
from waterdeal.words import Words
river = smallest.BARE.with_content(objective={"levels": ["toy", "irrigation"]})
plan = river.plan(levels=river.scenario().objective.levels)
print(plan.attrs["levels"])
print(LEVELS.index("toy"), Words("ru").text("level.toy"))
"""


@pytest.mark.thorough
def test_a_level(tmp_path: Path) -> None:
    """It is one of the levels, has a goal, is solved for, and has words."""
    rule = '    "toy": {"TIME": lambda m: sum(m.flow[link, t] for link in m.LINK for t in m.TIME)},\n'
    changes = {
        f"{SOURCE}/scenario/schema.py": put('"toy", ', '"spillway"'),
        f"{SOURCE}/model/levels.py": put(rule, '    "spillway": {'),
        f"{SOURCE}/words/explain.csv": words_added(level__toy="little water in links"),
    }
    said = grown(tmp_path, "A level", changes, LEVEL_SCRIPT)
    assert float(re.findall(r'"toy": ([\d.]+)', said)[0]) == pytest.approx(2 * 100 * 0.0864)
    assert "1 little water in links (ru)" in said


KIND = '''class Toy(Flow):
    """The rates are the least in each step, twice."""

    kind: Literal["toy"]

    def promises(self, river: River) -> list[Promise]:
        """One a step."""
        volumes = [(step, 2 * volume) for step, volume in step_volumes(self, river, self.steps(river))]
        return rate_promises(self, volumes, river, "at_least")


'''
DEAL = """
import pathlib
import waterdeal as wd
from waterdeal.reports.tables import make_tables
clause = ['[[clause]]', 'id = "steady"', 'kind = "KIND"', 'party = "UP"', 'at = "dam_delta"', 'value = "6 m3/s"']
head = ['schema = "waterdeal/agreement@1"', '[agreement]', 'id = "deal"']
pathlib.Path("deal.toml").write_text(chr(10).join(head + clause), encoding="utf-8")
text = wd.examples.two_party().file.texts["two-party-dry.toml"]
pathlib.Path("case.toml").write_text('agreements = ["deal.toml"]' + chr(10) + text, encoding="utf-8")
plan = wd.load(pathlib.Path("case.toml"), basin=wd.examples.two_party_basin()).solve()
assert plan.audit().passed
print(float(plan.discharge.sel(link="dam_delta").min()))
table = next(table for table in make_tables(plan.dataset, "ru") if table.name == "clauses")
for column, cell in zip(table.columns, table.rows[0]):
    print(column.heading, "=", cell)
"""


@pytest.mark.thorough  # by default: a bare component
def test_a_clause_kind(tmp_path: Path) -> None:
    """It is read, held, measured, audited and told."""
    changes = {
        f"{SOURCE}/agreement/kinds/flow.py": both(put(KIND, "KINDS = ("), lambda text: text.replace("KINDS = (", "KINDS = (Toy, ")),
        f"{SOURCE}/words/clauses.csv": words_added(clause__toy="{place}: steadily {value}"),
    }
    said = grown(tmp_path, "A clause kind", changes, DEAL.replace("KIND", "toy"))
    assert float(said.splitlines()[0]) > 11.99
    assert "steadily 6" in said
    assert "(ru)" in said


@pytest.mark.thorough
def test_a_report_column(tmp_path: Path) -> None:
    """It stands in the table, headed in the language of the reader."""
    changes = {
        f"{SOURCE}/reports/clauses.py": both(
            put('("toy", "text", 18), ', '("clause_id", "text", 18)'),
            put(" clause.kind.upper(),", " clause.id,\n    )"),
        ),
        f"{SOURCE}/words/tables.csv": words_added(column__toy="Kind"),
    }
    assert "Kind (ru) = MIN_FLOW" in grown(tmp_path, "A report column", changes, DEAL.replace("KIND", "min_flow"))


FORMAT = '''"""Toy: cells between bars."""

from waterdeal.imports.grid import Sheet


def read_bars(raw):
    """Read the one sheet there is."""
    return [Sheet("", [line.split("|") for line in raw.decode().splitlines()[1:]])]
'''
FORMAT_DOOR = '    if raw.startswith(b"%BARS"):\n        from waterdeal.imports.toy import read_bars\n\n        return read_bars(raw)\n'
FORMAT_SCRIPT = """
import pathlib
from waterdeal.imports.actual import read_actual
path = pathlib.Path("a.bars")
lines = ["%BARS", "Date|weir, m3/s", "2026-04-01|5", "2026-04-02|7", "2026-04-03|8"]
path.write_text(chr(10).join(lines), encoding="utf-8")
print(read_actual(path, {"weir": ["weir"]}).readings["value"].tolist())
"""


@pytest.mark.thorough  # by default: a bare component
def test_an_import_format(tmp_path: Path) -> None:
    """A file is known by how it begins, and its sheet is read as any other."""
    changes: dict[str, Change] = {
        f"{SOURCE}/imports/toy.py": lambda _: FORMAT,
        f"{SOURCE}/imports/files.py": put(FORMAT_DOOR, "    if raw.startswith(_OLE)"),
    }
    assert "[5.0, 7.0, 8.0]" in grown(tmp_path, "An import format", changes, FORMAT_SCRIPT)


@pytest.mark.thorough
def test_a_word(tmp_path: Path) -> None:
    """What is said in code is told in every language."""
    function = '\n\ndef boats(count):\n    """Say it."""\n    return say("general.toy", count=count)\n'
    changes = {
        f"{SOURCE}/words/general.csv": words_added(general__toy="{count} boats"),
        f"{SOURCE}/units.py": lambda text: text + function,
    }
    script = "from waterdeal.units import boats; from waterdeal.words import Words; print(boats(3), Words('kk').tell(boats(3)))"
    assert grown(tmp_path, "A word", changes, script).strip() == "3 boats (en) 3 boats (kk)"
