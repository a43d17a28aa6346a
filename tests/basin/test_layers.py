"""Layers of figures by party: read, checked as the basin is, used, told, and kept with the run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from waterdeal.basin.layers import read_layers, values_by_party
from waterdeal.basin.make import make_basin
from waterdeal.basin.origins import origins_of
from waterdeal.basin.write import basin_rows
from waterdeal.documents import toml_text
from waterdeal.errors import InputError
from waterdeal.examples import two_party_basin, two_party_content
from waterdeal.run import made_from, make_case
from waterdeal.run_folder import run_files
from waterdeal.scenario.read import read_scenario
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

    from waterdeal.run import Case

JULY = "node,year_class,month,runoff_m3s,status,source\nheadwater,exceeded_90,7,70,computed,gauge\n"


def layer(folder: Path, party: str, table: str = JULY, name: str = "hydrology", **header: Any) -> None:
    """Write the layer of a party, of one table."""
    folder.mkdir(exist_ok=True)
    told = {"schema": "waterdeal/layer@1", "basin": "two_party", "party": party, **header}
    (folder / "layer.toml").write_text(toml_text(told), "utf-8")
    (folder / "sources.csv").write_text("source,citation,licence\ngauge,gauge of the agency,CC0-1.0\n", "utf-8")
    (folder / f"{name}.csv").write_text(table, "utf-8")


def case(home: Path, **facts: Any) -> Case:
    """Make the two-party case with layers beside its scenario."""
    content = {"schema": "waterdeal/scenario@1", **two_party_content(facts=facts)}
    (home / "s.toml").write_text(toml_text(content), "utf-8")
    return make_case(read_scenario(home / "s.toml"), two_party_basin())


def test_figures_of_a_party_are_planned_with_where_they_are_used(tmp_path: Path) -> None:
    """Unused layers change nothing; used, for all or by figure, they change inputs, run hash, origins and sources."""
    layer(tmp_path / "low", "LOW")
    unused = case(tmp_path, layers=["low"])
    used = unused.set("facts.use", "LOW")
    one = unused.set("facts.use.hydrology.headwater.runoff_m3s", "LOW")
    rates = [each.basin.runoff.sel(node="headwater", year_class="exceeded_90", month=7).item() for each in (unused, used, one)]
    assert rates == pytest.approx([77, 70, 70])
    assert np.array_equal(unused.inputs["runoff"], case(tmp_path).inputs["runoff"])
    assert np.array_equal(one.inputs["runoff"], used.inputs["runoff"])
    hashes = [made_from(each)["run_sha256"] for each in (unused, used, one)]
    assert hashes[0] != hashes[1] == hashes[2]
    assert np.array_equal(used.set("facts.use", "").inputs["runoff"], unused.inputs["runoff"])  # nothing is laid over what was laid
    origin = {row["figure"]: row for row in origins_of(used.inputs)}["hydrology.headwater.runoff_m3s"]
    assert (origin["status"], origin["source"], origin["note"]) == ("computed", "gauge", "layer of LOW; claimed by LOW; disputed")
    assert "gauge of the agency" in made_from(used)["sources"]


def test_layers_stand_with_the_sources_of_a_run_under_their_digests(tmp_path: Path) -> None:
    """Every file of a layer is among the sources of a run and its digests."""
    layer(tmp_path / "low", "LOW")
    used = case(tmp_path, layers=["low"], use="LOW")
    names = {f"scenario/low/{name}" for name in ("layer.toml", "sources.csv", "hydrology.csv")}
    assert names <= set(json.loads(made_from(used)["inputs_sha256"]))
    assert {f"sources/{name}" for name in names} <= set(run_files(used))


def test_a_disagreement_is_a_figure_over_all_periods_in_which_parties_are_apart(tmp_path: Path) -> None:
    """What all have the same is no disagreement; the rest of a figure is one, with the values of each."""
    layer(tmp_path / "low", "LOW", JULY + "headwater,exceeded_90,8,49,read,gauge\n")
    layer(tmp_path / "up", "UP", JULY + "headwater,exceeded_50,8,60,read,gauge\n")
    found = case(tmp_path, layers=["low", "up"]).basin
    apart = values_by_party(found.beneath or found, found.layers)
    july, median = ("headwater", "exceeded_90", 7.0), ("headwater", "exceeded_50", 8.0)
    assert list(apart) == [("hydrology", "headwater", "runoff_m3s")]  # in August the figure of one of them is that of the basin
    values = apart["hydrology", "headwater", "runoff_m3s"]
    assert {party: (own[july], own[median]) for party, own in values.items()} == {"": (77, 70), "LOW": (70, 70), "UP": (70, 60)}


def test_a_layer_may_state_the_version_of_its_basin(tmp_path: Path) -> None:
    """The one that the basin states is taken."""
    layer(tmp_path / "low", "LOW", version="2026.2")
    assert [held.party for held in read_layers(["low"], tmp_path, replace(two_party_basin(), version="2026.2"))] == ["LOW"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": JULY.replace("headwater", "headwaters")}, "no row hydrology: headwaters"),
        ({"table": JULY.replace("runoff_m3s", "runoff")}, "not a column"),
        ({"table": JULY.replace("70", "-1")}, "below zero"),
        ({"table": JULY.replace(",gauge", ",nowhere")}, "not a source"),
        ({"table": JULY.replace("source\n", "source,accepted_by\n").replace("gauge\n", "gauge,UP FAR\n")}, '"FAR" is no party'),
        ({"party": "FAR"}, '"FAR" is no party'),
        ({"basin": "other"}, 'the layer is of the basin "other"'),
        ({"version": "9"}, 'version "9"'),
        ({"name": "sources2"}, "no table of which a layer"),
        ({"table": JULY + "headwater,exceeded_90,07,71,read,gauge\n"}, "second time"),
        ({"name": "reservoirs", "table": "reservoir,dead_hm3,status,source\nupper_dam,950,read,gauge\n"}, "full"),
    ],
)
def test_a_layer_that_cannot_be_is_one_clear_error(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """A cell, figure, source, party, basin or version that is unknown, or a basin that cannot be, is one problem."""
    layer(tmp_path / "low", **{"party": "LOW", **change})
    with pytest.raises(InputError) as error:
        case(tmp_path, layers=["low"])
    assert len(error.value.problems) == 1
    assert said in str(error.value)
    assert len({error.value.tell(Words(language)) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("UP", "no layer of UP"),
        ({"hydrology": {"headwater": {"area": "LOW"}}}, "no layer of LOW holds this figure"),
        ({"hydrology": {"headwater": {"runoff_m3s": "UP"}}}, "no layer of UP"),
    ],
)
def test_whose_figures_are_used_must_be_in_a_layer(tmp_path: Path, use: Any, said: str) -> None:
    """A party without a layer, or a figure that its layers do not hold, is refused."""
    layer(tmp_path / "low", "LOW")
    with pytest.raises(InputError, match=said):
        case(tmp_path, layers=["low"], use=use)


def test_layers_below_the_folder_of_the_scenario_and_one_value_a_party(tmp_path: Path) -> None:
    """A layer outside the folder, a value given twice and a layer named twice are refused."""
    layer(tmp_path / "low", "LOW")
    layer(tmp_path / "more", "LOW")
    for layers, said in ((["../low"], "not stand below"), (["low", "more"], "LOW gives hydrology: headwater"), (["low", "low"], "named twice")):
        with pytest.raises(InputError, match=said):
            case(tmp_path, layers=layers)


def test_a_figure_is_accepted_by_parties_of_the_basin_alone() -> None:
    """Who accepts a figure is a party of the basin, else that is the one problem."""
    rows = basin_rows(two_party_basin())
    tables = {name: [{key: cell for key, cell in row.items() if cell == cell} for row in held] for name, held in rows.items()}  # noqa: PLR0124
    tables["provenance"][0] |= {"accepted_by": "UP LOW FAR", "claimed_by": "LOW"}
    with pytest.raises(InputError) as error:
        make_basin("two_party", tables)
    assert len(error.value.problems) == 1
    assert '"FAR" is no party' in str(error.value)


def test_what_two_parties_claim_alike_both_accept(tmp_path: Path) -> None:
    """Of a figure planned with, whoever claims the same values over all its periods accepts it, and it is counted; who says less does not."""
    layer(tmp_path / "low", "LOW")
    layer(tmp_path / "up", "UP")
    used = case(tmp_path, layers=["low", "up"], use="LOW")
    origin = {row["figure"]: row for row in origins_of(used.inputs)}["hydrology.headwater.runoff_m3s"]
    assert "claimed by LOW; accepted by LOW, UP" in origin["note"]
    counts = json.loads(used.inputs.attrs["whose"])
    assert counts == {"claimed": {"LOW": 1, "UP": 1}, "disputed": 1, "accepted": {"LOW": 1, "UP": 1}}  # the basin says otherwise
    bare = json.loads(used.set("facts.use", "").inputs.attrs["whose"])
    assert bare == {"claimed": {"LOW": 1, "UP": 1}, "disputed": 1, "accepted": {}}
    layer(tmp_path / "low", "LOW", JULY + "headwater,exceeded_90,8,50,read,gauge\n")
    assert json.loads(case(tmp_path, layers=["low", "up"], use="LOW").inputs.attrs["whose"])["accepted"] == {}
    layer(tmp_path / "up", "UP", JULY.replace(",70,", ",77,"))
    layer(tmp_path / "low", "LOW", JULY.replace(",70,", ",77,"))
    as_basin = json.loads(case(tmp_path, layers=["low", "up"]).inputs.attrs["whose"])
    assert as_basin == {"claimed": {"LOW": 1, "UP": 1}, "disputed": 0, "accepted": {"LOW": 1, "UP": 1}}
    assert "whose" not in case(tmp_path).inputs.attrs
