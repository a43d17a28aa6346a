"""Value judgements behind a plan: what was chosen, in which file, and what another choice would do, where that was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.provenance import BOUGHT, OTHER
from waterdeal.reports.blocks import Heading, Listing, Paragraph
from waterdeal.reports.edition import VOLUME, figure
from waterdeal.reports.run import whole_run
from waterdeal.reports.sharing import sharing_lines
from waterdeal.reports.table import Column, Table
from waterdeal.reports.tolerance import bought_lines
from waterdeal.scenario.read import laid_over, layered
from waterdeal.scenario.schema import Objective
from waterdeal.variables import setting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

    from waterdeal.reports.edition import Edition
    from waterdeal.reports.material import Material

#: keys of ``[objective]`` that are value judgements, in the order told; those of which a run itself tells what another choice would give
JUDGED = ("sharing", "shortage", "least_supply", "levels", "give", "evenness_give")
BESIDE = {"sharing": OTHER, "give": BOUGHT}


def objective_of(results: xr.Dataset) -> Objective:
    """Return the objective that a plan was made with, as its scenario and what was laid over it have it."""
    layers = (content for _, content in _layers(results))
    return Objective.model_validate(laid_over(layers).get("objective", {}))


def _layers(results: xr.Dataset) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield who says what in the scenario of a plan; nothing of a plan that was made in code."""
    yield from layered(setting(results, "scenario_text", {}), setting(results, "overrides", []))


def choice_blocks(material: Material, edition: Edition) -> Iterator[Any]:
    """Tell who chose what, then what another choice would do."""
    text, objective = edition.text, objective_of(edition.results)
    rows = [
        (text(f"choice.{key}"), _value(key, objective, edition), _who(key, edition), text(f"choice_decides.{key}")) for key in JUDGED
    ]  # fmt: skip
    columns = tuple(Column(text(f"column.{key}"), width=width) for key, width in
                    {"judgement": 24, "in_this_plan": 36, "chosen_in": 32, "decides": 66}.items())  # fmt: skip
    yield Table("choices", text("sheet.choices"), text("method.choices"), "", columns, tuple(rows))
    yield Heading(text("method.others"))
    yield from _of_run(material, edition)
    yield from _compared(material, edition, objective)


def _value(key: str, objective: Objective, edition: Edition) -> str:
    """Tell a judgement as it is in force."""
    tell, text = edition.tell, edition.text
    if key == "sharing":
        return text(f"choice_rule.{edition.results.attrs.get('sharing', objective.sharing or 'least_shortage')}")
    if key == "shortage":
        steps = objective.shortage
        shares = ", ".join(map(tell.share, steps.share))
        return text("choice.steps", weights=" : ".join(map(tell.number, steps.weight)), shares=shares)
    if key == "levels":
        return text("choice.as_listed")
    if key == "give":
        return "; ".join(f"{text(f'promise.{kind}')}: {tell.share(share)}" for kind, share in objective.gives.items())
    value = float(getattr(objective, key))
    return tell.share(value) if key == "least_supply" else tell.amount(value, "1")


def _who(key: str, edition: Edition) -> str:
    """Tell which file or command chose; the last that says something is in force."""
    found = [who for who, content in _layers(edition.results) if key in content.get("objective", {})]
    return found[-1] if found else edition.text("choice.nobody")


def _of_run(material: Material, edition: Edition) -> Iterator[Any]:
    """Tell what the run itself found about other choices; a run that left it out names the command."""
    found, folder = {"sharing": sharing_lines(edition), "give": bought_lines(edition)}, material.findings.folder
    asked = folder is not None and not (whole_run(folder) or {}).get("quick", True)
    for key, attribute in BESIDE.items():
        if asked or attribute in edition.results.attrs:
            other = attribute in edition.results.attrs and found[key]
            told = tuple(line.strip() for line in found[key]) if other else (edition.text("choice.no_other"),)
            yield Listing(edition.text(f"choice.{key}"), told)
        else:
            command = f"waterdeal run {_scenario(edition.results)}"
            yield Paragraph(f"{edition.text(f'choice.{key}')}: {edition.text('report.missing', command=command)}", note=True)


def _compared(material: Material, edition: Edition, objective: Objective) -> Iterator[Any]:
    """Tell what plans with another choice give each party, as `waterdeal compare` found it; else how to have it."""
    found = material.findings.read("compare") or {}
    others = {
        key: name for name, overrides in found.get("overrides", {}).items() for key in JUDGED if _differs(key, overrides, edition.results)
    }
    for key in JUDGED:
        if key in others:
            yield _table(key, others[key], found, edition)
        elif key not in BESIDE:
            command = f'{_run_command(edition.results)} --set "{_other(key, objective)}" -o OTHER'
            commands = f"{command}; {material.findings.command('compare')}"
            yield Paragraph(f"{edition.text(f'choice.{key}')}: {edition.text('report.missing', command=commands)}", note=True)


def _differs(key: str, overrides: list[str], results: xr.Dataset) -> bool:
    """Whether a plan was made with another choice of a key, and nothing else."""
    own = setting(results, "overrides", [])
    more = [override for override in overrides if override not in own]
    return bool(more) and set(own) <= set(overrides) and all(one.startswith(f"objective.{key}") for one in more)


def _table(key: str, name: str, found: Mapping[str, Any], edition: Edition) -> Table:
    """Make the table of what each party gets with another choice."""
    first, text = found["plans"][0], edition.text
    rows = [
        (edition.name(str(row["party"])), mine, other, round(other - mine, VOLUME) + 0.0)
        for row in found["party"]
        for mine, other in [[figure(row[plan], VOLUME) or 0.0 for plan in (first, name)]]
    ]
    heads = (text("column.planned"), name, text("column.apart"))
    columns = (Column(text("column.party"), width=30), *(Column(head, digits=VOLUME, width=18, summed=False) for head in heads))
    title = f"{text(f'choice.{key}')}: {'; '.join(found['overrides'][name])}"
    return Table(f"choice_{key}", text(f"sheet.choice_{key}"), title, edition.unit("volume"), columns, tuple(rows))


def _scenario(results: xr.Dataset) -> str:
    """Name the scenario's file."""
    return next(iter(setting(results, "scenario_text", {})), "SCENARIO")


def _run_command(results: xr.Dataset) -> str:
    """Write the command that makes the plan again."""
    sets = (f'--set "{override}"' for override in setting(results, "overrides", []))
    return " ".join(["waterdeal run", _scenario(results), *sets])


def _other(key: str, objective: Objective) -> str:
    """Write another choice as it is given on the command line."""
    if key == "shortage":
        return f"objective.shortage.weight={[float(number) for number in range(1, len(objective.shortage.weight) + 1)]}"
    if key == "levels":
        levels = list(objective.levels)
        wished = (("environment", max(len(levels) - 2, 0)), ("irrigation", len(levels) - 1))
        first, last = (levels.index(level) if level in levels else place for level, place in wished)
        levels[first], levels[last] = levels[last], levels[first]
        return f"objective.levels={levels}"
    value = 0.0 if getattr(objective, key) else 0.25 if key == "least_supply" else 0.01
    return f"objective.{key}={value}"
