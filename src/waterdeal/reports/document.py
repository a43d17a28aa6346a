"""A report as data, and how it is written in a format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waterdeal.errors import FileProblem
from waterdeal.reports import as_csv
from waterdeal.reports.blocks import Block, Listing, Pages, Paragraph
from waterdeal.reports.renderers import RENDERERS
from waterdeal.reports.table import Table
from waterdeal.results.disk import write_file, write_files
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable


class Document(Pages):
    """A report in one language, to be written in any format."""

    def render(self, ending: str) -> bytes:
        """Write the document in a format.

        Parameters
        ----------
        ending : str
            ``docx``, ``pdf``, ``html``, ``xlsx``, ``txt``, or ``csv`` for its tables, one below the other.

        Returns
        -------
        bytes
            The file; the same document always gives the same bytes.

        Raises
        ------
        FileProblem
            If there is no such format, or its library is not installed.
        """
        if ending not in RENDERERS:
            raise FileProblem(say("report.no_format", name=self.name, ending=ending, known=", ".join(RENDERERS)))
        try:
            return RENDERERS[ending](self)
        except ModuleNotFoundError as error:
            raise FileProblem(say("report.needs", ending=ending, package=error.name)) from error

    def files(self, stem: str, ending: str) -> dict[str, bytes]:
        """Write the document in a format as files by name: one, but of ``csv`` one a table.

        Parameters
        ----------
        stem : str
            What their names begin with.
        ending : str
            As for `render`.

        Returns
        -------
        dict of str to bytes
            ``<stem>.<ending>``, or ``<stem>.<table>.csv``.
        """
        if ending == "csv":
            return {f"{stem}.{name}.csv": content for name, content in as_csv.tables(self).items()}
        return {f"{stem}.{ending}": self.render(ending)}

    def save(self, path: Path | str) -> Path:
        """Write the document to a file, by its ending; of ``csv`` one a table, named as in `files`.

        Parameters
        ----------
        path : pathlib.Path or str
            File to write, e.g. ``annex.docx``.

        Returns
        -------
        pathlib.Path
            The file; of ``csv`` their folder.
        """
        file = Path(path)
        ending = file.suffix.removeprefix(".").lower()
        if ending == "csv":
            write_files(file.parent, self.files(file.stem, ending))
            return file.parent
        write_file(file, self.render(ending))
        return file


def answer(name: str, language: str, blocks: Iterable[Block | str | None]) -> Document:
    """Make what a command answers with: texts are paragraphs, blanks are dashes, and of a table without rows its notes are left."""
    made = (Paragraph(block) if isinstance(block, str) else block for block in blocks if block)
    return Document(name, language, name, tuple(_answered(block) if isinstance(block, Table) else block for block in made))


def _answered(table: Table) -> Table | Listing:
    """A table with a dash where there is nothing, or its notes where there is nothing else."""
    return table.with_blanks() if table.rows else Listing("", table.notes)
