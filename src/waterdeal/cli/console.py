"""How the command line speaks: text or JSON on stdout, log on stderr, one exit code an outcome, one language."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import traceback
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from waterdeal.cli.stops import STOPS, Stopped
from waterdeal.errors import FileProblem, InputError, WaterdealError, why_of
from waterdeal.results.disk import WRITTEN
from waterdeal.words import SPOKEN, Words, clean, is_unseen, say
from waterdeal.words.scripts import WRITTEN_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from waterdeal.reports.blocks import Pages
    from waterdeal.run import Case

#: exit codes of a command that was told to stop begin here
STOPPED = 128
FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--debug": "debug"}


#: key of an output that names what it is, with its version
OUTPUT = "output"


def output_name(command: str) -> str:
    """Name what a command prints for machines."""
    return f"waterdeal/{command}-output@1"


def in_quotes(path: Path) -> str:
    """Write a path as it is typed behind a command."""
    return f'"{path}"' if any(map(str.isspace, str(path))) else str(path)


@dataclass
class Console:
    """What a command was told about its output."""

    json: bool = False  # one JSON object on stdout
    quiet: bool = False  # nothing but errors
    debug: bool = False  # show the traceback of an unexpected error
    lang: str = "en"  # language of what is said, errors too
    command: str = ""  # the command that runs, e.g. ``ensemble-run``
    left: str = ""  # what a command that is stopped leaves behind, where that is more than the files it has written
    gathered: list[dict[str, Any]] | None = None  # results of several tasks, written as one list in the end

    @property
    def words(self) -> Words:
        """Words of the language."""
        try:
            return Words(self.lang)
        except ValueError:  # its letters cannot be written here, which the tables it is asked for tell
            return Words(WRITTEN_FROM[self.lang])

    @property
    def silent(self) -> bool:
        """Whether nothing is written for people."""
        return self.json or self.quiet

    def take(self, arguments: Sequence[str]) -> list[str]:
        """Obey the flags every command takes, wherever they stand, and return the other arguments."""
        stop = arguments.index("--") if "--" in arguments else len(arguments)
        found: dict[str, Any] = {FLAGS[word]: True for word in arguments[:stop] if word in FLAGS}
        WRITTEN.clear()
        vars(self).update(vars(Console(**found, lang=_language(arguments[:stop]))))
        return [word for place, word in enumerate(arguments) if place >= stop or word not in FLAGS]

    def say(self, *texts: object) -> None:
        """Write text for people, each on a line; what was said by key is told in their language."""
        if not self.silent:
            _write("".join(f"{_shown(self.words.tell(text)).rstrip(chr(10))}\n" for text in texts))

    def show(self, *documents: Pages) -> None:
        """Write documents for people, as wide as the terminal is or, where there is none, as a page of text."""
        from waterdeal.reports.as_text import WIDTH, told

        if not self.silent:
            across = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
            texts = list(filter(None, (told(document, across) for document in documents)))
            self.say(*(["\n\n".join(texts)] if texts else []))

    def mark(self, passed: bool) -> str:
        """Word before what was checked, as wide for good as for bad."""
        return self.words.text("commands.good" if passed else "commands.bad")

    def result(self, content: dict[str, Any]) -> None:
        """Write the result for machines."""
        named = content if "$schema" in content or not self.command else {OUTPUT: output_name(self.command), **content}
        if self.gathered is not None:
            self.gathered.append(named)
        else:
            self._write_json(named)

    def _write_json(self, content: Any) -> None:
        """Write an object or a list of them."""
        if self.json:
            from waterdeal.documents import plain

            text = json.dumps(plain(content), ensure_ascii=False, allow_nan=False)
            _write("".join(json.dumps(sign)[1:-1] if is_unseen(sign) else sign for sign in text) + "\n")

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Gather what several tasks come to, and write it as one list, whatever ends them."""
        self.gathered = []
        try:
            yield
        finally:
            found, self.gathered = self.gathered, None
            self._write_json(found)

    def code_of(self, task: Callable[..., None], *given: Any) -> int:
        """Do one task of several and return its exit code; what stops it stops all of them."""
        try:
            with self.errors():
                task(*given)
        except SystemExit as left:
            code = int(left.code or 0)
            if code >= STOPPED:
                raise
            return code
        return 0

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show which stage is running, on a terminal only."""
        if self.silent or not sys.stderr.isatty():
            yield lambda _stage: None
            return
        from rich.console import Console as Rich

        with Rich(stderr=True).status(text) as status:
            yield lambda stage: status.update(f"{text}: {stage}")

    @contextmanager
    def reading(self, command: str, scenario: Path, sets: Sequence[str] | None = None) -> Iterator[tuple[Callable[[str], None], Case]]:
        """Read a scenario, or the folder of a run for the scenario it was planned from, and show which stage is running."""
        from waterdeal.run import load, told_of_workbook
        from waterdeal.run_folder import case_of

        with self.progress(f"waterdeal {command} {scenario.name}") as stage:
            stage("read")
            if scenario.is_dir() and sets:
                raise FileProblem(say("report.no_sets", folder=scenario))
            case = case_of(scenario) if scenario.is_dir() else load(scenario, sets or ())
            self.say(*told_of_workbook(case))
            yield stage, case

    def keep(self, run: Path, name: str, content: dict[str, Any]) -> None:
        """Write what was found of a run beside it, where it is the folder of one, for its reports."""
        from waterdeal.reports.findings import is_run_folder, write_finding
        from waterdeal.run_folder import folder_of

        if is_run_folder(folder_of(run)):
            try:
                write_finding(folder_of(run), name, content)
            except FileProblem as error:  # what was found is told all the same
                self.say(error)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors into one message and the exit code that belongs to it."""
        try:
            yield
        except typer.BadParameter:
            raise
        except WaterdealError as error:
            self._fail(error.exit_code, error.tell(self.words), error)
        except (KeyboardInterrupt, Stopped):
            self._stopped()
        except BrokenPipeError:
            _stop_writing()
            raise SystemExit(0) from None
        except MemoryError:
            self._fail(1, say("error.memory"))
        except Exception as error:
            if STOPS:  # what was being done made an error of its own of it
                self._stopped()
            if self.debug:
                traceback.print_exc()
            self._fail(1, say("error.unexpected", code=uuid.uuid4().hex[:8], kind=type(error).__name__, error=error))

    def _stopped(self) -> None:
        """Tell what is on disk, and leave with the code of the signal."""
        stands = ", ".join(map(str, WRITTEN))
        left = self.left or (say("error.stands", files=stands) if stands else say("error.nothing_written"))
        self._fail(128 + (*STOPS, signal.SIGINT)[0], say("error.interrupted", left=left))

    def _fail(self, code: int, message: str, error: WaterdealError | None = None) -> None:
        """Write an error and leave."""
        told = _shown(self.words.tell(message))
        problems = [vars(problem) for problem in error.problems] if isinstance(error, InputError) else []
        with suppress(OSError):
            named = error and self.lang == "en" and not getattr(error, "told", False)
            sys.stderr.write(f"{f'{type(error).__name__}: ' if named else ''}{told}\n")
        with suppress(OSError, FileProblem):
            self.result({"exit": code, "error": told, "problems": problems, **getattr(error, "record", {})})
        raise SystemExit(code)


def worst_code(codes: Sequence[int]) -> int:
    """Return the exit code of several tasks: the largest one, but what is unexpected is worse than all that is foreseen."""
    return max(codes, key=lambda code: (code == 1, code), default=0)


#: the console of this process, as the flags of the call set it
console = Console()


def _language(arguments: Sequence[str]) -> str:
    """Language of what is said: the first of ``--lang``, else ``WATERDEAL_LANG``, else that of the system, else English."""
    given = [after for word, after in pairwise(arguments) if word == "--lang"]
    given += [word.partition("=")[2] for word in arguments if word.startswith("--lang=")]
    system = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    told = (*given, os.environ.get("WATERDEAL_LANG", ""), re.split("[_.@]", system)[0])
    known = {name.casefold(): name for name in SPOKEN}
    chosen = [word.strip().casefold() for text in told for word in text.split(",")]
    return next((known[word] for word in chosen if word in known), "en")


def _shown(text: str) -> str:
    """Text for a terminal, which nothing in it can steer."""
    return "\n".join(map(clean, text.split("\n")))


def _write(text: str) -> None:
    """Write to stdout at once: what cannot be written is told now, and not when the process ends."""
    with writing_told():
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def writing_told() -> Iterator[None]:
    """Tell why stdout cannot be written to."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _stop_writing()
        raise FileProblem(say("error.stdout", why=why_of(error))) from error


def _stop_writing() -> None:
    """Let what is left for stdout go nowhere."""
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


@contextmanager
def refused() -> Iterator[None]:
    """Tell a value that cannot be used as a problem of what was asked."""
    try:
        yield
    except ValueError as error:
        raise FileProblem(*error.args) from error


def use_utf8() -> None:
    """Write UTF-8 whatever the console was set to; a character it cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
