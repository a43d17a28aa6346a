"""Read and write HEC-DSS 7 by hecdss: averages and amounts of periods stand at their ends, samples where they were taken."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import open_bytes
from waterdeal.imports.clock import start_before
from waterdeal.imports.dss_records import read_records
from waterdeal.imports.lines import Line, Read
from waterdeal.imports.old_books import silenced
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from waterdeal.imports.dss_records import Record
    from waterdeal.imports.lines import Times, Wanted
    from waterdeal.types import Floats

KIND = "HEC-DSS"
ENDINGS: tuple[str, ...] = (".dss",)
NEEDS = "dss"
_MAGIC = b"ZDSS"
#: where its version stands, such as 7-IQ
_VERSION = 16
_MOST_BYTES = 500_000_000
#: what stands for a missing value: by custom, and in the library itself
_GAPS = (-901.0, -902.0)
_UNDEFINED = -3.0e38
#: nanoseconds of each regular interval shorter than a month, as its path writes it
_INTERVALS = {"1Week": 604_800, "1Day": 86_400, "12Hour": 43_200, "6Hour": 21_600, "3Hour": 10_800, "1Hour": 3_600, "15Minute": 900}


def fits(path: Path, head: bytes) -> bool:
    """Tell whether a file is one, by how it begins or its ending."""
    return head.startswith(_MAGIC) or path.suffix.lower() in ENDINGS


def read(path: Path, _wanted: Wanted) -> Read:
    """Read every series of a file."""
    raw = open_bytes(path, _MOST_BYTES)
    if not raw.startswith(_MAGIC):
        raise FileProblem(say("imports.no_dss", file=path.name))
    if raw[_VERSION : _VERSION + 2] == b"6-":
        raise FileProblem(say("imports.dss_six", file=path.name))
    records, left = read_records(raw, path.name)
    lines = [_line(record) for record in records]
    told = [say("imports.dss_left", file=path.name, names="; ".join(f"{name}: {count}" for name, count in left.items()))] if left else []
    return Read(KIND, lines, "end" if lines and all(line.until is not None for line in lines) else "", told)


def _line(record: Record) -> Line:
    """Make a series of a record."""
    stamps = pd.DatetimeIndex(record.stamps.astype("datetime64[s]"))
    values = np.where(np.isin(record.values, _GAPS) | (record.values < _UNDEFINED), np.nan, record.values)
    times: Times = stamps.to_numpy().astype("datetime64[ns]")
    until: Times | None = None
    if record.kind.upper().startswith("PER-"):
        times, until, values = _ending(stamps, record.parts["E"], values)
    name, basin = record.parts["B"], record.parts["A"]
    names = tuple(one for one in (name, f"{basin} {name}".strip(), basin) if one)
    labels = {part: record.parts[part] for part in "AEF" if record.parts[part]}
    return Line(names or ("",), record.parts["C"], record.unit, times, values, until, labels=labels)


def _ending(stamps: pd.DatetimeIndex, interval: str, values: Floats) -> tuple[Times, Times, Floats]:
    """Return when periods begin and end; a first value that is missing in an irregular series only says where the first one begins."""
    times = stamps.to_numpy().astype("datetime64[ns]")
    seconds = next((length for name, length in _INTERVALS.items() if name.lower() == interval.lower()), 0)
    if seconds:
        starts: Any = times - np.timedelta64(seconds, "s")
        return starts, times, values
    if interval.upper().startswith(("IR-", "~")) and len(times) > 1 and np.isnan(values[0]):
        return times[:-1], times[1:], values[1:]
    first = start_before(stamps).to_numpy().astype("datetime64[ns]")
    return np.concatenate([[first], times[:-1]]), times, values


def write(lines: Sequence[Line], path: Path) -> None:
    """Write series: regular ones by their interval, others as irregular ones."""
    import hecdss  # type: ignore[import-untyped]

    with silenced():
        hecdss.HecDss.set_global_debug_level(0)
        with suppress(FileNotFoundError):
            path.unlink()
        with hecdss.HecDss(str(path)) as file:
            for line in lines:
                file.put(_record(hecdss, line))


def _record(hecdss: Any, line: Line) -> Any:
    """Make a record of a series."""
    stamps = line.times if line.until is None else line.until
    values = np.where(np.isnan(line.values), _GAPS[0], line.values)
    lengths = np.unique(np.diff(stamps) / np.timedelta64(1, "s"))
    interval = next((name for name, length in _INTERVALS.items() if lengths.tolist() == [length]), "")
    regular = bool(interval) and (line.until is None or bool((line.until - line.times == np.timedelta64(int(lengths[0]), "s")).all()))
    record = hecdss.RegularTimeSeries() if regular else hecdss.IrregularTimeSeries()
    if line.until is not None and not regular:
        stamps, values = np.concatenate([line.times[:1], stamps]), np.concatenate([[_GAPS[0]], values])
    member = f"C:{line.trace:0>6}|WATERDEAL" if line.trace else "WATERDEAL"
    record.id = f"//{line.place}/{line.parameter}//{interval if regular else 'IR-Year'}/{member}/"
    record.units = line.unit
    record.data_type = "INST-VAL" if line.until is None else "PER-CUM" if line.labels.get("type") == "accumulative" else "PER-AVER"
    record.times = [moment.to_pydatetime() for moment in pd.DatetimeIndex(stamps)]
    record.values = values
    if not regular:
        record.time_granularity_seconds, record.start_date = 60, record.times[0]
    return record
