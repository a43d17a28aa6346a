"""What is printed adds up, in every table and language, and says the same in all of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest

from tests.commands import TWO_PARTY
from tests.drafts import draft, user
from tests.thorough import diagonal
from waterdeal.basin.origins import origins_of, origins_text
from waterdeal.basin.read import read_basin
from waterdeal.errors import ScenarioError
from waterdeal.reports.about import told_licence
from waterdeal.reports.excel import pages_bytes, workbook_bytes
from waterdeal.reports.table import Column, Table
from waterdeal.reports.tables import make_tables
from waterdeal.reports.term_sheet import plan_terms_digest
from waterdeal.reports.text import summary_text
from waterdeal.results.indicators import group_indicators, plan_indicators
from waterdeal.results.tables import party_order
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder
from waterdeal.tracking.calibrated import TERMS
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.reports.table import Cell

    Tables = dict[str, tuple[Table, ...]]


def pick(tables: tuple[Table, ...], name: str) -> Table:
    """Find a table by name."""
    return next(table for table in tables if table.name == name)


def row(table: Table, heading: str) -> tuple[Cell, ...]:
    """Find the first row with a heading."""
    return next(cells for cells in table.rows if cells[0] == heading)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
@pytest.mark.parametrize("plan", diagonal(["dry_tables", "year_tables"], "dry_tables"))
def test_printed_cells_add_up_to_printed_totals(plan: str, language: str, request: pytest.FixtureRequest) -> None:
    """Every total of every table is the sum of what stands under or beside it."""
    tables: Tables = request.getfixturevalue(plan)
    assert [gap for table in tables[language] for gap in table.gaps()] == []
    summed = {table.name for table in tables[language] if table.row_sums or table.column_sums}
    assert summed >= {"parties", "deliveries", "shared_canals", "reservoirs", "reaches", "party_balance", "energy", "sources"}


def test_one_total_is_told_everywhere(dry_tables: Tables) -> None:
    """What all users require and get, and all energy, is the same in the tables of parties and of indicators; a count has no unit."""
    tables = dry_tables["en"]
    told = {cells[0]: cells[1] for cells in pick(tables, "indicators").rows}
    parties = row(pick(tables, "parties"), "All parties")
    named = ("Requirement of all users", "Delivery to all users", "Energy generated")
    assert [told[name] for name in named] == [parties[1], parties[2], parties[-1]]
    assert pick(tables, "least_flows").columns[-1].full_heading == "Steps short"


def test_depths_are_told_apart_from_levels(dry_tables: Tables) -> None:
    """Curves of Koksarai and Bugun begin at their bottoms, those of the others at heights above the sea."""
    told = [note for note in pick(dry_tables["en"], "reservoirs").notes if "depths" in note]
    assert told == ["Levels of Koksarai counter-regulator, Bugun reservoir are depths above the lowest point of their curves."]


def test_a_wrong_total_is_found(dry_tables: Tables) -> None:
    """The check is not blind: one cell changed by one unit of the last digit shows in its row and its column."""
    from dataclasses import replace

    table = pick(dry_tables["en"], "deliveries")
    cells = list(table.rows[1])
    assert isinstance(cells[1], float)
    cells[1] += 0.1
    wrong = replace(table, rows=(table.rows[0], tuple(cells), *table.rows[2:]))
    assert len(wrong.gaps()) == 2


@pytest.mark.parametrize("plan", diagonal(["dry_tables", "year_tables"], "dry_tables"))
def test_numbers_are_equal_in_all_languages(plan: str, request: pytest.FixtureRequest) -> None:
    """Both sides read the same figures."""
    tables: Tables = request.getfixturevalue(plan)

    def numbers(language: str) -> list[tuple[str, list[list[float | None]]]]:
        """Keep the numbers and blanks of each table."""
        return [(table.name, [[cell for cell in cells if not isinstance(cell, str)] for cells in table.rows]) for table in tables[language]]

    assert all(numbers(language) == numbers("en") for language in LANGUAGES)


def test_cells_are_within_one_unit_of_the_plan(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """Rounding to totals moves a delivery, and what is printed of a sum, by less than one unit of the last digit."""
    table = pick(dry_tables["en"], "deliveries")
    names = json.loads(dry_plan.attrs["names"])
    delivery = dry_plan["delivery"]
    steps = [place for place, column in enumerate(table.columns) if column.heading in {"I", "II", "III"}]
    for demand in ("dustlik_kz", "big_fergana_uz", "kyzylorda_left_kz"):
        cells = row(table, names[demand]["en"])
        printed = np.array([cells[place] for place in steps], dtype=float)
        assert np.abs(printed - delivery.sel(demand=demand).values).max() < 0.1
    total = next(place for place, column in enumerate(table.columns) if column.heading.startswith("Growing"))
    for party in ("KZ", "UZ", "KG", "TJ"):
        given = float(delivery.values[dry_plan["demand_party"].values == party].sum())
        assert row(table, names[party]["en"])[total] == pytest.approx(given, abs=0.1)
    assert row(table, "All parties")[total] == pytest.approx(float(delivery.sum()), abs=0.1)


def test_kazakhstan_and_uzbekistan_come_first_with_their_limits(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """Every party stands in the table; limits are those of the entitlements."""
    table = pick(dry_tables["ru"], "deliveries")
    heads = [cells[0] for place, cells in enumerate(table.rows) if table.level(place) == 1]
    assert heads == ["Казахстан", "Узбекистан", "Кыргызстан", "Таджикистан"]
    limits = dict(zip(dry_plan["entitlement_party"].values, dry_plan["entitlement_volume"].values, strict=True))
    assert [row(table, head)[-3] for head in heads] == [round(limits[party], 1) for party in ("KZ", "UZ", "KG", "TJ")]


def test_a_limit_that_was_cut_is_shown_as_published_too(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """What is in force is the share of what was published."""
    rows = pick(dry_tables["en"], "entitlements").rows
    assert len(rows) == dry_plan.sizes["entitlement"]
    for cells in rows:
        in_force, published, share = cells[3], cells[-3], cells[-2]
        assert (in_force, share) == (pytest.approx(0.9 * float(str(published)), abs=0.1), "90\xa0%")


def test_rates_are_volumes_over_time(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """Mean m3/s times seconds gives the volume."""
    volumes, rates = (pick(dry_tables["en"], name) for name in ("deliveries", "delivery_rates"))
    seconds = dry_plan["step_length"].values[0] * 86_400
    first, mean = volumes.rows[0][1], rates.rows[0][1]
    assert isinstance(first, float)
    assert isinstance(mean, float)
    assert mean == pytest.approx(first * 1e6 / seconds, abs=0.2)


def test_shared_canals_say_of_which(dry_tables: Tables) -> None:
    """A canal that serves several states shows each of them, with the figures of the table by party."""
    shared, deliveries = (pick(dry_tables["en"], name) for name in ("shared_canals", "deliveries"))
    place = [cells[0] for cells in shared.rows].index("Big Fergana Canal")
    parts = [shared.rows[number] for number in shared.row_sums[place]]
    assert [cells[0] for cells in parts] == [f"of which {party}" for party in ("Uzbekistan", "Tajikistan", "Kyrgyzstan")]
    assert parts[0][1:] == row(deliveries, "Big Fergana Canal, Uzbekistan")[1 : len(parts[0])]


@pytest.mark.thorough  # by default: tables of the dry season
def test_months_and_dekads_stand_side_by_side(year_plan: xr.Dataset) -> None:
    """A month that is one step has one column, a month of dekads four; both seasons and the whole are totals."""
    tables = make_tables(year_plan, "ru")
    table = pick(tables, "deliveries")
    groups = [column.group for column in table.columns]
    assert (groups.count("Октябрь 2025"), groups.count("Апрель 2026")) == (1, 4)
    totals = [column.heading for column in table.columns if column.group == "Всего"]
    assert totals == ["Межвегетация 2025–2026", "Вегетация 2026", "За весь период"]
    limits = pick(tables, "entitlements").rows
    assert [cells[0] for cells in limits] == [name for name in ("Казахстан", "Узбекистан", "Кыргызстан", "Таджикистан") for _ in range(2)]
    seasons = [cells[2] for cells in limits]
    assert set(seasons) == {"Межвегетация 2025–2026", "Вегетация 2026"}
    shown = (tables[0], pick(tables, "reservoirs"))
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(shown, year_plan, "ru"))) as book:  # an overview on two pages has its charts on both
        assert sum(name.startswith("xl/charts/chart") for name in book.namelist()) == sum(len(table.charts) for table in shown) > 3


def test_every_assumed_figure_is_labelled(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """As many rows say assumed as the basin and the scenario assume, and no row without a status."""
    origins = origins_of(dry_plan)
    for language in LANGUAGES:
        table, words = pick(dry_tables[language], "figures"), Words(language)
        status = [cells[3] for cells in table.rows]
        of_basin = [cells[3] for cells in table.rows if cells[0] != words.text("data.scenario")]
        assert of_basin == [words.text(f"status.{origin['status']}") for origin in origins if not origin["figure"].startswith("scenario.")]
        assert all(status)
        for word in ("read", "computed", "assumed"):
            assert status.count(words.text(f"status.{word}")) == [origin["status"] for origin in origins].count(word)


def test_settings_of_the_scenario_carry_their_stated_source(dry_tables: Tables) -> None:
    """An initial storage that the scenario calls assumed is assumed; one that it sets without a source is set."""
    rows = {cells[2]: cells for cells in pick(dry_tables["en"], "figures").rows if cells[0] == "Scenario"}
    assert rows["reservoir.akhangaran.initial = 150"][3] == "ASSUMED"
    assert rows["reservoir.andijan.initial = 896"][3] == "computed"
    assert rows["reservoir.akhangaran.initial = 150"][5] == "half full"
    assert rows["entitlement.limits.1.share = 0.9"][3] == "set in the scenario"


def test_notes_of_the_toolkit_are_in_the_language(dry_plan: xr.Dataset) -> None:
    """Those that it writes itself, on origins, layers and changes; what data and scenarios say stays as it is, also beside one of its own."""
    own = {"own series a.csv": "собственный ряд a.csv", "from memory; claimed by KZ; disputed": "from memory; заявлено: KZ; оспаривается"}
    rows = [{"figure": f"nodes.kal.{number}", "status": "assumed", "source": "", "note": note} for number, note in enumerate(own)]
    plan = dry_plan.copy()
    plan.attrs["provenance"] = origins_text([*origins_of(dry_plan), *rows])
    english, russian = ([cells[5] for cells in pick(make_tables(plan, language), "figures").rows] for language in ("en", "ru"))
    told = dict(zip(english, russian, strict=True))
    assert own.items() <= told.items()
    assert told["worth of energy by month"] == "ценность энергии по месяцам"
    assert {note for note in told if re.match("own|given by the scenario|worth|claimed|accepted|layer of|changed", str(note)) and told[note] == note} == set()
    assert set(english) >= {origin["note"] for origin in origins_of(plan) if not origin["figure"].startswith("scenario.")}


def test_terms_of_licences_are_in_the_language() -> None:
    """Of the bundled sources and of a calibration: every part but the name of a licence; a term of a user's own stays."""
    licences = [row["licence"] for row in read_basin(bundled_folder("data") / "syrdarya").rows("sources")]
    parts = {part for licence in [*licences, TERMS] for part in licence.split("; ") if not re.fullmatch(r"(CC|GPL)[\w.-]+( \(.*\))?", part)}
    assert len(parts) == 9
    assert [(language, part) for language in ("ru", "kk", "uz") for part in parts if told_licence(Words(language), part) == part] == []
    assert told_licence(Words("ru"), "facts quoted; CC-BY-4.0; by letter of 1 May") == "приведены факты; CC-BY-4.0; by letter of 1 May"


def test_the_parties_of_the_deal_stand_first() -> None:
    """In tables, in the steps and in what a record is of, whatever the order of the basin; the plan is the same."""
    bare = load(TWO_PARTY / "dry.toml")
    plan, other = (case.solve().dataset for case in (bare.set("deal.parties", ["LOW", "UP"]), bare))
    assert plan.attrs["run_sha256"] == other.attrs["run_sha256"]
    assert [party_order(one) for one in (plan, other)] == [["LOW", "UP"], ["UP", "LOW"]]
    assert plan_terms_digest(plan) != plan_terms_digest(other)
    table = pick(make_tables(plan, "en"), "parties")
    assert table.rows[0][0] == "Downstream country"
    assert "Deliveries by step: LOW – Downstream country" in summary_text(plan, "en")
    for wrong in (["LOW"], ["LOW", "LOW"]):
        with pytest.raises(ScenarioError, match="deal"):
            bare.set("deal.parties", wrong)
    with pytest.raises(ScenarioError, match=r"deal\.parties\.MID"):
        bare.set("deal.parties", ["LOW", "MID"]).solve()


def test_a_setting_changed_for_a_run_does_not_keep_its_old_source() -> None:
    """Whoever overrides a figure cannot lean on the publication it replaced."""
    case = load(TWO_PARTY / "dry.toml")
    tables = [make_tables(one.solve().dataset, "en") for one in (case, case.set("reservoir.upper_dam.initial", 410))]
    before, after = ({cells[2]: cells for cells in pick(table, "figures").rows} for table in tables)
    assert before["reservoir.upper_dam.initial = 400"][3] == "ASSUMED"
    assert after["reservoir.upper_dam.initial = 410"][3:] == ("set in the scenario", "", "changed for this run")


def test_citations_count_every_figure(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """No figure is without a line in the list of sources."""
    total = pick(dry_tables["en"], "sources").rows[-1]
    assert sum(cell for cell in total if isinstance(cell, float)) == len(origins_of(dry_plan))


def test_reservoirs_end_where_the_plan_ends(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """Volumes at the end are plain roundings, and the first is the initial volume."""
    table = pick(dry_tables["en"], "reservoirs")
    names = json.loads(dry_plan.attrs["names"])
    for body in dry_plan["reservoir"].values:
        cells = row(table, names[body]["en"])
        assert cells[3] == pytest.approx(float(dry_plan["storage_initial"].sel(reservoir=body)), abs=0.051)
        assert cells[9] == pytest.approx(float(dry_plan["storage"].sel(reservoir=body)[-1]), abs=0.051)


def test_both_sides_of_a_border_read_the_same_figure(dry_tables: Tables) -> None:
    """What parties receive from one another is what they send one another."""
    table = pick(dry_tables["en"], "party_balance")
    assert row(table, "Inflow from other parties")[-1] == pytest.approx(row(table, "Outflow to other parties")[-1], abs=0.2)
    assert row(table, "Coming in, total")[1:] == row(table, "Going out and stored, total")[1:]


def test_about_names_run_versions_and_disclaimer(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """A table on paper leads back to its run."""
    facts = {cells[0]: cells[1] for cells in pick(dry_tables["ru"], "about").rows}
    assert facts["Хеш расчёта (SHA-256)"] == dry_plan.attrs["run_sha256"]
    assert facts["План"] == json.loads(dry_plan.attrs["titles"])["ru"]
    assert "highspy" in str(facts["Версии программ"])
    assert facts["Оговорка"] == Words("ru").text("about.disclaimer_text")


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_a_plan_without_names_or_sources_still_prints(two_party_plan: xr.Dataset, language: str) -> None:
    """A basin built in code has no names, hashes or citations; ids stand in their place."""
    tables = make_tables(two_party_plan, language)
    assert "shared_canals" not in {table.name for table in tables}
    assert [gap for table in tables for gap in table.gaps()] == []
    assert pick(tables, "deliveries").rows[0][0] == "LOW"


def test_worst_is_one_quantity_and_names_its_user_and_step(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """What a table calls worst is what the record of the run calls so: the least supply of a user in a step, with both named."""
    table, parties = pick(dry_tables["en"], "parties"), group_indicators(dry_plan)
    names, ratio = json.loads(dry_plan.attrs["names"]), dry_plan["supply_ratio"]
    for party in parties.index:
        percent, step, user = row(table, names[party]["en"])[5:8]
        own = ratio.values[dry_plan["demand_party"].values == party]
        assert percent == round(100 * float(np.nanmin(own)), 1) == round(100 * float(parties.loc[party, "worst_ratio"]), 1)
        demand = next(key for key in dry_plan["demand"].values.tolist() if names[key]["en"] == user)
        place = [Words("en").step(label) for label in dry_plan["step"].values.tolist()].index(str(step))
        assert round(100 * float(ratio.sel(demand=demand).values[place]), 1) == percent
    assert row(table, "All parties")[5] == round(100 * plan_indicators(dry_plan)["worst_ratio"], 1)


def test_what_counts_against_a_limit_is_named(dry_plan: xr.Dataset, dry_tables: Tables) -> None:
    """A limit of one canal beside all that a party gets says that it is of one canal, in the workbook and in the terminal."""
    told = [note for note in pick(dry_tables["en"], "entitlements").notes if "Dostyk" in note]
    assert "Kazakhstan – Dostyk Canal, Kazakhstan (1 of 9 users)" in told[0]
    assert "(1 of 9 users)" in summary_text(dry_plan, "en").replace("\n", " ")


def test_a_dry_river_of_which_nothing_is_asked_is_not_told_as_nothing_missing() -> None:
    """Where no least flow is asked for that is said, and a river that runs dry is named."""
    river = draft(
        "spring catchment; fork junction; sea outlet", "head spring fork; mouth fork sea", runoff={"spring": 10}, **user("town", "fork", 20)
    )
    told = summary_text(river.plan(), "en").replace("\n", " ")
    assert "No environmental or sanitary flow is asked for" in told
    assert "Rivers that carry no water in some step: mouth." in told
    indicators = pick(make_tables(river.plan(), "en"), "indicators").rows
    assert [cells[1] for cells in indicators if "flow" in str(cells[0])][:2] == [None, None]


def test_a_long_note_stays_on_its_page() -> None:
    """Below a table on two pages side by side a note takes as many lines as it needs, and ends before the second page."""
    columns = (Column("Где"), *(Column(f"{day}", digits=1, group=month) for month in ("Май", "Июнь") for day in range(12)))
    note = "Распределение: наименьший взвешенный дефицит. " * 6
    table = Table("t", "t", "Подача", "", columns, (("Юг", *[1.5] * 24),), notes=(note, "Коротко."))
    sheet = openpyxl.load_workbook(io.BytesIO(pages_bytes([table], Words("ru"), "2026", None))).worksheets[0]
    (cut,) = (page.id for page in sheet.col_breaks.brk)
    (over,) = (one for one in sheet.merged_cells.ranges if str(sheet.cell(one.min_row, one.min_col).value).startswith("Распределение"))
    assert (over.min_col, over.max_col) == (2, cut)
    assert sheet.row_dimensions[over.min_row].height >= 4 * 12


def test_every_figure_is_named_in_words(dry_plan: xr.Dataset) -> None:
    """Its table and its column; none stands in a sheet by its key."""
    figures = [origin["figure"] for origin in origins_of(dry_plan) if not origin["figure"].startswith("scenario.")]
    keys = {key for figure in figures for key in (f"data.{figure.split('.')[0]}", f"field.{figure.rsplit('.', 1)[1]}")}
    assert len(keys) > 80
    assert sorted(key for key in keys if not Words("en").has(key)) == []
