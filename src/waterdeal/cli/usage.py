"""What is wrong with a command line, in the language of the reader: Typer tells it in English alone."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer

from waterdeal.cli.console import console
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.words import Said

#: what Typer says, each with the key of the same sentence; of a value that cannot be used the reason has a sentence of its own
_SAID = {
    r"Missing (?:option|argument|parameter) (?P<name>.+?)\.(?: .*)?": "usage.missing",
    r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<near>.*)\))?": "usage.no_option",
    r"No such command (?P<name>.+?)\.(?: .*)?": "usage.no_command",
    r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.*)\)": "usage.extra",
    r"Option (?P<name>.+?) requires an argument\.?": "usage.no_value",
    r"Option (?P<name>.+?) does not take a value\.?": "usage.needs_none",
    r"Invalid value(?: for (?P<name>.+?))?: (?P<why>.*)": "usage.invalid",
}
_REASONS = {
    r"(?:Value error, )?(?P<value>'.*') is not one of (?P<choices>.*?)\.?": "usage.not_one_of",
    r"Input should be greater than or equal to (?P<bound>\S+)": "usage.too_small",
    r"Input should be less than or equal to (?P<bound>\S+)": "usage.too_large",
    r"Input should be a valid (?:integer|number|float).*": "usage.no_number",
}


def obey(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run what a command line says, and leave with the code it comes to."""
    try:
        code = app(list(arguments), prog_name="waterdeal", standalone_mode=False)
    except typer.Abort:
        raise SystemExit(1) from None
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _tell(error, arguments)
        raise SystemExit(2) from None
    raise SystemExit(code if isinstance(code, int) else 0)


def _tell(error: Any, arguments: Sequence[str]) -> None:
    """Tell why a command line cannot be understood."""
    context = getattr(error, "ctx", None)
    if context is not None and type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{context.get_help()}\n")
        return
    if console.lang == "en" and "valid number" not in error.format_message():
        error.show()
        return
    words = console.words
    lines = [] if context is None else [words.tell(say("usage.usage", usage=context.get_usage().partition(": ")[2]))]
    lines += [] if context is None else [words.tell(say("usage.help", command=context.command_path)), ""]
    sys.stderr.write("\n".join([*lines, words.tell(say("usage.error", told=_sentence(error.format_message(), arguments)))]) + "\n")


def _sentence(message: str, arguments: Sequence[str]) -> Said | str:
    """Return the same sentence by key; as it stands where there is none."""
    found, key = _found(message, _SAID)
    if not key:
        return message
    if key == "usage.no_option" and found["near"]:
        return say("usage.no_option_near", **found)
    if key != "usage.invalid":
        return say(key, name=found["name"])
    name = found["name"].strip("'") or say("usage.value")
    values = [after for option, after in pairwise(arguments) if option == name]
    reason, why = _found(found["why"], _REASONS)
    given = (values or [""])[0]
    why = "usage.comma" if why == "usage.no_number" and re.fullmatch(r"\d+,\d+", given) else why
    told = say(why, **{"value": repr(given), "pointed": given.replace(",", "."), **reason}) if why else found["why"]
    return say("usage.invalid", name=name, why=told)


def _found(text: str, forms: dict[str, str]) -> tuple[dict[str, str], str]:
    """Return what a form says of a text, and its key; nothing where none fits."""
    for form, key in forms.items():
        if found := re.fullmatch(form, text, re.DOTALL):
            return found.groupdict(""), key
    return {}, ""
