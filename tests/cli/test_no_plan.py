"""Where there is no plan: the same reasons in Python as on the command line, and `what-if` from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import waterdeal as wd
from tests.commands import call, release_deal, two_party_deal

if TYPE_CHECKING:
    from pathlib import Path

DEAL = release_deal("5 km3", 'text.en = "At least 5 km3 in summer"\n')
LESS = ("--set", 'agreement.release.value="0.1 km3"')
#: more than the dam can hold back by then, whatever clauses say
FULL = {"reservoir.upper_dam.initial": 101, "reservoir.upper_dam.terminal": {"rule": "at_least", "storage": 900, "by": "2026-04-11"}}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two parties with a promise that nobody can keep."""
    file = two_party_deal(tmp_path_factory.mktemp("no-plan") / "deal", DEAL)
    file.write_text(file.read_text(encoding="utf-8").replace("[scenario]", 'agreements = ["deal.toml"]\n[scenario]', 1), encoding="utf-8")
    return file


def test_python_tells_what_the_command_line_tells(scenario: Path) -> None:
    """Clauses by name where they are to blame, and the balances and bounds where the river is, with clauses there or not."""
    deal = wd.load(scenario)
    with pytest.raises(wd.Infeasible, match=r"release.*cannot all hold|cannot all hold: release"):
        deal.solve()
    for case in (deal, deal.set("agreements", [])):
        with pytest.raises(wd.Infeasible, match=r"(?s)These cannot all hold:\n.*upper_dam") as impossible:
            case.set(FULL).solve()
        assert not impossible.value.clauses


def test_what_if_works_where_the_base_has_no_plan(scenario: Path) -> None:
    """It tells why there is none, and what the change makes; where the change has none it ends as infeasible."""
    told = call("what-if", scenario, *LESS)
    assert told.code == 0
    assert "release" in told.out
    assert "With the changes it has one" in told.out
    found = call("what-if", scenario, *LESS, "--json").json
    assert found["base"] is None
    assert found["explanation"]["clauses"]
    assert found["changed"]["indicators"]
    assert call("what-if", scenario, "--set", "hydrology.factor=0.9").code == 3
