"""Layers of figures by party: folders of tables that hold only the cells in which a party differs from the basin, and their source."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError

from waterdeal.basin.cells import Column, Table, check_cells, did_you_mean, number_of, read_table
from waterdeal.basin.check import check_basin
from waterdeal.basin.claims import SALT_FILE, Claim, Layer
from waterdeal.basin.hydrology import check_runoff
from waterdeal.basin.provenance import find_origins, not_parties
from waterdeal.basin.table_file import ENDINGS
from waterdeal.basin.tables import HYDROLOGY, TABLES
from waterdeal.documents import explain, read_toml, schema_problem
from waterdeal.errors import BasinDataError, FileProblem, Problem, make_problem, why_of
from waterdeal.fields import Frozen
from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from waterdeal.basin.claims import Figure
    from waterdeal.basin.schema import Basin

HEADER = "layer.toml"
#: tables that hold no figure of a river that a party could have of its own
_TOLD = frozenset({"provenance", "sources", "records", "crossings", "published"})
#: tables of which layers may hold figures
CLAIMED = {name: table for name, table in {**TABLES, "hydrology": HYDROLOGY}.items() if name not in _TOLD}
#: what a row of a layer says of itself
_STATUS = next(column for column in TABLES["provenance"].columns if column.name == "status")
_OF_ROW = (_STATUS, Column("source", refers="sources.source"), Column("note", blank=True), Column("accepted_by", blank=True))


class LayerHeader(Frozen):
    """What ``layer.toml`` holds."""

    schema_id: Annotated[str, Field(alias="schema")]
    basin: str
    version: str = ""
    party: str
    private: bool = False
    title: dict[Literal["en", "ru", "kk", "uz"], str] = Field(default_factory=dict)
    note: str = ""


def read_layers(names: Iterable[str], home: Path, basin: Basin) -> tuple[Layer, ...]:
    """Read and check the layers of a basin, folders below another; BasinDataError with every problem of the first that has any."""
    layers = tuple(_read_layer(name, home, basin) for name in names)
    counts = Counter((claim.party, *claim.cell) for layer in layers for claim in layer.claims)
    if twice := [key for key, count in counts.items() if count > 1]:
        told = [
            make_problem(HEADER, None, field, "layers.twice", party=party, cell=_told(table, row)) for party, table, row, field in twice[:5]
        ]
        raise BasinDataError(", ".join(layer.name for layer in layers), told)
    if len(parties := list(dict.fromkeys(layer.party for layer in layers if layer.salt))) > 1:
        told = [make_problem(HEADER, None, "private", "layers.private_of_two", parties=", ".join(parties))]
        raise BasinDataError(", ".join(layer.name for layer in layers if layer.salt), told)
    for party in dict.fromkeys(layer.party for layer in layers):
        own = [layer for layer in layers if layer.party == party]
        if problems := _unsound(basin, own):
            raise BasinDataError(", ".join(layer.name for layer in own), problems)
    return layers


def _unsound(basin: Basin, layers: Sequence[Layer]) -> list[Problem]:
    """Check a basin with all figures of some layers, as it is checked without."""
    laid = lay(basin, layers, lambda _claim: True)
    return [*check_basin(laid), *check_runoff(laid.runoff, "hydrology.csv")]


def _read_layer(name: str, home: Path, basin: Basin) -> Layer:
    """Read one layer."""
    root = home / name
    if not (root / HEADER).is_file():
        raise FileProblem(say("layers.no_folder", folder=name, file=HEADER))
    header = _header(root, name, basin)
    problems: list[Problem] = []
    read: dict[str, str] = {}
    known = [*CLAIMED, "sources"]
    files = sorted(file for file in root.iterdir() if file.suffix.lower() in ENDINGS)
    strange = [file.name for file in files if file.stem not in known]
    problems += [_strange(f"{name}/{file}", known) for file in strange]
    sources = _table(root, name, replace(TABLES["sources"], optional=True), problems, read)
    problems += check_cells(sources, replace(TABLES["sources"], name=f"{name}/sources"), {})
    both = pd.DataFrame({"source": [*basin.ids("sources"), *sources["source"].tolist()]})
    both.attrs |= {key: told for key, told in sources.attrs.items() if key == "unread"}
    claims: list[Claim] = []
    for table in [table for table in CLAIMED if any(file.stem == table for file in files)]:
        before = len(problems)
        rows = _table(root, name, _asked(table), problems, read)
        problems += check_cells(rows, replace(_asked(table), name=f"{name}/{table}"), {"sources": both})
        if len(problems) == before:
            claims += _claims(basin, header.party, (table, name), rows, problems)
    if header.private:
        problems += _not_private(name, claims)
    if not claims and not problems:
        problems.append(make_problem(f"{name}/{HEADER}", None, "", "layers.empty"))
    if problems:
        raise BasinDataError(name, problems)
    listed = [{column.name: str(row[column.name]) for column in TABLES["sources"].columns} for row in sources.to_dict("records")]
    held = {file: (root / file).read_bytes() for file in (HEADER, *read)}
    layer = Layer(name, header.party, tuple(claims), tuple(listed), held)
    return _kept_at_home(layer, root / SALT_FILE) if header.private else layer


def _table(root: Path, name: str, table: Table, problems: list[Problem], read: dict[str, str]) -> pd.DataFrame:
    """Read a table of a layer; its problems name the folder."""
    found: list[Problem] = []
    rows = read_table(root / f"{table.name}.csv", table, found, read)
    problems += [replace(problem, file=f"{name}/{problem.file}") for problem in found]
    return rows


def _strange(file: str, known: Sequence[str]) -> Problem:
    """Say that a file is no table of a layer, and which one may be meant."""
    return Problem(file, None, "", say("layers.table_strange"), did_you_mean(file.rpartition("/")[2].rpartition(".")[0], known))


def _not_private(name: str, claims: Iterable[Claim]) -> Iterator[Problem]:
    """Report columns of a private layer whose figures every plan tells."""
    private = {f"{table}.{column.name}": column.private for table, whole in CLAIMED.items() for column in whole.columns}
    known = ", ".join(column for column, may_be in private.items() if may_be)
    for table, field in dict.fromkeys((claim.table, claim.field) for claim in claims):
        if not private[f"{table}.{field}"]:
            yield make_problem(f"{name}/{table}.csv", None, field, "layers.not_private", known=known)


def _kept_at_home(layer: Layer, place: Path) -> Layer:
    """Return a private layer with its salt, made where there is none yet; what it says of its sources stays in its folder."""
    source = f"private_{layer.party}".lower()
    try:
        if not place.exists() or not place.stat().st_size:  # a command that was stopped may have left an empty one
            place.touch(mode=0o600)
            place.write_text(secrets.token_hex(32), "ascii")
        raw = place.read_bytes()
    except OSError as error:
        raise FileProblem(say("layers.salt", file=f"{layer.name}/{SALT_FILE}", why=why_of(error))) from error
    if not re.fullmatch(rb"[0-9a-f]{64}", raw.strip()):
        raise FileProblem(say("layers.salt", file=f"{layer.name}/{SALT_FILE}", why=say("layers.no_salt")))
    claims = tuple(replace(claim, source=source, note="") for claim in layer.claims)
    told = {"source": source, "citation": layer.name, "licence": "-", "accessed": ""}
    return replace(layer, claims=claims, sources=(told,), files={**layer.files, SALT_FILE: raw}, salt=raw.decode("ascii").strip())


def _header(root: Path, name: str, basin: Basin) -> LayerHeader:
    """Read what a layer says of itself, or say what is wrong with it."""
    content, file = read_toml(root / HEADER, root.resolve(), {}, BasinDataError), f"{name}/{HEADER}"
    if wrong := schema_problem("layer", file, content.get("schema", "")):
        raise BasinDataError(name, [wrong])
    try:
        header = LayerHeader.model_validate(content)
    except ValidationError as error:
        raise BasinDataError(name, [explain(file, part, LayerHeader) for part in error.errors()]) from error
    problems, version = [], basin.version
    if header.basin != basin.id:
        problems.append(make_problem(file, None, "basin", "layers.other_basin", stated=header.basin, basin=basin.id))
    elif header.version and header.version != version:
        problems.append(make_problem(file, None, "version", "layers.other_version", stated=header.version, version=version or "-"))
    problems += not_parties(basin, file, "party", [header.party])
    if problems:
        raise BasinDataError(name, problems)
    return header


def _asked(table: str) -> Table:
    """Columns of a table of a layer: those of its key, its figures, of which any may be blank, and what is said of each row."""
    whole = CLAIMED[table]
    keys = [replace(column, blank=False, refers="") for column in whole.columns if column.name in whole.key]
    figures = [replace(column, blank=True) for column in whole.columns if column.name not in whole.key and column.kind == "number"]
    return Table(whole.name, (*keys, *figures, *_OF_ROW), whole.key)


def _claims(basin: Basin, party: str, named: tuple[str, str], rows: pd.DataFrame, problems: list[Problem]) -> Iterator[Claim]:
    """Yield the cells of a table of a layer that hold a figure; those that the basin does not have are problems."""
    table, layer = named
    asked, places = _asked(table), cells_of(basin, table)
    figures = [column.name for column in asked.columns if column.kind == "number" and column.name not in asked.key]
    for line, row in zip(rows["line"].tolist(), rows.to_dict("records"), strict=True):
        key, file = _key(table, row), f"{layer}/{table}.csv"
        if key not in places:
            near = did_you_mean(str(key[0]), {str(place[0]) for place in places} - {str(key[0])})
            problems.append(make_problem(file, line, asked.key[0], "layers.no_cell", cell=_told(table, key), near=near))
        elif not any(row[name] for name in figures):
            problems.append(make_problem(file, line, "", "layers.no_figure", cell=_told(table, key), known=", ".join(figures)))
        problems += not_parties(basin, file, "accepted_by", str(row["accepted_by"]).split(), line)
        told = {name: str(row[name]) for name in ("status", "source", "note", "accepted_by")}
        yield from (Claim(table, key, name, number_of(row[name]), party, **told) for name in figures if row[name])


def _key(table: str, row: Mapping[Any, Any]) -> tuple[str | float, ...]:
    """Key of a row, numbers as numbers, so that 1 and 1.0 are one."""
    columns = [column for column in CLAIMED[table].columns if column.name in CLAIMED[table].key]
    return tuple(number_of(row[column.name]) if column.kind in {"number", "month"} else str(row[column.name]) for column in columns)


def _told(table: str, key: Sequence[str | float]) -> str:
    """Name the row of a table for people."""
    return f"{table}: {', '.join(f'{part:g}' if isinstance(part, float) else part for part in key)}"


def cells_of(basin: Basin, table: str) -> dict[tuple[str | float, ...], int]:
    """Return the place of each row of a table of a basin by its key; of the hydrology in the flat array of the runoff."""
    return basin.kept(("cells", table), lambda one: {key: place for place, key in enumerate(_keys(one, table))})


def _keys(basin: Basin, table: str) -> Iterator[tuple[str | float, ...]]:
    """Yield the key of each row of a table of a basin."""
    if table != "hydrology":
        yield from (_key(table, row) for row in basin.rows(table))
        return
    runoff = basin.runoff
    for node in runoff["node"].values.tolist():
        for name in runoff["year_class"].values.tolist():
            yield from ((str(node), str(name), float(month)) for month in runoff["month"].values.tolist())


def value_in(basin: Basin, table: str, row: tuple[str | float, ...], name: str) -> float:
    """Return the figure that stands in a cell of a basin; NaN where it is blank."""
    place = cells_of(basin, table)[row]
    return float(basin.runoff.values.reshape(-1)[place] if table == "hydrology" else basin.tables[table][name].iloc[place])


def lay(basin: Basin, layers: Sequence[Layer], chosen: Callable[[Claim], bool]) -> Basin:
    """Return a basin in which the cells of layers that are chosen stand for its own, with their sources."""
    claims = [claim for layer in layers for claim in layer.claims if chosen(claim)]
    laid, accepted = replace(basin, beneath=basin, layers=tuple(layers)), _accepted(basin, layers, claims)
    if not claims and not accepted:
        return laid
    runoff = basin.runoff.copy(data=basin.runoff.values.copy())
    tables = dict(basin.tables)
    for claim in claims:
        place = cells_of(basin, claim.table)[claim.row]
        if claim.table == "hydrology":
            runoff.values.reshape(-1)[place] = claim.value
            continue
        if tables[claim.table] is basin.tables[claim.table]:
            tables[claim.table] = basin.tables[claim.table].copy()
        rows = tables[claim.table]
        rows[claim.field] = rows[claim.field].where(np.arange(len(rows)) != place, claim.value)
    tables["provenance"] = _origins(basin, claims, accepted)
    used, known = {claim.source for claim in claims}, set(basin.ids("sources"))
    new = [row for layer in layers for row in layer.sources if row["source"] in used - known]
    tables["sources"] = pd.concat([basin.tables["sources"], pd.DataFrame(new, dtype=object)], ignore_index=True).drop_duplicates("source")
    return replace(laid, tables=tables, runoff=runoff)


def _accepted(basin: Basin, layers: Sequence[Layer], chosen: Iterable[Claim]) -> dict[Figure, set[str]]:
    """Return who accepts a figure by claiming of it what is planned with: another party's value, then both do, or the basin's."""
    used = {claim.cell: claim for claim in chosen}
    claims: dict[Figure, dict[str, dict[tuple[str | float, ...], float]]] = {}
    for claim in (claim for layer in layers for claim in layer.claims):
        claims.setdefault(claim.figure, {}).setdefault(claim.party, {})[claim.row] = claim.value
    found: dict[Figure, set[str]] = {}
    for figure, parties in claims.items():
        own = {row: value_in(basin, figure[0], row, figure[2]) for row in {row for held in parties.values() for row in held}}
        cells = {row: used.get((figure[0], row, figure[2])) for row in own}
        planned = own | {row: claim.value for row, claim in cells.items() if claim is not None}
        users = {claim.party for claim in cells.values() if claim is not None}
        same = {party for party, held in parties.items() if all(_same((own | held)[row]) == _same(planned[row]) for row in own)}
        if same - users:
            found[figure] = same
    return found


def _origins(basin: Basin, claims: Iterable[Claim], accepted: Mapping[Figure, set[str]]) -> pd.DataFrame:
    """Provenance of a basin with that of claims over it, a row a figure."""
    rows = {(row["table"], row["key"], row["field"]): dict(row) for row in basin.rows("provenance")}
    origins = find_origins(basin)
    for claim in claims:
        told = {"status": claim.status, "source": claim.source, "note": claim.note or say("origin.layer", party=claim.party)}
        place = dict(zip(("table", "key", "field"), claim.figure, strict=True))
        rows[claim.figure] = {**place, **told, "accepted_by": claim.accepted_by, "claimed_by": claim.party}
    for figure, parties in accepted.items():
        if figure not in rows:
            origin = origins[figure]
            told = dict.fromkeys(("status", "source", "note", "accepted_by", "claimed_by"), "") if origin is None else origin.as_row()
            rows[figure] = {**dict(zip(("table", "key", "field"), figure, strict=True)), **told}
        rows[figure]["accepted_by"] = " ".join(sorted({*rows[figure]["accepted_by"].split(), *parties}))
    return pd.DataFrame(list(rows.values()), columns=basin.tables["provenance"].columns, dtype=object)


def values_by_party(basin: Basin, layers: Sequence[Layer]) -> dict[Figure, dict[str, dict[tuple[str | float, ...], float]]]:
    """Return what is disputed: by figure, the cells of which parties have values apart, as the basin ("") and each party have them."""
    claims: dict[Figure, list[Claim]] = {}
    for claim in (claim for layer in layers for claim in layer.claims):
        claims.setdefault(claim.figure, []).append(claim)
    found: dict[Figure, dict[str, dict[tuple[str | float, ...], float]]] = {}
    for figure, stated in claims.items():
        own = {claim.row: value_in(basin, claim.table, claim.row, claim.field) for claim in stated}
        parties = dict.fromkeys(claim.party for claim in stated)
        values = {"": own} | {party: own | {claim.row: claim.value for claim in stated if claim.party == party} for party in parties}
        apart = {row for row in own if len({_same(held[row]) for held in values.values()}) > 1}
        if apart:
            found[figure] = {party: {row: held[row] for row in own if row in apart} for party, held in values.items()}
    return found


def _same(value: float) -> float | None:
    """Make blanks equal."""
    return None if isnan(value) else float(np.float64(value))
