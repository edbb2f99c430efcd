"""Changing the dtype of results: what options `dtype` and `scale` mean, and what they refuse.

The arithmetic is in `registry.ranges`. A change that would lose something in silence is an error here: NaN that became
0, floats of which nobody knows whether they are counts or on a scale of 0 to 1, labels merged by saturation.
"""

from __future__ import annotations

from typing import Any

from registry.binding import Binding, Call, Layer
from registry.entry import FunctionEntry
from registry.errors import ArgumentError
from registry.memory import convert, held_dtype, memory_type_of, namespace_of
from registry.ranges import cast_values, dtype_range, map_unit, map_values

__all__ = ["change_dtype", "dtype_layer"]

_IMAGE_NDIM = 2
_NO_IMAGE = ("points", "scalar", "table")
_REAL = "biuf"
# When more of so many values saturate, what is left of them is a few grey levels.
_MOST_BEYOND = 7 / 8
_ENOUGH = 64
# By its name, the parameter with which scikit-image is asked not to bring integers to a scale of 0 to 1.
_KEEPS_COUNTS = "preserve_range"


def change_dtype(
    array: Any, dtype: str, scale: str = "auto", *, key: str | None = None, labels: bool = False, known: str = ""
) -> Any:
    """Bring an array to a dtype.

    Parameters
    ----------
    array : array, any shape, real or complex
        Of NumPy, CuPy or pyclesperanto.
    dtype : str
        The name of the target dtype, for example ``uint8``. As a range, ``bool`` is 0 to 1.
    scale : {'auto', 'cast', 'rescale', 'stretch'}
        ``cast`` rounds half to even and saturates. ``rescale`` maps the full range of the array's dtype to that of the
        target; a float dtype's full range is 0 to 1. ``stretch`` maps the array's minimum and maximum to the ends of
        the target's range. ``auto`` is ``cast``, but goes by `known` where floats become integers.
    key : str, optional
        Which function made the array, for the error's text.
    labels : bool
        Whether the values are labels, of which none may be merged with another by saturation.
    known : {'', 'unit', 'input'}
        What is known of float values: they are on a scale of 0 to 1 (then 1 becomes the target's greatest value), or
        counts; if nothing is, ``auto`` refuses to guess.

    Returns
    -------
    array, same shape and memory type; `array` itself if it has the dtype already and the values are not stretched

    Raises
    ------
    ArgumentError
        If ``auto`` would have to guess; if NaN or infinity had to become integers (the error counts them); if there
        is nothing to stretch; if a complex array had to become real; if labels don't fit; if ``auto`` would saturate
        nearly all values, as those of an integral image.

    Notes
    -----
    Finite floats beyond a smaller float's range saturate at its largest finite value; infinity stays infinity.
    """
    memory_type = memory_type_of(array)
    if memory_type == "pyclesperanto":
        dtype = held_dtype(memory_type, dtype)
        if scale != "stretch" and str(array.dtype) == dtype:
            return array
        changed = change_dtype(convert(array, "numpy"), dtype, scale, key=key, labels=labels, known=known)
        return convert(changed, memory_type, key=key)
    xp = namespace_of(array)
    target = xp.dtype(dtype)
    floating = array.dtype.kind == "f"
    if array.dtype == target and scale != "stretch":
        return array
    if target.kind == "c" and array.dtype.kind in (*_REAL, "c"):
        return array.astype(target)
    if array.dtype.kind not in _REAL:
        raise _refusal(key, "dtype", f"{array.dtype} values can't become {target}; take numpy:abs or numpy:real first")
    if scale == "auto" and floating and target.kind != "f" and not known:
        raise _refusal(
            key,
            "scale",
            f"{array.dtype} values can't become {target} by themselves, since it isn't known whether they are counts "
            f"or on a scale of 0 to 1; say option scale: cast (round and saturate), rescale (0 to 1 becomes the range "
            f"of {target}) or stretch (minimum to maximum)",
        )
    if floating and (target.kind != "f" or scale == "stretch"):
        _require_finite(xp, array, target, key)
    if scale == "auto" and known == "unit" and floating and target.kind != "f":
        return map_unit(xp, array, target)
    if scale in ("auto", "cast"):
        changed = cast_values(xp, array, target)
        if labels and target.kind != "f" and (beyond := int(xp.count_nonzero(changed != array))):
            raise _refusal(
                key,
                "dtype",
                f"{beyond} of {array.size} label values don't fit {target}, and saturating would merge objects; "
                f"choose a wider dtype",
            )
        if scale == "auto" and target.kind in "iu" and array.size >= _ENOUGH:
            _require_kept(xp, array, changed, key)
        return changed
    if scale == "rescale":
        low, high = (0.0, 1.0) if floating else dtype_range(xp, array.dtype)
        return map_values(xp, array, target, low, high)
    low, high = (array.min().item(), array.max().item()) if array.size else (0, 0)
    if low == high:
        what = (
            f"all {array.size} values are {low}, so there is no range to stretch; choose option scale cast or rescale"
        )
        raise _refusal(key, "scale", what)
    return map_values(xp, array, target, low, high)


def dtype_layer(entry: FunctionEntry, binding: Binding, dtype: str, scale: str, leading: int | None) -> Layer:
    """Change the dtype of a function's image results.

    Parameters
    ----------
    entry : FunctionEntry
        Whose results; outputs that the catalog knows as points, scalars or tables are left as they are.
    binding : Binding
        Where the function's data is.
    dtype : str
        ``preserve`` (that of the flow input, in the memory where the function works) or the name of a dtype.
    scale : str
        As for `change_dtype`.
    leading : int or None
        How many axes are iterated over, which are no axes of an image; None for all but the last two of the input.

    Returns
    -------
    Layer

    Raises
    ------
    ArgumentError
        If the memory where results are made has no such dtype.

    Notes
    -----
    Touched are arrays of two dimensions or more: the result itself, and those in a tuple or list of results.
    Tables (dicts) and scalars are left alone. Where no array comes in, ``preserve`` has nothing to preserve.
    """

    held = held_dtype(entry.output_memory_type, dtype)
    if held != dtype:
        raise _refusal(entry.key, "dtype", f"option dtype is {dtype}, which {entry.output_memory_type} holds as {held}")

    def layer(call: Call) -> Call:
        def changed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            flow = binding.flow(args, kwargs)
            result = call(args, kwargs)
            known = memory_type_of(flow) is not None and bool(flow.shape)
            name = dtype if dtype != "preserve" else str(flow.dtype) if known else None
            if name is None:
                return result
            ahead = leading if leading is not None else max(len(flow.shape) - _IMAGE_NDIM, 0) if known else 0
            known_scale = _known_scale(entry, binding, flow, args, kwargs) if scale == "auto" and known else ""
            return _changed_result(result, entry, name, scale, _IMAGE_NDIM + ahead, known_scale)

        return changed

    return layer


def _known_scale(
    entry: FunctionEntry, binding: Binding, flow: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """On which scale float results are, as trials saw it of integer images: nobody knows on which scale floats came."""
    if entry.observed is None or str(flow.dtype)[0] not in "biu":
        return ""
    seen = entry.observed.range
    keeps = entry.parameter(_KEEPS_COUNTS)
    if keeps is not None:
        tried = entry.observed.call.get(keeps.name, keeps.default)
        asked = binding.given(keeps.name, args, kwargs, keeps.default)
        if bool(asked) != bool(tried):
            return "input" if asked and seen == "unit" else ""
    return seen if seen in ("unit", "input") else ""


def _changed_result(result: Any, entry: FunctionEntry, dtype: str, scale: str, image_ndim: int, known: str) -> Any:
    def one(value: Any, kind: str) -> Any:
        if kind in _NO_IMAGE or memory_type_of(value) is None or len(value.shape) < image_ndim:
            return value
        return change_dtype(value, dtype, scale, key=entry.key, labels=kind == "labels", known=known)

    if isinstance(result, (tuple, list)):
        kinds = [o.kind for o in entry.outputs] if len(entry.outputs) == len(result) else [entry.kind] * len(result)
        items = [one(value, kind) for value, kind in zip(result, kinds, strict=True)]
        return items if isinstance(result, list) else result._make(items) if hasattr(result, "_make") else tuple(items)
    return one(result, entry.kind)


def _require_finite(xp: Any, array: Any, target: Any, key: str | None) -> None:
    nan = int(xp.count_nonzero(xp.isnan(array)))
    infinite = int(xp.count_nonzero(xp.isinf(array)))
    if nan or infinite:
        raise _refusal(
            key,
            "dtype",
            f"{nan} NaN and {infinite} infinite of {array.size} values can't be mapped to {target}; "
            f"replace them first, for example by numpy:nan_to_num",
        )


def _require_kept(xp: Any, array: Any, changed: Any, key: str | None) -> None:
    """Refuse to saturate nearly all values, as those of an integral image: a few grey levels are no image."""
    if array.dtype.kind == "f":
        low, high = dtype_range(xp, changed.dtype)
        lost = (array < low - 0.5) | (array > high + 0.5)
    else:
        lost = changed.astype(array.dtype) != array
    beyond = int(xp.count_nonzero(lost))
    if beyond > array.size * _MOST_BEYOND:
        raise _refusal(
            key,
            "dtype",
            f"{beyond} of {array.size} values lie beyond {changed.dtype}, so that hardly any would be left; choose a "
            f"wider dtype, or say option scale: cast (saturate all the same), rescale or stretch",
        )


def _refusal(key: str | None, option: str, why: str) -> ArgumentError:
    return ArgumentError(f"{key}: {why}" if key else why, key=key, parameter=option)
