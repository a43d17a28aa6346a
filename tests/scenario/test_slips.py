"""What people write by habit is named with its cause and the remedy, in the file's own line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from waterdeal.errors import InputError
from waterdeal.run import load
from waterdeal.words import Words

SMALL = Path(__file__).parents[2] / "docs/how-to/two-party"
SLIPS = {
    "a date with points": ("start = 2026-04-01", "start = 01.04.2026", "row 12", "2026-04-01"),
    "a date with points in quotes": ("start = 2026-04-01", 'start = "01.04.2026"', "period.start", "2026-04-01"),
    "a decimal comma": ("initial = 400", "initial = 400,5", "decimal comma", "400.5"),
    "quotes of a text": ('basin = "two_party"', "basin = “two_party”", "quotes are those of a text", "straight"),
    "a key twice": ("initial = 400", "initial = 400\ninitial = 500", "second time", "Leave one"),
    "a backslash in a name": ('basin = "two_party"', 'basin = "data\\two_party"', "backslash", "write /"),
    "a decimal comma with a unit": ("initial = 400", 'initial = "0,4 km3"', "the comma is not read", "0.4 km3"),
    "a backslash": ('year_class = "exceeded_90"', 'series = "data\\inflow.xlsx"', "backslash", "Write / in paths"),
    "a bare Cyrillic key": ("[reservoir.upper_dam]", "[reservoir.Плотина]", "need quotes", "double quotes"),
    "a name for people": ("[reservoir.upper_dam]", '[reservoir."Верхняя плотина"]', "not in the basin", 'Did you mean "upper_dam"?'),
    "true for a number": ("[hydrology]", "[objective]\ngive = true\n[hydrology]", "`give` is true or false", "a number is needed"),
    "true among numbers": ("[hydrology]", "[hydrology]\nfactor_by_node = { headwater = true }", "true or false", "a number is needed"),
    "a share above one": ("[hydrology]", "[objective.give]\nusers = 5\n[hydrology]", "`objective.give.users`", "less than or equal to 1"),
    "a number for a day": ("initial = 400", "initial = 400\nas_of = 0", "`as_of` is a number", "such as 2026-04-01"),
    "a number in quotes": ("[hydrology]", '[hydrology]\nfactor = "1_0"', "1_0 in quotes is text", "without them"),
    "a unit nobody knows": ("initial = 400", 'initial = "4 buckets"', '"buckets" cannot be read as hm3', "TAF"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named(tmp_path: Path, slip: str) -> None:
    """Cause and remedy stand in the message, and in Russian no less."""
    before, after, cause, remedy = SLIPS[slip]
    folder = Path(shutil.copytree(SMALL, tmp_path / "own"))
    text = (folder / "dry.toml").read_text(encoding="utf-8")
    assert before in text
    (folder / "dry.toml").write_text(text.replace(before, after), encoding="utf-8")
    nodes = folder / "two_party/nodes.csv"
    lines = nodes.read_text(encoding="utf-8").splitlines()
    assert any("upper_dam" in line for line in lines)
    (folder / "two_party/aliases.csv").write_text("alias,id\nВерхняя плотина,upper_dam\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder / "dry.toml")
    assert cause in str(caught.value)
    assert remedy in str(caught.value)
    assert cause not in caught.value.tell(Words("ru")) or cause in {"row 12", "period.start", "`objective.give.users`"}
