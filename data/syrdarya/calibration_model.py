"""Monthly water balance of the reaches of the Syr Darya basin, fitted by bounded least squares.

Each reach is linear in a handful of parameters: the share of the requirement that was taken in the growing and in the
non-growing season, one gain for November-April and one for May-October, and where the record asks for it one loss
fraction. Nothing is free by month.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import lsq_linear

MONTHS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
DAYS = np.array([30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31])
GROWING = np.array([month in range(4, 10) for month in MONTHS])
# Gains follow the drainage of leaching and the spring rain, a month behind use: May-October, November-April.
WARM = np.array([5 <= month <= 10 for month in MONTHS])
HM3_PER_M3S = DAYS * 0.0864
MONTH_DAYS = 365 / 12

TAKEN_PRIOR, TAKEN_WEIGHT = 0.85, 0.5
TAKEN_BOUNDS, GAIN_BOUNDS, LOSS_BOUNDS = (0.4, 1.0), (0.0, 400.0), (0.0, 0.05)

Series = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reach:
    """A reach between gauges: what flows in, where water is taken, and what it is compared with."""

    name: str
    inflow: tuple[str, ...]
    nodes: tuple[str, ...]
    observed: str
    laterals: tuple[str, ...] = ()
    gain_node: str | None = None
    loss_link: str | None = None


@dataclass
class Fit:
    """Fitted parameters of a reach: share taken by growing season, gain in m3/s by warm season, loss fraction."""

    taken: dict[bool, float] = field(default_factory=lambda: {True: 1.0, False: 1.0})
    gain: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})
    loss: float = 0.0

    def taken_by_month(self) -> Series:
        """Share of the requirement taken, by month."""
        return np.where(GROWING, self.taken[True], self.taken[False])

    def gain_by_month(self) -> Series:
        """Gain of the reach, by month."""
        return np.where(WARM, self.gain[True], self.gain[False])


REACHES = (
    Reach(
        "Toktogul - Uch-Kurgan",
        ("toktogul_release",),
        ("kurpsai", "tash_kumyr", "shamaldysai", "uchkurgan"),
        "uchkurgan",
        laterals=("naryn_lateral",),
        loss_link="shamaldysai_release",
    ),
    Reach(
        "Andijan - Uchtepe",
        ("andijan_release",),
        ("karadarya_canals", "uchtepe"),
        "uchtepe",
        laterals=("karadarya_lateral",),
        gain_node="gain_karadarya",
    ),
    Reach(
        "Uch-Kurgan and Uchtepe - Kal",
        ("uchkurgan", "uchtepe"),
        ("uchkurgan_works", "big_fergana", "north_fergana", "big_namangan", "leftbank_naryn", "naryn_karadarya", "kal"),
        "kal",
        gain_node="gain_naryn_kal",
    ),
    Reach(
        "Kal - Akjar",
        ("kal",),
        ("fergana_left_fans", "fergana_right_fans", "kal_akjar", "akjar"),
        "akjar",
        laterals=("fergana_left_rivers", "fergana_right_rivers"),
        gain_node="gain_kal_akjar",
    ),
    Reach("Akjar - Kayrakkum dam", ("akjar",), ("kayrakkum",), "kayrakkum_balance", gain_node="gain_kayrakkum"),
    Reach(
        "Kayrakkum dam - Kyzylkishlak",
        ("kayrakkum_release",),
        ("kyzylkishlak",),
        "kyzylkishlak",
        loss_link="kayrakkum_release",
    ),
    Reach(
        "Kyzylkishlak and Gazalkent - Kokbulak",
        ("kyzylkishlak", "gazalkent"),
        (
            *("farkhad", "upper_dalverzin", "lower_dalverzin", "bekabad", "south_golodnostep", "farkhad_tailrace"),
            *("dustlik", "nadezhdinsky", "gazalkent", "tashkent", "big_keles", "chirchik_mouth", "tuyabuguz", "chinaz"),
            "kokbulak",
        ),
        "kokbulak",
        laterals=("akhangaran_source",),
        gain_node="gain_farkhad_kokbulak",
    ),
)
# Where less flows by than is required: the supply by side rivers and by gauged flows, and the link that takes the rest.
SCARCE = {
    "fergana_left_fans": (("fergana_left_rivers",), (), "fergana_left_rest"),
    "fergana_right_fans": (("fergana_right_rivers",), (), "fergana_right_rest"),
    "karadarya_canals": (("karadarya_lateral",), ("andijan_release",), "karadarya_uchtepe"),
}
NARYN_LIKE = ("naryn_source", "naryn_lateral", "karadarya_lateral", "fergana_left_rivers", "fergana_right_rivers")


def lag(series: Series, days: float | Series) -> Series:
    """Delay a year of monthly means, which is taken to repeat itself; the rate of arrival is what comes in."""
    months = np.broadcast_to(np.asarray(days, float) / MONTH_DAYS, series.shape)
    late, out = np.floor(months).astype(int), np.zeros(len(series))
    for i, value in enumerate(series):
        share = months[i] - late[i]
        out[(i + late[i]) % 12] += (1 - share) * value
        out[(i + late[i] + 1) % 12] += share * value
    return out


class Tables:
    """The tables of the basin folder that the calibration needs, in the month order of `MONTHS`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.demands = pd.read_csv(folder / "demands.csv").set_index("demand")
        requirements = pd.read_csv(folder / "requirements.csv")
        self.requirement = requirements.pivot_table(index="demand", columns="month", values="rate_m3s")[MONTHS]
        hydrology = pd.read_csv(folder / "hydrology.csv")
        by_class = hydrology.groupby(["node", "year_class"])
        self.runoff: dict[tuple[str, str], Series] = {
            (str(node), str(year_class)): rows.set_index("month")["runoff_m3s"].reindex(MONTHS).to_numpy(float)
            for (node, year_class), rows in by_class
        }
        self.links = pd.read_csv(folder / "links.csv").set_index("link")

    def mean_runoff(self, node: str) -> Series:
        """Runoff of a node in the mean year."""
        return self.runoff[(node, "mean")]

    def ratio(self, year_class: str) -> float:
        """Yearly volume of the Naryn in a class of year as a ratio to the mean."""
        volume = self.runoff[("naryn_source", year_class)] @ DAYS
        return float(volume / (self.mean_runoff("naryn_source") @ DAYS))

    def lateral(self, node: str, flows: dict[str, Series]) -> Series:
        """Runoff of a side river in the year of `flows`: its mean year times the ratio of its leading gauge."""
        lead = ("toktogul_inflow", "naryn_source") if node in NARYN_LIKE else ("charvak_inflow", "chirchik_source")
        ratio = (flows[lead[0]] @ DAYS) / (self.mean_runoff(lead[1]) @ DAYS)
        return float(ratio) * self.mean_runoff(node)

    def need(self, demand: str, flows: dict[str, Series]) -> Series:
        """Requirement of a demand, where water is scarce no more than its share of what flows by."""
        need = self.requirement.loc[demand].to_numpy()
        node = str(self.demands.loc[demand, "node"])
        if node not in SCARCE:
            return need
        rivers, gauges, _ = SCARCE[node]
        supply = sum((self.lateral(river, flows) for river in rivers), np.zeros(12)) + sum(
            flows[gauge] for gauge in gauges
        )
        total = self.requirement.loc[self.demands.index[self.demands["node"] == node]].sum().to_numpy()
        return np.asarray(need * np.minimum(1.0, supply / total))

    def passing(self, node: str) -> float:
        """Share of the water left over at a node, or at the foot of a side river, that arrives in its reach."""
        for place, (rivers, _, rest) in SCARCE.items():
            if node == place or node in rivers:
                loss = self.links["loss_fraction"].fillna(0.0).to_dict()
                return 1.0 - float(loss[rest])
        return 1.0

    def returned(self, demand: str, delivery: Series) -> Series:
        """Return flow of a delivery, when it comes back."""
        row = self.demands.loc[demand]
        if pd.isna(row["return_fraction"]):
            return np.zeros(12)
        delay = 0.0 if pd.isna(row["return_delay_days"]) else float(row["return_delay_days"])
        return float(row["return_fraction"]) * lag(delivery, delay)


def fixed_flow(tables: Tables, reach: Reach, flows: dict[str, Series], fits: dict[str, Fit]) -> Series:
    """What joins a reach whatever its parameters: side rivers, towns, return flow of the reaches above."""
    total = sum((tables.passing(node) * tables.lateral(node, flows) for node in reach.laterals), np.zeros(12))
    for demand, row in tables.demands.iterrows():
        need, here = tables.need(str(demand), flows), row["node"] in reach.nodes
        if row["kind"] == "municipal":
            total = total - need * here + tables.returned(str(demand), need) * (row["return_node"] in reach.nodes)
            continue
        above = next((r.name for r in REACHES if row["node"] in r.nodes), None)
        if not here and row["return_node"] in reach.nodes and above in fits:
            total = total + tables.returned(str(demand), need * fits[above].taken_by_month())
    return total


def net_need(tables: Tables, reach: Reach, flows: dict[str, Series], season: Series) -> Series:
    """Requirement of the months of a season less what of it comes back inside the reach."""
    total = np.zeros(12)
    for demand, row in tables.demands.iterrows():
        if row["node"] in reach.nodes and row["kind"] != "municipal":
            need = tables.need(str(demand), flows) * season
            total += tables.passing(row["node"]) * need
            total -= tables.returned(str(demand), need) * (row["return_node"] in reach.nodes)
    return total


def fit_reach(tables: Tables, reach: Reach, flows: dict[str, Series], fits: dict[str, Fit]) -> Fit:
    """Fit the parameters of a reach on observed flows above and below it."""
    inflow = sum(flows[name] for name in reach.inflow)
    known = inflow + fixed_flow(tables, reach, flows, fits)
    columns, bounds, prior = [], [], []
    for season in (GROWING, ~GROWING):
        columns.append(-net_need(tables, reach, flows, season))
        bounds.append(TAKEN_BOUNDS)
        prior.append(TAKEN_WEIGHT * float(np.linalg.norm(columns[-1])))
    for season in (WARM, ~WARM):
        columns.append(season.astype(float))
        bounds.append(GAIN_BOUNDS if reach.gain_node else (0.0, 1e-9))
        prior.append(0.0)
    columns.append(-np.asarray(inflow))
    bounds.append(LOSS_BOUNDS if reach.loss_link else (0.0, 1e-9))
    prior.append(0.0)
    matrix = np.vstack([np.column_stack(columns), np.diag(prior)])
    target = np.concatenate([flows[reach.observed] - known, np.array(prior) * TAKEN_PRIOR])
    low, high = zip(*bounds, strict=True)
    x = lsq_linear(matrix, target, bounds=(low, high)).x.round(4)
    return Fit({True: x[0], False: x[1]}, {True: x[2], False: x[3]}, float(x[4]))


def simulate(tables: Tables, reach: Reach, flows: dict[str, Series], fits: dict[str, Fit]) -> Series:
    """Flow at the lower end of a reach, from the flows given above it and the fitted parameters."""
    fit, inflow = fits[reach.name], sum(flows[name] for name in reach.inflow)
    need = sum(
        net_need(tables, reach, flows, season) * fit.taken[grow]
        for grow, season in ((True, GROWING), (False, ~GROWING))
    )
    out = inflow * (1 - fit.loss) + fixed_flow(tables, reach, flows, fits) + fit.gain_by_month() - need
    return np.asarray(out)
