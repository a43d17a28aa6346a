"""The offline bundle: whole for its machine, installed without a network, with pages that a browser reads from the folder."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from tools.bundle import STARTS, Refused, check, main, make
from tools.pages import write_pages

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = f"linux_{platform.machine()}"
#: a network namespace with no way out, where the machine lets one be made
ALONE = ["unshare", "--map-root-user", "--net"]


class Links(HTMLParser):
    """What a page leads to, what it loads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        self.leads += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.loads += [tag] if tag in {"script", "link", "iframe"} else []
        self.loads += [given["src"] or ""] if "src" in given else []


@pytest.mark.thorough
def test_pages_need_no_network(tmp_path: Path) -> None:
    """Every link of every page leads to a file and a place that are there; nothing is loaded from elsewhere."""
    assert write_pages(ROOT, STARTS, tmp_path) == []
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in tmp_path.rglob("*.html")}
    assert {path.relative_to(tmp_path).with_suffix("").as_posix() for path in pages} >= {
        path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    lost = []
    for page, found in pages.items():
        loads = [load for load in found.loads if not load.startswith("data:image/png;base64,")]
        assert [load for load in loads if re.match("[a-z]*:|//", load) or not (page.parent / load).is_file()] == []
        for lead in found.leads:
            file, _, place = lead.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not re.match("[a-z]+:", lead) and not (target.exists() and (not place or place in pages[target].places)):
                lost.append(f"{page.relative_to(tmp_path)}: {lead}")
    assert lost == []


def test_a_lost_link_is_told(tmp_path: Path) -> None:
    """A page that leads to what is not there, or out of the tree, is named with its link."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.md").write_text("[b](b.md) [out](../c.md) [web](https://example.org) [here](#x)\n", encoding="utf-8")
    (tmp_path / "c.md").write_text("c\n", encoding="utf-8")
    assert write_pages(tree, ["a.md"], tmp_path / "out") == ["a.md: b.md", "a.md: ../c.md"]


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
