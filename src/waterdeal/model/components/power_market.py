"""Power market: who takes a party's energy, block by block, its plants without water, and what crosses the lines to its neighbours.

``energy of the party's plants and units + what arrives by lines = sum of blocks sold + what enters lines + surplus``. Blocks at home fall
in worth, so the dear ones are filled first; what is left of them is energy unserved, and its worth what a winter without it costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.core as pyo

from waterdeal.lp.symbolic import Columns, Data, Rows
from waterdeal.model.network import Terms, add_data, add_sets, add_where_present, between, grouped_set, has, members_by

if TYPE_CHECKING:
    from waterdeal.types import Floats
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
    _add_units(block, inputs)
    _add_lines(block, inputs)
    _add_counted(block, inputs)
    block.energy_shared = Rows(block.PARTY, model.TIME, rule=_energy_shared)
    firm = inputs["power_firm"].values
    add_where_present(block, "FIRM", "power_firm", markets, np.where(firm > 0, firm, np.nan))
    block.firm_shortfall = Columns(block.FIRM, domain=pyo.NonNegativeReals)
    block.firm_energy = Rows(block.FIRM, rule=_firm_energy)
    return Terms()


def _add_units(block: Any, inputs: Unlabelled) -> None:
    """Add ``generated[unit, time]``, the energy of plants without water."""
    units, time = inputs["power_unit"].values, block.model().TIME
    add_sets(block, UNIT=units)
    block.UNITS_OF = grouped_set(block.PARTY, members_by(inputs["power_unit_party"].values.tolist(), units.tolist()))
    add_data(block, inputs, "power_unit_max power_unit_cost", block.UNIT, time)
    block.generated = Columns(block.UNIT, time, bounds=between("", "power_unit_max"))


def _add_lines(block: Any, inputs: Unlabelled) -> None:
    """Add ``sent[line, time]``, what enters a line, and ``line_limit[line, time]`` where others' energy passes over it too."""
    lines, time = inputs["power_link"].values.tolist(), block.model().TIME
    start, end, over = (inputs[f"power_link_{side}"].values.tolist() for side in ("from", "to", "via"))
    add_sets(block, LINE=lines)
    block.OUT = grouped_set(block.PARTY, members_by(start, lines))
    block.INTO = grouped_set(block.PARTY, members_by(end, lines))
    block.arriving = Data(block.LINE, time, array=1.0 - inputs["power_link_loss"].values)
    most = np.where(inputs["power_link_open"].values > 0, inputs["power_link_max"].values, 0.0)
    block.most_sent = Data(block.LINE, time, array=most)
    block.sent = Columns(block.LINE, time, bounds=between("", "most_sent"))
    straight = {(start[place], end[place]): lines[place] for place in range(len(lines)) if not over[place]}
    passing = [at for at in range(len(lines)) if over[at]]
    first, second = ([straight[half] for half in halves] for halves in (
        [(start[at], over[at]) for at in passing], [(over[at], end[at]) for at in passing]
    ))  # fmt: skip
    add_sets(block, PASSED=dict.fromkeys((*first, *second)))
    block.FIRST = grouped_set(block.PASSED, members_by(first, [lines[at] for at in passing]))
    block.SECOND = grouped_set(block.PASSED, members_by(second, [lines[at] for at in passing]))
    share = np.ones(most.shape)
    for at, half in zip(passing, first, strict=True):
        share[at] -= inputs["power_link_loss"].values[lines.index(half)]
    block.half_way = Data(block.LINE, time, array=share)
    block.line_most = Data(block.LINE, time, array=inputs["power_link_max"])
    block.line_limit = Rows(block.PASSED, time, rule=_line_limit)


def _add_counted(block: Any, inputs: Unlabelled) -> None:
    """Add what the markets that count on the level ``power`` gain by a block, a unit and a line; what one pays another is none."""
    time = block.model().TIME
    counts = dict(zip(inputs["power_market"].values.tolist(), inputs["power_counts"].values.tolist(), strict=True))

    def counted(name: str) -> Floats:
        """Whether the party of each item counts, as a column."""
        return np.array([[float(counts.get(party, 0))] for party in inputs[name].values.tolist()]).reshape(-1, 1)

    price, fee = ((inputs[f"power_link_{name}"].values * (1.0 - inputs["power_link_loss"].values)) for name in ("price", "transit"))
    buyer, seller, over = (counted(f"power_link_{side}") for side in ("to", "from", "via"))
    block.counted_worth = Data(block.BLOCK, time, array=inputs["power_block_worth"].values * counted("power_block_party"))
    block.counted_cost = Data(block.UNIT, time, array=inputs["power_unit_cost"].values * counted("power_unit_party"))
    block.counted_payment = Data(block.LINE, time, array=price * (buyer - seller) + fee * (buyer - over))


def _energy_shared(block: Any, party: Any, time: Any) -> Any:
    """All energy of a party is sold, sent to others, or is surplus."""
    made = 0.0
    if has(block.model(), "hydropower"):
        own = block.model().hydropower
        factored = sum(own.energy_factor[plant] * own.turbine_flow[plant, time] for plant in block.FACTORED[party])
        made = factored + sum(own.energy[plant, time] for plant in block.HEADED[party])
    made += sum(block.generated[unit, time] for unit in block.UNITS_OF[party])
    made += sum(block.arriving[line, time] * block.sent[line, time] for line in block.INTO[party])
    taken = sum(block.sold[part, time] for part in block.OF[party]) + sum(block.sent[line, time] for line in block.OUT[party])
    return made == taken + block.surplus[party, time]


def _line_limit(block: Any, line: Any, time: Any) -> Any:
    """What enters a line, its own and what passes over it, is at most what it carries."""
    passing = sum(block.sent[other, time] for other in block.FIRST[line])
    passing += sum(block.half_way[other, time] * block.sent[other, time] for other in block.SECOND[line])
    return block.sent[line, time] + passing <= block.line_most[line, time]


def _firm_energy(block: Any, party: Any, time: Any) -> Any:
    """Firm energy is served at home, or falls short."""
    served = sum(block.sold[part, time] for part in block.AT_HOME[party])
    return served + block.firm_shortfall[party, time] >= block.power_firm[party, time]


def _counted_power(m: Any) -> Any:
    """What the markets that count gain, as a cost below zero: alone on a level, the power mode of a cascade."""
    own = m.power_market
    sold = sum(own.counted_worth[part, t] * own.sold[part, t] for part in own.BLOCK for t in m.TIME)
    fuel = sum(own.counted_cost[unit, t] * own.generated[unit, t] for unit in own.UNIT for t in m.TIME)
    return fuel + sum(own.counted_payment[line, t] * own.sent[line, t] for line in own.LINE for t in m.TIME) - sold


def _all_power(m: Any) -> Any:
    """What all markets gain together, as a cost below zero."""
    own = m.power_market
    sold = sum(own.power_block_worth[part, t] * own.sold[part, t] for part in own.BLOCK for t in m.TIME)
    return sum(own.power_unit_cost[unit, t] * own.generated[unit, t] for unit in own.UNIT for t in m.TIME) - sold


GOALS = {
    "firm_power": {"power_market": lambda m: sum(m.power_market.firm_shortfall[party, t] for party, t in m.power_market.FIRM)},
    "power": {"power_market": _counted_power},
    "benefit": {"power_market": _all_power},
}
