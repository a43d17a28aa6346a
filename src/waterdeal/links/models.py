"""Models of other tools on their way to the tables of a network: links, nodes, inflows and steps, and what of a model they leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class ModelTables:
    """Tables of a network made of a model of another tool, and what of the model they leave out."""

    links: list[dict[str, Any]] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)  # kind of each node
    inflows: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def leave(self, key: str, /, **values: object) -> None:
        """List something that is not carried, once."""
        told = say(key, **values)
        if told not in self.left:
            self.left.append(told)

    def add_link(self, name: str, ends: tuple[str, str], figures: Mapping[str, Any], piece: int = 1, lag: int = 0) -> None:
        """Add a link: one row where its figures are the same in every step, else a row a step."""
        fixed = {"link": name, "from": ends[0], "to": ends[1], "piece": piece, "lag": lag}
        arrays = {key: value for key, value in figures.items() if isinstance(value, np.ndarray) and (value != value[0]).any()}
        plain = {key: float(value[0]) if isinstance(value, np.ndarray) else value for key, value in figures.items() if key not in arrays}
        if not arrays:
            self.links.append({**fixed, "step": "", **plain})
            return
        for at, step in enumerate(self.steps):
            self.links.append({**fixed, "step": step["step"], **plain, **{key: float(value[at]) for key, value in arrays.items()}})

    def add_limit(self, name: str, counts: Mapping[str, float], window: tuple[int, int, float]) -> None:
        """Add a limit on what some links carry from a step to another, each as it counts."""
        first, last = (self.steps[at]["step"] for at in window[:2])
        row = {"limit": name, "first": first, "last": last, "upper": max(window[2], 0.0)}
        self.limits += [{**row, "link": link, "factor": factor} for link, factor in counts.items()]

    def prune(self) -> None:
        """Leave out nodes that no water can reach or leave, with their links, until none is there: a model allows them."""
        given = {row["node"] for row in self.inflows if row["inflow"]}
        while True:
            starts, ends = ({row[end] for row in self.links if not row["lag"]} for end in ("from", "to"))
            kinds = {node: kind for node, kind in self.nodes.items() if node not in given and kind == "junction"}
            idle = {node for node in kinds if node not in starts or node not in ends}
            idle |= {node for node, kind in self.nodes.items() if kind != "junction" and node not in starts | ends}
            if not idle:
                return
            for node in sorted(idle):
                self.leave("networks.left_idle", node=node)
            self.nodes = {node: kind for node, kind in self.nodes.items() if node not in idle}
            self.links = [row for row in self.links if not {row["from"], row["to"]} & idle]
            self.inflows = [row for row in self.inflows if row["node"] not in idle]
            links = {row["link"] for row in self.links}
            self.limits = [row for row in self.limits if row["link"] in links]

    def files(self) -> dict[str, bytes]:
        """Write the tables as the files of a folder."""
        frames = {"links": self.links, "inflows": self.inflows, "steps": self.steps}
        frames |= {"limits": self.limits} if self.limits else {}
        rows = {name: pd.DataFrame(held) for name, held in frames.items()}
        rows["nodes"] = pd.DataFrame({"node": list(self.nodes), "kind": list(self.nodes.values())})
        rows["inflows"] = rows["inflows"].reindex(columns=["node", "step", "inflow"])
        rows["links"] = rows["links"].reindex(columns=list(dict.fromkeys(["link", "from", "to", *rows["links"].columns])))
        return {f"{name}.csv": frame.to_csv(index=False, lineterminator="\n").encode() for name, frame in rows.items()}


def lacks(error: Exception) -> Exception | str:
    """Say which part a model lacks, where that is why it cannot be read."""
    return say("networks.lacks", name=error.args[0]) if isinstance(error, KeyError) and error.args else error
