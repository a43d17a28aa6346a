"""Each figure on the four-node basin: its numbers are the plan's, its words those of the language; what is missing is told."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import waterdeal as wd
from tests.thorough import diagonal
from waterdeal.ask.prices import Price, Rung, Side
from waterdeal.ensemble.summary import Ensemble
from waterdeal.errors import FileProblem
from waterdeal.reports.plots import canvas
from waterdeal.reports.plots.block import figure_block
from waterdeal.reports.plots.canvas import figure_bytes
from waterdeal.reports.promises import read_promises
from waterdeal.results.tables import crop_table, entitlement_table, party_balance_table
from waterdeal.studies.frontier import Frontier
from waterdeal.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

#: a price with rungs on two levels, one of them without a plan
PRICE = Price(
    "requirement:fields", "hm3", 700.0, Side("benefit", 0.25, 40.0), Side("environment", 0.5, 10.0),
    (Rung(-10.0, "environment", -5.0), Rung(10.0, "benefit", 2.5), Rung(1000.0, None, 0.0, infeasible=True)),
)  # fmt: skip


class Spread(Ensemble):
    """An ensemble of three members that holds its numbers by itself: half, all and twice what a plan gives."""

    def __init__(self, plan: xr.Dataset, *kept: str) -> None:
        """Keep the plan."""
        object.__setattr__(self, "plan", plan)
        object.__setattr__(self, "spec", {"quantities": list(kept), "members": 3, "shard": 3})
        object.__setattr__(self, "first", plan[list(kept)].expand_dims(member=[0]).assign_coords(trace=("member", ["a"])))

    done = 3

    def failures(self) -> pd.DataFrame:
        """None."""
        return pd.DataFrame()

    def quantiles(self, quantity: str, probabilities: Any = ()) -> xr.DataArray:
        """Quantiles by hand."""
        members = xr.concat([self.plan[quantity] * factor for factor in (0.5, 1.0, 2.0)], "member")  # type: ignore[attr-defined]
        return members.quantile(list(probabilities), "member")


def corners() -> Frontier:
    """A frontier of two corners; what is not drawn is not there."""
    found = object.__new__(Frontier)
    told = {"parties": ("UP", "LOW"), "of": ("energy", "delivery"), "units": ("GWh", "hm3"), "plan": (60.0, 650.0)}
    for name, value in {**told, "corners": np.array([[50.0, 700.0], [200.0, 100.0]])}.items():
        object.__setattr__(found, name, value)
    return found


def readings(days: int = 10) -> pd.DataFrame:
    """What one agency has measured in two dekads of May."""
    starts = pd.date_range("2026-05-01", periods=2, freq="10D")
    rows = [{"place": "fields_head", "quantity": "flow", "value": 30.0 + k, "start": day, "end": day + pd.Timedelta(days=days),
             "source": "BWO"} for k, day in enumerate(starts)]  # fmt: skip
    return pd.DataFrame(rows)




#: every figure of a plan, drawn on the four-node basin
FIGURES: dict[str, Callable[..., Axes]] = {
    "hydrograph": lambda plan, **how: wd.plot.hydrograph(plan, "dam_delta", **how),
    "storage": lambda plan, **how: wd.plot.storage(plan, "upper_dam", **how),
    "track": lambda plan, **how: wd.plot.track(plan, "fields_head", actual=readings(), **how),
    "deliveries": wd.plot.deliveries, "deficits": wd.plot.deficits, "energy": wd.plot.energy, "sankey": wd.plot.sankey,
    "fan": lambda plan, **how: wd.plot.fan(plan, Spread(plan, "storage"), "storage", "upper_dam", **how),
    "ladder": lambda plan, **how: wd.plot.ladder(plan, PRICE, **how),
    "frontier": lambda plan, **how: wd.plot.frontier(plan, corners(), marked={"A": (100.0, 400.0), "B": plan}, **how),
}  # fmt: skip
PAIRS = [(name, language) for name in FIGURES for language in LANGUAGES]
#: a figure of each language
TURNS = [("hydrograph", "kk"), ("fan", "ru"), ("sankey", "uz"), ("ladder", "en")]


def texts(axes: Axes) -> list[str]:
    """Everything that is written on a figure, numbers left out."""
    import matplotlib.text

    drawn: Any = axes.get_figure()
    found = (text.get_text() for text in drawn.findobj(matplotlib.text.Text))
    return [text for text in found if any(sign.isalpha() for sign in text)]


@pytest.mark.parametrize("case", diagonal(PAIRS, *TURNS))
def test_a_figure_is_written_in_its_language(case: tuple[str, str], two_party_plan: xr.Dataset) -> None:
    """What is written is of the words of the language; the language may be the plan's own."""
    name, language = case
    drawn = texts(FIGURES[name](two_party_plan.assign_attrs(language=language)))
    other = "en" if language != "en" else "ru"
    assert set(drawn) != set(texts(FIGURES[name](two_party_plan, lang=other)))
    latin = {sign for text in drawn for sign in text if sign.isascii() and sign.isalpha()}
    assert language not in {"ru", "kk"} or any("а" <= sign <= "я" for text in drawn for sign in text)
    assert latin or language in {"ru", "kk"}


@pytest.mark.parametrize("form", diagonal(["svg", "png", "pdf"], "svg"))
def test_the_same_figure_gives_the_same_bytes(form: str, two_party_plan: xr.Dataset) -> None:
    """Twice, and whatever settings a user has; nothing of the settings stays changed."""
    import matplotlib as mpl

    def made() -> bytes:
        axes: Any = wd.plot.storage(two_party_plan, "upper_dam", lang="kk")
        return figure_bytes(axes.get_figure(), form)

    first = made()
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "svg.hashsalt": None}):
        assert made() == first
        assert mpl.rcParams["font.size"] == 20
    assert form == "pdf" or b"matplotlib.org" not in first or b"<dc:date>" not in first


def test_flow_and_requirement_are_the_plans(two_party_plan: xr.Dataset) -> None:
    """Steps as long as they are, at the rates of the plan; a demand, a reservoir and a node too; names in any language."""
    plan = two_party_plan
    days = plan["step_length"].values

    def steps(place: str) -> list[Any]:
        return [patch.get_data() for patch in wd.plot.hydrograph(plan, place).patches]

    flow, asked = steps("dam_delta")
    assert flow.values == pytest.approx(plan["discharge"].sel(link="dam_delta").values)
    assert np.diff(flow.edges) == pytest.approx(days)
    assert asked.values == pytest.approx(np.full(18, 8.0))
    given, required, *_ = steps("fields")
    assert given.values == pytest.approx(plan["delivery"].sel(demand="fields").values * 1e6 / 86400 / days)
    assert required.values == pytest.approx(plan["requirement"].sel(demand="fields").values * 1e6 / 86400 / days)
    inflow, _, *_ = steps("upper_dam")
    assert inflow.values == pytest.approx(plan["reservoir_inflow"].values[0] * 1e6 / 86400 / days)
    assert steps("headwater")[0].values == pytest.approx(plan["discharge"].sel(link="headwater_dam").values)
    capacity = steps("fields_head")[-1]
    assert capacity.values == pytest.approx(np.full(18, 90.0))


def test_storage_stands_at_the_end_of_its_step(two_party_plan: xr.Dataset) -> None:
    """From the start of the plan to the last day; dead, full and what is due beside it."""
    lines = {str(line.get_label()): line.get_xydata() for line in wd.plot.storage(two_party_plan, "upper_dam").lines}
    days = two_party_plan["time_bounds"].values.astype("datetime64[D]").astype(float)
    drawn = lines["Volume"]
    assert drawn[:, 0] == pytest.approx(np.append(days[:, 0], days[-1, 1]))
    assert drawn[:, 1] == pytest.approx([400.0, *two_party_plan["storage"].values[0]])
    assert set(lines["Full storage"][:, 1]) == {900.0}
    assert set(lines["Dead storage"][:, 1]) == {100.0}
    due = lines["Due at the end"]
    assert due[-1, 1] == pytest.approx(400.0)
    assert np.isnan(due[:-1, 1]).all()


def test_bars_are_the_volumes_of_the_parties(two_party_plan: xr.Dataset) -> None:
    """Required and delivered, limit and what counts; no bar for a party without a limit."""
    bars = [[bar.get_height() for bar in group] for group in wd.plot.deliveries(two_party_plan).containers if len(group) == 2]
    sums = {name: [float(two_party_plan[name].sel(demand=place).sum()) for place in ("fields", "town")] for name in ("requirement", "delivery")}
    limit = entitlement_table(two_party_plan).iloc[0]
    told = [*sums.values(), [limit["entitlement_volume"], np.nan], [limit["entitlement_delivered"], np.nan]]
    assert bars == [pytest.approx(values, nan_ok=True) for values in told]


def test_limits_that_are_clauses_are_limits(deal_plan_small: xr.Dataset) -> None:
    """Where an agreement holds the limit as a clause, its promise and what counts are drawn."""
    groups = [[bar.get_height() for bar in group] for group in wd.plot.deliveries(deal_plan_small).containers if len(group) == 2]
    assert groups[2][0] == pytest.approx(650.0)
    assert groups[3][0] == pytest.approx(float(deal_plan_small["delivery"].sel(demand="fields").sum()))


def test_deficits_are_what_is_missing(two_party_plan: xr.Dataset) -> None:
    """A row a user, parties in order, blank where nothing is required."""
    mesh: Any = wd.plot.deficits(two_party_plan).collections[0]
    missed = 100 * (two_party_plan["shortage"] / two_party_plan["requirement"]).sel(demand=["fields", "town"]).values
    assert np.ma.filled(mesh.get_array(), np.nan).reshape(2, 18) == pytest.approx(missed, nan_ok=True, abs=1e-9)
    assert [label.get_text() for label in mesh.axes.get_yticklabels()] == ["fields", "town"]


def test_energy_adds_up(two_party_plan: xr.Dataset) -> None:
    """Daily energy times the days is the plan's."""
    drawn = wd.plot.energy(two_party_plan)
    made = sum((patch.get_data().values - patch.get_data().baseline for patch in drawn.patches), np.zeros(18))
    assert made * two_party_plan["step_length"].values == pytest.approx(two_party_plan["energy"].values.sum(axis=0))


def test_what_comes_is_what_goes(two_party_plan: xr.Dataset) -> None:
    """Both sides of the diagram have one sum, and each band the volume of the balance of the parties."""
    from waterdeal.reports.plots.canvas import plan_drawing
    from waterdeal.reports.plots.season import water_account

    with plan_drawing(two_party_plan, "en", None) as page:
        come, go = water_account(page)
    assert sum(volume for _, volume, _ in come) == pytest.approx(sum(volume for _, volume, _ in go))
    balance = party_balance_table(two_party_plan)
    volumes = {name: volume for name, volume, _ in [*come, *go]}
    assert volumes["Runoff of UP"] == pytest.approx(balance["runoff"].sum())
    assert volumes["Users of LOW"] == pytest.approx(float(two_party_plan["delivery"].sel(demand="fields").sum()))
    assert volumes["Left the basin or the modelled network"] == pytest.approx(balance["left_basin"].sum())


def test_measured_and_last_year_lie_on_the_steps(two_party_plan: xr.Dataset) -> None:
    """A step of which a day was not measured is blank; readings of last year are moved by a year, a plan by its days."""
    last = readings()
    for column in ("start", "end"):
        last[column] -= pd.DateOffset(years=1)
    drawn = wd.plot.track(two_party_plan, "fields_head", actual=readings(), last_year=last)
    plan, actual, before = (patch.get_data().values for patch in drawn.patches)
    assert plan == pytest.approx(two_party_plan["discharge"].sel(link="fields_head").values)
    assert actual[3:5] == pytest.approx([30.0, 31.0])
    assert np.isnan(np.delete(actual, [3, 4])).all()
    assert before == pytest.approx(actual, nan_ok=True)
    part = wd.plot.track(two_party_plan, "fields_head", actual=readings(), last_year=readings(9)).patches
    assert len(part) == 2
    other = two_party_plan.assign(storage=two_party_plan["storage"] * 0.5, step=("time", [f"2025{label[4:]}" for label in two_party_plan["step"].values]))
    lines = wd.plot.track(two_party_plan, "upper_dam", last_year=other).lines
    assert lines[1].get_ydata() == pytest.approx(0.5 * np.asarray(lines[0].get_ydata()))
    with pytest.raises(FileProblem, match="actual"):
        wd.plot.track(two_party_plan, "upper_dam")


def test_fan_ladder_and_frontier_draw_what_was_found(two_party_plan: xr.Dataset) -> None:
    """The median and the edges, each rung and the price, each corner, the plan and the alternatives."""
    plan = two_party_plan
    fan = wd.plot.fan(plan, Spread(plan, "storage", "delivery"), "storage", "upper_dam")
    assert fan.lines[0].get_ydata() == pytest.approx(plan["storage"].values[0])
    rates = wd.plot.fan(plan, Spread(plan, "delivery"), "delivery", "fields").patches[-1].get_data().values  # type: ignore[attr-defined]
    assert rates == pytest.approx(plan["delivery"].sel(demand="fields").values * 1e6 / 86400 / plan["step_length"].values)
    ladder = [line.get_xydata().tolist() for line in wd.plot.ladder(plan, PRICE).lines]  # type: ignore[union-attr]
    assert ladder[:2] == [[[-10.0, -5.0]], [[10.0, 2.5]]]
    assert ladder[2:5] == [[[0.0, 0.0], [40.0, 10.0]], [[0.0, 0.0], [-10.0, -5.0]], [[1000.0, 0.0]]]
    lines = [line.get_xydata() for line in FIGURES["frontier"](plan).lines]
    points = [point for line in lines[1:] for point in line.tolist()]  # type: ignore[union-attr]
    assert points == [[60.0, 650.0], [100.0, 400.0], pytest.approx([float(plan["energy"].sum()), float(plan["delivery"].sel(demand="fields").sum())])]


def test_slack_is_the_reserve(deal_plan_small: xr.Dataset) -> None:
    """A bar a clause, as long as the reserve of its tightest part; its pattern tells its state."""
    bars = [bar for group in wd.plot.slack(deal_plan_small).containers for bar in group]
    promises = read_promises(deal_plan_small)
    for bar, promise in zip(bars, promises, strict=True):
        share = 100 * min(part.tightness for part in promise.parts)
        assert bar.get_width() == pytest.approx(share) or abs(share) < 1
    assert {promise.state() for promise in promises} >= {"binding", "kept"}


def test_what_is_missing_is_told_in_the_language(two_party_plan: xr.Dataset) -> None:
    """One sentence, what it needs, in the language of the figure."""
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: wd.plot.storage(two_party_plan, "uper_dam", lang="ru"), "upper_dam"),
        (lambda: wd.plot.hydrograph(two_party_plan, "nowhere", lang="kk"), "орны жоқ"),
        (lambda: wd.plot.slack(two_party_plan, lang="uz"), "bandlar yoʻq"),
        (lambda: wd.plot.crops(two_party_plan, lang="ru"), "нет культур"),
        (lambda: wd.plot.deliveries(xr.Dataset(), lang="ru"), "не план"),
        (lambda: wd.plot.ladder(two_party_plan, Price("x", "hm3", 1.0, PRICE.more, PRICE.less), lang="uz"), "zina yoʻq"),
        (lambda: wd.plot.fan(two_party_plan, Spread(two_party_plan, "storage"), "flow", "dam_delta", lang="ru"), "storage"),
        (lambda: wd.plot.fan(two_party_plan, Spread(two_party_plan.isel(time=slice(3)), "storage"), "storage", "upper_dam"), "one scenario"),
    ]
    for draw, told in cases:
        with pytest.raises(FileProblem, match=told):
            draw()
    with pytest.raises(AttributeError, match="pie"):
        _ = wd.Result(two_party_plan).plot.pie


def test_a_result_draws_itself_and_a_report_takes_it(two_party_plan: xr.Dataset, tmp_path: Path) -> None:
    """`result.plot` has every figure of a plan; axes of the user's are used; a block of a report has the title as its caption."""
    from matplotlib.figure import Figure

    result, axes = wd.Result(two_party_plan), Figure().subplots()
    assert set(dir(result.plot)) == set(wd.plot.__all__) - {"hindcast", "save"}
    assert result.plot.storage("upper_dam", ax=axes) is axes
    assert wd.plot.save(axes, tmp_path / "объём.svg").read_bytes().startswith(b"<?xml")
    with pytest.raises(FileProblem, match="svg"):
        wd.plot.save(axes, tmp_path / "x.docx")
    block = figure_block(wd.plot.energy, two_party_plan, lang="kk")
    assert (block.name, block.caption) == ("energy", Words("kk").text("plot.energy"))
    assert block.draw("svg").startswith(b"<?xml")


def test_names_stay_text(two_party_plan: xr.Dataset) -> None:
    """Marks of formulas and of control in names are shown as they are or not at all."""
    hostile = "$\\frac{1}{0}$ <b>\x1b[31m\u202e"
    plan = two_party_plan.assign_attrs(names=f'{{"upper_dam": {{"en": {io.StringIO(hostile).read()!r}}}}}'.replace("'", '"').replace("\\x1b", "\\u001b"))
    axes: Any = wd.plot.storage(plan, "upper_dam")
    assert axes.get_title(loc="left").startswith("$\\frac{1}{0}$ <b>")
    assert b"\x1b" not in figure_bytes(axes.get_figure(), "svg")


@pytest.mark.thorough
def test_importing_loads_no_matplotlib() -> None:
    """Nor does asking for the figures there are."""
    code = "import sys, waterdeal as wd; dir(wd.plot); assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def _shown(drawn: Any) -> list[Any]:
    """Texts that are seen: ticks beyond the ends of their axis are not."""
    import matplotlib.text

    beyond = set()
    for axes in drawn.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            beyond |= {tick.label1 for tick in axis.get_major_ticks() if not (axes.axison and low <= tick.get_loc() <= high)}
    texts = [text for text in drawn.findobj(matplotlib.text.Text) if text.get_text().strip() and text.get_visible() and text not in beyond]
    return [text for text in texts if text.get_rotation() % 90 == 0]


def _overlaps(axes: Axes) -> list[str]:
    """Texts that stand on one another or are cut by the edge of the figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn: Any = axes.get_figure()
    FigureCanvasAgg(drawn).draw()
    page, found = drawn.bbox, []
    boxes = [(text.get_text(), text.get_window_extent()) for text in _shown(drawn)]
    for k, (text, box) in enumerate(boxes):
        if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1:
            found.append(f"cut: {text}")
        for other, beside in boxes[:k]:
            wide = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            if wide > 1 and min(box.y1, beside.y1) - max(box.y0, beside.y0) > 1.5:
                found.append(f"{text} on {other}")
    return found


@pytest.mark.parametrize("case", diagonal(PAIRS, ("sankey", "kk")))
def test_no_word_is_cut_or_stands_on_another(case: tuple[str, str], two_party_plan: xr.Dataset) -> None:
    """Measured on the drawn figure."""
    name, language = case
    assert _overlaps(FIGURES[name](two_party_plan, lang=language)) == []


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_of_the_bundled_season_are_legible(language: str, dry_plan: xr.Dataset, deal_plan: xr.Dataset) -> None:
    """No word of any of them is cut or stands on another."""
    draw = {"hydrograph": ("shardara_release",), "storage": ("toktogul",), "deliveries": (), "deficits": (), "energy": (), "sankey": ()}
    for name, of in draw.items():
        assert _overlaps(getattr(wd.plot, name)(dry_plan, *of, lang=language)) == [], name
    assert _overlaps(wd.plot.slack(deal_plan, lang=language)) == []


@pytest.mark.thorough
def test_crops_are_those_of_the_table() -> None:
    """Areas by crop and party, the largest first."""
    from waterdeal.scenario.locate import bundled_folder

    plan = wd.load(bundled_folder("scenarios") / "syrdarya-growing-fields.toml").solve().dataset
    axes = wd.plot.crops(plan, lang="uz")
    sums = crop_table(plan).groupby("crop")["area"].sum().sort_values(ascending=False)
    heights = np.sum([[bar.get_height() for bar in group] for group in axes.containers], axis=0)
    assert heights == pytest.approx(sums.to_numpy())
    assert _overlaps(axes) == []


def test_a_letter_without_a_shape_is_its_code_in_a_figure(two_party_plan: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """In names and in what a user writes; no empty box, and no warning. A font that is gone is one error."""
    plan = two_party_plan.copy()
    plan.attrs["names"] = json.dumps({"upper_dam": {"en": "Dam \u4e2d"}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = wd.plot.storage(plan, "upper_dam")
        axes.set_xlabel("\u4e2d")
        assert figure_bytes(axes.get_figure(root=True), "png")
    assert (axes.get_title(loc="left"), axes.get_xlabel()) == ("Dam U+4E2D", "U+4E2D")
    monkeypatch.setattr(canvas, "FONT", "No Such Font")
    canvas._letters.cache_clear()
    with pytest.raises(FileProblem, match="The font of figures, No Such Font, is not there"):
        wd.plot.storage(plan, "upper_dam")
    canvas._letters.cache_clear()
