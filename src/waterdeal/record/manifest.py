"""The manifest of a record: the SHA-256 of every file, and short digests of its cells, lines or variables, to name what was altered."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from waterdeal.errors import why_unread
from waterdeal.provenance import build_id
from waterdeal.record.archive import MANIFEST
from waterdeal.record.finding import Finding, altered, capped, told
from waterdeal.record.page import Page, pages_of, paired_rows, short_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: a manifest names the build that made it since the second format; since the third plan and term sheet are of the formats that came then
SCHEMA, SECOND, FIRST = "waterdeal/record@3", "waterdeal/record@2", "waterdeal/record@1"


def make_manifest(files: Mapping[str, bytes], build: str = "", schema: str = SCHEMA) -> bytes:
    """Make the manifest of a record; without a build it is of the first format."""
    hashes = file_hashes(files)
    entries = {name: {"sha256": hashes[name], "pages": [_entry(page) for page in pages_of(name, files[name])]} for name in hashes}
    head = {"schema": schema, "build_id": build} if build else {"schema": FIRST}
    content = {**head, "record_sha256": record_digest(hashes), "files": entries}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of every file but the manifest, names sorted."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files) if name != MANIFEST}


def record_digest(hashes: Mapping[str, str]) -> str:
    """One SHA-256 for a whole record: that of the list ``sha256sum`` would print for its files, sorted by name."""
    return hashlib.sha256("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()).hexdigest()


def _entry(page: Page) -> dict[str, Any]:
    """Digests of a page, with the names of its columns or rows where a spreadsheet or NetCDF file has them."""
    entry: dict[str, Any] = {"name": page.name} if page.name else {}
    if page.keys:
        cells = zip(page.keys, page.rows, strict=True)
        return {**entry, "keys": {key: cell if key.startswith("variable ") else short_digest(cell) for key, (cell,) in cells}}
    return {**entry, "rows": page.digests}


def manifest_findings(files: Mapping[str, bytes]) -> list[Finding]:
    """Compare a record with its manifest, and the manifest with what it should be for these files."""
    try:
        content = json.loads(files[MANIFEST])
        build, schema = str(content.get("build_id", "")), str(content.get("schema", ""))
        schema = (schema if schema == SECOND else SCHEMA) if build else FIRST
        if files[MANIFEST] == make_manifest(files, build, schema):
            return []
        stated = {str(name): dict(entry) for name, entry in content["files"].items()}
        signed = {name: str(entry.get("sha256", "")) for name, entry in stated.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [told(MANIFEST, "", "records.manifest_unreadable", error=why_unread(error))]
    actual = file_hashes(files)
    consistent = record_digest(signed) == content.get("record_sha256")
    findings = [told(name, "", "records.file_missing") for name in signed if name not in actual]
    findings += [told(name, "", "records.not_in_manifest") for name in actual if name not in signed]
    for name in sorted(set(signed) & set(actual)):
        findings += capped(_file_findings(name, files[name], stated[name], consistent=consistent, own=build == build_id()), name)
    if not consistent and signed == actual:
        findings.append(altered(MANIFEST, "record_sha256", content.get("record_sha256"), record_digest(actual), "records.files_give"))
    if content.get("schema") != schema:
        findings.append(altered(MANIFEST, "schema", content.get("schema"), schema, "records.should_say"))
    if not findings and build != build_id():  # the bytes of a manifest are those of the code that wrote it; the digests are not
        return []
    return findings or [told(MANIFEST, "", "records.manifest_bytes")]


def _file_findings(name: str, content: bytes, stated: Mapping[str, Any], *, consistent: bool, own: bool) -> Iterator[Finding]:
    """Compare one file with its entry: what differs although the file is whole was altered there, if this code (`own`) made it."""
    digest, signed = hashlib.sha256(content).hexdigest(), stated.get("sha256")
    due = [_entry(page) for page in pages_of(name, content)]
    pages = stated.get("pages")
    if digest == signed:
        if pages != due and own:
            yield told(MANIFEST, name, "records.digests_altered")
        return
    if pages == due and not consistent:
        yield altered(MANIFEST, f"{name}, sha256", signed, digest, "records.file_gives")
        return
    found = [finding for page in pages_of(name, content) for finding in _page_findings(name, page, pages)]
    yield from found or [told(name, "", "records.not_the_signed")]


def _page_findings(name: str, page: Page, pages: Any) -> Iterator[Finding]:
    """Name what differs from the digests of a page."""
    entry = next((part for part in pages or () if isinstance(part, dict) and part.get("name", "") == page.name), None)
    if entry is None:
        yield told(name, f"sheet {page.name}" if page.name else "", "records.page_not_in_manifest")
    elif page.keys:
        now, signed = _entry(page)["keys"], entry.get("keys", {})
        changed = [(key, row) for key, row in zip(page.keys, page.rows, strict=True) if signed.get(key, now[key]) != now[key]]
        yield from (altered(name, key, row[0], "", "records.not_signed") for key, row in changed)
        yield from (told(name, key, "records.added") for key in now if key not in signed)
        yield from (told(name, key, "records.missing") for key in signed if key not in now)
    else:
        signed_rows = [str(row) for row in entry.get("rows", ())]
        for row, other in paired_rows(page.digests, signed_rows):
            yield from _row_findings(name, page, row, None if other is None else signed_rows[other])


def _row_findings(name: str, page: Page, row: int | None, signed: str | None) -> Iterator[Finding]:
    """Name the cells of a row that differ from their digests."""
    if row is None:
        yield told(name, "", "records.signed_row_missing")
    elif signed is None:
        yield told(name, page.row_name(row), "records.row_added", value=", ".join(page.rows[row]))
    else:
        digests, cells = signed.split(" "), page.rows[row]
        if len(digests) != len(cells):
            yield altered(name, page.row_name(row), ", ".join(cells), "", "records.not_signed")
            return
        changed = [place for place, cell in enumerate(cells) if short_digest(cell) != digests[place]]
        yield from (altered(name, page.where(row, place), cells[place], "", "records.not_signed") for place in changed)
