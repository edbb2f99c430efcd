"""One function's trials: called on each image, again, slice by slice, and on other scales, in this process.

What is called is the registry's own callable, as a pipeline would. An exception of it says that the function does not
take such an image, whichever it is; a crash is seen by the process that started this one (`registry.trials.running`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from registry.decorate import Function
from registry.entry import Observed
from registry.memory import convert, memory_type_of
from registry.trials.comparing import same
from registry.trials.images import axes_of
from registry.trials.observing import describe
from registry.trials.scales import range_of, stack_of
from registry.trials.trial import LAST, NOTHING, RefusedError, Trial

__all__ = ["observe"]

_AGAIN = 2
"""What is drawn rarely, or alternates, shows at the third call at the latest."""
_BUFFERS = 6
_STAIN = 64
"""As the bytes of floats, this and the next are numbers of ordinary size, and far apart."""
_DIFFERS = ", not the same twice"
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
_LONGEST = 100


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

    Raises
    ------
    RecipeError
        If the recipe can't be followed: that says nothing about the function.
    """
    trial = Trial(function)
    recipe = trial.recipe
    taken: dict[str, Any] = {}
    results: dict[str, str] = {}
    errors: list[str] = []
    drawn: set[str] = set()
    for image in trial.images():
        if taken and image in LAST and image not in recipe.images:
            break
        if image in skip:
            results[image] = skip[image]
            continue
        announce(image)
        try:
            taken[image] = trial.call(image)
        except RefusedError as refused:
            errors.append(_line(refused.__cause__ or refused))
            continue
        results[image] = describe(taken[image], axes_of(image))
        if not (quick or recipe.arbitrary) and _differs(trial, image, taken[image]):
            drawn.add(image)
            results[image] += _DIFFERS
        if quick:
            break
    observed = Observed(
        call=recipe.params,
        inputs=recipe.inputs,
        images=tuple(image for image in taken if image != NOTHING),
        results=results,
        mutates=tuple(sorted(trial.mutated)),
        random=bool(drawn),
        failure="" if taken else [*(results[image] for image in results), *errors, "no image"][0],
    )
    if quick or recipe.arbitrary:
        return observed
    steady = {image: result for image, result in taken.items() if image not in drawn}
    return msgspec.structs.replace(
        observed, stack=stack_of(trial, steady, skip, announce), range=range_of(trial, steady, skip, announce)
    )


def _differs(trial: Trial, image: str, result: Any) -> bool:
    """Whether another call gives another result; not where that can't be told."""
    try:
        for number in range(_AGAIN):
            _stain_memory(result, number, trial.entry.output_memory_type)
            if same(result, trial.call(image)) is False:
                return True
    except RefusedError:
        return True  # The same call did not fail the first time.
    return False


def _stain_memory(result: Any, number: int, memory_type: str) -> None:
    """Leave something else each time in the memory that results may be made in: what is not written then shows."""
    import numpy as np

    for array in _arrays(result):
        if array.nbytes:
            stain = np.full(array.nbytes, _STAIN + number, "uint8")
            _ = [convert(stain.copy(), memory_type) for _ in range(_BUFFERS)]


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)
    elif memory_type_of(value) is not None:
        yield value


def _line(error: BaseException) -> str:
    """An error as one short line that is the same in each process."""
    text = _ADDRESS.sub("0x", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {text}"[:_LONGEST].rstrip(": ")
