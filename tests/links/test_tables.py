"""Tables of large networks: every problem is told at its file, row and field."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.imports.test_matrix import write_ods
from tests.imports.workbooks import write_book
from tests.links.conftest import CALVIN, DAM
from waterdeal.errors import BasinDataError, FileProblem, Problem
from waterdeal.links.large_csv import MOST_TOLD
from waterdeal.links.tables import read_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINKS, NODES, INFLOWS = DAM["links.csv"], DAM["nodes.csv"], DAM["inflows.csv"]


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """Problems told of a folder."""
    with pytest.raises(BasinDataError) as caught:
        read_network(folder)
    return caught.value.problems


LINE = LINKS.splitlines()[3]
CASES = {
    "not a number": ({"links": LINKS.replace("0.8", "0_8x")}, ("links.csv", 4, "gain", '"0_8x" is not a number')),
    "no gain": ({"links": LINKS.replace("0.8", "0")}, ("links.csv", 4, "gain", "0 is no gain")),
    "bounds crossed": ({"links": LINKS.replace("5,50,0", "55,50,0")}, ("links.csv", 3, "lower", "55 is above the upper bound 50")),
    "negative bound": ({"links": LINKS.replace("5,50,0", "-5,50,0")}, ("links.csv", 3, "lower", "-5 is out of range")),
    "endless lower": ({"links": LINKS.replace("5,50,0", "inf,inf,0")}, ("links.csv", 3, "lower", "inf is out of range")),
    "half a piece": ({"links": LINKS.replace("users,2", "users,1.5")}, ("links.csv", 6, "piece", "1.5 is not a whole number")),
    "loop": ({"links": LINKS.replace("dam,dam,1,1", "dam,dam,1,0")}, ("links.csv", 2, "to", "the link ends where it starts within the step")),
    "unknown node": ({"links": LINKS.replace("river,dam,town", "river,dam,twn")}, ("links.csv", 4, "to", '"twn" is not a node of nodes.csv')),
    "blank link": ({"links": LINKS.replace("river,dam", ",dam")}, ("links.csv", 4, "link", "is blank")),
    "unknown step": (
        {"links": LINKS.replace("1,1,2026-05", "1,1,2026-06"), "steps": "step\n2026-04\n2026-05\n"},
        ("links.csv", 3, "step", '"2026-06" is not a step'),
    ),
    "row twice": ({"links": LINKS + LINE + "\n"}, ("links.csv", 7, "piece", 'link "river", piece 1, every step stands here a second time')),
    "row missing": (
        {"links": LINKS.replace("2,0,,1,0,20,-4", "2,0,2026-04,1,0,20,-4")},
        ("links.csv", None, "step", 'link "supply", piece 2 has no row for step 2026-05'),
    ),
    "cost falls": (
        {"links": LINKS.replace(",-4", ",-14")},
        ("links.csv", 6, "cost", 'link "supply", piece 2, step 2026-04: the cost falls from one piece to the next'),
    ),
    "gains differ": (
        {"links": LINKS.replace("2,0,,1,0,20", "2,0,,0.5,0,20")},
        ("links.csv", 6, "gain", 'link "supply", piece 2, step 2026-04: the gain is another than that of the first piece'),
    ),
    "another way": (
        {"links": LINKS.replace("supply,town,users,2", "supply,dam,users,2")},
        ("links.csv", 6, "from", 'link "supply" had another `from` in row 5'),
    ),
    "dead end": ({"nodes": None}, ("links.csv", 5, "to", 'no link leaves node "users", which must balance')),
    "dry end": ({"inflows": "node,step,inflow\ntown,2026-04,1\n", "links": LINKS.replace("dam,dam,1,1", "dam,well,1,1"), "nodes": NODES + "well,sink\n"}, ("links.csv", 4, "from", 'no water reaches node "dam", which must balance')),
    "inflow at a sink": ({"inflows": INFLOWS + "users,,1\n"}, ("inflows.csv", None, "node", '"users" is a source or sink, where inflow counts for nothing')),
    "inflow nowhere": ({"inflows": INFLOWS + "damm,,1\n"}, ("inflows.csv", 4, "node", '"damm" is not a node of the network')),
    "inflow twice": ({"inflows": INFLOWS + "dam,2026-05,1\n"}, ("inflows.csv", 4, "node", "the inflow of this node and step stands here a second time")),
    "inflow blank": ({"inflows": INFLOWS.replace(",10", ",")}, ("inflows.csv", 3, "inflow", "is blank")),
    "no inflows": ({"inflows": None}, ("inflows.csv", None, "", "the file is missing")),
    "strange kind": ({"nodes": NODES.replace("sink", "sea")}, ("nodes.csv", 4, "kind", '"sea" is not a kind')),
    "node twice": ({"nodes": NODES + "dam,sink\n"}, ("nodes.csv", 5, "node", '"dam" stands here a second time')),
    "column missing": ({"links": LINKS.replace("link,from", "name,from")}, ("links.csv", 1, "link", "the column is missing")),
    "column twice": ({"inflows": "node,step,inflow,inflow\n"}, ("inflows.csv", 1, "", "a column stands twice in the header")),
    "decimal comma": ({"inflows": INFLOWS.replace(",60", ",60,5")}, ("inflows.csv", 2, "", "4 cells where the header has 3")),
    "row cut off": ({"links": LINKS.rstrip()[:-12]}, ("links.csv", 6, "", "5 cells where the header has 10")),
    "order of steps": (
        {"inflows": "node,step,inflow\ndam,dry,60\ndam,wet,10\n", "links": LINKS.replace("2026-05", "wet")},
        ("steps.csv", None, "step", "steps such as dry, wet do not tell their order"),
    ),
    "step twice": ({"steps": "step\n2026-04\n2026-05\n2026-04\n"}, ("steps.csv", 4, "step", '"2026-04" stands here a second time')),
    "no day": ({"steps": "step,start\n2026-04,April\n2026-05,2026-05-01\n"}, ("steps.csv", 2, "start", '"April" is not a day')),
    "days back": ({"steps": "step,start\n2026-04,2026-04-01\n2026-05,2026-03-01\n"}, ("steps.csv", 3, "start", "2026-03-01 is not after the step before")),
    "steps overlap": ({"steps": "step,start,end\n2026-04,2026-04-01,2026-05-02\n2026-05,2026-05-01,2026-05-31\n"}, ("steps.csv", 3, "start", "the step starts on 2026-05-01 before the one above has ended")),
    "day of no calendar": ({"steps": "step,start\n2026-04,0001-04-01\n2026-05,2026-05-01\n"}, ("steps.csv", 2, "start", '"0001-04-01" is not a day')),
    "ring without water": (
        {"links": LINKS + "out,lake,bog,1,0,,1,0,9,0\nback,bog,lake,1,0,,1,0,9,0\n", "nodes": NODES + "lake,junction\nbog,junction\n"},
        ("links.csv", 7, "from", 'no water reaches node "lake", which must balance'),
    ),
    "ring without way out": (
        {"links": LINKS + "in,dam,lake,1,0,,1,0,9,0\nout,lake,bog,1,0,,1,0,9,0\nback,bog,lake,1,0,,1,0,9,0\n", "nodes": NODES + "lake,junction\nbog,junction\n"},
        ("links.csv", 9, "to", 'no link leaves node "lake", which must balance'),
    ),
    "lone junction": ({"nodes": NODES + "well,junction\n"}, ("links.csv", None, "from", 'no water reaches node "well", which must balance')),
    "beyond measure": ({"inflows": INFLOWS.replace(",60", ",1e308")}, ("inflows.csv", 2, "inflow", "1e+308 is out of range")),
    "name of a book": ({"links": LINKS.replace("river", "r" * 200_000)}, ("links.csv", None, "link", "a name is longer than 1000 signs")),
    "no text": ({"links": LINKS.replace("river", "ri\0ver")}, ("links.csv", None, "", "the table is no text, or unpacks beyond measure")),
    "limit of no link": ({"limits": "limit,link,upper\nlicence,rivr,3\n"}, ("limits.csv", 2, "link", '"rivr" is not a link of links.csv')),
    "limit of no step": ({"limits": "limit,link,last,upper\nlicence,river,2027,3\n"}, ("limits.csv", 2, "last", '"2027" is not a step')),
    "limit backwards": ({"limits": "limit,link,first,last,upper\nlicence,river,2026-05,2026-04,3\n"}, ("limits.csv", 2, "last", "the last step is before the first")),
    "limit of two sizes": ({"limits": "limit,link,upper\nlicence,river,3\nlicence,supply,4\n"}, ("limits.csv", 3, "upper", 'limit "licence" had another `upper` in row 2')),
    "limit twice": ({"limits": "limit,link,upper\nlicence,river,3\nlicence,river,3\n"}, ("limits.csv", 3, "link", 'limit "licence" counts link "river" a second time')),
    "limit below nothing": ({"limits": "limit,link,upper\nlicence,river,-3\n"}, ("limits.csv", 2, "upper", "-3 is out of range")),
    "no row": ({"links": LINKS.splitlines()[0] + "\n"}, ("links.csv", None, "", "the table has no row")),
}


@pytest.mark.parametrize("case", CASES)
def test_problem_is_told_with_its_place(case: str, write: Callable[..., Path]) -> None:
    """File, row, field and what was found; always with a remedy."""
    changes, told = CASES[case]
    problems = problems_of(write(**{name: None for name, text in changes.items() if text is None} | changes))
    assert told in [(problem.file, problem.row, problem.field, problem.found) for problem in problems]
    assert all(problem.expected for problem in problems)


def test_two_files_of_one_table(write: Callable[..., Path]) -> None:
    """Which one is meant is asked, not guessed."""
    folder = write()
    (folder / "links.csv.gz").write_bytes(gzip.compress(LINKS.encode()))
    assert [(problem.file, problem.found[:27]) for problem in problems_of(folder)] == [("links.csv.gz", "links.csv stands beside it,")]


def test_all_problems_come_together(write: Callable[..., Path]) -> None:
    """Problems of several tables and kinds are one error."""
    links = LINKS.replace("0.8", "-1").replace("5,50,0", "55,50,0")
    problems = problems_of(write(links=links, inflows=INFLOWS + "damm,,x\n", nodes=NODES.replace("sink", "sea")))
    assert {(problem.file, problem.field) for problem in problems} == {
        ("links.csv", "gain"), ("links.csv", "lower"), ("inflows.csv", "node"), ("inflows.csv", "inflow"), ("nodes.csv", "kind"),
    }  # fmt: skip


def test_many_problems_are_counted(write: Callable[..., Path]) -> None:
    """Thousands of bad rows are told as the first ones and a number."""
    rows = "".join(f"x{at},dam,town,,,,0,,,\n" for at in range(3000))
    problems = problems_of(write(links=LINKS + rows))
    assert len(problems) == MOST_TOLD + 1
    assert problems[-1].found == "2950 more problems (3000 in all)"


CALVIN_CASES = {
    "no date": (CALVIN.replace("TOWN.2026-05-31,SINK", "TOWN,SINK").replace("2026-05-31,TOWN.2026-05-31", "2026-05-31,TOWN").replace("2026-04-30,TOWN.2026-04-30", "2026-04-30,TOWN"), ("j", '"TOWN" has no date')),
    "back in time": (CALVIN.replace("DAM.2026-04-30,DAM.2026-05-31", "DAM.2026-05-31,DAM.2026-04-30"), ("j", "the link runs back in time")),
    "no amplitude": (CALVIN.replace("0.9", "0"), ("amplitude", "0 is no gain")),
    "bounds crossed": (CALVIN.replace("40,40", "41,40"), ("lower_bound", "41 is above the upper bound 40")),
}


@pytest.mark.parametrize("case", CALVIN_CASES)
def test_problem_of_californias_tables(case: str, write: Callable[..., Path]) -> None:
    """They are told in the words of those tables."""
    text, told = CALVIN_CASES[case]
    assert told in [(problem.field, problem.found) for problem in problems_of(write({"links.csv": text}))]


def test_fixed_piece_may_cost_less(write: Callable[..., Path]) -> None:
    """A piece that cannot vary, such as dead storage without worth, does not make the cost concave."""
    network = read_network(write(links=LINKS.replace("users,1,0,,1,0,20,-10", "users,1,0,,1,20,20,0")))
    assert network.columns == 8


def test_links_between_the_same_nodes_are_told_apart_by_lag(write: Callable[..., Path]) -> None:
    """Two links of a table with dates that differ in the lag only are two links; a third piece of one is a piece."""
    more = "DAM.2026-04-30,TOWN.2026-05-31,0,0,1,0,3\nDAM.2026-04-30,TOWN.2026-05-31,1,2,1,0,3\n"
    network = read_network(write({"links.csv": CALVIN + more}))
    names = network.shape.links.tolist()
    assert {"DAM-TOWN+0", "DAM-TOWN+1", "DAM-DAM", "INITIAL-DAM", "FINAL-SINK"} <= set(names)
    late = names.index("DAM-TOWN+1")
    assert network.shape.lag[late] == 1
    assert (network.shape.segment_link == late).sum() == 2
    assert network.upper[network.shape.segment_link == late].tolist() == [[3, 0], [3, 0]]


def test_blanks_and_absent_columns_have_their_meaning(write: Callable[..., Path]) -> None:
    """Only names are needed: gain 1, no bounds, no cost, no lag, one step."""
    folder = write(links="link,from,to\nriver,dam,users\n", nodes="node,kind\ndam,junction\nusers,sink\n", inflows="node,inflow\ndam,3\n")
    network = read_network(folder)
    assert (network.steps.labels, network.gain.tolist(), network.upper.tolist()) == (("1",), [[1.0]], [[np.inf]])
    assert (network.lower.sum(), network.cost.sum(), network.inflow.tolist()) == (0, 0, [[3.0], [0.0]])


def test_compressed_tables_quotes_and_blank_lines(write: Callable[..., Path]) -> None:
    """A .csv.gz, a byte-order mark, quoted names, empty lines and blanks around names change nothing."""
    plain = read_network(write())
    folder = write()
    (folder / "links.csv").unlink()
    text = "\ufeff" + LINKS.replace("river,dam", '\n "river ", dam').replace("supply,", '"supply",')
    (folder / "links.csv.gz").write_bytes(gzip.compress(text.encode()))
    packed = read_network(folder)
    assert packed.shape.links.tolist() == plain.shape.links.tolist()
    np.testing.assert_array_equal(packed.gain, plain.gain)


def test_steps_with_days(write: Callable[..., Path]) -> None:
    """A table of steps orders them and gives their days."""
    steps = "step,start,end\n2026-04,2026-04-01,2026-04-30\n2026-05,2026-05-01,2026-05-31\n"
    network = read_network(write(steps=steps))
    assert network.steps.start is not None
    assert network.steps.start[1] == np.datetime64("2026-05-01")


def test_no_folder_and_no_table(tmp_path: Path) -> None:
    """A missing folder is a file problem, an unreadable table too."""
    with pytest.raises(FileProblem, match="not a folder"):
        read_network(tmp_path / "nowhere")
    (tmp_path / "links.csv").write_bytes(b"\xff\xfe\x00link")
    with pytest.raises(FileProblem, match="neither UTF-8 nor"):
        read_network(tmp_path)


@pytest.mark.parametrize("form", ["xlsx", "ods", "cp1251 with semicolons", "utf-16 with tabs"])
def test_tables_of_any_form(form: str, write: Callable[..., Path]) -> None:
    """A workbook, or text as spreadsheets of other countries save it, gives the network of the plain tables; faults are told at their rows."""
    due = read_network(write())
    rows = [row.split(",") for row in LINKS.splitlines()]
    folder = write(links=None)
    (folder / "links.csv").unlink()
    if form == "xlsx":
        write_book(folder / "links.xlsx", {"links": [rows[0], *([_number(cell) for cell in row] for row in rows[1:])]})
    elif form == "ods":
        write_ods(folder / "links.ods", rows)
    else:
        mark, encoding = (";", "cp1251") if "cp1251" in form else ("\t", "utf-16")
        text = "\n".join(mark.join(cell.replace(".", ",") for cell in row) for row in rows).replace("river", "река")
        (folder / "links.csv").write_bytes(text.encode(encoding))
    network = read_network(folder)
    for name in ("gain", "lower", "upper", "cost", "inflow"):
        assert sorted(getattr(network, name).ravel()) == sorted(getattr(due, name).ravel())
    if form == "xlsx":
        bad = ["x", "dam", "town", 1, 0, None, "no number", 0, 1, 0]
        write_book(folder / "links.xlsx", {"links": [rows[0], *([_number(cell) for cell in row] for row in rows[1:]), bad]})
        assert ("links.xlsx", len(rows) + 1, "gain") in [(problem.file, problem.row, problem.field) for problem in problems_of(folder)]


def _number(cell: str) -> float | str | None:
    """A cell of a workbook."""
    try:
        return float(cell)
    except ValueError:
        return cell or None
