"""Read and write tables of Apache Parquet by pyarrow."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from waterdeal.errors import FileProblem
from waterdeal.imports.bounds import MOST_UNPACKED
from waterdeal.imports.grid import MOST_COLUMNS, MOST_ROWS, Cell, Sheet
from waterdeal.words import say

if TYPE_CHECKING:
    import pandas as pd

MAGIC = b"PAR1"


def read_frame(raw: bytes, file: str) -> pd.DataFrame:
    """Read a table whole, within measure by what it says of its columns."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError as error:
        raise FileProblem(say("imports.needs", file=file, kind="Parquet", extra="parquet")) from error
    try:
        table = pq.ParquetFile(io.BytesIO(raw))
        nested = [field.name for field in table.schema_arrow if pa.types.is_nested(field.type)]
        size = sum(table.metadata.row_group(group).total_byte_size for group in range(table.metadata.num_row_groups))
        frame: pd.DataFrame | None = table.read().to_pandas(ignore_metadata=True) if size <= MOST_UNPACKED and not nested else None
    except Exception as error:
        raise FileProblem(say("imports.bad_parquet", file=file, error=type(error).__name__)) from error
    if nested:
        raise FileProblem(say("imports.nested", file=file, names=", ".join(nested)))
    if frame is None:
        raise FileProblem(say("imports.unpacks", file=file, unpacked=size / 1e6, packed=len(raw) / 1e6))
    return frame


def read_parquet(raw: bytes, file: str) -> Sheet:
    """Read a table as a sheet."""
    frame = read_frame(raw, file)
    if len(frame) > MOST_ROWS or len(frame.columns) > MOST_COLUMNS:
        raise FileProblem(say("imports.too_many", file=file, rows=MOST_ROWS, columns=MOST_COLUMNS))
    rows: list[list[Cell]] = [[str(name) for name in frame.columns]]
    rows += [[_cell(value) for value in row] for row in frame.astype(object).itertuples(index=False)]
    return Sheet("", rows)


def _cell(value: Any) -> Cell:
    """Turn a value into text, number or date; an hour stands in a text."""
    if value is None or value != value:  # noqa: PLR0124 - nothing that is missing equals itself
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if (value.hour, value.minute, value.second) == (0, 0, 0) else value.isoformat()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, bool):
        return str(value)
    return float(value) if isinstance(value, int | float) else str(value)


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Write a table."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()
