"""One variable of a file of members, read by itself, is what reading all of it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from waterdeal.ensemble.members import Member
from waterdeal.ensemble.shards import Shards, shard_bytes, write_whole
from waterdeal.errors import FileProblem

if TYPE_CHECKING:
    from pathlib import Path

DIMS = {"delivery": ("demand", "time"), "entitlement_shortfall": ("entitlement",)}
LABELS = {
    "demand": ("demand", np.array(["поля", "town"])),
    "time": ("time", np.array(["2026-04-01", "2026-04-11"], dtype="datetime64[ns]")),
    "entitlement": ("entitlement", np.array(["a_growing"])),
    "objective_level": ("objective_level", np.array(["irrigation"])),
    "trace": ("trace", np.array(["сухой", "wet", "1975"])),
}


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    """Three members, the second without a plan, in a folder with a Cyrillic name."""
    members = [
        Member(number, "" if number != 1 else "Infeasible", () if number != 1 else ("limit", "floor"), np.array([float(number)]), {
            "delivery": np.full((2, 2), np.nan if number == 1 else number + 0.1), "entitlement_shortfall": np.array([number / 3]),
        })
        for number in range(3)
    ]  # fmt: skip
    found = Shards(tmp_path / "ансамбль", 3, 4)
    write_whole(found.path(0), shard_bytes(members, DIMS, LABELS))
    return found


@pytest.mark.parametrize("name", ["delivery", "entitlement_shortfall", "level_value", "error", "conflict", "trace", "member", "fell_back", "demand"])
def test_the_same_as_from_the_whole_file(shards: Shards, name: str) -> None:
    """Numbers bit for bit, text as text, blanks as blanks."""
    alone, whole = shards.array(0, name), shards.read(0)[name].values
    assert alone.shape == whole.shape
    assert alone.astype(str).tolist() == whole.astype(str).tolist()
    assert alone.dtype.kind == ("U" if name in {"error", "conflict", "trace", "demand"} else whole.dtype.kind)


def test_a_name_that_is_not_there(shards: Shards) -> None:
    """As of a dictionary."""
    with pytest.raises(KeyError, match="flow"):
        shards.array(0, "flow")


def test_a_damaged_file_is_named(shards: Shards) -> None:
    """Cut off in the middle, it says what to do."""
    path = shards.path(0)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(FileProblem, match=r"000000-000002\.nc is damaged .* Remove it and resume"):
        shards.array(0, "delivery")
