"""Why there is no plan, why a delivery is no larger, what one more is worth and to whom: what the optimiser knows, in sentences."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waterdeal.cli.console import console, refused
from waterdeal.cli.options import Lang, Sets, languages
from waterdeal.errors import FileProblem, Infeasible
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import xarray as xr

    from waterdeal.run import Case
    from waterdeal.run_folder import Run


def explain(scenario: Path, sets: Sets = None, lang: Lang = None) -> None:
    """Say which clauses cannot all hold and what would do, or, where all hold, how near each is to binding."""
    from waterdeal.ask.margins import clause_rooms
    from waterdeal.reports.explanation import rooms_answer
    from waterdeal.results.lines import without_marks
    from waterdeal.run import load, told_of_workbook
    from waterdeal.run_folder import open_run

    spoken = languages(lang)
    if scenario.is_dir() and not (scenario / "plan.nc").exists() and (scenario / "inputs.nc").exists():
        _explain_again(scenario, spoken[0])
        return
    with console.progress(f"waterdeal explain {scenario.name}") as stage:
        stage("read")
        if scenario.is_dir() or scenario.suffix == ".nc":
            taken = open_run(scenario)
            asked: Case | Run = taken
            results = taken.results
        else:
            case = load(scenario, sets or ())
            console.say(*told_of_workbook(case))
            with explained_in(spoken, case.inputs):
                results = case.solve(progress=stage).dataset
            asked = case.settled(results)
        wet = replace(asked, inputs=without_marks(asked.inputs))
        program = wet.program()
        stage("rooms")
        rooms = clause_rooms(program, wet.inputs, asked.options, asked.inputs)
    told = {"clauses": [vars(room) for room in rooms]}
    console.keep(scenario, "explain", told)
    console.show(rooms_answer(rooms, results, spoken[0]))
    console.result({"exit": 0, **told})


def _explain_again(run: Path, language: str) -> None:
    """Tell of a run without a plan what each way out would give each party, and keep that beside it."""
    from waterdeal.accounts.party import party_accounts
    from waterdeal.reports.agreement import FIGURES, read_explanation, ways_answer, ways_of
    from waterdeal.reports.explanation import explanation_document, explanation_from

    record = read_explanation(run)
    found: list[dict[str, Any]] = []
    with console.reading("explain", run) as (stage, case):
        for settings in ways_of(record):
            stage(", ".join(settings))
            try:
                plan = case.set(settings).solve().dataset
            except Infeasible:
                found.append({"settings": settings, "parties": None})
                continue
            table = party_accounts(plan)[list(FIGURES)]
            found.append({"settings": settings, "parties": table.to_dict("index")})
    told = {"explanation": record, "ways": found}
    console.keep(run, "explain", told)
    console.show(explanation_document(explanation_from(record), case.inputs, language), ways_answer(told, case.inputs, language))
    console.result({"exit": 0, "clauses": [], **told})


def why(
    run: Path,
    demand: str,
    step: Annotated[str | None, typer.Argument()] = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Say what held a delivery down, sentence by sentence, and what one more million m3 would be worth there."""
    from waterdeal.ask.anew import priced
    from waterdeal.ask.prices import Pricer
    from waterdeal.ask.reasons import find_reason, tried_on_curves
    from waterdeal.ask.targets import find_target
    from waterdeal.reports.why import why_answer, why_record
    from waterdeal.run_folder import known_demand, open_run, step_number
    from waterdeal.solve.loosened import Settling, is_on_lines

    made = open_run(run)
    name = known_demand(made.inputs, demand)
    short = (made.results["requirement"] - made.results["delivery"]).sel(demand=name).values
    steps = range(len(short)) if step is None else [step_number(made.inputs, step)]
    with console.progress(f"waterdeal why {name}") as stage:
        stage("build")
        program = made.program()
        stage("ask")
        reason = find_reason(program, made.inputs, made.results, made.levels, (name, steps), made.options)
        settling = Settling(made.inputs, made.levels, made.options) if is_on_lines(made.inputs) else None
        if settling is not None:
            stage("curves")
            reason = tried_on_curves(reason, settling if step else partial(settling, level=settling.water))
        worst = max(steps, key=lambda number: short[number])
        at = str(made.inputs["demand_node"].sel(demand=name).values)
        label = str(made.inputs["step"].values[worst])
        stage("price")
        pricer = Pricer(program, made.levels, made.options)
        worth = priced(pricer, find_target(program, f"balance:{at},{label}", made.inputs), settling, ladder=False)
    console.show(why_answer(reason, worth, (at, label), made.results, languages(lang)[0]))
    console.result({"exit": 0, **why_record(reason, worth)})


def what_if(scenario: Path, sets: Sets = None, lang: Lang = None) -> None:
    """Solve a scenario as it is and with --set changes, and show the differences by party, clause and step."""
    from waterdeal.reports.comparison import comparison_record, what_if_answer
    from waterdeal.results.compare import compare_plans
    from waterdeal.run import load, told_of_workbook

    if not sets:
        raise FileProblem(say("commands.needs_change"))
    spoken, plans = languages(lang), {}
    without: Infeasible | None = None
    with console.progress(f"waterdeal what-if {scenario.name}") as stage:
        for name, told, changes in (("base", "as it is", ()), ("changed", "changed", sets)):
            stage(told)
            case = load(scenario, changes)
            console.say(*(told_of_workbook(case) if name == "base" else []))
            try:
                with explained_in(spoken, case.inputs):
                    plans[name] = case.solve(progress=stage).dataset
            except Infeasible as error:
                if name == "changed":
                    raise
                without = error
    if without is not None:
        _tell_only_changed(plans["changed"], without, sets, spoken[0])
        return
    tables = compare_plans(plans)
    console.show(what_if_answer(tables, plans, spoken[0]))
    console.result({"exit": 0, "sets": sets, **comparison_record(tables)})


def seek(
    scenario: Path,
    goal: Annotated[str, typer.Option(metavar="NAME>=VOLUME")],
    by: Annotated[str, typer.Option()] = "concessions",
    sets: Sets = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Find what must be released, or conceded, for a goal."""
    from waterdeal.reports.sought import sought_answer, sought_record
    from waterdeal.studies.sought import seek as find

    with console.reading("seek", scenario, sets) as (_, case):
        found = find(case, goal, by)
    console.show(sought_answer(found, case.inputs, languages(lang)[0]))
    console.result({"exit": 0, **sought_record(found, case.inputs)})


def _tell_only_changed(changed: xr.Dataset, without: Infeasible, sets: Sequence[str], language: str) -> None:
    """Tell a change that makes a plan where there was none: why there was none, and the plan."""
    from waterdeal.reports.text import summary
    from waterdeal.results.indicators import group_indicators, plan_indicators

    console.say(say("commands.base_without_plan"), "", str(without), "")
    console.say(say("commands.changed_has_plan"), "")
    console.show(summary(changed, language))
    console.result({
        "exit": 0, "sets": sets, "base": None, **getattr(without, "record", {}),
        "changed": {"indicators": plan_indicators(changed), "parties": group_indicators(changed).to_dict("index")},
    })  # fmt: skip


def prices(
    run: Path,
    of: Annotated[
        list[str] | None, typer.Option("--of")
    ] = None,
    ladder: Annotated[bool, typer.Option("--ladder")] = False, lang: Lang = None,
) -> None:  # fmt: skip
    """Show what one more is worth and one less costs, by level, with the range over which each holds."""
    from waterdeal.ask.anew import priced
    from waterdeal.ask.prices import Pricer
    from waterdeal.ask.targets import PRICED, find_target
    from waterdeal.reports.comparison import price_record, prices_answer
    from waterdeal.run_folder import open_run
    from waterdeal.solve.loosened import Settling, is_on_lines

    made = open_run(run)
    with console.progress(f"waterdeal prices {run.name}") as stage:
        stage("build")
        program = made.program()
        pricer = Pricer(program, made.levels, made.options)
        settling = Settling(made.inputs, made.levels, made.options) if is_on_lines(made.inputs) else None
        found = []
        for name in of or [f"{kind}:{name}" for kind, dim in PRICED.items() for name in made.inputs[dim].values.tolist()]:
            stage(name)
            found.append(priced(pricer, find_target(program, name, made.inputs), settling, ladder=ladder, ranged=bool(of)))
    console.show(prices_answer(found, made.results, languages(lang)[0], ends=bool(of)))
    told = {"on_lines_of_plan": settling is not None, "prices": json.loads(json.dumps([price_record(entry) for entry in found]))}
    if not of:
        console.keep(run, "prices", told)
    console.result({"exit": 0, **told})


def accounts(plan: Path, lang: Lang = None) -> None:
    """Show the account of each party in a plan: water, energy, crops, nature, benefit."""
    from waterdeal.accounts.party import party_accounts
    from waterdeal.reports.accounts import accounts_answer
    from waterdeal.results.store import read_results

    results = read_results(plan)
    found = party_accounts(results)
    console.show(accounts_answer(found, results, languages(lang)[0]))
    console.result({"exit": 0, "parties": found.to_dict("index")})


def compensation(
    scenario: Path,
    upstream: Annotated[list[str], typer.Option()],
    energy_price: Annotated[float | None, typer.Option()] = None,
    sets: Sets = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Solve a scenario apart and together: who gains, who loses, and the payment between."""
    from waterdeal.accounts.compensation import compensate
    from waterdeal.reports.accounts import compensation_answer

    if energy_price is not None and not energy_price > 0:
        raise FileProblem(say("commands.price_above_zero", price=energy_price))
    spoken = languages(lang)
    with console.reading("compensation", scenario, sets) as (stage, case), explained_in(spoken, case.inputs), refused():
        found = compensate(case.inputs, upstream, case.file.scenario.levels, case.options, stage)
    even = found.equal_split if found.has_room else None
    console.show(compensation_answer(found, found.plans["joint"], spoken[0], energy_price))
    console.result({
        "exit": 0, "upstream": list(found.upstream),
        "apart": found.apart.to_dict("index"), "together": found.together.to_dict("index"),
        "compensation": {"least": found.loss, "even": even, "most": found.gain, "has_room": found.has_room},
        "uncounted": found.uncounted.to_dict("index"),
        "transfers_at_equal_split": None if even is None else found.transfers(even).to_dict(),
    })  # fmt: skip


class Explained(Infeasible):
    """An infeasible scenario whose message is the whole explanation."""

    told = True

    def __init__(self, message: str, record: dict[str, Any], error: Infeasible | None = None) -> None:
        super().__init__(message, () if error is None else error.rows, None if error is None else error.explanation)
        self.record = record


@contextmanager
def explained_in(spoken: Sequence[str], inputs: xr.Dataset) -> Iterator[None]:
    """Tell an infeasible scenario in the reader's first language."""
    try:
        yield
    except Infeasible as error:
        from waterdeal.reports.explanation import explanation_record, explanation_text

        found = error.explanation
        if found is None:
            raise
        record = {"explanation": explanation_record(found, inputs)}
        raise Explained(explanation_text(found, inputs, spoken[0]), record, error) from None
