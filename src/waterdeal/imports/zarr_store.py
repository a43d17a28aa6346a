"""Open Zarr within bounds: a folder, or a zip of one; codecs that run code are refused before anything is decoded."""

from __future__ import annotations

import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import MOST_UNPACKED, check_archive, open_bytes
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

_META = frozenset({"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"})
_CODECS = frozenset({
    "blosc", "zstd", "gzip", "zlib", "lz4", "bz2", "lzma", "bytes", "crc32c", "transpose", "sharding_indexed", "shuffle", "delta",
    "fixedscaleoffset", "quantize", "vlen-utf8", "vlen-bytes", "default", "regular", "numcodecs.zlib", "numcodecs.shuffle",
})  # fmt: skip
_MOST_FILES = 20_000


def fits(path: Path, head: bytes) -> bool:
    """Tell whether a path is a store."""
    if path.is_dir():
        return any((path / name).is_file() for name in _META)
    return path.name.lower().endswith((".zarr.zip", ".zarr")) and head.startswith(b"PK")


def open_zarr(path: Path) -> xr.Dataset:
    """Read a store whole, its times as numbers."""
    import xarray as xr

    with tempfile.TemporaryDirectory() as folder:
        root = path if path.is_dir() else _unpacked(path, Path(folder))
        _check(root, path.name)
        try:
            with xr.open_zarr(root, decode_times=False, chunks=None, consolidated=False) as dataset:
                size = sum(value.nbytes for value in dataset.variables.values())
                loaded: xr.Dataset | None = dataset.load() if size <= MOST_UNPACKED else None
        except Exception as error:
            raise FileProblem(say("imports.bad_zarr", file=path.name, error=type(error).__name__)) from error
    if loaded is None:
        raise FileProblem(say("imports.zarr_large", file=path.name, size=size / 1e6, most=MOST_UNPACKED / 1e6))
    return loaded


def _unpacked(path: Path, folder: Path) -> Path:
    """Unpack a zip of a store, and return where the store stands in it."""
    raw = open_bytes(path, MOST_UNPACKED)
    check_archive(raw, path.name)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    found = sorted((file.parent for file in folder.rglob("*") if file.name in _META), key=lambda place: len(place.parts))
    if not found:
        raise FileProblem(say("imports.bad_zarr", file=path.name, error="zarr.json"))
    return found[0]


def _check(root: Path, name: str) -> None:
    """Refuse codecs and types that are not known to be harmless, and stores of too many files."""
    for number, file in enumerate(root.rglob("*")):
        if number > _MOST_FILES:
            raise FileProblem(say("imports.zarr_large", file=name, size=number, most=_MOST_FILES))
        if file.name in _META:
            try:
                strange = sorted(set(_codecs(json.loads(file.read_bytes()))) - _CODECS)
            except (ValueError, RecursionError) as error:
                raise FileProblem(say("imports.bad_zarr", file=name, error=file.name)) from error
            if strange:
                raise FileProblem(say("imports.zarr_codec", file=name, codecs=", ".join(strange)))


def _codecs(meta: Any) -> Iterator[str]:
    """Return the names of all codecs that the description of a store names, at any depth."""
    if isinstance(meta, list):
        for part in meta:
            yield from _codecs(part)
    elif isinstance(meta, dict):
        for key, part in meta.items():
            if key == "id":
                yield str(part).lower()
            elif key in {"codecs", "index_codecs", "filters", "compressor", "compressors"}:
                yield from (str(one["name"]).lower() for one in part or () if isinstance(one, dict) and "name" in one)
            if key != "attributes":
                yield from _codecs(part)


def zarr_files(dataset: xr.Dataset) -> dict[str, bytes]:
    """Write a dataset as the files of a store, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        dataset.to_zarr(root, mode="w", consolidated=False, zarr_format=2)
        return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}
