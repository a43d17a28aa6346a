"""A calibrated basin as files: the folder it was read from, with gains, losses and shares taken written into its tables."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.calendar import StepKind, is_growing, make_steps
from waterdeal.errors import BasinDataError, make_problem
from waterdeal.tracking.calibrate import BOOKED
from waterdeal.tracking.exchange import FOLLOWS, class_wetness, gained_in, parted
from waterdeal.tracking.river import CALIBRATION
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin
    from waterdeal.tracking.calibrate import Calibration
    from waterdeal.tracking.reaches import Site
    from waterdeal.types import Floats

#: files of a basin folder that go along
_CARRIED = {".csv", ".toml", ".md"}
#: a reach never loses all of its water
_MOST_LOST = 0.95
#: least and greatest share of the requirement that is written
_SHARES = (0.0, 1.5)
#: any year, to tell which months are of the growing season
_A_YEAR = (date(2001, 1, 1), date(2002, 1, 1))
#: terms under which calibrated figures stand among the sources
TERMS = "computed; record not in this folder"
#: most characters of an id
_MOST_ID = 48


@dataclass
class _Folder:
    """Tables of a folder as text, changed row by row."""

    basin: Basin
    source: str  # what a note says of where figures come from
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table as it stands in the folder, text in every cell."""
        if name not in self.tables:
            folder = self.basin.folder
            path = (folder or Path()) / f"{name}.csv"
            there = folder is not None and path.exists()
            empty = pd.DataFrame(columns=[column.name for column in {**TABLES, "hydrology": HYDROLOGY}[name].columns], dtype=str)
            self.tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False) if there else empty
        return self.tables[name]

    def add(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows; columns left out are blank."""
        table = self.table(name)
        fresh = pd.DataFrame(rows).astype(str).reindex(columns=table.columns, fill_value="")
        self.tables[name] = pd.concat([table, fresh], ignore_index=True)

    def drop(self, name: str, **keys: Any) -> None:
        """Drop the rows with these values."""
        table = self.table(name)
        hit = np.logical_and.reduce([table[column].isin([*map(str, values)]) for column, values in keys.items()])
        self.tables[name] = table[~hit].reset_index(drop=True)

    def tell(self, table: str, key: str, column: str, note: str) -> None:
        """Write where a figure comes from, in place of what an earlier calibration said."""
        self.drop("provenance", table=[table], key=[key], field=[column])
        row = {"table": table, "key": key, "field": column, "status": "computed", "source": CALIBRATION, "note": f"{note}; {self.source}"}
        self.add("provenance", [row])


def calibrated_files(found: Calibration, observed: str) -> dict[str, bytes]:
    """Make every file of a calibrated basin, by name."""
    basin = found.basin
    folder = _Folder(basin, Words("en").text("hindcast.fitted_on", file=observed, period=found.period))
    if basin.folder is None or not (basin.folder / "hydrology.csv").exists():
        _runoff_as_csv(folder)
    _forget(folder, found)
    table = found.exchange.set_index("place")
    for row, site in enumerate(found.sites):
        own, whole = table.loc[[site.place]], found.places.iloc[row]
        for gain in site.gains:
            _write_gain(folder, gain, "", np.zeros((len(basin.runoff["year_class"]), 12)))
        if bool(own["booked"].iloc[0]):
            _book(folder, site, own, found.flow[row], (float(whole["year"]), float(whole["error"])))
    _book_shares(folder, found)
    folder.drop("sources", source=[CALIBRATION])
    cited = {"source": CALIBRATION, "citation": folder.source, "licence": TERMS}
    folder.add("sources", [cited])
    return _as_files(folder, found)


def _as_files(folder: _Folder, found: Calibration) -> dict[str, bytes]:
    """The files of the folder it was read from, and over them the tables that changed."""
    carried = [] if folder.basin.folder is None else sorted(folder.basin.folder.iterdir())
    files = {file.name: file.read_bytes() for file in carried if file.is_file() and file.suffix in _CARRIED}
    header = files["basin.toml"].decode()
    files["basin.toml"] = re.sub(r"(?m)^hydrology\s*=.*$", 'hydrology = "hydrology.csv"', header).encode()
    extra = {"calibration": found.exchange.round(4), "calibration_taken": found.taken.round(4), "calibration_places": found.places.round(3)}
    for name, table in {**folder.tables, **extra}.items():
        buffer = io.StringIO()
        table.to_csv(buffer, index=False, lineterminator="\n")
        if len(table) or f"{name}.csv" in files:
            files[f"{name}.csv"] = buffer.getvalue().encode()
    return files


def _runoff_as_csv(folder: _Folder) -> None:
    """Lay runoff that stood in NetCDF out as a table."""
    frame = folder.basin.runoff.to_series().rename("runoff_m3s").reset_index()
    folder.tables["hydrology"] = frame.astype({"month": int}).astype(str)


def _forget(folder: _Folder, found: Calibration) -> None:
    """Take out the losses and shares that an earlier calibration wrote for these reaches."""
    links = {link for site in found.sites for link in site.links}
    rows = folder.table("provenance")
    old = rows[(rows["source"] == CALIBRATION) & rows["key"].isin(links) & rows["table"].isin(["links", "loss_months"])]
    table = folder.table("links")
    table.loc[table["link"].isin(old.loc[old["table"] == "links", "key"]), "loss_fraction"] = ""
    folder.drop("provenance", source=[CALIBRATION], key=sorted(links), table=["links", "loss_months"])
    folder.drop("loss_months", link=sorted(links))
    users = sorted({demand for site in found.sites for demand in site.demands} | set(found.measured["demand"]))
    folder.drop("taken", demand=users)
    folder.drop("provenance", source=[CALIBRATION], key=users, table=["taken"])


def _book(folder: _Folder, site: Site, found: pd.DataFrame, flow: Floats, year: tuple[float, float]) -> None:
    """Write the exchange of a place: what it gains as runoff, what it loses as a share of its flow, or seepage of a reservoir."""
    value, spread, wetter = (found[name].to_numpy(dtype=float) for name in ("exchange", "error", "wetter"))
    error = f"standard error {spread.min():.0f} to {spread.max():.0f} m3/s by month"
    total, deviation = year
    seeps = site.is_body and total < -BOOKED * deviation
    wetness = np.array(list(class_wetness(folder.basin).values()))
    usually, lost = parted(value, flow)
    gained = gained_in(usually, wetter, wetness[:, None])
    gain = site.gains[0] if site.gains else ""
    if not gain and (gained > BOOKED * spread).any():
        gain = _new_gain(folder, site)
    if gain:
        _write_gain(folder, gain, site.node, gained)
        follows = f"{FOLLOWS:g} of it follows the wetness of the year (assumed)"
        if wetter.any():
            follows += f", and a year wetter by a tenth brings {wetter.min() / 10:.0f} to {wetter.max() / 10:.0f} m3/s more by month"
        folder.tell("hydrology", gain, "runoff_m3s", f"what the river gains down to {site.place}; {error}; {follows}")
    if seeps:
        _write_seepage(folder, site.place, total, deviation)
    elif site.losing and lost.any():
        share = np.minimum(lost / np.maximum(np.nan_to_num(flow, nan=np.inf), 1e-9), _MOST_LOST)
        rows = [{"link": site.losing, "month": month, "loss_fraction": f"{part:.4f}"} for month, part in enumerate(share, start=1)]
        folder.add("loss_months", rows)
        note = f"what the river loses down to {site.place}, over its mean flow of the record; {error}"
        folder.tell("loss_months", site.losing, "loss_fraction", note)


def _write_gain(folder: _Folder, gain: str, node: str, gained: Floats) -> None:
    """Write a gain for every class of year, and let it in where its balance was closed; a reach that gains nothing keeps its place."""
    folder.drop("hydrology", node=[gain])
    rows = [
        {"node": gain, "year_class": name, "month": month, "runoff_m3s": f"{rate:.2f}"}
        for name, rates in zip(class_wetness(folder.basin), gained, strict=True)
        for month, rate in enumerate(rates, start=1)
    ]
    folder.add("hydrology", rows)
    links = folder.table("links")
    if node:
        links.loc[links["from_node"] == gain, "to_node"] = node


def _new_gain(folder: _Folder, site: Site) -> str:
    """Add a catchment and its river for what a place gains."""
    name, link = f"gain_{site.place}"[:_MOST_ID], f"{site.place[: _MOST_ID - 5]}_gain"
    nodes, links = folder.table("nodes"), folder.table("links")
    if name in set(nodes["node"]) or link in set(links["link"]):
        raise BasinDataError(folder.basin.id, [make_problem("nodes.csv", None, "node", "hindcast.gain_there", name=name, link=link)])
    party = nodes.loc[nodes["node"] == site.node, "party"].iloc[0]
    called = _called(folder, site.node)
    folder.add("nodes", [{"node": name, "kind": "catchment", "party": party, **called}])
    folder.add("links", [{"link": link, "from_node": name, "to_node": site.node, "kind": "river", **called}])
    return name


def _called(folder: _Folder, node: str) -> dict[str, str]:
    """Name of a gain in every language that its node has a name in."""
    row = folder.table("nodes").set_index("node").loc[node]
    names = {language: str(row[f"name_{language}"]) for language in LANGUAGES}
    return {f"name_{language}": Words(language).text("hindcast.gain_name", place=name) if name else "" for language, name in names.items()}


def _write_seepage(folder: _Folder, body: str, total: float, deviation: float) -> None:
    """Write what a reservoir loses over a year as a share of its storage half way between dead and full."""
    row = folder.basin.table("reservoirs").query("reservoir == @body")
    held = float((row["dead_hm3"] + row["full_hm3"]).iloc[0]) / 2 * 365.25
    folder.drop("seepage", reservoir=[body])
    folder.add("seepage", [{"reservoir": body, "share_per_day": f"{-total / held:.3g}"}])
    folder.tell("seepage", body, "share_per_day", f"losses that close its balance, {-total:.0f} hm3 a year, standard error {deviation:.0f}")


def _book_shares(folder: _Folder, found: Calibration) -> None:
    """Write the share of its requirement that each user took, by month."""
    for demand, rows in found.measured.groupby("demand", sort=False):
        note = "what was measured, smooth over the year, over the requirement; at most 1.5"
        _write_shares(folder, str(demand), rows["share"].to_numpy(), note)
    growing = np.array([is_growing(step, folder.basin.growing_season) for step in make_steps(*_A_YEAR, StepKind.MONTH)])
    for place, rows in found.taken.groupby("place", sort=False):
        shares = rows.set_index("season")["share"]
        note = f"share taken above {place}, one for all its users that were not measured; standard error {rows['error'].max():.2f}"
        for demand in str(rows["demands"].iloc[0]).split():
            _write_shares(folder, demand, np.where(growing, shares["growing"], shares["non-growing"]), note)


def _write_shares(folder: _Folder, demand: str, shares: Floats, note: str) -> None:
    """Write the shares of a demand by month."""
    clipped = np.clip(shares, *_SHARES).tolist()
    folder.add("taken", [{"demand": demand, "month": month, "share": f"{part:.3f}"} for month, part in enumerate(clipped, start=1)])
    folder.tell("taken", demand, "share", note)
