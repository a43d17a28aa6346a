"""Whose figures a scenario is planned with: the layers of figures that it names, and the works that are built, laid over its basin."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.basin.layers import lay, read_layers, values_by_party
from waterdeal.basin.provenance import find_origins
from waterdeal.basin.works import with_rows
from waterdeal.errors import ScenarioError, make_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waterdeal.basin.claims import Layer
    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem
    from waterdeal.scenario.read import ScenarioFile
    from waterdeal.scenario.schema import Facts


@dataclass
class Laid:
    """Layers that were read for a case, and basins with their figures, for those that are set from it."""

    layers: dict[tuple[str, ...], tuple[Layer, ...]] = field(default_factory=dict)
    basins: dict[str, Basin] = field(default_factory=dict)

    def over(self, basin: Basin, file: ScenarioFile) -> Basin:
        """Return a basin with the figures and the works that a scenario uses; the same one for the same choice."""
        facts, bare = file.scenario.facts, basin.beneath or basin
        if facts.layers not in self.layers:
            self.layers[facts.layers] = open_layers(file, bare)
        built = {name: work for name, work in file.scenario.work.items() if work.built and work.tables}
        key = "".join([facts.model_dump_json(), *(f"{name}{work.tables}" for name, work in built.items())])
        if key not in self.basins:
            laid = with_facts(bare, self.layers[facts.layers], facts, file.path.name)
            for name, work in built.items():
                origin = {"status": work.status, "citation": work.source or work.title.get("en", name)}
                laid = with_rows(replace(laid, beneath=bare), work.tables, (file.path.name, f"work.{name}"), origin)
            self.basins[key] = laid
        return self.basins[key]


def open_layers(file: ScenarioFile, basin: Basin) -> tuple[Layer, ...]:
    """Read the layers that a scenario names, folders beside it or below."""
    home, names = file.path.parent, file.scenario.facts.layers
    outside = [name for name in names if not (home / name).resolve().is_relative_to(home.resolve()) or ".." in Path(name).parts]
    if outside:
        told = [make_problem(file.path.name, None, "facts.layers", "layers.outside", name=name) for name in outside]
        raise ScenarioError(file.path.name, told)
    return read_layers(names, home, basin)


def with_facts(basin: Basin, layers: tuple[Layer, ...], facts: Facts, file: str) -> Basin:
    """Return a basin with the figures that are used; ScenarioError where a party or figure is named that no layer has."""
    if problems := list(_strange(layers, facts, file)):
        raise ScenarioError(file, problems)
    return lay(basin, layers, lambda claim: facts.chosen(*claim.figure) == claim.party) if layers else basin


def _strange(layers: tuple[Layer, ...], facts: Facts, file: str) -> Iterator[Problem]:
    """Report who has no layer, and what is no figure of the one named."""
    figures: dict[str, set[tuple[str, str, str]]] = {}
    for layer in layers:
        figures.setdefault(layer.party, set()).update(claim.figure for claim in layer.claims)
    for figure, party in _named(facts).items():
        place = ".".join(["facts.use", *figure])
        if party and party not in figures:
            yield make_problem(file, None, place, "layers.no_layer_of", party=party, parties=", ".join(figures))
        elif figure and figure not in (figures[party] if party else set().union(*figures.values())):
            known = sorted({".".join(one) for own in figures.values() for one in own})
            yield make_problem(file, None, place, "layers.no_figure_of", party=party or "-", known=", ".join(known[:5]))


def _named(facts: Facts) -> dict[tuple[str, ...], str]:
    """Return the party by figure as a scenario names it; of no figure where it is one for all."""
    if isinstance(facts.use, str):
        return {(): facts.use} if facts.use else {}
    places = ((table, key, fields) for table, keys in facts.use.items() for key, fields in keys.items())
    return {(table, key, field): party for table, key, fields in places for field, party in fields.items()}


#: attribute of inputs that tells how many figures parties claim, dispute and accept
WHOSE = "whose"


def told_whose(basin: Basin) -> dict[str, str]:
    """Count the figures that each party claims and accepts, and those that are disputed; nothing where no party says anything."""
    origins = {figure: origin for figure, origin in find_origins(basin).items() if origin is not None}
    claims = {(claim.party, claim.figure) for layer in basin.layers for claim in layer.claims}
    claims |= {(origin.claimed_by, figure) for figure, origin in origins.items() if origin.claimed_by}
    claimed = Counter(party for party, _ in claims)
    accepted = Counter(party for origin in origins.values() for party in origin.accepted_by)
    told = {"claimed": dict(sorted(claimed.items())), "disputed": len(disputed(basin)), "accepted": dict(sorted(accepted.items()))}
    return {WHOSE: json.dumps(told)} if claimed or accepted else {}


def disputed(basin: Basin) -> list[str]:
    """Name the figures of which parties have values apart, as provenance names them."""
    return [".".join(figure) for figure in values_by_party(basin.beneath or basin, basin.layers)]
