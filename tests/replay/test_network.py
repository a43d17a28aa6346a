"""The order of places, what is decided, and water under way."""

from __future__ import annotations

import numpy as np
import pytest

from waterdeal.examples import two_party_inputs
from waterdeal.replay.forward import arriving, arriving_by_step
from waterdeal.replay.network import decided_links, places_in_order


def test_places_follow_the_water() -> None:
    """Each place comes after those above it, with its links and users."""
    inputs = two_party_inputs()
    names = inputs["node"].values.tolist()
    places = {names[place.node]: place for place in places_in_order(inputs)}
    assert list(places)[:2] == ["headwater", "upper_dam"]
    dam = places["upper_dam"]
    assert (dam.body, dam.reaching, dam.decided, dam.following, dam.demands) == (0, [0], [1, 2], [], [0])
    assert places["headwater"].following == [0]
    assert decided_links(inputs) == [1, 2]


def test_circles_are_refused() -> None:
    """A river that flows into itself is refused with its course."""
    inputs = two_party_inputs()
    ends = inputs["link_to"].values.copy()
    ends[2] = "headwater"
    with pytest.raises(ValueError, match=r"water runs in a circle: [a-z_]+ -> [a-z_]+ -> [a-z_]+"):
        places_in_order(inputs.assign(link_to=("link", ends)))


def test_arrivals_by_lag() -> None:
    """Shares are of the step water set out in, not of the one it arrives in."""
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.7, 0.3, 0.0]])
    set_out = np.array([10.0, 100.0, 1000.0, 0.0])
    assert arriving_by_step(set_out, shares).tolist() == [5.0, 5.0 + 20.0, 30.0 + 1000.0, 50.0]
    assert arriving(set_out, shares, 3) == 50.0
