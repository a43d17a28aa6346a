"""Find the bundled data and the basin a scenario names."""

from __future__ import annotations

from pathlib import Path

from waterdeal.errors import FileProblem
from waterdeal.words import say

_PACKAGE = Path(__file__).resolve().parents[1]


def bundled_folder(name: str) -> Path:
    """Return the folder ``data`` or ``scenarios`` that came with the toolkit.

    Parameters
    ----------
    name : str
        ``data`` or ``scenarios``.

    Returns
    -------
    pathlib.Path
        In a checkout the folder at its top; in an installed wheel the copy inside the package.

    Raises
    ------
    FileProblem
        If neither is there.
    """
    checkout = _PACKAGE.parents[1]
    candidates = [checkout / name, _PACKAGE / "bundled" / name]
    if not (checkout / "pyproject.toml").is_file():
        candidates.reverse()
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise FileProblem(say("scenario.bundle_missing", name=name))


def find_basin(name: str, beside: Path) -> Path:
    """Return the folder of the basin a scenario names."""
    local = (beside / name).resolve()
    if (local / "basin.toml").is_file():
        return local
    bundled = bundled_folder("data")
    if name.isidentifier() and (bundled / name / "basin.toml").is_file():
        return bundled / name
    known = sorted(folder.name for folder in bundled.iterdir() if (folder / "basin.toml").is_file())
    raise FileProblem(say("scenario.basin_unknown", name=name, known=", ".join(known)))
