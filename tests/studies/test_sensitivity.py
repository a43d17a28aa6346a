"""Sensitivities: known indices of known functions, a basin worked out by hand, the same numbers whoever solves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.docs.pages import ROOT
from waterdeal.errors import FileProblem, ScenarioError, SolverTrouble
from waterdeal.run import Case, load
from waterdeal.studies.parameters import Parameter, inputs_at, parse_parameter, read_parameters
from waterdeal.studies.samples import analyse, make_samples
from waterdeal.studies.sensitivity import SamplesFailed, Sensitivity, SensitivityChoices, run_sensitivity

if TYPE_CHECKING:
    from pathlib import Path

THREE = [Parameter(name, -np.pi, np.pi) for name in ("a*", "b*", "c*")]
#: in a dry year the fields ask 898.56 hm3 and the limit is 700
ASKED, LIMIT = 898.56, 700.0
WATER = [parse_parameter(text) for text in ("runoff*=0.95:1.05", "requirement@LOW*=0.9:1.1", "storage_initial*=0.95:1.05")]


@pytest.fixture(scope="module")
def dry() -> Case:
    """The dry season of two parties."""
    return load(ROOT / "docs" / "how-to" / "two-party" / "dry.toml")


def test_sobol_of_ishigami() -> None:
    """Of sin a + 7 sin² b + 0.1 c⁴ sin a S1 is 0.3139, 0.4424, 0 and ST 0.5576, 0.4424, 0.2437 (Ishigami and Homma, 1990)."""
    values = make_samples(THREE, "sobol", 2048, 1)
    a, b, c = values.T
    figures = pd.DataFrame({"y": np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)})
    table = analyse(THREE, "sobol", values, figures, 1).set_index("parameter").loc[["a*", "b*", "c*"]]
    assert table["S1"].tolist() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert table["ST"].tolist() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert np.array_equal(values, make_samples(THREE, "sobol", 2048, 1))
    assert not np.array_equal(values, make_samples(THREE, "sobol", 2048, 2))


def test_morris_of_a_plane_and_a_product() -> None:
    """Of a plane the mean effect is slope times range, without spread; a product has spread; the largest stands first."""
    values = make_samples(THREE, "morris", 40, 3)
    a, b, c = values.T
    table = analyse(THREE, "morris", values, pd.DataFrame({"plane": a - 3 * b, "product": a * c}), 3)
    plane = table[table["figure"] == "plane"]
    assert plane["parameter"].tolist() == ["b*", "a*", "c*"]
    assert plane["mu_star"].tolist() == pytest.approx([6 * np.pi, 2 * np.pi, 0], abs=1e-9)
    assert plane["mu"].tolist() == pytest.approx([-6 * np.pi, 2 * np.pi, 0], abs=1e-9)
    assert plane["sigma"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    product = table[table["figure"] == "product"].set_index("parameter")
    assert product["sigma"]["a*"] > 1
    assert product["mu_star"]["b*"] == 0


def test_a_figure_that_does_not_vary_has_no_indices() -> None:
    """Rounding over rounding is no share of anything."""
    values = make_samples(THREE, "sobol", 4, 0)
    dust = pd.DataFrame({"y": 700 + 1e-13 * np.arange(len(values))})
    assert analyse(THREE, "sobol", values, dust, 0)[["S1", "ST"]].isna().all(axis=None)


def test_one_at_a_time_by_hand(dry: Case) -> None:
    """The limit is met whatever comes, so the shortage is what is asked less 700; energy loses a quarter GWh for a hm3 less."""
    found = run_sensitivity(dry, WATER)
    assert found.kept
    table = found.indices()
    short = table[table["figure"] == "LOW_shortage"].iloc[0]
    by_hand = [0.9 * ASKED - LIMIT, ASKED - LIMIT, 1.1 * ASKED - LIMIT, 0.2 * ASKED]
    assert short["parameter"] == "requirement@LOW*"
    assert short[["low", "base", "high", "swing"]].tolist() == pytest.approx(by_hand, abs=1e-6)
    water = float(dry.inputs["runoff"].sum())
    power = table[(table["figure"] == "UP_energy") & (table["parameter"] == "runoff*")].iloc[0]
    assert power["swing"] == pytest.approx(0.25 * 0.1 * water, rel=0.02)  # evaporation and full turbines take a little
    assert (found.samples()["error"] == "").all()
    assert found.samples().shape == (7, 3 + len(found.figures.columns) + 1)


@pytest.mark.thorough
def test_sobol_finds_the_one_that_matters(dry: Case) -> None:
    """The shortage of the fields follows what they ask for alone."""
    found = run_sensitivity(dry, WATER, SensitivityChoices("sobol", 128, seed=5))
    table = found.indices()
    short = table[table["figure"] == "LOW_shortage"]
    assert short["parameter"].iloc[0] == "requirement@LOW*"
    assert short["ST"].tolist() == pytest.approx([1, 0, 0], abs=0.05)
    assert found.seed == 5


def test_kept_and_anew_say_the_same(dry: Case) -> None:
    """A kept solver follows several parameters in one bound; what areas do not touch is the same as planned anew."""
    both = [run_sensitivity(dry, WATER[:2], SensitivityChoices("morris", 2, seed=2, anew=anew)) for anew in (False, True)]
    assert [found.kept for found in both] == [True, False]
    for name in ("LOW_shortage", "LOW_delivery", "upper_dam_storage_end"):
        assert both[0].figures[name].to_numpy() == pytest.approx(both[1].figures[name].to_numpy(), abs=1e-5)
    assert both[0].figures["UP_energy"].to_numpy() == pytest.approx(both[1].figures["UP_energy"].to_numpy(), abs=0.2)


def test_what_a_kept_solver_does_not_tell_twice_is_planned_anew(dry: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the edge of having no plan it may end elsewhere from a start than from nothing: then no sample is told from it."""
    anew = run_sensitivity(dry, WATER[:1], SensitivityChoices(anew=True))

    def differs(*_: object) -> None:
        told = "it ends elsewhere"
        raise SolverTrouble(told)

    monkeypatch.setattr("waterdeal.lp.session.Session.check", differs)
    found = run_sensitivity(dry, WATER[:1], SensitivityChoices())
    assert not found.kept
    assert found.figures.equals(anew.figures)


def test_settings_of_the_scenario(dry: Case) -> None:
    """A key that scales the water is followed by the kept solver as the water itself is; one that changes the steps is planned anew."""
    factor = run_sensitivity(dry, [parse_parameter("hydrology.factor=0.95:1.05")])
    water = run_sensitivity(dry, WATER[:1])
    assert factor.kept
    assert factor.figures.to_numpy() == pytest.approx(water.figures.to_numpy(), abs=1e-6)
    stored = run_sensitivity(dry, [parse_parameter("reservoir.upper_dam.initial=380:420 hm3")])
    assert stored.figures["upper_dam_storage_end"].tolist() == pytest.approx([400, 380, 420], abs=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.thorough
def test_backends_change_no_bit(dry: Case) -> None:
    """Processes give the numbers of one process."""
    first, other = (run_sensitivity(dry, WATER, SensitivityChoices("morris", 5, 1, name)) for name in ("serial", "processes:2"))
    assert first.figures.equals(other.figures)
    assert first.indices().equals(other.indices())


def test_samples_without_a_plan_are_told(dry: Case) -> None:
    """One at a time they are missing and named; Morris and Sobol refuse, and say which."""
    firm = dry.set("reservoir.upper_dam.terminal", {"rule": "at_least", "storage": 400})
    wide = [parse_parameter("runoff*=0.001:0.06"), WATER[1]]
    found = run_sensitivity(firm, wide)
    assert [number for number, error in enumerate(found.errors) if error] == [1]
    assert found.failures()["runoff*"].tolist() == [0.001]
    table = found.indices().set_index(["figure", "parameter"])
    assert np.isnan(table.loc[("LOW_shortage", "runoff*"), "swing"])
    assert table.loc[("LOW_shortage", "requirement@LOW*"), "swing"] == pytest.approx(0.2 * ASKED)
    for method, count in (("morris", 8), ("sobol", 8)):
        refused = run_sensitivity(firm, wide, SensitivityChoices(method, count))
        failed = [number for number, error in enumerate(refused.errors) if error]
        assert failed
        with pytest.raises(SamplesFailed, match=f"{len(failed)} of {len(refused.errors)} samples have no plan") as told:
            refused.indices()
        assert f"sample {failed[0]} (runoff* = " in str(told.value)
        assert "Infeasible" in str(told.value)


def test_a_base_without_a_plan_is_told() -> None:
    """Where the scenario as it stands has none there is nothing to compare with."""
    values = make_samples(THREE, "one-at-a-time", 0, 0)
    figures = pd.DataFrame({"y": [np.nan, *range(6)]})
    broken = Sensitivity(tuple(THREE), "one-at-a-time", 0, values, figures, ("Infeasible: none", *[""] * 6), kept=False)
    with pytest.raises(SamplesFailed, match="as it stands"):
        broken.indices()


def test_without_salib(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named; one at a time works without."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "SALib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "SALib", None)
    for method in ("morris", "sobol"):
        with pytest.raises(ScenarioError, match=r"waterdeal\[studies\]"):
            make_samples(THREE, method, 4, 0)
    assert make_samples(THREE, "one-at-a-time", 0, 0).shape == (7, 3)


def test_multiples_touch_what_they_name(dry: Case) -> None:
    """A place, a party, an alias; the case stays as it is."""
    before = dry.inputs["requirement"].values.copy()
    changed = inputs_at(dry, [parse_parameter("requirement@fields*=0.5:2")], np.array([2.0]))
    ratio = changed["requirement"].sum("time") / dry.inputs["requirement"].sum("time")
    assert ratio.sel(demand=["fields", "town"]).values.tolist() == pytest.approx([2, 1])
    stored = inputs_at(dry, [parse_parameter("initial_storage@UP*=0.5:2")], np.array([0.5]))
    assert stored["storage_initial"].values.tolist() == [200]
    promised = inputs_at(dry, [parse_parameter("limit*=0.5:2")], np.array([0.5]))
    assert promised["entitlement_volume"].values.tolist() == [350]
    assert np.array_equal(dry.inputs["requirement"].values, before)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("runoff*", "no parameter with a range"),
        ("runoff*=2:1", "has no range"),
        ("runof*=0.9:1.1", 'no quantity "runof"'),
        ("area_slope*=0.9:1.1", 'no quantity "area_slope"'),
        ("runoff@delta_x*=0.9:1.1", 'no place or party "delta_x"'),
        ("hydrology.factr=0.9:1.1", "factr"),
    ],
)
def test_parameters_that_cannot_be(dry: Case, text: str, match: str) -> None:
    """Each is refused before anything is solved, and named."""
    with pytest.raises(ScenarioError, match=match):
        run_sensitivity(dry, [parse_parameter(text)])


def test_choices_that_cannot_be(dry: Case) -> None:
    """Twice the same, none at all, a wrong count, a wrong method."""
    for parameters, choices, match in (
        ([], SensitivityChoices(), "no parameter"),
        ([WATER[0], WATER[0]], SensitivityChoices(), "stands twice"),
        (WATER, SensitivityChoices("sobol", 100), "power of 2, e.g. 128"),
        (WATER, SensitivityChoices("morris", 1), "At least 2"),
        (WATER, SensitivityChoices("guess"), 'no method "guess"'),
    ):
        with pytest.raises(ScenarioError, match=match):
            run_sensitivity(dry, parameters, choices)


def test_study_files(tmp_path: Path) -> None:
    """Ranges with and without a unit; what is none is refused."""
    file = tmp_path / "study.toml"
    file.write_text('[parameter]\n"runoff*" = [0.8, 1.2]\n"reservoir.upper_dam.initial" = [350, 450, "hm3"]\n', encoding="utf-8")
    assert read_parameters(file) == [Parameter("runoff*", 0.8, 1.2), Parameter("reservoir.upper_dam.initial", 350, 450, "hm3")]
    for content, match in (("[other]\n", "no table"), ("[parameter]\nx = 1\n", '"x" has no range'), ("[", "no TOML")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ScenarioError, match=match):
            read_parameters(file)
    with pytest.raises(FileProblem):
        read_parameters(tmp_path / "none.toml")
