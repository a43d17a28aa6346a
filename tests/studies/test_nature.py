"""The price of more water to a lake, by hand: who loses energy, who loses deliveries, and from where on there is no plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.commands import TWO_PARTY, call
from tests.drafts import draft, together, user
from waterdeal.documents import toml_text
from waterdeal.errors import ScenarioError
from waterdeal.run import Case, load, make_case
from waterdeal.studies.nature import Priced, price_inflow
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from pathlib import Path

DAY = 0.0864


def river() -> Case:
    """90 hm3 in three days: 30 to a town of A, 30 to fields of B, and the rest through turbines of A that make 0.4 GWh of a hm3, or to a lake."""
    one = draft(
        "spring catchment A; fork junction A; post junction B; pond lake B; sea outlet A",
        "head spring fork; side fork sea; down fork post; past post pond",
        runoff={"spring": 30 / DAY},
        plants=[{"plant": "works", "link": "side", "party": "A", "energy_gwh_per_hm3": 0.4, "turbine_max_m3s": 1000}],
        scenario={"objective": {"levels": ["drinking", "irrigation", "benefit"]}},
        **together(user("town", "fork", 10 / DAY, "municipal"), user("grain", "post", 10 / DAY, party="B")),
    )
    return make_case(one.content, one.basin())


@pytest.fixture(scope="module")
def found() -> Priced:
    """The first 30 come from the turbines, the next 20 from the fields, and so would 10 more, but 100 is more than there is."""
    return price_inflow(river(), volumes=[15, 30, 50, 100])


def test_who_bears_each_step(found: Priced) -> None:
    """A hm3 to the lake costs A 0.4 GWh as long as it lights anything, then B's fields a hm3; the town, which comes first, nothing."""
    assert (found.sink, found.inflow) == ("pond", pytest.approx(0))
    by_step = [(step.losses.loc["A", "energy"], step.losses.loc["B", "delivery"]) for step in found.steps[:3]]
    assert np.array(by_step) == pytest.approx(np.array([(6, 0), (12, 0), (12, 20)]))
    assert [step.reached for step in found.steps[:3]] == pytest.approx([15, 30, 50])
    assert found.steps[2].losses.loc["A", "delivery"] == 0


def test_the_price_of_a_km3_is_that_of_each_step(found: Priced) -> None:
    """400 GWh of A a km3, then a km3 of B: the ladder bends where the turbines stand still."""
    rates = found.per_km3()
    assert [float(rate.loc["A", "energy"]) for rate in rates[:3]] == pytest.approx([400, 400, 0])
    assert [float(rate.loc["B", "delivery"]) for rate in rates[:3]] == pytest.approx([0, 0, 1000])


def test_more_than_there_is_has_no_plan(found: Priced) -> None:
    """It is told, and has no price."""
    last = found.record()["steps"][-1]
    assert not found.steps[-1].has_plan
    assert last["reached"] is None
    assert set(last["lost_per_km3"]["A"].values()) == {None}


@pytest.mark.parametrize(("sink", "volumes", "told"), [("pound", (), "Did you mean"), ("fork", (), "no lake"), (None, (-1.0,), "above zero")])
def test_what_cannot_be_asked(sink: str | None, volumes: tuple[float, ...], told: str) -> None:
    """A place that is no sink, and less water."""
    with pytest.raises(ScenarioError, match=told):
        price_inflow(river(), sink, volumes)


@pytest.mark.thorough
def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    """In four languages, as JSON and tables; two parties without a lake name an outlet, and are told so."""
    dry, out = TWO_PARTY / "dry.toml", tmp_path / "out"
    assert "delta" in call("study", "nature", dry).err
    languages = [word for language in LANGUAGES for word in ("--lang", language)]
    code, text, log = call("study", "nature", dry, "--sink", "delta", "--volume", "20", "--volume", "2000", "-o", out, *languages)
    assert code == 0, log
    for language in LANGUAGES:
        assert Words(language).text("nature.no_plan", volumes=Words(language).number(2000, 0)) in text
        assert (out / f"study.{language}.xlsx").exists()
    told = json.loads((out / "nature.json").read_text(encoding="utf-8"))
    assert told["steps"][0]["reached"] == pytest.approx(20)
    code, text, _ = call("study", "nature", dry, "--sink", "delta", "--volume", "20", "--json")
    assert json.loads(text)["steps"] == told["steps"][:1]


@pytest.mark.thorough
def test_a_flood_is_no_way_to_more(tmp_path: Path) -> None:
    """Outlets pass 10 hm3 a day of a dam that holds 200: what more is asked of the outlet below cannot go over the dam."""
    one = draft(
        "spring catchment; dam reservoir; sea outlet", "head spring dam; out dam sea", runoff={"spring": 5 / DAY},
        reservoirs={"dam": {"full_hm3": 400, "release_max_m3s": 10 / DAY}},
        scenario={"objective": {"levels": ["safety", "benefit"]}, "reservoir": {"dam": {"initial": 200, "terminal": {"rule": "value", "worth": 1}}}},
    )  # fmt: skip
    (tmp_path / "s.toml").write_text(toml_text({**one.content, "schema": "waterdeal/scenario@1"}), encoding="utf-8")
    case = load(tmp_path / "s.toml", basin=one.basin())
    more = price_inflow(case, "sea", [29, 31])
    assert more.inflow == pytest.approx(0, abs=1e-6)
    assert [step.has_plan for step in more.steps] == [True, False]
