"""Keep a bundled case as it is given out, so that copies of it can be brought up to later ones: ``python -m tools.given_out syrdarya``.

All versions stand in ``data/given_out/CASE.tar.xz``, which is the same whenever it is made. A version that stands there never changes.
"""

from __future__ import annotations

import argparse
import io
import sys
import tarfile
from typing import TYPE_CHECKING

from waterdeal.scenario.given_out import archive_of, case_files, given_out, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def packed(versions: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """Pack versions in their order, files sorted, all times 0."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:xz", preset=9) as parts:
        for version, files in versions.items():
            for name, content in sorted(files.items()):
                member = tarfile.TarInfo(f"{version}/{name}")
                member.size = len(content)
                parts.addfile(member, io.BytesIO(content))
    return whole.getvalue()


def keep(case: str, archive: Path) -> str:
    """Add the bundled case to those given out; return what is wrong, and then nothing was written."""
    files, versions = case_files(case), given_out(archive)
    version = version_of(case, files)
    if not version:
        return f"{case}/basin.toml states no version"
    if versions.get(version, files) != files:
        return f"{version} was given out with other figures: give this one a version, a date and a change in {case}/basin.toml"
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(packed({**versions, version: files}))
    return ""


def main(words: list[str] | None = None) -> int:
    """Keep one case."""
    parser = argparse.ArgumentParser(prog="python -m tools.given_out", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("case", help="a bundled case, as syrdarya")
    case = parser.parse_args(words).case
    wrong = keep(case, archive_of(case))
    print(f"refused: {wrong}" if wrong else archive_of(case), file=sys.stderr if wrong else sys.stdout)
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
