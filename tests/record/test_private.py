"""Private layers: a record holds none of their figures and nothing that gives one back, and their holder can have it checked whole."""

from __future__ import annotations

import io
import json
import re
import tomllib
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from tests.commands import call
from tests.farms import farm
from tests.record.conftest import make_run
from tests.record.tampering import cover, write_files
from tests.thorough import THOROUGH, made_once
from waterdeal.accounts.party import party_accounts
from waterdeal.basin.read import read_basin
from waterdeal.basin.tables import TABLES
from waterdeal.basin.write import basin_rows, table_text
from waterdeal.documents import toml_text
from waterdeal.errors import FileProblem, InputError
from waterdeal.record import rebuild, verify
from waterdeal.record.agree import make_record
from waterdeal.record.archive import MANIFEST, record_zip
from waterdeal.record.finding import Check, Verdict, Verification
from waterdeal.record.verify import WITH_LAYERS, verify_files
from waterdeal.reports.kinds import KINDS, report
from waterdeal.results.audit import audit
from waterdeal.results.given import GIVEN, given_digest
from waterdeal.results.held import MASKED
from waterdeal.results.store import read_inputs, read_results
from waterdeal.run import load, made_from
from waterdeal.run_folder import open_inputs, open_run
from waterdeal.variables import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: figures that nothing else in the river could come to, and a word of their source
PRICE, AREA_COST, HARVEST, WATER_COST, SECRET = 387.31, 53.77, 17.93, 0.001371, "contract at the mill"
SALT = "5a" * 32
CROPS: dict[str, dict[str, Any]] = {
    "wheat": {"area_kha": 13, "supply_elasticity": 0.71, "yield_t_ha": 2.3},
    "cotton": {"area_kha": 17, "supply_elasticity": 0.83, "yield_t_ha": 2.9},
    "melon": {"area_kha": 5, "supply_elasticity": 0.5, "yield_t_ha": 7},
}
MELON = [{"crop": "melon", "water_mm": mm, "yield_share": share} for mm, share in ((0, 0.1), (300, 0.7), (800, 1))]


def river(home: Path, price: float = PRICE, calibration: str = "none", days: int = 30, **more: Any) -> Path:
    """Write a farm by a river, its scenario and a private layer of prices and costs of its party."""
    agriculture = {"calibration": calibration}
    crops = {name: {**change, "area_min_kha": 0, "area_max_kha": 40, "initial_days": days} for name, change in CROPS.items()}
    period = {"period": more.pop("period")} if "period" in more else {}
    drawn = farm(crops, water=230, land=40, agriculture=agriculture, responses=MELON, **period)
    basin = home / "basin"
    basin.mkdir(parents=True)
    (basin / "basin.toml").write_text('schema = "waterdeal/basin@1"\nid = "draft"\nlicence = "CC0-1.0"\n[name]\nen = "Farm"\n', "utf-8")
    heads = {name: ",".join(column.name for column in TABLES[name].columns) + "\n" for name in ("reservoirs", "curves", "evaporation")}
    tables = heads | {name: table_text(rows, []) for name, rows in basin_rows(drawn.basin()).items()}
    for name, text in tables.items():
        (basin / f"{name}.csv").write_text(text, "utf-8")
    told = {"id": "farm", "title": {"en": "Farm"}, "status": "agreed"}
    content = {"schema": "waterdeal/scenario@1", **drawn.content, "basin": "basin", "scenario": told}
    (home / "farm.toml").write_text(toml_text({**content, "facts": {"layers": ["own"], "use": "A", **more}}), "utf-8")
    fields = f"field,price_usd_t,cost_usd_ha,harvest_usd_t,status,source,note\ncotton_field,{price},{AREA_COST},{HARVEST},read,own,{SECRET}\n"
    layer(home / "own", fields=fields, field_demands=f"demand,water_cost_usd_m3,status,source\nfarm,{WATER_COST},read,own\n")
    return home / "farm.toml"


def layer(folder: Path, party: str = "A", **tables: str) -> Path:
    """Write a layer with its salt."""
    folder.mkdir()
    told = {"schema": "waterdeal/layer@1", "basin": "draft", "party": party, "private": True}
    (folder / "layer.toml").write_text(toml_text(told), "utf-8")
    (folder / "layer.salt").write_text(SALT, "ascii")
    tables["sources"] = f"source,citation,licence\nown,{SECRET},CC0-1.0\n"
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run with a private layer, at home."""
    home = tmp_path_factory.mktemp("private")
    return made_once(tmp_path_factory, "private_run", lambda: make_run(river(home / "river"), home / "out"))

#: what a plan tells of levels: of those that count money it stays at home
LEVELS_TOLD = ("level_value", "level_least")


@pytest.fixture(scope="module")
def record(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of its record; copy before changing."""
    return made_once(tmp_path_factory, "private_record", lambda: make_record(run, resolve=False))


def numbers_of(name: str, content: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Every number of a file, by whatever it is written in: text, a workbook, or arrays and texts of a NetCDF file."""
    found = [np.zeros(0)]
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            found += [numbers_of(part, book.read(part)) for part in book.namelist()]
    elif name.endswith(".nc"):
        with h5py.File(io.BytesIO(content)) as file:
            places: list[Any] = [file]
            file.visititems(lambda _name, place: places.append(place))
            texts = [str(value) for place in places for value in place.attrs.values()]
            arrays = [np.asarray(place[()]) for place in places if isinstance(place, h5py.Dataset)]
        texts += [str(array.tolist()) for array in arrays if array.dtype.kind not in "fiu"]
        found += [array.astype(float).ravel() for array in arrays if array.dtype.kind in "fiu"]
        found += [numbers_of("text", " ".join(texts).encode())]
    else:
        text = content.decode("utf-8", "replace").replace("\u2212", "-")
        text = re.sub(r"\b[0-9a-f]{6}\b|\b[0-9a-f]{64}\b", "", text) if name == MANIFEST else text  # digests of cells and files
        found += [np.array([float(part.replace(",", ".")) for part in re.findall(r"\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?", text)])]
    return np.abs(np.concatenate(found))


def given_back(run: Path) -> dict[str, float]:
    """Figures of the layer, and all that a run at home works out from them: variables, the level that counts money, the account."""
    plan, inputs = read_results(run), read_inputs(run)
    public = load(run / "sources" / "scenario" / "farm.toml", ["facts.use=''"], basin=read_basin(run / "sources" / "basin")).inputs
    found = {"price": PRICE, "area cost": AREA_COST, "harvest": HARVEST, "water cost": WATER_COST}
    found |= {"price of all": PRICE * 2.9, "harvest of all": HARVEST * 2.9, "net": PRICE - HARVEST, "area cost, money": AREA_COST / 1000}
    for name, row in vocabulary().items():
        for held in (plan, inputs) if row.private and name not in LEVELS_TOLD else ():
            values = held[name].values.ravel() if name in held else np.zeros(0)
            same = public[name].values.ravel() if name in public else np.full(values.shape, np.nan)
            moved = np.abs(values - same) > 1e-9 if name in public else np.ones(values.shape, dtype=bool)
            found |= {f"{name} {place}": values[place] for place in np.flatnonzero(moved).tolist()}
    money = [float(plan[name].sel(objective_level="benefit")) for name in LEVELS_TOLD]
    found |= {f"account {name}": value for name, value in party_accounts(plan)[["crop_margin", "benefit"]].sum().items()}
    worth = [abs(float(value)) for value in (*found.values(), *money)]
    return {f"{name}": value for name, value in zip([*found, "level", "least"], worth, strict=True) if value > 1e-9}


def told_in(files: Mapping[str, bytes], wanted: Mapping[str, float]) -> Iterator[str]:
    """Name each wanted figure that stands in a file, whole or rounded to two decimals or three."""
    for name, content in files.items():
        numbers = numbers_of(name, content)
        for figure, value in wanted.items():
            forms = [value, value / 1000, value * 1000, *(round(value, digits) for digits in (2, 3) if value > 10 and round(value, 2) % 1)]
            if any(np.isclose(numbers, form, rtol=1e-7, atol=0).any() for form in forms):
                yield f"{name}: {figure}"


def test_no_file_of_a_record_tells_a_private_figure_or_what_gives_one_back(run: Path, record: dict[str, bytes]) -> None:
    """Of all numbers of all its files, unzipped, none is one of them; at home, where they stand, the same search finds them all."""
    wanted = given_back(run)
    assert len(wanted) > 20
    at_home = {name: (run / name).read_bytes() for name in ("plan.nc", "inputs.nc", "sources/scenario/own/fields.csv")}
    home = {told.partition(": ")[2] for told in told_in(at_home, wanted)}
    assert {"price", "area cost", "harvest", "level", "path_margin 4"} <= home
    assert sorted(told_in(record, wanted)) == []
    whole = b"".join([*record.values(), *_unzipped(record)])
    for secret in (SECRET, SALT, str(PRICE), "layer.salt"):
        assert secret.encode() not in whole
    assert not [name for name in record if name.startswith("scenario/own")]


def _unzipped(files: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the parts of workbooks."""
    for name, content in files.items():
        with suppress(zipfile.BadZipFile):
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    yield from (book.read(part) for part in book.namelist())


@pytest.mark.thorough
def test_the_study_of_facts_tells_what_a_private_figure_moves_and_not_what_it_is(tmp_path: Path) -> None:
    """In text, JSON and every file, which are made for the other side too."""
    told = call("facts", river(tmp_path / "river"), "-o", tmp_path / "facts", "--json")
    assert told.json["disagreements"][1]["cells"][0]["values"] == {"": 200.0, "A": None}
    spoken = call("facts", tmp_path / "river" / "farm.toml").out
    files = {file.name: file.read_bytes() for file in (tmp_path / "facts").rglob("*") if file.is_file()}
    figures = {"price": PRICE, "area cost": AREA_COST, "harvest": HARVEST, "water cost": WATER_COST}
    assert sorted(told_in({**files, "text": spoken.encode(), "json": told.out.encode()}, figures)) == []


def test_a_record_tells_what_is_held_and_by_whom(run: Path, record: dict[str, bytes]) -> None:
    """In its term sheets, tables and plan; the paper for signatures says it too."""
    english, russian = (record[f"term-sheet.{language}.txt"].decode() for language in ("en", "ru"))
    assert "held by A: 3 figures of fields.csv" in " ".join(english.split())
    assert "держит у себя A: величин таблицы fields.csv – 3" in " ".join(russian.split())
    assert "fields.csv" in record["tables/ru/about.csv"].decode()
    assert "held by A: 1 figures of field_demands.csv" in report(run, "annex", "en").render("txt").decode()


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"batch", "contract"}))
def test_reports_of_a_run_tell_no_private_figure(run: Path, kind: str) -> None:
    """Whatever their form."""
    of = {"home": run, "again": run} if kind == "comparison" else run
    made = {f"{kind}.{ending}": report(of, kind, "en").render(ending) for ending in ("txt", *(("html", "xlsx") if THOROUGH else ()))}
    assert sorted(told_in(made, {name: value for name, value in given_back(run).items() if value > 10})) == []


@pytest.mark.thorough
def test_a_record_is_the_same_whatever_the_private_figures_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the plan of water is: but for salted digests, every file is the same, so that nothing can be learnt from any."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    priced = enumerate((PRICE, PRICE + 0.5))
    made = [make_record(make_run(river(tmp_path / str(number), price), tmp_path / f"out{number}")) for number, price in priced]
    assert list(made[0]) == list(made[1])
    apart = [name for name in made[0] if name != MANIFEST and _bare(name, made[0][name]) != _bare(name, made[1][name])]
    assert apart == []


@pytest.mark.thorough
def test_a_record_of_calibrated_costs_tells_none_of_them_and_is_solved_again(tmp_path: Path) -> None:
    """Costs beyond those of the tables are worked out from private figures too, and their lines move from pass to pass."""
    run = make_run(river(tmp_path / "river", calibration="elasticity"), tmp_path / "out")
    record, wanted = make_record(run), given_back(run)
    assert "cost_curve 1" in wanted
    assert sorted(told_in(record, wanted)) == []
    assert verify_files(record, layers=[tmp_path / "river" / "own"]).verdict is Verdict.SOUND


@pytest.mark.thorough
def test_a_season_corrected_at_home_becomes_a_record_that_tells_no_more(tmp_path: Path) -> None:
    """The agreed plan in it is without private figures too, and with the layer all of it is made again."""
    scenario = river(tmp_path / "river", period={"start": "2026-04-01", "end": "2026-06-01", "step": "month"}, days=61)
    run, actual, rest = make_run(scenario, tmp_path / "out"), tmp_path / "april.csv", tmp_path / "rest"
    planned = float(read_results(run)["delivery"].values[0, 0])
    actual.write_text(f"place,step,delivery million m3\nfarm,2026-04,{0.9 * planned:.3f}\n", "utf-8")
    assert call("track", run, "--actual", actual, "-o", rest).code == 0
    record = make_record(rest)
    assert {"agreed/plan.nc", "agreed/inputs.nc"} <= set(record)
    assert sorted(told_in(record, given_back(run))) == []
    assert verify_files(record).verdict is Verdict.NEEDS_LAYER
    assert verify_files(record, layers=[scenario.parent / "own"]).verdict is Verdict.SOUND


def _bare(name: str, content: bytes) -> Any:
    """A file without digests, arrays to what rounding leaves."""
    if name.endswith(".nc"):
        with h5py.File(io.BytesIO(content)) as file:
            arrays = {key: np.asarray(held[()]) for key, held in file.items()}
            texts = {key: str(value) for key, value in file.attrs.items()}
        shown = {key: array.round(7).tolist() if array.dtype.kind == "f" else array.tolist() for key, array in arrays.items()}
        return re.sub(r"[0-9a-f]{64}|nan", "", str((shown, texts)))
    if name.endswith(".xlsx"):
        content = b"".join(_unzipped({name: content}))
    return re.sub(rb"\b[0-9a-f]{12}\b|[0-9a-f]{64}", b"", content)


def test_verify_needs_the_layer_and_names_what_it_left_out(run: Path, record: dict[str, bytes]) -> None:
    """All other checks are made; with the layer at hand all are."""
    found = verify_files(record)
    left = tuple(check.name for check in found.checks if not check.compared)
    assert (found.verdict, found.needs, left) == (Verdict.NEEDS_LAYER, "A", WITH_LAYERS)
    assert len(found.checks) == 13
    assert all(check.passed for check in found.checks if check.compared)
    whole = verify_files(record, layers=[run / "sources" / "scenario" / "own"], resolve=False)
    assert (whole.verdict, whole.needs, whole.findings) == (Verdict.SOUND, "", ())
    assert all(check.compared for check in whole.checks)


@pytest.mark.thorough
def test_what_other_code_made_is_told_once_the_layer_is_there(
    run: Path, record: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it needs the layer; all that was not compared is named either way."""
    monkeypatch.setattr(rebuild, "build_id", lambda: "other")
    bare = verify_files(record)
    whole = verify_files(record, layers=[run / "sources" / "scenario" / "own"])
    assert (bare.verdict, whole.verdict) == (Verdict.NEEDS_LAYER, Verdict.OTHER_CODE)
    for found in (bare, whole):
        left = {check.name for check in found.checks if not check.compared}
        assert {*(name for name, _, _ in verify.MADE_ANEW), verify.AGAIN} == left


@pytest.mark.thorough
def test_verify_with_the_layer_finds_inputs_that_the_layer_does_not_make(run: Path, record: dict[str, bytes]) -> None:
    """A basin altered beside it, with every trace covered, is found once the layer is there; what shows without it, at once."""
    table = "tables/ru/deliveries.csv"
    altered = {**record, table: record[table].replace(b"2", b"3", 1)}
    assert verify_files(altered, resolve=False).verdict is Verdict.ALTERED
    basin = "basin/fields.csv"
    text = record[basin].decode().replace("0.71", "0.72", 1)
    assert text != record[basin].decode()
    found = verify_files(cover({**record, basin: text.encode()}), layers=[run / "sources" / "scenario" / "own"], resolve=False)
    assert found.verdict is Verdict.ALTERED


@pytest.mark.parametrize("damage", ["salt", "figure", "no salt", "open record"])
def test_a_layer_that_is_not_the_one_of_the_record_is_one_clear_error(
    run: Path, record: dict[str, bytes], tmp_path: Path, damage: str
) -> None:
    """Another salt, another figure, no salt."""
    own = run / "sources" / "scenario" / "own"
    folder = write_files(tmp_path / "own", {file.name: file.read_bytes() for file in own.iterdir()})
    if damage == "salt":
        (folder / "layer.salt").write_text("5b" * 32, "ascii")
    elif damage == "figure":
        (folder / "fields.csv").write_text((folder / "fields.csv").read_text("utf-8").replace("387", "388"), "utf-8")
    elif damage == "no salt":
        (folder / "layer.salt").unlink()
    if damage == "open record":
        bare = dict(record)
        del bare["term-sheet.toml"]
        assert verify_files(bare, layers=[folder]).verdict is Verdict.ALTERED
        return
    with pytest.raises(FileProblem, match="is not the layer of A"):
        verify_files(record, layers=[folder], resolve=False)


@pytest.mark.parametrize("name", ["field_output", "level_value", "delivery"])
def test_nothing_else_can_be_blanked_by_calling_it_private(record: dict[str, bytes], tmp_path: Path, name: str) -> None:
    """What is no money stays checked: a result that was blanked and named among what is kept at home is found."""
    plan = read_results(write_files(tmp_path / "record", record))
    assert audit(plan).passed
    plan[name] = plan[name] * np.nan
    plan.attrs[MASKED] = json.dumps([*json.loads(plan.attrs[MASKED]), name])
    plan.attrs[GIVEN] = given_digest(plan)
    assert not audit(plan).passed


@pytest.mark.thorough
def test_verify_on_the_command_line_has_an_exit_code_for_it(run: Path, record: dict[str, bytes], tmp_path: Path) -> None:
    """13 without the layer, 0 with it; JSON names whose is needed."""
    file = tmp_path / "deal.zip"
    file.write_bytes(record_zip(record))
    told = call("verify", file, "--json", "--no-solve", "--lang", "ru")
    assert (told.code, told.json["verdict"], told.json["needs"]) == (13, "needs the layer of A", "A")
    whole = call("verify", file, "--no-solve", "--json", "--layer", run / "sources" / "scenario" / "own")
    assert (whole.code, whole.json["verdict"]) == (0, "sound")


def test_nothing_is_worked_out_from_what_a_record_leaves(record: dict[str, bytes], tmp_path: Path) -> None:
    """Questions to a plan without its private figures are refused, not answered with blanks."""
    folder = write_files(tmp_path / "record", record)
    assert MASKED in read_results(folder).attrs
    for ask in (lambda: open_run(folder), lambda: open_inputs(folder), lambda: party_accounts(read_results(folder))):
        with pytest.raises(FileProblem, match="needs the layer of A"):
            ask()


def test_the_verdict_is_an_error_of_its_own(
    record: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its exit code; whose layer it is, and what was left out, in the language asked for."""
    found = Verification((Check(WITH_LAYERS[0], passed=False, compared=False),), (), needs="A")
    monkeypatch.setattr(verify, "verify_record", lambda *_arguments, **_options: found)
    told = call("verify", write_files(tmp_path / "record", record), "--lang", "ru")
    assert (told.code, "нужен слой стороны A" in told.err) == (13, True)
    assert "сценарий и бассейн дают исходные данные" in told.out


@pytest.mark.thorough
def test_the_salt_is_made_at_first_use_and_kept(tmp_path: Path) -> None:
    """The run hash then stays; with another salt it is another one."""
    scenario, hashes = river(tmp_path / "river"), []
    salt = scenario.parent / "own" / "layer.salt"
    for fresh in (True, False, True):
        if fresh:
            salt.unlink()
        hashes.append(made_from(load(scenario))["run_sha256"])
        assert re.fullmatch("[0-9a-f]{64}", salt.read_text("ascii"))
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": "field,yield_t_ha,status,source\ncotton_field,3.1,read,own\n"}, "is told by every plan"),
        ({"demands": "demand,area_kha,status,source\nfarm,31,read,own\n"}, "is told by every plan"),
    ],
)
def test_what_every_plan_tells_cannot_be_private(tmp_path: Path, change: dict[str, str], said: str) -> None:
    """A column whose figures no mask can hide is one problem, with the columns that can be."""
    scenario = river(tmp_path / "river", layers=["more"])
    layer(scenario.parent / "more", **change)
    with pytest.raises(InputError, match=said) as error:
        load(scenario)
    assert len(error.value.problems) == 1
    assert "fields.price_usd_t" in str(error.value)


def test_private_layers_of_two_parties_are_refused(tmp_path: Path) -> None:
    """One of them would have left home."""
    scenario = river(tmp_path / "river", layers=["own", "far"])
    parties = scenario.parent / "basin" / "parties.csv"
    parties.write_text(parties.read_text("utf-8") + "B,B,B,B,B\n", "utf-8")
    nodes = parties.with_name("nodes.csv")
    nodes.write_text(nodes.read_text("utf-8").replace("post,gauge,A", "post,gauge,B"), "utf-8")
    layer(scenario.parent / "far", "B", fields="field,price_usd_t,status,source\nwheat_field,177,read,own\n")
    with pytest.raises(InputError, match=r"private layers of two parties \(A, B\)") as error:
        load(scenario)
    assert len(error.value.problems) == 1


@pytest.mark.thorough
def test_a_record_with_an_open_layer_holds_it_and_is_verified_whole(tmp_path: Path) -> None:
    """Its files stand with the sources, its counts in the term sheet; altered, it is found."""
    scenario = river(tmp_path / "river")
    header = scenario.parent / "own" / "layer.toml"
    header.write_text(header.read_text("utf-8").replace("private = true", "private = false"), "utf-8")
    (header.parent / "layer.salt").unlink()
    record = make_record(make_run(scenario, tmp_path / "out"))
    assert verify_files(record).verdict is Verdict.SOUND
    assert tomllib.loads(record["term-sheet.toml"].decode())["data"]["whose"]["claimed"] == {"A": 4}
    name = "scenario/own/fields.csv"
    found = verify_files(cover({**record, name: record[name].replace(b"387", b"388")}), resolve=False)
    assert found.verdict is Verdict.ALTERED
    with pytest.raises(FileProblem, match="without private layers"):
        verify_files(record, layers=[scenario.parent / "own"])


def test_a_salt_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    """It is never replaced: nobody could then show that a record was made with the layer; one that a stopped command left empty is made."""
    scenario = river(tmp_path / "river")
    salt = scenario.parent / "own" / "layer.salt"
    salt.write_text("salt", "ascii")
    with pytest.raises(FileProblem, match=r"layer\.salt"):
        load(scenario)
    salt.write_bytes(b"")
    load(scenario)
    assert re.fullmatch("[0-9a-f]{64}", salt.read_text("ascii"))
