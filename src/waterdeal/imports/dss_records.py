"""Take the series out of a HEC-DSS file in a process of its own, which a damaged file may end without harm to the caller's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.errors import FileProblem
from waterdeal.words import say

if TYPE_CHECKING:
    from waterdeal.types import Floats, Ints

_MOST_VALUES = 5_000_000
_MOST_SECONDS = 300


@dataclass(frozen=True)
class Record:
    """One series as the library gives it."""

    parts: dict[str, str]  # A, B, C, E and F of its path
    unit: str
    kind: str  # E.g. `PER-AVER`
    stamps: Ints  # seconds since 1970
    values: Floats


def read_records(raw: bytes, name: str) -> tuple[list[Record], dict[str, int]]:
    """Read every series of a file, from a copy, which the library may write to; and count what is none."""
    with tempfile.TemporaryDirectory() as folder:
        copy, target = Path(folder) / "copy.dss", Path(folder) / "records.npz"
        copy.write_bytes(raw)
        command = [sys.executable, "-m", __name__, str(copy), str(target)]
        search = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
        try:
            ended = subprocess.run(command, env=search, capture_output=True, timeout=_MOST_SECONDS, check=False)  # noqa: S603 - this Python
        except subprocess.TimeoutExpired as error:
            raise FileProblem(say("imports.dss_damaged", file=name, error=f"> {_MOST_SECONDS} s")) from error
        if ended.returncode or not target.is_file():
            told = ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
            raise FileProblem(say("imports.dss_damaged", file=name, error=told or ended.returncode))
        with np.load(target, allow_pickle=False) as held:
            about = json.loads(str(held["about"]))
            records = [Record(**one, stamps=held[f"s{at}"], values=held[f"v{at}"]) for at, one in enumerate(about["records"])]
    return records, about["left"]


def _take(source: str, target: str) -> None:
    """Write the series of a file to another; this runs in the process of its own."""
    import hecdss  # type: ignore[import-untyped]

    hecdss.HecDss.set_global_debug_level(0)
    records: list[Record] = []
    left: Counter[str] = Counter()
    with hecdss.HecDss(source) as file:
        for item in file.get_catalog().items:
            kind = item.recType.name
            if "TimeSeries" not in kind:
                left[kind] += 1
                continue
            try:
                series = file.get(str(item))
            except ValueError:
                left[f"{kind} {item.E}"] += 1
                continue
            if len(series.values) == 0 or str(series.data_type).upper() == "INST-CUM":
                left[f"{kind} {series.data_type}"] += 1
            else:
                records.append(_record(item, series))
            if sum(len(record.values) for record in records) > _MOST_VALUES:
                raise ValueError(_MOST_VALUES)
    arrays: dict[str, Any] = {f"s{at}": record.stamps for at, record in enumerate(records)}
    arrays |= {f"v{at}": record.values for at, record in enumerate(records)}
    plain = [{key: value for key, value in asdict(record).items() if key not in {"stamps", "values"}} for record in records]
    np.savez(target, about=json.dumps({"records": plain, "left": left}), **arrays)


def _record(item: Any, series: Any) -> Record:
    """Make a record of a series of the library, its clock as it stands."""
    stamps = np.array([moment.replace(tzinfo=None) for moment in series.times], dtype="datetime64[s]").astype(np.int64)
    parts = {part: str(getattr(item, part) or "") for part in "ABCEF"}
    return Record(parts, str(series.units), str(series.data_type), stamps, np.array(series.values, dtype=float))


if __name__ == "__main__":
    _take(*sys.argv[1:])
