"""What a function makes of stacks and of other scales of intensity, by comparing calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from registry.memory import memory_type_of
from registry.trials.companions import give
from registry.trials.comparing import Stack, alike, compare_stack, worst
from registry.trials.images import FAMILIES, STACKS
from registry.trials.trial import Change, RefusedError, Trial

__all__ = ["RANGE", "STACK", "range_of", "stack_of"]

STACK, RANGE = "stack", "range"
"""The names of these stages, beside those of images."""

_SCALED = ("other", "seed", "same", "corner", "list-of-images", *FAMILIES)
_FULL = 255.0
_FEW_LEVELS = 4 / _FULL
_NO_IMAGE = ("points", "scalar", "table")


def stack_of(trial: Trial, taken: Mapping[str, Any], skip: Mapping[str, str], announce: Callable[[str], None]) -> Stack:
    """What the function gives for stacks, beside what it gives for each slice: of all stacks the worst.

    Parameters
    ----------
    trial : Trial
    taken : mapping of str to object
        Results by image; an image and not its stack says that the stack was refused.
    skip : mapping of str to str
        Stages that must not be entered.
    announce : callable
        Told of the stage before it is entered.
    """
    images = [name for name in taken if name in STACKS]
    if images and STACK in skip:
        return "error"
    if images:
        announce(STACK)
    found = {"error" if STACKS[image] in skip else _one_stack(trial, image, taken) for image in images}
    return worst(found)


def _one_stack(trial: Trial, image: str, taken: Mapping[str, Any]) -> Stack:
    stack = STACKS[image]
    whole = give(stack)

    def slice_of(number: int) -> Change:
        def change(word: str, value: Any) -> Any:
            if word == image:
                return whole[number].copy()
            full = give(word, stack) if getattr(value, "ndim", None) == 2 else None
            return full[number].copy() if full is not None and full.shape == whole.shape else value

        return change

    try:
        slices = [trial.call(image, slice_of(number)) for number in range(len(whole))]
    except RefusedError:
        return ""  # Not each slice is an image to it, so there is nothing to compare with.
    try:
        result = taken[stack] if stack in taken else trial.call(stack)
    except RefusedError:
        return "error"
    return compare_stack(result, slices)


def range_of(
    trial: Trial, taken: Mapping[str, Any], skip: Mapping[str, str], announce: Callable[[str], None]
) -> Literal["", "unit", "input", "other"]:
    """On which scale float results of integer images are.

    Parameters
    ----------
    trial : Trial
    taken : mapping of str to object
        Results by image.
    skip : mapping of str to str
        Stages that must not be entered.
    announce : callable
        Told of the stage before it is entered.

    Returns
    -------
    {'unit', 'input', 'other', ''}
        ``unit`` if results lie within 0 to 1 and stay (but for few grey levels) when the image is brought to that
        scale; ``input`` if they grow with the image's values; empty where no image comes out, or nothing can be said.
    """
    counted = {name: _floats(result) for name, result in taken.items() if name in ("2d", "3d", "rgb")}
    image = next((name for name, floats in counted.items() if floats), None)
    if image is None or RANGE in skip or trial.entry.kind in _NO_IMAGE:
        return ""
    announce(RANGE)
    floats = counted[image]
    if not any(float(array.min()) < float(array.max()) for array in floats):
        return ""

    def scaled(factor: float) -> list[Any]:
        def change(word: str, value: Any) -> Any:
            if word not in _SCALED:
                return value
            return [item * factor for item in value] if isinstance(value, list) else value * factor

        try:
            return _floats(trial.call(image, change))
        except RefusedError:
            return []

    # In another float dtype than an integer image's the same values may come out, so only values are compared.
    within = all(float(a.min()) >= -1e-6 and float(a.max()) <= 1 + 1e-6 for found in counted.values() for a in found)
    if within and _near(floats, scaled(1 / _FULL)):
        return "unit"
    if alike(floats, scaled(1.0)) and alike([array * 2.0 for array in floats], scaled(2.0)):
        return "input"
    return "other"


def _floats(result: Any) -> list[Any]:
    """The float images among a pulled result."""
    if isinstance(result, (tuple, list)):
        return [array for item in result for array in _floats(item)]
    if memory_type_of(result) is None or result.ndim < 2 or result.dtype.kind != "f" or not result.size:
        return []
    return [result.astype("float64")]


def _near(ours: list[Any], others: list[Any]) -> bool:
    """Whether images differ by few grey levels, as when a histogram is taken of other bins."""
    return len(ours) == len(others) and all(
        one.shape == other.shape and abs(one - other).max() <= _FEW_LEVELS
        for one, other in zip(ours, others, strict=True)
    )
