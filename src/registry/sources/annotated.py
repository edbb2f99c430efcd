"""From a hand-written function to its entry: annotations are types, the docstring adds words, a mark the rest."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, get_args, get_origin

import msgspec

from registry.annotations import Meaning, hints_of, meaning, plain
from registry.annotations.hints import dig, opened
from registry.entry import FunctionEntry, FunctionKind, Output, Parameter
from registry.errors import ArgumentError
from registry.marking import Mark
from registry.sources.docs import Returned, Stated, read_doc
from registry.types import ANY, UnwritableError, accepted, accepts, is_array_phrase, unite, write_default
from registry.types.defaults import type_of

__all__ = ["read_annotated"]

_EMPTY = inspect.Parameter.empty
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_KINDS: dict[Any, Any] = {kind: kind.name.lower() for kind in inspect._ParameterKind}
# What is data where neither annotation nor docstring says anything.
_DATA_NAMES = ("image", "images", "img", "array", "stack", "volume", "labels", "label_image", "mask")
_RANDOM_NAMES = frozenset({"rng", "seed", "random_state"})
_MEMORY = {"cupy": "cupy", "pyclesperanto": "pyclesperanto"}
_RESULT_KINDS: dict[str, FunctionKind] = {
    "array": "image", "bool": "scalar", "int": "scalar", "float": "scalar", "complex": "scalar", "dict": "table",
}  # fmt: skip


def read_annotated(function: Callable[..., Any], *, key: str, import_path: str, said: Mark) -> FunctionEntry:
    """The entry of a hand-written function.

    Parameters
    ----------
    function : callable
    key, import_path : str
        Of the entry.
    said : Mark
        What its decorator, or who registers it, says of it.

    Raises
    ------
    ArgumentError
        If it has no signature, or the mark names a parameter that it has not.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:
        message = f"{key}: {import_path} has no signature that can be read; register a function that calls it"
        raise ArgumentError(message, key=key, value=function) from error
    hints, doc = hints_of(function), read_doc(function)
    parameters = tuple(
        _parameter(one, hints.get(one.name), doc.parameters.get(one.name, Stated()))
        for one in signature.parameters.values()
    )
    flow = said.flow or _flow(function, parameters)
    if flow is not None and not any(p.name == flow for p in parameters):
        message = f"{key}: flow is {flow!r}; its parameters are {', '.join(p.name for p in parameters) or 'none'}"
        raise ArgumentError(message, key=key, parameter=flow)
    outputs = said.outputs or _outputs(function, hints.get("return"), doc.returns, flow)
    kind = said.kind or outputs[0].kind
    memory_type = said.memory_type or _memory_type(hints)
    return FunctionEntry(
        key=key,
        import_path=import_path,
        summary=doc.summary or key.rpartition(".")[2].rpartition(":")[2].replace("_", " "),
        parameters=tuple(_as_data(p) if p.name == flow else p for p in parameters),
        outputs=(Output(name=outputs[0].name, kind=kind), *outputs[1:]),
        kind=kind,
        flow=flow,
        input_memory_type=memory_type,
        output_memory_type=memory_type,
        traits=_traits(said, parameters),
        extras=said.extras,
    )


def _parameter(parameter: inspect.Parameter, hint: Any, stated: Stated) -> Parameter:
    variadic = parameter.kind in _VARIADIC
    read = _of_docs(parameter, stated) if hint is None else meaning(hint)
    types, choices, default = read.types, read.choices, None
    if parameter.default is not _EMPTY:
        value = plain(parameter.default)
        try:
            default = write_default(value)
        except UnwritableError:
            types, choices = ANY, ()
        else:
            # An annotation is not always true of its own default: `size: int = None`.
            types = types if accepts(types, value) else unite(types, type_of(value))
    return Parameter(
        name=parameter.name,
        kind=_KINDS[parameter.kind],
        role="data" if read.data else "param",
        holds=read.holds,
        types=ANY if variadic else types,
        container=read.container,
        choices=choices,
        required=parameter.default is _EMPTY and not variadic,
        default=default,
        doc=read.doc or stated.text,
        stated=stated.type,
        fields=read.fields,
    )


def _of_docs(parameter: inspect.Parameter, stated: Stated) -> Meaning:
    """What the docstring says, where there is no annotation."""
    types, choices = accepted(stated.type, _EMPTY, parameter.default, name=parameter.name)
    named = not stated.type and parameter.kind not in _VARIADIC and _is_data_name(parameter.name)
    return Meaning(types=types, choices=choices, data=named or is_array_phrase(stated.type))


def _is_data_name(name: str) -> bool:
    return name in _DATA_NAMES or name.endswith(("_image", "_mask", "_labels"))


def _as_data(parameter: Parameter) -> Parameter:
    """The flow parameter is data, whatever is written: an image flows into it."""
    return parameter if parameter.role == "data" else msgspec.structs.replace(parameter, role="data")


def _flow(function: Any, parameters: tuple[Parameter, ...]) -> str | None:
    if isinstance(function, type):
        return None  # A constructor makes a value from constants.
    return next((p.name for p in parameters if p.role == "data" and p.kind.startswith("positional")), None)


def _outputs(function: Any, hint: Any, returns: tuple[Returned, ...], flow: str | None) -> tuple[Output, ...]:
    if isinstance(function, type):
        return (Output(name="result", kind="values"),)
    bare, _ = opened(hint)
    if get_origin(bare) is tuple and Ellipsis not in get_args(bare):
        names = [row.name for row in returns] if len(returns) == len(get_args(bare)) else []
        hints = dict(zip(names or map("result_{}".format, range(len(get_args(bare)))), get_args(bare), strict=True))
    elif isinstance(dig(bare), type) and hasattr(dig(bare), "_fields"):
        named = typing.get_type_hints(dig(bare), include_extras=True)
        hints = {name: named.get(name) for name in dig(bare)._fields}
    else:
        name = returns[0].name if len(returns) == 1 and returns[0].name else "result"
        if hint is None and len(returns) > 1:
            return tuple(Output(name=row.name or f"result_{index}") for index, row in enumerate(returns))
        hints = {name: hint}
    return tuple(
        Output(name=name or f"result_{index}", kind=_kind(hint)) for index, (name, hint) in enumerate(hints.items())
    )


def _kind(hint: Any) -> FunctionKind:
    if hint is None or hint is types.NoneType:
        return "unknown"
    read = meaning(hint)
    return read.holds or (_RESULT_KINDS.get(read.types[0], "unknown") if len(read.types) == 1 else "unknown")


def _traits(said: Mark, parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    traits = set(said.traits)
    if any("rng" in p.types or p.name in _RANDOM_NAMES for p in parameters):
        traits.add("random")
    if any("callable" in p.types for p in parameters):
        traits.add("callback")
    return tuple(sorted(traits))


def _memory_type(hints: dict[str, Any]) -> str:
    """Where the arrays are by whose class they are annotated with."""
    for hint in hints.values():
        for arm in get_args(hint) or (hint,):
            module = str(getattr(dig(arm), "__module__", "")).partition(".")[0]
            for prefix, memory_type in _MEMORY.items():
                if module.startswith(prefix) and meaning(arm).data:
                    return memory_type
    return "numpy"
