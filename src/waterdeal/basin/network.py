"""The river network: which kind of node may feed which, no loops, every drop has somewhere to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from waterdeal.errors import Problem

if TYPE_CHECKING:
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


def make_graph(basin: Basin) -> nx.MultiDiGraph[str]:
    """Make the directed graph of a basin, links keyed by their id.

    Parameters
    ----------
    basin : Basin
        The basin.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes carry ``kind``; edges are keyed by link id.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in basin.table("nodes").itertuples():
        graph.add_node(row.node, kind=row.kind)
    for row in basin.table("links").itertuples():
        graph.add_edge(row.from_node, row.to_node, key=row.link)
    return graph


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
    graph = make_graph(basin)
    problems = []
    if not nx.is_directed_acyclic_graph(graph):
        loop = [str(edge[0]) for edge in nx.find_cycle(graph)]
        found = "water runs in a circle: " + " -> ".join([*loop, loop[0]])
        problems.append(Problem("links.csv", None, "to_node", found, "Turn one of these links round, or remove it."))
    used = set(basin.table("demands")["node"])
    for node, kind in graph.nodes(data="kind"):
        problems += _link_count_problems(graph, str(node), str(kind), used=node in used)
    return problems


def _link_count_problems(graph: nx.MultiDiGraph[str], node: str, kind: str, *, used: bool) -> list[Problem]:
    """Report a node that has too few or too many links for its kind."""
    entering, leaving = LINKS_OF[kind]
    problems = []
    for count, (least, most), words in (
        (graph.in_degree(node), entering, "no link reaches it"),
        (graph.out_degree(node), leaving, "no link leaves it"),
    ):
        if count < least:
            problems.append(Problem("links.csv", None, "link", f"{kind} {node}: {words}", "Add one, or change its kind in nodes.csv."))
        elif most is not None and count > most:
            word = "flows into" if entering == (least, most) and kind == "catchment" else "flows out of"
            problems.append(Problem("links.csv", None, "link", f"a link {word} {kind} {node}", "Change its kind in nodes.csv."))
    if kind == "canal" and not used and not graph.out_degree(node):
        problems.append(Problem("demands.csv", None, "node", f"canal {node} serves no demand and leads nowhere", "Add a demand there."))
    return problems
