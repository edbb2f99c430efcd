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
from registry.memory import convert, is_plain, memory_type_of, namespace_of
from registry.slicing.numbering import Numbering
from registry.slicing.planes import take_plane
from registry.slicing.stacking import Axes, Stacking

__all__ = ["slice_layer"]

_IMAGE_NDIM = 2
_STACK_NDIM = 3


def slice_layer(
    entry: FunctionEntry,
    binding: Binding,
    letters: bool | str,
    axes: str | None = None,
    *,
    unique_labels: bool = False,
) -> Layer:
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
    unique_labels : bool
        Whether labels of a slice go on counting where those of the slice before end.

    Returns
    -------
    Layer

    Raises
    ------
    ArgumentError
        When called: if letters are given and `axes` is not, or does not hold them, or has not as many letters as the
        array has axes; if there is no slice; if an output array is given, which each slice would overwrite; if there
        are more labels than their dtype can count.

    Notes
    -----
    Sliced are the flow input, and each other data array that has as many axes and the same size along those iterated
    over, or whose whole shape is that of the axes iterated over (one value a slice, as an earlier step that was
    sliced gives it). All else is handed to every call as it is.

    Results that are arrays of one shape and dtype are stacked: an image's axes go where they were, others in front.
    Scalars become an array with one value a slice, tuples a tuple of what their items become. Tables and whatever
    else differs between slices stay a list, in C order of the slices. Planes of pyclesperanto are taken and stacked on
    the device; a stack of more than 3 axes does not fit there, and is a NumPy array.
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
            if taken := sorted(name for name in outputs if not is_plain(type(kwargs.get(name)))):
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
            over = Axes(iterated, lead, len(flow.shape))
            args, kwargs = binding.replaced(args, kwargs, lambda _, value: _opened(value, over))
            results = Stacking(over)
            numbering = Numbering(entry) if unique_labels else None
            for index in itertools.product(*map(range, lead)):
                one = binding.replaced(args, kwargs, lambda _, value, index=index: _taken(value, index))  # type: ignore[misc]
                result = call(*one)
                results.add(result if numbering is None else numbering.renumbered(result))
                del one, result  # before the next slice: a device may have room for one
            return results.whole()

        return sliced

    return layer


class _Slices:
    """An array whose first axes are those iterated over."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def take(self, index: tuple[int, ...]) -> Any:
        return self._array[index]


class _Planes:
    """A stack on pyclesperanto's device."""

    def __init__(self, stack: Any) -> None:
        self._stack = stack

    def take(self, index: tuple[int, ...]) -> Any:
        return take_plane(self._stack, index[0])


def _opened(value: Any, axes: Axes) -> Any:
    """An array that has the axes iterated over, as its slices; anything else as it is."""
    found = memory_type_of(value)
    if found is None:
        return value
    shape = tuple(value.shape)
    same = len(shape) == axes.ndim and tuple(shape[axis] for axis in axes.iterated) == axes.lead
    if not same and shape != axes.lead:
        return value
    if found == "pyclesperanto":
        if same and axes.iterated == (0,) and axes.ndim == _STACK_NDIM:
            return _Planes(value)
        value = convert(value, "numpy")
    return _Slices(namespace_of(value).moveaxis(value, axes.iterated, range(len(axes.lead))) if same else value)


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
    return value.take(index) if isinstance(value, _Slices | _Planes) else value
