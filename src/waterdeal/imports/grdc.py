"""Read station files of the Global Runoff Data Centre: a heading of remarks, then a day, an hour and a rate a row."""

from __future__ import annotations

import re

from waterdeal.imports.grid import Cell, Sheet

_NUMBER = re.compile(r"^#\s*GRDC-No\.?:\s*(\S+)", re.MULTILINE)
_MISSING = re.compile(r"missing values.*?(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_ROW = re.compile(r"(\d{4}-\d{2})-(\d{2});[^;]*;\s*(-?[\d.]+)")


def is_grdc(text: str) -> bool:
    """Tell whether a text is such a file."""
    return text.lstrip("\ufeff").startswith("#") and "GRDC" in text[:2000] and _NUMBER.search(text[:4000]) is not None


def read_grdc(text: str) -> Sheet:
    """Return a long table whose place is the number of the station."""
    head = text[: text.find("# DATA")] if "# DATA" in text else text[:8000]
    number = _NUMBER.search(head)
    gap = _MISSING.search(head)
    missing = float(gap[1]) if gap else -999.0
    rows: list[list[Cell]] = [["place", "date", "value, m3/s"]]
    for line in text[len(head) :].splitlines():
        if found := _ROW.match(line):
            value = float(found[3])
            day = found[1] if found[2] == "00" else f"{found[1]}-{found[2]}"
            rows.append([number[1] if number else "", day, None if value == missing else value])
    return Sheet("", rows)
