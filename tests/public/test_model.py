"""The model is an ordinary Pyomo model, and parts from outside the package take their place in it."""

from __future__ import annotations

import io
import json
from importlib import metadata
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import pyomo.environ as pyo
import pytest

import waterdeal as wd
from waterdeal.agreement import forms
from waterdeal.agreement.clause import Clause
from waterdeal.agreement.facts import names
from waterdeal.agreement.place import Place, place_names
from waterdeal.agreement.rates import Rates, rate_promises, step_volumes
from waterdeal.lp.levels import solve_levels
from waterdeal.model.network import Terms
from waterdeal.reports.quantity import Teller
from waterdeal.reports.sentence import clause_sentence
from waterdeal.run_folder import run_files
from waterdeal.words import Words

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "2026-07-D1", "2026-07-D2"


@pytest.mark.parametrize("solver", ["appsi_highs", "highs"])
def test_any_solver_takes_it_level_by_level(solver: str) -> None:
    """The levels by hand, by solvers of Pyomo's own, come to what `solve` gives."""
    case = wd.examples.two_party()
    solved = case.solve()
    model = wd.materialise(case.build(at=solved))
    model.reached = pyo.ConstraintList()
    found = {}
    for level in case.levels:
        for name in case.levels:
            goal = model.find_component(f"{name}_goal")
            goal.activate() if name == level else goal.deactivate()
        goal = model.find_component(f"{level}_goal")
        if pyo.is_potentially_variable(goal.expr):
            pyo.SolverFactory(solver).solve(model)
            found[level] = pyo.value(goal)
            model.reached.add(goal.expr <= found[level] + 1e-7)
    plan = json.loads(solved.attrs["levels"])
    assert found == pytest.approx({level: plan[level] for level in found}, abs=1e-4)
    assert {"irrigation", "benefit"} <= set(found)


def test_one_objective_is_active_and_said() -> None:
    """The first level that has anything to decide, or the one that is named; `solve` minds neither."""
    case = wd.examples.two_party()
    for level, expected in ((None, "drinking"), ("irrigation", "irrigation")):
        model = case.build(level)
        active = [goal.name for goal in model.component_objects(pyo.Objective, active=True)]
        assert active == [f"{expected}_goal"]
        assert f"level {expected};" in model.doc
        assert case.solve(model).attrs["run_sha256"] == case.solve().attrs["run_sha256"]
    with pytest.raises(ValueError, match="no level"):
        case.build("irigation")


def test_a_model_tells_whose_lines_it_holds() -> None:
    """At a plan one solve of the model gives the plan again; without one it holds the first lines, and says so."""
    case = wd.examples.two_party()
    plan = case.solve()
    first, settled = case.build(), case.build(at=plan)
    for model, told in ((first, "first lines, not the plan's"), (settled, "lines of the plan")):
        assert told in model.name
        assert told in model.doc
    for program in (case.program(at=plan.dataset), case.program(settled)):
        again = solve_levels(program, case.levels, case.options)
        assert program.values_of("reservoir.storage", again.values) == pytest.approx(plan["storage"].values.ravel(), abs=1e-6)


def test_it_prints_and_writes_without_being_asked_to_expand(tmp_path: Path) -> None:
    """As a whole, block by block and row by row."""
    case = wd.examples.two_party()
    whole, block, rows = io.StringIO(), io.StringIO(), io.StringIO()
    case.build().pprint(ostream=whole)
    case.build().reservoir.pprint(ostream=block)
    case.build().water_balance.pprint(ostream=rows)
    assert "water_balance" in whole.getvalue()
    assert "2026-09-D3" in block.getvalue()
    assert rows.getvalue().count("2026-07-D1") > 1
    case.build("irrigation").write(str(tmp_path / "model.lp"), io_options={"symbolic_solver_labels": True})
    assert (tmp_path / "model.lp").read_text(encoding="utf-8").count("water_balance") > 50


def either(model: Any) -> None:
    """Much water leaves the dam in one of two dekads only."""
    model.which = pyo.Var(domain=pyo.Binary)
    model.first = pyo.Constraint(expr=model.flow["fields_head", FIRST] <= 30 + 100 * model.which)
    model.second = pyo.Constraint(expr=model.flow["fields_head", SECOND] <= 30 + 100 * (1 - model.which))


def test_binaries_of_ones_own_are_proven() -> None:
    """The plan is the better one of those with the binary fixed, level before level."""
    case = wd.examples.two_party()
    plans = []
    for value in (0, 1):

        def fixed(model: Any, value: int = value) -> None:
            either(model)
            model.which.fix(value)

        plans.append(list(json.loads(case.with_model(fixed).solve().attrs["levels"]).values()))
    free = list(json.loads(case.with_model(either).solve().attrs["levels"]).values())
    best = min(plans, key=lambda levels: [round(value, 5) for value in levels])
    assert free == pytest.approx(best, abs=1e-5)
    assert plans[0] != pytest.approx(plans[1], abs=1e-3)


class Boats:
    """A component: water for boats below the dam, as far as there is any; it moves none."""

    def add(self, model: Any, inputs: Any) -> Terms:
        """Add what is missing to 60 hm3."""
        assert "flow_max" in inputs.variables
        model.boats = pyo.Block()
        model.boats.missing = pyo.Var(model.TIME, domain=pyo.NonNegativeReals)
        model.boats.depth = pyo.Constraint(model.TIME, rule=lambda b, t: model.flow["dam_delta", t] + b.missing[t] >= 60)
        return Terms()


def _missing(model: Any) -> Any:
    return sum(model.boats.missing[t] for t in model.TIME)


BOATS = Boats()
LEVEL = wd.Level("boats", _missing, before="irrigation")


def test_a_component_and_a_level_from_outside() -> None:
    """They count where they say, are kept through changes, and stand in the provenance."""
    case = wd.examples.two_party().with_model(components=[BOATS], levels=[LEVEL]).set("requirement.factor", 1.1)
    assert case.levels.index("boats") == case.levels.index("irrigation") - 1
    plan, before = case.solve(), wd.examples.two_party().set("requirement.factor", 1.1).solve()
    missing = float((60 - plan.flow.sel(link="dam_delta")).clip(0).sum())
    assert json.loads(plan.attrs["levels"])["boats"] == pytest.approx(missing, abs=1e-5)
    assert missing < float((60 - before.flow.sel(link="dam_delta")).clip(0).sum()) - 1
    told = json.loads(plan.attrs["own"])
    assert told["components"] == ["tests.public.test_model:Boats"]
    assert told["levels"] == ["boats (tests.public.test_model:_missing)"]
    assert plan.attrs["run_sha256"] != before.attrs["run_sha256"]
    assert plan.audit().passed
    last = wd.examples.two_party().with_model(components=[BOATS], levels=[wd.Level("boats", _missing, before="power")])
    assert last.levels[-1] == "boats"


def test_what_cannot_be_taken_from_outside_is_refused() -> None:
    """Water that replay and audit would miss; a level's name twice; an entry point that nobody brings."""

    class Leak(Boats):
        def add(self, model: Any, inputs: Any) -> Terms:
            return Terms(outflow=(lambda _m, _n, _t: 1.0,))

    with pytest.raises(ValueError, match="Leak brings or takes water"):
        wd.examples.two_party().with_model(components=[Leak()]).solve()
    with pytest.raises(ValueError, match="irrigation is a level already"):
        wd.examples.two_party().with_model(levels=[wd.Level("irrigation", _missing)]).build()
    with pytest.raises(KeyError, match=r"no entry point of waterdeal\.components"):
        wd.examples.two_party().with_model(components=["boats"])


class SteadyFlow:
    """A kind of clause: at least a rate in every step, written outside the package."""

    ACCUMULATES = False

    class Form(Clause, Place, Rates):
        """The rates are the least in each step."""

        kind: Literal["steady_flow"]

    @staticmethod
    def rows(clause: Any, river: Any) -> Any:
        """One row a step."""
        volumes = step_volumes(clause, river, clause.steps(river))
        return [promise.row(river) for promise in rate_promises(clause, volumes, river, "at_least")]

    @staticmethod
    def readings(clause: Any, flows: Any) -> Any:
        """One reading a step."""
        volumes = step_volumes(clause, flows, clause.steps(flows))
        return [promise.reading(flows) for promise in rate_promises(clause, volumes, flows, "at_least")]

    @staticmethod
    def facts(clause: Any) -> Any:
        """Place and rates."""
        return {"place": names(*place_names(clause)), "value": clause.told_rates()}


AGREEMENT = """schema = "waterdeal/agreement@1"
[agreement]
id = "boats"
[[clause]]
id = "steady"
kind = "steady_flow"
party = "UP"
at = "dam_delta"
value = "13 m3/s"
"""


@pytest.fixture
def boats_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a scenario with a clause of a kind that the package does not have, in a process that does not know it yet."""
    monkeypatch.setattr(forms, "_BY_NAME", dict(forms._BY_NAME))
    (tmp_path / "boats.toml").write_text(AGREEMENT, encoding="utf-8")
    text = wd.examples.two_party().file.texts["two-party-dry.toml"]
    (tmp_path / "case.toml").write_text(f'agreements = ["boats.toml"]\n{text}', encoding="utf-8")
    return tmp_path / "case.toml"


def _boats_plan(case: wd.Case) -> None:
    plan = case.solve()
    assert float(plan.discharge.sel(link="dam_delta").min()) > 12.99
    assert json.loads(plan.attrs["own"])["clause_kinds"][0].startswith("steady_flow (")
    assert "steady" in plan["clause"].values
    assert plan.audit().passed
    clause = case.agreements[0].clause[0]
    assert clause_sentence(clause, Teller(Words("ru"), {})).startswith("Steady_flow: dam_delta")
    assert "plan.nc" in run_files(case, plan.dataset)
    assert "steady" in case.set("agreement.steady.value", "14 m3/s").inputs["clause"].values


def test_a_kind_of_clause_by_argument(boats_scenario: Path) -> None:
    """It is read, held, measured, told and named in the provenance."""
    with pytest.raises(wd.InputError, match='"steady_flow" is no kind of clause'):
        wd.load(boats_scenario, basin=wd.examples.two_party_basin())
    _boats_plan(wd.load(boats_scenario, basin=wd.examples.two_party_basin(), clause_kinds=[SteadyFlow]))
    with pytest.raises(wd.InputError, match="rat: Extra inputs"):
        wd.load(boats_scenario, ["agreement.steady.rat=3"], basin=wd.examples.two_party_basin())


def test_parts_by_entry_point(boats_scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is installed brings them by name; the plan names the package."""
    brought: dict[str, tuple[str, Any]] = {
        "waterdeal.components": ("boats", BOATS),
        "waterdeal.levels": ("boats", LEVEL),
        "waterdeal.clause_kinds": ("steady_flow", SteadyFlow),
    }

    def points(group: str) -> list[Any]:
        name, part = brought[group]
        dist = SimpleNamespace(name="river-boats", version="2.1")
        return [SimpleNamespace(name=name, value=f"boats:{name}", dist=dist, load=lambda: part)]

    monkeypatch.setattr(metadata, "entry_points", points)
    monkeypatch.setattr(forms, "_SHIPPED", {})
    case = wd.load(boats_scenario, basin=wd.examples.two_party_basin())
    _boats_plan(case)
    told = case.with_model(components=["boats"], levels=["boats"]).own()
    assert told["components"] == ["boats:boats, river-boats 2.1"]
    assert told["clause_kinds"] == ["steady_flow (boats:steady_flow, river-boats 2.1)"]
