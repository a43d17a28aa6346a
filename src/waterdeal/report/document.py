"""A report as data, and how it is written in a format."""

from __future__ import annotations

from pathlib import Path

from waterdeal.errors import FileProblem
from waterdeal.report.blocks import Pages
from waterdeal.report.renderers import RENDERERS
from waterdeal.results.disk import write_file
from waterdeal.words import say


class Document(Pages):
    """A report in one language, to be written in any format."""

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
