"""Plans of batches over the four-node basin, by month so that they are quick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.commands import TWO_PARTY
from waterdeal.documents import toml_text
from waterdeal.ensemble.backends import Serial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: seconds since 1970 that all runs of these tests say they were made at
EPOCH = "1767225600"
#: a plan with a class of year that has no plan, and a value that changes nothing
PLAN: dict[str, Any] = {
    "schema": "waterdeal/batch@1",
    "title": {"en": "A small season", "ru": "Малый сезон"},
    "scenarios": ["dry.toml"],
    "axis": [
        {"id": "year", "title": {"en": "Class of year", "kk": "Жыл класы"}, "values": [
            {"id": "low", "title": {"en": "Low", "ru": "Низкий"}, "set": {"hydrology": {"year_class": "exceeded_90"}}},
            {"id": "desert", "set": {"hydrology.factor": 0.01}},
        ]},
        {"id": "limits", "values": [
            {"id": "full"}, {"id": "as-is", "set": {"entitlement.cut": 0.0}}, {"id": "cut-10", "set": {"entitlement.cut": 0.1}},
        ]},
    ],
    "compare_to": "full",
}  # fmt: skip


def write_scenario(folder: Path, name: str = "dry", **changes: str) -> Path:
    """Write the dry scenario of the four-node basin by month, with some texts in it changed."""
    text = (TWO_PARTY / "dry.toml").read_text(encoding="utf-8").replace('step = "dekad"', 'step = "month"')
    text = text.replace('basin = "two_party"', f'basin = "{(TWO_PARTY / "two_party").as_posix()}"')
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def write_plan(folder: Path, plan: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Write a plan, its scenario beside it unless one is there."""
    if not (folder / "dry.toml").exists():
        write_scenario(folder)
    file = folder / "plan.toml"
    file.write_text(toml_text({**(plan or PLAN), **changes}), encoding="utf-8")
    return file


class Counting(Serial):
    """Solves one after the other, counts, and is killed after so many."""

    def __init__(self, most: int = 1000) -> None:
        object.__setattr__(self, "most", most)
        object.__setattr__(self, "solved", [])

    def map(self, work: Any, shared: Any, shards: Any, task_of: Any) -> Iterator[tuple[int, Any]]:
        """Solve until it is enough."""
        for shard, found in super().map(work, shared, shards, task_of):
            if len(self.solved) >= self.most:  # type: ignore[attr-defined]
                raise KeyboardInterrupt
            self.solved.append([done.cell for done in found])  # type: ignore[attr-defined]
            yield shard, found


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
