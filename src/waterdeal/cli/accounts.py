"""Accounts of the parties in a plan, and the compensation between upstream and downstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    from waterdeal.cli.explain import explained_in
    from waterdeal.report.accounts import compensation_text
    from waterdeal.run import load

    if price is not None and not price > 0:
        message = f"--energy-price {price:g}: a price above 0 is needed"
        raise FileProblem(message)
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
