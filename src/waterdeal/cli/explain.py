"""Why there is no plan, why a delivery is no larger, and how near each clause is: what the optimiser knows, in sentences."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem, Infeasible
from waterdeal.results.store import write_folder
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.cli.console import Console


def run_accounts(console: Console, plan: Path, language: str) -> None:
    """Show the account of each party in a plan."""
    from waterdeal.accounts.party import party_accounts
    from waterdeal.report.accounts import accounts_text
    from waterdeal.results.store import read_results

    results = read_results(plan)
    accounts = party_accounts(results)
    console.say(accounts_text(accounts, results, language))
    console.result({"exit": 0, "parties": accounts.to_dict("index")})


def run_compensation(
    console: Console, scenario: Path, sets: Sequence[str], upstream: Sequence[str], language: str, price: float | None
) -> None:
    """Solve a scenario apart and together, and show who gains, who loses, and the payment between."""
    from waterdeal.accounts.compensation import compensate
    from waterdeal.report.accounts import compensation_text
    from waterdeal.run import load

    if price is not None and not price > 0:
        raise FileProblem(say("commands.energy_price_price_above", price=price))
    with console.progress(f"waterdeal compensation {scenario.name}") as stage:
        stage("read")
        case = load(scenario, sets)
        with explained_in(language, case.inputs):
            try:
                found = compensate(case.inputs, upstream, case.file.scenario.objective.levels, case.options, stage)
            except ValueError as error:
                raise FileProblem(str(error)) from error
    console.say(compensation_text(found, found.plans["joint"], language, price))
    console.result({
        "exit": 0,
        "upstream": list(found.upstream),
        "apart": found.apart.to_dict("index"),
        "together": found.together.to_dict("index"),
        "compensation": {"least": found.loss, "even": found.equal_split, "most": found.gain, "has_room": found.has_room},
        "transfers_at_equal_split": found.transfers(found.equal_split).to_dict(),
    })  # fmt: skip


def run_what_if(console: Console, scenario: Path, sets: Sequence[str], language: str) -> None:
    """Solve a scenario as it is and changed, and show the differences by party, clause and step."""
    from waterdeal.report.comparison import comparison_record, comparison_text
    from waterdeal.results.compare import compare_plans
    from waterdeal.run import load

    if not sets:
        raise FileProblem(say("commands.if_needs_change_set"))
    with console.progress(f"waterdeal what-if {scenario.name}") as stage:
        stage("as it is")
        base = load(scenario)
        with explained_in(language, base.inputs):
            before = base.solve(progress=stage).dataset
        stage("changed")
        changed = load(scenario, sets)
        with explained_in(language, changed.inputs):
            after = changed.solve(progress=stage).dataset
    tables = compare_plans({"base": before, "changed": after})
    console.say(comparison_text(tables, after, language))
    console.result({"exit": 0, "sets": list(sets), **comparison_record(tables)})


def run_prices(console: Console, folder: Path, targets: Sequence[str], language: str, *, ladder: bool) -> None:
    """Show what one more is worth and one less costs, for clauses, limits and what is asked for nature, or for what is named."""
    from waterdeal.ask.prices import price
    from waterdeal.ask.targets import PRICED, find_target
    from waterdeal.report.comparison import price_record, prices_text
    from waterdeal.run_folder import open_run

    run = open_run(folder)
    names = list(targets) or [f"{kind}:{name}" for kind, dim in PRICED.items() for name in run.inputs[dim].values.tolist()]
    found = []
    with console.progress(f"waterdeal prices {folder.name}") as stage:
        stage("build")
        program = run.program()
        for name in names:
            stage(name)
            found.append(price(program, run.levels, find_target(program, name, run.inputs), run.options, ladder=ladder))
    console.say(prices_text(found, run.results, language))
    console.result({"exit": 0, "prices": json.loads(json.dumps([price_record(entry) for entry in found]))})


class _Told(Infeasible):
    """An infeasible scenario whose message is the whole explanation."""

    told = True

    def __init__(self, message: str, error: Infeasible, record: dict[str, Any]) -> None:
        super().__init__(message, error.rows, error.explanation)
        self.record = record


def tell_conflict(error: Infeasible, inputs: xr.Dataset, folder: Path, languages: Sequence[str], *, force: bool) -> Infeasible:
    """Return an error that tells the explanation, after writing it beside where the plan would be."""
    if error.explanation is None:
        return error
    from waterdeal.report.explanation import explanation_html

    texts, record = _explanation(error, inputs, languages)
    files = {f"explanation.{language}.txt": text.encode() for language, text in texts.items()}
    files |= {f"explanation.{language}.html": explanation_html(error.explanation, inputs, language).encode() for language in texts}
    files["explanation.json"] = json.dumps(record, ensure_ascii=False, indent=2).encode()
    write_folder(folder, files, force=force)
    message = f"{texts[languages[0]]}\n\n  {folder}"
    return _Told(message, error, {"explanation": record, "folder": str(folder.resolve())})


def _explanation(error: Infeasible, inputs: xr.Dataset, languages: Sequence[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the explanation of an error as text by language, and as plain data."""
    from waterdeal.report.explanation import explanation_record, explanation_text

    texts = {language: explanation_text(error.explanation, inputs, language) for language in languages}
    return texts, explanation_record(error.explanation, inputs)


def run_explain(console: Console, scenario: Path, sets: Sequence[str], language: str) -> None:
    """Say which clauses cannot all hold, or how near each is to binding."""
    from waterdeal.run import load
    from waterdeal.run_folder import open_run

    with console.progress(f"waterdeal explain {scenario.name}") as stage:
        stage("read")
        if scenario.is_dir() or scenario.suffix == ".nc":
            run = open_run(scenario)
            inputs, results, program, options = run.inputs, run.results, run.program(), run.options
        else:
            case = load(scenario, sets)
            with explained_in(language, case.inputs):
                results = case.solve(progress=stage).dataset
            settled = case.settled(results)
            inputs, program, options = settled.inputs, settled.program(), settled.options
        stage("rooms")
        from waterdeal.ask.margins import clause_rooms

        rooms = clause_rooms(program, inputs, options)
    from waterdeal.report.explanation import rooms_text

    console.say(rooms_text(rooms, results, language))
    console.result({"exit": 0, "clauses": [vars(room) for room in rooms]})


@contextmanager
def explained_in(language: str, inputs: xr.Dataset) -> Iterator[None]:
    """Tell an infeasible scenario in the reader's language."""
    try:
        yield
    except Infeasible as error:
        if error.explanation is None:
            raise
        texts, record = _explanation(error, inputs, [language])
        raise _Told(texts[language], error, {"explanation": record}) from None


def run_why(console: Console, folder: Path, demand: str, step: str | None, language: str) -> None:
    """Say what held a delivery down, and what one more hm3 would be worth there."""
    from waterdeal.ask.prices import price
    from waterdeal.ask.reasons import find_reason
    from waterdeal.ask.targets import find_target
    from waterdeal.run_folder import known_demand, open_run, step_number

    run = open_run(folder)
    name = known_demand(run.inputs, demand)
    short = (run.results["requirement"] - run.results["delivery"]).sel(demand=name).values
    steps = range(len(short)) if step is None else [step_number(run.inputs, step)]
    with console.progress(f"waterdeal why {name}") as stage:
        stage("build")
        program = run.program()
        stage("ask")
        reason = find_reason(program, run.inputs, run.results, run.levels, (name, steps), run.options)
        worst = max(steps, key=lambda number: short[number])
        at = str(run.inputs["demand_node"].sel(demand=name).values)
        label = str(run.inputs["step"].values[worst])
        stage("price")
        worth = price(program, run.levels, find_target(program, f"balance:{at},{label}", run.inputs), run.options, ladder=False)
    from waterdeal.report.why import why_record, why_text

    console.say(why_text(reason, worth, (at, label), run.results, language))
    console.result({"exit": 0, **why_record(reason, worth)})
