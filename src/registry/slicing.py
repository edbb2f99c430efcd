"""Calling a function on every slice of a stack, and putting the results together again.

Of 101 scikit-image functions that take an image and a stack, 57 give other values for the stack than for its slices:
whoever means "each slice by itself" says so, by option `slice_by_slice`.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from registry.binding import Binding, Call, Layer
from registry.entry import FunctionEntry
from registry.errors import ArgumentError
from registry.memory import convert, memory_type_of

__all__ = ["slice_layer"]

_IMAGE_NDIM = 2
_CLESPERANTO_NDIM = 3
_SCALARS = (bool, int, float, complex)


def slice_layer(entry: FunctionEntry, binding: Binding, letters: bool | str, axes: str | None = None) -> Layer:
    """Call a function on each slice of its flow input.

    Parameters
    ----------
    entry : FunctionEntry
        Which function.
    binding : Binding
        Where the function's data is.
    letters : True or str
        True iterates over all axes but the last two, letters (``"TZ"``) over those axes.
    axes : str, optional
        What the axes of the flow input are, for example ``TZYX``. Needed for letters, since an array does not know.

    Returns
    -------
    Layer

    Raises
    ------
    ArgumentError
        When called: if letters are given and `axes` is not, or does not hold them, or has not as many letters as the
        array has axes; if there is no slice; if an output array is given, which each slice would overwrite.

    Notes
    -----
    Sliced are the flow input, and each other data array that has as many axes and the same size along those iterated
    over, or whose whole shape is that of the axes iterated over (one value a slice, as an earlier step that was
    sliced gives it). All else is handed to every call as it is.

    Results that are arrays of one shape and dtype are stacked: an image's axes go where they were, others in front.
    Scalars become an array with one value a slice, tuples a tuple of what their items become. Tables and whatever
    else differs between slices stay a list, in C order of the slices. Stacks from pyclesperanto go back to the device
    if they have 3 axes or fewer, else they stay NumPy arrays.
    """
    outputs = frozenset(p.name for p in entry.parameters if p.role == "output")

    def layer(call: Call) -> Call:
        def sliced(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            flow = binding.flow(args, kwargs)
            if memory_type_of(flow) is None:
                return call(args, kwargs)
            iterated = _iterated(entry.key, letters, axes, len(flow.shape))
            if not iterated:
                return call(args, kwargs)
            if taken := sorted(name for name in outputs if kwargs.get(name) is not None):
                raise ArgumentError(
                    f"{entry.key}: parameter {taken[0]} can't be given with option slice_by_slice, "
                    f"since each slice would overwrite it",
                    key=entry.key, parameter=taken[0],
                )  # fmt: skip
            lead = tuple(flow.shape[axis] for axis in iterated)
            if math.prod(lead) == 0:
                raise ArgumentError(
                    f"{entry.key}: an input of shape {tuple(flow.shape)} has no slices",
                    key=entry.key, parameter=entry.flow,
                )  # fmt: skip
            stack = _Stack(iterated, lead, len(flow.shape))
            args, kwargs = binding.replaced(args, kwargs, lambda _, value: stack.opened(value))
            results = []
            for index in itertools.product(*map(range, lead)):
                one = binding.replaced(args, kwargs, lambda _, value, index=index: _taken(value, index))  # type: ignore[misc]
                results.append(call(*one))
            return stack.joined(results)

        return sliced

    return layer


class _Slices:
    """An array whose first axes are those iterated over."""

    def __init__(self, array: Any) -> None:
        self.array = array


class _Stack:
    """The axes iterated over: how an array is opened along them, and how results are joined."""

    def __init__(self, iterated: tuple[int, ...], lead: tuple[int, ...], ndim: int) -> None:
        self._iterated = iterated
        self._lead = lead
        self._ndim = ndim

    def opened(self, value: Any) -> Any:
        if memory_type_of(value) is None:
            return value
        shape = tuple(value.shape)
        same = len(shape) == self._ndim and tuple(shape[axis] for axis in self._iterated) == self._lead
        if not same and shape != self._lead:
            return value
        # pyclesperanto gives a Python number for a slice of one pixel: slices are taken on the host.
        array = convert(value, "numpy") if memory_type_of(value) == "pyclesperanto" else value
        return _Slices(_namespace(array).moveaxis(array, self._iterated, range(len(self._lead))) if same else array)

    def joined(self, results: list[Any]) -> Any:
        first = results[0]
        if all(result is None for result in results):
            return None
        if all(memory_type_of(result) is not None for result in results):
            return self._stacked(results)
        if all(_is_scalar(result) for result in results):
            return self._counted(results)
        if isinstance(first, tuple) and all(type(r) is type(first) and len(r) == len(first) for r in results):
            columns = [self.joined([result[item] for result in results]) for item in range(len(first))]
            return first._make(columns) if hasattr(first, "_make") else tuple(columns)
        return results

    def _stacked(self, results: list[Any]) -> Any:
        if len({(memory_type_of(r), tuple(r.shape), str(r.dtype)) for r in results}) > 1:
            return results
        on_device = memory_type_of(results[0]) == "pyclesperanto"
        arrays = [convert(result, "numpy") for result in results] if on_device else results
        xp = _namespace(arrays[0])
        stack = xp.stack(arrays).reshape(self._lead + tuple(arrays[0].shape))
        if stack.ndim == self._ndim:
            stack = xp.moveaxis(stack, range(len(self._lead)), self._iterated)
        return convert(stack, "pyclesperanto") if on_device and stack.ndim <= _CLESPERANTO_NDIM else stack

    def _counted(self, results: list[Any]) -> Any:
        import numpy

        values = numpy.array(results)
        return results if values.dtype == object else values.reshape(self._lead)


def _iterated(key: str, letters: bool | str, axes: str | None, ndim: int) -> tuple[int, ...]:
    if not isinstance(letters, str):
        return tuple(range(max(ndim - _IMAGE_NDIM, 0)))
    if axes is None:
        raise ArgumentError(
            f"{key}: option slice_by_slice is {letters!r}, and an array does not know which of its axes these are; "
            f"say slice_by_slice=True (all axes but the last two), or name the axes: function.with_axes('TZYX')",
            key=key, parameter="slice_by_slice", value=letters,
        )  # fmt: skip
    absent = [letter for letter in letters if letter not in axes]
    if absent or len(axes) != ndim:
        what = f"no axis {absent[0]}" if absent else f"{len(axes)} axes where the array has {ndim}"
        raise ArgumentError(
            f"{key}: option slice_by_slice is {letters!r}, and axes {axes} have {what}",
            key=key, parameter="slice_by_slice", value=letters,
        )  # fmt: skip
    return tuple(axes.index(letter) for letter in axes if letter in letters)


def _taken(value: Any, index: tuple[int, ...]) -> Any:
    return value.array[index] if isinstance(value, _Slices) else value


def _is_scalar(value: Any) -> bool:
    if isinstance(value, _SCALARS):
        return True
    import numpy

    return isinstance(value, numpy.number | numpy.bool_)


def _namespace(array: Any) -> Any:
    if memory_type_of(array) == "cupy":
        import cupy

        return cupy
    import numpy

    return numpy
