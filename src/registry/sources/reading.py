"""From a callable to its entry: signature and docstring, and the few facts that a library's table adds."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.catalog import Catalog
from registry.entry import Exclusion, ExclusionReason, FunctionEntry, FunctionKind, Output, Parameter, Role
from registry.errors import SourceUnavailableError
from registry.libraries import find_library, installed
from registry.sources.also import taken_also, takes_no_tuple
from registry.sources.contents import held
from registry.sources.deprecation import read_deprecation
from registry.sources.docs import Doc, Returned, Stated, read_doc
from registry.sources.walk import Found
from registry.types import ANY, UnwritableError, accepted, is_array_phrase, unite, write_default

__all__ = ["Rules", "make_catalog"]

_EMPTY = inspect.Parameter.empty
_KINDS: dict[Any, Any] = {kind: kind.name.lower() for kind in inspect._ParameterKind}

_DATA_NAMES = frozenset({
    "arr", "array", "im", "image", "image0", "image1", "input", "label_image", "labels", "mask", "x", "x1", "x2", "xp",
})  # fmt: skip
# Arrays in words, but said to be shapes, places or distances: an image must not flow into them.
_NEVER_DATA = frozenset({
    "angle", "ar_shape", "axes", "axis", "center", "end", "image_shape", "newshape", "output_shape", "shape", "spacing",
    "start", "stop",
})  # fmt: skip
_OUTPUT_NAME = re.compile(r"out|output|output_image\d*")
_CALLABLE = re.compile(r"^\{?(callable|function|type$)\b|^classifier object", re.IGNORECASE)
_RANDOM_NAMES = frozenset({"rng", "seed", "random_state"})
_LONGEST_STATED = 120


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a library's signatures and docstrings do not say.

    Attributes
    ----------
    library : str
        The prefix of its keys.
    excluded : mapping of str to (reason, note)
        Public callables that are no entries, by dotted name.
    constructors : collection of str
        What makes a value from constants, so that no image flows into it; no class is an entry but these.
    kind_of : callable
        ``(dotted name, flow, results) -> kind`` of the function.
    is_array : callable
        ``(parameter, what is stated) -> bool``, for libraries that annotate.
    is_output : callable
        ``(function name, parameter) -> bool``: whether the library writes its result there.
    traits : mapping of str to tuple of str
        By dotted name, besides ``random`` and ``callback``, which are read.
    outputs : mapping of str to tuple of str
        The names of the results, by dotted name, where the docstring has them wrong.
    signature_of : callable
        For callables that `inspect.signature` can't read.
    read : callable
        From a callable to what its docstring says.
    """

    library: str
    excluded: Mapping[str, tuple[ExclusionReason, str]] = field(default_factory=dict)
    constructors: Collection[str] = ()
    kind_of: Callable[[str, str | None, tuple[Returned, ...]], FunctionKind]
    is_array: Callable[[inspect.Parameter, Stated], bool] | None = None
    is_output: Callable[[str, inspect.Parameter], bool] | None = None
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signature_of: Callable[[Any], inspect.Signature] = inspect.signature
    read: Callable[[Any], Doc] = read_doc


def make_catalog(rules: Rules, found: list[Found]) -> Catalog:
    """The catalog of a library from its public callables: each becomes an entry or an exclusion.

    Raises
    ------
    SourceUnavailableError
        If no callable is a function: the library is there and does not work.
    """
    entries: list[FunctionEntry] = []
    exclusions: list[Exclusion] = []
    for one in found:
        key = f"{rules.library}:{one.dotted}"
        reason, note = _exclusion(rules, one)
        entry = None if reason else _read_entry(rules, one)
        if entry is None:
            for each in (key, *_keys(rules, one.aliases)):
                exclusions.append(Exclusion(key=each, reason=reason or "needs-callback", note=note))
        else:
            entries.append(entry)
    distribution, version = installed(rules.library) or (rules.library, "0")
    if not entries:
        install = find_library(rules.library).install
        message = f"{distribution} {version} has no functions here; {install}"
        raise SourceUnavailableError(message, key=None, library=rules.library, install=install)
    return Catalog(
        library=rules.library,
        distribution=distribution,
        version=version,
        entries=tuple(sorted(entries, key=lambda entry: entry.key)),
        exclusions=tuple(sorted(exclusions, key=lambda exclusion: exclusion.key)),
    )


def _exclusion(rules: Rules, one: Found) -> tuple[ExclusionReason | None, str]:
    for name in (one.dotted, *one.aliases):
        if name in rules.excluded:
            return rules.excluded[name]
    if inspect.isclass(one.value) and one.dotted not in rules.constructors:
        return "class", ""
    if type(one.value).__module__ == "typing":
        return "class", "it is an annotation"
    return None, ""


def _read_entry(rules: Rules, one: Found) -> FunctionEntry | None:
    """The entry of a callable; None if it can't be called without a function as argument."""
    doc = rules.read(one.value)
    parameters: list[Parameter] = []
    traits = set(rules.traits.get(one.dotted, ()))
    for parameter in _parameters(rules, one):
        stated = doc.parameters.get(parameter.name, Stated())
        if _CALLABLE.search(stated.type):
            if parameter.default is _EMPTY:
                return None
            traits.add("callback")
        parameters.append(_read_parameter(rules, one, parameter, stated))
    if any(p.name in _RANDOM_NAMES and p.role == "param" for p in parameters):
        traits.add("random")
    flows = () if one.dotted in rules.constructors else (p for p in parameters if p.role == "data")
    flow = next((p.name for p in flows if p.kind.startswith("positional")), None)
    returns = _results(rules, one, doc)
    kind = rules.kind_of(one.dotted, flow, returns)
    return FunctionEntry(
        key=f"{rules.library}:{one.dotted}",
        import_path=one.import_path,
        summary=doc.summary or one.name.replace("_", " "),
        parameters=tuple(parameters),
        outputs=_outputs(rules, one, returns, kind),
        kind=kind,
        flow=flow,
        input_memory_type=find_library(rules.library).memory_type,
        output_memory_type=find_library(rules.library).memory_type,
        traits=tuple(sorted(traits)),
        aliases=_keys(rules, one.aliases),
        deprecated=read_deprecation(one.value, library=rules.library, root=find_library(rules.library).root),
    )


def _parameters(rules: Rules, one: Found) -> list[inspect.Parameter]:
    try:
        return list(rules.signature_of(one.value).parameters.values())
    except (TypeError, ValueError):
        # Without a signature everything goes: the library's own error is better than a refusal by guess.
        return [
            inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL),
            inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD),
        ]


def _read_parameter(rules: Rules, one: Found, parameter: inspect.Parameter, stated: Stated) -> Parameter:
    variadic = parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    role = _role(rules, one, parameter, stated)
    types, choices = accepted(stated.type, parameter.annotation, parameter.default, name=parameter.name)
    also = taken_also(rules.library, one.dotted, parameter.name)
    types = unite(types, also.types)
    choices += also.choices if choices else ()
    default = None
    if parameter.default is not _EMPTY:
        try:
            default = write_default(parameter.default)
        except UnwritableError:
            # A document that says null leaves it to the library as far as a catalog can tell.
            types = unite(types, ("none",))
    return Parameter(
        name=parameter.name,
        kind=_KINDS[parameter.kind],
        role=role,
        holds=held(parameter.name, stated.type) if role == "data" else None,
        types=ANY if variadic else types,
        container="list" if takes_no_tuple(rules.library, one.dotted, parameter.name) else "tuple",
        choices=choices,
        required=parameter.default is _EMPTY and not variadic,
        default=default,
        doc=stated.text,
        stated=" ".join(stated.type.split())[:_LONGEST_STATED],
    )


def _role(rules: Rules, one: Found, parameter: inspect.Parameter, stated: Stated) -> Role:
    name = parameter.name
    if rules.is_output is not None:
        if rules.is_output(one.name, parameter):
            return "output"
    elif _OUTPUT_NAME.fullmatch(name):
        return "output"
    if name in _NEVER_DATA or parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return "param"
    if rules.is_array is not None:
        return "data" if rules.is_array(parameter, stated) else "param"
    return "data" if is_array_phrase(stated.type) or (not stated.type and name in _DATA_NAMES) else "param"


def _results(rules: Rules, one: Found, doc: Doc) -> tuple[Returned, ...]:
    named = rules.outputs.get(one.dotted)
    if named is None:
        return doc.returns
    stated = {row.name: row for row in doc.returns}
    return tuple(stated.get(name, Returned(name)) for name in named)


def _outputs(rules: Rules, one: Found, returns: tuple[Returned, ...], kind: FunctionKind) -> tuple[Output, ...]:
    if len(returns) < 2:
        return (Output(name=returns[0].name or "result" if returns else "result", kind=kind),)
    outputs = []
    for index, row in enumerate(returns):
        own = kind if index == 0 else _plain_kind(row)
        outputs.append(Output(name=row.name or f"result_{index}", kind=own))
    return tuple(outputs)


def _plain_kind(row: Returned) -> FunctionKind:
    return "scalar" if re.match(r"(float|int|bool|scalar)\b(?!.*\b(array|list)\b)", row.type) else "unknown"


def _keys(rules: Rules, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{rules.library}:{name}" for name in names)
