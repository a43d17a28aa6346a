"""What every correction of a season starts from: the run that was agreed, and all that has been measured of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from waterdeal import run_folder
from waterdeal.errors import FileProblem
from waterdeal.results.store import to_bytes
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: folder of a followed plan that holds the agreed run, and the readings beside it
AGREED, READINGS = "agreed", "agreed/readings.csv"
#: columns of readings that are kept: what was measured, of what days
KEPT = ["place", "quantity", "source", "start", "end", "value"]


@dataclass(frozen=True)
class Agreed:
    """The agreed run of a season, and what was measured of it before."""

    run: run_folder.Run
    readings: pd.DataFrame  # with the columns `KEPT`
    sources: Mapping[str, bytes]  # what the agreed run was made from
    inputs: bytes  # its `inputs.nc` as it stands: the inputs of the run in use hold the lines that its plan has settled on

    def with_readings(self, fresh: pd.DataFrame) -> Agreed:
        """Add readings; one of the same place, quantity, agency and day takes the place of an earlier one."""
        both = pd.concat([self.readings, fresh[KEPT]]) if len(self.readings) else fresh[KEPT]
        return replace(self, readings=both.drop_duplicates(KEPT[:4], keep="last").sort_values(KEPT[:4], ignore_index=True))

    def files(self) -> dict[str, bytes]:
        """Files that a followed plan carries, so that the next correction starts from the same."""
        readings = self.readings.to_csv(index=False, date_format="%Y-%m-%d").encode()
        made = {"plan.nc": to_bytes(self.run.results), "inputs.nc": self.inputs}
        return {READINGS: readings, **{f"{AGREED}/{name}": content for name, content in made.items()}, **self.sources}


def open_agreed(folder: Path, run: run_folder.Run | None = None) -> Agreed:
    """Open a run to be followed: the run itself, or the one that a followed plan was made from, unless it is given."""
    place = run_folder.folder_of(folder)
    followed = (place / AGREED).is_dir()
    first = place / AGREED if followed else place
    run = run_folder.open_run(first) if run is None else run
    try:
        inputs = (first / "inputs.nc").read_bytes()
        sources = {f"sources/{file.relative_to(place / 'sources').as_posix()}": file.read_bytes()
                   for file in sorted((place / "sources").rglob("*")) if file.is_file()}  # fmt: skip
        raw = (place / READINGS).read_bytes() if followed else b""
        readings = read_readings(raw) if followed else pd.DataFrame(columns=KEPT)
    except (OSError, ValueError, KeyError) as error:
        raise FileProblem(say("plans.unreadable", file=place, value=error)) from error
    return Agreed(run, readings, sources, inputs)


def read_readings(raw: bytes) -> pd.DataFrame:
    """Read the readings that a followed plan carries."""
    texts = pd.read_csv(io.BytesIO(raw), dtype="str", keep_default_na=False)[KEPT]
    days = {name: pd.to_datetime(texts[name]).astype("datetime64[s]") for name in ("start", "end")}
    return texts.assign(**days, value=texts["value"].map(float))
