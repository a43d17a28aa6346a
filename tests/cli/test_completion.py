"""Completion of commands, options and choices, in each shell that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

#: how each shell asks what may stand where a line ends
ASKED = {
    "bash": lambda line: {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)},
    "zsh": lambda line: {"_TYPER_COMPLETE_ARGS": line},
    "powershell": lambda line: {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_WORD_TO_COMPLETE": line.split(" ")[-1]},
    "pwsh": lambda line: {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_WORD_TO_COMPLETE": line.split(" ")[-1]},
}


@pytest.mark.parametrize("shell_name", ASKED)
def test_a_shell_completes(shell: Shell, shell_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands, commands of groups, options and choices; nothing else is said, and nothing is run."""
    for line, due, other in (
        ("waterdeal ex", "explain", "verify"),
        ("waterdeal study fr", "frontier", "sensitivity"),
        ("waterdeal run --qu", "--quick", "--force"),
        ("waterdeal hindcast --step d", "dekad", "month"),
    ):
        with monkeypatch.context() as around:
            around.setenv("_WATERDEAL_COMPLETE", f"complete_{shell_name}")
            for name, value in ASKED[shell_name](line).items():
                around.setenv(name, value)
            spoken = shell()
        assert due in spoken.out, (line, spoken)
        assert other not in spoken.out
        assert (spoken.code, spoken.err) == (0, "")


@pytest.mark.parametrize(
    ("shell_name", "named"),
    [
        ("bash", "complete -o"),
        ("zsh", "#compdef waterdeal"),
        ("powershell", "Register-ArgumentCompleter"),
        ("pwsh", "Register-ArgumentCompleter"),
    ],
)
def test_a_shell_is_given_its_script(shell: Shell, shell_name: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script that `--install-completion` puts into its profile asks this program."""
    monkeypatch.setenv("_WATERDEAL_COMPLETE", f"source_{shell_name}")
    script = shell().out
    assert named in script
    assert "_WATERDEAL_COMPLETE" in script
    assert "waterdeal" in script
