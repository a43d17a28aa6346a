"""Power market: who takes a party's energy, block by block, and the firm energy that must be there.

``energy of the party's plants = sum of blocks sold + surplus``. Blocks at home fall in worth, so the dear ones are filled first; what is
left of them is energy unserved, and its worth what a winter without it costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Rows
from waterdeal.model.network import Terms, add_data, add_sets, add_where_present, between, grouped_set, has, members_by

if TYPE_CHECKING:
    from waterdeal.unlabelled import Unlabelled


def add(model: Any, inputs: Unlabelled) -> Terms:
    """Add ``sold[block, time]``, ``surplus[party, time]``, the energy balance of each party and its firm energy."""
    if not inputs.sizes["power_market"]:
        return Terms()
    block = model.power_market = pyo.Block()
    markets, blocks = inputs["power_market"].values, inputs["power_block"].values
    add_sets(block, PARTY=markets, BLOCK=blocks)
    owners, at_home = inputs["power_block_party"].values, inputs["power_block_kind"].values == "domestic"
    block.OF = grouped_set(block.PARTY, members_by(owners.tolist(), blocks.tolist()))
    block.AT_HOME = grouped_set(block.PARTY, members_by(owners[at_home].tolist(), blocks[at_home].tolist()))
    plants, parties = inputs["plant"].values, inputs["plant_party"].values
    is_headed = np.isin(plants, inputs["headed"].values)
    block.FACTORED = grouped_set(block.PARTY, members_by(parties[~is_headed].tolist(), plants[~is_headed].tolist()))
    block.HEADED = grouped_set(block.PARTY, members_by(parties[is_headed].tolist(), plants[is_headed].tolist()))
    add_data(block, inputs, "power_block_size power_block_worth", block.BLOCK, model.TIME)
    block.sold = Columns(block.BLOCK, model.TIME, bounds=between("", "power_block_size"))
    block.surplus = Columns(block.PARTY, model.TIME, domain=pyo.NonNegativeReals)
    block.energy_shared = Rows(block.PARTY, model.TIME, rule=_energy_shared)
    firm = inputs["power_firm"].values
    add_where_present(block, "FIRM", "power_firm", markets, np.where(firm > 0, firm, np.nan))
    block.firm_shortfall = Columns(block.FIRM, domain=pyo.NonNegativeReals)
    block.firm_energy = Rows(block.FIRM, rule=_firm_energy)
    return Terms()


def _energy_shared(block: Any, party: Any, time: Any) -> Any:
    """All energy of a party is sold, or is surplus."""
    made = 0.0
    if has(block.model(), "hydropower"):
        own = block.model().hydropower
        factored = sum(own.energy_factor[plant] * own.turbine_flow[plant, time] for plant in block.FACTORED[party])
        made = factored + sum(own.energy[plant, time] for plant in block.HEADED[party])
    return made == sum(block.sold[part, time] for part in block.OF[party]) + block.surplus[party, time]


def _firm_energy(block: Any, party: Any, time: Any) -> Any:
    """Firm energy is served at home, or falls short."""
    served = sum(block.sold[part, time] for part in block.AT_HOME[party])
    return served + block.firm_shortfall[party, time] >= block.power_firm[party, time]
