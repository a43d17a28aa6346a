"""Three tables merged by row key and column: each rule on the four-node basin, and over edits at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands import TWO_PARTY
from waterdeal.basin.merge import Clash, alike, merge_rows, merge_tables, read_text, table_bytes

if TYPE_CHECKING:
    from pathlib import Path

KEYS = [("a",), ("b",), ("c",)]
CELLS = st.sampled_from(["", "1", "2", "1.0"])
TABLES = st.dictionaries(st.sampled_from(KEYS), st.fixed_dictionaries({"x": CELLS, "y": CELLS}), max_size=3)


def _cell(rows: dict[tuple[str, ...], dict[str, str]], key: tuple[str, ...], column: str) -> str:
    """A cell, with blank for none."""
    return rows.get(key, {}).get(column, "")


@given(TABLES, TABLES, TABLES)
def test_edits_at_random(before: dict, yours: dict, new: dict) -> None:
    """Of rows on both sides each cell takes the side that changed it; both differing, hers and listed; nothing else is listed."""
    merged, found = merge_rows("t.csv", before, yours, new)
    listed = {(clash.row, clash.column) for clash in found.clashes}
    for key in KEYS:
        if key in yours and key in new:
            for column in ("x", "y"):
                old, own, fresh = (_cell(rows, key, column) for rows in (before, yours, new))
                both = not alike(old, own) and not alike(old, fresh) and not alike(own, fresh)
                assert alike(merged[key][column], fresh if alike(old, own) else own)
                assert ((key[0], column) in listed) is both
            continue
        changed = key in before and any(
            not alike(_cell(before, key, name), _cell(yours if key in yours else new, key, name)) for name in ("x", "y")
        )
        assert ((key[0], "") in listed) is (changed and (key in yours or key in new))
        added = key not in before and (key in yours or key in new)
        assert (key in merged) is (added or (changed and key in yours))


@given(TABLES, TABLES)
def test_one_side_alone(before: dict, other: dict) -> None:
    """With nothing changed on one side, the other is taken whole, and nothing is listed."""
    for yours, new in ((before, other), (other, before), (other, other)):
        merged, found = merge_rows("t.csv", before, yours, new)
        assert not found.clashes
        assert merged.keys() == other.keys()
        assert all(alike(merged[key][name], other[key][name]) for key in other for name in ("x", "y"))


def test_demands_of_the_four_node_basin(tmp_path: Path) -> None:
    """By hand: hers, the new one, both the same, both apart; rows that one side adds or takes away; a new column, remarks."""
    text = (TWO_PARTY / "two_party" / "nodes.csv").read_text(encoding="utf-8").replace(",UP,,", ",UP,5,")
    yours = text.replace("headwater,catchment,UP,5,Headwater", "headwater,catchment,UP,7,Spring").replace("Delta,Дельта", "Mouth,Устье")
    yours = yours.replace("upper_dam,reservoir,UP,5,", "upper_dam,reservoir,UP,9,").replace("fields,canal", "own,gauge,LOW,,Own,Own,,\nfields,canal")
    new = text.replace("headwater,catchment,UP,5,", "headwater,catchment,UP,6,").replace("Исток", "Источник").replace("Delta,Дельта", "Mouth,Дельта")
    new = "# renewed\n" + new.replace("upper_dam,reservoir,UP,5,", "upper_dam,reservoir,UP,9.0,") + "gauge,gauge,LOW,,Gauge,Пост,,\n"
    read = []
    for side, content in (("before", text), ("yours", yours), ("new", new)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "nodes.csv").write_text(content, encoding="utf-8")
        table = read_text(tmp_path / side / "nodes.csv", "nodes")
        assert table is not None
        read.append(table)
    whole, found = merge_tables("nodes.csv", *read)
    assert found.clashes == [Clash("nodes.csv", "headwater", "river_km", "5", "7", "6")]
    assert list(whole.rows) == [("headwater",), ("upper_dam",), ("own",), ("fields",), ("delta",), ("gauge",)]
    first, delta = whole.rows["headwater",], whole.rows["delta",]
    assert (first["river_km"], first["name_en"], first["name_ru"]) == ("7", "Spring", "Источник")
    assert (delta["name_en"], delta["name_ru"], float(whole.rows["upper_dam",]["river_km"])) == ("Mouth", "Устье", 9.0)
    assert (found.kept, found.taken) == (3, 2)
    assert table_bytes(whole).startswith(b"# renewed\n")


@pytest.mark.parametrize("text", ["node,kind\na,gauge\na,outlet\n", "kind\ngauge\n", ""])
def test_what_has_no_keys_is_not_merged(tmp_path: Path, text: str) -> None:
    """A row twice, no key column, nothing at all: hers stays whole then."""
    (tmp_path / "nodes.csv").write_text(text, encoding="utf-8")
    assert read_text(tmp_path / "nodes.csv", "nodes") is None
