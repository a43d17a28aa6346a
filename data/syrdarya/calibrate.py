"""Calibrate the gains and losses of the bundled Syr Darya basin on the operating record of April 2022 - March 2023.

The record (`KSMake/Syrdarya`, monthly means) has no licence and is not bundled; give its path. Run twice, this script
changes nothing: the fit uses neither the gains nor the losses that it writes.

    python data/syrdarya/calibrate.py series_operational_monthly_2022_04_to_2023_03.csv --write
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from calibration_model import (
    DAYS,
    GROWING,
    HM3_PER_M3S,
    MONTHS,
    REACHES,
    WARM,
    Fit,
    Series,
    Tables,
    fit_reach,
    lag,
    simulate,
)

HERE = Path(__file__).resolve().parent
REPORT = HERE.parents[1] / "docs" / "explanation" / "calibration.md"
MARKS = ("<!-- calibration: begin -->", "<!-- calibration: end -->")

RECORD = {
    "toktogul_inflow": ("toktogul", "inflow"),
    "toktogul_release": ("toktogul", "release"),
    "andijan_release": ("andijan", "release"),
    "charvak_inflow": ("charvak", "inflow"),
    "charvak_release": ("charvak", "release"),
    "ugam": ("ugam", "flow"),
    "gazalkent": ("gazalkent_hpp", "release"),
    "uchkurgan": ("uchkurgan_hpp", "release"),
    "uchtepe": ("uchtepe_karadarya", "flow"),
    "kal": ("kal", "flow"),
    "akjar": ("kayrakkum(akjar)", "inflow"),
    "kayrakkum_release": ("kayrakkum", "release"),
    "kyzylkishlak": ("kyzylkishlak", "flow"),
    "kokbulak": ("kokbulak", "flow"),
    "keles": ("keles_mouth", "flow"),
    "shardara_kz": ("shardara", "inflow_kazhydromet"),
    "shardara_uz": ("shardara", "inflow_uzhydromet"),
}
# The gain to Kayrakkum of the winter 2022-23, 65-180 m3/s, was about nil in 2023-24: the tables carry the mean of both.
CARRIED = {"gain_kayrakkum": {True: 1.0, False: 0.5}}
GAIN_FOLLOWS_YEAR = 0.5

LOWER = (
    ("shardara_release", ()),
    ("koksarai_arys", ()),
    ("arys_tyumen_aryk", ("turkestan_kz",)),
    ("tyumen_aryk_flow", ()),
    ("kyzylorda_kazalinsk", ("kyzylorda_left_kz", "kyzylorda_right_kz", "kyzylorda_municipal")),
    ("kazalinsk_flow", ("kazalinsk_kz",)),
    ("delta_aral", ()),
)
ARAL_HM3 = 1900.0
KOKSARAI_STORED, KOKSARAI_KEPT = 0.3, 0.85
LEAST_PASSED = 20.0


def read_record(path: Path, tables: Tables) -> dict[str, Series]:
    """Read the monthly record; the balance of Kayrakkum gives what left its reach before the dam."""
    data = pd.read_csv(path)
    data["number"] = data["month"].str[5:].astype(int)
    by = {key: rows.set_index("number").reindex(MONTHS) for key, rows in data.groupby(["station", "quantity"])}
    flows = {name: by[key]["mean"].to_numpy(float) for name, key in RECORD.items()}
    storage = by[("kayrakkum", "storage")]
    first = storage["first"].to_numpy()
    change = (np.append(first[1:], storage["last"].to_numpy()[-1]) - first) / HM3_PER_M3S
    curve = pd.read_csv(tables.folder / "curves.csv").query("reservoir == 'kayrakkum'")
    depth = (
        pd.read_csv(tables.folder / "evaporation.csv").query("reservoir == 'kayrakkum'").set_index("month")["depth_mm"]
    )
    area = np.interp(storage["mean"].to_numpy(), curve["volume_hm3"], curve["area_km2"])
    evaporated = depth.reindex(MONTHS).to_numpy() * area / 1000 / HM3_PER_M3S
    flows["kayrakkum_kept"] = change + evaporated
    flows["kayrakkum_balance"] = flows["kayrakkum_release"] + flows["kayrakkum_kept"]
    return flows


def chain(
    tables: Tables, record: dict[str, Series], fits: dict[str, Fit], through_kayrakkum: bool
) -> dict[str, Series]:
    """Route the releases of the reservoirs down without correcting at the gauges between.

    With `through_kayrakkum` only the change of storage of Kayrakkum is taken from the record, not its release.
    """
    flows = dict(record)
    flows["gazalkent"] = record["charvak_release"] + record["ugam"]
    for reach in REACHES:
        flows[reach.observed] = simulate(tables, reach, flows, fits)
        if reach.observed == "kayrakkum_balance" and through_kayrakkum:
            flows["kayrakkum_release"] = flows["kayrakkum_balance"] - record["kayrakkum_kept"]
    flows["shardara"] = flows["kokbulak"] + record["keles"]
    return flows


def route_lower(tables: Tables, release: Series, rate: float) -> tuple[dict[str, Series], Series, dict[str, float]]:
    """Route a year of releases of Shardara to the Aral with a loss of `rate` per 100 km.

    Returns the flow that enters each link, the flow that reaches the sea, and the loss fraction of each link.
    """
    winter = np.isin(MONTHS, [12, 1, 2, 3])
    stored = KOKSARAI_STORED * release * winter
    freed = np.isin(MONTHS, [4, 5, 6, 7]) * (stored @ DAYS) * KOKSARAI_KEPT / DAYS[:4].sum()
    flow, entering, losses = release, {}, {}
    for link, demands in LOWER:
        flow = flow - stored if link == "koksarai_arys" else flow
        if link == "arys_tyumen_aryk":
            flow = flow + freed
        need = sum((tables.requirement.loc[demand].to_numpy() for demand in demands), np.zeros(12))
        flow = np.maximum(flow - need, np.minimum(flow, LEAST_PASSED))
        row = tables.links.loc[link]
        entering[link] = flow
        losses[link] = round(1 - float(np.exp(-rate * row["length_km"] / 100)), 4)
        days = np.where(winter, row["travel_time_ice_days"], row["travel_time_days"])
        flow = lag(flow, days) * (1 - losses[link])
    return entering, flow, losses


def fit_lower(tables: Tables) -> tuple[float, dict[str, Series], Series, dict[str, float]]:
    """Find the one loss rate that brings the published yearly inflow to the Northern Aral."""
    past = (
        pd.read_csv(tables.folder / "past_flows.csv").query("link == 'shardara_release'").set_index("month")["flow_m3s"]
    )
    release = past.reindex(MONTHS).to_numpy()

    def excess(rate: float) -> float:
        return float(route_lower(tables, release, rate)[1] @ HM3_PER_M3S - ARAL_HM3)

    rate = brentq(excess, 0.0, 0.2, xtol=1e-5)
    return rate, *route_lower(tables, release, rate)


def scores(simulated: Series, observed: Series) -> str:
    """Bias, Nash-Sutcliffe efficiency and root mean square error, as cells of the report."""
    error = simulated - observed
    bias = 100 * (error @ DAYS) / (observed @ DAYS)
    nash = 1 - (error @ error) / ((observed - observed.mean()) @ (observed - observed.mean()))
    return f"{bias:+.1f} | {nash:.2f} | {np.sqrt((error**2).mean()):.0f}"


def month_table(rows: list[tuple[str, Series]]) -> list[str]:
    """Rows of monthly means as a Markdown table."""
    head = ["| m3/s | " + " | ".join(f"{month:02d}" for month in MONTHS) + " | mean |", "|---" * 14 + "|"]
    body = [
        f"| {name} | " + " | ".join(f"{v:.0f}" for v in x) + f" | {x @ DAYS / DAYS.sum():.0f} |" for name, x in rows
    ]
    return head + body


def fit_lines(fits: dict[str, Fit]) -> list[str]:
    """Fitted parameters as a table."""
    lines = [
        "Fitted parameters (m3/s for gains; taken = share of the requirement of the tables).\n",
        "| reach | taken, growing | taken, non-growing | gain May-Oct | gain Nov-Apr | loss |",
        "|---|---|---|---|---|---|",
    ]
    for name, fit in fits.items():
        taken, gain = fit.taken, fit.gain
        flows = f"{taken[True]:.2f} | {taken[False]:.2f} | {gain[True]:.0f} | {gain[False]:.0f}"
        lines.append(f"| {name} | {flows} | {fit.loss:.3f} |")
    return lines


def reach_lines(tables: Tables, record: dict[str, Series], fits: dict[str, Fit]) -> list[str]:
    """Scores of each reach from the gauges above it."""
    pairs = [(reach.name, simulate(tables, reach, record, fits), reach.observed) for reach in REACHES]
    pairs.append(("Charvak + Ugam against Gazalkent", record["charvak_release"] + record["ugam"], "gazalkent"))
    pairs.append(("Kokbulak + Keles against Kazhydromet", record["kokbulak"] + record["keles"], "shardara_kz"))
    head = "| compared at | bias, % | Nash-Sutcliffe | RMSE, m3/s |\n|---|---|---|---|"
    lines = ["\nEach reach from the gauges above it.\n", head]
    return lines + [f"| {name} | {scores(flow, record[observed])} |" for name, flow, observed in pairs]


def compared(tables: Tables, record: dict[str, Series], fits: dict[str, Fit]) -> list[tuple[str, Series, str]]:
    """What the chain is compared at: label, simulated flow, name of the observed flow."""
    dam, whole = chain(tables, record, fits, False), chain(tables, record, fits, True)
    rows = [("Akjar, from Toktogul and Andijan", dam["akjar"], "akjar")]
    for start, run in (("from Kayrakkum and Charvak", dam), ("from Toktogul, Andijan and Charvak", whole)):
        rows.append((f"Kokbulak, {start}", run["kokbulak"], "kokbulak"))
        rows.append((f"Shardara inflow (Kazhydromet), {start}", run["shardara"], "shardara_kz"))
        rows.append((f"Shardara inflow (Uzhydromet), {start}", run["shardara"], "shardara_uz"))
    return rows


def chain_lines(record: dict[str, Series], rows: list[tuple[str, Series, str]]) -> list[str]:
    """Scores, season volumes and monthly errors of the chain; the record itself is not given."""
    head = "| chain | bias, % | Nash-Sutcliffe | RMSE, m3/s | Apr-Sep, simulated / observed, hm3 | Oct-Mar |"
    lines = ["\nThe chain from the releases down, not corrected at the gauges between.\n", head, "|---" * 6 + "|"]
    for label, flow, observed in rows:
        seasons = [
            f"{(flow * HM3_PER_M3S)[season].sum():.0f} / {(record[observed] * HM3_PER_M3S)[season].sum():.0f}"
            for season in (GROWING, ~GROWING)
        ]
        lines.append(f"| {label} | {scores(flow, record[observed])} | {' | '.join(seasons)} |")
    lines.append("\nError by month, simulated less observed.\n")
    return lines + month_table([(label, flow - record[observed]) for label, flow, observed in rows])


def lower_lines(tables: Tables) -> list[str]:
    """The lower river: loss rate and flows."""
    rate, entering, sea, _ = fit_lower(tables)
    links = ("shardara_release", "tyumen_aryk_flow", "kazalinsk_flow")
    rows = [(f"enters {name}", entering[name]) for name in links] + [("reaches the sea", sea)]
    volume = sea @ HM3_PER_M3S
    first = (
        f"\nBelow Shardara a loss of {100 * rate:.2f} % per 100 km brings {volume:.0f} hm3 a year to the sea (m3/s).\n"
    )
    return [first, *month_table(rows)]


def write_tables(tables: Tables, fits: dict[str, Fit]) -> None:
    """Write gains to hydrology.csv, losses to links.csv and the lower river's flows to past_flows.csv."""
    hydrology = pd.read_csv(tables.folder / "hydrology.csv", dtype={"runoff_m3s": float})
    links = pd.read_csv(tables.folder / "links.csv", dtype=str, keep_default_na=False).set_index("link")
    warm = dict(zip(MONTHS, WARM.tolist(), strict=True))
    for reach in REACHES:
        fit = fits[reach.name]
        if reach.loss_link:
            links.loc[reach.loss_link, "loss_fraction"] = f"{fit.loss:g}"
        for row in hydrology.index[hydrology["node"] == reach.gain_node]:
            grow = warm[hydrology.loc[row, "month"]]
            carried = CARRIED.get(str(reach.gain_node), {True: 1.0, False: 1.0})[grow]
            wet = 1 + GAIN_FOLLOWS_YEAR * (tables.ratio(hydrology.loc[row, "year_class"]) - 1)
            hydrology.loc[row, "runoff_m3s"] = round(fit.gain[grow] * carried * wet, 2)
    _, entering, _, losses = fit_lower(tables)
    for link, loss in losses.items():
        links.loc[link, "loss_fraction"] = f"{loss:g}"
    past = pd.read_csv(tables.folder / "past_flows.csv").set_index(["link", "month"])
    for link, flow in entering.items():
        past.loc[[(link, month) for month in MONTHS], "flow_m3s"] = flow.round(1)
    hydrology.to_csv(tables.folder / "hydrology.csv", index=False, lineterminator="\n")
    links.reset_index().to_csv(tables.folder / "links.csv", index=False, lineterminator="\n")
    past.reset_index().to_csv(tables.folder / "past_flows.csv", index=False, lineterminator="\n")


def main() -> None:
    """Fit, print the report, put it into the document, and on request write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("record", type=Path, help="series_operational_monthly_2022_04_to_2023_03.csv (not bundled)")
    parser.add_argument("--report", type=Path, default=REPORT, help="document whose text between the marks is replaced")
    parser.add_argument("--write", action="store_true", help="write gains, losses and past flows to the tables")
    arguments = parser.parse_args()
    tables = Tables(HERE)
    record = read_record(arguments.record, tables)
    fits: dict[str, Fit] = {}
    for reach in REACHES:
        fits[reach.name] = fit_reach(tables, reach, record, fits)
    rows = compared(tables, record, fits)
    lines = [*fit_lines(fits), *reach_lines(tables, record, fits), *chain_lines(record, rows), *lower_lines(tables)]
    text = "\n".join(lines)
    print(text, "\n\nSimulated and observed; not for publication.\n")
    print("\n".join(month_table([pair for name, x, y in rows for pair in ((name, x), ("observed", record[y]))])))
    if arguments.report.exists():
        old = arguments.report.read_text(encoding="utf-8")
        pattern = re.compile(re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1]), re.DOTALL)
        arguments.report.write_text(pattern.sub(lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}", old), encoding="utf-8")
    if arguments.write:
        write_tables(tables, fits)


if __name__ == "__main__":
    main()
