"""What stands on the pages of a scenario's workbook: ids in row 1, names in row 2, units in row 3, then a row a step or a thing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from waterdeal.agreement.figures import figures_of
from waterdeal.scenario.horizon import horizon_steps, limit_years
from waterdeal.scenario.reservoirs import with_raised_dams
from waterdeal.units import volume_to_rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.figures import Figure
    from waterdeal.agreement.schema import Agreement
    from waterdeal.basin.schema import Basin
    from waterdeal.scenario.schema import Scenario

Value = float | str | date | None
#: id of a row, and of a column
Spot = tuple[str, str]

#: rows above the first of the table
HEAD = 3
RATE, VOLUME = "m3/s", "hm3"
YES, NO = "yes", "no"
#: fields of clauses that hold the one amount that is promised
AMOUNTS = (("value",), ("debt",), ("threshold",))
#: columns of a point of a curve, and blank rows for points to add
POINT, SPARE = ("level", "volume", "area"), 3
#: page that is measured, not asked for
FACT = "fact"


@dataclass(frozen=True)
class Field:
    """A column."""

    id: str  # in row 1
    kind: Literal["number", "choice", "date", "text"] = "number"  # a text only tells, and is never read
    unit: str = ""
    choices: tuple[str, ...] = ()
    locked: bool = False
    #: what a blank cell means: what the scenario has, which is told; nothing; or it is refused
    blank: Literal["own", "none", "refused"] = "refused"
    place: bool = False  # whether the id is that of a place


@dataclass(frozen=True)
class Page:
    """A page: its columns and rows, and what stands in each cell."""

    name: str  # in the first cell
    fields: tuple[Field, ...]
    rows: tuple[str, ...]
    cells: Mapping[Spot, Value]
    locked: frozenset[Spot] = field(default_factory=frozenset)
    grows: tuple[str, ...] = ()  # things to which numbered rows may be added, e.g. `toktogul 12`

    @property
    def spare(self) -> frozenset[str]:
        """Rows in which nothing stands yet, which need not be there."""
        full = {row for (row, column), value in self.cells.items() if value is not None and column != "name"}
        return frozenset(self.rows) - full if self.grows else frozenset()

    def with_rows(self, rows: Sequence[str]) -> Page:
        """Return the page with those of some rows that may be added to it."""
        new = {row: row.rpartition(" ")[0] for row in rows if row not in self.rows and row.rpartition(" ")[2].isdecimal()}
        new = {row: name for row, name in new.items() if name in self.grows}
        return replace(self, rows=(*self.rows, *new), cells={**self.cells, **{(row, "name"): name for row, name in new.items()}})

    def is_locked(self, row: str, column: Field) -> bool:
        """Tell whether a cell is not one to edit."""
        return column.locked or column.kind == "text" or (row, column.id) in self.locked


def make_pages(basin: Basin, scenario: Scenario, inputs: xr.Dataset, agreements: Sequence[Agreement]) -> tuple[Page, ...]:
    """Make the pages of a scenario; all but the last are what it asks."""
    raised = with_raised_dams(basin, scenario)
    known = set(basin.runoff["node"].values.tolist())
    nodes = zip(inputs["node"].values.tolist(), inputs["runoff"].values, strict=True)
    wet = [name for name, row in nodes if name in known or row.any()]
    grown = set(basin.table("fields")["demand"]) if scenario.agriculture.on else set()
    return (
        _series_page("runoff", inputs, "node", wet),
        _series_page("requirement", inputs, "demand", inputs["demand"].values.tolist(), grown),
        _reservoir_page(raised, scenario),
        _curve_page(raised, basin),
        _limit_page(basin, scenario),
        _clause_page(agreements),
        _fact_page(basin, scenario),
    )


def _series_page(name: str, inputs: xr.Dataset, dim: str, places: Sequence[str], locked: set[str] | None = None) -> Page:
    """Rates of places by step."""
    steps, days = inputs["step"].values.tolist(), inputs["step_length"].values
    volumes = dict(zip(inputs[dim].values.tolist(), inputs[name].values, strict=True))
    cells: dict[Spot, Value] = {
        (step, place): float(rate) for place in places for step, rate in zip(steps, volume_to_rate(volumes[place], days), strict=True)
    }
    fields = tuple(Field(place, unit=RATE, blank="own", place=True, locked=place in (locked or ())) for place in places)
    return Page(name, fields, tuple(steps), cells)


def _reservoir_page(basin: Basin, scenario: Scenario) -> Page:
    """What reservoirs hold, and what is asked of their ends."""
    rules = ("at_least", "as_start", "value", "free")
    fields = (
        Field("name", "text"), Field("dead", unit=VOLUME, locked=True), Field("full", unit=VOLUME), Field("initial", unit=VOLUME),
        Field("rule", "choice", choices=rules, blank="none"), Field("storage", unit=VOLUME, blank="none"), Field("worth", blank="none"),
        Field("by", "date", blank="none"),
    )  # fmt: skip
    cells: dict[Spot, Value] = {}
    rows = basin.table("reservoirs")[["reservoir", "dead_hm3", "full_hm3"]]
    for name, dead, full in rows.itertuples(index=False, name=None):
        choice = scenario.reservoir[name]
        end = choice.terminal
        told: dict[str, Value] = {"name": name, "dead": dead, "full": full, "initial": choice.initial}
        told |= {key: getattr(end, key, None) for key in ("rule", "storage", "worth", "by")}
        cells |= {(name, key): value for key, value in told.items()}
    return Page("reservoir", fields, tuple(rows["reservoir"]), cells)


def _curve_page(basin: Basin, plain: Basin) -> Page:
    """Curves of level, volume and area, a row a point, and blank rows for more, beyond those of the basin without a scenario too."""
    units = zip(POINT, ("m", VOLUME, "km2"), strict=True)
    fields = (Field("name", "text"), *(Field(name, unit=unit, blank="none") for name, unit in units))
    cells: dict[Spot, Value] = {}
    curves, own = (one.table("curves").sort_values("level_m", kind="stable") for one in (basin, plain))
    for name in basin.ids("reservoirs"):
        points = curves.loc[curves["reservoir"] == name, ["level_m", "volume_hm3", "area_km2"]].to_numpy(dtype=float).tolist()
        blank = max(len(points), int((own["reservoir"] == name).sum())) + SPARE - len(points)
        for number, point in enumerate([*points, *[[None] * len(POINT)] * blank], start=1):
            cells[f"{name} {number}", "name"] = name
            cells |= {(f"{name} {number}", key): value for key, value in zip(POINT, point, strict=True)}
    return Page("curve", fields, tuple(dict.fromkeys(row for row, _ in cells)), cells, grows=tuple(basin.ids("reservoirs")))


def _limit_page(basin: Basin, scenario: Scenario) -> Page:
    """Limits of the basin for the seasons in sight, and inflows promised; which are in force, and how much of them."""
    fields = (
        Field("party", "text"), Field("season", "text"), Field("year", "text"), Field("published", unit=VOLUME, locked=True),
        Field("in_force", "choice", choices=(YES, NO)), Field("share", unit="share", blank="none"),
        Field("volume", unit=VOLUME, blank="none"),
    )  # fmt: skip
    steps, cells, locked = horizon_steps(scenario.period), dict[Spot, Value](), set[Spot]()
    asked = {entry.limit: entry for entry in scenario.entitlement.limits}
    for row in basin.rows("limits"):
        name, full = str(row["limit"]), float(row["volume_hm3"])
        if name not in asked and not limit_years(basin, steps, row)[0]:
            continue
        limit = asked.get(name)
        told: dict[str, Value] = {"party": str(row["party"]), "season": str(row["season"]), "year": str(row["year"]), "published": full}
        told |= {"in_force": NO if limit is None else YES}
        told["share"] = None if limit is None else limit.share
        told["volume"] = None if limit is None else scenario.entitlement.volume_of(limit, full)
        cells |= {(name, key): value for key, value in told.items()}
    for entry in scenario.entitlement.inflows:
        cells |= {(entry.id, key): None for key in ("season", "year", "published", "share")}
        cells |= {(entry.id, "party"): entry.party, (entry.id, "in_force"): YES, (entry.id, "volume"): entry.volume}
        locked |= {(entry.id, "share")}
    return Page("limit", fields, tuple(dict.fromkeys(row for row, _ in cells)), cells, frozenset(locked))


def _clause_page(agreements: Sequence[Agreement]) -> Page:
    """Clauses: the amount of each that has one, whether it is in force, and what it may concede; below it its other figures, a row each."""
    fields = (
        Field("agreement", "text"), Field("party", "text"), Field("promise", "text"), Field("amount", blank="refused"),
        Field("amount_unit", "text"), Field("in_force", "choice", choices=(YES, NO)), Field("negotiable", "choice", choices=(YES, NO)),
        Field("concession"), Field("price"),
    )  # fmt: skip
    cells, locked = dict[Spot, Value](), set[Spot]()
    for agreement in agreements:
        for clause in agreement.clause:
            main, others = amounts_of(clause)
            told: dict[str, Value] = {"agreement": agreement.agreement.id, "party": ", ".join(clause.party), "promise": clause.kind}
            told |= {"amount": main.value if main else None, "amount_unit": main.unit if main else ""}
            told |= {name: YES if getattr(clause, name) else NO for name in ("in_force", "negotiable")}
            told |= {"concession": clause.concession, "price": clause.price}
            cells |= {(clause.id, name): value for name, value in told.items()}
            locked |= set() if main else {(clause.id, "amount")}
            for figure in others:
                row, shown = f"{clause.id} {figure.name}", {"agreement": told["agreement"], "party": told["party"], "promise": figure.name}
                cells |= {(row, name): value for name, value in {**shown, "amount": figure.value, "amount_unit": figure.unit}.items()}
                locked |= {(row, name) for name in ("in_force", "negotiable", "concession", "price")}
    return Page("clause", fields, tuple(dict.fromkeys(row for row, _ in cells)), cells, frozenset(locked))


def amounts_of(clause: Clause) -> tuple[Figure | None, list[Figure]]:
    """Return the figure that is the amount of a clause, that which is promised or the only one, and its other figures."""
    figures = figures_of(clause)
    main = next((figure for path in AMOUNTS for figure in figures if figure.path == path), figures[0] if len(figures) == 1 else None)
    return main, [figure for figure in figures if figure is not main]


def _fact_page(basin: Basin, scenario: Scenario) -> Page:
    """Blank cells for what is measured: storages at the end of a step, what is let out, what users get."""
    links = basin.table("links")
    let_out = links.loc[(links["kind"] == "river") & links["from_node"].isin(basin.ids("reservoirs")), "link"].tolist()
    fields = [Field(name, unit=VOLUME, blank="none", place=True) for name in basin.ids("reservoirs")]
    fields += [Field(name, unit=RATE, blank="none", place=True) for name in [*let_out, *basin.ids("demands")]]
    return Page(FACT, tuple(fields), tuple(step.label for step in horizon_steps(scenario.period)), {})
