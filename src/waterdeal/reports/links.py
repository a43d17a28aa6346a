"""The plan of a large network in the reader's language: size, cost, time, and where water is worth most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from waterdeal.reports.text import make_section
from waterdeal.words import Words

if TYPE_CHECKING:
    from waterdeal.links.network import LinkNetwork
    from waterdeal.links.solve import NetworkPlan

#: nodes in the table of prices
SHOWN = 10


def network_text(network: LinkNetwork, language: str) -> str:
    """Tell how large a network is."""
    words, shape = Words(language), network.shape
    counts = {"nodes": len(shape.nodes), "links": len(shape.links), "steps": len(network.steps.labels), "flows": network.columns}
    size = words.text("network.size", **{name: words.number(count, 0) for name, count in counts.items()})
    return "\n".join([size, *(words.text("networks.left_out", told=words.tell(told)) for told in network.left)])


def network_plan_text(plan: NetworkPlan, language: str) -> str:
    """Tell what a plan costs and where water is worth most."""
    words, labels = Words(language), plan.network.steps.labels
    lines = [network_text(plan.network, language), words.text("network.cost", cost=words.number(plan.cost, 2))]
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
    if rows:
        heads = [words.text(f"network.{key}") for key in ("node", "step", "price")]
        lines += ["", make_section(words.text("network.prices"), heads, rows)]
    return "\n".join(lines)
