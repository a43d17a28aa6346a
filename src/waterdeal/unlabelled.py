"""Variables of a dataset by name, without their labels.

Each time an array is taken from a dataset xarray looks for all coordinates that belong to it, which takes 0.2 ms with as many as a model
has. A model takes a thousand arrays, and needs the labels of few. What xarray does not promise (`NAMES`) stands here and nowhere else, each
with the public way beside it.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import xarray as xr

from waterdeal.guarded import fast_or_slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

Made = TypeVar("Made")

#: names of xarray that may go with any release; a test takes each away in turn
NAMES = ("_construct_direct", "fastpath")


class _Private:
    """Variables and datasets of parts that are known to fit: xarray's own way looks at, compares and copies all."""

    variable = partial(xr.Variable, fastpath=True)

    @staticmethod
    def dataset(variables: dict[Any, Any], labels: set[str], attrs: dict[str, Any], indexes: dict[Any, Any]) -> xr.Dataset:
        """Put a dataset together."""
        return xr.Dataset._construct_direct(variables, set(labels), attrs=attrs, indexes=indexes)


class _Public:
    """The same by what xarray promises."""

    variable = xr.Variable

    @staticmethod
    def dataset(variables: dict[Any, Any], labels: set[str], attrs: dict[str, Any], indexes: dict[Any, Any]) -> xr.Dataset:  # noqa: ARG004
        """Put a dataset together; indexes are made anew."""
        data = {name: variable for name, variable in variables.items() if name not in labels}
        return xr.Dataset(data, {name: variables[name] for name in variables if name in labels}, attrs)


def _proven() -> type[_Private]:
    """Return the private way, if it makes what the public way makes of a small dataset."""
    made = []
    for way in (_Private, _Public):
        labels = xr.Coordinates({"a": np.array(["x", "y"])})
        data = {"b": way.variable(("a",), np.array([1.0, 2.0]), {"units": "1"}), **labels.variables}
        made.append(way.dataset(data, {"a"}, {"of": "proof"}, dict(labels.xindexes)))
    if not made[0].identical(made[1]) or made[0].sizes != made[1].sizes:
        message = "datasets come out otherwise"
        raise TypeError(message)
    return _Private


_WAY: type[_Private | _Public] = fast_or_slow("xarray", _proven, lambda: _Public)
plain_variable = _WAY.variable
put_together = _WAY.dataset


def as_labels(labels: Mapping[str, Any]) -> tuple[dict[str, xr.Variable], dict[str, Any]]:
    """Return labels of dims as variables, and their indexes."""
    variables, indexes = dict[str, xr.Variable](), dict[str, Any]()
    for name, values in labels.items():
        indexes[name] = _index(name, values.dtype, values.tobytes())
        variables |= {str(key): variable for key, variable in indexes[name].create_variables().items()}
    return variables, indexes


@lru_cache(maxsize=1024)
def _index(name: str, dtype: np.dtype[Any], content: bytes) -> xr.indexes.PandasIndex:
    """Make the index of some labels, the same ones once: those of most rivers have little else than others, and none is ever changed."""
    return xr.indexes.PandasIndex.from_variables({name: xr.Variable((name,), np.frombuffer(content, dtype))}, options={})


def with_variables(dataset: xr.Dataset, variables: Mapping[str, Any]) -> xr.Dataset:
    """Return a dataset with other variables in place of some, or more of them, but no other labels; the rest is shared, not copied."""
    fresh = {name: xr.as_variable(held) for name, held in variables.items()}
    return put_together({**dataset.variables, **fresh}, set(map(str, dataset.coords)), dict(dataset.attrs), dict(dataset.xindexes))


class Unlabelled:
    """A dataset whose variables are read without coordinates."""

    def __init__(self, dataset: xr.Dataset | Unlabelled) -> None:
        """Keep the variables; nothing is copied."""
        self._variables: dict[Any, xr.Variable] = dataset._variables if isinstance(dataset, Unlabelled) else dict(dataset.variables)
        self._labels: dict[str, xr.Variable] = dataset._labels if isinstance(dataset, Unlabelled) else {}
        self._taken: dict[str, NDArray[np.int64]] = dict(dataset._taken) if isinstance(dataset, Unlabelled) else {}
        self.sizes: dict[str, int] = {str(dim): size for dim, size in dataset.sizes.items()}
        self.attrs: dict[Any, Any] = dataset.attrs
        self._places: dict[str, dict[Any, int]] = {}
        self._kept: dict[Any, Any] = {}

    def __contains__(self, name: str) -> bool:
        """Whether there is such a variable."""
        return name in self._variables

    @property
    def variables(self) -> Mapping[Any, xr.Variable]:
        """Variables as they were given."""
        return self._variables

    def __getitem__(self, name: str) -> xr.Variable:
        """Return a variable, cut down to what was taken of its dims."""
        variable = self._variables[name]
        if isinstance(variable, xr.IndexVariable):
            variable = self._label(name, variable)
        if not self._taken:
            return variable
        values = variable.values
        for dim, places in self._taken.items():
            if dim in variable.dims:
                values = values.take(places, axis=variable.dims.index(dim))
        return variable if values is variable.values else plain_variable(variable.dims, values, variable.attrs)

    def _label(self, name: str, variable: xr.Variable) -> xr.Variable:
        """Return labels as an array: what backs an index is made one anew each time it is read."""
        if name not in self._labels:
            self._labels[name] = plain_variable(variable.dims, variable.values, variable.attrs)
        return self._labels[name]

    def replaced(self, **values: NDArray[Any]) -> Unlabelled:
        """Return the same with other values in some variables."""
        other = self.extended({name: (self._variables[name].dims, array) for name, array in values.items()})
        other._kept = self._kept
        return other

    def kept(self, key: Any, make: Callable[[], Made]) -> Made:
        """Return what is made of labels alone, made once for all that differ in numbers only (`replaced`)."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast("Made", self._kept[key])

    def extended(self, variables: Mapping[str, Any]) -> Unlabelled:
        """Return the same with more variables, or others in their place."""
        other = Unlabelled(self)
        other._variables = {**self._variables, **{name: xr.as_variable(held) for name, held in variables.items()}}
        return other

    def take(self, **places: NDArray[Any]) -> Unlabelled:
        """Return some places of a dim."""
        cut = Unlabelled(self)
        for dim, given in places.items():
            numbers = np.flatnonzero(given) if given.dtype == bool else given
            cut._taken[dim] = cut._taken[dim][numbers] if dim in cut._taken else numbers
            cut.sizes[dim] = len(numbers)
        return cut

    def at(self, name: str, labels: Iterable[Any]) -> NDArray[Any]:
        """Return the values of a variable at labels of its first dim."""
        variable = self[name]
        dim = str(variable.dims[0])
        if dim not in self._places:
            self._places[dim] = {label: place for place, label in enumerate(self[dim].values.tolist())}
        return np.asarray(variable.values[np.array([self._places[dim][str(label)] for label in labels], dtype=np.int64)])
