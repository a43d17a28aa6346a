"""Whatever a command says, it says in the language asked for: English words outside ids, keys and names of files are leaks."""

from __future__ import annotations

import csv
import re
from importlib import resources
from typing import TYPE_CHECKING, Any, get_args

import pytest
from typer.main import get_command

from tests.commands import call, release_deal, two_party_deal
from tests.thorough import diagonal
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.cli.app import app
from waterdeal.cli.console import STOPPED
from waterdeal.errors import WaterdealError
from waterdeal.scenario.schema import LevelName
from waterdeal.variables import vocabulary
from waterdeal.words import LANGUAGES, read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import typer


def _commands(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command, by the words it is called with."""
    for command in group.registered_commands:
        yield *before, command.callback.__name__.replace("_", "-")  # type: ignore[union-attr]
    for inner in group.registered_groups:
        yield from _commands(inner.typer_instance, str(inner.typer_instance.info.name))  # type: ignore[arg-type,union-attr]


#: a word that stands alone: no part of a path, of an id, of a key or of an option
WORD = re.compile(r"(?<![\w./=:\-\"'«`\[{])[A-Za-z][a-z]{2,}(?![\w/=:\-\"'»`\]}]|\.\w)")
#: commands on the river of two parties, by what they ask; `{run}` is its run, `{deal}` its scenario with a deal
ASKED = {
    "check": "check {deal}", "audit": "audit {run}", "info": "info {run}", "installed": "info", "compare": "compare {run} {run}",
    "why": "why {run} fields", "what-if": "what-if {deal} --set requirement.factor=0.9", "explain": "explain {deal}",
    "prices": "prices {run}", "accounts": "accounts {run}", "scheme": "scheme {deal} {out}.svg", "workbook": "workbook {deal} {out}.xlsx",
    "inflow": "inflow {home}/two_party {out}.xlsx --class exceeded_90", "agree": "agree {run} --draft -o {out}", "convert": "convert {run} {out}.xlsx",
    "diff": "diff {home}/two_party {home}/two_party", "migrate": "migrate {deal}", "new": "new {out}", "update": "update {home}",
    "run": "run {deal} -o {out}", "report": "report {run} -o {out} --to txt", "facts": "facts {deal}",
    "sensitivity": "study sensitivity {deal} --parameter runoff*=0.9:1.1", "members": "ensemble run {deal} --inflow none.nc",
    "no command": "nosuch", "no option": "run --nosuch {deal}", "no file": "run none.toml", "no value": "new {out} --year", "a bad value": "new {out} --year 5",
    "no number": "new {out} --inflow much", "no choice": "run {deal} --format pdf", "too much": "audit {run} {run}", "too little": "track {run}",
    "no plan": "audit {deal}", "no such user": "why {run} nobody", "no record": "verify {home}", "a wrong setting": "check {deal} --set hydrology.factor=much",
}  # fmt: skip
#: quick ones that say most
USUAL = ("audit", "info", "no option", "a bad value", "no number", "no plan", "a wrong setting")


def _columns() -> Iterator[tuple[str, str]]:
    """English and Russian of every sentence."""
    for file in resources.files("waterdeal.words").iterdir():
        if file.name.endswith(".csv"):
            yield from ((row["en"], row["ru"]) for row in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(keepends=True)))


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Words of the English sentences that are none of the Russian ones, and no id of files."""
    texts = list(_columns())
    own, other = ({word.lower() for text in column for word in WORD.findall(text)} for column in zip(*texts, strict=True))
    files = (*TABLES.values(), HYDROLOGY)
    ids = {table.name for table in files} | {column.name for table in files for column in table.columns} | set(vocabulary())
    return (
        own
        - other
        - ids
        - set(get_args(LevelName))
        - {"waterdeal", "town", "command", "args"}
        - {word for command in _commands(app) for word in command}
    )


@pytest.fixture(scope="module")
def river(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The river of two parties with a deal, and its run."""
    home = tmp_path_factory.mktemp("said") / "river"
    dry = two_party_deal(home, release_deal("60 hm3"))
    deal = dry.with_name("deal-2026.toml")
    text = dry.read_text(encoding="utf-8").replace('basin = "two_party"', 'basin = "two_party"\nagreements = ["deal.toml"]')
    deal.write_text(text, encoding="utf-8")
    assert call("run", deal, "-o", home / "plan", "--quick", "--format", "csv").code == 0
    return {"home": home, "deal": deal, "run": home / "plan"}


@pytest.mark.parametrize("asked", diagonal(ASKED, *USUAL))
def test_nothing_is_said_in_english(asked: str, river: dict[str, Path], english: set[str], tmp_path: Path) -> None:
    """What is printed, and what is wrong, is Russian."""
    line = ASKED[asked].format(**river, out=tmp_path / "o")
    spoken = call(*line.split(" "), "--lang", "ru")
    told = spoken.out + spoken.err
    assert re.search("[а-я]", told) or told.strip() == str(tmp_path / "o.xlsx"), (line, told)
    leaks = {word for word in WORD.findall(told) if word.lower() in english}
    assert not leaks, (line, leaks, told)


@pytest.mark.parametrize("command", diagonal([(), ("ensemble",), *_commands(app)], ("run",), ("study", "frontier")))
def test_help_is_written_in_every_language(command: tuple[str, ...], english: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage, arguments, options and their marks, by ``--lang`` and by the language of the system; options are the same in all."""
    monkeypatch.setenv("COLUMNS", "80")
    helps = {language: call(*command, "--help", "--lang", language) for language in LANGUAGES}
    assert {spoken.code for spoken in helps.values()} == {0}
    assert len({line for spoken in helps.values() for line in spoken.out.splitlines()[:3]}) == len(LANGUAGES) * 2 + 1  # a blank line is one
    assert max(len(line) for spoken in helps.values() for line in spoken.out.splitlines()) <= 80
    named = {tuple(re.findall("--[a-z-]+", spoken.out.partition("\n\n")[2].partition("--help")[0])) for spoken in helps.values()}
    assert len(set(map(frozenset, named))) == 1
    own = {option.name for made in _made(get_command(app)) for option in made.params} | {"serial"}
    choices = re.compile(r"<[\w|-]+>")
    leaks = {word for word in WORD.findall(choices.sub("", helps["ru"].out)) if word.lower() in english - own}
    assert not leaks, (command, leaks)
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert call(*command, "--help") == helps["ru"]


def test_every_option_has_its_words() -> None:
    """Each argument and option of each command, and no words for one that is gone."""
    due = {"option.help", "option.version", "option.install_completion", "option.show_completion"}
    known = {key for key in read_texts("en") if key.startswith("option.")}
    for command in _made(get_command(app)):
        path = command.help.removeprefix("command.")
        for option in command.params:
            if not option.hidden:
                due |= {f"option.{path}.{option.name}"} & known or {f"option.{option.name}"}
    assert known == due
    assert {key for key in read_texts("en") if key.startswith("command.")} == {command.help for command in _made(get_command(app))}


def _made(command: Any) -> Iterator[Any]:
    """A command as Typer makes it, and those of its group."""
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _made(inner)


def _codes(error: type[WaterdealError] = WaterdealError) -> set[int]:
    """Exit codes of every error."""
    return {error.exit_code}.union(*map(_codes, error.__subclasses__()))


@pytest.mark.parametrize("command", diagonal([(), *_commands(app)], (), ("run",), ("study", "frontier")))
def test_help_of_every_command_has_every_exit_code(command: tuple[str, ...]) -> None:
    """The help of a command tells each code with which it may end."""
    told = " ".join(call(*command, "--help").out.split("Exit codes:")[-1].split())
    found = set(map(int, re.findall(r"\b(\d+) ", told)))
    assert found >= _codes() | {0, 1, 2, 8, STOPPED + 2, STOPPED + 15}


@pytest.mark.parametrize("command", diagonal([(), *_commands(app)], ("verify",), ("ensemble", "run")))
def test_every_command_takes_a_language(command: tuple[str, ...]) -> None:
    """As an option of every command, and of none."""
    spoken = call(*command, "--lang", "kk", "--no-such-option")
    assert (spoken.code, "Қате: мұндай параметр жоқ: --no-such-option" in spoken.err) == (2, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_of_the_system_is_taken(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is asked for."""
    assert len({call("info", "none.nc", "--lang", other).err for other in LANGUAGES}) == len(LANGUAGES)
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    assert call("info", "none.nc").err == call("info", "none.nc", "--lang", language).err
