"""Try ways to foretell what the reaches exchange: years of 2001-10 are left out one by one and foretold from the others.

    python data/syrdarya/trials.py observed.csv

The river is run as it was measured, without fitted gains and losses; what its balances lack between Toktogul and Akjar, in Kayrakkum and
from there to Kokbulak is foretold in each growing season. Errors at Kokbulak routed from Toktogul are the sum of the three. A second table
says what part of a season's own deviation the same season of the year after repeats. Both go into docs/explanation/hindcast.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from waterdeal.basin.read import read_basin
from waterdeal.calendar import StepKind
from waterdeal.science.periodic import month_basis, month_penalty
from waterdeal.tracking.exchange import ANSWER_SCALE, ANSWERS, SCALE
from waterdeal.tracking.observed import read_record
from waterdeal.tracking.reaches import find_sites, unfitted
from waterdeal.tracking.river import River, rates

HERE = Path(__file__).resolve().parent
REACHES = ("akjar_flow", "kayrakkum", "kokbulak_flow")
LAST = 2010
#: growing seasons in which the record of Akjar and Kayrakkum is plainly wrong
LEFT_OUT = (2003,)


def closures(observed: Path) -> pd.DataFrame:
    """What the three reaches lack by month of 2001-10, m3/s, with the wetness at each and the year's own flow into it over the mean."""
    basin = read_basin(HERE)
    record = read_record(basin, observed, StepKind.MONTH, {})
    record = record.window(0, sum(step.start.year <= LAST for step in record.steps))
    sites = find_sites(basin, record)
    nodes = {site.place: site.node for site in sites}
    river = River.over(unfitted(basin, sites, pd.DataFrame(columns=["demand", "month", "share"])), record)
    done = river.run(river.given(river.taken(), gauges=True, closing=True))
    links, bodies = river.inputs["link"].values.tolist(), river.inputs["reservoir"].values.tolist()
    rows = []
    for place in REACHES:
        found = done.body_closure[bodies.index(place)] if place in bodies else done.link_closure[links.index(place)]
        wet = river.wetness_at([nodes[place]])[0]
        gap = rates(found[None], river.steps)[0]
        rows += [(place, step.start.year, step.start.month, *each) for step, *each in zip(river.steps, gap, wet, strict=True)]
    table = pd.DataFrame(rows, columns=["place", "year", "month", "closure", "wet"]).dropna()
    return table[~(table["year"].isin(LEFT_OUT) & table["month"].between(4, 10))]


def smooth(known: pd.DataFrame, asked: pd.DataFrame, *, answers: bool, weight: np.ndarray | float = 1.0) -> np.ndarray:
    """A smooth function of the month, with an answer to wetness or without, as the calibration fits it."""

    def terms(table: pd.DataFrame) -> np.ndarray:
        basis = month_basis()[table["month"].to_numpy() - 1]
        wet = basis[:, :ANSWERS] * (table["wet"].to_numpy()[:, None] - 1)
        return np.column_stack([basis, wet]) if answers else basis

    pull = np.concatenate([month_penalty() / SCALE**2, np.maximum(month_penalty()[:ANSWERS], 1.0) / ANSWER_SCALE**2])
    matrix = terms(known)
    weighted = matrix.T * weight
    return terms(asked) @ np.linalg.solve(weighted @ matrix + np.diag(pull[: matrix.shape[1]]), weighted @ known["closure"].to_numpy())


def foretold(way: str, known: pd.DataFrame, asked: pd.DataFrame, year: int) -> np.ndarray:
    """Closures of a year from those of others."""
    place = str(asked["place"].iloc[0])
    if way == "as the year before":
        before = known[known["year"] == year - 1].set_index("month")["closure"]
        return before.reindex(asked["month"]).to_numpy()
    if way == "mean of the other years":
        return known.groupby("month")["closure"].mean().reindex(asked["month"]).to_numpy()
    near = np.where(known["year"] == year - 1, 4.0, 1.0) if way.endswith("year before four times") else 1.0
    answers = {"smooth": (), "smooth, all answer to wetness": REACHES}.get(way, ("kokbulak_flow",))
    return smooth(known, asked, answers=place in answers, weight=near)


WAYS = (
    "as the year before",
    "mean of the other years",
    "smooth",
    "smooth, all answer to wetness",
    "smooth, Kokbulak answers to wetness",
    "smooth, Kokbulak answers to wetness, the year before four times",
)


#: parts of its deviation that a season may hand on to that of the year after
HANDED_ON = (0.0, 0.1, 0.2, 0.4, 0.6, 1.0)


def handed_on(table: pd.DataFrame) -> None:
    """Print by how much a season is missed where it repeats a part of what the year before deviated by, by place and season."""
    table = table.assign(year=table["year"] + (table["month"] >= 10), growing=table["month"].between(4, 9))
    print(f"\n| RMSE, m3/s (mean error of a season), of the deviation of the year before | {' | '.join(map(str, HANDED_ON))} |")
    print("|---" * (1 + len(HANDED_ON)) + "|")
    for (place, growing), own in table.groupby(["place", "growing"]):
        misses: list[tuple[np.ndarray, float]] = []
        for year in range(2002, LAST + 1):
            asked, before = (own[own["year"] == each] for each in (year, year - 1))
            known = table[(table["place"] == place) & (table["year"] != year)]
            if len(asked) > 3:
                parts = [part["closure"] - smooth(known, part, answers=place == "kokbulak_flow") for part in (asked, before) if len(part)]
                misses.append((parts[0].to_numpy(), float(parts[1].mean()) if len(before) else 0.0))
        cells = []
        for part in HANDED_ON:
            left = [miss - part * deviation for miss, deviation in misses]
            cells.append(f"{np.sqrt((np.concatenate(left) ** 2).mean()):.0f} ({np.mean([abs(miss.mean()) for miss in left]):.0f})")
        print(f"| {place}, {'growing' if growing else 'non-growing'} | {' | '.join(cells)} |")


def main() -> None:
    """Print the tables of trials."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("observed", type=Path)
    table = closures(parser.parse_args().observed)
    heads = ("foretold by", "RMSE at Akjar, m3/s", "mean error of its season", "RMSE at Kokbulak", "mean error of its season")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for way in WAYS:
        errors: dict[str, pd.Series] = {}
        for place, own in table.groupby("place"):
            parts = []
            for year in range(2002, LAST + 1):
                asked = own[(own["year"] == year) & own["month"].between(4, 9)]
                if len(asked):
                    miss = asked["closure"].to_numpy() - foretold(way, own[own["year"] != year], asked, year)
                    parts.append(pd.Series(miss, pd.MultiIndex.from_frame(asked[["year", "month"]])))
            errors[str(place)] = pd.concat(parts)
        routed = pd.concat(errors, axis=1).sum(axis=1, skipna=False)
        cells = []
        for miss in (errors["akjar_flow"].dropna(), routed.dropna()):
            cells += [np.sqrt((miss**2).mean()), miss.groupby(level="year").mean().abs().mean()]
        print(f"| {way} | {' | '.join(f'{cell:.0f}' for cell in cells)} |")
    handed_on(table)


if __name__ == "__main__":
    main()
