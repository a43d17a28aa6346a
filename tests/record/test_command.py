"""`waterdeal agree` and `waterdeal verify`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.record.tampering import last_digit, write_files
from waterdeal.cli.app import main
from waterdeal.cli.console import console
from waterdeal.cli.record import agree, verify
from waterdeal.errors import FileProblem, RecordError
from waterdeal.record.archive import record_zip

if TYPE_CHECKING:
    from pathlib import Path


def run_agree(flags: list[str], *arguments: Any, **options: Any) -> None:
    """`agree` with flags of the console."""
    console.take(flags)
    agree(*arguments, **options)


def run_verify(flags: list[str], record: Path, *, resolve: bool) -> None:
    """`verify` with flags of the console."""
    console.take(flags)
    verify(record, solve=resolve)


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one object on stdout."""
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def test_agree_writes_a_zip_that_verifies(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And does not overwrite it; the same run gives the same archive."""
    target = tmp_path / "Рабочий стол" / "сделка.zip"
    run_agree(["--json"], run, target, force=False)
    made = _json(capsys)
    before = target.read_bytes()
    with pytest.raises(FileProblem, match="--force"):
        run_agree([], run, target, force=False)
    run_verify(["--json"], target, resolve=False)
    found = _json(capsys)
    assert (found["exit"], found["passed"], found["record_sha256"]) == (0, True, made["record_sha256"])
    run_agree(["--quiet"], run, target, force=True)
    assert target.read_bytes() == before


def test_verify_says_what_is_bad_line_by_line(
    run: Path, record: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a check, a sentence a finding, exit code 5."""
    target = write_files(tmp_path / "record", record)
    table = target / "tables" / "ru" / "deliveries.csv"
    table.write_bytes(last_digit(table.read_bytes()))
    capsys.readouterr()
    with pytest.raises(RecordError) as raised:
        run_verify([], target, resolve=False)
    out = capsys.readouterr().out
    assert "BAD  files are those of the manifest" in out
    assert "ok   balances, bounds and clauses of the plan" in out
    assert "tables/ru/deliveries.csv, row" in str(raised.value)
    assert raised.value.exit_code == 5
    assert raised.value.record["passed"] is False
    run_agree(["--quiet"], run, target, force=True)
    run_verify([], target, resolve=False)
    assert "The record stands." in capsys.readouterr().out


def test_findings_are_told_in_the_language_asked(record: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the same places and values; for machines they stay English."""
    target = tmp_path / "record.zip"
    target.write_bytes(record_zip({**record, "tables/ru/deliveries.csv": last_digit(record["tables/ru/deliveries.csv"])}))
    with pytest.raises(SystemExit) as left:
        main(["verify", str(target), "--no-solve", "--lang", "ru"])
    said = capsys.readouterr().err
    assert left.value.code == 5
    assert re.search(r"tables/ru/deliveries.csv, row \d+, .*: здесь стоит «.*»; подписано было другое", said)
    assert "stands there" not in said


def test_agree_writes_beside_the_run(run: Path) -> None:
    """Without a target."""
    run_agree(["--quiet"], run / "plan.nc", None, force=False)
    assert (run.parent / f"{run.name}-record" / "manifest.json").is_file()
