"""A release is refused while anything of it is blank, and is what its tag holds."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from tools.given_out import keep, packed
from tools.release import URLS, VERSION_FILE, faults, prepare, release, version_of, wheel_faults

from tests.docs.pages import ROOT
from waterdeal import __version__

if TYPE_CHECKING:
    from pathlib import Path

#: what a release is judged by
FILES = (VERSION_FILE, "pyproject.toml", "CHANGELOG.md", "CITATION.cff", "SECURITY.md", "LICENSE", "LICENSE-DATA", "ATTRIBUTION.md")
TAG = f"v{__version__}"


def change(root: Path, name: str, pattern: str, text: str) -> None:
    """Put a text in the place of the first that a pattern finds in a file."""
    before = (root / name).read_text(encoding="utf-8")
    after = re.sub(pattern, lambda _: text, before, count=1, flags=re.MULTILINE)
    assert after != before
    (root / name).write_text(after, encoding="utf-8")


def fill(root: Path) -> Path:
    """Do what only a maintainer can: addresses, a contact, a date."""
    project = root / "pyproject.toml"
    if "\n[project.urls]\n" not in project.read_text(encoding="utf-8"):
        urls = "\n".join(f'{name} = "https://example.org/{name}"' for name in URLS)
        change(root, "pyproject.toml", r"^\[tool.hatch.version\]$", f"[project.urls]\n{urls}\n\n[tool.hatch.version]")
    change(root, "SECURITY.md", r"^Contact:.*$", "Contact: security@example.org")
    prepare(root, __version__, "2026-12-01")
    if (root / "data" / "given_out").is_dir():
        assert keep("syrdarya", root / "data" / "given_out" / "syrdarya.tar.xz") == ""
    return root


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of this repository that a release is judged by, filled in."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return fill(tmp_path)


def test_a_basin_that_is_not_kept_is_not_released(tree: Path) -> None:
    """Copies of it could not be brought up to later ones; kept, nothing is said."""
    (tree / "data" / "river").mkdir(parents=True)
    (tree / "data" / "river" / "basin.toml").write_text('version = "7"\n', encoding="utf-8")
    assert [fault for fault in faults(tree, TAG) if "given_out" in fault] == [
        "river 7 is not kept in data/given_out: python -m tools.given_out river, and commit it"
    ]
    (tree / "data" / "given_out").mkdir()
    (tree / "data" / "given_out" / "river.tar.xz").write_bytes(packed({"7": {"river/basin.toml": b"", "a.toml": b""}}))
    assert not [fault for fault in faults(tree, TAG) if "given_out" in fault]


def test_one_version() -> None:
    """The version stands in one place, from which the metadata is made; the citation has the same, and a date."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version_of(ROOT) == __version__
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == VERSION_FILE
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in cited
    assert re.search(r"^date-released: \d{4}-\d\d-\d\d\b", cited, re.MULTILINE)


def test_licences_of_code_and_data() -> None:
    """The full texts are there, and the attribution names who asks for it."""
    files = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license-files"]
    code, data, named = ((ROOT / name).read_text(encoding="utf-8") for name in files)
    assert "Apache License" in code
    assert "Creative Commons Attribution 4.0 International Public License\n" in data
    assert all(f"\nSection {number} -- " in data for number in range(1, 9))
    assert "CA-discharge" in named
    assert "Global Runoff Data Centre" in named


def test_whole_tree_is_released(tree: Path) -> None:
    """Filled in, nothing is missing; the same tree under another version is that version throughout."""
    assert list(faults(tree, TAG)) == []
    prepare(tree, "9.8.7", "2027-01-02")
    assert list(faults(tree, "v9.8.7")) == []


@pytest.mark.parametrize(
    ("name", "pattern", "text", "told"),
    [
        (VERSION_FILE, r"^__version__ = .*$", '__version__ = "9.9.9"', "asks for v9.9.9"),
        ("CHANGELOG.md", r"^## \[.*$", f"## [{__version__}] - unreleased", "has no date"),
        ("CHANGELOG.md", r"^## \[.*$", f"## [{__version__}] - 2026-13-01", "has no date"),
        ("CHANGELOG.md", r"^## \[.*$", "## [9.9.9] - unreleased\n\n- More.\n\n## [0.1.0] - 2026-12-01", "begins with 9.9.9"),
        ("CHANGELOG.md", r"^## \[.*$", f"## [{__version__}] - 2026-12-01\n\n## [0.0.9] - 2026-01-01", "says nothing"),
        ("CITATION.cff", r"^version: .*$", "version: 0.0.1", "version 0.0.1"),
        ("CITATION.cff", r"^date-released: .*$", "date-released:", "date-released blank"),
        ("SECURITY.md", r"^Contact:.*$", "Contact:", "no contact"),
        ("SECURITY.md", r"^Contact:.*$", "Contact: to be named", "no contact"),
        *[("pyproject.toml", rf"^{name} = .*$", f'{name} = ""', f"address for {name}") for name in URLS],
        ("pyproject.toml", r"^Issues = .*$", "", "address for Issues"),
        ("LICENSE-DATA", r"(?s)\A.*\Z", "", "LICENSE-DATA is missing"),
    ],
)
def test_what_is_blank_is_refused(tree: Path, name: str, pattern: str, text: str, told: str) -> None:
    """Each thing that a release needs is asked for by name."""
    change(tree, name, pattern, text)
    assert any(told in fault for fault in faults(tree, TAG))


def test_this_tree_waits_for_its_maintainer_only() -> None:
    """What the gate has against this tree now is what a maintainer gives: addresses, contact, day, the basin as it is given out."""
    given = r"CHANGELOG.md has no date|CITATION.cff has date-released|https address for|names no contact|python -m tools.given_out"
    assert [fault for fault in faults(ROOT, TAG) if not re.search(given, fault)] == []


@pytest.mark.thorough
def test_tag_to_sdist_and_wheel(tmp_path: Path) -> None:
    """What is built is the tag, not the folder; twice the same; the wheel holds data and licences; a blank is refused and leaves nothing."""

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", tree, "-c", "user.name=a", "-c", "user.email=a@b.c", *words], check=True, capture_output=True)

    tree = tmp_path / "tree"
    tree.mkdir()
    kept = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, kept):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes((ROOT / name).read_bytes())
    (tree / "SECURITY.md").write_text("Contact:\n", encoding="utf-8")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "Blank")
    git("tag", TAG)
    assert any("no contact" in fault for fault in release(TAG, tmp_path / "none", tree))
    assert release("v9", tmp_path / "none", tree) == ["there is no tag v9"]
    assert not (tmp_path / "none").exists()
    fill(tree)
    git("commit", "-qam", "Fill in")
    git("tag", "-f", TAG)
    (tree / "src" / "waterdeal" / "stray.py").write_text("stray = 1\n", encoding="utf-8")
    sums = []
    for name in ("one", "two"):
        assert release(TAG, tmp_path / name, tree) == []
        sums.append((tmp_path / name / "SHA256SUMS").read_text(encoding="utf-8"))
    assert sums[0] == sums[1]
    wheel, sdist = sorted((tmp_path / "one").glob("waterdeal-*"))
    assert f"{hashlib.sha256(sdist.read_bytes()).hexdigest()}  {sdist.name}\n" in sums[0]
    assert list(wheel_faults(wheel, tree)) == []
    assert b"stray" not in wheel.read_bytes()
