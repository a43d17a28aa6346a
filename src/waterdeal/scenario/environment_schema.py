"""What a scenario asks for nature, beyond the least flows of the basin: regimes of flow, pulses, targets of lakes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from waterdeal.fields import Frozen, Identifier, Rate, Share, Volume
from waterdeal.science.flow_regimes import TENNANT, TENNANT_SEASONS, PlottingRule

#: keys that each method of a regime needs, and those it may have
METHOD_KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "tennant": (frozenset({"tennant_class"}), frozenset({"mean_m3s"})),
    "tennant_seasonal": (frozenset({"tennant_class"}), frozenset({"mean_m3s"})),
    "share_of_mean": (frozenset({"share"}), frozenset({"mean_m3s"})),
    "q95": (frozenset({"values_m3s", "rule"}), frozenset()),
    "shape": (frozenset({"flow_m3s"}), frozenset()),
}
#: classes of the two methods of Tennant
TENNANT_CLASSES = {"tennant": tuple(TENNANT), "tennant_seasonal": tuple(TENNANT_SEASONS)}


class Regime(Frozen):
    """A least flow by month at a link, made by one of five methods."""

    id: Identifier
    link: str
    method: Literal["tennant", "tennant_seasonal", "share_of_mean", "q95", "shape"]
    kind: Literal["environmental", "sanitary"] = "environmental"
    hard: bool = False
    tennant_class: str | None = None
    share: Share | tuple[Share, ...] | None = None
    mean_m3s: tuple[Rate, ...] | None = None
    values_m3s: tuple[Rate, ...] | tuple[tuple[Rate, ...], ...] | None = None
    rule: PlottingRule | None = None
    flow_m3s: tuple[Rate, ...] | None = None
    source: str = ""

    @model_validator(mode="after")
    def complete(self) -> Regime:
        """A method has the keys it needs, and no others; what is by month has twelve values, none below zero."""
        needed, allowed = METHOD_KEYS[self.method]
        given = {key for keys in METHOD_KEYS.values() for part in keys for key in part if getattr(self, key) is not None}
        if not needed <= given or not given <= needed | allowed:
            more = f" and may have {', '.join(sorted(allowed))}" if allowed else ""
            message = f"method {self.method} needs {' and '.join(sorted(needed))}{more}, and nothing else"
            raise ValueError(message)
        if self.tennant_class is not None and self.tennant_class not in TENNANT_CLASSES[self.method]:
            message = f"tennant_class is one of {', '.join(TENNANT_CLASSES[self.method])}"
            raise ValueError(message)
        for key in ("share", "mean_m3s", "flow_m3s"):
            value = getattr(self, key)
            if isinstance(value, tuple) and len(value) != 12:
                message = f"{key} has {len(value)} entries, expected 12: one a month, January first"
                raise ValueError(message)
        if any(rate < 0 for rate in (*(self.mean_m3s or ()), *(self.flow_m3s or ()))):
            message = "a flow is below zero"
            raise ValueError(message)
        self._check_values()
        return self

    def _check_values(self) -> None:
        """Flows for a quantile are one list for the year, or twelve, one a month; never empty, none below zero."""
        lists = self.value_lists
        if len(lists) not in {0, 1, 12}:
            message = f"values_m3s has {len(lists)} lists, expected one, or twelve: one a month, January first"
            raise ValueError(message)
        if any(not values or min(values) < 0 for values in lists):
            message = "values_m3s has an empty list, or a flow below zero"
            raise ValueError(message)

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

    @model_validator(mode="after")
    def forwards(self) -> Pulse:
        """It ends after its start and asks for some water."""
        if self.end <= self.start:
            message = f"the pulse ends on {self.end}, not after its start {self.start}"
            raise ValueError(message)
        if self.volume <= 0:
            message = "volume must be above zero"
            raise ValueError(message)
        return self


class LakeTarget(Frozen):
    """A level or a volume that a lake should have reached on a day; several of one lake are a path."""

    lake: str
    by: date
    level: Annotated[float, Field(ge=-500, le=9000)] | None = None
    volume: Volume | None = None
    hard: bool = False
    source: str = ""

    @model_validator(mode="after")
    def one_measure(self) -> LakeTarget:
        """Exactly one of a level and a volume."""
        if (self.level is None) == (self.volume is None):
            message = "give either level (m) or volume"
            raise ValueError(message)
        return self

    @property
    def id(self) -> str:
        """Name of the target: the lake and the day."""
        return f"{self.lake}_{self.by:%Y_%m_%d}"


class Environment(Frozen):
    """What is asked for nature."""

    regime: tuple[Regime, ...] = ()
    pulse: tuple[Pulse, ...] = ()
    lake_target: tuple[LakeTarget, ...] = ()
