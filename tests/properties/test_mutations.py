"""Files of every kind, spoilt at random: each is refused in plain words or understood, soon, and never with a traceback."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from tests.basin.test_layers import layer
from tests.docs.pages import ROOT
from tests.links.conftest import DAM
from tests.thorough import THOROUGH, made_once
from waterdeal.errors import WaterdealError
from waterdeal.imports.actual import read_actual
from waterdeal.links.tables import read_network
from waterdeal.record.agree import make_record
from waterdeal.record.archive import record_zip
from waterdeal.record.verify import verify_record
from waterdeal.results.audit import audit
from waterdeal.results.disk import write_folder
from waterdeal.results.store import read_results
from waterdeal.run import load
from waterdeal.run_folder import open_run, run_files
from waterdeal.studies.batch_plan import read_grid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AGREEMENT = """schema = "waterdeal/agreement@1"
[agreement]
id = "a"
title.en = "a"
[[clause]]
id = "delta"
kind = "min_volume"
party = "UP"
to = "LOW"
at = "dam_delta"
start = 2026-04-01
end = 2026-10-01
value = 100
source = "x"
status = "assumed"
"""
SERIES = "node,time,runoff_m3s\n" + "".join(f"headwater,2026-{month:02d}-01,20\n" for month in range(1, 13))
BATCH = """schema = "waterdeal/batch@1"
title.en = "t"
scenarios = ["dry.toml"]
compare_to = "wet"
[[axis]]
id = "year"
values = [{ id = "wet", set.hydrology.factor = 1.2 }, { id = "low", title.en = "low", set.hydrology.factor = 0.8 }]
[[axis]]
id = "limits"
values = [{ id = "as" }, { id = "cut", set.entitlement.cut = 0.1 }]
"""
DATED = "demand,time,rate_m3s\n" + "".join(f"fields,2026-{month:02d}-01,{20 + month}\n" for month in range(4, 11))
#: scenarios beside the usual one, by what is put to its end
FURTHER = {"facts.toml": '[facts]\nlayers = ["low"]\nuse = "LOW"\n', "dated.toml": '[requirement]\nseries = "dated.csv"\n'}
ACTUAL = "Flow, m3/s, 2026\nGauge,April,May,June\nDam to delta,11,12,13\n"
#: what is put into a text
SPOILT = (
    "\0", ",", '"', "\n", "9" * 30, "-", "nan", "inf", "1e308", "1e400", "\x1b[31m", "\u0663", "\u202e", "[", "{", "=1+1", "1_0", "9999-12-31", "0001-01-01",
    "2026-02-30", "012", "\ufeff", "\x85", "x" * 200_000, "\\u0000", "true", "''", "[[\"a\"]]",
)  # fmt: skip
#: spoilt files of each kind, by default; the last ones take a second each
KINDS = {"scenario": 2, "agreement": 2, "basin.toml": 2, "basin": 3, "series": 2, "network": 2, "actual": 1, "record": 1, "plan": 1, "inputs": 1,
         "batch": 1, "layer": 2, "dated": 1}  # fmt: skip
MANY = 40


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of every kind, all of them sound."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("whole")
        shutil.copytree(ROOT / "docs" / "how-to" / "two-party", folder, dirs_exist_ok=True)
        text = (folder / "dry.toml").read_text(encoding="utf-8").replace('"two_party"', '"two_party"\nagreements = ["a.toml"]', 1)
        text = text.replace('year_class = "exceeded_90"', 'series = "in.csv"')
        layer(folder / "low", "LOW")
        further = {name: f"{text}\n{more}" for name, more in FURTHER.items()} | {"plan.toml": BATCH, "dated.csv": DATED}
        for name, content in {"dry.toml": text, "a.toml": AGREEMENT, "in.csv": SERIES, "actual.csv": ACTUAL, **further}.items():
            (folder / name).write_text(content, encoding="utf-8")
        (folder / "network").mkdir()
        for name, content in DAM.items():
            (folder / "network" / name).write_text(content, encoding="utf-8")
        case = load(folder / "dry.toml")
        write_folder(folder / "run", run_files(case, case.solve().dataset))
        (folder / "record.zip").write_bytes(record_zip(make_record(folder / "run", draft=True, resolve=False)))
        return folder

    return made_once(tmp_path_factory, "whole", make)


def _spoilt_text(text: str, drawn: random.Random) -> str:
    """Put something in, take something out, cut off, repeat a line, or replace a word."""
    at, lines = drawn.randrange(len(text) + 1), text.split("\n")
    line = drawn.randrange(len(lines))
    mark = "," if "," in lines[line] else " "
    words = lines[line].split(mark)
    words[drawn.randrange(len(words))] = drawn.choice(SPOILT)
    return drawn.choice((
        text[:at] + drawn.choice(SPOILT) + text[at:],
        text[:at] + text[at + drawn.randrange(1, 9) :],
        text[:at],
        "\n".join([*lines[:line], lines[drawn.randrange(len(lines))], *lines[line:]]),
        "\n".join([*lines[:line], mark.join(words), *lines[line + 1 :]]),
    ))  # fmt: skip


def _spoil_netcdf(file: Path, drawn: random.Random) -> None:
    """Take out or change a variable or an attribute, claim a size beyond measure, change bytes, or cut off."""
    raw, kind = bytearray(file.read_bytes()), drawn.randrange(6)
    if kind < 4:
        with h5py.File(file, "r+") as held:
            name, attribute = drawn.choice(sorted(held)), drawn.choice(sorted(held.attrs))
            if kind == 0:
                del held[name]
            elif kind == 1:
                del held.attrs[attribute]
            elif kind == 2:
                held.attrs[attribute] = drawn.choice(("", "{", "[1]", "\u202e\x1b[31m"))
            else:
                del held[name]
                held.create_dataset(name, (40_000, 100_000), chunks=(1_000, 1_000), dtype="f8", compression="gzip")
        return
    for _ in range(20):
        raw[drawn.randrange(len(raw))] = drawn.randrange(256)
    file.write_bytes(raw if kind == 4 else raw[: drawn.randrange(len(raw))])


def _spoil(kind: str, folder: Path, drawn: random.Random) -> None:
    """Spoil one file of a kind."""
    texts = {
        "scenario": [folder / "dry.toml"], "agreement": [folder / "a.toml"], "basin.toml": [folder / "two_party" / "basin.toml"],
        "basin": sorted((folder / "two_party").glob("*.csv")), "series": [folder / "in.csv"], "network": sorted((folder / "network").iterdir()),
        "actual": [folder / "actual.csv"], "batch": [folder / "plan.toml"], "dated": [folder / "dated.toml", folder / "dated.csv"],
        "layer": [folder / "facts.toml", *sorted((folder / "low").iterdir())],
    }  # fmt: skip
    if kind in texts:
        file = drawn.choice(texts[kind])
        file.write_bytes(_spoilt_text(file.read_text(encoding="utf-8"), drawn).encode())
    elif kind == "record":
        with zipfile.ZipFile(folder / "record.zip") as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        name = drawn.choice(sorted(name for name in files if not name.endswith((".nc", ".xlsx"))))
        files[name] = drawn.choice((_spoilt_text(files[name].decode(errors="surrogateescape"), drawn).encode(errors="surrogateescape"), b"[" * 100_000, b"", b" " * 100_000_000))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in files.items():
                archive.writestr(entry, content)
        (folder / "record.zip").write_bytes(packed.getvalue())
    else:
        _spoil_netcdf(folder / "run" / f"{kind}.nc", drawn)


def _ask_plan(folder: Path) -> None:
    """Audit a plan and tell of it."""
    from waterdeal.accounts.party import party_accounts
    from waterdeal.cli.commands import info

    info(folder / "run")
    party_accounts(read_results(folder / "run"))
    audit(read_results(folder / "run"))


READERS: dict[str, Callable[[Path], Any]] = {
    "network": lambda folder: read_network(folder / "network"),
    "actual": lambda folder: read_actual(folder / "actual.csv", {"dam_delta": ["Dam to delta"]}),
    "record": lambda folder: verify_record(folder / "record.zip", resolve=False),
    "plan": _ask_plan,
    "inputs": lambda folder: open_run(folder / "run").program(),
    "batch": lambda folder: read_grid(folder / "plan.toml"),
    "layer": lambda folder: load(folder / "facts.toml"),
    "dated": lambda folder: load(folder / "dated.toml"),
}


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, usual in KINDS.items() for seed in range(MANY if THOROUGH else usual)])
def test_a_spoilt_file_is_refused_or_understood(whole: Path, tmp_path: Path, kind: str, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """What is raised is raised on purpose, and nothing that steers a terminal is shown."""
    folder = shutil.copytree(whole, tmp_path / "w")
    _spoil(kind, folder, random.Random(f"{kind} {seed}"))  # noqa: S311 - no secret
    with suppress(WaterdealError):
        READERS.get(kind, lambda folder: load(folder / "dry.toml"))(folder)
    assert not set(capsys.readouterr().out) & set("\x1b\u202e")


@pytest.mark.parametrize("kind", ["batch", "layer", "dated"])
def test_what_is_spoilt_is_sound_before(whole: Path, kind: str) -> None:
    """Else its refusals would say nothing."""
    assert READERS[kind](whole) is not None
