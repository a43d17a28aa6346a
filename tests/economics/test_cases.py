"""Published cases of economics, by the engine: allocation among users, a river, dairy prices, chords, annuities."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.published.cases import published
from waterdeal.economics.concave import Function, Quadratic
from waterdeal.economics.linear_program import LinearProgram
from waterdeal.economics.present_value import annuity_value
from waterdeal.economics.quadratic_form import QuadraticForm
from waterdeal.economics.tangent_cuts import maximise
from waterdeal.economics.tangents import chord_error, largest_chord_error
from waterdeal.economics.unit_audit import suspicious_limits, use_of_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from waterdeal.economics.benefit import Benefit
    from waterdeal.economics.tangent_cuts import Maximum

    Floats = NDArray[np.float64]


def shared(water: float, benefits: list[Benefit], tolerance: float = 1e-9) -> Maximum:
    """Share water among users."""
    users = len(benefits)
    program = LinearProgram(
        np.zeros(users), np.zeros(users), np.full(users, np.inf), np.ones((1, users)), np.array([-np.inf]), np.array([water])
    )
    return maximise(program, list(enumerate(benefits)), tolerance=tolerance)


def loucks(case: str) -> list[Benefit]:
    """Return the three users a x - b x^2."""
    data = published(case).inputs
    return [Quadratic(a, b) for a, b in zip(data["a"], data["b"], strict=True)]


@pytest.mark.parametrize("name", ["AL-01", "AL-02", "AL-04"])
def test_three_users(name: str) -> None:
    """AL-01, AL-02, AL-04: quantities, benefit, and the price of water as the dual of its row."""
    case = published(name)
    plan = shared(case.inputs["Q"], loucks(name))
    assert plan.certified
    assert plan.values == case.near("x")
    assert plan.shadow_values[0] == case.near("lam")
    assert plan.objective == case.near("benefit")


def firm(production: tuple[float, float], revenue: tuple[float, float], cost: tuple[float, float], water: float) -> Function:
    """Return the net benefit of a firm that makes k x^e of its water: (a - b p) p - c p^g."""
    (k, e), (a, b), (c, g) = production, revenue, cost

    def value(x: Floats) -> Floats:
        made = k * x**e
        return (a - b * made) * made - c * made**g

    def slope(x: Floats) -> Floats:
        made = k * x**e
        return (a - 2 * b * made - c * g * made ** (g - 1)) * k * e * x ** (e - 1)

    return Function(value, slope, water)


def test_three_firms() -> None:
    """AL-05: production, revenue and cost composed; the slope at 0 is infinite."""
    case = published("AL-05")
    production = [(0.4, 0.9), (0.5, 0.8), (0.6, 0.7)]
    revenue, cost = [(12, 1), (20, 1.5), (28, 2.5)], [(3, 1.3), (5, 1.2), (6, 1.15)]
    water = case.inputs["Q"]
    plan = shared(water, [firm(*parts, water) for parts in zip(production, revenue, cost, strict=True)])
    assert plan.certified
    assert plan.values == case.near("x")
    assert [k * x**e for (k, e), x in zip(production, plan.values, strict=True)] == case.near("p")
    assert plan.shadow_values[0] == case.near("lam")
    assert plan.objective == pytest.approx(53.47387, abs=1e-5)


def test_three_crops() -> None:
    """AL-08: three crops on 4 units of water."""
    case = published("AL-08")
    plan = shared(case.inputs["Q"], [Quadratic(5, 0.5), Quadratic(8, 1.5), Quadratic(7, 1)])
    assert plan.values == case.near("x")
    assert plan.shadow_values[0] == case.near("lam")
    assert plan.objective == case.near("benefit")


def test_shadow_value_is_what_more_water_adds() -> None:
    """EC-05: the dual of the row of water is the change of the benefit, found by solving with a little more and a little less."""
    case = published("EC-05")
    water, step, users = published("AL-01").inputs["Q"], case.inputs["dQ"], loucks("AL-01")
    more, less = (shared(water + change, users, 1e-14).objective for change in (step, -step))
    assert (more - less) / (2 * step) == case.near("dBdQ")
    assert shared(water, users, 1e-13).shadow_values[0] == case.near("dBdQ")


class River:
    """NE-01 in arrays: columns by kind and month, rows one by one."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Add the rows of the river of McKinney and Savitsky."""
        self.rows: list[Floats] = []
        self.low: list[float] = []
        self.high: list[float] = []
        for month in range(12):
            for dam, source in enumerate(("source1", "source2")):
                stored = [(f"storage{dam}", month, 1.0), (f"release{dam}", month, 1.0)]
                if month:
                    self.add([*stored, (f"storage{dam}", month - 1, -1.0)], data[source][month], data[source][month])
                else:
                    start = data[source][month] + data["res_init"][dam]
                    self.add(stored, start, start)
            flow = [("release0", month, 1.0), ("release1", month, 1.0)]
            for user in range(3):
                self.add([*flow, (f"use{user}", month, -1.0)], 0.0, np.inf)
                flow.append((f"use{user}", month, data["return_fraction"][user] - 1.0))
        self.lower, self.upper = np.zeros(84), np.full(84, np.inf)
        for dam in range(2):
            self.upper[[self.column(f"storage{dam}", month) for month in range(12)]] = data["res_cap"][dam]
            self.lower[self.column(f"storage{dam}", 11)] = data["res_end_min"][dam]

    @staticmethod
    def column(kind: str, month: int) -> int:
        """Return the place of a column."""
        return ("storage0", "storage1", "release0", "release1", "use0", "use1", "use2").index(kind) * 12 + month

    def add(self, terms: list[tuple[str, int, float]], low: float, high: float) -> None:
        """Add a row."""
        row = np.zeros(84)
        for kind, month, factor in terms:
            row[self.column(kind, month)] += factor
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)


def test_river_of_least_squares() -> None:
    """NE-01: two reservoirs, return flow, squared misses of 36 demands; the published optimum, with a certified gap."""
    case = published("NE-01")
    data = case.inputs
    river = River(data)
    program = LinearProgram(np.zeros(84), river.lower, river.upper, np.array(river.rows), np.array(river.low), np.array(river.high))
    terms = []
    for user, month in product(range(3), range(12)):
        wanted = data["demand"][user][month]
        terms.append((river.column(f"use{user}", month), Quadratic(2 * wanted, 1.0, -(wanted**2))))
    plan = maximise(program, terms)
    assert plan.certified
    assert -plan.objective == case.near("objective")


def dairy(capacity: list[float]) -> tuple[LinearProgram, QuadraticForm]:
    """Return AG-34 with a capacity for fat and dry matter, Mt: columns are four prices and four consumptions."""
    data = published("AG-34").inputs
    eaten, price = np.array(data["consumption"]), np.array(data["price"])
    response = -np.diag(data["elasticity"])
    response[2, 3], response[3, 2] = data["cross"]["c1_wrt_c2"], data["cross"]["c2_wrt_c1"]
    # eaten (1 + response (p - price) / price) = base + demand p, and revenue is p times that
    demand, base = eaten[:, None] * response / price, eaten * (1 - response.sum(axis=1))
    made_of = np.array([data["composition"]["fat"], data["composition"]["dry"]])
    matrix = np.block([[-demand, np.eye(4)], [np.zeros((2, 4)), made_of], [eaten, np.zeros(4)]])
    low, high = np.concatenate([base, np.full(3, -np.inf)]), np.concatenate([base, capacity, [data["index"]]])
    program = LinearProgram(np.concatenate([-base, np.zeros(4)]), np.zeros(8), np.full(8, np.inf), matrix, low, high)
    return program, QuadraticForm(np.arange(4), demand)


def test_published_dairy_prices_break_their_capacity() -> None:
    """AG-34: with capacities a thousand times too large the published revenue appears, and the audit of units flags it."""
    case = published("AG-34")
    program, form = dairy(case.inputs["capacity_Mt"])
    plan = maximise(program, forms=[form])
    assert plan.certified
    assert plan.objective == case.near("revenue")
    fat = use_of_limits(program, plan.values)[4]
    assert fat.used == case.near("fat_used")
    assert [(use.row, use.limit) for use in suspicious_limits(program, plan.values)] == [(4, 600), (5, 750)]
    true = dairy([0.6, 0.75])[0]
    assert [(use.row, use.limit) for use in use_of_limits(true, plan.values) if use.exceeded] == [(4, 0.6)]


def test_dairy_prices_within_their_capacity() -> None:
    """AG-34 mended: with 0.6 and 0.75 Mt the optimum keeps to them, earns less, and nothing is flagged."""
    program, form = dairy([0.6, 0.75])
    plan = maximise(program, forms=[form])
    assert plan.certified
    assert not [use for use in use_of_limits(program, plan.values) if use.exceeded]
    assert program.use(plan.values)[4] == pytest.approx(0.6)
    assert plan.objective < published("AG-34").expected["revenue"] - 0.05
    assert suspicious_limits(program, plan.values) == []


def test_error_of_chords() -> None:
    """EC-01: the bound |f''| w^2 / 8 is the error that a parabola has."""
    case = published("EC-01")
    demand = Quadratic(300, 2)
    found = [largest_chord_error(demand, 0, 75, count) for count in case.inputs["segments"]]
    assert found == case.near("max_error")
    assert chord_error(-4, 75 / np.array(case.inputs["segments"])) == case.near("max_error")


def test_present_value_of_an_annuity() -> None:
    """EC-04: 100 a year for three years at 8 per cent."""
    case = published("EC-04")
    assert annuity_value(100, case.inputs["i"], case.inputs["n"]) == case.near("pv")
