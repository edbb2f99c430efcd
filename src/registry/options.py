"""Options of a call: given when a function is resolved, so that they can't collide with a library's parameters.

What an option may say is decided here alone: who resolves a function raises what is found, who checks a document
reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

__all__ = ["DTYPES", "ON_OOM", "SCALES", "CallOptions", "WrongOption", "unfit_options", "wrong_options"]

SCALES = ("auto", "cast", "rescale", "stretch")
ON_OOM = ("retry", "split", "cpu", "raise")
DTYPES = (
    "native", "preserve", "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
_AXES = re.compile(r"[TCZ]+", re.ASCII)


class CallOptions(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a function is called.

    Attributes
    ----------
    memory : str or None
        Where the work runs; None is where the function works by itself.
    dtype : str
        ``native`` (what the function returns), ``preserve`` (the input's dtype), or a dtype name.
    scale : {'auto', 'cast', 'rescale', 'stretch'}
        How a change of dtype maps values.
    slice_by_slice : bool or str
        True calls the function on every slice of the last two axes; axis letters (``"TZ"``) on every slice along those.
    unique_labels : bool
        With `slice_by_slice`: labels of a slice go on counting where those of the slice before end.
    on_oom : {'retry', 'split', 'cpu', 'raise'}
        What to do when the device has no memory left: ``retry`` frees what is no longer used and tries again; where
        that does not help, ``split`` calls the function slice by slice if that gives the same, and ``cpu`` calls its
        twin on the CPU.
    device : int or None
        Index of the device; None is the worker's.
    """

    memory: str | None = None
    dtype: str = "native"
    scale: str = "auto"
    slice_by_slice: bool | str = False
    unique_labels: bool = False
    on_oom: str = "retry"
    device: int | None = None


class WrongOption(NamedTuple):
    """An option that can't be as it is.

    Attributes
    ----------
    name : str
        Of the option.
    message : str
        What it is, and what it may be.
    known : tuple of str
        The values it takes, where they can be listed.
    """

    name: str
    message: str
    known: tuple[str, ...] = ()


def wrong_options(options: CallOptions) -> list[WrongOption]:
    """Find the options whose values are none of the format's words: a document that has one can't be read."""
    wrong: list[WrongOption] = []
    for name, value, known in (
        ("dtype", options.dtype, DTYPES),
        ("scale", options.scale, SCALES),
        ("on_oom", options.on_oom, ON_OOM),
    ):
        if value not in known:
            wrong.append(WrongOption(name, f"option {name} is {value!r:.80}; it is one of {', '.join(known)}", known))
    axes = options.slice_by_slice
    if isinstance(axes, str) and (not _AXES.fullmatch(axes) or len(set(axes)) != len(axes)):
        message = f"option slice_by_slice is {axes!r:.80}; it is false, true, or letters of T, C, Z, each once"
        wrong.append(WrongOption("slice_by_slice", message))
    if options.device is not None and options.device < 0:
        wrong.append(WrongOption("device", f"option device is {options.device}; devices count from 0"))
    return wrong


def unfit_options(
    options: CallOptions,
    *,
    library: str,
    memory_type: str,
    labels: bool,
    held_as: Callable[[str], str],
    has_twin: Callable[[], bool],
) -> list[WrongOption]:
    """Find the options that one function, or this version, can't honour: none of them may pass and do nothing.

    Parameters
    ----------
    options : CallOptions
        Of which `wrong_options` found nothing.
    library : str
        The prefix of the function's key.
    memory_type : str
        Where the function takes arrays.
    labels : bool
        Whether labels are among its results.
    held_as : callable
        From the name of a dtype to the one as which the function's results would be held.
    has_twin : callable
        Whether a function of the CPU is known to be the same.
    """
    unfit: list[WrongOption] = []
    if options.scale in SCALES[1:] and options.dtype == "native":
        message = f"option scale is {options.scale!r}, and says nothing without option dtype"
        unfit.append(WrongOption("scale", message))
    if options.unique_labels and not options.slice_by_slice:
        message = "option unique_labels says nothing without option slice_by_slice"
        unfit.append(WrongOption("unique_labels", message))
    elif options.unique_labels and not labels:
        message = "option unique_labels is true, and labels are not known to be among its results"
        unfit.append(WrongOption("unique_labels", message))
    if options.on_oom in ("split", "cpu") and memory_type == "numpy":
        message = f"option on_oom is {options.on_oom!r}, and it works on the CPU, which has no memory of its own"
        unfit.append(WrongOption("on_oom", message))
    elif options.on_oom == "cpu" and not has_twin():
        message = "option on_oom is 'cpu', and no function of the CPU is known to be the same; say 'retry' or 'split'"
        unfit.append(WrongOption("on_oom", message, ("retry", "split")))
    # The functions of builtin work on arrays of NumPy and CuPy alike.
    places = ("cupy", "numpy") if library == "builtin" else (memory_type,)
    if options.memory is not None and options.memory not in places:
        message = f"option memory is {options.memory!r:.80}; it works on arrays of {' or '.join(places)}"
        unfit.append(WrongOption("memory", message, places))
    elif options.device is not None and (options.memory or memory_type) == "numpy":
        unfit.append(WrongOption("device", f"option device is {options.device}, and it works on the CPU"))
    if options.dtype not in ("native", "preserve") and (held := held_as(options.dtype)) != options.dtype:
        message = f"option dtype is {options.dtype!r}, which {memory_type} holds as {held}"
        unfit.append(WrongOption("dtype", message, (held,)))
    return unfit
