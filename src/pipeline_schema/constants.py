"""Constants of a plan: from what a document says to what a function gets.

Values are private to the call: whatever a function could write into is handed over as a copy, so that one item never
changes the next.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_schema.array_files import read_array
from pipeline_schema.calling import arrange
from pipeline_schema.containers import contained
from pipeline_schema.named_files import FileError
from pipeline_schema.problems import Code, Problem, pointer
from pipeline_schema.values import Array, Call, DType, File, FunctionRef, Rng, encode, parse
from registry.catalog import lookup
from registry.decorate import Function
from registry.entry import FunctionEntry, Parameter
from registry.errors import RegistryError, SourceUnavailableError
from registry.resolver import resolve

__all__ = ["Fresh", "fitted", "prepare"]

_IMMUTABLE = (np.generic, bool, int, float, complex, str, bytes, slice, range, np.dtype, type(None), type(Ellipsis))


@dataclass(frozen=True, slots=True)
class Fresh:
    """A value that each call gets anew."""

    value: Any

    def __call__(self) -> Any:
        """The value, as nobody else has it."""
        return _renew(self.value)


class _UnusableError(Exception):
    """A value can't be made; becomes a problem at the place of the constant."""

    def __init__(self, code: Code, message: str, install: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.install = install


def prepare(
    given: Any,
    *,
    problems: list[Problem],
    at: tuple[str | int, ...],
    base: Path | None = None,
    step: str | None = None,
    parameter: str | None = None,
    entry: FunctionEntry | None = None,
) -> Any:
    """Make a constant ready for calls.

    Parameters
    ----------
    given : any value
        In the document's notation, or a Python value.
    problems : list of Problem
        Gets what is wrong.
    at : tuple
        Where the value stands in the document.
    base : Path, optional
        The document's folder, for ``$file``.
    step, parameter : str, optional
        What it belongs to.
    entry : FunctionEntry, optional
        Of the function that gets it, which may want a list where others take a tuple.

    Returns
    -------
    any value, or Fresh
        Fresh if the function could change it, or if it is a random generator.
    """
    count = len(problems)
    parsed = parse(encode(given), problems, at, step, parameter)
    if len(problems) > count:
        return None
    if entry is not None and parameter is not None:
        parsed = contained(parsed, entry.parameter(parameter))
    try:
        made = _make(parsed, base)
    except _UnusableError as error:
        problems.append(
            Problem(
                code=error.code,
                message=str(error),
                pointer=pointer(*at),
                step=step,
                parameter=parameter,
                install=error.install,
            )
        )
        return None
    return made if _is_immutable(made) else Fresh(made)


def fitted(value: Any, parameter: Parameter) -> Any:
    """A value that comes by a reference, as the parameter wants it: what it would be as a constant in that place."""
    wanted = contained(value, parameter)
    return np.dtype(wanted.name) if isinstance(wanted, DType) else wanted


def _make(value: Any, base: Path | None) -> Any:
    """The object of a parsed value; a random generator stays a record, and is made at each call."""
    match value:
        case Array():
            array = np.frombuffer(value.data, np.dtype(value.dtype).newbyteorder("<")).astype(value.dtype)
            # Without axes it is a number of NumPy: libraries ask whether something is an integer.
            return array.reshape(value.shape)[()]
        case DType():
            return np.dtype(value.name)
        case File():
            return _read_file(value, base)
        case Call():
            return _call(value, base)
        case FunctionRef():
            return _function(value, base)
        case tuple():
            return tuple(_make(item, base) for item in value)
        case list():
            return [_make(item, base) for item in value]
        case dict():
            return {key: _make(item, base) for key, item in value.items()}
    return value


def _call(value: Call, base: Path | None) -> Any:
    function = _resolve(value.key)
    arguments = {name: _renew(item) for name, item in _arguments(function, value.params, base).items()}
    try:
        args, kwargs = arrange(function.entry, arguments)
        return function(*args, **kwargs)
    except Exception as error:
        raise _UnusableError("invalid-value", f"{value.key} failed: {type(error).__name__}: {error}") from error


def _function(value: FunctionRef, base: Path | None) -> Callable[..., Any]:
    function = _resolve(value.key)
    if not value.params:
        return function
    return functools.partial(function, **_arguments(function, value.params, base))


def _arguments(function: Function, params: dict[str, Any], base: Path | None) -> dict[str, Any]:
    return {name: _make(contained(item, function.entry.parameter(name)), base) for name, item in params.items()}


def _resolve(key: str) -> Function:
    try:
        return resolve(lookup(key).key)
    except SourceUnavailableError as error:
        raise _UnusableError("unavailable-function", str(error), error.install) from error
    except RegistryError as error:
        raise _UnusableError("unknown-function", str(error)) from error


def _read_file(value: File, base: Path | None) -> np.ndarray[Any, Any]:
    if base is None:
        message = f"{value.path} is relative to the document's folder, and the document has none; pass base="
        raise _UnusableError("path-error", message)
    try:
        return read_array(value, base)
    except FileError as error:
        raise _UnusableError(error.code, str(error)) from error


def _is_immutable(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_immutable, value))
    # A dtype or a number is what it is; an array, a list or an object of a library may be written into.
    return isinstance(value, _IMMUTABLE)


def _renew(value: Any) -> Any:
    match value:
        case np.ndarray():
            return value.copy()
        case Rng():
            return np.random.default_rng(value.seed)
        case tuple():
            return tuple(_renew(item) for item in value)
        case list():
            return [_renew(item) for item in value]
        case dict():
            return {key: _renew(item) for key, item in value.items()}
    return value if isinstance(value, _IMMUTABLE) else copy.deepcopy(value)
