"""Clauses in words and tables."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest
from pydantic import TypeAdapter

from tests.agreement.kinds import SAMPLES, sample
from tests.bundled import CONCEDED, POINTS
from tests.thorough import diagonal
from waterdeal.agreement.forms import AnyClause
from waterdeal.agreement.inputs import clauses_of
from waterdeal.reports.about import figure_table
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.clauses import clause_lines, clause_tables
from waterdeal.reports.edition import Edition
from waterdeal.reports.files import report_files
from waterdeal.reports.promises import part_name, read_promises
from waterdeal.reports.quantity import Teller, round_down, round_up
from waterdeal.reports.sentence import clause_sentence, drafted
from waterdeal.reports.tables import make_tables
from waterdeal.reports.text import summary_text
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.reports.table import Table

SERVED = ["kyzylorda_left_kz", "kyzylorda_right_kz", "kazalinsk_kz"]


@pytest.fixture(scope="session")
def names(deal_plan: xr.Dataset) -> dict[str, dict[str, str]]:
    """Give the names of the bundled basin."""
    found: dict[str, dict[str, str]] = json.loads(deal_plan.attrs["names"])
    return found


@pytest.fixture(scope="session")
def deal_tables(deal_plan: xr.Dataset) -> dict[str, dict[str, Table]]:
    """Give every table of the deal in every language, by name."""
    return {language: {table.name: table for table in make_tables(deal_plan, language)} for language in LANGUAGES}


def numbers_of(text: str, language: str) -> list[str]:
    """Numbers of a text, with a decimal point and no marks between thousands, sorted."""
    plain = text.replace(",", "") if language == "en" else re.sub(r"(?<=\d)\xa0(?=\d{3}(?!\d))", "", text).replace(",", ".")
    return sorted(re.findall(r"\d+(?:\.\d+)?", re.sub(r"([ .])(?=\s|$)", " ", plain)))


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sentence_holds_its_numbers_and_places(kind: str, language: str, names: dict[str, dict[str, str]]) -> None:
    """Every kind is told in every language, with its numbers in the marks of the language, and its places by name."""
    words = Words(language)
    sentence = clause_sentence(sample(kind), Teller(words, names))
    _, numbers, places = SAMPLES[kind]
    assert set(numbers_of(sentence, language)) == numbers
    for place in places:
        assert words.place(names, place).lower() in sentence.lower()
    assert sentence[0].isupper()
    assert not re.search(r"[{}_\[\]]|None|hm3", sentence)


@pytest.mark.parametrize("kind", SAMPLES)
def test_numbers_are_the_same_in_all_languages(kind: str, names: dict[str, dict[str, str]]) -> None:
    """Both sides read the same promise."""
    told = [numbers_of(clause_sentence(sample(kind), Teller(Words(language), names)), language) for language in LANGUAGES]
    assert all(numbers == told[0] for numbers in told)


VARIANTS = [
    ("sliding_scale", {"index": None, "points": [], "by_class": {"mean": "12 km3", "exceeded_90": "10 km3"}}, "at least 10–12 km³, by the class"),
    ("sliding_scale", {"index": {"known": "5 km3"}}, "by a scale of the forecast, 5 km³"),
    ("end_storage", {"on": None}, "at least 9 km³ stored at the end of the plan"),
    ("storage_band", {"high": None}, "at least 900 million m³ stored"),
    ("storage_band", {"low": None}, "at most 4.5 km³ stored"),
    ("release_limit", {"winter_max": None}, "Inflow to Shardara: at least 75 % of the year's release in the growing season"),
    ("payback", {"ordinary": 0}, "a debt of 120 million m³ is delivered, until 30 September 2026"),
    ("energy_min", {"energy_of": None, "plants": "toktogul"}, "Toktogul reservoir: at least 1,250 GWh"),
    ("exchange", {"to": (), "filling": None}, "; 200 GWh sent by the other side (March, April); 350 GWh returned by Uzbekistan (June – September)"),
    ("min_flow", {"party": (), "to": ()}, "in every step, June – August"),
    ("min_volume", {"season": "non_growing"}, "non-growing season (owed by Uzbekistan to Kazakhstan)"),
    ("min_volume", {"season": None, "start": "2025-10-01", "end": "2026-04-01"}, ", 1 October 2025 – 31 March 2026 (owed"),
    ("max_volume", {"limit_of": None, "demands": ["dustlik_kz"]}, "Dostyk Canal, Kazakhstan: at most"),
    ("max_volume", {}, "Withdrawals of Uzbekistan counted against its limit: at most 880.5 million m³, whole period of the plan (owed by Uzbekistan)"),
    ("min_supply_ratio", {}, "Users of Kazakhstan: at least 87 % of the requirement over the period"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "expected"), VARIANTS)
def test_forms_of_a_sentence(kind: str, fields: dict[str, object], expected: str, names: dict[str, dict[str, str]]) -> None:
    """What a clause does not say, its sentence does not say; the last day is counted in."""
    assert expected in clause_sentence(sample(kind, **fields), Teller(Words("en"), names)).replace("\xa0", " ")


def test_bundled_clauses_are_due_on_the_same_days_in_all_languages(deal_plan: xr.Dataset, names: dict[str, dict[str, str]]) -> None:
    """Whatever was drafted in some of them: amounts and dates are those in force."""
    for clause in clauses_of(deal_plan):
        told = [numbers_of(clause_sentence(clause, Teller(Words(language), names), deal_plan), language) for language in LANGUAGES]
        assert all(numbers == told[0] for numbers in told), clause.id


def test_a_clause_keeps_its_own_text_in_its_own_language_only(names: dict[str, dict[str, str]]) -> None:
    """What was drafted in one language stands beside the sentence there, and is not shown to readers of another."""
    clause = sample("min_volume", text={"ru": "Как договорились"})
    assert drafted(clause, Teller(Words("ru"), names)) == "Текст проекта: Как договорились"
    assert drafted(clause, Teller(Words("kk"), names)) == ""
    assert clause_sentence(clause, Teller(Words("kk"), names)).startswith("Шардара су қоймасына ағын: кемінде 3,25\xa0км³")


def test_rounding_that_suffices() -> None:
    """Up and down at a decimal; a figure that is there already stays."""
    assert [round_up(value) for value in (332.01, 332.1, 0.0, 1e-9)] == [332.1, 332.1, 0.0, 0.1]
    assert [round_down(value) for value in (332.09, 332.1, -0.01)] == [332.0, 332.1, -0.1]


def test_long_lists_and_months_are_short() -> None:
    """Names beyond the most are counted; three months in a row are a range, also over the turn of the year."""
    tell = Teller(Words("en"), {})
    assert tell.all_names(["a", "b", "c"], 2) == "a, b and 1 more"
    assert tell.months([11, 12, 1, 4, 6, 7]) == "November – January, April, June, July"


def test_names_of_parts(names: dict[str, dict[str, str]]) -> None:
    """Steps, legs of an exchange, parties and pairs of parties have words."""
    tell = Teller(Words("en"), names)
    parts = ("whole", "2026-06-D1", "filling", "UZ", "UZ_no_more", "KZ_UZ", "x_y")
    told = ["", "Jun I", "filling of the reservoir", "Uzbekistan", "Uzbekistan", "Kazakhstan – Uzbekistan", "x_y"]
    assert [part_name(part, tell, ("2026-06-D1",)) for part in parts] == told


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_the_table_tells_promise_plan_and_reserve(deal_plan: xr.Dataset, deal_tables: dict[str, dict[str, Table]], language: str) -> None:
    """Every clause that is awake has a row; the reserve is the difference of what is printed; the concession is there."""
    table, words = deal_tables[language]["clauses"], Words(language)
    assert [cells[-1] for cells in table.rows] == deal_plan["clause"].values.tolist()
    for cells in table.rows:
        promised, planned, reserve = (float(cell) for cell in cells[4:7])
        sign = 1 if cells[3] == words.text("word.at_least") else -1
        assert reserve == pytest.approx(sign * (planned - promised), abs=1e-6)
    rows = {cells[-1]: cells for cells in table.rows}
    assert rows["supply_UZ"][6:8] == (-CONCEDED, CONCEDED)
    assert rows["even_KZ_UZ"][4] == 10.0
    given, asked = (deal_plan[name].sel(demand=SERVED).sum("demand").values for name in ("delivery", "requirement"))
    closest = np.flatnonzero(np.isclose(given - 0.75 * asked, (given - 0.75 * asked).min(), atol=0.1))
    assert rows["kyzylorda_supply"][9] in [words.step(str(step)) for step in deal_plan["step"].values[closest]]
    assert words.text("agency.kazhydromet") in str(rows["dostyk"][11])
    yes, no = words.text("word.yes"), words.text("word.no")
    assert [rows[name][10] for name in ("supply_UZ", "toktogul_end", "limit_UZ", "shardara_excess_2025_26")] == [yes, yes, no, no]


def test_steps_of_a_clause_stand_below_it(deal_plan: xr.Dataset, deal_tables: dict[str, dict[str, Table]]) -> None:
    """A clause that holds in every step has a row for each."""
    table = deal_tables["ru"]["clause_steps"]
    start = next(number for number, cells in enumerate(table.rows) if str(cells[0]).startswith("9. "))
    block = table.rows[start + 1 : start + 19]
    assert [cells[0] for cells in block] == [Words("ru").step(str(step)) for step in deal_plan["step"].values]
    wanted = deal_plan["requirement"].sel(demand=SERVED).sum("demand").values
    assert np.allclose([float(cells[2]) for cells in block], 0.75 * wanted, atol=0.051)
    assert table.level(start) == 1


def test_figures_are_equal_in_all_languages(deal_tables: dict[str, dict[str, Table]]) -> None:
    """Both sides read the same figures."""
    for name in ("clauses", "clause_steps"):
        told = [[[cell for cell in cells if isinstance(cell, float)] for cells in deal_tables[code][name].rows] for code in LANGUAGES]
        assert all(figures == told[0] for figures in told)


def test_a_plan_without_clauses_has_no_such_tables(dry_plan: xr.Dataset, two_party_plan: xr.Dataset) -> None:
    """Nothing is shown where nothing is promised."""
    for plan in (dry_plan, two_party_plan):
        assert not {"clauses", "clause_steps"} & {table.name for table in make_tables(plan, "en")}
        assert "Clauses" not in summary_text(plan, "en")
        assert read_promises(plan) == ()


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_the_summary_says_what_is_kept_conceded_and_binding(deal_plan: xr.Dataset, language: str) -> None:
    """Fifteen of sixteen clauses are kept; the sixteenth gives way by its concession."""
    text, words = summary_text(deal_plan, language), Words(language)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert words.text("explain.kept", kept=15, count=16) in text
    assert f"4\xa0supply_UZ {words.number(POINTS)}\xa0{words.text('unit.points')}" in text
    assert "11\xa0toktogul_end" in text


def test_a_broken_promise_is_told(deal_plan: xr.Dataset) -> None:
    """Flows that fall short without a concession are not called kept, and what was not measured has no figure."""
    plan = deal_plan.copy(deep=True)
    plan["storage"].values[plan["reservoir"].values.tolist().index("shardara"), -1] -= 50
    text = summary_text(plan, "en")
    assert "14 of 16 kept" in text
    assert "Not kept: 12\xa0shardara_end." in text
    plan["storage"].values[plan["reservoir"].values.tolist().index("toktogul"), -1] = np.nan
    edition = Edition(plan, Words("en"))
    row = {cells[-1]: cells for cells in clause_tables(edition)[0].rows}["toktogul_end"]
    assert (row[4:7], row[10]) == ((9000.0, None, None), "no")
    assert "13 of 16 kept" in clause_lines(edition)[0]
    assert "toktogul" not in clause_lines(edition)[2]


def test_clause_text_never_becomes_a_formula(deal_plan: xr.Dataset) -> None:
    """Texts, sources and agencies that look like formulas are text in the workbook and prefixed in CSV."""
    plan = deal_plan.copy()
    clauses = json.loads(plan.attrs["clauses"])
    for clause in clauses:
        clause |= {"text": {"en": "=1+1"}, "source": "@SUM(A1)", "measured": [{"gauge": "x", "agency": "-2+3"}]}
    plan.attrs["clauses"] = json.dumps(clauses)
    assert len(TypeAdapter(tuple[AnyClause, ...]).validate_python(clauses)) == len(clauses)
    files = report_files(plan, "en", ("xlsx", "csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(files["allocation.en.xlsx"]))["Clauses"]
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "@SUM(A1)" in {cell.value for cell in cells}
    rows = list(csv.reader(io.StringIO(files["tables.en/clauses.csv"].decode("utf-8-sig"), newline="")))
    assert rows[1][1].endswith("Text as drafted: =1+1")
    assert rows[1][-2] == "'@SUM(A1)"
    assert rows[4][6] == f"-{CONCEDED}"


def test_each_clause_of_each_agreement_has_its_own_figures(deal_plan: xr.Dataset) -> None:
    """With its status; what a run changes stands in the place of what the file says, and clauses that are not in force have none."""
    plan = deal_plan.assign_attrs(overrides=json.dumps(["agreement.dostyk.value=850 hm3"]))
    rows = {str(cells[2]): cells for cells in figure_table(Edition(plan, Words("en"))).rows if cells[0] == "Scenario"}
    told = {figure.split(".")[1] for figure in rows if figure.startswith("agreement.")}
    assert told == set(deal_plan["clause"].values.tolist())
    assert rows["agreement.kairakkum.filling.value = 3418 hm3"][3] == "read (published)"
    assert [figure for figure in rows if figure.startswith("agreement.dostyk.value")] == ["agreement.dostyk.value = 850 hm3"]
    assert rows["agreement.dostyk.value = 850 hm3"][3:] == ("set in the scenario", "", "changed for this run")
    assert rows["agreement.limit_UZ.value = 8800 hm3"][3:] == ("ASSUMED", "", "limit of 2025 (ICWC) carried over")
