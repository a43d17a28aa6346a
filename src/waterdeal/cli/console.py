"""How the command line speaks: text or JSON on stdout, log on stderr, one exit code an outcome."""

from __future__ import annotations

import json
import os
import sys
import traceback
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from waterdeal.errors import InputError, WaterdealError
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@dataclass(frozen=True)
class Console:
    """What a command was told about its output."""

    json: bool = False  # one JSON object on stdout
    quiet: bool = False  # nothing but errors
    debug: bool = False  # show the traceback of an unexpected error
    lang: str = "en"  # language of errors

    @property
    def words(self) -> Words:
        """Words of the language of errors."""
        return Words(self.lang)

    def say(self, text: str) -> None:
        """Write text for people."""
        if not self.json and not self.quiet:
            sys.stdout.write(self.words.tell(text).rstrip("\n") + "\n")

    def result(self, content: dict[str, Any]) -> None:
        """Write the result for machines."""
        if self.json:
            sys.stdout.write(json.dumps(content, ensure_ascii=False, default=_plain) + "\n")

    @contextmanager
    def progress(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show which stage is running, on a terminal only."""
        if self.quiet or self.json or not sys.stderr.isatty():
            yield lambda _stage: None
            return
        from rich.console import Console as Rich

        with Rich(stderr=True).status(text) as status:
            yield lambda stage: status.update(f"{text}: {stage}")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors into one message and the exit code that belongs to it."""
        try:
            yield
        except WaterdealError as error:
            self._fail(error.exit_code, error.tell(self.words), error)
        except KeyboardInterrupt:
            self._fail(130, self.words.text("error.interrupted"))
        except BrokenPipeError:
            sys.stderr.close()
            raise SystemExit(0) from None
        except MemoryError:
            self._fail(1, self.words.text("error.memory"))
        except Exception as error:
            if self.debug:
                traceback.print_exc()
            code = uuid.uuid4().hex[:8]
            self._fail(1, self.words.text("error.unexpected", code=code, kind=type(error).__name__, error=error))

    def _fail(self, code: int, message: str, error: WaterdealError | None = None) -> None:
        """Write an error and leave."""
        problems = [vars(problem) for problem in error.problems] if isinstance(error, InputError) else []
        record = getattr(error, "record", {})
        self.result({"exit": code, "error": message, "problems": problems, **record})
        told = getattr(error, "told", False)
        sys.stderr.write(f"{type(error).__name__ + ': ' if error and not told else ''}{message}\n")
        raise SystemExit(code)


_CURRENT: ContextVar[Console] = ContextVar("console")
_FLAGS = {"--json": "json", "--quiet": "quiet", "-q": "quiet", "--debug": "debug"}


def current_console() -> Console:
    """Return the console of this call, as its flags set it."""
    return _CURRENT.get(Console())


def take_flags(arguments: Sequence[str]) -> list[str]:
    """Set the console by the flags every command takes, wherever they stand, and return the other arguments."""
    stop = arguments.index("--") if "--" in arguments else len(arguments)
    found = {_FLAGS[word]: True for word in arguments[:stop] if word in _FLAGS}
    _CURRENT.set(Console(**found, lang=_language(arguments[:stop])))
    return [word for place, word in enumerate(arguments) if place >= stop or word not in _FLAGS]


def _language(arguments: Sequence[str]) -> str:
    """Language of errors: the first of ``--lang``, else that of the environment, else English."""
    given = [after for word, after in pairwise(arguments) if word == "--lang"]
    given += [word.partition("=")[2] for word in arguments if word.startswith("--lang=")]
    chosen = [word.strip() for text in (*given, os.environ.get("WATERDEAL_LANG", "")) for word in text.split(",")]
    return next((word for word in chosen if word in LANGUAGES), "en")


def _plain(value: Any) -> Any:
    """Turn numpy numbers and paths into what JSON knows."""
    return value.item() if hasattr(value, "item") else str(value)


def use_utf8() -> None:
    """Write UTF-8 whatever the console was set to; a character it cannot show becomes a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
