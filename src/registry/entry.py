"""What is known about a function without importing it."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

__all__ = [
    "Deprecation",
    "Exclusion",
    "ExclusionReason",
    "FunctionEntry",
    "FunctionKind",
    "Observed",
    "Output",
    "Parameter",
    "Role",
    "Trait",
]

Role = Literal["data", "param", "output"]
ParameterKind = Literal["positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"]
FunctionKind = Literal["image", "labels", "mask", "table", "points", "scalar", "values", "unknown"]
Trait = Literal["random", "mutates", "callback", "stateful"]
ExclusionReason = Literal[
    "io", "network", "executes-code", "device-management", "needs-callback", "not-array", "class", "private-alias"
]


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One parameter of a function.

    Attributes
    ----------
    name : str
        As the library spells it.
    kind : str
        How it is passed, in the words of `inspect.Parameter`.
    role : {'data', 'param', 'output'}
        `data` takes arrays (and is inspected at a call), `output` is where a library would write its result.
    holds : str or None
        What a parameter of role `data` is filled with: ``image``, ``labels``, ``mask``, ``points``, ``table``; None
        where the documentation says no more than that it is an array.
    types : tuple of str
        What it accepts, in the words of `registry.types`: ``any`` (everything), ``bool``, ``int``, ``float``,
        ``complex``, ``str``, ``none``, ``array``, ``dict``, ``dtype``, ``rng``, ``slice``, ``callable``, ``sequence``
        (of anything), and ``sequence[int|float]`` (of any length) or ``sequence[float, 2]`` (of two).
    container : {'tuple', 'list'}
        What a JSON array arrives as.
    choices : tuple
        The documented values, where the list is closed.
    required : bool
        True if there is no default.
    default : any JSON value
        In the document's notation for values (``{"$float": "inf"}``); None for none.
    doc : str
        One line.
    stated : str
        The type as the documentation has it, in words: ``int or sequence of int, optional``.
    fields : tuple of Parameter
        Of a parameter of type ``dict`` that takes an object with these fields, and no others.
    """

    name: str
    kind: ParameterKind = "positional_or_keyword"
    role: Role = "param"
    holds: FunctionKind | None = None
    types: tuple[str, ...] = ("any",)
    container: Literal["tuple", "list"] = "tuple"
    choices: tuple[Any, ...] = ()
    required: bool = False
    default: Any = None
    doc: str = ""
    stated: str = ""
    fields: tuple[Parameter, ...] = ()

    @property
    def settable(self) -> bool:
        """Whether a document can give it a value: not where a result is written, unless a dtype may stand there."""
        return self.role != "output" or "dtype" in self.types


class Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result of a function."""

    name: str
    kind: FunctionKind = "unknown"


class Deprecation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a library says will go away.

    Attributes
    ----------
    since, removal : str
        Versions of the library; empty where it does not say.
    replacement : str
        A key, or words where no one function replaces it; empty where nothing does.
    renamed : dict of str to str
        Parameters that have another name now, old to new; the new one is empty where the parameter goes away.
    differs : bool
        Whether the replacement gives other results.
    """

    since: str = ""
    removal: str = ""
    replacement: str = ""
    renamed: dict[str, str] = {}
    differs: bool = False


class Observed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a function did when it was called on small images: found by trial, not read.

    Attributes
    ----------
    call : dict
        The parameters besides the flow that the trials gave it, in the document's notation.
    inputs : dict of str to str
        Which further arrays it was given, by parameter, in the words of `registry.trials.images`: ``other``,
        ``markers``.
    images : tuple of str
        On which images of the trials it ran: ``2d``, ``3d``, ``rgb``, ``labels``, ``mask``...
    stack : {'', 'slices', 'values', 'shape', 'error'}
        What it gives for a stack, beside what it gives for each slice: the same (``slices``), other values, another
        shape, or an error; empty where it was not tried.
    results : dict of str to str
        What came out, by what went in: ``{"2d": "float64 (Y, X)"}``.
    range : {'', 'unit', 'input', 'other'}
        Of a float result of an integer image: between 0 and 1, in the counts of the input, or neither.
    mutates : tuple of str
        The parameters whose arrays it changed.
    random : bool
        Whether two calls gave two results.
    failure : str
        Why it never ran, in one line: an error's type, ``crash (SIGSEGV)``, ``timeout``; empty if it ran.
    """

    call: dict[str, Any] = {}
    inputs: dict[str, str] = {}
    images: tuple[str, ...] = ()
    stack: Literal["", "slices", "values", "shape", "error"] = ""
    results: dict[str, str] = {}
    range: Literal["", "unit", "input", "other"] = ""
    mutates: tuple[str, ...] = ()
    random: bool = False
    failure: str = ""


class FunctionEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known about one function.

    Attributes
    ----------
    key : str
        The registry key.
    import_path : str
        ``module:attribute`` that the registry, and nothing else, imports.
    summary : str
        The first line of the documentation.
    parameters : tuple of Parameter
        In the order of the signature.
    outputs : tuple of Output
        More than one if the function returns a tuple.
    kind : str
        What comes out: ``image``, ``labels``, ``mask``, ``table``, ``points``, ``scalar``, ``values`` (of a
        constructor) or ``unknown``.
    flow : str or None
        The parameter that an implicit input binds: the first positional one of role ``data``.
    input_memory_type, output_memory_type : str
        Where arrays must be when it is called, and where results are made.
    traits : tuple of str
        Of ``random``, ``mutates``, ``callback``, ``stateful``.
    aliases : tuple of str
        Other keys of the same function.
    deprecated : Deprecation or None
        What the library says about its end, or about parameters that were renamed.
    observed : Observed or None
        What it did in trials; None where none were made.
    extras : dict
        What a plugin says besides; kept, never read.
    """

    key: str
    import_path: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[Output, ...] = ()
    kind: FunctionKind = "unknown"
    flow: str | None = None
    input_memory_type: str = "numpy"
    output_memory_type: str = "numpy"
    traits: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    deprecated: Deprecation | None = None
    observed: Observed | None = None
    extras: dict[str, Any] = {}

    @property
    def library(self) -> str:
        """The part of the key before the colon."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """The part of the key after the colon."""
        return self.key.partition(":")[2]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, or None."""
        for parameter in self.parameters:  # asked seven times for each step of a plan: a generator takes twice as long
            if parameter.name == name:
                return parameter
        return None

    @property
    def takes_any_keyword(self) -> bool:
        """Whether unknown keyword arguments are passed on."""
        return any(p.kind == "var_keyword" for p in self.parameters)

    @property
    def fingerprint(self) -> str:
        """Hash of what a caller depends on: parameters, defaults, outputs, memory types; not the words about them."""
        facts = [
            self.key,
            [[p.name, p.kind, p.role, p.required, p.default] for p in self.parameters],
            [[o.name, o.kind] for o in self.outputs],
            self.flow,
            self.input_memory_type,
            self.output_memory_type,
        ]
        return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()[:16]


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A public callable that is no entry, and why."""

    key: str
    reason: ExclusionReason
    note: str = ""
