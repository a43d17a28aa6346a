"""A hindcast and a calibration in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.provenance import place_names
from waterdeal.reports.document import answer
from waterdeal.reports.quantity import Teller, agency_name
from waterdeal.reports.table import written
from waterdeal.results.tables import round_to_total
from waterdeal.tracking.hindcast import FORECASTS
from waterdeal.words import BLANK, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from waterdeal.reports.document import Document
    from waterdeal.reports.table import Table
    from waterdeal.tracking.calibrate import Calibration
    from waterdeal.tracking.hindcast import Hindcast

#: columns of scores and the decimals they are told with
_SCORES = {"nse": 2, "kge_2009": 2, "kge_2012": 2, "bias": 1, "rmse": 0}


def hindcast_answer(found: Hindcast, language: str) -> Document:
    """Tell scores, season volumes, balances of reservoirs, and where the model is no better than a naive forecast."""
    tell = Teller(Words(language), found.names)
    parts: list[Table | str] = [_scores(found.scores, tell), _volumes(found.volumes, tell), _balances(found.balances, tell)]
    parts += _gauges(found.sources, tell)
    naive = bool((found.scores["compared"] * (found.scores["forecast"] != "model")).sum())
    beaten = tell.all_names(found.beaten)
    none = "hindcast.unbeaten" if naive else "hindcast.no_naive"
    parts.append(tell.words.text("hindcast.beaten", gauges=beaten) if beaten else tell.words.text(none))
    return answer("hindcast", language, parts)


def _number(words: Words, value: float, digits: int) -> str:
    """Write a number; what is not there is a dash."""
    return words.number(value, digits) if np.isfinite(value) else BLANK


def _table(words: Words, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> Table:
    """Make a table whose first columns are text."""
    return written(name, words.text(f"hindcast.{name}"), [words.text(f"hindcast.{head}") for head in heads], rows, range(texts))


def _scores(scores: pd.DataFrame, tell: Teller) -> Table:
    """One line a gauge, season and forecast that can be made."""
    words, made = tell.words, scores[scores["compared"] > 0]
    rows = [
        [tell.name(row["gauge"]), words.text(f"hindcast.{row['season']}"), words.text(f"hindcast.{row['forecast']}"),
         *(_number(words, row[name] * (100 if name == "bias" else 1), digits) for name, digits in _SCORES.items())]
        for row in made.to_dict("records")
    ]  # fmt: skip
    return _table(words, "scores", ("gauge", "season", "forecast", *_SCORES), rows, 3)


def _volumes(volumes: pd.DataFrame, tell: Teller) -> Table:
    """One line a gauge and season: observed, and every forecast with its error."""
    words, rows = tell.words, []
    for (gauge, season), group in volumes.groupby(["gauge", "season"], sort=False):
        by = group.set_index("forecast")
        cells = [_part(by, forecast, words) for forecast in FORECASTS]
        rows.append([tell.name(str(gauge)), _season(str(season), words), words.number(by["observed"].astype(float).iloc[0], 0), *cells])
    return _table(words, "volumes", ("gauge", "season", "observed", *FORECASTS), rows, 2)


def _part(by: pd.DataFrame, forecast: str, words: Words) -> str:
    """Volume of a forecast and its error in per cent."""
    if forecast not in by.index:
        return BLANK
    volume, error = (by[column].astype(float)[forecast] for column in ("volume", "error"))
    return f"{words.number(volume, 0)} ({words.number(100 * error, 0)})"


def _season(season: str, words: Words) -> str:
    """A season of a year."""
    year, _, kind = season.partition(" ")
    return f"{year}, {words.text(f'hindcast.{kind}')}"


def _balances(balances: pd.DataFrame, tell: Teller) -> Table:
    """One line a reservoir and season: what came, and what does not close; as printed the parts add up to what came."""
    words, rows = tell.words, list[list[str]]()
    parts = ("release", "withdrawn", "evaporation", "seepage", "change", "unclosed")
    for row in balances.to_dict("records"):
        came = round(row["inflow"])
        told = [came, *round_to_total(np.array([row[name] for name in parts]), 0, came).tolist()]
        share = words.number(100 * row["share"], 1)
        rows.append([tell.name(row["reservoir"]), _season(row["season"], words), *(words.number(value, 0) for value in told), share])
    return _table(words, "balances", ("reservoir_head", "season", "inflow", *parts, "share"), rows, 2)


def _gauges(sources: Mapping[str, Sequence[str]], tell: Teller) -> list[str]:
    """Places that several agencies measure."""
    words = tell.words
    return [
        words.text("hindcast.several", place=tell.name(place), agencies=", ".join(agency_name(each, words) for each in agencies))
        for place, agencies in sources.items()
    ]


def calibration_answer(found: Calibration, language: str) -> Document:
    """Tell what every place exchanges by month with its standard error, and the shares taken."""
    tell = Teller(Words(language), place_names(found.basin))
    words, rows = tell.words, []
    for place, group in found.exchange.groupby("place", sort=False):
        mark = "" if bool(group["booked"].iloc[0]) else " *"
        rows.append([f"{tell.name(str(place))}{mark}", *(words.number(value, 0) for value in group["exchange"])])
        rows.append(["  ±", *(words.number(value, 0) for value in group["error"])])
    heads = [words.text("hindcast.place"), *(str(month) for month in range(1, 13))]
    exchange = written("exchange", words.text("hindcast.exchange"), heads, rows)
    names = ("months", "before", "after", "year", "error")
    rows = [[tell.name(row["place"]), *(words.number(row[name], 0) for name in names)] for row in found.places.to_dict("records")]
    places = _table(words, "places", ("place", "months", "before", "after", "yearly", "error"), rows)
    rows = [
        [tell.name(row["place"]), words.text(f"hindcast.{row['season']}"), words.number(row["share"], 2), words.number(row["error"], 2)]
        for row in found.taken.to_dict("records")
    ]
    taken = _table(words, "taken", ("place", "season", "taken_share", "error"), rows, 2)
    return answer("calibration", language, [exchange, words.text("hindcast.not_booked"), places, taken, *_gauges(found.sources, tell)])
