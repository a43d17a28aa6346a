"""The offline bundle: whole for its machine, installed without a network, with the site of its documentation."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from tools.bundle import Refused, check, main, make

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = f"linux_{platform.machine()}"
#: a network namespace with no way out, where the machine lets one be made
ALONE = ["unshare", "--map-root-user", "--net"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_another_python_is_refused(tmp_path: Path) -> None:
    """The script says which Python it needs, and makes nothing."""
    script = tmp_path / "install.sh"
    script.write_text((ROOT / "tools" / "install.sh").read_text(encoding="utf-8").replace("@PYTHON@", "2.9"), encoding="utf-8")
    done = subprocess.run(["sh", script], env=os.environ | {"PYTHON": sys.executable}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Python 2.9 is needed: install it, or set PYTHON to it.\n"
    assert list(tmp_path.iterdir()) == [script]


def test_a_folder_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written over."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert main([str(tmp_path), "--platform", "win_amd64", "--python", "3.12"]) == 1
    assert "already there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.thorough
def test_bundle_for_windows(tmp_path: Path) -> None:
    """It holds what Windows' own markers ask for; without any one of these wheels, or with one changed, it is refused."""
    out = tmp_path / "bundle"
    make(out, "win_amd64", "3.12")
    wheels = {path.name.split("-")[0]: path for path in (out / "wheels").iterdir()}
    assert {"waterdeal", "colorama", "highspy", "tzdata"} <= set(wheels)
    assert {name.rsplit("-", 1)[1] for name in (path.name for path in wheels.values())} == {"any.whl", "win_amd64.whl"}
    assert (out / "site" / "index.html").is_file()
    assert b"\r\n" in (out / "install.cmd").read_bytes()
    assert "@PYTHON@" not in (out / "install.cmd").read_text(encoding="utf-8")
    for name in ("colorama", "highspy", "waterdeal"):
        kept = wheels[name].read_bytes()
        wheels[name].unlink()
        with pytest.raises(Refused, match=name):
            check(out, "win_amd64", "3.12")
        wheels[name].write_bytes(kept)
    with zipfile.ZipFile(wheels["colorama"], "a") as parts:
        parts.writestr("colorama/more.py", "")
    with pytest.raises(Refused, match=r"[Hh]ash"):
        check(out, "win_amd64", "3.12")


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="a bundle for this machine is of Linux")
def test_bundle_runs_the_demo_without_a_network(tmp_path: Path) -> None:
    """In an empty environment, with networking off: installed, the demo planned and audited; without one wheel, nothing is installed."""
    out = tmp_path / "bundle"
    make(out, MACHINE, HERE)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHON": sys.executable, "LANG": "C.UTF-8"}
    alone = ALONE if subprocess.run([*ALONE, "true"], check=False, capture_output=True).returncode == 0 else []

    def run(words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*alone, *words], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)

    if alone:
        reach = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
        assert "unreachable" in run([sys.executable, "-c", reach]).stderr
    installed = run(["sh", out / "install.sh"])
    assert installed.returncode == 0, installed.stderr
    assert "demo syrdarya" in installed.stdout
    demo = run([out / "waterdeal-env" / "bin" / "waterdeal", "demo", "syrdarya"])
    assert demo.returncode == 0, demo.stderr
    assert "Summary by party" in demo.stdout
    plan = next((tmp_path / "waterdeal-demo" / "out").rglob("plan.nc"))
    assert run([out / "waterdeal-env" / "bin" / "waterdeal", "audit", plan]).returncode == 0
    shutil.rmtree(out / "waterdeal-env")
    next((out / "wheels").glob("highspy-*")).unlink()
    missing = run(["sh", out / "install.sh"])
    assert missing.returncode != 0
    assert "highspy" in missing.stderr
    with pytest.raises(Refused, match="highspy"):
        check(out, MACHINE, HERE)
