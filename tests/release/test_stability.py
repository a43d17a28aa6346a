"""What the page on stability promises is there: a name, command or format that goes must be taken off the page first."""

from __future__ import annotations

import re
from operator import attrgetter

import typer

import waterdeal as wd
from tests.docs.pages import DOCS, ROOT
from waterdeal.cli.app import app
from waterdeal.documents import MIGRATIONS, schema_of
from waterdeal.results.formats import INPUTS, PLAN, schema_name

PAGE = (DOCS / "reference" / "stability.md").read_text(encoding="utf-8")
NAMES = re.findall(r"`([\w.]+)`", PAGE.partition("## Names in Python")[2].partition("Names, dims")[0])
FORMATS = {kind: int(number) for kind, number in re.findall(r"^\| `(waterdeal/[\w-]+)@(\d+)`", PAGE, re.MULTILINE)}


def test_every_name_is_offered() -> None:
    """Each name that is promised is offered, and promised once; what this version offers is promised, but for its version."""
    assert [name for name in NAMES if not callable(attrgetter(name)(wd))] == []
    assert len(NAMES) == len(set(NAMES))
    offered = {"": wd.__all__} | {f"{room}.": getattr(wd, room).__all__ for room in ("agreement", "examples", "plot", "studies")}
    assert {room + name for room, names in offered.items() for name in names} - set(NAMES) == {"__version__", "agreement", "examples", "plot", "studies"}


def test_every_format_is_the_one_written() -> None:
    """The formats on the page are those that this version writes, with their numbers, and none is left out."""
    said = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    written = [re.fullmatch(r"(.*)@(\d+)", name) for name in re.findall(r'"(waterdeal/(?!run-hash)[a-z-]+@\d+)"', said)]
    numbers: dict[str, int] = {}
    for found in filter(None, [*written, *(re.fullmatch(r"(.*)@(\d+)", name) for name in (*map(schema_of, MIGRATIONS), *map(schema_name, (PLAN, INPUTS))))]):
        numbers[found[1]] = max(int(found[2]), numbers.get(found[1], 0))
    assert numbers == FORMATS


def test_a_format_reads_all_before_it() -> None:
    """Each row says which numbers are read, up to the one written."""
    for kind, number in FORMATS.items():
        row = re.search(rf"^\| `{kind}@.*\| ([\d, ]+) \|$", PAGE, re.MULTILINE)
        assert row
        read = [int(one) for one in row[1].split(",")]
        assert read == list(range(read[0], number + 1))


def test_commands_are_described_where_the_page_says() -> None:
    """The commands that are stable are those of the reference."""
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    assert {name for name in typer.main.get_command(app).commands if f"\n## {name}\n" not in text} == set()  # type: ignore[attr-defined]
