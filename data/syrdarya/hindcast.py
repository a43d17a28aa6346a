"""Write what the record says of the bundled basin into docs/explanation/hindcast.md: exchanges, scores, naive forecasts, balances.

The record has no licence and is not bundled; lay it out with `observed.py` and give its path. Only statistics are printed.

    python data/syrdarya/hindcast.py observed.csv
"""

from __future__ import annotations

import argparse
import re
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from waterdeal.basin.read import read_basin
from waterdeal.tracking.calibrate import calibrate
from waterdeal.tracking.calibrated import calibrated_files
from waterdeal.tracking.hindcast import Hindcast, HindcastChoices, hindcast

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "explanation" / "hindcast.md"
MARKS = ("<!-- hindcast: begin -->", "<!-- hindcast: end -->")
YEAR = (date(2022, 4, 1), date(2023, 4, 1))
#: the Kazakh gauge of Shardara's inflow closes its balance, the Uzbek one does not
GAUGES = {"shardara_inflow": "kazhydromet"}
#: gauges that the ten years have as well
JUDGED = ("akjar_flow", "kayrakkum_release", "kokbulak_flow", "shardara_inflow")
#: first year of the record after the ten
RECENT = 2022


def grid(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table."""
    return [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {' | '.join(row)} |" for row in rows), ""]


def exchange_lines(table: pd.DataFrame) -> list[str]:
    """Exchange of every place by month with its greatest standard error."""
    rows = []
    for place, group in table.groupby("place", sort=False):
        booked = "yes" if bool(group["booked"].iloc[0]) else "no"
        rows.append([str(place), *(f"{value:.0f}" for value in group["exchange"]), f"{group['error'].max():.0f}", booked])
    return grid(["m3/s", *(f"{month:02d}" for month in range(1, 13)), "±", "in the tables"], rows)


def score_lines(found: Hindcast) -> list[str]:
    """NSE, KGE, bias and RMSE of the model by gauge and season, and the NSE of each naive forecast that can be made."""
    rows = []
    for (gauge, season), group in found.scores.groupby(["gauge", "season"], sort=False):
        if season == "year":
            continue
        by = group.set_index("forecast")
        model = by.loc["model"]
        others = [f"{by.loc[name, 'nse']:.2f}" if by.loc[name, "compared"] else "–" for name in by.index if name != "model"]
        told = [f"{model[name]:.2f}" for name in ("nse", "kge_2009", "kge_2012")]
        rows.append([str(gauge), str(season), *told, f"{100 * model['bias']:+.0f}", f"{model['rmse']:.0f}", *others])
    naive = ["NSE of last year", "of its difference", "of the mean year"]
    return grid(["gauge", "season", "NSE", "KGE 2009", "KGE 2012", "bias, %", "RMSE, m3/s", *naive], rows)


def volume_lines(found: Hindcast) -> list[str]:
    """Volumes of seasons by the model and as measured."""
    own = found.volumes[found.volumes["forecast"] == "model"]
    rows = [[row.gauge, row.season, f"{row.observed:.0f}", f"{row.volume:.0f}", f"{100 * row.error:+.0f}"] for row in own.itertuples()]
    return grid(["gauge", "season", "measured, hm3", "model, hm3", "error, %"], rows)


def balance_lines(found: Hindcast) -> list[str]:
    """Balances of reservoirs, and the part of the inflow that does not close."""
    names = ["inflow", "release", "withdrawn", "evaporation", "seepage", "change", "unclosed"]
    rows = [
        [row["reservoir"], row["season"], *(f"{row[name]:.0f}" for name in names), f"{100 * row['share']:+.1f}"]
        for row in found.balances.to_dict("records")
    ]
    return grid(["hm3", "season", *names, "% of inflow"], rows)


def earlier_part(observed: Path, folder: Path) -> Path:
    """Write the part of a record before the recent year, and of that what users took: no gauge and no reservoir."""
    table = pd.read_csv(observed, dtype=str)
    path = folder / "earlier.csv"
    users = set(read_basin(HERE).ids("demands"))
    table[(table["date"].str[:4].astype(int) < RECENT) | table["place"].isin(users)].to_csv(path, index=False)
    return path


def run(folder: Path, observed: Path) -> Hindcast:
    """Run a basin through the recent year: releases given, of Kayrakkum the storages."""
    return hindcast(folder, observed, *YEAR, HindcastChoices(given_by_reservoir={"kayrakkum": "storages"}, gauges=GAUGES))


def main() -> None:
    """Calibrate, run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("observed", type=Path)
    observed = parser.parse_args().observed
    fitted, own = calibrate(HERE, observed, GAUGES), run(HERE, observed)
    lines = ["Exchanges of the river above each place in a year as wet as the mean; ± is the greatest standard error of a month.\n"]
    lines += [*exchange_lines(fitted.exchange), "April 2022 - March 2023 by the tables of this folder.\n"]
    lines += [*score_lines(own), *volume_lines(own)]
    lines += ["Balances of the reservoirs in that year, with the gains of the tables.\n", *balance_lines(own)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "earlier"
        folder.mkdir()
        part = earlier_part(observed, Path(name))
        for file, content in calibrated_files(calibrate(HERE, part), part.name).items():
            (folder / file).write_bytes(content)
        judged = run(folder, observed)
    above = {name: getattr(judged, name) for name in ("scores", "volumes")}
    judged = replace(judged, **{name: table[table["gauge"].isin(JUDGED)] for name, table in above.items()})
    lines += ["The same year by gains fitted on 2001-10 alone, without a gauge of 2022-23: what the method foretells of years not seen.\n"]
    lines += [*score_lines(judged), *volume_lines(judged), *balance_lines(judged)]
    text = "\n".join(lines).rstrip()
    old = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(MARKS[0]) + ".*" + re.escape(MARKS[1]), re.DOTALL)
    PAGE.write_text(pattern.sub(lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}", old), encoding="utf-8")


if __name__ == "__main__":
    main()
