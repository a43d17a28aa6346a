"""The plan of a large network in the reader's language: size, cost, time, and where water is worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.blocks import Listing
from waterdeal.reports.document import answer
from waterdeal.reports.table import written
from waterdeal.words import Words

if TYPE_CHECKING:
    from waterdeal.links.network import LinkNetwork
    from waterdeal.links.solve import NetworkPlan
    from waterdeal.reports.document import Document

#: nodes in the table of prices
SHOWN = 10


def network_answer(network: LinkNetwork, language: str) -> Document:
    """Tell how large a network is."""
    return answer("network", language, [Listing("", tuple(_size(network, Words(language))))])


def _size(network: LinkNetwork, words: Words) -> list[str]:
    """Tell how large a network is, and what was left out of it."""
    shape = network.shape
    counts = {"nodes": len(shape.nodes), "links": len(shape.links), "steps": len(network.steps.labels), "flows": network.columns}
    size = words.text("network.size", **{name: words.number(count, 0) for name, count in counts.items()})
    return [size, *(words.text("networks.left_out", told=words.tell(told)) for told in network.left)]


def network_plan_answer(plan: NetworkPlan, language: str) -> Document:
    """Tell what a plan costs and where water is worth most."""
    words, labels = Words(language), plan.network.steps.labels
    lines = [*_size(plan.network, words), words.text("network.cost", cost=words.number(plan.cost, 2))]
    lines.append(words.text("network.time", build=words.number(plan.seconds["build"], 1), solve=words.number(plan.seconds["solve"], 1)))
    lines.append(words.text("network.residual", worst=f"{plan.residuals.balance:.1e}"))
    lines.append(words.text({None: "network.unique_unknown", True: "network.unique", False: "network.not_unique"}[plan.is_unique]))
    price = np.where(np.isnan(plan.price), -np.inf, plan.price)
    highest = price.max(axis=1)
    rows = [
        (str(plan.network.shape.nodes[node]), labels[int(price[node].argmax())], words.number(float(highest[node]), 2))
        for node in np.argsort(-highest, kind="stable")[:SHOWN].tolist()
        if highest[node] > 0
    ]
    heads = [words.text(f"network.{key}") for key in ("node", "step", "price")]
    return answer("network", language, [Listing("", tuple(lines)), written("prices", words.text("network.prices"), heads, rows, (0, 1))])
