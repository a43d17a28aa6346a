"""The command of a contract on the small basin, whose parties have no line: its energy is only followed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.commands import TWO_PARTY, call

if TYPE_CHECKING:
    from pathlib import Path

DEAL = """schema = "waterdeal/agreement@1"
[agreement]
id = "swap"
[[clause]]
id = "swap"
kind = "exchange"
party = "UP"
to = "LOW"
release = { at = "dam_delta", by_month = { 7 = "12 m3/s" }, within = 0.5 }
sent = { amount = "20 GWh", months = [4] }
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The small basin with a contract beside it."""
    shutil.copytree(TWO_PARTY, tmp_path / "river")
    (tmp_path / "river" / "swap.toml").write_text(DEAL, encoding="utf-8")
    return tmp_path / "river" / "dry.toml"


def test_the_command(scenario: Path, tmp_path: Path) -> None:
    """It says what is not in the balance, and writes what is asked for; its output is what its schema says."""
    agreed = ("--set", 'agreements=["swap.toml"]')
    told = call("contract", scenario, *agreed, "--quick", "--assume", "price=0.03", "-o", tmp_path / "out", "--to", "txt,csv", "--json")
    assert told.code == 0, told.err
    assert told.json["not_carried"] == ["sent"]
    assert told.json["months"][0]["sent"] == 20
    assert told.json["price"] == 0.03
    assert "not in the balance" in (tmp_path / "out" / "contract.en.txt").read_text(encoding="utf-8").lower()
    assert (tmp_path / "out" / "contract.en.contract_months.csv").exists()


@pytest.mark.thorough  # by default: what a sheet and its record say is the same
def test_what_it_finds_of_a_run_stands_beside_it(scenario: Path, tmp_path: Path) -> None:
    """A report makes the same page of it without a plan more; before that it names the command."""
    agreed = ("--set", 'agreements=["swap.toml"]', "--set", "agreement.swap.sent.amount=25")
    assert call("run", scenario, *agreed, "-o", tmp_path / "run").code == 0
    asked = ("report", tmp_path / "run", "--kind", "contract", "--to", "txt", "-o", tmp_path / "page")
    assert call(*asked).code == 0
    assert "waterdeal contract run" in (tmp_path / "page" / "contract.en.txt").read_text(encoding="utf-8")
    told = call("contract", tmp_path / "run", "--quick", "--to", "txt", "-o", tmp_path / "sheet")
    assert told.code == 0, told.err
    assert (tmp_path / "run" / "findings" / "contract.json").exists()
    assert call(*asked, "--force").code == 0
    pages = [(tmp_path / folder / "contract.en.txt").read_text(encoding="utf-8") for folder in ("sheet", "page")]
    assert pages[0] == pages[1]
    assert "25.0" in pages[0]


def test_a_scenario_without_a_contract_is_told_so(scenario: Path) -> None:
    """One clear error, in the language asked for."""
    refused = call("contract", scenario, "--lang", "ru")
    assert refused.code == 4
    assert "exchange" in refused.err
