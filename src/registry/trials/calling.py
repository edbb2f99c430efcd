"""One function's trials: called on each image, again, slice by slice, and on other scales, in this process.

What is called is the registry's own callable, as a pipeline would. An exception says that the function does not take
such an image, whichever it is; a crash is seen by the process that started this one (`registry.trials.running`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from registry.decorate import Function
from registry.entry import Observed
from registry.memory import convert, memory_type_of
from registry.trials.images import FAMILIES, IMAGES, STACKS, axes_of, give
from registry.trials.observing import Stack, compare_stack, describe, pull, same, worst
from registry.trials.recipes import Recipe, recipe_for

__all__ = ["NOTHING", "RANGE", "STACK", "observe"]

NOTHING = "nothing"
"""What goes into a function that has no flow parameter, or takes no argument."""
STACK, RANGE = "stack", "range"

_LAST = ("float", "complex", "points", "vector", "square")
_SCALED = ("other", "seed", "corner", "list-of-images", *FAMILIES)
_FULL = 255.0
_NO_IMAGE = ("points", "scalar", "table")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
_LONGEST = 100

Change = Callable[[str, Any], Any]


def observe(function: Function, *, skip: Mapping[str, str], quick: bool, announce: Callable[[str], None]) -> Observed:
    """Call a function on the images of the trials and say what it did.

    Parameters
    ----------
    function : Function
        Resolved without options.
    skip : mapping of str to str
        Stages that must not be entered, since they ended or blocked a process, and what happened.
    quick : bool
        Whether the first image on which it runs is enough.
    announce : callable
        Told the name of each stage (an image, `STACK`, `RANGE`) before it is entered.

    Returns
    -------
    Observed
    """
    trial = _Trial(function)
    recipe = trial.recipe
    taken: dict[str, Any] = {}
    results: dict[str, str] = {}
    errors: list[str] = []
    random, mutated = False, set[str]()
    for image in trial.images():
        if taken and image in _LAST and image not in recipe.images:
            break
        if image in skip:
            results[image] = skip[image]
            continue
        announce(image)
        try:
            taken[image] = trial.call(image)
            if not (quick or recipe.arbitrary):
                # What is drawn rarely, or alternates, shows at the third call at the latest.
                random = random or not all(same(taken[image], trial.call(image)) for _ in range(2))
        except Exception as error:
            if image in taken:
                random = True  # The same call did not fail the first time.
            else:
                errors.append(_line(error))
                continue
        results[image] = describe(taken[image], axes_of(image))
        mutated |= trial.mutated
        if quick:
            break
    observed = Observed(
        call=recipe.params,
        inputs=recipe.inputs,
        images=tuple(image for image in taken if image != NOTHING),
        results=results,
        mutates=tuple(sorted(mutated)),
        random=random,
        failure="" if taken else [*(results[image] for image in results), *errors, "no image"][0],
    )
    if quick or random or recipe.arbitrary:
        return observed
    return msgspec.structs.replace(
        observed, stack=_stack(trial, taken, skip, announce), range=_range(trial, taken, skip, announce)
    )


class _Trial:
    """Calls of one function with what its recipe says."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.entry = function.entry
        self.recipe: Recipe = recipe_for(function.entry)
        self.mutated: set[str] = set()

    def images(self) -> Iterator[str]:
        """What the flow parameter is tried on, the most fitting first; at last what few functions take."""
        if self.entry.flow is None:
            yield NOTHING
            return
        yield from self.recipe.images
        if set(IMAGES) & set(self.recipe.images):
            yield from (name for name in _LAST if name not in self.recipe.images)

    def call(self, image: str, change: Change | None = None, *, like: str | None = None) -> Any:
        """The function's result as NumPy arrays.

        Parameters
        ----------
        image : str
            What the flow parameter gets.
        change : callable, optional
            ``change(word, value)`` gives what is taken in place of each array.
        like : str, optional
            The image that the further arrays go with, where that is another.
        """
        args, kwargs, arrays = self._arguments(image, change or (lambda word, value: value), like or image)
        before = {name: pull(value) for name, value in arrays.items()}
        result = self.function(*args, **kwargs)
        pulled = pull(result)
        if not isinstance(pulled, (tuple, list, dict, str)) and hasattr(pulled, "__next__"):
            pulled = list(pulled)
        self.mutated |= {name for name, value in arrays.items() if not _identical(before[name], pull(value))}
        return pulled

    def _arguments(self, image: str, change: Change, like: str) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
        """Positional arguments, keyword arguments, and the arrays among both by their parameter's name."""
        words = dict(self.recipe.inputs)
        if self.entry.flow is not None and self.entry.flow not in words and self.entry.flow not in self.recipe.params:
            words[self.entry.flow] = image
        values: dict[str, Any] = {name: self._constant(name, value) for name, value in self.recipe.params.items()}
        for name, word in words.items():
            value = change(word, give(word, image if name == self.entry.flow else like))
            values[name] = self._placed(name, value)
        if image == "rgb" and self.entry.parameter("channel_axis") is not None:
            values.setdefault("channel_axis", -1)
        args: list[Any] = []
        by_position = True
        for parameter in self.entry.parameters:
            if parameter.kind == "var_positional":
                if parameter.name in values:
                    args.append(values.pop(parameter.name))
                args += [self._placed(parameter.name, change(word, give(word, like))) for word in self.recipe.args]
            by_position = by_position and parameter.name in values and parameter.kind.startswith("positional")
            if by_position:
                args.append(values[parameter.name])
        names = [p.name for p in self.entry.parameters if p.kind.startswith("positional")][: len(args)]
        kwargs = {name: value for name, value in values.items() if name not in names}
        return args, kwargs, {name: value for name, value in values.items() if _holds_array(value)}

    def _constant(self, name: str, value: Any) -> Any:
        parameter = self.entry.parameter(name)
        if isinstance(value, list):
            items = [self._constant(name, item) for item in value]
            return items if parameter is not None and parameter.container == "list" else tuple(items)
        return value

    def _placed(self, name: str, value: Any) -> Any:
        """The array in the memory where the function works, so that a change to it is seen."""
        parameter = self.entry.parameter(name)
        if parameter is None or parameter.role == "param":
            return value
        return convert(value, self.entry.input_memory_type, key=self.entry.key, parameter=name)


def _stack(trial: _Trial, taken: Mapping[str, Any], skip: Mapping[str, str], announce: Callable[[str], None]) -> Stack:
    """What the function gives for stacks, beside what it gives for each slice: of all stacks the worst."""
    images = [name for name in taken if name in STACKS]
    if images and STACK in skip:
        return "error"
    if images:
        announce(STACK)
    found = {"error" if STACKS[image] in skip else _one_stack(trial, image, taken) for image in images}
    return worst(found)


def _one_stack(trial: _Trial, image: str, taken: Mapping[str, Any]) -> Stack:
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
    except Exception:
        return ""  # Not each slice is an image to it, so there is nothing to compare with.
    try:
        result = taken[stack] if stack in taken else trial.call(stack)
    except Exception:
        return "error"
    return compare_stack(result, slices)


def _range(
    trial: _Trial, taken: Mapping[str, Any], skip: Mapping[str, str], announce: Callable[[str], None]
) -> Literal["", "unit", "input", "other"]:
    """On which scale float results of integer images are."""
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
        except Exception:
            return []

    # In another float dtype than an integer image's the same values may come out, so only values are compared.
    within = all(float(a.min()) >= -1e-6 and float(a.max()) <= 1 + 1e-6 for found in counted.values() for a in found)
    if within and _alike(floats, scaled(1 / _FULL)):
        return "unit"
    if _alike(floats, scaled(1.0)) and _alike([array * 2.0 for array in floats], scaled(2.0)):
        return "input"
    return "other"


def _floats(result: Any) -> list[Any]:
    """The float images among a pulled result."""
    if isinstance(result, (tuple, list)):
        return [array for item in result for array in _floats(item)]
    if memory_type_of(result) is None or result.ndim < 2 or result.dtype.kind != "f" or not result.size:
        return []
    return [result.astype("float64")]


def _alike(ours: list[Any], others: list[Any]) -> bool:
    return len(ours) == len(others) and all(map(same, ours, others))


def _holds_array(value: Any) -> bool:
    items = value if isinstance(value, (tuple, list)) else (value,)
    return any(memory_type_of(item) is not None for item in items)


def _identical(before: Any, after: Any) -> bool:
    if isinstance(before, (tuple, list)):
        return len(before) == len(after) and all(map(_identical, before, after))
    if memory_type_of(before) is None:
        return True
    return bool(before.shape == after.shape and before.dtype == after.dtype and before.tobytes() == after.tobytes())


def _line(error: Exception) -> str:
    """An error as one short line that is the same in each process."""
    text = _ADDRESS.sub("0x", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {text}"[:_LONGEST].rstrip(": ")
