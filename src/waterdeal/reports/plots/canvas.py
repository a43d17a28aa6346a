"""What every figure is drawn on: axes with the words of a language, steps as time, marks of numbers; the same bytes each time."""

from __future__ import annotations

import io
import math
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.basin.cells import did_you_mean
from waterdeal.errors import FileProblem
from waterdeal.reports.colours import COLOURS
from waterdeal.reports.edition import Edition
from waterdeal.results.disk import write_file
from waterdeal.results.store import read_results
from waterdeal.studies.problem import refused
from waterdeal.units import volume_to_rate
from waterdeal.words import Words, clean, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from waterdeal.types import Floats

#: font of figures, which has Cyrillic and Uzbek letters and comes with matplotlib
FONT = "DejaVu Sans"
#: settings of matplotlib: letters as shapes, ids that do not change from run to run
STYLE: dict[str, Any] = {
    "svg.hashsalt": "waterdeal", "font.family": FONT, "font.size": 9, "axes.titlesize": 10, "legend.fontsize": 8,
    "hatch.linewidth": 0.5, "axes.spines.top": False, "axes.spines.right": False, "text.parse_math": False,
}  # fmt: skip
#: what a file says of itself: no date and no version
UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None}, "png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}  # fmt: skip
#: patterns and lines by which colours are told apart without colours
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "++", "oo")
LINES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 3)), (0, (3, 1, 1, 1, 1, 1)))
#: width and height of a figure, inches; letters of a line of its title; months that are named below it, at most
SIZE, TITLE, MONTHS = (7.2, 4.0), 78, 13
#: letters of a name
NAMED = 64
TITLE_LINES = 3
DOTS = 150


@dataclass(frozen=True)
class Page:
    """Axes, and a plan in the words of a language."""

    axes: Axes
    edition: Edition
    own: bool  # whether nothing else is drawn on its figure

    @property
    def words(self) -> Words:
        """The language."""
        return self.edition.words

    @property
    def read(self) -> Any:
        """Variables of the plan."""
        return self.edition.read

    def name(self, key: str) -> str:
        """Name of a place or party, as much of it as a figure has room for."""
        told = drawable(clean(self.edition.name(key)))
        return told if len(told) <= NAMED else f"{told[: NAMED - 1]}…"

    def text(self, key: str, **values: object) -> str:
        """Text in the language."""
        return self.words.text(key, **values)

    def title(self, text: str, size: int = TITLE) -> None:
        """Write the title, on as many lines as it takes, few of any."""
        told, most = drawable(clean(text)), TITLE_LINES * size
        self.axes.set_title(textwrap.fill(told if len(told) <= most else f"{told[: most - 1]}…", size), loc="left")

    def amounts(self, label: str = "", *, along: str = "y") -> None:
        """Set the name of an axis of numbers, and their marks."""
        axis = getattr(self.axes, f"{along}axis")
        axis.set_label_text(label)
        axis.set_major_formatter(lambda value, _: self.words.number(value, _decimals(axis.get_majorticklocs())))
        self.axes.grid(visible=True, axis=along, linewidth=0.4, alpha=0.4)  # type: ignore[arg-type]

    def legend(self, columns: int = 3) -> None:
        """Write the legend: below what is drawn, in axes of the user's inside them."""
        handles, labels = self.axes.get_legend_handles_labels()
        drawn = self.axes.get_figure(root=True)
        if handles and self.own and drawn is not None:
            drawn.legend(handles, labels, loc="outside lower center", ncols=min(columns, len(labels)), frameon=False)
        elif handles:
            self.axes.legend(handles, labels)

    @cached_property
    def edges(self) -> Floats:
        """Bounds of the steps in days, as matplotlib counts them."""
        bounds = self.read["time_bounds"].values.astype("datetime64[D]")
        return np.append(bounds[:, 0], bounds[-1:, 1]).astype(float)

    def rates(self, volumes: Any) -> Floats:
        """Mean rates over the steps, m3/s."""
        return np.asarray(volume_to_rate(np.asarray(volumes), self.read["step_length"].values))

    def stairs(self, values: Any, label: str, order: int = 0, **look: Any) -> None:
        """Draw a quantity of the steps, each as long as it is."""
        told = {"color": COLOURS[order % len(COLOURS)], "linestyle": LINES[order % len(LINES)], "linewidth": 1.6, **look}
        self.axes.stairs(np.asarray(values, dtype=float), self.edges, baseline=None, label=label, **told)

    def calendar(self, most: int = MONTHS) -> None:
        """Name the months below the steps; the year once, at the first."""
        first, last = self.edges[0], self.edges[-1]
        months = np.arange(np.datetime64(int(first), "D").astype("datetime64[M]"), np.datetime64(int(last), "D") + 1, dtype="datetime64[M]")
        days = months.astype("datetime64[D]").astype(float)
        shown = [k for k in range(len(months)) if first <= days[k] <= last][:: max(1, -(-len(months) // most))]
        labels = [self.month(str(months[k]), with_year=not place or str(months[k])[5:] == "01") for place, k in enumerate(shown)]
        self.axes.set_xticks(days[shown], labels)
        self.axes.set_xlim(first, last)

    def month(self, label: str, *, with_year: bool) -> str:
        """Short name of a month, with its year below where it is told."""
        name = self.words.short_month(int(label[5:7]))
        return f"{name}\n{label[:4]}" if with_year else name

    def index(self, dim: str, place: str, key: str) -> int:
        """Number of a place that is told by its id or its name; FileProblem where there is none."""
        ids = self.read[dim].values.astype(str).tolist()
        called = {spelled.casefold(): name for name in ids for spelled in (name, *self.edition.tell.names.get(name, {}).values())}
        if place.casefold() not in called:
            raise lacking(self.words, key, place=place, did_you_mean=did_you_mean(place, ids))
        number: int = ids.index(called[place.casefold()])
        return number


def lacking(words: Words, key: str, **values: object) -> FileProblem:
    """What a figure needs and has not, in the language of the figure."""
    return FileProblem(words.tell(say(key, **values)))


def dataset_of(result: Any) -> xr.Dataset:
    """Return the dataset of a plan, of a `Result`, or of the folder of a run."""
    return read_results(Path(result)) if isinstance(result, str | Path) else getattr(result, "dataset", result)


@contextmanager
def plan_drawing(
    result: Any, lang: str | None, ax: Axes | None, size: tuple[float, float] = SIZE, *, planned: bool = True
) -> Iterator[Page]:
    """Give a page for a plan, or for inputs that need none; its language is their attribute ``language`` unless told, else English."""
    plan = dataset_of(result)
    words = Words(lang or str(plan.attrs.get("language", "en")))
    if "step" not in plan or ("flow" not in plan and planned):
        raise lacking(words, "plot.no_plan")
    with styled():
        yield Page(blank_figure(size).subplots() if ax is None else ax, Edition(plan, words), ax is None)


@contextmanager
def styled(**more: Any) -> Iterator[None]:
    """Draw with the settings of this toolkit, whatever those of the user are; some may be told."""
    try:
        import matplotlib as mpl
        import matplotlib.figure
    except ModuleNotFoundError as error:
        raise refused(field="figure", key="studying.no_matplotlib") from error
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = STYLE | more
        mpl.rcParams.update(settings)
        yield


def blank_figure(size: tuple[float, float] = SIZE) -> Figure:
    """A figure with nothing on it; none of pyplot, which would keep it."""
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


@cache
def _letters() -> frozenset[int]:
    """Letters that the font of figures has; FileProblem where there is no such font."""
    from matplotlib import font_manager

    try:
        font = font_manager.get_font(font_manager.findfont(FONT, fallback_to_default=False))
    except (ValueError, OSError, RuntimeError) as error:
        raise FileProblem(say("plot.no_font", font=FONT)) from error
    return frozenset(font.get_charmap())


def drawable(text: str) -> str:
    """Return a text with the code of each letter that the font of figures has not in place of it: it would be an empty box."""
    known = _letters()
    return "".join(sign if ord(sign) in known or sign.isspace() else f"U+{ord(sign):04X}" for sign in text)


def figure_bytes(drawn: Figure, form: str) -> bytes:
    """Write a figure in a format of matplotlib: the same figure gives the same bytes."""
    from matplotlib.text import Text

    buffer = io.BytesIO()
    with styled():
        for text in drawn.findobj(Text):
            if isinstance(text, Text) and (told := text.get_text()) != (safe := drawable(told)):
                text.set_text(safe)
        drawn.savefig(buffer, format=form, dpi=DOTS, metadata=UNDATED.get(form))
    return buffer.getvalue()


def check_figure(file: Path) -> None:
    """Refuse a file for a picture before anything is solved: without matplotlib, of no known kind, or there already."""
    with styled():
        known = blank_figure().canvas.get_supported_filetypes()
    if file.suffix.lower()[1:] not in known:
        raise refused(field="figure", key="studying.picture_kind", name=file.name)
    if file.exists():
        raise refused(field="figure", key="studying.picture_there", file=file)


def save(ax: Axes, path: Path | str) -> Path:
    """Write a figure to a file, by its ending; the same figure always gives the same bytes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        What a function of this module returned.
    path : pathlib.Path or str
        File to write, e.g. ``storage.svg``; png and pdf too.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FileProblem
        If matplotlib has no such format, or the file cannot be written.
    """
    file, drawn = Path(path), ax.get_figure(root=True)
    form = file.suffix.lower().removeprefix(".")
    if drawn is None or form not in drawn.canvas.get_supported_filetypes():
        raise FileProblem(say("plot.no_format", name=file.name))
    write_file(file, figure_bytes(drawn, form))
    return file


def _decimals(places: Floats) -> int:
    """Decimals that the distance of marks along an axis needs."""
    apart = np.diff(np.unique(places))
    return max(0, -math.floor(math.log10(apart.min()) + 1e-9)) if apart.size else 0
