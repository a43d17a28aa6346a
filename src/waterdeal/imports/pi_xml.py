"""Read and write time series of Delft-FEWS: PI-XML, whose values that are no samples stand at the ends of their periods."""

from __future__ import annotations

import io
from array import array
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from waterdeal.errors import FileProblem, refuse, why_unread
from waterdeal.imports.bounds import open_bytes, refuse_entities
from waterdeal.imports.clock import start_before
from waterdeal.imports.lines import Line, Read
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from waterdeal.imports.lines import Times, Wanted
    from waterdeal.types import Floats

KIND = "PI-XML"
ENDINGS: tuple[str, ...] = (".xml",)
NEEDS = ""
_SPACE = "http://www.wldelft.nl/fews/PI"
_MOST_BYTES = 200_000_000
_MOST_DEPTH = 32
#: texts of times that are kept before they are turned into times
_TEXTS = 100_000
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
#: what stands at a moment and not for a period
_SAMPLED = "instantaneous"
_MISSING_FLAGS = frozenset({"9", "10", "11"})
_UNRELIABLE_FLAGS = frozenset({"6", "7", "8"})
#: written where a value is missing
_GAP = -999.0


def fits(_path: Path, head: bytes) -> bool:
    """Tell whether a file is one, by how it begins."""
    plain = head.replace(b"\0", b"")
    return b"<TimeSeries" in plain or b":TimeSeries" in plain


def read(path: Path, _wanted: Wanted) -> Read:
    """Read every series of a file."""
    raw = open_bytes(path, _MOST_BYTES)
    refuse_entities(raw, path.name)
    try:
        zone, lines, doubtful = _read_document(raw, path.name)
    except (ElementTree.ParseError, expat.ExpatError) as error:
        raise FileProblem(say("imports.bad_xml", file=path.name, error=why_unread(error))) from error
    told = [say("imports.zone", zone=f"UTC{zone:+g}" if zone else "UTC")]
    if doubtful:
        told.append(say("imports.unreliable", file=path.name, count=doubtful))
    sampled = {line.until is None for line in lines}
    return Read(KIND, lines, "end" if sampled == {False} else "", told)


def _read_document(raw: bytes, file: str) -> tuple[float, list[Line], int]:
    """Return the time zone, the series, and how many values are flagged as unreliable; what has been read is dropped at once."""
    zone, lines, doubtful, held = 0.0, [], 0, _Held()
    above: list[Any] = []
    for stage, element in ElementTree.iterparse(io.BytesIO(raw), ("start", "end")):  # noqa: S314 - entities are refused above
        if stage == "start":
            above.append(element)
            if len(above) > _MOST_DEPTH:
                raise FileProblem(say("imports.deep_xml", file=file, most=_MOST_DEPTH))
            continue
        above.pop()
        name = _tag(element)
        if name == "timeZone":
            zone = float(element.text or 0)
        elif name == "header":
            held.begin(element)
        elif name == "event":
            held.add(element)
        elif name == "series":
            lines.append(held.line())
            doubtful += held.doubtful
            held = _Held()
        if above and not any(_tag(one) == "header" for one in above):
            above[-1].clear()
    return zone, lines, doubtful


def _tag(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


class _Held:
    """A series while it is read: its header, and times and values as numbers."""

    def __init__(self) -> None:
        self.doubtful = 0  # values that are flagged as unreliable
        self._header: Any = None
        self._fields: dict[str, str] = {}
        self._values = array("d")
        self._stamps: list[str] = []  # times that are still texts
        self._times: list[Times] = []

    def begin(self, header: Any) -> None:
        """Take the header, which stands before the values."""
        self._header = header
        self._fields = {_tag(child): (child.text or "").strip() for child in header if len(child) == 0}

    def add(self, event: Any) -> None:
        """Take a value and its time."""
        flag = event.get("flag", "0")
        value = _number(event.get("value"), self._fields.get("missVal", "NaN"))
        self._values.append(np.nan if flag in _MISSING_FLAGS else value)
        self.doubtful += flag in _UNRELIABLE_FLAGS
        self._stamps.append(f"{event.get('date')}T{event.get('time', '00:00:00')}")
        if len(self._stamps) == _TEXTS:
            self._put_in_numbers()

    def _put_in_numbers(self) -> None:
        """Turn the texts of times into times."""
        self._times.append(pd.to_datetime(self._stamps, format="ISO8601").to_numpy().astype("datetime64[ns]"))
        self._stamps = []

    def line(self) -> Line:
        """Return the series."""
        refuse(self._header is None or not self._values, "imports.pi_empty")
        self._put_in_numbers()
        fields = self._fields
        step = next((child for child in self._header if _tag(child) == "timeStep"), None)
        qualifiers = [(child.text or "").strip() for child in self._header if _tag(child) == "qualifierId"]
        labels: dict[str, str] = {key: fields[key] for key in ("moduleInstanceId", "ensembleId") if key in fields}
        labels |= {"qualifierId": ",".join(qualifiers)} if qualifiers else {}
        member = fields.get("ensembleMemberIndex", fields.get("ensembleMemberId", ""))
        labels |= {"member": member} if member else {}
        times, values = np.concatenate(self._times), np.array(self._values)
        until: Times | None = None
        if fields.get("type", _SAMPLED) != _SAMPLED:
            times, until, values = _ending(pd.DatetimeIndex(times), step, values)
        names = tuple(dict.fromkeys(name for name in (fields.get("locationId", ""), fields.get("stationName", "")) if name))
        refuse(not names, "imports.pi_empty")
        return Line(names, fields.get("parameterId", ""), fields.get("units", ""), times, values, until, member, labels)


def _number(text: str | None, gap: str) -> float:
    """Read a value; what the header calls missing is no value."""
    value = float(text if text is not None else "nan")
    return np.nan if value == float(gap) else value


def _ending(stamps: pd.DatetimeIndex, step: Any, values: Floats) -> tuple[Times, Times, Floats]:
    """Return when periods begin and end that stand at their ends; a first event without value only says where the first one begins."""
    unit = "" if step is None else str(step.get("unit", ""))
    times = stamps.to_numpy().astype("datetime64[ns]")
    if unit in _SECONDS:
        seconds = _SECONDS[unit] * int(step.get("multiplier", 1)) / int(step.get("divider", 1))
        starts: Any = times - np.timedelta64(round(seconds * 1e9), "ns")
        return starts, times, values
    if len(times) > 1 and np.isnan(values[0]):
        return times[:-1], times[1:], values[1:]
    first = start_before(stamps).to_numpy().astype("datetime64[ns]")
    return np.concatenate([[first], times[:-1]]), times, values


def write(lines: Sequence[Line], path: Path) -> None:
    """Write series; means and amounts stand at the ends of their periods, and samples where they were taken."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<TimeSeries xmlns="{_SPACE}" version="1.2">', "<timeZone>0.0</timeZone>"]
    for line in lines:
        parts += _series_text(line)
    path.write_text("\n".join([*parts, "</TimeSeries>", ""]), encoding="utf-8", newline="\n")


def _series_text(line: Line) -> list[str]:
    """Write one series."""
    stamps = line.times if line.until is None else line.until
    values = np.where(np.isnan(line.values), _GAP, line.values)
    lengths = np.unique(np.diff(stamps))
    seconds = int(lengths[0] / np.timedelta64(1, "s")) if len(lengths) == 1 else 0
    even = seconds > 0 and (line.until is None or bool((line.until - line.times == lengths[0]).all()))
    if line.until is not None and not even:
        stamps, values = np.concatenate([line.times[:1], stamps]), np.concatenate([[_GAP], values])
    said = [f'date="{str(stamp)[:10]}" time="{str(stamp)[11:19]}"' for stamp in stamps.astype("datetime64[s]")]
    kind = _SAMPLED if line.until is None else line.labels.get("type", "mean")
    step = f'unit="second" multiplier="{seconds}"' if even else 'unit="nonequidistant"'
    member = [f"<ensembleId>waterdeal</ensembleId><ensembleMemberIndex>{escape(line.trace)}</ensembleMemberIndex>"] if line.trace else []
    head = [
        f"<type>{kind}</type>", f"<locationId>{escape(line.place)}</locationId>", f"<parameterId>{escape(line.parameter)}</parameterId>",
        *member, f"<timeStep {step}/>", f"<startDate {said[0]}/>", f"<endDate {said[-1]}/>", f"<missVal>{_GAP}</missVal>",
        f"<units>{escape(line.unit)}</units>",
    ]  # fmt: skip
    events = [f'<event {when} value={quoteattr(f"{value:.12g}")} flag="0"/>' for when, value in zip(said, values, strict=True)]
    return ["<series>", "<header>", *head, "</header>", *events, "</series>"]
