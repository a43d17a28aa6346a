"""The part of the inputs that describes power: who takes energy, plants without water, and lines between parties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from waterdeal.agreement.kinds.energy import Exchange
from waterdeal.agreement.river import River
from waterdeal.basin.hydrology import mean_step_rates
from waterdeal.errors import make_problem
from waterdeal.scenario.horizon import by_month, spread_months, step_days
from waterdeal.scenario.memory import WatchedData
from waterdeal.scenario.parts_schema import PowerBlock, PowerMarket
from waterdeal.units import GWH_PER_MW_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from waterdeal.agreement.clause import Clause
    from waterdeal.basin.schema import Basin
    from waterdeal.calendar import Step
    from waterdeal.errors import Problem
    from waterdeal.scenario.schema import Scenario

#: million USD a GWh of one USD a MWh
MUSD_PER_GWH = 1e-3


def markets_of(basin: Basin, scenario: Scenario) -> dict[str, PowerMarket]:
    """Return the market of each party: by the loads of the basin where trade is on, or as the scenario has it, which comes first."""
    trade, found = scenario.trade, dict[str, PowerMarket]()
    for party, rows in basin.table("power_loads", used=trade.on).groupby("party", sort=False):
        name, names = str(party), list(dict.fromkeys(rows["block"].tolist()))
        sizes = by_month(rows, "block", "load_gwh", names) * np.array(trade.factors("load_factor", name))
        worths = by_month(rows, "block", "worth_usd_mwh", names) * MUSD_PER_GWH
        order = np.argsort(-worths.mean(axis=1), kind="stable")
        blocks = [PowerBlock(size=tuple(sizes[place].tolist()), worth=tuple(worths[place].tolist())) for place in order]
        found[name] = PowerMarket(blocks=tuple(blocks))
    return found | scenario.power


def power_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Blocks of energy by party, dear to cheap, with the firm energy of each step; plants without water and lines."""
    blocks: list[tuple[str, str, str, Sequence[float], Sequence[float]]] = []
    markets, first = markets_of(basin, scenario), scenario.trade.power_level
    for party, market in markets.items():
        blocks += [(f"{party}_{place}", party, "domestic", block.size, block.worth) for place, block in enumerate(market.blocks, start=1)]
        if market.export is not None:
            blocks.append((f"{party}_export", party, "export", market.export.limit, market.export.price))
    names, parties, kinds, sizes, worths = zip(*blocks, strict=True) if blocks else ((),) * 5
    means = [mean_step_rates(np.array([worth]), steps)[0] for worth in worths]
    return {
        "power_block": np.array(names, dtype=str),
        "power_block_party": ("power_block", np.array(parties, dtype=str)),
        "power_block_kind": ("power_block", np.array(kinds, dtype=str)),
        "power_block_size": (("power_block", "time"), spread_months(sizes, steps)),
        "power_block_worth": (("power_block", "time"), np.array(means).reshape(len(blocks), len(steps))),
        "power_market": np.array(list(markets), dtype=str),
        "power_firm": (("power_market", "time"), spread_months([market.firm or (0.0,) * 12 for market in markets.values()], steps)),
        "power_counts": ("power_market", np.array([int(not first or party in first) for party in markets], dtype=int)),
        **_unit_part(basin, scenario, steps),
        **_link_part(basin, scenario, steps),
    }


def _firsts(rows: pd.DataFrame, dim: str, column: str) -> NDArray[np.str_]:
    """What the first row of each item says in a column of names."""
    return rows.drop_duplicates(dim)[column].to_numpy(dtype=str)


def _unit_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Plants without water: the most they make, and what their fuel costs."""
    rows = basin.table("power_units", used=scenario.trade.on)
    names, dims = list(dict.fromkeys(rows["power_unit"].tolist())), ("power_unit", "time")
    power, cost = (by_month(rows, "power_unit", column, names) for column in ("capacity_mw", "cost_usd_mwh"))
    factors = np.array([scenario.trade.factors("unit_factor", name) for name in names]).reshape(len(names), 12)
    return {
        "power_unit": np.array(names, dtype=str),
        "power_unit_party": ("power_unit", _firsts(rows, "power_unit", "party")),
        "power_unit_max": (dims, mean_step_rates(power * factors, steps) * GWH_PER_MW_DAY * step_days(steps)),
        "power_unit_cost": (dims, mean_step_rates(cost * MUSD_PER_GWH, steps)),
    }


def _link_part(basin: Basin, scenario: Scenario, steps: Sequence[Step]) -> dict[str, Any]:
    """Lines: limit, losses and prices; of one that passes over others' lines their losses stand where it has none of its own."""
    rows = basin.table("power_links", used=scenario.trade.on)
    names, dims = list(dict.fromkeys(rows["power_link"].tolist())), ("power_link", "time")
    starts, ends, over = (_firsts(rows, "power_link", f"{column}_party") for column in ("from", "to", "via"))
    limit, loss, price, transit = (
        by_month(rows, "power_link", column, names) for column in ("limit_mw", "loss_fraction", "price_usd_mwh", "transit_usd_mwh")
    )
    straight = {(starts[place], ends[place]): place for place in np.flatnonzero(over == "")}
    for place in np.flatnonzero(over != ""):
        halves = [straight[half] for half in ((starts[place], over[place]), (over[place], ends[place]))]
        loss[place] = np.where(np.isnan(loss[place]), 1 - np.prod(1 - np.nan_to_num(loss[halves]), axis=0), loss[place])
    most = np.where(np.isnan(limit).all(axis=1, keepdims=True), np.inf, 0.0)
    return {
        "power_link": np.array(names, dtype=str),
        "power_link_from": ("power_link", starts),
        "power_link_to": ("power_link", ends),
        "power_link_via": ("power_link", over),
        "power_link_max": (dims, mean_step_rates(np.nan_to_num(limit), steps) * GWH_PER_MW_DAY * step_days(steps) + most),
        "power_link_open": (dims, np.ones((len(names), len(steps)), dtype=int)),
        "power_link_free": ("power_link", np.full(len(names), int(scenario.trade.free))),
        "power_link_loss": (dims, mean_step_rates(np.nan_to_num(loss), steps)),
        "power_link_price": (dims, mean_step_rates(np.nan_to_num(price) * MUSD_PER_GWH, steps)),
        "power_link_transit": (dims, mean_step_rates(np.nan_to_num(transit) * MUSD_PER_GWH, steps)),
    }


def agreed_trade(variables: Mapping[str, Any], clauses: Sequence[Clause], attrs: Mapping[str, Any]) -> dict[str, Any]:
    """What clauses make of lines: open in the steps in which one promises energy over them, at the price it says."""
    if not variables["power_link"].size:
        return {}
    seen: Any = WatchedData(variables, attrs)
    found = {"power_link_open": _opened(variables), "power_link_price": _prices(variables, clauses, River(seen))}
    return {name: (("power_link", "time"), values) for name, values in found.items()}


def _opened(variables: Mapping[str, Any]) -> NDArray[np.int64]:
    """Whether each line is open in each step: where trade is free, or a clause promises energy over it."""
    lines = variables["power_link"].tolist()
    shown = np.repeat(variables["power_link_free"][1][:, None], variables["power_link_max"][1].shape[1], axis=1)
    columns = (variables[f"term_{part}"][1].tolist() for part in ("quantity", "place", "step", "factor"))
    for quantity, place, step, factor in zip(*columns, strict=True):
        if quantity == "power_sent" and factor > 0:
            shown[lines.index(place), step] = 1
    return shown


def _prices(variables: Mapping[str, Any], clauses: Sequence[Clause], river: River) -> NDArray[np.float64]:
    """Price of what each line carries in each step: that of the clause that promises it, where it says one."""
    prices, lines = variables["power_link_price"][1].copy(), river.ids("power_link")
    for clause in [clause for clause in clauses if isinstance(clause, Exchange)]:
        for name, leg in clause.power():
            if leg.price is not None and not leg.plants:
                at = [lines.index(line) for line in clause.lines(name, river)[0]]
                steps = clause.open_steps(name, leg, river)
                prices[np.ix_(at, steps)] = leg.price / clause.rates.get(leg.paid_in, 1.0)
    return np.asarray(prices)


def check_trade(basin: Basin, scenario: Scenario, file: str) -> Iterator[Problem]:
    """Trade has loads, and every line and plant belongs to parties that have one."""
    if not scenario.trade.on:
        return
    markets = markets_of(basin, scenario)
    if not markets:
        yield make_problem(file, None, "trade.on", "scenario.trade_no_loads")
        return
    for table, columns in (("power_links", ("from_party", "to_party", "via_party")), ("power_units", ("party",))):
        rows = basin.table(table)
        for column in columns:
            for name, party in dict.fromkeys(rows[[rows.columns[0], column]].itertuples(index=False, name=None)):
                if party and party not in markets:
                    yield make_problem(file, None, "trade.on", "scenario.trade_no_load", name=name, party=party)
