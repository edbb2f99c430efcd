"""The document: what a pipeline is, as plain data.

These Structs hold a document as it was written: sugar is not expanded, values in ``params`` stand in the document's
notation (JSON with ``$`` tags), or as Python values until `pipeline_schema.codec` writes them. Nothing here knows a
function.
"""

from __future__ import annotations

from typing import Any

import msgspec

from registry.options import CallOptions

__all__ = [
    "FORMAT",
    "FORMAT_MAJOR",
    "FORMAT_MINOR",
    "NAME_PATTERN",
    "Input",
    "Options",
    "Pipeline",
    "Reference",
    "Step",
]

FORMAT_MAJOR = 1
FORMAT_MINOR = 0
FORMAT = "pipeline-schema/1"

# Inputs, step ids and output names: one namespace, one charset.
NAME_PATTERN = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"

# "image", "labels", "split.0", "split.name", or a list of such.
Reference = str | list[str]


class Input(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An input of a pipeline.

    Attributes
    ----------
    kind : str or None
        ``image``, ``labels``, ``mask``, ``table``, ``points`` or ``scalar``.
    axes : str or None
        For example ``"YX"``, of ``T C Z Y X S``; None takes an array as it comes.
    channels : list of str or None
        Names along axis C.
    default : any value, or UNSET
        With a default the input is a parameter of the pipeline, set by ``--set``.
    description : str or None
    notes : dict
        Keys that start with ``x-``: kept, never read.
    unknown : dict
        What a newer minor format wrote here: kept verbatim, refused by `run`.
    """

    kind: str | None = None
    axes: str | None = None
    channels: list[str] | None = None
    default: Any = msgspec.UNSET
    description: str | None = None
    notes: dict[str, Any] = {}
    unknown: dict[str, Any] = {}

    @property
    def has_default(self) -> bool:
        """Whether the input may be left out."""
        return self.default is not msgspec.UNSET


class Options(CallOptions, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a step is called (`registry.options.CallOptions`), and whether.

    Attributes
    ----------
    slice_by_slice : bool, str or UNSET
        ``false`` computes the same as leaving it out, and says that the function is meant for the stack as a whole.
    enabled : bool
        A step that is switched off passes on what its flow parameter is bound to.
    """

    slice_by_slice: bool | str | msgspec.UnsetType = msgspec.UNSET  # type: ignore[assignment]
    enabled: bool = True

    @property
    def call(self) -> CallOptions:
        """Those that `registry.resolve` takes."""
        if self == _UNSAID:
            return CallOptions()
        options = {name: getattr(self, name) for name in CallOptions.__struct_fields__}
        return CallOptions(**options | {"slice_by_slice": self.slice_by_slice or False})


_UNSAID = Options()


class Step(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One call of a function.

    Attributes
    ----------
    function : str
        A registry key; empty only for a step of a newer minor format that has none (`unknown` holds what it has).
    id : str or None
        Left out: the last part of the key.
    params : dict
        Constants by parameter name.
    inputs : dict or None
        References by parameter name; ``"@"`` is the flow parameter. None (left out) binds the flow parameter to the
        previous step.
    options : Options
    description : str or None
    notes : dict
        Keys that start with ``x-``: kept, never read.
    unknown : dict
        What a newer minor format wrote here: kept verbatim, refused by `run`.
    """

    function: str
    id: str | None = None
    params: dict[str, Any] = {}
    inputs: dict[str, Reference] | None = None
    options: Options = msgspec.field(default_factory=Options)
    description: str | None = None
    notes: dict[str, Any] = {}
    unknown: dict[str, Any] = {}


class Pipeline(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A pipeline, as its document was written.

    Attributes
    ----------
    steps : list of Step
    inputs : dict of Input
        In document order: the first is what the first step takes when it says nothing.
    outputs : dict or None
        References by output name. None (left out): the last step's result.
    name, description : str or None
    requires : dict
        Version specifiers by distribution, for example ``{"scikit-image": ">=0.25,<0.27"}``.
    format : str
        ``pipeline-schema/MAJOR[.MINOR]``.
    schema : str or None
        The ``$schema`` key, for editors.
    notes : dict
        Keys that start with ``x-``: kept, never read.
    unknown : dict
        What a newer minor format added: kept verbatim, refused by `run`.
    """

    steps: list[Step] = []
    inputs: dict[str, Input] = {}
    outputs: dict[str, str] | None = None
    name: str | None = None
    description: str | None = None
    requires: dict[str, str] = {}
    format: str = FORMAT
    schema: str | None = msgspec.field(name="$schema", default=None)
    notes: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
