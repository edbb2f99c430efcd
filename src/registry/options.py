"""Options of a call: given when a function is resolved, so that they can't collide with a library's parameters."""

from __future__ import annotations

import re

import msgspec

__all__ = ["DTYPES", "ON_OOM", "SCALES", "CallOptions", "wrong_options"]

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
    on_oom : {'retry', 'split', 'cpu', 'raise'}
        What to do when the device has no memory left.
    device : int or None
        Index of the device; None is the worker's.
    """

    memory: str | None = None
    dtype: str = "native"
    scale: str = "auto"
    slice_by_slice: bool | str = False
    on_oom: str = "retry"
    device: int | None = None


def wrong_options(options: CallOptions) -> list[tuple[str, str, tuple[str, ...]]]:
    """What is wrong with the values of options: (option, message, the values it takes)."""
    wrong: list[tuple[str, str, tuple[str, ...]]] = []
    for name, value, known in (
        ("dtype", options.dtype, DTYPES),
        ("scale", options.scale, SCALES),
        ("on_oom", options.on_oom, ON_OOM),
    ):
        if value not in known:
            wrong.append((name, f"option {name} is {value!r}; it is one of {', '.join(known)}", known))
    axes = options.slice_by_slice
    if isinstance(axes, str) and (not _AXES.fullmatch(axes) or len(set(axes)) != len(axes)):
        message = f"option slice_by_slice is {axes!r}; it is false, true, or letters of T, C, Z, each once"
        wrong.append(("slice_by_slice", message, ()))
    if options.device is not None and options.device < 0:
        wrong.append(("device", f"option device is {options.device}; devices count from 0", ()))
    return wrong
