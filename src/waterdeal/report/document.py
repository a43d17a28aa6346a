"""A report as data: headings, paragraphs, tables and figures in one language, which every renderer takes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.results.disk import write_file
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.report.table import Table

#: date of a report whose plan does not say when it was made
EPOCH = datetime(2000, 1, 1)
#: size of letters of a report, points
PLAIN = 9.0


@dataclass(frozen=True)
class Heading:
    """A heading; that of the document is of level 1."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; notes stand in smaller letters."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure by its name, and the function that draws it in a format of matplotlib."""

    name: str
    caption: str
    draw: Callable[[str], bytes]
    shape: float = 0.35  # height as a share of the width


@dataclass(frozen=True)
class Break:
    """The end of a page."""


@dataclass(frozen=True)
class Document:
    """A report in one language."""

    name: str  # its kind
    language: str
    title: str
    blocks: tuple[Heading | Paragraph | Table | Figure | Break, ...]
    moment: datetime = EPOCH  # when the plan was made: the only date of its files
    points: float = PLAIN  # size of letters

    def render(self, ending: str) -> bytes:
        """Write the document in a format.

        Parameters
        ----------
        ending : str
            ``docx``, ``pdf``, ``html``, ``xlsx`` or ``txt``.

        Returns
        -------
        bytes
            The file; the same document always gives the same bytes.

        Raises
        ------
        FileProblem
            If there is no such format, or its library is not installed.
        """
        from waterdeal.report.renderers import RENDERERS

        if ending not in RENDERERS:
            raise FileProblem(say("report.no_format", name=self.name, ending=ending, known=", ".join(RENDERERS)))
        try:
            return RENDERERS[ending](self)
        except ModuleNotFoundError as error:
            raise FileProblem(say("report.needs", ending=ending, package=error.name)) from error

    def save(self, path: Path | str) -> Path:
        """Write the document to a file, by its ending.

        Parameters
        ----------
        path : pathlib.Path or str
            File to write, e.g. ``annex.docx``.

        Returns
        -------
        pathlib.Path
            The file.
        """
        file = Path(path)
        write_file(file, self.render(file.suffix.removeprefix(".").lower()))
        return file
