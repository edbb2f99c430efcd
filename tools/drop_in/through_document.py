"""Calls that go through a document: named, written, read back, checked, planned and run, like any other pipeline.

What can't be a document (a function of the caller's, an object of a library, an array to write into) is called as it
is, and counted by the reason.
"""

from __future__ import annotations

import inspect
from collections import Counter
from typing import Any

import msgspec

from pipeline_schema.builder import pipeline
from pipeline_schema.calling import written
from pipeline_schema.codec import dumps, loads
from pipeline_schema.document import Input
from pipeline_schema.errors import DocumentError, PlanError, StepError
from pipeline_schema.plan import compile_pipeline
from registry.decorate import Function
from registry.entry import FunctionEntry
from registry.memory import is_plain, memory_type_of

__all__ = ["Calls", "ThroughDocument"]

_RESULT = "result"


class Calls(msgspec.Struct, kw_only=True):
    """What came of the calls of a run.

    Attributes
    ----------
    functions : dict of str to int
        How often each was called, by key.
    documents : int
        How many calls went through a document.
    direct : dict of str to int
        How many did not, by the reason.
    refused : dict of str to str
        What was refused and the library takes, by key and parameter, with what was said: mistakes of the catalogs.
    """

    functions: dict[str, int] = msgspec.field(default_factory=Counter)
    documents: int = 0
    direct: dict[str, int] = msgspec.field(default_factory=Counter)
    refused: dict[str, str] = {}


class _NoDocumentError(Exception):
    """A call can't be said as a document; its text is the reason."""


class ThroughDocument:
    """A `Function` each call of which goes through a document; in all else it is that `Function`.

    Parameters
    ----------
    function : Function
    calls : Calls
        Where calls are counted.
    """

    def __init__(self, function: Function, calls: Calls) -> None:
        self.__function = function
        self.__calls = calls
        self.__signature__ = inspect.signature(function)
        self.__doc__ = function.__doc__

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__function, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        function, calls = self.__function, self.__calls
        calls.functions[function.registry_key] += 1
        try:
            text, inputs = _document(function.entry, args, kwargs)
            plan = compile_pipeline(loads(text))
        except _NoDocumentError as reason:
            calls.direct[str(reason)] += 1
            return function(*args, **kwargs)
        except (DocumentError, PlanError) as error:
            result = function(*args, **kwargs)
            # The library takes what was refused, or there would be an exception of its own.
            problem = error.problems[0]
            calls.direct["refused, and the library takes it"] += 1
            calls.refused.setdefault(f"{function.registry_key} {problem.parameter}", problem.message)
            return result
        calls.documents += 1
        try:
            return plan.run(inputs, results="native")[_RESULT]
        except StepError as error:
            raise error.__cause__ or error from None


def _document(entry: FunctionEntry, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A pipeline of one step as text, and what its inputs get."""
    params: dict[str, Any] = {}
    bound: dict[str, str | list[str]] = {}
    inputs: dict[str, Any] = {}
    for name, value in _by_name(entry, args, kwargs).items():
        parameter = entry.parameter(name)
        if parameter is not None and parameter.role == "output" and value is None:
            continue  # which is what it is when it is left out
        if parameter is not None and parameter.role == "output" and not is_plain(type(value)):
            raise _NoDocumentError("an array to write into")
        if memory_type_of(value) is not None:
            inputs[f"in_{name}"] = value
            bound[name] = f"in_{name}"
        elif type(value) is list and value and all(memory_type_of(item) is not None for item in value):
            items = {f"in_{name}_{index}": item for index, item in enumerate(value)}
            inputs |= items
            bound[name] = list(items)
        else:
            params[name] = value
    if written(entry, params, bound):
        raise _NoDocumentError("a function that writes into its input")
    built = pipeline((entry.key, params), inputs=dict.fromkeys(inputs, Input()), outputs={_RESULT: "call"})
    built.steps[0].id, built.steps[0].inputs = "call", bound
    try:
        return dumps(built), inputs
    except DocumentError as error:
        raise _NoDocumentError(error.problems[0].message) from error


def _by_name(entry: FunctionEntry, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call by the names of their parameters."""
    positional = [p for p in entry.parameters if p.kind.startswith("positional")]
    star = next((p.name for p in entry.parameters if p.kind == "var_positional"), None)
    named = dict(zip((p.name for p in positional), args, strict=False))
    rest = args[len(positional) :]
    if star is not None and rest:
        named[star] = rest
    elif rest:
        raise _NoDocumentError("more arguments than parameters")
    if named.keys() & kwargs.keys():
        raise _NoDocumentError("an argument given twice")
    return named | kwargs
