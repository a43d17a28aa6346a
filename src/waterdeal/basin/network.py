"""The river network: which kind of node may feed which, no loops, every drop has somewhere to go."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from waterdeal.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from waterdeal.basin.schema import Basin

#: least and most links that may (enter, leave) a node of each kind; None = any number
LINKS_OF: dict[str, tuple[tuple[int, int | None], tuple[int, int | None]]] = {
    "catchment": ((0, 0), (1, None)),
    "junction": ((1, None), (1, None)),
    "gauge": ((1, None), (1, None)),
    "reservoir": ((0, None), (1, None)),
    "lake": ((1, None), (0, None)),
    "canal": ((1, None), (0, None)),
    "outlet": ((1, None), (0, 0)),
}


def check_network(basin: Basin) -> list[Problem]:
    """Report loops, dead ends and links that a kind of node cannot have.

    Parameters
    ----------
    basin : Basin
        Basin whose cells are sound.

    Returns
    -------
    list of Problem
        All of them.
    """
    nodes, links = basin.table("nodes"), basin.table("links")
    starts, ends = links["from_node"].tolist(), links["to_node"].tolist()
    problems = []
    loop = _loop(starts, ends)
    if loop:
        found = "water runs in a circle: " + " -> ".join(loop)
        problems.append(Problem("links.csv", None, "to_node", found, "Turn one of these links round, or remove it."))
    entering, leaving, used = Counter(ends), Counter(starts), set(basin.table("demands")["node"])
    for node, kind in zip(nodes["node"].tolist(), nodes["kind"].tolist(), strict=True):
        problems += _link_count_problems(str(node), str(kind), (entering[node], leaving[node]), used=node in used)
    return problems


def _loop(starts: Sequence[str], ends: Sequence[str]) -> list[str]:
    """Return the nodes that water passes on one way round, the first one again at the end; none where there is no loop."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for start, end in zip(starts, ends, strict=True):
        graph.add(end, start)
    try:
        graph.prepare()
    except CycleError as error:
        return [str(node) for node in error.args[1]]
    return []


def _link_count_problems(node: str, kind: str, counts: tuple[int, int], *, used: bool) -> list[Problem]:
    """Report a node that has too few or too many links for its kind, given how many enter and leave it."""
    entering, leaving = LINKS_OF[kind]
    problems = []
    for count, (least, most), words in zip(counts, (entering, leaving), ("no link reaches it", "no link leaves it"), strict=True):
        if count < least:
            problems.append(Problem("links.csv", None, "link", f"{kind} {node}: {words}", "Add one, or change its kind in nodes.csv."))
        elif most is not None and count > most:
            word = "flows into" if entering == (least, most) and kind == "catchment" else "flows out of"
            problems.append(Problem("links.csv", None, "link", f"a link {word} {kind} {node}", "Change its kind in nodes.csv."))
    if kind == "canal" and not used and not counts[1]:
        problems.append(Problem("demands.csv", None, "node", f"canal {node} serves no demand and leads nowhere", "Add a demand there."))
    return problems
