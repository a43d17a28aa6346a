"""Members on disk: one file for so many of them, written whole or not at all, so that a run killed at any moment can go on."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from waterdeal.errors import FileProblem, why_of, why_unread
from waterdeal.results.disk import write_through
from waterdeal.results.locks import locked
from waterdeal.results.netcdf import netcdf_bytes
from waterdeal.results.store import TIMES
from waterdeal.variables import vocabulary
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from waterdeal.ensemble.members import Member

FOLDER = "shards"
#: how the suffix of a file that is being written begins
UNFINISHED = ".part"
FELL_BACK = "1 where a member was solved from nothing, after numerical trouble with its start"


@dataclass(frozen=True)
class Shards:
    """Files of the members of an ensemble."""

    folder: Path  # folder of the ensemble
    members: int
    size: int

    @property
    def count(self) -> int:
        """Number of files when all is done."""
        return -(-self.members // self.size)

    def numbers(self, shard: int) -> range:
        """Members of a file."""
        return range(shard * self.size, min((shard + 1) * self.size, self.members))

    def path(self, shard: int) -> Path:
        """Where a file stands."""
        numbers = self.numbers(shard)
        return self.folder / FOLDER / f"{numbers[0]:06d}-{numbers[-1]:06d}.nc"

    def done(self) -> list[int]:
        """Files that are there: each was written whole."""
        return [shard for shard in range(self.count) if self.path(shard).is_file()]

    @contextmanager
    def held(self, *, shared: bool) -> Iterator[None]:
        """Have the folder alone, or with other parts of the same ensemble; FileProblem where it is in use otherwise."""
        place = self.folder / FOLDER
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileProblem(say("members.unwritten", path=place, error=why_of(error))) from error
        try:
            with locked(place, wait=False, shared=shared):
                for left in () if shared else place.glob(f"*{UNFINISHED}*"):
                    left.unlink(missing_ok=True)
                yield
        finally:
            with suppress(OSError):  # nothing was written
                place.rmdir()
                self.folder.rmdir()

    def read(self, shard: int) -> xr.Dataset:
        """Read a file."""
        try:
            with xr.open_dataset(io.BytesIO(self.path(shard).read_bytes()), engine="h5netcdf", decode_timedelta=False) as opened:
                return opened.load()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise self._damaged(shard, error) from error

    def array(self, shard: int, name: str) -> NDArray[Any]:
        """Read one variable of a file, numbers or text: a tenth of the time that all of it takes, or less."""
        import h5py

        try:
            with h5py.File(io.BytesIO(self.path(shard).read_bytes()), "r") as opened:  # HDF5 itself stumbles on some folders' names
                if name not in opened:
                    raise KeyError(name)
                held = opened[name]
                return np.asarray(held.asstr()[...].astype(str) if held.dtype.kind == "O" else held[...])
        except (OSError, ValueError, RuntimeError) as error:
            raise self._damaged(shard, error) from error

    def _damaged(self, shard: int, error: Exception) -> FileProblem:
        """Say that a file is damaged, and what to do."""
        return FileProblem(say("members.damaged", path=self.path(shard), error=why_unread(error)))


def write_whole(target: Path, content: bytes) -> None:
    """Write a file of an ensemble whole or not at all, by a name that no other process writes to."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_through(target, content, target.with_suffix(f"{UNFINISHED}{os.getpid()}"))
    except OSError as error:
        raise FileProblem(say("members.unwritten", path=target, error=why_of(error))) from error


def shard_bytes(members: Sequence[Member], dims: Mapping[str, tuple[str, ...]], labels: Mapping[str, Any]) -> bytes:
    """Write members as NetCDF."""
    names = vocabulary()
    data: dict[str, Any] = {
        name: (("member", *dims[name]), np.stack([member.quantities[name] for member in members]), names[name].attrs) for name in dims
    }
    each = {
        "fell_back": [np.int8(member.fell_back) for member in members],
        "error": [member.error for member in members],
        "conflict": [" ".join(member.conflict) for member in members],
        "member": [member.number for member in members],
        "trace": [str(labels["trace"][1][member.number]) for member in members],
    }
    data["level_value"] = (("member", "objective_level"), np.stack([member.levels for member in members]))
    data |= {name: ("member", np.array(values)) for name, values in each.items()}
    dataset = xr.Dataset(data, coords={name: value for name, value in labels.items() if name != "trace"}).set_coords(["member", "trace"])
    dataset["fell_back"].attrs["long_name"] = FELL_BACK
    return netcdf_bytes(dataset, {**{name: {"zlib": True, "complevel": 1} for name in dims}, "time": TIMES})
