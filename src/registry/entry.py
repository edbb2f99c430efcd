"""What is known about a function without importing it."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

__all__ = [
    "Exclusion",
    "ExclusionReason",
    "FunctionEntry",
    "FunctionKind",
    "Output",
    "Parameter",
    "Role",
]

Role = Literal["data", "param", "output"]
ParameterKind = Literal["positional_only", "positional_or_keyword", "var_positional", "keyword_only", "var_keyword"]
FunctionKind = Literal["image", "labels", "mask", "table", "points", "scalar", "values", "unknown"]
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
    types : tuple of str
        What it accepts, of ``any bool int float str none array sequence dict callable dtype``; ``any`` is everything.
    choices : tuple
        The documented values, where the list is closed.
    required : bool
        True if there is no default.
    default : any JSON value
        In the document's notation for values (``{"$float": "inf"}``); None for none.
    doc : str
        One line.
    """

    name: str
    kind: ParameterKind = "positional_or_keyword"
    role: Role = "param"
    types: tuple[str, ...] = ("any",)
    choices: tuple[Any, ...] = ()
    required: bool = False
    default: Any = None
    doc: str = ""


class Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One result of a function."""

    name: str
    kind: FunctionKind = "unknown"


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
        return next((p for p in self.parameters if p.name == name), None)

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
