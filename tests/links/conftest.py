"""Folders of tables, and calls of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands import call

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: a dam whose storage loses a tenth, a river that loses a fifth, users whose second 20 hm3 are worth less
DAM = {
    "links.csv": """link,from,to,piece,lag,step,gain,lower,upper,cost
store,dam,dam,1,1,,0.9,0,50,0
store,dam,dam,1,1,2026-05,0.9,5,50,0
river,dam,town,,,,0.8,,,
supply,town,users,1,0,,1,0,20,-10
supply,town,users,2,0,,1,0,20,-4
""",
    "inflows.csv": "node,step,inflow\ndam,2026-04,60\ndam,2026-05,10\n",
    "nodes.csv": "node,kind\ndam,junction\ntown,junction\nusers,sink\n",
}
#: the same in the manner of California's tables: flows are what arrives
CALVIN = """i,j,k,cost,amplitude,lower_bound,upper_bound
SOURCE,INFLOW.2026-04-30,0,0,1,0,1000000000000
SOURCE,INFLOW.2026-05-31,0,0,1,0,1000000000000
SOURCE,INITIAL,0,0,1,0,1000000
INITIAL,DAM.2026-04-30,0,0,1,40,40
INFLOW.2026-04-30,DAM.2026-04-30,0,0,1,20,20
INFLOW.2026-05-31,DAM.2026-05-31,0,0,1,10,10
DAM.2026-04-30,DAM.2026-05-31,0,0,0.9,0,45
DAM.2026-05-31,FINAL,0,0,1,5,50
FINAL,SINK,0,0,1,0,1000000
DAM.2026-04-30,TOWN.2026-04-30,0,0,0.8,0,1000000000000
DAM.2026-05-31,TOWN.2026-05-31,0,0,0.8,0,1000000000000
TOWN.2026-04-30,SINK.2026-04-30,0,-10,1,0,20
TOWN.2026-04-30,SINK.2026-04-30,1,-4,1,0,20
TOWN.2026-05-31,SINK.2026-05-31,0,-10,1,0,20
TOWN.2026-05-31,SINK.2026-05-31,1,-4,1,0,20
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write tables into a folder: those of the dam, with some changed, added, or left out (None)."""

    def write_tables(base: dict[str, str] | None = None, **changes: str | None) -> Path:
        folder = tmp_path / "network"
        folder.mkdir(exist_ok=True)
        tables: dict[str, str | None] = {**(DAM if base is None else base)}
        tables |= {f"{name}.csv": text for name, text in changes.items()}
        for name, text in tables.items():
            if text is not None:
                (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write_tables


@pytest.fixture
def shell() -> Callable[..., tuple[int, str, str]]:
    """Call commands in this process."""
    return call
