"""Every figure of every kind of clause, with its path and unit."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.agreement.kinds import SAMPLES, sample
from waterdeal.agreement.clause import Clause, leaves
from waterdeal.agreement.figures import changed_figure, figures_of
from waterdeal.scenario.pages import amounts_of

#: so little that figures which go together, as shares do, still do
MORE = 1 + 5e-10


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_figure_is_changed_by_its_key_alone(kind: str) -> None:
    """What is laid under the key of a figure changes it and nothing else; none is left out, and each has a unit."""
    clause = sample(kind)
    before = {figure.path: figure for figure in figures_of(clause)}
    held = [value for path, value in leaves(clause) if isinstance(value, float) and path.split(".")[0] not in Clause.model_fields]
    assert sorted(figure.value for figure in before.values()) == sorted(value for value in held if value)
    assert {figure.unit for figure in before.values()} <= {"hm3", "m3/s", "GWh", "t", "share"}
    main, others = amounts_of(clause)
    assert {figure.path for figure in (*others, *filter(None, [main]))} == before.keys()
    for path, figure in before.items():
        key, value = changed_figure(clause, figure, {path: figure.value * MORE})
        content: Any = deepcopy(SAMPLES[kind][0])
        *tables, last = key.split(".")
        place = content
        for table in tables:
            place = place.setdefault(table, {})
        place[last] = value
        after = {other.path: other.value for other in figures_of(sample(kind, **content))}
        assert {other for other in before if after[other] != before[other].value} == {path}
