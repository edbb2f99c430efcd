"""The builder: a pipeline from callables, the way people chain them in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.values import FunctionRef
from registry.decorate import Function
from registry.errors import UnknownKeyError
from registry.keys import parse_key
from registry.resolver import key_of

__all__ = ["pipeline"]

Named = str | Callable[..., Any]


def pipeline(
    *steps: Named | tuple[Named, Mapping[str, Any]] | Step,
    name: str | None = None,
    description: str | None = None,
    inputs: Mapping[str, Input] | None = None,
    outputs: Mapping[str, str] | None = None,
) -> Pipeline:
    """Build a pipeline from functions, each fed with the result of the one before.

    Parameters
    ----------
    *steps : key, callable, tuple of (key or callable, parameters), or Step
        Callables are those that `registry.resolve` gives (their options come along) or a library's own; either is
        written down as its key, also where it is a parameter's value.
    name, description : str, optional
    inputs : mapping of Input, optional
        By default one, named ``image``.
    outputs : mapping, optional
        References by output name; by default the last step's result.

    Returns
    -------
    Pipeline

    Raises
    ------
    UnknownKeyError
        If the registry does not know a callable.
    InvalidKeyError
        If a text is not spelled like a key.

    Examples
    --------
    >>> built = pipeline(("skimage:filters.gaussian", {"sigma": 2.0}), "skimage:filters.threshold_otsu")
    >>> [step.function for step in built.steps]
    ['skimage:filters.gaussian', 'skimage:filters.threshold_otsu']
    """
    return Pipeline(
        name=name,
        description=description,
        inputs=dict(inputs) if inputs is not None else {"image": Input()},
        steps=[_step(step) for step in steps],
        outputs=dict(outputs) if outputs is not None else None,
    )


def _step(step: Named | tuple[Named, Mapping[str, Any]] | Step) -> Step:
    if isinstance(step, Step):
        return step
    named, given = step if isinstance(step, tuple) else (step, {})
    params = {name: _value(value) for name, value in given.items()}
    if isinstance(named, str):
        return Step(function=str(parse_key(named)), params=params)
    # What is a default is left out: a plain function says nothing of how it takes a stack.
    options = msgspec.to_builtins(named.options) if isinstance(named, Function) else {}
    return Step(function=key_of(named), params=params, options=Options(**options))


def _value(value: Any) -> Any:
    """A library's own function as the name that the registry has for it; what it has none for is left to `dumps`."""
    if not callable(value) or isinstance(value, Function | type):
        return value
    try:
        return FunctionRef(key_of(value))
    except UnknownKeyError:
        return value
