"""Why there is no plan, in words that both sides can read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.drafts import draft, user
from tests.thorough import diagonal
from waterdeal.agreement.inputs import clauses_of
from waterdeal.ask.bargain import Bargain
from waterdeal.ask.conflict import Involved
from waterdeal.ask.explain import Explanation, explain_conflict
from waterdeal.ask.margins import clause_rooms
from waterdeal.ask.menu import Concession
from waterdeal.lp.compile import compile_model
from waterdeal.lp.options import SolveOptions
from waterdeal.model.build import build_model
from waterdeal.reports import as_text
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.explanation import (
    AGREES,
    explanation_blocks,
    explanation_document,
    explanation_from,
    explanation_record,
    explanation_text,
    make_offer,
    offer_text,
    rooms_answer,
)
from waterdeal.reports.quantity import UNITS, Teller
from waterdeal.reports.why import involved_lines, stretch
from waterdeal.run import Case, load
from waterdeal.scenario.locate import bundled_folder
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.lp.program import Program

DEAL = bundled_folder("scenarios") / "syrdarya-growing-2026-dry-deal.toml"
CONFLICT = ("supply_UZ", "supply_TJ", "supply_KG", "dostyk", "toktogul_end")
#: clauses of it of which one alone is enough
HELPING = {"supply_UZ", "toktogul_end"}


@pytest.fixture(scope="module")
def case() -> Case:
    """Give the bundled deal, which has no plan."""
    return load(DEAL)


def test_no_clause_is_not_all_well(two_party_plan: xr.Dataset) -> None:
    """A plan without clauses says so in every language, instead of an empty table under "all clauses hold"."""
    told = {as_text.told(rooms_answer([], two_party_plan, language)) for language in LANGUAGES}
    assert len(told) == len(LANGUAGES)
    assert not any(Words(language).text("rooms.title") in text for language in LANGUAGES for text in told)


def test_concessions_rooms_and_parts_are_told_in_the_unit_of_the_sentence() -> None:
    """A town that takes 3 m3/s is promised 4: it concedes 1.0 in each step, not the 1.1 that a margin for rounding would print."""
    river = draft("spring catchment; dam reservoir UP; sea outlet", "head spring dam; gate dam sea", runoff={"spring": 50}, **user("town", "dam", 3.0))
    clauses = [{"id": name, "kind": "min_flow", "demands": ["town"], "value": value} for name, value in (("large", 4), ("larger", 5))]
    inputs = river.with_clauses(*clauses).inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    offers = {way.clause: make_offer(way, clause, inputs) for way, clause in zip(found.mix or (), clauses_of(inputs), strict=True)}
    assert [(offer.amount, offer.becomes, offer.relative) for offer in offers.values()] == [(1.0, 3.0, 25.0), (2.0, 3.0, 40.0)]
    assert all(part == pytest.approx(way.amount, abs=1e-5) for way in found.mix or () if way.clause == "larger" for part in way.parts.values())
    assert len(found.conflicts) == len(clauses)
    assert [make_offer(one.menu[0], clauses_of(inputs)[number], inputs).amount for number, one in enumerate(found.conflicts)] == [1.0, 2.0]
    assert Words("en").text("explain.apart") in {block.text for block in explanation_blocks(found, inputs, "en")}
    held = river.with_clauses({**clauses[0], "concession": 1.5}).inputs()
    (room,) = clause_rooms(compile_model(build_model(held)), held, SolveOptions())
    assert (room.unit, room.amount) == ("m3/s", pytest.approx(0.5))


def test_that_clauses_give_way_is_said_beside_rooms() -> None:
    """All hold only where none concedes; what is promised nothing has no share, and what has a price may ask for anything."""
    river = draft("spring catchment; dam reservoir UP; sea outlet", "head spring dam; gate dam sea", runoff={"spring": 50}, **user("town", "dam", 3.0))
    some = {"id": "some", "kind": "min_flow", "demands": ["town"], "value": 4, "concession": 1.5}
    none = {"id": "none", "kind": "max_volume", "demands": ["town"], "value": 0, "concession": 10}
    for clauses, breach, told in (
        ((some,), "refused", ["give way: 1 some 1.0 m³/s"]),
        (({**some, "value": 3},), "refused", ["All clauses hold"]),
        ((some,), "priced", ["give way: 1 some 1.0 m³/s", "gives way no bound", "at its price"]),
        ((none,), "refused", ["All clauses hold", "10.0 million m³ – 10.0 million m³"]),
    ):
        given = river.with_content(breach=breach).with_clauses(*clauses)
        rooms = clause_rooms(compile_model(build_model(given.inputs())), given.inputs(), SolveOptions())
        text = flat(as_text.told(rooms_answer(rooms, given.plan(), "en")))
        assert [one for one in told if one not in text] == [], text


def test_a_way_out_of_which_no_least_is_proven_says_so() -> None:
    """In every language, and the record tells none, as it does of the mix; read back it is told the same."""
    river = draft("spring catchment; dam reservoir UP; sea outlet", "head spring dam; gate dam sea", runoff={"spring": 50}, **user("town", "dam", 3.0))
    inputs = river.with_clauses({"id": "large", "kind": "min_flow", "demands": ["town"], "value": 4}).inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    assert found is not None
    (way,) = found.menu
    doubtful = replace(found, menu=(replace(way, least=-0.0),))
    record = explanation_record(doubtful, inputs)
    assert [entry["least"] for entry in (*record["menu"], *record["mix"])] == [None, None]
    assert explanation_record(found, inputs)["menu"][0]["least"] == pytest.approx(1)
    for language in LANGUAGES:
        doubt = Words(language).text("explain.least_unproven")
        told = [flat(explanation_text(one, inputs, language)) for one in (found, doubtful, explanation_from(record))]
        assert [text.count(doubt) for text in told] == [0, 1, 1]


@pytest.mark.parametrize("capped", [("none",), ("none", "some"), ("some", "none")])
def test_of_a_cap_of_nothing_no_share_is_told(capped: tuple[str, ...]) -> None:
    """Where one of two caps is 0, the share told is that of the other, whichever comes first; of nothing none is."""
    river = draft("spring catchment; dam reservoir UP; sea outlet", "head spring dam; gate dam sea; left dam sea", runoff={"spring": 50})
    least = [{"id": "least", "kind": "min_flow", "at": gate, "value": 8, "negotiable": False} for gate in ("gate", "left")]
    caps = {"none": {"id": "none", "kind": "max_flow", "at": "gate", "value": 0}, "some": {"id": "some", "kind": "max_flow", "at": "left", "value": 5}}
    clauses = [caps[name] for name in capped] + [{**row, "id": f"least_{row['at']}"} for row in least[: len(capped)]]
    inputs = river.with_clauses(*clauses).inputs()
    found = explain_conflict(compile_model(build_model(inputs)), inputs, SolveOptions())
    (told,) = [block.text for block in explanation_blocks(found, inputs, "en") if "share alike" in block.text]
    assert "–" not in told
    assert ("60.0" in told) == (len(capped) > 1)


@pytest.fixture(scope="module")
def program(case: Case) -> Program:
    """Compile it."""
    return compile_model(case.build())


@pytest.fixture(scope="module")
def explained(bundled_explanation: Explanation) -> Explanation:
    """Explain it."""
    return bundled_explanation


def flat(text: str) -> str:
    """Text in one line with plain spaces."""
    return " ".join(text.split())


def teller(inputs: xr.Dataset, language: str = "en") -> Teller:
    """Make a teller with the names of the inputs."""
    return Teller(Words(language), json.loads(inputs.attrs["names"]))


def offer(concession: Concession, inputs: xr.Dataset) -> Any:
    """Round a concession of a clause of the inputs."""
    return make_offer(concession, {clause.id: clause for clause in clauses_of(inputs)}[concession.clause], inputs)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_clauses_and_concessions_are_told(language: str, case: Case, explained: Explanation) -> None:
    """All clauses of the conflict are there, each with its concession rounded up at the digit that is printed; no name of a row."""
    told, words = explanation_text(explained, case.inputs, language), Words(language)
    assert set(explained.clauses) == set(CONFLICT)
    assert {way.clause for way in explained.menu} == HELPING
    assert max(len(line) for line in told.splitlines()) <= WIDTH
    menu = told.partition(words.text("explain.menu"))[2]
    for way in explained.menu:
        word, factor = UNITS[way.unit]
        printed = np.ceil(way.amount * factor * 10 - 1e-9) / 10
        assert f"{way.clause}: −{words.number(printed)}\xa0{words.text(f'unit.{word}')}" in menu
    rows = {*case.inputs["node"].values.tolist(), *case.inputs["link"].values.tolist()} - {clause.id for clause in clauses_of(case.inputs)}
    words_told = set(re.findall(r"\w+", re.sub(r"--set \S+", "", told)))
    assert not {name for name in rows if "_" in name} & words_told
    assert not re.search(r"\[|clause\.|water_balance|at_least|2026-0", told)


def test_sentences_stand_in_the_language(case: Case, explained: Explanation) -> None:
    """Every reader sees the clause as it is in force; what was drafted in some languages is no part of it."""
    wanted = {
        "en": [
            "Inflow to Shardara: at least 3.2 km³, growing season (owed by Uzbekistan to Kazakhstan)",
            "down to Tailrace of Farkhad hydropower plant, Gazalkent works, Apr I – Sept III",
            "(to 6,874.4 million m³; 23.7 % of the promise; 2,104.2 million m³ at least, as far as is proven)",
        ],
        "ru": [
            "Приток к Шардаре: не менее 3,2 км³, вегетация",
            "→ Отводящий канал Фархадской ГЭС, Газалкентский гидроузел, I декада апреля – III декада сентября",
        ],
        "kk": ["Шардара су қоймасына ағын: кемінде 3,2 км³, вегетация кезеңі (міндеттеме: Өзбекстан → Қазақстан)"],
        "uz": ["Chordara suv omboriga oqim: kamida 3,2 km³, vegetatsiya davri (majburiyat: Oʻzbekiston → Qozogʻiston)"],
    }
    for language, texts in wanted.items():
        told = flat(explanation_text(explained, case.inputs, language))
        assert [text for text in texts if text not in told] == []


def test_numbers_of_the_concessions_are_equal_in_all_languages(case: Case, explained: Explanation) -> None:
    """Both sides read the same concessions."""

    def numbers(language: str) -> list[str]:
        """Numbers of the menu and of the mix, in plain form."""
        blocks = explanation_blocks(explained, case.inputs, language)
        lines = [line for block in blocks for line in block.lines if "−" in line]
        plain = [line.replace(",", "") if language == "en" else line.replace("\xa0", "").replace(",", ".") for line in lines]
        return [number for line in plain for number in sorted(re.findall(r"\d+\.\d", line))]

    ways = [*explained.menu, *(explained.mix or ())]
    proven = sum(0 < way.least < AGREES * way.amount for way in ways)  # told as well where it is clearly less
    assert len(numbers("en")) == proven + sum({"1": 2, "share": 0}.get(way.unit, 3) for way in ways)
    assert all(numbers(language) == numbers("en") for language in LANGUAGES)


def test_what_is_printed_suffices(case: Case, program: Program, explained: Explanation) -> None:
    """With the printed concession of any one clause, or with the printed mix, all clauses can hold."""
    model = Bargain(program, case.inputs, SolveOptions())
    ways = [*((way,) for way in explained.menu), explained.mix or ()]
    for group in ways:
        model.hold({**model.allowed, **{way.clause: offer(way, case.inputs).amount / UNITS[way.unit][1] for way in group}})
        assert model.settled() is not None
    changed = load(DEAL, [offer(way, case.inputs).setting for way in explained.mix or ()]).inputs
    allowed = dict(zip(changed["clause"].values, changed["clause_conceded_max"].values, strict=True))
    assert all(allowed[way.clause] >= way.amount for way in explained.mix or ())


def test_the_record_is_plain_json(case: Case, explained: Explanation) -> None:
    """Machines read the same, with the setting that makes it work."""
    record = json.loads(json.dumps(explanation_record(explained, case.inputs)))
    assert [clause["id"] for clause in record["clauses"]] == list(CONFLICT)
    assert record["clauses"][0] == {"id": "supply_UZ", "number": 4, "kind": "min_supply_ratio"}
    first = record["menu"][0]
    assert first["set"].startswith(f"agreement.{first['clause']}.concession=")
    assert record["no_help"] == list(explained.no_help)
    assert explanation_record(replace(explained, mix=None), case.inputs)["mix"] is None


CONCESSIONS = [
    (
        Concession("kyzylorda_supply", 0.04123, "1", 0.0123, dict.fromkeys(("2026-06-D1", "2026-06-D2", "2026-06-D3", "2026-08-D1"), 10.3)),
        "−4.2 pp (to 70.8 pp), in 4 of 18 dekads: Jun I – Jun III, Aug I",
    ),
    (
        Concession("kyzylorda_supply", 0.08, "1", 0.02, dict.fromkeys([f"2026-0{month}-D{dekad}" for month in (4, 5, 6, 7) for dekad in (1, 3)], 10.0)),
        "−8.0 pp (to 67.0 pp), in 8 of 18 dekads: Apr I, Apr III – May I, May III – Jun I, Jun III – Jul I, Jul III",
    ),
    (Concession("even_KZ_UZ", 0.0312, "1", 0.0312, {"whole": 0.0312}), "+3.2 pp (to 13.2 pp)"),
    (Concession("limit_UZ", 10.04, "hm3", 0.002, {"whole": 10.04}), "+10.1 million m³ (to 8,810.1 million m³; 0.2 % of the promise)"),
    (Concession("kairakkum", 0.25, "share", 0.25, {"filling": 858.6}), "−25.0 %, filling of the reservoir (to 2,563.5 million m³)"),
    (Concession("kairakkum", 0.02, "share", 0.02, {"2026-06-D1": 18.0}), "2.0 %, in 1 of 12 dekads: Jun I"),
    (Concession("kz_share_2025_26", 5.0, "hm3", 0.002, {"whole": 5.0}), "−5.0 million m³ (to 9,995.0 million m³; 0.2 % of the promise)"),
    (Concession("shardara_excess_2025_26", 5.0, "hm3", 0.002, {"UZ": 5.0}), "−5.0 million m³ (0.2 % of the promise), Uzbekistan"),
    (Concession("dostyk", 1.0, "hm3", 0.002, {"whole": 1.0}), "−1.0 million m³ (to 908.0 million m³; 0.2 % of the promise)"),
    (Concession("aral_floor", 3.0, "m3/s", 0.1, {"2026-06-D1": 1.0}), "−3.0 m³/s (to 27.0 m³/s; 10.0 % of the promise), in 1 of 18 dekads: Jun I"),
]  # fmt: skip


@pytest.mark.parametrize(("concession", "expected"), CONCESSIONS)
def test_forms_of_a_concession(concession: Concession, expected: str, case: Case) -> None:
    """Steps in a row are a range, shares are told in percentage points, and a new value stands only where there is one."""
    assert flat(offer_text(offer(concession, case.inputs), case.inputs, teller(case.inputs))) == expected


def test_many_runs_of_steps_are_counted(case: Case) -> None:
    """At most six runs are told."""
    inputs = case.inputs.copy(deep=True)
    steps = [f"2026-0{month}-D{dekad}" for month in range(4, 10) for dekad in (1, 2, 3)]
    told = offer_text(
        offer(Concession("kyzylorda_supply", 9.0, "hm3", 0.1, dict.fromkeys(steps[::2], 1.0)), inputs), inputs, teller(inputs)
    )
    assert flat(told).endswith("in 9 of 18 dekads: Apr I, Apr III, May II, Jun I, Jun III, Jul II and 3 more")
    inputs["step"].values[0] = "2026-04"
    for name in ("concession_part", "row_concession"):
        inputs[name] = inputs[name].dims, [str(part).replace("2026-04-D1", "2026-04") for part in inputs[name].values]
    told = offer_text(offer(Concession("kyzylorda_supply", 9.0, "hm3", 0.1, {"2026-04": 1.0}), inputs), inputs, teller(inputs))
    assert flat(told).endswith("in 1 of 18 steps: April 2026")


def test_the_scenario_may_contradict_itself(case: Case) -> None:
    """Without clauses in the conflict, no concession is offered."""
    involved = (
        Involved("water_balance", "toktogul", "2026-04-D1", "2026-09-D3"),
        Involved("terminal.storage_least", "toktogul", "2026-09-D3", "2026-09-D3"),
    )
    told = explanation_text(Explanation((), involved, (), ("dostyk",), (), None), case.inputs, "en")
    assert flat(told) == flat("""
        No plan exists even without the clauses: the river and the choices of the scenario contradict one another.
        These contradict one another: water balance at Toktogul reservoir, Apr I – Sept III
        volume at the end that the scenario asks of Toktogul reservoir, Sept III""")  # fmt: skip


def test_no_way_out_is_said(case: Case, explained: Explanation) -> None:
    """No single concession, no mix, clauses that are not negotiable: each has its words."""
    hard = replace(explained, menu=(), mix=None, fixed=("limit_UZ",), involved=())
    told = flat(explanation_text(hard, case.inputs, "en"))
    assert "No single concession is enough." in told
    assert "All negotiable clauses together cannot concede enough." in told
    assert "In the conflict, but not negotiable: 1 limit_UZ: " in told
    assert "its limit: at most 8.8 km³, growing season" in told
    assert "Given" not in told
    assert "--set" not in told


def test_balances_are_condensed(case: Case) -> None:
    """Few places are named; many are a stretch from its reservoirs, or from its highest places, down to its end; canals do not end it."""
    inputs = case.inputs
    assert stretch(["farkhad", "dustlik", "farkhad_tailrace", "nadezhdinsky", "chinaz"], inputs) == (["farkhad"], ["chinaz"])
    assert stretch(["kayrakkum", "kyzylkishlak", "farkhad", "bekabad"], inputs) == (["kayrakkum"], ["farkhad"])
    assert stretch(["delta", "north_aral", "kokaral"], inputs) == (["delta"], ["north_aral"])
    assert stretch(["dustlik"], inputs) == (["dustlik"], ["dustlik"])
    entries = [Involved("flow", "shardara_inflow", "2026-04-D1", "2026-04-D1"), Involved("odd.rows", "kal", "", "")]
    assert involved_lines(entries, inputs, teller(inputs)) == [
        "capacity of Inflow to Shardara, Apr I",
        "other rules of the model: Kal post",
    ]


def test_a_limit_is_told_by_its_party(case: Case) -> None:
    """The id of a limit is no word."""
    inputs = case.inputs.drop_dims("entitlement").assign(entitlement_party=("entitlement", ["KZ"])).assign_coords(entitlement=["kz_2026"])
    lines = involved_lines([Involved("entitlement.limit_met", "kz_2026", "", "")], inputs, teller(inputs, "ru"))
    assert lines == ["лимит, заданный сценарием: Казахстан"]


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_the_page_is_escaped(case: Case, explained: Explanation, language: str) -> None:
    """Names and texts cannot bring markup or scripts."""
    inputs = case.inputs.copy()
    attack = "<script>alert(1)</script>\x1b\u202e&"
    clauses = [clause | {"text": dict.fromkeys(LANGUAGES, attack)} for clause in json.loads(inputs.attrs["clauses"])]
    names = {place: dict.fromkeys(LANGUAGES, attack) for place in json.loads(inputs.attrs["names"])}
    inputs.attrs |= {"clauses": json.dumps(clauses), "names": json.dumps(names)}
    page = explanation_document(explained, inputs, language).render("html").decode()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert f'<html lang="{language}">' in page
    assert "&lt;script&gt;" in page
    assert explanation_from(json.loads(json.dumps(explanation_record(explained, inputs)))) == explained
    assert "\x1b" not in explanation_text(explained, inputs, language)
