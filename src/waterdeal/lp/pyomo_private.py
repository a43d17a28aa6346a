"""What Pyomo does not promise, in one place: names, places of modules, and what they do. Nothing else in the package may know them.

`lp.symbolic` takes the components from here where all names are there and `prove` finds that they do what is expected of them, and goes
by stock components otherwise. The evaluator of templates (`lp.template`) knows the parts of an expression by the names at the end.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pyomo.core as pyo
from pyomo.common.log import LoggingIntercept
from pyomo.core.base.constraint import IndexedConstraint
from pyomo.core.base.objective import Objective, ScalarObjective
from pyomo.core.base.param import IndexedParam, ParamData
from pyomo.core.base.set import IndexedSet, InsertionOrderSetData
from pyomo.core.base.var import IndexedVar
from pyomo.core.expr import numeric_expr, relational_expr
from pyomo.core.expr.relational_expr import tuple_to_relational_expr
from pyomo.core.expr.template_expr import (
    GetItemExpression,
    IndexTemplate,
    NPV_Numeric_GetItemExpression,
    NPV_Structural_GetItemExpression,
    Numeric_GetItemExpression,
    TemplateSumExpression,
    _TemplateIterManager,
    templatize_rule,
)

from waterdeal.lp.stock import check_size, flat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: names that may go with any release of Pyomo; a test takes each away in turn
NAMES = (
    "GetItemExpression", "IndexTemplate", "IndexedConstraint", "IndexedParam", "IndexedSet", "IndexedVar", "InsertionOrderSetData",
    "NPV_Numeric_GetItemExpression", "NPV_Structural_GetItemExpression", "Numeric_GetItemExpression", "ParamData", "ScalarObjective",
    "TemplateSumExpression", "_ComponentDataClass", "_TemplateIterManager", "_anonymous_sets", "_constructed",
    "_getitem_when_not_present", "_id", "_rule_bounds", "_rule_domain", "_set", "cache", "next_group", "next_id", "template_args",
    "template_iters", "templatize_rule", "tuple_to_relational_expr",
)  # fmt: skip


class _Lazy:
    """A component that is indexed, whatever Pyomo would choose, and whose elements are left for later."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed."""
        return object.__new__(cls)

    def construct(self, data: Any = None) -> None:
        """Make the index sets only."""
        self._constructed = True
        for anonymous in self._anonymous_sets or ():  # type: ignore[attr-defined]
            anonymous.construct()

    def expand(self) -> None:
        """Make every element that is not there yet; what a user has changed, switched off or removed stays so."""
        for index in self.index_set():  # type: ignore[attr-defined]
            self[index]  # type: ignore[index]

    def pprint(self, *args: Any, **kwargs: Any) -> None:
        """Print all elements."""
        self.expand()
        super().pprint(*args, **kwargs)  # type: ignore[misc]


class _Family(_Lazy):
    """An indexed one: whoever goes through it, counts it or looks for an index finds all elements, as in stock Pyomo."""

    #: whether all elements are meant, or those made so far
    is_whole = True

    def made(self) -> list[Any]:
        """Indices of the elements that somebody has asked for."""
        there = super().__contains__  # type: ignore[misc]
        return [index for index in self.index_set() if there(index)] if super().__len__() else []  # type: ignore[attr-defined,misc]

    def keys(self, *args: Any, **kwargs: Any) -> Any:
        """Go through all indices."""
        if self.is_whole:
            self.expand()
        return super().keys(*args, **kwargs)  # type: ignore[misc]

    def __iter__(self) -> Iterator[Any]:
        """Go through all indices."""
        return iter(self.keys())

    def __len__(self) -> int:
        """Count all elements."""
        if self.is_whole:
            self.expand()
        return int(super().__len__())  # type: ignore[misc]

    def __contains__(self, index: Any) -> bool:
        """Look for an index among all."""
        self.expand()
        return bool(super().__contains__(index))  # type: ignore[misc]


class Columns(_Family, IndexedVar):
    """A family of variables, made one by one when they are first used."""

    is_of_model = True
    construct = IndexedVar.construct

    def __init__(self, *sets: Any, **kwargs: Any) -> None:
        super().__init__(*sets, dense=False, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        """Return the variable at an index; in a template the look-up."""
        return Numeric_GetItemExpression((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)

    def as_ruled(self) -> list[Any]:
        """Return the elements made so far whose bounds nobody has changed since the rule gave them."""
        made = [self[index] for index in self.made()] if self._rule_bounds else []
        return [element for element in made if element.bounds == self._ruled(element.index())]

    def rule_anew(self, elements: Sequence[Any]) -> None:
        """Give elements the bounds of the rule, as the data are by now."""
        for element in elements:
            element.bounds = self._ruled(element.index())

    def _ruled(self, index: Any) -> tuple[float | None, float | None]:
        """Bounds by the rule; None where there is none."""
        low, high = self._rule_bounds(self.parent_block(), index)
        return None if low in {None, -float("inf")} else low, None if high in {None, float("inf")} else high


class Rows(_Family, IndexedConstraint):
    """A family of constraints, written once as a rule and expanded only on demand."""

    is_expanded = False

    def expand(self) -> None:
        """Make every element, once."""
        if not self.is_expanded:
            super().expand()
            self.is_expanded = True

    def activate(self) -> None:
        """Switch all on; what is not made yet is on with the family."""
        self._switch(super().activate)

    def deactivate(self) -> None:
        """Switch all off; what is not made yet is off with the family."""
        self._switch(super().deactivate)

    def _switch(self, switch: Callable[[], object]) -> None:
        """Switch the family and what has been made of it."""
        self.is_whole = False
        try:
            switch()
        finally:
            self.is_whole = True


class Goal(_Lazy, ScalarObjective):
    """An objective, written once as a rule and expanded only on demand."""

    is_level = True

    def construct(self, data: Any = None) -> None:
        """Leave the expression for later, and the goal inactive: levels are solved one after another."""
        self._constructed = True
        self.deactivate()

    def expand(self) -> None:
        """Make the expression, as stock Pyomo would; the goal stays active or inactive."""
        active = self.active
        self._constructed = False
        Objective.construct(self)
        if not active:
            self.deactivate()


class Data(_Family, IndexedParam):
    """A Param whose values stand in an array, in the order of its index sets."""

    def __init__(self, *sets: Any, array: Any, **kwargs: Any) -> None:
        self.values_flat: NDArray[np.float64] = flat(array)
        self._places: dict[Any, int] | None = None
        super().__init__(*sets, within=pyo.Any, **kwargs)

    def construct(self, data: Any = None) -> None:
        """Make the index sets and check that the array fits them."""
        super().construct()
        check_size(self)

    def __getitem__(self, index: Any) -> Any:
        """Return the value at an index; in a template the look-up, which Pyomo would find out at length."""
        return NPV_Numeric_GetItemExpression((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)

    def keys(self, *_args: Any, **_kwargs: Any) -> Any:
        """Go through all indices."""
        return iter(self.index_set())

    def __len__(self) -> int:
        """Count all values."""
        return len(self.index_set())

    def __contains__(self, index: Any) -> bool:
        """Look for an index among all."""
        return index in self.index_set()

    def _getitem_when_not_present(self, index: Any) -> float:
        """Return the value at an index, as a plain number."""
        if self._places is None:
            self._places = {label: place for place, label in enumerate(self.index_set())}
        return float(self.values_flat[self._places[index]])


class Grouped(_Family, IndexedSet):
    """A Set of members for each index of another, made a Pyomo set for an index only when that is asked for."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Skip Pyomo's choice between scalar and indexed: groups are indexed, their members in the order given."""
        made = object.__new__(cls)
        made._ComponentDataClass = InsertionOrderSetData
        return made

    def __init__(self, over: Any, members: Mapping[Any, Sequence[Any]], dimen: int) -> None:
        self.members, self.width = members, dimen
        super().__init__(over, initialize=lambda _block, *index: members.get(index if len(index) > 1 else index[0], ()), dimen=dimen)

    def __getitem__(self, index: Any) -> Any:
        """Return the set of an index; in a template the look-up."""
        return _Group((self, *_parts(index))) if _is_template(index) else super().__getitem__(index)


class _Group(NPV_Structural_GetItemExpression):
    """The set of an index of a `Grouped` in a template."""

    def __iter__(self) -> Iterator[Any]:
        """Give one member of templates that stands for all; Pyomo's way makes the set of some index to see how many labels a member has."""
        context, groups = _TemplateIterManager.context, self.args[0]
        group = context.next_group()
        labels = tuple(IndexTemplate(self, place, context.next_id(), group) for place in range(groups.width))
        context.cache.append(labels)
        yield labels if groups.width > 1 else labels[0]


def _parts(index: Any) -> tuple[Any, ...]:
    """Labels of an index."""
    return index if isinstance(index, tuple) else (index,)


def _is_template(index: Any) -> bool:
    """Whether an index stands for many, and all its parts are labels or index templates."""
    kinds = {part.__class__ for part in _parts(index)}
    return IndexTemplate in kinds and kinds <= {IndexTemplate, str, int}


def key_of(index: Any) -> Any:
    """Return what tells an index template from the others of a rule."""
    return index._id


def set_of(index: Any) -> Any:
    """Return the set whose members an index template stands for: a Set, or the look-up of one in an indexed Set."""
    return index._set


def number_of(node: Any) -> float | None:
    """Return the value of an element of a Param; None of anything else."""
    return float(node.value) if isinstance(node, ParamData) else None


def interval_of(variable: Any) -> tuple[float | None, float | None, float | None] | None:
    """Return the ends and the step of a Var's domain; None where elements have domains of their own."""
    domain = variable._rule_domain
    if not domain.constant():
        return None
    least, most, step = domain(variable.parent_block(), None, variable).get_interval()
    return least, most, step


def bounds_rule_of(variable: Any) -> Any:
    """Return the rule of a Var's bounds; None where it has none."""
    return variable._rule_bounds


def prove() -> None:
    """Make one small model and look at it through all that stands above; raise where something is not as it is expected to be."""
    with LoggingIntercept(StringIO(), "pyomo"):  # people need not be told what goes wrong in a proof
        model = _small_model()
        _expect(len(model.x.made()) + len(model.r.made()) + model.goal.active, 0)
        _expect(_shape(_relation(model.r)), ("<=", ("+", ("x", 0, 1), _SUM), ("d", 0, 1)))
        _expect(_shape(templatize_rule(model, model.goal.rule, None)[0]), ("sum", (("A", 0), ("T", 1)), ("x", 0, 1)))
        _expect(_shape(templatize_rule(model, bounds_rule_of(model.x), model.x.index_set())[0][1]), ("d", 0, 1))
        _expect(interval_of(model.x), (None, None, 0))
        for place, index in enumerate(model.x.index_set()):
            model.x[index].set_value(10.0**place)
        row = model.r["a", 1]
        _expect((pyo.value(row.body), pyo.value(row.upper), model.r.made()), (1 + 4 * 1000, 1, [("a", 1)]))
        _expect((model.x["a", 2].bounds, model.d["b", 1]), ((0, 2), 3))
        _expect([list(model.G[group]) for group in "ab"], [[("b", 2)], []])
        model.r.expand()
        model.goal.expand()
        _expect((len(model.r), pyo.value(model.goal.expr), model.goal.active), (4, 1111, False))


_SUM = ("sum", ((("G", 0), 2, 3),), ("*", ("d", 2, 3), ("x", 2, 3)))


def _small_model() -> Any:
    """Make a model with one of each component."""
    model = pyo.ConcreteModel()
    model.A, model.T = pyo.Set(initialize=["a", "b"], dimen=1), pyo.Set(initialize=[1, 2], dimen=1)
    model.G = Grouped(model.A, {"a": [("b", 2)]}, 2)
    model.d = Data(model.A, model.T, array=[[1, 2], [3, 4]])
    model.x = Columns(model.A, model.T, bounds=lambda m, i, t: (0, m.d[i, t]))
    model.r = Rows(model.A, model.T, rule=lambda m, i, t: m.x[i, t] + sum(m.d[j, s] * m.x[j, s] for j, s in m.G[i]) <= m.d[i, t])
    model.goal = Goal(rule=lambda m: sum(m.x[i, t] for i in m.A for t in m.T))
    return model


def _relation(rows: Any) -> Any:
    """Read the rule of rows as a template."""
    relation, _ = templatize_rule(rows.parent_block(), rows.rule, rows.index_set())
    return tuple_to_relational_expr(relation) if isinstance(relation, tuple) else relation


def _shape(node: Any, known: dict[Any, int] | None = None) -> Any:
    """Return what a template says, as nested tuples, index templates by number in the order met."""
    known = {} if known is None else known
    if isinstance(node, IndexTemplate):
        return known.setdefault(key_of(node), len(known))
    if isinstance(node, GetItemExpression):
        return (node.args[0].local_name, *(_shape(part, known) for part in node.args[1:]))
    if isinstance(node, TemplateSumExpression):
        groups = [(_shape(set_of(group[0]), known), *(_shape(index, known) for index in group)) for group in node.template_iters()]
        return "sum", tuple(groups), _shape(node.template_args()[0], known)
    signs = {
        "<=": relational_expr.InequalityExpression,
        "+": (numeric_expr.SumExpression, numeric_expr.LinearExpression),
        "*": numeric_expr.ProductExpression,
    }
    sign = next((sign for sign, kinds in signs.items() if isinstance(node, kinds)), None)
    return (sign, *(_shape(part, known) for part in node.args)) if sign else getattr(node, "local_name", node)


def _expect(found: Any, due: Any) -> None:
    """Raise where two things differ."""
    if found != due:
        message = f"{found} where {due} was expected"
        raise TypeError(message)
