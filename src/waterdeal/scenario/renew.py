"""A copy of a bundled case brought up to a newer version: what she changed and what is new, in a folder of its own."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from waterdeal.basin.merge import Clash, Merge, TableText, merge_tables, read_text, table_bytes
from waterdeal.basin.table_file import find_file
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.errors import FileProblem, why_of
from waterdeal.scenario.given_out import NOTE, case_of, digest, made_from, note_of, versions_of
from waterdeal.scenario.merge import merge_documents
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from waterdeal.scenario.given_out import Files

#: list of what both changed, in the new folder
CLASHES = "conflicts.csv"
#: what marks a folder of results, which is of the old basin
_RESULTS = frozenset({"plan.nc", "inputs.nc", "run.json", "manifest.json"})
_COLUMNS = ("file", "row", "column", "before", "yours", "new")


@dataclass
class Renewed:
    """A copy brought up to a newer version."""

    case: str
    before: str  # version it was made from
    version: str  # version it stands on now
    files: Files = field(default_factory=dict)
    found: Merge = field(default_factory=Merge)
    left: list[str] = field(default_factory=list)  # folders of results, which stay in the old folder


def renew(folder: Path, base: str = "", remark: str = "") -> Renewed:
    """Merge a copy of a bundled case with the bundled one, against the version that the copy was made from."""
    if not folder.is_dir():
        raise FileProblem(say("update.no_folder", folder=folder))
    case = case_of(folder)
    versions = versions_of(case)
    before, version = made_from(folder, case, versions, base), next(reversed(versions))
    made = Renewed(case, before, version)
    try:
        yours = _yours(folder, made.left)
    except OSError as error:
        raise FileProblem(say("general.file_unreadable", file=folder, value=why_of(error))) from error
    with tempfile.TemporaryDirectory() as place:
        merging = _Merging(Path(place), {"before": versions[before], "yours": yours, "new": versions[version]}, made, remark)
        for name in merging.names():
            merging.merge(name)
    made.files[NOTE] = note_of(case, versions[version])
    if made.found.clashes:
        made.files[CLASHES] = _clash_table(made.found.clashes)
    return made


def _yours(folder: Path, left: list[str]) -> Files:
    """Read the files of a copy; folders of results are left out, and named."""
    found: Files = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in {NOTE, CLASHES, "__pycache__"}:
            continue
        if entry.is_dir() and (entry.name == "out" or any(file.name in _RESULTS for file in entry.rglob("*"))):
            left.append(entry.name)
        elif entry.is_dir():
            found |= {f"{entry.name}/{name}": content for name, content in _yours(entry, left).items()}
        elif entry.is_file():
            found[entry.name] = entry.read_bytes()
    return found


class _Merging:
    """Three cases beside one another, file by file."""

    def __init__(self, place: Path, sides: Mapping[str, Files], made: Renewed, remark: str) -> None:
        """Write the tables of the three out, so that they are read as every table of a basin is."""
        self.place, self.sides, self.made, self.remark = place, sides, made, remark
        for side, files in sides.items():
            for name, content in files.items():
                if name.startswith(f"{made.case}/"):
                    (place / side / name).parent.mkdir(parents=True, exist_ok=True)
                    (place / side / name).write_bytes(content)

    def names(self) -> list[str]:
        """Names of all files; a table that she keeps in another form goes by the name it was given out under."""
        forms = {form for name in self.sides["new"] | self.sides["before"] for form in self._forms(name) if form != name}
        return sorted({name for files in self.sides.values() for name in files} - forms)

    def _forms(self, name: str) -> list[str]:
        """Return the files of hers that hold a table."""
        if not _table(name, self.made.case):
            return [name]
        return [f"{self.made.case}/{found.name}" for found in find_file(self.place / "yours" / name)]

    def merge(self, name: str) -> None:
        """Merge one file, or keep hers and list it."""
        forms = [form for form in self._forms(name) if form in self.sides["yours"]]
        mine = forms[0] if forms else name
        old, own, new = self.sides["before"].get(name), self.sides["yours"].get(mine), self.sides["new"].get(name)
        files, found = self.made.files, self.made.found
        if _same(own, new) or _same(old, own):
            found.taken += 0 if _same(own, new) else self._count(name, mine, "taken")
            if new is not None:
                files[name] = new
            return
        if _same(old, new):
            found.kept += self._count(name, mine, "kept")
            files |= {form: self.sides["yours"][form] for form in forms or [name] if form in self.sides["yours"]}
            return
        if own is not None and new is not None and (merged := self._merged(name, mine)) is not None:
            files[name] = merged[0]
            _add(found, merged[1])
            return
        if own is not None:
            files[mine] = own
        found.clashes.append(Clash(name, "", "", *("" if side is None else digest(side)[:12] for side in (old, own, new))))

    def _count(self, name: str, mine: str, what: Literal["taken", "kept"]) -> int:
        """Count what one side alone changed in a file; one that cannot be read by cell or key counts once."""
        there = self.sides["yours"].get(mine) is not None and self.sides["new"].get(name) is not None
        merged = self._merged(name, mine) if there else None
        return 1 if merged is None else getattr(merged[1], what)

    def _merged(self, name: str, mine: str) -> tuple[bytes, Merge] | None:
        """Merge a table or a document; None where one of the three cannot be read."""
        before, new = (self.sides[side].get(name) for side in ("before", "new"))
        if table := _table(name, self.made.case):
            read = [read_text(self.place / side / one, table) for side, one in (("yours", mine), ("new", name))]
            old = TableText((), {}) if before is None else read_text(self.place / "before" / name, table)
            if old is None or read[0] is None or read[1] is None:
                return None
            whole, found = merge_tables(name, old, read[0], read[1])
            return table_bytes(whole), found
        if not name.endswith(".toml"):
            return None
        texts = [(side or b"").decode("utf-8-sig", "replace").replace("\r\n", "\n") for side in (before, self.sides["yours"][mine], new)]
        told = merge_documents(name, (texts[0], texts[1], texts[2]), self.remark)
        return None if told is None else (told[0].encode(), told[1])


def _table(name: str, case: str) -> str:
    """Return the table of a basin that a file holds, nothing for other files."""
    stem = name.removeprefix(f"{case}/").removesuffix(".csv")
    return stem if name == f"{case}/{stem}.csv" and stem in {*TABLES, HYDROLOGY.name} else ""


def _same(one: bytes | None, other: bytes | None) -> bool:
    """Whether two files hold the same, whatever ends their lines."""
    return one == other if one is None or other is None else digest(one) == digest(other)


def _add(whole: Merge, part: Merge) -> None:
    """Count a part into the whole."""
    whole.clashes += part.clashes
    whole.taken += part.taken
    whole.kept += part.kept


def _clash_table(clashes: list[Clash]) -> bytes:
    """Write what both changed as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([getattr(clash, name) for name in _COLUMNS] for clash in clashes)
    return text.getvalue().encode()
