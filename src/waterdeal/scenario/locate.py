"""Find the bundled data and the basin a scenario names."""

from __future__ import annotations

from pathlib import Path

from waterdeal.errors import FileProblem

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
    message = f"the bundled {name} folder is not installed; reinstall waterdeal"
    raise FileProblem(message)


def find_basin(name: str, beside: Path) -> Path:
    """Return the folder of the basin a scenario names.

    Parameters
    ----------
    name : str
        Name of a bundled basin, or a path relative to the scenario file.
    beside : pathlib.Path
        Folder of the scenario file.

    Returns
    -------
    pathlib.Path
        An existing folder.

    Raises
    ------
    FileProblem
        If there is no such basin.
    """
    local = (beside / name).resolve()
    if (local / "basin.toml").is_file():
        return local
    bundled = bundled_folder("data")
    if name.isidentifier() and (bundled / name / "basin.toml").is_file():
        return bundled / name
    known = sorted(folder.name for folder in bundled.iterdir() if (folder / "basin.toml").is_file())
    message = f'"{name}" is neither a basin folder beside the scenario nor a bundled basin ({", ".join(known)}).'
    raise FileProblem(message)
