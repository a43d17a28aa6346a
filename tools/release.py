"""A tag to an sdist and a wheel: ``python -m tools.release TAG``; refused while something that a release needs is missing.

``python -m tools.release --prepare VERSION`` writes version and day where they belong; then commit, tag and run it on the tag. What is
built is the tag, not the folder, and is the same every time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
#: the one place of the version
VERSION_FILE = "src/waterdeal/version.py"
#: addresses that a release states
URLS = ("Source", "Documentation", "Issues")
_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_HEADING = re.compile(r"^## \[(.+?)\] - (.+)$", re.MULTILINE)
_CITED = {key: re.compile(rf"^{key}:[ \t]*(.*)$", re.MULTILINE) for key in ("version", "date-released")}
_CONTACT = re.compile(r"^Contact:[ \t]*(.*)$", re.MULTILINE)
#: what a wheel holds beside the code
HELD = (
    "bundled/data/syrdarya/basin.toml", "bundled/data/syrdarya/SOURCES.md", "bundled/data/given_out/syrdarya.tar.xz",
    "bundled/scenarios/base.toml",
)  # fmt: skip


def version_of(root: Path) -> str:
    """Return the version of a tree."""
    return _found(_VERSION, root / VERSION_FILE)


def faults(root: Path, tag: str) -> Iterator[str]:
    """Say what a tree lacks to be released under a tag."""
    version = version_of(root)
    if tag != f"v{version}":
        yield f"the tag is {tag}; the version in {VERSION_FILE} asks for v{version}"
    first, day, noted = _newest(root)
    if first != version:
        yield f"CHANGELOG.md begins with {first or 'no version'}, not with {version}"
    if not _is_day(day):
        yield f"CHANGELOG.md has no date for {first}: {day}"
    if not noted:
        yield f"CHANGELOG.md says nothing about {first}"
    for key, due in (("version", version), ("date-released", day)):
        if (cited := _found(_CITED[key], root / "CITATION.cff")) != due:
            yield f"CITATION.cff has {key} {cited or 'blank'}, not {due}"
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    urls = project.get("urls", {})
    yield from (f"pyproject.toml has no https address for {name} in [project.urls]" for name in URLS if not _is_web(urls.get(name, "")))
    contact = _found(_CONTACT, root / "SECURITY.md")
    if "@" not in contact and not _is_web(contact):
        yield "SECURITY.md names no contact: an address of mail, or an https address"
    yield from (f"{name} is missing, or blank" for name in project["license-files"] if not _text(root / name).strip())
    yield from _not_kept(root)


def _not_kept(root: Path) -> Iterator[str]:
    """Say which basins are not kept as they are given out, so that copies of them could not be brought up to later ones."""
    for header in (root / "data").glob("*/basin.toml"):
        version, archive = tomllib.loads(_text(header)).get("version", ""), root / "data" / "given_out" / f"{header.parent.name}.tar.xz"
        names: list[str] = []
        if archive.is_file():
            with tarfile.open(archive) as parts:
                names = parts.getnames()
        if f"{version}/{header.parent.name}/basin.toml" not in names:
            case = header.parent.name
            yield f"{case} {version} is not kept in data/given_out: python -m tools.given_out {case}, and commit it"


def prepare(root: Path, version: str, day: str) -> None:
    """Write the version where it stands, and version and day into the changelog and the citation."""
    _put(root / VERSION_FILE, _VERSION, f'__version__ = "{version}"')
    _put(root / "CHANGELOG.md", _HEADING, f"## [{version}] - {day}")
    _put(root / "CITATION.cff", _CITED["version"], f"version: {version}")
    _put(root / "CITATION.cff", _CITED["date-released"], f"date-released: {day}")


def wheel_faults(wheel: Path, root: Path) -> Iterator[str]:
    """Say what a wheel lacks of what is due in it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = f"waterdeal-{version_of(root)}.dist-info"
    due = [f"waterdeal/{name}" for name in HELD] + [f"{about}/licenses/{name}" for name in project["license-files"]]
    with zipfile.ZipFile(wheel) as parts:
        names = set(parts.namelist())
    yield from (f"{wheel.name} lacks {name}" for name in due if name not in names)


def build(root: Path, out: Path, seconds: str) -> list[Path]:
    """Build the sdist, and from it the wheel, with all times set to one; return both."""
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--no-create-gitignore", "--out-dir", str(out), str(root)]
    subprocess.run(command, env=os.environ | {"SOURCE_DATE_EPOCH": seconds}, check=True)
    return sorted(path for path in out.iterdir() if path.name.startswith(f"waterdeal-{version_of(root)}") and path.name != "SHA256SUMS")


def release(tag: str, out: Path, repository: Path = ROOT) -> list[str]:
    """Build what a tag holds; what is said is wrong, and then nothing was built."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        tarball = Path(folder, "tree.tar")
        if _git(repository, "archive", "-o", str(tarball), f"refs/tags/{tag}").returncode:
            return [f"there is no tag {tag}"]
        with tarfile.open(tarball) as parts:
            parts.extractall(tree, filter="data")
        if found := list(faults(tree, tag)):
            return found
        seconds = _git(repository, "log", "-1", "--format=%ct", f"refs/tags/{tag}").stdout.strip()
        built = build(tree, Path(folder, "dist"), seconds)
        if found := [fault for path in built if path.suffix == ".whl" for fault in wheel_faults(path, tree)]:
            return found
        out.mkdir(parents=True, exist_ok=True)
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in built]
        for path in built:
            (out / path.name).write_bytes(path.read_bytes())
        (out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return []


def _git(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run git."""
    return subprocess.run(["git", "-C", str(repository), *words], capture_output=True, text=True, check=False)


def _newest(root: Path) -> tuple[str, str, bool]:
    """Return version and day of the newest section of the changelog, and whether it has an entry."""
    text = _text(root / "CHANGELOG.md")
    headings = list(_HEADING.finditer(text))
    if not headings:
        return "", "", False
    end = headings[1].start() if len(headings) > 1 else len(text)
    return headings[0][1], headings[0][2], re.search(r"^- \S", text[headings[0].end() : end], re.MULTILINE) is not None


def _text(path: Path) -> str:
    """Return the text of a file, nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _found(pattern: re.Pattern[str], path: Path) -> str:
    """Return what a pattern finds first in a file, nothing where it finds nothing."""
    found = pattern.search(_text(path))
    return found[1].strip() if found else ""


def _put(path: Path, pattern: re.Pattern[str], line: str) -> None:
    """Put a line in the place of the first that a pattern finds."""
    text, count = pattern.subn(lambda _: line, _text(path), count=1)
    if not count:
        sys.exit(f"{path.name} has no line for: {line}")
    path.write_text(text, encoding="utf-8")


def _is_day(text: str) -> bool:
    """Whether a text is a date as in 2026-04-01."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_web(text: str) -> bool:
    """Whether a text is an address of the web."""
    return re.fullmatch(r"https://[^\s/]+\S*", text) is not None


def main(words: list[str] | None = None) -> int:
    """Prepare a release, or build it."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tag", nargs="?", help="the tag to build, as v0.1.0")
    parser.add_argument("--prepare", metavar="VERSION", help="write this version and today's date, and stop")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "dist", help="folder of what is built (default dist)")
    asked = parser.parse_args(words)
    if bool(asked.tag) == bool(asked.prepare):
        parser.error("give a tag, or --prepare VERSION")
    if asked.prepare:
        prepare(ROOT, asked.prepare, datetime.now(UTC).date().isoformat())
        return 0
    found = release(asked.tag, asked.out)
    print(*(f"refused: {fault}" for fault in found) if found else sorted(map(str, asked.out.iterdir())), sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
