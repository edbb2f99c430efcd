"""Where arrays live, and how they get from one memory to another.

An array is recognised by its class's name and module, so that asking imports no array library: what was never imported
can't have made the array. Every refusal here stands for a conversion that would have changed values in silence.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from registry import devices, opencl
from registry.errors import MemoryConversionError, OutOfDeviceMemoryError
from registry.shortage import is_out_of_memory

__all__ = [
    "MEMORY_TYPES",
    "Lender",
    "Place",
    "borrowing",
    "convert",
    "counting",
    "duplicate",
    "held_dtype",
    "is_plain",
    "memory_type_of",
    "namespace_of",
]

MEMORY_TYPES = ("cupy", "numpy", "pyclesperanto")

_CLESPERANTO_DIMENSIONS = 3
# What pyclesperanto's devices hold; bool is stored as uint8, float64 as float32.
_CLESPERANTO_DTYPES = frozenset({"float32", "int8", "int16", "int32", "uint8", "uint16", "uint32"})
_ROUNDED = {"float64": "float32", "float16": "float32", "bool": "uint8"}
_NARROWED = {"int64": "int32", "uint64": "uint32"}
# DLPack's devices whose memory NumPy can read: kDLCPU and kDLCUDAHost.
_HOST = (1, 3)
_families: dict[type, str | None] = {}
_counter: ContextVar[Counter[str] | None] = ContextVar("conversions", default=None)


class Place(NamedTuple):
    """Where an array is wanted.

    Attributes
    ----------
    memory_type : str
    device : int or None
        Index of the device; None is any.
    """

    memory_type: str
    device: int | None = None


Lender = Callable[[Any, Place, Callable[[], Any]], Any]
"""Given an array, where it is wanted, and what brings it there: the array there, which it may have had before."""

_lender: ContextVar[Lender | None] = ContextVar("lender", default=None)


def memory_type_of(value: object) -> str | None:
    """Where an array lives.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    {'numpy', 'cupy', 'pyclesperanto'} or None
        None for what is not an array of these libraries: scalars (also NumPy's), lists, arrays of others.
    """
    found = _family(type(value))
    return found if found in MEMORY_TYPES else None


def is_plain(value_type: type) -> bool:
    """Whether values of a type pass every conversion as they are: neither arrays nor lists that may hold some."""
    return _family(value_type) is None and not issubclass(value_type, (list, tuple))


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count the arrays that are brought to another memory in this context, by words such as ``numpy to cupy``."""
    counter: Counter[str] = Counter()
    token = _counter.set(counter)
    try:
        yield counter
    finally:
        _counter.reset(token)


@contextmanager
def borrowing(lender: Lender) -> Iterator[None]:
    """Ask `lender` for each array that is to be brought to another memory in this context."""
    token = _lender.set(lender)
    try:
        yield
    finally:
        _lender.reset(token)


def namespace_of(array: Any) -> Any:
    """The library that computes with an array: CuPy with its own, NumPy with all others."""
    if memory_type_of(array) == "cupy":
        import cupy

        return cupy
    import numpy

    return numpy


def duplicate(value: Any) -> Any:
    """A copy that shares no memory with the value: arrays stay where they are, lists and tuples are rebuilt."""
    memory_type = memory_type_of(value)
    if memory_type == "pyclesperanto":
        import pyclesperanto

        return pyclesperanto.copy(value)
    if memory_type is not None:
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(map(duplicate, value))
    return copy.deepcopy(value)


def held_dtype(memory_type: str, dtype: str) -> str:
    """As which dtype a memory holds values of a dtype: pyclesperanto holds ``float64`` as ``float32``."""
    if memory_type != "pyclesperanto":
        return dtype
    return _ROUNDED.get(dtype) or _NARROWED.get(dtype) or dtype


def convert(value: Any, target: str, *, key: str | None = None, parameter: str | None = None) -> Any:
    """Bring an array to a memory type.

    Parameters
    ----------
    value : object
        An array of a known memory type, or one that speaks DLPack or the CUDA array interface, is converted where its
        memory differs, or its device where one is chosen (`registry.devices`); a list or tuple that holds such arrays
        is rebuilt with each converted. Anything else, and an array of no dimensions, is returned as it is.
    target : {'numpy', 'cupy', 'pyclesperanto'}
        Where it is needed.
    key, parameter : str, optional
        Which function and parameter the array is for, for the error's text.

    Returns
    -------
    object
        `value` itself if nothing had to be done.

    Raises
    ------
    MemoryConversionError
        If the target is not a memory type, or can't hold the array: for pyclesperanto more than 3 dimensions, no
        elements, complex or object values, integers beyond 32 bits, finite numbers beyond float32, masked values.
    OutOfDeviceMemoryError
        If the device has no room for it; the library's error is its cause.
    SourceUnavailableError
        If the target is pyclesperanto and there is no device.

    Notes
    -----
    pyclesperanto keeps float64 as float32 and bool as uint8: the values are those that its own functions would push
    for the same array. Paths to and from CuPy need a GPU.
    """
    if target not in MEMORY_TYPES:
        raise MemoryConversionError(
            f"memory type {target!r} is not known; it is one of {', '.join(MEMORY_TYPES)}",
            source="unknown", target=target, key=key, parameter=parameter,
        )  # fmt: skip
    source = _family(type(value))
    if source is None:
        return _converted_items(value, target, key, parameter) if isinstance(value, (list, tuple)) else value
    if (source == target and not devices.is_elsewhere(value, target)) or getattr(value, "shape", None) == ():
        return value
    lender = _lender.get()
    if lender is None:
        return _brought(value, source, target, key, parameter)
    place = Place(target, devices.chosen(target))
    return lender(value, place, lambda: _brought(value, source, target, key, parameter))


class _RefusedError(Exception):
    """A conversion that would change values in silence."""


def _brought(value: Any, source: str, target: str, key: str | None, parameter: str | None) -> Any:
    try:
        converted = _TO[target](value, source)
    except ImportError as error:
        raise MemoryConversionError(
            f"an array on a GPU can't go to {target} without CuPy; install pipeline-schema[cuda12] or [cuda13]",
            source=source, target=target, key=key, parameter=parameter,
        ) from error  # fmt: skip
    except (BufferError, MemoryError, RuntimeError, TypeError, ValueError, _RefusedError) as error:
        # Ours, and the array libraries' own: a DLPack tensor on a foreign device, a dtype without an equivalent.
        which = f"parameter {parameter} of {key}: " if key and parameter else f"{key}: " if key else ""
        what = f"array of {getattr(value, 'dtype', 'unknown dtype')}, shape {getattr(value, 'shape', None)}"
        if is_out_of_memory(error):
            message = f"{which}there is no room on the device for an {what}: {error}"
            raise OutOfDeviceMemoryError(message, key=key, device=target) from error
        if isinstance(error, MemoryError):
            raise  # of the host
        raise MemoryConversionError(
            f"{which}{what} can't go from {source} to {target}: {error}",
            source=source, target=target, key=key, parameter=parameter,
        ) from (None if isinstance(error, _RefusedError) else error)  # fmt: skip
    counter = _counter.get()
    if counter is not None:
        counter[f"{source} to {target}"] += 1
    return converted


def _family(cls: type) -> str | None:
    """Which arrays a type's instances are, or None; worked out once for each type."""
    try:
        return _families[cls]
    except KeyError:
        return _families.setdefault(cls, _find_family(cls))


def _find_family(cls: type) -> str | None:
    for base in cls.__mro__:
        root = base.__module__.partition(".")[0]
        if base.__name__ == "ndarray" and root in ("cupy", "numpy"):
            return root
        # The class belongs to the backend's own module: pyclesperanto_opencl, _cuda or _metal.
        if base.__name__ == "_Array" and root.startswith("pyclesperanto"):
            return "pyclesperanto"
        if root == "numpy" and base.__name__ == "generic":
            return None
    if hasattr(cls, "__dlpack__"):
        return "dlpack"
    return "cuda" if hasattr(cls, "__cuda_array_interface__") else None


def _converted_items(value: Any, target: str, key: str | None, parameter: str | None) -> Any:
    items = [convert(item, target, key=key, parameter=parameter) for item in value]
    if all(new is old for new, old in zip(items, value, strict=True)):
        return value
    if isinstance(value, tuple):
        return value._make(items) if hasattr(value, "_make") else tuple(items)
    return items


def _to_numpy(value: Any, source: str) -> Any:
    if source == "cuda" or (source == "dlpack" and value.__dlpack_device__()[0] not in _HOST):
        value = _to_cupy(value, source)
    elif source == "dlpack":
        import numpy

        return numpy.from_dlpack(value)
    return value if source == "numpy" else value.get()


def _to_cupy(value: Any, source: str) -> Any:
    import cupy

    if source == "dlpack":
        return cupy.from_dlpack(value)
    # An array of another library on the same GPU is taken as it is, by the CUDA array interface; CuPy's own that is on
    # another GPU comes from there.
    return cupy.asarray(value if source in ("cuda", "cupy") else _to_numpy(value, source))


def _to_pyclesperanto(value: Any, source: str) -> Any:
    opencl.require()
    import pyclesperanto

    fit = _fit_for_clesperanto(_to_numpy(value, source))
    chosen = devices.chosen("pyclesperanto")
    return pyclesperanto.push(fit) if chosen is None else pyclesperanto.push(fit, device=opencl.device(chosen))


_TO = {"cupy": _to_cupy, "numpy": _to_numpy, "pyclesperanto": _to_pyclesperanto}


def _fit_for_clesperanto(array: Any) -> Any:
    import numpy as np

    if array.ndim > _CLESPERANTO_DIMENSIONS:
        raise _RefusedError("its arrays have at most 3 dimensions; option slice_by_slice calls it on each slice")
    if array.size == 0:
        raise _RefusedError("pyclesperanto can't hold an array without elements")
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        raise _RefusedError("pyclesperanto would lose the mask; fill the masked values first")
    wanted = held_dtype("pyclesperanto", array.dtype.name)
    if wanted not in _CLESPERANTO_DTYPES:
        raise _RefusedError(f"pyclesperanto has no {wanted}")
    if array.dtype.name in _NARROWED:
        limits = np.iinfo(wanted)
        if array.min() < limits.min or array.max() > limits.max:
            raise _RefusedError(f"pyclesperanto holds integers of 32 bits, and there are values beyond {wanted}")
    try:
        with np.errstate(over="raise"):
            return np.ascontiguousarray(array, dtype=np.dtype(wanted))
    except FloatingPointError:
        raise _RefusedError("pyclesperanto holds float32, and there are finite values beyond it") from None
