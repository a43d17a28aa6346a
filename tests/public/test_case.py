"""A case is a value: what it was given is kept through every change, and no file is read again."""

from __future__ import annotations

import json
import pickle
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
import pytest
from hypothesis import given
from hypothesis import strategies as st

import waterdeal as wd
from tests.thorough import diagonal
from waterdeal.scenario.memory import Memory
from waterdeal.scenario.parts import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIOS = wd.bundled_folder("scenarios")
#: changes of every table that a scenario of the Syr Darya has
CHANGES: tuple[tuple[str, object], ...] = (
    ("hydrology.factor", 0.9),
    ("hydrology.factor", np.float64(1.1)),
    ("requirement.factor", 0.95),
    ("reservoir.toktogul.initial", "9.5 km3"),
    ("reservoir.toktogul.full", "19 km3"),
    ("agreement.limit_UZ.price", 2),
    ("agreement.limit_UZ", {"negotiable": False, "text": {"en": 'quoted "so"'}}),
    ("period.step", "month"),
    ("period.end", "2026-09-01"),
    ("agreements", []),
    ("breach", "priced"),
    ("physics.evaporation", "line"),
)


@cache
def deal() -> wd.Case:
    """The bundled season with its deal, read once."""
    return wd.load(SCENARIOS / "syrdarya-growing-2026-dry-deal.toml")


@cache
def small() -> wd.Case:
    """The two-party example."""
    return wd.examples.two_party()


def same(one: wd.Case, other: wd.Case) -> None:
    """Whether two cases are the same in all that is solved and told."""
    assert one.inputs.identical(other.inputs)
    assert one.file.scenario == other.file.scenario
    assert (one.file.overrides, dict(one.file.texts)) == (other.file.overrides, dict(other.file.texts))
    assert (one.levels, one.agreements, one.own()) == (other.levels, other.agreements, other.own())


def _attempt(make: Callable[[], wd.Case]) -> wd.Case | str:
    try:
        return make()
    except wd.InputError as error:
        return str(error)


@pytest.mark.parametrize("change", diagonal(CHANGES, *(CHANGES[place] for place in (0, 5))), ids=lambda change: str(change)[:40])
def test_a_change_is_the_case_read_anew_with_it(change: tuple[str, object]) -> None:
    """After other changes too, so that nothing made before is kept where it should not be; what is refused is refused alike."""
    key, value = change
    first = _attempt(lambda: deal().set(key, value))
    text = first if isinstance(first, str) else first.file.overrides[-1]
    anew = _attempt(lambda: wd.load(deal().file.path, [text])) if not isinstance(first, str) else first
    if isinstance(first, str) or isinstance(anew, str):
        assert first == anew
        return
    same(first, anew)
    same(deal().set("hydrology.factor", 1.2).set(key, value), wd.load(deal().file.path, ["hydrology.factor=1.2", text]))


def test_several_changes_at_once() -> None:
    """By a mapping, by keywords, as the command line has them, or one by one; a pair that is sound only together is taken together."""
    one = small().set({"hydrology.factor": 0.9, "requirement.factor": 0.8}, breach="priced")
    same(one, small().set("hydrology.factor", 0.9).set("requirement.factor", 0.8).set(breach="priced"))
    moved = small().set({"period.start": "2026-05-01", "period.end": "2026-06-01", "entitlement.limits": []})
    assert moved.inputs.sizes["time"] == 3
    same(small().set(), small())
    same(small().set("hydrology.factor=0.9", breach="priced"), small().set("hydrology.factor", 0.9).set(breach="priced"))


@pytest.mark.parametrize("value", [None, object(), {1, 2}, Path("a")])
def test_what_a_file_cannot_hold_is_refused(value: object) -> None:
    """In words, as any other value that is none."""
    with pytest.raises(wd.InputError, match="has no form in TOML"):
        small().set("hydrology.factor", value)


def test_no_file_is_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither scenario nor basin, series or agreement, not even where they are gone."""
    case = wd.load(_with_series(tmp_path))
    deal()
    for name in ("read_bytes", "read_text", "open"):
        monkeypatch.setattr(Path, name, lambda *_a, **_k: pytest.fail("a file was read"))
    assert float(case.set("requirement.factor", 0.9).inputs["requirement"].sum()) < float(case.inputs["requirement"].sum())
    deal().set("agreement.limit_UZ.price", 3).set("hydrology.factor", 0.8)


def _with_series(folder: Path) -> Path:
    """Write the two-party season with a series of its own."""
    example = Path(__file__).parents[2] / "docs" / "how-to" / "two-party"
    for file in example.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(example)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    rows = [f"headwater,2026-{month:02}-01,{rate}" for month, rate in zip(range(4, 11), (60, 110, 140, 110, 70, 45, 30), strict=True)]
    (folder / "inflow.csv").write_text("\n".join(["node,time,runoff_m3s", *rows]) + "\n", encoding="utf-8")
    text = (folder / "dry.toml").read_text(encoding="utf-8")
    assert 'year_class = "' in text
    lines = ['series = "inflow.csv"' if line.startswith("year_class") else line for line in text.splitlines()]
    (folder / "series.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "series.toml"


def test_a_factor_makes_only_the_water_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a change does not touch is not made again: this is why `set` is quick."""
    made: list[str] = []
    part = Memory.part

    def counted(self: Memory, make: Any, *rest: Any) -> Any:
        def noted(*given: Any) -> Any:
            made.append(make.__name__)
            return make(*given)

        known = counted.__dict__.setdefault(make.__name__, noted)
        return part(self, known, *rest)

    monkeypatch.setattr(Memory, "part", counted)
    case = wd.load(deal().file.path)
    assert {part.__name__ for part in PARTS} <= set(made)
    made.clear()
    case = case.set("hydrology.factor", 0.9)
    assert made == ["water_part"]
    made.clear()
    case.set("agreement.limit_UZ.price", 2)
    assert made == []
    case.set("reservoir.toktogul.initial", 9000)
    assert set(made) == {"storage_part", "_told_origins"}


def test_inputs_of_ones_own_are_kept() -> None:
    """What differs is laid over inputs made anew; what would change it is refused by name, all at once."""
    wetter = small().with_inputs(small().inputs.assign(runoff=2 * small().inputs["runoff"]))
    found = wetter.set("requirement.factor", 0.9).set({"reservoir.upper_dam.initial": 450})
    assert np.array_equal(found.inputs["runoff"].values, 2 * small().inputs["runoff"].values)
    assert np.array_equal(found.inputs["requirement"].values, small().set("requirement.factor", 0.9).inputs["requirement"].values)
    assert float(found.inputs["storage_initial"][0]) == 450
    with pytest.raises(wd.InputError, match=r"runoff.*was given by with_inputs"):
        wetter.set("hydrology.factor", 0.9)
    with pytest.raises(wd.InputError) as refused:
        wetter.with_inputs(wetter.inputs.assign(storage_initial=wetter.inputs["storage_initial"] + 1)).set(
            {"hydrology.factor": 0.9, "reservoir.upper_dam.initial": 300}
        )
    assert {problem.field for problem in refused.value.problems} == {"runoff", "storage_initial"}
    assert wetter.with_inputs(small().inputs).own() == small().own()


def test_inputs_cannot_be_changed_in_place() -> None:
    """A case is a value: whoever writes into its inputs is told."""
    with pytest.raises(ValueError, match="read-only"):
        small().inputs["runoff"].values[:] = 0
    free = small().inputs.copy(deep=True)
    free["runoff"].values[:] = 0
    assert float(small().with_inputs(free).set("requirement.factor", 0.5).inputs["runoff"].sum()) == 0


def test_a_basin_made_in_code_is_kept(tmp_path: Path) -> None:
    """Whether by `load` or by `make_case`; a change of the basin's name is refused, for it would drop the one that was given."""
    path = _with_series(tmp_path).with_name("dry.toml")
    tables = {**wd.read_basin(tmp_path / "two_party").tables}
    tables["limits"] = tables["limits"].assign(volume_hm3=350.0)
    basin = wd.examples.two_party_basin()
    other = type(basin)(basin.id, basin.names, tables, basin.runoff)
    case = wd.load(path, basin=other)
    assert float(case.set("requirement.factor", 0.9).inputs["entitlement_volume"][0]) == 350
    with pytest.raises(wd.InputError, match="would replace a basin"):
        case.set("basin", "syrdarya")
    named = wd.load(path).set("requirement.factor", 0.9)
    assert float(named.inputs["entitlement_volume"][0]) == 700


def test_own_inputs_basins_and_models_are_in_the_provenance() -> None:
    """Each says so, and has a hash of its own; the same again has the same."""
    case = wd.load(SCENARIOS / "syrdarya-growing-dry.toml").set("period.step", "month")
    assert case.own() == {}
    wetter = case.with_inputs(case.inputs.assign(runoff=1.1 * case.inputs["runoff"]))
    assert list(wetter.own()["inputs"]) == ["runoff"]
    plans = [small(), _wetter(small()), _wetter(small()), small().with_model(full), small().with_model(full)]
    found = [plan.solve().attrs for plan in plans]
    hashes = [attrs["run_sha256"] for attrs in found]
    assert len(set(hashes)) == 3
    assert hashes[1] == hashes[2]
    assert hashes[3] == hashes[4]
    assert list(json.loads(found[1]["own"])["inputs"]) == ["runoff"]
    assert json.loads(found[3]["own"])["model"] == ["tests.public.test_case:full"]
    model = small().build()
    assert small().solve(model).attrs["run_sha256"] == hashes[0]
    model = small().build()
    model.mine = pyo.Constraint(expr=model.reservoir.storage["upper_dam", "2026-06-D1"] >= 420)
    changed = small().solve(model).attrs
    assert json.loads(changed["own"])["model"] == ["mine"]
    assert changed["run_sha256"] not in hashes
    model = small().build()
    model.flow["dam_delta", "2026-06-D1"].setub(30)
    assert small().solve(model).attrs["run_sha256"] not in {*hashes, changed["run_sha256"]}


def test_studies_refuse_a_case_whose_additions_they_would_lose(tmp_path: Path) -> None:
    """They build their own models."""
    case = small().with_model(full)
    with pytest.raises(wd.InputError, match="a frontier does not know additions"):
        wd.studies.find_frontier(case, ("UP", "LOW"))
    with pytest.raises(wd.InputError, match="full"):
        case.plain("an ensemble")


def test_a_case_can_be_sent_elsewhere() -> None:
    """Pickled and back it is the same, and can be set."""
    case = _wetter(small())
    again = pickle.loads(pickle.dumps(case))  # noqa: S301 - our own
    same(again.set("requirement.factor", 0.9), case.set("requirement.factor", 0.9))


def full(model: Any) -> None:
    """Keep water in the dam in June."""
    model.full = pyo.Constraint(expr=model.reservoir.storage["upper_dam", "2026-06-D1"] >= 410)


def late(model: Any) -> None:
    """Keep water in the dam in August."""
    model.late = pyo.Constraint(expr=model.reservoir.storage["upper_dam", "2026-08-D1"] >= 250)


def _wetter(case: wd.Case) -> wd.Case:
    return case.with_inputs(case.inputs.assign(runoff=1.5 * small().inputs["runoff"]))


def _stored(case: wd.Case) -> wd.Case:
    return case.with_inputs(case.inputs.assign(storage_min=0 * small().inputs["storage_min"] + 120))


SETTINGS: tuple[tuple[str, object], ...] = (
    ("requirement.factor", 0.9),
    ("reservoir.upper_dam.initial", 450),
    ("entitlement.limits", []),
    ("breach", "priced"),
)
STEPS = st.lists(
    st.one_of(st.sampled_from(SETTINGS), st.sampled_from((_wetter, _stored)), st.sampled_from((full, late))), max_size=6, unique_by=str
)


@given(STEPS, st.randoms(use_true_random=False))
def test_changes_in_any_order_are_the_changes_at_once(steps: list[Any], order: Any) -> None:
    """Random sequences of set, with_inputs and with_model equal the same applied at once: settings, then inputs, then the model."""
    case = small()
    for step in steps:
        case = case.set(*step) if isinstance(step, tuple) else case.with_model(step) if step in (full, late) else step(case)
    settings: dict[str, object] = dict(step for step in steps if isinstance(step, tuple))
    given_inputs = [step for step in steps if step in (_wetter, _stored)]
    order.shuffle(given_inputs)
    once = small().set(settings)
    for give in given_inputs:
        once = give(once)
    for add in (step for step in steps if step in (full, late)):
        once = once.with_model(add)
    same(case, once)
    assert case.program().digest() == once.program().digest()
