"""Salt in water: loads, mixing, what consumption leaves behind, dilution. Salt is conserved (design/model.md, 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.physics.refuse import refuse_negative

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def salt_load(volume: ArrayLike, concentration: ArrayLike) -> Floats:
    """Salt carried by water.

    Parameters
    ----------
    volume : array_like
        hm3.
    concentration : array_like
        g/l, which is kg/m3.

    Returns
    -------
    numpy.ndarray
        kt (thousand tonnes): 1 hm3 at 1 g/l carries 1 kt.

    Raises
    ------
    ValueError
        If a figure is negative.
    """
    refuse_negative(volume=volume, concentration=concentration)
    return np.asarray(np.asarray(volume, dtype=float) * np.asarray(concentration, dtype=float))


def mixed_concentration(volumes: ArrayLike, concentrations: ArrayLike) -> Floats:
    """Concentration of waters that mix.

    Parameters
    ----------
    volumes : array_like
        Water of each inflow, any unit of volume or rate; inflows along the last axis.
    concentrations : array_like
        Salt of each, g/l.

    Returns
    -------
    numpy.ndarray
        g/l: ``sum(c V) / sum(V)`` over the last axis.

    Raises
    ------
    ValueError
        If a figure is negative, or there is no water to mix.
    """
    load = salt_load(volumes, concentrations)
    total = np.broadcast_to(np.asarray(volumes, dtype=float), load.shape).sum(axis=-1)
    if not (total > 0).all():
        message = "no water flows in, so that there is no concentration of it"
        raise ValueError(message)
    return np.asarray(load.sum(axis=-1) / total)


def concentration_after_consumption(concentration: ArrayLike, volume: ArrayLike, consumed: ArrayLike) -> Floats:
    """Concentration of what is left when crops or the air take water and leave its salt.

    Parameters
    ----------
    concentration : array_like
        Before, g/l.
    volume : array_like
        Before, any unit.
    consumed : array_like
        Taken, in the same unit; less than `volume`.

    Returns
    -------
    numpy.ndarray
        g/l: ``c V / (V - consumed)``.

    Raises
    ------
    ValueError
        If a figure is negative, or all water is consumed: then the salt stays where no water carries it.
    """
    refuse_negative(consumed=consumed)
    load = salt_load(volume, concentration)
    left = np.asarray(volume, dtype=float) - np.asarray(consumed, dtype=float)
    if not (left > 0).all():
        message = "all the water is consumed, so that none is left to carry the salt"
        raise ValueError(message)
    return np.asarray(load / left)


def dilution_flow(concentration: ArrayLike, consumption: ArrayLike, limit: ArrayLike) -> Floats:
    """Least flow into a stretch whose uses consume water and leave its salt behind.

    Parameters
    ----------
    concentration : array_like
        Salt of the water coming in, g/l.
    consumption : array_like
        Net consumption in the stretch, any unit of flow or volume.
    limit : array_like
        Most salt allowed in the water that leaves, g/l; above `concentration`.

    Returns
    -------
    numpy.ndarray
        In the unit of `consumption`. Salt is conserved, ``c Q = limit (Q - consumption)``, so ``Q = consumption x limit / (limit - c)``
        (case EN-07).

    Raises
    ------
    ValueError
        If a figure is negative, or the limit is not above what comes in: then no flow is enough.
    """
    refuse_negative(concentration=concentration, consumption=consumption, limit=limit)
    coming, most, consumed = (np.asarray(figure, dtype=float) for figure in (concentration, limit, consumption))
    hopeless = most <= coming
    if hopeless.any():
        worst = np.broadcast_to(coming, hopeless.shape)[hopeless].ravel()[0]
        message = f"no flow dilutes water of {worst:g} g/l to a limit that is not above it"
        raise ValueError(message)
    return np.asarray(consumed * most / (most - coming))
