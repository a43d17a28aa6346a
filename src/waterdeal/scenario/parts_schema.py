"""What a scenario asks for nature, beyond the least flows of the basin: regimes of flow, pulses, targets of lakes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from waterdeal.errors import refuse
from waterdeal.fields import BY_FORM, DEAREST, Factor, Frozen, Identifier, Rate, Share, Volume
from waterdeal.science.flow_regimes import TENNANT, TENNANT_SEASONS, PlottingRule
from waterdeal.science.requirement import RainMethod
from waterdeal.variables import setting
from waterdeal.words import say

if TYPE_CHECKING:
    import xarray as xr

#: forms of the yield response of FAO-33 and its kin
Response = Literal["additive", "multiplicative", "jensen", "seasonal"]


class Agriculture(Frozen):
    """Crops of the basin's fields, planned with the water; off is exactly the model without them.

    ``response`` is the form of yield over water, ``response_by_crop`` another one for some crops (crops of ``responses.csv`` follow their
    own table). ``supply_levels`` are the shares of its need that a crop may get in each stage; beside them it may be given up after sowing.
    ``rain`` names the formula of effective rain; ``rain_share`` goes with ``fixed_share``. ``flexibility`` is how far an area may be from
    the one of ``fields.csv``, as a share of it, where no bounds stand there. ``calibration`` makes costs rise with the area, so that
    areas do not jump (positive mathematical programming; by ``elasticity`` of supply where those are known).
    """

    on: bool = False
    response: Response = "additive"
    response_by_crop: dict[str, Response] = Field(default_factory=dict)
    supply_levels: Annotated[tuple[Share, ...], Field(min_length=1, max_length=8)] = (0.5, 0.75, 1.0)
    rain: RainMethod = RainMethod.USDA
    rain_share: Share | None = None
    flexibility: Annotated[float, Field(ge=0, le=10)] = 0.1
    calibration: Literal["none", "pmp", "elasticity"] = "none"
    price_factor: dict[str, Factor] = Field(default_factory=dict)

    def check_fields(self) -> None:
        """Levels rise to the full need; a share of rain goes with its method."""
        refuse(list(self.supply_levels) != sorted(set(self.supply_levels)) or self.supply_levels[-1] != 1.0, "scenario.supply_levels")
        refuse((self.rain == RainMethod.FIXED_SHARE) != (self.rain_share is not None), "scenario.rain_share")


class Physics(Frozen):
    """Relations that are not lines: each is followed by passes, or kept as the line it is near to.

    ``evaporation = "curve"`` takes the area off the level-area-volume table; ``"line"`` keeps the least-squares line.
    ``head = "successive"`` lets the energy of the plants of ``heads.csv`` follow their head; ``"constant"`` keeps the plant's factor.
    ``bound_cells`` asks for a bound on the worth of all plans, with so many cells a storage range is cut into; 0 asks for none.
    """

    evaporation: Literal["curve", "line"] = "curve"
    head: Literal["constant", "successive"] = "constant"
    passes: Annotated[int, Field(ge=1, le=100)] = 30
    bound_cells: Annotated[int, Field(ge=0, le=64)] = 0


def physics_of(inputs: xr.Dataset) -> Physics:
    """Return what the scenario of some inputs chose."""
    return Physics.model_validate(setting(inputs, "physics"))


Monthly = tuple[Annotated[float, Field(ge=0)], ...]
_Worth = Annotated[float, Field(ge=-1000, le=1000)]


class PowerBlock(Frozen):
    """A block of demand at home: so many GWh a month (12 values, January first), each worth so much to those who take it.

    The worth of the dearest block is that of energy which goes unserved: what a winter without it costs.
    """

    size: Monthly
    worth: tuple[_Worth, ...]


class Export(Frozen):
    """What neighbours buy: at most so many GWh a month, at a price."""

    limit: Monthly
    price: tuple[_Worth, ...]


class PowerMarket(Frozen):
    """Blocks of demand at home from dear to cheap, what can be exported, and the firm energy of each month."""

    blocks: tuple[PowerBlock, ...]
    export: Export | None = None
    firm: Monthly = ()
    source: str = ""

    def check_fields(self) -> None:
        """Twelve values everywhere, and blocks that fall in worth: only then is filling the dear ones first the best."""
        lists = [part for block in self.blocks for part in (block.size, block.worth)]
        lists += [self.export.limit, self.export.price] if self.export else []
        refuse(any(len(values) != 12 for values in lists) or len(self.firm) not in {0, 12}, "scenario.power_months")
        for dearer, cheaper in pairwise(self.blocks):
            refuse(any(a < b for a, b in zip(dearer.worth, cheaper.worth, strict=True)), "scenario.power_order")


class Ranges(Frozen):
    """What a contract of water against energy is weighed with and nobody publishes: low, central, high.

    ``price`` of a kWh sent in winter and ``summer_price`` of one sold in the growing season (USD); ``swap``: kWh that come back in the
    growing season for one of winter, in place of money; ``delivered`` over agreed; worth of ``water`` to users and of what is ``stored``
    at the end (USD a m3). Each is at most a dollar.
    """

    price: tuple[float, float, float] | None = None
    summer_price: tuple[float, float, float] | None = None
    swap: tuple[float, float, float] | None = None
    delivered: tuple[float, float, float] | None = None
    water: tuple[float, float, float] | None = None
    stored: tuple[float, float, float] | None = None

    def check_fields(self) -> None:
        """Each rises from nothing or more, no more is delivered than is agreed, and what comes back in kind has a price."""
        for name, known in self:
            refuse(known is not None and not 0 <= known[0] <= known[1] <= known[2], "contract.range_order", name=name)
            if known is not None and name not in {"swap", "delivered"}:
                refuse(known[2] > DEAREST, "contract.dear", name=name, value=known[2], part=known[2] / 1000)
        refuse(self.delivered is not None and self.delivered[2] > 1, "contract.range_order", name="delivered")
        refuse(self.swap is not None and self.summer_price is None, "contract.swap_unpriced")


class PowerTrade(Frozen):
    """Loads, plants without water and lines between parties of the basin's tables; off is exactly the model without them.

    Energy crosses lines as clauses in force promise it, and no other way unless trade is ``free``. ``load_factor`` by party and
    ``unit_factor`` by unit are one factor or 12, January first: a cold winter, a plant that stands still. ``power_level`` names the
    parties whose market counts on the level ``power``; all do unless some are named. ``ranges``: what a contract is weighed with.
    """

    on: bool = False
    free: bool = False
    load_factor: dict[str, Annotated[Factor | tuple[Factor, ...], BY_FORM]] = Field(default_factory=dict)
    unit_factor: dict[str, Annotated[Factor | tuple[Factor, ...], BY_FORM]] = Field(default_factory=dict)
    power_level: tuple[str, ...] = ()
    ranges: Ranges = Ranges()

    def check_fields(self) -> None:
        """One factor or twelve; nothing is said of trade that is off."""
        lists = [factor for factors in (self.load_factor, self.unit_factor) for factor in factors.values() if isinstance(factor, tuple)]
        refuse(any(len(factor) != 12 for factor in lists), "scenario.power_months")
        refuse(not self.on and (self.free or self.load_factor or self.unit_factor or self.power_level), "scenario.trade_off")

    def factors(self, field: Literal["load_factor", "unit_factor"], name: str) -> tuple[float, ...]:
        """Twelve factors of a party or a unit."""
        factor = getattr(self, field).get(name, 1.0)
        return factor if isinstance(factor, tuple) else (factor,) * 12


class Deal(Frozen):
    """Between whom the deal is: these ``parties`` stand first in tables, reports and records, and are shown step by step.

    Without it those are the first two of the basin.
    """

    parties: tuple[str, ...] = ()

    def check_fields(self) -> None:
        """A deal has two parties or more, each once."""
        refuse(bool(self.parties) and (len(self.parties) < 2 or len(set(self.parties)) < len(self.parties)), "scenario.deal_parties")


class Groundwater(Frozen):
    """Aquifers and wells of the basin.

    ``terminal = "as_start"`` asks for as much water in each aquifer at the end as at the start; ``"free"`` lets it fall, and ``debt_price``
    is then what one hm3 costs that rivers will lose after the horizon to what was pumped in it. ``energy_price`` is what one GWh of pumping
    costs; without it, what energy is worth in the month (``energy.value``).
    """

    on: bool = False
    terminal: Literal["as_start", "free"] = "free"
    debt_price: Annotated[float, Field(ge=0)] | None = None
    energy_price: Annotated[float, Field(ge=0)] | None = None

    def check_fields(self) -> None:
        """What is pumped now and missing later is never free without a word."""
        refuse(self.on and self.terminal == "free" and self.debt_price is None, "scenario.debt_price")


class Reuse(Frozen):
    """Drainage water that is used again before it comes back to the river."""

    on: bool = False


class Salinity(Frozen):
    """Salt in the water, followed pass by pass, ``passes`` at most, until concentrations move by no more than ``tolerance`` (a share)."""

    on: bool = False
    passes: Annotated[int, Field(ge=1, le=100)] = 10
    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.01


def salinity_of(inputs: xr.Dataset) -> Salinity:
    """Return what the scenario of some inputs chose."""
    return Salinity.model_validate(setting(inputs, "salinity"))


_Positive = Annotated[float, Field(gt=0)]


class DeliveryBenefit(Frozen):
    """Benefit of the deliveries of one demand, in million USD (or any money the scenario keeps to).

    ``quadratic``: ``linear x - curve x^2`` of x hm3. ``elastic``: willingness to pay ``price`` a m3 at ``quantity`` hm3 with a price
    elasticity, as a linear demand curve (QDEMO7; design/model.md, 4.6). ``table``: points (hm3, worth), straight between them, whose slopes
    must fall. ``per`` says whether x is the delivery of each step, of each water year or of the whole horizon.
    """

    kind: Literal["quadratic", "elastic", "table"]
    per: Literal["step", "year", "season"] = "season"
    linear: float | None = None
    curve: Annotated[float, Field(ge=0)] | None = None
    price: _Positive | None = None
    quantity: _Positive | None = None
    elasticity: Annotated[float, Field(lt=0)] | None = None
    points: tuple[tuple[Annotated[float, Field(ge=0)], float], ...] = ()
    source: str = ""

    def check_fields(self) -> None:
        """Each kind has what it needs, and only that; a table is concave."""
        needs = {"quadratic": ("linear", "curve"), "elastic": ("price", "quantity", "elasticity"), "table": ("points",)}
        for kind, names in needs.items():
            given = [name for name in names if getattr(self, name) not in {None, ()}]
            wanted = len(names) if kind == self.kind else 0
            refuse(len(given) != wanted, "scenario.benefit_keys", kind=self.kind, keys=", ".join(needs[self.kind]))
        if self.kind == "table":  # an LP fed with rising slopes would promise a worth nobody gets
            refuse(len(self.points) < 2 or any(b <= a for (a, _), (b, _) in pairwise(self.points)), "scenario.benefit_points")
            slopes = [(d - c) / (b - a) for (a, c), (b, d) in pairwise(self.points)]
            refuse(any(later > earlier + 1e-12 for earlier, later in pairwise(slopes)), "scenario.benefit_convex")


#: keys that each method of a regime needs, and those it may have
METHOD_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "tennant": ({"tennant_class"}, {"mean_m3s"}), "tennant_seasonal": ({"tennant_class"}, {"mean_m3s"}),
    "share_of_mean": ({"share"}, {"mean_m3s"}), "q95": ({"values_m3s", "rule"}, set()), "shape": ({"flow_m3s"}, set()),
}  # fmt: skip
#: classes of the two methods of Tennant
TENNANT_CLASSES = {"tennant": tuple(TENNANT), "tennant_seasonal": tuple(TENNANT_SEASONS)}


class Regime(Frozen):
    """A least flow by month at a link, made by one of five methods."""

    id: Identifier
    link: str
    method: Literal["tennant", "tennant_seasonal", "share_of_mean", "q95", "shape"]
    kind: Literal["environmental", "sanitary", "hands_off"] = "environmental"
    hard: bool = False
    tennant_class: str | None = None
    share: Annotated[Share | tuple[Share, ...], BY_FORM] | None = None
    mean_m3s: tuple[Rate, ...] | None = None
    values_m3s: Annotated[tuple[Rate, ...] | tuple[tuple[Rate, ...], ...], BY_FORM] | None = None
    rule: PlottingRule | None = None
    flow_m3s: tuple[Rate, ...] | None = None
    source: str = ""

    def check_fields(self) -> None:
        """A method has the keys it needs, and no others; twelve values by month; flows for a quantile in one list, or one a month."""
        needed, allowed = METHOD_KEYS[self.method]
        given = {key for keys in METHOD_KEYS.values() for part in keys for key in part if getattr(self, key) is not None}
        more = say("scenario.may_have", keys=", ".join(sorted(allowed))) if allowed else ""
        fits = needed <= given <= needed | allowed
        refuse(not fits, "scenario.method_keys", method=self.method, keys=" and ".join(sorted(needed)), more=more)
        classes = TENNANT_CLASSES.get(self.method, ())
        refuse(self.tennant_class not in {None, *classes}, "scenario.tennant_class", classes=", ".join(classes))
        for key in ("share", "mean_m3s", "flow_m3s"):
            value = getattr(self, key)
            count = len(value) if isinstance(value, tuple) else 12
            refuse(count != 12, "scenario.twelve_entries", name=key, count=count)
        refuse(any(rate < 0 for rate in (*(self.mean_m3s or ()), *(self.flow_m3s or ()))), "scenario.flow_negative")
        lists = self.value_lists
        refuse(len(lists) not in {0, 1, 12}, "scenario.values_lists", count=len(lists))
        refuse(any(not values or min(values) < 0 for values in lists), "scenario.values_empty")

    @property
    def value_lists(self) -> tuple[tuple[float, ...], ...]:
        """Lists of observed flows, m3/s: none, one for the year, or one a month."""
        if self.values_m3s is None:
            return ()
        nested = tuple(values for values in self.values_m3s if isinstance(values, tuple))
        return nested or (tuple(value for value in self.values_m3s if not isinstance(value, tuple)),)


class Pulse(Frozen):
    """A volume that has to pass a link between two days, the second exclusive."""

    id: Identifier
    link: str
    volume: Volume
    start: date
    end: date
    hard: bool = False
    source: str = ""

    def check_fields(self) -> None:
        """It ends after its start and asks for some water."""
        refuse(self.end <= self.start, "scenario.pulse_end", end=self.end, start=self.start)
        refuse(self.volume <= 0, "scenario.pulse_volume")


class LakeTarget(Frozen):
    """A level or a volume that a lake should have reached on a day; several of one lake are a path."""

    lake: str
    by: date
    level: Annotated[float, Field(ge=-500, le=9000)] | None = None
    volume: Volume | None = None
    hard: bool = False
    source: str = ""

    def check_fields(self) -> None:
        """Exactly one of a level and a volume."""
        refuse((self.level is None) == (self.volume is None), "scenario.target_measure")

    @property
    def id(self) -> str:
        """Name of the target: the lake and the day."""
        return f"{self.lake}_{self.by:%Y_%m_%d}"


class Environment(Frozen):
    """What is asked for nature."""

    regime: tuple[Regime, ...] = ()
    pulse: tuple[Pulse, ...] = ()
    lake_target: tuple[LakeTarget, ...] = ()


class Give(Frozen):
    """Tolerance of each promise, as a share of what it asks for over its season; towns, sanitary flows and clauses have none.

    Of a lake's target it is a share of all that the lake should hold, so less is enough.
    """

    users: Share = 0.01
    flows: Share = 0.01
    pulses: Share = 0.01
    lake_targets: Share = 0.001

    @property
    def by_kind(self) -> dict[str, float]:
        """Tolerance by kind of promise, which is the name of its field in the singular."""
        return {name.removesuffix("s"): getattr(self, name) for name in type(self).model_fields}
