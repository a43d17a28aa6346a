"""Crops by party, as they are printed in four languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.farms import farm
from tests.thorough import diagonal
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.crops import crop_summary, crops
from waterdeal.reports.edition import Edition
from waterdeal.reports.text import summary_text
from waterdeal.results.tables import field_table
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture(scope="module")
def plan() -> xr.Dataset:
    """Two crops on 100 kha; the first fills the land."""
    return farm({"wheat": {"cost_usd_ha": 100, "area_min_kha": 60}, "maize": {"area_min_kha": 40, "price_usd_t": 100}}, water=900).plan()


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "uz"))
def test_a_row_a_crop_under_its_party(plan: xr.Dataset, language: str) -> None:
    """Area, output, water, margin and yield; totals of the party and of all."""
    table = crops(Edition(plan, Words(language)))
    assert [row[1:] for row in table.rows] == [
        (100.0, 300.0, 800.0, 42.0, None), (60.0, 180.0, 480.0, 30.0, 3.0), (40.0, 120.0, 320.0, 12.0, 3.0), (100.0, 300.0, 800.0, 42.0, None),
    ]  # fmt: skip
    assert table.levels == (1, 2, 2, 0)


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_the_summary_of_a_run_tells_them(plan: xr.Dataset, language: str) -> None:
    """A row a party, in a terminal's width; nothing where no crops are planned."""
    table = crop_summary(Edition(plan, Words(language)))
    assert (len(table.columns), len(table.rows)) == (5, 2)
    text = summary_text(plan, language)
    assert Words(language).text("title.crops") in text
    assert max(map(len, text.splitlines())) <= WIDTH
    bare = farm({"wheat": {}}, agriculture={"on": False}).plan()
    assert not crops(Edition(bare, Words(language))).rows
    assert Words(language).text("title.crops") not in summary_text(bare, language)


def test_water_of_fields_adds_up_to_that_of_demands(plan: xr.Dataset) -> None:
    """The water of the table is that of the demand."""
    table = field_table(plan)
    assert table["water"].sum() == pytest.approx(float(plan["crop_water"].sum()))
    assert table["consumption"].sum() == pytest.approx(float(plan["crop_consumption"].sum()))
