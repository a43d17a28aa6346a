"""A scenario: frozen, every key known, every quantity with a unit or in the inside one."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator

from waterdeal.calendar import StepKind
from waterdeal.errors import refuse
from waterdeal.fields import BY_FORM, Factor, FileName, Frozen, Identifier, Rate, Share, Volume
from waterdeal.scenario.parts_schema import (
    Agriculture,
    Deal,
    DeliveryBenefit,
    Environment,
    Give,
    Groundwater,
    Physics,
    PowerMarket,
    PowerTrade,
    Reuse,
    Salinity,
)
from waterdeal.scenario.works import Work

LevelName = Literal[
    "safety", "spillway", "drinking", "agreement", "entitlement", "environment", "firm_power", "power", "least_supply",
    "irrigation", "rule_band", "operation", "given", "evenness", "lookahead", "benefit", "smoothness",
]  # fmt: skip
#: names Windows keeps for devices
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))})
LEVELS: tuple[LevelName, ...] = get_args(LevelName)
#: levels of a scenario that names none: energy is weighed with all other benefits, and has no level of its own; nor has operation; no step
#: has a least supply, and nothing is looked ahead
USUAL_LEVELS: tuple[LevelName, ...] = tuple(
    name for name in LEVELS if name not in {"firm_power", "power", "least_supply", "operation", "given", "lookahead"}
)
#: levels that count what comes after the horizon too: the look-ahead stands above them, or what it may not lack would be worth a price
BEYOND: tuple[LevelName, ...] = ("benefit", "smoothness")


#: first and last year of a horizon, and its steps at most
YEARS, MOST_STEPS = (1700, 2200), 20_000
#: days of a step, about
LENGTHS = {StepKind.DAY: 1, StepKind.DEKAD: 10, StepKind.MONTH: 30}


class Header(Frozen):
    """What the scenario is called."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: dict[str, str] = Field(default_factory=dict)
    status: Literal["draft", "proposal", "agreed"] = "draft"
    tags: tuple[str, ...] = ()
    note: str = ""

    @field_validator("id")
    @classmethod
    def usable_as_folder(cls, name: str) -> str:
        """Refuse names that Windows keeps for itself: the id becomes a folder."""
        refuse(name in RESERVED, "scenario.reserved_name", name=name)
        return name


class Stretch(Frozen):
    """Steps of one kind up to a day (exclusive)."""

    until: date
    step: StepKind


class Period(Frozen):
    """Horizon: one kind of step, or stretches of several."""

    start: date
    end: date | None = None
    step: StepKind | None = None
    stretches: tuple[Stretch, ...] = ()

    def check_fields(self) -> None:
        """Either `end` with `step`, or `stretches`; years that every calendar here knows, and no more steps than a machine can plan."""
        plain = self.end is not None and self.step is not None
        refuse(plain == bool(self.stretches), "scenario.period_ways")
        parts = self.stretches or (Stretch(until=self.end or self.start, step=self.step or StepKind.DAY),)
        days = [self.start, *(part.until for part in parts)]
        first, last = YEARS
        refuse(not first <= min(days).year <= max(days).year <= last, "scenario.period_years", first=first, last=last)
        steps = sum((part.until - since).days / LENGTHS[part.step] for since, part in zip(days, parts, strict=False))
        refuse(steps > MOST_STEPS, "scenario.period_steps", steps=round(steps), most=MOST_STEPS)


class Lookahead(Frozen):
    """What the river is expected to bring after the horizon, so that the end of a season is not the end of the river."""

    year_class: str | None = None  # class of year; the mean of the basin, else its median, unless named
    until: date | None = None  # the day after the last; the end of the season that follows unless named


class FlowChange(Frozen):
    """A change of the water that enters, for a part of the horizon; of all nodes unless some are named."""

    factor: Factor
    start: date | None = None
    end: date | None = None
    nodes: tuple[str, ...] = ()

    def check_fields(self) -> None:
        """It ends after it starts."""
        refuse(self.start is not None and self.end is not None and self.end <= self.start, "scenario.change_ends", end=self.end)


class SeriesMapping(Frozen):
    """How names in the file of a series are ours, where its format has names of its own."""

    variable: str = ""
    unit: str = ""
    node: str = ""
    time: str = ""
    trace: str = ""
    where: dict[str, str] = Field(default_factory=dict)
    names: dict[str, str] = Field(default_factory=dict)
    points: dict[str, tuple[float, float]] = Field(default_factory=dict)
    area: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)


class Hydrology(Frozen):
    """Water that enters: a class of year of the basin, or a series of the user's own."""

    year_class: str | None = None
    series: FileName | None = None
    stamp: Literal["start", "end"] | None = None
    complete_from: str | None = None
    mapping: SeriesMapping | None = None
    factor: Factor = 1.0
    factor_by_node: dict[str, Factor] = Field(default_factory=dict)
    change: tuple[FlowChange, ...] = ()
    #: rates of single steps by node and label of the step, in place of what class, series and factors give
    rate_by_step: dict[str, dict[str, Rate]] = Field(default_factory=dict)

    def check_fields(self) -> None:
        """Exactly one of a year class and a series; what is said of a series has one."""
        refuse((self.year_class is None) == (self.series is None), "scenario.hydrology_ways")
        refuse(self.series is None and (self.stamp or self.complete_from or self.mapping), "scenario.hydrology_no_series")


class Terminal(Frozen):
    """What must be left in a reservoir, and when; there is no default."""

    rule: Literal["at_least", "as_start", "value", "free"]
    storage: Volume | None = None
    by: date | None = None
    worth: Annotated[float, Field(gt=0)] | None = None

    def check_fields(self) -> None:
        """A rule has what it needs."""
        refuse((self.rule == "at_least") != (self.storage is not None), "scenario.terminal_storage")
        refuse((self.rule == "value") != (self.worth is not None), "scenario.terminal_worth")


class Reservoir(Frozen):
    """State of a reservoir at the start and what is asked of its end."""

    initial: Volume
    full: Volume | None = None
    #: rows of level (m), volume (hm3) and area (km2), in place of those of curves.csv
    curve: tuple[tuple[float, Volume, float], ...] = ()
    terminal: Terminal | None = None
    source: str = ""
    #: day of which the initial storage is
    as_of: date | None = None


class Requirement(Frozen):
    """Changes to the requirements of the basin; ``series`` names a file of requirements by date that stand for those by month."""

    series: FileName | None = None
    factor: Factor = 1.0
    factor_by_demand: dict[str, Factor] = Field(default_factory=dict)
    #: rates of single steps by demand and label of the step, in place of what tables, series and factors give
    rate_by_step: dict[str, dict[str, Rate]] = Field(default_factory=dict)


class Limit(Frozen):
    """A limit of the basin's limits.csv that is in force, wholly or in part."""

    limit: Identifier
    share: Share | None = None


class Inflow(Frozen):
    """A volume promised to reach a place over the horizon or a part of it."""

    id: Identifier
    party: str
    link: str
    volume: Volume
    start: date | None = None
    end: date | None = None
    source: str = ""


class Entitlements(Frozen):
    """Volumes that agreements promise."""

    limits: tuple[Limit, ...] = ()
    #: by how much all limits in force are less than their list has them
    cut: Annotated[float, Field(ge=0, lt=1)] = 0.0
    inflows: tuple[Inflow, ...] = ()

    def volume_of(self, limit: Limit, published: float) -> float:
        """Volume of a limit that is in force, hm3."""
        return published * (1.0 if limit.share is None else limit.share) * (1.0 - self.cut)


class Energy(Frozen):
    """Worth of energy by month (12 values, January first), relative or in money, and the least water plants must run on."""

    value: tuple[Annotated[float, Field(ge=-1000, le=1000)], ...] = (1.0,) * 12
    turbine_min: dict[str, Rate] = Field(default_factory=dict)

    def check_fields(self) -> None:
        """One value a month."""
        refuse(len(self.value) != 12, "scenario.energy_months", count=len(self.value))


class ShortageSteps(Frozen):
    """Convex steps of shortage: width, cost, and into how many even parts each is cut."""

    share: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.10, 0.20, 0.70)
    weight: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = (1.0, 3.0, 10.0)
    parts: tuple[Annotated[int, Field(ge=1, le=20)], ...] = (2, 4, 7)

    def check_fields(self) -> None:
        """Shares add up to one; costs rise."""
        refuse(not len(self.share) == len(self.weight) == len(self.parts), "scenario.shortage_length")
        refuse(abs(sum(self.share) - 1) > 1e-9, "scenario.shortage_sum", total=sum(self.share))
        refuse(any(b <= a for a, b in pairwise(self.weight)), "scenario.shortage_rise")


class Operation(Frozen):
    """How fast releases and reaches may change: beyond it a plan is worse on the level ``operation``, or none where a place is hard.

    ``ramp`` is the largest change of a link in m3/s a day, before that of ``ramps.csv``. River releases of reservoirs
    that have neither may change by ``ramp_share`` of their largest release in ten days; 0 leaves them free. Spillways have none.
    With ``within_record`` a plan is worse by what reservoirs release outside all that ``records.csv`` has of their month.
    """

    ramp: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    ramp_share: Share = 0.15
    hard: tuple[str, ...] = ()
    within_record: bool = False


class Objective(Frozen):
    """Levels in order, each made least before the next is looked at."""

    levels: tuple[LevelName, ...] = USUAL_LEVELS
    shortage: ShortageSteps = ShortageSteps()
    #: how users of equal standing share what is missing; none chosen is `least_shortage`, and said so
    sharing: Literal["least_shortage", "equal_ratio"] | None = None
    #: part of its requirement that each user gets in every step, as far as water allows, before the season is shared
    least_supply: Annotated[float, Field(ge=0, lt=1)] = 0.0
    #: by how much of its requirement of the season the share of each user that is short may fall where `evenness` gains by it
    evenness_give: Annotated[float, Field(ge=0, le=0.05)] = 0.0
    #: tolerance of promises, one share for all kinds or one a kind, and the level that may use it
    give: Annotated[Share | Give, BY_FORM] = Give()
    give_to: LevelName = "operation"

    @property
    def gives(self) -> dict[str, float]:
        """Tolerance by kind of promise."""
        return self.give.by_kind if isinstance(self.give, Give) else dict.fromkeys(Give().by_kind, self.give)

    @property
    def in_turn(self) -> tuple[LevelName, ...]:
        """Levels as they are solved: least supplies come right before shares; what is given, right after the level that may use it."""
        levels = self.levels
        if self.least_supply and "least_supply" not in levels:
            at = levels.index("irrigation")
            levels = (*levels[:at], "least_supply", *levels[at:])
        if self.give_to not in levels or "given" in levels or not any(self.gives.values()):
            return levels
        at = levels.index(self.give_to) + 1
        return (*levels[:at], "given", *levels[at:])

    def check_fields(self) -> None:
        """There are levels, each once; a least supply has a place among them, and its level a figure."""
        refuse(not self.levels, "scenario.no_levels")
        refuse(len(set(self.levels)) < len(self.levels), "scenario.level_twice")
        refuse("least_supply" in self.levels and not self.least_supply, "scenario.least_supply_none")
        refuse(bool(self.least_supply) and not {"least_supply", "irrigation"} & set(self.levels), "scenario.least_supply_level")


class Solver(Frozen):
    """How HiGHS is run; none of it changes the published plan."""

    threads: Annotated[int, Field(ge=1, le=256)] = 1
    time_limit: Annotated[float, Field(gt=0)] = 300.0
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    presolve: bool = True
    method: Literal["choose", "simplex", "ipm"] = "choose"


class Facts(Frozen):
    """Whose figures are planned with, where parties have values of their own: the basin's unless some are chosen."""

    layers: tuple[FileName, ...] = ()
    #: a party, whose figures are taken wherever it has any; or one by table, key and field
    use: Annotated[str | dict[str, dict[str, dict[str, str]]], BY_FORM] = ""

    def chosen(self, table: str, key: str, field: str) -> str:
        """Party whose value of a figure is taken; empty for that of the basin."""
        return self.use if isinstance(self.use, str) else self.use.get(table, {}).get(key, {}).get(field, "")

    def check_fields(self) -> None:
        """Each layer once; whose figures to use needs layers."""
        refuse(len(set(self.layers)) < len(self.layers), "scenario.layer_twice")
        refuse(bool(self.use) and not self.layers, "scenario.use_without_layers")


class Scenario(Frozen):
    """A scenario file, read and checked by itself."""

    schema_id: Annotated[Literal["waterdeal/scenario@1"], Field(alias="schema")] = "waterdeal/scenario@1"
    scenario: Header
    basin: FileName
    facts: Facts = Facts()
    period: Period
    lookahead: Lookahead | None = None
    hydrology: Hydrology
    reservoir: dict[str, Reservoir] = Field(default_factory=dict)
    requirement: Requirement = Requirement()
    entitlement: Entitlements = Entitlements()
    agreements: tuple[FileName, ...] = ()
    agreement: dict[str, dict[str, Any]] = Field(default_factory=dict)
    deal: Deal = Deal()
    breach: Literal["refused", "priced"] = "refused"
    benefit: dict[str, DeliveryBenefit] = Field(default_factory=dict)
    energy: Energy = Energy()
    operation: Operation = Operation()
    power: dict[str, PowerMarket] = Field(default_factory=dict)
    trade: PowerTrade = PowerTrade()
    agriculture: Agriculture = Agriculture()
    environment: Environment = Environment()
    groundwater: Groundwater = Groundwater()
    reuse: Reuse = Reuse()
    salinity: Salinity = Salinity()
    work: dict[Identifier, Work] = Field(default_factory=dict)
    objective: Objective = Objective()
    physics: Physics = Physics()
    solver: Solver = Solver()

    @property
    def series_files(self) -> tuple[str, ...]:
        """Names of the files of series beside the scenario."""
        return tuple(name for name in (self.hydrology.series, self.requirement.series) if name is not None)

    def check_fields(self) -> None:
        """Breaches that are priced need the level on which they are; a look-ahead stands above what counts it."""
        refuse(self.breach == "priced" and "agreement" not in self.objective.levels, "scenario.breach_level")
        own, looks = self.objective.levels, self.lookahead is not None and "lookahead" in self.objective.levels
        late = [name for name in BEYOND if looks and name in own and own.index(name) < own.index("lookahead")]
        refuse(bool(late), "scenario.lookahead_late", levels=", ".join(late))

    @property
    def levels(self) -> tuple[LevelName, ...]:
        """Levels in order, that of the look-ahead among them where there is one: above what counts it unless the objective names it."""
        named = self.objective.in_turn
        if self.lookahead is None or "lookahead" in named:
            return named
        at = min([named.index(name) for name in BEYOND if name in named], default=len(named))
        return (*named[:at], "lookahead", *named[at:])


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files; ``extends`` is read before the scenario is checked."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["properties"]["extends"] = {"type": "string", "description": "another scenario file in this folder, laid under this one"}
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "waterdeal scenario", "required": []}
