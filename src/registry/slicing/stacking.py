"""Results of slice after slice, put together as they come: an image is written where it belongs, and then forgotten.

So a stack of results takes the memory of itself and of one slice.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from registry.memory import convert, memory_type_of, namespace_of
from registry.slicing.planes import make_stack, put_plane, take_plane

__all__ = ["Axes", "Stacking"]

_IMAGE_NDIM = 2
_CLESPERANTO_NDIM = 3
_SCALARS = (bool, int, float, complex)


class Axes(NamedTuple):
    """The axes that are iterated over.

    Attributes
    ----------
    iterated : tuple of int
        Which they are, of the flow input.
    lead : tuple of int
        Their sizes.
    ndim : int
        How many axes the flow input has.
    """

    iterated: tuple[int, ...]
    lead: tuple[int, ...]
    ndim: int


class Stacking:
    """What a function gives for slice after slice.

    Parameters
    ----------
    axes : Axes
        Those that are iterated over; slices come in C order of them.
    """

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        self._parts: _Parts | None = None

    def add(self, result: Any) -> None:
        """Take the result of the next slice."""
        if self._parts is None:
            self._parts = _begin(result, self._axes)
        if not self._parts.take(result):
            self._parts = _Listed([*self._parts.items(), result])

    def items(self) -> Iterator[Any]:
        """The results so far, one by one."""
        return iter(()) if self._parts is None else self._parts.items()

    def whole(self) -> Any:
        """All results: arrays as a stack, scalars as an array, tuples as a tuple of these, anything else as a list."""
        return None if self._parts is None else self._parts.whole()


class _Parts(ABC):
    """Results of one kind."""

    @abstractmethod
    def take(self, result: Any) -> bool:
        """Keep a result; False if it is of another kind."""

    @abstractmethod
    def items(self) -> Iterator[Any]:
        """Those that were kept."""

    @abstractmethod
    def whole(self) -> Any:
        """All of them in one."""


def _begin(first: Any, axes: Axes) -> _Parts:
    if first is None:
        return _Nothing()
    if memory_type_of(first) is not None:
        if memory_type_of(first) != "pyclesperanto":
            return _Images(first, axes)
        on_device = len(axes.lead) == 1 and len(first.shape) == _IMAGE_NDIM and axes.iterated == (0,)
        return _DevicePlanes(first, axes) if on_device else _PulledImages(first, axes)
    if _is_scalar(first):
        return _Scalars(axes)
    return _Tuples(first, axes) if isinstance(first, tuple) else _Listed([])


class _Nothing(_Parts):
    def __init__(self) -> None:
        self._count = 0

    def take(self, result: Any) -> bool:
        self._count += result is None
        return result is None

    def items(self) -> Iterator[Any]:
        return iter([None] * self._count)

    def whole(self) -> Any:
        return None


class _Listed(_Parts):
    def __init__(self, results: list[Any]) -> None:
        self._results = results

    def take(self, result: Any) -> bool:
        self._results.append(result)
        return True

    def items(self) -> Iterator[Any]:
        return iter(self._results)

    def whole(self) -> Any:
        return self._results


class _Scalars(_Parts):
    def __init__(self, axes: Axes) -> None:
        self._lead = axes.lead
        self._results: list[Any] = []

    def take(self, result: Any) -> bool:
        if not _is_scalar(result):
            return False
        self._results.append(result)
        return True

    def items(self) -> Iterator[Any]:
        return iter(self._results)

    def whole(self) -> Any:
        import numpy

        values = numpy.array(self._results)
        return self._results if values.dtype == object else values.reshape(self._lead)


class _Tuples(_Parts):
    def __init__(self, first: tuple[Any, ...], axes: Axes) -> None:
        self._first = type(first)
        self._columns = [Stacking(axes) for _ in first]

    def take(self, result: Any) -> bool:
        if type(result) is not self._first or len(result) != len(self._columns):
            return False
        for column, item in zip(self._columns, result, strict=True):
            column.add(item)
        return True

    def items(self) -> Iterator[Any]:
        return map(self._made, zip(*(column.items() for column in self._columns), strict=True))

    def whole(self) -> Any:
        return self._made([column.whole() for column in self._columns])

    def _made(self, items: Any) -> Any:
        return self._first._make(items) if hasattr(self._first, "_make") else tuple(items)


class _Arrays(_Parts):
    """Arrays of one shape, dtype and memory."""

    def __init__(self, first: Any, axes: Axes) -> None:
        self._like = _facts(first)
        self._axes = axes
        self._count = 0

    def take(self, result: Any) -> bool:
        if _facts(result) != self._like:
            return False
        self._put(self._count, result)
        self._count += 1
        return True

    @abstractmethod
    def _put(self, index: int, result: Any) -> None: ...


class _Images(_Arrays):
    """Arrays of NumPy or CuPy."""

    def __init__(self, first: Any, axes: Axes) -> None:
        super().__init__(first, axes)
        self._moved = namespace_of(first).moveaxis
        self._stack = _empty(first)((math.prod(axes.lead), *first.shape), dtype=first.dtype)

    def _put(self, index: int, result: Any) -> None:
        self._stack[index] = result

    def items(self) -> Iterator[Any]:
        return iter(self._stack[: self._count])

    def whole(self) -> Any:
        stack = self._stack.reshape(self._axes.lead + self._stack.shape[1:])
        if stack.ndim == self._axes.ndim:
            stack = self._moved(stack, range(len(self._axes.lead)), self._axes.iterated)
        return stack


class _PulledImages(_Images):
    """Arrays of pyclesperanto of which no stack fits its devices, or none with its axes in this order."""

    def __init__(self, first: Any, axes: Axes) -> None:
        super().__init__(convert(first, "numpy"), axes)
        self._like = _facts(first)

    def _put(self, index: int, result: Any) -> None:
        super()._put(index, convert(result, "numpy"))

    def items(self) -> Iterator[Any]:
        return (convert(item, "pyclesperanto") for item in super().items())

    def whole(self) -> Any:
        stack = super().whole()
        return convert(stack, "pyclesperanto") if stack.ndim <= _CLESPERANTO_NDIM else stack


class _DevicePlanes(_Arrays):
    """Planes of pyclesperanto, whose stack is on the device too."""

    def __init__(self, first: Any, axes: Axes) -> None:
        super().__init__(first, axes)
        self._stack = make_stack(axes.lead[0], first)

    def _put(self, index: int, result: Any) -> None:
        put_plane(self._stack, index, result)

    def items(self) -> Iterator[Any]:
        return (take_plane(self._stack, index) for index in range(self._count))

    def whole(self) -> Any:
        return self._stack


def _facts(value: Any) -> tuple[Any, ...] | None:
    """What arrays that go into one stack have in common."""
    found = memory_type_of(value)
    return None if found is None else (found, tuple(value.shape), str(value.dtype), hasattr(value, "mask"))


def _empty(like: Any) -> Callable[..., Any]:
    """What makes an array of the same kind: one with a mask keeps it."""
    namespace = namespace_of(like)
    maker: Callable[..., Any] = namespace.ma.empty if hasattr(like, "mask") else namespace.empty
    return maker


def _is_scalar(value: Any) -> bool:
    if isinstance(value, _SCALARS):
        return True
    import numpy

    return isinstance(value, numpy.number | numpy.bool_)
