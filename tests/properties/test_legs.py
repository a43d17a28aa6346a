"""No leg of an exchange that no row carries is ever shown as held: drawn legs, with and without lines, plants and months in sight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.model.trade import line, neighbours
from tests.thorough import examples
from waterdeal.agreement.inputs import clauses_of, unheld_parts
from waterdeal.reports.quantity import speak
from waterdeal.reports.sentence import clause_sentence

if TYPE_CHECKING:
    import xarray as xr

    from tests.drafts import Draft

MONTHS = {"start": "2026-01-01", "end": "2026-04-01", "step": "month"}
BARE: dict[str, Any] = {"on": False}


@st.composite
def exchanges(draw: Any) -> tuple[bool, dict[str, Any]]:
    """Whether there are lines, and a clause between A and its neighbours."""
    legs: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(["sent", "returned"]), min_size=1, unique=True)):
        months = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4, unique=True))
        inside = [month for month in months if month < 4] == months
        way = {"amount": 1.0, "months": months} if inside or (draw(st.booleans()) and min(months) > 3) else {
            "by_month": {str(month): 0.5 for month in months}
        }  # fmt: skip
        legs[name] = way | ({"plants": "works"} if draw(st.booleans()) else {})
    if draw(st.booleans()):
        legs["filling"] = {"reservoir": "dam", "value": 5, "on": draw(st.sampled_from(["2026-02-01", "2026-03-01"]))}
    goods = {"fuel": {"tonnes": 10, "goods": "coal", "months": [1]}, "food": {"tonnes": 10, "goods": "wheat", "months": [2]}}
    goods |= {"money": {"amount": 2, "months": [3]}}
    for name in draw(st.lists(st.sampled_from(sorted(goods)), min_size=1, unique=True)):
        legs[name] = goods[name]
    return draw(st.booleans()), {"id": "deal", "kind": "exchange", "party": "A", "to": "B", **legs}


def river(*, lines: bool) -> Draft:
    """Three months of the neighbours, with a dam; lines both ways between A and B, or none."""
    place = neighbours(lines=[*line("b_a", "B", "A"), *line("a_b", "A", "B")], trade=None if lines else BARE, period=MONTHS)
    tables = {**place.tables, "nodes": [*place.tables["nodes"], {"node": "dam", "kind": "reservoir", "party": "A"}]}
    tables["links"] = [
        {"link": "out", "from_node": "spring", "to_node": "dam", "kind": "river"},
        {"link": "let", "from_node": "dam", "to_node": "post", "kind": "river"}, place.tables["links"][1],
    ]  # fmt: skip
    tables["reservoirs"] = [{"reservoir": "dam", "dead_hm3": 0, "full_hm3": 2000, "evaporation": "none"}]
    content = {**place.content, "hydrology": {"year_class": "mean"}}
    content["reservoir"] = {"dam": {"initial": 1000, "terminal": {"rule": "free"}}}
    return replace(place, tables=tables, content=content, volumes={})


def carried(inputs: xr.Dataset, leg: str) -> bool:
    """Whether a row that can give way has terms of a leg."""
    rows = set(inputs["term_row"].values.tolist())
    parts, given_way = inputs["row_part"].values.tolist(), inputs["row_concession"].values.tolist()
    return any(row in rows and way and f"{part}_".startswith(f"{leg}_") for row, (part, way) in enumerate(zip(parts, given_way, strict=True)))


@examples(8, 300)
@given(exchanges())
def test_no_leg_without_a_row_is_shown_as_held(drawn: tuple[bool, dict[str, Any]]) -> None:
    """Each leg, and each month of one by month, has a row or is named as not in the balance, in the sentence too, in every language."""
    lines, clause = drawn
    inputs = river(lines=lines).with_clauses(clause).inputs()
    (told,) = clauses_of(inputs)
    unheld = unheld_parts(told, inputs)
    for leg in ("filling", "sent", "returned", "fuel", "food", "money"):
        if leg in clause:
            asked = clause[leg]
            parts = [f"{leg}_{int(month):02}" for month in asked["by_month"]] if "by_month" in asked else [leg]
            assert all(carried(inputs, part) != (part in unheld or leg in unheld) for part in parts)
    for language in ("en", "ru", "kk", "uz"):
        words, tell = speak(language, inputs)
        sentence, mark = clause_sentence(told, tell, inputs), words.text("clause.unheld", parts="").split(":")[0]
        assert (mark in sentence) == bool(unheld)
        assert all(tell.part(part) in sentence for part in unheld)
