"""Calling: from names, all that a document knows, to what a pipeline and its functions are called with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeline_schema.document import Input
from pipeline_schema.problems import closest
from registry.entry import FunctionEntry
from registry.errors import ArgumentError

__all__ = ["arrange", "require_inputs", "written"]

_BY_POSITION = ("positional_only", "positional_or_keyword")

# By name, the value with which a parameter asks that an input be changed in place.
_IN_PLACE = {"copy": False, "in_place": True, "overwrite_input": True}


def require_inputs(declared: Mapping[str, Input], given: Collection[str]) -> None:
    """Refuse a call of a pipeline that leaves an input out or names one that is not there.

    Parameters
    ----------
    declared : mapping of Input
        The pipeline's inputs.
    given : collection of str
        The names of those that are given.

    Raises
    ------
    ArgumentError
    """
    for name in given:
        if not isinstance(name, str):
            raise ArgumentError(f"inputs are given by name, and {name!r} is no text", value=name)
        if name not in declared:
            near = closest(name, declared)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(declared) or 'none'}"
            raise ArgumentError(f"the pipeline has no input {name!r}; {hint}", parameter=name)
    for name, wanted in declared.items():
        if name not in given and not wanted.has_default:
            raise ArgumentError(f"the pipeline's input {name!r} is missing", parameter=name)


def arrange(entry: FunctionEntry, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Arrange arguments given by name as the function takes them.

    Parameters
    ----------
    entry : FunctionEntry
    arguments : dict
        By parameter name; consumed.

    Returns
    -------
    args : list
        Of the first parameters, as far as they have no default, of those that have no keyword (NumPy's ``x1``, ``x2``),
        and of those before ``*args`` where it is given.
    kwargs : dict
        The rest.

    Notes
    -----
    What must be given comes by position, as people write it: some decorators of libraries look at positions only
    (scikit-image's ``channel_axis`` moves no axis of an image that comes by keyword).
    """
    spread = any(p.kind == "var_positional" and p.name in arguments for p in entry.parameters)
    args: list[Any] = []
    skipped: list[Any] = []
    leading = True
    for parameter in entry.parameters:
        if parameter.kind == "var_positional":
            if spread:
                args += [*skipped, *arguments.pop(parameter.name)]
            break
        if parameter.kind not in _BY_POSITION:
            break
        leading = leading and parameter.required and parameter.name in arguments
        if leading or spread or parameter.kind == "positional_only":
            if parameter.name not in arguments:
                # A default before a given argument has to be stated; behind the last one it is left to the function.
                skipped.append(parameter.default)
                continue
            args += [*skipped, arguments.pop(parameter.name)]
            skipped = []
    return args, arguments


def written(entry: FunctionEntry, params: Mapping[str, Any], bound: Collection[str]) -> frozenset[str]:
    """The bound parameters into which a call may write: what they refer to may have other readers.

    Parameters
    ----------
    entry : FunctionEntry
    params : mapping
        The step's constants, as the document says them.
    bound : collection of str
        The parameters that are bound to references.

    Returns
    -------
    frozenset of str
    """
    in_place = any(
        name in bound or params.get(name, parameter.default) is value
        for name, value in _IN_PLACE.items()
        if (parameter := entry.parameter(name)) is not None
    )
    return frozenset(bound) if in_place or "mutates" in entry.traits else frozenset()
