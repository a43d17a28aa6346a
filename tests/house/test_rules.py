"""The gates can fail: each finds what it is there to find, in packages of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.house.__main__ import TOOLS, check
from tests.house.rules import BY_HAND, SOURCE, circles, laid_by_hand, public_names, too_long, unreached
from tests.house.sentences import sentences
from tests.house.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

#: a command, a library it uses, a tuple of modules that are handed about, and a dead end of each kind
TOY = {
    "__init__": "__all__ = ['public']\nfrom toy.offered import public\n",
    "cli": "from toy.parts import one, two\nPARTS = (one, two)\n@app.command\ndef run():\n    from toy.used import helper\n    for part in PARTS:\n        part.add(helper)\n",
    "used": "LIMIT = 2\nOTHER = 3\ndef helper():\n    return LIMIT\ndef idle():\n    return OTHER\n",
    "parts/__init__": "",
    "parts/one": "AFTER = ('two',)\ndef add(helper): ...\ndef drop(): ...\n",
    "parts/two": "def add(helper): ...\n",
    "offered": "class public: ...\nclass Hidden: ...\n",
    "orphan": "def add(helper): ...\n",
}


def toy(folder: Path, files: dict[str, str]) -> Tree:
    """Write a package and read it."""
    for name, text in files.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Tree(folder, "toy")


def test_unreached_definitions_are_found(tmp_path: Path) -> None:
    """What no command and no public name leads to, module-level values and whole modules too; nothing else."""
    found = unreached(toy(tmp_path, TOY), ["toy", "toy.cli", "toy.offered.public"])
    assert [line.partition(":")[0] for line in found] == ["toy.offered.Hidden", "toy.orphan", "toy.parts.one.drop", "toy.used.OTHER", "toy.used.idle"]


def test_names_whose_user_is_gone_are_found(tmp_path: Path) -> None:
    """Take the command away, and all that only it used is unreached."""
    found = unreached(toy(tmp_path, TOY), ["toy", "toy.offered.public"])
    assert [line.partition(":")[0] for line in found] == [
        "toy.cli", "toy.offered.Hidden", "toy.orphan", "toy.parts", "toy.parts.one", "toy.parts.two", "toy.used",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "back",
    ["from toy import a\n", "import toy.a\n", "def late():\n    from toy.a import x\n", "if TYPE_CHECKING:\n    from toy.a import x\n"],
    ids=["module", "dotted", "in a function", "for type checkers"],
)
def test_circles_are_found(tmp_path: Path, back: str) -> None:
    """However the way back is written, and over however many modules."""
    assert circles(toy(tmp_path / "no", {"a": "from toy import b\nx = 1\n", "b": "from toy import c\n", "c": ""})) == []
    assert circles(toy(tmp_path / "yes", {"a": "from toy import b\nx = 1\n", "b": "from toy import c\n", "c": back})) == [
        "toy.a <-> toy.b <-> toy.c: import one another"
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(x): return x.ljust(9)", True), ("def f(x): return f'{x:<26} {x}'", True), ("def f(x, n): return f'{x:>{n}}'", True),
        ("import textwrap\ndef f(x): return textwrap.fill(x, 80)", True), ("from rich.table import Table", True), ("RULE = '─' * 80", True),
        ("import textwrap\ndef f(x): return textwrap.shorten(x, 60)", False), ("def f(x): return f'{x:02d} {x:0>6} {x:.1f}'", False),
    ],
)  # fmt: skip
def test_text_laid_out_by_hand_is_found(tmp_path: Path, code: str, found: bool) -> None:
    """Padding, wrapping and rules anywhere but where documents are told; figures written with zeros and short texts are neither."""
    told = laid_by_hand(toy(tmp_path, {"grid": code}))
    assert told == ([f"toy.grid:{code.count(chr(10)) + 1}: {BY_HAND}"] if found else [])


def test_lengths_are_held(tmp_path: Path) -> None:
    """A line more than a limit is found; a docstring is not counted."""
    body = "    x = 1\n"
    files = {
        "long": "x = 1\n" * 501,
        "right": "x = 1\n" * 500,
        "functions": f'def right():\n    """One.\n\n    Two.\n    """\n{body * 49}async def long():\n{body * 50}',
        "wide": "def right(self, a, b, c, d, e, f): ...\ndef wide(a, b, c, /, d, *, e, f, g): ...\n",
        "classes": f"class Right:\n{body * 199}class Long:\n{body * 200}",
    }
    assert too_long(toy(tmp_path, files)) == [
        "toy.classes:Long: 201 lines, at most 200",
        "toy.functions:long: 51 lines, at most 50",
        "toy.long: 501 lines, at most 500",
        "toy.wide:wide: 7 parameters, at most 6",
    ]


@pytest.mark.parametrize(
    "code",
    [
        'raise ValueError("the plan has a gap")',
        'raise ValueError(f"the plan of {name} has a gap in {part}")',
        'message = "the plan " + "has a gap in it"\nraise ValueError(message) from error',
        'found = [f"the plan of {name} has a gap"]\nproblems.append(Problem(file, None, "", found[0], remedy))',
        'refuse(wrong, "the plan has a gap")',
        'make_problem(file, None, "", "plan.gap", what="the plan of a year")',
        'def told():\n    return "the plan has a gap"\ndef check():\n    raise ValueError(told())',
        'class Plan:\n    GAPS = {"one": "the plan has a gap"}\n    def check(self):\n        raise ValueError(self.GAPS["one"])',
        'def read(what):\n    raise ValueError(say("plan.gap", what=what))\nread("the plan of a year")',
        'for bad, told in ((gap, "the plan has a gap"),):\n    refuse(bad, told)',
    ],
    ids=["literal", "f-string", "name", "list", "refusal", "value", "function", "attribute", "parameter", "loop"],
)
def test_english_in_errors_is_found(tmp_path: Path, code: str) -> None:
    """However a sentence comes into an error or a problem; neither one that goes elsewhere, nor the key of one."""
    assert len(sentences(toy(tmp_path / "yes", {"a": code}))) == 1
    fine = 'raise ValueError(say("plan.gap", name=name))\nHELP = "What the plan has as a gap."\nraise ValueError(f"{a}: {b} of {c} ({d})")\n'
    assert sentences(toy(tmp_path / "no", {"a": fine})) == []


def test_english_that_may_stand_is_no_finding_and_one_that_is_gone_is(tmp_path: Path) -> None:
    """What is allowed is what is said, no more."""
    said, gone = "the river has no water in it", "the lake has no water in it"
    tree = toy(tmp_path, {"a": f'raise ValueError("{said}")\n'})
    assert sentences(tree, {said}) == []
    assert sentences(tree, {said, gone}) == [f"allowed, and said nowhere: {gone}"]


def test_public_names_have_homes() -> None:
    """Every public name of waterdeal is a module of it or stands in one, so that what it uses can be followed."""
    import waterdeal

    modules, names = Tree(SOURCE, "waterdeal").files, list(public_names(waterdeal))
    assert len(names) >= len(waterdeal.__all__)
    assert [name for name in names if name not in modules and name.rpartition(".")[0] not in modules] == []


def test_a_tool_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a tool says is passed on, and a tool that says nothing and fails is no success."""
    monkeypatch.setitem(TOOLS, "talker", ["-c", "print('wrong'); raise SystemExit(1)"])
    monkeypatch.setitem(TOOLS, "mute", ["-c", "raise SystemExit(3)"])
    monkeypatch.setitem(TOOLS, "fine", ["-c", "print('all is well')"])
    assert [check(tool)[2].strip() for tool in ("talker", "mute", "fine")] == ["wrong", "exit code 3", ""]


def test_rows_of_a_model_are_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is read by its name in the LP; anything else that vulture finds in the model counts."""
    row = "src/waterdeal/model/components/demand.py:58: unused attribute 'requirement_met' (60% confidence)\n"
    helper = "src/waterdeal/model/components/demand.py:70: unused function 'helper' (60% confidence)\n"
    for said, left in ((row, ""), (row + helper, helper), (row.replace("model", "solve"), row.replace("model", "solve"))):
        monkeypatch.setitem(TOOLS, "dead code", ["-c", f"print({said!r}, end=''); raise SystemExit(3)"])
        assert check("dead code")[2] == left
