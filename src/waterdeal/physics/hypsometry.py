"""Level, area and volume of a body of water as one table.

Volume is the integral of area over level, ``dV = A dh`` (design/model.md, 2.6). A table that breaks this makes evaporation and head
disagree with storage; a published set for the Northern Aral does (case EN-05).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: share of the volume span of a table by which a step may miss the trapezoid of area over level
TOLERANCE = 0.02
#: rounding of floats, not of figures
ROUNDING = 1e-9


def trapezoid_volume(level: ArrayLike, area: ArrayLike) -> Floats:
    """Volume gained between neighbouring rows where area grows evenly with level.

    Parameters
    ----------
    level : array_like
        Levels in rising order, m.
    area : array_like
        Area at each level, km2.

    Returns
    -------
    numpy.ndarray
        hm3 (1 km2 m = 1 hm3), one entry fewer than the rows: ``(A_low + A_high) / 2 x dh``.
    """
    surfaces = np.asarray(area, dtype=float)
    return np.asarray((surfaces[1:] + surfaces[:-1]) / 2 * np.diff(np.asarray(level, dtype=float)))


def implied_mean_area(level: ArrayLike, volume: ArrayLike) -> Floats:
    """Mean area between neighbouring rows that their volumes imply.

    Parameters
    ----------
    level : array_like
        Levels in strictly rising order, m.
    volume : array_like
        Volume at each level, hm3.

    Returns
    -------
    numpy.ndarray
        km2, one entry fewer than the rows: ``dV / dh``.

    Raises
    ------
    ValueError
        If the levels do not rise.
    """
    rise = np.diff(np.asarray(level, dtype=float))
    if not (rise > 0).all():
        message = "levels must rise from row to row"
        raise ValueError(message)
    return np.asarray(np.diff(np.asarray(volume, dtype=float)) / rise)


def curve_problems(level: ArrayLike, volume: ArrayLike, area: ArrayLike, tolerance: float = TOLERANCE) -> list[str]:
    """Tell everything that is wrong with a level-area-volume table.

    Parameters
    ----------
    level, volume, area : array_like
        Columns of the table in m, hm3 and km2, a row each.
    tolerance : float
        Share of the table's volume span by which the volume of a step may miss the trapezoid of its areas.

    Returns
    -------
    list of str
        A sentence a problem; empty where the table is sound. Two rows say nothing of the shape between them, so that there only the mean
        area is checked: between two heights the volume gained lies between lower area x height and upper area x height, always.
    """
    levels, volumes, areas = (np.asarray(column, dtype=float) for column in (level, volume, area))
    wrong = _shape_problems(levels, volumes, areas)
    if wrong:
        return wrong
    gained, trapezoid = np.diff(volumes), trapezoid_volume(levels, areas)
    implied = implied_mean_area(levels, volumes)
    low, high = areas[:-1] * (1 - ROUNDING), areas[1:] * (1 + ROUNDING)
    problems = [
        f"from {levels[at]:g} to {levels[at + 1]:g} m the volumes imply a mean area of {implied[at]:.6g} km2, "
        f"outside the areas of {areas[at]:g} to {areas[at + 1]:g} km2"
        for at in np.flatnonzero((implied < low) | (implied > high))
    ]
    if len(levels) == 2:
        return problems
    span = volumes[-1] - volumes[0]
    return problems + [
        f"from {levels[at]:g} to {levels[at + 1]:g} m the table gains {gained[at]:g} hm3, its areas {trapezoid[at]:.6g} hm3; "
        f"they differ by more than {tolerance * 100:g} % of the {span:g} hm3 of the table"
        for at in np.flatnonzero(np.abs(gained - trapezoid) > tolerance * span)
    ]


def check_curve(level: ArrayLike, volume: ArrayLike, area: ArrayLike, tolerance: float = TOLERANCE) -> None:
    """Refuse a level-area-volume table that is not sound.

    Parameters
    ----------
    level, volume, area : array_like
        Columns of the table in m, hm3 and km2.
    tolerance : float
        See `curve_problems`.

    Raises
    ------
    ValueError
        With every problem found.
    """
    problems = curve_problems(level, volume, area, tolerance)
    if problems:
        message = "; ".join(["the level-area-volume table is not sound", *problems])
        raise ValueError(message)


def area_at_volume(storage: ArrayLike, volume: ArrayLike, area: ArrayLike) -> Floats:
    """Area at a storage, straight between the rows of the table.

    Parameters
    ----------
    storage : array_like
        Storage, hm3.
    volume, area : array_like
        Columns of the table in hm3 (rising) and km2.

    Returns
    -------
    numpy.ndarray
        km2, shaped as `storage`.

    Raises
    ------
    ValueError
        If a storage lies outside the table.
    """
    return _read("volume", storage, volume, area)


def level_at_volume(storage: ArrayLike, volume: ArrayLike, level: ArrayLike) -> Floats:
    """Level at a storage, straight between the rows of the table.

    Parameters
    ----------
    storage : array_like
        Storage, hm3.
    volume, level : array_like
        Columns of the table in hm3 (rising) and m.

    Returns
    -------
    numpy.ndarray
        m, shaped as `storage`.

    Raises
    ------
    ValueError
        If a storage lies outside the table.
    """
    return _read("volume", storage, volume, level)


def volume_at_level(height: ArrayLike, level: ArrayLike, volume: ArrayLike) -> Floats:
    """Volume at a level, straight between the rows of the table; the inverse of `level_at_volume`.

    Parameters
    ----------
    height : array_like
        Level, m.
    level, volume : array_like
        Columns of the table in m (rising) and hm3.

    Returns
    -------
    numpy.ndarray
        hm3, shaped as `height`.

    Raises
    ------
    ValueError
        If a level lies outside the table.
    """
    return _read("level", height, level, volume)


def _shape_problems(levels: Floats, volumes: Floats, areas: Floats) -> list[str]:
    """Tell what keeps the columns from being a rising table at all."""
    if not levels.shape == volumes.shape == areas.shape or levels.ndim != 1:
        return ["level, volume and area must be columns of one length"]
    if len(levels) < 2:
        return ["a table needs at least two rows"]
    if not (np.isfinite(levels) & np.isfinite(volumes) & np.isfinite(areas)).all():
        return ["every row needs a level, a volume and an area"]
    problems = [
        f"{name} does not rise from {column[at]:g} at {levels[at]:g} m to {column[at + 1]:g} at {levels[at + 1]:g} m"
        for name, column in (("level", levels), ("volume", volumes))
        for at in np.flatnonzero(np.diff(column) <= 0)
    ]
    problems += [
        f"area falls from {areas[at]:g} to {areas[at + 1]:g} km2 as the level rises to {levels[at + 1]:g} m"
        for at in np.flatnonzero(np.diff(areas) < 0)
    ]
    if min(volumes[0], areas[0]) < 0:
        problems.append("volume and area cannot be negative")
    return problems


def _read(name: str, wanted: ArrayLike, known: ArrayLike, values: ArrayLike) -> Floats:
    """Read a table by straight lines; what lies outside it is refused, not held at its end."""
    asked, column = np.asarray(wanted, dtype=float), np.asarray(known, dtype=float)
    if not (np.diff(column) > 0).all():
        message = f"the {name} column must rise from row to row"
        raise ValueError(message)
    inside = (asked >= column[0]) & (asked <= column[-1])
    if not inside.all():
        message = f"{name} {asked[~inside].ravel()[0]:g} lies outside the table, which runs from {column[0]:g} to {column[-1]:g}"
        raise ValueError(message)
    return np.asarray(np.interp(asked, column, np.asarray(values, dtype=float)))
