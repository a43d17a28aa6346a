"""A folder that installs waterdeal where there is no network: ``python -m tools.bundle FOLDER --platform win_amd64 --python 3.12``.

It holds wheels of the versions in ``uv.lock``, chosen by the markers of the machine that it is for, an install script, and the
documentation site. Making it needs a package index; installing it does not. What was made is installed for that machine into a folder
that is thrown away, with the index switched off: a bundle that lacks a wheel, or has another than the one its hash tells, is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
TOOLS = Path(__file__).parent


class Platform(NamedTuple):
    """A kind of machine, as uv and as pip name it, and the script that installs there."""

    uv: str
    tags: tuple[str, ...]
    script: str


def _linux(machine: str, oldest: int = 28) -> Platform:
    """Linux with glibc of some version or newer."""
    tags = (*(f"manylinux_2_{minor}_{machine}" for minor in range(oldest, 4, -1)), f"manylinux2014_{machine}", f"linux_{machine}")
    return Platform(f"{machine}-manylinux_2_{oldest}", tags, "install.sh")


PLATFORMS = {
    "win_amd64": Platform("x86_64-pc-windows-msvc", ("win_amd64",), "install.cmd"),
    "linux_x86_64": _linux("x86_64"),
    "linux_aarch64": _linux("aarch64"),
}
#: what is copied as it is
PAPERS = ("ATTRIBUTION.md", "SECURITY.md", "LICENSE", "LICENSE-DATA")
_FIRST = """waterdeal {version} for {machine}, Python {python}

Install: {how}
Read:    site/index.html
Licence: LICENSE (code), LICENSE-DATA and ATTRIBUTION.md (tables)

Nothing here asks a network. Every wheel is checked against its SHA-256 in requirements.txt.
"""


class Refused(Exception):
    """A bundle cannot be made, or is not whole: why, line by line."""


def make(out: Path, platform: str, python: str, extras: tuple[str, ...] = (), wheel: Path | None = None) -> None:
    """Make the folder, whole or not at all, of a wheel that is given, or of this tree."""
    if out.exists():
        raise Refused([f"{out} is already there"])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as room:
        made = Path(room, out.name)
        _fill(made, PLATFORMS[platform], python, extras, wheel)
        check(made, platform, python)
        made.rename(out)


def _fill(out: Path, where: Platform, python: str, extras: tuple[str, ...], wheel: Path | None) -> None:
    """Write wheels, requirements, script and pages."""
    wheels = out / "wheels"
    wheels.mkdir(parents=True)
    if wheel is None:
        _uv("build", "--quiet", "--wheel", "--no-create-gitignore", "--out-dir", str(wheels), str(ROOT))
    else:
        shutil.copy(wheel, wheels)
    (own,) = wheels.glob("waterdeal-*.whl")
    version = own.name.split("-")[1]
    asked = f"waterdeal[{','.join(extras)}]" if extras else "waterdeal"
    ours = f"{asked}=={version} --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}\n"
    needed = out / "requirements.txt"
    needed.write_text(requirements(where, python, extras), encoding="utf-8")
    machine = [*(f"--platform={tag}" for tag in where.tags), f"--python-version={python}", "--implementation=cp"]
    plain = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    _run([sys.executable, "-m", "pip", "download", *plain, *machine, "-d", str(wheels), "-r", str(needed)])
    needed.write_text(ours + needed.read_text(encoding="utf-8"), encoding="utf-8")
    for name in PAPERS:
        shutil.copy(ROOT / name, out)
    build_site(out / "site")
    script = (TOOLS / where.script).read_text(encoding="utf-8").replace("@PYTHON@", python)
    is_windows = where.script.endswith(".cmd")
    how = where.script if is_windows else f"sh {where.script}"
    first = _FIRST.format(version=version, machine=where.tags[0], python=python, how=how)
    for name, text in ((where.script, script), ("README.txt", first)):
        (out / name).write_text(text, encoding="utf-8", newline="\r\n" if is_windows else "\n")
    (out / where.script).chmod(0o755)


def build_site(out: Path) -> None:
    """Make the documentation site; one with a link that leads nowhere is refused."""
    made_of = ("--config-file", str(ROOT / "mkdocs.yml"), "--site-dir", str(out))
    _run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", *made_of])


def requirements(where: Platform, python: str, extras: tuple[str, ...]) -> str:
    """What the lock has for a machine, a version and its hashes each: its markers are those of that machine, not of this one."""
    some = [word for extra in extras for word in ("--extra", extra)]
    plain = ("--quiet", "--no-header", "--no-annotate")
    locked = _uv("export", *plain, "--frozen", "--no-dev", "--no-emit-project", *some, "--project", str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        everywhere = Path(folder, "everywhere.txt")
        everywhere.write_text(locked, encoding="utf-8")
        machine = ("--python-platform", where.uv, "--python-version", python)
        return _uv("pip", "compile", *plain, *machine, "--no-deps", "--generate-hashes", "--only-binary", ":all:", str(everywhere))


def check(out: Path, platform: str, python: str) -> None:
    """Install a bundle for its machine into a folder that is thrown away, from its own wheels alone."""
    where = PLATFORMS[platform]
    with tempfile.TemporaryDirectory() as target:
        alone = ("--quiet", "--offline", "--no-index", "--find-links", str(out / "wheels"), "--require-hashes", "--only-binary", ":all:")
        machine = ("--python-platform", where.uv, "--python-version", python, "--target", target)
        _uv("pip", "install", *alone, *machine, "--no-cache", "-r", str(out / "requirements.txt"))


def _uv(*words: str) -> str:
    """Run uv and return what it prints."""
    return _run([sys.executable, "-m", "uv", *words])


def _run(words: list[str]) -> str:
    """Run a program and return what it prints; say what it says where it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused([done.stderr.strip() or done.stdout.strip()])
    return done.stdout


def main(words: list[str] | None = None) -> int:
    """Make a bundle, or check one that is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.bundle", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--platform", choices=PLATFORMS, required=True)
    parser.add_argument("--python", required=True, metavar="VERSION", help="as 3.12")
    parser.add_argument("--extra", action="append", default=[], help="an extra of pyproject.toml, as formats; several times for several")
    parser.add_argument("--wheel", type=Path, help="the wheel of a release (default: one built of this tree)")
    parser.add_argument("--check", action="store_true", help="make nothing: check the bundle in the folder")
    asked = parser.parse_args(words)
    try:
        if asked.check:
            check(asked.folder, asked.platform, asked.python)
        else:
            make(asked.folder, asked.platform, asked.python, tuple(asked.extra), asked.wheel)
    except Refused as refused:
        print("refused:", *refused.args[0], sep="\n", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in asked.folder.rglob("*") if path.is_file())
    print(f"{asked.folder}: {len(list(asked.folder.glob('wheels/*.whl')))} wheels, {size / 2**20:.0f} MiB, whole")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
