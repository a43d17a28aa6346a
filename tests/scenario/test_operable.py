"""Plans of the bundled scenarios that an operator would recognise: no dry main river, no release beyond what was ever let out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.bundled import DEAL, DRY, SCENARIOS
from tests.thorough import diagonal, made_once
from waterdeal.basin.records import main_stem, records_of
from waterdeal.results.records import held_against_record
from waterdeal.run import load
from waterdeal.scenario.locate import bundled_folder
from waterdeal.variables import levels_of

if TYPE_CHECKING:
    import xarray as xr

    from waterdeal.basin.schema import Basin

NAMES = [path.stem for path in SCENARIOS]
#: a year in which Shardara may let out more than it did in 2022-24
FLOOD_YEARS = {"syrdarya-growing-wet"}
#: greatest release of a day of 2022-24, m3/s
GREATEST_DAY = {"toktogul_release": 928.0, "shardara_release": 1030.0}
#: the deal that has no plan as it stands; at the least concession that gives one, its promises take the last water of the rivers
CONCEDED = {DEAL: ["agreement.supply_UZ.concession=0.11"]}
#: the pattern that sends energy back from May on, which is planned before the level of operation
SENT_BACK = "syrdarya-exchange-1998-pattern"
#: explanations that tell of these plans
DOCS = Path(__file__).parents[2] / "docs" / "explanation"
KARA_DARYA = ("andijan_release", "karadarya_uchtepe", "uchtepe_flow")


@pytest.fixture(scope="session", params=diagonal(NAMES, DRY))
def planned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, xr.Dataset]:
    """Plan a scenario, once for all workers."""
    name = request.param
    if name == DRY:
        return name, request.getfixturevalue("dry_plan")
    folder = bundled_folder("scenarios")

    def plan() -> xr.Dataset:
        return load(folder / f"{name}.toml", CONCEDED.get(name, ())).solve().dataset

    return name, made_once(tmp_path_factory, f"operable-{name}", plan)


@pytest.fixture(scope="session")
def stem() -> tuple[str, ...]:
    """River links of the main stem, and Kara Darya."""
    return (*main_stem(_basin()), *KARA_DARYA)


def _basin() -> Basin:
    """Read the basin."""
    return load(bundled_folder("scenarios") / f"{DRY}.toml").basin


def test_the_main_river_is_never_dry(planned: tuple[str, xr.Dataset], stem: tuple[str, ...]) -> None:
    """No flow of nothing; and where a river has 100 m3/s in the mean it never falls below 1."""
    _, plan = planned
    rates = plan["discharge"].sel(link=list(stem)).values
    assert [link for link, of in zip(stem, rates, strict=True) if of.min() <= 1e-6] == []
    assert [link for link, of in zip(stem, rates, strict=True) if of.mean() > 100 and of.min() < 1] == []


def test_no_release_is_beyond_what_was_ever_let_out(planned: tuple[str, xr.Dataset]) -> None:
    """1.2 times the greatest of any month at that place and step; at Toktogul and Shardara the greatest day of 2022-24."""
    name, plan = planned
    most: dict[tuple[str, str], float] = {}
    for row in records_of(_basin()):
        if row.quantity == "release":
            most[row.place, row.step] = max(most.get((row.place, row.step), 0.0), row.greatest)
    days = plan["step_length"].values
    for link in [name for name in plan["link"].values.tolist() if name.endswith("_release")]:
        place, rates = link.removesuffix("_release"), plan["discharge"].sel(link=link).values
        for step, of in (("10-day", days < 12), ("month", days > 27)):
            if (place, step) in most and of.any():
                assert rates[of].max() <= 1.2 * most[place, step], (link, step)
        if link in GREATEST_DAY and not (place == "shardara" and name in FLOOD_YEARS):
            assert rates.max() <= GREATEST_DAY[link] + 1e-6, link
    assert float(plan["release_excess"].sum()) < 1e-6


def test_no_user_is_left_dry(planned: tuple[str, xr.Dataset]) -> None:
    """Who is to have a quarter of every step has it, where no hard promise of a draft deal takes the last water."""
    name, plan = planned
    if name in CONCEDED:
        pytest.skip("its promises are hard, and come before shares")
    least = float(plan.attrs["least_supply"]) * plan["requirement"].values - plan["delivery"].values
    assert float(np.maximum(least, 0.0).sum()) == pytest.approx(sum(v for k, v in levels_of(plan).items() if k == "least_supply"), abs=1e-3)
    assert [(one.place, one.when) for one in held_against_record(plan).questions if one.kind == "left_dry"] == []


def test_toktogul_changes_by_no_more_than_two_and_a_half_times(planned: tuple[str, xr.Dataset]) -> None:
    """From dekad to dekad, up or down; not where hard promises of a draft deal ask for one dekad of water."""
    name, plan = planned
    if name in CONCEDED or name == SENT_BACK:
        pytest.skip("its promises are hard or of energy, and come before the level of operation")
    rates, days = plan["discharge"].sel(link="toktogul_release").values, plan["step_length"].values
    dekads = (days[1:] < 12) & (days[:-1] < 12)
    ratio = np.maximum(rates[1:] / rates[:-1], rates[:-1] / rates[1:])[dekads]
    assert (ratio <= 2.5).all()


#: name of a season in the table of plans held to the record
SEASON_OF = {
    DRY: "dry", "syrdarya-growing-aral": "Aral first", "syrdarya-growing-median": "median", "syrdarya-growing-wet": "wet",
    "syrdarya-growing-2022": "2022", "syrdarya-non-growing-2025-26": "winter 2025-26",
}  # fmt: skip


def _told_of(name: str, plan: xr.Dataset) -> list[str]:
    """What docs/explanation/trust.md and toktogul-modes.md are to tell of a plan, as its figures have it."""

    def rates(place: str) -> list[str]:
        return [f"{rate:.0f}" for rate in plan["discharge"].sel(link=place).values]

    of = {link: rates(f"{link}_release") for link in ("toktogul", "andijan", "shardara")}
    short, energy = float(plan["shortage"].sum()), float(plan["energy"].sum())
    found = [f"| {SEASON_OF[name]} | {len(held_against_record(plan).outside)} |"] if name in SEASON_OF else []
    if name == DRY:
        ends = sorted(map(int, of["shardara"]))
        found += [f"dry: Andijan in April | 0 | {', '.join(of['andijan'][:3])} |", f"dry: Shardara, April-September | | {ends[0]} to {ends[-1]} |"]
        found += [f"end of September | 277 to 649 within a dekad | {of['toktogul'][-1]} |", f"{of['andijan'][-1]} m3/s where 34 to 110 were"]
    if name == "syrdarya-growing-aral":
        ends = sorted(map(int, of["shardara"]))
        found += [f"between 46 and 46 | {ends[-1]} at most, {ends[0]} at least |"]
    if name == "syrdarya-non-growing-2025-26":
        found += [f"2,627 in March III | {of['toktogul'][0]} in every dekad |", f"4,130 in October I | {of['shardara'][0]} in every dekad |"]
        found += [f"122 hm3, 4,845 GWh | {short:.0f} hm3, {energy:,.0f} GWh |"]
    return found


def _told_of_mode(plan: xr.Dataset) -> list[str]:
    """Cells of the table of docs/explanation/toktogul-modes.md."""
    month = plan["time"].dt.month.values
    released, summer = plan["flow"].sel(link="toktogul_release").values, (month >= 4) & (month <= 9)
    january = plan["discharge"].sel(link="toktogul_release").values[month == 1]
    energy = plan["energy"].values[plan["plant_party"].values == "KG"]
    short = plan["shortage"].sum("time").groupby(plan["demand_party"]).sum()
    missed = ", ".join(f"{float(short.sel(demand_party=party)):.0f}" for party in ("KG", "KZ", "TJ", "UZ"))
    made = f"{energy.sum():,.0f}; {energy[:, ~summer].sum():,.0f}"
    share = released[summer].sum() / released.sum()
    return [f"| {share:.2f} |", f"| {january[0]:.0f} |", f"| {made} |", f"| {float(plan['power_unserved'].sum()):,.0f} |", f"| {missed} |"]


def test_the_pages_tell_of_this_plan(planned: tuple[str, xr.Dataset]) -> None:
    """Tables of what plans do, before and after, and of the two modes, have today's figures."""
    name, plan = planned
    modes = name in {"syrdarya-power-mode", "syrdarya-irrigation-mode"}
    page = (DOCS / ("toktogul-modes.md" if modes else "trust.md")).read_text(encoding="utf-8")
    assert [told for told in (_told_of_mode(plan) if modes else _told_of(name, plan)) if told not in page] == []


def test_an_operator_has_nothing_to_ask(planned: tuple[str, xr.Dataset]) -> None:
    """No dry river, no tenfold jump, no dam left empty; not of modes, which serve one use alone, nor where hard promises come first.

    What the Northern Aral is to get in spring may empty Tuyabuguz for June, which plans of nearly the same worth do and do not.
    """
    name, plan = planned
    if name in CONCEDED or "mode" in name:
        pytest.skip("it serves one use before all others")
    may = {("dead", "tuyabuguz")} if name == "syrdarya-growing-aral" else set()
    assert [one for one in held_against_record(plan).questions if (one.kind, one.place) not in may] == []
