"""Whose figures matter."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotation

from waterdeal.cli.console import console
from waterdeal.cli.options import Lang, Out, Sets, languages
from waterdeal.cli.study import write_study


def facts(
    scenario: Path,
    out: Out = None, sets: Sets = None, lang: Lang = None,
) -> None:  # fmt: skip
    """Say which figures parties disagree about, which of them move the deal, and which can be left alone."""
    from waterdeal.reports.facts import facts_answer, facts_record, facts_tables
    from waterdeal.studies.facts import weigh_facts

    spoken = languages(lang)
    with console.reading("facts", scenario, sets) as (stage, case):
        found = weigh_facts(case, stage)
    console.show(*(facts_answer(found, case.inputs, language) for language in spoken))
    write_study(out, {language: facts_tables(found, case.inputs, language) for language in spoken}, case.inputs, {})
    console.result({"exit": 0, **facts_record(found, case.inputs)})
