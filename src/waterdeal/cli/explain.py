"""Why there is no plan, why a delivery is no larger, and how near each clause is: what the optimiser knows, in sentences."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from waterdeal.errors import Infeasible
from waterdeal.results.store import write_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import xarray as xr

    from waterdeal.cli.console import Console


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
        from waterdeal.solve.margins import clause_rooms

        rooms = clause_rooms(program, inputs, options)
    from waterdeal.report.rooms import rooms_text

    console.say(rooms_text(rooms, results, language))
    console.result({"exit": 0, "clauses": [vars(room) for room in rooms]})


@contextmanager
def explained_in(language: str, inputs: xr.Dataset) -> Iterator[None]:
    """Tell an infeasible scenario in the reader's language.

    Parameters
    ----------
    language : str
        Language of the reader.
    inputs : xarray.Dataset
        Inputs of the model that is solved within.
    """
    try:
        yield
    except Infeasible as error:
        if error.explanation is None:
            raise
        texts, record = _explanation(error, inputs, [language])
        raise _Told(texts[language], error, {"explanation": record}) from None


def run_why(console: Console, folder: Path, demand: str, step: str | None, language: str) -> None:
    """Say what held a delivery down, and what one more hm3 would be worth there."""
    from waterdeal.run_folder import known_demand, open_run, step_number
    from waterdeal.solve.prices import price
    from waterdeal.solve.reasons import find_reason
    from waterdeal.solve.targets import find_target

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
