"""Read tables as people send them (CSV or xlsx, long or wide, in four languages) into plain rows, and report every guess.

It knows names of places, quantities, units and dates, but no river and no plan. `read_actual` reads a file; ``bounds`` opens any.
"""

from __future__ import annotations

from waterdeal.imports.actual import read_actual

__all__ = ["read_actual"]
