"""Completion of commands, options and choices, in each shell that has it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

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


def test_the_help_beside_what_completes_is_in_the_language_of_the_system(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of commands and of options."""
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    monkeypatch.setenv("_WATERDEAL_COMPLETE", "complete_zsh")
    for line, due in (("waterdeal ru", "Рассчитать план по сценарию"), ("waterdeal run --fo", "можно указать несколько раз")):
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        assert due in shell().out


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_itself_completes(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script, sourced, fills in what bash shows; where it has nothing, bash falls back to names of files."""
    monkeypatch.setenv("_WATERDEAL_COMPLETE", "source_bash")
    (tmp_path / "waterdeal").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m waterdeal "$@"\n', encoding="utf-8")
    (tmp_path / "waterdeal").chmod(0o755)
    script = shell().out
    monkeypatch.delenv("_WATERDEAL_COMPLETE")
    for words, due in ((["waterdeal", "study", "fr"], ["frontier"]), (["waterdeal", "run", "dry.toml", "--lang", "k"], ["kk"]), (["waterdeal", "run", "dr"], [])):
        asked = f'{script}\nCOMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _waterdeal_completion waterdeal; printf "%s\\n" "${{COMPREPLY[@]}}"'
        path = f"{tmp_path}:{os.environ['PATH']}"
        told = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "PATH": path})
        assert told.stdout.split() == due
    assert "-o default" in script
