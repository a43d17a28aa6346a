"""Formats of cells of a workbook."""

from __future__ import annotations

from typing import Any

FONT = {"font_name": "Arial", "font_size": 9}
FILL = {0: "#D9E2EC", 1: "#EEF2F6"}


class Formats:
    """Formats of one workbook, each made once.

    Parameters
    ----------
    workbook : xlsxwriter.Workbook
        The workbook.
    """

    def __init__(self, workbook: Any) -> None:
        """Make the formats that every sheet has."""
        self._workbook = workbook
        self._made: dict[tuple[object, ...], Any] = {}
        self.title = workbook.add_format({**FONT, "bold": True, "font_size": 13})
        subtitle, broad = {**FONT, "font_color": "#44546A"}, {"text_wrap": True, "valign": "top"}
        note = {**subtitle, "italic": True}
        self.subtitle, self.broad_subtitle = workbook.add_format(subtitle), workbook.add_format({**subtitle, **broad})
        self.note, self.broad_note = workbook.add_format(note), workbook.add_format({**note, **broad})
        self.check = workbook.add_format({**FONT, "num_format": '[Red]0.0;[Red]-0.0;"✓"', "align": "center", "font_color": "#2E7D32"})
        head = {**FONT, "bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True, "bg_color": "#C9D6E3"}
        self.heading = workbook.add_format(head)
        self.upright = workbook.add_format({**head, "rotation": 90})

    def text(self, level: int, indent: int = 0) -> Any:
        """Format of a cell of text.

        Parameters
        ----------
        level : int
            0 grand total, 1 total, 2 item.
        indent : int
            Steps to the right.

        Returns
        -------
        xlsxwriter.format.Format
            The format.
        """
        return self._make(level, {"text_wrap": True, "valign": "vcenter", "indent": indent})

    def number(self, level: int, digits: int) -> Any:
        """Format of a number; the reader's Excel chooses its marks.

        Parameters
        ----------
        level : int
            0 grand total, 1 total, 2 item.
        digits : int
            Decimals.

        Returns
        -------
        xlsxwriter.format.Format
            The format.
        """
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return self._make(level, {"num_format": pattern, "valign": "vcenter"})

    def _make(self, level: int, details: dict[str, Any]) -> Any:
        """Make a format, or return the one made before."""
        key = (level, *details.items())
        if key not in self._made:
            fill = {"bg_color": FILL[level], "bold": True} if level in FILL else {}
            self._made[key] = self._workbook.add_format({**FONT, "border": 1, "border_color": "#A6B1BD", **fill, **details})
        return self._made[key]
