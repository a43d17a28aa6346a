"""What a report is made of: headings, paragraphs, tables and figures in one language, which every renderer takes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from waterdeal.reports.table import Table

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
class Listing:
    """A sentence, and what it introduces, a line each; without lines the sentence stands by itself, as lines do without a sentence."""

    text: str
    lines: tuple[str, ...] = ()


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


Block: TypeAlias = "Heading | Paragraph | Listing | Table | Figure | Break"


@dataclass(frozen=True)
class Pages:
    """All of a report in one language."""

    name: str  # its kind
    language: str
    title: str
    blocks: tuple[Block, ...]
    moment: datetime = EPOCH  # when the plan was made: the only date of its files
    points: float = PLAIN  # size of letters
