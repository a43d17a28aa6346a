"""A folder is read once in a process, and nobody notices: other content, other readers and other folders get what is theirs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from waterdeal.basin import read
from waterdeal.basin.check_optional import OPTIONAL_RULES
from waterdeal.basin.read import read_basin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waterdeal.basin.schema import Basin
    from waterdeal.errors import Problem

SMALL = Path(__file__).parents[2] / "docs/how-to/two-party/two_party"


def test_a_reader_has_tables_of_its_own(tmp_path: Path) -> None:
    """What one writes into its tables and runoff is in no other reading, and each knows its own folder."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "basin"))
    one, rows = read_basin(SMALL), read_basin(SMALL).rows("demands")
    one.table("demands").loc[:, "party"] = "nobody"
    one.runoff[:] = 0.0
    other = read_basin(folder)
    assert set(other.table("demands")["party"]) == {row["party"] for row in rows} != {"nobody"}
    assert other.runoff.values.any()
    assert (one.folder, other.folder) == (SMALL, folder)
    assert other.digests == one.digests


def test_other_content_is_another_basin(tmp_path: Path) -> None:
    """A figure changed in a file is read; one changed back is that of before, though length and name are the same."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "basin"))
    file = folder / "reservoirs.csv"
    text = file.read_text(encoding="utf-8")
    before = read_basin(folder)
    full = before.table("reservoirs")["full_hm3"][0]
    assert f",{full:g}," in text
    file.write_text(text.replace(f",{full:g},", f",{full + 1:g},"), encoding="utf-8")
    assert read_basin(folder).table("reservoirs")["full_hm3"][0] == full + 1
    file.write_text(text, encoding="utf-8")
    assert read_basin(folder).table("reservoirs").equals(before.table("reservoirs"))


def test_only_few_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first goes for the last."""
    monkeypatch.setattr(read, "_READ", {})
    folder = Path(shutil.copytree(SMALL, tmp_path / "basin"))
    for number in range(read._REMEMBERED + 2):
        (folder / "note.txt").write_text(str(number), encoding="utf-8")
        read_basin(folder)
    assert len(read._READ) == read._REMEMBERED


@pytest.mark.parametrize("rule", OPTIONAL_RULES, ids=lambda rule: rule.__name__)
def test_a_rule_says_nothing_of_tables_without_rows(rule: Callable[[Basin], Iterator[Problem]], syrdarya: Basin) -> None:
    """So that it need not be asked."""
    empty = {name: syrdarya.table(name).iloc[:0] for name in OPTIONAL_RULES[rule]}
    assert list(rule(replace(syrdarya, tables={**syrdarya.tables, **empty}))) == []
