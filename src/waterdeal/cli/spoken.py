"""Help of commands in the language of the reader: their words, and those of Typer, stand in ``words/help.csv``."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup

from waterdeal.cli.console import console

#: types as Typer names them, by the key of the word for each
_TYPES = {
    "Path": "path", "path": "path", "str": "str", "int": "int", "int range": "int", "float": "float", "float range": "float",
    "%Y-%m-%d": "day",
}  # fmt: skip


class _Spoken:
    """What a command and a group of commands say; their help and epilog are keys of words.

    An option is told by ``option.<command>.<name>``, or, where commands share it, by ``option.<name>``.
    """

    help: Any
    epilog: Any

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - a list of commands wraps its lines
        """Return the line of a command in the list of commands."""
        return console.words.text_or(self.help, self.help)

    def get_usage(self, ctx: Any) -> str:
        """Return how a command is called."""
        formatter = ctx.make_formatter()
        self._write_usage(ctx, formatter)
        return str(formatter.getvalue()).rstrip("\n")

    def get_help(self, ctx: Any) -> str:
        """Return usage, what a command does, its arguments and options, the commands of a group, and what holds for every command."""
        words, formatter = console.words, ctx.make_formatter()
        self._write_usage(ctx, formatter)
        _write(formatter, self.help)
        told: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for option in self._options(ctx):
            if record := option.get_help_record(ctx):
                told[option.param_type_name].append(_in_words(record, option.help))
        commands = [(name, command.get_short_help_str()) for name, command in getattr(self, "commands", {}).items()]
        for heading, rows in (("arguments", told["argument"]), ("options", told["option"]), ("commands", commands)):
            if rows:
                with formatter.section(words.text(f"help.{heading}")):
                    formatter.write_dl(rows)
        for key in (self.epilog or "").split():
            _write(formatter, key)
        return str(formatter.getvalue()).rstrip("\n")

    def _write_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how a command is called."""
        words, called = console.words, " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        called = called.replace("[OPTIONS]", words.text("help.options_metavar"))
        called = called.replace("COMMAND [ARGS]...", words.text("help.command_metavar"))
        formatter.write_usage(ctx.command_path, called, prefix=words.text("help.usage"))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return what may stand here, each with its help."""
        self._options(ctx)
        found: list[Any] = super().shell_complete(ctx, incomplete)  # type: ignore[misc]
        return found

    def _options(self, ctx: Any) -> list[Any]:
        """Return arguments and options, each with its help in words."""
        words, path = console.words, self.help.removeprefix("command.")
        options: list[Any] = [one for one in self.get_params(ctx) if not getattr(one, "hidden", False)]  # type: ignore[attr-defined]
        for option in options:
            own = f"option.{path}.{option.name}"
            option.help = words.text_or(own, words.text_or(f"option.{option.name}", f"option.{option.name}"))
        return options


class SpokenCommand(_Spoken, TyperCommand):
    """A command that tells its help in the language of the reader."""


class SpokenGroup(_Spoken, TyperGroup):
    """A group of commands that tells its help in the language of the reader."""


def _write(formatter: Any, key: str) -> None:
    """Write a paragraph."""
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(console.words.text_or(key, key))


def _in_words(record: tuple[str, str], told: str) -> tuple[str, str]:
    """Write the types and marks that Typer puts beside a help in words."""
    words, (name, line) = console.words, record
    marks = line.removeprefix(told)
    marks = marks.replace("default: ", f"{words.text('help.default')}: ").replace("required]", f"{words.text('help.required')}]")
    return re.sub("<(.*)>", _type_in_words, name), told + marks


def _type_in_words(found: re.Match[str]) -> str:
    """Write a type in words; values to choose from stay, and several are meant by dots."""
    kind = found[1].removeprefix("list[").removesuffix("]") if found[1].startswith("list[") else found[1]
    word = console.words.text(f"help.type.{_TYPES[kind]}") if kind in _TYPES else kind
    return f"<{word}>{'' if kind == found[1] else '...'}"
