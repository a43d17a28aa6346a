"""Published agreement cases: real treaties as clauses, and the elastic figures of a contradiction as priced clauses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.drafts import Draft, draft, solve
from tests.published.cases import PublishedCase, published
from waterdeal.agreement.read import all_clauses, read_agreements
from waterdeal.errors import Infeasible
from waterdeal.run import Case
from waterdeal.scenario.locate import bundled_folder
from waterdeal.scenario.read import ScenarioFile

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause

KM3 = 1000.0
YEAR = {"period": {"start": "2025-10-01", "end": "2026-10-01", "step": "month"}}


def bundled(name: str, clause: str) -> Any:
    """Return a clause of a bundled agreement."""
    found: dict[str, Clause] = {
        one.id: one for one in all_clauses(read_agreements([f"agreements/{name}.toml"], bundled_folder("scenarios"), {}, {}))
    }
    return found[clause]


def split_river(inflow: float) -> Draft:
    """Draft a water year in which a volume comes to Shardara, and Uzbekistan may take some of it by the spillway to Arnasai."""
    return draft(
        "syrdarya catchment KZ; shardara junction KZ; arnasai outlet UZ; aral outlet KZ",
        "shardara_inflow syrdarya shardara; arnasai_spill shardara arnasai; delta shardara aral",
        volumes={"syrdarya": [inflow / 12] * 12},
        scenario=YEAR,
    )


def test_split_of_the_excess() -> None:
    """treaty-shardara: of 12.76 km3, 12.38 are Kazakhstan's and 0.38 Uzbekistan's; the rows of the bundled clause say the same."""
    case = published("treaty-shardara")
    clause = bundled("kazakhstan-uzbekistan", "shardara_excess_2025_26")
    assert clause.threshold == case.inputs["base"] * KM3
    due = clause.entitled(case.inputs["inflow"] * KM3)
    assert {party: volume / KM3 for party, volume in due.items()} == {party: case.near(party) for party in ("KZ", "UZ")}
    rule = {**clause.model_dump(exclude_defaults=True), "so_far": 0.0}
    river = split_river(case.inputs["inflow"] * KM3)
    cap = {"id": "cap", "kind": "max_volume", "at": "arnasai_spill", "value": case.expected["UZ"] * KM3 - 1e-3, "concession": 2e-3}
    plan = solve(river.with_clauses(rule, cap).inputs())
    assert float(plan["flow"].sel(link="arnasai_spill").sum()) / KM3 == pytest.approx(case.expected["UZ"], abs=1e-8)


@pytest.mark.parametrize(("year_class", "name"), [("mean", "mean"), ("exceeded_90", "low")])
def test_share_of_kazakhstan(year_class: str, name: str) -> None:
    """treaty-kz-share: 12 km3 in a mean year, 10 km3 in a dry one; the class of the scenario's year decides."""
    clause = bundled("kazakhstan-uzbekistan", "kz_share_2025_26").model_dump(exclude_defaults=True)
    river = split_river(1).with_content(hydrology={"year_class": year_class})
    classes = [{**row, "year_class": year_class} for row in river.tables["hydrology"]]
    river = Draft({**river.tables, "hydrology": classes}, river.content).with_clauses({**clause, "so_far": 0.0})
    assert float(river.inputs()["row_bound"][0]) / KM3 == published("treaty-kz-share").near(name)


def test_percentages_by_season() -> None:
    """treaty-chu: 80:20 of the flow in the growing season, 58:42 outside it."""
    case = published("treaty-chu")
    clauses = [
        {
            "id": f"{party}_{season}",
            "kind": "share_of_flow",
            "of": "chu",
            "takes": {"at": f"to_{party.lower()}"},
            "value": share / 100,
            "season": season,
        }
        for season, name in (("growing", "veg"), ("non_growing", "nonveg"))
        for party, share in zip(("KG", "KZ"), case.expected[name], strict=True)
    ]
    river = draft(
        "spring catchment KG; weir junction KG; south outlet KG; north outlet KZ",
        "chu spring weir; to_kg weir south; to_kz weir north",
        volumes={"spring": [10 + 7 * month for month in range(12)]},
        scenario=YEAR,
    )
    plan = solve(river.with_clauses(*clauses).inputs())
    for is_growing, name in ((True, "veg"), (False, "nonveg")):
        season = plan["flow"].isel(time=plan["growing"].values.astype(bool) == is_growing).sum("time")
        passed, south, north = (float(season.sel(link=link)) for link in ("chu", "to_kg", "to_kz"))
        assert [100 * south / passed, 100 * north / passed] == [case.near(name, place) for place in (0, 1)]


@pytest.mark.parametrize("step", ["day", "dekad", "month"])
def test_releases_in_volumes(step: str) -> None:
    """termsheet-2000: releases as volumes by actual days, whatever the step; the storage on the evening of 31 May, and the energy."""
    case = published("termsheet-2000")
    clause = bundled("kairakkum-2000", "kairakkum")
    assert list(clause.release.by_month.values()) == case.inputs["q"]
    assert (clause.sent.amount, clause.returned.amount) == (sum(case.inputs["sent"]), sum(case.inputs["returned"]))
    river = draft(
        "spring catchment TJ; kayrakkum reservoir TJ; sea outlet UZ",
        "head spring kayrakkum; kyzylkishlak_flow kayrakkum sea",
        reservoirs={"kayrakkum": {"full_hm3": 9000}},
        scenario={"period": {"start": "2026-04-01", "end": "2026-10-01", "step": step}},
    )
    release = {**clause.model_dump(exclude_defaults=True), "release": clause.release.model_copy(update={"within": 0.0}).model_dump()}
    inputs = river.with_clauses(release).inputs()
    rows = inputs.isel(clause_row=inputs["row_sense"].values == "at_least")
    bounds = dict(zip(rows["row_part"].values.tolist(), rows["row_bound"].values.tolist(), strict=True))
    assert bounds.pop("filling") == case.near("storage_31May")
    volumes = [sum(bound for label, bound in bounds.items() if label.startswith(f"2026-0{month}")) for month in (6, 7, 8, 9)]
    assert volumes == [case.near("mln_m3", place) for place in range(4)]
    assert sum(bounds.values()) == case.near("total")


def elastic(weights: list[float], **scenario: Any) -> Case:
    """FE-01 as clauses: two steps of water for nature and a full end, each at a price."""
    data = published("FE-01").inputs
    days = ("2026-04-01", "2026-04-02", "2026-04-03")
    needs = [
        {"id": f"env{step}", "kind": "min_volume", "at": "out", "value": data["env_min"], "start": days[step - 1], "end": days[step]}
        for step in (1, 2)
    ]
    wishes = [*needs, {"id": "end", "kind": "end_storage", "reservoir": "dam", "value": data["S_end_min"]}]
    river = draft(
        "spring catchment; dam reservoir; sea outlet",
        "head spring dam; out dam sea",
        reservoirs={"dam": {"full_hm3": data["S_max"]}},
        volumes={"spring": data["inflow"]},
        scenario={
            "period": {"start": days[0], "end": days[2], "step": "day"},
            "reservoir": {"dam": {"initial": data["S0"], "terminal": {"rule": "free"}}},
            **scenario,
        },
    ).with_clauses(*({**wish, "price": weight} for wish, weight in zip(wishes, weights, strict=True)))
    return Case(ScenarioFile(river.scenario(), Path("draft.toml"), {}), river.basin(), river.inputs())


@pytest.mark.parametrize("place", [0, 1])
def test_elastic_penalty(place: int) -> None:
    """FE-01: 70 where every hm3 missing costs 1, 160 where the end storage costs ten times as much; as breaches at their price."""
    case: PublishedCase = published("FE-01")
    result = elastic(case.inputs["weights"][place], breach="priced").solve()
    reached = dict(zip(result.dataset["objective_level"].values.tolist(), result.dataset["level_value"].values.tolist(), strict=True))
    assert reached["agreement"] == case.near("penalty", place)
    if place:
        assert result.dataset["clause_conceded"].values == pytest.approx([30, 30, 10], abs=1e-6)


def test_contradiction_of_clauses_is_named() -> None:
    """FE-02: the end storage cannot be; it contradicts the two balances of the dam and nothing else. All 70 must come from it."""
    case = elastic([1, 1, 1])
    with pytest.raises(Infeasible) as caught:
        case.solve()
    assert caught.value.clauses == ("end",)
    balances = {(one.family, one.place, one.first, one.last) for one in caught.value.explanation.involved if one.family == "water_balance"}
    assert ("water_balance", "dam", "2026-04-01", "2026-04-02") in balances
    assert {place for _, place, _, _ in balances} <= {"dam", "spring"}
    told = case.explain()
    assert told is not None
    assert told.menu == caught.value.menu
    (way,) = told.menu
    assert way.amount == pytest.approx(published("FE-01").expected["penalty"][0], rel=1e-6)
