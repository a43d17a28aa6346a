"""The bundled scenarios of which one plan serves many tests."""

from __future__ import annotations

#: the dry growing season, which the demo plans
DRY = "syrdarya-growing-dry"
#: the draft deal of that season, which has no plan as it stands
DEAL = "syrdarya-growing-2026-dry-deal"
#: what its clause `supply_UZ` concedes so that it has one, percentage points, and that in hm3
POINTS, CONCEDED = 10.27301961, 1977.7
CONCESSION = f"agreement.supply_UZ.concession={POINTS / 100}"
