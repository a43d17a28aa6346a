"""The bundled scenarios of which one plan serves many tests."""

from __future__ import annotations

from waterdeal.scenario.locate import bundled_folder

#: the dry growing season, which the demo plans
DRY = "syrdarya-growing-dry"
CONTRACT = "syrdarya-contract-2025-26"
#: the draft deal of that season, which has no plan as it stands
DEAL = "syrdarya-growing-2026-dry-deal"
#: what its clause `supply_UZ` concedes so that it has one, percentage points, and that in hm3
POINTS, CONCEDED = 10.30940770, 1984.7
CONCESSION = f"agreement.supply_UZ.concession={POINTS / 100}"
#: files that are no scenario by themselves: what all share, and the plan of a batch
NO_SCENARIO = ("base.toml", "seasonal-2026.toml")
#: every bundled scenario
SCENARIOS = sorted(file for file in bundled_folder("scenarios").glob("*.toml") if file.name not in NO_SCENARIO)
