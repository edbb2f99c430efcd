"""Calls of one function with what its recipe says.

Only what the function itself makes of its arguments is a refusal. Whatever goes wrong before (no such word, a parameter
that it doesn't have) is a fault of the recipe: it must end the trials, never be recorded as what the function does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from registry.decorate import Function
from registry.errors import MemoryConversionError, RegistryError
from registry.memory import convert, memory_type_of
from registry.trials.companions import give
from registry.trials.images import IMAGES
from registry.trials.observing import pull
from registry.trials.recipes import Recipe, recipe_for

__all__ = ["LAST", "NOTHING", "Change", "RecipeError", "RefusedError", "Trial"]

NOTHING = "nothing"
"""What goes into a function that has no flow parameter, or takes no argument."""
LAST = ("float", "complex", "points", "vector", "square")
"""What is tried at the end, and only until something is taken."""

Change = Callable[[str, Any], Any]


class RecipeError(RegistryError):
    """A recipe names what there is not, or gives a function what it has no parameter for."""


class RefusedError(Exception):
    """The function raised, on these arguments; what it raised is the cause."""


class Trial:
    """Calls of one function.

    Parameters
    ----------
    function : Function
        Resolved without options.

    Attributes
    ----------
    entry : FunctionEntry
        Of the function.
    recipe : Recipe
        What it is given besides its flow.
    mutated : set of str
        Parameters whose arrays were changed by a call so far.
    """

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
            yield from (name for name in LAST if name not in self.recipe.images)

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

        Raises
        ------
        RefusedError
            If the function raises, or its memory can't hold the image.
        RecipeError
            If the arguments can't be made, or are not the function's.
        """
        args, kwargs, arrays = self._made(image, change or (lambda word, value: value), like or image)
        before = {name: pull(value) for name, value in arrays.items()}
        try:
            pulled = pull(self.function(*args, **kwargs))
            if not isinstance(pulled, (tuple, list, dict, str)) and hasattr(pulled, "__next__"):
                pulled = list(pulled)
        except Exception as error:
            raise RefusedError(str(error)) from error
        self.mutated |= {name for name, value in arrays.items() if not _identical(before[name], pull(value))}
        return pulled

    def arguments(self, image: str) -> tuple[list[Any], dict[str, Any]]:
        """What the function is called with on an image: positional and keyword arguments.

        Raises
        ------
        RefusedError
            If the memory of the function can't hold the image.
        RecipeError
            If the arguments can't be made, or are not the function's.
        """
        args, kwargs, _ = self._made(image, lambda word, value: value, image)
        return args, kwargs

    def _made(self, image: str, change: Change, like: str) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
        try:
            args, kwargs, arrays = self._arguments(image, change, like)
            inspect.signature(self.function).bind(*args, **kwargs)
        except MemoryConversionError as error:
            raise RefusedError(str(error)) from error
        except Exception as error:
            what = f"no arguments for {image!r}: {type(error).__name__}: {error}"
            raise RecipeError(f"{self.entry.key}: {what}; see trials/recipes.json") from error
        return args, kwargs, arrays

    def _arguments(self, image: str, change: Change, like: str) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
        """Positional arguments, keyword arguments, and the arrays among both by their parameter's name."""
        words = dict(self.recipe.inputs)
        like = IMAGES[0] if like == NOTHING else like
        if self.entry.flow is not None and self.entry.flow not in words and self.entry.flow not in self.recipe.params:
            words[self.entry.flow] = image
        values: dict[str, Any] = {name: self._constant(name, value) for name, value in self.recipe.params.items()}
        for name, word in words.items():
            value = change(word, give(word, image if name == self.entry.flow else like))
            values[name] = self._placed(name, value)
        if image == "rgb" and self.entry.parameter("channel_axis") is not None:
            values["channel_axis"] = -1
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


def _holds_array(value: Any) -> bool:
    items = value if isinstance(value, (tuple, list)) else (value,)
    return any(memory_type_of(item) is not None for item in items)


def _identical(before: Any, after: Any) -> bool:
    if isinstance(before, (tuple, list)):
        return len(before) == len(after) and all(map(_identical, before, after))
    if memory_type_of(before) is None:
        return True
    return bool(before.shape == after.shape and before.dtype == after.dtype and before.tobytes() == after.tobytes())
