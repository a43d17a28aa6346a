"""Groundwater and salt, as they are printed in four languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.drafts import draft
from tests.model.test_ground import dry, evaporating
from tests.published.test_groundwater import published_plan
from tests.thorough import diagonal
from waterdeal.reports.as_text import WIDTH
from waterdeal.reports.balance import party_balance
from waterdeal.reports.edition import Edition
from waterdeal.reports.environment import aquifers, salt
from waterdeal.reports.tables import make_tables
from waterdeal.reports.text import summary_text
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture(scope="module")
def pumped() -> xr.Dataset:
    """Wells on a river that runs dry."""
    return published_plan(dry({"groundwater": {"on": True, "debt_price": 1}}))


@pytest.fixture(scope="module")
def salty() -> xr.Dataset:
    """A limit on salt below fields and an evaporating reservoir, solved in one pass."""
    return published_plan(evaporating(1))


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "ru"))
def test_tables(pumped: xr.Dataset, salty: xr.Dataset, language: str) -> None:
    """Aquifers close as printed; salt has a row for the limit; neither is there where it is off."""
    words = Words(language)
    table = aquifers(Edition(pumped, words))
    assert len(table.rows) == 1
    assert table.gaps() == []
    assert salt(Edition(pumped, words)).rows == ()
    of_salt = salt(Edition(salty, words))
    assert [row[:2] for row in of_salt.rows] == [("d", 0.9)]
    assert {"groundwater"} <= {one.name for one in make_tables(pumped, language)}
    assert {"salinity"} <= {one.name for one in make_tables(salty, language)}


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "en"))
def test_balance_of_parties_closes(pumped: xr.Dataset, language: str) -> None:
    """Water of aquifers and wells is an item of what comes in."""
    table = party_balance(Edition(pumped, Words(language)))
    assert table.gaps() == []
    heading = Words(language).text("balance.from_ground")
    assert [row[-1] > 0 for row in table.rows if row[0] == heading] == [True]
    assert table.rows[0][-1] == pytest.approx(next(row[-1] for row in table.rows if row[0] == Words(language).text("row.total_out")))


@pytest.mark.parametrize("language", diagonal(LANGUAGES, "kk"))
def test_summary(pumped: xr.Dataset, salty: xr.Dataset, language: str) -> None:
    """The terminal tells what was pumped and its debt, and whether concentrations have converged; nothing where both are off."""
    words = Words(language)
    key = "salt_converged" if salty.attrs["salinity_converged"] else "salt_not_converged"
    start = words.text(f"note.{key}", passes=salty.attrs["salinity_passes"], change="#").partition("#")[0]
    text = summary_text(salty, language)
    assert start.split(";")[0] in text
    assert words.number(float(pumped["pumped"].sum())) in summary_text(pumped, language)
    assert max(map(len, text.splitlines())) <= WIDTH
    off = summary_text(draft("spring catchment; sea outlet", "a spring sea", runoff={"spring": 5}).plan(), language)
    assert start.split(";")[0] not in off
